from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from ..tools.day import today
from ..tools.exceptions import field_error
from ..tools.notification import CLOSE, notification


class InterventionLeave(models.TransientModel):
    """Mark students as left, and close their cases with one sentence."""

    _name = "intervention.leave"
    _description = "Students Leave"
    _inherit = ["intervention.refusals"]

    student_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Students",
        domain=[("is_intervention_student", "=", True)],
        context={"active_test": False},
        required=True,
    )
    is_leaving = fields.Boolean(compute="_compute_is_leaving", compute_sudo=False)
    left_on = fields.Date(
        string="Left School on",
        required=True,
        default=today,
        help="The day of leaving. Who has left already keeps their day.",
    )
    has_come = fields.Boolean(compute="_compute_has_come")
    meeting_ids = fields.Many2many(
        comodel_name="intervention.meeting",
        string="Cases to Close",
        compute="_compute_meeting_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Remove the cases that should stay open; they are still marked as left.",
    )
    resolution_notes = fields.Text(
        compute="_compute_resolution_notes", store=True, readonly=False
    )

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        model = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids")
        if not ids or "student_ids" in vals:
            return vals
        records = self.env.get(model, self.env["res.partner"]).browse(ids)
        if model == "intervention.class":
            students = records.student_ids.filtered(
                lambda student: not student.has_left_school
            )
        elif model == "intervention.meeting":
            students = records.student_id
            vals["meeting_ids"] = [
                Command.set(records.filtered(lambda case: case.status != "closed").ids)
            ]
        else:
            students = records.filtered("is_intervention_student")
        vals["student_ids"] = [Command.set(students.ids)]
        gone = set(students.filtered("has_left_school").mapped("student_left_on"))
        if len(gone) == 1 and students.filtered("has_left_school") == students:
            vals["left_on"] = gone.pop() or today(self)
        return vals

    @api.depends("student_ids")
    def _compute_is_leaving(self):
        for leave in self:
            leave.is_leaving = bool(leave._leaving())

    @api.depends("left_on")
    def _compute_has_come(self):
        this_day = today(self)
        for leave in self:
            leave.has_come = bool(leave.left_on and leave.left_on <= this_day)

    @api.depends("student_ids")
    def _compute_meeting_ids(self):
        for leave in self:
            leave.meeting_ids = self.env["intervention.meeting"].search(
                [
                    ("student_id", "in", leave.student_ids._origin.ids),
                    ("status", "!=", "closed"),
                ]
            )

    @api.depends("left_on", "student_ids")
    def _compute_resolution_notes(self):
        meetings = self.env["intervention.meeting"]
        for leave in self:
            # Who was archived has no day of leaving.
            is_known = leave.is_leaving or leave.student_ids.filtered("student_left_on")
            leave.resolution_notes = meetings._left_sentence(is_known and leave.left_on)

    @api.constrains("left_on")
    def _check_year(self):
        for leave in self:
            fault = leave.student_ids._year_left_fault(
                leave.left_on, self._fields["left_on"]
            )
            if fault:
                raise field_error("left_on", fault)

    def _leaving(self):
        """Return the students who are not marked as left yet."""
        return self.student_ids._origin.filtered(
            lambda student: not student.has_left_school
        )

    def action_leave(self):
        """Set the day of leaving, and close the cases once it has come.

        :return: an action that says what was done and closes the dialog
        :raises AccessError: when a contact is to be changed by who may not
        :raises ValidationError: as ``intervention.meeting.write``
        """
        self.ensure_one()
        leaving = self._leaving()
        if leaving:
            if not leaving.has_access("write"):
                raise AccessError(
                    self.env._(
                        "Only people who may change contacts can set a day of "
                        "leaving. Ask somebody who has the right Contact Creation."
                    )
                )
            leaving.student_left_on = self.left_on
        closed = self.meeting_ids if self.has_come else self.meeting_ids.browse()
        strangers = closed.filtered(
            lambda meeting: meeting.student_id not in self.student_ids
        )
        if strangers:
            raise field_error(
                "meeting_ids",
                self.env._("Cases to Close: choose cases of these students."),
            )
        closed.write({"status": "closed", "resolution_notes": self.resolution_notes})
        return notification(
            self.env._(
                "Marked as left: %(students)s. Cases closed: %(cases)s.",
                students=len(leaving),
                cases=len(closed),
            ),
            then=CLOSE,
        )
