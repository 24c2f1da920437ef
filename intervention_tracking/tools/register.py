"""The students of a school, found by what the row of a spreadsheet calls them."""

import re
from collections import defaultdict
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from .day import today
from .text import clean_number, plain_words

# "Amina Ali (1107)": how students are written where they can be chosen.
_MARKED = re.compile(r"(.*\S)\s*\(([^()]+)\)")


def number_key(number):
    """Return what is equal for numbers that are the same."""
    return clean_number(str(number or "")).casefold()


def name_key(name):
    """Return what is equal for names that are the same."""
    return " ".join(plain_words(str(name or "")))


def class_key(name):
    """Return what is equal for the names of one class, as ``8a``, ``8 A``, ``8A``."""
    return "".join(str(name or "").split()).lower()


class Register:
    """Every student whom the user may see, archived ones as well.

    :param env: the environment of who imports
    :param company: whose students they are, by default those of all schools
    """

    def __init__(self, env, company=None):
        self.env = env
        self.by_number = defaultdict(list)
        self.rows = {}
        self.today = today(env["res.partner"])
        students = env["res.partner"].with_context(active_test=False)
        domain = Domain("is_intervention_student", "=", True)
        if company:
            domain &= Domain("company_id", "in", (False, company.id)) & (
                Domain("school_class_id", "=", False)
                | Domain("school_class_id.company_id", "=", company.id)
            )
        query = students._search(domain)
        columns = (
            "id",
            "name",
            "student_number",
            "active",
            "student_left_on",
            "school_class_id",
        )
        rows = env.execute_query_dict(
            query.select(
                *(
                    SQL(
                        "%s AS %s",
                        students._field_to_sql(query.table, name, query),
                        SQL.identifier(name),
                    )
                    for name in columns
                )
            )
        )
        for row in rows:
            self.rows[row["id"]] = row
            if row["student_number"]:
                self.by_number[number_key(row["student_number"])].append(row["id"])

    @cached_property
    def by_name(self):
        """The ids of the students by what is equal for names."""
        result = defaultdict(list)
        for student, row in self.rows.items():
            result[name_key(row["name"])].append(student)
        return result

    def find(self, text, with_left=False):
        """Return the id of the student whom a text means, by number or by name.

        :param str text: ``1107``, ``Amina Ali (1107)``, or a name that one student has
        :param bool with_left: whether who has left is meant as well as who has not
        :raises LookupError: when no student is meant, or more than one may be
        """
        found = self.by_number[number_key(text)]
        if found:
            return self.one(text, found)
        found = self.called(text, with_left)
        marked = _MARKED.fullmatch(text.strip())
        if found or not marked:
            return self.one(text, found)
        name, mark = marked.groups()
        found = self.by_number[number_key(mark)]
        if not found:
            found = [
                student
                for student in self.called(name, with_left)
                if class_key(self.class_name(student)) == class_key(mark)
            ]
        student = self.one(text, found)
        if name_key(name) != name_key(self.rows[student]["name"]):
            raise LookupError(
                self.env._(
                    "%(text)s: the student with this number has another name, "
                    "%(name)s. Correct the number or the name.",
                    text=text,
                    name=self.rows[student]["name"],
                )
            )
        return student

    def numbered(self, number):
        """Return the id of the student who has a number.

        :raises LookupError: when nobody has it, or students of two schools have
        """
        found = self.by_number[number_key(number)]
        if not found:
            raise LookupError(
                self.env._("%(number)s: no student has this number.", number=number)
            )
        return self.one(number, found)

    def is_called(self, student, text):
        """Tell whether a text may mean a student of whom the id is known."""
        row = self.rows[student]
        marked = _MARKED.fullmatch(text.strip())
        return number_key(text) == number_key(row["student_number"]) or name_key(
            row["name"]
        ) in (name_key(text), marked and name_key(marked[1]))

    def called(self, name, with_left=True):
        """Return the ids of the students who are called so."""
        found = self.by_name[name_key(name)]
        present = [student for student in found if self._is_present(student)]
        return found if with_left else present or found

    def _is_present(self, student):
        row = self.rows[student]
        left_on = row["student_left_on"]
        return row["active"] and not (left_on and left_on <= self.today)

    def class_name(self, student):
        """Return the name of the class of a student of whom the id is known."""
        return self.class_names.get(self.rows[student]["school_class_id"])

    @cached_property
    def class_names(self):
        """The names of the classes of the students, by id."""
        ids = {row["school_class_id"] for row in self.rows.values()} - {None}
        # sudo: the name of a class is no secret to who sees the student.
        classes = self.env["intervention.class"].sudo().browse(ids)
        return {each.id: each.name for each in classes}

    def one(self, text, found):
        """Return the only id of those found for a text.

        :raises LookupError: when there are none or more
        """
        if len(found) == 1:
            return found[0]
        if not found:
            raise LookupError(
                self.env._(
                    "%(text)s: no student has this number or name. Correct it, or "
                    "enter the student first.",
                    text=text,
                )
            )
        numbers = [self.rows[student]["student_number"] for student in found]
        raise LookupError(
            self.env._(
                "%(text)s: %(count)s students are called this. Write the student "
                "number of the one who is meant (%(numbers)s).",
                text=text,
                count=len(found),
                numbers=", ".join(number or "–" for number in numbers),
            )
        )
