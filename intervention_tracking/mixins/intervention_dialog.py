from odoo import api, models


class InterventionDialog(models.AbstractModel):
    """Dialogs about records, which only who has rights on these opens."""

    _name = "intervention.dialog"
    _description = "Dialog About a Record"
    _inherit = ["intervention.refusals"]

    # The fields that say what the dialog is about, to the operation it is for.
    _about = {}

    @api.constrains(lambda self: tuple(self._about))
    def _check_may_open(self):
        # Constraints run as superuser, who alone sees of several all that are named.
        for dialog in self.sudo():
            for name, operation in self._about.items():
                dialog[name].sudo(False).check_access(operation)
