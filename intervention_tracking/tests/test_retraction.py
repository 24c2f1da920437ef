import psycopg2
from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InterventionCase
from .test_attachments import FileCase

SECRET = "Vicuna-text: about another child"
WHY = "Belongs to another student."


class RetractionCase(InterventionCase):
    def retractions(self, user, entry):
        return (
            self.env["intervention.retraction"]
            .with_user(user)
            .search([(entry._retraction_field, "=", entry.id)])
        )


@tagged("standard", "post_install", "-at_install")
class TestRetraction(RetractionCase):
    """A progress update that was put on the wrong case."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.update = self.add_update(self.meeting, SECRET)

    def test_its_text_is_hidden_and_who_when_and_why_is_told(self):
        self.assertTrue(self.update.retract(f"  {WHY} "))
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                update = self.update.with_user(user)
                self.assertTrue(update.is_retracted)
                self.assertFalse(update.update_text)
                self.assertIn(self.fm.name, update.retraction_note)
                self.assertIn(WHY, update.retraction_note)
                self.assertEqual(update.create_uid, self.fm)

    def test_no_door_of_the_orm_leads_to_its_text(self):
        other = self.add_update(self.meeting, "Aardvark-text")
        may_export = self.env.ref("base.group_allow_export")
        (self.fm | self.boss).write({"group_ids": [Command.link(may_export.id)]})
        self.update.retract(WHY)
        self.env.invalidate_all()
        for user in (self.fm, self.boss, self.env.user):
            updates = self.env["intervention.progress"].with_user(user)
            mine = [("meeting_id", "=", self.meeting.id)]
            with self.subTest(user.login):
                for operator, value in (
                    ("ilike", "Vicuna"),
                    ("=", SECRET),
                    ("=like", "V%"),
                    ("in", [SECRET]),
                    (">", "V"),
                ):
                    self.assertFalse(
                        updates.search([*mine, ("update_text", operator, value)])
                    )
                self.assertEqual(
                    self.meetings(user).search(
                        [("progress_ids.update_text", "ilike", "Vicuna")]
                    ),
                    self.meetings(user),
                )
                told = [
                    updates.search_read(mine),
                    updates._read_group(mine, ["update_text"], ["__count"]),
                    updates.formatted_read_group(
                        mine, ["update_text"], ["update_text:array_agg"]
                    ),
                    updates.search(mine).export_data(["update_text", "id"]),
                    updates.search(mine).web_read({"update_text": {}}),
                    self.meeting.with_user(user).get_student_history(self.ada.id),
                ]
                self.assertNotIn("Vicuna", str(told))
                self.assertIn("Aardvark", str(told))
        self.assertEqual(other.update_text, "Aardvark-text")

    def test_an_administrator_alone_is_shown_the_text(self):
        self.update.retract(WHY)
        self.assertEqual(self.retractions(self.boss, self.update).hidden_text, SECRET)
        action = self.update.with_user(self.boss).action_show_retraction()
        self.assertEqual(action["res_id"], self.retractions(self.boss, self.update).id)
        mine = self.retractions(self.fm, self.update)
        with self.assertRaises(AccessError):
            mine.read(["hidden_text"])
        self.assertNotIn("hidden_text", mine.fields_get())
        self.assertNotIn("Vicuna", str(mine.read()))

    def test_its_author_and_an_administrator_retract_it(self):
        by_boss = self.add_update(self.meeting.with_user(self.boss), SECRET)
        self.assertTrue(self.update.with_user(self.fm).can_retract)
        self.assertTrue(self.update.with_user(self.boss).can_retract)
        self.assertFalse(by_boss.with_user(self.fm).can_retract)
        for user in (self.fm, self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                by_boss.with_user(user).retract(WHY)
        self.update.with_user(self.boss).retract(WHY)
        self.assertEqual(self.retractions(self.fm, self.update).create_uid, self.boss)
        self.assertFalse(by_boss.is_retracted)

    def test_its_author_can_not_once_the_case_is_somebody_elses(self):
        self.meeting.with_user(self.boss).form_master_id = self.fm2
        for user in (self.fm, self.fm2):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.update.with_user(user).retract(WHY)

    def test_a_reason_is_needed(self):
        for reason in ("", "  \n ", None, False, 7, "a\x00b"):
            with self.subTest(reason), self.assertRefused("reason"):
                self.update.retract(reason)
        self.assertFalse(self.update.is_retracted)

    def test_it_is_retracted_once(self):
        self.update.retract(WHY)
        self.assertFalse(self.update.can_retract)
        with self.assertRefused("reason"):
            self.update.retract("Once more.")
        self.assertEqual(len(self.retractions(self.boss, self.update)), 1)

    def test_a_closed_case_loses_nothing_of_it(self):
        closed = self.in_status("closed", root_cause="family")
        update = self.add_update(closed, SECRET)
        update.retract(WHY)
        self.assertEqual(closed.status, "closed")
        self.assertFalse(update.update_text)

    def test_the_status_that_came_with_it_stands(self):
        update = self.add_update(self.meeting, SECRET, status="escalated")
        update.retract(WHY)
        self.assertEqual(self.meeting.status, "escalated")
        self.assertEqual(update.new_status, "escalated")

    def test_it_counts_nowhere(self):
        updates = self.update
        for text in ("Second", "Third"):
            updates |= self.add_update(self.meeting, text)
        self.assertEqual(self.meeting.progress_count, 3)
        self.assertTrue(self.meeting.lacks_improvement)
        self.update.retract(WHY)
        self.assertEqual(self.meeting.progress_count, 2)
        self.assertFalse(self.meeting.lacks_improvement)

    def test_an_improvement_of_another_child_is_none(self):
        self.add_update(self.meeting, "Second")
        better = self.add_update(self.meeting, SECRET, status="improving")
        self.add_update(self.meeting, "Third", status="open")
        self.assertFalse(self.meeting.lacks_improvement)
        better.retract(WHY)
        self.assertTrue(self.meeting.lacks_improvement)

    def test_figures_leave_it_out(self):
        report = self.env["intervention.report"].with_user(self.fm)
        row = report.search([("meeting_id", "=", self.meeting.id)])
        self.assertEqual(row.first_update_after, 0)
        self.update.retract(WHY)
        self.assertIs(row.first_update_after, False)

    def test_papers_leave_it_out(self):
        self.add_update(self.meeting, "Aardvark-text")
        self.meeting.write({"action_plan": SECRET})
        self.meeting.write({"action_plan": "Another plan"})
        self.update.retract(WHY)
        for change in self.meeting.change_ids:
            change.retract(WHY)
        wizard = self.env["intervention.print.history"].with_user(self.fm)
        wizard = wizard.create({"student_id": self.ada.id, "content": "narrative"})
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.fm)
            ._render("intervention_tracking.report_student_history", wizard.ids)
        )
        self.assertIn(b"Aardvark", html)
        self.assertNotIn(b"Vicuna", html)
        self.assertNotIn(WHY.encode(), html)

    def test_the_student_stays_as_with_any_update(self):
        self.update.retract(WHY)
        with self.assertRefused("student_id"):
            self.meeting.student_id = self.ben

    def test_it_is_as_permanent_as_the_update(self):
        self.update.retract(WHY)
        retraction = self.retractions(self.boss, self.update)
        for user in (self.fm, self.boss, self.env.user):
            mine = retraction.with_user(user)
            with self.subTest(user.login):
                for call in (
                    lambda mine=mine: mine.write({"reason": "x"}),
                    lambda mine=mine: mine.unlink(),
                    lambda mine=mine: mine.sudo().write({"reason": "x"}),
                    lambda mine=mine: mine.sudo().unlink(),
                ):
                    self.assertRaises(AccessError, call)
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRaises(AccessError):
                retraction.with_user(user).create(
                    {
                        "meeting_id": self.meeting.id,
                        "progress_id": self.update.id,
                        "reason": WHY,
                    }
                )
        self.env.flush_all()
        for statement in (
            "UPDATE intervention_retraction SET reason = 'x'",
            "DELETE FROM intervention_retraction",
            "UPDATE intervention_progress SET update_text = 'x'",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_who_sees_the_case_sees_its_retractions(self):
        self.update.retract(WHY)
        entry = self.update
        for user, expected in ((self.fm, 1), (self.fm2, 0), (self.boss, 1)):
            with self.subTest(user.login):
                self.assertEqual(len(self.retractions(user, entry)), expected)
        for user in (self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.retractions(user, entry)

    def test_the_dialog_retracts_and_keeps_no_reason(self):
        action = self.update.action_retract()
        wizards = self.env["intervention.retract"].with_user(self.fm)
        wizard = wizards.with_context(**action["context"]).create({"reason": WHY})
        wizard.action_retract()
        self.assertTrue(self.update.is_retracted)
        self.assertFalse(wizard.exists())

    def test_the_dialog_is_no_way_around_the_rights(self):
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intervention.retract"].with_user(user).create(
                    {"progress_id": self.update.id, "reason": WHY}
                ).action_retract()
        self.assertFalse(self.update.is_retracted)

    def test_many_at_once_or_none(self):
        more = self.add_update(self.meeting, "Second")
        more.retract(WHY)
        with self.assertRaises(ValidationError):
            (self.update | more).retract(WHY)
        self.assertFalse(self.update.is_retracted)


@tagged("standard", "post_install", "-at_install")
class TestRetractedChange(RetractionCase):
    """An old value about the wrong child in the history of changes."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(intervention_notes=SECRET)
        self.meeting.write({"intervention_notes": "Right notes"})
        self.change = self.meeting.change_ids

    def test_both_values_are_hidden(self):
        self.change.retract(WHY)
        self.env.invalidate_all()
        for user in (self.fm, self.boss):
            changes = self.env["intervention.change"].with_user(user)
            with self.subTest(user.login):
                self.assertFalse(changes.search([("old_value", "ilike", "Vicuna")]))
                [values] = changes.browse(self.change.id).read()
                self.assertNotIn("Vicuna", str(values))
                self.assertNotIn("Right", str(values))
                self.assertIn(WHY, values["retraction_note"])
                self.assertTrue(values["field_label"])
        hidden = self.retractions(self.boss, self.change).hidden_text
        self.assertIn(SECRET, hidden)
        self.assertIn("Right notes", hidden)
        self.assertEqual(self.meeting.intervention_notes, "Right notes")

    def test_the_name_of_a_wrong_student_is_hidden(self):
        meeting = self.record(root_cause="family")
        meeting.student_id = self.ben
        change = meeting.change_ids
        self.assertIn(self.ada.name, change.old_text)
        change.retract(WHY)
        self.assertFalse(change.old_text)
        self.assertIn(self.ada.name, self.retractions(self.boss, change).hidden_text)

    def test_what_figures_and_administrators_go_by_stays(self):
        self.meeting.write({"follow_up_date": self.day(3)})
        change = self.meeting.change_ids.filtered(
            lambda each: each.field_name == "follow_up_date"
        )
        self.assertFalse(change.can_retract)
        with self.assertRefused("reason"):
            change.with_user(self.boss).retract(WHY)

    def test_who_did_not_make_it_can_not_retract_it(self):
        self.meeting.with_user(self.boss).write({"action_plan": "New plan"})
        change = self.meeting.change_ids.filtered(
            lambda each: each.field_name == "action_plan"
        )
        for user in (self.fm, self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                change.with_user(user).retract(WHY)


@tagged("standard", "post_install", "-at_install")
class TestRetractedFile(FileCase, RetractionCase):
    """A file of the wrong child."""

    def test_a_file_of_an_update_is_hidden_from_form_masters(self):
        file = self.add_with_update()
        update = file.progress_id
        file.with_user(self.fm).retract(WHY)
        self.env.invalidate_all()
        self.assertHidden(file, self.fm)
        self.assertFalse(update.with_user(self.fm).file_ids)
        self.assertIn(WHY, update.with_user(self.fm).retraction_note)
        self.assertFalse(update.is_retracted)
        # The administrator opens it where it is, and knows it by the retraction.
        shown = file.with_user(self.boss)
        self.assertFalse(shown.name)
        self.assertTrue(shown.content)
        self.assertTrue(self.retractions(self.boss, file).hidden_text)

    def test_a_file_of_the_meeting_can_neither_be_deleted_nor_taken_any_more(self):
        file = self.add()
        file.with_user(self.fm).retract(WHY)
        self.env.invalidate_all()
        self.assertFalse(self.meeting.with_user(self.fm).file_ids)
        self.assertIn(WHY, self.meeting.with_user(self.fm).retracted_files)
        with self.assertRaises(AccessError):
            file.with_user(self.boss).unlink()
        with self.assertRefused("file_ids"):
            self.add_update(self.meeting.with_user(self.fm), file_ids=file.ids)

    def test_a_waiting_file_is_not_retracted(self):
        with self.assertRaises(AccessError):
            self.wait().with_user(self.fm).retract(WHY)

    def test_who_did_not_add_it_can_not_retract_it(self):
        file = self.add(self.boss)
        for user in (self.fm, self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).retract(WHY)


@tagged("standard", "post_install", "-at_install")
class TestRetractedContact(RetractionCase):
    """A contact with the family of another child."""

    def test_it_does_not_count_and_its_notes_are_hidden(self):
        meeting = self.record()
        contact = (
            self.env["intervention.contact"]
            .with_user(self.fm)
            .create(
                {
                    "meeting_id": meeting.id,
                    "other_person": "Aunt Vicuna",
                    "outcome": "reached",
                    "notes": SECRET,
                }
            )
        )
        self.assertTrue(meeting.is_family_contacted)
        contact.retract(WHY)
        self.assertFalse(meeting.is_family_contacted)
        self.assertFalse(
            self.meetings(self.fm).search(
                [("id", "=", meeting.id), ("is_family_contacted", "=", True)]
            )
        )
        [values] = contact.read()
        self.assertNotIn("Vicuna", str(values))
        with self.assertRefused("corrects_id"):
            contact.action_correct()
        self.assertIn(SECRET, self.retractions(self.boss, contact).hidden_text)
