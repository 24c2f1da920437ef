from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEPT = timedelta(days=7)


class InterventionIdempotency(models.Model):
    """Which POST with an Idempotency-Key made what, so that a repeat makes nothing.

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

    @api.autovacuum
    def _gc_old_keys(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM intervention_idempotency WHERE date < %s",
                fields.Datetime.now() - KEPT,
            )
        )
