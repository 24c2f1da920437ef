from collections import Counter
from datetime import timedelta

from .attendance_common import AttendanceCase
from .common import CAUSES

REFRESH = "intervention_tracking.ir_cron_refresh_effect"
LETTERS = {"p": "present", "a": "unexcused", "n": "not_required"}


class EffectCase(AttendanceCase):
    """A school without any marks, in which meetings can be of long ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.effects = cls.env["intervention.effect"]
        cls.rolls = cls.env["intervention.effect.roll"]
        # Those of the demo data would be similar students.
        cls.env.cr.execute("DELETE FROM intervention_attendance")

    @classmethod
    def new_students(cls, count):
        """Return new students, whose marks are stored by their place."""
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Student {number}",
                    "is_intervention_student": True,
                    "company_id": cls.env.company.id,
                }
                for number in range(count)
            ]
        )

    def store_days(self, patterns, days):
        """Store the days of students: a letter of theirs for each of the days."""
        self.store(
            *(
                mark
                for student, pattern in patterns.items()
                for day, letter in zip(days, pattern, strict=False)
                for mark in self._marks_of(student, day, letter)
            )
        )

    def _marks_of(self, student, day, letter):
        if letter == "h":
            yield self.mark(student, day, "present", "1")
            yield self.mark(student, day, "unexcused", "2")
        elif letter in LETTERS:
            yield self.mark(student, day, LETTERS[letter])

    def met_on(self, *meetings):
        """Return cases of pairs of a student and the day on which they were met."""
        cases = self.env["intervention.meeting"]
        vals_list = []
        # A student has one active case for each cause.
        known = Counter(
            case.student_id.id
            for case in cases.search(
                [("student_id", "in", [student.id for student, _day in meetings])]
            )
        )
        for student, day in meetings:
            vals_list.append(
                self.vals(
                    student_id=student.id,
                    meeting_date=day,
                    root_cause=CAUSES[known[student.id]],
                    form_master_id=self.fm.id,
                )
            )
            known[student.id] += 1
        return cases.create(vals_list)

    def refresh(self):
        # All of a test is one moment; what was computed since the job began is done.
        self.env.cr.execute(
            """UPDATE intervention_effect
                  SET computed_at = computed_at - interval '1 day'"""
        )
        with self.enter_registry_test_mode():
            self.env.ref(REFRESH).method_direct_trigger()

    def build_totals(self, seen=None):
        """Make the running totals of what is stored.

        :param datetime seen: what is stored from then on is new to them; tomorrow, as
            all of a test is one moment
        """
        self.env.cr.execute("DELETE FROM intervention_effect_total")
        self.env.cr.execute("DELETE FROM intervention_effect_roll")
        company = self.env.company
        self.rolls._begin(company, seen or self.env.cr.now() + timedelta(days=1))
        while self.rolls._go_on(company):
            pass

    def row(self, meeting):
        self.effects.invalidate_model()
        return self.effects.search([("meeting_id", "=", meeting.id)])
