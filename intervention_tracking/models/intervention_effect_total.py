import sys
from array import array
from bisect import bisect_left, bisect_right
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.day import today
from ..tools.effect import TALLIES, UNIT, Comparison, difference, tally

# Of how long the days are that one step of the job adds.
STEP = timedelta(days=31)
# When the days of more students were stored since, PostgreSQL counts all of them.
MOST_FRESH = 500
STUDENTS = "i"


class InterventionEffectTotal(models.Model):
    """What all students of a company had up to a day, for sums over any days at once.

    ``tallies`` are running totals of ``tools/effect.py``, in the order of the company's
    ``intervention.effect.roll``. Days from which on a student had left are in them: who
    reads them looks at that.
    """

    _name = "intervention.effect.total"
    _description = "Attendance up to a Day"
    _inherit = ["intervention.refusals"]
    _log_access = False
    _order = "company_id, date"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    tallies = fields.Binary(attachment=False, readonly=True)

    _date_uniq = models.UniqueIndex(
        "(company_id, date)", "There is a row of this day already."
    )

    @api.model
    def _days(self, company):
        """Return the days of which there are running totals, in the order of time."""
        rows = self.env.execute_query(
            SQL(
                """SELECT array_agg(date ORDER BY date) FROM intervention_effect_total
                    WHERE company_id = %s""",
                company.id,
            )
        )
        return rows[0][0] or []

    @api.model
    def _of_day(self, company, day):
        """Return the running totals up to a day of which there are some, as bytes."""
        [(tallies,)] = self.env.execute_query(
            SQL(
                """SELECT tallies FROM intervention_effect_total
                    WHERE company_id = %s AND date = %s""",
                company.id,
                day,
            )
        )
        return bytes(tallies)

    @api.model
    def _save(self, company, day, tallies):
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_effect_total AS total
                          (company_id, date, tallies)
                   VALUES (%s, %s, %s)
                       ON CONFLICT (company_id, date) DO UPDATE
                      SET tallies = excluded.tallies""",
                company.id,
                day,
                tallies.tobytes(),
            )
        )


class InterventionEffectRoll(models.Model):
    """Whose place is where in the running totals of a company, and how new they are."""

    _name = "intervention.effect.roll"
    _description = "Order of Students in Totals"
    _inherit = ["intervention.refusals"]
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    students = fields.Binary(
        attachment=False,
        readonly=True,
        help="Ids; below 0 of who was merged into another.",
    )
    kept_from = fields.Date(
        readonly=True, help="Days before it were deleted, as they were not to be kept."
    )
    built_at = fields.Datetime(
        required=True,
        readonly=True,
        help="What was stored before is in the totals, of the days that they are of.",
    )

    changed_at = fields.Datetime(
        readonly=True,
        help="When something changed last that tells of no day: who had left, who was "
        "merged, or when somebody was met.",
    )

    _company_uniq = models.UniqueIndex(
        "(company_id)", "There is a row of this company already."
    )

    @api.model
    def _note_change(self):
        """Let what was computed be computed anew when it is read, until the job did."""
        self.env.cr.execute(
            """UPDATE intervention_effect_roll
                  SET changed_at = date_trunc('second', now() AT TIME ZONE 'UTC')"""
        )
        self.invalidate_model()

    @api.model
    def _of(self, company):
        """Return the ids in their order, and ``built_at``; None and None at first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT students, built_at FROM intervention_effect_roll
                    WHERE company_id = %s""",
                company.id,
            )
        )
        if not rows:
            return None, None
        return array(STUDENTS, bytes(rows[0][0])), rows[0][1]

    @api.model
    def _oldest_transaction(self):
        """Return since when somebody may have been storing what can't be seen yet.

        Days have the time at which the transaction began that stored them. A
        transaction that begins after this was called sees all of the ones before.
        """
        [(moment,)] = self.env.execute_query(
            SQL(
                """SELECT date_trunc('second', LEAST(
                              clock_timestamp(), min(xact_start)) AT TIME ZONE 'UTC')
                     FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
        )
        return moment

    @api.model
    def _begin(self, company, seen):
        """Take back the totals of days from the first on that changed since.

        :param datetime seen: of ``_oldest_transaction``
        """
        students, built_at = self._of(company)
        if students is None:
            self._save(company, array(STUDENTS), seen)
            return
        self.env.cr.execute(
            SQL(
                """DELETE FROM intervention_effect_total
                    WHERE company_id = %(company)s AND date >= LEAST(
                        (SELECT min(date) FROM intervention_attendance
                          WHERE company_id = %(company)s AND updated_at >= %(since)s),
                        (SELECT min(date) FROM intervention_attendance_change
                          WHERE company_id = %(company)s AND create_date >= %(since)s))
                """,
                company=company.id,
                since=built_at,
            )
        )
        self._save(company, students, seen)

    @api.model
    def _save(self, company, students, built_at):
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_effect_roll AS roll
                          (company_id, students, built_at)
                   VALUES (%s, %s, %s)
                       ON CONFLICT (company_id) DO UPDATE
                      SET students = excluded.students, built_at = excluded.built_at""",
                company.id,
                students.tobytes(),
                built_at,
            )
        )
        self.invalidate_model()

    @api.model
    def _go_on(self, company):
        """Add the totals of the next days, a month at most, up to yesterday.

        :return: whether there may be more days
        """
        totals = self.env["intervention.effect.total"]
        days = totals._days(company)
        [(first,)] = self.env.execute_query(
            SQL(
                """SELECT min(date) FROM intervention_attendance
                    WHERE company_id = %s AND date > %s AND possible = 1""",
                company.id,
                days[-1] if days else "-infinity",
            )
        )
        # Marks of today are still coming.
        yesterday = today(self, company=company) - timedelta(days=1)
        if not first or first > yesterday:
            return False
        students, built_at = self._of(company)
        places = {student: place for place, student in enumerate(students)}
        running = array(TALLIES)
        if days:
            running.frombytes(totals._of_day(company, days[-1]))
        rows = self.env.execute_query(
            SQL(
                """SELECT date, string_agg(int4send(student_id), ''),
                          string_agg(int8send(%(tally)s), '')
                     FROM intervention_attendance
                    WHERE company_id = %(company)s AND possible = 1
                      AND date BETWEEN %(first)s AND %(last)s
                    GROUP BY date ORDER BY date""",
                tally=_day_tally(),
                company=company.id,
                first=first,
                last=min(first + STEP, yesterday),
            )
        )
        for day, *packed in rows:
            who, each_tally = map(_unpacked, (STUDENTS, TALLIES), packed)
            for student in who:
                if student not in places:
                    places[student] = len(students)
                    students.append(student)
            running.extend([0] * (len(students) - len(running)))
            for place, each in zip(map(places.get, who), each_tally, strict=True):
                running[place] += each
            totals._save(company, day, running)
        self._save(company, students, built_at)
        totals.invalidate_model()
        return True

    @api.model
    def _keep_from(self, company, limit):
        """Let nothing of the days before a limit be in the totals any more."""
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_effect_roll SET kept_from = %(limit)s
                    WHERE company_id = %(company)s
                      AND (kept_from < %(limit)s) IS NOT FALSE""",
                company=company.id,
                limit=limit,
            )
        )
        totals = self.env["intervention.effect.total"]
        days = totals._days(company)
        first = bisect_left(days, limit)
        if first:
            base = totals._of_day(company, days[first - 1])
            for day in days[first:]:
                tallies = difference(totals._of_day(company, day), base)
                totals._save(company, day, tallies)
            self.env.cr.execute(
                SQL(
                    """DELETE FROM intervention_effect_total
                        WHERE company_id = %s AND date < %s""",
                    company.id,
                    limit,
                )
            )
        self.env.invalidate_all()

    @api.model
    def _forget(self, student_ids):
        """Let contacts that are merged into others have no place any more."""
        rows = self.env.execute_query(
            SQL("SELECT company_id FROM intervention_effect_roll ORDER BY company_id")
        )
        for company in self.env["res.company"].browse(each for (each,) in rows):
            students, built_at = self._of(company)
            gone = set(student_ids).intersection(students)
            if gone:
                kept = (-each if each in gone else each for each in students)
                self._save(company, array(STUDENTS, kept), built_at)
                self._note_change()


