from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytz
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.intervention_tracking.tools.day import day_of, day_sql, today, zone_of

from .common import InterventionCase

# In Tonga (UTC+13) it is half past midnight of the 11th.
MOMENT = "2026-03-10 11:30:00"
TENTH = date(2026, 3, 10)
ELEVENTH = date(2026, 3, 11)
UTC = ZoneInfo("UTC")
TONGA = "Pacific/Tongatapu"
# Half and quarter hours, both ends of the world, summer time that skips midnight, and
# names that PostgreSQL has for something else.
ZONES = (
    TONGA,
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "America/Santiago",
    "Africa/Cairo",
    "Europe/Paris",
    "CET",
    "EET",
    "EST5EDT",
    "UTC",
)


@tagged("standard", "post_install", "-at_install", "alone")
class TestToday(InterventionCase):
    """Rule 9: there is one notion of today."""

    def setUp(self):
        super().setUp()
        self.fm.tz = False
        self.company = self.env.company
        self.company.partner_id.tz = TONGA

    def _today(self, **context):
        return today(self.meetings(self.fm).with_context(**context))

    def test_python_and_sql_agree_in_all_zones_at_all_hours(self):
        hours = [
            datetime(2026, month, day) + timedelta(hours=hour, minutes=minute)
            for month, day in ((1, 15), (3, 29), (4, 5), (7, 15), (9, 6), (10, 25))
            for hour in range(24)
            for minute in (0, 29, 59)
        ]
        for name in pytz.all_timezones:
            zone = pytz.timezone(name)
            # PostgreSQL may have a later release of the rules than Odoo.
            known = [
                hour
                for hour in hours
                if pytz.utc.localize(hour).astimezone(zone).utcoffset()
                == hour.replace(tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset()
            ]
            rows = self.env.execute_query(
                SQL(
                    "SELECT %s FROM unnest(%s::timestamp[]) WITH ORDINALITY h(hour, n)"
                    " ORDER BY n",
                    day_sql(SQL("hour"), zone),
                    known,
                )
            )
            with self.subTest(name):
                days = [day_of(hour, zone) for hour in known]
                self.assertEqual([day for (day,) in rows], days)

    def test_the_day_is_that_of_the_clocks_on_the_wall(self):
        for name in ZONES:
            for hour in range(48):
                moment = datetime(2026, 3, 28) + timedelta(hours=hour, minutes=15)
                with self.subTest(zone=name, moment=moment), freeze_time(moment):
                    wall = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name))
                    self.fm.tz = name
                    self.assertEqual(self._today(), wall.date())
                    self.fm.tz = False
                    self.company.partner_id.tz = name
                    self.assertEqual(self._today(), wall.date())

    @freeze_time(MOMENT)
    def test_who_has_no_zone_has_that_of_the_company_for_every_rule(self):
        meeting = self.record(meeting_date=ELEVENTH)
        self.assertEqual(meeting.days_since_meeting, 0)
        with self.assertRefused("meeting_date"):
            self.record(meeting_date=date(2026, 3, 12), root_cause="other")
        with self.assertRefused("follow_up_date"):
            meeting.follow_up_date = ELEVENTH
        self.assertEqual(
            self.meetings(self.fm).default_get(["meeting_date"])["meeting_date"],
            ELEVENTH,
        )
        meeting.write({"status": "closed", "resolution_notes": "Came back."})
        self.assertEqual(meeting.closed_date, ELEVENTH)

    def test_who_calls_by_a_key_has_the_same_zone(self):
        keys = self.env["res.users.apikeys"].with_user(self.fm).sudo()
        key = keys._generate("rpc", "a key", datetime.now() + timedelta(days=1))
        person = self.fm.partner_id
        for mine, the_companys in product((False, "Asia/Kathmandu"), (False, TONGA)):
            with self.subTest(mine=mine, the_companys=the_companys):
                person.tz = mine
                self.company.partner_id.tz = the_companys
                self.env.flush_all()
                [(*_known, name, _nobody_closed)] = keys._valid_keys(key)
                self.assertEqual(name, zone_of(self.meetings(self.fm).env).zone)

    def test_overdue_and_due_are_the_same_in_form_search_and_figures(self):
        for name in ZONES:
            for hour in range(0, 24, 3):
                moment = datetime(2026, 3, 10, hour, 40)
                self.company.partner_id.tz = name
                with self.subTest(zone=name, hour=hour), freeze_time(moment):
                    meeting = self.record(meeting_date=date(2026, 3, 1))
                    self._check_dues(meeting)
                    meeting.unlink()

    def _check_dues(self, meeting):
        meetings = self.meetings(self.fm)
        for offset, overdue, due in ((-1, True, False), (0, False, True)):
            day = today(meetings) + timedelta(days=offset)
            self.env.cr.execute(
                "UPDATE intervention_meeting SET follow_up_date = %s WHERE id = %s",
                [day, meeting.id],
            )
            self.env.invalidate_all()
            self.assertEqual((meeting.is_overdue, meeting.is_due_today), (overdue, due))
            for name, found in (("is_overdue", overdue), ("is_due_today", due)):
                self.assertEqual(
                    meeting in meetings.search([(name, "=", True)]), found, name
                )
                self.assertNotEqual(
                    meeting in meetings.search([(name, "=", False)]), found, name
                )
            statistics = meetings.get_statistics()
            self.assertEqual(statistics["overdue_followups"], int(overdue))

    @freeze_time(MOMENT)
    def test_the_users_own_zone_comes_first_and_utc_last(self):
        self.fm.tz = "America/Los_Angeles"
        self.assertEqual(self._today(), TENTH)
        self.fm.tz = False
        self.assertEqual(self._today(), ELEVENTH)
        self.company.partner_id.tz = False
        if "resource_calendar_id" in self.company._fields:
            self.company.resource_calendar_id.tz = TONGA
            self.assertEqual(self._today(), ELEVENTH)
            self.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(self._today(), TENTH)

    @freeze_time(MOMENT)
    def test_a_zone_that_there_is_not_counts_as_none(self):
        for name in ("Nowhere/Town", "UTC+13", "../../etc/passwd", "", 13, ["UTC"]):
            with self.subTest(name):
                self.assertEqual(self._today(tz=name), ELEVENTH)
                statistics = self.meetings(self.fm).with_context(tz=name)
                self.assertTrue(statistics.get_statistics())
        self.assertEqual(self._today(tz="UTC"), TENTH)

    @freeze_time(MOMENT)
    def test_the_company_in_which_somebody_works_counts(self):
        other = self.env["res.company"].create({"name": "Other School"})
        other.partner_id.tz = "Pacific/Niue"
        self.fm.company_ids |= other
        context = {"allowed_company_ids": [other.id, self.company.id]}
        self.assertEqual(self._today(**context), TENTH)
        self.assertEqual(zone_of(self.env, self.fm, other).zone, other.partner_id.tz)

    @freeze_time(MOMENT)
    def test_a_follow_up_gets_its_activity_on_the_day_of_the_company(self):
        meeting = self.record(meeting_date=TENTH)
        self.env.cr.execute(
            "UPDATE intervention_meeting SET follow_up_date = %s WHERE id = %s",
            [ELEVENTH, meeting.id],
        )
        self.env.invalidate_all()
        meetings = self.env["intervention.meeting"]
        self.assertIn(meeting, meetings._due_follow_ups())
        self.company.partner_id.tz = False
        self.assertNotIn(meeting, meetings._due_follow_ups())
