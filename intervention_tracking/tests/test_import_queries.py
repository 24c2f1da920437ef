from odoo.tests import tagged

from .test_import_lists import ImportCase

FEW, MANY = 20, 200
# How many statements 180 rows more may take: Odoo stores them in some batches.
SOME = 9


@tagged("standard", "post_install", "-at_install")
class TestImportQueries(ImportCase):
    """A long spreadsheet takes as many statements as a short one."""

    TEXTS = "Reason;Notes;Plan"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of no company, as in most schools: then the class says which school it is.
        classes = cls.env["intervention.class"].create(
            [{"name": f"Many {number}"} for number in range(MANY // 10)]
        )
        cls.students = cls.env["res.partner"].create(
            [
                {
                    "name": f"Student {number}",
                    "is_intervention_student": True,
                    "student_number": f"Q-{number}",
                    "school_class_id": classes[number // 10].id,
                }
                for number in range(MANY)
            ]
        )

    def _statements(self, action):
        self.flush_tracking()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, result

    def _assert_rows_cost_nothing(self, kind, header, row, outcome=(1, 0, 0)):
        """Importing many rows takes some statements more than few, and not so many."""
        counts = []
        # The first run fills the caches of the registry.
        for number in (1, FEW, MANY):
            text = "\n".join([header, *map(row, range(number))])
            dialog = self.check(text, kind)
            with self.env.cr.savepoint() as savepoint:
                count, _result = self._statements(dialog.action_import)
                self.assertEqual(dialog.state, "done", self.faults(dialog))
                self.assertEqual(
                    self.counts(dialog)[:3], tuple(number * each for each in outcome)
                )
                savepoint.rollback()
            self.env.invalidate_all()
            counts.append(count)
        self.assertLess(counts[2] - counts[1], SOME, counts)

    def test_meetings(self):
        self._assert_rows_cost_nothing(
            "meetings",
            "Student Number;Meeting Date;Root Cause;Absence Reason;Intervention Notes;"
            "Action Plan",
            lambda number: f"Q-{number};{self.day(-3)};Health Issue;{self.TEXTS}",
        )

    def test_earlier_cases(self):
        header = (
            "Student Number;Meeting Date;Closed Date;Root Cause;Absence Reason;"
            "Intervention Notes;Action Plan;Resolution Notes"
        )

        def row(number):
            days = f"{self.day(-1500)};{self.day(-1400)}"
            return f"Q-{number};{days};Health Issue;{self.TEXTS};Done"

        self._assert_rows_cost_nothing("earlier", header, row)
        text = "\n".join([header, *map(row, range(MANY))])
        self.check(text, "earlier").action_import()
        self._assert_rows_cost_nothing("earlier", header, row, (0, 0, 1))

    def test_updates(self):
        self.meetings(self.boss).create(
            [
                self.vals(student_id=student.id, root_cause=cause)
                for student in self.students
                for cause in ("health", "family")
            ]
        )
        self._assert_rows_cost_nothing(
            "updates",
            "Student Number;Root Cause;Progress Note",
            lambda number: f"Q-{number};Family Issue;Came on time",
        )

    def test_new_students_with_guardians(self):
        self._assert_rows_cost_nothing(
            "students",
            "Student Number;Name;Class;Guardian;Guardian Phone",
            lambda number: f"N-{number};New {number};N{number // 10};Parent;{number}",
        )

    def test_students_who_move_to_another_class(self):
        self._assert_rows_cost_nothing(
            "students",
            "Student Number;Name;Class",
            lambda number: f"Q-{number};Student {number};Test 7A",
            (0, 1, 0),
        )

    def test_one_talk_with_many_students(self):
        meetings = self.meetings(self.fm)
        vals = self.vals()

        def record(causes, number):
            return self._statements(
                lambda: meetings.record_for_students(
                    self.students.ids[:number], {**vals, "root_cause": causes}
                )
            )

        record("other", 1)
        few, made_few = record("health", FEW)
        many, made = record("family", 100)
        self.assertLess(many - few, SOME)
        few, _text = self._statements(lambda: meetings._details_json(made_few.ids))
        many, _text = self._statements(lambda: meetings._details_json(made.ids))
        self.assertLessEqual(many, few)
