import json

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import ADMIN_GROUP

BANNER_STUDENTS = 6
ATTENTION_STUDENTS = 3


class InterventionMeeting(models.Model):
    """What the dashboard and the systray show, each with one call."""

    _inherit = "intervention.meeting"

    @api.model
    @api.readonly
    def get_dashboard(self):
        """Return everything that the panel above the list shows.

        :return: what ``get_statistics`` returns but the registers, and ``recurring``:
            the first students of ``get_recurring_students``, told apart where two have
            one name;
            ``attention``: a dict of ``count`` of who needs a talk, ``is_known``
            (whether there is any attendance), and for form masters ``students``, the
            first of them as over HTTP, with ``standing`` (an id) and ``reason``;
            ``left_cases``: how many active cases are of students who have left;
            ``colleague_cases``: how many are of other form masters of their classes;
            and for administrators ``handover_cases``: how many wait to be handed over,
            ``case_requests``: how many were asked for, and ``trouble``: what is wrong
            with the marks
        :raises AccessError: for who has neither group
        """
        is_admin = self.env.user.has_group(ADMIN_GROUP)
        numbers = self._statistics_with_attention(0 if is_admin else ATTENTION_STUDENTS)
        recurring = self.get_recurring_students(limit=BANNER_STUDENTS)[
            "recurring_students"
        ]
        students = recurring + numbers["attention"]["students"]
        ids = {student["student"] for student in students}
        marks = self.env["res.partner"].browse(ids)._namesake_marks()
        for student in students:
            if student["student"] in marks:
                student["student_name"] += f" ({marks[student['student']]})"
        waiting = Domain("awaits_handover", "=", True)
        return {
            **numbers,
            "recurring": recurring,
            "left_cases": self.search_count(
                [("has_student_left", "=", True), ("status", "!=", "closed")]
            ),
            "colleague_cases": self.search_count(
                Domain("form_master_id", "!=", self.env.uid)
                & Domain("status", "!=", "closed")
                & self._present_domain()
            )
            if self._shares_cases()
            else 0,
            "trouble": self._attendance_trouble() if is_admin else False,
            "handover_cases": self.search_count(waiting) if is_admin else 0,
            "case_requests": self.env["intervention.request"].search_count(
                [("state", "=", "waiting")]
            )
            if is_admin
            else 0,
        }

    @api.model
    def _statistics_with_attention(self, limit):
        """Return the statistics and ``attention``, in one statement.

        :param int limit: how many students of it
        """
        standing = self.env["intervention.attendance.standing"]
        attention = SQL("'attention', %s", standing._attention_sql(limit))
        numbers = json.loads(self._statistics_json(attention))
        numbers["at_risk_without_case"] = numbers["attention"]["count"]
        for student in numbers["attention"]["students"]:
            student["reason"] = standing._reason(student)
        return numbers

    @api.model
    @api.readonly
    def get_quick_access(self):
        """Return the numbers of the systray.

        :return: a dict of ``active_cases``, ``needs_attention`` (active and overdue or
            of high urgency, each case once), ``improving`` and ``not_improving``, and
            ``needs_talk``, how many students need a talk
        :raises AccessError: for who has neither group
        """
        active = self._ongoing_domain()
        counts = dict(self._read_group(active, ["status"], ["__count"]))
        return {
            "active_cases": sum(counts.values()),
            "needs_attention": self.search_count(
                active
                & (
                    Domain("urgency_level", "=", "high")
                    | Domain("is_overdue", "=", True)
                )
            ),
            "improving": counts.get("improving", 0),
            "not_improving": counts.get("not_improving", 0),
            "needs_talk": self.env["intervention.attendance.standing"].search_count(
                [("needs_talk", "=", True)]
            ),
        }

    @api.model
    @api.readonly
    def get_student_situation(self, student_id):
        """Return what is known about a student before a meeting is recorded.

        :param int student_id: the student (a ``res.partner``)
        :return: a dict of ``count`` (of the meetings that the user may see),
            ``last_meeting_date`` (or False), ``active``, a list of dicts with
            ``id``, ``root_cause``, ``status`` and ``meeting_date``, ``relapse``, and
            ``attendance``, what ``get_strip`` of ``intervention.attendance`` returns,
            False also for who may not see it. A relapse is a dict of ``closed_date``,
            when the last case that the user may see was closed, and ``since``, since
            when the absences call for a talk again; False when they do not
        :raises AccessError: for who has neither group
        """
        student_id = self._id_or_none(student_id) or 0
        meetings = self.search([("student_id", "=", student_id)])
        return {
            "count": len(meetings),
            "last_meeting_date": meetings[:1].meeting_date,
            "active": meetings.filtered(lambda each: each.status != "closed").read(
                ["root_cause", "status", "meeting_date"]
            ),
            "relapse": meetings._relapse(student_id),
            "attendance": self.env["intervention.attendance"]._strip(student_id),
        }

    def _relapse(self, student_id):
        """Return what ``get_student_situation`` tells of a relapse.

        These are the meetings with the student that the user may see.
        """
        since = (
            self.env["intervention.attendance.standing"]
            .search([("student_id", "=", student_id), ("is_relapse", "=", True)])
            .attention_since
        )
        return since and {
            "closed_date": max(
                meeting.closed_date
                for meeting in self
                if meeting.closed_date and meeting.closed_date < since
            ),
            "since": since,
        }
