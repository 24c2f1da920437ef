import ast
import re
import smtplib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..constants import ADMIN_GROUP, FORM_MASTER_GROUP
from ..tools.day import day_text, today, zone_of
from ..tools.text import isolate

KINDS = [
    ("form_master", "Follow-ups"),
    ("administrator", "Overdue for Long"),
]
STATES = [
    ("queued", "On Its Way"),
    ("sent", "Sent"),
    ("failed", "Not Delivered"),
    ("no_address", "No Address"),
    ("nothing", "Nothing Due"),
]
TEMPLATE = "intervention_tracking.mail_template_digest_%s"
GROUPS = {"form_master": FORM_MASTER_GROUP, "administrator": ADMIN_GROUP}
# The paths of the actions that show all of what the mail lists. They have no menu: the
# web client shows the app of the action before them.
LISTS = {
    "form_master": "interventions/intervention-due",
    "administrator": "interventions/intervention-overdue",
}
# A mail with more names is cut short by many mailboxes; the link shows the others.
MOST_NAMES = 200
# The answer of a mail server, as Python's exceptions hold it.
ANSWER = re.compile(r"""\((\d{3}), (b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""")
# What Odoo and Python say before the text of another exception.
EXCEPTION = re.compile(r"\A.*\n\w+: ", re.DOTALL)
KEPT = timedelta(days=90)
REPORTED = timedelta(days=7)


