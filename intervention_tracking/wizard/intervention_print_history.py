from odoo import fields, models

from ..constants import ADMIN_GROUP
from ..tools.text import isolate


class InterventionPrintHistory(models.TransientModel):
    """The dialog that asks how much of a student's history is printed."""

    _name = "intervention.print.history"
    _description = "Print Intervention History"
    _inherit = ["intervention.refusals"]

    student_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        domain=[("is_intervention_student", "=", True)],
        # The list's button hands on no default_student_id.
        default=lambda self: self.env.context.get("intervention_history_student"),
        ondelete="cascade",
    )
    content = fields.Selection(
        selection=[
            ("dates", "Dates and statuses, no causes"),
            ("causes", "Dates, statuses and root causes"),
            ("narrative", "Everything, also what was said and agreed"),
        ],
        required=True,
        default="causes",
        help="A root cause may name an illness. Print no more than the reader needs.",
    )
    has_attendance = fields.Boolean(
        string="Attendance",
        default=True,
        help="Print how the student attended in this school year, as far as you may "
        "see it.",
    )
    date_from = fields.Date(
        string="From", help="Meetings from this day on. Empty: from the first one."
    )
    date_to = fields.Date(
        string="To", help="Meetings up to this day. Empty: up to the last one."
    )

    _period_in_order = models.Constraint(
        "CHECK (date_from <= date_to)",
        "To: choose a day that is not before the first one.",
    )

    def _meetings(self):
        """Return the student's meetings that the user may see, oldest first."""
        self.ensure_one()
        domain = [("student_id", "=", self.student_id.id)]
        if self.date_from:
            domain.append(("meeting_date", ">=", self.date_from))
        if self.date_to:
            domain.append(("meeting_date", "<=", self.date_to))
        return self.env["intervention.meeting"].search(domain, order="meeting_date, id")

    def _scope(self):
        """Return a sentence that says which meetings the history can have.

        It is the same whether there are others or not.
        """
        if self.env.user.has_group(ADMIN_GROUP):
            return self.env._(
                "All interventions of this student at %(schools)s, except archived "
                "ones.",
                schools=isolate(self.env, ", ".join(self.env.companies.mapped("name"))),
            )
        if self.env["intervention.meeting"]._shares_cases():
            return self.env._(
                "Only the interventions that %(form_master)s follows, and those of "
                "their classes; the history may not be complete.",
                form_master=isolate(self.env, self.env.user.name),
            )
        return self.env._(
            "Only the interventions that %(form_master)s follows; the history may not "
            "be complete.",
            form_master=isolate(self.env, self.env.user.name),
        )

    def _file_name(self):
        student = self.student_id
        return self.env._(
            "Interventions of %(student)s", student=student._distinct_names()[student]
        )

    def action_print(self):
        """Print the history; what was said leaves a note on each of its meetings.

        :return: an action of the web client
        :raises AccessError: for who has neither group
        """
        self.ensure_one()
        meetings = self._meetings()
        if self.content == "narrative":
            note = self.env._(
                "Printed in the student's history, with what was said and agreed."
            )
            meetings._message_log_batch(dict.fromkeys(meetings.ids, note))
        report = self.env["intervention.paper"]
        return report._print("report_student_history_action", self)
