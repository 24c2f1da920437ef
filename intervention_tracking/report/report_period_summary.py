from babel.numbers import format_percent
from odoo import api, models
from odoo.tools.misc import babel_locale_parse

from ..constants import ADMIN_GROUP
from ..tools.figures import MINIMUM_CASES

SUBJECTS = ("status", "root_cause", "urgency_level", "class_id", "form_master_id")


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
                "Closed cases and rates of fewer than %(count)s meetings are not "
                "shown (–).",
                count=MINIMUM_CASES,
            ),
            "documents": [self._document(wizard) for wizard in wizards],
        }

    def _document(self, wizard):
        meetings = self.env["intervention.meeting"]
        subjects = [name for name in SUBJECTS if wizard._shows(name)]
        [totals], *groups = self._counts(wizard, subjects)
        recorded, students = totals
        return {
            "wizard": wizard,
            "company": self.env.company,
            "recorded": recorded,
            "students": students,
            "closed": meetings.search_count(wizard._within("closed_date")),
            "now": meetings.get_statistics(),
            "tables": [
                self._rows_of(name, rows, recorded)
                for name, rows in zip(subjects, groups, strict=True)
            ],
            "effect": self._effect(wizard),
        }

    def _effect(self, wizard):
        """Return whether the meetings helped, in words; False for who is not told."""
        if not self.env.user.has_group(ADMIN_GROUP):
            return False
        return self.env["intervention.effect"].get_figures_in_words(
            {
                "from": wizard.date_from.isoformat(),
                "to": wizard.date_to.isoformat(),
            }
        )

    def _counts(self, wizard, subjects):
        """Count the meetings of the period, in one statement.

        :return: a list of the totals, and for each subject a list of its value, whether
            closed, the number of meetings and that of students
        """
        groups = self.env["intervention.meeting"]._read_grouping_sets(
            wizard._within("meeting_date"),
            [
                (),
                *(
                    (name, "status") if name != "status" else (name,)
                    for name in subjects
                ),
            ],
            ["__count", "student_id:count_distinct"],
        )
        return [groups[0] or [(0, 0)], *groups[1:]]

    def _rows_of(self, name, rows, total):
        """Return the table of one subject.

        :param list rows: of value, status, number of meetings and that of students
        :param int total: the meetings of the period
        """
        field = self.env["intervention.meeting"]._fields[name]
        counts = {}
        for value, *status, number, _students in rows:
            entry = counts.setdefault(value, [0, 0])
            entry[0] += number
            if status == ["closed"]:
                entry[1] += number
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            ordered = [(labels[value], value) for value in labels]
        else:
            ordered = sorted(
                (value.display_name or self.env._("None"), value) for value in counts
            )
        return {
            "name": name,
            "label": field._description_string(self.env),
            "rows": [
                {
                    "label": label,
                    "meetings": meetings,
                    "share": self._rate(meetings, total),
                    # The rate could be read off the number.
                    "closed": self._shown(closed, meetings),
                    "closed_rate": self._rate(closed, meetings),
                }
                for label, value in ordered
                for meetings, closed in [counts.get(value, (0, 0))]
            ],
        }

    def _rate(self, part, whole):
        """Return a percentage for people, or None over fewer cases than it takes."""
        if self._shown(part, whole) is None:
            return None
        return format_percent(part / whole, locale=babel_locale_parse(self.env.lang))

    def _shown(self, part, whole):
        """Return a number of a whole, or None where a rate over it is not shown."""
        return None if whole < MINIMUM_CASES else part
