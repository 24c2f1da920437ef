import json

from odoo import models
from odoo.tools import SQL, hash_sign, verify_hash_signed

from ..constants import ADMIN_GROUP
from .intervention_meeting_query import TIME

PURPOSE = "intervention_tracking.feed"


class InterventionMeeting(models.Model):
    """What happened to the caller's cases, for who keeps a copy of them elsewhere.

    A cursor holds the snapshot of PostgreSQL up to which the copy is right: what a
    later snapshot sees and that one did not is new, in whichever order transactions
    ended. Between two snapshots the cases are told by their ids, page by page.

    It also holds what the caller's rights were. When those have changed, nothing
    happened to the cases: all that the caller sees is told anew, and what is not seen
    any more. The same goes for a database that was restored, whose transactions are
    numbered anew.
    """

    _inherit = "intervention.meeting"

    def _feed_json(self, cursor, limit):
        """Return a page of what happened, and where the next one begins, as JSON.

        :param str cursor: where to begin; None for all that the caller sees
        :param int limit: how many cases at most
        :raises ValueError: when the cursor is none that the caller got here
        """
        query = self._visible([])
        database, snapshot, xmax = self._feed_position()
        place = self._feed_place(cursor, database, xmax)
        scope = self._feed_scope()
        if place is None:
            place = {"since": None, "scopes": [scope], "all": True}
        elif place["scopes"][-1] != scope or place["database"] != database:
            place |= {"scopes": [*place["scopes"], scope], "all": True, "until": None}
            if place["database"] != database:
                place["since"] = None
        if not place.get("until"):
            place |= {"until": snapshot, "xmax": xmax, "after": 0}
        rows = self.env.execute_query(self._feed_sql(query, place, limit + 1))
        place |= {"user": self.env.uid, "database": database}
        if len(rows) > limit:
            rows = rows[:limit]
            place["after"] = rows[-1][0]
        else:
            place |= {"since": place["until"], "until": None}
            place |= {"scopes": [scope], "all": False}
        return json.dumps(
            {
                # sudo: the secret of the database, which signs it.
                "cursor": hash_sign(self.sudo().env, PURPOSE, place),
                "results": [
                    {"id": meeting_id, "change": change, "at": time}
                    for meeting_id, change, time in rows
                ],
            }
        )

    def _feed_position(self):
        """Return which database this is, its snapshot, and the end of that."""
        [row] = self.env.execute_query(
            SQL(
                """SELECT system_identifier || '.' || d.oid, s.now::text,
                          pg_snapshot_xmax(s.now)::text::bigint
                     FROM pg_control_system(), pg_database d,
                          (SELECT pg_current_snapshot() AS now) s
                    WHERE d.datname = current_database()"""
            )
        )
        return row

    def _feed_place(self, cursor, database, xmax):
        """Return what the cursor holds, or None where there is none."""
        if cursor is None:
            return None
        place = verify_hash_signed(self.sudo().env, PURPOSE, cursor)
        if not place or place["user"] != self.env.uid:
            raise ValueError(cursor)
        if place["xmax"] > xmax:
            # An earlier state of the database was restored.
            place["database"] = None
        return place

    def _feed_scope(self):
        """Return what the caller's rights to cases depend on, besides the cases."""
        is_admin = self.env.user.has_group(ADMIN_GROUP)
        # An administrator sees all cases, whatever their class.
        classes = [] if is_admin else sorted(self._shared_class_ids())
        return [is_admin, sorted(self.env.companies.ids), classes]

    def _feed_sql(self, visible, place, limit):
        """Return the statement of a page.

        :param visible: the query of the meetings that the caller sees
        :param dict place: what the cursor holds
        """
        # Whose cases a former scope or this one may have told of. A cursor of before
        # classes were shared has none.
        known = SQL(" OR ").join(
            [
                SQL("c.owned OR c.owns"),
                *(
                    SQL("c.company_id = ANY(%s)", companies)
                    for is_admin, companies, *_classes in place["scopes"]
                    if is_admin
                ),
                *(
                    SQL("c.class_id = ANY(%(ids)s) OR c.classes && %(ids)s", ids=ids)
                    for _is_admin, _companies, *classes in place["scopes"]
                    for ids in classes
                    if ids
                ),
            ]
        )
        is_admin, companies, shared = place["scopes"][-1]
        window = self._feed_window(place)
        if place["all"] and len(place["scopes"]) == 1:
            # Nothing was told yet.
            known = window = SQL("FALSE")
            change = SQL("'made'")
        elif place["all"]:
            change = SQL("'changed'")
        else:
            visible.add_where("intervention_meeting.id IN (SELECT id FROM candidate)")
            change = SQL(
                """CASE WHEN c.made THEN 'made' WHEN c.restored THEN 'restored'
                        ELSE 'changed' END"""
            )
        return SQL(
            """WITH event AS MATERIALIZED (
                   SELECT meeting_id,
                          bool_or(kind = 'made') AS made,
                          (array_agg(kind ORDER BY id) FILTER (
                              WHERE kind IN ('archived', 'restored')))[1]
                              = 'restored' AS restored,
                          bool_or(owner = %(user)s) AS owned,
                          array_agg(school_class) AS classes,
                          MAX(date) AS date,
                          MAX(date) FILTER (WHERE owner = %(user)s) AS owned_date
                     FROM intervention_feed
                    WHERE meeting_id > %(after)s AND %(window)s
                    GROUP BY meeting_id),
               candidate AS (
                   SELECT m.id, m.active, m.company_id, m.class_id, m.write_date,
                          m.form_master_id = %(user)s
                              OR (m.class_id = ANY(%(shared)s)) IS TRUE AS owns,
                          event.*
                     FROM intervention_meeting m
                     %(join)s JOIN event ON event.meeting_id = m.id
                    WHERE m.id > %(after)s),
               visible AS (%(visible)s)
               SELECT c.id,
                      CASE WHEN v.id IS NOT NULL THEN %(change)s
                           WHEN NOT c.active AND (c.owns OR %(is_admin)s)
                                AND c.company_id = ANY(%(companies)s)
                           THEN 'archived' ELSE 'gone' END,
                      to_char(COALESCE(
                          CASE WHEN v.id IS NOT NULL OR c.owns OR %(is_admin)s
                               THEN GREATEST(c.date, c.write_date)
                               ELSE c.owned_date END,
                          now() AT TIME ZONE 'utc'), %(time)s)
                 FROM candidate c LEFT JOIN visible v ON v.id = c.id
                WHERE v.id IS NOT NULL OR %(known)s
                ORDER BY c.id LIMIT %(limit)s""",
            user=self.env.uid,
            after=place["after"],
            window=window,
            join=SQL("LEFT") if place["all"] else SQL(),
            visible=visible.select(),
            change=change,
            is_admin=is_admin,
            companies=companies,
            shared=shared,
            time=TIME,
            known=known,
            limit=limit,
        )

    def _feed_window(self, place):
        """Return the condition of the entries between the cursor's two snapshots."""
        until = SQL("pg_visible_in_snapshot(xid, %s::pg_snapshot)", place["until"])
        if not place["since"]:
            return until
        return SQL(
            """xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
               AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
               AND %(until)s""",
            since=place["since"],
            until=until,
        )
