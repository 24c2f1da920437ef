from odoo import api, fields, models

from ..constants import ATTENDANCE_MEANINGS
from ..tools.attendance_codes import CODE_SETS
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

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for code in self._nameable():
            code.display_name = f"{code.code} – {code.name}" if code.name else code.code

    @api.model
    def _add_set(self, name):
        """Add the codes of a set that the company does not have yet.

        :param str name: of ``CODE_SETS``
        :return: the new codes
        """
        known = self.search([("company_id", "=", self.env.company.id)])
        spelled = {code.code.strip().lower() for code in known}
        first = max(known.mapped("sequence"), default=0)
        return self.create(
            [
                {
                    "sequence": first + number,
                    "code": code,
                    "meaning": meaning,
                    "name": description,
                }
                for number, (code, meaning, description) in enumerate(
                    CODE_SETS[name], 1
                )
                if code.lower() not in spelled
            ]
        )
