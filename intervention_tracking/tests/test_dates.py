from datetime import date

from odoo.tests import freeze_time, tagged

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
