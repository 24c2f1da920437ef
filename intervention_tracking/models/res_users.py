from odoo import api, models
from odoo.exceptions import UserError

from ..tools.exceptions import named_in_records


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
        # sudo: who may delete users need not be allowed to read the cases, and the
        # answer says only that there are some.
        meetings = (
            self.env["intervention.meeting"].sudo().with_context(active_test=False)
        )
        progress = self.env["intervention.progress"].sudo()
        contacts = self.env["intervention.contact"].sudo()
        written = [("create_uid", "in", self.ids)]
        if (
            meetings.search_count(
                ["|", ("form_master_id", "in", self.ids), *written], limit=1
            )
            or progress.search_count(written, limit=1)
            or contacts.search_count(written, limit=1)
        ):
            raise UserError(named_in_records(self.env))
