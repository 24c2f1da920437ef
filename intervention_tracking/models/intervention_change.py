from odoo import api, fields, models
from odoo.tools import format_date

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
    "active",
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
    _inherit = ["intervention.append.only"]
    _order = "create_date desc, id desc"
    _rec_name = "field_name"
    _history_columns = (
        "meeting_id",
        "field_name",
        "old_value",
        "new_value",
        "create_uid",
        "create_date",
    )

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    field_name = fields.Char(required=True, readonly=True)
    old_value = fields.Text(readonly=True)
    new_value = fields.Text(readonly=True)
    field_label = fields.Char(string="What", compute="_compute_texts")
    old_text = fields.Text(string="Before", compute="_compute_texts")
    new_text = fields.Text(string="After", compute="_compute_texts")
    create_uid = fields.Many2one(
        comodel_name="res.users",
        string="Changed by",
        readonly=True,
        # Odoo's own would forget the author when the user is deleted.
        ondelete="restrict",
    )
    create_date = fields.Datetime(string="Time", readonly=True)

    # The changes of a case, newest first.
    _meeting_idx = models.Index("(meeting_id, create_date DESC, id DESC)")
    # A user can't be deleted while they are the author of an entry.
    _author_idx = models.Index("(create_uid)")

    @api.depends("field_name", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        for change in self:
            change.field_label = change._label()
            change.old_text = change._text(change.old_value)
            change.new_text = change._text(change.new_value)

    def _label(self):
        if self.field_name == "active":
            return self.env._("Archived")
        field = self.env["intervention.meeting"]._fields.get(self.field_name)
        return field._description_string(self.env) if field else self.field_name

    def _text(self, value):
        """Return a kept value as people read it."""
        if not value:
            return False
        field = self.env["intervention.meeting"]._fields.get(self.field_name)
        if self.field_name == "active":
            return self.env._("no") if value == "true" else self.env._("yes")
        if field and field.type == "many2one":
            # sudo: the history names people whom its reader need not see elsewhere.
            record = self.env[field.comodel_name].sudo().browse(int(value))
            return record.exists().display_name or value
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field and field.type == "date":
            return format_date(self.env, value)
        return value

    @api.model
    def _edit_refusal(self):
        return self.env._("The changes of an intervention are a permanent history.")

    @api.model
    def _delete_refusal(self):
        return self._edit_refusal()
