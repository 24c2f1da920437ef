from odoo import api, models
from odoo.exceptions import UserError

from ..tools.exceptions import named_in_records
from ..tools.references import is_named


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        leaving = self.browse()
        if not vals.get("active", True):
            leaving = self.filtered("active")
        result = super().write(vals)
        if leaving:
            # Archiving is not refused, as a school must be able to lock somebody out.
            self.env["intervention.meeting"]._tell_form_masters_left(leaving)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_intervention_history(self):
        if is_named(self):
            raise UserError(named_in_records(self.env))
