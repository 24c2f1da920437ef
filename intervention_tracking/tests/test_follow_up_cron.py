from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import FOLLOW_UP, RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestFollowUpCron(InterventionCase):
    """The reminders of follow-ups that are due."""

    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("intervention_tracking.ir_cron_schedule_follow_ups")
        # Each removed activity is logged.
        logger = mute_logger("odoo.models.unlink")
        logger.__enter__()
        self.addCleanup(logger.__exit__, None, None, None)

    def _run(self):
        self.flush_tracking()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def _due(self, user=None, **vals):
        """Return a meeting whose follow-up is due today."""
        meeting = self.record(user, **{"follow_up_date": self.day(2), **vals})
        self.make_older(meeting, 2)
        return meeting

    def _reminders(self, meeting):
        return self.activities(meeting, FOLLOW_UP)

    def test_the_cron_is_active(self):
        self.assertTrue(self.cron.active)

    def test_a_due_follow_up_gets_an_activity_for_its_owner(self):
        meeting = self._due()
        self._run()
        self.assertRecordValues(
            self._reminders(meeting),
            [
                {
                    "user_id": self.fm.id,
                    "date_deadline": meeting.follow_up_date,
                    "automated": True,
                }
            ],
        )

    def test_an_owner_who_sees_no_cases_any_more_holds_up_nobody(self):
        former = self._due(user=self.fm2, student_id=self.ben.id)
        meeting = self._due()
        self.fm2.group_ids = self.env.ref("base.group_user")
        self._run()
        self.assertEqual(self._reminders(meeting).user_id, self.fm)
        self.assertNotIn(self.fm2.partner_id, former.sudo().message_partner_ids)

    def test_the_activity_says_what_to_do_in_the_language_of_its_owner(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref(FOLLOW_UP).with_context(lang="fr_FR").summary = "Faire le point"
        self.fm2.lang = "fr_FR"
        english = self._due()
        french = self._due(user=self.fm2, student_id=self.ben.id)
        self._run()
        self.assertEqual(self._reminders(english).summary, "See how it goes")
        self.assertEqual(self._reminders(french).summary, "Faire le point")

    def test_the_activity_says_that_the_case_stays_overdue_without_a_date(self):
        meeting = self.overdue()
        self._run()
        self.assertIn("stays overdue", self._reminders(meeting).note)
        self._reminders(meeting).with_user(self.fm).action_feedback("Spoke with her")
        self.assertTrue(meeting.is_overdue)
        self.add_update(meeting, follow_up_date=self.day(7))
        self.assertFalse(meeting.is_overdue)

    def test_an_overdue_follow_up_gets_an_activity(self):
        meeting = self.overdue()
        self._run()
        self.assertEqual(len(self._reminders(meeting)), 1)

    def test_a_later_follow_up_gets_none(self):
        later = self.record(follow_up_date=self.day(1))
        without = self.record(root_cause="other")
        self._run()
        self.assertFalse(self._reminders(later | without))

    def test_a_second_run_makes_no_second_activity(self):
        meeting = self._due()
        self._run()
        self._run()
        self.assertEqual(len(self._reminders(meeting)), 1)

    def test_an_activity_marked_done_is_not_made_again(self):
        meeting = self._due()
        self._run()
        self._reminders(meeting).with_user(self.fm).action_done()
        self._run()
        self.assertFalse(self._reminders(meeting))

    def test_a_closed_or_archived_meeting_gets_none(self):
        closed = self._due()
        closed.write({"status": "closed", "resolution_notes": RESOLUTION})
        archived = self._due(root_cause="other")
        archived.unlink()
        self._run()
        self.assertFalse(self._reminders(closed | archived))

    def test_an_owner_who_left_gets_none(self):
        meeting = self._due(self.fm2)
        self.fm2.active = False
        self._run()
        self.assertFalse(self._reminders(meeting))

    def test_a_moved_date_clears_the_activity(self):
        meeting = self._due()
        self._run()
        meeting.write({"follow_up_date": self.day(5)})
        self.assertFalse(self._reminders(meeting))

    def test_a_removed_date_clears_the_activity(self):
        meeting = self._due()
        self._run()
        meeting.write({"follow_up_date": False})
        self.assertFalse(self._reminders(meeting))

    def test_a_moved_date_gets_its_own_activity_when_due(self):
        meeting = self._due()
        self._run()
        meeting.write({"follow_up_date": self.day(5)})
        self._run()
        self.assertFalse(self._reminders(meeting))
        self.make_older(meeting, 5)
        self._run()
        self.assertEqual(self._reminders(meeting).date_deadline, meeting.follow_up_date)

    def test_saving_the_same_date_keeps_the_activity(self):
        meeting = self._due()
        self._run()
        before = self._reminders(meeting)
        meeting.write({"follow_up_date": meeting.follow_up_date, "action_plan": "New"})
        self._run()
        self.assertEqual(self._reminders(meeting), before)

    def test_a_change_of_status_clears_the_activity(self):
        for status in ("improving", "escalated", "closed"):
            with self.subTest(status):
                student = self._new_student(status)
                meeting = self._due(student_id=student.id)
                self._run()
                meeting.write({"status": status, "resolution_notes": RESOLUTION})
                self.assertFalse(self._reminders(meeting))

    def test_archiving_clears_the_activity(self):
        meeting = self._due()
        self._run()
        meeting.unlink()
        self.assertFalse(self._reminders(meeting))

    def test_a_note_keeps_the_activity(self):
        meeting = self._due()
        self._run()
        self.add_update(meeting)
        self.assertEqual(len(self._reminders(meeting)), 1)

    def test_batches_reach_every_meeting(self):
        causes = ("health", "family", "other", "academic")
        meetings = self.env["intervention.meeting"].union(
            *(self._due(root_cause=cause) for cause in causes)
        )
        self.cron.code = "model._cron_schedule_follow_ups(batch_size=1)"
        self._run()
        self.assertEqual(
            sorted(self._reminders(meetings).mapped("res_id")), sorted(meetings.ids)
        )

    def test_no_mail_is_sent(self):
        self.fm.notification_type = "email"
        meeting = self._due()
        last = self.env["mail.message"].search([], limit=1, order="id desc").id
        self.flush_tracking()
        with self.mock_mail_gateway():
            self._run()
        self.assertTrue(self._reminders(meeting))
        self.assertFalse(self._new_mails)
        self.assertFalse(self.env["mail.message"].search([("id", ">", last)]))

    def test_the_day_of_the_follow_up_is_said_by_the_case(self):
        meeting = self._due()
        self._run()
        reminder = self._reminders(meeting)
        for user in (self.fm, self.boss):
            activity = reminder.with_user(user)
            for move in (
                activity.action_reschedule_tomorrow,
                lambda activity=activity: activity.write(
                    {"date_deadline": self.day(9)}
                ),
                lambda user=user: meeting.with_user(user).activity_schedule(
                    FOLLOW_UP, self.day(3), user_id=self.fm.id
                ),
            ):
                with (
                    self.assertRaisesRegex(ValidationError, "date of the case"),
                    self.env.cr.savepoint(),
                ):
                    move()
        self.assertEqual(reminder.date_deadline, meeting.follow_up_date)
        reminder.with_user(self.fm).write({"summary": "Call", "note": "Today"})
        reminder.with_user(self.fm).action_feedback("Done")

    def test_other_activities_have_days_of_their_own(self):
        meeting = self._due()
        activity = meeting.activity_schedule(
            "mail.mail_activity_data_todo", self.day(3), user_id=self.fm.id
        )
        activity.with_user(self.fm).date_deadline = self.day(4)

    def test_the_activity_has_no_narrative(self):
        meeting = self._due()
        self._run()
        activity = self._reminders(meeting)
        self.assertDiscreet(f"{activity.res_name} {activity.summary} {activity.note}")

    def test_the_meeting_itself_is_not_changed(self):
        meeting = self._due()
        self.env.cr.execute(
            "UPDATE intervention_meeting SET write_date = '2026-01-02' WHERE id = %s",
            [meeting.id],
        )
        meeting.invalidate_recordset()
        self._run()
        self.assertTrue(self._reminders(meeting))
        self.assertEqual(meeting.write_date.date(), date(2026, 1, 2))

    def _run_at(self, utc):
        with freeze_time(utc):
            self._run()

    def test_an_activity_is_made_on_the_day_of_the_owner(self):
        self.fm.tz = "Pacific/Auckland"
        self.fm2.tz = "America/Los_Angeles"
        with freeze_time("2026-03-09 20:00:00"):
            east = self.record(
                meeting_date=date(2026, 3, 9), follow_up_date=date(2026, 3, 11)
            )
            west = self.record(
                self.fm2,
                meeting_date=date(2026, 3, 9),
                follow_up_date=date(2026, 3, 11),
                root_cause="other",
            )
        self._run_at("2026-03-10 10:59:00")
        self.assertFalse(self._reminders(east | west))
        # The 11th has begun in Auckland.
        self._run_at("2026-03-10 11:01:00")
        self.assertTrue(self._reminders(east))
        self.assertFalse(self._reminders(west))
        self._run_at("2026-03-11 06:59:00")
        self.assertFalse(self._reminders(west))
        # And now in Los Angeles.
        self._run_at("2026-03-11 07:01:00")
        self.assertTrue(self._reminders(west))
        self.assertEqual(len(self._reminders(east)), 1)
