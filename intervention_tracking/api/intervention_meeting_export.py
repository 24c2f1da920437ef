import csv
import io

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..constants import EXPORT_GROUP
from ..tools.spreadsheet import safe_cell
from . import schema
from .intervention_meeting_query import FLAT_MEETING_OBJECT

BATCH = 1000
# Without it, spreadsheet programs take UTF-8 for something older.
BYTE_ORDER_MARK = "\ufeff"


class InterventionMeeting(models.Model):
    """Meetings as a spreadsheet, a batch after the other."""

    _inherit = "intervention.meeting"

    @api.model
    def _check_may_export(self):
        """Raise for who may not download the cases that they see."""
        if not self.env.user.has_group(EXPORT_GROUP):
            error = AccessError(self.env._("You do not have the right to export."))
            error.is_public = True  # the text may leave by the HTTP API
            raise error

    def _export_csv(self, domain):
        """Yield the CSV of the meetings in the domain, in the order of the list.

        All batches are of one moment, as they are read in one transaction.

        :param domain: which meetings, besides the record rules
        """
        yield BYTE_ORDER_MARK + self._csv_lines([[key.name for key in schema.EXPORT]])
        last = None
        while True:
            rows = self._export_batch(domain, last)
            if rows:
                yield self._csv_lines(
                    [self._csv_cell(meeting[key.name]) for key in schema.EXPORT]
                    for *_place, meeting in rows
                )
            if len(rows) < BATCH:
                return
            *last, _meeting = rows[-1]

    def _export_batch(self, domain, last):
        """Return the meetings after the last one, each with its place in the order."""
        query = self._visible(domain)
        place = [
            SQL.identifier(self._table, name)
            for name in ("meeting_date", "create_date", "id")
        ]
        if last:
            query.add_where(SQL("(%s) < %s", SQL(", ").join(place), tuple(last)))
        return self.env.execute_query(
            SQL(
                """WITH %s SELECT page.meeting_date, page.create_date, page.id, %s
                     FROM page %s
                    ORDER BY page.meeting_date DESC, page.create_date DESC,
                             page.id DESC""",
                self._page_tables(query, BATCH, 0),
                FLAT_MEETING_OBJECT,
                self._page_joins(),
            )
        )

    def _csv_lines(self, rows):
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows(rows)
        return lines.getvalue()

    def _csv_cell(self, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        return safe_cell(value)
