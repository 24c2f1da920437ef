from odoo import api, fields, models

from ..mixins.intervention_append_only import author_field
from ..mixins.intervention_retractable import retractions_field
from ..tools.day import day_text
from ..tools.exceptions import field_error

# What a case says besides its status, whose changes are progress updates.
CHANGES = (
    "student_id",
    "meeting_date",
    "absence_reason",
    "root_cause",
    "intervention_notes",
    "action_plan",
    "follow_up_date",
    "urgency_level",
    "form_master_id",
    "resolution_notes",
    "plan_kept",
    "plan_kept_reason",
    "plan_kept_text",
    "active",
)
SIDES = ("old_value", "new_value")
# Of these the values can be retracted: only they can tell of another child.
NARRATIVE = (
    "student_id",
    "absence_reason",
    "intervention_notes",
    "action_plan",
    "resolution_notes",
    "plan_kept_text",
)


class InterventionChange(models.Model):
    """A change of what a case says: what stood there before, and what since.

    The case itself writes it (see ``intervention_meeting_change.py``), and nobody else
    does. Values are kept as other systems would send them: texts as they are, days as
    ``YYYY-MM-DD``, choices by their key, people by their id, the archive flag as
    ``true`` or ``false``, and nothing for what is empty.
    """

    _name = "intervention.change"
    _description = "Change of an Intervention"
    _inherit = ["intervention.append.only", "intervention.retractable"]
    _order = "create_date desc, id desc"
    _rec_name = "field_name"
    _history_columns = ("field_name", *SIDES)
    _private_columns = SIDES

    field_name = fields.Char(required=True, readonly=True)
    old_value = fields.Text(readonly=True)
    new_value = fields.Text(readonly=True)
    field_label = fields.Char(string="What", compute="_compute_texts")
    old_text = fields.Text(string="Before", compute="_compute_texts")
    new_text = fields.Text(string="After", compute="_compute_texts")
    retraction_ids = retractions_field("change_id")
    create_uid = author_field("Changed by")
    create_date = fields.Datetime(string="Time", readonly=True)

    # The changes of a case, newest first.
    _meeting_idx = models.Index("(meeting_id, create_date DESC, id DESC)")

    @api.depends("field_name", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        names = self._names()
        for change in self:
            change.field_label = change._label()
            change.old_text = change._text(change.old_value, names)
            change.new_text = change._text(change.new_value, names)

    def _may_retract(self):
        return self.field_name in NARRATIVE and super()._may_retract()

    def retract(self, reason):
        """Retract changes of texts and of the student: both values are hidden.

        :param str reason: why; everybody who sees the case reads it
        :return: the retractions (their ids over RPC)
        :raises ValidationError: for a blank reason, what is retracted already, or a
            change of anything else: days and who follows the case are what figures and
            administrators go by
        :raises AccessError: for who neither made the change nor is an administrator, or
            does not see the case
        """
        if any(change.field_name not in NARRATIVE for change in self):
            raise field_error(
                "reason",
                self.env._(
                    "Only the change of a text or of the student can be retracted."
                ),
            )
        return super().retract(reason)

    def _hidden_values_text(self, values):
        # What stands in it is read as in the history.
        shown = self.new({"field_name": self.field_name, **values})
        return self.env._(
            "Before: %(old)s\n\nAfter: %(new)s",
            old=shown.old_text or "–",
            new=shown.new_text or "–",
        )

    def _names(self):
        """Return the names of the people in these changes, by field and kept id."""
        fields_of_meeting = self.env["intervention.meeting"]._fields
        names = {}
        for field_name, changes in self.grouped("field_name").items():
            field = fields_of_meeting.get(field_name)
            if not field or field.type != "many2one":
                continue
            ids = {change[side] for change in changes for side in SIDES} - {False}
            # sudo: the history names people whom its reader need not see elsewhere.
            people = self.env[field.comodel_name].sudo().browse(map(int, ids)).exists()
            for person in people:
                names[field_name, str(person.id)] = person.display_name
        return names

    def _label(self):
        if self.field_name == "active":
            return self.env._("Archived")
        field = self.env["intervention.meeting"]._fields.get(self.field_name)
        return field._description_string(self.env) if field else self.field_name

    def _text(self, value, names):
        """Return a kept value as people read it."""
        if not value:
            return False
        field = self.env["intervention.meeting"]._fields.get(self.field_name)
        if self.field_name == "active":
            return self.env._("no") if value == "true" else self.env._("yes")
        if field and field.type == "many2one":
            return names.get((self.field_name, value)) or self.env._(
                "a contact that is not there any more"
            )
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field and field.type == "date":
            return day_text(self.env, fields.Date.to_date(value))
        return value
