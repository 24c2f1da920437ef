from odoo import models


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _find_record(
        self,
        xmlid=None,
        res_model="ir.attachment",
        res_id=None,
        access_token=None,
        field=None,
    ):
        """Give a file of an intervention to who may see it, whatever token they have.

        Odoo makes tokens that open a file for weeks, also after a case was handed over.
        """
        if res_model == "ir.attachment" and res_id and not xmlid:
            file = self.env[res_model].browse(res_id).exists()._of_interventions()
            if file:
                file.check_access("read")
                return file
        return super()._find_record(xmlid, res_model, res_id, access_token, field)
