from dataclasses import dataclass, field

from markupsafe import Markup
from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools.register import number_key

# How many rows are shown to who fills in paths by hand.
ROWS = 5


@dataclass
class There:
    """What a school system says, before it is held against what is here."""

    # contact to its number and the id of its class
    students: dict = field(default_factory=dict)
    # contacts of records of students who are not enrolled
    former: set = field(default_factory=set)
    # id to name, code, teacher and end
    classes: dict = field(default_factory=dict)
    # contact of a student to those of the guardians; None: not read
    guardians: dict | None = None
    # how many students' records have a contact that another one has, and their contacts
    same_contact: list = field(default_factory=list)
    no_contact: int = 0
    # sentences about what could not be read
    lacks: list = field(default_factory=list)


class InterventionSchoolSystem(models.Model):
    """Reads what a school system says of students, classes and guardians."""

    _inherit = "intervention.school.system"

    def _read_there(self):
        """Return what the school system says, as ``There``.

        :raises UserError: when its students can't be read
        """
        self.ensure_one()
        if not self.company_id.active:
            raise UserError(
                self.env._(
                    "%(school)s has been archived, and nothing of it is looked at. Ask "
                    "who keeps this Odoo to bring the school back.",
                    school=self.company_id.name,
                )
            )
        user = self.user_id.sudo()
        if not user.active or self.company_id not in user.company_ids:
            raise UserError(
                self.env._(
                    "%(user)s has been archived or is not of %(school)s, and the link "
                    "reads with their rights. Choose somebody else in “Reads as”.",
                    user=user.name,
                    school=self.company_id.name,
                )
            )
        there = There()
        faults = self._setup_faults()
        if faults:
            raise UserError(
                "\n".join(text for each in faults.values() for text in each)
            )
        self._check_readable()
        self._read_students(there)
        self._read_guardians(there)
        return there

    def _check_readable(self):
        """Refuse when the link may not read students and their classes.

        :raises UserError: naming what it may not read
        """
        unreadable = self._unreadable(
            "student_model", self.student_partner, *self._numbers()
        )
        if self.enrolment_class:
            unreadable += self._unreadable(
                self._class_start(), self.enrolment_student, self.enrolment_class
            )
            unreadable += self._unreadable("class", self.class_name, self.class_code)
        if unreadable:
            raise UserError(self._lack_of(unreadable))

    def _lack_of(self, unreadable, what=None):
        """Return the sentence about what the link may not read."""
        lack = self.env._(
            "%(user)s may not read %(models)s. Give them the right in the school "
            "system, or choose somebody else in “Reads as”.",
            user=self.user_id.sudo().name,
            models=", ".join(dict.fromkeys(unreadable)),
        )
        return f"{what} {lack}" if what else lack

    def _read_students(self, there):
        students = self._there("student_model")
        enrolled = students.search(self._part_domain("student_domain"), order="id")
        class_of = self._read_enrolments(enrolled)
        if self.enrolment_model:
            enrolled = enrolled.filtered(lambda each: each.id in class_of)
        for student in enrolled:
            # Which contact it is, is no matter of rights on contacts.
            contact = self._follow(student.sudo(), self.student_partner).id
            if not contact:
                there.no_contact += 1
                continue
            known = there.students.get(contact)
            if known:
                there.same_contact.append(contact)
            numbers = (self._follow(student, path) for path in self._numbers() if path)
            number = next((str(each) for each in numbers if number_key(each)), False)
            school_class = class_of.get(student.id)
            there.students[contact] = {
                "number": known["number"] if known and known["number"] else number,
                # Of two records, the newer one says where the student is now.
                "class": (school_class and school_class.id)
                or (known["class"] if known else None),
            }
            if school_class and school_class.id not in there.classes:
                there.classes[school_class.id] = {
                    **self._read_class(school_class),
                    "teacher": self._read_optional(
                        "class_teacher", school_class, there
                    ),
                    "end": self._read_optional("class_end", school_class, there),
                }
        if students._name == "res.partner":
            # A contact that is not named says nothing of anybody.
            return
        for student in students.with_context(active_test=False).search(
            [("id", "not in", enrolled.ids)]
        ):
            contact = self._follow(student.sudo(), self.student_partner).id
            if contact and contact not in there.students:
                there.former.add(contact)

    def _read_enrolments(self, enrolled):
        """Return the class of each student, by the student's id."""
        if not self.enrolment_class:
            return {}
        if not self.enrolment_model:
            return {
                each.id: self._follow(each, self.enrolment_class) for each in enrolled
            }
        lines = self._there("enrolment_model").search(
            self._part_domain("enrolment_domain"), order="id"
        )
        # The newest comes last.
        return {
            self._follow(line, self.enrolment_student).id: self._follow(
                line, self.enrolment_class
            )
            for line in lines
        }

    def _read_class(self, school_class):
        def of(path):
            return path and self._follow(school_class, path)

        return {
            "name": str(of(self.class_name) or school_class.display_name).strip(),
            "code": str(of(self.class_code) or "").strip(),
        }

    def _read_optional(self, name, school_class, there):
        """Return what a path of a class leads to, or None.

        All the rest is read where this may not be: form masters can be chosen here,
        too, and the end of a class only is told.

        :param str name: ``class_teacher`` or ``class_end``
        """
        if not self[name]:
            return None
        try:
            return self._follow(school_class, self[name]) or None
        except AccessError:
            lack = self._lack_of(
                self._unreadable("class", self[name]) or [self[name]],
                self.env._("Class teachers are left out.")
                if name == "class_teacher"
                else self.env._("Ends of classes are left out."),
            )
            if lack not in there.lacks:
                there.lacks.append(lack)
            return None

    def _read_guardians(self, there):
        if not self.guardian_model:
            return
        unreadable = self._unreadable(
            "guardian_model", self.guardian_student, self.guardian_partner
        )
        if unreadable:
            there.lacks.append(
                self._lack_of(unreadable, self.env._("Guardians are left out."))
            )
            return
        there.guardians = {}
        try:
            for record in self._there("guardian_model").search(
                self._part_domain("guardian_domain"), order="id"
            ):
                guardians = self._follow(record.sudo(), self.guardian_partner).ids
                for student in self._follow(record, self.guardian_student):
                    contact = self._follow(student.sudo(), self.student_partner).id
                    there.guardians.setdefault(contact, set()).update(guardians)
        except AccessError:
            there.guardians = None
            there.lacks.append(
                self._lack_of(
                    [self.student_model], self.env._("Guardians are left out.")
                )
            )

    # --- for who fills in paths by hand ---

    @api.depends("student_model", "mark_model", "user_id")
    def _compute_sample(self):
        for system in self:
            try:
                system.sample = system._sample_tables()
            except UserError as error:
                system.sample = Markup("<p>%s</p>") % error

    def _sample_tables(self):
        """Return as tables what the paths of the first five students and marks say.

        :raises UserError: when that can't be read
        """
        faults = self._setup_faults()
        if faults:
            raise UserError(
                "\n".join(text for each in faults.values() for text in each)
            )
        self._check_readable()
        students = self._there("student_model").search(
            self._part_domain("student_domain"), limit=ROWS, order="id"
        )
        class_of = self._read_enrolments(students)
        rows = [
            [
                self._follow(each.sudo(), self.student_partner).display_name,
                next(
                    (
                        number
                        for path in self._numbers()
                        if path and (number := self._follow(each, path))
                    ),
                    "",
                ),
                self._read_class(class_of[each.id])["name"]
                if class_of.get(each.id)
                else "",
            ]
            for each in students
        ]
        heads = [self.env._("Contact"), self.env._("Number"), self.env._("Class")]
        tables = _table(heads, rows)
        if self.mark_model and not self._marks_lack():
            marks = self._there("mark_model").search(
                self._part_domain("mark_domain") & self._final_domain(),
                limit=ROWS,
                order="id desc",
            )
            heads = [self.env._("Student"), self.env._("Day"), self.env._("Says")]
            tables += _table(
                heads,
                [
                    [
                        self._follow(each, self.mark_student).display_name,
                        self._follow(each, self.mark_date) or "",
                        ", ".join(
                            f"{path}: {self._follow(each, path)}"
                            for path in dict.fromkeys(self.meaning_ids.mapped("path"))
                        ),
                    ]
                    for each in marks
                ],
            )
        return tables


def _table(heads, rows):
    """Return a table as HTML."""
    head = Markup().join(Markup("<th>%s</th>") % each for each in heads)
    body = Markup().join(
        Markup("<tr>%s</tr>")
        % Markup().join(Markup("<td>%s</td>") % (each or "") for each in row)
        for row in rows
    )
    return Markup(
        '<table class="table table-sm"><thead><tr>%s</tr></thead>'
        "<tbody>%s</tbody></table>"
    ) % (head, body)
