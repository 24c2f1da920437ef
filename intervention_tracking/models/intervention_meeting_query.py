import json

from odoo import api, models
from odoo.exceptions import MissingError
from odoo.fields import Domain
from odoo.tools import SQL

from ..choices import STATUSES

# How a time leaves Odoo: UTC, ISO 8601.
TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

PAGE_COLUMNS = (
    "id",
    "student_id",
    "meeting_date",
    "absence_reason",
    "root_cause",
    "intervention_notes",
    "action_plan",
    "follow_up_date",
    "urgency_level",
    "status",
    "resolution_notes",
    "form_master_id",
    "create_uid",
    "create_date",
    "write_date",
)
_BY_STATUS = ", ".join(
    f"'{status}', COALESCE(SUM(n) FILTER (WHERE status = '{status}'), 0)"
    for status, _label in STATUSES
)


def user_name(user_id):
    """Return the SQL of a user's name; joins for it make the planning longer."""
    return SQL(
        """(SELECT person.name FROM res_users account
              JOIN res_partner person ON person.id = account.partner_id
             WHERE account.id = %s)""",
        user_id,
    )


def _author_name(user_id):
    """Return the SQL of an author's name, which mostly is the form master's."""
    return SQL(
        "CASE WHEN %s = page.form_master_id THEN page.owner_name ELSE %s END",
        user_id,
        user_name(user_id),
    )


def _progress_object(author_name):
    """Return the SQL of an update's JSON, by ``api.schema.PROGRESS``."""
    return SQL(
        """json_build_object(
            'id', intervention_progress.id,
            'meeting', intervention_progress.meeting_id,
            'update_text', COALESCE(intervention_progress.update_text, ''),
            'old_status', intervention_progress.old_status,
            'new_status', intervention_progress.new_status,
            'created_by', intervention_progress.create_uid,
            'created_by_name', %s,
            'created_at', to_char(intervention_progress.create_date, %s))""",
        author_name,
        TIME,
    )


def _meeting_object(updates):
    """Return the SQL of a meeting's JSON, by ``api.schema.MEETING``."""
    return SQL(
        """json_build_object(
            'id', page.id,
            'student', page.student_id,
            'student_name', s.name,
            'student_id_number', s.student_number,
            'meeting_date', page.meeting_date,
            'absence_reason', page.absence_reason,
            'root_cause', page.root_cause,
            'intervention_notes', page.intervention_notes,
            'action_plan', page.action_plan,
            'follow_up_date', page.follow_up_date,
            'urgency_level', page.urgency_level,
            'status', page.status,
            'resolution_notes', COALESCE(page.resolution_notes, ''),
            'form_master', page.form_master_id,
            'form_master_name', page.owner_name,
            'created_by', page.create_uid,
            'created_by_name', %(created_by_name)s,
            'progress_updates', %(updates)s,
            'progress_count', updates.entries,
            'days_since_meeting', day.today - page.meeting_date,
            'is_overdue', page.status != 'closed'
                AND COALESCE(page.follow_up_date < day.today, FALSE),
            'created_at', to_char(page.create_date, %(time)s),
            'updated_at',
                to_char(GREATEST(page.write_date, updates.last_date), %(time)s))""",
        created_by_name=_author_name(SQL("page.create_uid")),
        time=TIME,
        updates=updates,
    )


