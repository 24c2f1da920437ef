from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class InterventionMerge(models.TransientModel):
    """Decide which active cases go on before contacts of one student are merged."""

    _name = "intervention.merge"
    _description = "Merge of Contacts with Active Interventions"
    _inherit = ["intervention.refusals"]

    contact_ids = fields.Many2many(comodel_name="res.partner", required=True)
    stays_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact That Stays",
        required=True,
        readonly=True,
    )
    case_ids = fields.One2many(
        comodel_name="intervention.merge.case",
        inverse_name="merge_id",
        string="Active Interventions",
    )
    resolution_notes = fields.Text(
        required=True,
        default=lambda self: self.env._(
            "This case goes on in another one: the student was entered twice, and the "
            "two contacts were merged."
        ),
        help="How the cases end that do not go on.",
    )

    @api.model
    def action_open(self):
        """Open the dialog for the contacts that the context names.

        :return: an action of the web client
        :raises AccessError: when one of their active cases may not be changed
        """
        contacts = self.env["res.partner"].browse(
            self.env.context.get("intervention_merge_contacts")
        )
        cases = contacts._doubled_cases()
        cases.check_access("write")
        return self.create(
            {
                "contact_ids": [Command.set(contacts.ids)],
                "stays_id": self.env.context.get("intervention_merge_stays"),
                "case_ids": [Command.create({"meeting_id": case.id}) for case in cases],
            }
        )._show()

    def _show(self):
        self.ensure_one()
        return self._get_records_action(
            name=self.env._("Which Intervention Continues?"), target="new"
        )

    def action_merge(self):
        """Close what does not go on, and merge the contacts.

        :return: the next screen of Odoo's merge
        :raises UserError: when a root cause is undecided; for the rest see Odoo's merge
        :raises AccessError: when the user may not merge contacts
        """
        self.ensure_one()
        for cases in self.case_ids.grouped("root_cause").values():
            if len(cases.filtered("goes_on")) != 1:
                raise UserError(
                    self.env._("Choose for each root cause which intervention goes on.")
                )
        ending = self.case_ids.filtered(lambda case: not case.goes_on).meeting_id
        ending.filtered(lambda case: case.status != "closed").write(
            {"status": "closed", "resolution_notes": self.resolution_notes}
        )
        merge = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set(self.contact_ids.ids)],
                "dst_partner_id": self.stays_id.id,
                "state": "selection",
            }
        )
        self.unlink()
        return merge.action_merge()


class InterventionMergeCase(models.TransientModel):
    """One of the active cases that a student can't have together."""

    _name = "intervention.merge.case"
    _description = "Active Intervention in a Merge of Contacts"
    _inherit = ["intervention.dialog"]
    _about = {"meeting_id": "write"}

    merge_id = fields.Many2one(
        comodel_name="intervention.merge", required=True, ondelete="cascade"
    )
    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    goes_on = fields.Boolean()
    student_id = fields.Many2one(related="meeting_id.student_id", related_sudo=False)
    student_number = fields.Char(
        related="meeting_id.student_number", related_sudo=False
    )
    class_id = fields.Many2one(related="meeting_id.class_id", related_sudo=False)
    form_master_id = fields.Many2one(
        related="meeting_id.form_master_id", related_sudo=False
    )
    root_cause = fields.Selection(related="meeting_id.root_cause", related_sudo=False)
    meeting_date = fields.Date(related="meeting_id.meeting_date", related_sudo=False)
    follow_up_date = fields.Date(
        related="meeting_id.follow_up_date", related_sudo=False
    )
    status = fields.Selection(related="meeting_id.status", related_sudo=False)
    urgency_level = fields.Selection(
        related="meeting_id.urgency_level", related_sudo=False
    )
    progress_count = fields.Integer(
        related="meeting_id.progress_count", related_sudo=False
    )
    absence_reason = fields.Text(
        related="meeting_id.absence_reason", related_sudo=False
    )
    intervention_notes = fields.Text(
        related="meeting_id.intervention_notes", related_sudo=False
    )
    action_plan = fields.Text(related="meeting_id.action_plan", related_sudo=False)

    def action_go_on(self):
        """Choose this one among those of its root cause.

        :return: an action of the web client
        """
        self.ensure_one()
        for case in self.merge_id.case_ids:
            if case.root_cause == self.root_cause:
                case.goes_on = case == self
        return self.merge_id._show()
