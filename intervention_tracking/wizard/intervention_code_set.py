from odoo import api, fields, models

from ..constants import ATTENDANCE_MEANINGS
from ..tools.attendance_codes import CODE_SETS


class InterventionCodeSet(models.TransientModel):
    """Adds a set of attendance codes that schools know, to be edited afterwards."""

    _name = "intervention.code.set"
    _description = "Ready Set of Attendance Codes"
    _inherit = ["intervention.refusals"]

    name = fields.Selection(
        selection=[
            ("plain", "Plain: P, A, E, L"),
            ("england", "England, since August 2024"),
            ("ed_fi", "Ed-Fi: attendance event categories"),
        ],
        string="Set",
        required=True,
        default="plain",
    )
    code_text = fields.Text(string="Codes", compute="_compute_code_text")

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_code_text(self):
        codes = self.env["intervention.attendance.code"]
        meanings = dict(codes._fields["meaning"]._description_selection(self.env))
        for wizard in self:
            of = {}
            for code, meaning, _description in CODE_SETS.get(wizard.name, ()):
                of.setdefault(meaning, []).append(code)
            wizard.code_text = "\n".join(
                f"{meanings[meaning]}: {', '.join(of[meaning])}"
                for meaning, _label in ATTENDANCE_MEANINGS
                if meaning in of
            )

    def action_add(self):
        """Add the codes of the set that the company does not have yet.

        :return: an action of the web client: the codes
        """
        self.ensure_one()
        codes = self.env["intervention.attendance.code"]
        codes._add_set(self.name)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_attendance_code_action"
        )
