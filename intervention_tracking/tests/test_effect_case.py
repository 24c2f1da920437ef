import json
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .attendance_common import AttendanceCase

# 20 days before the meeting, and its day.
BEFORE = "aaaa" + "p" * 17


@tagged("standard", "post_install", "-at_install")
class TestEffectOfCase(AttendanceCase):
    """What is said of one case about the time since the meeting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["intervention.meeting"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.others = [
            self._new_student(f"Quokka {missed}", school_class=self.class_b)
            for missed in range(2, 7)
        ]
        for missed, student in enumerate(self.others, 2):
            self.live(student, missed)

    def live(self, student, missed, after=20):
        """Let a student miss so many days after the day of the meeting.

        :return: the day of the meeting
        """
        pattern = BEFORE + "a" * missed + "p" * (after - missed)
        return self.store_pattern(student, pattern, self.school_days(42)[20 + after])[
            20
        ]

    def case(self, missed, after=20, student=None, **vals):
        student = student or self.ada
        day = self.live(student, missed, after)
        return self.record(student_id=student.id, meeting_date=day, **vals)

    def keep(self, case):
        effects = self.env["intervention.effect"].sudo()
        effects._keep(effects._computed(case.company_id, case.ids))

    # --- the words ---

    def test_where_the_student_is_among_the_others_is_said_in_words(self):
        for missed, title, conclusion, first_line in (
            (0, "Fewer Than Most", "less_absence", "0 days missed"),
            (1, "Fewer Than Most", "less_absence", "1 day missed"),
            (3, "Like Others", "chance", "3 days missed"),
            (9, "More Than Most", "more_absence", "9 days missed"),
        ):
            student = self._new_student(f"Missed {missed}", school_class=self.class_a)
            told = self.case(missed, student=student).get_effect()
            with self.subTest(missed):
                self.assertEqual(
                    (told["title"], told["conclusion"]), (title, conclusion)
                )
                self.assertEqual(
                    told["lines"],
                    [
                        f"{first_line} in the 20 days after.",
                        "Of 5 similar students without a meeting, half missed 3 to 5.",
                    ],
                )
                self.assertIsNone(told["left_out"])
                self.assertEqual((told["count"], told["missed_before"]), (5, 4))
                self.assertEqual(told["net"], missed - 4)

    def test_the_days_are_those_of_the_student_on_both_sides(self):
        told = self.case(3).get_effect()
        for side, marks in (
            ("before", ["unexcused"] * 4 + ["present"] * 16),
            ("after", ["unexcused"] * 3 + ["present"] * 17),
        ):
            self.assertEqual([day["mark"] for day in told[side]], marks)

    def test_it_is_too_early_until_a_day(self):
        told = self.case(2, after=13).get_effect()
        self.assertEqual(
            (told["conclusion"], told["left_out"], told["days"]),
            ("too_early", "early", 13),
        )
        until = self.env["intervention.meeting"]._effect_title(
            {
                "state": "early",
                "days_done": 13,
                "early_until": self.TODAY + timedelta(days=10),
            }
        )
        self.assertEqual(until, "Too early until Dec 7, 2026 (13 of 20 days)")
        self.assertRegex(told["title"], r"Too early until .* \(13 of 20 days\)")
        self.assertEqual(told["lines"], [])
        self.assertEqual(len(told["after"]), 13)

    def test_too_few_similar_students_are_shown_as_such(self):
        case = self.case(3)
        self.others[0].student_left_on = case.meeting_date
        told = case.get_effect()
        self.assertEqual(
            (told["title"], told["conclusion"], told["left_out"], told["count"]),
            ("Too few similar students", "too_few", "few_alike", 4),
        )
        self.assertEqual(told["lines"], ["3 days missed in the 20 days after."])
        self.assertIsNone(told["high"])

    def test_who_left_and_who_was_met_before_is_not_compared(self):
        case = self.case(3)
        later = self.record(
            meeting_date=case.meeting_date + timedelta(days=3), root_cause="other"
        )
        told = later.get_effect()
        self.assertEqual(
            (told["title"], told["left_out"]),
            ("Not counted by itself: a meeting shortly before", "again"),
        )
        self.ada.student_left_on = case.meeting_date + timedelta(days=8)
        told = case.get_effect()
        self.assertEqual((told["left_out"], told["conclusion"]), ("left", "too_few"))
        self.assertRegex(told["title"], r"^Left before .* of 20 days\)$")

    def test_of_whom_nothing_is_known_nothing_is_told(self):
        told = self.record().get_effect()
        self.assertEqual((told["left_out"], told["before"]), ("few_days", []))
        archived = self.archived(student_id=self.ben.id).with_user(self.boss)
        self.assertIs(archived.get_effect(), False)

    def test_a_plan_that_was_not_carried_out_has_not_failed(self):
        case = self.case(9)
        for answer, words in (("not", "tells nothing"), ("partly", "in part")):
            case.plan_kept = answer
            self.assertIn(words, case.get_effect()["lines"][-1])
        case.plan_kept = "kept"
        self.assertEqual(len(case.get_effect()["lines"]), 2)

    # --- marks that were corrected ---

    def test_marks_corrected_later_are_shown_beside_what_was_computed_first(self):
        case = self.case(3)
        self.keep(case)
        told = case.get_effect()
        self.assertFalse(told["is_corrected"])
        self.assertEqual(told["first"]["missed_after"], 3)
        days = self.school_days(21)
        self.store(*(self.mark(self.ada, day, "present") for day in days))
        told = case.get_effect()
        self.assertTrue(told["is_corrected"])
        for each, values in (
            (told, (0, "less_absence")),
            (told["first"], (3, "chance")),
        ):
            self.assertEqual((each["missed_after"], each["conclusion"]), values)
        self.assertIn("it was: 3 days missed", told["lines"][-1])
        self.assertTrue(told["lines"][-1].endswith("Like Others."))

    # --- who is told ---

    def test_it_is_told_to_who_may_read_the_case(self):
        case = self.case(3)
        for user in (self.fm, self.boss):
            self.assertEqual(case.with_user(user).get_effect()["count"], 5)
        for user in (self.fm2, self.staff, self.portal, self.public):
            with self.subTest(user.login), self.assertRaises(AccessError):
                case.with_user(user).get_effect()

    def test_the_similar_students_are_named_by_no_door(self):
        case = self.case(3)
        case = case.with_user(self.fm)
        method = type(case)._detail_json
        told = json.dumps([case.get_effect(), case._effects_json()])
        told += method(case, case.id)[1]
        self.assertNotIn("Quokka", told)
        self.assertNotIn("alike", told)
        ids = {each.id for each in self.others}
        self.assertTrue(ids <= set(case._effect(with_students=True)["alike_ids"]))

        def numbers(value):
            if isinstance(value, dict | list):
                each = value.values() if isinstance(value, dict) else value
                return set().union(*map(numbers, each))
            return {value} if isinstance(value, int) else set()

        self.assertFalse(ids & numbers(case.get_effect()))

    def test_http_tells_the_same(self):
        case = self.case(3).with_user(self.fm)
        told = case.get_effect()
        found = json.loads(case._detail_json(case.id)[1])["effect"]
        self.assertEqual(found, {name: told[name] for name in found})
        self.assertEqual(found["conclusion"], "chance")

    def test_several_are_told_in_no_more_statements_than_one(self):
        students = [self._new_student(f"Together {each}") for each in range(4)]
        cases = [self.case(3, student=each).id for each in students]
        # What was computed already is told with what was computed first.
        self.keep(self.meetings(self.boss).browse(cases[3]))
        meetings = self.meetings(self.boss)

        def statements(ids):
            meetings._details_json(ids)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = json.loads(meetings._details_json(ids))
            return self.env.cr.sql_log_count - before, found

        counts = [statements(cases[:number])[0] for number in (2, 3)]
        self.assertEqual(*counts)
        _count, found = statements(cases)
        self.assertEqual([each["id"] for each in found], cases)
        for each, first in zip(found, [None, None, None, "chance"], strict=True):
            self.assertEqual(each["effect"]["conclusion"], "chance")
            self.assertEqual((each["effect"]["first"] or {}).get("conclusion"), first)
