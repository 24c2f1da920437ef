from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import EFFECT_STATES, FORM_MASTER_GROUP
from ..tools import effect

# What a figure can be narrowed down by. None of it is a person.
FILTERS = (
    *("from", "to", "root_cause", "plan_template_id"),
    *("attendance_band", "plan_kept"),
)
NOT_ASKED = "not_asked"
# What a figure is split by.
PARTS = ("plan_kept", "root_cause", "plan_template_id")
COUNTED = "counted"
# A case that was recorded since the last night.
WAITING = "waiting"
REASONS = (*(state for state, _label in EFFECT_STATES if state != COUNTED), WAITING)
# What a computation may differ by without anything having been corrected.
SAME = 1e-6


class InterventionEffect(models.Model):
    """Whether less was missed after meetings than by similar students, over many.

    Over the cases that the user may see: those of form masters over their own, those of
    administrators over all of their companies. Nothing is told by form master: it would
    be a ranking of people.
    """

    _inherit = "intervention.effect"

    @api.model
    @api.readonly
    def get_figures(self, filters=None):
        """Tell whether the students who were met missed less than similar ones.

        :param dict filters: which meetings, each key may be left out: ``from`` and
            ``to``, days of the meetings; ``root_cause``, ``attendance_band`` (of the
            student when the meeting was recorded) and ``plan_template_id`` of the
            meeting; ``plan_kept``, also ``not_asked``
        :return: a dict of ``conclusion`` (``too_early``, ``too_few``, ``chance``,
            ``less_absence`` or ``more_absence``); ``count``, how many cases are
            counted, and ``students``, of how many students; ``mean``, ``low`` and
            ``high``: how many days of 20 more they missed than similar students, which
            is negative when they missed less, with the ends of the 95 % range, None
            with fewer than 10 students; ``before``, ``after`` and ``alike``: days of
            20 missed by them before and after and by similar students after, None
            likewise; ``left_out``, a list of dicts of ``reason`` and ``count``;
            ``early_until``, the first day on which a case that is too early is ready;
            ``corrected``, a dict of ``count``, how many cases have another value than
            was computed first, and ``first``, the figure by those; ``parts``, a dict by
            ``plan_kept``, ``root_cause`` and ``plan_template_id`` of lists of the same
            figure for each value, from 20 students on and drawn towards 0 by
            ``students / (students + 20)``
        :raises ValidationError: for a key or a value that is not there
        :raises AccessError: for who is no form master
        """
        self._check_may_see_figures()
        return self._figures(self._checked_filters(filters))

    @api.model
    def _check_may_see_figures(self):
        if not self.env.user.has_group(FORM_MASTER_GROUP):
            raise AccessError(self._access_refusal("read"))

    # --- which cases ---

    @api.model
    def _checked_filters(self, filters):
        """Return the filters that are set, with days as dates.

        :raises ValidationError: for a key or a value that is not there
        """
        filters = filters or {}
        if not isinstance(filters, dict) or set(filters) - set(FILTERS):
            raise ValidationError(
                self.env._("Filters: choose from %(names)s.", names=", ".join(FILTERS))
            )
        meetings = self.env["intervention.meeting"]
        found = {name: value for name, value in filters.items() if value}
        days = meetings._analytics_period(found.get("from"), found.get("to"))
        for name in ("root_cause", "attendance_band", "plan_kept"):
            if name in found:
                choices = [value for value, _label in self._choices(name)]
                if found[name] not in choices:
                    raise ValidationError(
                        self.env._(
                            "%(filter)s: choose from %(names)s.",
                            filter=name,
                            names=", ".join(choices),
                        )
                    )
        if "plan_template_id" in found:
            template = meetings._id_or_none(found["plan_template_id"])
            found["plan_template_id"] = template or -1
        found |= dict(zip(("from", "to"), days, strict=True))
        return {name: value for name, value in found.items() if value}

    @api.model
    def _choices(self, name):
        """Return the values that a filter may have, with their labels."""
        field = self.env["intervention.meeting"]._fields[name]
        choices = field._description_selection(self.env)
        if name == "plan_kept":
            choices = [*choices, (NOT_ASKED, self.env._("Not Asked Yet"))]
        return choices

    @api.model
    def _cases_domain(self, filters):
        """Return the domain of the meetings, as it may be sent to the web client.

        :param dict filters: of ``_checked_filters``
        """
        domain = []
        for name, value in filters.items():
            if name in ("from", "to"):
                operator = ">=" if name == "from" else "<="
                domain.append(("meeting_date", operator, value.isoformat()))
            elif value == NOT_ASKED:
                domain.append((name, "=", False))
            else:
                domain.append((name, "=", value))
        return domain

    # --- the figures ---

    @api.model
    def _figures(self, filters, parts=PARTS):
        groups = self._aggregates(self._cases_domain(filters), parts)
        [total] = groups[()].values()
        figure = self._figure(total, effect.LEAST_STUDENTS)
        left_out = [
            {"reason": reason, "count": groups[("state",)][reason]["cases"]}
            for reason in REASONS
            if reason in groups[("state",)]
        ]
        waits = {each["reason"] for each in left_out} & {"early", WAITING}
        if not figure["count"] and waits:
            figure["conclusion"] = "too_early"
        known = figure["mean"] is not None
        first = self._figure(total, effect.LEAST_STUDENTS, "first_")
        return {
            **figure,
            **{
                name: total[name] if known else None
                for name in ("before", "after", "alike")
            },
            "early_until": total["early_until"],
            "left_out": left_out,
            "corrected": {"count": total["corrected"], "first": first},
            # One group has the figure itself, which is not drawn towards 0.
            "parts": {
                name: [] if name in filters else self._part(name, groups[(name,)])
                for name in parts
            },
        }

    @api.model
    def _template_figures(self, template_ids):
        """Return the figure of each plan template, as a part of them all."""
        domain = [("plan_template_id", "in", template_ids)]
        name = "plan_template_id"
        return self._part(name, self._aggregates(domain, (name,))[(name,)])

    @api.model
    def _aggregates(self, domain, parts):
        """Return what PostgreSQL counts of the cases, in one statement.

        :return: a dict by the name of the group, as a tuple, of dicts by its value
        """
        meetings = self.env["intervention.meeting"]
        self.env.flush_all()
        query = meetings._search(Domain(domain))
        query.add_join(
            "LEFT JOIN",
            "effect",
            "intervention_effect",
            SQL("effect.meeting_id = %s", SQL.identifier(query.table, "id")),
        )
        columns = [
            SQL("%s AS %s", meetings._field_to_sql(query.table, name, query), key)
            for name in ("student_id", *parts)
            for key in [SQL.identifier(name)]
        ]
        aggregates = {
            "cases": SQL("COUNT(*)"),
            "count": SQL("COUNT(*) FILTER (WHERE is_counted)"),
            "students": SQL("COUNT(DISTINCT student_id) FILTER (WHERE is_counted)"),
            "mean": SQL("AVG(net) FILTER (WHERE is_counted)"),
            "spread": SQL("STDDEV_SAMP(net) FILTER (WHERE is_counted)"),
            "before": SQL("AVG(missed_before) FILTER (WHERE is_counted)"),
            "after": SQL("AVG(missed_after) FILTER (WHERE is_counted)"),
            "alike": SQL("AVG(alike_mean) FILTER (WHERE is_counted)"),
            "corrected": SQL("COUNT(*) FILTER (WHERE is_corrected)"),
            "first_count": SQL("COUNT(*) FILTER (WHERE was_counted)"),
            "first_students": SQL(
                "COUNT(DISTINCT student_id) FILTER (WHERE was_counted)"
            ),
            "first_mean": SQL("AVG(first_net) FILTER (WHERE was_counted)"),
            "first_spread": SQL("STDDEV_SAMP(first_net) FILTER (WHERE was_counted)"),
            "early_until": SQL("MIN(early_until) FILTER (WHERE state = 'early')"),
        }
        names = ("state", *parts)
        keys = [SQL.identifier(name) for name in names]
        rows = self.env.execute_query(
            SQL(
                """WITH cases AS MATERIALIZED (%(cases)s)
                   SELECT %(names)s, %(outside)s, %(aggregates)s
                     FROM (SELECT *, state = %(counted)s AS is_counted,
                                  first_state = %(counted)s AS was_counted,
                                  %(counted)s IN (state, first_state) AND (
                                      state <> first_state
                                      OR ABS(net - first_net) > %(same)s)
                                      AS is_corrected
                             FROM cases) compared
                    GROUP BY GROUPING SETS ((), %(sets)s)""",
                cases=query.select(
                    *columns,
                    SQL("COALESCE(effect.state, %s) AS state", WAITING),
                    SQL("effect.net, effect.missed_before, effect.missed_after"),
                    SQL("effect.alike_mean, effect.early_until"),
                    SQL("effect.first_state, effect.first_net"),
                ),
                names=SQL(", ").join(keys),
                outside=SQL(", ").join(SQL("GROUPING(%s)", key) for key in keys),
                aggregates=SQL(", ").join(aggregates.values()),
                counted=COUNTED,
                same=SAME,
                sets=SQL(", ").join(SQL("(%s)", key) for key in keys),
            )
        )
        groups = {(): {}, **{(name,): {} for name in names}}
        for row in rows:
            values, outside = row[: len(names)], row[len(names) : 2 * len(names)]
            numbers = dict(zip(aggregates, row[2 * len(names) :], strict=True))
            if 0 in outside:
                place = outside.index(0)
                groups[(names[place],)][values[place]] = numbers
            else:
                groups[()][None] = numbers
        return groups

    @api.model
    def _figure(self, numbers, least, prefix="", is_drawn=False):
        """Return a figure with its range, where there are students enough for it.

        :param dict numbers: of ``_aggregates``
        :param int least: from how many students on there is a figure
        :param bool is_drawn: whether it is drawn towards 0, the fewer students the more
        """
        count, students = numbers[f"{prefix}count"], numbers[f"{prefix}students"]
        figure = {
            "count": count,
            "students": students,
            "mean": None,
            "low": None,
            "high": None,
            "conclusion": "too_few",
        }
        if students < least:
            return figure
        mean = numbers[f"{prefix}mean"]
        half = effect.student_t(count - 1) * numbers[f"{prefix}spread"] / count**0.5
        share = students / (students + effect.LEAST_COMPARED) if is_drawn else 1
        low, high = mean - half, mean + half
        if low <= 0 <= high:
            conclusion = "chance"
        else:
            conclusion = "less_absence" if mean < 0 else "more_absence"
        return {
            **figure,
            "mean": mean * share,
            "low": low * share,
            "high": high * share,
            "conclusion": conclusion,
        }

    @api.model
    def _part(self, name, groups):
        """Return the figure of each value of a field of which a case is counted."""
        field = self.env["intervention.meeting"]._fields[name]
        if field.relational:
            # sudo: a template of a case that the user sees may be of another company.
            records = self.env[field.comodel_name].sudo().browse(filter(None, groups))
            labels = {each.id: each.display_name for each in records}
            labels = dict(sorted(labels.items(), key=lambda each: each[1]))
            labels[None] = self.env._("No Template")
        else:
            labels = dict(self._choices(name))
        if name == "plan_kept":
            groups = {value or NOT_ASKED: groups[value] for value in groups}
        return [
            {
                "value": value,
                "name": label,
                **self._figure(groups[value], effect.LEAST_COMPARED, is_drawn=True),
            }
            for value, label in labels.items()
            if value in groups and groups[value]["count"]
        ]
