from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import ForeignKeyViolation

from .common import ADMIN, FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestArchiving(InterventionCase):
    """Rule 7: deleting archives, and history outlives what it is about."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(urgency_level="high")
        self.add_update(self.meeting, "Came.")

    def _exists(self):
        self.env.cr.execute(
            "SELECT active FROM intervention_meeting WHERE id = %s", [self.meeting.id]
        )
        return self.env.cr.fetchall()

    def test_deleting_archives(self):
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login):
                student = self._new_student(user.login)
                meeting = self.record(student_id=student.id).with_user(user)
                self.assertIs(meeting.unlink(), True)
                meeting.invalidate_recordset()
                self.assertTrue(meeting.sudo().exists())
                self.assertFalse(meeting.sudo().active)

    def test_deleting_keeps_the_history(self):
        self.meeting.unlink()
        self.flush_tracking()
        self.assertEqual(self.progress(self.meeting).update_text, "Came.")

    def test_a_deleted_meeting_is_in_no_search(self):
        self.meeting.unlink()
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                self.assertNotIn(self.meeting, self.meetings(user).search([]))

    def test_a_deleted_meeting_is_in_no_count(self):
        domain = [("student_id", "=", self.ada.id)]
        self.meeting.unlink()
        for user in (self.fm, self.boss):
            meetings = self.meetings(user)
            with self.subTest(user.login):
                self.assertEqual(meetings.search_count(domain), 0)
                self.assertFalse(
                    meetings._read_group(domain, ["status"], ["__count"]),
                )
                self.assertFalse(
                    meetings.formatted_read_group(domain, ["status"], ["__count"]),
                )

    def test_a_deleted_meeting_is_not_on_the_student(self):
        self.record(root_cause="other")
        self.meeting.unlink()
        for user in (self.fm, self.boss):
            student = self.ada.with_user(user)
            with self.subTest(user.login):
                self.assertEqual(student.intervention_count, 1)
                self.assertEqual(student.active_intervention_count, 1)
                self.assertFalse(student.is_recurring_student)

    def test_a_form_master_sees_no_archived_meeting(self):
        self.meeting.unlink()
        self.flush_tracking()
        meetings = self.meetings(self.fm).with_context(active_test=False)
        self.assertNotIn(self.meeting, meetings.search([]))
        self.assertFalse(
            meetings.search([("active", "in", [True, False])]) & self.meeting
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.meeting.read(["status"])

    def test_a_form_master_sees_no_history_of_an_archived_meeting(self):
        self.meeting.unlink()
        self.flush_tracking()
        notes = self.env["intervention.progress"].with_user(self.fm)
        self.assertFalse(
            notes.with_context(active_test=False).search(
                [("meeting_id", "=", self.meeting.id)]
            )
        )

    def test_a_form_master_does_not_restore(self):
        self.meeting.unlink()
        self.flush_tracking()
        self.env.invalidate_all()
        for change in (
            self.meeting.action_unarchive,
            lambda: self.meeting.write({"active": True}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_an_administrator_sees_archived_meetings(self):
        self.meeting.unlink()
        meetings = self.meetings(self.boss)
        self.assertIn(self.meeting, meetings.with_context(active_test=False).search([]))
        self.assertIn(self.meeting, meetings.search([("active", "=", False)]))

    def test_an_administrator_restores(self):
        self.meeting.unlink()
        self.flush_tracking()
        self.meeting.with_user(self.boss).action_unarchive()
        self.flush_tracking()
        self.assertIn(self.meeting, self.meetings(self.fm).search([]))
        self.assertEqual(self.meeting.progress_ids.update_text, "Came.")

    def test_archiving_is_what_the_archive_action_does(self):
        self.meeting.action_archive()
        self.flush_tracking()
        self.assertNotIn(self.meeting, self.meetings(self.fm).search([]))

    def test_deleting_twice_is_harmless(self):
        self.meeting.unlink()
        meeting = self.meeting.with_user(self.boss)
        self.assertIs(meeting.unlink(), True)
        self.assertTrue(self._exists())

    def test_a_form_master_can_not_record_an_archived_meeting(self):
        with self.assertRaises(AccessError):
            self.record(active=False, root_cause="other")

    def test_a_student_with_a_meeting_can_not_be_deleted(self):
        with self.assertRaises(UserError):
            self.ada.unlink()

    def test_a_student_with_an_archived_meeting_can_not_be_deleted(self):
        self.meeting.unlink()
        with self.assertRaises(UserError):
            self.ada.unlink()

    @mute_logger("odoo.models.unlink")
    def test_a_student_without_meetings_can_be_deleted(self):
        self.cy.unlink()
        self.assertFalse(self.cy.exists())

    def test_whom_something_of_ours_names_can_not_be_deleted(self):
        master, author, loader = (
            self._new_user(login, ADMIN) for login in ("master", "author", "loader")
        )
        self.class_b.form_master_id = master
        self.meeting.with_user(author).action_plan = "Another plan"
        self.env["intervention.file"].with_user(loader).create(
            {"name": "a.txt", "meeting_id": self.meeting.id, "content": "YQ=="}
        )
        for user in (master, author, loader):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "rchive"):
                user.unlink()

    def test_an_owner_can_not_be_deleted(self):
        self.record(self.boss, form_master_id=self.fm2.id, root_cause="other")
        with self.assertRaises(UserError):
            self.fm2.unlink()

    def test_an_owner_of_an_archived_meeting_can_not_be_deleted(self):
        self.meeting.unlink()
        with self.assertRaises(UserError):
            self.fm.unlink()

    def test_who_recorded_a_meeting_can_not_be_deleted(self):
        self.record(self.boss, form_master_id=self.fm2.id, root_cause="other")
        with self.assertRaises(UserError):
            self.boss.unlink()

    def test_an_author_of_an_update_can_not_be_deleted(self):
        self.add_update(self.meeting.with_user(self.boss))
        with self.assertRaises(UserError):
            self.boss.unlink()

    @mute_logger("odoo.models.unlink")
    def test_a_user_without_history_can_be_deleted(self):
        user = self._new_user("newcomer", FORM_MASTER)
        user.unlink()
        self.assertFalse(user.exists())

    def _refuses_to_delete(self, school_class):
        with self.assertRaisesRegex(UserError, f"“{school_class.name}”.*Archive it"):
            school_class.with_user(self.boss).unlink()

    def test_a_class_with_meetings_can_not_be_deleted(self):
        (self.ada | self.ben).school_class_id = self.class_b
        self._refuses_to_delete(self.class_a)

    def test_a_class_with_archived_meetings_can_not_be_deleted(self):
        (self.ada | self.ben).school_class_id = self.class_b
        self.meeting.unlink()
        self._refuses_to_delete(self.class_a)

    def test_a_class_with_students_can_not_be_deleted(self):
        self._refuses_to_delete(self.class_b)

    def test_a_class_with_archived_students_can_not_be_deleted(self):
        self.cy.active = False
        self._refuses_to_delete(self.class_b)

    def test_a_class_of_somebody_who_is_no_student_can_not_be_deleted(self):
        self.cy.is_intervention_student = False
        self._refuses_to_delete(self.class_b)

    def test_the_database_keeps_what_history_is_about(self):
        self.env.cr.execute(
            """SELECT conrelid::regclass::text, attname::text, confdeltype::text
                 FROM pg_constraint
                 JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
                WHERE contype = 'f' AND conrelid IN (
                    'intervention_meeting'::regclass, 'intervention_progress'::regclass)
            """
        )
        action = {
            (table, column): action for table, column, action in self.env.cr.fetchall()
        }
        for key in (
            ("intervention_meeting", "student_id"),
            ("intervention_meeting", "form_master_id"),
            ("intervention_meeting", "create_uid"),
            ("intervention_meeting", "class_id"),
            ("intervention_progress", "meeting_id"),
            ("intervention_progress", "create_uid"),
        ):
            with self.subTest(key):
                self.assertEqual(action[key], "r")

    def test_the_database_refuses_to_delete_a_student_with_meetings(self):
        self.flush_tracking()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ForeignKeyViolation) as caught,
        ):
            self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [self.ada.id])
        self.assertEqual(caught.exception.diag.table_name, "intervention_meeting")
