from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext, mute_logger
from psycopg2.errors import UniqueViolation

from .common import ADMIN, ESCALATION, NARRATIVE, RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestEscalation(InterventionCase):
    """Rule 9: who is told, and that nothing of the narrative leaves the record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.settings_without_contact()
        cls.boss.notification_type = "email"

    def _told(self, meeting):
        return self.activities(meeting, ESCALATION).user_id

    def test_escalating_tells_every_administrator(self):
        meeting = self.in_status("escalated")
        self.assertIn(self.boss, self._told(meeting))
        self.assertEqual(self._told(meeting), self.administrators())

    def test_each_administrator_is_told_once(self):
        meeting = self.in_status("escalated")
        self.assertEqual(
            len(self.activities(meeting, ESCALATION)), len(self.administrators())
        )

    def test_recording_an_escalated_meeting_tells(self):
        meeting = self.record(status="escalated")
        self.assertEqual(self._told(meeting), self.administrators())

    def test_escalating_with_a_note_tells(self):
        meeting = self.record()
        self.add_update(meeting, status="escalated")
        self.assertEqual(self._told(meeting), self.administrators())

    def test_escalating_several_tells_of_each(self):
        meetings = self.record() | self.record(root_cause="other")
        meetings.write({"status": "escalated"})
        for meeting in meetings:
            self.assertEqual(self._told(meeting), self.administrators())

    def test_no_caller_escalates_in_silence(self):
        silent = self.meetings(self.fm).with_context(mail_activity_automation_skip=True)
        created = silent.create(self.vals(status="escalated"))
        changed = self.record(root_cause="other")
        changed.with_env(silent.env).write({"status": "escalated"})
        for meeting in (created, changed):
            self.assertEqual(self._told(meeting), self.administrators())

    def test_only_the_contact_is_told_when_there_is_one(self):
        self.settings.escalation_user_id = self.boss
        self.assertEqual(self._told(self.in_status("escalated")), self.boss)

    def test_everybody_is_told_when_the_contact_left(self):
        contact = self._new_user("gone", ADMIN)
        self.settings.escalation_user_id = contact
        contact.active = False
        self.assertEqual(self._told(self.in_status("escalated")), self.administrators())

    @mute_logger("odoo.models.unlink")
    def test_everybody_is_told_when_the_contact_is_no_administrator_any_more(self):
        self.settings.escalation_user_id = self.boss
        self.boss.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self._told(self.in_status("escalated")), self.administrators())

    def _left(self):
        """Return whether the settings say that the contact is told nothing."""
        self.env.invalidate_all()
        return self.settings.with_user(self.boss).escalation_contact_left

    def test_the_settings_say_that_the_contact_left(self):
        self.assertFalse(self._left())
        for vals in (
            {"active": False},
            {"group_ids": [Command.set(self.env.ref("base.group_user").ids)]},
        ):
            contact = self._new_user(f"gone_{next(iter(vals))}", ADMIN)
            self.settings.escalation_user_id = contact
            self.assertFalse(self._left())
            contact.write(vals)
            self.assertTrue(self._left())
        with Form(self.settings.with_user(self.boss)) as form:
            form.escalation_user_id = self.boss
            self.assertFalse(form.escalation_contact_left)

    def test_a_form_master_is_not_accepted_as_contact(self):
        for user in (self.fm, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self.settings.with_user(self.boss).escalation_user_id = user

    def test_other_changes_of_status_tell_nobody(self):
        for status in ("monitoring", "improving", "not_improving", "closed"):
            with self.subTest(status):
                student = self._new_student(status)
                meeting = self.in_status(status, student_id=student.id)
                self.assertFalse(self._told(meeting))

    def test_what_is_escalated_already_tells_nobody_again(self):
        meeting = self.in_status("escalated")
        before = self.activities(meeting, ESCALATION)
        meeting.write({"status": "escalated", "urgency_level": "high"})
        self.assertEqual(self.activities(meeting, ESCALATION), before)

    @mute_logger("odoo.models.unlink")
    def test_moving_on_removes_the_activities(self):
        for status in ("open", "monitoring", "improving", "not_improving", "closed"):
            with self.subTest(status):
                student = self._new_student(status)
                meeting = self.in_status("escalated", student_id=student.id)
                meeting.write({"status": status, "resolution_notes": RESOLUTION})
                self.assertFalse(self._told(meeting))

    @mute_logger("odoo.models.unlink")
    def test_archiving_removes_the_activities(self):
        meeting = self.in_status("escalated")
        meeting.unlink()
        self.assertFalse(self._told(meeting))

    def test_the_activity_names_the_student_only(self):
        meeting = self.in_status("escalated", root_cause="financial")
        activities = self.activities(meeting, ESCALATION)
        self.assertTrue(activities)
        for activity in activities:
            self.assertIn(self.ada.name, activity.res_name)
            self.assertDiscreet(
                f"{activity.res_name} {activity.summary} {activity.note}"
            )

    def test_the_activity_says_what_to_do_in_the_language_of_who_is_told(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        decide = "Décider de la suite"
        self.env.ref(ESCALATION).with_context(lang="fr_FR").summary = decide
        self.settings.escalation_user_id = self.boss
        self.boss.lang = "fr_FR"
        meeting = self.in_status("escalated")
        self.assertEqual(self.activities(meeting, ESCALATION).summary, decide)

    def _mails_of(self, change):
        """Return what left Odoo by mail and by notification during a change."""
        last = self.env["mail.message"].search([], limit=1, order="id desc").id
        with self.mock_mail_gateway():
            change()
            self.flush_tracking()
        messages = self.env["mail.message"].search([("id", ">", last)])
        return messages, self._new_mails

    def test_the_mail_has_the_name_and_a_link_and_nothing_else(self):
        meeting = self.record(root_cause="financial", resolution_notes=RESOLUTION)
        self.flush_tracking()
        _messages, mails = self._mails_of(
            lambda: self.add_update(meeting, "Yeti-note", status="escalated")
        )
        mail = mails.filtered(lambda mail: self.boss.partner_id in mail.recipient_ids)
        self.assertEqual(len(mail), 1)
        self.assertIn(self.ada.name, f"{mail.subject} {mail.body_html}")
        self.assertRegex(mail.body_html, r"/mail/view\?[^\"]*res_id=%d" % meeting.id)

    def test_no_mail_and_no_message_has_narrative_text(self):
        meeting = self.record(root_cause="financial", resolution_notes=RESOLUTION)
        self.flush_tracking()
        messages, mails = self._mails_of(
            lambda: self.add_update(meeting, "Yeti-note", status="escalated")
        )
        self.assertTrue(messages)
        self.assertTrue(mails)
        for item in (*messages, *mails):
            text = f"{item.subject} {item.body} {html2plaintext(item.body or '')}"
            self.assertNotIn("Yeti", text)
            self.assertDiscreet(text)
        for mail in mails:
            self.assertDiscreet(mail.body_html)

    def test_no_mail_has_narrative_text_when_recorded_escalated(self):
        messages, mails = self._mails_of(
            lambda: self.record(status="escalated", root_cause="financial")
        )
        self.assertTrue(mails)
        for item in (*messages, *mails):
            self.assertDiscreet(f"{item.subject} {item.body}")
        for mail in mails:
            self.assertDiscreet(mail.body_html)

    def test_no_message_has_narrative_text_in_a_whole_life(self):
        def life():
            meeting = self.record(
                root_cause="financial", follow_up_date=self.day(2), status="escalated"
            )
            self.flush_tracking()
            self.add_update(meeting, "Yeti-note", status="improving")
            meeting.write({**dict.fromkeys(NARRATIVE, "Yeti"), "urgency_level": "high"})
            self.add_update(
                meeting, "Yeti-end", status="closed", resolution_notes=RESOLUTION
            )
            self.flush_tracking()
            meeting.unlink()

        with mute_logger("odoo.models.unlink"):
            messages, mails = self._mails_of(life)
        self.assertTrue(messages)
        self.assertTrue(mails)
        for item in (*messages, *mails):
            text = f"{item.subject} {item.body} {item.record_name}"
            self.assertNotIn("Yeti", text)
            self.assertDiscreet(text)


@tagged("standard", "post_install", "-at_install")
class TestSettings(InterventionCase):
    """Each company has one record of settings."""

    def test_the_settings_are_made_on_first_use_and_then_found(self):
        settings = self.env["intervention.settings"].with_user(self.boss)
        first = settings.action_open()["res_id"]
        self.assertEqual(settings.action_open()["res_id"], first)
        self.assertEqual(settings.browse(first).company_id, self.env.company)

    @mute_logger("odoo.sql_db")
    def test_a_company_has_one_record_of_settings(self):
        settings = self.env["intervention.settings"].with_user(self.boss)
        settings.action_open()
        with self.assertRaises(UniqueViolation):
            settings.create({})
