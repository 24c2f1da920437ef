from odoo import fields, models
from odoo.exceptions import UserError

from ..constants import FORM_MASTER_GROUP


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
