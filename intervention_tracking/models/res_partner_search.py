from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import FORM_MASTER_GROUP
from ..tools.person_fields import SearchKey
from ..tools.sql import fill_person_search
from ..tools.text import search_key

RECENT = 3  # students met last, who are offered before the others


class ResPartner(models.Model):
    """How people are found, and how students of one name are told apart."""

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
    # Who has namesakes.
    _student_namesake_idx = models.Index(
        "(split_part(person_search, '|', 1)) WHERE is_intervention_student IS TRUE"
    )

    @api.depends("name", "student_number", "is_intervention_student")
    def _compute_person_search(self):
        for partner in self:
            # Renaming anybody else would cost every app a statement: the database drops
            # their key then, and a job makes it anew.
            if partner.is_intervention_student or not isinstance(partner.id, int):
                partner.person_search = search_key(partner.name, partner.student_number)

    @api.model
    def _cron_make_search_keys(self):
        """Make the keys of contacts that were renamed. It runs every hour."""
        fill_person_search(self.env.cr, missing=True)
        self.invalidate_model(["person_search"])

    @api.depends("student_number", "school_class_id.name")
    @api.depends_context("intervention_student_choice", "intervention_namesakes")
    def _compute_display_name(self):  # pylint: disable=missing-return
        super()._compute_display_name()
        marks = {}
        if self._is_student_choice():
            numbered = self.filtered("student_number")
            marks = {partner._origin.id: partner.student_number for partner in numbered}
            marks.update((self - numbered)._namesake_marks())
        elif self._is_for_form_master("intervention_namesakes"):
            marks = self._namesake_marks()
        for partner in self.filtered(lambda each: each._origin.id in marks):
            mark = marks[partner._origin.id]
            partner.display_name = f"{partner.display_name} ({mark})"
        if self.env.context.get("formatted_display_name") and self._is_student_choice():
            for partner in self.filtered("school_class_id"):
                # The marks that Odoo's chooser shows in grey.
                class_name = partner.sudo().school_class_id.name
                partner.display_name = f"{partner.display_name} \t--{class_name}--"

    @api.model
    def _is_student_choice(self):
        """Tell whether a student is being chosen by somebody who records meetings."""
        return self._is_for_form_master("intervention_student_choice")

    @api.model
    def _is_for_form_master(self, key):
        """Tell whether the context has the key, of somebody who records meetings."""
        return self.env.context.get(key) and self.env.user.has_group(FORM_MASTER_GROUP)

    def _namesake_marks(self):
        """Return what tells these students from others of the same name.

        :return: a dict of those who have namesakes to their number, or else class
        """
        if not self._origin:
            return {}
        self.flush_model(["student_number", "school_class_id", "person_search"])
        self.env["intervention.class"].flush_model(["name"])
        # No record rules: who has a namesake in another school is told apart, too.
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id, COALESCE(s.student_number, c.name) AS mark
                     FROM res_partner s
                     LEFT JOIN intervention_class c ON c.id = s.school_class_id
                    WHERE s.id = ANY(%s) AND s.is_intervention_student IS TRUE
                      AND COALESCE(s.student_number, c.name) IS NOT NULL
                      AND EXISTS (
                        SELECT FROM res_partner o
                         WHERE o.is_intervention_student IS TRUE AND o.id != s.id
                           AND split_part(o.person_search, '|', 1)
                               = split_part(s.person_search, '|', 1))""",
                self._origin.ids,
            )
        )
        return dict(rows)

    def _distinct_names(self):
        """Return the names of these students, with the mark of who has namesakes.

        :return: a dict of student to name
        """
        marks = self._namesake_marks()
        return {
            student: f"{student.name} ({marks[student._origin.id]})"
            if student._origin.id in marks
            else student.name
            for student in self
        }

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Find people by any words of their names, and students by number too.

        Only where the context has ``intervention_student_choice``, which offers the
        students of the user's own classes first, or ``intervention_namesakes``. Before
        anything is typed, those whom the user met last come before the others.
        """
        student = self._is_student_choice()
        if operator == "=" and self._is_import_of_students():
            people = super().name_search(name, domain, operator, limit)
            self._refuse_several(name, people)
            return people
        if not student and not self._is_for_form_master("intervention_namesakes"):
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE)
        if student:
            domain &= Domain("is_intervention_student", "=", True)
        by_key = domain & Domain("person_search", operator, name)
        recent = self._recently_met() if student and not name.strip() else self.browse()
        people = self._offered(by_key, limit, student, recent)
        if not people:
            # By what else a contact is found, as by the e-mail address.
            by_field = Domain("display_name", operator, name) | Domain(
                "student_number", operator, name
            )
            people = self.search_fetch(domain & by_field, ["display_name"], limit=limit)
        return [(person.id, person.display_name) for person in people]

    @api.model
    def _is_import_of_students(self):
        """Tell whether Odoo's own import is at work, called from our students."""
        context = self.env.context
        return context.get("import_flush") and context.get(
            "default_is_intervention_student"
        )

    @api.model
    def _refuse_several(self, name, people):
        """Refuse a row that names a contact, as a guardian, whose name several have.

        :raises ValueError: an error of the row; Odoo would take the first one
        """
        if len(people) > 1:
            message = self.env._(
                "%(name)s: %(count)s contacts are called this. Write the e-mail "
                "address of the one who is meant.",
                name=name,
                count=len(people),
            )
            raise ValueError(message.replace("%", "%%"))

    @api.model
    def _recently_met(self):
        """Return the students of the user's latest meetings, the latest first."""
        meetings = self.env["intervention.meeting"].search_fetch(
            [("form_master_id", "=", self.env.uid)],
            ["student_id"],
            order="id DESC",
            limit=RECENT,
        )
        return self.browse(meetings.student_id.ids)

    @api.model
    def _offered(self, domain, limit, own_class_first, recent):
        parts = [Domain.TRUE]
        if own_class_first:
            classes = self.env["intervention.class"]._own_ids()
            own_class = Domain("school_class_id", "in", classes)
            parts = [own_class, ~own_class]
        if recent:
            is_recent = Domain("id", "in", recent.ids)
            parts = [part & each for part in parts for each in (is_recent, ~is_recent)]
        people = self.browse()
        for part in parts:
            rest = None if limit is None else limit - len(people)
            if rest is None or rest > 0:
                found = self.search_fetch(
                    domain & part, ["display_name", "school_class_id"], limit=rest
                )
                people += (recent & found) + (found - recent)
        return people
