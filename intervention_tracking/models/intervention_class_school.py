from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.internal import internal_value
from .res_partner_school import BY_LINK


class InterventionClass(models.Model):
    """Classes of a linked school system: what is kept there is not changed here."""

    _inherit = "intervention.class"

    school_system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        string="Comes From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The school system in which the class is kept.",
    )
    school_record_id = fields.Integer(
        string="Id There",
        readonly=True,
        copy=False,
        help="The id of the class in the school system.",
    )
    has_teacher_there = fields.Boolean(
        compute="_compute_has_teacher_there",
        help="The school system says who the form master is.",
    )

    _school_record_uniq = models.UniqueIndex(
        "(school_system_id, school_record_id) WHERE school_system_id IS NOT NULL",
        "This class of the school system is linked already.",
    )

    @api.depends("school_system_id")
    def _compute_has_teacher_there(self):
        for school_class in self:
            # sudo: paths of a link are for administrators.
            system = school_class.school_system_id.sudo()
            school_class.has_teacher_there = bool(system.class_teacher)

    @api.constrains("name", "company_id", "active", "school_system_id")
    def _check_kept_there(self):
        self._refuse_kept_there(self.filtered("school_system_id"))

    @api.constrains("form_master_id")
    def _check_form_master_kept_there(self):
        self._refuse_kept_there(self.filtered("has_teacher_there"))

    def _refuse_kept_there(self, linked):
        if linked and not internal_value(self.env, BY_LINK):
            raise ValidationError(
                self.env._(
                    "%(school_class)s comes from %(system)s. Change it there; it "
                    "arrives here with the next look.",
                    school_class=linked[0].name,
                    system=linked[0].school_system_id.name,
                )
            )
