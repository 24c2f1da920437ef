from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import SENTINEL

from ..constants import MEETING_BANDS, ROOT_CAUSES, STATUSES, URGENCY_LEVELS
from ..tools.day import day_sql, today, zone_of
from ..tools.figures import (
    ANSWERED_WITHIN,
    DEFINITIONS,
    MOST_DAYS,
    OF_HISTORY,
    REOPENED_WITHIN,
    SETTLED_AFTER,
)
from ..tools.search import boolean_search
from ..tools.sql import is_retracted

# Whoever closes a case may be in a zone where the day of the meeting has not begun.
CLOSING_DAY = SQL("GREATEST(m.closed_date, m.meeting_date)")
# The last of the days after which it can be told how the case stood.
SETTLED = SQL("(m.meeting_date + %s)", SETTLED_AFTER)


# Of a group, pivot and graph can only tell the average.
AVERAGE_OF_DAYS = (
    "The average over the cases that had the time. One in which it has not happened "
    "within 60 days (an answer: within 7) counts as 60 (8), so that the true average "
    "is that or more. Trends has the median."
)


class Figure(fields.Float):
    """A number that is empty, not zero, where nothing is known; of many the average."""

    readonly = True
    aggregator = "avg"
    # Who looks for 0 looks for what is known to be 0.
    falsy_value = None

    def _get_attrs(self, model_class, name):
        told = AVERAGE_OF_DAYS if name in MOST_DAYS else DEFINITIONS[name]
        return {**super()._get_attrs(model_class, name), "help": told}

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if value is False else value


class Days(fields.Float):
    """Days until something happened; empty while it has not. Of many it says nothing.

    An average over those where it has would leave out the slow ones.
    """

    readonly = True
    aggregator = None
    falsy_value = None

    # Odoo makes fields of such a class itself when the addon is uninstalled.
    def __init__(self, string=SENTINEL, digits=(16, 1), **kwargs):
        super().__init__(string=string, digits=digits, **kwargs)

    convert_to_record = Figure.convert_to_record
    convert_to_export = Figure.convert_to_export


