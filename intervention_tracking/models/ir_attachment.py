from odoo import api, models
from odoo.exceptions import ValidationError

FILE = "intervention.file"
# Their files are of that model, which has the rules.
HOLDERS = frozenset(
    {"intervention.meeting", "intervention.progress", "intervention.track"}
)


class IrAttachment(models.Model):
    """Attachments are no files of interventions; they only store what these contain."""

    _inherit = "ir.attachment"

    def _of_interventions(self):
        """Return those that store the content of a file of an intervention."""
        return self.filtered(lambda each: each.sudo().res_model == FILE)

    def _check_not_sent(self):
        """Refuse to send the files of interventions: they would leave by e-mail.

        :raises ValidationError: when one of these is such a file
        """
        # sudo: what they are is asked, and not told.
        if self.sudo()._of_interventions():
            raise ValidationError(
                self.env._("A file of an intervention can't be sent with a message.")
            )

    def copy_data(self, default=None):
        """Make no copies of files: messages that are composed send copies."""
        vals_list = super().copy_data(default)
        # Afterwards, as what was copied need not be read for it.
        self._check_not_sent()
        return vals_list

    @api.constrains("res_model", "res_field")
    def _check_no_intervention(self):
        for attachment in self.sudo():
            if attachment.res_model not in HOLDERS:
                continue
            # An app may give interventions a field of its own for a picture, say.
            holder = self.env[attachment.res_model]
            field = holder._fields.get(attachment.res_field)
            if not (field and field.type == "binary" and field.attachment):
                raise ValidationError(
                    self.env._("Add this to the Files of the intervention.")
                )

    def _has_attachments_ownership(self, attachment_tokens):
        """Ask for the right to write where a token would do for other attachments."""
        is_owned = super()._has_attachments_ownership(attachment_tokens)
        return is_owned and all(
            file.sudo(False).has_access("write") for file in self._of_interventions()
        )
