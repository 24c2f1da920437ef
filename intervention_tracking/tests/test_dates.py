from contextlib import contextmanager
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import InterventionCase

# In Auckland it is the 11th already (UTC+13), in Los Angeles it is the 10th (UTC-7).
TWO_DAYS_AT_ONCE = "2026-03-10 11:30:00"
TENTH = date(2026, 3, 10)
ELEVENTH = date(2026, 3, 11)
TWELFTH = date(2026, 3, 12)


@tagged("standard", "post_install", "-at_install")
class TestDates(InterventionCase):
    """Rules 2 and 3."""

    def test_a_meeting_of_today_is_recorded(self):
        self.assertEqual(
            self.record(meeting_date=self.day(0)).meeting_date, self.day(0)
        )

    def test_a_meeting_of_last_year_is_recorded(self):
        self.assertTrue(self.record(meeting_date=self.day(-365)))

    def test_a_meeting_of_tomorrow_is_refused(self):
        with self.assertRefused("meeting_date"):
            self.record(meeting_date=self.day(1))

    def test_a_meeting_can_not_be_moved_to_tomorrow(self):
        meeting = self.record()
        with self.assertRefused("meeting_date"):
            meeting.write({"meeting_date": self.day(1)})

    def test_a_meeting_may_be_moved_to_an_earlier_day(self):
        meeting = self.record()
        meeting.write({"meeting_date": self.day(-2)})
        self.assertEqual(meeting.meeting_date, self.day(-2))

    def test_a_follow_up_of_today_or_earlier_is_refused(self):
        meeting = self.record(meeting_date=self.day(-5))
        for offset in (0, -1):
            with self.subTest(offset=offset):
                with self.assertRefused("follow_up_date"):
                    self.record(follow_up_date=self.day(offset), root_cause="other")
                with self.assertRefused("follow_up_date"):
                    meeting.write({"follow_up_date": self.day(offset)})

    def test_a_follow_up_of_tomorrow_is_accepted_when_created(self):
        meeting = self.record(follow_up_date=self.day(1))
        self.assertEqual(meeting.follow_up_date, self.day(1))

    def test_a_follow_up_of_tomorrow_is_accepted_when_changed(self):
        meeting = self.record()
        meeting.write({"follow_up_date": self.day(1)})
        self.assertEqual(meeting.follow_up_date, self.day(1))

    def test_a_follow_up_date_may_be_removed(self):
        meeting = self.record(follow_up_date=self.day(1))
        meeting.write({"follow_up_date": False})
        self.assertFalse(meeting.follow_up_date)

    def test_an_overdue_meeting_is_saved_with_its_date_unchanged(self):
        meeting = self.overdue()
        old = meeting.follow_up_date
        meeting.write({"follow_up_date": old.isoformat(), "action_plan": "New plan"})
        self.assertRecordValues(
            meeting, [{"follow_up_date": old, "action_plan": "New plan"}]
        )

    def test_an_overdue_meeting_can_not_get_another_past_date(self):
        meeting = self.overdue()
        with self.assertRefused("follow_up_date"):
            meeting.write({"follow_up_date": self.day(0)})

    def test_an_overdue_meeting_gets_a_new_date(self):
        meeting = self.overdue()
        meeting.write({"follow_up_date": self.day(4)})
        self.assertEqual(meeting.follow_up_date, self.day(4))

    def test_the_meeting_can_not_be_moved_behind_the_follow_up(self):
        meeting = self.overdue()
        with self.assertRefused("meeting_date"):
            meeting.write({"meeting_date": self.day(0)})

    def test_meeting_and_follow_up_are_moved_together(self):
        meeting = self.overdue()
        meeting.write({"meeting_date": self.day(0), "follow_up_date": self.day(2)})
        self.assertEqual(meeting.meeting_date, self.day(0))

    def test_the_meeting_is_moved_when_the_follow_up_is_removed(self):
        meeting = self.overdue()
        meeting.write({"meeting_date": self.day(0), "follow_up_date": False})
        self.assertEqual(meeting.meeting_date, self.day(0))

    @freeze_time(TWO_DAYS_AT_ONCE)
    def test_today_is_the_day_of_the_user_in_the_east(self):
        self.fm.tz = "Pacific/Auckland"
        self.assertEqual(self.record(meeting_date=ELEVENTH).meeting_date, ELEVENTH)

    @freeze_time(TWO_DAYS_AT_ONCE)
    def test_today_is_the_day_of_the_user_in_the_west(self):
        self.fm.tz = "America/Los_Angeles"
        with self.assertRefused("meeting_date"):
            self.record(meeting_date=ELEVENTH)

    @freeze_time(TWO_DAYS_AT_ONCE)
    def test_the_default_is_the_day_of_the_user(self):
        vals = self.vals()
        del vals["meeting_date"]
        self.fm.tz = "Pacific/Auckland"
        self.fm2.tz = "America/Los_Angeles"
        for user, day in ((self.fm, ELEVENTH), (self.fm2, TENTH)):
            with self.subTest(user.tz):
                meeting = self.meetings(user).create(vals)
                self.assertEqual(meeting.meeting_date, day)
                meeting.unlink()

    @freeze_time(TWO_DAYS_AT_ONCE)
    def test_a_follow_up_is_after_the_day_of_the_user(self):
        self.fm.tz = "Pacific/Auckland"
        with self.assertRefused("follow_up_date"):
            self.record(meeting_date=TENTH, follow_up_date=ELEVENTH)
        self.assertTrue(self.record(meeting_date=TENTH, follow_up_date=TWELFTH))
        self.fm2.tz = "America/Los_Angeles"
        self.assertTrue(
            self.record(
                self.fm2,
                meeting_date=TENTH,
                follow_up_date=ELEVENTH,
                root_cause="other",
            )
        )

    @freeze_time(TWO_DAYS_AT_ONCE)
    def test_closing_takes_the_day_of_the_user(self):
        self.fm.tz = "Pacific/Auckland"
        self.fm2.tz = "America/Los_Angeles"
        for user, day in ((self.fm, ELEVENTH), (self.fm2, TENTH)):
            with self.subTest(user.tz):
                meeting = self.in_status("closed", user, meeting_date=TENTH)
                self.assertEqual(meeting.closed_date, day)


