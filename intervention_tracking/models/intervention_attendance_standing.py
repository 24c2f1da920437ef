from odoo import api, fields, models
from odoo.tools import SQL

from ..constants import (
    BAND_LIMITS,
    BAND_MINIMUM_DAYS,
    BANDS,
    DAYS_IN_A_ROW,
    RECENT_DAYS,
    YEAR_START_MONTH,
)
from ..tools.day import today
from ..tools.sql import vacuum_after


class InterventionAttendanceStanding(models.Model):
    """Where a student stands: what lists, filters and the dashboard read.

    One row a student, kept by the transaction that stores marks. The figures are those
    of the school year in which ``last_day`` is; ``recent`` is the last 20 possible days
    of it. Days on which the student had left already are in none of them, whenever the
    leaving was entered. When that year is over its figures stay, but nothing calls for
    a talk any more: band and days in a row begin anew.
    """

    _name = "intervention.attendance.standing"
    _description = "Attendance of a Student"
    _inherit = ["intervention.own.students"]
    _order = "severity desc, id"
    _rec_name = "student_id"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    year_start = fields.Date(
        required=True, readonly=True, help="The first day of the school year."
    )
    year_possible = fields.Integer(string="Possible Days", readonly=True)
    year_absent = fields.Float(string="Days Missed", readonly=True, digits=(8, 5))
    year_excused = fields.Float(string="Of Which Excused", readonly=True, digits=(8, 5))
    recent_possible = fields.Integer(string="Recent Possible Days", readonly=True)
    recent_absent = fields.Float(
        string="Days Missed Recently",
        readonly=True,
        digits=(8, 5),
        help="Of the last 20 possible days.",
    )
    recent_excused = fields.Float(
        string="Of Which Excused Recently", readonly=True, digits=(8, 5)
    )
    in_a_row = fields.Integer(
        string="Days Missed in a Row",
        readonly=True,
        help="Whole possible days missed up to the last day known.",
    )
    last_day = fields.Date(string="Last Day Known", readonly=True)
    band = fields.Selection(
        selection=BANDS, required=True, default="none", readonly=True
    )
    band_since = fields.Date(
        readonly=True,
        help="Since when the student has been in this band or a worse one.",
    )
    row_since = fields.Date(
        string="In a Row Since",
        readonly=True,
        help="The day on which the days missed in a row became as many as call for a "
        "talk.",
    )
    attention_since = fields.Date(
        readonly=True,
        help="The newest day on which the student entered a band, or missed as many "
        "days in a row as call for a talk. Empty: nothing calls for a talk.",
    )
    severity = fields.Integer(
        readonly=True, help="What lists put first: the band, then days in a row."
    )
    rate = fields.Float(
        string="Share of Days Missed",
        readonly=True,
        help="Days missed of the possible days of the school year. Unknown days are "
        "left out.",
    )

    _student_uniq = models.UniqueIndex(
        "(student_id)", "There is a row of this student already."
    )
    # Whom somebody should talk to, worst first.
    _attention_idx = models.Index(
        "(company_id, severity DESC) WHERE attention_since IS NOT NULL"
    )

    def init(self):
        """Keep the table fit: a morning's marks change the rows of all students."""
        vacuum_after(self.env.cr, self._table, changed=500, added=500)

    @api.model
    def _refresh(self, student_ids):
        """Compute anew where students stand, from their days alone, in one statement.

        :param student_ids: who no longer has any day has no standing either
        """
        if not student_ids:
            return
        self.env.flush_all()
        # Whether a rate reaches a band is asked as if parts of days were not rounded
        # to five places.
        self.env.cr.execute(
            SQL(
                """
                -- Compiling it for many students takes longer than running it.
                SET LOCAL jit = off;
                WITH last AS (
                    SELECT student.id AS student_id, day.date AS last_day,
                           day.company_id, limits.*,
                           make_date(
                               (extract(year FROM day.date)
                                - (extract(month FROM day.date) < month)::integer
                               )::integer, month, 1) AS year_start
                      FROM res_partner student
                     CROSS JOIN LATERAL (
                               SELECT date, company_id
                                 FROM intervention_attendance
                                WHERE student_id = student.id
                                  AND date < COALESCE(
                                          student.student_left_on, 'infinity'::date)
                                ORDER BY date DESC LIMIT 1) day
                      LEFT JOIN intervention_settings settings
                        ON settings.company_id = day.company_id
                     CROSS JOIN LATERAL (
                               SELECT COALESCE(
                                          settings.year_start_month, %(month)s
                                      )::integer AS month,
                                      ARRAY[
                                          COALESCE(settings.band_watch, %(watch)s),
                                          COALESCE(settings.band_chronic, %(chronic)s),
                                          COALESCE(settings.band_severe, %(severe)s)
                                      ]::numeric[] AS bands,
                                      COALESCE(
                                          settings.band_minimum_days, %(minimum)s
                                      ) AS minimum,
                                      COALESCE(
                                          settings.days_in_a_row, %(row)s
                                      ) AS row) limits
                     WHERE student.id = ANY(%(students)s)
                ), present AS (
                    SELECT last.*, year.*, recent.*,
                           band_since.band_since, row_since.row_since,
                           now.level, now.in_a_row
                      FROM last
                     CROSS JOIN LATERAL (
                               SELECT count(*) AS possible,
                                      COALESCE(sum(absent), 0) AS absent,
                                      COALESCE(sum(excused), 0) AS excused,
                                      max(date) FILTER (WHERE absent < 1) AS attended
                                 FROM intervention_attendance
                                WHERE %(days)s) year
                     CROSS JOIN LATERAL (
                               SELECT count(*) AS recent_possible,
                                      COALESCE(sum(absent), 0) AS recent_absent,
                                      COALESCE(sum(excused), 0) AS recent_excused
                                 FROM (SELECT absent, excused
                                         FROM intervention_attendance
                                        WHERE %(days)s
                                        ORDER BY date DESC LIMIT %(recent)s) d) recent
                     CROSS JOIN LATERAL (
                               SELECT count(*) AS in_a_row
                                 FROM intervention_attendance
                                WHERE %(days)s
                                  AND date > COALESCE(
                                          year.attended, last.year_start - 1)) missed
                     CROSS JOIN LATERAL (
                               SELECT CASE WHEN goes_on
                                            AND year.possible >= last.minimum
                                      THEN width_bucket(
                                          year.absent / year.possible + 0.00001,
                                          last.bands)
                                      ELSE 0 END AS level,
                                      CASE WHEN goes_on THEN missed.in_a_row ELSE 0 END
                                          AS in_a_row
                                 FROM (SELECT last.year_start + interval '1 year'
                                              > %(today)s AS goes_on) y) now
                      LEFT JOIN LATERAL (
                               SELECT (array_agg(date ORDER BY number))[
                                          COALESCE(max(number) FILTER (
                                              WHERE number < last.minimum
                                                 OR missed / number + 0.00001
                                                    < last.bands[now.level]), 0) + 1
                                      ] AS band_since
                                 FROM (SELECT date, row_number() OVER till AS number,
                                              sum(absent) OVER till AS missed
                                         FROM intervention_attendance
                                        WHERE now.level > 0 AND %(days)s
                                       WINDOW till AS (ORDER BY date)) d
                           ) band_since ON TRUE
                      LEFT JOIN LATERAL (
                               SELECT date AS row_since
                                 FROM intervention_attendance
                                WHERE now.in_a_row >= last.row AND %(days)s
                                ORDER BY date DESC
                               OFFSET GREATEST(now.in_a_row - last.row, 0) LIMIT 1
                           ) row_since ON TRUE
                ), gone AS (
                    DELETE FROM intervention_attendance_standing
                     WHERE student_id = ANY(%(students)s)
                       AND student_id NOT IN (SELECT student_id FROM last)
                )
                INSERT INTO intervention_attendance_standing AS standing
                       (student_id, company_id, year_start, last_day, year_possible,
                        year_absent, year_excused, recent_possible, recent_absent,
                        recent_excused, in_a_row, band, band_since, row_since,
                        attention_since, severity, rate)
                SELECT student_id, company_id, year_start, last_day,
                       possible, absent, excused, recent_possible, recent_absent,
                       recent_excused, in_a_row, (%(names)s)[level + 1], band_since,
                       row_since, GREATEST(band_since, row_since),
                       level * 1000 + in_a_row,
                       COALESCE(LEAST(absent / NULLIF(possible, 0), 1), 0)
                  FROM present
                 ORDER BY student_id
                    ON CONFLICT (student_id) DO UPDATE
                   SET company_id = excluded.company_id,
                       year_start = excluded.year_start,
                       last_day = excluded.last_day,
                       year_possible = excluded.year_possible,
                       year_absent = excluded.year_absent,
                       year_excused = excluded.year_excused,
                       recent_possible = excluded.recent_possible,
                       recent_absent = excluded.recent_absent,
                       recent_excused = excluded.recent_excused,
                       in_a_row = excluded.in_a_row,
                       band = excluded.band,
                       band_since = excluded.band_since,
                       row_since = excluded.row_since,
                       attention_since = excluded.attention_since,
                       severity = excluded.severity,
                       rate = excluded.rate
                """,
                students=list(student_ids),
                month=YEAR_START_MONTH,
                minimum=BAND_MINIMUM_DAYS,
                row=DAYS_IN_A_ROW,
                recent=RECENT_DAYS,
                names=[name for name, _label in BANDS],
                days=SQL(
                    """student_id = last.student_id AND company_id = last.company_id
                       AND possible = 1
                       AND date BETWEEN last.year_start AND last.last_day"""
                ),
                today=today(self),
                **BAND_LIMITS,
            )
        )
        self.invalidate_model()

    @api.model
    def _bands_on_sql(self, meetings):
        """Return the SQL of the bands in which students were on the days of meetings.

        They are told by the days of the meeting's own company, from the beginning of
        the school year to the day of the meeting.

        :param SQL meetings: a table with ``id``, ``student_id``, ``company_id`` and
            ``meeting_date``
        :return: rows of ``id`` and ``band``; none of a meeting before which too few
            days are known
        """
        return SQL(
            """SELECT met.id,
                      (%(names)s)[width_bucket(
                          sum(day.absent) / sum(day.possible) + 0.00001,
                          ARRAY[COALESCE(limits.band_watch, %(watch)s),
                                COALESCE(limits.band_chronic, %(chronic)s),
                                COALESCE(limits.band_severe, %(severe)s)]::numeric[]
                      ) + 1] AS band
                 FROM (%(meetings)s) met
                 JOIN res_partner student ON student.id = met.student_id
                 LEFT JOIN intervention_settings limits
                   ON limits.company_id = met.company_id
                CROSS JOIN LATERAL (
                          SELECT COALESCE(
                                     limits.year_start_month, %(month)s
                                 )::integer AS month) year
                 JOIN intervention_attendance day
                   ON day.student_id = met.student_id
                  AND day.company_id = met.company_id AND day.possible = 1
                  AND day.date BETWEEN make_date(
                          (extract(year FROM met.meeting_date)
                           - (extract(month FROM met.meeting_date) < month)::integer
                          )::integer, month, 1) AND met.meeting_date
                  AND (student.student_left_on > day.date) IS NOT FALSE
                GROUP BY met.id, limits.id
               HAVING count(*) >= COALESCE(limits.band_minimum_days, %(minimum)s)""",
            names=[name for name, _label in BANDS],
            meetings=meetings,
            month=YEAR_START_MONTH,
            minimum=BAND_MINIMUM_DAYS,
            **BAND_LIMITS,
        )
