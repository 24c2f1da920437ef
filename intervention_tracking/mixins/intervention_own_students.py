from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.search import boolean_search


class InterventionOwnStudents(models.AbstractModel):
    """What is known of a student apart from cases, for the student's form masters.

    These are the form masters of the student's class and of one of their cases; the
    record rules ask for ``is_of_own_student``.
    """

    _name = "intervention.own.students"
    _description = "Records about Students"
    _inherit = ["intervention.refusals"]

    student_id = fields.Many2one(
        comodel_name="res.partner", required=True, readonly=True, ondelete="restrict"
    )
    is_of_own_student = fields.Boolean(
        string="Own Student",
        compute="_compute_is_of_own_student",
        search="_search_is_of_own_student",
        help="The student is in a class of yours, or you have a case of theirs.",
    )

    @api.depends("student_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_of_own_student(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) own(id) WHERE id = ANY(%s)",
                self._own_students_sql(),
                self.student_id.ids,
            )
        )
        own = {student_id for (student_id,) in rows}
        for record in self:
            record.is_of_own_student = record.student_id.id in own

    @boolean_search
    def _search_is_of_own_student(self):
        return Domain("student_id", "in", self._own_students_sql())

    @api.model
    def _own_students_sql(self):
        """Return the ids of the students whose form master the user is, as SQL."""
        partners = self.env["res.partner"]
        partners.flush_model(["is_intervention_student", "school_class_id"])
        meetings = self.env["intervention.meeting"]
        meetings.flush_model(["active", "class_id", "form_master_id", "student_id"])
        return SQL(
            """(SELECT id FROM res_partner
                 WHERE is_intervention_student IS TRUE AND school_class_id IN (%s)
                 UNION ALL
                SELECT student_id FROM intervention_meeting
                 WHERE active IS TRUE
                   AND (form_master_id = %s OR class_id = ANY(%s)))""",
            self.env["intervention.class"]._own_ids_sql(),
            self.env.uid,
            list(meetings._shared_class_ids()),
        )

    def action_view_student(self):
        """Open the history of the student, as far as the user may see it.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.student_id.action_view_history()
