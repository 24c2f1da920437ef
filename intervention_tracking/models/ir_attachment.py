import base64
import io
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.image import IMAGE_MAX_RESOLUTION, ImageProcess
from odoo.tools.misc import clean_context
from PIL import Image

from ..constants import ADMIN_GROUP
from ..tools.exceptions import validation_error
from ..tools.file_types import JPEG, PNG, clean_name, type_of

MEETING = "intervention.meeting"
PROGRESS = "intervention.progress"
TRACK = "intervention.track"
HOLDERS = (MEETING, PROGRESS, TRACK)

# In the context, where no caller over RPC can put it: the addon moves its own files.
MOVING = object()
# How long a file waits for the form that it was chosen in.
WAITING = timedelta(days=1)
PIXELS = 1920
QUALITY = 85
CAMERA_NOTES = {"exif", "xmp", "photoshop", "comment"}
# What tells or follows from the content; of a file of an intervention, the content that
# was checked tells it, and nothing else.
CONTENT = {"raw", "datas", "db_datas", "store_fname", "checksum", "file_size"}
CONTENT |= {"index_content", "mimetype"}


class IrAttachment(models.Model):
    """The files of interventions: who may see, add and remove them, and which ones.

    Odoo lets see and add who may see and change the record. Beyond that:

    - a file of a meeting is never changed or moved; who added it, or an administrator,
      may delete it while the case is active;
    - a file of a progress update is as permanent as the update, for everybody;
    - a file that was chosen in a form which is not saved yet belongs to no record; it
      is for who chose it alone, and goes after a day;
    - none is public or opens by a token;
    - type and size are limited, and the type is told by the content.
    """

    _inherit = "ir.attachment"

    def init(self):
        """Let PostgreSQL keep the files of the history, whoever asks."""
        kept = (
            "res_model, res_id, res_field, name, checksum, file_size, mimetype, type, "
            "url, public, access_token, create_uid, create_date"
        )
        old, new = (
            ", ".join(f"{row}.{name}" for name in kept.split(", "))
            for row in ("OLD", "NEW")
        )
        # Where the content lies is free: an administrator may move Odoo's storage.
        self.env.cr.execute(  # pylint: disable=sql-injection
            f"""
            CREATE OR REPLACE FUNCTION intervention_files_are_kept()
            RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'a file of intervention_progress is permanent'
                    USING ERRCODE = 'restrict_violation';
            END $$;
            DROP TRIGGER IF EXISTS intervention_no_delete ON ir_attachment;
            CREATE TRIGGER intervention_no_delete BEFORE DELETE ON ir_attachment
                FOR EACH ROW WHEN (OLD.res_model = '{PROGRESS}')
                EXECUTE FUNCTION intervention_files_are_kept();
            DROP TRIGGER IF EXISTS intervention_no_change ON ir_attachment;
            CREATE TRIGGER intervention_no_change BEFORE UPDATE ON ir_attachment
                FOR EACH ROW WHEN (OLD.res_model = '{PROGRESS}'
                    AND ({old}) IS DISTINCT FROM ({new}))
                EXECUTE FUNCTION intervention_files_are_kept();
            """
        )
        return super().init()

    # --- who may see them ---

    def _of_interventions(self):
        """Return those that are files of interventions, saved or waiting."""
        # sudo: the answer decides what the user may do with them.
        return (
            self.sudo()
            .filtered(lambda file: file.res_model in HOLDERS and not file.res_field)
            .with_env(self.env)
        )

    @api.model
    def _waiting_of_others(self):
        return (
            Domain("res_model", "in", HOLDERS)
            & Domain("res_id", "in", [False, 0])
            & Domain("create_uid", "!=", self.env.uid)
        )

    def _check_access(self, operation):
        """Keep waiting files from Odoo's administrators, who see everybody's."""
        result = super()._check_access(operation)
        if not self.env.is_system() or not self:
            return result
        forbidden, error = result or (self.browse(), None)
        foreign = (self - forbidden).sudo().filtered_domain(self._waiting_of_others())
        if not foreign:
            return result
        forbidden |= foreign.with_env(self.env)
        return forbidden, error or (lambda: AccessError(self._refusal()))

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if self.env.is_system() and not self.env.su and not bypass_access:
            domain = Domain(domain) & ~self._waiting_of_others()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    @api.model
    def _refusal(self):
        return self.env._("You may not do this with a file of an intervention.")

    def generate_access_token(self):
        """Make tokens; a file of an intervention gets none."""
        tokens = super(
            IrAttachment, self - self._of_interventions()
        ).generate_access_token()
        made = iter(tokens)
        ours = self._of_interventions()
        return [False if file in ours else next(made) for file in self]

    def _has_attachments_ownership(self, attachment_tokens):
        """Ask for the right to write where a token would do for other files."""
        ours = self.exists()._of_interventions()
        if attachment_tokens and len(attachment_tokens) == len(self):
            attachment_tokens = [
                None if file in ours else token
                for file, token in zip(self, attachment_tokens, strict=True)
            ]
        return super()._has_attachments_ownership(attachment_tokens)

    # --- create, write, delete ---

    @api.model_create_multi
    def create(self, vals_list):
        """Add files; those of interventions within the limits of the settings.

        :raises ValidationError: for a type that is not allowed, a file that is too
            large, empty or has no name
        :raises AccessError: for a file of a progress update, which comes by
            ``intervention.meeting.add_progress`` alone
        """
        checked = [self._checked_creation(vals) for vals in vals_list]
        if not any(checked):
            return super().create(vals_list)
        files = self.browse()
        for vals, ours in zip(vals_list, checked, strict=True):
            if ours:
                file = super(IrAttachment, self._adding_nothing()).create([ours])
                file._refuse_other_content(ours["raw"])
            else:
                file = super().create([vals])
            files += file
        return files

    def write(self, vals):
        """Change attachments; a file of an intervention stays as it is.

        :raises AccessError: for a change of a file of an intervention
        :raises ValidationError: when one becomes such a file and breaks its limits
        """
        if self.env.context.get("intervention_files") is MOVING:
            return super().write(vals)
        ours = self._of_interventions()
        if ours:
            ours.check_access("write")
            ours._check_change(vals)
        others = self - ours
        for attachment in others if vals.keys() & {"res_model", "res_field"} else ():
            checked = attachment._checked_entry(vals)
            if checked:
                super(IrAttachment, attachment._adding_nothing()).write(checked)
                others -= attachment
        if ours or others:
            return super(IrAttachment, ours | others).write(vals)
        return True

    def unlink(self):
        """Delete attachments; the chatter tells that a meeting's file was deleted."""
        removed = [
            (file.res_id, file.create_uid.name, file.create_date)
            for file in self._of_interventions().sudo()
            if file.res_model == MEETING and file.res_id
        ]
        result = super().unlink()
        for meeting_id, name, moment in removed:
            meeting = self.env[MEETING].browse(meeting_id)
            meeting._message_log(
                body=self.env._(
                    "A file that %(user)s added on %(date)s was deleted.",
                    user=name,
                    date=format_date(self.env, moment),
                )
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        for file in self._of_interventions().sudo():
            if file.res_model == PROGRESS:
                raise AccessError(
                    self.env._(
                        "A file of a progress update can't be deleted. The history is "
                        "permanent."
                    )
                )
            if file.res_model == MEETING and file.res_id:
                meeting = self.env[MEETING].browse(file.res_id).sudo()
                if meeting.status == "closed" or not meeting.active:
                    raise AccessError(
                        self.env._(
                            "This file can't be deleted: its intervention is closed or "
                            "archived."
                        )
                    )
                if file.create_uid != self.env.user and not self.env.user.has_group(
                    ADMIN_GROUP
                ):
                    raise AccessError(
                        self.env._(
                            "Only who added this file, or an administrator of "
                            "interventions, can delete it."
                        )
                    )

    def _migrate(self):
        """Move the content to another storage, that of the history, too, as it is."""
        return super(
            IrAttachment,
            self.with_context(intervention_files=MOVING, image_no_postprocess=True),
        )._migrate()

    # --- the rules ---

    def _checked_creation(self, vals):
        """Return all values of a new file of an intervention, or None for another."""
        defaults = self.default_get(["res_model", "res_field"])
        if not self._makes_ours(defaults | vals):
            return None
        said = self._add_missing_default_values(vals)
        return self._checked_file(said, self._given_content(vals))

    def _checked_entry(self, vals):
        """Return the values by which this attachment becomes a file of an intervention.

        :return: None when it does not become one
        """
        self.ensure_one()
        # sudo: here is looked at what the file is; who may change it is asked first.
        file = self.sudo()
        names = ("name", "type", "url", "res_model", "res_id", "res_field")
        said = {name: file[name] for name in names} | vals
        if not self._makes_ours(said):
            return None
        self.check_access("write")
        kept = file.raw or b""
        data = self._given_content(vals) if vals.keys() & {"raw", "datas"} else kept
        checked = self._checked_file(said, data)
        if checked["raw"] == kept:
            del checked["raw"]
        return checked

    def _makes_ours(self, vals):
        """Tell whether an attachment with these values is a file of an intervention."""
        if vals.get("res_model") not in HOLDERS:
            return False
        # The content of a binary field is no file; the field's own rules hold for it.
        field = self.env[vals["res_model"]]._fields.get(vals.get("res_field"))
        return not (field and field.type == "binary" and field.attachment)

    def _adding_nothing(self):
        """Return self in a context that adds nothing to values which were checked."""
        return self.with_context(
            clean_context(self.env.context), image_no_postprocess=True
        )

    def _refuse_other_content(self, data):
        """Refuse a file of which something else than what was checked was stored."""
        # A user's own defaults, for one, replace content that a caller gives.
        if self.sudo().checksum != self._compute_checksum(data):
            raise AccessError(self._refusal())

    @api.model
    def _given_content(self, vals):
        """Return the content that a caller gives, as bytes."""
        try:
            data = vals.get("raw") or base64.b64decode(vals.get("datas") or b"")
            data = data.encode() if isinstance(data, str) else data
        except (TypeError, ValueError):
            data = None
        if not isinstance(data, bytes):
            raise self._fault(self.env._("The content of a file must be in base64."))
        return data

    def _checked_file(self, vals, data):
        """Return the values of a file that is to belong to an intervention."""
        if vals["res_model"] == PROGRESS:
            raise AccessError(
                self.env._(
                    "A file is added to the history together with a progress update."
                )
            )
        if vals.get("type", "binary") != "binary" or vals.get("url"):
            raise self._fault(self.env._("Add a file, not a link."))
        if vals.get("public") or vals.get("res_field"):
            raise AccessError(self._refusal())
        company = self.env.company
        if vals["res_model"] == MEETING and vals.get("res_id"):
            company = self._open_meeting(vals["res_id"]).company_id
        problem = self._content_problem(data, company)
        if problem:
            raise self._fault(problem[1], code=problem[0])
        mimetype = type_of(data)
        name = clean_name(vals.get("name"), mimetype)
        if not name:
            raise self._fault(self.env._("Give the file a name."))
        return {
            **{key: value for key, value in vals.items() if key not in CONTENT},
            "name": name,
            "mimetype": mimetype,
            "raw": self._without_metadata(data, mimetype),
            "public": False,
            "access_token": False,
        }

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
            return "payload_too_large", self._size_message(limit)
        if not type_of(data):
            return "unsupported_media_type", self.env._(
                "This type of file can't be added. Add a photo (JPEG, PNG, WebP or "
                "HEIC), a PDF, a plain text or a document (DOCX or ODT)."
            )
        return None

    @api.model
    def _max_size(self, company):
        """Return how many bytes a file of an intervention may have."""
        return self.env["intervention.settings"]._max_file_mib(company) * 1024 * 1024

    @api.model
    def _size_message(self, limit):
        return self.env._(
            "The file is too large. The largest that can be added has %(size)s MiB.",
            size=limit // (1024 * 1024),
        )

    @api.model
    def _fault(self, message, code="validation_error"):
        return validation_error({"attachment_ids": [message]}, code=code)

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
        meetings = self.env[MEETING]
        meeting = meetings.browse(meetings._id_or_none(meeting_id))
        if not meeting.exists():
            raise MissingError(self.env._("There is no such intervention."))
        meeting.check_access("write")
        if not meeting.active:
            raise self._fault(meeting._archived_message())
        return meeting

    def _check_change(self, vals):
        """Refuse every change but one: a waiting file gets its meeting."""
        for file in self.sudo():
            free = {"res_model", "res_id"}
            if file.res_model != PROGRESS:
                free.add("thumbnail")  # made by Odoo, from the first page of a PDF
            target = (
                vals.get("res_model", file.res_model),
                vals.get("res_id", file.res_id) or False,
            )
            if vals.keys() - free:
                raise AccessError(
                    self.env._(
                        "A file of an intervention can't be changed. Add another one."
                    )
                )
            if target == (file.res_model, file.res_id or False):
                continue
            waits = file.res_model == MEETING and not file.res_id
            if not waits or target[0] != MEETING or file.create_uid != self.env.user:
                raise AccessError(
                    self.env._("A file can't be moved to another record.")
                )
            self._open_meeting(target[1])

    def _move_to_progress(self, progress):
        """Make these files, which ``add_progress`` has checked, those of an update."""
        # sudo: nobody has the right to change an update.
        self.sudo().with_context(intervention_files=MOVING).write(
            {"res_model": PROGRESS, "res_id": progress.id}
        )
        progress.invalidate_recordset(["attachment_ids"])

    # --- files that nobody saved ---

    def _discard_waiting(self):
        """Delete those of these files that still wait and are the user's own."""
        self.sudo().exists().filtered(
            lambda file: (
                file.res_model in HOLDERS
                and not file.res_id
                and file.create_uid == self.env.user
            )
        ).unlink()

    @api.autovacuum
    def _gc_waiting_files(self):
        self.sudo().search(
            [
                ("res_model", "in", HOLDERS),
                ("res_id", "in", [False, 0]),
                ("create_date", "<", fields.Datetime.now() - WAITING),
            ]
        ).unlink()
