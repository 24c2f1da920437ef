from odoo import api, models
from odoo.exceptions import AccessError


class MailTrackingValue(models.Model):
    """What was changed on an intervention stays, as its messages do."""

    _inherit = "mail.tracking.value"

    def write(self, vals):
        """Change tracked values; those of interventions stay as they are.

        :raises AccessError: for a tracked value of an intervention
        """
        self._refuse_of_interventions()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_interventions(self):
        self._refuse_of_interventions()

    def _refuse_of_interventions(self):
        messages = self.sudo().mail_message_id
        if not self.env.su and messages._of_interventions():
            raise AccessError(messages._history_refusal())
