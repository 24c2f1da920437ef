from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..tools.register import class_key, name_key, number_key

# What a list says of a student and is stored as it is there.
PLAIN = ("name", "phone", "email")


def _plain(name, value):
    """Return what is equal for values of a field that say the same."""
    if name == "phone":
        return "".join(filter(str.isdecimal, value or ""))
    return (value or "") if name == "name" else name_key(value)


class InterventionStudentList(models.AbstractModel):
    """The students of a school in a spreadsheet, as a school has it every year.

    A row means the student who has its number; one without a number, the student who is
    called so. What the list says of them is taken over, and an empty cell says nothing.
    More rows of a student give them more guardians.
    """

    _name = "intervention.student.list"
    _description = "List of Students"

    student_number = fields.Char()
    name = fields.Char()
    school_class = fields.Char(string="Class")
    phone = fields.Char()
    email = fields.Char()
    guardian = fields.Char()
    guardian_phone = fields.Char()
    guardian_email = fields.Char()

    @api.model
    def _compare(self, rows):
        """Hold a list against the students of the user's company.

        :param rows: a list of dicts, from fields of this model to texts
        :return: a dict of ``faults`` (index of the row to message), ``new``,
            ``changed`` and ``unchanged`` (each index of the row to a dict of
            ``student``, ``vals`` and ``guardians``), and ``missing`` (the
            ``res.partner`` who have not left and are in no row)
        """
        students = self._students()
        plan = {"faults": {}, "new": {}, "changed": {}, "unchanged": {}}
        entries = self._entries(rows, students, plan["faults"])
        classes = self._classes()
        known = self._known_guardians(students)
        for entry in entries.values():
            index, row, student = entry["index"], entry["row"], entry["student"]
            try:
                entry["vals"] = self._vals(row, student, classes)
                entry["guardians"] = [
                    guardian
                    for each in entry["rows"]
                    if (guardian := self._guardian(each, student, known))
                ]
            except LookupError as error:
                plan["faults"][index] = str(error)
                continue
            kind = "changed" if entry["vals"] or entry["guardians"] else "unchanged"
            plan[kind if student else "new"][index] = entry
        found = {entry["student"].id for entry in entries.values()}
        plan["missing"] = students.filtered(
            lambda student: self._is_present(student) and student.id not in found
        )
        return plan

    @api.model
    def _students(self):
        """Return all students of the company, with those who have left."""
        company = self.env.company
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search_fetch(
                Domain("is_intervention_student", "=", True)
                & Domain("company_id", "in", [False, company.id])
                & (
                    Domain("school_class_id", "=", False)
                    | Domain("school_class_id.company_id", "=", company.id)
                ),
                [
                    "student_number",
                    *PLAIN,
                    "active",
                    "student_left_on",
                    "school_class_id",
                ],
            )
        )

    @api.model
    def _is_present(self, student):
        return not student.has_left_school

    @api.model
    def _entries(self, rows, students, faults):
        """Bring the rows of one student together.

        :return: a dict of key to a dict of ``index`` and ``row`` (the first one),
            ``rows`` (all), and ``student``, which is empty for a new one
        """
        by_number, by_name = {}, defaultdict(students.browse)
        for student in students:
            by_name[name_key(student.name)] |= student
            if student.student_number:
                by_number[number_key(student.student_number)] = student
        entries = {}
        for index, row in enumerate(rows):
            try:
                student = self._student_of(row, by_number, by_name)
                key = (
                    student
                    or number_key(row.get("student_number"))
                    or name_key(row.get("name"))
                )
                if key in entries:
                    self._add_row(entries[key], row)
                    continue
                if not student and not row.get("name"):
                    raise LookupError(
                        self.env._(
                            "%(number)s: no student has this number.",
                            number=row.get("student_number") or "",
                        )
                    )
            except LookupError as error:
                faults[index] = str(error)
                continue
            entries[key] = {
                "index": index,
                "row": row,
                "rows": [row],
                "student": student or students.browse(),
            }
        return entries

    def _add_row(self, entry, row):
        same = all(
            name_key(row[name]) in ("", name_key(entry["row"].get(name)))
            for name in ("student_number", "school_class", *PLAIN)
            if name in row
        )
        if not same or not row.get("guardian"):
            raise LookupError(
                self.env._(
                    "%(name)s is in the list twice. Take one of the rows out.",
                    name=row.get("name") or row.get("student_number"),
                )
            )
        entry["rows"].append(row)

    @api.model
    def _student_of(self, row, by_number, by_name):
        """Return the student whom a row means, or None for a new one."""
        number, name = row.get("student_number"), row.get("name")
        namesakes = by_name.get(name_key(name), self.env["res.partner"])
        namesakes = namesakes.filtered(self._is_present)
        if number:
            student = by_number.get(number_key(number))
            if student:
                self._refuse_other_name(student, number, name)
                return student
            # Who was entered before the school had numbers gets theirs.
            namesakes = namesakes.filtered(lambda each: not each.student_number)
        if len(namesakes) > 1:
            raise LookupError(
                self.env._(
                    "%(name)s: %(count)s students are called this. Write the student "
                    "number, in the list and in the students themselves.",
                    name=name,
                    count=len(namesakes),
                )
            )
        return namesakes or None

    def _refuse_other_name(self, student, number, name):
        """Refuse a number that has been given to another child since."""
        words = set(name_key(name).split())
        if words and not words & set(name_key(student.name).split()):
            raise LookupError(
                self.env._(
                    "%(number)s is the student number of %(student)s, and the list has "
                    "%(name)s. If it is somebody else, give them another number. If "
                    "the name has changed, change it in the student first.",
                    number=number,
                    student=student.name,
                    name=name,
                )
            )

    @api.model
    def _classes(self):
        """Return the classes of the company, by what is equal for their names."""
        classes = defaultdict(self.env["intervention.class"].browse)
        for each in self.env["intervention.class"].search(
            [("company_id", "=", self.env.company.id)]
        ):
            classes[class_key(each.name)] |= each
        return classes

    @api.model
    def _vals(self, row, student, classes):
        """Return what a row changes of a student, or says of a new one.

        A class is there as its record, or as its name when it has to be made.
        """
        vals = {
            name: row[name]
            for name in PLAIN
            if row.get(name) and _plain(name, row[name]) != _plain(name, student[name])
        }
        if row.get("student_number") and not student.student_number:
            vals["student_number"] = row["student_number"]
        name = row.get("school_class")
        if name and class_key(name) != class_key(student.school_class_id.name):
            found = classes.get(class_key(name)) or name
            if len(found) > 1 and not isinstance(found, str):
                raise LookupError(
                    self.env._(
                        "%(name)s: %(count)s classes are called this. Give one of them "
                        "another name.",
                        name=name,
                        count=len(found),
                    )
                )
            vals["school_class_id"] = found
        if student and not self._is_present(student):
            # Who is in the list again is back.
            vals.update(active=True, student_left_on=False)
        return vals

    # --- guardians ---

    @api.model
    def _known_guardians(self, students):
        """Return the guardians of all students, by name and phone or address."""
        known = {}
        for guardian in students.guardian_ids:
            for key in self._guardian_keys(
                guardian.name, guardian.phone, guardian.email
            ):
                known[key] = {"partner": guardian}
        return known

    @api.model
    def _guardian_keys(self, name, phone, email):
        digits = "".join(filter(str.isdecimal, phone or ""))
        return [(name_key(name), each) for each in (digits, name_key(email)) if each]

    @api.model
    def _guardian(self, row, student, known):
        """Return what a row says of a guardian, or None when all of it is there.

        :return: a dict of ``partner`` (empty for a new one) and ``vals``; the same one
            for brothers and sisters
        """
        if not row.get("guardian"):
            return None
        said = {
            name: row[column]
            for name, column in (
                ("name", "guardian"),
                ("phone", "guardian_phone"),
                ("email", "guardian_email"),
            )
            if row.get(column)
        }
        partners = self.env["res.partner"]
        own = student.guardian_ids.filtered(
            lambda each: name_key(each.name) == name_key(said["name"])
        )[:1]
        keys = self._guardian_keys(said["name"], said.get("phone"), said.get("email"))
        guardian = next((known[key] for key in keys if key in known), None)
        if own:
            guardian = {"partner": own}
        elif not guardian:
            guardian = {"partner": partners}
        for key in keys:
            known.setdefault(key, guardian)
        partner = guardian["partner"]
        guardian.setdefault("vals", {} if partner else {"name": said["name"]})
        vals = {
            name: value
            for name, value in said.items()
            if name != "name" and _plain(name, value) != _plain(name, partner[name])
        }
        guardian["vals"] = {**vals, **guardian["vals"]}
        return guardian if not own or vals else None

    # --- taking it over ---

    @api.model
    def _take_over(self, plan):
        """Store what ``_compare`` returned.

        :raises AccessError: for who may not change contacts or classes
        """
        entries = [*plan["new"].values(), *plan["changed"].values()]
        self._make_classes(entries)
        partners = self.env["res.partner"].with_context(tracking_disable=True)
        company = self._new_company()
        self._store_guardians(entries, partners, company)
        alike = defaultdict(partners.browse)
        for entry in entries:
            vals = dict(entry["vals"])
            if entry["guardians"]:
                vals["guardian_ids"] = [
                    Command.link(each["partner"].id) for each in entry["guardians"]
                ]
            if entry["student"]:
                # Who moves to one class is written at once.
                key = tuple(sorted((name, repr(each)) for name, each in vals.items()))
                alike[key] |= entry["student"].with_env(partners.env)
                entry["vals"] = vals
            else:
                entry["vals"] = {
                    "is_intervention_student": True,
                    "company_id": company.id,
                    **vals,
                }
        by_student = {
            entry["student"]: entry["vals"] for entry in plan["changed"].values()
        }
        for students in alike.values():
            students.write(by_student[students[0]])
        partners.create([entry["vals"] for entry in plan["new"].values()])

    @api.model
    def _store_guardians(self, entries, partners, company):
        """Make the guardians who are new, and write what a list says of the others.

        A new one is in the company of the student, or of the first of them who has one.

        :param entries: of the students, whose guardians then have their ``partner``
        :param partners: the model, with its context
        :param company: of new students
        """
        made, known = {}, {}
        for entry in entries:
            student = entry["student"]
            for guardian in entry["guardians"]:
                if guardian["partner"]:
                    known[id(guardian)] = guardian
                    continue
                made[id(guardian)] = guardian
                if not guardian["vals"].get("company_id"):
                    own = student.company_id if student else company
                    guardian["vals"]["company_id"] = own.id
        for guardian in known.values():
            if guardian["vals"]:
                guardian["partner"].write(guardian["vals"])
        created = partners.create([each["vals"] for each in made.values()])
        for guardian, partner in zip(made.values(), created, strict=True):
            guardian["partner"] = partner

    @api.model
    def _missing_classes(self, plan):
        """Return the names of the classes that taking a list over would make."""
        entries = (*plan["new"].values(), *plan["changed"].values())
        return list(self._new_class_names(entries).values())

    @api.model
    def _new_class_names(self, entries):
        names = {}
        for entry in entries:
            name = entry["vals"].get("school_class_id")
            if isinstance(name, str):
                names.setdefault(class_key(name), name)
        return names

    @api.model
    def _make_classes(self, entries):
        """Make the classes that are not there, and put ids in the place of classes."""
        names = self._new_class_names(entries)
        classes = self.env["intervention.class"].create(
            [{"name": name} for name in names.values()]
        )
        made = dict(zip(names, classes, strict=True))
        for entry in entries:
            school_class = entry["vals"].get("school_class_id")
            if isinstance(school_class, str):
                school_class = made[class_key(school_class)]
            if school_class:
                entry["vals"]["school_class_id"] = school_class.id

    @api.model
    def _new_company(self):
        """Return the company of new students; in a single one, contacts have none."""
        # sudo: how many there are is no secret.
        companies = self.env["res.company"].sudo().search_count([], limit=2)
        return self.env.company if companies > 1 else self.env["res.company"]