class _Tallies:
    """What all students had between two days, by the totals and what they lack."""

    def __init__(self, effects, company, students, days, own_days):
        """Take what there is.

        :param students: the ids in the order of the totals
        :param days: of which there are totals, in order
        :param own_days: of students of whom the totals say something else: all of
            their days, as ``_days_of`` has them
        """
        self.places = {student: place for place, student in enumerate(students)}
        self._effects = effects
        self._company = company
        self._days = days
        self._known = {}
        self._own_days = own_days

    def __call__(self, first, last):
        column = difference(
            self._up_to(bisect_right(self._days, last)),
            self._up_to(bisect_left(self._days, first)),
        )
        found = []
        if last > self._days[-1]:
            since = max(first, self._days[-1] + timedelta(days=1))
            found = self._effects._marked(self._company, since, last)
        for student in (*(row[0] for row in found), *self._own_days):
            self.places.setdefault(student, len(self.places))
        column.extend([0] * (len(self.places) - len(column)))
        for student, possible, missed in found:
            column[self.places[student]] += tally(possible, missed)
        for student, days in self._own_days.items():
            column[self.places[student]] = sum(
                tally for day, tally in days if first <= day <= last
            )
        return column

    def _up_to(self, count):
        """Return the totals up to the last of so many days, as bytes."""
        if count and count not in self._known:
            totals = self._effects.env["intervention.effect.total"]
            day = self._days[count - 1]
            self._known[count] = totals._of_day(self._company, day)
        return self._known.get(count, b"")


