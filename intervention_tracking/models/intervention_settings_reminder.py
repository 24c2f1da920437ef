from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models

from ..tools.day import zone_of
from ..tools.notification import notification

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class InterventionSettings(models.Model):
    """When the reminders go out by mail, and to whom."""

    _inherit = "intervention.settings"

    escalation_user_id = fields.Many2one(
        help="Gets the activity when a case is escalated, and the mail about cases "
        "that are overdue for long. When empty, every administrator of interventions "
        "gets them."
    )
    reminders = fields.Boolean(
        string="Daily Mails",
        help="Each form master gets one mail a day that lists the follow-ups that are "
        "overdue or due today, and administrators one that lists the cases overdue "
        "for long. They hold the students' names and links, and nothing of what was "
        "said. Who has nothing due gets no mail, and nobody gets one on a closing day "
        "of the company's working hours.",
    )
    reminder_monday = fields.Boolean(string="Monday", default=True)
    reminder_tuesday = fields.Boolean(string="Tuesday", default=True)
    reminder_wednesday = fields.Boolean(string="Wednesday", default=True)
    reminder_thursday = fields.Boolean(string="Thursday", default=True)
    reminder_friday = fields.Boolean(string="Friday", default=True)
    reminder_saturday = fields.Boolean(string="Saturday")
    reminder_sunday = fields.Boolean(string="Sunday")
    reminders_changed = fields.Datetime(
        readonly=True,
        help="A mail that was already missed is not sent later.",
    )
    reminder_time = fields.Float(
        string="Time",
        default=7.0,
        help="The mails go out within a quarter of an hour after this time, in each "
        "recipient's time zone. If you change the time, those who have not had "
        "today's mail yet get it at the new time.",
    )
    overdue_days = fields.Integer(
        string="Tell Administrators After",
        default=7,
        help="Administrators are told of cases that have been overdue for more than "
        "this number of days. With 0, they are told of every overdue case.",
    )
    unreached_user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Not Reached",
        compute="_compute_unreached_user_ids",
        help="They did not get their last mail.",
    )

    _reminder_day_chosen = models.Constraint(
        # IS TRUE, as a day that nobody has ever chosen is NULL.
        "CHECK (reminders IS NOT TRUE OR "
        + " OR ".join(f"reminder_{day} IS TRUE" for day in WEEKDAYS)
        + ")",
        "Days: choose at least one day on which the mails go out, or switch the daily "
        "mails off.",
    )
    _reminder_time_of_day = models.Constraint(
        "CHECK (reminder_time >= 0 AND reminder_time < 24)",
        "Time: choose a time from 00:00 to 23:59.",
    )
    _overdue_days_possible = models.Constraint(
        "CHECK (overdue_days BETWEEN 0 AND 365)",
        "Tell Administrators After: choose a number of days from 0 to 365.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_unreached_user_ids(self):
        for settings in self:
            settings.unreached_user_ids = self.env["intervention.digest"]._unreached(
                settings.company_id
            )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "reminders_changed": fields.Datetime.now()} for vals in vals_list]
        )

    def write(self, vals):
        if any(name.startswith("reminder") for name in vals):
            vals = {**vals, "reminders_changed": fields.Datetime.now()}
        return super().write(vals)

    def _reminder_days(self, users):
        """Return whose mail of which day may be made now.

        A day's mail may be made from its time on until the time of the next day's, so
        that it goes out also where its time is right before midnight, or the job is
        late.

        :param users: ``res.users``
        :return: a dict of user to the day, which is one of their own
        """
        self.ensure_one()
        days = {}
        for group in users.grouped("tz").values():
            day = self._reminder_day(zone_of(self.env, group[0], self.company_id))
            if (
                day
                and self[f"reminder_{WEEKDAYS[day.weekday()]}"]
                and not self._is_closed(self.company_id, day)
            ):
                days.update(dict.fromkeys(group, day))
        return days

    def _reminder_day(self, zone):
        """Return the day in a time zone whose mail has its time now, or None.

        It is told by the clock on the wall: what it skips in spring has come at the
        next hour, and what it shows twice in autumn finds its mail made.
        """
        now, changed = (
            moment and pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
            for moment in (fields.Datetime.now(), self.reminders_changed)
        )
        minutes = min(round(self.reminder_time * 60), 24 * 60 - 1)
        if now.hour * 60 + now.minute >= minutes:
            return now.date()
        day = now.date() - timedelta(days=1)
        due = datetime.combine(day, time(*divmod(minutes, 60)))
        return None if changed and changed > due else day

    def action_send_me_now(self):
        """Mail the user what a form master and an administrator get, at once.

        Today's own mails still go out at their time.

        :return: an action of the web client that says where the mails went
        :raises UserError: when the user has no address, or a mail was not sent
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.ensure_one()
        self.check_access("write")
        self.env["intervention.digest"]._send_now(self.company_id)
        return notification(
            self.env._(
                "Two mails were sent to %(address)s: what you get as a form master, "
                "and what you get as an administrator.",
                address=self.env.user.email,
            )
        )
