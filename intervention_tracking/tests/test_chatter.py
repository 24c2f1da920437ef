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

    def test_recording_leaves_no_message(self):
        self.assertFalse(self.meeting.sudo().message_ids)

    def test_recording_subscribes_nobody(self):
        self.assertFalse(self.meeting.sudo().message_partner_ids)

    @mute_logger("odoo.models.unlink")
    def test_a_change_leaves_no_message(self):
        for vals in (
            {"urgency_level": "high", "follow_up_date": self.day(5)},
            {"action_plan": "Yeti-plan", "root_cause": "other"},
            {"status": "monitoring"},
            {"status": "escalated"},
            {"status": "closed", "resolution_notes": RESOLUTION},
        ):
            self.meeting.with_user(self.fm).write(vals)
            self.flush_tracking()
            with self.subTest(vals=vals):
                told = self.meeting.sudo().message_ids
                self.assertFalse(told.filtered("tracking_value_ids"))
                self.assertDiscreet("".join(told.mapped("body")))
                self.assertNotIn("Yeti", "".join(told.mapped("body")))

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
