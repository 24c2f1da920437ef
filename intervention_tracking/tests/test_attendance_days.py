from datetime import date, datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .attendance_common import AttendanceCase


@tagged("post_install", "-at_install")
class TestAttendanceDays(AttendanceCase):
    """What becomes of marks."""

    def assertDay(self, student, day, **values):
        stored = self.day_of(student, day)
        self.assertTrue(stored)
        for name, value in values.items():
            self.assertEqual(stored[name], value, name)

    def test_a_mark_is_a_day_of_the_class_that_the_student_is_in(self):
        [day] = self.school_days(1)
        counts = self.store(self.mark(self.ada, day, "excused", code="I", note="Flu"))
        self.assertEqual(
            (counts["new"], counts["changed"], counts["students"]), (1, 0, 1)
        )
        self.assertDay(
            self.ada,
            day,
            possible=1,
            absent=1,
            excused=1,
            codes="I",
            note="Flu",
            class_id=self.class_a,
            company_id=self.env.company,
            source_id=self.source,
        )

    def test_several_marks_of_a_day_are_folded(self):
        [day] = self.school_days(1)
        self.store(
            self.mark(self.ada, day, "late", "10", "L", 7),
            self.mark(self.ada, day, "unexcused", "2", "N"),
            self.mark(self.ada, day, "excused", "1", "I"),
            self.mark(self.ada, day, "not_required", "3", "X"),
            self.mark(self.ben, day, "not_required", "1", "X"),
        )
        self.assertDay(
            self.ada,
            day,
            possible=1,
            absent=0.66667,
            excused=0.33333,
            is_late=True,
            minutes_lost=7,
            codes="I N X L",
        )
        self.assertDay(self.ben, day, possible=0, absent=0)

    def test_the_same_again_changes_nothing(self):
        days = self.school_days(3)
        marks = [self.mark(self.ada, day, code="A") for day in days]
        self.store(*marks)
        long_ago = datetime(2026, 11, 1)
        self.env.cr.execute(
            "UPDATE intervention_attendance SET updated_at = %s", [long_ago]
        )
        counts = self.store(*marks, *marks[::-1])
        self.assertEqual((counts["new"], counts["unchanged"]), (0, 3))
        self.days.invalidate_model()
        self.assertEqual(self.day_of(self.ada, days[0]).updated_at, long_ago)
        self.assertFalse(self.changes.search([("student_id", "=", self.ada.id)]))

    def test_a_correction_leaves_what_it_replaced(self):
        [day] = self.school_days(1)
        self.store(self.mark(self.ada, day, code="N"))
        office = self._new_source("Second Office")
        counts = self.store(
            self.mark(self.ada, day, "excused", code="I", note="Letter came"),
            source=office,
        )
        self.assertEqual((counts["new"], counts["changed"]), (0, 1))
        self.assertDay(self.ada, day, absent=1, excused=1, codes="I", source_id=office)
        change = self.changes.search([("student_id", "=", self.ada.id)])
        self.assertRecordValues(
            change,
            [
                {
                    "date": day,
                    "old_excused": 0,
                    "new_excused": 1,
                    "old_codes": "N",
                    "new_codes": "I",
                    "old_note": False,
                    "new_note": "Letter came",
                    "create_uid": self.env.uid,
                    "source_id": office.id,
                }
            ],
        )

    def test_marks_that_contradict_each_other_make_no_day(self):
        [first, second] = self.school_days(2)
        counts = self.store(
            self.mark(self.ada, first, "present"),
            self.mark(self.ada, first, "excused"),
            self.mark(self.ada, second, "excused", "1"),
            self.mark(self.ada, second, "present", "2"),
        )
        self.assertEqual(counts["contradictions"], [(self.ada.id, first)])
        self.assertEqual((counts["new"], counts["contradiction_days"]), (1, 1))
        self.assertFalse(self.day_of(self.ada, first))

    def test_no_day_is_stored_when_school_was_closed_or_after_leaving(self):
        days = self.school_days(4)
        saturday = date(2026, 11, 21)
        self.ada.student_left_on = days[2]
        counts = self.store(
            *(self.mark(self.ada, day) for day in days), self.mark(self.ben, saturday)
        )
        self.assertEqual(
            (counts["new"], counts["after_leaving"], counts["closed_days"]), (2, 2, 1)
        )
        self.assertEqual(
            self.days.search([("student_id", "in", (self.ada | self.ben).ids)]).mapped(
                "date"
            ),
            [days[1], days[0]],
        )

    def test_days_to_come_and_mistyped_years_are_refused(self):
        for day in (self.TODAY + timedelta(days=3), date(1926, 11, 27)):
            with self.assertRaises(ValidationError):
                self.store(self.mark(self.ada, day))

    def test_who_is_no_student_of_the_school_is_refused(self):
        [day] = self.school_days(1)
        for person in (self.fm.partner_id, self.env["res.partner"].browse(10**8)):
            with self.assertRaises(ValidationError):
                self.store(self.mark(person, day))

    def test_a_dry_run_counts_and_stores_nothing(self):
        first, second, third = self.school_days(3)
        self.store(self.mark(self.ada, first), self.mark(self.ada, second))
        marks = [
            self.mark(self.ada, first),
            self.mark(self.ada, second, "present"),
            self.mark(self.ada, third),
        ]
        dry = self.store(*marks, dry_run=True)
        self.assertDay(self.ada, second, absent=1)
        self.assertFalse(self.day_of(self.ada, third))
        self.assertEqual(self.standing(self.ada).last_day, second)
        self.assertEqual(self.store(*marks), dry)
        self.assertEqual((dry["new"], dry["changed"], dry["unchanged"]), (1, 1, 1))

    def test_what_is_gone_from_the_source_is_told_and_taken_back_when_asked(self):
        first, second, third = self.school_days(3)
        other = self._new_source("Other")
        self.store(self.mark(self.ben, second), source=other)
        self.store(*(self.mark(self.ada, day) for day in (first, second, third)))
        again = [self.mark(self.ada, day) for day in (first, third)]
        self.assertEqual(self.store(*again)["gone"], 1)
        self.assertTrue(self.day_of(self.ada, second))
        self.assertEqual(self.store(*again, delete_gone=True)["gone"], 1)
        self.assertFalse(self.day_of(self.ada, second))
        self.assertTrue(self.day_of(self.ben, second))
        self.assertEqual(self.standing(self.ada).year_possible, 2)
        change = self.changes.search([("student_id", "=", self.ada.id)])
        self.assertEqual((change.date, change.old_absent), (second, 1))
        self.env.cr.execute(
            "SELECT new_possible, new_absent FROM intervention_attendance_change "
            "WHERE id = %s",
            [change.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_of_absences_only_the_others_were_there(self):
        days = self.school_days(5)
        self.ben.write({"student_left_on": days[3], "active": False})
        self.cy.student_came_on = days[1]
        register = self._new_source("Register", kind="register")
        self.store(self.mark(self.cy, days[1]), source=register)
        absences = self._new_source("Absences", holds="absences")
        marks = [self.mark(self.ada, days[2], "excused")]
        for _again in range(2):
            self.store(*marks, source=absences, covers=(days[0], days[-1]))
            of = {
                student: "".join(
                    "a" if day.absent else "p"
                    for day in self.days.search(
                        [("student_id", "=", student.id)], order="date"
                    )
                )
                for student in (self.ada, self.ben, self.cy)
            }
            self.assertEqual(of[self.ada], "ppapp")
            self.assertEqual(of[self.ben], "ppp", "left on the fourth day")
            self.assertEqual(
                of[self.cy],
                "appp",
                "came on the second day, and another source knows better of it",
            )
        # The absence was a mistake.
        counts = self.store(source=absences, covers=(days[0], days[-1]))
        self.assertEqual(counts["changed"], 1)
        self.assertDay(self.ada, days[2], absent=0, excused=0)
