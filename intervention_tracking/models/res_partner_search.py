from odoo import api, models
from odoo.fields import Domain

from ..constants import FORM_MASTER_GROUP
from ..tools.person_fields import SearchKey
from ..tools.text import search_key


class ResPartner(models.Model):
    """How people are found."""

    _inherit = "res.partner"

    person_search = SearchKey(
        string="Name or Number",
        compute="_compute_person_search",
        store=True,
        precompute=True,
        copy=False,
        prefetch=False,
        exportable=False,
        groups="base.group_user",
        help="Finds people by any words of their names in any order, without accents, "
        "apostrophes or case, and students by their numbers.",
    )

    _student_search_idx = models.Index(
        lambda registry: (
            "USING gin (person_search gin_trgm_ops) "
            "WHERE is_intervention_student IS TRUE"
            if registry.has_trigram
            else ""
        )
    )

    @api.depends("name", "student_number")
    def _compute_person_search(self):
        for partner in self:
            partner.person_search = search_key(partner.name, partner.student_number)

    @api.depends("student_number")
    @api.depends_context("intervention_student_choice")
    def _compute_display_name(self):  # pylint: disable=missing-return
        super()._compute_display_name()
        if self._is_student_choice():
            for partner in self.filtered("student_number"):
                partner.display_name = (
                    f"{partner.display_name} ({partner.student_number})"
                )

    @api.model
    def _is_student_choice(self):
        """Tell whether a student is being chosen by somebody who records meetings."""
        return self._is_for_form_master("intervention_student_choice")

    @api.model
    def _is_for_form_master(self, key):
        """Tell whether the context has the key, of somebody who records meetings."""
        return self.env.context.get(key) and self.env.user.has_group(FORM_MASTER_GROUP)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find people by any words of their names, and students by number too.

        Only where the context has ``intervention_student_choice``, which offers the
        students of the user's own classes first, or ``intervention_namesakes``.
        """
        student = self._is_student_choice()
        if not student and not self._is_for_form_master("intervention_namesakes"):
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE)
        if student:
            domain &= Domain("is_intervention_student", "=", True)
        by_key = domain & Domain("person_search", operator, name)
        people = self._offered(by_key, limit, student)
        if not people:
            # By what else a contact is found, as by the e-mail address.
            by_field = Domain("display_name", operator, name) | Domain(
                "student_number", operator, name
            )
            people = self.search_fetch(domain & by_field, ["display_name"], limit=limit)
        return [(person.id, person.display_name) for person in people]

    @api.model
    def _offered(self, domain, limit, own_class_first):
        people = self.browse()
        parts = [Domain.TRUE]
        if own_class_first:
            own_class = Domain("school_class_id.form_master_id", "=", self.env.uid)
            parts = [own_class, ~own_class]
        for part in parts:
            rest = None if limit is None else limit - len(people)
            if rest is None or rest > 0:
                people += self.search_fetch(domain & part, ["display_name"], limit=rest)
        return people
