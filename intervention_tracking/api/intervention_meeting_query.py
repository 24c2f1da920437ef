import json

from odoo import api, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..models.intervention_meeting_effect import NOTHING_KNOWN
from ..tools.day import today
from ..tools.sql import user_name

# How a time leaves Odoo: UTC, ISO 8601.
TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

# The order of a page, each downwards.
BY_DATE = ("meeting_date", "create_date", "id")
BY_ID = ("id",)

NOTHING = SQL()
TRUE = SQL("TRUE")
# Whether the student is at the school: an empty day is of nobody who leaves.
PRESENT = SQL("(page.student_gone_from > page.today) IS NOT FALSE")


def author_name(user_id):
    """Return the SQL of an author's name, which mostly is the form master's."""
    return SQL(
        "CASE WHEN %s = page.form_master_id THEN page.owner_name ELSE %s END",
        user_id,
        user_name(user_id),
    )


def retracted(condition, *values):
    """Return the query of retractions, the common table ``retracted``.

    Its column ``told`` is JSON by ``api.schema.RETRACTION``. There are few, so they
    are read once, and joined to what was retracted.

    :param str condition: which of the table ``intervention_retraction``
    """
    return SQL(
        """SELECT id, meeting_id, progress_id, file_id, change_id, create_date,
                  json_build_object(
                      'by', create_uid,
                      'by_name', %(name)s,
                      'at', to_char(create_date, %(time)s),
                      'reason', reason) AS told
             FROM intervention_retraction WHERE %(condition)s""",
        name=user_name(SQL("intervention_retraction.create_uid")),
        time=TIME,
        condition=SQL(condition, *values),
    )


def _unless_retracted(column):
    """Return the SQL of a column that is empty in what was retracted."""
    return SQL("CASE WHEN retracted.id IS NULL THEN %s END", column)


def _progress_object(name):
    """Return the SQL of an update's JSON, by ``api.schema.PROGRESS``."""
    return SQL(
        """json_build_object(
            'id', intervention_progress.id,
            'meeting', intervention_progress.meeting_id,
            'update_text', COALESCE(%(text)s, ''),
            'happened_on', intervention_progress.happened_on,
            'old_status', intervention_progress.old_status,
            'new_status', intervention_progress.new_status,
            'retracted', retracted.told,
            'created_by', intervention_progress.create_uid,
            'created_by_name', %(author_name)s,
            'created_at', to_char(intervention_progress.create_date, %(time)s))""",
        text=_unless_retracted(SQL("intervention_progress.update_text")),
        author_name=name,
        time=TIME,
    )


def _meeting_object(updates, changes=NOTHING):
    """Return the SQL of a meeting's JSON, by ``api.schema.MEETING``.

    :param changes: more keys and their values, of the detail
    """
    return SQL(
        """json_build_object(
            'id', page.id,
            'student', page.student_id,
            'student_name', s.name,
            'student_id_number', s.student_number,
            'meeting_date', page.meeting_date,
            'absence_reason', page.absence_reason,
            'root_cause', page.root_cause,
            'intervention_notes', page.intervention_notes,
            'action_plan', page.action_plan,
            'follow_up_date', page.follow_up_date,
            'urgency_level', page.urgency_level,
            'status', page.status,
            'resolution_notes', COALESCE(page.resolution_notes, ''),
            'form_master', page.form_master_id,
            'form_master_name', page.owner_name,
            'created_by', page.create_uid,
            'created_by_name', %(created_by_name)s,
            'progress_updates', %(updates)s,
            'progress_count', updates.entries,
            'days_since_meeting', page.today - page.meeting_date,
            'is_overdue', page.status != 'closed' AND %(present)s
                AND COALESCE(page.follow_up_date < page.overdue_before, FALSE),
            'student_active', %(present)s,
            'created_at', to_char(page.create_date, %(time)s),
            'updated_at',
                to_char(GREATEST(page.write_date, updates.last_date, (
                    SELECT MAX(create_date) FROM retracted
                     WHERE meeting_id = page.id)), %(time)s)
            %(changes)s)""",
        created_by_name=author_name(SQL("page.create_uid")),
        time=TIME,
        present=PRESENT,
        updates=updates,
        changes=changes,
    )


