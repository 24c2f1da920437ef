from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.day import today

# Of how long the days are that one step of the job deletes.
STEP = timedelta(days=31)


class InterventionAttendance(models.Model):
    """How long school days are kept, where a school has chosen that."""

    _inherit = "intervention.attendance"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self._kept_message())

    @api.model
    def _kept_message(self):
        """Return what is said to who wants to delete school days, by any way."""
        return self.env._(
            "School days are kept as long as the settings of interventions say, and "
            "are deleted by that job only. Correct a day that is wrong in the class "
            "register, or where it came from."
        )

    @api.model
    def _cron_keep_attendance(self):
        """Delete the days that are not to be kept, and let last year's bands end."""
        self.env["intervention.attendance.standing"]._refresh_ended()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=1)
        settings = self.env["intervention.settings"].search(
            [("attendance_years", ">", 0)]
        )
        for each in settings:
            company = each.company_id
            limit = today(self, company=company) - relativedelta(
                years=each.attendance_years
            )
            while self._delete_before(company, limit):
                if not cron._commit_progress():
                    return
        cron._commit_progress(1)

    @api.model
    def _delete_before(self, company, limit):
        """Delete the oldest days before the limit, and what was changed of them.

        :return: whether there were any
        """
        [(oldest,)] = self.env.execute_query(
            SQL(
                """SELECT LEAST(
                       (SELECT min(date) FROM intervention_attendance
                         WHERE company_id = %(company)s AND date < %(limit)s),
                       (SELECT min(date) FROM intervention_attendance_change
                         WHERE company_id = %(company)s AND date < %(limit)s))""",
                company=company.id,
                limit=limit,
            )
        )
        if not oldest:
            return False
        until = min(limit, oldest + STEP)
        self._lock_days(company)
        students = set()
        # The trigger of what is never deleted lets go of what is older than this.
        self.env.cr.execute(
            SQL(
                "SELECT set_config('intervention.attendance_kept_from', %s, TRUE)",
                limit.isoformat(),
            )
        )
        for table in (
            "intervention_attendance_change",
            "intervention_attendance",
        ):
            rows = self.env.execute_query(
                SQL(
                    "DELETE FROM %s WHERE company_id = %s AND date < %s "
                    "RETURNING student_id",
                    SQL.identifier(table),
                    company.id,
                    until,
                )
            )
            students.update(student_id for (student_id,) in rows)
        self.env.cr.execute(
            "SELECT set_config('intervention.attendance_kept_from', '', TRUE)"
        )
        self.env["intervention.attendance.change"].invalidate_model()
        self.invalidate_model()
        self.env["intervention.attendance.standing"]._refresh(students)
        return True


class InterventionAttendanceChange(models.Model):
    """Goes with the day that it is of, when that is not to be kept any longer."""

    _inherit = "intervention.attendance.change"

    _history_condition = (
        "OLD.date >= COALESCE(NULLIF(current_setting("
        "'intervention.attendance_kept_from', TRUE), '')::date, '-infinity')"
    )


class InterventionAttendanceStanding(models.Model):
    """Begins anew with a school year."""

    _inherit = "intervention.attendance.standing"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env["intervention.attendance"]._kept_message())

    @api.model
    def _refresh_ended(self):
        """Compute anew who still has a band of a school year that is over."""
        ended = today(self) - relativedelta(years=1)
        self._refresh(
            self.search([("year_start", "<=", ended), ("severity", ">", 0)]).mapped(
                "student_id.id"
            )
        )
