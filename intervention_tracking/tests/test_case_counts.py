import json

from odoo import Command
from odoo.tests import tagged

from .common import ADMIN, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestCaseCounts(InterventionCase):
    """The numbers that are kept are those that counting the meetings gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school = cls.env.company
        cls.other_school = cls.env["res.company"].create({"name": "School B"})
        both = [Command.set([cls.school.id, cls.other_school.id])]
        cls.boss_both = cls._new_user("boss_both", ADMIN, company_ids=both)
        cls.dora = cls._new_student("Dora Test", company_id=False)

    def as_boss(self, *schools):
        return self.meetings(self.boss_both).with_context(
            allowed_company_ids=[school.id for school in schools]
        )

    def assert_right(self):
        """Compare with what the ORM counts, in each school and in both."""
        for schools in (
            [self.school],
            [self.other_school],
            [self.school, self.other_school],
        ):
            meetings = self.as_boss(*schools)
            self.assertTrue(meetings._companies_seen_whole())
            students = {
                student.id: (count, last)
                for student, count, last in meetings._read_group(
                    [], ["student_id"], ["__count", "meeting_date:max"]
                )
            }
            recurring = {
                student: (count, str(last))
                for student, (count, last) in students.items()
                if count > 1
            }
            numbers = meetings.get_statistics()
            self.assertEqual(numbers["total_meetings"], meetings.search_count([]))
            self.assertEqual(
                numbers["by_status"]["closed"],
                meetings.search_count([("status", "=", "closed")]),
            )
            self.assertEqual(numbers["recurring_students"], len(recurring))
            found = json.loads(meetings._recurring_json(200, 0)[0])
            self.assertEqual(found["count"], len(recurring))
            rows = found["recurring_students"]
            self.assertEqual(
                {
                    row["student"]: (
                        row["intervention_count"],
                        row["last_meeting_date"],
                    )
                    for row in rows
                },
                recurring,
            )
            for row in rows:
                of_student = meetings.search([("student_id", "=", row["student"])])
                active = of_student.filtered(lambda each: each.status != "closed")
                self.assertEqual(row["open_count"], len(active))
                self.assertEqual(
                    row["without_improvement"],
                    bool(active)
                    and not {"improving", "closed"} & set(of_student.mapped("status")),
                )
            _exists, count, _page = meetings._list_json([], 1, 0)
            self.assertEqual(count, meetings.search_count([]))

    def test_whatever_happens_to_a_case(self):
        first = self.record(root_cause="health")
        second = self.record(root_cause="family")
        self.assert_right()
        second.add_progress("He comes.", "improving")
        self.assert_right()
        second.add_progress("It is over.", "closed", "He is back.")
        self.assert_right()
        first.unlink()
        self.assert_right()
        first.with_user(self.boss).active = True
        self.assert_right()
        first.student_id = self.ben
        self.assert_right()
        first.meeting_date = self.day(-3)
        self.assert_right()

    def test_a_student_of_two_schools_is_counted_in_each(self):
        for school, cause in ((self.school, "health"), (self.other_school, "other")):
            self.as_boss(school).create(
                self.vals(student_id=self.dora.id, root_cause=cause)
            )
        self.assert_right()
        both = self.as_boss(self.school, self.other_school).get_recurring_students()
        self.assertIn(
            self.dora.id, [row["student"] for row in both["recurring_students"]]
        )

    def test_a_change_past_the_orm(self):
        meeting = self.record()
        self.env.cr.execute(
            "UPDATE intervention_meeting SET student_id = %s WHERE id = %s",
            [self.ben.id, meeting.id],
        )
        self.env.invalidate_all()
        self.assert_right()

    def test_who_does_not_see_all_is_told_what_they_see(self):
        self.record(self.fm2, student_id=self.cy.id)
        meetings = self.meetings(self.fm)
        self.assertFalse(meetings._companies_seen_whole())
        self.assertEqual(
            meetings.get_statistics()["total_meetings"], meetings.search_count([])
        )
        self.record(student_id=self.ben.id, status="escalated")
        # A rule of the school's own counts for administrators, too.
        self.env["ir.rule"].create(
            {
                "name": "No escalated ones",
                "model_id": self.env["ir.model"]._get_id("intervention.meeting"),
                "domain_force": "[('status', '!=', 'escalated')]",
            }
        )
        meetings = self.meetings(self.boss)
        self.assertFalse(meetings._companies_seen_whole())
        numbers = meetings.get_statistics()
        self.assertEqual(numbers["by_status"]["escalated"], 0)
        self.assertEqual(numbers["total_meetings"], meetings.search_count([]))

    def test_what_is_there_already_is_counted_when_the_table_is_new(self):
        self.record()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM intervention_case_count")
        self.env["intervention.case.count"]._make_trigger()
        self.assert_right()
