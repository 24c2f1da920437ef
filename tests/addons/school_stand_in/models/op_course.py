from odoo import fields, models


class OpCourse(models.Model):
    _name = "op.course"
    _description = "Course"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "Two courses have one code.")


class OpBatch(models.Model):
    """A year of a course. Its code is unique, its name is not."""

    _name = "op.batch"
    _description = "Batch"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    course_id = fields.Many2one(comodel_name="op.course", required=True)
    start_date = fields.Date(required=True, default=fields.Date.today)
    end_date = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "Two batches have one code.")
