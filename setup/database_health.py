"""Tells HAProxy over HTTP what a PostgreSQL server is good for; each has one beside it.

``/primary`` is 200 where one may write, ``/replica`` where one may read: on a replica
that hears of its primary and is less than a second behind. All else is 503. Patroni,
which a district may have in its place, answers at the same paths.

Odoo keeps its connections. So a replica that is too far behind also ends those that no
request uses at the moment, and Odoo connects anew, which leads it to the primary.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg2

STATE = """
SELECT NOT pg_is_in_recovery(),
       pg_is_in_recovery()
       AND EXISTS (SELECT FROM pg_stat_wal_receiver)
       AND (pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
            OR now() - pg_last_xact_replay_timestamp() < interval '1 second')
"""
END_IDLE = """
SELECT pg_terminate_backend(pid)
  FROM pg_stat_activity
 WHERE usename = current_user AND state = 'idle' AND pid != pg_backend_pid()
"""


class Health(BaseHTTPRequestHandler):
    connection = None

    def do_GET(self):
        try:
            is_primary, is_fresh = self.ask(STATE)
            if not is_primary and not is_fresh:
                self.ask(END_IDLE)
        except psycopg2.Error:
            is_primary = is_fresh = False
            Health.connection = None
        good = {"/primary": is_primary, "/replica": is_fresh}.get(self.path)
        self.send_response(200 if good else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def ask(self, statement):
        if Health.connection is None:
            Health.connection = psycopg2.connect(
                host=folder,
                port=port,
                user="odoo",
                dbname="postgres",
                connect_timeout=1,
            )
            Health.connection.autocommit = True
        with Health.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    def log_message(self, *_arguments):
        pass


if __name__ == "__main__":
    listen, folder, port = sys.argv[1:]
    HTTPServer(("127.0.0.1", int(listen)), Health).serve_forever()
