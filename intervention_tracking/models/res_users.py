from odoo import api, models
from odoo.exceptions import UserError

from ..constants import FORM_MASTER_GROUP
from ..tools.exceptions import named_in_records
from ..tools.references import is_named


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        able = self.browse()
        if vals.keys() & {"active", "group_ids"}:
            able = self._form_masters()
        result = super().write(vals)
        leaving = able - able._form_masters()
        if leaving:
            # It is not refused, as a school must be able to lock somebody out.
            self.env["intervention.meeting"]._tell_form_masters_left(leaving)
        return result

    def _form_masters(self):
        """Return those of these users who can open cases."""
        # sudo: groups of users are not for everybody to read.
        return self.filtered(
            lambda user: user.active and user.sudo().has_group(FORM_MASTER_GROUP)
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_intervention_history(self):
        if is_named(self):
            raise UserError(named_in_records(self.env))
