from datetime import timedelta

from odoo.tests import Form, freeze_time, tagged

from .common import InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestHappenedOn(InterventionCase):
    """An update says on which day it happened, and when it was entered."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(meeting_date=self.day(-20))

    def days(self, meeting=None):
        return (meeting or self.meeting).progress_ids.mapped("happened_on")

    def test_it_is_today_unless_told(self):
        for value in (None, False, ""):
            with self.subTest(value=value):
                update = self.add_update(self.meeting, happened_on=value)
                self.assertEqual(update.happened_on, self.day(0))
        update = self.env["intervention.progress"].create(
            {"meeting_id": self.meeting.id, "update_text": "Note"}
        )
        self.assertEqual(update.happened_on, self.day(0))

    def test_the_history_goes_by_it_and_keeps_the_time_of_entry(self):
        for ago in (3, 12, 0, 20):
            self.add_update(self.meeting, f"{ago} ago", happened_on=self.day(-ago))
        self.env.invalidate_all()
        self.assertEqual(self.days(), [self.day(-ago) for ago in (0, 3, 12, 20)])
        for update in self.meeting.progress_ids:
            self.assertEqual(update.create_date.date(), self.env.cr.now().date())

    def test_of_one_day_what_was_entered_last_is_newest(self):
        first, second = (
            self.add_update(self.meeting, text, happened_on=self.day(-2))
            for text in ("First", "Second")
        )
        self.env.invalidate_all()
        self.assertEqual(self.meeting.progress_ids.ids, [second.id, first.id])

    def test_it_is_neither_before_the_meeting_nor_in_the_future(self):
        progress = self.env["intervention.progress"].with_user(self.fm)
        for value in (
            self.day(-21),
            self.day(1),
            self.day(400),
            "0026-03-02",
            "9999-12-31",
            "31.12.2025",
            "yesterday",
            7,
            ["2026-01-01"],
        ):
            with self.subTest(value=value):
                with self.assertRefused("happened_on"):
                    self.add_update(self.meeting, happened_on=value)
                with self.assertRefused("happened_on"):
                    self.add_update(
                        self.meeting, status="monitoring", happened_on=value
                    )
                with self.assertRefused("happened_on"):
                    progress.create(
                        {
                            "meeting_id": self.meeting.id,
                            "update_text": "Note",
                            "happened_on": value,
                        }
                    )
        self.assertEqual(self.meeting.status, "open")
        self.assertFalse(self.meeting.progress_ids)

    def test_today_is_that_of_the_user(self):
        with freeze_time("2026-03-02 12:00:00"):
            self.fm.tz = "Pacific/Tongatapu"
            meeting = self.record(meeting_date="2026-03-03", root_cause="family")
            self.boss.tz = "UTC"
            mine = self.add_update(meeting, "Note")
            # Where the administrator is, the day of the meeting has not begun.
            theirs = self.add_update(meeting.with_user(self.boss), "Note")
        days = (mine + theirs).mapped("happened_on")
        self.assertEqual([str(day) for day in days], ["2026-03-03", "2026-03-03"])

    def test_a_change_of_status_has_it_too(self):
        update = self.add_update(
            self.meeting, status="monitoring", happened_on=self.day(-5)
        )
        self.assertEqual(update.happened_on, self.day(-5))
        self.assertTrue(update.is_status_change)
        self.meeting.write({"status": "improving"})
        self.env.invalidate_all()
        self.assertEqual(self.days(), [self.day(0), self.day(-5)])

    def test_what_is_returned_is_what_was_added(self):
        self.add_update(self.meeting, "Today")
        update = self.add_update(
            self.meeting, "Earlier", status="improving", happened_on=self.day(-9)
        )
        self.assertEqual(update.update_text, "Earlier")

    def test_a_case_is_closed_on_the_day_on_which_it_was(self):
        self.add_update(
            self.meeting,
            status="closed",
            resolution_notes="Solved",
            happened_on=self.day(-4),
        )
        self.assertEqual(self.meeting.closed_date, self.day(-4))
        row = self.env["intervention.report"].search(
            [("meeting_id", "=", self.meeting.id)]
        )
        self.assertEqual(row.closed_after, 16)

    def test_figures_go_by_it(self):
        self.add_update(self.meeting, happened_on=self.day(-15))
        self.add_update(self.meeting, happened_on=self.day(-18))
        row = self.env["intervention.report"].search(
            [("meeting_id", "=", self.meeting.id)]
        )
        self.assertEqual(row.first_update_after, 2)

    def test_the_meeting_is_not_moved_behind_it(self):
        update = self.add_update(self.meeting, happened_on=self.day(-10))
        with self.assertRefused("meeting_date"):
            self.meeting.write({"meeting_date": self.day(-9)})
        self.meeting.write({"meeting_date": self.day(-10)})
        # What is about another child is no reason.
        update.retract("Belongs to another student.")
        self.meeting.write({"meeting_date": self.day(-9)})

    def test_the_dialog_has_today_and_takes_another_day(self):
        form = Form(
            self.env["intervention.track"]
            .with_user(self.fm)
            .with_context(
                default_meeting_id=self.meeting.id, default_status=self.meeting.status
            )
        )
        self.assertEqual(form.happened_on, self.day(0))
        form.update_text = "Note"
        form.happened_on = self.day(0) - timedelta(days=3)
        form.save().action_add()
        self.assertEqual(self.days(), [self.day(-3)])

    def test_paper_goes_by_it_and_says_when_it_was_entered(self):
        self.add_update(self.meeting, "Aardvark-text", happened_on=self.day(-2))
        self.add_update(self.meeting, "Badger-text", happened_on=self.day(-7))
        wizard = self.env["intervention.print.history"].with_user(self.fm)
        wizard = wizard.create({"student_id": self.ada.id, "content": "narrative"})
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.fm)
            ._render("intervention_tracking.report_student_history", wizard.ids)
        )
        self.assertLess(html.index(b"Badger"), html.index(b"Aardvark"))
        self.assertIn(b"entered on", html)
