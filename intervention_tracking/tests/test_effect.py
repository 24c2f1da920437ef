from odoo.tests import tagged

from .attendance_common import AttendanceCase


@tagged("post_install", "-at_install")
class TestEffect(AttendanceCase):
    """What changed after a meeting, next to similar students without one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.effects = cls.env["intervention.effect"]
        # The meeting is on the 21st of 41 school days.
        cls.time = cls.school_days(41)
        cls.alike = [
            cls._new_student(f"Alike {number}", f"L-{number}", cls.class_b)
            for number in range(6)
        ]

    def store_days(self, patterns):
        """Store the days of students, from the first one of the time on."""
        letters = {"p": "present", "a": "unexcused"}
        self.store(
            *(
                self.mark(student, day, letters[letter])
                for student, pattern in patterns.items()
                for day, letter in zip(self.time, pattern, strict=False)
                if letter in letters
            )
        )

    def met(self, student=None, place=20, **vals):
        """Return a case of a meeting on one of the days."""
        meeting = self.record(student_id=(student or self.ada).id, **vals)
        self.env.cr.execute(
            "UPDATE intervention_meeting SET meeting_date = %s WHERE id = %s",
            [self.time[place], meeting.id],
        )
        meeting.invalidate_recordset()
        return meeting

    def refresh(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "intervention_tracking.ir_cron_refresh_effect"
            ).method_direct_trigger()

    def row(self, meeting):
        return self.effects.search([("meeting_id", "=", meeting.id)])

    def test_what_was_missed_is_next_to_what_others_missed(self):
        before = "p" * 15 + "aaaaa" + "a"
        self.store_days(
            {
                self.ada: before + "aa" + "p" * 18,
                **{
                    student: before + "a" * number + "p" * (20 - number)
                    for number, student in enumerate(self.alike)
                },
            }
        )
        meeting = self.met()
        effect = meeting._effect(with_students=True)
        self.assertEqual(effect["state"], "counted")
        self.assertEqual(effect["alike_ids"], [each.id for each in self.alike])
        self.assertEqual((effect["missed_before"], effect["missed_after"]), (5, 2))
        self.assertEqual(
            [effect[f"alike_{name}"] for name in ("low", "median", "high", "mean")],
            [1.25, 2.5, 3.75, 2.5],
        )
        self.assertEqual((effect["net"], effect["rank"]), (-0.5, "like"))
        self.assertIsNone(effect["first"])
        self.refresh()
        row = self.row(meeting)
        self.assertEqual((row.state, row.net, row.first_net), ("counted", -0.5, -0.5))
        self.assertEqual(
            [
                row.day_before_first,
                row.day_before_last,
                row.day_after_first,
                row.day_after_last,
            ],
            [self.time[place] for place in (0, 19, 21, 40)],
        )
        self.assertEqual(meeting._effect()["first"]["on"], self.TODAY)
