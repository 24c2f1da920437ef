from odoo import api, models

from ..tools.register import Register


class InterventionNamedStudents(models.AbstractModel):
    """Rows of a spreadsheet that name a student, by Odoo's own import.

    A row means a student by number, by name and number, or by a name that one student
    has. Odoo's own would take the first of several, and knows no numbers.
    """

    _name = "intervention.named.students"
    _description = "Rows That Name a Student"

    @api.model
    def _convert_records(self, records, *, log=lambda a: None, savepoint):
        """Do what Odoo does, with the students named; rows at fault are left out."""
        rows, students = [], {}
        register = None

        def refuse(index, extras, error):
            log(
                {
                    **extras,
                    "type": "error",
                    "record": index,
                    "field": "student_id",
                    "message": str(error),
                }
            )

        for index, (record, extras) in enumerate(records):
            rows.append((record, extras))
            if not self._names_student(record):
                continue
            register = register or Register(self.env)
            try:
                students[index] = self._take_student(record, register)
            except LookupError as error:
                students[index] = None
                refuse(index, extras, error)
        cases = self._cases_of({each for each in students.values() if each})
        converted = super()._convert_records(
            # What Odoo only warns of, as of two users of one name, is not clear.
            iter(rows),
            log=lambda message: log({**message, "type": "error"}),
            savepoint=savepoint,
        )
        for record_id, xid, values, info in converted:
            index = info["record"]
            if index in students and students[index] is None:
                continue
            try:
                values = self._with_student(values, students.get(index), cases)
            except LookupError as error:
                refuse(index, info, error)
                continue
            yield record_id, xid, values, info

    @api.model
    def _names_student(self, record):
        """Tell whether a row names a student by anything but an id."""
        [names] = record.get("student_id") or [{}]
        return bool(record.get("student_number") or names.get(None))

    @api.model
    def _take_student(self, record, register):
        """Take what names the student out of a row.

        :param dict record: the row, as Odoo reads it
        :param register: a ``Register``
        :return: the id of the student
        :raises LookupError: when the row does not mean one student
        """
        [names] = record.pop("student_id", None) or [{}]
        number = str(record.pop("student_number", None) or "").strip()
        text = str(names.get(None) or "").strip()
        return self._named_student(number, text, register)

    @api.model
    def _cases_of(self, student_ids):
        """Return what ``_with_student`` has to know of all students that rows name."""
        return {}

    @api.model
    def _with_student(self, values, student, cases):
        """Return the values of a row with its student.

        :param dict values: the row, as it will be stored
        :param int student: whom it names, or None where it names nobody
        :param cases: what ``_cases_of`` returned
        :raises LookupError: when they can't be brought together
        """
        return {**values, "student_id": student} if student else values

    @api.model
    def _named_student(self, number, text, register, with_left=False):
        if not number:
            return register.find(text, with_left)
        student = register.numbered(number)
        # The name is there for people, and two may have it.
        if text and not register.is_called(student, text):
            raise LookupError(
                self.env._(
                    "%(text)s: the student with the number %(number)s is called "
                    "%(name)s. Correct the number or the name.",
                    text=text,
                    number=number,
                    name=register.rows[student]["name"],
                )
            )
        return student
