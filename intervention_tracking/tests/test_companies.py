from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ADMIN, ESCALATION, FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestCompanies(InterventionCase):
    """Two schools in one database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school_a = cls.env.company
        cls.school_b = cls.env["res.company"].create({"name": "School B"})
        cls.boss_b = cls._new_user("boss_b", ADMIN, company_id=cls.school_b.id)
        cls.fm_b = cls._new_user("fm_b", FORM_MASTER, company_id=cls.school_b.id)
        both = [Command.set([cls.school_a.id, cls.school_b.id])]
        cls.fm_both = cls._new_user("fm_both", FORM_MASTER, company_ids=both)
        cls.boss_both = cls._new_user("boss_both", ADMIN, company_ids=both)
        cls.class_in_b = cls.env["intervention.class"].create(
            {"name": "Test 7A", "company_id": cls.school_b.id}
        )
        cls.bea = cls._new_student(
            "Bea Test", "T-0001", cls.class_in_b, company_id=cls.school_b.id
        )

    def _in(self, user, *schools):
        """Return the meetings as a user who has chosen these companies."""
        return self.meetings(user).with_context(
            allowed_company_ids=[school.id for school in schools]
        )

    def test_a_meeting_belongs_to_the_company_of_the_student(self):
        meeting = self._in(self.fm_both, self.school_a, self.school_b).create(
            self.vals(student_id=self.bea.id)
        )
        self.assertEqual(meeting.company_id, self.school_b)
        self.assertEqual(meeting.class_id, self.class_in_b)

    def test_a_student_of_no_company_is_recorded_in_the_current_one(self):
        student = self._new_student("Dora Test", company_id=False)
        for school in (self.school_a, self.school_b):
            with self.subTest(school.name):
                meeting = self._in(self.fm_both, school).create(
                    self.vals(
                        student_id=student.id,
                        root_cause="health" if school == self.school_a else "other",
                    )
                )
                self.assertEqual(meeting.company_id, school)

    def test_a_company_that_is_given_is_kept(self):
        student = self._new_student("Dora Test", company_id=False)
        meeting = self._in(self.fm_both, self.school_a, self.school_b).create(
            self.vals(student_id=student.id, company_id=self.school_b.id)
        )
        self.assertEqual(meeting.company_id, self.school_b)

    def test_a_student_of_no_company_is_recorded_in_that_of_the_class(self):
        student = self._new_student(
            "Dora Test", None, self.class_in_b, company_id=False
        )
        meeting = self._in(self.fm_both, self.school_a, self.school_b).create(
            self.vals(student_id=student.id)
        )
        self.assertEqual(meeting.company_id, self.school_b)
        self.assertEqual(meeting.class_id, self.class_in_b)

    def test_an_administrator_sees_nothing_of_another_company(self):
        meeting = self.record()
        note = self.add_update(meeting)
        self.assertFalse(self.meetings(self.boss_b).search([]))
        self.assertFalse(
            self.env["intervention.progress"].with_user(self.boss_b).search([])
        )
        self.env.invalidate_all()
        for action in (
            lambda: meeting.with_user(self.boss_b).read(["status"]),
            lambda: meeting.with_user(self.boss_b).write({"urgency_level": "high"}),
            lambda: meeting.with_user(self.boss_b).unlink(),
            lambda: meeting.with_user(self.boss_b).add_progress("Note"),
            lambda: note.with_user(self.boss_b).read(["update_text"]),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_an_administrator_sees_no_archived_meeting_of_another_company(self):
        self.archived()
        self.assertFalse(
            self.meetings(self.boss_b).with_context(active_test=False).search([])
        )

    def test_counts_stop_at_the_company(self):
        self.record()
        self.record(self.fm_b, student_id=self.bea.id)
        self.assertEqual(self.meetings(self.boss_b).search_count([]), 1)
        self.assertEqual(
            self.meetings(self.boss_b)._read_group([], [], ["__count"]), [(1,)]
        )

    def test_a_form_master_of_two_schools_sees_those_that_are_chosen(self):
        meetings = self._in(self.fm_both, self.school_a, self.school_b)
        in_a = meetings.create(self.vals())
        in_b = meetings.create(self.vals(student_id=self.bea.id))
        for schools, seen in (
            ((self.school_a,), in_a),
            ((self.school_b,), in_b),
            ((self.school_a, self.school_b), in_a | in_b),
        ):
            with self.subTest(schools=[school.name for school in schools]):
                found = self._in(self.fm_both, *schools).search([])
                self.assertEqual(set(found.ids), set(seen.ids))

    def test_an_administrator_of_two_schools_sees_those_that_are_chosen(self):
        self.record()
        in_b = self.record(self.fm_b, student_id=self.bea.id)
        self.assertEqual(self._in(self.boss_both, self.school_b).search([]), in_b)

    def test_counters_of_a_student_follow_the_chosen_companies(self):
        student = self._new_student("Dora Test", company_id=False)
        for school, cause in ((self.school_a, "health"), (self.school_b, "other")):
            self._in(self.fm_both, school).create(
                self.vals(student_id=student.id, root_cause=cause)
            )
        for schools, total in (
            ((self.school_a,), 1),
            ((self.school_b,), 1),
            ((self.school_a, self.school_b), 2),
        ):
            with self.subTest(total=total):
                seen = student.with_user(self.fm_both).with_context(
                    allowed_company_ids=[school.id for school in schools]
                )
                self.assertEqual(seen.intervention_count, total)
                self.assertEqual(seen.is_recurring_student, total > 1)

    def test_a_student_of_another_company_is_refused(self):
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRefused("student_id"):
                self.record(user, student_id=self.bea.id)

    def test_choosing_a_student_of_another_company_tells_nothing_of_them(self):
        fields_spec = {
            "student_number": {},
            "class_id": {"fields": {"display_name": {}}},
        }
        meetings = self.meetings(self.fm)
        for student in (self.bea.id, {"id": self.bea.id}):
            with self.subTest(student), self.assertRaises(AccessError):
                values = {"student_id": student}
                meetings.onchange(values, ["student_id"], fields_spec)
        answer = meetings.onchange(
            {"student_id": self.ada.id}, ["student_id"], fields_spec
        )
        self.assertEqual(answer["value"]["student_number"], self.ada.student_number)

    def test_a_meeting_can_not_be_put_into_a_company_of_others(self):
        student = self._new_student("Dora Test", company_id=False)
        with self.assertRaises(AccessError):
            self.record(student_id=student.id, company_id=self.school_b.id)

    def test_a_meeting_can_not_be_put_apart_from_its_student(self):
        with self.assertRaises(UserError):
            self._in(self.boss_both, self.school_a, self.school_b).create(
                self.vals(company_id=self.school_b.id)
            )

    def test_an_owner_of_another_company_is_refused(self):
        meeting = self.record(self.boss)
        with self.assertRefused("form_master_id") as caught:
            meeting.write({"form_master_id": self.fm_b.id})
        self.assertIn(self.school_a.name, str(caught.exception))
        self.assertNotIn(self.fm_b.name, str(caught.exception))
        with self.assertRefused("form_master_id"):
            self._in(self.boss_both, self.school_a, self.school_b).create(
                self.vals(form_master_id=self.fm_b.id)
            )
        meeting.write({"form_master_id": self.fm_both.id})

    def test_rule_four_holds_across_companies(self):
        student = self._new_student("Dora Test", company_id=False)
        self._in(self.fm_both, self.school_a).create(self.vals(student_id=student.id))
        with self.assertRefused("root_cause"):
            self._in(self.fm_b, self.school_b).create(self.vals(student_id=student.id))

    def test_escalating_tells_the_administrators_of_the_company(self):
        meeting = self.record(self.fm_b, student_id=self.bea.id, status="escalated")
        told = self.activities(meeting, ESCALATION).user_id
        self.assertEqual(told, self.boss_b | self.boss_both)

    def test_each_company_has_its_own_contact(self):
        settings = self.env["intervention.settings"]
        settings.with_user(self.boss_b).action_open()
        settings.search(
            [("company_id", "=", self.school_b.id)]
        ).escalation_user_id = self.boss_both
        in_a = self.record(status="escalated")
        in_b = self.record(self.fm_b, student_id=self.bea.id, status="escalated")
        self.assertEqual(self.activities(in_b, ESCALATION).user_id, self.boss_both)
        self.assertIn(self.boss, self.activities(in_a, ESCALATION).user_id)

    def test_the_year_of_leaving_is_judged_by_the_school_of_the_student(self):
        settings = self.env["intervention.settings"]
        for boss, years in ((self.boss, 1), (self.boss_b, 3)):
            settings.with_user(boss).action_open()
            settings.search(
                [("company_id", "=", boss.company_id.id)]
            ).years_ahead = years
        ann = self._new_student("Ann Test", company_id=self.school_a.id)
        day = self.day(2 * 365)
        for company in (self.school_a, self.school_b):
            with self.subTest(company.name):
                # Which school the user has chosen is not what counts.
                chosen = {"allowed_company_ids": [company.id]}
                self.bea.with_context(**chosen).student_left_on = day
                self.bea.student_left_on = False
                with self.assertRefused("student_left_on"):
                    ann.with_context(**chosen).student_left_on = day

    def test_settings_of_another_company_are_hidden(self):
        settings = self.env["intervention.settings"]
        settings.with_user(self.boss_b).action_open()
        self.assertFalse(
            settings.with_user(self.boss).search(
                [("company_id", "=", self.school_b.id)]
            )
        )

    def test_a_contact_of_another_company_is_refused(self):
        settings = self.env["intervention.settings"].with_user(self.boss_b)
        record = settings.browse(settings.action_open()["res_id"])
        with self.assertRaises(UserError):
            record.write({"escalation_user_id": self.boss.id})

    def test_classes_of_another_company_are_hidden(self):
        classes = self.env["intervention.class"]
        for user in (self.fm_b, self.boss_b):
            with self.subTest(user.login):
                found = classes.with_user(user).search([])
                self.assertEqual(found, self.class_in_b)

    def test_a_form_master_of_another_company_has_no_class(self):
        with self.assertRaises(UserError):
            self.class_in_b.form_master_id = self.fm

    # --- what is said of the school in two places ---

    def _school_of(self, student, company):
        with self.env.cr.savepoint():
            student.company_id = company

    def test_a_student_stays_at_the_school_of_their_cases(self):
        secretary = self._new_user(
            "secretary",
            "base.group_user,base.group_partner_manager",
            company_ids=[Command.set([self.school_a.id, self.school_b.id])],
        )
        self.ada.school_class_id = self.cy.school_class_id = False
        for student, make in ((self.ada, self.record), (self.cy, self.archived)):
            meeting = make(student_id=student.id)
            student = student.with_user(secretary)
            with self.assertRaisesRegex(ValidationError, "Company: this contact"):
                self._school_of(student, self.school_b)
            # One of both schools.
            self._school_of(student, self.school_a.browse())
            self.assertEqual(meeting.sudo().company_id, self.school_a)
            with self.assertRaisesRegex(ValidationError, "Company: this contact"):
                self._school_of(student, self.school_b)
            self._school_of(student, self.school_a)

    def test_a_student_without_cases_moves_to_another_school(self):
        self.ben.school_class_id = False
        self._school_of(self.ben, self.school_b)
        self.assertEqual(self.ben.company_id, self.school_b)

    def test_the_school_of_a_household_is_refused_for_a_student_of_another(self):
        household = self.env["res.partner"].create(
            {"name": "Household", "is_company": True}
        )
        self.cy.write({"school_class_id": False, "parent_id": household.id})
        self.record(student_id=self.cy.id)
        with self.assertRaisesRegex(ValidationError, "Company: this contact"):
            self._school_of(household, self.school_b)

    def test_a_class_stays_at_the_school_of_its_students_and_cases(self):
        former = self.env["intervention.class"].create({"name": "Test 8A"})
        student = self._new_student("Dora Test", None, former, company_id=False)
        self._school_of(former, self.school_b)
        self._school_of(former, self.school_a)
        self.record(student_id=student.id)
        student.school_class_id = False
        with_left = self.env["intervention.class"].create({"name": "Test 8B"})
        self._new_student("Eve Test", None, with_left, active=False)
        for school_class in (self.class_a, former, with_left):
            school_class.form_master_id = False
            school_class = school_class.with_user(self.boss_both).with_context(
                allowed_company_ids=[self.school_a.id, self.school_b.id]
            )
            with self.assertRaisesRegex(ValidationError, "another school name"):
                self._school_of(school_class, self.school_b)
            school_class.write({"company_id": self.school_a.id, "active": False})

    def test_a_case_is_not_corrected_to_a_student_of_another_school(self):
        meeting = self.record()
        shared = self._new_student("Dora Test", None, self.class_in_b, company_id=False)
        corrected = self._in(self.boss_both, self.school_b, self.school_a).browse(
            meeting.id
        )
        for student in (self.bea, shared):
            with self.assertRefused("student_id"):
                corrected.student_id = student
        self.assertEqual(meeting.company_id, self.school_a)

    def test_a_case_stays_at_its_school_when_the_student_is_corrected(self):
        meeting = self.record()
        student = self._new_student("Dora Test", company_id=False)
        corrected = self._in(self.boss_both, self.school_b, self.school_a).browse(
            meeting.id
        )
        corrected.student_id = student
        self.assertEqual(corrected.company_id, self.school_a)
        self.assertFalse(corrected.class_id)
        corrected.student_id = self.ben
        self.assertEqual(corrected.company_id, self.school_a)
        self.assertEqual(corrected.class_id, self.class_a)
