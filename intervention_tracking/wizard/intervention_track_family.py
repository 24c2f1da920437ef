from odoo import fields, models


class InterventionTrack(models.TransientModel):
    """Whether the family was reached, beside the history."""

    _inherit = "intervention.track"

    is_family_contacted = fields.Boolean(
        related="meeting_id.is_family_contacted", related_sudo=False
    )
