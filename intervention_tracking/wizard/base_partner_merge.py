from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        if any((src_partners | dst_partner).mapped("is_intervention_student")):
            dst_partner._take_over_student(src_partners)
        return super()._update_foreign_keys(src_partners, dst_partner)
