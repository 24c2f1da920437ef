from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import FOLLOW_UP, FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestStudentLeft(InterventionCase):
    """A student leaves with an active case, and comes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls._new_user(
            "secretary", "base.group_user,base.group_partner_manager"
        )
        cls.head = cls._new_user(
            "head",
            "intervention_tracking.group_intervention_admin,base.group_partner_manager",
        )

    def setUp(self):
        super().setUp()
        self.meeting = self.overdue(urgency_level="high")
        self.other = self.record(student_id=self.ben.id, urgency_level="high")

    def _leave(self, vals=None, by=None):
        """Make a student leave, by default by a day of leaving."""
        student = self.ada.with_user(by or self.secretary)
        student.write(vals or {"student_left_on": self.day(0)})
        self.env.invalidate_all()

    def _ways(self):
        """Leave in every way there is, each undone afterwards."""
        for vals in (
            {"student_left_on": self.day(0)},
            {"student_left_on": self.day(-400)},
            {"active": False},
            {"active": False, "student_left_on": self.day(9)},
        ):
            with self.subTest(str(vals)), self.env.cr.savepoint() as savepoint:
                self._leave(vals)
                yield
                savepoint.rollback()
            self.env.invalidate_all()

    def _numbers(self, user=None):
        dashboard = self.meetings(user or self.fm).get_dashboard()
        return {
            name: dashboard[name]
            for name in (
                "total_meetings",
                "active_cases",
                "high_urgency",
                "overdue_followups",
                "left_cases",
            )
        }

    @mute_logger("odoo.models.unlink")
    def test_the_case_is_in_no_counter(self):
        meetings = self.meetings(self.fm)
        for _way in self._ways():
            self.assertEqual(
                self._numbers(),
                {
                    "total_meetings": 2,
                    "active_cases": 1,
                    "high_urgency": 1,
                    "overdue_followups": 0,
                    "left_cases": 1,
                },
            )
            access = meetings.get_quick_access()
            self.assertEqual(
                (access["active_cases"], access["needs_attention"]), (1, 1)
            )
            self.assertFalse(self.meeting.is_overdue)
            self.assertNotIn(self.meeting, meetings.search([("is_overdue", "=", True)]))
            self.assertIn(self.meeting, meetings.search([("is_overdue", "=", False)]))

    @mute_logger("odoo.models.unlink")
    def test_the_case_is_marked_and_found(self):
        meetings = self.meetings(self.fm)
        for _way in self._ways():
            self.assertTrue(self.meeting.has_student_left)
            self.assertEqual(self.meeting.student_left_text, "Left")
            self.assertFalse(self.other.has_student_left)
            left = meetings.search([("has_student_left", "=", True)])
            self.assertEqual(left, self.meeting)
            here = meetings.search([("has_student_left", "=", False)])
            self.assertEqual(here, self.other)
            self.assertTrue(self.ada.with_user(self.fm).has_left_school)
            students = self.env["res.partner"].with_user(self.fm)
            found = students.with_context(active_test=False).search(
                [("has_left_school", "=", True), ("is_intervention_student", "=", True)]
            )
            self.assertIn(self.ada, found)
            self.assertNotIn(self.ben, found)

    def test_it_comes_back_with_the_student(self):
        before = self._numbers()
        for vals, back in (
            ({"student_left_on": self.day(0)}, {"student_left_on": False}),
            ({"student_left_on": self.day(0)}, {"student_left_on": self.day(9)}),
            ({"active": False}, {"active": True}),
        ):
            with self.subTest(str(vals)):
                self._leave(vals)
                self.assertNotEqual(self._numbers(), before)
                self._leave(back)
                self.assertEqual(self._numbers(), before)
                self.assertTrue(self.meeting.is_overdue)
        self.assertFalse(self.progress(self.meeting))

    def test_a_day_that_has_not_come_changes_nothing_yet(self):
        before = self._numbers()
        self._leave({"student_left_on": self.day(3)})
        self.assertEqual(self._numbers(), before)
        self.assertFalse(self.ada.has_left_school)
        self.assertTrue(self.record(root_cause="other"))

    def test_who_has_left_gets_no_new_case_and_is_not_offered(self):
        self._leave()
        with self.assertRefused("student_id"):
            self.record(root_cause="other")
        domain = self.meetings(self.fm)._fields["student_id"].domain
        students = self.env["res.partner"].with_user(self.fm)
        self.assertNotIn(self.ada, students.search(domain))
        self.assertIn(self.ben, students.search(domain))

    def test_another_student_of_a_case_counts(self):
        self._leave()
        self.assertTrue(self.meeting.has_student_left)
        self.meeting.student_id = self.cy
        self.assertFalse(self.meeting.has_student_left)

    def test_nobody_sets_it_on_a_case(self):
        with self.assertRefused("student_gone_from"):
            self.meeting.student_gone_from = self.day(0)

    # --- reminders ---

    def _remind(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "intervention_tracking.ir_cron_schedule_follow_ups"
            ).method_direct_trigger()
        self.env.invalidate_all()
        return self.activities(self.meeting, FOLLOW_UP)

    @mute_logger("odoo.models.unlink")
    def test_no_follow_up_is_made_until_the_student_is_back(self):
        self._leave()
        self.assertFalse(self._remind())
        self._leave({"student_left_on": False})
        self.assertTrue(self._remind())

    @mute_logger("odoo.models.unlink")
    def test_the_follow_up_goes_and_comes_with_the_student(self):
        self.assertTrue(self._remind())
        self._leave()
        self.assertFalse(self.activities(self.meeting, FOLLOW_UP))
        self._leave({"student_left_on": False})
        self.assertEqual(len(self._remind()), 1)

    @mute_logger("odoo.models.unlink")
    def test_the_follow_up_goes_when_the_day_of_leaving_comes(self):
        self._leave({"student_left_on": self.day(1)})
        self.assertTrue(self._remind())
        self.env.cr.execute(
            "UPDATE intervention_meeting SET student_gone_from = %s WHERE id = %s",
            [self.day(0), self.meeting.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self._remind())

    def test_no_digest_has_the_case(self):
        digests = self.env["intervention.digest"]
        for kind, user in (("form_master", self.fm), ("administrator", self.boss)):
            vals = {"user_id": user.id, "kind": kind, "date": self.day(0)}
            digest = digests.create(
                {**vals, "company_id": self.env.company.id, "state": "nothing"}
            )
            self.env["intervention.settings"].search([]).overdue_days = 0
            with self.subTest(kind):
                names = [self.ada.name]
                found = digest._content()
                self.assertIn(names[0], str(found))
                self._leave()
                self.assertNotIn(names[0], str(digest._content()))
                if kind == "form_master":
                    self.assertFalse(digest._with_cases())
                self._leave({"student_left_on": False})

    # --- closing ---

    def _dialog(self, records, user):
        return Form(
            self.env["intervention.leave"]
            .with_user(user)
            .with_context(active_model=records._name, active_ids=records.ids)
        )

    def test_a_form_master_closes_with_a_ready_sentence(self):
        self._leave()
        form = self._dialog(self.meeting, self.fm)
        self.assertIn("left the school on", form.resolution_notes)
        form.save().action_leave()
        self.assertEqual(self.meeting.status, "closed")
        self.assertIn("left the school on", self.meeting.resolution_notes)
        self.assertEqual(self.progress(self.meeting).new_status, "closed")
        self.assertEqual(self.other.status, "open")

    def test_the_sentence_can_be_changed(self):
        self._leave({"active": False})
        form = self._dialog(self.meeting, self.fm)
        self.assertEqual(form.resolution_notes, "The student has left the school.")
        form.resolution_notes = "Moved to Hargeisa."
        form.save().action_leave()
        self.assertEqual(self.meeting.resolution_notes, "Moved to Hargeisa.")

    def test_the_sentence_is_in_the_language_of_who_closes(self):
        sentence = self.env["intervention.meeting"]._left_sentence
        self.assertIn("school", sentence(self.day(0)))
        self.assertEqual(sentence(False), "The student has left the school.")

    def test_a_whole_class_leaves(self):
        gone = self._new_student("Gone Test", "T-0009", self.class_a)
        gone.student_left_on = self.day(-100)
        foreign = self.record(self.fm2, student_id=self.cy.id)
        form = self._dialog(self.class_a, self.head)
        self.assertEqual(form.student_ids[:], self.ada | self.ben)
        self.assertEqual(form.meeting_ids[:], self.meeting | self.other)
        form.left_on = self.day(-1)
        form.save().action_leave()
        self.env.invalidate_all()
        self.assertEqual(
            (self.ada | self.ben).mapped("student_left_on"), [self.day(-1)] * 2
        )
        self.assertEqual(gone.student_left_on, self.day(-100))
        self.assertEqual(
            (self.meeting | self.other).mapped("status"), ["closed", "closed"]
        )
        self.assertEqual(foreign.status, "open")

    def test_what_is_taken_out_stays_open(self):
        form = self._dialog(self.class_a, self.head)
        form.meeting_ids.remove(id=self.other.id)
        form.save().action_leave()
        self.assertEqual(self.meeting.status, "closed")
        self.assertEqual(self.other.status, "open")
        self.assertTrue(self.other.has_student_left)

    def test_a_day_to_come_closes_nothing_yet(self):
        form = self._dialog(self.ada | self.ben, self.head)
        form.left_on = self.day(5)
        form.save().action_leave()
        self.assertEqual(self.ada.student_left_on, self.day(5))
        self.assertEqual(self.meeting.status, "open")

    def test_a_year_that_can_not_be_meant_is_refused(self):
        for day in ("0206-01-01", "0026-03-02", "1926-03-02", "2206-12-01"):
            for user in (self.secretary, self.head):
                with (
                    self.subTest(day, user=user.login),
                    self.assertRefused("student_left_on") as caught,
                ):
                    self.ada.with_user(user).student_left_on = day
                self.assertIn(day[:4], str(caught.exception))
                with self.assertRefused("student_left_on"):
                    self._new_student("Gone Test", student_left_on=day)
            for user in (self.fm, self.boss, self.head):
                with self.subTest(day), self.assertRefused("left_on") as caught:
                    self.env["intervention.leave"].with_user(user).create(
                        {"student_ids": [Command.set(self.ada.ids)], "left_on": day}
                    )
                self.assertIn(day[:4], str(caught.exception))
        self.assertEqual(self.meeting.status, "open")
        # Who left long ago is taken over; who is no student is no matter of ours.
        self.ada.with_user(self.secretary).student_left_on = self.day(-365 * 20)
        parent = self.env["res.partner"].with_user(self.secretary)
        parent = parent.create({"name": "Parent", "student_left_on": "0206-01-01"})
        with self.assertRefused("student_left_on"):
            parent.is_intervention_student = True

    def test_who_may_not_change_contacts_is_told_whom_to_ask(self):
        wizard = self._dialog(self.ada, self.boss).save()
        with self.assertRaisesRegex(AccessError, "Contact Creation"):
            wizard.action_leave()

    def test_nobody_closes_cases_of_others_or_of_other_students(self):
        theirs = self.record(self.fm2, student_id=self.cy.id)
        clerk = self._new_user("clerk", f"{FORM_MASTER},base.group_partner_manager")
        vals = {
            "student_ids": [Command.set(self.cy.ids)],
            "meeting_ids": [Command.set(theirs.ids)],
            "resolution_notes": "Left.",
        }
        leaves = self.env["intervention.leave"]
        with self.assertRaises(AccessError):
            leaves.with_user(clerk).create(vals).action_leave()
        vals["student_ids"] = [Command.set(self.ada.ids)]
        with self.assertRefused("meeting_ids"):
            leaves.with_user(self.head).create(vals).action_leave()
        self.assertEqual(theirs.status, "open")

    def test_others_have_no_dialog(self):
        for user in (self.staff, self.portal, self.secretary):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intervention.leave"].with_user(user).create({})

    def test_the_dialog_of_another_is_hidden(self):
        wizard = self._dialog(self.ada, self.head).save()
        with self.assertRaises(AccessError):
            wizard.with_user(self.fm).read(["resolution_notes"])
