import base64

from markupsafe import Markup, escape
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.mail.models.mail_message import _image_dataurl

from ..constants import DEFAULT_FILE_MIB, MAX_FILE_MIB
from ..mixins.intervention_idempotency import once
from ..tools.exceptions import field_error


class InterventionMeeting(models.Model):
    """The files of a meeting and of its history."""

    _inherit = "intervention.meeting"

    file_ids = fields.One2many(
        comodel_name="intervention.file",
        inverse_name="meeting_id",
        domain=[("progress_id", "=", False)],
        string="Files",
        help="Photos, PDF, texts and documents (DOCX, ODT) that belong to the meeting.",
    )
    history_has_files = fields.Boolean(compute="_compute_history_has_files")

    @api.depends("progress_ids.file_ids")
    def _compute_history_has_files(self):
        for meeting in self:
            meeting.history_has_files = bool(meeting.progress_ids.file_ids)

    @once
    def add_progress(
        self,
        update_text,
        status=None,
        resolution_notes=None,
        file_ids=None,
        **more,
    ):
        """Add a note to the history, as the base does, with files if any are given.

        :param list file_ids: files that the user added to this meeting and that
            belong to no update yet; they are as permanent as the update from now on
        :return: the new ``intervention.progress`` (its id over RPC)
        :raises ValidationError: as the base, and for files that can't be taken
        :raises AccessError: when the user may not update the meeting
        """
        files = self._files_for_update(file_ids)
        entry = super().add_progress(update_text, status, resolution_notes, **more)
        if files:
            files._hand_over(self, entry)
        return entry

    def _files_for_update(self, file_ids):
        """Return the files that go with a new update of this meeting.

        They are the user's own: added to this meeting, or chosen in the dialog.

        :param list file_ids: ids as a caller gave them, or None
        :raises ValidationError: for others
        :raises AccessError: when the user may not update the meeting
        """
        # sudo: what may be taken is decided here, by who added it and to what.
        files = self.env["intervention.file"].sudo()
        if not file_ids:
            return files
        self.check_access("write")
        ids = (
            {self._id_or_none(value) for value in file_ids}
            if isinstance(file_ids, list | tuple)
            else {None}
        )
        files = (
            files.browse(sorted(filter(None, ids)))
            .exists()
            .filtered(
                lambda file: (
                    file.create_uid == self.env.user
                    and not file.progress_id
                    and not file.is_retracted
                    and file.meeting_id.id in (False, self.id)
                )
            )
        )
        if len(files) != len(ids):
            message = self.env._(
                "Files: choose files that you added to this intervention yourself "
                "and that belong to no progress update yet."
            )
            raise field_error("file_ids", message)
        return files

    def _process_attachments_for_post(
        self, attachments, attachment_ids, message_values
    ):
        """Make files of the case of what a message brings, and link to them there.

        An incoming mail is kept without what may not be added.

        :raises ValidationError: when another message has what may not be added
        :raises AccessError: for attachments that were not uploaded for the message
        """
        # sudo: as Odoo takes the files of a message, whose writer need not sign in.
        uploads = self.env["ir.attachment"].sudo().browse(attachment_ids or [])
        if any(
            upload.res_model not in ("mail.compose.message", "mail.scheduled.message")
            or upload.create_uid != self.env.user
            for upload in uploads
        ):
            raise AccessError(
                self.env._("Only what you upload for a message can be added to it.")
            )
        given = [
            (name, self._mail_content(data)) for name, data, *_ in attachments or []
        ]
        given += [(upload.name, upload.raw) for upload in uploads]
        is_email = message_values.get("message_type") == "email"
        text = message_values.get("body") or ""
        files = [self._message_file(*each, is_email) for each in given]
        links = Markup().join(
            Markup('<p><a href="%s">%s</a></p>')
            % (file._address(), self.env._("Open the file (you need to sign in)"))
            for file in files
            if file
        )

        def picture(match):
            try:
                data = base64.b64decode(match[2])
            except ValueError:
                data = b""
            file = self._message_file(match[4] or "image", data, is_email)
            files.append(file)
            return f"{file._address('image') if file else ''}{match[3]}"

        body = Markup(_image_dataurl.sub(picture, escape(text))) + links
        if not all(files):
            body += Markup("<p>%s</p>") % self.env._(
                "Files that can't be added here were left out."
            )
        uploads.unlink()
        return {"attachment_ids": [], **({"body": body} if files else {})}

    @api.model
    def _mail_content(self, content):
        """Return what is attached to a mail as bytes; none for another mail."""
        # In UTF-8, as a text file has to be, whatever the mail was written in.
        data = content.encode(errors="replace") if isinstance(content, str) else content
        return data if isinstance(data, bytes) else b""

    def _message_file(self, name, data, is_email):
        """Return a new file of the case; none for what a mail may not add."""
        # sudo: as Odoo takes the files of a message, whose writer need not sign in.
        files = self.env["intervention.file"].sudo()
        vals = {"name": name, "content": base64.b64encode(data), "meeting_id": self.id}
        try:
            return files.create(vals)
        except ValidationError:
            if not is_email:
                raise
            return files


class InterventionProgress(models.Model):
    """The files of an update."""

    _inherit = "intervention.progress"

    file_ids = fields.One2many(
        comodel_name="intervention.file",
        inverse_name="progress_id",
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
