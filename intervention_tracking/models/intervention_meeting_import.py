from odoo import api, fields, models


class InterventionMeeting(models.Model):
    """Meetings come from a spreadsheet by the numbers or names of the students."""

    _name = "intervention.meeting"
    _inherit = ["intervention.meeting", "intervention.named.students"]

    # Not readonly, so that a column can be chosen for it; nobody sets it all the same.
    student_number = fields.Char(readonly=False)

    @api.model
    def _managed_fields(self):
        return (*super()._managed_fields(), "student_number")


class InterventionProgress(models.Model):
    """Updates come from a spreadsheet whose rows name the student, and not the case."""

    _name = "intervention.progress"
    _inherit = ["intervention.progress", "intervention.named.students"]

    # Not readonly, so that columns can be chosen for them.
    meeting_id = fields.Many2one(readonly=False)
    update_text = fields.Text(readonly=False)
    happened_on = fields.Date(readonly=False)
    # These say which case is meant; an update does not keep them.
    student_id = fields.Many2one(
        related="meeting_id.student_id", readonly=False, related_sudo=False
    )
    student_number = fields.Char(
        related="meeting_id.student_number", readonly=False, related_sudo=False
    )
    root_cause = fields.Selection(
        related="meeting_id.root_cause", readonly=False, related_sudo=False
    )
    meeting_date = fields.Date(
        related="meeting_id.meeting_date", readonly=False, related_sudo=False
    )

    @api.model
    def _names_student(self, record):
        [case] = record.get("meeting_id") or [{}]
        return bool(case.get(None)) or super()._names_student(record)

    @api.model
    def _take_student(self, record, register):
        [case] = record.get("meeting_id") or [{}]
        if case.get(None):
            # Nobody calls a case anything but by its student.
            record.setdefault("student_id", record["meeting_id"])
        if None in case:
            del record["meeting_id"]
        return super()._take_student(record, register)

    @api.model
    def _named_student(self, number, text, register, with_left=True):
        return super()._named_student(number, text, register, with_left)

    @api.model
    def _cases_of(self, student_ids):
        """Return the cases of students, by the id of the student."""
        cases = self.env["intervention.meeting"].search_fetch(
            [("student_id", "in", list(student_ids))],
            ["student_id", "root_cause", "meeting_date", "status"],
        )
        grouped = cases.grouped("student_id")
        return {student.id: each for student, each in grouped.items()}

    @api.model
    def _with_student(self, values, student, cases):
        said = {
            name: values.pop(name)
            for name in ("root_cause", "meeting_date")
            if values.get(name)
        }
        if not student or values.get("meeting_id"):
            return values
        if "meeting_date" in said:
            try:
                said["meeting_date"] = self._to_date(said["meeting_date"])
            except ValueError:
                del said["meeting_date"]
        cases = cases.get(student, self.env["intervention.meeting"]).filtered(
            lambda case: all(case[name] == value for name, value in said.items())
        )
        if len(cases) > 1:
            cases = cases.filtered(lambda case: case.status != "closed") or cases
        if len(cases) != 1:
            raise LookupError(self._case_complaint(student, cases))
        return {**values, "meeting_id": cases.id}

    @api.model
    def _case_complaint(self, student, cases):
        """Return why it is not clear which case of a student a row means."""
        name = self.env["res.partner"].browse(student).name
        if not cases:
            return self.env._(
                "%(student)s has no intervention that you can see and that the row may "
                "mean.",
                student=name,
            )
        return self.env._(
            "%(student)s has %(count)s interventions that the row may mean. Add the "
            "columns Root Cause Category and Meeting Date.",
            student=name,
            count=len(cases),
        )
