import random
from fractions import Fraction

from odoo.tests import tagged

from .attendance_common import AttendanceCase

LIMITS = {
    "watch": Fraction(5, 100),
    "chronic": Fraction(10, 100),
    "severe": Fraction(20, 100),
}
BANDS = ["none", *LIMITS]


def expected_standing(days):
    """Return where a student stands, from the description of attendance alone.

    :param days: of one school year, in the order of time: tuples of the day and, of the
        possible ones, which part was missed, else None
    """
    possible = [(day, absent) for day, absent in days if absent is not None]
    levels = []
    for number in range(1, len(possible) + 1):
        rate = sum(absent for _day, absent in possible[:number]) / number
        enough = number >= 10
        levels.append(sum(enough and rate >= limit for limit in LIMITS.values()))
    in_a_row = 0
    for _day, absent in reversed(possible):
        if absent != 1:
            break
        in_a_row += 1
    row_since = possible[len(possible) - in_a_row + 2][0] if in_a_row >= 3 else False
    level = levels[-1] if levels else 0
    band_since = False
    for (day, _absent), then in zip(reversed(possible), reversed(levels), strict=True):
        if not level or then < level:
            break
        band_since = day
    recent = possible[-20:]
    missed = sum(absent for _day, absent in possible)
    return {
        "last_day": days[-1][0],
        "year_possible": len(possible),
        "year_absent": missed,
        "recent_possible": len(recent),
        "recent_absent": sum(absent for _day, absent in recent),
        "in_a_row": in_a_row,
        "band": BANDS[level],
        "band_since": band_since,
        "row_since": row_since,
        "attention_since": max(filter(None, (band_since, row_since)), default=False),
        "rate": missed / len(possible) if possible else 0,
    }


