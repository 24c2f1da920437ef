from odoo import api, fields, models


class InterventionSettings(models.Model):
    """What a company's administrators of interventions decide, one record a company.

    Odoo's own settings page is for system administrators only.
    """

    _name = "intervention.settings"
    _description = "Intervention Settings"
    _inherit = ["intervention.refusals"]
    _rec_name = "company_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )

    _company_uniq = models.Constraint(
        "UNIQUE (company_id)", "This company has its intervention settings already."
    )

    @api.model
    def action_open(self):
        """Open the settings of the current company, made on first use.

        :return: an action of the web client
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.check_access("write")
        settings = self.search([("company_id", "=", self.env.company.id)], limit=1)
        settings = settings or self.create({})
        return settings._get_records_action(name=self.env._("Settings"))
