from ast import literal_eval

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.day import day_sql, zone_of
from ..tools.exceptions import Problems, validation_error
from .intervention_school_system import DOMAINS, MODELS, PATHS, SETUP

TEXTS = ("char", "text", "integer", "selection")
DAYS = ("date", "datetime")
VALUES = ("boolean", "char", "integer", "selection", "text")
# What a domain that is none, or of another model, makes Odoo raise.
DOMAIN_ERRORS = (ValueError, TypeError, KeyError, AttributeError, SyntaxError)
# What has to be filled in besides each model.
NEEDED = {
    "student_model": ("student_partner",),
    "enrolment_model": ("enrolment_student", "enrolment_class"),
    "guardian_model": ("guardian_student", "guardian_partner"),
    "mark_model": ("mark_student", "mark_date", "meaning_ids"),
}


class InterventionSchoolSystem(models.Model):
    """Paths through another system's models: whether they lead anywhere, and in SQL."""

    _inherit = "intervention.school.system"

    def _there(self, name):
        """Return a model of the other system, as whom the link reads as sees it.

        :param str name: the field with the model's name, or ``class``
        """
        if name == "class":
            start = self._there(self._class_start())
            last = self._walk(start, self.enrolment_class)[-1]
            return start.env[last.comodel_name or last.model_name]
        model = self[name]
        env = self.with_user(self.user_id).env
        return env[model].with_context(
            allowed_company_ids=self.company_id.ids,
            lang=self.env.lang,
            active_test=True,
        )

    def _class_start(self):
        return "enrolment_model" if self.enrolment_model else "student_model"

    def _part_domain(self, name):
        return Domain(literal_eval(self[name] or "[]"))

    def _numbers(self):
        """Return the paths to numbers, the best first."""
        return [path.strip() for path in (self.student_number or "").split(",")]

    def _final(self):
        """Return the states in which marks are final, or nothing where all are."""
        values = [each.strip() for each in (self.final_states or "").split(",")]
        return [each for each in values if each]

    # --- checks ---

    @api.constrains(*SETUP)
    def _check_setup(self):
        for system in self:
            # What a preset says of another version is told when it is looked at.
            if not system.preset_id:
                system._raise_setup_faults()

    def _raise_setup_faults(self):
        problems = self._setup_faults()
        if problems:
            raise validation_error(problems)

    def _setup_faults(self):
        """Return what is wrong with models, domains and paths, as ``Problems``."""
        self.ensure_one()
        problems = Problems()
        if not self.student_model:
            problems["student_model"] = self._fault_required("student_model")
        for name in MODELS:
            if not self[name]:
                continue
            if self[name] not in self.env or self.env[self[name]]._abstract:
                problems[name] = self.env._(
                    "%(field)s: no app in this Odoo has the model “%(model)s”. Install "
                    "the app, or look for the name in its documentation.",
                    field=self._label_of(name),
                    model=self[name],
                )
                continue
            for needed in NEEDED[name]:
                if not self[needed]:
                    problems[needed] = self._fault_required(needed)
        if problems:
            return problems
        for name in (*DOMAINS, *PATHS):
            if name.startswith("class_") and "enrolment_class" in problems:
                continue
            fault = self._fault_of(name)
            if fault:
                problems[name] = f"{self._label_of(name)}: {fault}"
        if self.mark_model and self._final() and not self.mark_state:
            problems["mark_state"] = self._fault_required("mark_state")
        for rule in self.meaning_ids if self.mark_model else ():
            fault = self._path_fault("mark_model", rule.path, VALUES, stored=True)
            if fault:
                problems.add("meaning_ids", f"{rule.path}: {fault}")
        return problems

    def _label_of(self, name):
        return self._fields[name]._description_string(self.env)

    def _fault_required(self, name):
        return self.env._(
            "%(field)s is required. Fill it in.", field=self._label_of(name)
        )

    def _fault_of(self, name):
        """Return what is wrong with a domain or a path, or None."""
        start = f"{name.split('_')[0]}_model"
        if name == "enrolment_class":
            start = self._class_start()
        if name.startswith("class_"):
            start = "class" if self.enrolment_class else None
        if not start or (start != "class" and not self[start]) or not self[name]:
            return None
        if name in DOMAINS:
            return self._domain_fault(start, name)
        if name == "student_number":
            faults = (self._path_fault(start, path, TEXTS) for path in self._numbers())
            return next(filter(None, faults), None)
        ends = {
            "student_partner": "res.partner",
            "guardian_partner": "res.partner",
            "class_teacher": "res.users",
            "enrolment_student": self.student_model,
            "guardian_student": self.student_model,
            "mark_student": self.student_model,
            "enrolment_class": True,
            "mark_register": True,
            "class_end": DAYS,
            "mark_date": DAYS,
            "mark_state": VALUES,
        }.get(name, TEXTS)
        many = name in ("guardian_student", "guardian_partner")
        return self._path_fault(start, self[name], ends, many, start == "mark_model")

    def _domain_fault(self, start, name):
        try:
            self._there(start)._search(self._part_domain(name))
        except AccessError:
            # What may not be read is told by the look, which does without it.
            return None
        except DOMAIN_ERRORS as error:
            return self.env._(
                "this is no condition on “%(model)s”. Write it as "
                "[('state', '=', 'done')]. (%(error)s)",
                model=self[start],
                error=error,
            )
        return None

    def _path_fault(self, start, path, ends, many=False, stored=False):
        """Return what is wrong with a path, or None.

        :param str start: where it begins, as of ``_there``
        :param ends: the types that its last field may have, or the model that it leads
            to, or True for any model
        :param bool many: whether it may lead to several records
        :param bool stored: whether the database has to know it
        """
        try:
            fields = self._walk(self._there(start), path)
        except LookupError as error:
            return str(error)
        last = fields[-1]
        if isinstance(ends, tuple):
            if last.type not in ends:
                return self.env._(
                    "“%(field)s” is of another type than is needed.", field=last.name
                )
        else:
            model = last.model_name if last.name == "id" else last.comodel_name
            if not model or (ends is not True and model != ends):
                return self.env._(
                    "“%(path)s” does not lead to “%(model)s”.",
                    path=path,
                    model=self.env._("a record") if ends is True else ends,
                )
        several = [each for each in fields if each.type in ("one2many", "many2many")]
        if several and not many:
            return self.env._(
                "“%(field)s” leads to several records.", field=several[0].name
            )
        if stored and not all(each.store or each.related for each in fields):
            return self.env._(
                "the database does not know “%(path)s”, as it is computed.", path=path
            )
        return None

    def _walk(self, model, path):
        """Return the fields that a path leads through.

        :raises LookupError: when there is no such way
        """
        fields = []
        for name in path.split("."):
            if fields and not fields[-1].comodel_name:
                raise LookupError(
                    self.env._("“%(field)s” leads no further.", field=fields[-1].name)
                )
            if fields:
                model = model.env[fields[-1].comodel_name]
            field = model._fields.get(name)
            if not field:
                raise LookupError(
                    self.env._(
                        "“%(model)s” has no field “%(field)s”.",
                        model=model._name,
                        field=name,
                    )
                )
            fields.append(field)
        return fields

    # --- what may not be read ---

    def _unreadable(self, start, *paths):
        """Return what the link may not read: models, and single fields of others.

        :param str start: where the paths begin, as of ``_there``
        :return: their names, as people know them
        """
        found = self._there(start)
        # A dict keeps the order.
        names = {}
        if not found.has_access("read"):
            names[self._model_title(found)] = True
        for path in filter(None, paths):
            for number, field in enumerate(self._walk(found, path)):
                model = found.env[field.model_name]
                # What is read of the last record is its id, which everybody may know.
                if number and not model.has_access("read"):
                    names[self._model_title(model)] = True
                elif not model._has_field_access(field, "read"):
                    title = field._description_string(self.env)
                    names[f"{self._model_title(model)}: {title}"] = True
        return list(names)

    def _model_title(self, model):
        """Return how people know a model, and how it is looked for in the settings."""
        return f"{self.env['ir.model']._get(model._name).name} ({model._name})"

    # --- in Python and in SQL ---

    @api.model
    def _follow(self, record, path):
        """Return what a path leads to from a record."""
        if path == "id":
            return record
        value = record
        for name in path.split("."):
            value = value[name] if name != "id" else value
        return value

    def _path_sql(self, query, model, path):
        """Return the SQL of what a path leads to, and add what it needs to a query."""
        alias = query.table
        *way, last = path.split(".")
        for name in way:
            field = model._fields[name]
            if field.related and not field.store:
                model, field, alias = model._traverse_related_sql(alias, field, query)
            model, alias = field.join(model, alias, query)
            seen = model.with_context(active_test=False)._search(Domain.TRUE)
            if seen.where_clause:
                # Record rules hold also for what is passed on the way.
                query.add_where(
                    SQL(
                        "(%(id)s IS NULL OR %(id)s IN %(seen)s)",
                        id=SQL.identifier(alias, "id"),
                        seen=seen.subselect(),
                    )
                )
        if last == "id":
            return SQL.identifier(alias, "id")
        return model._field_to_sql(alias, last, query)

    def _day_sql(self, query, model, path):
        """Return the SQL of a day, which is that of the school where it has a time."""
        column = self._path_sql(query, model, path)
        if self._walk(model, path)[-1].type == "date":
            return column
        zone = zone_of(self.env, self.env["res.users"], self.company_id)
        return day_sql(column, zone)
