from odoo import fields, models

from .intervention_change import CHANGES


class InterventionMeeting(models.Model):
    """Every change of what a case says leaves an entry, in the same transaction."""

    _inherit = "intervention.meeting"

    change_ids = fields.One2many(
        comodel_name="intervention.change",
        inverse_name="meeting_id",
        string="Changes",
        readonly=True,
    )

    def _change(self, vals):
        # sudo: a change may end the user's access; the entry names the user all the
        # same.
        meetings = self.sudo()
        names = [name for name in CHANGES if name in vals]
        before = [[meeting._kept_value(name) for name in names] for meeting in meetings]
        result = super()._change(vals)
        entries = [
            {
                "meeting_id": meeting.id,
                "field_name": name,
                "old_value": old,
                "new_value": meeting._kept_value(name),
            }
            for meeting, values in zip(meetings, before, strict=True)
            for name, old in zip(names, values, strict=True)
            if old != meeting._kept_value(name)
        ]
        if entries:
            meetings.env["intervention.change"].create(entries)
        return result

    def _kept_value(self, name):
        """Return a field's value in the form in which the history keeps it."""
        value = self[name]
        field = self._fields[name]
        if field.type == "boolean":
            return "true" if value else "false"
        if not value:
            return False
        if field.type == "many2one":
            return str(value.id)
        return fields.Date.to_string(value) if field.type == "date" else value
