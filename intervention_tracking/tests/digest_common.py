from .common import InterventionCase

CRON = "intervention_tracking.ir_cron_send_reminders"
TEMPLATE = "intervention_tracking.mail_template_digest_%s"


class DigestCase(InterventionCase):
    """The daily mails are on, on all days from midnight on, for people with addresses.

    The only administrator who is told is ``boss``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref(CRON)
        for user in (cls.fm, cls.fm2, cls.boss):
            user.email = f"{user.login}@example.org"
        cls.settings = cls.env["intervention.settings"].search(
            [("company_id", "=", cls.env.company.id)]
        ) or cls.env["intervention.settings"].create({})
        cls.settings.write(
            {
                "reminders": True,
                "reminder_saturday": True,
                "reminder_sunday": True,
                "reminder_time": 0,
                "overdue_days": 7,
                "escalation_user_id": cls.boss.id,
            }
        )

    def run_cron(self):
        self.flush_tracking()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def send_queue(self):
        self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()

    def refuse(self, *users, error=None):
        """Let the mail server of the mock refuse mails to these users only."""
        refused = {user.email for user in users}

        def send_message(message, smtp_from, smtp_to_list):
            if refused & set(smtp_to_list):
                raise error or ValueError("550 no such mailbox")

        self.testing_smtp_session.send_message = send_message

    def tried(self):
        """Return the reminders that were given to the mail server of the mock."""
        return [
            mail
            for mail in self._mails
            if (mail["object_id"] or "").endswith("-intervention.digest")
        ]

    def digests(self, user=None, kind="form_master", **domain):
        return self.env["intervention.digest"].search(
            [("user_id", "=", (user or self.fm).id), ("kind", "=", kind)]
            + [(name, "=", value) for name, value in domain.items()]
        )

    def past(self, state, days=0, user=None, **vals):
        """Return a digest as it was left by the job some days ago."""
        return self.env["intervention.digest"].create(
            {
                "user_id": (user or self.fm).id,
                "company_id": self.env.company.id,
                "date": self.day(-days),
                "kind": "form_master",
                "state": state,
                **vals,
            }
        )

    def unreached(self, user=None):
        """Return whom the settings name as not reached."""
        self.env.invalidate_all()
        return self.settings.with_user(user or self.boss).unreached_user_ids

    def mails(self, digests):
        return digests._mails()

    def mail(self, user=None, kind="form_master"):
        """Return the one mail that waits for the user."""
        mail = self.mails(self.digests(user, kind))
        mail.ensure_one()
        return mail

    def overdue_for(self, days, user=None, **vals):
        """Return a meeting whose follow-up is overdue for so many days."""
        meeting = self.record(user, **{"follow_up_date": self.day(1), **vals})
        self.make_older(meeting, days + 1)
        return meeting
