from odoo import api, fields, models

from ..constants import PLAN_KEPT, PLAN_KEPT_REASONS
from ..models.intervention_meeting_plan_kept import ANSWER, NOT_WHOLLY


class InterventionTrack(models.TransientModel):
    """Whether the plan was carried out, asked once there was time for it."""

    _inherit = "intervention.track"

    is_plan_asked = fields.Boolean(
        related="meeting_id.is_plan_asked", related_sudo=False
    )
    plan_kept = fields.Selection(
        selection=PLAN_KEPT,
        string="Was the Plan Carried Out?",
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Leave it empty when you don't know yet.",
    )
    plan_kept_reason = fields.Selection(
        selection=PLAN_KEPT_REASONS,
        string="Why Not Wholly",
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    plan_kept_text = fields.Text(
        string="About the Plan",
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    seen_plan_kept = fields.Selection(
        selection=PLAN_KEPT,
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    seen_plan_kept_reason = fields.Selection(
        selection=PLAN_KEPT_REASONS,
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    seen_plan_kept_text = fields.Text(
        compute="_compute_plan_kept",
        compute_sudo=False,
        store=True,
        readonly=False,
    )

    @api.depends("meeting_id")
    def _compute_plan_kept(self):
        for track in self:
            for name in ANSWER:
                track[name] = track[f"seen_{name}"] = track.meeting_id[name]

    def _update_values(self):
        answer = {name: self[name] or False for name in ANSWER}
        # What was chosen for another answer is not seen any more.
        if self.plan_kept not in NOT_WHOLLY:
            answer["plan_kept_reason"] = False
        if not self.plan_kept:
            answer["plan_kept_text"] = False
        return {
            **super()._update_values(),
            **{
                name: value
                for name, value in answer.items()
                if value != (self[f"seen_{name}"] or False)
            },
        }
