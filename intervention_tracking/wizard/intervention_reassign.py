from odoo import api, fields, models

from ..tools.notification import CLOSE, notification, outcome


class InterventionReassign(models.TransientModel):
    """Hand one or many meetings over to another form master."""

    _name = "intervention.reassign"
    _description = "Hand Over Interventions"
    _inherit = ["intervention.refusals"]

    meeting_ids = fields.Many2many(
        comodel_name="intervention.meeting",
        string="Interventions",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    form_master_id = fields.Many2one(
        comodel_name="res.users",
        string="New Form Master",
        required=True,
        domain=lambda self: self.env["intervention.meeting"]._form_master_domain(),
        help="They see these cases from now on and are told so, if a message reaches "
        "them; who had them until now does not see them any more.",
    )

    # What was seen when the dialog was opened.
    version = fields.Char(
        compute="_compute_version", compute_sudo=False, store=True, readonly=False
    )

    @api.depends("meeting_ids")
    def _compute_version(self):
        for reassign in self:
            reassign.version = reassign.meeting_ids._origin._shared_version()

    @api.onchange("form_master_id")
    def _onchange_form_master_id(self):
        return self.env["intervention.meeting"]._unreached_owner_warning(
            self.form_master_id
        )

    def action_reassign(self):
        """Make the chosen user the form master of all the meetings.

        :return: an action that says who was told and closes the dialog
        :raises ValidationError: when somebody else handed one of them over meanwhile
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.ensure_one()
        meetings = self.meeting_ids.with_context(
            intervention_version=self.version or None
        )
        meetings.write({"form_master_id": self.form_master_id.id})
        message, is_told = meetings._handed_over_message(self.form_master_id)
        return notification(message, then=CLOSE, **outcome(is_told))
