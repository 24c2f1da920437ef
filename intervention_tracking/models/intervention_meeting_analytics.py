from datetime import date

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.figures import (
    DIMENSIONS,
    FIGURES,
    LONGEST_PAUSE,
    MINIMUM_CASES,
    SHARES,
)
from ..tools.sql import user_name


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
            ``urgency``, ``status``, ``form_master`` and ``template``
        :param int class_id: only meetings with students of this class
        :param int form_master_id: only meetings of this form master
        :return: a dict of ``minimum_cases``; ``figures``, a list of dicts with
            ``name``, ``kind`` (``share`` or ``days``), ``label`` and ``definition``;
            ``total``, a dict of ``meetings`` and each figure by its name; ``groups``,
            a dict with a list for each of ``group_by``, of dicts as ``total`` with
            ``value`` and ``name`` of the group besides; months are as ``2026-01``, with
            those without meetings between them, but for very long pauses. A figure is
            a dict of ``value``, a share from 0 to 1 or a median of days, and ``cases``,
            how many it is over. With fewer cases than ``minimum_cases`` its value is
            None.
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
    def _analytics(self, domain, names):
        """Return the figures of all, and of each group of the dimensions.

        One statement for all of it.

        :param domain: which rows of the report, besides the record rules
        :param list names: of ``DIMENSIONS``
        """
        report = self.env["intervention.report"]
        self.env.flush_all()
        query = report._search(Domain(domain))
        keys = {name: SQL.identifier(DIMENSIONS[name]) for name in names}
        columns = [
            SQL("%s AS %s", self._dimension_sql(report, name, query), key)
            for name, key in keys.items()
        ]
        columns += [report._field_to_sql(query.table, name, query) for name in FIGURES]
        aggregates = [SQL("COUNT(*)")]
        for name in FIGURES:
            figure = SQL.identifier(name)
            aggregates.append(SQL("COUNT(%s)", figure))
            aggregates.append(
                SQL("AVG(%s)", figure)
                if name in SHARES
                else SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)", figure)
            )
        labels = [self._group_name_sql(report, name) for name in names]
        rows = self.env.execute_query(
            SQL(
                "WITH cases AS MATERIALIZED (%s) SELECT %s FROM cases GROUP BY %s",
                query.select(*columns),
                SQL(", ").join(
                    [*aggregates, *(SQL("GROUPING(%s)", key) for key in keys.values())]
                    + [*keys.values(), *labels]
                ),
                SQL(
                    "GROUPING SETS (%s)",
                    SQL(", ").join(
                        [SQL("()"), *(SQL("(%s)", key) for key in keys.values())]
                    ),
                ),
            )
        )
        total = None
        groups = {name: [] for name in names}
        width = len(aggregates)
        for row in rows:
            numbers = self._analytics_numbers(row[:width])
            grouping, values, texts = (
                row[width + part * len(names) :][: len(names)] for part in range(3)
            )
            if 0 not in grouping:
                total = numbers
                continue
            place = grouping.index(0)
            value = values[place]
            if isinstance(value, date):
                value = value.isoformat()[:7]
            groups[names[place]].append(
                {"value": value, "name": texts[place] or value, **numbers}
            )
        return total, {
            name: self._sorted_groups(report, name, found)
            for name, found in groups.items()
        }

    @api.model
    def _analytics_numbers(self, row):
        """Return the numbers of one group; a figure over too few cases is left out."""
        numbers = {"meetings": row[0]}
        for place, name in enumerate(FIGURES):
            cases, value = row[1 + 2 * place], row[2 + 2 * place]
            enough = cases >= MINIMUM_CASES
            numbers[name] = {
                "value": round(value, 4) if enough else None,
                "cases": cases,
            }
        return numbers

    @api.model
    def _dimension_sql(self, report, name, query):
        column = report._field_to_sql(query.table, DIMENSIONS[name], query)
        if report._fields[DIMENSIONS[name]].type == "date":
            return SQL("date_trunc('month', %s)::date", column)
        return column

    @api.model
    def _group_name_sql(self, report, name):
        """Return SQL for the name of a group, where it is a record's.

        No record rules: who may read a meeting may read what it is filed under.
        """
        field = report._fields[DIMENSIONS[name]]
        if not field.relational:
            return SQL("NULL")
        key = SQL.identifier(DIMENSIONS[name])
        if field.comodel_name == "res.users":
            return user_name(key)
        records = self.env[field.comodel_name]
        table = records._table
        return SQL(
            "(SELECT %s FROM %s WHERE %s = cases.%s)",
            records._field_to_sql(table, records._rec_name),
            SQL.identifier(table),
            SQL.identifier(table, "id"),
            key,
        )

    @api.model
    def _sorted_groups(self, report, name, groups):
        """Put the groups in order; months have those between them, if with nothing."""
        field = report._fields[DIMENSIONS[name]]
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            order = list(labels)
            for group in groups:
                group["name"] = labels[group["value"]]
            return sorted(groups, key=lambda group: order.index(group["value"]))
        if field.relational:
            return sorted(
                groups,
                key=lambda group: (group["value"] is None, group["name"] or ""),
            )
        return self._with_empty_months(sorted(groups, key=lambda group: group["value"]))

    @api.model
    def _with_empty_months(self, groups):
        """Return the months with those between that have no meetings."""
        nothing = self._analytics_numbers([0] * (1 + 2 * len(FIGURES)))
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
