from odoo import api, models
from odoo.exceptions import AccessError

MEETING = "intervention.meeting"
# What a message says, who says it to whom, and where it stands. Odoo changes the rest,
# such as the Message-Id, while it delivers a message.
SUBSTANCE = frozenset(
    {
        "subject",
        "body",
        "date",
        "attachment_ids",
        "tracking_value_ids",
        "author_id",
        "author_guest_id",
        "email_from",
        "partner_ids",
        "incoming_email_to",
        "incoming_email_cc",
        "outgoing_email_to",
        "model",
        "res_id",
        "parent_id",
        "message_type",
        "subtype_id",
        "mail_activity_type_id",
    }
)


class MailMessage(models.Model):
    """Messages of interventions are history: nobody deletes or rewrites them.

    Figures are computed from them, too. An author changes an own comment in the
    chatter, see ``intervention.meeting._check_can_update_message_content``. Superuser
    code is free, as Odoo needs it for that and for cleaning up.
    """

    _inherit = "mail.message"

    def _of_interventions(self):
        # sudo: the answer decides what the user may do with them.
        return (
            self.sudo()
            .filtered(lambda message: message.model == MEETING)
            .with_env(self.env)
        )

    def write(self, vals):
        """Change messages; what a message of an intervention says stays as it is.

        :raises AccessError: for a change of what a message of an intervention says
        """
        changed = SUBSTANCE & vals.keys()
        if changed and not self.env.su:
            kept = self._of_interventions()
            if changed == {"partner_ids"}:
                # The mail gateway notes afterwards whom a received e-mail was for.
                kept = kept.filtered(lambda message: message.message_type != "email")
            if kept or vals.get("model") == MEETING:
                raise AccessError(self._history_refusal())
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_interventions(self):
        if not self.env.su and self._of_interventions():
            raise AccessError(self._history_refusal())

    @api.model
    def _history_refusal(self):
        return self.env._(
            "The messages of an intervention are part of its history. They can't be "
            "changed or deleted. You can edit your own comments in the chatter."
        )
