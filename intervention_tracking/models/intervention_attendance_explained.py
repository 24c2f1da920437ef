from math import floor

from babel.numbers import format_percent
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ..tools.day import day_text, today
from .intervention_attendance_change import VALUES

DAY_KINDS = [
    ("present", "Present"),
    ("late", "Late"),
    ("excused", "Absent, Excused"),
    ("unexcused", "Absent, Unexcused"),
    ("not_required", "Not Required to Attend"),
]
# How many unknown days are told one by one.
MOST_LISTED = 10


def kind_of_day(possible, absent, excused, is_late):
    """Return of ``DAY_KINDS`` what a day was."""
    if not possible:
        return "not_required"
    if absent:
        return "excused" if excused == absent else "unexcused"
    return "late" if is_late else "present"


class InterventionAttendance(models.Model):
    """A day in one word."""

    _inherit = "intervention.attendance"

    kind = fields.Selection(
        selection=DAY_KINDS,
        string="What It Was",
        compute="_compute_kind",
        search="_search_kind",
        help="A day of which any part was missed without excuse is unexcused.",
    )

    @api.depends("possible", "absent", "excused", "is_late")
    def _compute_kind(self):
        for day in self:
            day.kind = kind_of_day(day.possible, day.absent, day.excused, day.is_late)

    @api.model
    def _search_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        values = list(value)

        def kind_sql(model, alias, query):
            column = {
                name: model._field_to_sql(alias, name, query)
                for name in ("possible", "absent", "excused", "is_late")
            }
            return SQL(
                """CASE WHEN %(possible)s = 0 THEN 'not_required'
                        WHEN %(absent)s > %(excused)s THEN 'unexcused'
                        WHEN %(absent)s > 0 THEN 'excused'
                        WHEN %(is_late)s THEN 'late'
                        ELSE 'present' END = ANY(%(values)s)""",
                values=[each for each in values if each],
                **column,
            )

        return Domain.custom(to_sql=kind_sql)

    @api.depends("student_id", "date")
    def _compute_display_name(self):
        for day in self._nameable():
            day.display_name = f"{day.student_id.display_name}, {day.date}"

    def action_view_changes(self):
        """Open what corrections of the day replaced.

        :return: an action of the web client
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_attendance_change_action"
        )
        action["domain"] = [
            ("student_id", "=", self.student_id.id),
            ("date", "=", self.date),
        ]
        return action


class InterventionAttendanceChange(models.Model):
    """A correction in words."""

    _inherit = "intervention.attendance.change"

    old_text = fields.Char(string="Before", compute="_compute_texts")
    new_text = fields.Char(string="Since Then", compute="_compute_texts")

    @api.depends("is_unknown")
    @api.depends_context("lang")
    def _compute_texts(self):
        for change in self:
            change.old_text = change._text("old")
            change.new_text = (
                self.env._("Unknown") if change.is_unknown else change._text("new")
            )

    def _text(self, when):
        possible, absent, excused, is_late, minutes, codes, note = (
            self[f"{when}_{name}"] for name in VALUES
        )
        kinds = dict(
            self.env["intervention.attendance"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        parts = [kinds[kind_of_day(possible, absent, excused, is_late)]]
        if 0 < absent < 1:
            parts.append(
                self.env._(
                    "%(part)s of the day",
                    part=format_percent(
                        absent, locale=babel_locale_parse(get_lang(self.env).code)
                    ),
                )
            )
        if minutes:
            parts.append(self.env._("%(count)s minutes", count=minutes))
        return " · ".join([*parts, *filter(None, (codes, note))])


class InterventionAttendanceStanding(models.Model):
    """The figures of a student, and the days that each of them comes from."""

    _inherit = "intervention.attendance.standing"

    unknown_days = fields.Integer(
        compute="_compute_unknown_days",
        help="School days of the year of which no mark came in, from the first day "
        "known to yesterday. They count neither as present nor as absent.",
    )
    unknown_text = fields.Char(
        string="Which Are Unknown", compute="_compute_unknown_days"
    )
    rate_text = fields.Char(
        string="Missed",
        compute="_compute_rate_text",
        help="Days missed of possible days of the school year.",
    )
    change_count = fields.Integer(
        string="Corrected Days", compute="_compute_change_count"
    )

    @api.depends("last_day", "year_start")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_unknown_days(self):
        for (company, first), standings in self.grouped(
            lambda standing: (standing.company_id, standing.year_start)
        ).items():
            last = max(standings.mapped("last_day"), default=first)
            _start, end = self.env["intervention.settings"]._school_year(company, last)
            this_day = today(self, company=company)
            # Of a year that is over nobody waits for marks.
            until = this_day if this_day <= end else first
            last = max(last, until)
            open_days = self.env["intervention.settings"]._open_days(
                company, first, last
            )
            attendance = self.env["intervention.attendance"]
            of_school = Domain("student_id", "in", standings.student_id.ids) & Domain(
                "company_id", "=", company.id
            )
            known = dict(
                attendance._read_group(
                    of_school
                    & Domain("date", ">=", first)
                    & Domain("date", "<=", last),
                    ["student_id"],
                    ["date:array_agg"],
                )
            )
            begins = dict(
                attendance._read_group(of_school, ["student_id"], ["date:min"])
            )
            for standing in standings:
                student = standing.student_id
                left = student.student_left_on
                days = sorted(
                    day
                    for day in open_days.difference(known.get(student, ()))
                    # Of today marks may still come.
                    if day >= begins.get(student, day)
                    and (
                        day < standing.last_day
                        or (day < until and not (left and day >= left))
                    )
                )
                standing.unknown_days = len(days)
                shown = [day_text(self.env, day) for day in days[-MOST_LISTED:]]
                if len(days) > MOST_LISTED:
                    shown.insert(0, "…")
                standing.unknown_text = " · ".join(shown)

    @api.depends("year_absent", "year_possible")
    @api.depends_context("lang")
    def _compute_rate_text(self):
        for standing in self:
            standing.rate_text = self.env._(
                "%(missed)s of %(possible)s days (%(share)s)",
                missed=self._amount(standing.year_absent),
                possible=standing.year_possible,
                share=self._share(standing.rate),
            )

    @api.model
    def _share(self, rate):
        """Return a share of days as it is shown.

        It is rounded down: who is below the limit of a band is not shown at it.
        """
        return format_percent(
            floor(round(rate * 1000, 6)) / 1000,
            format="#,##0.#%",
            locale=babel_locale_parse(get_lang(self.env).code),
        )

    def _compute_change_count(self):
        counts = dict(
            self.env["intervention.attendance.change"]._read_group(
                [("student_id", "in", self.student_id.ids)],
                ["student_id"],
                ["__count"],
            )
        )
        for standing in self:
            standing.change_count = counts.get(standing.student_id, 0)

    def action_view_possible(self):
        """Open the days that the share is a share of.

        :return: an action of the web client
        """
        return self._days_action([("possible", "=", 1)])

    def action_view_missed(self):
        """Open the days of the school year of which any part was missed.

        :return: an action of the web client
        """
        return self._days_action([("absent", ">", 0)])

    def action_view_changes(self):
        """Open what corrections of the student's days replaced.

        :return: an action of the web client
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_attendance_change_action"
        )
        action["domain"] = [("student_id", "=", self.student_id.id)]
        return action

    def _days_action(self, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_attendance_action"
        )
        action["display_name"] = self.env._(
            "School Days of %(student)s", student=self.student_id.display_name
        )
        action["domain"] = [
            ("student_id", "=", self.student_id.id),
            ("company_id", "=", self.company_id.id),
            ("date", ">=", self.year_start),
            ("date", "<=", self.last_day),
            *domain,
        ]
        action["context"] = {}
        return action
