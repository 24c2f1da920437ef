from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestClassFormMasters(InterventionCase):
    """Several form masters of one class, and substitutes."""

    def _add(self, user=None, by=None, **vals):
        lines = self.env["intervention.class.form.master"].with_user(by or self.boss)
        return lines.create(
            {"class_id": self.class_a.id, "user_id": (user or self.fm2).id, **vals}
        )

    def _is_own(self, user, school_class=None):
        self.env.invalidate_all()
        classes = self.env["intervention.class"].with_context(active_test=False)
        found = classes.with_user(user)
        school_class = (school_class or self.class_a).with_user(user)
        own = school_class in found.search([("is_own", "=", True)])
        self.assertEqual(school_class.is_own, own)
        not_own = found.search([("is_own", "=", False)])
        self.assertEqual(school_class in not_own, not own)
        return own

    def _waiting(self):
        self.env.invalidate_all()
        return self.meetings(self.boss)._awaiting()

    # --- who is one ---

    def test_main_and_further_form_masters_have_the_class(self):
        self.assertTrue(self._is_own(self.fm))
        self.assertFalse(self._is_own(self.fm2))
        self._add()
        self.assertTrue(self._is_own(self.fm2))
        self.assertFalse(self._is_own(self.boss))
        self.assertEqual(
            self.class_a.with_user(self.fm).further_form_master_ids, self.fm2
        )

    def test_a_substitute_has_it_in_their_days(self):
        line = self._add(date_from=self.day(2), date_to=self.day(4))
        for offset, period in ((1, "later"), (2, "now"), (4, "now"), (5, "over")):
            with self.subTest(offset), freeze_time(f"{self.day(offset)} 12:00:00"):
                self.assertEqual(self._is_own(self.fm2), period == "now")
                self.assertEqual(line.period, period)
                self.assertTrue(self._is_own(self.fm))

    def test_the_days_are_those_of_the_school(self):
        self.env.company.partner_id.tz = "Pacific/Tongatapu"
        self.fm2.tz = "Pacific/Midway"
        day = self.day(3)
        self._add(date_from=day, date_to=day)
        before = day - timedelta(days=1)
        for moment, has in (
            (f"{before} 10:59:00", False),
            (f"{before} 11:01:00", True),
            (f"{day} 10:59:00", True),
            (f"{day} 11:01:00", False),
        ):
            with self.subTest(moment), freeze_time(moment):
                self.env.invalidate_all()
                classes = self.env["intervention.class"].with_user(self.fm2)
                for zone in ("Pacific/Midway", "Pacific/Kiritimati", None):
                    own = classes.with_context(tz=zone)._own_ids()
                    self.assertEqual(self.class_a.id in own, has)

    def test_an_archived_class_is_nobodys_own(self):
        self._add()
        self.class_a.active = False
        self.assertFalse(self._is_own(self.fm))
        self.assertFalse(self._is_own(self.fm2))

    def test_their_students_are_offered_first(self):
        names = ["Zed Test", "Abe Test"]
        self._new_student(names[0], "T-0100", self.class_a)
        self._new_student(names[1], "T-0101", self.class_b)
        students = self.env["res.partner"].with_user(self.fm2)
        other = self._new_user("fm3", FORM_MASTER)
        order = "is_own_student desc, complete_name, id"

        def offered(user):
            self.env.invalidate_all()
            choice = students.with_user(user).with_context(
                intervention_student_choice=True
            )
            numbers = [("student_number", "in", ("T-0100", "T-0101"))]
            ids = [each for each, _name in choice.name_search("Test", numbers)]
            found = students.with_user(user).search(numbers, order=order)
            self.assertEqual(found.ids, ids)
            return found.mapped("name")

        self.assertEqual(offered(other), names[::-1])
        self._add(other)
        self.assertEqual(offered(other), names)

    # --- what is refused ---

    def test_an_end_before_the_start_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._add(date_from=self.day(3), date_to=self.day(2))
        self._add(date_from=self.day(3), date_to=self.day(3))

    def test_who_is_no_form_master_is_refused(self):
        gone = self._new_user("gone", FORM_MASTER, active=False)
        for user in (self.staff, self.portal, gone):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self._add(user)
        self._add(self.boss)

    def test_who_is_of_another_school_is_refused(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self._new_user("other", FORM_MASTER, company_id=elsewhere.id)
        with self.assertRaisesRegex(UserError, "^Form Master: .* belong"):
            self._add(other)

    def test_nobody_has_it_twice_at_a_time(self):
        self._add(date_from=self.day(1), date_to=self.day(5))
        self._add(date_from=self.day(6), date_to=self.day(9))
        for first, last in (
            (None, None),
            (5, 5),
            (3, None),
            (None, 1),
            (9, 20),
            (20, None),
        ):
            dates = {
                "date_from": self.day(first) if first else False,
                "date_to": self.day(last) if last else False,
            }
            with self.subTest(dates), self.env.cr.savepoint() as savepoint:
                if first == 20:
                    self._add(**dates)
                else:
                    with self.assertRaisesRegex(ValidationError, "Test fm2"):
                        self._add(**dates)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_main_one_is_not_a_further_one(self):
        with self.assertRaises(ValidationError):
            self._add(self.fm)
        line = self._add()
        with self.assertRaises(ValidationError):
            self.class_a.form_master_id = self.fm2
        self.class_a.write(
            {
                "form_master_id": self.fm2.id,
                "form_master_line_ids": [
                    Command.delete(line.id),
                    Command.create({"user_id": self.fm.id}),
                ],
            }
        )
        self.assertEqual(self.class_a.further_form_master_ids, self.fm)

    def test_a_former_substitute_may_become_the_main_one(self):
        self._add(date_from=self.day(-9), date_to=self.day(-1))
        self.class_a.form_master_id = self.fm2
        self.assertTrue(self._is_own(self.fm2))

    def test_a_year_that_can_not_be_meant_is_refused(self):
        for name, day in (("date_from", "0026-03-02"), ("date_to", "2206-12-01")):
            with self.assertRefused(name):
                self._add(**{name: day})

    def test_administrators_alone_change_them(self):
        line = self._add()
        for user in (self.fm, self.fm2, self.staff, self.portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._add(self.boss, by=user)
                with self.assertRaises(AccessError):
                    line.with_user(user).date_to = self.day(90)
                with self.assertRaises(AccessError):
                    line.with_user(user).unlink()
        self.assertEqual(line.with_user(self.fm).user_id, self.fm2)
        for user in (self.staff, self.portal):
            with self.assertRaises(AccessError):
                line.with_user(user).read(["date_to"])

    def test_the_form_of_a_class_has_them(self):
        form = Form(self.class_a.with_user(self.boss))
        with form.form_master_line_ids.new() as line:
            line.user_id = self.fm2
            line.date_from = self.day(0)
            line.date_to = self.day(20)
        self.assertEqual(form.save().further_form_master_ids, self.fm2)

    # --- who had the class keeps cases, or not ---

    def test_the_cases_of_who_is_taken_out_wait(self):
        line = self._add()
        case = self.record(self.fm2)
        self.assertNotIn(case, self._waiting())
        line.unlink()
        self.assertIn(case, self._waiting())
        self._add()
        self.assertNotIn(case, self._waiting())

    def test_the_cases_of_a_substitute_wait_when_the_days_are_over(self):
        self._add(date_from=self.day(0), date_to=self.day(3))
        case = self.record(self.fm2)
        cron = self.env["intervention.class.form.master"]
        for offset in (3, 4):
            with freeze_time(f"{self.day(offset)} 12:00:00"):
                self.env.invalidate_all()
                cron._cron_note_ends()
                self.assertEqual(case in self._waiting(), offset == 4)
        # What was decided is not asked again.
        self.class_a.former_form_master_ids = False
        with freeze_time(f"{self.day(5)} 12:00:00"):
            self.env.invalidate_all()
            cron._cron_note_ends()
            self.assertNotIn(case, self._waiting())

    def test_the_cases_of_who_is_ended_today_wait_at_once(self):
        line = self._add(date_from=self.day(-9))
        case = self.record(self.fm2)
        line.date_to = self.day(-1)
        self.assertIn(case, self._waiting())
        line.date_to = self.day(1)
        self.assertNotIn(case, self._waiting())

    def test_who_goes_on_as_another_form_master_keeps_the_cases(self):
        case = self.record()
        self.class_a.write(
            {
                "form_master_id": self.fm2.id,
                "form_master_line_ids": [Command.create({"user_id": self.fm.id})],
            }
        )
        self.assertNotIn(case, self._waiting())

    def test_the_main_one_takes_the_cases_over(self):
        line = self._add()
        case = self.record(self.fm2)
        line.unlink()
        action = self.class_a.with_user(self.boss).action_hand_over()
        form = Form(
            self.env["intervention.handover"]
            .with_user(self.boss)
            .with_context(**action["context"])
        )
        with form.line_ids.edit(0) as chosen:
            self.assertEqual(chosen.form_master_id, self.fm)
        form.save().action_hand_over()
        self.assertEqual(case.form_master_id, self.fm)
        self.assertFalse(self.class_a.former_form_master_ids)

    def test_a_user_who_is_named_is_not_deleted(self):
        other = self._new_user("fm4", FORM_MASTER)
        self._add(other)
        with self.assertRaises(UserError):
            other.unlink()
