from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestChatter(InterventionCase):
    """What the chatter keeps track of, and what it must not hold."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(2))
        self.flush_tracking()

    def _tracked(self, vals, user=None):
        """Return the names of the fields that a change left in the chatter."""
        before = self.meeting.sudo().message_ids
        self.meeting.with_user(user or self.fm).write(vals)
        self.flush_tracking()
        self.meeting.invalidate_recordset()
        messages = self.meeting.sudo().message_ids - before
        return set(messages.tracking_value_ids.field_id.mapped("name"))

    def test_recording_leaves_no_message(self):
        self.assertFalse(self.meeting.sudo().message_ids)

    def test_recording_subscribes_nobody(self):
        self.assertFalse(self.meeting.sudo().message_partner_ids)

    def test_the_urgency_is_tracked(self):
        self.assertEqual(self._tracked({"urgency_level": "high"}), {"urgency_level"})

    def test_the_follow_up_date_is_tracked(self):
        self.assertEqual(
            self._tracked({"follow_up_date": self.day(5)}), {"follow_up_date"}
        )

    def test_the_owner_is_tracked(self):
        self.assertEqual(
            self._tracked({"form_master_id": self.fm2.id}, self.boss),
            {"form_master_id"},
        )

    def test_a_corrected_student_is_tracked(self):
        self.assertEqual(self._tracked({"student_id": self.ben.id}), {"student_id"})

    def test_archiving_is_tracked(self):
        self.assertEqual(self._tracked({"active": False}), {"active"})

    def test_no_caller_switches_the_tracking_off(self):
        for number, key in enumerate(("tracking_disable", "mail_notrack")):
            for user in (self.fm, self.boss):
                meeting = self.record(student_id=self._new_student(key).id)
                self.flush_tracking()
                silent = meeting.with_user(user).with_context(**{key: True})
                silent.write({"follow_up_date": self.day(5 + number)})
                silent.unlink()
                self.flush_tracking()
                with self.subTest(user.login, key=key):
                    tracked = meeting.sudo().message_ids.tracking_value_ids
                    self.assertEqual(
                        set(tracked.field_id.mapped("name")),
                        {"follow_up_date", "active"},
                    )

    def test_no_caller_hands_over_without_a_trace(self):
        for key in ("tracking_disable", "mail_notrack"):
            meeting = self.record(student_id=self._new_student(key).id)
            self.flush_tracking()
            meeting.with_user(self.boss).with_context(**{key: True}).write(
                {"form_master_id": self.fm2.id}
            )
            self.flush_tracking()
            with self.subTest(key=key):
                tracked = meeting.sudo().message_ids.tracking_value_ids
                self.assertEqual(tracked.field_id.name, "form_master_id")

    def test_an_import_leaves_traces(self):
        self.meeting.with_context(tracking_disable=True).load(
            [".id", "urgency_level"], [[str(self.meeting.id), "High"]]
        )
        self.flush_tracking()
        tracked = self.meeting.sudo().message_ids.tracking_value_ids
        self.assertEqual(tracked.field_id.name, "urgency_level")

    @mute_logger("odoo.models.unlink")
    def test_the_status_is_not_tracked(self):
        for vals in (
            {"status": "monitoring"},
            {"status": "escalated"},
            {"status": "closed", "resolution_notes": RESOLUTION},
        ):
            with self.subTest(vals=vals):
                self.assertFalse(self._tracked(vals))

    def test_what_was_said_is_not_tracked(self):
        for name, value in (
            ("absence_reason", "Another reason"),
            ("intervention_notes", "Other notes"),
            ("action_plan", "Another plan"),
            ("resolution_notes", "An end"),
            ("root_cause", "other"),
            ("meeting_date", self.day(-1)),
        ):
            with self.subTest(name):
                self.assertFalse(self._tracked({name: value}))

    def test_no_tracked_value_has_narrative_text(self):
        self._tracked({"urgency_level": "high", "action_plan": "Yeti-plan"})
        values = self.meeting.sudo().message_ids.tracking_value_ids
        self.assertTrue(values)
        for value in values:
            for text in (
                value.old_value_char,
                value.new_value_char,
                value.old_value_text,
                value.new_value_text,
            ):
                self.assertDiscreet(text or "")
                self.assertNotIn("Yeti", text or "")

    def test_a_note_leaves_no_message(self):
        self.add_update(self.meeting, "Yeti-note", status="monitoring")
        self.flush_tracking()
        self.assertFalse(self.meeting.sudo().message_ids)

    def test_the_name_of_a_meeting_has_no_cause(self):
        for cause in ("health", "family", "behavioral"):
            student = self._new_student("Eli Test")
            meeting = self.record(root_cause=cause, student_id=student.id)
            with self.subTest(cause):
                self.assertIn("Eli Test", meeting.display_name)
                self.assertDiscreet(meeting.display_name)
