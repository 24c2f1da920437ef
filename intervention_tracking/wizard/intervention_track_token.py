from odoo import models
from odoo.models import MAGIC_COLUMNS


class InterventionTrack(models.TransientModel):
    """An update that is sent twice with one token is added once."""

    # Apart from what the dialog does.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "intervention.track"

    def action_add(self):
        """Add the update; a repeat with the token of the context adds nothing.

        :return: an action that closes the dialog
        :raises ValidationError: as ``intervention.meeting.add_progress``
        """
        if self.env.context.get("intervention_token") is None:
            return super().action_add()
        self.ensure_one()
        meeting = self.meeting_id
        meeting.check_access("write")
        add = super(
            InterventionTrack, self.with_context(intervention_token=None)
        ).action_add

        def make():
            add()
            return meeting

        self.env["intervention.idempotency"]._once(["track", self._sent_values()], make)
        # A repeat comes in a dialog of its own, which holds what was typed.
        self.exists().unlink()
        return {"type": "ir.actions.act_window_close"}

    def _sent_values(self):
        """Return what the dialog sent, for comparing it with what it sent before."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store and name not in MAGIC_COLUMNS
        ]
        [values] = self.read(names, load=None)
        del values["id"]
        return values
