from odoo import fields, models

from ..mixins.intervention_append_only import author_field

# What a correction replaces.
VALUES = ("possible", "absent", "excused", "is_late", "minutes_lost", "codes", "note")


class InterventionAttendanceChange(models.Model):
    """What a correction of a stored day replaced; nobody changes or deletes it."""

    _name = "intervention.attendance.change"
    _description = "Change of a School Day"
    _inherit = ["intervention.own.students", "intervention.permanent"]
    _order = "create_date desc, id desc"
    _history_columns = (
        "date",
        "is_unknown",
        *(f"{when}_{name}" for when in ("old", "new") for name in VALUES),
    )

    create_uid = author_field("Changed by")
    date = fields.Date(required=True, readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    source_id = fields.Many2one(
        comodel_name="intervention.attendance.source",
        readonly=True,
        ondelete="restrict",
    )
    is_unknown = fields.Boolean(
        string="Unknown Again",
        readonly=True,
        help="The source does not tell of the day any more, and it was taken back.",
    )
    old_possible = fields.Integer(readonly=True)
    old_absent = fields.Float(readonly=True, digits=(6, 5))
    old_excused = fields.Float(readonly=True, digits=(6, 5))
    old_is_late = fields.Boolean(readonly=True)
    old_minutes_lost = fields.Integer(readonly=True)
    old_codes = fields.Char(readonly=True)
    old_note = fields.Char(readonly=True)
    new_possible = fields.Integer(readonly=True)
    new_absent = fields.Float(readonly=True, digits=(6, 5))
    new_excused = fields.Float(readonly=True, digits=(6, 5))
    new_is_late = fields.Boolean(readonly=True)
    new_minutes_lost = fields.Integer(readonly=True)
    new_codes = fields.Char(readonly=True)
    new_note = fields.Char(readonly=True)

    _student_date_idx = models.Index("(student_id, date)")
