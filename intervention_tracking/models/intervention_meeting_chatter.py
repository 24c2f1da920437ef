from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import is_list_of

from ..tools.triggers import make_function, make_trigger

# As if there were a constraint of this name: what Odoo asks for the sentence by.
KEPT_MESSAGE = "intervention_meeting_kept_message"
# Odoo itself deletes these: mails that it has sent, and what was for one person only.
PASSING_MESSAGES = ("email_outgoing", "out_of_office", "user_notification")


class InterventionMeeting(models.Model):
    """What is written in the chatter: who gets it, and that letters stay."""

    _inherit = "intervention.meeting"

    # --- who gets it ---

    def message_post(self, **kwargs):
        """Write in the chatter, to followers and to who is named.

        :raises UserError: when somebody is named who neither may see the intervention
            nor is a guardian of the student
        :raises AccessError: when the user may not see the intervention
        """
        # Odoo would say the same of its own model of messages.
        self.check_access("read")
        # Who gets one message is not to get the next ones, too.
        self = self.with_context(mail_post_autofollow=False)
        # A received e-mail is kept, whomever it was for.
        if kwargs.get("message_type") != "email":
            self._refuse_strangers(kwargs.get("partner_ids"))
        if "intervention_guardian_ids" in self.env.context:
            # Odoo forgets what the composer says of followers when it sends later.
            kwargs.setdefault("notify_skip_followers", True)
        return super().message_post(**kwargs)

    def _message_update_content(self, message, /, *, partner_ids=None, **kwargs):
        self._refuse_strangers(partner_ids)
        return super()._message_update_content(
            message, partner_ids=partner_ids, **kwargs
        )

    def _refuse_strangers(self, partner_ids):
        """Refuse to tell those who may not see the case, save the guardians."""
        if not partner_ids or not is_list_of(partner_ids, int):
            return
        partners = self.env["res.partner"].browse(partner_ids).exists()
        strangers = self._strangers(partners - self.guardian_ids)
        if strangers:
            raise UserError(
                self.env._(
                    "%(names)s can't see this intervention. Only people who see it, "
                    "and the student's guardians, can be written to from here.",
                    names=", ".join(strangers.mapped("name")),
                )
            )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Add followers, who get what is written in the chatter.

        :raises UserError: for somebody who may not see the intervention, as a guardian
        """
        partners = self.env["res.partner"].browse(partner_ids or [])
        # Superuser code leaves them out, see below; nobody is there to be told.
        if partners - self.env.user.partner_id and not self.env.su:
            strangers = self._strangers(partners)
            if strangers:
                raise UserError(self._not_seen_message(strangers))
        return super().message_subscribe(partner_ids, subtype_ids)

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        partners = self.env["res.partner"].browse(partner_ids or [])
        readers = self._readers(partners)
        if not readers:
            return True
        return super()._message_subscribe(readers.ids, subtype_ids, customer_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out who may not see the case (any more), save the guardians."""
        recipients = super()._notify_get_recipients(
            message, msg_vals=msg_vals, **kwargs
        )
        if not self:
            return recipients
        named = (msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids
        partners = self.env["res.partner"].browse(
            [recipient["id"] for recipient in recipients if recipient["id"]]
        )
        guardians = partners.browse(named) & self.guardian_ids
        allowed = {False, *guardians.ids, *self._readers(partners - guardians).ids}
        return [each for each in recipients if each["id"] in allowed]

    def _strangers(self, partners):
        """Return those of the partners who may not read these interventions.

        :raises AccessError: for who may not write, as the answer tells who may see them
        """
        self.check_access("write")
        return partners - self._readers(partners)

    @api.model
    def _not_seen_message(self, partners):
        return self.env._(
            "%(names)s can't see this intervention. Only people who see it can follow "
            "it or get an activity on it. To ask somebody else for a talk, choose Ask "
            "a Colleague; to write to a guardian, choose Write to Guardian.",
            names=", ".join(partners.mapped("name")),
        )

    def _readers(self, partners):
        """Return those of the partners who may read all of these interventions."""
        # sudo: who has which rights is not for everybody to read.
        users = partners.sudo().with_context(active_test=True).user_ids
        return users.filtered(
            lambda user: self._as_seen_by(user).has_access("read")
        ).partner_id.with_env(partners.env)

    def _as_seen_by(self, user):
        """Return these interventions with the rights of somebody in all their schools.

        :param user: with the rights to read which schools these are
        """
        companies = user.company_ids.ids
        return self.with_user(user).with_context(allowed_company_ids=companies)

    # --- what stays ---

    def init(self):
        """Let PostgreSQL keep what stands in the chatter, whoever wants to delete it.

        A trigger, as Odoo's own check would read each message that any app deletes.
        """
        make_function(
            self.env.cr,
            "intervention_keep_message",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_TABLE_NAME = 'mail_tracking_value' THEN
                        -- With a message that may go it has no message any more.
                        PERFORM FROM mail_message
                          WHERE id = OLD.mail_message_id AND model = %(model)s;
                        IF NOT FOUND THEN RETURN OLD; END IF;
                    END IF;
                    RAISE EXCEPTION USING
                        MESSAGE = 'what stands on an intervention is kept',
                        ERRCODE = 'restrict_violation',
                        TABLE = %(table)s,
                        CONSTRAINT = %(constraint)s;
                END $$
                """,
                model=self._name,
                table=self._table,
                constraint=KEPT_MESSAGE,
            ),
        )
        make_trigger(
            self.env.cr,
            "intervention_keep_message",
            "mail_message",
            SQL("BEFORE DELETE"),
            "intervention_keep_message",
            SQL(
                "OLD.model = %s AND OLD.message_type NOT IN %s",
                self._name,
                PASSING_MESSAGES,
            ),
        )
        make_trigger(
            self.env.cr,
            "intervention_keep_message",
            "mail_tracking_value",
            SQL("BEFORE DELETE"),
            "intervention_keep_message",
        )
        return super().init()

    @api.model
    def _sql_error_to_message(self, exc):
        if exc.diag.constraint_name == KEPT_MESSAGE:
            return self.env._(
                "A message on an intervention belongs to its history and can't be "
                "deleted. Whoever wrote a comment can empty it: open the intervention "
                "and choose Delete beside the comment."
            )
        return super()._sql_error_to_message(exc)

    def _check_can_update_message_content(self, messages):
        """Keep letters to the family as they were sent; comments are Odoo's own."""
        # sudo: a letter stays as it was sent, whoever may see the log.
        if (
            self.env["intervention.contact"]
            .sudo()
            .search_count([("message_id", "in", messages.ids)], limit=1)
        ):
            raise AccessError(
                self.env._(
                    "This message went to the family and is in the log of contacts. It "
                    "stays as it was sent. Write another one."
                )
            )
        return super()._check_can_update_message_content(messages)
