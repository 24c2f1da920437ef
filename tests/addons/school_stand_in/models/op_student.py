from odoo import fields, models


class OpStudent(models.Model):
    """A student, whose archiving and deleting leaves the contact as it is."""

    _name = "op.student"
    _description = "Student"
    _inherit = ["mail.thread"]
    _inherits = {"res.partner": "partner_id"}

    partner_id = fields.Many2one(
        comodel_name="res.partner", required=True, ondelete="cascade"
    )
    first_name = fields.Char(translate=True)
    last_name = fields.Char(translate=True)
    gender = fields.Selection(
        selection=[("m", "Male"), ("f", "Female"), ("o", "Other")],
        required=True,
        default="m",
    )
    gr_no = fields.Char(string="Registration Number")
    id_number = fields.Char(string="ID Card Number")
    user_id = fields.Many2one(comodel_name="res.users", ondelete="cascade")
    course_detail_ids = fields.One2many(
        comodel_name="op.student.course", inverse_name="student_id"
    )
    # Its own: that of the contact is another one.
    active = fields.Boolean(default=True)

    _gr_no_uniq = models.Constraint("UNIQUE (gr_no)", "Two students have one number.")


class OpStudentCourse(models.Model):
    """That a student takes a course, of which they may take several at a time."""

    _name = "op.student.course"
    _description = "Course of a Student"
    _inherit = ["mail.thread"]
    _rec_name = "student_id"

    student_id = fields.Many2one(comodel_name="op.student", ondelete="cascade")
    course_id = fields.Many2one(comodel_name="op.course", required=True)
    batch_id = fields.Many2one(comodel_name="op.batch")
    roll_number = fields.Char()
    state = fields.Selection(
        selection=[("running", "Running"), ("finished", "Finished")], default="running"
    )

    _batch_uniq = models.Constraint(
        "UNIQUE (student_id, course_id, batch_id)", "A student is in a batch twice."
    )
