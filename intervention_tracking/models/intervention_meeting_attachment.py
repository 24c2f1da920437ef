import base64

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.mail.models.mail_message import _image_dataurl

from ..constants import DEFAULT_FILE_MIB, MAX_FILE_MIB
from ..mixins.intervention_idempotency import once
from ..tools.exceptions import validation_error
from .ir_attachment import MEETING, PROGRESS, TRACK


class InterventionMeeting(models.Model):
    """The files of a meeting and of its history."""

    _inherit = "intervention.meeting"

    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        domain=[("res_model", "=", MEETING)],
        string="Files",
        help="Photos, PDF, texts and documents (DOCX, ODT) that belong to the meeting.",
    )
    history_has_files = fields.Boolean(compute="_compute_history_has_files")

    @api.depends("progress_ids.attachment_ids")
    def _compute_history_has_files(self):
        for meeting in self:
            meeting.history_has_files = bool(meeting.progress_ids.attachment_ids)

    @once
    def add_progress(
        self,
        update_text,
        status=None,
        resolution_notes=None,
        attachment_ids=None,
        **more,
    ):
        """Add a note to the history, with status, next date and files if any is given.

        All or nothing. A closed meeting takes notes, but no change. With an
        ``intervention_token`` in the context, a repeat adds nothing and returns what
        the first call added.

        :param str update_text: what happened; may not be blank
        :param str status: ``open``, ``monitoring``, ``improving``, ``not_improving``,
            ``escalated`` or ``closed``; the status that it has already changes nothing
        :param str resolution_notes: how the case ended; needed to close it, and taken
            only then
        :param list attachment_ids: files that the user added to this meeting and that
            belong to no update yet; they are as permanent as the update from now on
        :param follow_up_date: the day of the next look, after today; None or False
            takes it away, and it stays as it is when not given, as when closing
        :return: the new ``intervention.progress`` (its id over RPC)
        :raises ValidationError: for a blank text, an unknown or forbidden status,
            closing without resolution notes or with a next date (design rules 3, 5
            and 6), files that can't be taken, or a token that was sent before with
            other values
        :raises AccessError: when the user may not update the meeting
        """
        self.check_access("write")
        files = self._files_for_update(attachment_ids)
        entry = super().add_progress(update_text, status, resolution_notes, **more)
        if files:
            files._move_to_progress(entry)
        return entry

    def _files_for_update(self, attachment_ids):
        """Return the files that go with a new update of this meeting.

        They are the user's own: added to this meeting, or chosen in the dialog.

        :param list attachment_ids: ids as a caller gave them, or None
        :raises ValidationError: for others
        """
        # sudo: what may be taken is decided here, by who added it and to what.
        files = self.env["ir.attachment"].sudo()
        if not attachment_ids:
            return files
        ids = (
            {self._id_or_none(value) for value in attachment_ids}
            if isinstance(attachment_ids, list | tuple)
            else {None}
        )
        files = (
            files.browse(sorted(filter(None, ids)))
            .exists()
            .filtered(
                lambda file: (
                    file.create_uid == self.env.user
                    and not file.res_field
                    and (
                        file.res_model == TRACK
                        or (file.res_model, file.res_id) == (MEETING, self.id)
                    )
                )
            )
        )
        if len(files) != len(ids):
            message = self.env._(
                "Files: choose files that you added to this intervention yourself "
                "and that belong to no progress update yet."
            )
            raise validation_error({"attachment_ids": [message]})
        return files

    def _process_attachments_for_post(
        self, attachments, attachment_ids, message_values
    ):
        """Leave out of an incoming mail what may not be added, and keep the mail."""
        if message_values.get("message_type") == "email":
            attachments = [
                (name, self._mail_content(content), *info)
                for name, content, *info in attachments or []
            ]
            kept = [each for each in attachments if self._may_add(*each[:2])]
            body = message_values.get("body") or Markup()
            # Odoo makes files of the pictures in a text, too.
            shown = Markup(_image_dataurl.sub(self._kept_picture, body))
            if len(kept) < len(attachments) or shown != body:
                message_values["body"] = Markup("%s<p>%s</p>") % (
                    shown,
                    self.env._("Files that can't be added here were left out."),
                )
            attachments = kept
        return super()._process_attachments_for_post(
            attachments, attachment_ids, message_values
        )

    @api.model
    def _mail_content(self, content):
        """Return what is attached to a mail as bytes; none for another mail."""
        # In UTF-8, as a text file has to be, whatever the mail was written in.
        data = content.encode(errors="replace") if isinstance(content, str) else content
        return data if isinstance(data, bytes) else b""

    def _kept_picture(self, match):
        """Return a picture in the text of a mail as it is, or an empty one."""
        try:
            data = base64.b64decode(match[2])
        except ValueError:
            data = b""
        return match[0] if self._may_add(match[4] or "image", data) else match[3]

    def _may_add(self, name, data):
        # sudo: as Odoo adds the files of a message, whose writer need not sign in.
        files = self.env["ir.attachment"].sudo()
        try:
            files._checked_file(
                {"res_model": self._name, "res_id": self.id, "name": name}, data
            )
        except ValidationError:
            return False
        return True


class InterventionProgress(models.Model):
    """The files of an update."""

    _inherit = "intervention.progress"

    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        domain=[("res_model", "=", PROGRESS)],
        string="Files",
        readonly=True,
    )


class InterventionSettings(models.Model):
    """How large files may be."""

    _inherit = "intervention.settings"

    max_file_mib = fields.Integer(
        string="Largest File (MiB)",
        required=True,
        default=DEFAULT_FILE_MIB,
        help="How large a file may be that is added to a case or to its history.",
    )

    _max_file_mib_range = models.Constraint(
        f"CHECK (max_file_mib BETWEEN 1 AND {MAX_FILE_MIB})",
        "Largest File: choose 1 to 100 MiB.",
    )

    @api.model
    def _max_file_mib(self, company):
        """Return how large a file of an intervention of the company may be, in MiB."""
        # sudo: the limit holds for the dialogs of callers in another company, too.
        settings = self.sudo().search([("company_id", "=", company.id)], limit=1)
        return settings.max_file_mib or DEFAULT_FILE_MIB
