from odoo import Command, api, fields, models
from odoo.fields import Domain

from ..tools.exceptions import field_error
from ..tools.notification import CLOSE, notification, outcome

# What one dialog shows; the others are in the next one.
MANY = 100


class InterventionHandover(models.TransientModel):
    """Say of many cases who takes each of them over, or that it stays."""

    _name = "intervention.handover"
    _description = "Cases to Hand Over"
    _inherit = ["intervention.refusals"]

    line_ids = fields.One2many(
        comodel_name="intervention.handover.line",
        inverse_name="handover_id",
        string="Cases",
    )
    rest_count = fields.Integer(readonly=True)

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        ids = self.env.context.get("active_ids", [])
        model = self.env.context.get("active_model")
        meetings = self.env["intervention.meeting"]
        domain = Domain.TRUE
        if model == "intervention.class":
            domain = Domain("student_id.school_class_id", "in", ids)
        elif model == "res.users":
            domain = Domain("form_master_id", "in", ids)
        waiting = meetings._awaiting(domain)
        vals["rest_count"] = max(len(waiting) - MANY, 0)
        vals["line_ids"] = [
            Command.create(
                {
                    "meeting_id": meeting.id,
                    "owner_id": meeting.form_master_id.id,
                    "form_master_id": meeting._next_owner().id,
                }
            )
            for meeting in waiting[:MANY]
        ]
        return vals

    def action_hand_over(self):
        """Hand the cases over as chosen; the others stay, which is a decision, too.

        :return: an action that says who was told and closes the dialog
        :raises ValidationError: when somebody else handed one of them over meanwhile
        :raises AccessError: for anyone but an administrator of interventions
        """
        self.ensure_one()
        changed = self.line_ids.filtered(
            lambda line: line.meeting_id.form_master_id != line.owner_id
        )
        if changed:
            raise field_error(
                "line_ids",
                self.env._(
                    "Somebody else has handed over %(cases)s meanwhile. Open this "
                    "dialog again.",
                    cases=", ".join(changed.meeting_id.mapped("display_name")),
                ),
            )
        moving = self.line_ids.filtered(
            lambda line: line.form_master_id and line.form_master_id != line.owner_id
        )
        for owner, lines in moving.grouped("form_master_id").items():
            lines.meeting_id.write({"form_master_id": owner.id})
        self._note_decided()
        message, is_told = self._outcome(moving)
        return notification(message, then=CLOSE, **outcome(is_told))

    def _note_decided(self):
        """Take the classes off the dashboard of which everything is decided."""
        decided = self.line_ids.meeting_id
        for school_class in decided.student_id.school_class_id:
            left = self.env["intervention.meeting"].search(
                school_class._former_domain() & Domain("id", "not in", decided.ids)
            )
            # sudo: the field is kept by the system.
            school_class.sudo().former_form_master_ids &= left.form_master_id

    def _outcome(self, moving):
        """Return what is said to who handed these lines over.

        :return: a sentence, and whether everybody who has to know was told
        """
        meetings = self.env["intervention.meeting"]
        # Who can't open cases any more is not told either.
        concerned = (
            moving.form_master_id | moving.owner_id.filtered("active")._form_masters()
        ) - self.env.user
        reached = meetings._reached(concerned)
        missed = concerned - reached
        message = self.env._(
            "Cases handed over: %(moved)s. Staying: %(staying)s.",
            moved=len(moving),
            staying=len(self.line_ids) - len(moving),
        )
        if reached:
            names = ", ".join(reached.mapped("name"))
            message += " " + self.env._("Told: %(names)s.", names=names)
        if missed:
            message += " " + meetings._without_address_message(missed)
        return message, not missed


class InterventionHandoverLine(models.TransientModel):
    """One of the cases, and who takes it over."""

    _name = "intervention.handover.line"
    _description = "Case to Hand Over"
    _inherit = ["intervention.dialog"]
    _about = {"meeting_id": "write"}

    handover_id = fields.Many2one(
        comodel_name="intervention.handover", required=True, ondelete="cascade"
    )
    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Case",
        required=True,
        ondelete="cascade",
    )
    student_id = fields.Many2one(related="meeting_id.student_id", related_sudo=False)
    root_cause = fields.Selection(related="meeting_id.root_cause", related_sudo=False)
    status = fields.Selection(related="meeting_id.status", related_sudo=False)
    has_owner_left = fields.Boolean(
        related="meeting_id.has_owner_left", related_sudo=False
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Has It Now",
        required=True,
        ondelete="cascade",
    )
    form_master_id = fields.Many2one(
        comodel_name="res.users",
        string="Takes It Over",
        domain=lambda self: self.env["intervention.meeting"]._form_master_domain(),
        ondelete="cascade",
        help="Leave it empty where the case stays with who has it.",
    )
