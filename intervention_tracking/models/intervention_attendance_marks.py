from collections import defaultdict

from odoo import api, models
from odoo.fields import Datetime, Domain

from ..constants import ADMIN_GROUP, LONGEST_MARK_NOTE
from ..tools.day import today
from ..tools.exceptions import validation_error
from ..tools.register import number_key
from ..tools.text import clean_text
from .intervention_attendance_file import MEANINGS, code_key

# How many faults are told at once.
MOST_FAULTS = 100


class InterventionAttendance(models.Model):
    """Marks of another program, of which all are stored or none."""

    _inherit = "intervention.attendance"

    @api.model
    def _put_marks(self, marks):
        """Store marks of students whose days the user may record.

        These are the students of the user's own classes, and for administrators those
        of the company.

        :param marks: a list of dicts with ``student_id`` or ``student_id_number``,
            ``date``, ``code`` or ``meaning``, and what there is of ``slot``,
            ``minutes_lost`` and ``note``
        :return: the numbers of days ``new``, ``changed`` and ``unchanged``, and of
            ``students``
        :raises ValidationError: when one of them is at fault; its ``problems`` have a
            name as ``marks.3.date`` for each
        """
        total = dict.fromkeys(("new", "changed", "unchanged", "students"), 0)
        faults = {}
        for source, rows in self._checked_marks(marks, faults).items():
            result = self._store(rows, source)
            if result["other_school"] or result["contradiction_days"]:
                message = self.env._("Some of these days contradict what is known.")
                raise validation_error({"marks": [message]})
            for name in total:
                total[name] += result[name]
            last = max(filter(None, (source.last_day, result["last_day"])))
            # sudo: form masters record marks and see no more of the source for it.
            source.sudo().write(
                {
                    "run_at": Datetime.now(),
                    "run_by_id": self.env.uid,
                    "run_new": result["new"],
                    "run_changed": result["changed"],
                    "run_unchanged": result["unchanged"],
                    "last_day": last,
                }
            )
        return total

    def _checked_marks(self, marks, faults):
        """Return the marks as ``_store`` takes them, by their source.

        :raises ValidationError: when one of them is at fault
        """
        students = self._markable_students(marks)
        days = [each["date"] for each in marks if each.get("date")]
        checks, found, seen = {}, defaultdict(list), {}
        for place, mark in enumerate(marks):
            if len(faults) >= MOST_FAULTS:
                break
            student, fault = self._marked_student(mark, students)
            if fault:
                faults[f"marks.{place}.{fault[0]}"] = [fault[1]]
                continue
            company = student.company_id or student.school_class_id.company_id
            company = company or self.env.company
            if company not in self.env.companies:
                # A student of two schools who is in a class of the other one.
                company = self.env.company
            if company not in checks:
                checks[company] = self._mark_checks(company, days)
            source, meanings, last, first, open_days = checks[company]
            problems = {}
            day = mark.get("date")
            if day and not first <= day <= last:
                problems["date"] = self.env._(
                    "This must be a day that has come, and not long ago."
                )
            elif day and day not in open_days:
                problems["date"] = self.env._("The school is closed on this day.")
            elif day and student.student_left_on and student.student_left_on <= day:
                problems["date"] = self.env._("The student had left the school.")
            values = {}
            for name in ("code", "slot", "note"):
                values[name], complaint = clean_text(self.env, mark.get(name))
                if complaint:
                    problems[name] = complaint
            if len(values["note"]) > LONGEST_MARK_NOTE:
                problems["note"] = self.env._(
                    "This must have %(count)s characters at most.",
                    count=LONGEST_MARK_NOTE,
                )
            meaning = mark.get("meaning") or meanings.get(code_key(values["code"]))
            if meaning not in MEANINGS and "code" not in problems:
                problems["code"] = (
                    self.env._("The school has no such code.")
                    if values["code"]
                    else self.env._("Send a code, or what the mark means.")
                )
            key = (student.id, day, values["slot"])
            if seen.setdefault(key, meaning) != meaning:
                problems["code"] = self.env._(
                    "Another mark of this student and time means something else."
                )
            for name, text in problems.items():
                faults[f"marks.{place}.{name}"] = [text]
            found[source].append(
                (
                    student.id,
                    day,
                    values["slot"],
                    meaning,
                    values["code"],
                    mark.get("minutes_lost") or 0,
                    values["note"],
                )
            )
        if faults:
            raise validation_error(faults)
        return found

    @api.model
    def _markable_students(self, marks):
        """Return those students of some marks whose days the user may record.

        :return: them, and a dict from numbers to them
        """
        ids = {mark["student_id"] for mark in marks if mark.get("student_id")}
        numbers = {
            number_key(mark["student_id_number"])
            for mark in marks
            if mark.get("student_id_number")
        }
        students = self.env["res.partner"].with_context(active_test=False)
        domain = Domain("is_intervention_student", "=", True)
        if not self.env.user.has_group(ADMIN_GROUP):
            own = list(self.env["intervention.class"]._own_ids())
            domain &= Domain("school_class_id", "in", own)
        domain &= Domain("company_id", "in", (False, *self.env.companies.ids))
        named = Domain("id", "in", list(ids))
        if numbers:
            named |= Domain("student_number", "in", list(numbers))
        found = students.search_fetch(
            domain & named,
            ["student_number", "student_left_on", "company_id", "school_class_id"],
        )
        by_number = defaultdict(students.browse)
        for student in found:
            if student.student_number:
                by_number[number_key(student.student_number)] |= student
        return {each.id: each for each in found}, by_number

    def _marked_student(self, mark, students):
        """Return the student of a mark, or the key that is at fault and why."""
        by_id, by_number = students
        none = self.env._("You have no such student.")
        student = number = None
        if "student_id" in mark:
            student = by_id.get(mark["student_id"])
            if not student:
                return None, ("student", none)
        if mark.get("student_id_number"):
            number = by_number.get(number_key(mark["student_id_number"]))
            if not number:
                return None, ("student_id_number", none)
            if len(number) > 1 and not student:
                several = self.env._(
                    "Students of several schools have this number. Send student."
                )
                return None, ("student_id_number", several)
            if student and student not in number:
                other = self.env._("This is another student than the one of `student`.")
                return None, ("student_id_number", other)
        if not (student or number):
            return None, ("student", self.env._("Send student or student_id_number."))
        return student or number, None

    @api.model
    def _mark_checks(self, company, days):
        """Return source, meanings of codes, and the days that marks can be of."""
        source = self._api_source(company)
        meanings = self.env["intervention.attendance.file"]._meanings(source)
        last = today(self, company=company)
        first, _ahead = self.env["intervention.settings"]._plausible_days(company)
        possible = [day for day in days if first <= day <= last]
        open_days = (
            self.env["intervention.settings"]._open_days(
                company, min(possible), max(possible)
            )
            if possible
            else ()
        )
        return source, meanings, last, first, open_days

    @api.model
    def _api_source(self, company):
        """Return the source of what comes by the HTTP API."""
        sources = self.env["intervention.attendance.source"]
        source = sources.search(
            [("kind", "=", "api"), ("company_id", "=", company.id)],
            order="id",
            limit=1,
        )
        if not source:
            # sudo: whoever sends the first marks.
            source = sources.sudo().create(
                {
                    "name": self.env._("HTTP API"),
                    "kind": "api",
                    "company_id": company.id,
                }
            )
        return source.sudo(False)
