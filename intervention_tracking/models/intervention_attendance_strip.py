from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import ADMIN_GROUP
from ..tools.day import day_text, today
from .intervention_attendance_explained import kind_of_day


class InterventionAttendance(models.Model):
    """A student's school year at a glance: the figures, and a mark for each day.

    Screens and paper show the same answer. It takes one statement for figures, days and
    meetings, whatever the number of marks in the database.
    """

    _inherit = "intervention.attendance"

    @api.model
    @api.readonly
    def get_strip(self, student_id):
        """Return a student's attendance in the school year of the last day known.

        :param int student_id: the student (a ``res.partner``)
        :return: False when nothing is known, else a dict of ``possible``, ``absent``,
            ``excused`` (days), ``rate`` (0 to 1), ``in_a_row``, ``late`` and
            ``unknown`` (days), ``last_day``, ``band`` and ``band_since``; ``figures``,
            the same in words, a list of dicts with ``name``, ``label``, ``value`` and
            ``count``; ``days``, every school day and closed day from the first one
            known to today, a list of dicts with ``date``, ``mark`` (``present``,
            ``late``, ``excused``, ``unexcused``, ``not_required``, ``unknown`` or
            ``closed``) and, where there are any, ``absent`` (the part missed),
            ``codes`` and ``note``; ``meetings`` with the student that the user may see,
            dicts of ``id`` and ``date``
        :raises AccessError: for who is neither one of the student's form masters nor an
            administrator
        """
        student_id = self.env["intervention.meeting"]._id_or_none(student_id) or 0
        strip = self._strip(student_id)
        if not strip and not self._may_see_days(student_id):
            raise AccessError(
                self.env._(
                    "The attendance of a student is shown to their form masters and to "
                    "administrators."
                )
            )
        return strip

    @api.model
    def _may_see_days(self, student_id):
        """Tell whether the user may see the school days of a student."""
        self.check_access("read")
        students = self.env["res.partner"].with_context(active_test=False)
        domain = Domain("id", "=", student_id)
        if not self.env.user.has_group(ADMIN_GROUP):
            domain &= Domain("id", "in", self._own_students_sql())
        return bool(students.search_count(domain, limit=1))

    @api.model
    def _strip(self, student_id):
        """Return what ``get_strip`` does; False also for who may not see it."""
        known = self._known_year(student_id)
        if not known:
            return False
        company = self.env["res.company"].browse(known["company_id"])
        days = self._strip_days(company, known)
        strip = {
            "possible": known["possible"],
            "absent": known["absent"],
            "excused": known["excused"],
            "rate": known["absent"] / known["possible"] if known["possible"] else 0,
            "in_a_row": known["in_a_row"],
            "late": known["late"],
            "unknown": sum(day["mark"] == "unknown" for day in days),
            "last_day": known["last_day"].isoformat(),
            "band": known["band"],
            "band_since": known["band_since"] and known["band_since"].isoformat(),
            "days": days,
            "meetings": [
                {"id": meeting_id, "date": day}
                for meeting_id, day in known["meetings"]
                if day >= days[0]["date"]
            ],
        }
        strip["figures"] = self._strip_figures(strip, known)
        return strip

    @api.model
    def _known_year(self, student_id):
        """Return figures, days and meetings of a student in one dict; None if unknown.

        Who may read where a student stands may read their days: the rules are the same
        for those of one school. Those of another one are left out.
        """
        standings = self.env["intervention.attendance.standing"]
        standings.flush_model()
        self.flush_model()
        known = Domain("student_id", "=", student_id) & Domain("last_day", "!=", False)
        query = standings._search(known)
        meetings = self.env["intervention.meeting"].with_context(active_test=True)
        meetings.flush_model()
        met = meetings._search(Domain("student_id", "=", student_id), order=None)
        met.add_where(
            SQL("%s.meeting_date >= standing.year_start", SQL.identifier(met.table))
        )
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT standing.company_id, standing.year_start, standing.in_a_row,
                          standing.last_day, standing.band, standing.band_since,
                          standing.year_possible AS possible,
                          standing.year_absent::float8 AS absent,
                          standing.year_excused::float8 AS excused,
                          student.student_left_on, first.day AS first_day,
                          %(hours)s AS hours,
                          year.days, year.late,
                          (SELECT COALESCE(json_agg(json_build_array(id, meeting_date)
                                           ORDER BY meeting_date, id), '[]'::json)
                             FROM (%(met)s) met(id, meeting_date)) AS meetings
                     FROM (%(standing)s) known(id)
                     JOIN intervention_attendance_standing standing
                       ON standing.id = known.id
                     JOIN res_partner student ON student.id = standing.student_id
               CROSS JOIN LATERAL (
                       SELECT MIN(date) AS day FROM intervention_attendance
                        WHERE student_id = standing.student_id
                          AND company_id = standing.company_id) first
               CROSS JOIN LATERAL (
                       SELECT json_agg(json_build_array(date, possible, absent, excused,
                                  is_late, codes, note) ORDER BY date) AS days,
                              COUNT(*) FILTER (WHERE is_late) AS late
                         FROM intervention_attendance
                        WHERE student_id = standing.student_id
                          AND company_id = standing.company_id
                          AND date BETWEEN standing.year_start
                                       AND standing.last_day) year
                    WHERE year.days IS NOT NULL""",
                met=met.select(
                    SQL.identifier(met.table, "id"),
                    SQL.identifier(met.table, "meeting_date"),
                ),
                standing=query.select(),
                hours=self.env["intervention.settings"]._hours_changed_sql(
                    SQL("standing.company_id")
                ),
            )
        )
        return rows[0] if rows else None

    @api.model
    def _strip_days(self, company, known):
        """Return every school day with its mark, and the days on which it was closed.

        Weekdays on which the school is never open are left out. What was before the
        first mark is not unknown, and a day that is not over has no mark yet.

        :param dict known: of ``_known_year``
        """
        settings = self.env["intervention.settings"]
        last_day = known["last_day"]
        year = settings._school_year(company, last_day)
        this_day = today(self)
        # Of a year that is over nobody waits for marks.
        last = this_day if this_day <= year[1] else last_day
        if known["student_left_on"]:
            last = min(last, known["student_left_on"] - timedelta(days=1))
        last = max(last, last_day)
        first = max(known["first_day"], known["year_start"])
        hours = settings._hours_changed_of(known["hours"])
        open_days = settings._open_days(company, *year, changed=hours)
        weekdays = {day.weekday() for day in open_days}
        rows = {day: values for day, *values in known["days"]}
        days = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            name = day.isoformat()
            if name in rows:
                days.append({"date": name, **self._strip_mark(*rows[name])})
            elif day in open_days:
                if day < this_day:
                    days.append({"date": name, "mark": "unknown"})
            elif day.weekday() in weekdays:
                days.append({"date": name, "mark": "closed"})
        return days

    @api.model
    def _strip_mark(self, possible, absent, excused, is_late, codes, note):
        mark = kind_of_day(possible, absent, excused, is_late)
        values = {"absent": absent, "codes": codes, "note": note}
        return {"mark": mark, **{name: each for name, each in values.items() if each}}

    @api.model
    def _strip_figures(self, strip, known):
        """Return the figures in words; those of which there is nothing are left out."""
        standings = self.env["intervention.attendance.standing"]
        missed = self.env._(
            "%(absent)s of %(possible)s (%(rate)s)",
            absent=standings._amount(strip["absent"]),
            possible=strip["possible"],
            rate=standings._share(strip["rate"]),
        )
        last_day = day_text(self.env, known["last_day"])
        counts = {name: strip[name] for name in ("in_a_row", "late", "unknown")}
        counts["missed"] = strip["absent"]
        in_a_row = strip["in_a_row"] > 1 and strip["in_a_row"]
        figures = (
            ("missed", self.env._("Days missed"), strip["possible"] and missed),
            ("band", self.env._("Absence"), self._strip_band(known)),
            ("in_a_row", self.env._("Missed in a row"), in_a_row),
            ("late", self.env._("Days late"), strip["late"]),
            ("unknown", self.env._("Register missing on"), strip["unknown"]),
            ("last_day", self.env._("Last mark"), last_day),
        )
        return [
            {
                "name": name,
                "label": label,
                "value": str(value),
                "count": counts.get(name, 0),
            }
            for name, label, value in figures
            if value
        ]

    @api.model
    def _strip_band(self, known):
        """Return the band and since when, in words; False where there is none."""
        if known["band"] == "none":
            return False
        standings = self.env["intervention.attendance.standing"]
        labels = dict(standings._fields["band"]._description_selection(self.env))
        band = labels[known["band"]]
        if not known["band_since"]:
            return band
        return self.env._(
            "%(band)s, since %(day)s",
            band=band,
            day=day_text(self.env, known["band_since"]),
        )
