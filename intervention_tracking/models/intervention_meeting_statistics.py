import json

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import STATUSES
from ..tools.day import today

_BY_STATUS = ", ".join(
    f"'{status}', COALESCE(SUM(n) FILTER (WHERE status = '{status}'), 0)"
    for status, _label in STATUSES
)
# The statistics, counted in two parts, as each has a partial index of its own.
STATISTICS = f"""
    WITH counted AS (
        SELECT status, COUNT(*) AS n,
               COUNT(*) FILTER (WHERE present) AS here,
               COUNT(*) FILTER (WHERE present AND urgency_level = 'high') AS high,
               COUNT(*) FILTER (WHERE present AND overdue) AS overdue
          FROM (SELECT status, urgency_level,
                       follow_up_date < %(overdue_before)s AS overdue,
                       (student_gone_from > %(today)s) IS NOT FALSE AS present
                       %(visible)s AND status != 'closed') active_case
         GROUP BY status
        UNION ALL
        SELECT 'closed', (%(closed)s), 0, 0, 0)
    SELECT json_build_object(
        'total_meetings', COALESCE(SUM(n), 0),
        'active_cases', COALESCE(SUM(here), 0),
        'by_status', json_build_object({_BY_STATUS}),
        'high_urgency', COALESCE(SUM(high), 0),
        'overdue_followups', COALESCE(SUM(overdue), 0),
        'recurring_students', (%(recurring)s),
        %(further)s
    )::text, %(registers)s FROM counted
"""


