from odoo import fields, models


class OpParentRelationship(models.Model):
    _name = "op.parent.relationship"
    _description = "Relation of a Parent"

    name = fields.Char(required=True)


class OpParent(models.Model):
    """A parent, whose ``name`` is the contact. Nothing says that it is no student's."""

    _name = "op.parent"
    _description = "Parent"

    name = fields.Many2one(comodel_name="res.partner", required=True)
    student_ids = fields.Many2many(comodel_name="op.student", required=True)
    relationship_id = fields.Many2one(
        comodel_name="op.parent.relationship", required=True
    )
    user_id = fields.Many2one(comodel_name="res.users")
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "A contact is a parent twice.")
