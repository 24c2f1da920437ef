import base64
import hashlib
import io
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import SQL
from odoo.tools.image import IMAGE_MAX_RESOLUTION, ImageProcess
from odoo.tools.misc import clean_context
from PIL import Image

from ..constants import ADMIN_GROUP
from ..mixins.intervention_append_only import author_field
from ..mixins.intervention_retractable import retractions_field
from ..tools.day import day_of, day_text, zone_of
from ..tools.exceptions import field_error
from ..tools.file_types import JPEG, PNG, clean_name, type_of
from ..tools.text import isolate
from ..tools.triggers import make_function, make_trigger

# How long a file waits for the form that it was chosen in.
WAITING = timedelta(days=1)
PIXELS = 1920
QUALITY = 85
# Of an attachment that stores the content.
STORED_COLUMNS = (
    "res_model",
    "res_id",
    "res_field",
    "name",
    "checksum",
    "file_size",
    "mimetype",
    "type",
    "url",
    "public",
    "access_token",
)
CAMERA_NOTES = {"exif", "xmp", "photoshop", "comment"}


class InterventionFile(models.Model):
    """A file of an intervention; who sees the intervention sees it.

    - Nothing of it changes. A file that was chosen in a form which is not saved yet
      waits without a meeting; it is for who chose it alone, and goes after a day.
    - A meeting's own file may become that of an update; who added it, or an
      administrator, may delete it while the case is active.
    - A file of a progress update is as permanent as the update, for everybody. It can
      be retracted: then administrators alone see it.
    - Type and size are limited, and the type is told by the content.
    """

    _name = "intervention.file"
    _description = "Intervention File"
    _inherit = ["intervention.append.only", "intervention.retractable"]
    _order = "id desc"
    _history_columns = ("progress_id", "name", "mimetype", "size", "checksum")
    _history_condition = "OLD.progress_id IS NOT NULL"
    # The content is no column: a record rule keeps the whole file from others than
    # administrators.
    _private_columns = ("name", "checksum")

    meeting_id = fields.Many2one(required=False, index=True)
    progress_id = fields.Many2one(
        comodel_name="intervention.progress",
        string="Progress Update",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    name = fields.Char(required=True, readonly=True)
    content = fields.Binary(readonly=True)
    mimetype = fields.Char(string="Type", required=True, readonly=True)
    size = fields.Integer(string="Size in Bytes", required=True, readonly=True)
    checksum = fields.Char(
        required=True, readonly=True, help="The SHA-1 of the content."
    )
    retraction_ids = retractions_field("file_id")
    create_uid = author_field("Added by")

    _update_of_meeting = models.Constraint(
        "CHECK (progress_id IS NULL OR meeting_id IS NOT NULL)",
        "A file of a progress update belongs to the intervention, too.",
    )

    def init(self):
        """Let PostgreSQL keep the stored content, whoever asks, as long as the file."""
        old, new = (
            SQL(", ").join(SQL.identifier(row, name) for name in STORED_COLUMNS)
            for row in ("old", "new")
        )
        stored = SQL("OLD.res_model = %s AND OLD.res_field = 'content'", self._name)
        make_function(
            self.env.cr,
            "intervention_files_are_kept",
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM intervention_file WHERE id = OLD.res_id) THEN
                        RAISE EXCEPTION
                            'the content of an intervention_file is permanent'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                END $$
                """
            ),
        )
        make_trigger(
            self.env.cr,
            "intervention_no_delete",
            "ir_attachment",
            SQL("BEFORE DELETE"),
            "intervention_files_are_kept",
            stored,
        )
        # Where the content lies is free: an administrator may move Odoo's storage.
        make_trigger(
            self.env.cr,
            "intervention_no_change",
            "ir_attachment",
            SQL("BEFORE UPDATE"),
            "intervention_files_are_kept",
            SQL("%s AND (%s) IS DISTINCT FROM (%s)", stored, old, new),
        )
        return super().init()

    # --- create, write, delete ---

    @api.model_create_multi
    def create(self, vals_list):
        """Add files within the limits of the settings.

        :param list vals_list: each with ``name``, ``content`` in base64 and, unless the
            file waits for a form, ``meeting_id``; anything else follows from the
            content
        :raises ValidationError: for a type that is not allowed, a file that is too
            large, empty or has no name
        :raises AccessError: for a meeting that the user may not change, or an update,
            whose files come by ``intervention.meeting.add_progress`` alone
        """
        checked, contents = [], []
        for vals in vals_list:
            values, data = self._checked_creation(vals)
            checked.append(values)
            contents.append(data)
        files = super().create(checked)
        # Odoo's field would guess the type, shrink pictures once more, and let the
        # context and the user's own defaults replace the content. Its name is told to
        # any user, so that it is that of the field, as Odoo's fields have it.
        self.env["ir.attachment"].with_user(SUPERUSER_ID).with_context(
            clean_context(self.env.context), image_no_postprocess=True
        ).create(
            [
                {
                    "name": "content",
                    "raw": data,
                    "mimetype": file.mimetype,
                    "res_model": self._name,
                    "res_id": file.id,
                    "res_field": "content",
                }
                for file, data in zip(files.sudo(), contents, strict=True)
            ]
        )
        files.invalidate_recordset(["content"])
        return files

    def write(self, vals):
        """Give waiting files of the user to a meeting; nothing else of a file changes.

        :raises AccessError: for any other change
        """
        if vals.keys() != {"meeting_id"}:
            return super().write(vals)
        # Nobody has the right to write, so that none changes what Odoo stores either.
        self.check_access("read")
        files = self.sudo().filtered(
            lambda file: file.meeting_id.id != vals["meeting_id"]
        )
        if any(file.meeting_id or file.create_uid != self.env.user for file in files):
            raise AccessError(
                self.env._("A file can't be moved to another intervention.")
            )
        if files:
            files._hand_over(self._open_meeting(vals["meeting_id"]))
        return True

    def _hand_over(self, meeting, progress=None):
        """Make these files, which were checked, those of a meeting or an update."""
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_file SET meeting_id = %s, progress_id = %s
                    WHERE id = ANY(%s)""",
                meeting.id,
                progress.id if progress else None,
                self.ids,
            )
        )
        self.invalidate_recordset()
        meeting.invalidate_recordset(["file_ids", "history_has_files"])
        if progress:
            progress.invalidate_recordset(["file_ids"])

    def unlink(self):
        """Delete files; the chatter tells that a meeting's file was deleted."""
        removed = [
            (file.meeting_id.id, file.create_uid.name, file.create_date)
            for file in self.sudo()
            if file.meeting_id
        ]
        result = super().unlink()
        for meeting_id, name, moment in removed:
            meeting = self.env["intervention.meeting"].browse(meeting_id)
            meeting._message_log(
                body=self.env._(
                    "A file that %(user)s added on %(date)s was deleted.",
                    user=isolate(self.env, name),
                    date=day_text(self.env, day_of(moment, zone_of(self.env))),
                )
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        """Refuse for the history, closed cases, and what somebody else added."""
        may_all = self.env.user.has_group(ADMIN_GROUP)
        for file in self.sudo():
            meeting = file.meeting_id
            if file.progress_id or file.is_retracted:
                raise AccessError(self._delete_refusal())
            if meeting and (meeting.status == "closed" or not meeting.active):
                raise AccessError(
                    self.env._(
                        "This file can't be deleted: its intervention is closed or "
                        "archived."
                    )
                )
            if meeting and file.create_uid != self.env.user and not may_all:
                raise AccessError(
                    self.env._(
                        "Only the person who added this file, or an administrator of "
                        "interventions, can delete it."
                    )
                )

    @api.model
    def _edit_refusal(self):
        return self.env._(
            "A file of an intervention can't be changed. Add another one."
        )

    @api.model
    def _delete_refusal(self):
        return self.env._(
            "A file of a progress update can't be deleted. If it is in the wrong "
            "place, retract it."
        )

    def _hidden_values_text(self, values):
        return values["name"]

    def _address(self, kind="content"):
        """Return where the file is opened; servers log addresses, so without a name."""
        return f"/web/{kind}/{self._name}/{self.id}/content"

    # --- the rules ---

    def _checked_creation(self, vals):
        """Return all values of a new file, and its content as it is to be kept."""
        if vals.get("progress_id"):
            raise AccessError(
                self.env._(
                    "A file is added to the history together with a progress update."
                )
            )
        meeting = self.env["intervention.meeting"]
        if vals.get("meeting_id"):
            meeting = self._open_meeting(vals["meeting_id"])
        try:
            data = base64.b64decode(vals.get("content") or b"")
        except (TypeError, ValueError) as error:
            raise self._fault(
                self.env._("The content of a file must be in base64.")
            ) from error
        problem = self._content_problem(data, meeting.company_id or self.env.company)
        if problem:
            raise self._fault(problem[1], code=problem[0])
        mimetype = type_of(data)
        name = clean_name(vals.get("name"), mimetype)
        if not name:
            raise self._fault(self.env._("Give the file a name."))
        data = self._without_metadata(data, mimetype)
        return {
            "name": name,
            "mimetype": mimetype,
            "size": len(data),
            "checksum": hashlib.sha1(data).hexdigest(),
            "meeting_id": meeting.id,
            "progress_id": False,
            "content": False,
        }, data

    @api.model
    def _content_problem(self, data, company):
        """Tell what is wrong with the content of a file, or None.

        :return: a code as for ``validation_error``, and a sentence for people. The
            name is in neither, as errors may be logged.
        """
        limit = self._max_size(company)
        if not data:
            return "validation_error", self.env._("The file is empty.")
        if len(data) > limit:
            return "payload_too_large", self.env._(
                "The file is too large. The largest that can be added has %(size)s "
                "MiB.",
                size=limit // (1024 * 1024),
            )
        if not type_of(data):
            return "unsupported_media_type", self.env._(
                "This type of file can't be added. Add a photo (JPEG, PNG, WebP or "
                "HEIC), a PDF, a plain text or a document (DOCX or ODT) that is not "
                "damaged and has no macros."
            )
        return None

    @api.model
    def _max_size(self, company):
        """Return how many bytes a file of an intervention may have."""
        return self.env["intervention.settings"]._max_file_mib(company) * 1024 * 1024

    @api.model
    def _fault(self, message, code="validation_error"):
        return field_error("file_ids", message, code)

    @api.model
    def _without_metadata(self, data, mimetype):
        """Return the picture without what a camera notes, as the place; not larger than
        a screen needs.

        :raises ValidationError: for what is no picture, or too large to be opened
        """
        if mimetype not in (JPEG, PNG):
            return data
        too_large = self._fault(
            self.env._(
                "The picture is too large. The largest that can be added has "
                "%(pixels)s million pixels.",
                pixels=int(IMAGE_MAX_RESOLUTION / 1e6),
            )
        )
        try:
            # This reads the size alone; Odoo's own check comes after the decoding.
            with Image.open(io.BytesIO(data)) as picture:
                width, height = picture.size
            if width * height <= IMAGE_MAX_RESOLUTION:
                return self._for_screens(data, mimetype)
        except Image.DecompressionBombError as error:
            raise too_large from error
        except Exception as error:
            # Pillow raises whatever it comes across in a broken picture.
            raise self._fault(
                self.env._("This picture can't be opened. Take it again.")
            ) from error
        raise too_large

    @api.model
    def _for_screens(self, data, mimetype):
        picture = ImageProcess(data)
        picture.image.load()
        noted = mimetype == JPEG and CAMERA_NOTES & picture.image.info.keys()
        if not noted and max(picture.image.size) <= PIXELS:
            return data
        quality = QUALITY if mimetype == JPEG else 0
        return picture.resize(PIXELS, PIXELS).image_quality(quality=quality)

    @api.model
    def _open_meeting(self, meeting_id):
        """Return the meeting that a file is being added to; it is not archived."""
        meetings = self.env["intervention.meeting"]
        meeting = meetings.browse(meetings._id_or_none(meeting_id))
        if not meeting.exists():
            raise MissingError(self.env._("There is no such intervention."))
        meeting.check_access("write")
        if not meeting.active:
            raise self._fault(meeting._archived_message())
        return meeting

    # --- files that nobody saved ---

    def _discard_waiting(self):
        """Delete those of these files that still wait and are the user's own."""
        self.sudo().exists().filtered(
            lambda file: not file.meeting_id and file.create_uid == self.env.user
        ).unlink()

    @api.autovacuum
    def _gc_waiting_files(self):
        self.sudo().search(
            [
                ("meeting_id", "=", False),
                ("create_date", "<", fields.Datetime.now() - WAITING),
            ]
        ).unlink()