class InterventionMeeting(models.Model):
    """The counters, and the students who come back: one statement for each answer.

    ``_search`` gives the query with the record rules in it, PostgreSQL makes the JSON.
    The ORM would read the same in several statements and three times the time.
    """

    _inherit = "intervention.meeting"

    @api.model
    @api.readonly
    def get_statistics(self):
        """Count the meetings that the user may see.

        :return: a dict of numbers: ``total_meetings``, ``active_cases``, ``by_status``
            (a dict with all six statuses), ``high_urgency`` and ``overdue_followups``
            (both of active meetings), ``recurring_students``, and
            ``at_risk_without_case``: how many students need a talk, and
            ``registers_missing``: how many class registers that they may take are
            missing this week. Meetings with students who have left are in the total
            and in ``by_status`` only.
        :raises AccessError: for who has neither group
        """
        return json.loads(self._statistics_json())

    @api.model
    @api.readonly
    def get_recurring_students(self, limit=80, offset=0):
        """List the students with two or more meetings, those with most first.

        :param int limit: how many students, 1 to 200
        :param int offset: how many to leave out before
        :return: a dict of ``count`` (of all such students) and ``recurring_students``,
            each a dict of ``student`` (id), ``student_name``, ``student_id_number``,
            ``intervention_count``, ``open_count``, ``last_meeting_date`` and
            ``without_improvement`` (something active, nothing improving or closed)
        :raises AccessError: for who has neither group
        """
        limit, offset = self._page_bounds(limit, offset)
        return json.loads(self._recurring_json(limit, offset)[0])

    @api.model
    def _page_bounds(self, limit, offset):
        return min(max(int(limit), 1), 200), min(max(int(offset), 0), 2**31 - 1)

    @api.model
    def _statistics_json(self, further=None):
        """Return the statistics as the text of JSON.

        :param SQL further: what else is in it, as keys and values; by default the
            statistics of attendance
        """
        query = self._visible([])
        visible = SQL("FROM %s WHERE %s", query.from_clause, query.where_clause)
        classes = self.env["intervention.class"]
        has_registers = further is None
        if has_registers:
            standing = self.env["intervention.attendance.standing"]
            further = SQL("'at_risk_without_case', %s", standing._needs_talk_count())
        [(text, missing)] = self.env.execute_query(
            SQL(
                STATISTICS,
                today=today(self),
                overdue_before=self._overdue_before_sql(query),
                visible=visible,
                **self._totals_sql(query),
                further=further,
                registers=(
                    classes._missing_count_sql() if has_registers else SQL("NULL")
                ),
            )
        )
        if has_registers:
            number = classes._missing_count(missing)
            text = f'{text[:-1]}, "registers_missing": {number}}}'
        return text

    @api.model
    def _recurring_json(self, limit, offset):
        """Return recurring students as the text of JSON, and how many are in it."""
        [(text, length)] = self.env.execute_query(
            SQL(
                """WITH grouped AS %s, page AS (
                       SELECT * FROM grouped
                        ORDER BY meetings DESC, last_date DESC, student_id
                        LIMIT %s OFFSET %s)
                   SELECT json_build_object(
                        'count', (SELECT COUNT(*) FROM grouped),
                        'recurring_students', COALESCE((
                            SELECT json_agg(json_build_object(
                                'student', s.id,
                                'student_name', s.name,
                                'student_id_number', s.student_number,
                                'intervention_count', page.meetings,
                                'open_count', page.active,
                                'last_meeting_date', page.last_date,
                                'without_improvement',
                                    page.active > 0 AND page.better = 0
                            ) ORDER BY meetings DESC, last_date DESC, student_id)
                            FROM page JOIN res_partner s ON s.id = page.student_id
                        ), '[]'::json))::text, (SELECT COUNT(*) FROM page)""",
                self._recurring_sql(self._visible([])),
                limit,
                offset,
            )
        )
        return text, length

    # --- the parts of the statements ---

    @api.model
    def _recurring_sql(self, query):
        """Return the common table of the numbers of recurring students.

        :param query: of the meetings
        """
        companies = self._companies_seen_whole()
        if companies:
            # An index has a page of them in this order.
            return SQL(
                "NOT MATERIALIZED (SELECT * FROM (%s) counted WHERE meetings > 1)",
                self._counted_sql(companies),
            )
        query.groupby = SQL("student_id")
        query.having = SQL("COUNT(*) > 1")
        return SQL(
            "MATERIALIZED (%s)",
            query.select(
                SQL("student_id"),
                SQL("COUNT(*) AS meetings"),
                SQL("COUNT(*) FILTER (WHERE status != 'closed') AS active"),
                SQL(
                    "COUNT(*) FILTER (WHERE status IN ('improving', 'closed')) "
                    "AS better"
                ),
                SQL("MAX(meeting_date) AS last_date"),
            ),
        )

    @api.model
    def _totals_sql(self, query):
        """Return how many cases are closed and how many students recurring, in SQL.

        :param query: of the meetings
        :return: dict of ``closed`` and ``recurring``
        """
        companies = self._companies_seen_whole()
        if companies:
            counted = self._counted_sql(companies)
            return {
                "closed": SQL(
                    "SELECT COALESCE(SUM(meetings - active), 0) FROM (%s) c", counted
                ),
                "recurring": SQL(
                    "SELECT COUNT(*) FROM (%s) c WHERE meetings > 1", counted
                ),
            }
        visible = SQL("FROM %s WHERE %s", query.from_clause, query.where_clause)
        return {
            "closed": SQL("SELECT COUNT(*) %s AND status = 'closed'", visible),
            "recurring": SQL(
                """SELECT COUNT(*) FROM (
                       SELECT student_id %s
                        GROUP BY student_id HAVING COUNT(*) > 1) recurring""",
                visible,
            ),
        }

    @api.model
    def _count_sql(self, query, domain):
        """Return the SQL of how many meetings a list has.

        :param query: of the meetings
        :param domain: which meetings, besides the record rules
        """
        companies = Domain(domain).is_true() and self._companies_seen_whole()
        if companies:
            return SQL(
                "SELECT COALESCE(SUM(meetings), 0)::bigint FROM (%s) c",
                self._counted_sql(companies),
            )
        return query.select(SQL("COUNT(*)"))

    @api.model
    def _visible(self, domain):
        """Return the query of the meetings in the domain that the user may see."""
        self.env["intervention.progress"].browse().check_access("read")
        self.env.flush_all()
        return self.with_context(active_test=True)._search(Domain(domain))

    @api.model
    def _overdue_before_sql(self, query):
        """Return SQL for the day before which a follow-up date is overdue.

        :param query: of the meetings
        """
        this_day = today(self)
        open_days = self.env["intervention.settings"]._last_open_days(this_day)
        if not open_days:
            return SQL("%s", this_day)
        return SQL(
            "CASE %s %s ELSE %s END",
            self._field_to_sql(self._table, "company_id", query),
            SQL(" ").join(
                SQL("WHEN %s THEN %s", company.id, day)
                for company, day in open_days.items()
            ),
            this_day,
        )
