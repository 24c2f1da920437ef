from babel.numbers import format_percent
from odoo import api, models
from odoo.tools.misc import babel_locale_parse

from ..tools.figures import DIMENSIONS, MINIMUM_CASES

SUBJECTS = ("status", "root_cause", "urgency_level", "class_id", "form_master_id")
# How many were closed, which says nothing of those that have a status.
CLOSED = "closed_share"
DIMENSION_OF = {
    field: name for name, field in DIMENSIONS.items() if field in SUBJECTS[1:]
}


class ReportPeriodSummary(models.AbstractModel):
    _name = "report.intervention_tracking.report_period_summary"
    _description = "Period Summary of Interventions"
    _inherit = ["intervention.paper"]

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self._readable("intervention.print.summary", docids)
        return {
            **self._common_values(data),
            "rate_note": self.env._(
                "Closed within 60 days: %(definition)s A rate of fewer than %(count)s "
                "cases is not shown (“too few”).",
                definition=self.env["intervention.report"]
                ._fields[CLOSED]
                ._description_help(self.env),
                count=MINIMUM_CASES,
            ),
            "documents": [self._document(wizard) for wizard in wizards],
        }

    def _document(self, wizard):
        meetings = self.env["intervention.meeting"]
        subjects = [name for name in SUBJECTS if wizard._shows(name)]
        [totals], *groups = self._counts(wizard, subjects)
        recorded, students = totals
        _all, closed = meetings._analytics(
            wizard._within("meeting_date"),
            [DIMENSION_OF[name] for name in subjects if name in DIMENSION_OF],
            [CLOSED],
        )
        return {
            "wizard": wizard,
            "company": self.env.company,
            "recorded": recorded,
            "students": students,
            "closed": meetings.search_count(wizard._within("closed_date")),
            "now": meetings.get_statistics(),
            "tables": [
                self._rows_of(
                    name, rows, recorded, closed.get(DIMENSION_OF.get(name), ())
                )
                for name, rows in zip(subjects, groups, strict=True)
            ],
            "effect": self._effect(wizard),
        }

    def _effect(self, wizard):
        """Return whether the meetings helped, in words."""
        return self.env["intervention.effect"].get_figures_in_words(
            {
                "from": wizard.date_from.isoformat(),
                "to": wizard.date_to.isoformat(),
            }
        )

    def _counts(self, wizard, subjects):
        """Count the meetings of the period, in one statement.

        :return: a list of the totals, and for each subject a list of its value, the
            number of meetings and that of students
        """
        groups = self.env["intervention.meeting"]._read_grouping_sets(
            wizard._within("meeting_date"),
            [(), *((name,) for name in subjects)],
            ["__count", "student_id:count_distinct"],
        )
        return [groups[0] or [(0, 0)], *groups[1:]]

    def _rows_of(self, name, rows, total, closed):
        """Return the table of one subject.

        :param list rows: of value, number of meetings and that of students
        :param int total: the meetings of the period
        :param closed: what ``_analytics`` says of its groups
        """
        field = self.env["intervention.meeting"]._fields[name]
        counts = {value: number for value, number, _students in rows}
        figures = {group["value"]: group[CLOSED] for group in closed}
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            ordered = [(labels[value], value, value) for value in labels]
        else:
            ordered = sorted(
                (value.display_name or self.env._("None"), value, value.id or None)
                for value in counts
            )
        return {
            "name": name,
            "label": field._description_string(self.env),
            "rows": [
                {
                    "label": label,
                    "meetings": counts.get(value, 0),
                    "share": self._rate(counts.get(value, 0), total),
                    **self._closed(figures.get(key)),
                }
                for label, value, key in ordered
            ],
        }

    def _closed(self, figure):
        """Return in words which part of a group was closed in time, and what is early.

        :param dict figure: of ``_analytics``; None where there are no meetings
        """
        if not figure or not figure["cases"] + figure["too_early"]:
            return {"closed": "–", "early": "–"}
        cases, early = figure["cases"], figure["too_early"]
        if figure["value"] is not None:
            closed = self.env._(
                "%(rate)s of %(cases)s",
                rate=self._percent(figure["value"]),
                cases=cases,
            )
        elif cases:
            closed = self.env._("too few (%(cases)s)", cases=cases)
        else:
            closed = self.env._("too early")
        return {"closed": closed, "early": early}

    def _rate(self, part, whole):
        """Return a percentage for people, or None over fewer cases than it takes."""
        if whole < MINIMUM_CASES:
            return None
        return self._percent(part / whole)

    def _percent(self, share):
        return format_percent(share, locale=babel_locale_parse(self.env.lang))
