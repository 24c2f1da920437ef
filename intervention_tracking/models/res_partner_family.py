from odoo import api, fields, models
from odoo.exceptions import UserError

from ..constants import FORM_MASTER_GROUP

STUDENT_VIEW = "intervention_tracking.res_partner_view_form_student"


class ResPartner(models.Model):
    """The contacts with a student's family, and the ways to add one."""

    _inherit = "res.partner"

    intervention_contact_ids = fields.One2many(
        comodel_name="intervention.contact",
        inverse_name="student_id",
        string="Family Contacts",
        readonly=True,
        groups=FORM_MASTER_GROUP,
    )

    letter_hindrance = fields.Char(
        compute="_compute_letter_hindrance",
        groups=FORM_MASTER_GROUP,
        help="Why no letter can be written to the guardians of the student.",
    )

    @api.depends("name", "guardian_ids.name", "guardian_ids.email")
    @api.depends_context("lang")
    def _compute_letter_hindrance(self):
        for student in self:
            student.letter_hindrance = student._why_no_letter(student.guardian_ids)

    def _why_no_letter(self, guardians):
        """Return why no letter to these guardians of a student can be written.

        :return: a sentence that says what to do, or False
        """
        if not guardians:
            return self.env._(
                "No guardian of %(student)s is known. Add one on the student's page, "
                "or ask who keeps the contacts to do it.",
                student=self.name,
            )
        if not any(guardians.mapped("email")):
            return self.env._(
                "There is no e-mail address for %(names)s. Add it to the contact, or "
                "reach the family in another way and choose Log Contact.",
                names=", ".join(guardians.mapped("name")),
            )
        return False

    def action_enter_guardian_email(self):
        """Open the contact in which an address for letters to the family is missing.

        It is that of a guardian, or the student's own when no guardian is known.

        :return: an action of the web client
        """
        self.ensure_one()
        guardian = self.guardian_ids.filtered(lambda each: not each.email)[:1]
        student_view = self.env.ref(STUDENT_VIEW).id
        return (guardian or self)._get_records_action(
            name=self.env._("Guardian") if guardian else self.env._("Student"),
            views=[(False if guardian else student_view, "form")],
            target="new",
        )

    def action_log_family_contact(self):
        """Open the dialog in which a contact with a student's family is logged.

        On a guardian, the context has ``intervention_meeting_id`` or
        ``intervention_student_id``.

        :return: an action of the web client
        :raises UserError: when the user sees no intervention of the student
        """
        self.ensure_one()
        return self._meeting_of_family().action_log_contact()

    def action_write_to_guardian(self):
        """Open the composer for a letter to the guardians of a student, or to one.

        On a guardian, the context has ``intervention_meeting_id`` or
        ``intervention_student_id``.

        :return: an action of the web client
        :raises UserError: when the user sees no intervention of the student, or there
            is no e-mail address
        """
        self.ensure_one()
        return self._meeting_of_family().action_write_to_guardian()

    def _meeting_of_family(self):
        """Return the intervention on which a contact with the family is logged.

        What is written to a family belongs to a case, as everybody in the school can
        read the chatter of a student.
        """
        context = self.env.context
        meetings = self.env["intervention.meeting"]
        if context.get("intervention_meeting_id"):
            meeting = meetings.browse(context["intervention_meeting_id"])
            return meeting.with_context(intervention_guardian_ids=self.ids)
        student = self.browse(context.get("intervention_student_id") or self.id)
        own = [("student_id", "=", student.id)]
        meeting = meetings.search(
            [*own, ("status", "!=", "closed")], limit=1
        ) or meetings.search(own, limit=1)
        if not meeting:
            raise UserError(
                self.env._(
                    "You have no intervention for %(student)s. Record one first: "
                    "contacts with the family are kept there.",
                    student=student.name,
                )
            )
        if student != self:
            meeting = meeting.with_context(intervention_guardian_ids=self.ids)
        return meeting
