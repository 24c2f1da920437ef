import hashlib
import hmac
import os

from odoo import models
from odoo.tools import SQL
from odoo.tools.lru import LRU

# Odoo derives a key's hash anew for every request, which takes longer than the rest of
# the request. A process remembers which stored hash a key matched; the row of the key
# is read each time all the same, so that a key refused by Odoo is refused at once.
_SECRET = os.urandom(32)
_MATCHES = LRU(4096)
INDEX_SIZE = 8


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    def _check_key(self, key):
        """Return the id of the user whose key this is, or None.

        The same keys are accepted as by ``_check_credentials`` for RPC.

        :param str key: the whole key
        """
        digest = hmac.digest(
            _SECRET, f"{self.env.cr.dbname}\n{key}".encode(), hashlib.sha256
        )
        match = _MATCHES.get(digest)
        if match is None:
            uid = self._check_credentials(scope="rpc", key=key)
            if uid:
                stored = [row for row in self._valid_keys(key) if row[0] == uid]
                if len(stored) == 1:
                    _MATCHES[digest] = stored[0]
            return uid
        return match[0] if match in self._valid_keys(key) else None

    def _valid_keys(self, key):
        """Return users and stored hashes of the keys that begin like this one."""
        return self.env.execute_query(
            SQL(
                """SELECT k.user_id, k.key
                     FROM res_users_apikeys k JOIN res_users u ON u.id = k.user_id
                    WHERE u.active AND k.index = %s
                      AND (k.scope IS NULL OR k.scope = 'rpc')
                      AND (k.expiration_date IS NULL
                           OR k.expiration_date >= now() AT TIME ZONE 'utc')""",
                key[:INDEX_SIZE],
            )
        )
