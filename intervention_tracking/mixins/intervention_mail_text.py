from odoo import models
from odoo.tools.misc import get_lang

from ..tools.text import isolate


class InterventionMailText(models.AbstractModel):
    """What the template of a mail asks of its record, in the language of the mail."""

    _name = "intervention.mail.text"
    _description = "Text of a Mail"

    def _isolated(self, name):
        """Return a name so that it does not scramble the sentence around it."""
        return isolate(self.env, name)

    def _direction(self):
        """Return "ltr" or "rtl": from which side the language is read."""
        return get_lang(self.env).direction
