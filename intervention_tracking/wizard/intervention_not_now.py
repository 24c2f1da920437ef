from odoo import api, fields, models

from ..tools.notification import CLOSE, notification


class InterventionNotNow(models.TransientModel):
    """The dialog in which a student is taken out of the list of who needs a talk."""

    _name = "intervention.not.now"
    _description = "Student Needs No Talk Now"
    _inherit = ["intervention.dialog", "intervention.day.limits"]
    _about = {"standing_id": "read"}

    standing_id = fields.Many2one(
        comodel_name="intervention.attendance.standing",
        string="Student",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    attention_reason = fields.Text(
        related="standing_id.attention_reason", related_sudo=False
    )
    until = fields.Date(
        required=True,
        help="On this day the student is in the list again; 20 school days from now at "
        "most. They come back earlier when it gets worse.",
    )
    reason = fields.Text(
        required=True,
        help="Who sees the student's attendance reads it, with your name.",
    )

    @api.depends("standing_id")
    def _compute_day_limits(self):
        return super()._compute_day_limits()

    def _day_limits(self):
        return {"until": self.standing_id._pause_limits()} if self.standing_id else {}

    def action_pause(self):
        """Take the student out of the list.

        :return: an action that says so and closes the dialog
        :raises ValidationError: as ``pause`` of ``intervention.attendance.standing``
        :raises AccessError: as that
        """
        self.ensure_one()
        self.standing_id.pause(self.until, self.reason)
        # The reason is in the history now, and needs no second place.
        self.unlink()
        return notification(self.env._("The student is out of the list."), then=CLOSE)
