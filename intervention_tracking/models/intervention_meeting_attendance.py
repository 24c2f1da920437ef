from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from ..constants import MEETING_BANDS

UNKNOWN = "unknown"


class InterventionMeeting(models.Model):
    """How the student attended when the meeting was recorded."""

    _inherit = "intervention.meeting"

    attendance_band = fields.Selection(
        selection=MEETING_BANDS,
        string="Attendance at the Meeting",
        required=True,
        readonly=True,
        copy=False,
        help="How much of the school year the student had missed when the meeting was "
        "recorded.",
    )

    def init(self):
        """Let who brings cases in by SQL leave out what they don't know."""
        [(default,)] = self.env.execute_query(
            SQL(
                """SELECT column_default FROM information_schema.columns
                    WHERE table_schema = current_schema
                      AND table_name = %s AND column_name = 'attendance_band'""",
                self._table,
            )
        )
        # Setting it keeps everybody from the table until the update has ended.
        if not default:
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE intervention_meeting "
                    "ALTER COLUMN attendance_band SET DEFAULT %s",
                    UNKNOWN,
                )
            )
        return super().init()

    @api.model
    def _managed_fields(self):
        return (*super()._managed_fields(), "attendance_band")

    def _record(self, vals_list):
        # sudo: as the company of a meeting is computed.
        students = self.env["res.partner"].sudo()
        bands = self._bands_at(
            [
                (
                    vals["student_id"],
                    vals["meeting_date"],
                    vals.get("company_id")
                    or self._school_of(students.browse(vals["student_id"])).id,
                )
                for vals in vals_list
            ]
        )
        return super()._record(
            [
                {**vals, "attendance_band": band}
                for vals, band in zip(vals_list, bands, strict=True)
            ]
        )

    def _change(self, vals):
        # It was another student's; of a merge, which moves several, the student is the
        # same.
        if vals.get("student_id") and len(self) == 1:
            meeting = self
            day = vals.get("meeting_date") or meeting.meeting_date
            # sudo: as the company of a meeting is computed.
            student = self.env["res.partner"].sudo().browse(vals["student_id"])
            school_id = vals.get("company_id") or meeting._school_of(student).id
            [band] = self._bands_at([(student.id, day, school_id)])
            vals = {**vals, "attendance_band": band}
        return super()._change(vals)

    @api.model
    def _bands_at(self, meetings):
        """Return the bands in which students were when they were met.

        Of a meeting after which no day is known yet that is where they stand now, in
        the year of the meeting. What another school knows of a student of both is
        unknown in this one.

        :param list meetings: tuples of a student's id, the day of the meeting and the
            id of its company
        """
        standings = self.env["intervention.attendance.standing"]
        standings.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT student_id, company_id, year_start, year_possible, band,
                          last_day
                     FROM intervention_attendance_standing
                    WHERE student_id = ANY(%s)""",
                [student_id for student_id, *_others in meetings],
            )
        )
        limits = self.env["intervention.settings"]._attendance_limits
        known = {
            (student_id, company_id): (first, first + relativedelta(years=1), band)
            for student_id, company_id, first, possible, band, _last_day in rows
            if possible >= limits(company_id)["band_minimum_days"]
        }
        last_days = {student_id: last_day for student_id, *_others, last_day in rows}
        late = {
            number: meeting
            for number, meeting in enumerate(meetings)
            if meeting[0] in last_days and meeting[1] < last_days[meeting[0]]
        }
        earlier = self._earlier_bands(late) if late else {}
        bands = []
        for number, (student_id, day, company_id) in enumerate(meetings):
            first, end, band = known.get((student_id, company_id), (day, day, UNKNOWN))
            if number in late:
                bands.append(earlier.get(number, UNKNOWN))
            else:
                bands.append(band if first <= day < end else UNKNOWN)
        return bands

    @api.model
    def _earlier_bands(self, meetings):
        """Return the bands of meetings after which days are known already.

        :param dict meetings: the tuples of ``_bands_at`` by any number
        """
        students, days, companies = map(list, zip(*meetings.values(), strict=True))
        table = SQL(
            """SELECT * FROM unnest(
                   %s::integer[], %s::integer[], %s::integer[], %s::date[]
               ) AS told(id, student_id, company_id, meeting_date)""",
            list(meetings),
            students,
            companies,
            days,
        )
        standings = self.env["intervention.attendance.standing"]
        return dict(self.env.execute_query(standings._bands_on_sql(table)))
