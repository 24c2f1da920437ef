from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.day import day_text, today
from ..tools.exceptions import field_error
from ..tools.internal import Internal, internal_value
from ..tools.notification import notification
from ..tools.search import boolean_search
from ..tools.text import isolate

LETTER = "intervention_tracking.mail_template_guardian"
LOG_VIEW = "intervention_tracking.intervention_contact_view_form_log"

# Where a case is being chosen it is named by its cause, too. What a caller's context
# says is no such place: it reaches mails and activities.
CHOICE = Internal(True)


class InterventionMeeting(models.Model):
    """The contacts with the student's family, and the letters to it."""

    _name = "intervention.meeting"
    _inherit = ["intervention.meeting", "intervention.mail.text"]
    _rec_names_search = ["student_id.person_search"]

    guardian_ids = fields.Many2many(
        related="student_id.guardian_ids", related_sudo=False
    )
    letter_hindrance = fields.Char(
        related="student_id.letter_hindrance", related_sudo=False
    )
    contact_ids = fields.One2many(
        comodel_name="intervention.contact",
        inverse_name="meeting_id",
        string="Family Contacts",
        readonly=True,
    )
    is_family_contacted = fields.Boolean(
        string="Family Contacted",
        compute="_compute_is_family_contacted",
        search="_search_is_family_contacted",
        help="The family was reached, or a message was sent. Calls that nobody "
        "answered, e-mails that did not arrive, and entries that were corrected do not "
        "count.",
    )

    @api.depends("root_cause", "status")
    @api.depends_context("intervention_case_choice")
    def _compute_display_name(self):  # pylint: disable=missing-return
        super()._compute_display_name()
        if not internal_value(self.env, "intervention_case_choice"):
            return
        causes = dict(self._fields["root_cause"]._description_selection(self.env))
        statuses = dict(self._fields["status"]._description_selection(self.env))
        meetings = self._nameable().filtered("student_id")
        names = meetings.student_id._distinct_names()
        for meeting in meetings:
            meeting.display_name = self.env._(
                "%(student)s: %(cause)s (%(status)s, %(date)s)",
                student=isolate(self.env, names[meeting.student_id]),
                cause=causes.get(meeting.root_cause, ""),
                status=statuses.get(meeting.status, ""),
                date=day_text(self.env, meeting.meeting_date),
            )

    @api.model
    @api.readonly
    def web_name_search(
        self, name, specification, domain=None, operator="ilike", limit=100
    ):
        return super(InterventionMeeting, self._as_choice()).web_name_search(
            name, specification, domain, operator, limit
        )

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Offer active cases before closed ones, and name them by cause and status.

        Only where the context has ``intervention_case_choice``.
        """
        self = self._as_choice()
        if not internal_value(self.env, "intervention_case_choice"):
            return super().name_search(name, domain, operator, limit)
        is_closed = Domain("status", "=", "closed")
        found = []
        for part in (~is_closed, is_closed):
            rest = None if limit is None else limit - len(found)
            if rest is None or rest > 0:
                both = Domain(domain or Domain.TRUE) & part
                found += super().name_search(name, both, operator, rest)
        return found

    @api.model
    def _as_choice(self):
        """Return this model as that of a choice, when the context asks for one."""
        if not self.env.context.get("intervention_case_choice"):
            return self
        return self.with_context(intervention_case_choice=CHOICE)

    @api.depends("contact_ids.retraction_ids")
    def _compute_is_family_contacted(self):
        contacts = self.env["intervention.contact"]
        contacted = {
            meeting.id
            for (meeting,) in contacts._read_group(
                Domain("meeting_id", "in", self.ids) & contacts._contacted_domain(),
                ["meeting_id"],
            )
        }
        for meeting in self:
            meeting.is_family_contacted = meeting._origin.id in contacted

    @boolean_search
    def _search_is_family_contacted(self):
        contacts = self.env["intervention.contact"]
        return Domain("contact_ids", "any!", contacts._contacted_domain())

    def _why_student_stays(self):
        complaint = super()._why_student_stays()
        if not complaint and self.contact_ids:
            return self.env._(
                "Student: it can't be changed any more, as a contact with the family "
                "is logged. Delete this intervention and record a new one."
            )
        return complaint

    # --- actions ---

    def action_log_contact(self):
        """Open the dialog in which a contact with the family is logged.

        :return: an action of the web client
        :raises ValidationError: when the intervention is archived
        """
        self.ensure_one()
        self._refuse_archived()
        return self.env["intervention.contact"]._get_records_action(
            name=self.env._("Log Contact"),
            views=[(self.env.ref(LOG_VIEW).id, "form")],
            target="new",
            context={
                "default_meeting_id": self.id,
                "default_guardian_id": self._chosen_guardians()[:1].id,
            },
        )

    def action_write_to_guardian(self):
        """Open Odoo's composer with a letter to the student's guardians.

        A letter is written in one language, so it goes to the guardians who read that
        of the first; a note names the others.

        :return: an action of the web client
        :raises UserError: when no guardian has an e-mail address, or the user has none
        :raises ValidationError: when the intervention is archived
        """
        self.ensure_one()
        self.check_access("write")
        self._refuse_archived()
        if not self.env.user.email:
            raise UserError(
                self.env._(
                    "You have no e-mail address that guardians could answer to. Enter "
                    "it in your preferences."
                )
            )
        recipients = self._letter_recipients()
        if not recipients:
            chosen = self._chosen_guardians() or self.guardian_ids
            raise UserError(self.student_id._why_no_letter(chosen))
        action = self.env["mail.compose.message"]._get_records_action(
            name=self.env._("Write to Guardian"),
            target="new",
            context={
                "default_composition_mode": "comment",
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_template_id": self.env.ref(LETTER).id,
                # It is for the family, not for whoever follows the case.
                "default_notify_skip_followers": True,
                "intervention_guardian_ids": recipients.ids,
            },
        )
        others = self._chosen_guardians() or self.guardian_ids.filtered("email")
        others -= recipients
        if not others:
            return action
        message = self.env._(
            "This letter is not for %(names)s, who reads another language. Write "
            "another one from the list of guardians.",
            names=isolate(self.env, ", ".join(others.mapped("name"))),
        )
        return notification(message, then=action, type="info", sticky=True)

    def action_enter_guardian_email(self):
        """Open the contact in which an address for letters to the family is missing.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.student_id.action_enter_guardian_email()

    def _refuse_archived(self):
        if not self.active:
            raise field_error("active", self._archived_message())

    # --- letters ---

    def _chosen_guardians(self):
        """Return those of the student's guardians that the context names."""
        chosen = self.env.context.get("intervention_guardian_ids")
        if not isinstance(chosen, list):
            return self.guardian_ids.browse()
        return self.guardian_ids.filtered(lambda guardian: guardian.id in chosen)

    def _letter_recipients(self):
        """Return the guardians that a letter is for; all of them read one language."""
        guardians = self._chosen_guardians() or self.guardian_ids
        guardians = guardians.filtered("email")
        return guardians.filtered(lambda each: each.lang == guardians[:1].lang)

    def _letter_lang(self):
        """Return the code of the language in which a letter is written."""
        return self._family_lang(self._letter_recipients())

    def _family_lang(self, guardians=None):
        """Return the code of the language in which the family is written to.

        :param guardians: who is written to, by default all of the student's guardians;
            their language counts when they have one in common, then the student's, then
            the user's
        """
        self.ensure_one()
        if guardians is None:
            guardians = self.student_id.guardian_ids
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        langs = set(guardians.mapped("lang"))
        common = langs.pop() if len(langs) == 1 else None
        for lang in (common, self.student_id.lang, self.env.lang):
            if lang in installed:
                return lang
        return self.env.user.lang or "en_US"

    def message_update(self, msg_dict, update_vals=None):
        """Take in an answer by e-mail; its form master is told.

        Of an archived intervention, which they may not see, the administrators are.

        :raises AccessError: when the user may not update the intervention
        """
        self.check_access("write")
        told = self._readers(self.form_master_id.partner_id)
        if not told:
            told = self._escalation_users(self.company_id).partner_id
        self._message_subscribe(told.ids)
        return super().message_update(msg_dict, update_vals)

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        is_answer = msg_values["message_type"] == "email"
        if self.active and (is_answer or msg_values.get("partner_ids")):
            self._log_mail(message, is_answer)
        return result

    def _log_mail(self, message, is_answer):
        """Log that a message goes to guardians by e-mail, or came from one."""
        if is_answer:
            guardians = message.author_id & self.guardian_ids
        else:
            guardians = (message.partner_ids & self.guardian_ids).filtered("email")
        self.env["intervention.contact"].with_context(
            intervention_message=Internal(message),
            # A token would be the message's.
            intervention_token=None,
        ).create(
            [
                {
                    "meeting_id": self.id,
                    "contact_date": today(self),
                    "guardian_id": guardian.id,
                    "other_person": False,
                    "channel": "email",
                    "direction": "incoming" if is_answer else "outgoing",
                    "outcome": "reached" if is_answer else "sent",
                    "notes": False,
                    "corrects_id": False,
                }
                for guardian in guardians
            ]
        )

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """Suggest no guardian: what is written to colleagues is not for the family."""
        suggested = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        partners = self.env["res.partner"]
        return {
            res_id: [
                recipient
                for recipient in recipients
                if recipient["partner_id"]
                and not partners.browse(recipient["partner_id"]).partner_share
            ]
            for res_id, recipients in suggested.items()
        }

    def _notify_by_email_get_headers(self, headers=None):
        headers = super()._notify_by_email_get_headers(headers)
        # It would tell each guardian the addresses of the others.
        headers.pop("X-Msg-To-Add", None)
        return headers
