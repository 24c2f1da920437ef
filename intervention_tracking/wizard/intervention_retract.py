from odoo import fields, models
from odoo.exceptions import UserError

from ..models.intervention_retraction import ENTRIES
from ..tools.notification import CLOSE, notification


class InterventionRetract(models.TransientModel):
    """The dialog in which an entry of a case is retracted."""

    _name = "intervention.retract"
    _description = "Retract"
    _inherit = ["intervention.dialog"]
    _about = dict.fromkeys(ENTRIES, "read")

    progress_id = fields.Many2one(
        comodel_name="intervention.progress", readonly=True, ondelete="cascade"
    )
    file_id = fields.Many2one(
        comodel_name="intervention.file", readonly=True, ondelete="cascade"
    )
    change_id = fields.Many2one(
        comodel_name="intervention.change", readonly=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        comodel_name="intervention.contact", readonly=True, ondelete="cascade"
    )
    is_status_change = fields.Boolean(
        related="progress_id.is_status_change", related_sudo=False
    )
    reason = fields.Text(
        required=True,
        help="Everybody who sees the case reads it, so don't repeat what was wrong.",
    )

    def action_retract(self):
        """Retract the entry that the dialog is about.

        :return: an action that says so and closes the dialog
        :raises UserError: when it is about none
        :raises ValidationError: as the entry's ``retract``
        :raises AccessError: as the entry's ``retract``
        """
        self.ensure_one()
        entry = next((self[name] for name in ENTRIES if self[name]), None)
        if entry is None:
            raise UserError(
                self.env._(
                    "Open the case, and choose Retract beside the entry that was a "
                    "mistake."
                )
            )
        entry.retract(self.reason)
        # The reason is in the history now, and needs no second place.
        self.unlink()
        return notification(self.env._("The entry was retracted."), then=CLOSE)