# What became of the plan, which a list has no room for.
PLAN_KEPT = SQL(
    """, 'plan_kept', page.plan_kept,
       'plan_kept_reason', page.plan_kept_reason,
       'plan_kept_text', COALESCE(page.plan_kept_text, '')"""
)
UPDATES = SQL("COALESCE(updates.items, '[]'::json)")
MEETING_OBJECT = _meeting_object(UPDATES)
# A meeting without its updates, which a spreadsheet has no room for.
FLAT_MEETING_OBJECT = _meeting_object(SQL("NULL"))
_AUTHOR = SQL("intervention_progress.create_uid")
PROGRESS_OBJECT = _progress_object(user_name(_AUTHOR))
PAGE_PROGRESS_OBJECT = _progress_object(author_name(_AUTHOR))
# Whether anything is known of the days about a meeting, or was while they were kept.
HAS_DAYS = SQL(
    """EXISTS (SELECT FROM intervention_attendance
                WHERE student_id = page.student_id AND company_id = page.company_id)
       OR EXISTS (SELECT FROM intervention_effect
                   WHERE meeting_id = page.id AND first_on IS NOT NULL)"""
)
# What the version of a meeting is made of, for ``ETag``.
VERSION = SQL(
    """concat_ws('-', page.id,
           (extract(epoch FROM page.write_date) * 1000000)::bigint,
           COALESCE(updates.last_id, 0),
           (SELECT MAX(id) FROM retracted WHERE meeting_id = page.id))"""
)


