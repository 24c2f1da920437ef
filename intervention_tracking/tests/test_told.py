from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ADMIN, RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestTold(InterventionCase):
    """Rule 10: that somebody was told is said only when they were."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.settings_without_contact()
        # The boss is the only administrator of interventions.
        for user in cls.administrators(cls) - cls.boss:
            user.group_ids -= cls.env.ref(ADMIN)

    def _escalate(self, user=None):
        """Escalate a case by the dialog; return the parameters of what is said."""
        meeting = self.record(user)
        form = Form(
            self.env["intervention.track"]
            .with_user(user or self.fm)
            .with_context(default_meeting_id=meeting.id, default_status="escalated")
        )
        form.update_text = "No change."
        params = form.save().action_add()["params"]
        self.assertEqual(meeting.status, "escalated")
        self.env.invalidate_all()
        return params, meeting.with_user(user or self.fm)

    def _assert_unheard(self, params, meeting, *names):
        self.assertNotIn("told.", params["message"].replace("be told", ""))
        self.assertIn("Nobody can be told", params["message"])
        self.assertEqual((params["type"], params["sticky"]), ("warning", True))
        for name in names:
            self.assertIn(name, params["message"])
            self.assertIn(name, meeting.escalation_unheard)
        self.assertDiscreet(meeting.escalation_unheard)

    def test_where_there_is_no_administrator_it_says_whom_to_ask(self):
        manager = self._new_user("manager", "base.group_erp_manager")
        self.boss.group_ids -= self.env.ref(ADMIN)
        self._assert_unheard(*self._escalate(), manager.name)

    def test_where_nobody_manages_users_either_it_still_says_whom_to_ask(self):
        self.boss.group_ids -= self.env.ref(ADMIN)
        managers = self.env["res.users"].search(
            [("all_group_ids", "in", self.env.ref("base.group_erp_manager").ids)]
        )
        managers.active = False
        self._assert_unheard(*self._escalate(), "looks after Odoo")

    def test_where_all_administrators_are_archived_it_says_so(self):
        self.boss.active = False
        params, meeting = self._escalate()
        self._assert_unheard(params, meeting)
        # Whoever asks over RPC chooses the context.
        meeting = meeting.with_context(active_test=False)
        self.assertIn("Nobody can be told", meeting.escalation_unheard)
        self.assertNotIn(self.boss.name, meeting.escalation_unheard)

    def test_where_no_administrator_has_an_address_they_are_named(self):
        for address in (False, "", "  ", "boss", "boss@"):
            self.boss.write({"email": address, "notification_type": "email"})
            with self.subTest(address), self.env.cr.savepoint() as savepoint:
                self._assert_unheard(*self._escalate(), self.boss.name)
                savepoint.rollback()

    def test_a_contact_without_an_address_is_named(self):
        self.settings.escalation_user_id = self.boss
        self.boss.write({"email": False, "notification_type": "email"})
        self._assert_unheard(*self._escalate(), self.boss.name)

    def test_an_inbox_needs_no_address(self):
        self.boss.write({"email": False, "notification_type": "inbox"})
        params, meeting = self._escalate()
        self.assertEqual(
            params["message"], "The case was escalated. Test boss was told."
        )
        self.assertFalse(meeting.escalation_unheard)

    def test_who_is_missed_among_others_is_named(self):
        self.boss.write({"email": False, "notification_type": "email"})
        second = self._new_user("second", ADMIN)
        params, meeting = self._escalate()
        self.assertEqual(
            params["message"],
            f"The case was escalated. {second.name} was told. No message reached "
            f"{self.boss.name}, because there is no e-mail address.",
        )
        self.assertFalse(meeting.escalation_unheard)

    def test_the_only_administrator_is_not_told_by_themselves(self):
        params, _meeting = self._escalate(self.boss)
        self.assertNotIn("told.", params["message"])
        self.assertIn("your own activities", params["message"])

    def test_every_door_shows_in_the_case_that_nobody_heard(self):
        self.boss.active = False
        created = self.record(status="escalated")
        written = self.in_status("escalated", root_cause="other")
        for meeting in (created, written):
            self.assertIn("Nobody can be told", meeting.escalation_unheard)
        self.assertFalse(self.record(root_cause="family").escalation_unheard)

    def test_the_dialog_says_it_before(self):
        meeting = self.record()
        for is_reached in (True, False):
            self.boss.active = is_reached
            dialog = (
                self.env["intervention.track"]
                .with_user(self.fm)
                .new({"meeting_id": meeting.id, "status": "escalated"})
            )
            self.assertEqual(bool(dialog.escalation_unheard), not is_reached)

    def test_it_is_no_longer_said_once_somebody_can_be_told(self):
        self.boss.active = False
        meeting = self.record(status="escalated")
        self.assertTrue(meeting.escalation_unheard)
        self.boss.active = True
        self.env.invalidate_all()
        self.assertFalse(meeting.escalation_unheard)

    def test_the_settings_name_whom_no_message_reaches(self):
        settings = self.settings.with_user(self.boss)
        self.assertNotIn(self.boss, settings.escalation_missed_ids)
        self.boss.write({"email": False, "notification_type": "email"})
        self.env.invalidate_all()
        self.assertIn(self.boss, settings.escalation_missed_ids)
        with Form(settings) as form:
            form.escalation_user_id = self.boss
            self.assertEqual(form.escalation_missed_ids[:].ids, self.boss.ids)

    def _hand_over(self, owner):
        meeting = self.record(resolution_notes=RESOLUTION)
        wizard = (
            self.env["intervention.reassign"]
            .with_user(self.boss)
            .with_context(active_ids=meeting.ids)
            .create({"form_master_id": owner.id})
        )
        return wizard.action_reassign()["params"]

    def test_handing_over_says_who_was_told(self):
        self.assertEqual(
            self._hand_over(self.fm2)["message"],
            "The cases were handed over. Test fm2 was told.",
        )

    def test_handing_over_to_oneself_tells_nobody(self):
        self.assertNotIn("told", self._hand_over(self.boss)["message"])

    def test_handing_over_says_that_no_message_reaches_the_new_owner(self):
        self.fm2.write({"email": False, "notification_type": "email"})
        params = self._hand_over(self.fm2)
        self.assertNotIn("was told", params["message"])
        self.assertIn("Tell them yourself", params["message"])
        self.assertEqual(params["type"], "warning")

    def test_choosing_a_form_master_whom_no_message_reaches_warns(self):
        meetings = self.meetings(self.boss)
        for owner, warns in ((self.fm2, True), (self.boss, False), (self.fm, False)):
            self.fm2.write({"email": False, "notification_type": "email"})
            answer = meetings.new({"form_master_id": owner.id})
            with self.subTest(owner.login):
                self.assertEqual(bool(answer._onchange_form_master_id()), warns)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_mails_that_were_not_sent_are_not_said_to_be_sent(self):
        sending = self.env.registry["mail.mail"]
        self.patch(sending, "send", lambda mails, *args, **kwargs: True)
        with self.assertRaises(UserError):
            self.settings.with_user(self.boss).action_send_me_now()
