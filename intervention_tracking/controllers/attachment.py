from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.http import request

from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.addons.web.controllers.binary import Binary

from ..constants import MAX_FILE_MIB
from ..models.ir_attachment import HOLDERS, MEETING

# One byte more tells as well as all that a file is too large.
READ_AT_MOST = MAX_FILE_MIB * 1024 * 1024 + 1


def refusal(name, text):
    """Return what the screens show when a file was not added."""
    return request.env._("%(name)s: %(problem)s", name=name, problem=text)


class InterventionUpload(Binary):
    """Uploads of the fields in forms."""

    @http.route()
    def upload_attachment(self, model, id, ufile, callback=None):  # pylint: disable=redefined-builtin
        """Answer with what is wrong with a file; Odoo would log its name instead."""
        if model not in HOLDERS:
            return super().upload_attachment(model, id, ufile, callback=callback)
        files = request.env["ir.attachment"]
        answers = []
        for file in request.httprequest.files.getlist("ufile"):
            try:
                with request.env.cr.savepoint():
                    attachment = files.create(
                        {
                            "name": file.filename,
                            "raw": file.read(READ_AT_MOST),
                            "res_model": model,
                            "res_id": int(id),
                        }
                    )
            except ValidationError as error:
                answers.append({"error": refusal(file.filename, error)})
            except AccessError:
                text = request.env._("You can't add a file here.")
                answers.append({"error": refusal(file.filename, text)})
            else:
                answers.append(
                    {
                        "filename": attachment.name,
                        "mimetype": attachment.mimetype,
                        "id": attachment.id,
                        "size": attachment.file_size,
                    }
                )
        return request.make_json_response(answers)


class InterventionChatterUpload(AttachmentController):
    """Uploads of the chatter."""

    @http.route()
    def mail_attachment_upload(
        self, ufile, thread_id, thread_model, is_pending=False, **kwargs
    ):
        """Say at once what is wrong with a file, and not only when it is posted."""
        if thread_model == MEETING:
            meeting = request.env[MEETING].search([("id", "=", int(thread_id))])
            try:
                request.env["ir.attachment"]._checked_file(
                    {
                        "res_model": MEETING,
                        "res_id": meeting.id,
                        "name": ufile.filename,
                    },
                    ufile.read(READ_AT_MOST),
                )
            except ValidationError as error:
                # The client shows the message of an error, but no error that is a text.
                text = refusal(ufile.filename, error)
                return request.make_json_response({"error": {"message": text}})
            ufile.stream.seek(0)
        return super().mail_attachment_upload(
            ufile, thread_id, thread_model, is_pending=is_pending, **kwargs
        )