class InterventionMeeting(models.Model):
    """What other systems read: one statement for each answer.

    ``_search`` gives the query with the record rules in it, PostgreSQL makes the JSON.
    The ORM would read the same in five statements and three times the time.
    """

    _inherit = "intervention.meeting"

    # --- for callers over RPC ---

    @api.model
    @api.readonly
    def get_student_history(self, student_id, limit=80, offset=0):
        """List the meetings of a student that the user may see, newest first.

        :param int student_id: the student (a ``res.partner``)
        :param int limit: how many meetings, 1 to 200
        :param int offset: how many to leave out before
        :return: a dict of ``count`` (of all) and ``results``, meetings as the HTTP API
            gives them, with their updates
        :raises MissingError: when there is no such student for this user
        :raises AccessError: for who has neither group
        """
        limit, offset = self._page_bounds(limit, offset)
        exists, count, results = self._history_json(student_id, limit, offset)
        if not exists:
            raise MissingError(self.env._("There is no such student."))
        return {"count": count, "results": json.loads(results)}

    # --- the JSON of the HTTP API ---

    def _list_json(self, domain, limit, offset, exists=TRUE):
        """Return the count of the meetings and a page of them as the text of JSON.

        :param domain: which meetings, besides the record rules
        :param SQL exists: whether there is what the list is of
        :return: that, the count, and the page
        """
        query = self._visible(domain)
        [row] = self.env.execute_query(
            SQL(
                "WITH %s SELECT %s, (%s), (%s)",
                self._page_tables(query, limit, offset),
                exists,
                self._count_sql(query, domain),
                self._page_rows(),
            )
        )
        return row

    def _cursor_json(self, domain, limit, before):
        """Return what _list_json does, from an id downwards, and the last id.

        An id never changes, so that nobody's writing moves a meeting to another page.

        :param int before: the page has meetings with smaller ids
        :return: the count of all, the page, and its last id when there are more
        """
        query = self._visible(domain)
        count = self._count_sql(query, domain)
        query.add_where("intervention_meeting.id < %s", [before])
        rest = query.select(SQL("COUNT(*)"))
        [(count, rest, last, results)] = self.env.execute_query(
            SQL(
                "WITH %s SELECT (%s), (%s), (SELECT MIN(id) FROM page), (%s)",
                self._page_tables(query, limit, 0, BY_ID),
                count,
                rest,
                self._page_rows(BY_ID),
            )
        )
        return count, results, rest > limit and last

    def _detail_json(self, meeting_id):
        """Return the meeting as the text of JSON, or None where there is none."""
        rows = self._detail_rows([meeting_id])
        return rows[0][1:] if rows else (None, None)

    def _details_json(self, meeting_ids):
        """Return several meetings in this order as the text of JSON."""
        texts = {each: text for each, _version, text in self._detail_rows(meeting_ids)}
        return f"[{', '.join(texts[each] for each in meeting_ids)}]"

    def _detail_rows(self, meeting_ids):
        """Return id, version and the text of JSON of each meeting that there is."""
        query = self._visible([("id", "in", meeting_ids)])
        rows = self.env.execute_query(
            SQL(
                "WITH %s SELECT page.id, %s, %s, %s::text FROM page %s",
                self._page_tables(query, len(meeting_ids), 0),
                HAS_DAYS,
                VERSION,
                _meeting_object(
                    UPDATES, SQL("%s, 'changes', (%s)", PLAN_KEPT, self._changes_sql())
                ),
                self._page_joins(),
            )
        )
        # Of meetings alone that the caller has turned out to see. Of most schools that
        # only record meetings, nothing is known and nothing is asked for.
        known = self.browse(each for each, has_days, *_rest in rows if has_days)
        effects = known._effects_json()
        nothing = self._effect_told(NOTHING_KNOWN)
        return [
            (each, version, f'{text[:-1]}, "effect" : {json.dumps(effect)}}}')
            for each, _has_days, version, text in rows
            for effect in [effects.get(each, nothing)]
        ]

    def _changes_sql(self):
        """Return the query of a page's changes as JSON, by ``api.schema.CHANGE``."""
        changes = self.env["intervention.change"]._search([])
        changes.add_where("intervention_change.meeting_id = page.id")
        self._join_retracted(changes, "change_id")
        entry = SQL(
            """json_build_object(
                'id', intervention_change.id,
                'field', CASE field_name WHEN 'student_id' THEN 'student'
                    WHEN 'form_master_id' THEN 'form_master' ELSE field_name END,
                'old', %s,
                'new', %s,
                'retracted', retracted.told,
                'changed_by', intervention_change.create_uid,
                'changed_by_name', %s,
                'changed_at', to_char(intervention_change.create_date, %s))""",
            self._change_value_sql("old_value"),
            self._change_value_sql("new_value"),
            author_name(SQL("intervention_change.create_uid")),
            TIME,
        )
        return changes.select(
            SQL(
                """COALESCE(json_agg(%s ORDER BY intervention_change.create_date DESC,
                       intervention_change.id DESC), '[]'::json)""",
                entry,
            )
        )

    @api.model
    def _change_value_sql(self, column):
        value = _unless_retracted(SQL.identifier("intervention_change", column))
        return SQL(
            """CASE WHEN field_name IN ('student_id', 'form_master_id')
                    THEN to_json(%(value)s::integer)
                    WHEN field_name = 'active' THEN to_json(%(value)s::boolean)
                    ELSE to_json(%(value)s) END""",
            value=value,
        )

    def _locked_version(self):
        """Return the version of this meeting, which stays until the transaction ends.

        Whoever changes it at the same moment waits, or is waited for: then PostgreSQL
        refuses the lock, and Odoo repeats the request.
        """
        [(version,)] = self.env.execute_query(
            SQL(
                """WITH retracted AS (%s) SELECT %s FROM intervention_meeting page
                    CROSS JOIN LATERAL (
                        SELECT MAX(id) AS last_id FROM intervention_progress
                         WHERE meeting_id = page.id) AS updates
                    WHERE page.id = %s FOR NO KEY UPDATE OF page""",
                retracted("meeting_id = %s", self.id),
                VERSION,
                self.id,
            )
        )
        return version

    def _history_json(self, student_id, limit, offset):
        """Return whether the student exists, the count and a page as JSON's text."""
        students = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("id", "=", student_id), ("is_intervention_student", "=", True)])
        )
        exists = SQL("EXISTS (%s)", students.select())
        return self._list_json([("student_id", "=", student_id)], limit, offset, exists)

    def _progress_json(self, progress):
        """Return one progress update as the text of JSON."""
        [(text,)] = self.env.execute_query(
            SQL(
                """WITH retracted AS (%s)
                   SELECT %s::text FROM intervention_progress
                     LEFT JOIN retracted
                       ON retracted.progress_id = intervention_progress.id
                    WHERE intervention_progress.id = %s""",
                retracted("progress_id = %s", progress.id),
                PROGRESS_OBJECT,
                progress.id,
            )
        )
        return text

    def _files_json(self, meeting_id, limit, offset, file_id=None):
        """Return whether the meeting exists, the count of its files and a page of them.

        Those of its updates are among them; the page is the text of JSON, newest first.

        :param int file_id: the only file that is looked at, if given
        """
        meeting = self._visible([("id", "=", meeting_id)])
        domain = [("meeting_id", "=", meeting_id)]
        # sudo: who sees the meeting sees its files, and of retracted ones that they
        # are there.
        files = (
            self.env["intervention.file"]
            .sudo()
            ._search([*domain, ("id", "=", file_id)] if file_id else domain)
        )
        [row] = self.env.execute_query(
            SQL(
                """WITH meeting AS (%(meeting)s), files AS MATERIALIZED (
                       SELECT f.* FROM intervention_file f JOIN meeting m
                           ON f.meeting_id = m.id WHERE f.id IN (%(files)s)),
                   page AS (
                       SELECT * FROM files ORDER BY create_date DESC, id DESC
                        LIMIT %(limit)s OFFSET %(offset)s),
                   retracted AS (%(retracted)s)
                   SELECT EXISTS (SELECT FROM meeting), (SELECT COUNT(*) FROM files),
                          (SELECT COALESCE(json_agg(%(object)s
                               ORDER BY page.create_date DESC, page.id DESC),
                               '[]'::json)::text
                             FROM page LEFT JOIN retracted
                               ON retracted.file_id = page.id)""",
                meeting=meeting.select(SQL.identifier(self._table, "id")),
                files=files.select(),
                limit=limit,
                offset=offset,
                retracted=retracted("file_id = ANY(ARRAY(SELECT id FROM page))"),
                object=self._file_object(),
            )
        )
        return row

    def _file_object(self):
        """Return the SQL of a file's JSON, by ``api.schema.ATTACHMENT``."""
        return SQL(
            """json_build_object(
                'id', page.id,
                'meeting', page.meeting_id,
                'progress', page.progress_id,
                'name', COALESCE(%s, ''),
                'mimetype', page.mimetype,
                'size', page.size,
                'checksum', COALESCE(%s, ''),
                'retracted', retracted.told,
                'created_by', page.create_uid,
                'created_by_name', %s,
                'created_at', to_char(page.create_date, %s))""",
            _unless_retracted(SQL("page.name")),
            _unless_retracted(SQL("page.checksum")),
            user_name(SQL("page.create_uid")),
            TIME,
        )

    # --- the parts of the statements ---

    def _page_tables(self, query, limit, offset, order=BY_DATE):
        """Return the common tables: a page of meetings, and what is retracted in it."""
        query.order = SQL(", ").join(
            SQL("%s DESC", SQL.identifier(self._table, name)) for name in order
        )
        query.limit, query.offset = limit, offset
        owner = self._field_to_sql(self._table, "form_master_id", query)
        page = query.select(
            SQL("%s.*", SQL.identifier(self._table)),
            SQL("%s AS owner_name", user_name(owner)),
            SQL("%s AS today", today(self)),
            SQL("%s AS overdue_before", self._overdue_before_sql(query)),
        )
        query.order = query.limit = None
        query.offset = 0
        return SQL(
            "page AS MATERIALIZED (%s), retracted AS MATERIALIZED (%s)",
            page,
            retracted("meeting_id = ANY(ARRAY(SELECT id FROM page))"),
        )

    @api.model
    def _join_retracted(self, query, field):
        """Join the common table ``retracted`` to the query of what may be in it.

        :param str field: of the retraction that leads there
        """
        entry = SQL.identifier(query.table, "id")
        retracted = SQL.identifier("retracted", field)
        query.add_join("LEFT JOIN", "retracted", None, SQL("%s = %s", retracted, entry))

    def _page_joins(self):
        """Return what belongs to each meeting of the page: student and updates."""
        return SQL(
            "JOIN res_partner s ON s.id = page.student_id "
            "CROSS JOIN LATERAL (%s) AS updates",
            self._updates_sql(),
        )

    def _updates_sql(self):
        """Return the query of the updates of one meeting of the page.

        They are read meeting by meeting: as one join PostgreSQL would look through all
        meetings that the user may see, for the record rules.
        """
        progress = self.env["intervention.progress"]._search([])
        progress.add_where("intervention_progress.meeting_id = page.id")
        self._join_retracted(progress, "progress_id")
        return progress.select(
            SQL("COUNT(*) FILTER (WHERE retracted.id IS NULL) AS entries"),
            SQL("MAX(intervention_progress.create_date) AS last_date"),
            SQL("MAX(intervention_progress.id) AS last_id"),
            SQL(
                """json_agg(%s ORDER BY intervention_progress.happened_on DESC,
                   intervention_progress.create_date DESC,
                   intervention_progress.id DESC) AS items""",
                PAGE_PROGRESS_OBJECT,
            ),
        )

    def _page_rows(self, order=BY_DATE):
        columns = (SQL("%s DESC", SQL.identifier("page", name)) for name in order)
        return SQL(
            "SELECT COALESCE(json_agg(%s ORDER BY %s), '[]'::json)::text FROM page %s",
            MEETING_OBJECT,
            SQL(", ").join(columns),
            self._page_joins(),
        )
