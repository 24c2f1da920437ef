from datetime import datetime, time, timedelta

import pytz
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..tools.internal import internal_value

# No school is closed for longer.
LONGEST_LEAVE = timedelta(days=400)


class InterventionSettings(models.Model):
    """On which days a school is open, and on which it is closed.

    Both come from Odoo's working hours of the company. Closing days are not its
    weekends: on which of those mails go out is a setting of its own.
    """

    _inherit = "intervention.settings"

    @api.model
    def _open_days(self, company, first, last, changed=False):
        """Return the school days from the first day to the last one, as a set.

        These are the weekdays of the working hours of the company without its closing
        days; where it has none, Monday to Friday.

        :param changed: what ``_hours_changed`` returns, where somebody has read it with
            something else
        """
        if changed is False:
            changed = self._hours_changed(company)
        if changed and changed[-1]:
            # No time tells apart two states made in this transaction.
            return self._find_open_days(company, first, last)
        return self._known_open_days(company.id, first, last, changed)

    @api.model
    @ormcache("company_id", "first", "last", "changed")
    def _known_open_days(self, company_id, first, last, changed):
        company = self.env["res.company"].browse(company_id)
        return frozenset(self._find_open_days(company, first, last))

    @api.model
    def _hours_changed(self, company):
        """Return what differs whenever other days have become school days.

        :return: None where the company has no working hours, else a tuple whose last
            value tells whether they were changed in this transaction
        """
        [(changed,)] = self.env.execute_query(
            SQL("SELECT %s", self._hours_changed_sql(SQL("%s", company.id)))
        )
        return self._hours_changed_of(changed)

    @api.model
    def _hours_changed_of(self, changed):
        """Return what ``_hours_changed`` does, of what ``_hours_changed_sql`` gave."""
        return changed and tuple(changed)

    @api.model
    def _hours_changed_sql(self, company_id):
        """Return the SQL of what ``_hours_changed`` returns, as JSON.

        :param SQL company_id: of which company
        """
        for model in (
            "res.company",
            "resource.calendar",
            "resource.calendar.attendance",
            "resource.calendar.leaves",
        ):
            self.env[model].flush_model()
        return SQL(
            """(SELECT json_build_array(
                           calendar.id, lines.number, closings.number, changed.at,
                           changed.at >= now() AT TIME ZONE 'UTC')
                  FROM res_company company
                  JOIN resource_calendar calendar
                    ON calendar.id = company.resource_calendar_id
            CROSS JOIN LATERAL (
                    SELECT COUNT(*) AS number, MAX(write_date) AS at
                      FROM resource_calendar_attendance
                     WHERE calendar_id = calendar.id) lines
            CROSS JOIN (
                    SELECT COUNT(*) AS number, MAX(write_date) AS at
                      FROM resource_calendar_leaves
                     WHERE resource_id IS NULL) closings
            CROSS JOIN LATERAL (
                    SELECT GREATEST(calendar.write_date, lines.at, closings.at) AS at
                ) changed
                 WHERE company.id = %s)""",
            company_id,
        )

    @api.model
    def _find_open_days(self, company, first, last):
        calendar = company.sudo().resource_calendar_id
        if not calendar:
            days = (last - first).days + 1
            every = (first + timedelta(days=offset) for offset in range(days))
            return {day for day in every if day.weekday() < 5}
        zone = pytz.timezone(calendar.tz or "UTC")
        work = calendar._attendance_intervals_batch(
            zone.localize(datetime.combine(first, time.min)),
            zone.localize(datetime.combine(last + timedelta(days=1), time.min)),
        )[False]
        days = {start.date() for start, _stop, _hours in work}
        return days - self._closed_days(company, first, last)

    @api.model
    def _is_closed(self, company, day):
        """Tell whether the school is closed on the whole day."""
        return day in self._closed_days(company, day, day)

    @api.model
    def _last_open_day(self, company, day):
        """Return the day, or the last one before it on which the school was open."""
        if self._is_closed(company, day):
            closed = self._closed_days(company, day - LONGEST_LEAVE, day)
            while day in closed:
                day -= timedelta(days=1)
        return day

    @api.model
    def _last_open_days(self, day):
        """Return ``_last_open_day`` of the companies that are closed on the day.

        :return: a dict of ``res.company`` to the day, which is empty on most days
        """
        if internal_value(self.env, "intervention_nobody_closed") or (
            not self._closing_times(Domain.TRUE, day, day)
        ):
            return {}
        companies = (
            self.env["res.company"]
            .sudo()
            .search([("resource_calendar_id", "!=", False)])
        )
        days = {company: self._last_open_day(company, day) for company in companies}
        return {company: last for company, last in days.items() if last != day}

    @api.model
    def _nobody_closed_sql(self):
        """Return the SQL of whether no school is closed on anybody's day of now.

        It is for who reads something else anyway, and puts it into the context as
        ``intervention_nobody_closed``: ``_last_open_days`` then asks for nothing.
        """
        # Two days more than _closing_times, for the day of whoever asks.
        return SQL(
            """NOT EXISTS (
                SELECT FROM resource_calendar_leaves
                 WHERE resource_id IS NULL AND time_type = 'leave'
                   AND date_from <= (now() AT TIME ZONE 'utc') + INTERVAL '4 days'
                   AND date_to >= (now() AT TIME ZONE 'utc') - INTERVAL '3 days')"""
        )

    @api.model
    def _closing_times(self, domain, first, last):
        """Return closing times about these days; one day more, for the time zones."""
        # sudo: when a school is closed is known to everybody there.
        return (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                Domain(domain)
                & Domain("resource_id", "=", False)
                & Domain("time_type", "=", "leave")
                & Domain("date_from", "<=", last + timedelta(days=2))
                & Domain("date_to", ">=", first - timedelta(days=1))
            )
        )

    @api.model
    def _closed_days(self, company, first, last):
        """Return the days of closing times on which nobody works at any hour."""
        calendar = company.sudo().resource_calendar_id
        if not calendar:
            return set()
        of_company = Domain("company_id", "in", (company.id, False))
        times = self._closing_times(
            of_company & Domain("calendar_id", "in", (calendar.id, False)), first, last
        )
        if not times:
            return set()
        zone = pytz.timezone(calendar.tz or "UTC")
        begin = zone.localize(datetime.combine(first, time.min))
        end = zone.localize(datetime.combine(last + timedelta(days=1), time.min))
        closed = set()
        for closing in times:
            start = max(pytz.utc.localize(closing.date_from), begin).astimezone(zone)
            stop = min(pytz.utc.localize(closing.date_to), end).astimezone(zone)
            day = start.date()
            while datetime.combine(day, time.min) < stop.replace(tzinfo=None):
                closed.add(day)
                day += timedelta(days=1)
        work = calendar._work_intervals_batch(
            begin, end, domain=[("id", "in", times.ids)]
        )[False]
        return closed - {start.date() for start, _stop, _hours in work}
