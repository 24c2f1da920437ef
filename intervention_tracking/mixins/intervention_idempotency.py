import hashlib
import json
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

# The screens keep a draft for as long; see static/src/drafts/drafts_service.js.
KEPT = timedelta(days=7)
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


class InterventionIdempotency(models.Model):
    """Which request with a key made what, so that a repeat makes nothing.

    The key is the Idempotency-Key of the HTTP API, or the token of the screens.

    It holds no text: of the body there is a hash, of the answer the id.
    """

    _name = "intervention.idempotency"
    _description = "Repeated API Request"
    _log_access = False

    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    made_id = fields.Many2oneReference(model_field="made_model", readonly=True)
    made_model = fields.Char(readonly=True)
    date = fields.Datetime(required=True, readonly=True)

    _user_key_uniq = models.UniqueIndex(
        "(user_id, key)", "This Idempotency-Key is being used already."
    )
    # For the daily cleaning.
    _date_idx = models.Index("(date)")

    @api.model
    def _begin(self, key, digest):
        """Take the key for this request, or find what it made.

        A simultaneous request with the same key waits for the first one here; Odoo
        then repeats it, and it finds the first one's result.

        :param str key: what the client sent
        :param str digest: a hash of the request
        :return: a tuple: the new entry's id or None, whether the digest is that of the
            entry, and model and id of what was made or None
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO intervention_idempotency (user_id, key, digest, date)
                   VALUES (%s, %s, %s, now() AT TIME ZONE 'utc')
                   ON CONFLICT (user_id, key) DO NOTHING RETURNING id""",
                self.env.uid,
                key,
                digest,
            )
        )
        if rows:
            return rows[0][0], True, None
        [(stored, model, made)] = self.env.execute_query(
            SQL(
                """SELECT digest, made_model, made_id FROM intervention_idempotency
                    WHERE user_id = %s AND key = %s""",
                self.env.uid,
                key,
            )
        )
        return None, stored == digest, (model, made)

    @api.model
    def _finish(self, entry, record):
        """Note what the request made."""
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_idempotency SET made_model = %s, made_id = %s
                    WHERE id = %s""",
                record._name,
                record.id,
                entry,
            )
        )

    @api.model
    def _once(self, values, make):
        """Call the function, unless its result is there for the token in the context.

        The answer to a screen may be lost on its way, although what it sent was
        recorded. So screens put a token into the context, ``intervention_token``, and
        send the same one again.

        :param values: what is to be made; a repeat has the same values
        :param make: makes one record and returns it
        :return: the record that was made, now or before
        :raises ValidationError: when the token is malformed, or was sent before with
            other values; the error's ``context`` then has the id of what was made
        :raises AccessError: when the page belongs to another user than the session
        """
        token = self.env.context.get("intervention_token")
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
        text = json.dumps(values, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        entry, same, made = self._begin(f"token:{token}", digest)
        if made:
            model, record_id = made
            if same:
                return self.env[model].browse(record_id)
            error = ValidationError(
                self.env._(
                    "An earlier attempt to send this got through: it is recorded. What "
                    "you changed since then is not in it."
                )
            )
            error.context = {"intervention_made": record_id}
            raise error
        record = make()
        self._finish(entry, record)
        return record

    @api.model
    def _create_once(self, records, vals_list, create):
        """Create one record, unless that of the token in the context is there.

        :param records: an empty recordset, with the environment of the caller
        :param list vals_list: the values of one record
        :param create: creates records without looking at the token
        :return: the record, made now or before
        :raises ValidationError: as ``_once``, and for several records
        :raises AccessError: as ``_once``, and for who may create none
        """
        records.check_access("create")
        if len(vals_list) != 1:
            raise ValidationError(
                self.env._("intervention_token: it is for one record at a time.")
            )
        return self._once(
            [records._name, vals_list], lambda: create(vals_list)
        ).with_env(records.env)

    @api.autovacuum
    def _gc_old_keys(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM intervention_idempotency WHERE date < %s",
                fields.Datetime.now() - KEPT,
            )
        )
