from odoo import api, models
from odoo.exceptions import UserError

from .intervention_meeting_activity import ESCALATION, FOLLOW_UP


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_interventions(self):
        for xml_id in (FOLLOW_UP, ESCALATION):
            activity_type = self.env.ref(xml_id, raise_if_not_found=False)
            if activity_type and activity_type in self:
                raise UserError(
                    self.env._(
                        "“%(type)s” is needed to tell people about interventions, so "
                        "it can't be deleted. Rename it, or archive it.",
                        type=activity_type.name,
                    )
                )