@tagged("standard", "post_install", "-at_install")
class TestPlausibleDays(InterventionCase):
    """A mistyped year is refused, whichever way it comes."""

    MET = ("0026-03-02", "0202-03-02", "1926-03-02", "1999-12-31", "2206-03-02")
    DUE = ("0026-12-01", "2206-12-01", "2062-12-01", "9999-12-31")

    @contextmanager
    def assertYearRefused(self, day, name):
        with self.subTest(day), self.assertRefused(name) as caught:
            yield
        [message] = caught.exception.problems[name]
        self.assertIn(f" {day[:4]}. ", message)

    def test_a_meeting_in_an_impossible_year_is_refused(self):
        meeting = self.record()
        for user in (self.fm, self.boss):
            for day in self.MET:
                with self.assertYearRefused(day, "meeting_date"):
                    self.record(user, meeting_date=day, root_cause="other")
                with self.assertYearRefused(day, "meeting_date"):
                    meeting.with_user(user).write({"meeting_date": day})

    def test_a_follow_up_in_an_impossible_year_is_refused(self):
        meeting = self.record()
        tracks = self.env["intervention.track"].with_user(self.fm)
        for day in self.DUE:
            with self.assertYearRefused(day, "follow_up_date"):
                self.record(follow_up_date=day, root_cause="other")
            with self.assertYearRefused(day, "follow_up_date"):
                meeting.write({"follow_up_date": day})
            with self.assertYearRefused(day, "follow_up_date"):
                meeting.add_progress("Came.", follow_up_date=day)
            track = tracks.create(
                {
                    "meeting_id": meeting.id,
                    "status": "open",
                    "update_text": "Came.",
                    "follow_up_date": day,
                }
            )
            with self.assertYearRefused(day, "follow_up_date"):
                track.action_add()

    def test_a_contact_in_an_impossible_year_is_refused(self):
        vals = {
            "meeting_id": self.record().id,
            "other_person": "Aunt",
            "channel": "phone",
            "outcome": "reached",
        }
        contacts = self.env["intervention.contact"].with_user(self.fm)
        for day in ("0026-03-02", "1926-03-02", "2206-03-02"):
            with self.assertYearRefused(day, "contact_date"):
                contacts.create({**vals, "contact_date": day})

    def test_a_row_of_an_import_is_refused_with_the_same_sentence(self):
        vals = self.vals(meeting_date="0026-03-02", student_id=self.ada.display_name)
        result = self.meetings(self.fm).load(list(vals), [list(vals.values())])
        self.assertFalse(result["ids"])
        self.assertIn("0026", result["messages"][0]["message"])

    def test_the_bounds_are_those_of_the_settings(self):
        settings = self.settings_without_contact()
        back = self.day(0) - relativedelta(years=5)
        ahead = self.day(0) + relativedelta(years=1)
        self.assertTrue(self.record(meeting_date=back, follow_up_date=ahead))
        too_early, too_late = back - timedelta(days=1), ahead + timedelta(days=1)
        with self.assertRefused("meeting_date", "follow_up_date"):
            self.record(
                meeting_date=too_early, follow_up_date=too_late, root_cause="other"
            )
        settings.write({"years_back": 6, "years_ahead": 2})
        self.assertTrue(
            self.record(
                meeting_date=too_early, follow_up_date=too_late, root_cause="other"
            )
        )

    def test_what_was_recorded_before_can_be_edited_in_all_else(self):
        meeting = self.record()
        self.make_older(meeting, 365 * 200)
        old = meeting.meeting_date
        meeting.write({"action_plan": "New plan", "meeting_date": old})
        self.add_update(meeting)
        self.assertRecordValues(
            meeting, [{"meeting_date": old, "action_plan": "New plan"}]
        )
        meeting.write({"meeting_date": self.day(-3)})
        self.assertEqual(meeting.meeting_date, self.day(-3))

    def test_the_bounds_themselves_are_sensible(self):
        settings = self.settings_without_contact()
        for vals in ({"years_back": 0}, {"years_back": 51}, {"years_ahead": 0}):
            with (
                self.subTest(vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                settings.write(vals)
                settings.flush_recordset()
            settings.invalidate_recordset()
