from babel.numbers import format_decimal
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache
from odoo.tools.misc import babel_locale_parse, get_lang

from ..tools.day import days_text, today
from ..tools.search import boolean_search
from ..tools.sql import is_retracted

EMPTY = SQL()


class InterventionAttendanceStanding(models.Model):
    """Whom nobody has talked to since their absences began to call for it.

    That are students who are at the school, have no active case of anybody, and whose
    last contact is of before the day on which they entered a band or missed as many
    days in a row. A meeting counts, a progress update and a talk with the family, on
    the day on which they were; what was retracted does not.

    The rule looks at everybody's cases, and tells nothing of them but that there is
    one: the day of the last contact and a relapse come from the cases that the user
    may see.
    """

    _inherit = "intervention.attendance.standing"

    student_number = fields.Char(related="student_id.student_number")
    class_id = fields.Many2one(related="student_id.school_class_id")
    needs_talk = fields.Boolean(
        string="Needs a Talk",
        compute="_compute_attention",
        search="_search_needs_talk",
        help="The absences call for a talk, there is no active case, and nobody has "
        "talked to the student since.",
    )
    is_supported = fields.Boolean(
        string="Supported",
        compute="_compute_attention",
        search="_search_is_supported",
        help="The student has an active case. Whose it is and why is told to who may "
        "see it.",
    )
    is_relapse = fields.Boolean(
        string="Relapse",
        compute="_compute_attention",
        search="_search_is_relapse",
        help="A case that you may see was closed, and the absences call for a talk "
        "again.",
    )
    last_contact_date = fields.Date(
        string="Last Contact",
        compute="_compute_attention",
        help="The last meeting, progress update or talk with the family, of the cases "
        "that you may see.",
    )
    attention_reason = fields.Text(
        string="Why",
        compute="_compute_attention",
        help="Which rule calls for a talk, and by which days.",
    )

    # --- what a row says ---

    @api.depends("attention_since")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_attention(self):
        query = self.with_context(active_test=False)._search([("id", "in", self.ids)])
        rows = self.env.execute_query(
            SQL(
                "SELECT page.id, %s, %s, %s FROM %s",
                self._object_sql(),
                self._needs_talk_sql("page"),
                self._active_case_sql("page"),
                self._page_joins(query.subselect("intervention_attendance_standing.*")),
            )
        )
        found = {row[0]: row[1:] for row in rows}
        for standing in self:
            facts, needs, supported = found.get(standing.id) or ({}, False, False)
            standing.needs_talk = needs
            standing.is_supported = supported
            standing.is_relapse = facts.get("is_relapse", False)
            standing.last_contact_date = facts.get("last_contact") or False
            standing.attention_reason = self._reason(facts) if facts else False

    @api.model
    def _reason(self, facts):
        """Return a line for each rule that a student meets, and by which days.

        :param dict facts: of ``_object_sql``
        """
        lines = []
        if facts["row_since"]:
            days = [fields.Date.to_date(facts[name]) for name in ("row_from", "row_to")]
            lines.append(
                self.env._(
                    "Missed %(count)s days in a row: %(days)s",
                    count=facts["in_a_row"],
                    days=days_text(self.env, *days),
                )
            )
        if facts["band_since"] and facts["band"] != "none":
            bands = dict(self._fields["band"]._description_selection(self.env))
            lines.append(
                self.env._(
                    "%(missed)s of %(possible)s days missed: %(band)s since %(day)s",
                    missed=self._amount(facts["days_missed"]),
                    possible=facts["days_possible"],
                    band=bands[facts["band"]],
                    day=days_text(self.env, fields.Date.to_date(facts["band_since"])),
                )
            )
        return "\n".join(lines)

    @api.model
    def _amount(self, days):
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_decimal(days, format="#,##0.##", locale=locale)

    # --- which students ---

    @boolean_search
    def _search_needs_talk(self):
        return self._needs_talk_domain()

    @boolean_search
    def _search_is_supported(self):
        return self._custom_domain("_active_case_sql")

    @boolean_search
    def _search_is_relapse(self):
        def relapse(model, alias, query):
            closed = model.env["intervention.meeting"]._search(
                [("status", "=", "closed"), ("active", "=", True)]
            )
            closed.add_where(
                SQL(
                    "intervention_meeting.student_id = %s "
                    "AND intervention_meeting.closed_date < %s",
                    SQL.identifier(alias, "student_id"),
                    SQL.identifier(alias, "attention_since"),
                )
            )
            return SQL("EXISTS (%s)", closed.select(SQL("1")))

        return Domain.custom(to_sql=relapse)

    @api.model
    def _needs_talk_domain(self):
        # Said for itself, as the index of these has no others.
        return Domain("attention_since", "!=", False) & self._custom_domain(
            "_needs_talk_sql"
        )

    @api.model
    def _custom_domain(self, name):
        return Domain.custom(
            to_sql=lambda model, alias, query: getattr(model, name)(alias)
        )

    @api.model
    def _needs_talk_sql(self, alias):
        """Return the SQL of whether a row of standing is of who needs a talk."""
        standing = self._columns_sql(alias)
        # What a CASE asks for is looked up student by student, for the few in a band:
        # PostgreSQL does not join it with all cases of the school.
        return SQL(
            """(%(since)s IS NOT NULL
            AND CASE WHEN EXISTS (
                SELECT FROM intervention_meeting
                 WHERE student_id = %(student)s AND active IS TRUE
                   AND (status != 'closed' OR meeting_date >= %(since)s
                        OR EXISTS (
                           SELECT FROM intervention_progress
                            WHERE meeting_id = intervention_meeting.id
                              AND happened_on >= %(since)s AND NOT %(retracted)s)
                        OR EXISTS (
                           SELECT FROM (%(talks)s) talk
                            WHERE talk.contact_date >= %(since)s)))
                THEN FALSE ELSE TRUE END
            AND NOT EXISTS (
                SELECT FROM res_partner
                 WHERE id = %(student)s
                   AND (active IS NOT TRUE OR is_intervention_student IS NOT TRUE
                        OR student_left_on <= %(today)s)))""",
            student=standing("student_id"),
            since=standing("attention_since"),
            today=today(self),
            retracted=is_retracted("intervention_progress", "progress_id"),
            talks=self._talks_sql(),
        )

    @api.model
    def _active_case_sql(self, alias):
        """Return the SQL of whether a student has an active case of anybody."""
        return SQL(
            """EXISTS (SELECT FROM intervention_meeting
                        WHERE student_id = %s AND active IS TRUE
                          AND status != 'closed')""",
            self._columns_sql(alias)("student_id"),
        )

    @api.model
    def _columns_sql(self, alias):
        return lambda name: SQL.identifier(alias, name)

    @api.model
    def _entries_sql(self):
        """Return the SQL of the last day on which something is told of a meeting.

        The meeting is the row of ``intervention_meeting`` at hand.
        """
        return SQL(
            """GREATEST(
                (SELECT happened_on FROM intervention_progress
                  WHERE meeting_id = intervention_meeting.id AND NOT %s
                  ORDER BY happened_on DESC LIMIT 1),
                (SELECT MAX(talk.contact_date) FROM (%s) talk))""",
            is_retracted("intervention_progress", "progress_id"),
            self._talks_sql(),
        )

    @api.model
    @ormcache()
    def _talks_sql(self):
        """Return the SQL of the talks with a family that count.

        They are those of the row of ``intervention_meeting`` at hand. It is the same
        for everybody, and making it takes as long as asking for it.
        """
        # sudo: who sees a case sees its contacts; the rule looks at everybody's.
        contacts = self.env["intervention.contact"].sudo()
        talks = contacts._search(contacts._contacted_domain())
        talks.add_where("intervention_contact.meeting_id = intervention_meeting.id")
        return talks.select(SQL("intervention_contact.contact_date"))

    # --- the parts of the statements ---

    @api.model
    def _needs_talk_count(self):
        """Return the SQL of how many students need a talk whom the user may see."""
        self.env.flush_all()
        query = self._search(self._needs_talk_domain())
        return SQL("(%s)", query.select(SQL("COUNT(*)")))

    @api.model
    def _attention_sql(self, limit):
        """Return the SQL of who needs a talk, as one JSON object.

        It has ``count`` and, worst first, ``students``: see ``_object_sql``, with
        ``standing`` (an id); ``is_known`` tells whether the schools have any
        attendance.
        """
        return SQL(
            """(WITH found AS MATERIALIZED (%s)
                SELECT json_build_object(
                    'count', (SELECT COUNT(*) FROM found),
                    'is_known', EXISTS (
                        SELECT FROM intervention_attendance_standing
                         WHERE company_id = ANY(%s)),
                    'students', %s))""",
            self._found_sql(),
            self.env.companies.ids,
            self._students_sql(limit, 0, SQL("'standing', page.id,")),
        )

    @api.model
    def _found_sql(self, domain=None):
        """Return the SQL of the rows of who needs a talk.

        :param domain: which of them, by default all whom the user may see
        """
        self.env.flush_all()
        query = self._search(self._needs_talk_domain() & Domain(domain or Domain.TRUE))
        return query.select(SQL("intervention_attendance_standing.*"))

    @api.model
    def _students_sql(self, limit, offset, more=EMPTY):
        """Return the SQL of a page of the rows ``found``, worst first, as JSON.

        :param SQL more: see ``_object_sql``
        """
        return SQL(
            """(SELECT COALESCE(
                    json_agg(%s ORDER BY page.severity DESC, page.id), '[]'::json)
                  FROM %s)""",
            self._object_sql(more),
            self._page_joins(
                SQL(
                    """(SELECT * FROM found ORDER BY severity DESC, id
                         LIMIT %s OFFSET %s)""",
                    limit,
                    offset,
                )
            ),
        )

    @api.model
    def _page_joins(self, page):
        """Return what belongs to each row: student, days missed in a row, cases.

        :param SQL page: a table of rows of standing
        """
        meetings = self.env["intervention.meeting"].with_context(active_test=True)
        cases = meetings._search([])
        cases.add_where("intervention_meeting.student_id = page.student_id")
        return SQL(
            """%(page)s page
               JOIN res_partner student ON student.id = page.student_id
               LEFT JOIN intervention_class class
                   ON class.id = student.school_class_id
               CROSS JOIN LATERAL (%(cases)s) AS cases
               LEFT JOIN LATERAL (
                   SELECT MIN(date) AS first_day, MAX(date) AS last_day FROM (
                       SELECT date FROM intervention_attendance
                        WHERE student_id = page.student_id AND possible = 1
                          AND company_id = page.company_id
                          AND date <= page.last_day
                        ORDER BY date DESC LIMIT page.in_a_row) missed) AS run
                   ON page.row_since IS NOT NULL""",
            page=page,
            cases=cases.select(
                SQL(
                    """MAX(GREATEST(intervention_meeting.meeting_date, %s))
                           AS last_contact""",
                    self._entries_sql(),
                ),
                SQL(
                    """COALESCE(BOOL_OR(intervention_meeting.status = 'closed'
                           AND intervention_meeting.closed_date
                               < page.attention_since), FALSE) AS is_relapse"""
                ),
            ),
        )

    @api.model
    def _object_sql(self, more=EMPTY):
        """Return the SQL of a row's JSON, by ``api.schema.NEEDS_TALK``.

        :param SQL more: further keys and values, each with a comma after it
        """
        return SQL(
            """json_build_object(
                %s
                'student', page.student_id,
                'student_name', student.name,
                'student_id_number', student.student_number,
                'class', class.id,
                'class_name', class.name,
                'attention_since', page.attention_since,
                'band', page.band,
                'band_since', page.band_since,
                'days_missed', ROUND(page.year_absent::numeric, 2),
                'days_possible', page.year_possible,
                'recent_days_missed', ROUND(page.recent_absent::numeric, 2),
                'recent_days_possible', page.recent_possible,
                'in_a_row', page.in_a_row,
                'row_since', page.row_since,
                'row_from', CASE WHEN page.row_since IS NOT NULL
                    THEN COALESCE(run.first_day, page.row_since) END,
                'row_to', CASE WHEN page.row_since IS NOT NULL
                    THEN COALESCE(run.last_day, page.last_day, page.row_since) END,
                'last_day', page.last_day,
                'last_contact', cases.last_contact,
                'is_relapse', cases.is_relapse)""",
            more,
        )

    @api.model
    def _needs_talk_json(self, domain, limit, offset):
        """Return a page of who needs a talk, for HTTP.

        :param domain: which of them
        :return: that there is such a list, its length, and the page as the text of JSON
        """
        [(count, students)] = self.env.execute_query(
            SQL(
                """WITH found AS MATERIALIZED (%s)
                   SELECT (SELECT COUNT(*) FROM found), %s::text""",
                self._found_sql(domain),
                self._students_sql(limit, offset),
            )
        )
        return True, count, students
