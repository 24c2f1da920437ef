from base64 import b64encode

from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.http import request

from ..constants import MAX_FILE_MIB
from ..tools.replica import pin_browser

# One byte more tells as well as all that a file is too large.
READ_AT_MOST = MAX_FILE_MIB * 1024 * 1024 + 1


class InterventionFiles(http.Controller):
    """Uploads of the fields in forms."""

    @http.route("/intervention_tracking/upload", auth="user", methods=["POST"])
    def upload(self, **_kwargs):
        """Add files that wait for their form; of each, say what it is or what is wrong.

        The name of a file is private, so that a refusal is no error, which Odoo logs.
        """
        answers = []
        for upload in request.httprequest.files.getlist("ufile"):
            vals = {
                "name": upload.filename,
                "content": b64encode(upload.read(READ_AT_MOST)),
            }
            try:
                with request.env.cr.savepoint():
                    file = request.env["intervention.file"].create(vals)
            except (AccessError, ValidationError) as error:
                text = (
                    error
                    if isinstance(error, ValidationError)
                    else request.env._("You can't add a file here.")
                )
                refusal = request.env._(
                    "%(name)s: %(problem)s", name=upload.filename, problem=text
                )
                answers.append({"error": refusal})
            else:
                answers.append(
                    {
                        "filename": file.name,
                        "mimetype": file.mimetype,
                        "id": file.id,
                        "size": file.size,
                    }
                )
        pin_browser()
        return request.make_json_response(answers)
