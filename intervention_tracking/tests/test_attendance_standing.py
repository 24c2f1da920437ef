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
