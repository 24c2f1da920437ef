from itertools import islice

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..constants import ATTENDANCE_MEANINGS
from ..tools.day import day_text, today
from .intervention_attendance_change import VALUES

MEANINGS = {name: number for number, (name, _label) in enumerate(ATTENDANCE_MEANINGS)}
# How many contradictions are told one by one.
MOST_LISTED = 100


class _MarkLines:
    """The file that COPY reads: a line a mark, made while it is read.

    psycopg2 replaces what is raised while it reads by an error of PostgreSQL's, and the
    transaction could not go on; so it is kept for afterwards.
    """

    CHUNK = 2000

    def __init__(self, marks):
        self.error = None
        self.days = {}
        self._lines = self._make_lines(marks)

    def _make_lines(self, marks):
        days, texts = self.days, {"": ""}
        for student_id, day, slot, meaning, code, minutes, note in marks:
            if day not in days:
                days[day] = day.isoformat()
            for text in (slot, code):
                if text not in texts:
                    texts[text] = self._escaped(text)
            if minutes < 0:
                raise ValueError(f"minutes below zero: {minutes}")
            yield (
                f"{student_id:d}\t{days[day]}\t{texts[slot]}\t{MEANINGS[meaning]}"
                f"\t{texts[code]}\t{minutes:d}\t{self._escaped(note) if note else ''}\n"
            )

    @staticmethod
    def _escaped(text):
        return (
            text.replace("\\", "\\\\")
            .replace("\t", "\\t")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
        )

    def read(self, _size):  # pylint: disable=method-required-super
        """Return the next lines, and nothing when there are none or one is faulty."""
        try:
            return "".join(islice(self._lines, self.CHUNK))
        except Exception as error:
            self.error = error
            return ""


