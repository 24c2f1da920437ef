from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import ormcache

from ..constants import MOST_YEARS_AHEAD, MOST_YEARS_BACK, YEARS_AHEAD, YEARS_BACK
from ..tools.day import today


class InterventionSettings(models.Model):
    """Which days can be true; a mistyped year is none of them."""

    _inherit = "intervention.settings"

    years_back = fields.Integer(
        required=True,
        default=YEARS_BACK,
        help="How many years back a new date may be. Dates that are already recorded "
        "stay as they are.",
    )
    years_ahead = fields.Integer(
        required=True,
        default=YEARS_AHEAD,
        help="How many years ahead a new date may be.",
    )

    _years_back_range = models.Constraint(
        f"CHECK (years_back BETWEEN 1 AND {MOST_YEARS_BACK})",
        "Years Back: choose a number from 1 to 50.",
    )
    _years_ahead_range = models.Constraint(
        f"CHECK (years_ahead BETWEEN 1 AND {MOST_YEARS_AHEAD})",
        "Years Ahead: choose a number from 1 to 10.",
    )

    @api.model
    def _plausible_days(self, company):
        """Return the first and the last day that a new date may be, for the user."""
        back, ahead = self._plausible_years(company.id)
        day = today(self)
        return day - relativedelta(years=back), day + relativedelta(years=ahead)

    @api.model
    @ormcache("company_id")
    def _plausible_years(self, company_id):
        """Return how many years back and ahead a new date may be, for a company."""
        # sudo: the bounds hold for the dialogs of callers in another company, too.
        settings = self.sudo().search([("company_id", "=", company_id)], limit=1)
        return settings.years_back or YEARS_BACK, settings.years_ahead or YEARS_AHEAD

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"company_id", "years_back", "years_ahead"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
