import logging
from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..constants import ADMIN_GROUP
from ..tools.day import today
from ..tools.text import isolate

_logger = logging.getLogger(__name__)

FOLLOW_UP = "intervention_tracking.mail_activity_type_follow_up"
ESCALATION = "intervention_tracking.mail_activity_type_escalation"
# The cases whose follow-up date has no activity yet.
WAITING = (("status", "!=", "closed"), ("follow_up_reminded", "=", False))


class InterventionMeeting(models.Model):
    """Who is told what about a meeting, and when.

    Nothing of it holds narrative text, as it may leave Odoo by e-mail (design rule 9).
    """

    _inherit = "intervention.meeting"

    follow_up_reminded = fields.Boolean(
        copy=False,
        readonly=True,
        help="The activity for this follow-up date was made.",
    )

    @api.model
    def _managed_fields(self):
        return (*super()._managed_fields(), "follow_up_reminded")

    def _record(self, vals_list):
        meetings = super()._record(vals_list)
        meetings.filtered(
            lambda meeting: meeting.status == "escalated"
        )._tell_escalation()
        return meetings

    def _change(self, vals):
        moved_date = self._changed_by(vals, "follow_up_date")
        handed_over = self._changed_by(vals, "form_master_id")
        if moved_date:
            vals = {**vals, "follow_up_reminded": False}
        former_owners = handed_over.form_master_id
        self._heard()._clear_outdated_activities(vals, moved_date)
        result = super()._change(vals)
        if vals.get("status") == "escalated":
            self._tell_escalation()
        if handed_over:
            handed_over._tell_new_owner(former_owners)
        return result

    def _clear_outdated_activities(self, vals, moved_date):
        """Remove the activities that a change makes pointless, before it is made.

        Afterwards the user may have lost the access that this needs.

        :param dict vals: the change
        :param moved_date: the meetings whose follow-up date it changes
        """
        if vals.get("active") is False:
            # Whoever has an activity would go on reading the student's name and its
            # note.
            self._open_activities().unlink()
            return
        outdated = self if "status" in vals else moved_date
        if not outdated._have_activities():
            return
        outdated.activity_unlink([FOLLOW_UP])
        if "status" in vals:
            decided = self.filtered(lambda meeting: meeting.status == "escalated")
            if decided:
                decided.activity_unlink([ESCALATION])

    def activity_schedule(self, *args, **kwargs):
        """Schedule an activity, as all of Odoo does.

        :raises AccessError: when the user may not see the intervention
        """
        # Odoo would say the same of its own model of activities.
        self.check_access("read")
        return super().activity_schedule(*args, **kwargs)

    def _heard(self):
        """Return these meetings without what keeps Odoo from making activities.

        Whoever calls over RPC chooses the context.
        """
        if self.env.su:
            return self
        return self.with_context(mail_activity_automation_skip=False)

    def _have_activities(self):
        """Tell whether anybody has anything to do on these cases.

        To look for what is to be removed takes Odoo much longer, and mostly there is
        nothing.
        """
        if not self:
            return False
        self.env["mail.activity"].flush_model(["res_model", "res_id"])
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM mail_activity
                        WHERE res_model = %s AND res_id = ANY(%s) LIMIT 1""",
                    self._name,
                    self.ids,
                )
            )
        )

    def _open_activities(self, domain=Domain.TRUE):
        return (
            self.env["mail.activity"]
            .with_context(active_test=True)
            .search(
                Domain("res_model", "=", self._name)
                & Domain("res_id", "in", self.ids)
                & domain
            )
        )

    def _tell_escalation(self):
        """Give the escalation contact, or every administrator, an activity."""
        for company, meetings in self._heard().grouped("company_id").items():
            for user in self._escalation_users(company):
                summary = self._what_to_do(ESCALATION, user)
                meetings.activity_schedule(ESCALATION, summary=summary, user_id=user.id)

    def _what_to_do(self, activity_type, user):
        """Return the summary of a type of activity, in the language of its user."""
        language = user.sudo().lang
        return self.env.ref(activity_type).with_context(lang=language).summary

    def _follow_up_note(self, user):
        """Return what ends a follow-up, in the language of who has it."""
        return self.with_context(lang=user.sudo().lang).env._(
            "Add a progress update to the case, with the next date. If you only mark "
            "this as done, the case stays overdue."
        )

    @api.model
    def _escalation_users(self, company):
        settings = self.env["intervention.settings"].search(
            [("company_id", "=", company.id)], limit=1
        )
        return self._members_to_tell(settings, company)

    @api.model
    def _members_to_tell(self, settings, company=None):
        """Return the escalation contact of the settings, or every administrator."""
        administrators = self._members(ADMIN_GROUP, company or settings.company_id)
        contact = settings.sudo().escalation_user_id & administrators
        return contact or administrators

    @api.model
    def _members(self, group, company):
        # sudo: who is in a group is not for everybody to read.
        return (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=True)
            .search(
                [
                    ("all_group_ids", "in", self.env.ref(group).ids),
                    ("company_ids", "in", company.ids),
                ]
            )
        )

    def _tell_new_owner(self, former_owners):
        """Move the activities of the former owners to the new one, and tell them.

        What administrators are told of an escalation stays theirs.

        :param former_owners: users who stop following, as they lose their access
        """
        owner = self.form_master_id
        owner.ensure_one()
        self.message_unsubscribe((former_owners - owner).partner_id.ids)
        activities = self._open_activities(
            Domain("user_id", "in", former_owners.ids)
            & Domain("activity_type_id", "!=", self.env.ref(ESCALATION).id)
        )
        if activities:
            # The message below tells of all cases at once.
            activities.with_context(mail_activity_quick_update=True).write(
                {"user_id": owner.id}
            )
        if owner == self.env.user:
            return
        thread = self.env["mail.thread"].with_context(lang=owner.lang)
        thread.message_notify(
            partner_ids=owner.partner_id.ids,
            subject=thread.env._("Interventions handed over to you"),
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (
                thread.env._(
                    "%(user)s made you the form master of these cases:",
                    user=isolate(thread.env, self.env.user.name),
                ),
                Markup("").join(
                    Markup('<li><a href="/mail/view?model=%s&res_id=%s">%s</a></li>')
                    % (meeting._name, meeting.id, meeting.display_name)
                    for meeting in self.with_context(lang=owner.lang)
                ),
            ),
        )

    @api.model
    def _tell_form_masters_left(self, users):
        """Tell the administrators that nobody follows the cases of these users.

        It names no case, as who archives a user need not be allowed to see them.
        """
        # sudo: for the same reason.
        left = self.sudo().search(
            [
                ("form_master_id", "in", users.ids),
                ("status", "!=", "closed"),
                ("active", "=", True),
            ]
        )
        for company, meetings in left.grouped("company_id").items():
            names = ", ".join(meetings.form_master_id.mapped("name"))
            self._tell_of_handover(
                company,
                lambda env, names=names: env._(
                    "%(names)s: can't open cases any more, and has active ones that "
                    "nobody follows now.",
                    names=isolate(env, names),
                ),
            )

    @api.model
    def _tell_of_handover(self, company, text):
        """Tell the administrators that cases wait for who takes them over.

        :param text: a function that makes the sentence in the reader's environment
        """
        # sudo: who caused it need not be allowed to see any case.
        for administrator in self.sudo()._escalation_users(company):
            thread = self.env["mail.thread"].with_context(lang=administrator.lang)
            thread.message_notify(
                partner_ids=administrator.partner_id.ids,
                subject=thread.env._("Active cases wait to be handed over"),
                body=Markup('<p>%s</p><p><a href="%s">%s</a></p>')
                % (
                    text(thread.env),
                    "/odoo/intervention-form-master-left",
                    thread.env._("See these cases, and hand them over"),
                ),
            )

    @api.model
    def _cron_schedule_follow_ups(self, batch_size=200):
        """Give each form master an activity for every follow-up that is due.

        It runs every hour, as the day begins at another hour in every time zone; an
        activity is made once for each follow-up date.

        :param int batch_size: how many activities are made between two commits
        """
        due_ids = self._due_follow_ups().ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due_ids))
        for ids in split_every(batch_size, due_ids):
            # Some may have been changed since the last commit.
            due = self.search(
                [("id", "in", ids), ("follow_up_date", "!=", False), *WAITING]
            )
            due.try_lock_for_update(allow_referencing=True)._schedule_follow_ups()
            if not cron._commit_progress(len(ids)):
                break

    @api.model
    def _due_follow_ups(self):
        """Return the meetings whose follow-up is due on their owner's own day."""
        waiting = [*WAITING, ("form_master_id.active", "=", True)]
        # No two places on earth are more than two days apart.
        latest = today(self) + timedelta(days=2)
        owners = defaultdict(self.env["res.users"].browse)
        for owner, company in self._read_group(
            [*waiting, ("follow_up_date", "<=", latest)],
            ["form_master_id", "company_id"],
        ):
            owners[company, today(self, owner, company)] |= owner
        due = self.browse()
        settings = self.env["intervention.settings"]
        for (company, day), users in owners.items():
            if settings._is_closed(company, day):
                continue
            due |= self.search(
                Domain(waiting)
                & self._present_domain(day)
                & Domain("form_master_id", "in", users.ids)
                & Domain("company_id", "=", company.id)
                & Domain("follow_up_date", "<=", day)
            )
        return due

    def _schedule_follow_ups(self):
        """Make the follow-up activity of each meeting and remember that it was made.

        Those whose owner can't see them any more wait for another one.
        """
        self = self.browse(
            meeting.id
            for owner, meetings in self.grouped("form_master_id").items()
            for meeting in meetings._as_seen_by(owner)._filtered_access("read")
        )
        if not self:
            return
        model = self.env["ir.model"]._get(self._name)
        follow_up = self.env.ref(FOLLOW_UP)
        # The activity is in the form master's list; a mail for each would be a flood.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": follow_up.id,
                    "automated": True,
                    "date_deadline": meeting.follow_up_date,
                    "res_model_id": model.id,
                    "res_id": meeting.id,
                    "note": self._follow_up_note(meeting.form_master_id),
                    "summary": self._what_to_do(FOLLOW_UP, meeting.form_master_id),
                    "user_id": meeting.form_master_id.id,
                }
                for meeting in self
            ]
        )
        self._remember_follow_ups(True)
        _logger.info("%s follow-up activities were made", len(self))

    def _remember_follow_ups(self, are_made):
        """Note whether the follow-up activities of these meetings were made.

        In SQL, as the meeting itself does not change: write_date tells other systems
        when it did.
        """
        self.env.execute_query(
            SQL(
                """UPDATE intervention_meeting SET follow_up_reminded = %s
                    WHERE id = ANY(%s) RETURNING id""",
                are_made,
                self.ids,
            )
        )
        self.invalidate_recordset(["follow_up_reminded"], flush=False)


class InterventionSettings(models.Model):
    """Who is told of an escalated case."""

    _inherit = "intervention.settings"

    escalation_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalation Contact",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(ADMIN_GROUP).ids)],
        check_company=True,
        ondelete="set null",
        help="Gets the activity when a case is escalated. When empty, every "
        "administrator of interventions gets one.",
    )
    escalation_contact_left = fields.Boolean(
        compute="_compute_escalation_contact_left",
        help="The escalation contact can't open the cases any more, so every "
        "administrator is told.",
    )

    @api.depends("escalation_user_id", "company_id")
    def _compute_escalation_contact_left(self):
        meetings = self.env["intervention.meeting"]
        for settings in self:
            contact = settings.escalation_user_id
            settings.escalation_contact_left = bool(
                contact - meetings._members(ADMIN_GROUP, settings.company_id)
            )

    @api.constrains("escalation_user_id")
    def _check_escalation_user(self):
        for settings in self:
            user = settings.escalation_user_id
            if user and not user.has_group(ADMIN_GROUP):
                raise ValidationError(
                    self.env._(
                        "Escalation Contact: %(user)s can't open the cases. Choose an "
                        "administrator of interventions.",
                        user=isolate(self.env, user.name),
                    )
                )