class InterventionAttendance(models.Model):
    """The one door by which school days come in, whatever way they come."""

    _inherit = "intervention.attendance"

    @api.model
    def _store(
        self, marks, source, dry_run=False, covers=None, delete_gone=False, gone=None
    ):
        """Store marks of school days, and keep the standing of who they are of.

        The caller has checked who may do it. All marks of a student and day make one
        day, which replaces what was stored of it; what is equal stays untouched.
        Several marks of one student, day and slot are one when they mean the same.

        :param marks: an iterable, possibly long and lazy, of tuples ``(student_id: int,
            date: date, slot: str, meaning: str of ATTENDANCE_MEANINGS, code: str as it
            came, minutes_lost: int, note: str or "")``; the slot is "" where a source
            has one mark a day
        :param source: the ``intervention.attendance.source``; its company is theirs
        :param bool dry_run: count by the same statements, and store nothing
        :param covers: of a source of absences only, the first and the last day on which
            who is not named was present: students from the day on which they came,
            where it is entered, to the day on which they left, where they are archived
            only when that is entered, on open days that are unknown or known from this
            source; not after today
        :param bool delete_gone: days that this source told of before and does not tell
            of any more, from the first day of this run to the last, become unknown; not
            what a class register has confirmed since
        :param gone: pairs of a student's id and a day: exactly those days that the
            source tells of no more, where the marks are not all of their days
        :return: a dict with numbers of days: ``new``, ``changed``, ``unchanged``,
            ``gone`` (see ``delete_gone``; not counted for the class register),
            ``contradictions`` (a list of student id and date, at most ``MOST_LISTED``:
            marks of one slot mean different things, and the day is not stored),
            ``contradiction_days`` (how many these are), ``after_leaving`` and
            ``closed_days`` (not stored either), ``other_school`` (not stored: known
            from another company); ``first_day``, ``last_day`` and the number of
            ``students`` of what is or would be stored
        :raises ValidationError: for a day that is in the future or too far back, and
            for who is no student of the company
        :raises ValueError: for what is no mark
        """
        source.ensure_one()
        company = source.company_id
        self.env.flush_all()
        if not dry_run:
            self._lock_days(company)
        first, last = self._copy_marks(marks, company)
        if covers:
            covers = (covers[0], min(covers[1], today(self, company=company)))
            first = min(first or covers[0], covers[0])
            last = max(last or covers[1], covers[1])
        if gone:
            days = [day for _student, day in gone]
            first, last = min(days + [first or days[0]]), max(days + [last or days[0]])
        if not first:
            return self._store_result([], [])
        self._fold_marks(source, first, last, covers)
        counts = self.env.execute_query(
            SQL(
                """SELECT status, count(*), min(date), max(date)
                     FROM intervention_attendance_run GROUP BY status"""
            )
        )
        contradictions = []
        for status, *_counts in counts:
            if status == "foreign":
                raise ValidationError(
                    self.env._("These marks are not all of students of this school.")
                )
            if status == "torn":
                contradictions = self.env.execute_query(
                    SQL(
                        """SELECT student_id, date FROM intervention_attendance_run
                            WHERE status = 'torn' ORDER BY date, student_id LIMIT %s""",
                        MOST_LISTED,
                    )
                )
        result = self._store_result(counts, contradictions)
        if gone is not None:
            result["gone"] = self._mark_days_gone(source, gone)
        elif source.kind != "register":
            result["gone"] = self._mark_gone(source, first, last)
        if not dry_run:
            self._write_run(source, delete_gone and result["gone"])
        return result

    @api.model
    def _confirm(self, days, source):
        """Let days be told by a source that says what is stored of them already.

        What is stored stays as it is; the source that told of it first does not own it
        any more. The caller has checked who may do it, and holds ``_lock_days``.

        :param days: records of this model, of the source's company
        """
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_attendance
                      SET source_id = %s, updated_at = %s, updated_uid = %s
                    WHERE id = ANY(%s)""",
                source.id,
                self.env.cr.now().replace(microsecond=0),
                self.env.uid,
                days.ids,
            )
        )
        days.invalidate_recordset()

    @api.model
    def _lock_days(self, company):
        """Let nobody else store days of the company until the transaction ends.

        Two of them would wait for each other's rows. What the one that waited does not
        see yet PostgreSQL refuses to overwrite, and Odoo tries again.
        """
        self.env.cr.execute(
            SQL(
                "SELECT pg_advisory_xact_lock(hashtext(%s), %s)",
                self._table,
                company.id,
            )
        )

    @api.model
    def _copy_marks(self, marks, company):
        """Put the marks into a temporary table; return the first and the last day."""
        # Compiling the statements takes longer than running them.
        self.env.cr.execute(
            SQL(
                """SET LOCAL jit = off;
                   DROP TABLE IF EXISTS
                       intervention_attendance_mark, intervention_attendance_run;
                   CREATE TEMPORARY TABLE intervention_attendance_mark (
                       student_id integer, date date, slot text COLLATE "C",
                       meaning smallint, code text COLLATE "C", minutes integer,
                       note text COLLATE "C"
                   ) ON COMMIT DROP"""
            )
        )
        lines = _MarkLines(marks)
        self.env.cr.copy_expert("COPY intervention_attendance_mark FROM STDIN", lines)
        if isinstance(lines.error, KeyError):
            raise ValueError(f"no meaning: {lines.error}") from lines.error
        if lines.error:
            raise lines.error
        if not lines.days:
            return None, None
        first, last = min(lines.days), max(lines.days)
        if last > today(self, company=company):
            raise ValidationError(
                self.env._(
                    "%(day)s has not come yet. Marks are of today or of days before.",
                    day=day_text(self.env, last),
                )
            )
        fault = self.env["intervention.meeting"]._year_fault(
            self._fields["date"]._description_string(self.env), first, company
        )
        if fault:
            raise ValidationError(fault)
        return first, last

    @api.model
    def _fold_marks(self, source, first, last, covers):
        """Make days of the marks, in a temporary table, and tell what each would do."""
        company = source.company_id
        open_days = sorted(
            self.env["intervention.settings"]._open_days(company, first, last)
        )
        covered = [day for day in open_days if covers and covers[0] <= day <= covers[1]]
        if covered:
            # Whoever was just enrolled is not in PostgreSQL's statistics, and it may
            # look for the marks of each student and day one by one.
            self.env.cr.execute(
                "CREATE INDEX ON intervention_attendance_mark (student_id, date)"
            )
        self.env.cr.execute(
            SQL(
                """
                ANALYZE intervention_attendance_mark;
                CREATE TEMPORARY TABLE intervention_attendance_run ON COMMIT DROP AS
                WITH slot AS (
                    SELECT student_id, date, slot, min(meaning) AS meaning,
                           min(meaning) <> max(meaning) AS is_torn,
                           max(minutes) AS minutes, min(NULLIF(code, '')) AS code,
                           min(NULLIF(note, '')) AS note
                      FROM intervention_attendance_mark
                     GROUP BY student_id, date, slot
                ), counted AS (
                    SELECT student_id, date, bool_or(is_torn) AS is_torn,
                           count(*) FILTER (WHERE meaning <> %(not_required)s) AS marks,
                           count(*) FILTER (WHERE meaning IN %(missed)s) AS missed,
                           count(*) FILTER (WHERE meaning = %(excused)s) AS excused,
                           bool_or(meaning = %(late)s) AS is_late,
                           sum(minutes)::integer AS minutes_lost,
                           string_agg(code, ' ' ORDER BY length(slot), slot) AS codes,
                           string_agg(note, '; ' ORDER BY length(slot), slot) AS note
                      FROM slot
                     GROUP BY student_id, date
                ), told AS (
                    SELECT student_id, date, is_torn, FALSE AS is_made,
                           (marks > 0)::integer AS possible,
                           COALESCE(round(missed::numeric / NULLIF(marks, 0), 5), 0)
                               AS absent,
                           COALESCE(round(excused::numeric / NULLIF(marks, 0), 5), 0)
                               AS excused,
                           is_late, minutes_lost, codes, note
                      FROM counted
                     UNION ALL
                    SELECT student.id, day.date, FALSE, TRUE, 1, 0, 0, FALSE, 0, NULL,
                           NULL
                      FROM unnest(%(covered)s::date[]) day(date)
                      JOIN res_partner student
                        ON student.is_intervention_student IS TRUE
                       AND (student.active IS TRUE
                            OR student.student_left_on IS NOT NULL)
                       AND (student.student_came_on <= day.date) IS NOT FALSE
                       AND (student.student_left_on > day.date) IS NOT FALSE
                      LEFT JOIN intervention_class class
                        ON class.id = student.school_class_id
                     WHERE COALESCE(student.company_id, class.company_id, %(company)s)
                               = %(company)s
                       AND NOT EXISTS (
                               SELECT FROM intervention_attendance_mark mark
                                WHERE mark.student_id = student.id
                                  AND mark.date = day.date)
                )
                SELECT told.*,
                       CASE WHEN class.company_id = %(company)s THEN class.id END
                           AS class_id,
                       CASE WHEN student.is_intervention_student IS NOT TRUE
                              OR student.company_id <> %(company)s THEN 'foreign'
                            WHEN told.is_torn THEN 'torn'
                            WHEN NOT told.date = ANY(%(open)s::date[]) THEN 'closed'
                            WHEN student.student_left_on <= told.date THEN 'left'
                            WHEN day.id IS NULL THEN 'new'
                            WHEN told.is_made AND day.source_id <> %(source)s
                                THEN 'known'
                            WHEN day.company_id <> %(company)s THEN 'other'
                            WHEN (%(told)s) IS DISTINCT FROM (%(day)s) THEN 'changed'
                            ELSE 'unchanged'
                       END AS status
                  FROM told
                  LEFT JOIN res_partner student ON student.id = told.student_id
                  LEFT JOIN intervention_class class
                    ON class.id = student.school_class_id
                  LEFT JOIN intervention_attendance day
                    ON day.student_id = told.student_id AND day.date = told.date;
                ANALYZE intervention_attendance_run;
                """,
                not_required=MEANINGS["not_required"],
                missed=(MEANINGS["excused"], MEANINGS["unexcused"]),
                excused=MEANINGS["excused"],
                late=MEANINGS["late"],
                covered=covered,
                open=open_days,
                company=company.id,
                source=source.id,
                told=_columns("told"),
                day=_columns("day"),
            )
        )

    @api.model
    def _store_result(self, counts, contradictions):
        days = {status: count for status, count, *_others in counts}
        stored = [row for row in counts if row[0] in ("new", "changed", "unchanged")]
        students = 0
        if stored:
            [(students,)] = self.env.execute_query(
                SQL(
                    """SELECT count(DISTINCT student_id)
                         FROM intervention_attendance_run
                        WHERE status IN ('new', 'changed', 'unchanged')"""
                )
            )
        return {
            "new": days.get("new", 0),
            "changed": days.get("changed", 0),
            "unchanged": days.get("unchanged", 0),
            "gone": 0,
            "contradictions": contradictions,
            "contradiction_days": days.get("torn", 0),
            "after_leaving": days.get("left", 0),
            "closed_days": days.get("closed", 0),
            "other_school": days.get("other", 0),
            "first_day": min((row[2] for row in stored), default=None),
            "last_day": max((row[3] for row in stored), default=None),
            "students": students,
        }

    @api.model
    def _mark_gone(self, source, first, last):
        """Add to the run the days that the source told of and tells of no more."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_attendance_run (student_id, date, status)
                   SELECT student_id, date, 'gone'
                     FROM (SELECT student_id, date FROM intervention_attendance
                            WHERE source_id = %s AND date BETWEEN %s AND %s
                           -- However wrong PostgreSQL guesses their number.
                           EXCEPT ALL
                           SELECT student_id, date FROM intervention_attendance_run) d
                """,
                source.id,
                first,
                last,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _mark_days_gone(self, source, days):
        """Add to the run those of some days that are known from the source."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_attendance_run (student_id, date, status)
                   SELECT day.student_id, day.date, 'gone'
                     FROM unnest(%s::integer[], %s::date[]) gone(student_id, date)
                     JOIN intervention_attendance day USING (student_id, date)
                    WHERE day.source_id = %s""",
                [student_id for student_id, _day in days],
                [day for _student, day in days],
                source.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _write_run(self, source, delete_gone):
        """Store what the run says, what it replaces, and where the students stand."""
        cr = self.env.cr
        now = cr.now().replace(microsecond=0)
        statuses = ("changed", "gone") if delete_gone else ("changed",)
        values = {
            "company": source.company_id.id,
            "source": source.id,
            "now": now,
            "user": self.env.uid,
            "statuses": statuses,
            "names": _columns(),
            "new_names": SQL(", ").join(SQL.identifier(f"new_{n}") for n in VALUES),
            "old_names": SQL(", ").join(SQL.identifier(f"old_{n}") for n in VALUES),
            "run": _columns("run"),
            "day": _columns("day"),
            "excluded": _columns("excluded"),
        }
        cr.execute(
            SQL(
                """INSERT INTO intervention_attendance_change
                       (create_uid, create_date, write_uid, write_date, company_id,
                        source_id, student_id, date, is_unknown, %(old_names)s,
                        %(new_names)s)
                   SELECT %(user)s, %(now)s, %(user)s, %(now)s, %(company)s,
                          %(source)s, run.student_id, run.date, run.status = 'gone',
                          %(day)s, %(run)s
                     FROM intervention_attendance_run run
                     JOIN intervention_attendance day USING (student_id, date)
                    WHERE run.status IN %(statuses)s
                    ORDER BY run.student_id, run.date""",
                **values,
            )
        )
        cr.execute(
            SQL(
                """INSERT INTO intervention_attendance AS day
                       (company_id, source_id, updated_at, updated_uid, student_id,
                        date, class_id, %(names)s)
                   SELECT %(company)s, %(source)s, %(now)s, %(user)s, student_id, date,
                          class_id, %(run)s
                     FROM intervention_attendance_run run
                    WHERE status IN ('new', 'changed')
                    ORDER BY student_id, date
                       ON CONFLICT (student_id, date) DO UPDATE
                      SET (source_id, updated_at, updated_uid, %(names)s)
                          = ROW (excluded.source_id, excluded.updated_at,
                                 excluded.updated_uid, %(excluded)s)
                    WHERE (%(day)s) IS DISTINCT FROM (%(excluded)s)""",
                **values,
            )
        )
        if delete_gone:
            cr.execute(
                """DELETE FROM intervention_attendance day
                    USING intervention_attendance_run run
                    WHERE run.status = 'gone' AND day.student_id = run.student_id
                      AND day.date = run.date"""
            )
        for model in (self, self.env["intervention.attendance.change"]):
            model.invalidate_model()
        touched = self.env.execute_query(
            SQL(
                """SELECT DISTINCT student_id FROM intervention_attendance_run
                    WHERE status = 'new' OR status IN %s""",
                statuses,
            )
        )
        self.env["intervention.attendance.standing"]._refresh(
            [student_id for (student_id,) in touched]
        )


def _columns(table=None):
    """Return the columns of what a run says of a day, as SQL."""
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name)
        for name in VALUES
    )
