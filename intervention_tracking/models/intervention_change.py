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
SIDES = ("old_value", "new_value")


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
        names = self._names()
        for change in self:
            change.field_label = change._label()
            change.old_text = change._text(change.old_value, names)
            change.new_text = change._text(change.new_value, names)

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
            return format_date(self.env, value)
        return value