@tagged("post_install", "-at_install")
class TestAttendanceStanding(AttendanceCase):
    """Where students stand."""

    def assertStanding(self, student, expected):
        standing = self.standing(student)
        for name, value in expected.items():
            if isinstance(value, (Fraction, float, int)) and value is not False:
                self.assertAlmostEqual(standing[name], float(value), 2, name)
            else:
                self.assertEqual(standing[name], value, name)

    def test_three_days_in_a_row_call_for_a_talk_without_a_band(self):
        days = self.store_pattern(self.ada, "ppaea")
        self.assertStanding(
            self.ada,
            {
                "in_a_row": 3,
                "band": "none",
                "row_since": days[4],
                "attention_since": days[4],
                "year_possible": 5,
                "year_absent": 3,
                "year_excused": 1,
                "rate": 0.6,
            },
        )

    def test_any_days_give_the_standing_that_is_described(self):
        for seed in range(60):
            chance = random.Random(seed)
            count = chance.choice((3, 9, 10, 11, 25, 55))
            days = self.school_days(count)
            facts, marks = [], []
            missing = chance.random() ** 2
            for day in days:
                slots = chance.choice((1, 1, 2, 3))
                if chance.random() < 0.1 and day != days[-1]:
                    continue
                meanings = [
                    chance.choice(("excused", "unexcused"))
                    if chance.random() < missing
                    else chance.choice(("present", "late", "elsewhere"))
                    for _slot in range(slots)
                ]
                if chance.random() < 0.1:
                    meanings[0] = "not_required"
                counted = [each for each in meanings if each != "not_required"]
                absent = [each for each in counted if "excused" in each]
                facts.append(
                    (day, Fraction(len(absent), len(counted)) if counted else None)
                )
                marks += [
                    self.mark(self.ada, day, meaning, str(slot))
                    for slot, meaning in enumerate(meanings)
                ]
            with self.subTest(seed=seed):
                self.env.cr.execute("DELETE FROM intervention_attendance")
                chance.shuffle(marks)
                self.store(*marks)
                self.assertStanding(self.ada, expected_standing(facts))

    def test_any_order_of_the_same_facts_gives_the_same_days_and_standing(self):
        register = self._new_source("Register", kind="register")
        absences = self._new_source("Absences", holds="absences")
        days = self.school_days(14)
        students = self.ada | self.ben
        for seed in range(12):
            chance = random.Random(seed)
            facts = {
                (student, day): chance.choice(
                    ("present", "excused", "unexcused", "late", "not_required", None)
                )
                for student in students
                for day in days
            }
            # The last day is known, so that the year is the same in any order.
            facts[self.ada, days[-1]] = facts[self.ben, days[-1]] = "present"
            told = [
                self.mark(student, day, meaning)
                for (student, day), meaning in facts.items()
                if meaning
            ]
            results = []
            for _order in range(3):
                self.env.cr.execute("DELETE FROM intervention_attendance")
                chance.shuffle(told)
                cut = chance.randrange(len(told))
                wrong = [
                    (*mark[:3], "excused", *mark[4:]) for mark in chance.sample(told, 5)
                ]
                runs = [(told[:cut], register), (told[cut:], self.source)]
                chance.shuffle(runs)
                runs.insert(chance.randrange(2), (wrong, absences))
                # Whatever was wrong is corrected in the end, and repeats do nothing.
                runs += [(told[cut:], absences), (told[:cut], register)]
                runs.append(chance.choice(runs[-2:]))
                for marks, source in runs:
                    self.store(*chance.sample(marks, len(marks)), source=source)
                results.append(
                    [
                        self.days.search(
                            [("student_id", "in", students.ids)],
                            order="student_id, date",
                        ).mapped(
                            lambda day: (day.student_id, day.date, day.kind, day.absent)
                        ),
                        self.standings.search(
                            [("student_id", "in", students.ids)], order="student_id"
                        ).read(
                            [
                                "student_id",
                                "band",
                                "rate",
                                "in_a_row",
                                "attention_since",
                            ],
                            load=False,
                        ),
                    ]
                )
                for row in results[-1][1]:
                    row.pop("id")
            with self.subTest(seed=seed):
                self.assertEqual(results[0], results[1])
                self.assertEqual(results[0], results[2])
                known = {
                    (student, day): kind for student, day, kind, _ in results[0][0]
                }
                self.assertEqual(
                    known, {key: value for key, value in facts.items() if value}
                )
                self.assertTrue(all(0 <= row["rate"] <= 1 for row in results[0][1]))

    def test_registers_files_and_what_is_taken_back_end_where_the_facts_are(self):
        """Form masters take registers while files come, err, and are sent again."""
        self.class_a.form_master_id = self.fm
        students = self.ada | self.ben
        students.school_class_id = self.class_a
        days = self.school_days(12)
        register = self.class_a.with_user(self.fm)
        for seed in range(20, 30):
            chance = random.Random(seed)
            # What a register tells the file does not, and of some days nobody does.
            told_by = {day: chance.choice(("register", "file")) for day in days}
            facts = {
                (student, day): chance.choice(
                    ("present", "excused", "unexcused", "late")
                    if told_by[day] == "register"
                    else ("present", "excused", "unexcused", "late", None)
                )
                for student in students
                for day in days
            }
            results = []
            for _order in range(2):
                self.env.cr.execute("DELETE FROM intervention_attendance")
                self.env.invalidate_all()

                def take(day, wrong=False, chance=chance, facts=facts):
                    shown = register.get_register(self.class_a.id, day)
                    register.save_register(
                        day,
                        [
                            {
                                "student": student.id,
                                "meaning": "excused" if wrong else facts[student, day],
                            }
                            for student in chance.sample(students, 2)
                        ],
                        [
                            {**each["mark"], "student": each["id"]}
                            for each in shown["students"]
                            if each["mark"]
                        ],
                    )

                def bring(wrong=False, chance=chance, facts=facts, told_by=told_by):
                    marks = [
                        self.mark(student, day, "late" if wrong else meaning or "late")
                        for (student, day), meaning in facts.items()
                        if told_by[day] == "file" and (wrong or meaning)
                    ]
                    if wrong:
                        marks = chance.sample(marks, len(marks) // 2)
                    if marks:
                        chance.shuffle(marks)
                        self.store(*marks, delete_gone=True)

                registers = [day for day in days if told_by[day] == "register"]
                acts = [lambda day=day: take(day, wrong=True) for day in registers]
                acts += [lambda: bring(wrong=True), bring]
                chance.shuffle(acts)
                # In the end, what is right was said of each day, and by some twice.
                ends = [lambda day=day: take(day) for day in registers] + [bring]
                chance.shuffle(ends)
                for act in [*acts, *ends, *chance.sample(ends, 2)]:
                    act()
                found = self.days.search([("student_id", "in", students.ids)])
                results.append({(it.student_id, it.date): it.kind for it in found})
                standings = self.standings.search([("student_id", "in", students.ids)])
                kept = standings.read(["year_possible", "year_absent", "band", "rate"])
                standings._refresh(students.ids)
                standings.invalidate_recordset()
                anew = standings.read(["year_possible", "year_absent", "band", "rate"])
                self.assertEqual(kept, anew)
                self.assertTrue(all(0 <= it["rate"] <= 1 for it in kept))
            with self.subTest(seed=seed):
                expected = {key: meaning for key, meaning in facts.items() if meaning}
                # A file that ends before a day takes nothing back of it.
                filed = sorted(day for _s, day in expected if told_by[day] == "file")
                for result in results:
                    within = {
                        key: kind
                        for key, kind in result.items()
                        if key in expected or filed[0] <= key[1] <= filed[-1]
                    }
                    self.assertEqual(within, expected)
