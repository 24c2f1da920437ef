from odoo import api, models
from odoo.exceptions import ValidationError


class MailComposeMessage(models.TransientModel):
    """The composer makes copies of what it sends, so it is asked first."""

    _inherit = "mail.compose.message"

    @api.constrains("attachment_ids")
    def _check_no_intervention_file(self):
        # sudo: as for the message.
        if self.sudo().attachment_ids._of_interventions():
            raise ValidationError(
                self.env._("A file of an intervention can't be sent with a message.")
            )
