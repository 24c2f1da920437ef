"""A school as OpenEduCat or the stand-in for it has it, with what is odd there."""

import copy
import itertools
from datetime import date, timedelta

from odoo import models

GROUPS = (
    "school_stand_in.group_faculty",
    "openeducat_core.group_op_faculty",
    "openeducat_attendance.group_op_attendance_user",
)
PARENT_GROUPS = (
    "school_stand_in.group_parent_manager",
    "openeducat_parent.group_op_parent_manager",
)
WORDS = {
    "p": ("present",),
    "a": ("absent",),
    "e": ("excused",),
    "l": ("late",),
    # What nothing but the form rules out.
    "t": ("present", "absent"),
    "?": (),
}


def school_days(count, last=None):
    """Return so many weekdays up to one that is over, in the order of time."""
    day = last or date.today() - timedelta(days=1)
    days = []
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


class School:
    """Makes students, classes, parents and marks in the other system.

    All is made as Odoo itself, as who works there has rights of their own.
    """

    def __init__(self, env, mark="S"):
        self.env = env(su=True)
        self.mark = mark
        self.numbers = itertools.count(1)
        self.relation = self.env["op.parent.relationship"].create(
            {"name": f"Parent {mark}"}
        )
        self.registers = {}

    def seen_in(self, env):
        """Return the same school in another transaction, for which it was committed."""
        it = copy.copy(self)
        it.env = env(su=True)
        for name, value in vars(self).items():
            if name != "env":
                setattr(it, name, _seen_in(it.env, value))
        return it

    def code(self):
        return f"{self.mark}{next(self.numbers)}"

    def course(self, name="Course"):
        return self.env["op.course"].create({"name": name, "code": self.code()})

    def batch(self, name, course=None, end=None):
        """Make a class: a batch, which may have the name of another one."""
        return self.env["op.batch"].create(
            {
                "name": name,
                "code": self.code(),
                "course_id": (course or self.course()).id,
                "start_date": date.today() - timedelta(days=200),
                "end_date": end or date.today() + timedelta(days=200),
            }
        )

    def student(self, name, *batches, **vals):
        """Make a student who is in these classes, in the order in which they came."""
        student = self.env["op.student"].create({"name": name, "gender": "f", **vals})
        for batch in batches:
            self.enrol(student, batch)
        return student

    def enrol(self, student, batch):
        return self.env["op.student.course"].create(
            {
                "student_id": student.id,
                "course_id": batch.course_id.id,
                "batch_id": batch.id,
            }
        )

    def parent(self, contact, *students):
        """Make a parent of a contact, or of a new one of this name."""
        if isinstance(contact, str):
            contact = self.env["res.partner"].create({"name": contact})
        return self.env["op.parent"].create(
            {
                "name": contact.id,
                "relationship_id": self.relation.id,
                "student_ids": [
                    (6, 0, [student.id for student in students]),
                ],
            }
        )

    def sheet(self, batch, day, marks, state="done"):
        """Take the attendance of a class: students to letters of ``WORDS``."""
        if batch not in self.registers:
            self.registers[batch] = self.env["op.attendance.register"].create(
                {
                    "name": batch.name[:16],
                    "code": self.code(),
                    "course_id": batch.course_id.id,
                    "batch_id": batch.id,
                }
            )
        sheet = self.env["op.attendance.sheet"].create(
            {"register_id": self.registers[batch].id, "attendance_date": day}
        )
        self.env["op.attendance.line"].create(
            [
                {
                    "attendance_id": sheet.id,
                    "student_id": student.id,
                    **dict.fromkeys(WORDS[letter], True),
                }
                for student, letter in marks.items()
            ]
        )
        sheet.state = state
        return sheet


def _seen_in(env, value):
    """Return records, or a list or dict of records, in another transaction."""
    if isinstance(value, models.BaseModel):
        return value.with_env(env)
    if isinstance(value, list):
        return [_seen_in(env, each) for each in value]
    if isinstance(value, dict):
        return {_seen_in(env, key): _seen_in(env, each) for key, each in value.items()}
    return value


def new_user(env, login, *groups, **vals):
    """Make somebody with those of the groups that are there."""
    found = [env.ref(group, raise_if_not_found=False) for group in groups]
    return env["res.users"].create(
        {
            "name": login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.org",
            "tz": "UTC",
            "group_ids": [(6, 0, [group.id for group in found if group])],
            **vals,
        }
    )
