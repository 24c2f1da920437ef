from odoo import api, models
from odoo.exceptions import ValidationError


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model_id", "res_id")
    def _check_sees_intervention(self):
        """Keep the name of a case from who may not see it, whoever assigns it."""
        meetings = self.env["intervention.meeting"]
        for user, activities in (
            self.filtered(
                lambda activity: (
                    activity.user_id and activity.res_model == meetings._name
                )
            )
            .grouped("user_id")
            .items()
        ):
            named = meetings.browse(activities.mapped("res_id"))
            if not named._as_seen_by(user).has_access("read"):
                raise ValidationError(meetings._not_seen_message(user.partner_id))