MEETING_OBJECT = _meeting_object(SQL("COALESCE(updates.items, '[]'::json)"))
# A meeting without its updates, which a spreadsheet has no room for.
FLAT_MEETING_OBJECT = _meeting_object(SQL("NULL"))
_AUTHOR = SQL("intervention_progress.create_uid")
PROGRESS_OBJECT = _progress_object(user_name(_AUTHOR))
PAGE_PROGRESS_OBJECT = _progress_object(_author_name(_AUTHOR))
# The statistics, counted in two parts, as each has a partial index of its own.
STATISTICS = f"""
    WITH day AS (%(day)s), counted AS (
        SELECT status, COUNT(*) AS n,
               COUNT(*) FILTER (WHERE urgency_level = 'high') AS high,
               COUNT(*) FILTER (
                   WHERE follow_up_date < (SELECT today FROM day)) AS overdue
               %(visible)s AND status != 'closed'
         GROUP BY status
        UNION ALL
        SELECT 'closed', COUNT(*), 0, 0 %(visible)s AND status = 'closed')
    SELECT json_build_object(
        'total_meetings', COALESCE(SUM(n), 0),
        'active_cases', COALESCE(SUM(n) FILTER (WHERE status != 'closed'), 0),
        'by_status', json_build_object({_BY_STATUS}),
        'high_urgency', COALESCE(SUM(high), 0),
        'overdue_followups', COALESCE(SUM(overdue), 0),
        'recurring_students', (
            SELECT COUNT(*) FROM (
                SELECT student_id %(visible)s
                 GROUP BY student_id HAVING COUNT(*) > 1) recurring)
    )::text FROM counted
"""
# What the version of a meeting is made of, for ``ETag``.
VERSION = SQL(
    """concat_ws('-', page.id,
           (extract(epoch FROM page.write_date) * 1000000)::bigint,
           COALESCE(updates.last_id, 0))"""
)


