from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CAUSES, FORM_MASTER, STATUSES, InterventionCase

MANY = 80
METHODS = {
    "get_dashboard": [],
    "get_quick_access": [],
    "get_student_situation": [0],
}


@tagged("standard", "post_install", "-at_install")
class TestDashboard(InterventionCase):
    """The numbers of the dashboard and the systray, and what they cost."""

    def setUp(self):
        super().setUp()
        # Every status and urgency, of both form masters, some overdue, some recurring.
        for owner, student, cause, status, urgency, overdue in (
            (self.fm, self.ada, "health", "open", "high", True),
            (self.fm, self.ada, "family", "closed", "high", False),
            (self.fm, self.ben, "health", "monitoring", "low", True),
            (self.fm2, self.cy, "health", "improving", "medium", False),
            (self.fm2, self.cy, "family", "not_improving", "high", True),
            (self.fm2, self.cy, "other", "escalated", "low", False),
        ):
            make = self.overdue if overdue else self.record
            meeting = make(
                owner, student_id=student.id, root_cause=cause, urgency_level=urgency
            )
            if status == "closed":
                meeting.resolution_notes = "Solved"
            meeting.status = status

    def _expected(self, user):
        """Count by the ORM what the dashboard shows a user."""
        meetings = self.meetings(user)
        active = [("status", "!=", "closed"), ("has_student_left", "=", False)]
        students = meetings._read_group(
            [], ["student_id"], having=[("__count", ">", 1)]
        )
        return {
            "total_meetings": meetings.search_count([]),
            "active_cases": meetings.search_count(active),
            "by_status": {
                status: meetings.search_count([("status", "=", status)])
                for status in STATUSES
            },
            "high_urgency": meetings.search_count(
                [*active, ("urgency_level", "=", "high")]
            ),
            "overdue_followups": meetings.search_count([("is_overdue", "=", True)]),
            "recurring_students": len(students),
            "left_cases": meetings.search_count(
                [("status", "!=", "closed"), ("has_student_left", "=", True)]
            ),
            "colleague_cases": 0,
            "handover_cases": 0,
            "case_requests": 0,
            "at_risk_without_case": 0,
            "attention": {"count": 0, "is_known": False, "students": []},
            "trouble": user == self.boss
            and {"registers": 0, "classes": [], "notices": []},
            "registers_to_take": [],
        }

    def test_the_dashboard_counts_what_the_lists_show(self):
        for user, total, recurring in (
            (self.fm, 3, self.ada),
            (self.fm2, 3, self.cy),
            (self.boss, 6, self.ada | self.cy),
        ):
            with self.subTest(user.login):
                numbers = self.meetings(user).get_dashboard()
                students = numbers.pop("recurring")
                expected = self._expected(user)
                if user != self.boss:
                    self.assertEqual(expected["total_meetings"], total)
                    self.assertEqual(
                        {student["student"] for student in students},
                        set(recurring.ids),
                    )
                self.assertEqual(numbers, expected)

    def test_a_student_is_flagged_when_nothing_improves(self):
        def flagged(user):
            return [
                student["without_improvement"]
                for student in self.meetings(user).get_dashboard()["recurring"]
            ]

        self.assertEqual(flagged(self.fm2), [False])
        self.meetings(self.fm2).search(
            [("status", "=", "improving")]
        ).status = "monitoring"
        self.assertEqual(flagged(self.fm2), [True])

    def test_a_case_that_needs_attention_twice_is_counted_once(self):
        numbers = self.meetings(self.fm).get_quick_access()
        self.assertEqual(
            numbers,
            {
                "active_cases": 2,
                "needs_attention": 2,
                "improving": 0,
                "not_improving": 0,
                "needs_talk": 0,
            },
        )

    def test_a_form_master_learns_of_their_own_meetings_with_a_student(self):
        situation = self.meetings(self.fm).get_student_situation(self.ada.id)
        self.assertEqual(situation["count"], 2)
        self.assertEqual(
            [(each["root_cause"], each["status"]) for each in situation["active"]],
            [("health", "open")],
        )
        other = self.meetings(self.fm2).get_student_situation(self.ada.id)
        self.assertEqual(
            other,
            {
                "count": 0,
                "last_meeting_date": False,
                "active": [],
                "relapse": False,
                "attendance": False,
            },
        )

    def test_nobody_else_gets_a_number(self):
        for user in (self.staff, self.portal, self.public):
            for method, arguments in METHODS.items():
                with self.subTest(method, user=user.login):
                    with self.assertRaises(AccessError):
                        getattr(self.meetings(user), method)(*arguments)

    def test_many_meetings_take_as_many_statements_as_few(self):
        user = self._new_user("busy", FORM_MASTER)
        students = self.env["res.partner"].create(
            [
                {"name": f"Student {n:02}", "is_intervention_student": True}
                for n in range(MANY // 2)
            ]
        )
        values = [
            self.vals(student_id=student.id, root_cause=cause)
            for student in students
            for cause in CAUSES[:2]
        ]

        def statements(method):
            self.flush_tracking()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            getattr(self.meetings(user), method)()
            return self.env.cr.sql_log_count - before

        methods = ("get_dashboard", "get_quick_access")
        self.meetings(user).create(values[:2])
        for method in methods:  # fills the caches of the registry
            statements(method)
        few = {method: statements(method) for method in methods}
        self.meetings(user).create(values[2:])
        self.assertEqual({method: statements(method) for method in methods}, few)
