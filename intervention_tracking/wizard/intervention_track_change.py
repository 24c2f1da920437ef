from odoo import fields, models


class InterventionTrack(models.TransientModel):
    """The history that the dialog shows has the changes of the case, too."""

    _inherit = "intervention.track"

    change_ids = fields.One2many(related="meeting_id.change_ids", related_sudo=False)
