from odoo import api, fields, models

from ..tools.notification import CLOSE, notification


class InterventionNotNow(models.TransientModel):
    """The dialog in which students are taken out of the list of who needs a talk."""

    _name = "intervention.not.now"
    _description = "Student Needs No Talk Now"
    _inherit = ["intervention.dialog", "intervention.day.limits"]
    _about = {"standing_ids": "read"}

    standing_ids = fields.Many2many(
        comodel_name="intervention.attendance.standing",
        string="Students",
        required=True,
        default=lambda self: self._default_standing_ids(),
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

    @api.model
    def _default_standing_ids(self):
        chosen = self.env.context
        return chosen.get(
            "active_model"
        ) == "intervention.attendance.standing" and chosen.get("active_ids")

    @api.depends("standing_ids")
    def _compute_day_limits(self):
        return super()._compute_day_limits()

    def _day_limits(self):
        return {"until": self.standing_ids._pause_limits()} if self.standing_ids else {}

    def action_pause(self):
        """Take the students out of the list.

        :return: an action that says so and closes the dialog
        :raises ValidationError: as ``pause`` of ``intervention.attendance.standing``
        :raises AccessError: as that
        """
        self.ensure_one()
        # sudo: who may not be seen any more is not left out without a word.
        standings = self.sudo().standing_ids.sudo(False)
        count = len(standings.pause(self.until, self.reason))
        # The reason is in the history now, and needs no second place.
        self.unlink()
        message = (
            self.env._("The student is out of the list.")
            if count == 1
            else self.env._("%(count)s students are out of the list.", count=count)
        )
        return notification(message, then=CLOSE)
