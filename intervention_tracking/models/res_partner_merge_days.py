from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .intervention_attendance_change import VALUES


class InterventionAttendance(models.Model):
    """The days of two contacts of one student become those of one."""

    _inherit = "intervention.attendance"

    @api.model
    def _merge_students(self, staying, leaving):
        """Give a contact the days of others that are about to be merged into it.

        Of a day that several of them have, what was stored last stays; where the others
        said something else, that is among the corrections of the day.

        :param staying: the contact
        :param leaving: the contacts that will be deleted
        :raises UserError: when their days are of different schools
        """
        self.env.flush_all()
        contacts = staying | leaving
        companies = self.env.execute_query(
            SQL(
                "SELECT DISTINCT company_id FROM %s WHERE student_id = ANY(%s)",
                SQL.identifier(self._table),
                contacts.ids,
            )
        )
        if not companies:
            return
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    "These contacts belong to different schools and are named in "
                    "records that must be kept. Only contacts of the same school can "
                    "be merged."
                )
            )
        company = self.env["res.company"].browse(companies[0][0])
        self._lock_days(company)
        values = {
            "contacts": contacts.ids,
            "leaving": leaving.ids,
            "staying": staying.id,
            "company": company.id,
            "now": self.env.cr.now().replace(microsecond=0),
            "user": self.env.uid,
            "old_names": _names("old_"),
            "new_names": _names("new_"),
            "dropped": _names("", "dropped"),
            "kept": _names("", "kept"),
            "doubled": SQL(
                """(SELECT id, row_number() OVER (
                               PARTITION BY date
                               ORDER BY updated_at DESC, student_id != %s, id) AS place,
                           first_value(id) OVER (
                               PARTITION BY date
                               ORDER BY updated_at DESC, student_id != %s, id) AS kept
                      FROM intervention_attendance WHERE student_id = ANY(%s))""",
                staying.id,
                staying.id,
                contacts.ids,
            ),
        }
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_attendance_change
                       (create_uid, create_date, write_uid, write_date, company_id,
                        source_id, student_id, date, %(old_names)s, %(new_names)s)
                   SELECT %(user)s, %(now)s, %(user)s, %(now)s, %(company)s,
                          dropped.source_id, %(staying)s, dropped.date, %(dropped)s,
                          %(kept)s
                     FROM %(doubled)s doubled
                     JOIN intervention_attendance dropped ON dropped.id = doubled.id
                     JOIN intervention_attendance kept ON kept.id = doubled.kept
                    WHERE place > 1 AND (%(dropped)s) IS DISTINCT FROM (%(kept)s)""",
                **values,
            )
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM intervention_attendance
                    WHERE id IN (SELECT id FROM %(doubled)s d WHERE place > 1)""",
                **values,
            )
        )
        for statement in (
            "UPDATE intervention_attendance "
            "SET student_id = %(staying)s, updated_at = %(now)s "
            "WHERE student_id = ANY(%(leaving)s)",
            "UPDATE intervention_attendance_change SET student_id = %(staying)s "
            "WHERE student_id = ANY(%(leaving)s)",
        ):
            self.env.cr.execute(statement, values)
        self.env.invalidate_all()
        self.env["intervention.attendance.standing"]._refresh(contacts.ids)


class ResPartner(models.Model):
    """A student whose days are kept."""

    _inherit = "res.partner"

    def _take_over_student(self, leaving):
        # First: those that leave are no students afterwards.
        self.env["intervention.attendance"]._merge_students(self, leaving)
        return super()._take_over_student(leaving)

    @api.constrains("student_left_on")
    def _note_left_of_days(self):
        students = self.filtered("is_intervention_student")
        if students:
            self.env["intervention.attendance.standing"]._refresh(students.ids)

    @api.constrains("company_id")
    def _check_company_of_days(self):
        students = self.filtered("is_intervention_student").filtered("company_id")
        # sudo: the rule holds also for days that the user may not see.
        days = self.env["intervention.attendance"].sudo()
        for company, group in students.grouped("company_id").items():
            if days.search_count(
                [("student_id", "in", group.ids), ("company_id", "!=", company.id)],
                limit=1,
            ):
                raise self._other_school_error()


def _names(prefix, table=None):
    return SQL(", ").join(
        SQL.identifier(table, f"{prefix}{name}")
        if table
        else SQL.identifier(f"{prefix}{name}")
        for name in VALUES
    )