class InterventionReport(models.Model):
    """One row for each meeting that is not archived, with its figures.

    It has no columns of narrative and of students. ``meeting_id`` leads to both, for
    who may see that meeting: its name has the student's, and an export may follow it.

    A share is 1 or 0 for one meeting, so that its average is the share of many.
    """

    _name = "intervention.report"
    _description = "Intervention Analysis"
    _inherit = ["intervention.refusals"]
    _auto = False
    _rec_name = "meeting_id"
    _order = "meeting_date desc, id desc"
    _depends = {
        "intervention.meeting": ["active", "student_id", "is_imported"],
        "intervention.progress": [
            "meeting_id",
            "happened_on",
            "old_status",
            "new_status",
        ],
        "intervention.change": ["meeting_id", "field_name", "old_value"],
        "intervention.retraction": ["progress_id"],
        "res.partner": ["student_left_on"],
    }

    # The columns of the meeting: one that is declared here is read, and no more.
    meeting_date = fields.Date(readonly=True)
    class_id = fields.Many2one(comodel_name="intervention.class", readonly=True)
    root_cause = fields.Selection(
        selection=ROOT_CAUSES, string="Root Cause Category", readonly=True
    )
    urgency_level = fields.Selection(selection=URGENCY_LEVELS, readonly=True)
    status = fields.Selection(selection=STATUSES, readonly=True)
    form_master_id = fields.Many2one(comodel_name="res.users", readonly=True)
    is_of_own_class = fields.Boolean(
        string="Of My Class",
        compute="_compute_is_of_own_class",
        search="_search_is_of_own_class",
        help="See the intervention.",
    )
    plan_template_id = fields.Many2one(
        comodel_name="intervention.plan.template", readonly=True
    )
    attendance_band = fields.Selection(
        selection=MEETING_BANDS, string="Attendance at the Meeting", readonly=True
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    follow_up_date = fields.Date(string="Follow-up Date", readonly=True)
    closed_date = fields.Date(readonly=True)
    is_imported = fields.Boolean(string="Imported", readonly=True)

    # What follows from the meeting and its history: see _figures.
    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting", string="Intervention", readonly=True
    )
    first_update_after = Days("First Update After (Days)")
    closed_after = Days("Closed After (Days)")
    answered_after = Days("Follow-up Answered After (Days)")
    closed_share = Figure("Closed Within 60 Days")
    improved_share = Figure("Improved Within 60 Days")
    escalated_share = Figure("Escalated Within 60 Days")
    reopened_share = Figure("Re-opened Within 60 Days")
    answered_share = Figure("Follow-ups Answered in Time")
    days_to_first_update = Figure("Days to First Update", digits=(16, 1))
    days_to_close = Figure("Days to Close", digits=(16, 1))
    days_to_answer = Figure("Days to Answer a Follow-up", digits=(16, 1))
    # Numbers, so that they can be added up beside the figures.
    too_early = fields.Integer(
        string="Too Early to Tell",
        readonly=True,
        aggregator="sum",
        help="Cases whose meeting was less than 60 days ago: how they go is not known "
        "yet, and they are in none of the figures within 60 days.",
    )
    too_early_reopened = fields.Integer(
        string="Too Early: Re-opened",
        readonly=True,
        aggregator="sum",
        help="Cases that were closed less than 60 days ago: the student may still come "
        "back.",
    )
    too_early_answered = fields.Integer(
        string="Too Early: Follow-up",
        readonly=True,
        aggregator="sum",
        help="Cases whose follow-up date was not more than 7 days ago: it may still be "
        "answered in time.",
    )

    @api.depends("class_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_of_own_class(self):
        shared = self.env["intervention.meeting"]._shared_class_ids()
        for row in self:
            row.is_of_own_class = row.class_id.id in shared

    @boolean_search
    def _search_is_of_own_class(self):
        return self.env["intervention.meeting"]._shared_class_domain()

    @property
    def _table_query(self):
        figures = self._figures()
        meetings = self.env["intervention.meeting"]
        columns = [
            SQL("%s AS %s", meetings._field_to_sql("m", name), SQL.identifier(name))
            for name, field in self._fields.items()
            if field.store and name in meetings._fields and name not in figures
        ]
        return SQL(
            "SELECT %s FROM intervention_meeting m %s WHERE m.active IS TRUE",
            SQL(", ").join(
                columns
                + [
                    SQL("%s AS %s", figure, SQL.identifier(name))
                    for name, figure in figures.items()
                ]
            ),
            self._joins_sql(),
        )

    def _figures(self):
        """Return the SQL of each figure of the meeting ``m``; see ``_joins_sql``."""
        this_day = SQL("%s::date", today(self))
        met, settled = SQL("m.meeting_date"), SETTLED
        early = SQL("%s > %s", settled, this_day)
        returned_by = SQL("(%s + %s)", CLOSING_DAY, REOPENED_WITHIN)
        first_update = SQL(
            """CASE WHEN history.first_day IS NOT NULL
                    THEN GREATEST(history.first_day - m.meeting_date, 0)::float8 END"""
        )
        closed = SQL(
            "CASE WHEN m.status = 'closed' THEN (%s - m.meeting_date)::float8 END",
            CLOSING_DAY,
        )
        answer = SQL("(answer.first_day - follow_up.due)::float8")
        return {
            "meeting_id": SQL("m.id"),
            "first_update_after": first_update,
            "closed_after": closed,
            "answered_after": answer,
            "too_early": SQL(
                "(%s AND NOT %s)::int", early, self._left_within_sql(met, settled)
            ),
            "too_early_reopened": SQL(
                "(m.status = 'closed' AND %s > %s AND NOT %s)::int",
                returned_by,
                this_day,
                self._left_within_sql(CLOSING_DAY, returned_by),
            ),
            "too_early_answered": SQL(
                """(follow_up.due IS NULL AND m.follow_up_date IS NOT NULL
                    AND (m.closed_date IS NULL OR m.follow_up_date <= %s)
                    AND NOT %s)::int""",
                CLOSING_DAY,
                self._left_within_sql(
                    met, SQL("(m.follow_up_date + %s)", ANSWERED_WITHIN)
                ),
            ),
            "days_to_answer": SQL(
                "CASE WHEN follow_up.due IS NOT NULL THEN %s END",
                self._at_most("days_to_answer", answer),
            ),
            "reopened_share": SQL(
                """CASE WHEN m.status = 'closed' AND %s <= %s AND NOT %s
                        THEN EXISTS (%s)::int::float8 END""",
                returned_by,
                this_day,
                self._left_within_sql(CLOSING_DAY, returned_by),
                self._reopening_sql(),
            ),
            "answered_share": SQL(
                """CASE WHEN follow_up.due IS NOT NULL THEN COALESCE(
                        answer.first_day - follow_up.due <= %s, FALSE
                        )::int::float8 END""",
                ANSWERED_WITHIN,
            ),
            **{
                name: SQL(
                    "CASE WHEN NOT %s AND NOT %s%s THEN %s END",
                    early,
                    self._left_within_sql(met, settled),
                    SQL(" AND m.is_imported IS NOT TRUE")
                    if name in OF_HISTORY
                    else SQL(""),
                    figure,
                )
                for name, figure in self._settled_figures(
                    first_update, closed, settled
                ).items()
            },
        }

    def _settled_figures(self, first_update, closed, settled):
        """Return the figures that tell how a case stood when its days were over.

        :param first_update: the SQL of the days until the first update
        :param closed: that of the days until the closing
        :param settled: that of the last of its days
        """
        return {
            "closed_share": SQL(
                "(m.status = 'closed' AND %s <= %s)::int::float8", CLOSING_DAY, settled
            ),
            "improved_share": SQL(
                """(CASE COALESCE(history.status_then, m.status)
                        WHEN 'improving' THEN TRUE
                        WHEN 'closed' THEN COALESCE(history.improved, FALSE)
                        ELSE FALSE END)::int::float8"""
            ),
            "escalated_share": SQL(
                """(COALESCE(history.status_then, m.status) = 'escalated'
                    OR COALESCE(history.escalated, FALSE))::int::float8"""
            ),
            "days_to_first_update": self._at_most("days_to_first_update", first_update),
            "days_to_close": self._at_most("days_to_close", closed),
        }

    @api.model
    def _at_most(self, name, days):
        """Return the SQL of days that count as the most where they are more, or none.

        :param str name: of ``MOST_DAYS``
        """
        most = MOST_DAYS[name]
        return SQL("LEAST(COALESCE(%s, %s), %s)", days, most, most)

    @api.model
    def _left_within_sql(self, first, last):
        """Return the SQL of whether the student left school on one of these days.

        Nobody knows how the case would have gone. Who was archived without a day of
        leaving may have left at any time since.
        """
        return SQL("((student.student_left_on BETWEEN %s AND %s) IS TRUE)", first, last)

    def _joins_sql(self):
        """Return the joins of the figures: each makes one row of a meeting's history.

        PostgreSQL leaves out those of which nobody asks for anything, as they have one
        row each. A status stands that came with an update which was retracted.
        """
        return SQL(
            """LEFT JOIN res_partner student ON student.id = m.student_id
               LEFT JOIN LATERAL (
                   SELECT MIN(p.happened_on) FILTER (WHERE NOT p.retracted)
                              AS first_day,
                          BOOL_OR('escalated' IN (p.old_status, p.new_status)
                              AND NOT p.is_later) FILTER (WHERE NOT p.retracted)
                              AS escalated,
                          BOOL_OR(p.old_status = 'improving'
                              AND p.new_status = 'closed') AS improved,
                          (ARRAY_AGG(p.old_status
                              ORDER BY p.happened_on, p.create_date, p.id)
                              FILTER (WHERE p.is_later
                                  AND p.old_status != p.new_status)
                          )[1] AS status_then
                     FROM (SELECT p.*, %(retracted)s AS retracted,
                                  p.happened_on > %(settled)s AS is_later
                             FROM intervention_progress p
                            WHERE p.meeting_id = m.id) p) history ON TRUE
               LEFT JOIN LATERAL (%(due)s) follow_up ON TRUE
               LEFT JOIN LATERAL (
                   SELECT MIN(p.happened_on) AS first_day
                     FROM intervention_progress p
                    WHERE p.meeting_id = m.id AND NOT %(retracted)s
                      AND p.happened_on >= follow_up.due) answer ON TRUE""",
            due=self._due_sql(),
            retracted=is_retracted("p", "progress_id"),
            settled=SETTLED,
        )

    def _reopening_sql(self):
        """Return the query of the meetings after the closing, for the same cause.

        Of the day of the closing itself, those recorded after the meeting. Under the
        record rules: nobody learns of a case that they may not see.
        """
        query = self.env["intervention.meeting"]._search([("active", "=", True)])
        query.add_where(
            SQL(
                """%(n)s.student_id = m.student_id
                   AND %(n)s.root_cause = m.root_cause
                   AND (%(n)s.meeting_date, %(n)s.id) > (%(closing)s, m.id)
                   AND %(n)s.meeting_date <= %(closing)s + %(days)s""",
                n=SQL.identifier(query.table),
                closing=CLOSING_DAY,
                days=REOPENED_WITHIN,
            )
        )
        return query.select(SQL("1"))

    def _due_sql(self):
        """Return the query of the last follow-up date whose time to answer is over.

        A date that was replaced is in the history of changes. It counts when it had
        come before it was replaced.
        """
        return SQL(
            """SELECT MAX(dates.due) AS due FROM (
                    SELECT m.follow_up_date AS due
                     UNION ALL
                    SELECT replaced.due
                      FROM (SELECT CASE c.field_name WHEN 'follow_up_date'
                                        THEN c.old_value::date END AS due,
                                   c.create_date
                              FROM intervention_change c
                             WHERE c.meeting_id = m.id) replaced
                     WHERE replaced.due <= %(changed)s
                ) dates
                WHERE dates.due + %(days)s < %(today)s::date
                  AND (m.closed_date IS NULL OR dates.due <= %(closing)s)
                  AND NOT %(left)s""",
            closing=CLOSING_DAY,
            # Where the user is; it may be before the day of who recorded it.
            changed=day_sql(SQL("replaced.create_date"), zone_of(self.env)),
            days=ANSWERED_WITHIN,
            left=self._left_within_sql(
                SQL("m.meeting_date"), SQL("(dates.due + %s)", ANSWERED_WITHIN)
            ),
            today=today(self),
        )

    def action_open_meeting(self):
        """Open the intervention that the row is about.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.meeting_id._get_records_action(name=self.env._("Intervention"))
