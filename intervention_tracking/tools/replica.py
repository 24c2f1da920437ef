"""Reads from a replica of the database, where there is one, that miss nothing of what
their client wrote.

Odoo serves what a route calls readonly from the replica of ``--db_replica_host``, which
is some moments behind. So the answer to a write tells how far the write-ahead log is
then, and a read that hands this position back goes to the primary until the replica is
as far. A browser hands back nothing by itself: it gets a cookie that keeps its reads
with the primary for longer than a replica in use is behind (docs/scaling.md). Without a
replica nothing of this happens.
"""

import re

import psycopg2
from odoo.http import request
from odoo.tools import config

POSITION = "Intervention-Position"
POSITION_PATTERN = "^[0-9A-F]{1,8}/[0-9A-F]{1,8}$"
COOKIE = "intervention_wrote"
# A browser counts them from the moment in which it got the answer.
SECONDS = 10


def may_read():
    """Tell whether the replica that this request is connected to may answer it.

    Not if it may lack what the same client wrote.
    """
    cr = request.env.cr
    if not cr.readonly:
        return True
    if COOKIE in request.httprequest.cookies:
        return False
    position = request.httprequest.headers.get(POSITION)
    if position is None:
        return True
    if not re.fullmatch(POSITION_PATTERN, position):
        return False
    try:
        cr.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [position])
        [is_there] = cr.fetchone()
        # What is read sees the database as it is from here on, not as it was before.
        cr.rollback()
    except psycopg2.OperationalError:
        return False
    return bool(is_there)


def pin_browser():
    """Keep the reads of this browser with the primary, if its request has written."""
    cr = request.env.cr
    if not config["db_replica_host"] or cr.readonly:
        return
    cr.flush()
    cr.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    [has_written] = cr.fetchone()
    if has_written:
        request.future_response.set_cookie(
            COOKIE, "1", max_age=SECONDS, expires=None, httponly=True, samesite="Lax"
        )


def tell_position(response):
    """Have the response tell the position of what the request commits."""
    cr = request.env.cr
    if not config["db_replica_host"] or cr.readonly:
        return

    def tell():
        try:
            cr.execute("SELECT pg_current_wal_insert_lsn()")
        except psycopg2.OperationalError:
            # The primary has gone; what was committed is acknowledged all the same.
            return
        [response.headers[POSITION]] = cr.fetchone()

    cr.postcommit.add(tell)
