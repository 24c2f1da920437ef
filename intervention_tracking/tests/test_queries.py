from itertools import count

from lxml import etree
from odoo.tests import tagged

from .common import CAUSES, InterventionCase

MANY = 80


@tagged("standard", "post_install", "-at_install")
class TestQueries(InterventionCase):
    """A long list takes as many statements as a short one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        students = cls.env["res.partner"].create(
            [
                {
                    "name": f"Student {number:02}",
                    "is_intervention_student": True,
                    "student_number": f"Q-{number:02}",
                    "school_class_id": cls.class_a.id,
                    "company_id": cls.env.company.id,
                }
                for number in range(MANY)
            ]
        )
        cls.many = (
            cls.env["intervention.meeting"]
            .with_user(cls.fm)
            .create(
                [
                    {
                        "student_id": student.id,
                        "root_cause": CAUSES[number % len(CAUSES)],
                        "absence_reason": "Reason",
                        "intervention_notes": "Notes",
                        "action_plan": "Plan",
                    }
                    for number, student in enumerate(students)
                ]
            )
        )
        cls.env["intervention.progress"].with_user(cls.fm).create(
            [{"meeting_id": meeting.id, "update_text": "Note"} for meeting in cls.many]
        )

    def _specification(self, records, view, view_type):
        """Return what the web client asks for to show a view."""
        arch = records.get_view(self.env.ref(view).id, view_type)["arch"]
        specification = {}
        for node in etree.fromstring(arch).iter("field"):
            field = records._fields[node.get("name")]
            relation = {"fields": {"display_name": {}}} if field.relational else {}
            specification[field.name] = relation
        return specification

    def _count(self, action):
        """Return how many statements an action takes from an empty cache."""
        self.flush_tracking()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        return self.env.cr.sql_log_count - before

    def _assert_same_count(self, action):
        """The action takes the same statements for one record and for many."""
        # The first run fills the caches of the registry.
        action(MANY)
        self.assertEqual(
            self._count(lambda: action(1)), self._count(lambda: action(MANY))
        )

    def _assert_view_scales(self, model, view, view_type, domain):
        records = self.env[model].with_user(self.fm)
        specification = self._specification(records, view, view_type)

        def show(limit):
            result = records.web_search_read(domain, specification, limit=limit)
            self.assertEqual(len(result["records"]), limit)

        self._assert_same_count(show)

    def test_the_list_of_meetings(self):
        self._assert_view_scales(
            "intervention.meeting",
            "intervention_tracking.intervention_meeting_view_list",
            "list",
            [],
        )

    def test_the_cards_of_meetings(self):
        self._assert_view_scales(
            "intervention.meeting",
            "intervention_tracking.intervention_meeting_view_kanban",
            "kanban",
            [],
        )

    def test_the_list_of_updates(self):
        self._assert_view_scales(
            "intervention.progress",
            "intervention_tracking.intervention_progress_view_list",
            "list",
            [],
        )

    def test_the_list_of_students(self):
        self._assert_view_scales(
            "res.partner",
            "intervention_tracking.res_partner_view_list_student",
            "list",
            [("student_number", "=like", "Q-%")],
        )

    def test_the_choice_of_a_student(self):
        students = (
            self.env["res.partner"]
            .with_user(self.fm)
            .with_context(intervention_student_choice=True)
        )
        # Both within the first part, the user's own class.
        self._assert_same_count(
            lambda limit: students.name_search(
                "Q-", [("is_intervention_student", "=", True)], limit=limit
            )
        )

    def test_a_change_of_many_meetings(self):
        plans = (f"Plan {number}" for number in count())

        def change(number):
            self.many[:number].write({"action_plan": next(plans)})
            self.env.flush_all()

        self._assert_same_count(change)


@tagged("standard", "post_install", "-at_install")
class TestVacuum(InterventionCase):
    """A large school is cleaned up after as many changes as a small one."""

    def test_what_the_counters_read_is_cleaned_up_early(self):
        for model, changed in (
            ("intervention.meeting", 500),
            ("intervention.attendance.standing", 500),
            ("intervention.attendance", 5000),
        ):
            self.env.cr.execute(
                "SELECT reloptions FROM pg_class WHERE oid = %s::regclass",
                [self.env[model]._table],
            )
            options = dict(each.split("=") for each in self.env.cr.fetchone()[0])
            with self.subTest(model):
                self.assertEqual(options["autovacuum_vacuum_scale_factor"], "0")
                self.assertEqual(options["autovacuum_vacuum_insert_scale_factor"], "0")
                self.assertEqual(options["autovacuum_vacuum_threshold"], str(changed))
