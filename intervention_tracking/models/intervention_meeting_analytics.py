from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.figures import (
    DIMENSIONS,
    FIGURES,
    LONGEST_PAUSE,
    MINIMUM_CASES,
    MOST_DAYS,
    OF_HISTORY,
    SHARES,
    TOO_EARLY,
)


class InterventionMeeting(models.Model):
    """How the cases go, in figures: for the page Trends and for other systems."""

    _inherit = "intervention.meeting"

    @api.model
    @api.readonly
    def get_analytics(
        self,
        date_from=None,
        date_to=None,
        group_by=(),
        class_id=None,
        form_master_id=None,
    ):
        """Compute the figures of the meetings that the user may see.

        :param str date_from: the first day of the meetings, or none
        :param str date_to: their last day, or none
        :param list group_by: one or more of ``month``, ``class``, ``root_cause``,
            ``urgency``, ``status``, ``form_master``, ``template`` and
            ``attendance_band`` (of the student when the meeting was recorded)
        :param int class_id: only meetings with students of this class
        :param int form_master_id: only meetings of this form master
        :return: a dict of ``minimum_cases``; ``figures``, a list of dicts with
            ``name``, ``kind`` (``share`` or ``days``), ``label``, ``definition`` and
            ``most``, how many days stand for more of them, None of a share;
            ``total``, a dict of ``meetings`` and each figure by its name; ``groups``,
            a dict with a list for each of ``group_by``, of dicts as ``total`` with
            ``value`` and ``name`` of the group besides; months are as ``2026-01``, with
            those without meetings between them, but for very long pauses. A figure is
            a dict of ``value``, a share from 0 to 1 or a median of days, ``cases``, how
            many it is over, and ``too_early``, of how many it can't be told yet. With
            fewer cases than ``minimum_cases`` its value is None.
        :raises ValidationError: for a bad date or an unknown group
        :raises AccessError: for who has neither group
        """
        names = [group_by] if isinstance(group_by, str) else list(group_by or ())
        for name in names:
            if name not in DIMENSIONS:
                raise ValidationError(
                    self.env._(
                        "Group by: choose from %(names)s.", names=", ".join(DIMENSIONS)
                    )
                )
        date_from, date_to = self._analytics_period(date_from, date_to)
        domain = Domain.TRUE
        if date_from:
            domain &= Domain("meeting_date", ">=", date_from)
        if date_to:
            domain &= Domain("meeting_date", "<=", date_to)
        if class_id:
            domain &= Domain("class_id", "=", self._id_or_none(class_id) or 0)
        if form_master_id:
            domain &= Domain(
                "form_master_id", "=", self._id_or_none(form_master_id) or 0
            )
        report = self.env["intervention.report"]
        total, groups = self._analytics(domain, list(dict.fromkeys(names)))
        return {
            "minimum_cases": MINIMUM_CASES,
            "figures": [
                {
                    "name": name,
                    "kind": "share" if name in SHARES else "days",
                    "label": report._fields[name]._description_string(self.env),
                    "definition": report._fields[name]._description_help(self.env),
                    "most": MOST_DAYS.get(name),
                }
                for name in FIGURES
            ],
            "total": total,
            "groups": groups,
        }

    @api.model
    def _analytics_period(self, date_from, date_to):
        try:
            date_from = self._to_date(date_from)
            date_to = self._to_date(date_to)
        except (ValueError, TypeError) as error:
            raise ValidationError(
                self.env._("Period: give each day as YYYY-MM-DD.")
            ) from error
        if date_from and date_to and date_from > date_to:
            raise ValidationError(
                self.env._("Period: the first day can't be after the last one.")
            )
        return date_from, date_to

    @api.model
    def _analytics(self, domain, names, figures=FIGURES):
        """Return the figures of all, and of each group of the dimensions.

        One statement for all of it.

        :param domain: which rows of the report, besides the record rules
        :param list names: of ``DIMENSIONS``
        :param figures: which of ``FIGURES``
        """
        report = self.env["intervention.report"]
        self.env.flush_all()
        query = report._search(Domain(domain))
        keys = [SQL.identifier(name) for name in names]
        columns = [
            SQL("%s AS %s", report._read_group_groupby(query.table, spec, query), key)
            for spec, key in zip(map(DIMENSIONS.get, names), keys, strict=True)
        ]
        wanted = dict.fromkeys((*figures, *map(TOO_EARLY.get, figures), "is_imported"))
        columns += [report._field_to_sql(query.table, name, query) for name in wanted]
        selected = [*keys, *(SQL("GROUPING(%s)", key) for key in keys), SQL("COUNT(*)")]
        for name in figures:
            figure, early = SQL.identifier(name), SQL.identifier(TOO_EARLY[name])
            selected += [
                SQL("percentile_disc(0.5) WITHIN GROUP (ORDER BY %s)", figure)
                if name in MOST_DAYS
                else SQL("AVG(%s)", figure),
                SQL("COUNT(%s)", figure),
                SQL(
                    "COUNT(*) FILTER (WHERE %s = 1%s)",
                    early,
                    SQL(" AND is_imported IS NOT TRUE" if name in OF_HISTORY else ""),
                ),
            ]
        # A figure is computed once for each case, however many aggregates it is in.
        rows = self.env.execute_query(
            SQL(
                """WITH cases AS MATERIALIZED (%s)
                   SELECT %s FROM cases GROUP BY GROUPING SETS (%s)""",
                query.select(*columns),
                SQL(", ").join(selected),
                SQL(", ").join([SQL("()"), *(SQL("(%s)", key) for key in keys)]),
            )
        )
        total = None
        groups = {name: {} for name in names}
        for row in rows:
            values, outside = row[: len(names)], row[len(names) :][: len(names)]
            numbers = self._analytics_numbers(figures, row[2 * len(names) :])
            if 0 not in outside:
                total = numbers
                continue
            place = outside.index(0)
            groups[names[place]][values[place]] = numbers
        return total, {
            name: self._analytics_groups(report, name, found, figures)
            for name, found in groups.items()
        }

    @api.model
    def _analytics_numbers(self, figures, row):
        """Return the numbers of one group; a figure over too few cases is left out."""
        meetings, *rest = row
        numbers = {"meetings": meetings}
        for place, name in enumerate(figures):
            value, cases, early = rest[3 * place : 3 * place + 3]
            numbers[name] = {
                "value": round(value, 4) if cases >= MINIMUM_CASES else None,
                "cases": cases,
                "too_early": early,
            }
        return numbers

    @api.model
    def _analytics_groups(self, report, name, numbers, figures):
        """Return the groups in order; months have those between them, if with nothing.

        :param dict numbers: those of each group by its value
        """
        field = report._fields[DIMENSIONS[name].partition(":")[0]]
        if field.type == "date":
            return self._with_empty_months(
                [
                    {"value": month, "name": month, **numbers[day]}
                    for day in sorted(numbers)
                    for month in [day.isoformat()[:7]]
                ],
                figures,
            )
        if field.relational:
            # sudo: who may read a meeting may read what it is filed under.
            records = self.env[field.comodel_name].sudo().browse(filter(None, numbers))
            ordered = [(each.id, each.display_name) for each in records]
            ordered = [*sorted(ordered, key=lambda group: group[1]), (None, None)]
        else:
            ordered = field._description_selection(self.env)
        return [
            {"value": value, "name": label, **numbers[value]}
            for value, label in ordered
            if value in numbers
        ]

    @api.model
    def _with_empty_months(self, groups, figures):
        """Return the months with those between that have no meetings."""
        nothing = self._analytics_numbers(figures, [0] * (1 + 3 * len(figures)))
        result = []
        last = None
        for group in groups:
            year, month = map(int, group["value"].split("-"))
            place = year * 12 + month - 1
            if last is not None and place - last - 1 <= LONGEST_PAUSE:
                for between in range(last + 1, place):
                    name = f"{between // 12:04}-{between % 12 + 1:02}"
                    result.append({"value": name, "name": name, **nothing})
            result.append(group)
            last = place
        return result
