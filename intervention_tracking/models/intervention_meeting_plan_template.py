from datetime import date, timedelta

from odoo import api, fields, models

from ..tools.day import today

FILLED = ("root_cause", "action_plan", "follow_up_date", "urgency_level")


class InterventionMeeting(models.Model):
    """Which plan template a meeting was recorded with, and what that fills in.

    Filling is a help for who types, so it is done by the forms. A caller of ``create``
    who names a template has it recorded, and gives all the rest as ever.
    """

    _inherit = "intervention.meeting"

    plan_template_id = fields.Many2one(
        comodel_name="intervention.plan.template",
        domain="[('root_cause', '=?', root_cause)]",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Shows guidance for the talk, and fills in the plan, the follow-up date "
        "and the urgency as far as you have not done so yourself.",
    )
    plan_template_guidance = fields.Text(
        string="Guidance", related="plan_template_id.guidance"
    )
    plan_template_action_plan = fields.Text(
        string="Plan of the Template", related="plan_template_id.action_plan"
    )
    # Which value a form has put into a field by itself; false once it was changed.
    plan_template_fill = fields.Json(
        store=False, readonly=True, exportable=False, export_string_translation=False
    )

    # --- rules ---

    def _checked_creation(self, vals):
        vals, problems = super()._checked_creation(vals)
        if vals.get("plan_template_id"):
            self._complain_of_plan_template(vals, problems)
        return vals, problems

    def _checked_change(self, vals):
        vals, problems = super()._checked_change(vals)
        if "plan_template_id" in vals and not self._is_same("plan_template_id", vals):
            problems["plan_template_id"] = self.env._(
                "Plan Template: it says what the meeting was recorded with, and "
                "can't be changed afterwards."
            )
        return vals, problems

    def _complain_of_plan_template(self, vals, problems):
        template = self.env["intervention.plan.template"].browse(
            self._id_or_none(vals["plan_template_id"])
        )
        template = template.exists()
        if not template or not template.has_access("read"):
            problems["plan_template_id"] = self.env._(
                "Plan Template: choose one of those in the list."
            )
        elif "root_cause" not in problems and template.root_cause != vals["root_cause"]:
            problems["plan_template_id"] = self.env._(
                "Plan Template: “%(template)s” is for another root cause. Choose "
                "one that is for this root cause.",
                template=template.name,
            )

    # --- filling in a form ---

    @api.onchange("plan_template_id")
    def _onchange_plan_template_id(self):
        if self._origin:
            return
        template = self.plan_template_id
        values = dict.fromkeys(FILLED, False) | self._initial_fill()
        if template:
            values["root_cause"] = template.root_cause
            values["action_plan"] = template.action_plan
        if template.follow_up_days:
            values["follow_up_date"] = today(self) + timedelta(
                days=template.follow_up_days
            )
        if template.urgency_level:
            values["urgency_level"] = template.urgency_level
        for name, value in values.items():
            if not self[name] or self._is_filled(name):
                self[name] = value
                self._note_fill(name)

    @api.onchange("root_cause")
    def _onchange_root_cause(self):
        cause = self.plan_template_id.root_cause
        if cause and cause != self.root_cause and not self._origin:
            self.plan_template_id = False

    # Not of the plan: when the connection is lost, the client takes back what was typed
    # into a field that has such a method.
    @api.onchange("follow_up_date")
    def _onchange_follow_up_date(self):
        self._note_change("follow_up_date")

    @api.onchange("urgency_level")
    def _onchange_urgency_level(self):
        self._note_change("urgency_level")

    @api.model
    def _initial_fill(self):
        """Return what stands in a new form before anybody has touched it."""
        return self.default_get(["urgency_level"])

    def _is_filled(self, name):
        """Tell whether the field holds what the form has put there by itself."""
        fill = self.plan_template_fill or self._initial_fill()
        return bool(self[name]) and self._as_json(name) == fill.get(name)

    def _note_fill(self, name):
        fill = self.plan_template_fill or self._initial_fill()
        self.plan_template_fill = {**fill, name: self._as_json(name)}

    def _note_change(self, name):
        """Take note of a value that the user has chosen, so that it stays."""
        if self[name] and not self._origin and not self._is_filled(name):
            fill = self.plan_template_fill or self._initial_fill()
            self.plan_template_fill = {**fill, name: False}

    def _as_json(self, name):
        value = self[name]
        return fields.Date.to_string(value) if isinstance(value, date) else value
