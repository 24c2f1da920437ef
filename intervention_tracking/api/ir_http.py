import re

from odoo import models
from odoo.http import request
from werkzeug.routing import IntegerConverter, PathConverter

from ..constants import FORM_MASTER_GROUP
from ..tools.internal import Internal
from .dispatcher import SAFE_METHODS, is_same_origin
from .problem import forbidden, not_authenticated

BEARER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)


class IdConverter(IntegerConverter):
    """An id in a path; Odoo's own takes the digits of any script, and any number."""

    regex = "[0-9]{1,10}"


class RestConverter(PathConverter):
    """The rest of a path, whatever it has; werkzeug's own knows no line breaks."""

    regex = r"[\s\S]*"
    part_isolating = False


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {
            **super()._get_converters(),
            "intervention_id": IdConverter,
            "intervention_rest": RestConverter,
        }

    @classmethod
    def _auth_method_intervention_api(cls):
        """Authenticate by API key, or else by the session of the web client.

        ``auth="bearer"`` refuses the web client's own calls, ``auth="user"`` ignores
        keys.
        """
        httprequest = request.httprequest
        if httprequest.method == "OPTIONS":
            return
        if header := httprequest.headers.get("Authorization"):
            match = BEARER.fullmatch(header)
            found = match and request.env["res.users.apikeys"]._check_key(match[1])
            if not found:
                raise not_authenticated()
            uid, company_id, partner_id, name, now, lang, tz, nobody_closed = found
            context = {
                "lang": lang or "en_US",
                "tz": tz,
                "intervention_nobody_closed": Internal(nobody_closed),
            }
            # A cookie beside the key may be somebody else's, with their context.
            request.update_env(user=uid, context=context)
            # Whatever is written asks for these, and Odoo would read all of the user
            # and of their contact, and the time, in statements of their own.
            user = request.env.user
            user._fields["company_id"]._insert_cache(user, [company_id])
            user._fields["partner_id"]._insert_cache(user, [partner_id])
            partner = user.partner_id
            partner._fields["name"]._insert_cache(partner, [name])
            request.env.cr._now = now
            request.session.can_save = False
        elif request.env.uid in [None, *cls._get_public_users()]:
            raise not_authenticated()
        elif httprequest.method not in SAFE_METHODS and not is_same_origin(httprequest):
            raise forbidden("A session may change something from its own pages only.")
        if not request.env.user.has_group(FORM_MASTER_GROUP):
            raise forbidden(
                "This is for form masters and administrators of interventions."
            )
