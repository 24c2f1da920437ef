from datetime import date

from odoo.tests import freeze_time, tagged

from .common import InterventionCase


@tagged("standard", "post_install", "-at_install")
@freeze_time("2026-04-17 10:00:00")
class TestMissingRegisters(InterventionCase):
    """Friday, 17 April 2026: of which school days nobody has taken the register."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "School of Registers"})
        cls.company.resource_calendar_id = False
        for user in (cls.fm, cls.fm2, cls.boss):
            user.company_ids |= cls.company
        cls.one, cls.two, cls.empty = cls.env["intervention.class"].create(
            [
                {"name": name, "form_master_id": user.id, "company_id": cls.company.id}
                for name, user in (("1A", cls.fm), ("1B", cls.fm2), ("1C", cls.fm))
            ]
        )
        cls.di = cls._new_student("Di Test", None, cls.one, company_id=cls.company.id)
        cls.ed = cls._new_student("Ed Test", None, cls.two, company_id=cls.company.id)
        cls.source = cls.env["intervention.attendance.source"].create(
            {"name": "Registers", "kind": "register", "company_id": cls.company.id}
        )
        cls._mark(cls.di, cls.one, 14)

    @classmethod
    def _mark(cls, student, school_class, day):
        return cls.env["intervention.attendance"].create(
            {
                "student_id": student.id,
                "class_id": school_class.id,
                "company_id": cls.company.id,
                "date": date(2026, 4, day),
                "possible": 1,
                "absent": 0,
                "excused": 0,
                "is_late": False,
                "source_id": cls.source.id,
                "updated_at": "2026-04-14 08:00:00",
            }
        )

    def _missing(self, user, first=13, last=17):
        classes = self.env["intervention.class"].with_user(user)
        return [
            (school_class.name, day.day)
            for school_class, day in (
                (classes.browse(class_id), day)
                for class_id, day in classes._missing_registers(
                    self.company, date(2026, 4, first), date(2026, 4, last)
                )
            )
        ]

    def test_they_are_those_of_open_days_that_are_over(self):
        self.assertEqual(
            self._missing(self.boss),
            [("1A", 13), ("1B", 13), ("1B", 14)]
            + [(name, day) for day in (15, 16) for name in ("1A", "1B")],
        )
        self.assertEqual(self._missing(self.boss, 11, 12), [])
        self.assertEqual(self._missing(self.boss, 17, 30), [])

    def test_form_masters_have_those_of_their_own_classes(self):
        self.assertEqual(self._missing(self.fm), [("1A", 13), ("1A", 15), ("1A", 16)])

    def test_a_class_needs_nobody_when_all_its_students_have_left(self):
        self.ed.student_left_on = date(2026, 4, 15)
        self.assertEqual(
            [each for each in self._missing(self.boss) if each[0] == "1B"],
            [("1B", 13), ("1B", 14)],
        )

    def test_a_class_has_none_before_its_students_came(self):
        self.ed.student_came_on = date(2026, 4, 15)
        self.assertEqual(
            [each for each in self._missing(self.boss) if each[0] == "1B"],
            [("1B", 15), ("1B", 16)],
        )

    def test_who_changed_the_class_has_the_register_of_the_former_one(self):
        self.di.school_class_id = self.empty
        self.assertNotIn(("1C", 14), self._missing(self.boss))
        self.assertIn(("1C", 15), self._missing(self.boss))

    def test_a_school_may_have_several_calendars(self):
        calendars = self.env["resource.calendar"].create(
            [
                {"name": name, "company_id": self.company.id}
                for name in ("Lessons", "Kitchen")
            ]
        )
        self.company.resource_calendar_id = calendars[0]
        meetings = self.meetings(self.boss).with_context(
            allowed_company_ids=self.company.ids
        )
        days = self._missing(self.boss, 10, 16)
        self.assertTrue(days)
        missing = meetings.get_statistics()["registers_missing"]
        self.assertEqual(missing, len(days))

    def test_nothing_is_missing_where_no_marks_come_in(self):
        # Nobody else may.
        self.env.cr.execute(
            "DELETE FROM intervention_attendance WHERE company_id = %s",
            [self.company.id],
        )
        self.source.unlink()
        self.assertEqual(self._missing(self.boss), [])

    def test_classes_are_found_by_it(self):
        classes = (
            self.env["intervention.class"]
            .with_user(self.boss)
            .with_context(allowed_company_ids=self.company.ids)
        )
        missing = classes.search([("is_register_missing", "=", True)])
        self.assertEqual(missing.mapped("name"), ["1A", "1B"])
        days = ["Apr 10, 2026", "Apr 13, 2026", "Apr 15, 2026", "Apr 16, 2026"]
        self.assertEqual(missing[0].missing_registers, ", ".join(days))
        self.assertFalse(classes.browse(self.empty.id).is_register_missing)

    def test_the_dashboard_tells_of_own_classes_until_they_are_taken(self):
        def to_take(user):
            meetings = self.meetings(user).with_context(
                allowed_company_ids=self.company.ids
            )
            return meetings.get_dashboard()["registers_to_take"]

        self.assertEqual(to_take(self.fm), ["1A"])
        self.assertEqual(to_take(self.boss), [])
        self._mark(self.di, self.one, 17)
        self.assertEqual(to_take(self.fm), [])
        self.assertEqual(to_take(self.fm2), ["1B"])
        with freeze_time("2026-04-18 10:00:00"):
            self.assertEqual(to_take(self.fm2), [])
        # A school whose marks come from elsewhere takes no registers here.
        self.source.kind = "file"
        self.assertEqual(to_take(self.fm2), [])
