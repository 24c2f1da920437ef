from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..constants import ADMIN_GROUP, DEFAULT_FILE_MIB, MAX_FILE_MIB


class InterventionSettings(models.Model):
    """What a company's administrators of interventions decide, one record a company.

    Odoo's own settings page is for system administrators only.
    """

    _name = "intervention.settings"
    _description = "Intervention Settings"
    _rec_name = "company_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    escalation_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalation Contact",
        domain=lambda self: [
            (
                "all_group_ids",
                "in",
                self.env.ref(ADMIN_GROUP).ids,
            )
        ],
        check_company=True,
        ondelete="set null",
        help="Gets the activity when a case is escalated. When empty, every "
        "administrator of interventions gets one.",
    )
    escalation_contact_left = fields.Boolean(
        compute="_compute_escalation_contact_left",
        help="The escalation contact can't open the cases any more, so every "
        "administrator is told.",
    )
    max_file_mib = fields.Integer(
        string="Largest File (MiB)",
        required=True,
        default=DEFAULT_FILE_MIB,
        help="How large a file may be that is added to a case or to its history.",
    )

    _max_file_mib_range = models.Constraint(
        f"CHECK (max_file_mib BETWEEN 1 AND {MAX_FILE_MIB})",
        "Largest File: choose 1 to 100 MiB.",
    )
    _company_uniq = models.Constraint(
        "UNIQUE (company_id)", "This company has its intervention settings already."
    )

    @api.depends("escalation_user_id", "company_id")
    def _compute_escalation_contact_left(self):
        meetings = self.env["intervention.meeting"]
        for settings in self:
            contact = settings.escalation_user_id
            settings.escalation_contact_left = bool(
                contact - meetings._administrators(settings.company_id)
            )

    @api.constrains("escalation_user_id")
    def _check_escalation_user(self):
        for settings in self:
            user = settings.escalation_user_id
            if user and not user.has_group(ADMIN_GROUP):
                raise ValidationError(
                    self.env._(
                        "Escalation Contact: %(user)s can't open the cases. Choose an "
                        "administrator of interventions.",
                        user=user.name,
                    )
                )

    @api.model
    def _max_file_mib(self, company):
        """Return how large a file of an intervention of the company may be, in MiB."""
        # sudo: the limit holds for the dialogs of callers in another company, too.
        settings = self.sudo().search([("company_id", "=", company.id)], limit=1)
        return settings.max_file_mib or DEFAULT_FILE_MIB

    @api.model
    def action_open(self):
        """Open the settings of the current company, made on first use.

        :return: an action of the web client
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.check_access("write")
        settings = self.search([("company_id", "=", self.env.company.id)], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settings"),
            "res_model": self._name,
            "view_mode": "form",
            "res_id": (settings or self.create({})).id,
        }
