from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Who has an account in the portal as a student: not who is one.
    is_student = fields.Boolean(string="Is a Student")
    is_parent = fields.Boolean(string="Is a Parent")


class ResUsers(models.Model):
    _inherit = "res.users"

    child_ids = fields.Many2many(
        comodel_name="res.users",
        relation="school_stand_in_child_rel",
        column1="parent_id",
        column2="child_id",
    )
