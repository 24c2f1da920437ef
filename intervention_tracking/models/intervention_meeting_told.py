from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..tools.text import isolate
from .intervention_meeting_activity import ESCALATION


class InterventionMeeting(models.Model):
    """What is said about who was told: that somebody was, only when they were.

    A message counts as told when it finds its way: into Odoo's inbox, or to an address
    for those who want e-mails. An activity alone waits until somebody looks.
    """

    _inherit = "intervention.meeting"

    escalation_unheard = fields.Char(
        compute="_compute_escalation_unheard",
        help="Why nobody could be told of this escalated case, and whom to ask.",
    )

    @api.depends("status", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_escalation_unheard(self):
        self.escalation_unheard = False
        for meeting in self.filtered(lambda each: each.status == "escalated"):
            meeting.escalation_unheard = meeting._why_unheard()

    def _why_unheard(self):
        """Return why nobody can be told of an escalation now, or False."""
        users = self._escalation_users(self.company_id)
        return not self._reached(users) and self._unheard_message(users)

    @api.model
    def _reached(self, users):
        """Return those of the users whom a message reaches.

        :param users: ``res.users``
        """
        # sudo: how somebody wants to be told is not for everybody to read.
        return users.sudo().filtered(
            lambda user: (
                user.active
                and (
                    user.notification_type == "inbox"
                    or email_normalize(user.email or "", strict=False)
                )
            )
        )

    def _escalated_message(self):
        """Return what is said to who escalated this meeting.

        :return: a sentence, and whether somebody was told
        """
        of_escalation = Domain("activity_type_id", "=", self.env.ref(ESCALATION).id)
        users = self._open_activities(of_escalation).sudo().user_id
        reached = self._reached(users)
        escalated = self.env._("The case was escalated.")
        if not reached:
            return f"{escalated} {self._unheard_message(users)}", False
        if reached == self.env.user:
            told = self.env._(
                "It is among your own activities; there is nobody else to tell."
            )
        elif len(reached) == 1:
            told = self.env._(
                "%(name)s was told.", name=isolate(self.env, reached.name)
            )
        else:
            told = self.env._("The administrators were told.")
        missed = users - reached
        if missed:
            told += " " + self._without_address_message(missed)
        return f"{escalated} {told}", True

    def _unheard_message(self, users):
        """Return why nobody was told of an escalation, and whom to ask.

        :param users: who is to be told; they can't be reached, or there are none
        """
        if users:
            return self.env._(
                "Nobody can be told: there is no e-mail address for %(names)s. Speak "
                "to them yourself.",
                names=isolate(self.env, ", ".join(users.sudo().mapped("name"))),
            )
        managers = self._members("base.group_erp_manager", self.company_id)
        if managers:
            return self.env._(
                "Nobody can be told: your school has no administrator of "
                "interventions. Ask %(names)s, who can make somebody one, and speak to "
                "your head of school yourself.",
                names=isolate(self.env, ", ".join(managers.mapped("name"))),
            )
        return self.env._(
            "Nobody can be told: your school has no administrator of interventions. "
            "Ask whoever looks after Odoo at your school to make somebody one, and "
            "speak to your head of school yourself."
        )

    @api.model
    def _without_address_message(self, users):
        return self.env._(
            "No message reached %(names)s, because there is no e-mail address.",
            names=isolate(self.env, ", ".join(users.sudo().mapped("name"))),
        )

    @api.onchange("form_master_id")
    def _onchange_form_master_id(self):
        return self._unreached_owner_warning(self.form_master_id)

    @api.model
    def _unreached_owner_warning(self, owner):
        """Return the warning of a form in which a form master is chosen, or None."""
        owner = owner._origin
        if not owner or owner == self.env.user or self._reached(owner):
            return None
        return {
            "warning": {
                "title": self.env._("They will not be told"),
                "message": self.env._(
                    "%(name)s has no e-mail address, so no message will tell them "
                    "about the case. Tell them yourself.",
                    name=isolate(self.env, owner.sudo().name),
                ),
            }
        }

    def _handed_over_message(self, owner):
        """Return what is said to who has handed these cases over.

        :return: a sentence, and whether the new owner knows
        """
        if owner == self.env.user:
            return self.env._("The cases are yours now."), True
        if self._reached(owner):
            return self.env._(
                "The cases were handed over. %(name)s was told.",
                name=isolate(self.env, owner.name),
            ), True
        return self.env._(
            "The cases were handed over, but %(name)s has no e-mail address. Tell "
            "them yourself.",
            name=isolate(self.env, owner.name),
        ), False


class InterventionProgress(models.Model):
    """What is said to who escalated a case by an update."""

    _inherit = "intervention.progress"

    def _added_message(self):
        if self.is_status_change and self.new_status == "escalated":
            return self.meeting_id._escalated_message()
        return super()._added_message()


class InterventionSettings(models.Model):
    """Whom no message of an escalated case reaches."""

    _inherit = "intervention.settings"

    escalation_missed_ids = fields.Many2many(
        comodel_name="res.users", compute="_compute_escalation_missed_ids"
    )

    @api.depends("escalation_user_id", "company_id")
    def _compute_escalation_missed_ids(self):
        meetings = self.env["intervention.meeting"]
        for settings in self:
            users = meetings._members_to_tell(settings)
            settings.escalation_missed_ids = users - meetings._reached(users)
