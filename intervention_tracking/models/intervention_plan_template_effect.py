from odoo import api, fields, models

from ..constants import ADMIN_GROUP


class InterventionPlanTemplate(models.Model):
    """Whether less was missed after the meetings that began with a template.

    Below the number of students from which groups are compared nothing is told but how
    often it was used.
    """

    _inherit = "intervention.plan.template"

    effect_figure = fields.Json(
        string="Did It Help",
        compute="_compute_effect_figure",
        groups=ADMIN_GROUP,
        exportable=False,
        export_string_translation=False,
    )

    @api.depends("meeting_ids")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_effect_figure(self):
        effects = self.env["intervention.effect"]
        figures = {
            figure["value"]: figure for figure in effects._template_figures(self.ids)
        }
        for template in self:
            figure = figures.get(template._origin.id)
            template.effect_figure = (
                figure
                and figure["mean"] is not None
                and effects._figure_in_words(figure)
            )
