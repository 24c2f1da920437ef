from odoo.tests import tagged

from .common import RESOLUTION, STATUSES, InterventionCase

ACTIVE = STATUSES[:-1]


@tagged("standard", "post_install", "-at_install")
class TestTransitions(InterventionCase):
    """Rule 5: how a status changes, and what is final."""

    def _meetings_in(self, statuses):
        for status in statuses:
            student = self._new_student(f"Was {status}")
            yield status, self.in_status(status, student_id=student.id)

    def test_an_active_meeting_moves_to_every_other_status(self):
        for old in ACTIVE:
            for new in STATUSES:
                if new == old:
                    continue
                with self.subTest(old=old, new=new):
                    student = self._new_student(f"{old} {new}")
                    meeting = self.in_status(old, student_id=student.id)
                    meeting.write({"status": new, "resolution_notes": RESOLUTION})
                    self.assertEqual(meeting.status, new)

    def test_the_same_status_changes_nothing(self):
        for status, meeting in self._meetings_in(STATUSES):
            with self.subTest(status):
                before = self.progress(meeting)
                meeting.write({"status": status})
                self.assertEqual(meeting.status, status)
                self.assertEqual(self.progress(meeting), before)

    def test_a_closed_meeting_moves_nowhere(self):
        for new in ACTIVE:
            meeting = self.in_status("closed", student_id=self._new_student(new).id)
            for user in (self.fm, self.boss, self.env.user):
                with self.subTest(new=new, user=user.login):
                    with self.assertRefused("status"):
                        meeting.with_user(user).write({"status": new})

    def test_the_content_of_a_closed_meeting_is_frozen(self):
        meeting = self.in_status(
            "closed", meeting_date=self.day(-1), follow_up_date=self.day(3)
        )
        for name, value in {
            "student_id": self.ben.id,
            "meeting_date": self.day(-2),
            "absence_reason": "Another reason",
            "root_cause": "other",
            "intervention_notes": "Other notes",
            "action_plan": "Another plan",
            "urgency_level": "high",
            "follow_up_date": self.day(9),
            "resolution_notes": "Another end",
        }.items():
            for user in (self.fm, self.boss, self.env.user):
                with self.subTest(name, user=user.login), self.assertRefused(name):
                    meeting.with_user(user).write({name: value})

    def test_the_content_of_a_closed_meeting_can_not_be_emptied(self):
        meeting = self.in_status("closed", follow_up_date=self.day(3))
        for name in ("follow_up_date", "resolution_notes", "action_plan"):
            with self.subTest(name), self.assertRefused(name):
                meeting.write({name: False})

    def test_the_date_of_closing_is_frozen(self):
        meeting = self.in_status("closed")
        for value in (self.day(-1), False):
            with self.subTest(value=value), self.assertRefused("closed_date"):
                meeting.write({"closed_date": value})

    def test_a_closed_meeting_is_saved_unchanged(self):
        meeting = self.in_status("closed")
        names = ["student_id", "meeting_date", "root_cause", "action_plan", "status"]
        meeting.write(meeting.read(names, load=None)[0])
        self.assertEqual(meeting.status, "closed")

    def test_a_note_on_a_closed_meeting_is_accepted(self):
        meeting = self.in_status("closed")
        note = self.add_update(meeting, "Still comes to school.")
        self.assertRecordValues(
            note,
            [
                {
                    "update_text": "Still comes to school.",
                    "old_status": "closed",
                    "new_status": "closed",
                }
            ],
        )

    def test_a_note_can_not_reopen_a_closed_meeting(self):
        meeting = self.in_status("closed")
        for status in ("open", "escalated"):
            with self.subTest(status), self.assertRefused("status"):
                self.add_update(meeting, status=status)

    def test_closing_without_resolution_notes_is_refused(self):
        meeting = self.record()
        for vals in ({}, {"resolution_notes": False}, {"resolution_notes": " \n"}):
            with self.subTest(vals=vals), self.assertRefused("resolution_notes"):
                meeting.write({"status": "closed", **vals})

    def test_closing_with_a_note_needs_resolution_notes(self):
        meeting = self.record()
        for notes in (None, "", " \u00a0"):
            with self.subTest(notes=notes), self.assertRefused("resolution_notes"):
                self.add_update(meeting, status="closed", resolution_notes=notes)

    def test_closing_takes_resolution_notes_written_before(self):
        meeting = self.record()
        meeting.write({"resolution_notes": RESOLUTION})
        meeting.write({"status": "closed"})
        self.assertEqual(meeting.status, "closed")

    def test_closing_keeps_the_day_and_the_notes(self):
        meeting = self.record()
        meeting.write({"status": "closed", "resolution_notes": f" {RESOLUTION}\n"})
        self.assertRecordValues(
            meeting, [{"closed_date": self.day(0), "resolution_notes": RESOLUTION}]
        )

    def test_an_active_meeting_has_no_date_of_closing(self):
        for status, meeting in self._meetings_in(ACTIVE):
            with self.subTest(status):
                self.assertFalse(meeting.closed_date)

    def test_a_meeting_is_created_open_monitoring_or_escalated(self):
        for status in ("open", "monitoring", "escalated"):
            with self.subTest(status):
                student = self._new_student(status)
                meeting = self.record(student_id=student.id, status=status)
                self.assertEqual(meeting.status, status)

    def test_a_meeting_is_not_created_in_another_status(self):
        for status in ("improving", "not_improving", "closed", False):
            for user in (self.fm, self.boss):
                with (
                    self.subTest(status, user=user.login),
                    self.assertRefused("status"),
                ):
                    self.record(user, status=status, resolution_notes=RESOLUTION)

    def test_a_copy_of_a_closed_meeting_is_open(self):
        copy = self.in_status("closed").copy()
        self.assertRecordValues(
            copy, [{"status": "open", "closed_date": False, "resolution_notes": False}]
        )

    def test_several_are_moved_at_once(self):
        one = self.record()
        two = self.in_status("improving", root_cause="other")
        (one | two).write({"status": "monitoring"})
        self.assertEqual((one | two).mapped("status"), ["monitoring"] * 2)

    def test_those_that_have_the_status_are_left_alone(self):
        one = self.record()
        two = self.in_status("monitoring", root_cause="other")
        before = self.progress(two)
        (one | two).write({"status": "monitoring", "urgency_level": "high"})
        self.assertEqual((one | two).mapped("urgency_level"), ["high"] * 2)
        self.assertEqual(len(self.progress(one)), 1)
        self.assertEqual(self.progress(two), before)

    def test_closing_several_leaves_the_date_of_those_closed_before(self):
        old = self.in_status("closed")
        self.flush_tracking()
        self.env.cr.execute(
            "UPDATE intervention_meeting SET closed_date = %s WHERE id = %s",
            [self.day(-3), old.id],
        )
        old.invalidate_recordset()
        new = self.record(root_cause="other")
        (old | new).write({"status": "closed", "resolution_notes": RESOLUTION})
        self.assertEqual((old | new).mapped("closed_date"), [self.day(-3), self.day(0)])

    def test_one_closed_meeting_stops_moving_several(self):
        closed = self.in_status("closed")
        other = self.record(root_cause="other")
        with self.assertRefused("status"):
            (closed | other).write({"status": "monitoring"})
        self.assertEqual(other.status, "open")

    def test_one_without_resolution_notes_stops_closing_several(self):
        ready = self.record(resolution_notes=RESOLUTION)
        other = self.record(root_cause="other")
        with self.assertRefused("resolution_notes"):
            (ready | other).write({"status": "closed"})
        self.assertEqual(ready.status, "open")

    def test_the_student_is_corrected_while_there_is_no_update(self):
        meeting = self.record()
        meeting.write({"student_id": self.ben.id})
        self.assertEqual(meeting.student_id, self.ben)

    def test_the_student_is_fixed_after_a_note(self):
        meeting = self.record()
        self.add_update(meeting)
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login), self.assertRefused("student_id"):
                meeting.with_user(user).write({"student_id": self.ben.id})

    def test_the_student_is_fixed_after_a_change_of_status(self):
        meeting = self.in_status("monitoring")
        with self.assertRefused("student_id"):
            meeting.write({"student_id": self.ben.id})

    def test_an_archived_meeting_does_not_change_its_status(self):
        meeting = self.archived().with_user(self.boss)
        with self.assertRefused("status"):
            meeting.write({"status": "monitoring"})

    def test_archiving_and_changing_the_status_at_once_is_refused(self):
        meeting = self.record()
        with self.assertRefused("status"):
            meeting.write({"status": "monitoring", "active": False})
