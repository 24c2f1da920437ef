import re

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..api.intervention_meeting_query import MEETING_OBJECT
from ..models.intervention_feed import WATCHED
from .common import InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestFeed(InterventionCase):
    """PostgreSQL notes to which case something happened, whoever did it."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.news()

    def news(self):
        """Return kind and owner of what was noted since the last call."""
        self.env.flush_all()
        self.env.cr.execute(
            """WITH told AS (DELETE FROM intervention_feed RETURNING *)
               SELECT kind, owner FROM told WHERE meeting_id = %s ORDER BY id""",
            [self.meeting.id],
        )
        return self.env.cr.fetchall()

    def test_every_column_that_other_systems_read_is_watched(self):
        never_change = {"id", "create_uid", "create_date"}
        computed = {"owner_name", "overdue_before", "today"}
        read = set(re.findall(r"\bpage\.(\w+)", MEETING_OBJECT.code))
        self.assertIn("absence_reason", read)
        self.assertLessEqual(read - never_change - computed, set(WATCHED))

    def test_a_change_past_the_orm_is_noted(self):
        for column, value in (("status", "monitoring"), ("class_id", None)):
            self.env.cr.execute(
                f"UPDATE intervention_meeting SET {column} = %s WHERE id = %s",
                [value, self.meeting.id],
            )
        self.assertIn(("changed", self.fm.id), self.news())

    def test_who_had_it_before_is_noted(self):
        self.meeting.sudo().form_master_id = self.fm2
        self.assertIn(("changed", self.fm.id), self.news())
        self.meeting.sudo().active = False
        self.assertIn(("archived", self.fm2.id), self.news())
        self.meeting.sudo().active = True
        self.assertIn(("restored", self.fm2.id), self.news())

    def test_what_belongs_to_a_case_is_noted(self):
        progress = self.meeting.add_progress("A note")
        self.assertEqual(self.news(), [("changed", self.fm.id)])
        progress.retract("The wrong child")
        self.assertIn(("changed", self.fm.id), self.news())

    def test_what_a_job_keeps_for_itself_is_not(self):
        self.env.cr.execute(
            "UPDATE intervention_meeting SET follow_up_reminded = TRUE WHERE id = %s",
            [self.meeting.id],
        )
        self.assertEqual(self.news(), [])

    def test_a_students_name_and_number_are_noted(self):
        self.meeting.student_id.sudo().name = "Another"
        self.assertEqual(self.news(), [("changed", self.fm.id)])
        self.meeting.student_id.sudo().student_number = "T-9"
        self.assertEqual(self.news(), [("changed", self.fm.id)])
        self.meeting.student_id.sudo().phone = "123"
        self.assertEqual(self.news(), [])

    def test_nobody_of_the_school_reads_it(self):
        for user in (self.fm, self.boss, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intervention.feed"].with_user(user).search([])
