from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import ormcache

from ..constants import BAND_LIMITS, BAND_MINIMUM_DAYS, DAYS_IN_A_ROW, YEAR_START_MONTH

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]
LIMITS = (
    "band_watch",
    "band_chronic",
    "band_severe",
    "band_minimum_days",
    "days_in_a_row",
    "year_start_month",
)


class InterventionSettings(models.Model):
    """From when on a student's absences call for a talk, and when a year begins."""

    _inherit = "intervention.settings"

    year_start_month = fields.Selection(
        selection=MONTHS,
        string="School Year Begins in",
        required=True,
        default=YEAR_START_MONTH,
        help="Absences are counted anew from the first of this month.",
    )
    band_watch = fields.Float(
        string="Watch",
        required=True,
        default=BAND_LIMITS["watch"],
        help="From which share of the possible days missed a student is watched.",
    )
    band_chronic = fields.Float(
        string="Chronic", required=True, default=BAND_LIMITS["chronic"]
    )
    band_severe = fields.Float(
        string="Severe", required=True, default=BAND_LIMITS["severe"]
    )
    band_minimum_days = fields.Integer(
        string="Possible Days Needed",
        required=True,
        default=BAND_MINIMUM_DAYS,
        help="Of a student with fewer possible days in the school year no band is "
        "told.",
    )
    days_in_a_row = fields.Integer(
        string="Days Missed in a Row",
        required=True,
        default=DAYS_IN_A_ROW,
        help="How many whole days missed in a row call for a talk.",
    )
    attendance_years = fields.Integer(
        string="Years Kept",
        help="School days that are longer ago are deleted, with what was changed of "
        "them. 0: they are kept.",
    )

    _bands_in_order = models.Constraint(
        "CHECK (0 < band_watch AND band_watch < band_chronic "
        "AND band_chronic < band_severe AND band_severe <= 1)",
        "Bands: each must begin at a higher share than the one before, from above 0 % "
        "to 100 %.",
    )
    _days_needed = models.Constraint(
        "CHECK (band_minimum_days BETWEEN 1 AND 100)",
        "Possible Days Needed: choose a number from 1 to 100.",
    )
    _row_range = models.Constraint(
        "CHECK (days_in_a_row BETWEEN 2 AND 20)",
        "Days Missed in a Row: choose a number from 2 to 20.",
    )

    _attendance_years_range = models.Constraint(
        "CHECK (attendance_years IS NULL OR attendance_years BETWEEN 0 AND 50)",
        "Years Kept: choose a number from 1 to 50, or 0 to keep all.",
    )

    @api.model
    @ormcache("company_id")
    def _attendance_limits(self, company_id):
        """Return by name what a company has set of ``LIMITS``, or the defaults."""
        # sudo: the limits are the same for everybody of the school.
        settings = self.sudo().search([("company_id", "=", company_id)], limit=1)
        if not settings:
            return self.default_get(LIMITS)
        return {name: settings[name] for name in LIMITS}

    @api.model
    def _school_year(self, company, day):
        """Return the first and the last day of the school year that a day is in."""
        month = int(self._attendance_limits(company.id)["year_start_month"])
        first = date(day.year - (day.month < month), month, 1)
        return first, first + relativedelta(years=1, days=-1)

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        if any(vals.keys() & set(LIMITS) for vals in vals_list):
            settings._refresh_standings()
        return settings

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & set(LIMITS):
            self.env.registry.clear_cache()
            self._refresh_standings()
        return result

    def _refresh_standings(self):
        """Let the limits hold for everybody at once."""
        # sudo: the limits are those of students whom the user may not see, too.
        standings = self.env["intervention.attendance.standing"].sudo()
        companies = self.company_id.ids
        students = standings.search([("company_id", "in", companies)]).student_id
        standings._refresh(students.ids)
