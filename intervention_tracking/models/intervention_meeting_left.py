from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.day import day_text, today
from ..tools.exceptions import field_error
from ..tools.internal import Internal
from ..tools.search import boolean_search
from .intervention_meeting_activity import FOLLOW_UP

# An archived student has left, whatever day of leaving they have.
LONG_AGO = date(1900, 1, 1)


class InterventionMeeting(models.Model):
    """Cases of students who have left: marked so, and in no reminder and no counter.

    They keep their status, so that nothing is lost when the student comes back.
    """

    _inherit = "intervention.meeting"

    # With the case, as the counters read its indexes alone.
    student_gone_from = fields.Date(
        compute="_compute_student_gone_from",
        store=True,
        precompute=True,
        help="From this day on, the case is left out of reminders and counts.",
    )
    has_student_left = fields.Boolean(
        string="Student Left",
        compute="_compute_has_student_left",
        search="_search_has_student_left",
        help="The student has left the school, so the case is left out of reminders "
        "and counts of active cases.",
    )
    student_left_text = fields.Char(
        string="Left", compute="_compute_has_student_left", compute_sudo=False
    )

    # The few cases that are to be closed.
    _left_case_idx = models.Index(
        "(student_gone_from) INCLUDE (form_master_id, company_id) WHERE active IS TRUE "
        "AND status != 'closed' AND student_gone_from IS NOT NULL"
    )

    @api.model
    def _managed_fields(self):
        return (*super()._managed_fields(), "student_gone_from")

    # Contacts are watched by _note_student_left, as most are no students.
    @api.depends("student_id")
    def _compute_student_gone_from(self):
        for meeting in self:
            student = meeting.student_id
            meeting.student_gone_from = (
                student.student_left_on if student.active or not student else LONG_AGO
            )

    @api.depends("student_gone_from")
    @api.depends_context("tz", "uid", "allowed_company_ids", "lang")
    def _compute_has_student_left(self):
        this_day = today(self)
        for meeting in self:
            day = meeting.student_gone_from
            meeting.has_student_left = bool(day and day <= this_day)
            meeting.student_left_text = meeting.has_student_left and self.env._("Left")

    @boolean_search
    def _search_has_student_left(self):
        return ~self._present_domain()

    @api.model
    def _present_domain(self, day=None):
        """Return the domain of the cases whose student is at the school.

        :param day: the one that is asked about, by default the user's
        """
        return Domain("student_gone_from", "=", False) | Domain(
            "student_gone_from", ">", day or today(self)
        )

    @api.depends("student_gone_from")
    def _compute_is_overdue(self):  # pylint: disable=missing-return
        super()._compute_is_overdue()
        left = self.filtered("has_student_left")
        left.is_overdue = left.is_due_today = False

    @api.model
    def _ongoing_domain(self, day=None):
        return super()._ongoing_domain(day) & self._present_domain(day)

    def _note_students_left(self):
        """Take over when the students of these cases left, or that they are back."""
        self.env.add_to_compute(self._fields["student_gone_from"], self)
        self._recompute_recordset(["student_gone_from"])
        self.flush_recordset(["student_gone_from"])
        self._forget_follow_ups()

    def _forget_follow_ups(self):
        """Remove the follow-up activities of those whose student has left.

        On their owner's own day, as they were made. The job makes them anew when the
        student is back.
        """
        left = self.filtered(
            lambda meeting: (
                meeting.follow_up_reminded
                and meeting.status != "closed"
                and meeting.student_gone_from
                and meeting.student_gone_from
                <= today(self, meeting.form_master_id, meeting.company_id)
            )
        )
        if not left:
            return
        left._open_activities(
            Domain("activity_type_id", "=", self.env.ref(FOLLOW_UP).id)
        ).unlink()
        left._remember_follow_ups(False)

    @api.model
    def _cron_schedule_follow_ups(self, batch_size=200):
        # Those whose day of leaving has come; no two places on earth are more than two
        # days apart.
        self.search(
            [
                ("student_gone_from", "<=", today(self) + timedelta(days=2)),
                ("status", "!=", "closed"),
                ("follow_up_reminded", "=", True),
            ]
        )._forget_follow_ups()
        return super()._cron_schedule_follow_ups(batch_size)

    @api.model
    def _left_sentence(self, day):
        """Return what closes the case of a student who left.

        :param day: the day of leaving, if known
        """
        if not day:
            return self.env._("The student has left the school.")
        return self.env._(
            "The student left the school on %(date)s.", date=day_text(self.env, day)
        )


class ResPartner(models.Model):
    """When a student came to the school, and when they left it."""

    _inherit = "res.partner"

    student_came_on = fields.Date(
        string="At School Since",
        copy=False,
        groups="base.group_user",
        help="The first school day, of students who came during a school year. Where "
        "only absences are known, they were not there before it.",
    )
    student_left_on = fields.Date(
        string="Left School on",
        copy=False,
        groups="base.group_user",
        help="From this day on, the student counts as having left. Clear it if they "
        "come back.",
    )
    has_left_school = fields.Boolean(
        string="Left",
        compute="_compute_has_left_school",
        search="_search_has_left_school",
        groups="base.group_user",
        help="The day of leaving has come, or the contact is archived.",
    )

    @api.depends("active", "student_left_on")
    @api.depends_context("tz", "uid", "allowed_company_ids")
    def _compute_has_left_school(self):
        this_day = today(self)
        for partner in self:
            day = partner.student_left_on
            partner.has_left_school = not partner.active or bool(
                day and day <= this_day
            )

    @boolean_search
    def _search_has_left_school(self):
        return Domain("active", "=", False) | Domain(
            "student_left_on", "<=", today(self)
        )

    @api.constrains("is_intervention_student", "student_came_on", "student_left_on")
    def _check_year_left(self):
        for student in self.filtered("is_intervention_student"):
            for name in ("student_came_on", "student_left_on"):
                fault = student._year_left_fault(student[name], self._fields[name])
                if fault:
                    raise field_error(name, fault)
            came, left = student.student_came_on, student.student_left_on
            if came and left and left < came:
                raise field_error(
                    "student_left_on",
                    self.env._(
                        "%(student)s can't leave the school before the day on which "
                        "they came. Correct one of the two days.",
                        student=student.name,
                    ),
                )

    def _year_left_fault(self, day, field):
        """Return what is wrong with the year of such a day of students, or None.

        :param field: where the day was entered
        """
        if not day:
            return None
        # Students of earlier years are taken over as their cases are.
        meetings = self.env["intervention.meeting"].with_context(
            intervention_earlier=Internal(True)
        )
        return meetings._year_fault(
            field._description_string(self.env),
            day,
            self.company_id[:1] or self.env.company,
        )

    # A constraint, as Odoo calls it after every change of these fields and no other;
    # a field of the cases that depends on them would look for cases of every contact.
    @api.constrains("active", "student_left_on")
    def _note_student_left(self):
        students = self.filtered("is_intervention_student")
        if students:
            # sudo: who keeps contacts need not be allowed to read the cases.
            self.env["intervention.meeting"].sudo().with_context(
                active_test=False
            ).search([("student_id", "in", students.ids)])._note_students_left()
