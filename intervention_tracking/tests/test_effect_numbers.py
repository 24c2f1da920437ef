import random
from datetime import timedelta
from fractions import Fraction
from statistics import fmean
from unittest.mock import patch

from odoo.tests import tagged

from ..tools.effect import mean_range
from .effect_common import EffectCase
from .effect_plain import PlainSchool, mean_and_range, percentile
from .synthetic_school import CLASS_SIZE, CLASSES, DAYS, school

POINTS = 5  # of a share, in a day of 20
MISSED = {"p": Fraction(0), "a": Fraction(1), "h": Fraction(1, 2)}


class SyntheticCase(EffectCase):
    """Synthetic schools, of as many classes as a test needs."""

    CLASSES = CLASSES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Where students stand is no matter of it, and takes most of the time.
        cls.startClassPatcher(patch.object(type(cls.standings), "_refresh"))
        cls.students = cls.new_students(cls.CLASSES * CLASS_SIZE)
        cls.time = cls.school_days(DAYS)
        # PostgreSQL plans by what it knows of the tables, which is nothing of these.
        cls.env.cr.execute("ANALYZE res_partner")
        cls.days._store([], cls.source, covers=(cls.time[0], cls.time[5]))
        cls.env.cr.execute("ANALYZE intervention_attendance")
        cls.env.cr.execute("DELETE FROM intervention_attendance")

    def store_absences(self, absences):
        """Store a school; a source of absences only is the shortest way to do so."""
        self.store(
            *(
                self.mark(student, day)
                for student, missed in zip(self.students, absences, strict=True)
                for day, absent in zip(self.time, missed, strict=True)
                if absent
            ),
            covers=(self.time[0], self.time[-1]),
        )

    def met(self, meetings):
        return self.met_on(
            *((self.students[place], self.time[day]) for place, day in meetings.items())
        )

    def computed(self, cases):
        return self.effects._computed(self.env.company, cases.ids)

    def figure(self, cases):
        """Return the figure of a school, in points: its mean and range."""
        self.build_totals()
        nets = [
            each["net"] * POINTS
            for each in self.computed(cases).values()
            if each["state"] == "counted"
        ]
        return mean_range(nets)


@tagged("post_install", "-at_install")
class TestEffectSynthetic(SyntheticCase):
    """Of a school where meetings do nothing it says so, and of the other one, too."""

    def test_meetings_that_do_nothing_and_meetings_that_help(self):
        nothing, less = [], []
        for seed in range(1, 11):
            with self.env.cr.savepoint() as point:
                absences, meetings = school(seed)
                self.store_absences(absences)
                cases = self.met(meetings)
                nothing.append(self.figure(cases))
                # The other school is the same but for some absences less.
                fewer, _meetings = school(seed, 0.3)
                self.store(
                    *(
                        self.mark(self.students[place], day, "present")
                        for place in meetings
                        for day, was, absent in zip(
                            self.time, absences[place], fewer[place], strict=True
                        )
                        if was > absent
                    )
                )
                less.append(self.figure(cases))
                point.rollback()
            self.env.invalidate_all()
        self.assertLess(abs(fmean(mean for mean, _low, _high in nothing)), 1.5)
        beyond = [each for each in nothing if not each[1] <= 0 <= each[2]]
        self.assertLessEqual(len(beyond), 1)
        self.assertLessEqual(fmean(mean for mean, _low, _high in less), -2)


@tagged("post_install", "-at_install")
class TestEffectVariants(SyntheticCase):
    """However the marks come in, the same days give the same figures."""

    CLASSES = 8

    def variant(self, store):
        """Return what is computed of a school that is stored in some way."""
        with self.env.cr.savepoint() as point:
            absences, meetings = school(3, classes=self.CLASSES)
            store(absences)
            self.build_totals()
            found = [
                (each["student_id"], each["state"], each["net"], each["alike_count"])
                for each in self.computed(self.met(meetings)).values()
            ]
            point.rollback()
        self.env.invalidate_all()
        return found

    def store_all(self, absences, slots=("",)):
        self.store(
            *(
                self.mark(student, day, "unexcused" if absent else "present", slot)
                for student, missed in zip(self.students, absences, strict=True)
                for day, absent in zip(self.time, missed, strict=True)
                for slot in slots
            )
        )

    def test_absences_only_and_two_sessions_change_nothing(self):
        plain = self.variant(self.store_absences)
        self.assertTrue([each for each in plain if each[1] == "counted"])
        self.assertEqual(self.variant(self.store_all), plain)
        two = self.variant(lambda absences: self.store_all(absences, ("1", "2")))
        self.assertEqual(two, plain)


