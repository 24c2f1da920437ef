from odoo import api, models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    @api.constrains("model_id")
    def _check_intervention_template(self):
        """Refuse a change after which it is a template that the user may not change.

        Odoo looks at the rules before a change only.
        """
        templates = self.filtered(
            lambda template: (template.model or "").startswith("intervention.")
        )
        # Constraints run as superuser.
        templates.sudo(False).check_access("write")
