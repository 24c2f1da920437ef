from odoo import models
from odoo.models import MAGIC_COLUMNS

from .intervention_track import SEEN


class InterventionTrack(models.TransientModel):
    """An update that is sent twice with one token is added once."""

    _inherit = "intervention.track"

    def _add(self):
        """Add the update; a repeat with the token of the context adds nothing."""
        if self.env.context.get("intervention_token") is None:
            return super()._add()
        add = super(InterventionTrack, self.with_context(intervention_token=None))._add
        return self.env["intervention.idempotency"]._once_by_token(
            ["track", self._sent_values()], add
        )

    def _sent_values(self):
        """Return what the dialog sent, for comparing it with what it sent before."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store and name not in (*MAGIC_COLUMNS, *SEEN)
        ]
        [values] = self.read(names, load=None)
        del values["id"]
        return values
