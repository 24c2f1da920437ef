from odoo import api, models

from . import attendance_strip


class ReportStudentHistory(models.AbstractModel):
    _name = "report.intervention_tracking.report_student_history"
    _description = "Intervention History on Paper"
    _inherit = ["intervention.paper"]

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self._readable("intervention.print.history", docids)
        return {
            **self._common_values(data),
            "documents": [self._document(wizard) for wizard in wizards],
        }

    def _document(self, wizard):
        meetings = wizard._meetings()
        # Whose letterhead the history has.
        school = wizard.student_id.company_id & self.env.companies or self.env.company
        if len(meetings.company_id) == 1:
            school = meetings.company_id
        of_meetings = [
            ("meeting_id", "in", meetings.ids),
            ("is_retracted", "=", False),
        ]
        updates = self.env["intervention.progress"].search(
            of_meetings, order="happened_on, create_date, id"
        )
        changes = self.env["intervention.change"].search(
            of_meetings, order="create_date, id"
        )
        return {
            "wizard": wizard,
            "attendance": self._attendance(wizard),
            "student": wizard.student_id,
            "meetings": meetings,
            "updates": updates.grouped("meeting_id"),
            "changes": changes.grouped("meeting_id"),
            "company": school,
        }

    def _attendance(self, wizard):
        """Return the school year in figures and drawings; False if nothing is known."""
        strip = wizard.has_attendance and self.env["intervention.attendance"]._strip(
            wizard.student_id.id
        )
        if not strip:
            return False
        is_rtl = self._direction(self.env.lang) == "rtl"
        return {
            "figures": strip["figures"],
            "months": attendance_strip.months(self.env, strip, is_rtl),
            "legend": attendance_strip.legend(self.env, strip),
        }
