from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..constants import FORM_MASTER_GROUP
from ..tools.exceptions import named_in_records
from ..tools.person_fields import StudentNumber
from ..tools.references import is_named
from ..tools.search import boolean_search


class ResPartner(models.Model):
    """A student is a contact: the school systems for Odoo all build on contacts."""

    _inherit = "res.partner"

    is_intervention_student = fields.Boolean(
        # School systems call a field of theirs "Is a Student".
        string="Student of the School",
        help="Interventions can be recorded for students only.",
    )
    student_number = StudentNumber(
        copy=False,
        groups="base.group_user",
        help="The admission number. No two students of a company have the same.",
    )
    school_class_id = fields.Many2one(
        comodel_name="intervention.class",
        string="Class",
        ondelete="restrict",
        groups="base.group_user",
    )
    guardian_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="intervention_student_guardian_rel",
        column1="student_id",
        column2="guardian_id",
        string="Guardians",
        groups="base.group_user",
        # A function: Odoo looks for students of whoever changes what a list names.
        domain=lambda self: [("is_intervention_student", "=", False)],
        help="Who to speak to about this student.",
    )
    intervention_meeting_ids = fields.One2many(
        comodel_name="intervention.meeting",
        inverse_name="student_id",
        string="Interventions",
        groups=FORM_MASTER_GROUP,
    )
    intervention_count = fields.Integer(
        string="Number of Interventions",
        compute="_compute_intervention_counts",
        groups=FORM_MASTER_GROUP,
    )
    active_intervention_count = fields.Integer(
        string="Active Interventions",
        compute="_compute_intervention_counts",
        groups=FORM_MASTER_GROUP,
    )
    is_recurring_student = fields.Boolean(
        string="Recurring",
        compute="_compute_intervention_counts",
        search="_search_is_recurring_student",
        groups=FORM_MASTER_GROUP,
        help="This student has two or more interventions.",
    )

    is_own_student = fields.Boolean(
        string="Own Class",
        compute="_compute_is_own_student",
        groups=FORM_MASTER_GROUP,
        help="The student is in a class of yours.",
    )

    # The list and the choice of students are a small part of a school's contacts.
    _student_name_idx = models.Index(
        "(complete_name, id) WHERE is_intervention_student IS TRUE"
    )
    # A class's students, and "one's own class first" in the choice of a student.
    _student_class_idx = models.Index(
        "(school_class_id) WHERE is_intervention_student IS TRUE"
    )
    _student_number_uniq = models.UniqueIndex(
        "(lower(student_number), COALESCE(company_id, 0)) "
        "WHERE is_intervention_student IS TRUE AND lower(student_number) != ''",
        "Another student has this student number already. Correct the number, or look "
        "whether the student was entered twice (archived students count too).",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_intervention_counts(self):
        counts = defaultdict(lambda: [0, 0])
        for student, status, count in (
            self.env["intervention.meeting"]
            .with_context(active_test=True)
            ._read_group(
                [("student_id", "in", self.ids)],
                ["student_id", "status"],
                ["__count"],
            )
        ):
            counts[student.id][0] += count
            counts[student.id][1] += count if status != "closed" else 0
        for partner in self:
            total, active = counts[partner._origin.id]
            partner.intervention_count = total
            partner.active_intervention_count = active
            partner.is_recurring_student = total > 1

    @boolean_search
    def _search_is_recurring_student(self):
        meetings = self.env["intervention.meeting"]
        return [("id", "in", meetings._recurring_students_sql())]

    @api.depends_context("uid")
    @api.depends("school_class_id.is_own")
    def _compute_is_own_student(self):
        for partner in self:
            partner.is_own_student = partner.school_class_id.is_own

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "is_own_student":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        own = list(self.env["intervention.class"]._own_ids())
        class_id = self._field_to_sql(alias, "school_class_id", query)
        return SQL("(%s = ANY(%s)) IS TRUE %s", class_id, own, direction)

    @api.constrains("company_id", "school_class_id")
    def _check_class_company(self):
        # Not check_company: most schools' contacts belong to no company.
        # sudo: who keeps contacts need not be allowed to read the classes.
        for student in self.sudo().filtered("school_class_id"):
            company = student.school_class_id.company_id
            if student.company_id not in (company.browse(), company):
                raise ValidationError(
                    self.env._(
                        "Class: %(student)s is in a class of another company. Choose "
                        "a class of their own company.",
                        student=student.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_of_interventions(self):
        students = self.filtered("is_intervention_student").filtered("company_id")
        # sudo: the rule holds also for cases that the user may not see.
        meetings = self.env["intervention.meeting"].sudo()
        for company, group in students.grouped("company_id").items():
            if meetings.with_context(active_test=False).search_count(
                [("student_id", "in", group.ids), ("company_id", "!=", company.id)],
                limit=1,
            ):
                raise self._other_school_error()

    def _other_school_error(self):
        return ValidationError(
            self.env._(
                "Company: this contact is named as a student of another school in "
                "records that must be kept. Leave the company empty; the student then "
                "belongs to both schools."
            )
        )

    @api.constrains("is_intervention_student")
    def _check_students_with_interventions(self):
        former = self.filtered(lambda partner: not partner.is_intervention_student)
        if former and former._is_named_as_student():
            raise ValidationError(
                self.env._(
                    "Student of the School: this contact is named as a student in "
                    "records that must be kept. If they have left the school, archive "
                    "the contact instead."
                )
            )

    def _is_named_as_student(self):
        """Tell whether there are cases or school days of these, seen or unseen."""
        self.env["intervention.meeting"].flush_model(["student_id"])
        [(answer,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM intervention_meeting
                                   WHERE student_id = ANY(%(ids)s))
                       OR EXISTS (SELECT FROM intervention_attendance
                                   WHERE student_id = ANY(%(ids)s))""",
                ids=self.ids,
            )
        )
        return answer

    @api.ondelete(at_uninstall=False)
    def _unlink_except_intervention_history(self):
        students = self.filtered("is_intervention_student")
        if students and is_named(students):
            raise UserError(named_in_records(self.env))

    def action_view_interventions(self):
        """Open the interventions of a student that the user may see.

        :return: an action of the web client
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_meeting_action_student"
        )
        action["display_name"] = self.env._(
            "Interventions of %(student)s", student=self._distinct_names()[self]
        )
        action["domain"] = [("student_id", "=", self.id)]
        action["context"] = {
            "default_student_id": self.id,
            "intervention_history_student": self.id,
            "intervention_namesakes": True,
        }
        return action

    def action_print_interventions(self):
        """Ask how the history of a student is to be printed.

        :return: an action of the web client
        :raises UserError: for a contact that is no student
        """
        self.ensure_one()
        if not self.is_intervention_student:
            raise UserError(
                self.env._(
                    "%(name)s is not marked as a student, and only students have "
                    "interventions.",
                    name=self.name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_print_history_action"
        )
        action["context"] = {"default_student_id": self.id}
        return action

    def action_view_history(self):
        """Open all meetings and updates of a student, in the order of time.

        :return: an action of the web client
        """
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "intervention_tracking.intervention_student_history_action"
        )
        action["display_name"] = self.env._(
            "History of %(student)s", student=self._distinct_names()[self]
        )
        action["context"] = {"active_id": self.id}
        return action
