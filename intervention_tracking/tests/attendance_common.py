from datetime import date, timedelta

from odoo.tests import freeze_time

from .common import InterventionCase


class AttendanceCase(InterventionCase):
    """A source of marks, and school days to give them to.

    It is Friday, the 27th of November 2026; the school year began in September.
    """

    TODAY = date(2026, 11, 27)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-11-27 10:00:00"))
        cls.days = cls.env["intervention.attendance"]
        cls.changes = cls.env["intervention.attendance.change"]
        cls.standings = cls.env["intervention.attendance.standing"]
        cls.source = cls._new_source("Office")

    @classmethod
    def _new_source(cls, name, **vals):
        return cls.env["intervention.attendance.source"].create({"name": name, **vals})

    @classmethod
    def school_days(cls, count, last=None):
        """Return so many school days up to the last one, in the order of time."""
        last = last or cls.TODAY
        days = cls.env["intervention.settings"]._open_days(
            cls.env.company, last - timedelta(days=count * 2 + 20), last
        )
        return sorted(days)[-count:]

    @staticmethod
    def mark(student, day, meaning="unexcused", slot="", code="", minutes=0, note=""):
        return (student.id, day, slot, meaning, code, minutes, note)

    def store(self, *marks, **kwargs):
        return self.days._store(marks, kwargs.pop("source", self.source), **kwargs)

    def store_pattern(self, student, pattern, last=None):
        """Store a day for each letter: present, absent, excused, half, unknown."""
        marks = []
        days = self.school_days(len(pattern), last)
        for day, letter in zip(days, pattern, strict=True):
            if letter == "h":
                marks.append(self.mark(student, day, "unexcused", "1"))
                marks.append(self.mark(student, day, "present", "2"))
            elif letter != "?":
                meaning = {"p": "present", "a": "unexcused", "e": "excused"}[letter]
                marks.append(self.mark(student, day, meaning))
        self.store(*marks)
        return days

    def day_of(self, student, day):
        return self.days.search([("student_id", "=", student.id), ("date", "=", day)])

    def standing(self, student):
        return self.standings.search([("student_id", "=", student.id)])
