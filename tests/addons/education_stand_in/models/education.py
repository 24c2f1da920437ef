from odoo import fields, models


class EducationAcademicYear(models.Model):
    _name = "education.academic.year"
    _description = "Academic Year"

    name = fields.Char(required=True)


class EducationFaculty(models.Model):
    _name = "education.faculty"
    _description = "Faculty"

    name = fields.Char(required=True)
    employee_id = fields.Many2one(comodel_name="hr.employee")


class EducationClassDivision(models.Model):
    _name = "education.class.division"
    _description = "Class"

    name = fields.Char(required=True)
    academic_year_id = fields.Many2one(
        comodel_name="education.academic.year", required=True
    )
    faculty_id = fields.Many2one(comodel_name="education.faculty")


class EducationStudent(models.Model):
    _name = "education.student"
    _description = "Student"
    _inherits = {"res.partner": "partner_id"}

    partner_id = fields.Many2one(
        comodel_name="res.partner", required=True, ondelete="cascade"
    )
    ad_no = fields.Char(string="Admission Number")
    class_division_id = fields.Many2one(comodel_name="education.class.division")
    guardian_id = fields.Many2one(comodel_name="res.partner")
    active = fields.Boolean(default=True)


class EducationAttendance(models.Model):
    _name = "education.attendance"
    _description = "Attendance of a Day"

    division_id = fields.Many2one(
        comodel_name="education.class.division", required=True
    )
    date = fields.Date(required=True, default=fields.Date.today)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Done")], default="draft"
    )


class EducationAttendanceLine(models.Model):
    """Morning and afternoon of a student."""

    _name = "education.attendance.line"
    _description = "Attendance of a Student"

    attendance_id = fields.Many2one(
        comodel_name="education.attendance", required=True, ondelete="cascade"
    )
    student_id = fields.Many2one(comodel_name="education.student", required=True)
    present_morning = fields.Boolean()
    present_afternoon = fields.Boolean()
