from odoo import fields, models

from ..constants import ATTENDANCE_MEANINGS
from ..tools.text import FILLED


class InterventionAttendanceCode(models.Model):
    """A code of the school's registers, and what it means."""

    _name = "intervention.attendance.code"
    _description = "Attendance Code"
    _inherit = ["intervention.refusals"]
    _order = "sequence, code, id"
    _rec_names_search = ("code", "name")

    sequence = fields.Integer(default=10)
    code = fields.Char(
        required=True, help="As it stands in registers and files; case does not matter."
    )
    name = fields.Char(string="Description", translate=True)
    meaning = fields.Selection(selection=ATTENDANCE_MEANINGS, required=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    active = fields.Boolean(default=True)

    _code_filled = models.Constraint(
        f"CHECK (code ~ '{FILLED}')", "Code: write what stands in the register."
    )
    _code_uniq = models.UniqueIndex(
        "(company_id, lower(trim(code))) WHERE active IS TRUE",
        "This code exists already. Change it, or archive the other one first.",
    )
