from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestStudentChoice(InterventionCase):
    """Rule 8: who is offered, and who is accepted."""

    def _offered(self, user, name="", limit=100, **kwargs):
        """Return the students that the field in the form offers."""
        meetings = self.meetings(user)
        domain = meetings._fields["student_id"].domain
        students = (
            self.env["res.partner"]
            .with_user(user)
            .with_context(intervention_student_choice=True)
        )
        return students.name_search(name, domain=Domain(domain), limit=limit, **kwargs)

    def _offered_ids(self, *args, **kwargs):
        return [student_id for student_id, _name in self._offered(*args, **kwargs)]

    def test_students_are_offered_and_other_contacts_are_not(self):
        contact = self.env["res.partner"].create({"name": "Dora Test"})
        offered = self._offered_ids(self.fm, "Test", limit=None)
        self.assertIn(self.ada.id, offered)
        self.assertNotIn(contact.id, offered)

    def test_students_who_left_are_not_offered(self):
        self.ada.active = False
        self.assertNotIn(self.ada.id, self._offered_ids(self.fm, "Test", limit=None))

    def test_the_own_class_comes_first(self):
        first = self._new_student("Aaron Test", school_class=self.class_b)
        self.assertEqual(
            self._offered_ids(self.fm, "Test"),
            [self.ada.id, self.ben.id, first.id, self.cy.id],
        )
        self.assertEqual(
            self._offered_ids(self.fm2, "Test"),
            [first.id, self.cy.id, self.ada.id, self.ben.id],
        )

    def test_lists_of_students_can_begin_with_the_own_class(self):
        aaron = self._new_student("Aaron Test", school_class=self.class_b)
        without = self._new_student("Abel Test")
        order = "is_own_student desc, complete_name, id"
        named = [("is_intervention_student", "=", True), ("name", "like", "Test")]
        for user, own in (
            (self.fm, self.ada + self.ben),
            (self.fm2, aaron + self.cy),
        ):
            with self.subTest(user.name):
                students = self.env["res.partner"].with_user(user)
                found = students.search(named, order=order)
                self.assertEqual(found[: len(own)], own)
                self.assertIn(without, found)
                self.assertEqual(found.filtered("is_own_student"), own)
                self.assertEqual(
                    found[len(own) :].mapped("name"),
                    sorted(found[len(own) :].mapped("name")),
                )

    def test_whom_one_met_last_comes_first_before_anything_is_typed(self):
        self.record(student_id=self.ben.id)
        self.record(student_id=self.cy.id)  # of another class, so after the own one
        self.record(self.fm2, student_id=self.ada.id)
        own = [self.ben.id, self.ada.id]
        self.assertEqual(self._offered_ids(self.fm)[:3], [*own, self.cy.id])
        self.assertEqual(self._offered_ids(self.fm, " ", limit=1), [self.ben.id])
        self.assertEqual(
            self._offered_ids(self.fm, "Test"), [self.ada.id, self.ben.id, self.cy.id]
        )

    def test_who_recorded_nothing_is_offered_the_own_class(self):
        self.record(student_id=self.ben.id)
        self.assertEqual(self._offered_ids(self.fm2)[0], self.cy.id)

    def test_the_class_stands_beside_the_name_in_the_choice_only(self):
        def shown(user, **context):
            self.env.invalidate_all()
            students = self.env["res.partner"].with_user(user).with_context(**context)
            [found] = students.web_name_search("Ada Test", {"display_name": {}})
            return found["__formatted_display_name"], found["display_name"]

        formatted, plain = shown(self.fm, intervention_student_choice=True)
        self.assertIn(f"--{self.class_a.name}--", formatted)
        self.assertNotIn(self.class_a.name, plain)
        formatted, _plain = shown(self.staff, intervention_student_choice=True)
        self.assertNotIn(self.class_a.name, formatted)

    def test_students_without_a_class_are_offered_last(self):
        student = self._new_student("Aaron Test")
        self.assertEqual(self._offered_ids(self.fm2, "Test")[0], self.cy.id)
        self.assertIn(student.id, self._offered_ids(self.fm2, "Test"))

    def test_the_limit_holds_for_both_parts_together(self):
        self.assertEqual(self._offered_ids(self.fm, "Test", limit=1), [self.ada.id])
        self.assertEqual(
            self._offered_ids(self.fm, "Test", limit=3),
            [self.ada.id, self.ben.id, self.cy.id],
        )

    def test_a_student_is_found_by_number(self):
        self.assertEqual(
            self._offered(self.fm, "T-0003"), [(self.cy.id, "Cy Test (T-0003)")]
        )

    def test_the_number_is_shown_only_where_a_student_is_chosen(self):
        self.assertEqual(self.ada.with_user(self.fm).display_name, "Ada Test")

    def test_a_contact_that_is_no_student_is_refused(self):
        contact = self.env["res.partner"].create({"name": "Dora Test"})
        meeting = self.record()
        with self.assertRefused("student_id"):
            self.record(student_id=contact.id)
        with self.assertRefused("student_id"):
            meeting.write({"student_id": contact.id})

    def test_a_student_who_left_is_refused(self):
        meeting = self.record()
        self.ben.active = False
        with self.assertRefused("student_id"):
            self.record(student_id=self.ben.id)
        with self.assertRefused("student_id"):
            meeting.write({"student_id": self.ben.id})

    def test_the_case_of_a_student_who_left_can_still_be_saved(self):
        meeting = self.record()
        self.ada.active = False
        meeting.write({"student_id": self.ada.id, "action_plan": "Ask the next school"})
        self.add_update(meeting, "Moved to another school.")
        self.assertEqual(meeting.progress_count, 1)


