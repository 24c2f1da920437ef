from odoo import api, models


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        """Keep followers out of a letter also when it is sent later.

        Odoo notes what the composer says of them, and forgets it when it sends.
        """
        return super()._notification_parameters_whitelist() | {"notify_skip_followers"}
