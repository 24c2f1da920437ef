from odoo import fields, models


class OpAttendanceRegister(models.Model):
    _name = "op.attendance.register"
    _description = "Attendance Register"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    course_id = fields.Many2one(comodel_name="op.course", required=True)
    batch_id = fields.Many2one(comodel_name="op.batch", required=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "Two registers have one code.")


class OpSession(models.Model):
    _name = "op.session"
    _description = "Session"

    name = fields.Char()


class OpAttendanceSheet(models.Model):
    """The marks of a day, or of a lesson. Without a lesson a day can have two."""

    _name = "op.attendance.sheet"
    _description = "Attendance Sheet"
    _inherit = ["mail.thread"]
    _order = "attendance_date desc"

    name = fields.Char(readonly=True)
    register_id = fields.Many2one(comodel_name="op.attendance.register", required=True)
    course_id = fields.Many2one(related="register_id.course_id", store=True)
    batch_id = fields.Many2one(related="register_id.batch_id", store=True)
    session_id = fields.Many2one(comodel_name="op.session")
    attendance_date = fields.Date(required=True, default=fields.Date.today)
    attendance_line = fields.One2many(
        comodel_name="op.attendance.line", inverse_name="attendance_id"
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("start", "Attendance Start"),
            ("done", "Attendance Taken"),
            ("cancel", "Cancelled"),
        ],
        default="draft",
    )

    _register_uniq = models.Constraint(
        "UNIQUE (register_id, session_id, attendance_date)", "A lesson has two sheets."
    )


class OpAttendanceLine(models.Model):
    """The mark of a student. What excludes each other does so in the form only."""

    _name = "op.attendance.line"
    _description = "Attendance Line"
    _inherit = ["mail.thread"]
    _order = "attendance_date desc"
    _rec_name = "attendance_id"

    attendance_id = fields.Many2one(
        comodel_name="op.attendance.sheet", required=True, ondelete="cascade"
    )
    student_id = fields.Many2one(comodel_name="op.student", required=True)
    present = fields.Boolean()
    excused = fields.Boolean()
    absent = fields.Boolean()
    late = fields.Boolean()
    remark = fields.Char()
    attendance_date = fields.Date(related="attendance_id.attendance_date", store=True)
    register_id = fields.Many2one(related="attendance_id.register_id", store=True)
    state = fields.Selection(related="attendance_id.state")
    active = fields.Boolean(default=True)

    _student_uniq = models.Constraint(
        "UNIQUE (student_id, attendance_id, attendance_date)",
        "A student is on a sheet twice.",
    )
