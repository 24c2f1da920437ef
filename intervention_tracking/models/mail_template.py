from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def write(self, vals):
        """Change templates.

        :raises AccessError: also for a change after which it is one of interventions
            that the user may not change, as Odoo looks at the rules before it only
        """
        result = super().write(vals)
        if "model_id" in vals:
            self.check_access("write")
        return result
