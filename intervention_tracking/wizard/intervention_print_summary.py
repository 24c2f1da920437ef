from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain

from ..constants import ADMIN_GROUP
from ..tools.day import today
from ..tools.text import isolate


class InterventionPrintSummary(models.TransientModel):
    """The dialog that asks which period is summed up."""

    _name = "intervention.print.summary"
    _description = "Print Period Summary"
    _inherit = ["intervention.refusals"]

    period = fields.Selection(
        selection=[
            ("this_month", "This month"),
            ("last_month", "Last month"),
            ("other", "Other days"),
        ],
        required=True,
        default="this_month",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )

    _period_in_order = models.Constraint(
        "CHECK (date_from <= date_to)",
        "To: choose a day that is not before the first one.",
    )

    @api.depends("period")
    def _compute_dates(self):
        this_day = today(self)
        this_month = this_day.replace(day=1)
        for wizard in self:
            if wizard.period == "last_month":
                wizard.date_from = this_month - relativedelta(months=1)
                wizard.date_to = this_month - relativedelta(days=1)
            elif wizard.period == "this_month" or not wizard.date_from:
                wizard.date_from, wizard.date_to = this_month, this_day

    def _within(self, name):
        """Return the domain of the meetings with this date in the period."""
        return Domain(name, ">=", self.date_from) & Domain(name, "<=", self.date_to)

    def _shows(self, subject):
        """Tell whether the summary counts by this field."""
        return subject != "form_master_id" or self.env.user.has_group(ADMIN_GROUP)

    def _scope(self):
        """Return a sentence that says whose cases are counted."""
        if self.env.user.has_group(ADMIN_GROUP):
            return self.env._(
                "All interventions at %(schools)s, except archived ones.",
                schools=isolate(self.env, ", ".join(self.env.companies.mapped("name"))),
            )
        if self.env["intervention.meeting"]._shares_cases():
            return self.env._(
                "Only the interventions that %(form_master)s follows, and those of "
                "their classes.",
                form_master=isolate(self.env, self.env.user.name),
            )
        return self.env._(
            "Only the interventions that %(form_master)s follows.",
            form_master=isolate(self.env, self.env.user.name),
        )

    def action_print(self):
        """Print the summary.

        :return: an action of the web client
        :raises AccessError: for who has neither group
        """
        self.ensure_one()
        report = self.env["intervention.paper"]
        return report._print("report_period_summary_action", self)
