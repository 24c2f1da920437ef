from odoo import api, models
from odoo.exceptions import ValidationError


class MailMessage(models.Model):
    """No message has a file of an intervention: it would leave by e-mail."""

    _inherit = "mail.message"

    @api.constrains("attachment_ids")
    def _check_no_intervention_file(self):
        # sudo: what they are is asked, and not told.
        if self.sudo().attachment_ids._of_interventions():
            raise ValidationError(
                self.env._("A file of an intervention can't be sent with a message.")
            )
