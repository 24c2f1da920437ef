from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# What a school system keeps of a student.
KEPT = (
    *("is_intervention_student", "student_number", "school_class_id"),
    *("student_left_on", "guardian_ids"),
)


class ResPartner(models.Model):
    """Students of a linked school system: what is kept there is not changed here."""

    _inherit = "res.partner"

    school_system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        string="Comes From",
        compute="_compute_school_system_id",
        compute_sudo=True,
        search="_search_school_system_id",
        groups="base.group_user",
        help="The school system in which number, class and enrolment are kept.",
    )

    def _compute_school_system_id(self):
        links = self.env["intervention.school.system"]._links(
            "intervention.school.student", "student_id", self._origin
        )
        systems = {link.student_id.id: link.system_id for link in links}
        for partner in self:
            partner.school_system_id = systems.get(partner._origin.id, False)

    @api.model
    def _search_school_system_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        links = self.env["intervention.school.student"].sudo()
        ids = [each for each in value if each]
        found = Domain(
            "id",
            "in",
            links._search([("system_id", "in", ids)]).subselect("student_id"),
        )
        if False in value or None in value:
            found |= Domain("id", "not in", links._search([]).subselect("student_id"))
        return found

    @api.constrains("is_intervention_student", "company_id")
    def _check_made_there(self):
        """Refuse students who are made here while a school system makes them."""
        systems = self.env["intervention.school.system"]
        linked = systems._linked_company_ids()
        students = linked and self.filtered("is_intervention_student")
        for student in students or ():
            company = student.company_id or student.school_class_id.company_id
            company = company or self.env.company
            if company.id not in linked:
                continue
            if systems._links("intervention.school.student", "student_id", student):
                continue
            system = systems.sudo().search(
                [("state", "=", "linked"), ("company_id", "=", company.id)], limit=1
            )
            raise ValidationError(
                self.env._(
                    "Students of %(school)s are entered in %(system)s, and come from "
                    "there. Enter %(student)s there.",
                    school=company.name,
                    system=system.name,
                    student=student.name,
                )
            )

    @api.constrains(*KEPT)
    def _check_kept_there(self):
        """Refuse changes of what a school system keeps."""
        links = self.env["intervention.school.system"]._links(
            "intervention.school.student", "student_id", self
        )
        for link in links:
            names = [name for name in KEPT if link._differs(name)]
            if names:
                raise ValidationError(
                    self.env._(
                        "%(fields)s: %(student)s comes from %(system)s. Change it "
                        "there; it arrives here with the next look.",
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in names
                        ),
                        student=link.student_id.name,
                        system=link.system_id.name,
                    )
                )

    def _take_over_student(self, leaving):
        links = self.env["intervention.school.system"]._links(
            "intervention.school.student", "student_id", self | leaving
        )
        if links:
            kept = links.filtered(lambda link: link.student_id == self) or links[0]
            # Whom the next look finds no more is let go of, whichever had them.
            guardians = links.guardian_ids
            (links - kept).unlink()
            # Until the next look, as either contact may have said something else.
            kept.write(
                {
                    "is_settled": False,
                    "student_id": self.id,
                    "guardian_ids": [Command.set(guardians.ids)],
                }
            )
        return super()._take_over_student(leaving)
