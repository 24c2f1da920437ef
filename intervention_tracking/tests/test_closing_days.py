import json
from datetime import date, datetime, timedelta

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import FOLLOW_UP
from .digest_common import DigestCase

NEW_YORK = "America/New_York"


@tagged("standard", "post_install", "-at_install")
class TestClosingDays(DigestCase):
    """On a closing day there are no mails and nothing becomes overdue.

    The school is closed from Thursday, 2 April 2026, to Monday, 6 April.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Of the school", "tz": "UTC", "company_id": cls.company.id}
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.leaves = cls.env["resource.calendar.leaves"]
        cls.easter = cls._close(datetime(2026, 4, 2), datetime(2026, 4, 6, 23, 59, 59))

    @classmethod
    def _close(cls, start, stop, **vals):
        return cls.leaves.create(
            {
                "name": "Closed",
                "date_from": start,
                "date_to": stop,
                "calendar_id": cls.calendar.id,
                **vals,
            }
        )

    def _closed(self, first=date(2026, 3, 30), last=date(2026, 4, 8), company=None):
        company = company or self.company
        settings = self.env["intervention.settings"].with_user(self.fm)
        days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal()))
        return [day.day for day in days if settings._is_closed(company, day)]

    def _case(self, day, user=None, **vals):
        """Return a case with a follow-up on a day of April 2026."""
        with freeze_time("2026-03-26 12:00:00"):
            return self.record(
                user,
                **{
                    "meeting_date": date(2026, 3, 26),
                    "follow_up_date": date(2026, 4, day),
                    **vals,
                },
            )

    def _overdue(self, meetings, day, user=None):
        """Return which are overdue on a day of April; all doors say the same."""
        with freeze_time(f"2026-04-{day:02} 12:00:00"):
            self.env.invalidate_all()
            meetings = meetings.with_user(user or self.fm)
            shown = meetings.filtered("is_overdue")
            self.assertEqual(
                meetings.search([("is_overdue", "=", True)]) & meetings, shown
            )
            self.assertEqual(
                meetings.search([("is_overdue", "!=", True)]) & meetings,
                meetings - shown,
            )
            self.assertEqual(meetings.get_statistics()["overdue_followups"], len(shown))
            _exists, _count, rows = meetings._list_json(
                [("id", "in", meetings.ids)], 80, 0
            )
            self.assertEqual(
                {row["id"] for row in json.loads(rows) if row["is_overdue"]},
                set(shown.ids),
            )
            return shown

    # --- which days they are ---

    def test_they_are_those_of_the_companys_working_hours(self):
        self.assertEqual(self._closed(), [2, 3, 4, 5, 6])
        self.easter.calendar_id = False
        self.assertEqual(self._closed(), [2, 3, 4, 5, 6])
        self.easter.calendar_id = self.calendar.copy()
        self.assertEqual(self._closed(), [])

    def test_who_calls_by_a_key_knows_when_nobody_is_closed(self):
        settings = self.env["intervention.settings"].with_user(self.fm)
        now = self.env.cr.now().replace(microsecond=0)
        days = [now.date() + timedelta(days=offset) for offset in (-1, 0, 1)]
        known = set()
        for offset in range(-9, 10):
            begin = now + timedelta(days=offset)
            self.easter.write(
                {"date_from": begin, "date_to": begin + timedelta(days=2)}
            )
            self.env.flush_all()
            query = SQL("SELECT %s", settings._nobody_closed_sql())
            [(nobody,)] = self.env.execute_query(query)
            known.add(nobody)
            # In whichever time zone: it is never said where somebody is closed.
            closed = any(settings._last_open_days(day) for day in days)
            self.assertFalse(nobody and closed, offset)
        self.assertEqual(known, {True, False})

    def test_those_of_another_company_close_nothing_here(self):
        other = self.env["res.company"].create({"name": "School B"})
        self.assertEqual(self._closed(company=other), [])
        self.company.resource_calendar_id = False
        self.assertEqual(self._closed(), [])

    def test_school_days_are_the_weekdays_of_the_working_hours_without_them(self):
        settings = self.env["intervention.settings"].with_user(self.fm)

        def open_days(first, last):
            days = settings._open_days(self.company, first, last)
            return sorted(day.day for day in days)

        of_easter = (date(2026, 4, 1), date(2026, 4, 12))
        self.assertEqual(open_days(*of_easter), [1, 7, 8, 9, 10])
        # Sunday to Thursday.
        hours = self.calendar.attendance_ids
        hours.filtered(lambda each: each.dayofweek == "4").dayofweek = "6"
        self.assertEqual(open_days(*of_easter), [1, 7, 8, 9, 12])
        self.company.resource_calendar_id = False
        self.assertEqual(open_days(*of_easter), [1, 2, 3, 6, 7, 8, 9, 10])
        self.assertEqual(open_days(date(2026, 4, 4), date(2026, 4, 5)), [])

    def test_somebodys_own_leave_and_other_entries_close_nothing(self):
        self.easter.time_type = "other"
        self.assertEqual(self._closed(), [])
        self.easter.time_type = "leave"
        self.easter.resource_id = self.env["resource.resource"].create(
            {"name": "Somebody", "calendar_id": self.calendar.id}
        )
        self.assertEqual(self._closed(), [])

    def test_a_day_with_some_hours_of_work_is_open(self):
        self._close(datetime(2026, 4, 7), datetime(2026, 4, 7, 12))
        self.assertEqual(self._closed(), [2, 3, 4, 5, 6])
        self._close(datetime(2026, 4, 7, 12), datetime(2026, 4, 7, 23, 59, 59))
        self.assertEqual(self._closed(), [2, 3, 4, 5, 6, 7])

    def test_the_days_are_those_of_the_calendars_time_zone(self):
        self.calendar.tz = NEW_YORK
        self.easter.write(
            {
                "date_from": datetime(2026, 4, 2, 4),
                "date_to": datetime(2026, 4, 7, 3, 59, 59),
            }
        )
        self.assertEqual(self._closed(), [2, 3, 4, 5, 6])

    # --- what does not happen on them ---

    def test_nothing_becomes_overdue_on_them(self):
        before, wednesday, friday, monday, after = cases = self.env[
            "intervention.meeting"
        ].union(
            *(
                self._case(day, root_cause=cause)
                for day, cause in zip(
                    (1, 1, 3, 6, 7),
                    ("health", "family", "academic", "other", "financial"),
                    strict=True,
                )
            )
        )
        with freeze_time("2026-03-30 12:00:00"):
            before.with_user(self.fm).follow_up_date = date(2026, 3, 31)
        self.assertEqual(self._overdue(cases, 1), before)
        for day in range(2, 7):
            self.assertEqual(self._overdue(cases, day), before)
        self.assertEqual(self._overdue(cases, 7), before | wednesday | friday | monday)
        self.assertEqual(self._overdue(cases, 8), cases)
        self.assertEqual(after, cases[4])

    def test_another_school_goes_on(self):
        other = self.env["res.company"].create({"name": "School B"})
        self.boss.company_ids |= other
        student = self._new_student("Bo Test", company_id=other.id)
        here = self._case(1)
        there = self._case(1, self.boss, student_id=student.id, company_id=other.id)
        boss = here.with_user(self.boss).with_context(
            allowed_company_ids=(self.company | other).ids
        )
        with freeze_time("2026-04-03 12:00:00"):
            cases = boss | there.with_env(boss.env)
            self.assertEqual(cases.filtered("is_overdue"), there)
            self.assertEqual(
                boss.search([("is_overdue", "=", True), ("id", "in", cases.ids)]), there
            )

    def test_no_mail_is_made_on_them(self):
        self._case(1)
        for day in range(1, 8):
            with freeze_time(f"2026-04-{day:02} 12:00:00"):
                self.run_cron()
        self.assertEqual([digest.date.day for digest in self.digests()], [7, 1])
        administrator = self.digests(self.boss, "administrator")
        self.assertEqual([digest.date.day for digest in administrator], [7, 1])

    def test_administrators_are_told_by_the_days_that_nothing_stood_still(self):
        self._case(1)
        self.settings.overdue_days = 4
        for day, count in ((7, 0), (10, 0), (12, 1)):
            digest = self.env["intervention.digest"].new(
                {
                    "user_id": self.boss.id,
                    "company_id": self.company.id,
                    "date": date(2026, 4, day),
                    "kind": "administrator",
                }
            )
            with self.subTest(day), freeze_time(f"2026-04-{day:02} 12:00:00"):
                self.assertEqual(digest._content()["count"], count)

    def test_no_activity_is_made_on_them(self):
        meeting = self._case(3)
        cron = self.env.ref("intervention_tracking.ir_cron_schedule_follow_ups")
        for day, made in ((3, 0), (6, 0), (7, 1), (8, 1)):
            with (
                freeze_time(f"2026-04-{day:02} 12:00:00"),
                self.enter_registry_test_mode(),
            ):
                cron.method_direct_trigger()
            self.assertEqual(len(self.activities(meeting, FOLLOW_UP)), made)
