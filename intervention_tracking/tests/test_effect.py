from array import array
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import RestrictViolation

from ..tools.effect import TALLIES, UNIT, tally
from .effect_common import REFRESH, EffectCase
from .test_merge import MergeCase

ENGINE = "odoo.addons.intervention_tracking.models.intervention_effect"
BEFORE = "p" * 15 + "a" * 5
AFTER = "p" + "a" * 2 + "p" * 18


class OneMeetingCase(EffectCase):
    """A student who is met on the 21st of 41 school days, and five like them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Up to yesterday, as more marks of today may come.
        cls.time = cls.school_days(42)[:-1]
        cls.met_day = cls.time[20]
        cls.others = cls.new_students(6)

    def store_school(self, own=BEFORE + AFTER, fifth=BEFORE + AFTER):
        """Store the days of the student, of four others, and of a fifth one."""
        self.store_days(
            {
                self.ada: own,
                **{
                    student: BEFORE + "p" + "a" * number + "p" * (20 - number)
                    for number, student in enumerate(self.others[:4])
                },
                self.others[4]: fifth,
            },
            self.time,
        )

    def outcome(self, left=None, meetings=(), **days):
        """Return what is known of the case, of a school of its own."""
        with self.env.cr.savepoint() as point:
            self.store_school(**days)
            self.met_on(*meetings)
            case = self.met_on((self.ada, self.met_day))
            if left:
                self.ada.student_left_on = left
            effect = case._effect()
            point.rollback()
        self.env.invalidate_all()
        return effect


@tagged("post_install", "-at_install")
class TestEffect(OneMeetingCase):
    """What changed after a meeting, next to similar students without one."""

    def test_what_was_missed_is_next_to_what_others_missed(self):
        self.store_school(fifth=BEFORE + "p" + "a" * 4 + "p" * 16)
        case = self.met_on((self.ada, self.met_day))
        effect = case._effect(with_students=True)
        self.assertEqual(effect["state"], "counted")
        self.assertEqual(effect["alike_ids"], self.others[:5].ids)
        self.assertEqual((effect["missed_before"], effect["missed_after"]), (5, 2))
        self.assertEqual(
            [effect[f"alike_{name}"] for name in ("low", "median", "high", "mean")],
            [1, 2, 3, 2],
        )
        self.assertEqual((effect["net"], effect["rank"]), (0, "like"))
        self.assertIsNone(effect["first"])
        self.refresh()
        row = self.row(case)
        self.assertEqual((row.state, row.net, row.first_net), ("counted", 0, 0))
        self.assertEqual(
            [
                row.day_before_first,
                row.day_before_last,
                row.day_after_first,
                row.day_after_last,
            ],
            [self.time[place] for place in (0, 19, 21, 40)],
        )
        # Again with the running totals, which the job has made.
        again = case._effect(with_students=True)
        self.assertEqual(again.pop("first")["on"], self.TODAY)
        self.assertEqual({**again, "first": None}, effect)

    def test_what_nothing_has_changed_is_not_computed_again(self):
        self.store_school()
        other = self.met_on((self.others[5], self.met_day))
        case = self.met_on((self.ada, self.met_day))
        self.refresh()
        self.env.cr.execute(
            "UPDATE intervention_effect SET seen_at = now() + interval '1 hour'"
        )
        case._effect()
        with self.assertQueryCount(1):
            known = case._effect()
        self.assertEqual((known["state"], known["first"]["state"]), ("counted",) * 2)
        later = "now() + interval '2 hours'"
        one_day = f"UPDATE intervention_attendance SET updated_at = {later} WHERE "
        for is_of_now, what in (
            (True, f"{one_day} date < '{self.time[0]}'"),
            (True, f"{one_day} date > '{self.time[40]}'"),
            (False, f"{one_day} date = '{self.time[0]}'"),
            (False, f"{one_day} date = '{self.time[40]}'"),
            (
                False,
                f"""UPDATE intervention_meeting SET write_date = {later}
                     WHERE id = {other.id}""",
            ),
            (False, f"UPDATE intervention_effect_roll SET changed_at = {later}"),
            (False, "UPDATE intervention_effect SET seen_at = NULL"),
            (
                False,
                f"""UPDATE intervention_meeting SET meeting_date = '{self.time[21]}'
                     WHERE id = {case.id}""",
            ),
        ):
            with self.subTest(what=what), self.env.cr.savepoint() as point:
                self.env.cr.execute(what)
                self.env.invalidate_all()
                case.fetch(["active", "company_id"])
                count = self.env.cr.sql_log_count
                case._effect()
                self.assertEqual(self.env.cr.sql_log_count - count == 1, is_of_now)
                point.rollback()
            self.env.invalidate_all()

    def test_what_tells_of_no_day_is_noted(self):
        self.store_school()
        other = self.met_on((self.others[5], self.met_day))
        self.refresh()
        roll = self.rolls.search([("company_id", "=", self.env.company.id)])
        self.assertFalse(roll.changed_at)
        for act in (
            lambda: other.write({"meeting_date": self.time[19]}),
            lambda: self.others[4].write({"student_left_on": self.time[30]}),
            lambda: self.others[4].write({"student_left_on": False}),
        ):
            self.env.cr.execute("UPDATE intervention_effect_roll SET changed_at = NULL")
            act()
            self.env.flush_all()
            roll.invalidate_recordset()
            self.assertTrue(roll.changed_at)

    def test_a_round_that_takes_several_calls_ends(self):
        self.store_school()
        cases = self.met_on((self.ada, self.met_day), (self.others[0], self.met_day))
        told = []

        def out_of_time(_cron, processed=0, remaining=None, **_kwargs):
            told.append(remaining)
            return 0 if processed else 1

        def one_call():
            told.clear()
            job = type(self.env["ir.cron"])
            with patch.object(job, "_commit_progress", out_of_time):
                self.effects._cron_refresh(batch_size=1)
            return [each for each in told if each is not None][-1]

        # The totals of a month, and there is more to do.
        self.assertEqual(one_call(), 1)
        self.assertFalse(self.row(cases[0]))
        self.build_totals()
        self.env["intervention.meeting"].search([("id", "not in", cases.ids)]).unlink()
        self.assertEqual([one_call() for _call in range(3)], [2, 1, 0])
        self.assertEqual(len(self.row(cases[0]) + self.row(cases[1])), 2)

    def test_after_many_days_nobody_waits_for_the_night(self):
        late = self.others[5]
        job = [("cron_id", "=", self.env.ref(REFRESH).id)]
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count(job)
        with patch(f"{ENGINE}.MANY", 6):
            for triggered, days in ((0, self.time[:5]), (1, self.time[5:11])):
                self.store_days({late: "p" * len(days)}, days)
                self.assertEqual(triggers.search_count(job) - before, triggered)

    def test_days_of_the_student(self):
        self.assertEqual(self.outcome()["state"], "counted")
        few = self.outcome(own="?" + BEFORE[1:] + AFTER)
        self.assertEqual((few["state"], few["alike_count"]), ("few_days", None))
        early = self.outcome(own=BEFORE + AFTER[:-1] + "?")
        self.assertEqual((early["state"], early["days_done"]), ("early", 19))
        # Today's mark may still come.
        self.assertEqual(early["early_until"], self.TODAY)
        early = self.outcome(own=BEFORE + AFTER[:-2] + "??")
        self.assertEqual(early["early_until"], self.TODAY + timedelta(days=3))
        left = self.outcome(own=BEFORE + AFTER[:-1] + "?", left=self.TODAY)
        self.assertEqual((left["state"], left["early_until"]), ("left", None))
        tomorrow = self.TODAY + timedelta(days=1)
        self.assertEqual(self.outcome(left=tomorrow)["state"], "counted")
        self.assertIsNone(self.outcome(own="")["day_before_first"])

    def test_who_is_similar(self):
        within = {
            "15 possible days before": "?????" + "p" * 11 + "aaaa" + AFTER,
            "15 possible days after": BEFORE + "p?????" + "p" * 15,
            "5 points apart": "p" * 14 + "a" * 6 + AFTER,
            "one day less in the last 10": "a" + "p" * 15 + "aaaa" + AFTER,
            "away for half of the last day": "p" * 15 + "aaaah" + AFTER,
        }
        beyond = {
            "nothing known": "",
            "14 possible days before": "??????" + "p" * 10 + "aaaa" + AFTER,
            "14 possible days after": BEFORE + "p??????" + "p" * 14,
            "not required is no possible day": BEFORE + "pnnnnnn" + "p" * 14,
            "15 points apart": "aaa" + "p" * 12 + "aaaaa" + AFTER,
            "two days less in the last 10": "aa" + "p" * 15 + "aaa" + AFTER,
            "there on the last day": "p" * 14 + "aaaaap" + AFTER,
            "last day unknown": "p" * 14 + "aaaaa?" + AFTER,
        }
        for state, patterns in (("counted", within), ("few_alike", beyond)):
            for name, fifth in patterns.items():
                with self.subTest(name):
                    effect = self.outcome(fifth=fifth)
                    self.assertEqual(effect["state"], state)
                    count = 5 if state == "counted" else 4
                    self.assertEqual(effect["alike_count"], count)
                    self.assertEqual(effect["net"] is None, state == "few_alike")

    def test_ten_points_where_five_are_too_few(self):
        wide = self.outcome(fifth="aa" + "p" * 13 + "aaaaa" + AFTER)
        self.assertEqual((wide["state"], wide["alike_points"]), ("counted", 10))
        self.assertEqual(self.outcome()["alike_points"], 5)

    def test_who_was_met(self):
        other = self.others[4]
        for days, state in (
            (60, "few_alike"),
            (61, "counted"),
            (0, "few_alike"),
            (-1, "counted"),
        ):
            with self.subTest(days):
                met = (other, self.met_day - timedelta(days=days))
                self.assertEqual(self.outcome(meetings=[met])["state"], state)

    def test_a_case_counts_once(self):
        for days, state in ((0, "again"), (60, "again"), (61, "counted")):
            with self.subTest(days):
                met = (self.ada, self.met_day - timedelta(days=days))
                effect = self.outcome(meetings=[met])
                self.assertEqual(effect["state"], state)
        self.store_school()
        first = self.met_on((self.ada, self.met_day))
        second = self.met_on((self.ada, self.met_day))
        self.assertEqual(second._effect()["state"], "again")
        first.active = False
        self.assertEqual(second._effect()["state"], "counted")
        self.assertEqual(first._effect(), {})

    def test_a_correction_changes_todays_value_and_not_the_first_one(self):
        self.store_school()
        case = self.met_on((self.ada, self.met_day))
        self.refresh()
        before = self.row(case).net
        self.store(self.mark(self.ada, self.time[21], "present"))
        effect = case._effect()
        self.assertEqual(effect["missed_after"], 1)
        self.assertEqual(effect["first"]["missed_after"], 2)
        self.refresh()
        row = self.row(case)
        self.assertEqual((row.missed_after, row.first_missed_after), (1, 2))
        self.assertEqual((row.net, row.first_net), (before - 1, before))
        for statement in (
            "UPDATE intervention_effect SET first_net = 0",
            "DELETE FROM intervention_effect",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        for act in (lambda: row.write({"net": 0}), row.unlink):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()

    def test_what_was_of_a_wrong_student_goes(self):
        self.store_school()
        case = self.met_on((self.ada, self.met_day))
        self.refresh()
        self.assertTrue(self.row(case).first_on)
        case.student_id = self.others[5]
        self.assertFalse(self.row(case))

    def test_what_is_early_gets_its_first_value_later(self):
        self.store_school(own=BEFORE + AFTER[:-1] + "?")
        case = self.met_on((self.ada, self.met_day))
        self.refresh()
        row = self.row(case)
        self.assertEqual((row.state, row.first_on), ("early", False))
        # More of today's marks may come: the days are over tomorrow.
        self.store(self.mark(self.ada, self.TODAY, "present", "1"))
        self.refresh()
        row = self.row(case)
        self.assertEqual((row.state, row.first_on), ("counted", False))
        self.store(self.mark(self.ada, self.time[40], "present"))
        self.refresh()
        self.assertEqual(self.row(case).first_on, self.TODAY)

    def test_a_run_that_was_cut_short_goes_on_where_it_ended(self):
        self.store_school()
        cases = self.met_on((self.ada, self.met_day), (self.others[0], self.met_day))
        others = self.env["intervention.meeting"].search([("id", "not in", cases.ids)])
        for company, group in others.grouped("company_id").items():
            self.effects._keep(self.effects._computed(company, group.ids))

        def out_of_time(_cron, processed=0, **_kwargs):
            return 0 if processed else 1

        self.build_totals()
        job = type(self.env["ir.cron"])
        for count in (1, 2):
            with patch.object(job, "_commit_progress", out_of_time):
                self.effects._cron_refresh(batch_size=1)
            self.assertEqual(len(self.row(cases[0]) | self.row(cases[1])), count)

    def test_days_that_are_not_kept_leave_what_was_computed(self):
        self.time = self.school_days(41, last=self.TODAY - timedelta(days=800))
        self.met_day = self.time[20]
        self.store_school()
        self.store_days({self.ada: "pa"}, self.school_days(3))
        case = self.met_on((self.ada, self.met_day))
        self.refresh()
        before = case._effect()
        self.assertEqual(before["state"], "counted")
        self.settings_without_contact().attendance_years = 1
        job = self.env.ref("intervention_tracking.ir_cron_keep_attendance")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.refresh()
        self.assertEqual(case._effect(), before)
        totals = self.env["intervention.effect.total"]
        days = totals._days(self.env.company)
        self.assertEqual(days, self.school_days(3)[:2])
        had = array(TALLIES, totals._of_day(self.env.company, days[-1]))
        self.assertEqual([each for each in had if each], [tally(2, UNIT)])

    def test_nobody_has_a_door_to_it(self):
        self.store_school()
        self.met_on((self.ada, self.met_day))
        self.refresh()
        for name in ("effect", "effect.total", "effect.roll"):
            for user in (self.boss, self.fm, self.staff, self.portal):
                model = self.env[f"intervention.{name}"].with_user(user)
                for act in (
                    lambda model=model: model.search([]),
                    lambda model=model: model._read_group([], ["company_id"]),
                    lambda model=model: model.search_read([], ["company_id"]),
                    lambda model=model: model.create({}),
                ):
                    with self.subTest(name, user=user.login):
                        with self.assertRaises(AccessError), self.env.cr.savepoint():
                            act()


@tagged("post_install", "-at_install")
class TestEffectMerge(MergeCase, OneMeetingCase):
    """Two contacts of a student: what is known of their cases stays."""

    def test_what_is_known_follows(self):
        self.twin.is_intervention_student = True
        self.store_school(own="")
        self.store_days({self.twin: BEFORE + AFTER}, self.time)
        case = self.met_on((self.twin, self.met_day))
        self.refresh()
        before = case._effect(with_students=True)
        self.assertEqual(before["state"], "counted")
        self.merge(self.ada, self.twin)
        self.assertEqual(case.student_id, self.ada)
        self.assertEqual(self.row(case).student_id, self.ada)
        for _time in range(2):
            after = case._effect(with_students=True)
            self.assertEqual(after, {**before, "student_id": self.ada.id})
            self.refresh()
