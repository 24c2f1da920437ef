from odoo import models
from odoo.tools import SQL

from ..constants import ADMIN_GROUP
from .intervention_meeting_query import BY_ID, TIME

BY_DATE = ("date", "id")
# By ``api.schema.DAY``.
DAY_OBJECT = SQL(
    """json_build_object(
        'id', page.id,
        'student', page.student_id,
        'student_name', student.name,
        'student_id_number', student.student_number,
        'date', page.date,
        'class', page.class_id,
        'class_name', class.name,
        'possible', page.possible,
        'absent', page.absent,
        'excused', page.excused,
        'late', page.is_late,
        'minutes_lost', COALESCE(page.minutes_lost, 0),
        'codes', COALESCE(page.codes, ''),
        'note', COALESCE(page.note, ''),
        'source', page.source_id,
        'source_name', source.name,
        'updated_at', to_char(page.updated_at, %s))""",
    TIME,
)


class InterventionAttendance(models.Model):
    """What other systems read of school days: one statement for each answer."""

    _inherit = "intervention.attendance"

    def _list_json(self, domain, limit, offset):
        """Return whether there is such a list, its length, and a page as JSON's text.

        :param domain: which days, besides the record rules
        """
        count, page = self._days_sql(self._search(domain), limit, offset, BY_DATE)
        [row] = self.env.execute_query(SQL("SELECT TRUE, (%s), (%s)", count, page))
        return row

    def _cursor_json(self, domain, limit, before):
        """Return the length of the list, a page from an id downwards, and its last id.

        The last id is None where no more days follow.
        """
        query = self._search(domain)
        count = query.select(SQL("COUNT(*)"))
        query.add_where("intervention_attendance.id < %s", [before])
        rest, page = self._days_sql(query, limit, 0, BY_ID)
        # The last one of the page, when another one follows.
        query.order = SQL("intervention_attendance.id DESC")
        query.limit, query.offset = 1, limit - 1
        last = query.select()
        [(count, rest, last, results)] = self.env.execute_query(
            SQL("SELECT (%s), (%s), (%s), (%s)", count, rest, last, page)
        )
        return count, results, rest > limit and last

    def _student_json(self, subject, limit, offset):
        """Return who a student is and where they stand, with a page of their days.

        :param subject: the id of the student, and the domain of the days
        :return: whether the caller may see that, the number of days, and the text of
            JSON of the student, the standing and the page
        """
        student_id, domain = subject
        days = self._search([("student_id", "=", student_id), *domain])
        count, page = self._days_sql(days, limit, offset, BY_DATE)
        students = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("id", "=", student_id), ("is_intervention_student", "=", True)])
        )
        if not self.env.user.has_group(ADMIN_GROUP):
            students.add_where(SQL("res_partner.id IN %s", self._own_students_sql()))
        rows = self.env.execute_query(
            SQL(
                """SELECT (%s), json_build_object(
                              'student', res_partner.id,
                              'student_name', res_partner.name,
                              'student_id_number', res_partner.student_number,
                              'standing', (%s))::text, (%s)
                     FROM res_partner WHERE id IN (%s)""",
                count,
                self._standing_sql(student_id),
                page,
                students.select(),
            )
        )
        if not rows:
            return False, 0, ("", "")
        [(count, student, page)] = rows
        return True, count, (student, page)

    def _days_sql(self, query, limit, offset, order):
        """Return the number of days and the JSON of a page of them, as SQL."""
        count = query.select(SQL("COUNT(*)"))
        query.order = SQL(", ").join(
            SQL("%s DESC", SQL.identifier(self._table, name)) for name in order
        )
        query.limit, query.offset = limit, offset
        page = query.select(SQL("%s.*", SQL.identifier(self._table)))
        query.order = query.limit = None
        query.offset = 0
        return count, SQL(
            """SELECT COALESCE(json_agg(%s ORDER BY %s), '[]'::json)::text
                 FROM (%s) page
                 JOIN res_partner student ON student.id = page.student_id
                 JOIN intervention_attendance_source source
                   ON source.id = page.source_id
                 LEFT JOIN intervention_class class ON class.id = page.class_id""",
            DAY_OBJECT,
            SQL(", ").join(SQL("%s DESC", SQL.identifier("page", x)) for x in order),
            page,
        )

    def _standing_sql(self, student_id):
        """Return the JSON of where a student stands, by ``api.schema.STANDING``."""
        standings = self.env["intervention.attendance.standing"]
        # A student has one row.
        known = standings.search([("student_id", "=", student_id)])
        if not known:
            return SQL("SELECT NULL::json")
        return SQL(
            """SELECT json_build_object(
                'year_start', s.year_start,
                'possible', s.year_possible,
                'absent', s.year_absent,
                'excused', s.year_excused,
                'rate', s.rate,
                'recent_possible', s.recent_possible,
                'recent_absent', s.recent_absent,
                'recent_excused', s.recent_excused,
                'in_a_row', s.in_a_row,
                'band', s.band,
                'band_since', s.band_since,
                'last_day', s.last_day,
                'unknown', %s::int)
               FROM intervention_attendance_standing s WHERE s.id = %s""",
            known.unknown_days,
            known.id,
        )
