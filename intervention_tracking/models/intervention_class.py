from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.references import is_named
from ..tools.text import FILLED


class InterventionClass(models.Model):
    """A class of the school with its form master (class teacher)."""

    _name = "intervention.class"
    _description = "School Class"
    _inherit = ["intervention.checks"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    form_master_id = fields.Many2one(
        comodel_name="res.users",
        domain=lambda self: self.env["intervention.meeting"]._form_master_domain(),
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The main one. Their own students are offered first when they record a "
        "meeting.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    student_ids = fields.One2many(
        comodel_name="res.partner",
        inverse_name="school_class_id",
        string="Students",
        domain=[("is_intervention_student", "=", True)],
    )
    student_count = fields.Integer(
        string="Number of Students", compute="_compute_student_count"
    )
    active = fields.Boolean(default=True)

    _name_filled = models.Constraint(
        f"CHECK (name ~ '{FILLED}')", "Name: write what the class is called."
    )
    # A class of an earlier year is archived and may share its name with today's.
    # "8a", "8 A" and "8A" are one.
    _name_company_uniq = models.UniqueIndex(
        r"(company_id, lower(regexp_replace(name, '\s', '', 'g'))) "
        "WHERE active IS TRUE",
        "A class of this name exists already. Choose another name, or archive the "
        "class of the earlier year first.",
    )

    @api.depends("student_ids")
    def _compute_student_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [
                    ("school_class_id", "in", self.ids),
                    ("is_intervention_student", "=", True),
                ],
                ["school_class_id"],
                ["__count"],
            )
        )
        for school_class in self:
            school_class.student_count = counts.get(school_class, 0)

    @api.constrains("company_id")
    def _check_company_of_named(self):
        # sudo: what the user may not see counts, and the answer tells nothing of it.
        every = self.sudo().with_context(active_test=False).env
        for company, classes in self.grouped("company_id").items():
            student = every["res.partner"].search(
                [
                    ("school_class_id", "in", classes.ids),
                    ("company_id", "not in", (False, company.id)),
                ],
                limit=1,
            )
            meeting = every["intervention.meeting"].search(
                [("class_id", "in", classes.ids), ("company_id", "!=", company.id)],
                limit=1,
            )
            school_class = student.school_class_id or meeting.class_id
            if school_class:
                raise ValidationError(
                    self.env._(
                        "Company: students or interventions of another school name "
                        "“%(school_class)s”. Archive it, and add a new class to "
                        "%(company)s.",
                        school_class=school_class.name,
                        company=company.name,
                    )
                )

    def _nameable(self):
        # What a class is called tells of nobody, and contacts of every app name it.
        return self

    @api.ondelete(at_uninstall=False)
    def _unlink_except_named(self):
        for school_class in self:
            if is_named(school_class):
                raise UserError(
                    self.env._(
                        "“%(school_class)s” is in use by students or interventions, "
                        "perhaps of earlier years. Archive it instead, and it will no "
                        "longer be offered.",
                        school_class=school_class.name,
                    )
                )

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find a class whose whole name is given as ``8a``, ``8 A`` or ``8A``, too.

        :raises ValueError: in an import, when several classes are called so
        """
        if operator != "=" or not name:
            return super().name_search(name, domain, operator, limit)
        query = self._search(Domain(domain or Domain.TRUE))
        query.add_where(
            SQL(
                r"lower(regexp_replace(%s, '\s', '', 'g')) "
                r"= lower(regexp_replace(%s, '\s', '', 'g'))",
                self._field_to_sql(query.table, "name", query),
                name,
            )
        )
        classes = self.browse(query)[:limit]
        if len(classes) > 1 and self.env.context.get("import_flush"):
            # An error of the row; Odoo would take the first one.
            raise ValueError(
                self.env._(
                    "%(name)s: %(count)s classes are called this. Give one of them "
                    "another name.",
                    name=name,
                    count=len(classes),
                ).replace("%", "%%")
            )
        return [(each.id, each.display_name) for each in classes]

    def action_view_students(self):
        """Open the students of the class.

        :return: an action of the web client
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.res_partner_action_students"
        )
        action["domain"] = [
            ("is_intervention_student", "=", True),
            ("school_class_id", "=", self.id),
        ]
        action["context"] = {
            "default_is_intervention_student": True,
            "default_school_class_id": self.id,
        }
        return action
