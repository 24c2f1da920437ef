from datetime import date

from odoo.tests import freeze_time, tagged

from ..tools.day import day_text
from .common import InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestComputed(InterventionCase):
    """What is derived from a meeting, and searching by it."""

    def _found(self, *domain, user=None):
        ours = ("student_id", "in", (self.ada | self.ben | self.cy).ids)
        return self.meetings(user or self.fm).search([ours, *domain])

    def test_an_active_meeting_with_a_past_follow_up_is_overdue(self):
        self.assertTrue(self.overdue().is_overdue)

    def test_a_meeting_due_today_is_not_overdue(self):
        meeting = self.record(follow_up_date=self.day(1))
        self.make_older(meeting, 1)
        self.assertEqual(meeting.follow_up_date, self.day(0))
        self.assertFalse(meeting.is_overdue)

    def test_a_meeting_without_a_follow_up_is_not_overdue(self):
        self.assertFalse(self.record().is_overdue)

    def test_a_closed_meeting_is_not_overdue(self):
        meeting = self.in_status("closed", follow_up_date=self.day(1))
        self.make_older(meeting, 2)
        self.assertFalse(meeting.is_overdue)

    def test_overdue_meetings_are_found(self):
        overdue = self.overdue()
        closed = self.in_status(
            "closed", root_cause="other", follow_up_date=self.day(1)
        )
        self.make_older(closed, 2)
        later = self.record(root_cause="family", follow_up_date=self.day(1))
        without = self.record(root_cause="academic")
        rest = closed | later | without
        for domain, expected in (
            (("is_overdue", "=", True), overdue),
            (("is_overdue", "!=", False), overdue),
            (("is_overdue", "in", [True]), overdue),
            (("is_overdue", "=", False), rest),
            (("is_overdue", "!=", True), rest),
            (("is_overdue", "in", [True, False]), overdue | rest),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(set(self._found(domain)), set(expected))

    def test_a_meeting_is_overdue_by_the_day_of_the_user(self):
        self.fm.tz = "Pacific/Auckland"
        self.boss.tz = "America/Los_Angeles"
        with freeze_time("2026-03-08 12:00:00"):
            meeting = self.record(
                meeting_date=date(2026, 3, 8), follow_up_date=date(2026, 3, 10)
            )
        # The 11th in Auckland, the 10th in Los Angeles.
        with freeze_time("2026-03-10 11:30:00"):
            for user, expected in ((self.fm, True), (self.boss, False)):
                found = self._found(("is_overdue", "=", True), user=user)
                with self.subTest(user.tz):
                    self.env.invalidate_all()
                    self.assertEqual(meeting.with_user(user).is_overdue, expected)
                    self.assertEqual(meeting in found, expected)

    def test_overdue_is_not_remembered_from_a_user_of_another_time_zone(self):
        self.fm.tz = "Pacific/Auckland"
        self.boss.tz = "America/Los_Angeles"
        with freeze_time("2026-03-08 12:00:00"):
            meeting = self.record(
                meeting_date=date(2026, 3, 8), follow_up_date=date(2026, 3, 10)
            )
        with freeze_time("2026-03-10 11:30:00"):
            self.env.invalidate_all()
            self.assertTrue(meeting.is_overdue)
            self.assertFalse(meeting.with_user(self.boss).is_overdue)
            self.assertEqual(meeting.days_since_meeting, 3)
            self.assertEqual(meeting.with_user(self.boss).days_since_meeting, 2)

    def test_days_since_the_meeting_are_counted(self):
        for offset in (0, 1, 30):
            student = self._new_student(str(offset))
            meeting = self.record(student_id=student.id, meeting_date=self.day(-offset))
            with self.subTest(offset=offset):
                self.assertEqual(meeting.days_since_meeting, offset)

    def test_a_student_with_two_meetings_is_recurring(self):
        one = self.record()
        self.assertFalse(one.is_recurring)
        two = self.record(root_cause="other")
        self.env.invalidate_all()
        self.assertTrue(one.is_recurring)
        self.assertTrue(two.is_recurring)

    def test_closed_meetings_count_for_recurring(self):
        self.in_status("closed")
        self.assertTrue(self.record().is_recurring)

    def test_archived_meetings_do_not_count_for_recurring(self):
        self.archived()
        self.assertFalse(self.record().is_recurring)

    def test_meetings_of_another_do_not_count_for_recurring(self):
        self.record(self.fm2, root_cause="other")
        meeting = self.record()
        self.assertFalse(meeting.is_recurring)
        self.assertTrue(meeting.with_user(self.boss).is_recurring)

    def test_meetings_of_recurring_students_are_found(self):
        twice = self.record() | self.record(root_cause="other")
        once = self.record(student_id=self.ben.id)
        for domain, expected in (
            (("is_recurring", "=", True), twice),
            (("is_recurring", "!=", False), twice),
            (("is_recurring", "=", False), once),
            (("is_recurring", "!=", True), once),
            (("is_recurring", "in", [True, False]), twice | once),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(set(self._found(domain)), set(expected))

    def test_recurring_students_are_found(self):
        self.record()
        self.record(root_cause="other")
        self.record(student_id=self.ben.id)
        ours = [("id", "in", (self.ada | self.ben | self.cy).ids)]
        students = self.env["res.partner"].with_user(self.fm)
        for domain, expected in (
            (("is_recurring_student", "=", True), self.ada),
            (("is_recurring_student", "=", False), self.ben | self.cy),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(students.search([domain, *ours]), expected)

    def test_updates_are_counted(self):
        meeting = self.in_status("monitoring")
        self.add_update(meeting)
        self.assertEqual(meeting.progress_count, 2)

    def test_three_updates_without_improvement_are_a_warning(self):
        meeting = self.record()
        for number in range(3):
            self.assertFalse(meeting.lacks_improvement, number)
            self.add_update(meeting)
        self.assertTrue(meeting.lacks_improvement)

    def test_an_improvement_ends_the_warning_for_good(self):
        meeting = self.record()
        self.add_update(meeting, status="improving")
        for _number in range(3):
            self.add_update(meeting, status="not_improving")
        self.assertFalse(meeting.lacks_improvement)

    def test_a_closed_meeting_has_no_warning(self):
        meeting = self.record()
        for _number in range(3):
            self.add_update(meeting)
        meeting.write({"status": "closed", "resolution_notes": "Moved away"})
        self.assertFalse(meeting.lacks_improvement)

    def test_a_meeting_is_named_after_student_and_day(self):
        meeting = self.record()
        self.assertEqual(
            meeting.display_name,
            f"Ada Test, {day_text(meeting.env, meeting.meeting_date)}",
        )
