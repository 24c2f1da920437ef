from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.internal import internal_value

# In the context of what a link itself writes.
BY_LINK = "intervention_by_link"
# What is kept in the school system as long as a student is linked.
LINKED_FIELDS = (
    "is_intervention_student",
    "student_number",
    "school_class_id",
    "student_left_on",
)


class ResPartner(models.Model):
    """Students of a linked school system: what is kept there is not changed here."""

    _inherit = "res.partner"

    school_system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        string="Comes From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The school system in which number, class and enrolment are kept.",
    )
    school_guardian_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="intervention_school_guardian_rel",
        column1="student_id",
        column2="guardian_id",
        string="Guardians in the School System",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Those of the guardians who come from the school system.",
    )

    @api.constrains(*LINKED_FIELDS, "school_system_id")
    def _check_kept_there(self):
        """Refuse changes of what a school system keeps, and students made here."""
        if internal_value(self.env, BY_LINK):
            return
        for partner in self.filtered("school_system_id"):
            raise ValidationError(
                self.env._(
                    "%(student)s comes from %(system)s. Change number, class and "
                    "enrolment there; they arrive here with the next look.",
                    student=partner.name,
                    system=partner.school_system_id.name,
                )
            )