@tagged("standard", "post_install", "-at_install")
class TestStudents(InterventionCase):
    """What the addon adds to contacts."""

    def test_a_student_with_meetings_remains_a_student(self):
        self.record()
        with self.assertRaises(ValidationError):
            self.ada.is_intervention_student = False

    def test_a_student_with_archived_meetings_remains_a_student(self):
        self.archived()
        with self.assertRaises(ValidationError):
            self.ada.is_intervention_student = False

    def test_a_student_without_meetings_may_become_a_plain_contact(self):
        self.cy.is_intervention_student = False
        self.assertFalse(self.cy.is_intervention_student)

    def test_a_student_with_meetings_may_leave(self):
        self.record()
        self.ada.active = False
        self.assertFalse(self.ada.active)

    @mute_logger("odoo.sql_db")
    def test_two_students_can_not_have_one_number(self):
        with self.assertRaises(UniqueViolation):
            self._new_student("Dora Test", "T-0001")

    @mute_logger("odoo.sql_db")
    def test_two_students_without_company_can_not_have_one_number(self):
        self._new_student("Dora Test", "T-0009", company_id=False)
        with self.assertRaises(UniqueViolation):
            self._new_student("Eli Test", "T-0009", company_id=False)

    @mute_logger("odoo.sql_db")
    def test_the_number_of_a_student_who_left_is_taken(self):
        self.ada.active = False
        self.flush_tracking()
        with self.assertRaises(UniqueViolation):
            self._new_student("Dora Test", "T-0001")

    def test_the_number_is_free_in_another_company(self):
        company = self.env["res.company"].create({"name": "Other School"})
        self.assertTrue(self._new_student("Dora Test", "T-0001", company_id=company.id))

    def test_the_number_of_a_plain_contact_does_not_count(self):
        self._new_student("Dora Test", "T-0001", is_intervention_student=False)
        self.assertTrue(self.ada.exists())

    def test_students_without_number_are_many(self):
        numbers = ("", "  ", False)
        students = [self._new_student("Dora Test", number) for number in numbers]
        self.flush_tracking()
        self.assertEqual([s.student_number for s in students], [False] * 3)

    def test_the_number_is_trimmed(self):
        student = self._new_student("Dora Test", " T-0010\t")
        self.assertEqual(student.student_number, "T-0010")
        student.write({"student_number": "\nT-0011 "})
        self.assertEqual(student.student_number, "T-0011")

    def test_invisible_characters_of_a_number_are_dropped(self):
        for written, kept in (
            ("\u200bZ9401", "Z9401"),
            ("\ufeff z9401\u202c \u200f", "z9401"),
            ("Z\u2060-\u206494\u200e01", "Z-9401"),
            ("\u200b\u202e", False),
        ):
            with self.subTest(written.encode("ascii", "backslashreplace")):
                self.cy.student_number = written
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self.cy.student_number, kept)

    @mute_logger("odoo.sql_db")
    def test_a_number_in_another_spelling_is_the_same_number(self):
        self.cy.student_number = "Zürich-94a"
        for number in ("zürich-94A", "ZÜRICH-94a", "\u200bZürich-94a "):
            with (
                self.subTest(number.encode("ascii", "backslashreplace")),
                self.assertRaises(UniqueViolation),
            ):
                self._new_student("Dora Test", number)
        self.assertEqual(self.cy.student_number, "Zürich-94a")

    def test_a_number_is_found_in_every_spelling(self):
        self.cy.student_number = "Z9401"
        students = self.env["res.partner"].with_user(self.fm)
        for number in ("z9401", "Z9401", " z9401\u200b", "\ufeffZ\u20609401"):
            with self.subTest(number.encode("ascii", "backslashreplace")):
                for domain in (
                    [("student_number", "=", number)],
                    [("student_number", "in", ["none", number])],
                    [("student_number", "ilike", number)],
                ):
                    self.assertEqual(students.search(domain), self.cy)
                    self.assertEqual(self.cy.filtered_domain(domain), self.cy)
                    self.assertFalse(self.ada.filtered_domain(domain))
                others = students.search([("student_number", "!=", number)])
                self.assertIn(self.ada, others)
                self.assertNotIn(self.cy, others)

    def test_who_has_no_number_is_found_by_none(self):
        self.cy.student_number = False
        students = self.env["res.partner"].with_user(self.fm)
        own = [("id", "in", (self.cy + self.ada).ids)]
        for value, found in ((False, self.cy), ("\u200b", self.cy)):
            with self.subTest(value=value):
                domain = [("student_number", "=", value)]
                self.assertEqual(students.search([*own, *domain]), found)
                domain = [("student_number", "!=", value)]
                self.assertEqual(students.search([*own, *domain]), self.ada)

    def test_an_import_meets_the_student_who_has_the_number(self):
        for number, fails in (("t-0001\u200b", True), ("T-0099", False)):
            with self.subTest(number), mute_logger("odoo.sql_db"):
                answer = self.env["res.partner"].load(
                    ["name", "is_intervention_student", "student_number", "company_id"],
                    [["Dora Test", "1", number, self.ada.company_id.name]],
                )
                self.assertEqual(not answer["ids"], fails)

    def test_a_copy_of_a_student_has_no_number(self):
        self.assertFalse(self.ada.copy().student_number)

    def test_a_student_of_no_company_may_be_in_a_class(self):
        student = self._new_student(
            "Dora Test", school_class=self.class_a, company_id=False
        )
        meeting = self.record(student_id=student.id)
        self.assertEqual(meeting.class_id, self.class_a)
        self.assertEqual(meeting.company_id, self.class_a.company_id)

    def test_a_student_can_not_be_in_a_class_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other School"})
        with self.assertRaises(UserError):
            self._new_student(
                "Dora Test", school_class=self.class_a, company_id=company.id
            )

    def test_the_history_of_a_student_opens_their_meetings(self):
        meeting = self.record()
        self.record(student_id=self.ben.id)
        action = self.ada.with_user(self.fm).action_view_interventions()
        self.assertEqual(action["res_model"], "intervention.meeting")
        self.assertEqual(self.meetings(self.fm).search(action["domain"]), meeting)

    def test_the_history_of_a_student_is_opened_from_a_meeting_too(self):
        meeting = self.record()
        action = self.ada.with_user(self.fm).action_view_history()
        self.assertEqual(action["tag"], "intervention_tracking.student_history")
        self.assertEqual(action["context"], {"active_id": self.ada.id})
        self.assertEqual(meeting.with_user(self.fm).action_view_student(), action)

    def test_guardians_are_contacts_of_the_student(self):
        guardian = self.env["res.partner"].create({"name": "Guardian Test"})
        self.ada.guardian_ids = guardian
        self.assertEqual(self.ada.guardian_ids, guardian)

    def test_a_class_counts_its_students(self):
        self.ben.active = False
        self.assertEqual(self.class_a.with_user(self.fm).student_count, 1)

    def test_a_class_opens_its_students(self):
        action = self.class_a.with_user(self.fm).action_view_students()
        self.assertEqual(
            self.env["res.partner"].with_user(self.fm).search(action["domain"]),
            self.ada | self.ben,
        )

    @mute_logger("odoo.sql_db")
    def test_two_classes_can_not_have_one_name(self):
        with self.assertRaises(UniqueViolation):
            self.class_a.copy({"name": "Test 7B"})

    @mute_logger("odoo.sql_db")
    def test_a_class_has_a_name(self):
        for name in ("", " ", "\t\n"):
            with (
                self.subTest(name=name),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env["intervention.class"].create({"name": name})

    def test_a_class_of_an_earlier_year_may_share_the_name(self):
        self.class_a.active = False
        self.flush_tracking()
        self.assertTrue(self.class_a.copy({"name": "Test 7A", "active": True}))