class InterventionEffect(models.Model):
    """Counts with running totals, where there are some."""

    _inherit = "intervention.effect"

    @api.model
    def _begin_refresh(self):
        cron = self.env["ir.cron"]
        rolls = self.env["intervention.effect.roll"]
        rows = self.env.execute_query(
            SQL(
                """SELECT company_id FROM intervention_attendance_source
                    GROUP BY company_id ORDER BY company_id"""
            )
        )
        for company in self.env["res.company"].browse(each for (each,) in rows):
            seen = rolls._oldest_transaction()
            # So that the next one sees what is older.
            cron._commit_progress()
            rolls._begin(company, seen)
            while rolls._go_on(company):
                # There is more to do, if this call should be over: the cases.
                if not cron._commit_progress(1, remaining=1):
                    return False
        return super()._begin_refresh()

    @api.model
    def _comparison(self, company, first, last):
        students, built_at = self.env["intervention.effect.roll"]._of(company)
        totals = self.env["intervention.effect.total"]
        days = students and totals._days(company)
        if not days:
            return super()._comparison(company, first, last)
        gone, leaving = self._who_left(first, last)
        fresh = self._fresh_students(company, built_at, first, min(last, days[-1]))
        if len(fresh) > MOST_FRESH:
            return super()._comparison(company, first, last)
        own_days = self._days_of(company, {*fresh, *leaving}, first, last)
        merged = (student for student in students if student < 0)
        tallies = _Tallies(self, company, students, days, own_days)
        return Comparison(tallies.places, tallies, {*gone, *merged})

    @api.model
    def _who_left(self, first, last):
        """Return the students who left before some days, and those who left in them."""
        [(gone, leaving)] = self.env.execute_query(
            SQL(
                """SELECT array_agg(id) FILTER (WHERE student_left_on <= %(first)s),
                          array_agg(id) FILTER (WHERE student_left_on > %(first)s)
                     FROM res_partner WHERE student_left_on <= %(last)s""",
                first=first,
                last=last,
            )
        )
        return gone or [], leaving or []

    @api.model
    def _fresh_students(self, company, since, first, last):
        """Return the students of whom some of the days were stored since a time.

        :return: a list, of one more than ``MOST_FRESH`` at most
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT student_id FROM (
                       SELECT student_id FROM intervention_attendance
                        WHERE company_id = %(company)s AND updated_at >= %(since)s
                          AND date BETWEEN %(first)s AND %(last)s
                        UNION
                       SELECT student_id FROM intervention_attendance_change
                        WHERE company_id = %(company)s AND create_date >= %(since)s
                          AND date BETWEEN %(first)s AND %(last)s) s
                    LIMIT %(most)s""",
                company=company.id,
                since=since,
                first=first,
                last=last,
                most=MOST_FRESH + 1,
            )
        )
        return [student_id for (student_id,) in rows]

    @api.model
    def _days_of(self, company, student_ids, first, last):
        """Return students with their days, pairs of a day and its tally."""
        days = {student_id: [] for student_id in student_ids}
        if days:
            rows = self.env.execute_query(
                SQL(
                    """SELECT day.student_id, day.date, %(tally)s
                         FROM intervention_attendance day
                         JOIN res_partner student ON student.id = day.student_id
                        WHERE day.student_id = ANY(%(students)s)
                          AND day.company_id = %(company)s AND possible = 1
                          AND day.date BETWEEN %(first)s AND %(last)s
                          AND day.date < COALESCE(student.student_left_on, 'infinity')
                    """,
                    tally=_day_tally(),
                    students=list(days),
                    company=company.id,
                    first=first,
                    last=last,
                )
            )
            for student_id, day, each in rows:
                days[student_id].append((day, each))
        return days


class InterventionAttendance(models.Model):
    """What is not kept of the days is in no total, either."""

    _inherit = "intervention.attendance"

    @api.model
    def _delete_before(self, company, limit):
        self.env["intervention.effect.roll"]._keep_from(company, limit)
        return super()._delete_before(company, limit)


class ResPartner(models.Model):
    """A student who is in the totals."""

    _inherit = "res.partner"

    # Few have left, and none of them is anything but a student.
    _student_left_idx = models.Index(
        "(student_left_on, id) WHERE student_left_on IS NOT NULL"
    )

    @api.constrains("student_left_on")
    def _note_left_of_effects(self):
        students = self.filtered("is_intervention_student")
        if students:
            # sudo: nobody has a right on it.
            self.env["intervention.effect.roll"].sudo()._note_change()


def _day_tally():
    """Return the SQL of the tally of a possible day."""
    # Nearly all are missed wholly or not at all, and numerics are slow.
    return SQL(
        """CASE absent WHEN 0 THEN %s WHEN 1 THEN %s
                ELSE %s + round(absent * %s)::bigint END""",
        tally(1, 0),
        tally(1, UNIT),
        tally(1, 0),
        UNIT,
    )


def _unpacked(kind, packed):
    """Return an array of the numbers that PostgreSQL sent."""
    numbers = array(kind, bytes(packed))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
