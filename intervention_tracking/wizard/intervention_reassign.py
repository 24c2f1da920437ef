from odoo import fields, models


class InterventionReassign(models.TransientModel):
    """Hand one or many meetings over to another form master."""

    _name = "intervention.reassign"
    _description = "Hand Over Interventions"

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
        help="They see these cases from now on and are told so; who had them until "
        "now does not see them any more.",
    )

    def action_reassign(self):
        """Make the chosen user the form master of all the meetings.

        :return: an action that closes the dialog
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.ensure_one()
        self.meeting_ids.write({"form_master_id": self.form_master_id.id})
        return {"type": "ir.actions.act_window_close"}
