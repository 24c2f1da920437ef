import base64

from odoo import Command
from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import RESOLUTION, InterventionCase

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"


@tagged("standard", "post_install", "-at_install")
class TestToken(InterventionCase):
    """What a screen sends twice is made once."""

    def sending(self, user=None, token=TOKEN, **context):
        return self.meetings(user or self.fm).with_context(
            intervention_token=token, **context
        )

    def dialog(self, meeting, user=None, token=TOKEN):
        return (
            self.env["intervention.track"]
            .with_user(user or self.fm)
            .with_context(
                default_meeting_id=meeting.id,
                default_status=meeting.status,
                intervention_token=token,
            )
        )

    def track(self, meeting, user=None, token=TOKEN, **vals):
        """Fill in the dialog and press its button, as the web client does."""
        dialog = self.dialog(meeting, user, token)
        return dialog.add_update({"update_text": "Came on time.", **vals})

    def count(self):
        return self.env["intervention.meeting"].search_count(
            [("student_id", "=", self.ada.id)]
        )

    # --- a meeting ---

    def test_a_repeat_records_nothing_and_answers_as_the_first_did(self):
        first = self.sending().create(self.vals())
        second = self.sending().create(self.vals())
        self.assertEqual(first, second)
        self.assertEqual(self.count(), 1)

    def test_a_repeat_of_the_dialogs_own_call_answers_with_the_id(self):
        vals = {**self.vals(), "meeting_date": str(self.day(0))}
        first = self.sending().web_save(vals, {})
        self.assertEqual(self.sending().web_save(vals, {}), first)
        self.assertEqual(self.count(), 1)

    def test_an_administrators_repeat_for_a_form_master_records_nothing(self):
        vals = self.vals(form_master_id=self.fm2.id)
        first = self.sending(self.boss).create(vals)
        self.assertEqual(self.sending(self.boss).create(vals), first)
        self.assertEqual(first.form_master_id, self.fm2)
        self.assertEqual(self.count(), 1)

    def test_a_repeat_after_the_follow_up_date_finds_what_was_recorded(self):
        vals = self.vals(follow_up_date=self.day(1))
        meeting = self.sending().create(vals)
        with freeze_time(self.day(3)):
            self.assertEqual(self.sending().create(vals), meeting)

    def test_a_repeat_with_other_text_is_refused_and_says_what_there_is(self):
        meeting = self.sending().create(self.vals())
        with self.assertRaisesRegex(ValidationError, "earlier attempt") as caught:
            self.sending().create(self.vals(action_plan="Another plan"))
        self.assertEqual(caught.exception.context, {"intervention_made": meeting.id})
        self.assertNotIn("Another plan", str(caught.exception))

    def test_what_means_the_same_is_a_repeat(self):
        vals = self.vals(follow_up_date=self.day(7))
        meeting = self.sending().create(vals)
        again = {
            **dict(reversed(vals.items())),
            "action_plan": f"  {vals['action_plan']}\n",
            "follow_up_date": str(self.day(7)),
        }
        self.assertEqual(self.sending().create(again), meeting)
        self.assertEqual(self.count(), 1)

    def test_a_number_and_its_digits_are_the_same(self):
        once = self.env["intervention.idempotency"]._once
        for sent in ({"a": [12, " b "]}, {"a": ["12", "b"]}):
            self.assertEqual(once("key", sent, lambda: self.ada), self.ada)
        for sent in ({"a": [12, "c"]}, {"a": [True, "b"]}, {"a": 12}):
            with self.subTest(sent), self.assertRaises(ValidationError):
                once("key", sent, lambda: self.ada)

    def test_a_repeat_of_what_is_not_to_be_seen_any_more_is_refused(self):
        meeting = self.sending().create(self.vals())
        meeting.unlink()
        with self.assertRaisesRegex(MissingError, "can't see it any more"):
            self.sending().create(self.vals())

    def test_a_refused_meeting_leaves_its_token_free(self):
        with self.assertRefused("meeting_date"), self.env.cr.savepoint():
            self.sending().create(self.vals(meeting_date=self.day(1)))
        self.assertTrue(self.sending().create(self.vals()))

    def test_without_a_repeat_the_duplicate_is_refused_as_ever(self):
        self.sending().create(self.vals())
        with self.assertRefused("root_cause"):
            self.sending(token=OTHER).create(self.vals())

    def test_a_token_is_its_users_own(self):
        self.sending().create(self.vals())
        other = self.sending(self.fm2).create(self.vals(student_id=self.cy.id))
        self.assertEqual(other.form_master_id, self.fm2)
        self.assertEqual(other.student_id, self.cy)

    def test_a_colleague_learns_nothing_by_a_token(self):
        self.sending().create(self.vals())
        with self.assertRefused("root_cause"):
            self.sending(self.fm2).create(self.vals())

    def test_staff_and_portal_record_nothing_with_a_token(self):
        self.sending().create(self.vals())
        for user in (self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.sending(user).create(self.vals())

    def test_a_page_of_somebody_else_is_refused(self):
        with self.assertRaisesRegex(AccessError, "Somebody else has logged in"):
            self.sending(uid=self.fm2.id).create(self.vals())
        self.assertTrue(self.sending(uid=self.fm.id).create(self.vals()))

    def test_what_is_no_token_is_refused(self):
        for token in ("", "short", "x" * 65, "with blank s", "ünïcödé-ünïcödé", 7, {}):
            with self.subTest(token), self.assertRaises(ValidationError):
                self.sending(token=token).create(self.vals())

    def test_a_token_may_be_for_several_meetings(self):
        vals_list = [self.vals(), self.vals(student_id=self.ben.id)]
        meetings = self.sending().create(vals_list)
        self.assertEqual(len(meetings), 2)
        self.assertEqual(self.sending().create(vals_list), meetings)

    def test_the_entry_keeps_no_text(self):
        self.sending().create(self.vals())
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(i)::text FROM intervention_idempotency i")
        self.assertDiscreet(" ".join(row[0] for row in self.env.cr.fetchall()))

    def test_a_meeting_with_a_token_costs_two_statements_more(self):
        self.record(root_cause="other")
        self.env.flush_all()

        def statements(meetings, student, **vals):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            meetings.create(self.vals(student_id=student.id, **vals))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        for student in (self.ada, self.ben):
            plain = statements(self.meetings(self.fm), student, root_cause="family")
        for student, token in ((self.ada, TOKEN), (self.ben, OTHER)):
            with_token = statements(
                self.sending(token=token), student, root_cause="academic"
            )
        self.assertLessEqual(with_token, plain + 2)

    # --- a progress update ---

    def test_a_repeated_note_is_added_once(self):
        meeting = self.record()
        once = self.sending().browse(meeting.id)
        first = once.add_progress("Came on time.")
        self.assertEqual(once.add_progress("Came on time."), first)
        self.assertEqual(len(self.progress(meeting)), 1)

    def test_a_repeated_close_is_one_entry(self):
        meeting = self.record()
        once = self.sending().browse(meeting.id)
        first = once.add_progress("All is well.", "closed", RESOLUTION)
        self.assertEqual(once.add_progress("All is well.", "closed", RESOLUTION), first)
        self.assertEqual(len(self.progress(meeting)), 1)

    def test_a_repeat_with_another_note_is_refused(self):
        meeting = self.record()
        once = self.sending().browse(meeting.id)
        once.add_progress("Came on time.")
        with self.assertRaisesRegex(ValidationError, "earlier attempt"):
            once.add_progress("Came late.")

    def test_a_note_on_another_meeting_with_the_same_token_is_refused(self):
        one, two = self.record(), self.record(student_id=self.ben.id)
        self.sending().browse(one.id).add_progress("Came on time.")
        with self.assertRaisesRegex(ValidationError, "earlier attempt"):
            self.sending().browse(two.id).add_progress("Came on time.")

    def test_a_colleague_adds_no_note_with_a_token(self):
        meeting = self.record()
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.sending(user).browse(meeting.id).add_progress("Came on time.")

    # --- the dialog ---

    def test_the_dialog_sent_again_adds_one_update(self):
        meeting = self.record()
        for _attempt in range(2):
            action = self.track(meeting, status="improving")
            closing = {"type": "ir.actions.act_window_close"}
            self.assertEqual(action["params"]["next"], closing)
        [entry] = self.progress(meeting)
        self.assertEqual((entry.old_status, entry.new_status), ("open", "improving"))

    def test_the_dialog_that_closed_a_case_can_be_sent_again(self):
        meeting = self.record()
        for _attempt in range(2):
            action = self.track(meeting, status="closed", resolution_notes=RESOLUTION)
            self.assertEqual(action["params"]["message"], "The case was closed.")
        self.assertEqual(len(self.progress(meeting)), 1)
        self.assertEqual(meeting.status, "closed")

    def test_the_dialog_leaves_no_text_behind(self):
        meeting = self.record()
        for _attempt in range(2):
            self.track(meeting)
        self.assertFalse(self.env["intervention.track"].search([]))

    def test_the_dialog_with_another_text_is_refused(self):
        meeting = self.record()
        self.track(meeting)
        with self.assertRaisesRegex(ValidationError, "earlier attempt"):
            self.track(meeting, update_text="Came late.")
        self.track(meeting, update_text="Came late.", token=OTHER)
        self.assertEqual(len(self.progress(meeting)), 2)

    def test_the_dialog_of_an_administrator_works_as_well(self):
        meeting = self.record()
        for _attempt in range(2):
            self.track(meeting, self.boss)
        self.assertEqual(self.progress(meeting).create_uid, self.boss)

    def test_a_case_that_was_handed_over_takes_no_repeat(self):
        meeting = self.record()
        self.track(meeting)
        meeting.with_user(self.boss).write({"form_master_id": self.fm2.id})
        with self.assertRaises(AccessError):
            self.track(meeting)

    def test_one_call_and_saving_before_the_button_are_the_same(self):
        meeting = self.record()
        file = (
            self.env["intervention.file"]
            .with_user(self.fm)
            .create({"name": "Note.txt", "content": base64.b64encode(b"She came.")})
        )
        vals = {
            "update_text": " Came. ",
            "status": "improving",
            "file_ids": [Command.link(file.id)],
        }
        self.dialog(meeting).create(vals).action_add()
        self.dialog(meeting).add_update(vals)
        self.assertEqual(len(self.progress(meeting)), 1)
