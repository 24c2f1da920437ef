import base64

from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import InterventionCase

TOKEN = "0123456789abcdef0123456789abcdef"
FORM = "intervention_tracking.intervention_meeting_view_form_record"


@tagged("standard", "post_install", "-at_install")
class TestTogether(InterventionCase):
    """One talk with several students makes one case for each, or none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.students = cls.ada | cls.ben | cls.cy

    def together(self, students=None, user=None, context=None, **vals):
        vals = self.vals(**vals)
        del vals["student_id"]
        return (
            self.meetings(user or self.fm)
            .with_context(**(context or {}))
            .record_for_students((students or self.students).ids, vals)
        )

    def count(self):
        return self.env["intervention.meeting"].search_count(
            [("student_id", "in", self.students.ids)]
        )

    def assertNothingRecorded(self, students=None, **vals):
        before = self.count()
        with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
            self.together(students, **vals)
        self.assertEqual(self.count(), before)
        return caught.exception

    def test_every_student_gets_a_case_of_their_own(self):
        meetings = self.together(status="escalated")
        self.assertEqual(meetings.student_id, self.students)
        self.assertEqual(meetings.mapped("student_id.id"), self.students.ids)
        self.assertEqual(meetings.form_master_id, self.fm)
        self.assertEqual(meetings.mapped("class_id"), self.class_a | self.class_b)
        meetings[0].add_progress("Came on time.", "improving")
        self.assertEqual(
            meetings.mapped("status"), ["improving", "escalated", "escalated"]
        )

    def test_all_who_cannot_be_recorded_are_named_with_their_reason(self):
        self.record(self.fm2, student_id=self.ben.id)
        self.cy.active = False
        error = self.assertNothingRecorded()
        self.assertRegex(str(error), r"Ben Test \(T-0002\): .*active intervention")
        self.assertRegex(str(error), r"Cy Test \(T-0003\): .*has left the school")
        self.assertNotIn("Ada", str(error))
        self.assertEqual(set(error.each), {1, 2})

    def test_one_reason_names_its_students_together(self):
        self.record(student_id=self.ada.id)
        self.record(student_id=self.ben.id)
        error = self.assertNothingRecorded()
        self.assertIn("Ada Test (T-0001), Ben Test (T-0002): ", str(error))
        self.assertEqual(error.code, "duplicate_active_intervention")

    def test_what_is_wrong_with_all_is_said_once(self):
        error = self.assertNothingRecorded(action_plan=" ", meeting_date=self.day(1))
        self.assertEqual(len(str(error).splitlines()), 2)
        self.assertNotIn("Test", str(error))

    def test_a_student_who_is_there_twice_is_named(self):
        with self.assertRaisesRegex(ValidationError, "Ada Test"):
            self.meetings(self.fm).create([self.vals(), self.vals()])

    def test_strangers_are_not_named(self):
        guardian = self.env["res.partner"].create({"name": "Secret Guardian"})
        error = self.assertNothingRecorded(self.ada | guardian)
        self.assertIn("#2: ", str(error))
        self.assertNotIn("Secret", str(error))

    def test_the_number_has_a_limit(self):
        for ids in ([], [self.ada.id] * 101, "all", None):
            with self.subTest(ids), self.assertRefused("student_id"):
                self.meetings(self.fm).record_for_students(ids, {})

    def test_who_may_not_record_records_nothing(self):
        for user in (self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.together(user=user)
        with self.assertRaises(AccessError):
            self.together(form_master_id=self.fm2.id)
        meetings = self.together(user=self.boss, form_master_id=self.fm2.id)
        self.assertEqual(meetings.form_master_id, self.fm2)

    def test_a_repeat_with_a_token_answers_with_the_same(self):
        context = {"intervention_token": TOKEN}
        meetings = self.together(context=context)
        self.assertEqual(self.together(context=context), meetings)
        self.assertEqual(self.count(), 3)
        with self.assertRaisesRegex(ValidationError, "earlier attempt") as caught:
            self.together(context=context, action_plan="Another plan")
        self.assertFalse(hasattr(caught.exception, "context"))
        meetings[1].unlink()
        with self.assertRaises(MissingError):
            self.together(context=context)

    # --- the dialog ---

    def test_the_dialog_records_all_and_copies_the_files(self):
        content = base64.b64encode(b"The bus never came.")
        file = (
            self.env["intervention.file"]
            .with_user(self.fm)
            .create({"name": "bus.txt", "content": content})
        )
        vals = self.vals(
            other_student_ids=[Command.set((self.ben | self.cy).ids)],
            file_ids=[Command.link(file.id)],
        )
        meetings = self.meetings(self.fm).with_context(intervention_token=TOKEN)
        [first] = meetings.web_save(vals, {"student_id": {}})
        self.assertEqual(first["student_id"], self.ada.id)
        found = self.meetings(self.fm).search([("student_id", "in", self.students.ids)])
        self.assertEqual(found.student_id, self.students)
        self.assertEqual(found.file_ids.mapped("name"), ["bus.txt"] * 3)
        self.assertEqual(found.file_ids.mapped("content"), [content] * 3)
        self.assertEqual(meetings.web_save(vals, {"student_id": {}}), [first])
        self.assertEqual((self.count(), len(found.file_ids)), (3, 3))

    def test_the_form_offers_it_and_takes_a_student_once(self):
        form = Form(self.meetings(self.fm), view=FORM)
        form.student_id = self.ada
        form.other_student_ids = self.students
        for name, value in self.vals().items():
            if name != "student_id":
                setattr(form, name, value)
        self.assertEqual(form.save().student_id, self.ada)
        self.assertEqual(self.count(), 3)

    def test_a_refused_dialog_names_the_others(self):
        self.record(student_id=self.ben.id)
        with self.assertRaisesRegex(ValidationError, "Ben Test"):
            self.meetings(self.fm).create(
                self.vals(other_student_ids=[Command.link(self.ben.id)])
            )
