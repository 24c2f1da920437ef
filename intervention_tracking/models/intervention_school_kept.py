from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..tools.register import number_key


class InterventionSchoolStudent(models.Model):
    """What a school system says of one of its students, as it was taken over.

    Only looks write it. As long as it stands here, the contact says the same, whoever
    writes that: it is the other system in which it is changed.
    """

    _name = "intervention.school.student"
    _description = "Student of a School System"
    _inherit = ["intervention.refusals"]
    _rec_name = "student_id"
    _log_access = False

    system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    student_id = fields.Many2one(
        comodel_name="res.partner", required=True, readonly=True, ondelete="cascade"
    )
    student_number = fields.Char(readonly=True)
    school_class_id = fields.Many2one(
        comodel_name="intervention.class", readonly=True, ondelete="restrict"
    )
    has_class = fields.Boolean(readonly=True)
    student_left_on = fields.Date(readonly=True)
    guardian_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="intervention_school_student_guardian_rel",
        column1="link_id",
        column2="guardian_id",
        string="Guardians",
        readonly=True,
    )
    is_settled = fields.Boolean(
        default=True,
        readonly=True,
    )

    _student_uniq = models.UniqueIndex(
        "(student_id)", "This student is in a school system already."
    )

    def _differs(self, name):
        """Tell whether the contact says something else than the school system."""
        self.ensure_one()
        student = self.student_id
        if not self.is_settled:
            return False
        if name == "is_intervention_student":
            return not student.is_intervention_student
        if name == "student_number":
            # Whom the system gives no number keeps the one of here.
            theirs = number_key(self.student_number)
            return bool(theirs) and theirs != number_key(student.student_number)
        if name == "school_class_id":
            return self.has_class and self.school_class_id != student.school_class_id
        if name == "student_left_on":
            return self.student_left_on != student.student_left_on
        every = student.with_context(active_test=False).guardian_ids
        return bool(self.with_context(active_test=False).guardian_ids - every)


class InterventionSchoolClass(models.Model):
    """What a school system says of one of its classes, as it was taken over."""

    _name = "intervention.school.class"
    _description = "Class of a School System"
    _inherit = ["intervention.refusals"]
    _rec_name = "class_id"
    _log_access = False

    system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    record_id = fields.Integer(string="Id There", required=True, readonly=True)
    class_id = fields.Many2one(
        comodel_name="intervention.class",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    name = fields.Char(readonly=True)
    active = fields.Boolean(default=True, readonly=True)
    form_master_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="set null",
    )

    _record_uniq = models.UniqueIndex(
        "(system_id, record_id)", "This class is in a school system already."
    )
    _class_uniq = models.UniqueIndex(
        "(class_id)", "This class is in a school system already."
    )


class InterventionSchoolSystem(models.Model):
    """Where anything is linked, as everybody asks who writes a student or a class."""

    _inherit = "intervention.school.system"

    @api.model
    @ormcache()
    def _linked_company_ids(self):
        """Return the ids of the companies with a linked school system."""
        # sudo: the answer tells of no student.
        linked = self.sudo().search([("state", "=", "linked")])
        return frozenset(linked.company_id.ids)

    def write(self, vals):
        if vals.keys() & {"active", "company_id", "state"}:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    def _links(self, model, name, records):
        """Return what linked systems keep of records.

        Where nothing is linked, it takes no statement.

        :param str model: one of the models above
        :param str name: its field that names the record
        :param records: contacts or classes
        """
        # sudo: what is kept elsewhere is a rule for everybody.
        links = self.env[model].sudo().with_context(active_test=False)
        if not self._linked_company_ids() or not records.ids:
            return links
        return links.search([(name, "in", records.ids)])


class InterventionClass(models.Model):
    """Classes of a linked school system: what is kept there is not changed here."""

    _inherit = "intervention.class"

    school_system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        string="Comes From",
        compute="_compute_school_system_id",
        compute_sudo=True,
    )
    is_form_master_there = fields.Boolean(
        compute="_compute_school_system_id",
        compute_sudo=True,
    )

    def _compute_school_system_id(self):
        links = self.env["intervention.school.system"]._links(
            "intervention.school.class", "class_id", self._origin
        )
        by_class = {link.class_id.id: link for link in links}
        for school_class in self:
            link = by_class.get(school_class._origin.id, links.browse())
            school_class.school_system_id = link.system_id
            school_class.is_form_master_there = bool(link.form_master_id)

    @api.constrains("name", "active", "company_id", "form_master_id")
    def _check_kept_there(self):
        """Refuse changes of what a school system keeps."""
        links = self.env["intervention.school.system"]._links(
            "intervention.school.class", "class_id", self
        )
        for link in links:
            school_class = link.class_id
            if (
                link.name == school_class.name
                and link.active == school_class.active
                and link.system_id.company_id == school_class.company_id
                and link.form_master_id
                in (school_class.form_master_id, link.form_master_id.browse())
            ):
                continue
            raise ValidationError(
                self.env._(
                    "%(school_class)s comes from %(system)s. Change it there; it "
                    "arrives here with the next look.",
                    school_class=link.name,
                    system=link.system_id.name,
                )
            )
