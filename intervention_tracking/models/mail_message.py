from odoo import api, models


class MailMessage(models.Model):
    """No message has a file of an intervention: it would leave by e-mail."""

    _inherit = "mail.message"

    @api.constrains("attachment_ids")
    def _check_no_intervention_file(self):
        # sudo: also those that the user may not see.
        self.sudo().attachment_ids._check_not_sent()
