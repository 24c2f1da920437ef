from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ESCALATION, FOLLOW_UP, NARRATIVE, InterventionCase

TO_DO = "mail.mail_activity_data_todo"


@tagged("standard", "post_install", "-at_install")
class TestColleague(InterventionCase):
    """A colleague who can't see a case is asked, and learns nothing of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.fm | cls.fm2 | cls.boss | cls.staff | cls.portal:
            user.email = f"{user.login}@school.example.org"

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.flush_tracking()

    def ask(self, colleague, user=None, **vals):
        """Ask in the dialog; return the activity, the mails and the notification."""
        dialog = (
            self.env["intervention.ask"]
            .with_user(user or self.fm)
            .create({"meeting_id": self.meeting.id, "user_id": colleague.id, **vals})
        )
        before = self.env["mail.activity"].search([])
        with self.mock_mail_gateway():
            told = dialog.action_ask()
        self.env.flush_all()
        return self.env["mail.activity"].search([]) - before, told["params"]["message"]

    def assertSecret(self, text):
        secrets = ("Ada", "T-0001", "Test 7A", "Health", self.meeting.display_name)
        for word in (*NARRATIVE.values(), *secrets):
            self.assertNotIn(word, text)

    def _everything(self, record):
        """Return all that a record says, as text."""
        return str(record.read()) if record else ""

    def test_whoever_may_not_see_the_case_is_asked(self):
        for colleague in (self.fm2, self.staff):
            activity, told = self.ask(colleague)
            self.assertEqual(activity.user_id, colleague)
            self.assertIn("Please call me about a student.", activity.summary)
            self.assertIn(self.fm.name, activity.summary)
            self.assertIn(colleague.name, told)

    def test_an_administrator_asks_too_and_another_form_master_does_not(self):
        self.assertTrue(self.ask(self.staff, self.boss)[0])
        for user in (self.fm2, self.staff, self.portal):
            with self.assertRaises(AccessError):
                self.ask(self.boss, user)

    def test_nothing_of_the_case_is_in_the_activity(self):
        for sentence in ("call", "see", "time"):
            activity, _told = self.ask(self.staff, sentence=sentence)
            seen = activity.with_user(self.staff)
            self.assertFalse(seen.res_model or seen.res_id or seen.res_name)
            self.assertSecret(self._everything(seen))
            self.assertSecret(str(seen.activity_format()))
            self.assertSecret(str(seen.action_open_document()))

    def test_nothing_of_the_case_is_in_the_mail(self):
        self.ask(self.staff)
        self.assertTrue(self._new_mails)
        self.assertEqual(self._new_mails.recipient_ids, self.staff.partner_id)
        for mail in self._new_mails:
            self.assertIn("about a student", mail.subject)
            self.assertSecret(f"{mail.subject} {mail.body_html} {mail.model}")
        for notified in self._new_mails.mail_message_id:
            self.assertFalse(notified.model or notified.res_id or notified.record_name)

    def test_nothing_of_the_case_is_in_the_systray(self):
        self.ask(self.staff)
        groups = self.env["res.users"].with_user(self.staff)._get_activity_groups()
        self.assertTrue(groups)
        self.assertSecret(str(groups))
        self.assertNotIn("intervention.meeting", str(groups))

    def test_the_case_is_not_opened_by_being_asked(self):
        activity, _told = self.ask(self.fm2)
        self.assertFalse(self.meeting.with_user(self.fm2).has_access("read"))
        self.assertNotIn(self.fm2.partner_id, self.meeting.message_partner_ids)
        activity.with_user(self.fm2).action_feedback("I called.")
        self.assertNotIn("I called.", str(self.meeting.message_ids.mapped("body")))

    def test_the_chatter_of_the_case_keeps_who_was_asked(self):
        self.ask(self.staff, day=self.day(2))
        message = self.meeting.message_ids[:1]
        self.assertIn(self.staff.name, message.body)
        self.assertIn("Please call me about a student.", message.body)
        self.assertFalse(message.notified_partner_ids)

    def test_it_is_said_only_of_who_can_be_told_that_they_were(self):
        self.staff.email = False
        activity, told = self.ask(self.staff)
        self.assertTrue(activity)
        self.assertIn("no e-mail address", told)

    def test_only_people_of_the_school_and_days_to_come(self):
        for name, vals in (
            ("user_id", {"user_id": self.portal.id}),
            ("day", {"day": self.day(-1)}),
        ):
            with self.subTest(name), self.assertRefused(name):
                self.ask(self.staff, **vals)

    def test_no_other_text_can_be_sent(self):
        with self.assertRaises(ValueError):
            self.ask(self.staff, sentence="Ada coughs all night")


@tagged("standard", "post_install", "-at_install")
class TestActivitiesOfStrangers(InterventionCase):
    """Who may not see a case has no activity on it, through whichever door."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.flush_tracking()

    def _activity(self, env, user, **vals):
        return env["mail.activity"].create(
            {
                "res_model_id": env["ir.model"]._get_id("intervention.meeting"),
                "res_id": self.meeting.id,
                "activity_type_id": env.ref(TO_DO).id,
                "user_id": user.id,
                **vals,
            }
        )

    def test_superuser_code_gives_no_stranger_one(self):
        for stranger in (self.fm2, self.staff, self.portal):
            for context in ({}, {"mail_activity_quick_update": True}):
                env = self.meeting.sudo().with_context(**context).env
                with (
                    self.subTest(stranger.login),
                    self.assertRaisesRegex(UserError, stranger.name),
                ):
                    self._activity(env, stranger)
        for reader in (self.fm, self.boss):
            self.assertTrue(self._activity(self.meeting.sudo().env, reader))

    def test_an_activity_of_a_stranger_is_not_moved_to_a_case(self):
        env = self.meeting.env
        free = env["mail.activity"].sudo().create({"user_id": self.staff.id})
        with self.assertRaisesRegex(ValidationError, self.staff.name):
            free.write(
                {
                    "res_model_id": env["ir.model"]._get_id("intervention.meeting"),
                    "res_id": self.meeting.id,
                }
            )

    def test_one_that_is_on_a_case_is_not_moved_to_a_case_of_others(self):
        own = self._activity(self.meeting.env, self.fm)
        other = self.record(self.fm2, student_id=self.cy.id)
        with self.assertRaisesRegex(ValidationError, self.fm.name):
            own.sudo().res_id = other.id

    def test_no_activity_puts_the_student_into_the_calendar(self):
        meeting = self.env["mail.activity.type"].create({"name": "Meeting"})
        own = self.meeting.activity_schedule(TO_DO)
        # The category is that of Odoo's calendar, which need not be there.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_activity_type SET category = 'meeting' WHERE id = %s",
            meeting.ids,
        )
        meeting.invalidate_recordset()
        with self.assertRaisesRegex(ValidationError, "calendar"):
            self._activity(self.meeting.env, self.fm, activity_type_id=meeting.id)
        with self.assertRaisesRegex(ValidationError, "calendar"):
            own.activity_type_id = meeting
        elsewhere = self.ada.activity_schedule(activity_type_id=meeting.id)
        self.assertEqual(elsewhere.activity_category, "meeting")

    def test_the_types_that_tell_people_of_cases_are_not_deleted(self):
        for xml_id in (FOLLOW_UP, ESCALATION):
            with self.assertRaisesRegex(UserError, "archive"):
                self.env.ref(xml_id).unlink()
        with mute_logger("odoo.models.unlink"):
            self.env["mail.activity.type"].create({"name": "Other"}).unlink()

    def test_the_refusal_says_how_to_ask(self):
        with self.assertRaisesRegex(UserError, "Ask a Colleague"):
            self.meeting.activity_schedule(TO_DO, user_id=self.staff.id)

    def test_who_has_lost_the_group_sees_no_activity_on_a_case(self):
        left = self._activity(self.meeting.sudo().env, self.boss)
        mine = self.env["mail.activity"].create({"user_id": self.boss.id})
        self.boss.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        activities = self.env["mail.activity"].with_user(self.boss)
        self.assertEqual(activities.search([("id", "in", (left | mine).ids)]), mine)
        with self.assertRaises(AccessError):
            left.with_user(self.boss).read(["res_name"])

    def test_no_reminder_goes_to_an_owner_who_has_lost_the_group(self):
        overdue = self.overdue(root_cause="other").sudo()
        own = self.overdue(self.fm2, student_id=self.cy.id).sudo()
        self.fm.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        with self.enter_registry_test_mode():
            self.env.ref(
                "intervention_tracking.ir_cron_schedule_follow_ups"
            ).method_direct_trigger()
        self.assertFalse(overdue.activity_ids)
        self.assertTrue(own.activity_ids)