@tagged("post_install", "-at_install")
class TestEffectPlain(EffectCase):
    """A second computation, in the plainest way, comes to the same of every case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Where students stand is no matter of it.
        cls.startClassPatcher(patch.object(type(cls.standings), "_refresh"))
        cls.students = cls.new_students(45)
        # There are holidays, before meetings and after them.
        days = cls.school_days(74)
        cls.time = days[:24] + days[29:44] + days[49:]

    def random_school(self, rnd):
        """Return a school: what students had by day, who was met, and who left."""
        patterns, left = {}, {}
        for student in self.students:
            propensity = rnd.choice((0.02, 0.05, 0.1, 0.1, 0.2, 0.2, 0.3))
            pattern, absent = [], False
            for _day in self.time:
                absent = rnd.random() < (0.5 if absent else propensity)
                letter = rnd.choice("aaah") if absent else "p"
                if rnd.random() < 0.06:
                    letter = rnd.choice("??n")
                pattern.append(letter)
            if rnd.random() < 0.1:
                came = rnd.randrange(30)
                pattern[:came] = "?" * came
            if rnd.random() < 0.15:
                left[student] = rnd.choice(self.time[20:])
            patterns[student] = pattern
        meetings = [
            (day, student)
            for student in rnd.sample(list(self.students), 14)
            for day in rnd.sample(self.time[18:46], rnd.choice((1, 1, 2)))
        ]
        return patterns, sorted(meetings, key=lambda each: each[0]), left

    def store_random(self, rnd, patterns, left):
        """Store a school in one of several ways; nothing may depend on which."""
        way = rnd.choice(("no totals", "totals", "old totals"))
        if way == "old totals":
            # Some days come later, and some say something else before.
            earlier = {
                student: [
                    rnd.choice("pa?")
                    if letter != "?" and rnd.random() < 0.05
                    else letter
                    for letter in pattern
                ]
                for student, pattern in patterns.items()
            }
            self.store_days(earlier, self.time)
            self.env.cr.execute(
                "UPDATE intervention_attendance SET updated_at = updated_at - %s",
                [timedelta(days=1)],
            )
            self.build_totals(self.env.cr.now().replace(microsecond=0))
        self.store_days(patterns, self.time)
        for student, day in left.items():
            self.env.cr.execute(
                "UPDATE res_partner SET student_left_on = %s WHERE id = %s",
                [day, student.id],
            )
        self.env.invalidate_all()
        if way == "totals":
            self.build_totals()

    def compare(self, seed):
        """Hold every case of a random school against the other computation.

        :return: how many cases were counted
        """
        rnd = random.Random(seed)
        patterns, meetings, left = self.random_school(rnd)
        cases = self.met_on(*((student, day) for day, student in meetings))
        self.store_random(rnd, patterns, left)
        plain = PlainSchool(
            {
                student.id: {
                    day: MISSED[letter]
                    for day, letter in zip(self.time, pattern, strict=True)
                    if letter in MISSED
                }
                for student, pattern in patterns.items()
            },
            [(day, student.id) for day, student in meetings],
            {student.id: day for student, day in left.items()},
        )
        stored = self.effects._computed(self.env.company, cases.ids, True)
        nets, plain_nets = [], []
        for case in cases:
            ours = stored[case.id]
            alone = case._effect(with_students=True)
            self.assertEqual({**ours, "first": None}, alone)
            theirs = plain.effect(case.student_id.id, case.meeting_date)
            self.assertSame(ours, theirs)
            if theirs.others:
                nets.append(ours["net"])
                plain_nets.append(float(theirs.net))
        if len(nets) > 1:
            for ours, theirs in zip(
                mean_range(nets), mean_and_range(plain_nets), strict=True
            ):
                self.assertAlmostEqual(ours, theirs, delta=1e-9)
        return len(nets)

    def assertSame(self, ours, theirs):
        state = "early" if ours["state"] == "left" else ours["state"]
        self.assertEqual(state, theirs.state)
        if state not in ("counted", "few_alike"):
            return
        names = ("before_first", "before_last", "after_first", "after_last")
        self.assertEqual(tuple(ours[f"day_{name}"] for name in names), theirs.windows)
        self.assertEqual(ours["alike_ids"], theirs.alike)
        self.assertEqual(ours["alike_points"], theirs.points)
        self.assertEqual(ours["missed_after"], float(theirs.missed_after))
        if state == "few_alike":
            return
        self.assertAlmostEqual(ours["net"], float(theirs.net), delta=1e-9)
        for name, share in (("low", "1/4"), ("median", "1/2"), ("high", "3/4")):
            value = float(percentile(theirs.others, share))
            self.assertAlmostEqual(ours[f"alike_{name}"], value, delta=1e-9)
        rank = "like"
        if theirs.missed_after < percentile(theirs.others, "1/5"):
            rank = "fewer"
        elif theirs.missed_after > percentile(theirs.others, "4/5"):
            rank = "more"
        self.assertEqual(ours["rank"], rank)

    def test_twenty_random_schools(self):
        counted = 0
        for seed in range(20):
            with self.subTest(seed), self.env.cr.savepoint() as point:
                counted += self.compare(seed)
                point.rollback()
            self.env.invalidate_all()
        self.assertGreater(counted, 60)