class InterventionMeeting(models.Model):
    """What other systems read: one statement for each answer.

    ``_search`` gives the query with the record rules in it, PostgreSQL makes the JSON.
    The ORM would read the same in five statements and three times the time.
    """

    # A file for each subject of the model.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "intervention.meeting"

    # --- for callers over RPC ---

    @api.model
    @api.readonly
    def get_statistics(self):
        """Count the meetings that the user may see.

        :return: a dict of numbers: ``total_meetings``, ``active_cases``, ``by_status``
            (a dict with all six statuses), ``high_urgency`` and ``overdue_followups``
            (both of active meetings), ``recurring_students``
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
    @api.readonly
    def get_student_history(self, student_id, limit=80, offset=0):
        """List the meetings of a student that the user may see, newest first.

        :param int student_id: the student (a ``res.partner``)
        :param int limit: how many meetings, 1 to 200
        :param int offset: how many to leave out before
        :return: a dict of ``count`` (of all) and ``results``, meetings as the HTTP API
            gives them, with their updates
        :raises MissingError: when there is no such student for this user
        :raises AccessError: for who has neither group
        """
        limit, offset = self._page_bounds(limit, offset)
        exists, count, results = self._history_json(student_id, limit, offset)
        if not exists:
            raise MissingError(self.env._("There is no such student."))
        return {"count": count, "results": json.loads(results)}

    @api.model
    def _page_bounds(self, limit, offset):
        return min(max(int(limit), 1), 200), min(max(int(offset), 0), 2**31 - 1)

    # --- the JSON of the HTTP API ---

    def _list_json(self, domain, limit, offset):
        """Return the count of the meetings and a page of them as the text of JSON.

        :param domain: which meetings, besides the record rules
        """
        query = self._visible(domain)
        [(count, results)] = self.env.execute_query(
            SQL(
                "WITH %s SELECT (%s), (%s)",
                self._page_tables(query, limit, offset),
                query.select(SQL("COUNT(*)")),
                self._page_rows(),
            )
        )
        return count, results

    def _detail_json(self, meeting_id):
        """Return the meeting as the text of JSON, or None where there is none."""
        query = self._visible([("id", "=", meeting_id)])
        rows = self.env.execute_query(
            SQL(
                "WITH %s SELECT %s, %s::text FROM page %s",
                self._page_tables(query, 1, 0),
                VERSION,
                MEETING_OBJECT,
                self._page_joins(),
            )
        )
        return rows[0] if rows else (None, None)

    def _history_json(self, student_id, limit, offset):
        """Return whether the student exists, the count and a page as JSON's text."""
        students = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("id", "=", student_id), ("is_student", "=", True)])
        )
        query = self._visible([("student_id", "=", student_id)])
        [(exists, count, results)] = self.env.execute_query(
            SQL(
                "WITH %s SELECT EXISTS (%s), (%s), (%s)",
                self._page_tables(query, limit, offset),
                students.select(),
                query.select(SQL("COUNT(*)")),
                self._page_rows(),
            )
        )
        return exists, count, results

    def _progress_json(self, progress):
        """Return one progress update as the text of JSON."""
        [(text,)] = self.env.execute_query(
            SQL(
                "SELECT %s::text FROM intervention_progress WHERE id = %s",
                PROGRESS_OBJECT,
                progress.id,
            )
        )
        return text

    @api.model
    def _statistics_json(self):
        """Return the statistics as the text of JSON."""
        query = self._visible([])
        visible = SQL("FROM %s WHERE %s", query.from_clause, query.where_clause)
        [(text,)] = self.env.execute_query(
            SQL(STATISTICS, day=self._today_sql(), visible=visible)
        )
        return text

    @api.model
    def _recurring_json(self, limit, offset):
        """Return recurring students as the text of JSON, and how many are in it."""
        query = self._visible([])
        query.groupby = SQL("student_id")
        query.having = SQL("COUNT(*) > 1")
        grouped = query.select(
            SQL("student_id"),
            SQL("COUNT(*) AS meetings"),
            SQL("COUNT(*) FILTER (WHERE status != 'closed') AS active"),
            SQL("COUNT(*) FILTER (WHERE status IN ('improving', 'closed')) AS better"),
            SQL("MAX(meeting_date) AS last_date"),
        )
        [(text, length)] = self.env.execute_query(
            SQL(
                """WITH grouped AS MATERIALIZED (%s), page AS (
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
                grouped,
                limit,
                offset,
            )
        )
        return text, length

    # --- the parts of the statements ---

    @api.model
    def _visible(self, domain):
        """Return the query of the meetings in the domain that the user may see."""
        self.env["intervention.progress"].browse().check_access("read")
        self.env.flush_all()
        return self.with_context(active_test=True)._search(Domain(domain))

    @api.model
    def _today_sql(self):
        """Return SQL for the user's own day; reading it first costs two statements."""
        zone = self.env.context.get("tz")
        if zone:
            return SQL("SELECT (now() AT TIME ZONE %s)::date AS today", zone)
        return SQL(
            """SELECT (now() AT TIME ZONE COALESCE(p.tz, 'UTC'))::date AS today
                 FROM res_users u JOIN res_partner p ON p.id = u.partner_id
                WHERE u.id = %s""",
            self.env.uid,
        )

    def _page_tables(self, query, limit, offset):
        """Return the common tables: the day, and a page of meetings."""
        columns = [
            self._field_to_sql(self._table, name, query) for name in PAGE_COLUMNS
        ]
        query.order = SQL(", ").join(
            SQL("%s DESC", SQL.identifier(self._table, name))
            for name in ("meeting_date", "create_date", "id")
        )
        query.limit, query.offset = limit, offset
        owner = self._field_to_sql(self._table, "form_master_id", query)
        page = query.select(*columns, SQL("%s AS owner_name", user_name(owner)))
        query.order = query.limit = None
        query.offset = 0
        return SQL("day AS (%s), page AS MATERIALIZED (%s)", self._today_sql(), page)

    def _page_joins(self):
        """Return what belongs to each meeting of the page: student and updates.

        The updates are read meeting by meeting: as one join PostgreSQL would look
        through all meetings that the user may see, for the record rules.
        """
        progress = self.env["intervention.progress"]._search([])
        progress.add_where("intervention_progress.meeting_id = page.id")
        return SQL(
            """CROSS JOIN day
               JOIN res_partner s ON s.id = page.student_id
               CROSS JOIN LATERAL (%s) AS updates""",
            progress.select(
                SQL("COUNT(*) AS entries"),
                SQL("MAX(intervention_progress.create_date) AS last_date"),
                SQL("MAX(intervention_progress.id) AS last_id"),
                SQL(
                    """json_agg(%s ORDER BY intervention_progress.create_date DESC,
                       intervention_progress.id DESC) AS items""",
                    PAGE_PROGRESS_OBJECT,
                ),
            ),
        )

    def _page_rows(self):
        return SQL(
            """SELECT COALESCE(json_agg(%s ORDER BY page.meeting_date DESC,
                      page.create_date DESC, page.id DESC), '[]'::json)::text
                 FROM page %s""",
            MEETING_OBJECT,
            self._page_joins(),
        )
