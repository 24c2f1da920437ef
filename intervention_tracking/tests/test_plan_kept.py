from datetime import date

import psycopg2
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .attendance_common import AttendanceCase
from .common import RESOLUTION


@tagged("standard", "post_install", "-at_install")
class TestPlanKept(AttendanceCase):
    """Whether the plan was carried out: when it is asked, and how it is kept."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(meeting_date=date(2026, 10, 1))

    def _changes(self, meeting=None):
        self.env.flush_all()
        self.env.invalidate_all()
        changes = (meeting or self.meeting).sudo().change_ids.sorted("id")
        return [(each.field_name, each.old_value, each.new_value) for each in changes]

    def _track(self, meeting=None, user=None):
        return Form(
            self.env["intervention.track"]
            .with_user(user or self.fm)
            .with_context(default_meeting_id=(meeting or self.meeting).id)
        )

    # --- the rules ---

    def test_the_answer_is_a_change_of_the_case_through_every_door(self):
        doors = {
            "write": lambda case, vals: case.write(vals),
            "update": lambda case, vals: case.add_progress("Asked.", **vals),
        }
        vals = {"plan_kept": "partly", "plan_kept_reason": "family"}
        for name, door in doors.items():
            for user in (self.fm, self.boss):
                student = self._new_student(f"{name} {user.login}")
                case = self.record(student_id=student.id).with_user(user)
                door(case, {**vals, "plan_kept_text": " Twice of three. "})
                with self.subTest(name, user=user.login):
                    self.assertEqual(
                        self._changes(case),
                        [
                            ("plan_kept", False, "partly"),
                            ("plan_kept_reason", False, "family"),
                            ("plan_kept_text", False, "Twice of three."),
                        ],
                    )
                    self.assertEqual(case.sudo().change_ids.create_uid, user)

    def test_the_history_reads_the_answer_in_words(self):
        self.meeting.write({"plan_kept": "not", "plan_kept_reason": "events"})
        texts = self.meeting.change_ids.sorted("id").mapped("new_text")
        self.assertEqual(texts, ["Not Kept", "Something came between"])

    def test_others_can_neither_answer_nor_ask(self):
        vals = {"plan_kept": "kept"}
        for user in (self.fm2, self.staff, self.portal, self.public):
            case = self.meeting.with_user(user)
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    case.write(vals)
                with self.assertRaises(AccessError):
                    case.add_progress("Asked.", **vals)

    def test_an_answer_that_contradicts_itself_is_refused(self):
        for vals, fault in (
            ({"plan_kept": "kept", "plan_kept_reason": "family"}, "plan_kept_reason"),
            ({"plan_kept_reason": "family"}, "plan_kept_reason"),
            ({"plan_kept_text": "Half"}, "plan_kept_text"),
            ({"plan_kept": "failed"}, "plan_kept"),
            ({"plan_kept": "not", "plan_kept_reason": "bad"}, "plan_kept_reason"),
        ):
            for door in (
                self.meeting.write,
                lambda vals: self.meeting.add_progress("Asked.", **vals),
                lambda vals: self.record(student_id=self.ben.id, **vals),
            ):
                with self.subTest(vals), self.assertRefused(fault):
                    door(vals)
        self.assertEqual(self._changes(), [])

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_it_as_well(self):
        self.env.flush_all()
        for values in (
            "plan_kept = 'kept', plan_kept_reason = 'family'",
            "plan_kept_reason = 'family'",
            "plan_kept_text = 'Half'",
        ):
            with (
                self.subTest(values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    f"UPDATE intervention_meeting SET {values} WHERE id = %s",
                    [self.meeting.id],
                )

    def test_another_answer_takes_what_was_said_of_the_one_before(self):
        self.meeting.write(
            {"plan_kept": "not", "plan_kept_reason": "other", "plan_kept_text": "No"}
        )
        self.meeting.plan_kept = "kept"
        self.assertRecordValues(
            self.meeting, [{"plan_kept_reason": False, "plan_kept_text": "No"}]
        )
        self.meeting.add_progress("Unclear.", plan_kept=None)
        self.assertRecordValues(
            self.meeting, [{"plan_kept": False, "plan_kept_text": False}]
        )

    def test_nothing_is_added_when_the_note_is_refused(self):
        with self.assertRefused("update_text"):
            self.meeting.add_progress(" ", plan_kept="kept")
        self.assertFalse(self.meeting.plan_kept)
        self.assertEqual(self._changes(), [])

    def test_a_closed_case_can_be_answered_and_is_frozen_else(self):
        case = self.in_status("closed", student_id=self.ben.id)
        case.add_progress("Asked.", plan_kept="kept")
        self.assertEqual((case.plan_kept, case.status), ("kept", "closed"))
        with self.assertRefused("action_plan"):
            case.write({"plan_kept": "not", "action_plan": "Another"})

    def test_somebody_elses_answer_is_not_overwritten_unseen(self):
        seen = self.meeting.version
        self.meeting.with_user(self.boss).plan_kept = "kept"
        stale = self.meeting.with_context(intervention_version=seen)
        with self.assertRefused("plan_kept"):
            stale.add_progress("Asked.", plan_kept="not")
        stale.add_progress("Asked.", plan_kept="kept")

    def test_the_text_can_be_retracted_and_the_answer_not(self):
        self.meeting.write({"plan_kept": "kept", "plan_kept_text": "Of another child"})
        changes = {each.field_name: each for each in self.meeting.change_ids}
        changes["plan_kept_text"].retract("Wrong child")
        self.assertTrue(changes["plan_kept_text"].is_retracted)
        with self.assertRefused("reason"):
            changes["plan_kept"].retract("Wrong child")

    # --- when it is asked ---

    def test_it_is_asked_from_the_20th_possible_day_on(self):
        for count, asked in ((20, False), (21, True)):
            # One of them is the day of the meeting.
            student = self._new_student(f"After {count}")
            days = self.store_pattern(student, "p" * count)
            case = self.record(student_id=student.id, meeting_date=days[0])
            with self.subTest(count):
                self.assertEqual(case.is_plan_asked, asked)

    def test_days_that_were_not_possible_do_not_count(self):
        days = self.school_days(21)
        self.store(
            *(self.mark(self.ada, day, "present") for day in days[:-2]),
            self.mark(self.ada, days[-2], "not_required"),
            self.mark(self.ada, days[-1], "present"),
        )
        self.meeting.meeting_date = days[0]
        self.assertFalse(self.meeting.is_plan_asked)

    def test_without_marks_the_school_days_count(self):
        days = self.school_days(21)
        for place, asked in ((0, True), (1, False)):
            self.meeting.meeting_date = days[place]
            self.assertEqual(self.meeting.is_plan_asked, asked)

    def test_of_who_left_it_is_not_asked(self):
        self.ada.student_left_on = date(2026, 11, 20)
        self.assertFalse(self.meeting.is_plan_asked)

    # --- the tracker ---

    def test_the_tracker_asks_when_it_is_time_and_never_insists(self):
        track = self._track()
        self.assertFalse(track._get_modifier("plan_kept", "invisible"))
        track.update_text = "Came on time."
        track.save().action_add()
        self.assertFalse(self.meeting.plan_kept)
        self.assertEqual(self._changes(), [])
        early = self._track(self.record(student_id=self.ben.id))
        self.assertTrue(early._get_modifier("plan_kept", "invisible"))

    def test_the_tracker_sends_what_was_answered_and_shows_it_the_next_time(self):
        track = self._track()
        track.update_text = "Asked."
        track.plan_kept = "partly"
        track.plan_kept_reason = "school"
        track.plan_kept_text = "Once."
        track.plan_kept = "kept"
        track.save().action_add()
        self.assertRecordValues(
            self.meeting,
            [
                {
                    "plan_kept": "kept",
                    "plan_kept_reason": False,
                    "plan_kept_text": "Once.",
                }
            ],
        )
        again = self._track()
        self.assertEqual(again.plan_kept, "kept")
        again.update_text = "Nothing new."
        again.save().action_add()
        self.assertEqual(len(self._changes()), 2)

    def test_closing_in_the_tracker_takes_the_answer_along(self):
        track = self._track()
        track.status = "closed"
        track.update_text = RESOLUTION
        track.plan_kept = "not"
        track.plan_kept_reason = "unsuitable"
        track.save().action_add()
        self.assertEqual(
            (self.meeting.status, self.meeting.plan_kept), ("closed", "not")
        )
        self.assertEqual(self.meeting.closed_date, fields.Date.today())
