from odoo import fields, models

from ..tools.day import day_text, today
from ..tools.exceptions import field_error
from ..tools.notification import CLOSE, notification
from ..tools.text import isolate


class InterventionAsk(models.TransientModel):
    """Ask a colleague who need not see the case, and learns nothing of it."""

    _name = "intervention.ask"
    _description = "Ask a Colleague"
    _inherit = ["intervention.dialog", "intervention.day.limits"]
    _about = {"meeting_id": "write"}

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="meeting_id.company_id", related_sudo=False)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Colleague",
        required=True,
        domain="[('share', '=', False), ('id', '!=', uid), "
        "('company_ids', 'in', company_id)]",
        ondelete="cascade",
        help="Anybody who works at the school.",
    )
    # Whatever could be typed here could name the student.
    sentence = fields.Selection(
        selection=[
            ("call", "Please call me about a student."),
            ("see", "Please come and see me about a student."),
            ("time", "Please tell me when we can talk about a student."),
        ],
        required=True,
        default="call",
    )
    day = fields.Date(
        string="Until", required=True, default=today, help="Today or later."
    )

    def action_ask(self):
        """Give the colleague an activity that says the sentence, and nothing else.

        It belongs to no record. The chatter of the case keeps who was asked.

        :return: an action that says whether they were told, and closes the dialog
        :raises ValidationError: for oneself or somebody from outside, or a day that has
            passed
        :raises AccessError: when the user may not update the case
        """
        self.ensure_one()
        self.meeting_id.check_access("write")
        # sudo: who works here is not for everybody to read.
        colleague = self.user_id.sudo()
        self._check_question(colleague)
        asking = self.with_context(lang=colleague.lang)
        text = asking.env._(
            "%(user)s: %(sentence)s",
            user=isolate(asking.env, self.env.user.name),
            sentence=asking._sentence(),
        )
        # sudo: Odoo lets nobody give others an activity that belongs to no record.
        self.env["mail.activity"].sudo().create(
            {
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "date_deadline": self.day,
                "summary": text,
                "user_id": colleague.id,
            }
        )
        asking.env["mail.thread"].message_notify(
            partner_ids=colleague.partner_id.ids,
            subject=text,
            body=asking.env._(
                "%(sentence)s It is among your activities, until %(day)s.",
                sentence=asking._sentence(),
                day=day_text(asking.env, self.day),
            ),
        )
        self.meeting_id.message_post(
            body=self.env._(
                "%(colleague)s was asked, until %(day)s: %(sentence)s",
                colleague=isolate(self.env, colleague.name),
                day=day_text(self.env, self.day),
                sentence=self._sentence(),
            )
        )
        return notification(self._asked_message(colleague), then=CLOSE)

    def _check_question(self, colleague):
        fault = None
        if colleague == self.env.user:
            fault = self.env._("Colleague: choose somebody else than yourself.")
        elif (
            colleague.share
            or not colleague.active
            or self.company_id not in colleague.company_ids
        ):
            fault = self.env._("Colleague: choose somebody who works at the school.")
        if fault:
            raise field_error("user_id", fault)
        fault = self._broken_day_limit(self._day_limits()["day"], self.day)
        if fault:
            raise field_error("day", fault)

    def _day_limits(self):
        return {
            "day": [
                {
                    "first": today(self),
                    "message": self.env._("Until: choose today or a later day."),
                }
            ]
        }

    def _sentence(self):
        sentences = self._fields["sentence"]._description_selection(self.env)
        return dict(sentences)[self.sentence]

    def _asked_message(self, colleague):
        if self.meeting_id._reached(colleague):
            return self.env._(
                "%(name)s was told and will find it among their activities.",
                name=isolate(self.env, colleague.name),
            )
        return self.env._(
            "%(name)s will find it among their activities, but has no e-mail address. "
            "Speak to them yourself if it is urgent.",
            name=isolate(self.env, colleague.name),
        )
