import csv
import io
import tempfile
from datetime import date, datetime
from itertools import chain

import xlsxwriter
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..constants import EXPORT_GROUP
from ..tools.day import zone_of
from ..tools.spreadsheet import safe_cell
from . import schema
from .intervention_meeting_query import FLAT_MEETING_OBJECT

BATCH = 1000
PART = 64 * 1024
# By ISO 8601, as in the CSV: no language's order of day and month is taken for another.
CELL_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}
WIDTH = 18
LONGEST_CELL = 32767
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

    def _export_csv(self, domain, separator):
        """Yield the CSV of the meetings in the domain, in the order of the list.

        :param domain: which meetings, besides the record rules
        :param str separator: the character between two cells
        """

        def lines(rows):
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=separator).writerows(rows)
            return text.getvalue()

        yield BYTE_ORDER_MARK + lines([[key.name for key in schema.EXPORT]])
        for meetings in self._export_batches(domain):
            yield lines(
                [self._csv_cell(meeting[key.name]) for key in schema.EXPORT]
                for meeting in meetings
            )

    def _export_xlsx(self, domain):
        """Yield the workbook of the meetings in the domain, in the order of the list.

        Dates are dates and numbers numbers, times are in the user's time zone; whatever
        is a text, as a student number, stays one.

        :param domain: which meetings, besides the record rules
        """
        with tempfile.TemporaryFile() as file:
            options = {"constant_memory": True, "remove_timezone": True}
            with xlsxwriter.Workbook(file, options) as workbook:
                sheet = workbook.add_worksheet()
                bold = workbook.add_format({"bold": True})
                formats = {
                    kind: workbook.add_format({"num_format": text})
                    for kind, text in CELL_FORMATS.items()
                }
                for column, key in enumerate(schema.EXPORT):
                    sheet.set_column(column, column, WIDTH, formats.get(key.kind))
                    sheet.write_string(0, column, key.name, bold)
                sheet.freeze_panes(1, 0)
                meetings = chain.from_iterable(self._export_batches(domain))
                for row, meeting in enumerate(meetings, start=1):
                    for column, key in enumerate(schema.EXPORT):
                        self._write_cell(sheet, row, column, key, meeting)
            file.seek(0)
            while part := file.read(PART):
                yield part

    def _write_cell(self, sheet, row, column, key, meeting):
        value = meeting[key.name]
        if value is None:
            return
        if key.kind == "date":
            sheet.write_datetime(row, column, date.fromisoformat(value))
        elif key.kind == "datetime":
            moment = datetime.fromisoformat(value).astimezone(zone_of(self.env))
            sheet.write_datetime(row, column, moment)
        elif isinstance(value, str):
            # No workbook has longer cells; the CSV has the whole text.
            if len(value) > LONGEST_CELL:
                value = value[: LONGEST_CELL - 1] + "…"
            sheet.write_string(row, column, value)
        else:
            sheet.write(row, column, value)

    def _export_batches(self, domain):
        """Yield the meetings in the domain, some at a time.

        All of them are of one moment, as they are read in one transaction.
        """
        rows = self._export_batch(domain, None)
        while rows:
            yield [meeting for *_place, meeting in rows]
            *last, _meeting = rows[-1]
            rows = self._export_batch(domain, last) if len(rows) == BATCH else []

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

    def _csv_cell(self, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        return safe_cell(value)
