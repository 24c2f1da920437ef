from contextlib import suppress

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from ..constants import MOST_YEARS_BACK
from ..tools.day import today
from ..tools.exceptions import validation_error
from ..tools.internal import internal_value
from .intervention_meeting_rules import CHECKED, REQUIRED

# What tells one case from another.
EARLIER_CASE = ("student_id", "meeting_date", "root_cause")
# Set while closed cases of earlier years are imported.
EARLIER = "intervention_earlier"


class InterventionMeeting(models.Model):
    """Closed cases of earlier years, with the days on which they were.

    Only the administrators' import makes them. They are closed from the beginning, so
    nobody is reminded of them or told, and they have no history of updates.
    """

    _inherit = "intervention.meeting"

    is_imported = fields.Boolean(
        string="Imported",
        copy=False,
        readonly=True,
        help="The case is of an earlier year. It was brought in closed, from records "
        "that were kept elsewhere.",
    )

    # Not readonly, so that the class of then is kept; nobody else sets it.
    class_id = fields.Many2one(readonly=False, copy=False)

    @api.model
    def _managed_fields(self):
        return (*super()._managed_fields(), "is_imported")

    @api.model
    def _convert_records(self, records, *, log=lambda a: None, savepoint):
        """Leave out the earlier cases that have been imported already."""
        converted = super()._convert_records(records, log=log, savepoint=savepoint)
        if not internal_value(self.env, EARLIER):
            yield from converted
            return
        seen, rows = set(), []
        for each in converted:
            _id, _xid, values, info = each
            case = tuple(values.get(name) for name in EARLIER_CASE)
            if case in seen:
                message = self.env._("This case is in the file twice.")
                log({**info, "type": "error", "message": message})
                continue
            if all(case):
                seen.add(case)
            rows.append((case, each))
        imported = self._imported_already({student for student, _day, _cause in seen})
        for (student, day, cause), each in rows:
            with suppress(ValueError):
                day = self._to_date(day)
            if (student, day, cause) not in imported:
                yield each

    @api.model
    def _imported_already(self, student_ids):
        """Return what tells the imported cases of these students from others."""
        cases = self.with_context(active_test=False).search_fetch(
            [("student_id", "in", list(student_ids)), ("is_imported", "=", True)],
            EARLIER_CASE,
        )
        return {
            (case.student_id.id, case.meeting_date, case.root_cause) for case in cases
        }

    @api.model
    def _named_student(self, number, text, register, with_left=False):
        earlier = bool(internal_value(self.env, EARLIER))
        return super()._named_student(number, text, register, with_left or earlier)

    def _load_records_create(self, vals_list):
        if not internal_value(self.env, EARLIER):
            return super()._load_records_create(vals_list)
        self.check_access("create")
        self._read_people_ahead(vals_list)
        complete = []
        for vals in vals_list:
            vals, problems = self._checked_earlier(vals)
            if problems:
                raise validation_error(problems)
            complete.append(vals)
        return self._record(complete)

    @api.model
    def _checked_earlier(self, vals):
        """Look at the values of an earlier case; return what _checked_creation does."""
        vals = self._add_missing_default_values(
            {"class_id": False, **vals, "status": "closed", "is_imported": True}
        )
        vals, problems = self._checked_fields(
            vals,
            (*CHECKED, "closed_date"),
            (*REQUIRED, "resolution_notes", "closed_date"),
        )
        met, closed = vals.get("meeting_date"), vals.get("closed_date")
        for name, day in (("meeting_date", met), ("closed_date", closed)):
            if day:
                self._complain_of_future(name, day, self.env.company, problems)
        if met and closed and closed < met:
            problems.add(
                "closed_date",
                self.env._("Closed Date: it can't be before the meeting."),
            )
        student = self._existing(self.env["res.partner"], vals.get("student_id"))
        if student and not student.is_intervention_student:
            problems["student_id"] = self.env._(
                "Student: choose a student of this school."
            )
        if "form_master_id" not in problems:
            owner = vals["form_master_id"]
            self._complain_of_owner(owner, self.env.company, problems)
        return vals, problems


class InterventionSettings(models.Model):
    """Earlier cases may be older than what is recorded day by day."""

    _inherit = "intervention.settings"

    @api.model
    def _plausible_days(self, company):
        earliest, latest = super()._plausible_days(company)
        if internal_value(self.env, EARLIER):
            earliest = today(self) - relativedelta(years=MOST_YEARS_BACK)
        return earliest, latest
