import re
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import MissingError

from ..tools.day import day_text, today
from ..tools.exceptions import Problems
from ..tools.internal import internal_value
from ..tools.text import clean_text

# As Odoo's import hands on a day before the year 1000.
SHORT_YEAR = re.compile(r"[0-9]{1,3}-[0-9]{2}-[0-9]{2}")


class InterventionChecks(models.AbstractModel):
    """Checks of single fields, before the rules that need several of them.

    They are made before the database does, as a statement that PostgreSQL refuses ends
    the transaction and names one fault only. All faults are told at once: what is wrong
    is gathered as ``Problems``, for ``validation_error``.
    """

    _name = "intervention.checks"
    _description = "Checks of Fields"
    _inherit = ["intervention.refusals"]

    @api.model
    def _checked_fields(self, vals, names, required=()):
        """Bring values into the form in which they are compared and stored.

        :param dict vals: values as a caller gave them
        :param names: the texts, dates and selections to look at, where they are given
        :param required: what must have a value
        :return: the values, and what is wrong with them as ``Problems``
        """
        result = dict(vals)
        problems = self._faults_before()
        for name in names:
            if name in vals:
                result[name], fault = self._checked_value(name, vals[name])
                if fault:
                    problems[name] = fault
        for name in required:
            if not result.get(name) and name not in problems:
                problems[name] = self._required_message(name)
        return result, problems

    @api.model
    def _faults_before(self):
        """Return the fields that are at fault already, without messages.

        Whoever called has found these before, and tells them together with ours.
        """
        names = internal_value(self.env, "intervention_faults", ())
        return Problems({name: [] for name in names})

    @api.model
    def _checked_value(self, name, value):
        """Return a value as it is stored, and what is wrong with it or None."""
        field = self._fields[name]
        if field.type in ("char", "text"):
            text, complaint = clean_text(self.env, value)
            return text, complaint and f"{self._label(name)}: {complaint}"
        if field.type == "date":
            try:
                return self._to_date(value), None
            except (TypeError, ValueError):
                return False, self.env._(
                    "%(field)s: this is not a date. Write it as YYYY-MM-DD.",
                    field=self._label(name),
                )
        if not value or value in field.get_values(self.env):
            return value, None
        labels = [label for _value, label in field._description_selection(self.env)]
        return False, self.env._(
            "%(field)s: choose one of %(choices)s.",
            field=self._label(name),
            choices=", ".join(labels),
        )

    @api.model
    def _complain_of_year(self, name, day, company, problems, first=None, last=None):
        """Add to the problems when a new date is in a year that can't be meant.

        What is recorded already keeps its date: only what is new is looked at.

        :param str name: the field
        :param date day: its new value
        :param company: the ``res.company`` whose settings say what is plausible
        :param problems: ``Problems``
        :param date first: the first day that the field may have by another rule
        :param date last: the last one
        :return: whether there was something to complain of
        """
        fault = self._year_fault(self._label(name), day, company, first, last)
        if fault:
            problems.add(name, fault)
        return bool(fault)

    @api.model
    def _year_fault(self, label, day, company, first=None, last=None):
        """Return what is wrong with the year of a day, or None.

        For the arguments see ``_complain_of_year``.
        """
        # No settings make these bounds narrower, so that few have to be read.
        year = timedelta(days=365)
        if today(self) - year <= day <= today(self) + year:
            return None
        earliest, latest = self.env["intervention.settings"]._plausible_days(company)
        if earliest <= day <= latest:
            return None
        year = f"{day.year:04}"
        return self._year_message(label, year, earliest, latest, first, last)

    @api.model
    def _year_limit(self, name, company, first=None, last=None):
        """Return the limit for years that can't be meant, for a form.

        For the arguments see ``_complain_of_year``, for the result ``_day_limits`` of
        ``intervention.day.limits``.
        """
        earliest, latest = self.env["intervention.settings"]._plausible_days(company)
        message = self._year_message(
            self._label(name), "{year}", earliest, latest, first, last
        )
        return {"first": earliest, "last": latest, "message": message}

    @api.model
    def _year_message(self, label, year, earliest, latest, first, last):
        return self.env._(
            "%(field)s: this day is in the year %(year)s. Choose one from "
            "%(first)s to %(last)s.",
            field=label,
            year=year,
            first=day_text(self.env, max(earliest, first or earliest)),
            last=day_text(self.env, min(latest, last or latest)),
        )

    @api.model
    def _complain_of_future(self, name, day, company, problems):
        """Add to the problems when a new date is not one on which something happened.

        It takes what ``_complain_of_year`` does.

        :return: whether there was something to complain of
        """
        this_day = today(self)
        if self._complain_of_year(name, day, company, problems, last=this_day):
            return True
        if day > this_day:
            problems.add(name, self._future_limit(name)["message"])
        return day > this_day

    @api.model
    def _future_limit(self, name):
        """Return the limit of a day on which something happened, for a form."""
        return {
            "last": today(self),
            "message": self.env._(
                "%(field)s: it can't be in the future. Choose today or earlier.",
                field=self._label(name),
            ),
        }

    @api.model
    def _to_date(self, value):
        if isinstance(value, str) and len(value.strip()) > 10:
            raise ValueError(value)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, str) and SHORT_YEAR.fullmatch(value):
            value = value.zfill(10)
        return fields.Date.to_date(value) or False

    @api.model
    def _id_or_none(self, value):
        """Return what may be the id of a record; PostgreSQL knows no larger ones."""
        is_id = isinstance(value, int) and not isinstance(value, bool)
        return value if is_id and 0 < value < 2**31 else None

    @api.model
    def _read_ahead(self, records, values):
        """Read the records that callers name at once, instead of one by one.

        ``_existing`` then takes them from what has been read.

        :param records: a model
        :param values: what may be ids of its records
        :return: those that exist, as superuser
        """
        ids = dict.fromkeys(filter(None, map(self._id_or_none, values)))
        # sudo: whether the user may see them is looked at with each.
        found = records.sudo().browse(ids).exists()
        found.mapped("active")
        return found

    @api.model
    def _existing(self, records, value, names=None):
        """Return the record that a caller names, or none; see ``_read_ahead``.

        :param names: the fields that are read of it, where it has not been yet; by
            default all, so that its rules read no more
        """
        record = records.browse(self._id_or_none(value))
        try:
            # sudo: as there.
            if names and record and "active" not in record._cache:
                record.sudo().fetch(names)
            record.sudo().mapped("active")
        except MissingError:
            return records.browse()
        return record

    @api.model
    def _label(self, name):
        field = self._fields.get(name)
        return field._description_string(self.env) if field else name

    @api.model
    def _required_message(self, name):
        return self.env._("%(field)s is required. Fill it in.", field=self._label(name))
