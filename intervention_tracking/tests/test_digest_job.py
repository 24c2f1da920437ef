from datetime import date, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from odoo.addons.base.models.ir_cron import IrCron

from .common import ADMIN, FORM_MASTER
from .digest_common import TEMPLATE, DigestCase

LONDON, AUCKLAND, LOS_ANGELES = (
    "Europe/London",
    "Pacific/Auckland",
    "America/Los_Angeles",
)


@tagged("standard", "post_install", "-at_install")
class TestDigestJob(DigestCase):
    """When the mails are made, and that each is made once."""

    def _meeting(self, user=None, **vals):
        """Return a case that has been overdue since 2 March 2026, a Monday."""
        with freeze_time("2026-02-27 12:00:00"):
            return self.record(
                user,
                **{
                    "meeting_date": date(2026, 2, 27),
                    "follow_up_date": date(2026, 3, 2),
                    **vals,
                },
            )

    def _run_at(self, utc):
        with freeze_time(utc):
            self.run_cron()

    def test_the_cron_is_active_and_runs_often(self):
        self.assertTrue(self.cron.active)
        self.assertEqual(
            (self.cron.interval_number, self.cron.interval_type), (15, "minutes")
        )

    def test_nothing_is_made_when_they_are_off(self):
        self.overdue()
        self.settings.reminders = False
        self.run_cron()
        self.assertFalse(self.digests())

    def test_nothing_is_made_for_a_company_without_settings(self):
        self.overdue()
        self.settings.unlink()
        self.run_cron()
        self.assertFalse(self.digests())

    def test_a_second_run_makes_nothing(self):
        self.overdue()
        self.run_cron()
        first, mail = self.digests(), self.mail()
        self.run_cron()
        self.assertEqual(self.digests(), first)
        self.assertEqual(self.mail(), mail)

    def test_a_second_run_after_the_delivery_makes_nothing(self):
        self.overdue()
        self.run_cron()
        with self.mock_mail_gateway():
            self.send_queue()
            self.run_cron()
            self.send_queue()
        self.assertEqual(len(self.tried()), 1)
        self.assertEqual(self.digests().state, "sent")

    def test_who_had_nothing_due_is_not_asked_again_that_day(self):
        self.run_cron()
        self.assertEqual(self.digests().state, "nothing")
        self.overdue()
        self.run_cron()
        self.assertEqual(self.digests().state, "nothing")

    def test_the_next_day_brings_the_next_mail(self):
        self._meeting()
        self._run_at("2026-03-03 12:00:00")
        self._run_at("2026-03-04 12:00:00")
        self.assertEqual(
            self.digests().mapped("date"), [date(2026, 3, 4), date(2026, 3, 3)]
        )

    @mute_logger("odoo.sql_db")
    def test_the_database_allows_one_a_day(self):
        self.overdue()
        self.run_cron()
        with self.assertRaises(UniqueViolation):
            self.past("sent")

    @mute_logger("odoo.sql_db")
    def test_what_another_worker_made_meanwhile_is_left_to_it(self):
        self.overdue()
        self.overdue(self.fm2, student_id=self.ben.id)
        digests = self.env["intervention.digest"]
        waiting = digests._waiting()
        self.run_cron()
        mails = self.mails(self.digests() | self.digests(self.fm2))
        digests._make_batch(waiting)
        self.assertEqual(self.mails(self.digests() | self.digests(self.fm2)), mails)

    def test_the_mail_queue_is_woken(self):
        self.overdue()
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)])
        self.run_cron()
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)])
        self.assertEqual(after, before + 1)

    # --- days and times ---

    def test_the_mail_is_made_from_the_time_of_the_settings_on(self):
        self._meeting()
        self.settings.reminder_time = 7.5
        self._run_at("2026-03-03 07:29:00")
        self.assertFalse(self.digests())
        self._run_at("2026-03-03 07:30:00")
        self.assertEqual(self.digests().date, date(2026, 3, 3))

    def test_a_job_that_was_late_makes_the_mails_of_the_day(self):
        self._meeting()
        self.settings.reminder_time = 7
        self._run_at("2026-03-03 23:59:00")
        self.assertEqual(self.digests().date, date(2026, 3, 3))

    def test_the_time_is_that_of_the_recipient(self):
        self.settings.reminder_time = 7
        self.fm.tz = AUCKLAND
        self.fm2.tz = LOS_ANGELES
        self._meeting()
        self._meeting(self.fm2, student_id=self.ben.id)
        # 7:00 of the 3rd in Auckland.
        self._run_at("2026-03-02 17:59:00")
        self.assertFalse(self.digests())
        self._run_at("2026-03-02 18:00:00")
        self.assertEqual(self.digests().date, date(2026, 3, 3))
        # 7:00 of the 2nd in Los Angeles was at 15:00.
        self.assertEqual(self.digests(self.fm2).date, date(2026, 3, 2))
        self._run_at("2026-03-03 14:59:00")
        self.assertEqual(len(self.digests(self.fm2)), 1)
        self._run_at("2026-03-03 15:00:00")
        self.assertEqual(len(self.digests(self.fm2)), 2)

    def test_the_time_follows_the_clocks_of_summer(self):
        self.settings.reminder_time = 7
        self.fm.tz = LONDON
        self._meeting()
        self._run_at("2026-03-27 06:30:00")
        self.assertFalse(self.digests())
        self._run_at("2026-03-30 06:30:00")
        self.assertEqual(self.digests().date, date(2026, 3, 30))

    def test_without_a_time_zone_that_of_the_company_counts(self):
        self.settings.reminder_time = 7
        self.fm.tz = self.fm2.tz = False
        self._meeting()
        self.env.company.partner_id.tz = AUCKLAND
        self._run_at("2026-03-02 18:00:00")
        self.assertEqual(self.digests().date, date(2026, 3, 3))
        self.env.company.partner_id.tz = False
        self._run_at("2026-03-04 06:59:00")
        self.assertEqual(len(self.digests()), 1)
        self._run_at("2026-03-04 07:00:00")
        self.assertEqual(len(self.digests()), 2)

    def test_what_is_due_is_due_on_the_recipients_own_day(self):
        self.fm.tz = AUCKLAND
        self.fm2.tz = LOS_ANGELES
        self._meeting()
        self._meeting(self.fm2, student_id=self.ben.id)
        # The 2nd has begun in Auckland only.
        self._run_at("2026-03-01 12:00:00")
        self.assertIn("Due today", self.mail().body_html)
        self.assertEqual(self.digests(self.fm2).state, "nothing")

    def test_the_days_are_those_of_the_settings(self):
        self.settings.write({"reminder_saturday": False, "reminder_friday": False})
        self._meeting()
        for day in range(5, 9):  # from a Thursday on
            self._run_at(f"2026-03-{day:02} 12:00:00")
        self.assertEqual(
            self.digests().mapped("date"), [date(2026, 3, 8), date(2026, 3, 5)]
        )

    def test_the_day_of_the_week_is_the_recipients_own(self):
        self.settings.reminder_saturday = False
        self.fm.tz = AUCKLAND
        self._meeting()
        # It is Saturday there, and Friday in UTC.
        self._run_at("2026-03-06 20:00:00")
        self.assertFalse(self.digests())

    def _set_time(self, hours, utc="2026-02-20 00:00:00"):
        with freeze_time(utc):
            self.settings.reminder_time = hours

    def test_whatever_the_hour_every_day_has_its_mail_once(self):
        self._meeting()
        for number, hours in enumerate((0, 7.25, 12, 23.75, 23.9, 23.99, 23.9999)):
            with self.subTest(hours):
                self._set_time(hours)
                digests = self.digests()
                # The job comes at such minutes, and on the 5th it is late by hours.
                for day, hour in ((3, 0), (3, 23), (4, 0), (4, 23), (5, 5), (5, 23)):
                    for minute in (5, 50):
                        at = f"{day:02} {hour:02}:{minute:02}:00"
                        self._run_at(f"2026-{4 + number:02}-{at}")
                self.assertEqual(
                    {digest.date.day for digest in self.digests() - digests},
                    {2, 3, 4} if hours > 23.8 else {2, 3, 4, 5} if hours else {3, 4, 5},
                )

    def test_the_mail_of_a_late_hour_is_of_the_day_that_ends(self):
        self._meeting()
        self._set_time(23.9)
        self._run_at("2026-03-02 23:50:00")
        self.assertFalse(self.digests(date=date(2026, 3, 2)))
        self._run_at("2026-03-03 00:05:00")
        self.assertEqual(self.digests(date=date(2026, 3, 2)).state, "queued")
        self.assertIn("Due today", self.mail().body_html)

    def test_the_days_chosen_are_those_of_the_mail_not_of_the_job(self):
        self.settings.write({"reminder_sunday": False, "reminder_saturday": False})
        self._meeting()
        self._set_time(23.9)
        for day in range(6, 10):  # from a Friday on
            self._run_at(f"2026-03-{day:02} 00:05:00")
        self.assertEqual(
            self.digests().mapped("date"), [date(2026, 3, 6), date(2026, 3, 5)]
        )

    def test_what_was_chosen_today_makes_no_mail_of_yesterday(self):
        self._meeting()
        for utc in ("2026-03-03 06:00:00", "2026-03-02 22:00:00"):
            self._set_time(21, utc)
            self._run_at("2026-03-03 06:15:00")
            self.assertFalse(self.digests())
        self._set_time(21, "2026-03-02 20:00:00")
        self._run_at("2026-03-03 06:15:00")
        self.assertEqual(self.digests().date, date(2026, 3, 2))

    def test_nobody_sets_when_it_was_chosen(self):
        self._set_time(7, "2026-03-03 06:00:00")
        with freeze_time("2026-03-04 06:00:00"):
            self.settings.with_user(self.boss).reminders_changed = False
        self.assertEqual(self.settings.reminders_changed, datetime(2026, 3, 4, 6))

    def test_an_hour_that_the_clocks_skip_or_repeat_makes_one_mail(self):
        self.fm.tz = LONDON
        self._meeting()
        self._set_time(1.5)
        for utc in ("2026-03-29 00:45", "2026-03-29 01:15", "2026-03-29 01:45"):
            self._run_at(f"{utc}:00")
        self.assertTrue(self.digests(date=date(2026, 3, 29)))
        for utc in ("2026-10-25 00:35", "2026-10-25 01:05", "2026-10-25 01:35"):
            self._run_at(f"{utc}:00")
        self.assertEqual(len(self.digests(date=date(2026, 10, 25))), 1)

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.models.unlink")
    def test_a_mail_that_failed_before_midnight_is_tried_again_after_it(self):
        self._meeting()
        self._set_time(23.5)
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.refuse(self.fm)
            with freeze_time("2026-03-03 23:35:00"):
                self.run_cron()
                self.send_queue()
            self.refuse()
            with freeze_time("2026-03-04 00:40:00"):
                self.run_cron()
                self.send_queue()
        self.assertEqual(self.digests(date=date(2026, 3, 3)).state, "sent")

    # --- whom it does not reach ---

    def test_who_has_no_address_is_recorded_and_reported(self):
        self.fm.email = False
        self.overdue()
        self.overdue(self.fm2, student_id=self.ben.id)
        self.run_cron()
        self.assertEqual(self.digests().state, "no_address")
        self.assertEqual(self.digests().case_count, 1)
        self.assertIn("no working e-mail address", self.digests().failure_reason)
        self.assertFalse(self.mails(self.digests()))
        self.assertEqual(self.digests(self.fm2).state, "queued")
        # No case is overdue for long, but somebody has to know.
        mail = self.mail(self.boss, "administrator")
        self.assertIn(self.fm.name, mail.body_html)
        self.assertNotIn(self.fm2.name, mail.body_html)
        self.assertNotIn("Ada Test", mail.body_html)

    def test_an_address_that_is_none_counts_as_none(self):
        self.fm.email = "amina at school"
        self.overdue()
        self.run_cron()
        self.assertEqual(self.digests().state, "no_address")

    def test_who_gets_an_address_gets_the_mail_the_same_day(self):
        self.fm.email = False
        self.overdue()
        self.run_cron()
        self.fm.email = "fm@example.org"
        self.run_cron()
        self.assertEqual(self.digests().state, "queued")
        self.assertEqual(len(self.mail()), 1)
        self.assertFalse(self.unreached())

    def test_an_administrator_without_an_address_is_seen_in_the_settings(self):
        self.boss.email = False
        self.overdue_for(20)
        self.run_cron()
        self.assertEqual(self.digests(self.boss, "administrator").state, "no_address")
        self.assertEqual(self.unreached(), self.boss)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mailbox_that_fails_does_not_stop_the_others(self):
        users = self.fm | self.fm2 | self._new_user("fm3", FORM_MASTER)
        for user, cause in zip(users, ("health", "other", "family"), strict=True):
            self.overdue(user, root_cause=cause)
        self.run_cron()
        with self.mock_mail_gateway():
            self.refuse(self.fm2)
            self.send_queue()
        states = {user: self.digests(user).state for user in users}
        self.assertEqual(list(states.values()), ["sent", "failed", "sent"])
        self.assertIn("550 no such mailbox", self.digests(self.fm2).failure_reason)
        self.assertEqual(self.unreached(), self.fm2)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_reason_is_what_the_mail_server_said(self):
        full = b"5.2.2 The mailbox's full\n5.2.2 Caf\xc3\xa9"
        reasons = (
            (
                SMTPRecipientsRefused({self.fm.email: (552, full)}),
                f"552 {full.decode()}",
            ),
            (SMTPDataError(451, b'say "later"'), '451 say "later"'),
            (SMTPSenderRefused(550, b"no", "school@example.org"), "550 no"),
            (TimeoutError("timed out"), "timed out"),
        )
        for days, (error, reason) in enumerate(reasons):
            digest = self.past("queued", days=days)
            digest._make_mail()
            with self.subTest(reason), self.mock_mail_gateway():
                self.refuse(self.fm, error=error)
                self.send_queue()
                self.assertEqual(digest.failure_reason, reason)

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.models.unlink")
    def test_a_mail_that_failed_is_tried_again_three_times_at_most(self):
        self._meeting()
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.refuse(self.fm)
            for hour in range(8, 18):
                with freeze_time(f"2026-03-03 {hour:02}:30:00"):
                    self.run_cron()
                    self.send_queue()
        self.assertEqual(self.digests().attempts, 3)
        self.assertEqual(self.digests().state, "failed")
        tried = [mail for mail in self.tried() if self.fm.email in mail["email_to"][0]]
        self.assertEqual(len(tried), 3)
        # The mailbox may know it as the same, should it have had it.
        self.assertEqual(len({mail["message_id"] for mail in tried}), 1)
        self.assertEqual(len(self.mails(self.digests())), 1)

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.models.unlink")
    def test_a_second_try_that_arrives_ends_it(self):
        self._meeting()
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.refuse(self.fm)
            with freeze_time("2026-03-03 08:00:00"):
                self.run_cron()
                self.send_queue()
            self.assertEqual(self.digests().state, "failed")
            self.refuse()
            with freeze_time("2026-03-03 08:45:00"):
                self.run_cron()
            self.assertEqual(self.digests().attempts, 1)
            with freeze_time("2026-03-03 09:00:00"):
                self.run_cron()
                self.send_queue()
        self.assertEqual((self.digests().state, self.digests().attempts), ("sent", 2))
        self.assertFalse(self.digests().failure_reason)

    def test_a_mail_that_somebody_cancelled_is_noticed(self):
        self.overdue()
        self.run_cron()
        self.mail().cancel()
        self.run_cron()
        self.assertEqual(self.digests().state, "failed")
        self.assertIn("cancelled", self.digests().failure_reason)

    @mute_logger("odoo.models.unlink")
    def test_a_mail_that_somebody_deleted_is_noticed(self):
        self.overdue()
        self.run_cron()
        self.mail().unlink()
        self.run_cron()
        self.assertEqual(self.digests().state, "failed")

    def test_a_template_that_is_broken_is_noticed(self):
        self.overdue()
        self.overdue_for(20, self.fm2, student_id=self.ben.id)
        template = self.env.ref(TEMPLATE % "form_master")
        # As the check on saving finds no digest to try it with.
        template.body_html = "<p t-out=\"object._content()['nonsense']\"/>"
        self.run_cron()
        self.assertEqual(self.digests().state, "failed")
        self.assertIn("template", self.digests().failure_reason)
        self.assertEqual(self.digests(self.fm2).state, "failed")
        self.assertEqual(self.digests(self.boss, "administrator").state, "queued")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_administrators_are_told_the_next_day_whom_the_mails_did_not_reach(self):
        self.past("failed", days=1)
        self.past("sent", days=1, user=self.fm2)
        self.overdue()
        self.overdue(self.fm2, student_id=self.ben.id)
        self.run_cron()
        today = self.mail(self.boss, "administrator").body_html
        self.assertIn(f">{self.fm.name}<", today)
        self.assertNotIn(f">{self.fm2.name}<", today)
        with self.mock_mail_gateway():
            self.refuse(self.fm2)
            self.send_queue()
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self.run_cron()
            digests = self.digests(self.boss, "administrator", date=self.day(0))
            tomorrow = self.mails(digests).body_html
        self.assertIn(f">{self.fm2.name}<", tomorrow)
        self.assertNotIn(f">{self.fm.name}<", tomorrow)

    # --- many ---

    def test_many_users_are_made_in_batches_with_commits_between(self):
        users = self.env["res.users"].union(
            *(self._new_user(f"many{number}", FORM_MASTER) for number in range(12))
        )
        students = self.env["res.partner"].create(
            [
                {"name": f"Student {number}", "is_intervention_student": True}
                for number in range(12)
            ]
        )
        for user, student in zip(users, students, strict=True):
            self.overdue(user, student_id=student.id)
        self.cron.code = "model._cron_send_reminders(batch_size=5)"
        steps = []
        commit_progress = IrCron._commit_progress

        def spy(cron, processed=0, **kwargs):
            steps.append((processed, kwargs.get("remaining")))
            return commit_progress(cron, processed, **kwargs)

        with patch.object(IrCron, "_commit_progress", spy):
            self.run_cron()
        total = steps[0][1]
        self.assertGreaterEqual(total, 12)
        done = [processed for processed, _remaining in steps[1:]]
        self.assertEqual(sum(done), total)
        self.assertLessEqual(max(done), 5)
        for user in users:
            self.assertEqual(self.digests(user).state, "queued")
            self.assertEqual(self.mail(user).recipient_ids, user.partner_id)

    def test_a_run_that_ends_in_the_middle_is_completed_by_the_next(self):
        for user, student in ((self.fm, self.ada), (self.fm2, self.ben)):
            self.overdue(user, student_id=student.id)
        self.cron.code = "model._cron_send_reminders(batch_size=1)"
        commit_progress = IrCron._commit_progress
        ends = []

        def end_after_a_batch(cron, processed=0, **kwargs):
            time_left = commit_progress(cron, processed, **kwargs)
            if processed:
                ends.append(processed)
                raise RuntimeError("the power went")
            return time_left

        with (
            patch.object(IrCron, "_commit_progress", end_after_a_batch),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self.run_cron()
            self.run_cron()
        self.assertGreater(len(ends), 1)
        for user in (self.fm, self.fm2):
            self.assertEqual(self.digests(user).state, "queued")
            self.assertEqual(len(self.mail(user)), 1)

    # --- companies ---

    def test_each_company_has_its_own_mails(self):
        school = self.env["res.company"].create({"name": "School B"})
        both = self._new_user(
            "both",
            FORM_MASTER,
            company_ids=[Command.set([self.env.company.id, school.id])],
        )
        boss_b = self._new_user("boss_b", ADMIN, company_id=school.id)
        bea = self._new_student("Bea Test", company_id=school.id)
        self.env["intervention.settings"].create(
            {
                "company_id": school.id,
                "reminders": True,
                "reminder_saturday": True,
                "reminder_sunday": True,
                "reminder_time": 0,
            }
        )
        self.overdue_for(20, both)
        meetings = self.meetings(both).with_context(allowed_company_ids=[school.id])
        in_b = meetings.create(self.vals(student_id=bea.id, follow_up_date=self.day(1)))
        self.make_older(in_b, 21)
        self.run_cron()
        for company, here, there in (
            (self.env.company, "Ada Test", "Bea Test"),
            (school, "Bea Test", "Ada Test"),
        ):
            for user, kind in (
                (both, "form_master"),
                (boss_b if company == school else self.boss, "administrator"),
            ):
                mail = self.mails(self.digests(user, kind, company_id=company.id))
                self.assertEqual(len(mail), 1)
                self.assertIn(here, mail.body_html)
                self.assertNotIn(there, mail.body_html)

    def test_a_company_that_switched_them_off_has_none(self):
        school = self.env["res.company"].create({"name": "School B"})
        both = self._new_user(
            "both",
            FORM_MASTER,
            company_ids=[Command.set([self.env.company.id, school.id])],
        )
        self.env["intervention.settings"].create({"company_id": school.id})
        self.run_cron()
        self.assertEqual(self.digests(both).company_id, self.env.company)

    # --- keeping ---

    @mute_logger("odoo.models.unlink")
    def test_old_ones_are_cleared_away(self):
        old = self.past("sent", days=91)
        kept = self.past("sent", days=89)
        self.env["intervention.digest"]._gc_old_digests()
        self.assertFalse(old.exists())
        self.assertTrue(kept.exists())

    def test_an_archived_form_master_gets_none(self):
        self.overdue(self.fm2)
        self.fm2.active = False
        self.run_cron()
        self.assertFalse(self.digests(self.fm2))
