from odoo import api, models
from odoo.exceptions import ValidationError

from .intervention_meeting_activity import FOLLOW_UP


class MailActivity(models.Model):
    """What an activity on a case tells to whom; others are as Odoo has them."""

    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model_id", "res_id", "activity_type_id")
    def _check_intervention(self):
        """Keep the name of a case from who may not see it, whoever assigns it."""
        meetings = self.env["intervention.meeting"]
        activities = self.filtered(lambda each: each.res_model == meetings._name)
        if "meeting" in activities.mapped("activity_category"):
            raise ValidationError(
                self.env._(
                    "The calendar would show the student's name to everybody who sees "
                    "it. Choose another type, or make an entry without the name in the "
                    "calendar itself."
                )
            )
        for user, assigned in activities.grouped("user_id").items():
            named = meetings.browse(assigned.mapped("res_id"))
            if user and not named._as_seen_by(user).has_access("read"):
                raise ValidationError(meetings._not_seen_message(user.partner_id))

    @api.constrains("date_deadline", "activity_type_id", "res_model_id", "res_id")
    def _check_follow_up_date(self):
        """Let the day of a follow-up be said by the case alone, which makes it anew."""
        meetings = self.env["intervention.meeting"]
        for activity in self.filtered(lambda each: each.res_model == meetings._name):
            follows_up = activity.activity_type_id == self.env.ref(FOLLOW_UP)
            # sudo: who may move it is asked by Odoo, before.
            meeting = meetings.sudo().browse(activity.res_id)
            if follows_up and activity.date_deadline != meeting.follow_up_date:
                raise ValidationError(
                    self.env._(
                        "Due Date: the follow-up has the date of the case. Change the "
                        "follow-up date there, and you are reminded on that day."
                    )
                )
