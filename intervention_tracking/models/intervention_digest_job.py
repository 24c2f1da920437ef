import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every
from psycopg2.errors import UniqueViolation

from ..constants import FORM_MASTER_GROUP

_logger = logging.getLogger(__name__)

MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
MOST_ATTEMPTS = 3


class InterventionDigest(models.Model):
    """The job that mails the reminders."""

    _inherit = "intervention.digest"

    @api.model
    def _cron_send_reminders(self, batch_size=20):
        """Make today's mails of everybody whose time has come.

        The mails go into Odoo's queue, whose own job delivers them, so administrators
        are told on the next day whom the mails of a day did not reach.

        :param int batch_size: of how many users between two commits
        """
        self._follow_lost_mails()
        cron = self.env["ir.cron"]
        waiting = self._waiting()
        cron._commit_progress(remaining=len(waiting))
        for batch in split_every(batch_size, waiting):
            self._make_batch(batch)
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _follow_lost_mails(self):
        """Note the failure of mails that ended without telling."""
        queued = self.search([("state", "=", "queued")])
        mails = queued._mails().grouped("res_id")
        for digest in queued:
            digest._follow_mail(mails.get(digest.id, self.env["mail.mail"])[:1])

    @api.model
    def _waiting(self):
        """Return what is to be made or tried again now.

        :return: a list of dicts of the values of a digest, some with its ``id``
        """
        waiting = []
        for settings in self.env["intervention.settings"].search(
            [("reminders", "=", True), ("company_id.active", "=", True)]
        ):
            company = settings.company_id
            meetings = self.env["intervention.meeting"]
            for kind, users in (
                ("form_master", meetings._members(FORM_MASTER_GROUP, company)),
                ("administrator", meetings._escalation_users(company)),
            ):
                days = settings._reminder_days(users)
                known = {
                    (digest.user_id, digest.date): digest
                    for digest in self.search(
                        [
                            ("company_id", "=", company.id),
                            ("date", "in", list(set(days.values()))),
                            ("kind", "=", kind),
                            ("on_demand", "=", False),
                        ]
                    )
                }
                for user, date in days.items():
                    digest = known.get((user, date), self.browse())
                    if not digest or digest._may_be_tried_again():
                        waiting.append(
                            {
                                "id": digest.id,
                                "user_id": user.id,
                                "company_id": company.id,
                                "date": date,
                                "kind": kind,
                            }
                        )
        return waiting

    def _may_be_tried_again(self):
        self.ensure_one()
        if self.state == "no_address":
            return self._has_address()
        return (
            self.state == "failed"
            and self.attempts < MOST_ATTEMPTS
            and self.next_try <= fields.Datetime.now()
        )

    @api.model
    def _make_batch(self, batch):
        """Make the digests and their mails, in one transaction.

        :param list batch: of what ``_waiting`` returns
        """
        again = self.browse([entry["id"] for entry in batch if entry["id"]])
        try:
            with self.env.cr.savepoint():
                new = self.create(
                    [
                        {
                            **{name: entry[name] for name in entry if name != "id"},
                            "state": "nothing",
                        }
                        for entry in batch
                        if not entry["id"]
                    ]
                )
        except UniqueViolation:
            # Somebody runs this job at the same moment; the next run sees what is left.
            return
        digests = again | new._with_cases()
        for digest in digests:
            digest._make()
        if "queued" in digests.mapped("state"):
            self.env.ref(MAIL_QUEUE)._trigger()
        _logger.info(
            "%s reminders were made, %s of them with a mail", len(batch), len(digests)
        )

    def _with_cases(self):
        """Leave out the form masters who have nothing due, without asking for each."""
        administrators = self.filtered(lambda digest: digest.kind == "administrator")
        form_masters = self.browse()
        for (company, date), group in (
            (self - administrators)
            .grouped(lambda digest: (digest.company_id, digest.date))
            .items()
        ):
            meetings = self.env["intervention.meeting"]
            owners = {
                owner
                for (owner,) in meetings._read_group(
                    meetings._ongoing_domain(date)
                    & Domain("company_id", "=", company.id)
                    & Domain("form_master_id", "in", group.user_id.ids)
                    & Domain("follow_up_date", "<=", date),
                    ["form_master_id"],
                )
            }
            form_masters |= group.filtered(
                lambda digest, owners=owners: digest.user_id in owners
            )
        return form_masters | administrators

    def _has_to_tell(self, content):
        return bool(content["count"] or content["unreached"])

    def _make(self):
        """Make one user's mail; what is wrong with it does not stop the others'."""
        self.ensure_one()
        content = self._content()
        vals = {"case_count": content["count"], "failure_reason": False}
        if not self._has_to_tell(content):
            self.write({**vals, "state": "nothing"})
            return
        if not self._has_address():
            self.write(
                {
                    **vals,
                    "state": "no_address",
                    "failure_reason": self.env._(
                        "The user has no working e-mail address. Correct it in the "
                        "user's form; the mail then goes out today."
                    ),
                }
            )
            return
        self.write({**vals, "state": "queued", "attempts": self.attempts + 1})
        try:
            with self.env.cr.savepoint():
                self._make_mail()
        except UserError:
            # Odoo has logged why; its message holds the whole template.
            self._note_failure(
                self.env._(
                    "The mail could not be made from its template. Open the template "
                    "and choose Preview to see why."
                )
            )
