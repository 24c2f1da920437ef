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
