import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..constants import ROOT_CAUSES, URGENCY_LEVELS
from ..tools.references import is_named
from ..tools.text import FILLED

# As a string of a JSON path.
_FILLED = json.dumps(FILLED)


class InterventionPlanTemplate(models.Model):
    """What a form master can start from: guidance for the talk, and a plan.

    Choosing one in the dialog of a new meeting fills what is empty there. The texts are
    copied, so that changing a template later changes no meeting.
    """

    _name = "intervention.plan.template"
    _description = "Plan Template"
    _inherit = ["intervention.refusals"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    root_cause = fields.Selection(
        selection=ROOT_CAUSES,
        string="Root Cause Category",
        required=True,
        help="The template is offered for meetings with this root cause.",
    )
    guidance = fields.Text(
        translate=True,
        help="Questions and advice for the talk. They are shown while the meeting is "
        "being recorded, and are not copied into it.",
    )
    action_plan = fields.Text(
        required=True,
        translate=True,
        help="Who does what, until when. Leave gaps (…) for what differs from student "
        "to student.",
    )
    follow_up_days = fields.Integer(
        string="Follow-up After",
        help="The follow-up is due this many days after the meeting is recorded. With "
        "0, the date is left unchanged.",
    )
    urgency_level = fields.Selection(
        selection=URGENCY_LEVELS,
        help="When empty, the urgency is left as it is.",
    )
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="When empty, every company has the template.",
    )
    meeting_ids = fields.One2many(
        comodel_name="intervention.meeting",
        inverse_name="plan_template_id",
        string="Interventions",
    )
    meeting_count = fields.Integer(
        string="Number of Interventions",
        compute="_compute_meeting_count",
        help="Those that you may see.",
    )

    # A translated text is stored as JSON, with one value for each language.
    _name_filled = models.Constraint(
        f"""CHECK (NOT jsonb_path_exists(
            name, '$.* ? (!(@ like_regex {_FILLED}))'))""",
        "Name: write what the template is for.",
    )
    _action_plan_filled = models.Constraint(
        rf"""CHECK (NOT jsonb_path_exists(
            action_plan, '$.* ? (!(@ like_regex {_FILLED}))'))""",
        "Action Plan: write who does what, until when.",
    )
    _follow_up_days_sensible = models.Constraint(
        "CHECK (follow_up_days BETWEEN 0 AND 365)",
        "Follow-up After: choose 1 to 365 days, or 0 for none.",
    )

    @api.depends("name", "root_cause")
    @api.depends_context("lang", "intervention_name_with_cause")
    def _compute_display_name(self):
        with_cause = self.env.context.get("intervention_name_with_cause")
        causes = dict(self._fields["root_cause"]._description_selection(self.env))
        for template in self._nameable():
            template.display_name = (
                self.env._(
                    "%(cause)s: %(template)s",
                    cause=causes[template.root_cause],
                    template=template.name,
                )
                if with_cause and template.root_cause
                else template.name
            )

    @api.depends("meeting_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_meeting_count(self):
        counts = dict(
            self.env["intervention.meeting"]._read_group(
                [("plan_template_id", "in", self.ids)],
                ["plan_template_id"],
                ["__count"],
            )
        )
        for template in self:
            template.meeting_count = counts.get(template._origin, 0)

    @api.constrains("company_id")
    def _check_company_of_meetings(self):
        for template in self.filtered("company_id"):
            # sudo: meetings that the user may not see count, and none of them is told
            # of.
            meetings = template.sudo().with_context(active_test=False).meeting_ids
            if meetings.company_id - template.company_id:
                raise ValidationError(
                    self.env._(
                        "Company: another company has used this template already. "
                        "Duplicate it, and give the copy to %(company)s.",
                        company=template.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for template in self:
            if is_named(template):
                raise UserError(
                    self.env._(
                        "“%(template)s” was used for an intervention. Archive it "
                        "instead, and it will no longer be offered.",
                        template=template.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_starter(self):
        xml_ids = self.get_external_id()
        for template in self:
            if xml_ids[template.id].startswith("intervention_tracking."):
                raise UserError(
                    self.env._(
                        "“%(template)s” came with the app, and the next upgrade would "
                        "bring it back. Archive it instead, and it will no longer be "
                        "offered.",
                        template=template.name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" in (default or {}):
            return vals_list
        return [
            {**vals, "name": self.env._("%(name)s (copy)", name=template.name)}
            for template, vals in zip(self, vals_list, strict=True)
        ]
