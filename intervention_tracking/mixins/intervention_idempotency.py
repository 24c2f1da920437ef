import functools
import hashlib
import inspect
import json
import re
from collections.abc import Mapping
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.tools import SQL
from psycopg2.extras import Json

# The screens keep a draft for as long; see static/src/drafts/drafts_service.js.
KEPT = timedelta(days=7)
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


def once(method):
    """Make a method that makes records do so once for a token in the context.

    The answer to a screen may be lost on its way, although what it sent was recorded.
    So screens put a token into the context, ``intervention_token``, and send the same
    one again: the method then returns what it made before, and raises for other
    arguments. See ``intervention.idempotency`` for what it raises.

    ``create`` has it below ``@api.model_create_multi``. An override that does something
    of its own has it as well.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def make_once(self, *args, **kwargs):
        if self.env.context.get("intervention_token") is None:
            return method(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        _self, *arguments = given.arguments.values()
        name = [method.__name__] if self else []
        # What is made on the way has no token of its own.
        bare = self.with_context(intervention_token=None)
        return (
            self.env["intervention.idempotency"]
            ._once_by_token(
                [self._name, *name, *self.ids, *arguments],
                lambda: method(bare, *args, **kwargs),
            )
            .with_env(self.env)
        )

    return make_once


def _meaning(value):
    """Return what is equal for values that mean the same to who sent them."""
    if isinstance(value, Mapping):
        return {str(key): _meaning(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_meaning(each) for each in value]
    return value if value is None or isinstance(value, bool) else str(value).strip()


def _digest(sent):
    text = json.dumps(sent, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class InterventionIdempotency(models.Model):
    """What was made for which key, so that what is sent twice is recorded once.

    The key is the Idempotency-Key of the HTTP API, or the token of the screens. Of what
    was sent the table has a hash and no text, of what was made the id.
    """

    _name = "intervention.idempotency"
    _description = "Repeated API Request"
    _inherit = ["intervention.refusals"]
    _log_access = False

    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    made_id = fields.Many2oneReference(model_field="made_model", readonly=True)
    # Of several, all of them.
    made_ids = fields.Json(string="All Made", readonly=True)
    made_model = fields.Char(readonly=True)
    date = fields.Datetime(required=True, readonly=True)

    _user_key_uniq = models.UniqueIndex(
        "(user_id, key)", "This Idempotency-Key is being used already."
    )
    # For the daily cleaning.
    _date_idx = models.Index("(date)")

    @api.model
    def _once(self, key, sent, make, as_sent=None):
        """Call the function, unless what it made for the key is there.

        A simultaneous call with the same key waits for the first one here; Odoo then
        repeats it, and it finds the first one's result.

        :param str key: what the client sent
        :param sent: lists, dicts and plain values; a number is the same as its digits,
            and blanks around a text do not count
        :param make: makes records of one model and returns them
        :param as_sent: what ``sent`` was parsed from, as earlier versions compared that
        :return: the records that were made, now or before
        :raises ValidationError: when something else was sent with the key before, with
            the code ``idempotency_conflict`` and, if one record was made, its id in the
            ``context``; when ``sent`` has no end
        :raises MissingError: when what was made is not to be seen any more
        """
        try:
            digest = _digest(_meaning(sent))
            former = {_digest(each) for each in (as_sent, _meaning(as_sent), sent)}
        except RecursionError as error:
            raise ValidationError(self.env._("This is nested too deep.")) from error
        entry = self.env.execute_query(
            SQL(
                """INSERT INTO intervention_idempotency (user_id, key, digest, date)
                   VALUES (%s, %s, %s, now() AT TIME ZONE 'utc')
                   ON CONFLICT (user_id, key) DO NOTHING RETURNING id""",
                self.env.uid,
                key,
                digest,
            )
        )
        if not entry:
            return self._made_before(key, {digest, *former})
        made = make()
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_idempotency
                      SET made_model = %s, made_id = %s, made_ids = %s WHERE id = %s""",
                made._name,
                made.id if len(made) == 1 else None,
                None if len(made) == 1 else Json(made.ids),
                entry[0][0],
            )
        )
        return made

    @api.model
    def _made_before(self, key, digests):
        [(stored, model, made_id, made_ids)] = self.env.execute_query(
            SQL(
                """SELECT digest, made_model, made_id, made_ids
                     FROM intervention_idempotency
                    WHERE user_id = %s AND key = %s""",
                self.env.uid,
                key,
            )
        )
        if stored not in digests:
            error = ValidationError(
                self.env._(
                    "An earlier attempt to send this got through: it is recorded. What "
                    "you changed since then is not in it."
                )
            )
            error.code = "idempotency_conflict"
            if made_id:
                error.context = {"intervention_made": made_id}
            raise error
        made = self.env[model].browse(made_ids or made_id)
        # It may have been handed over or deleted since.
        if not made.has_access("read"):
            raise MissingError(
                self.env._("This was recorded before, and you can't see it any more.")
            )
        return made

    @api.model
    def _once_by_token(self, sent, make):
        """Do what ``_once`` does, with the token in the context for the key.

        :raises ValidationError: as ``_once``, and when the token is malformed
        :raises AccessError: when the page belongs to another user than the session
        """
        token = self.env.context["intervention_token"]
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise ValidationError(
                self.env._("intervention_token: send 8 to 64 letters, digits, - or _.")
            )
        # A page that stayed open says for whom; the session may be somebody else's now.
        if self.env.context.get("uid", self.env.uid) != self.env.uid:
            raise AccessError(
                self.env._(
                    "Somebody else has logged in on this device. Log in again as the "
                    "one who wrote this."
                )
            )
        return self._once(f"token:{token}", sent, make)

    @api.autovacuum
    def _gc_old_keys(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM intervention_idempotency WHERE date < %s",
                fields.Datetime.now() - KEPT,
            )
        )