class InterventionDigest(models.Model):
    """What became of a user's mail about due follow-ups on one of their days.

    It is written in the transaction that puts the mail into Odoo's queue, and follows
    the mail from there. So nobody gets a second mail, and nobody is left out,
    wherever the job is interrupted.
    """

    _name = "intervention.digest"
    _description = "Intervention Reminder"
    _inherit = ["intervention.refusals", "intervention.mail.text"]
    _order = "date desc, id desc"

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Recipient",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    date = fields.Date(
        string="Day", required=True, readonly=True, help="In the recipient's time zone."
    )
    kind = fields.Selection(
        selection=KINDS, string="Content", required=True, readonly=True
    )
    on_demand = fields.Boolean(
        readonly=True, help="Somebody asked for it in the settings."
    )
    state = fields.Selection(
        selection=STATES, string="Status", required=True, readonly=True
    )
    case_count = fields.Integer(
        string="Cases", readonly=True, help="How many cases the mail lists."
    )
    attempts = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    sent_date = fields.Datetime(string="Sent on", readonly=True)
    failure_reason = fields.Text(
        string="Reason", readonly=True, help="What the mail server said."
    )

    # Also finds today's of a company.
    _once_a_day_uniq = models.UniqueIndex(
        "(company_id, date, kind, user_id) WHERE on_demand IS NOT TRUE",
        "This reminder of the day was made already.",
    )
    _queued_idx = models.Index("(id) WHERE state = 'queued'")

    @api.depends("user_id", "kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for digest in self._nameable():
            date = day_text(self.env, digest.date)
            digest.display_name = (
                f"{isolate(self.env, digest.user_id.name)}, "
                f"{kinds.get(digest.kind)}, {date}"
            )

    # --- what the mail says ---

    def _as_recipient(self):
        """Return the digest with the rights, company, language and day of its user."""
        self.ensure_one()
        user = self.user_id
        return self.with_user(user).with_context(
            allowed_company_ids=self.company_id.ids,
            lang=user.lang,
            tz=zone_of(self.env, user, self.company_id).zone,
        )

    def _content(self):
        """Return what the templates may tell, found with the recipient's rights.

        Plain values and no records, so that no text of a case is at hand in a template.

        :return: a dict of ``count``, ``more`` (those without a line), ``url`` of a list
            of all, ``direction`` of the language, ``days`` (the limit for
            administrators), ``unreached`` (names of users), and the cases: ``overdue``
            and ``due`` for a form master, ``escalated`` and ``others`` for an
            administrator. A case is a dict of ``name`` and ``url``.
        """
        recipient = self._as_recipient().env
        meetings = recipient["intervention.meeting"]
        # Who has left the group is told nothing, also in the preview of a template.
        may_know = recipient.user.has_group(GROUPS[self.kind])
        settings = self.env["intervention.settings"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
        base_url = self.get_base_url()
        content = {
            "count": 0,
            "more": 0,
            "days": settings.overdue_days,
            "direction": recipient[self._name]._direction(),
            "unreached": [],
            # All are there always: a template is tried with whatever digest there is.
            "overdue": [],
            "due": [],
            "escalated": [],
            "others": [],
            "url": f"{base_url}/odoo/{LISTS[self.kind]}",
        }
        if may_know and self.kind == "administrator":
            unreached = recipient[self._name]._unreached(self.company_id)
            content["unreached"] = [isolate(recipient, user.name) for user in unreached]
        left = MOST_NAMES
        for name, domain in self._domains(settings.overdue_days).items():
            found = (
                meetings.search(domain, order="follow_up_date, id").ids
                if may_know
                else []
            )
            shown = meetings.browse(found[:left])
            left -= len(shown)
            content["count"] += len(found)
            content["more"] += len(found) - len(shown)
            names = shown.student_id._distinct_names()
            content[name] = [
                {
                    "name": isolate(recipient, names[meeting.student_id]),
                    "url": f"{base_url}/odoo/interventions/{meeting.id}",
                }
                for meeting in shown
            ]
        return content

    def _domains(self, overdue_days):
        """Return the domains of the cases that the mail lists, by part of the mail."""
        meetings = self.env["intervention.meeting"]
        cases = meetings._ongoing_domain(self.date)
        cases &= Domain("company_id", "=", self.company_id.id)
        if self.kind == "administrator":
            limit = self.env["intervention.settings"]._last_open_day(
                self.company_id, self.date - timedelta(days=overdue_days)
            )
            cases &= Domain("follow_up_date", "<", limit)
            return {
                "escalated": cases & Domain("status", "=", "escalated"),
                "others": cases & Domain("status", "!=", "escalated"),
            }
        cases &= Domain("form_master_id", "=", self.user_id.id)
        limit = self.env["intervention.settings"]._last_open_day(
            self.company_id, self.date
        )
        return {
            "overdue": cases & Domain("follow_up_date", "<", limit),
            "due": cases & Domain("follow_up_date", "=", self.date),
        }

    @api.model
    def _unreached(self, company):
        """Return the users who did not get their last mail, of the last days."""
        digests = self.search(
            [
                ("company_id", "=", company.id),
                ("on_demand", "=", False),
                ("state", "in", ("sent", "failed", "no_address")),
                ("date", ">=", today(self) - REPORTED),
                ("user_id.active", "=", True),
            ]
        ).sorted(lambda digest: (digest.date, digest.state == "sent"))
        last = {digest.user_id: digest.state for digest in digests}
        return (
            self.env["res.users"]
            .union(*(user for user, state in last.items() if state != "sent"))
            .sorted("name")
        )

    # --- the mail itself ---

    def _has_address(self):
        return bool(email_normalize(self.user_id.email or "", strict=False))

    def _mails(self):
        # sudo: the queue of mails is for system administrators.
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", self._name), ("res_id", "in", self.ids)])
        )

    def _make_mail(self):
        """Put the mail into Odoo's queue; one that failed before gives way to it.

        :return: the ``mail.mail``
        :raises UserError: when it can't be made from the template
        """
        self.ensure_one()
        template = self.env.ref(TEMPLATE % self.kind, raise_if_not_found=False)
        if not template:
            raise UserError(self.env._("The template of the mail was deleted."))
        values = {"author_id": self.env.ref("base.partner_root").id}
        former = self._mails()
        if former:
            # A mailbox that has had it after all then sees that it is the same.
            values["message_id"] = former[0].message_id
            former.unlink()
        mail_id = template.with_env(self._as_recipient().env).send_mail(
            self.id, email_values=values
        )
        return self.env["mail.mail"].sudo().browse(mail_id)

    def _follow_mail(self, mail):
        """Note what became of the mail.

        :param mail: the ``mail.mail`` that Odoo tried to send, or none that is left
        """
        self.ensure_one()
        if mail.state == "sent":
            self.write(
                {
                    "state": "sent",
                    "sent_date": fields.Datetime.now(),
                    "failure_reason": False,
                }
            )
        elif mail.state in ("exception", "cancel") or not mail:
            self._note_failure(
                self._in_plain_words(mail.failure_reason)
                or self.env._("The mail was cancelled before it was sent.")
            )

    @api.model
    def _in_plain_words(self, reason):
        """Return what the mail server said, without Python's words around it."""
        answer = ANSWER.search(reason or "")
        if not answer:
            return EXCEPTION.sub("", reason or "")
        code, words = answer.groups()
        words = ast.literal_eval(words)
        if isinstance(words, bytes):
            words = words.decode(errors="replace")
        return f"{code} {words}"

    def _note_failure(self, reason):
        self.write(
            {
                "state": "failed",
                "failure_reason": reason,
                # A server that is down may be up again by then.
                "next_try": fields.Datetime.now() + timedelta(hours=1),
            }
        )

    @api.model
    def _send_now(self, company):
        """Mail the user both digests at once, whether something is due or not.

        :raises UserError: when they have no address, or a mail was not sent
        """
        user = self.env.user
        if not email_normalize(user.email or "", strict=False):
            raise UserError(
                self.env._(
                    "You have no working e-mail address. Enter it in your "
                    "preferences, then try again."
                )
            )
        # sudo: digests are a record of what was sent, which nobody writes themselves.
        digests = self.sudo().create(
            [
                {
                    "user_id": user.id,
                    "company_id": company.id,
                    "date": today(self),
                    "kind": kind,
                    "state": "queued",
                    "attempts": 1,
                    "on_demand": True,
                }
                for kind in GROUPS
            ]
        )
        mails = self.env["mail.mail"].sudo()
        for digest in digests:
            digest.case_count = digest._content()["count"]
            mails |= digest._make_mail()
        try:
            mails.send()
            reasons = digests.filtered(lambda digest: digest.state == "failed").mapped(
                "failure_reason"
            )
        except smtplib.SMTPException as error:
            reasons = [str(error)]
        if reasons:
            raise UserError(
                self.env._(
                    "The mail could not be delivered to %(address)s. The mail server "
                    "says:\n%(reason)s",
                    address=user.email,
                    reason=reasons[0],
                )
            )
        if set(digests.mapped("state")) != {"sent"}:
            raise UserError(
                self.env._(
                    "Odoo did not send the mails, and does not say why. Ask whoever "
                    "looks after Odoo at your school."
                )
            )

    @api.autovacuum
    def _gc_old_digests(self):
        self.search([("date", "<", today(self) - KEPT)]).unlink()
