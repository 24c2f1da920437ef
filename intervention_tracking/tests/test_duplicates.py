from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import UNIQUE_INDEX, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestDuplicates(InterventionCase):
    """Rule 4: one active meeting for a student and a root cause."""

    def _refusal(self, function):
        """Return the message and the code with which a duplicate is refused."""
        with self.assertRefused("root_cause") as caught:
            function()
        return str(caught.exception), caught.exception.code

    def test_a_second_active_meeting_is_refused(self):
        self.record()
        message, code = self._refusal(self.record)
        self.assertIn("progress update", message)
        self.assertEqual(code, "duplicate_active_intervention")

    def test_every_active_status_counts(self):
        for status in ("open", "monitoring", "improving", "not_improving", "escalated"):
            with self.subTest(status):
                student = self._new_student(status)
                self.in_status(status, student_id=student.id)
                with self.assertRefused("root_cause"):
                    self.record(student_id=student.id)

    def test_another_cause_or_student_is_accepted(self):
        self.record()
        self.assertTrue(self.record(root_cause="family"))
        self.assertTrue(self.record(student_id=self.ben.id))

    def test_the_case_of_somebody_else_counts(self):
        self.record(self.fm2)
        with self.assertRefused("root_cause"):
            self.record(self.fm)

    def test_the_answer_reveals_nothing_of_an_invisible_case(self):
        own = self.record(root_cause="family")
        hidden = self.record(self.fm2, root_cause="health")
        own_answer = self._refusal(lambda: self.record(root_cause="family"))
        hidden_answer = self._refusal(lambda: self.record(root_cause="health"))
        self.assertEqual(own_answer, hidden_answer)
        for word in (
            self.fm2.name,
            self.fm2.login,
            self.ada.name,
            str(hidden.id),
            str(own.id),
            "Health",
        ):
            self.assertNotIn(word, hidden_answer[0])
        self.assertDiscreet(hidden_answer[0])

    def test_the_index_has_the_message_of_the_check(self):
        self.record()
        message, _code = self._refusal(self.record)
        meetings = self.meetings(self.fm)
        index = meetings._table_objects[UNIQUE_INDEX]
        self.assertEqual(index.get_error_message(meetings), message)

    def test_two_in_one_batch_are_refused(self):
        with self.assertRefused("root_cause"):
            self.meetings(self.fm).create([self.vals(), self.vals()])

    def test_a_batch_of_different_cases_is_accepted(self):
        meetings = self.meetings(self.fm).create(
            [self.vals(), self.vals(root_cause="other")]
        )
        self.assertEqual(len(meetings), 2)

    def test_changing_the_cause_to_a_taken_one_is_refused(self):
        self.record(self.fm2, root_cause="health")
        meeting = self.record(root_cause="family")
        with self.assertRefused("root_cause"):
            meeting.write({"root_cause": "health"})

    def test_changing_the_student_to_a_taken_one_is_refused(self):
        self.record(self.fm2, student_id=self.ben.id)
        meeting = self.record(student_id=self.ada.id)
        with self.assertRefused("root_cause"):
            meeting.write({"student_id": self.ben.id})

    def test_giving_two_meetings_one_cause_is_refused(self):
        meetings = self.record(root_cause="health") | self.record(root_cause="family")
        with self.assertRefused("root_cause"):
            meetings.write({"root_cause": "other"})

    def test_saving_the_same_cause_again_is_accepted(self):
        meeting = self.record()
        meeting.write({"root_cause": "health", "student_id": self.ada.id})
        self.assertEqual(meeting.root_cause, "health")

    def test_a_closed_meeting_does_not_count(self):
        self.in_status("closed")
        self.assertTrue(self.record())

    def test_an_archived_meeting_does_not_count(self):
        self.archived()
        self.assertTrue(self.record())

    def test_restoring_a_taken_case_is_refused(self):
        old = self.archived()
        self.record(self.fm2)
        with self.assertRefused("root_cause"):
            old.with_user(self.boss).action_unarchive()

    def test_restoring_two_of_one_case_is_refused(self):
        both = self.archived() | self.archived()
        with self.assertRefused("root_cause"):
            both.with_user(self.boss).action_unarchive()

    def test_restoring_a_closed_meeting_beside_an_active_one_is_accepted(self):
        closed = self.in_status("closed")
        closed.unlink()
        self.record()
        closed.with_user(self.boss).action_unarchive()
        self.assertTrue(closed.with_user(self.boss).active)

    def test_changes_not_yet_flushed_count(self):
        self.record(root_cause="family").write({"root_cause": "health"})
        with self.assertRefused("root_cause"):
            self.record(root_cause="health")

    def test_a_change_away_makes_room_at_once(self):
        self.record().write({"root_cause": "family"})
        self.assertTrue(self.record())

    def test_a_copy_of_an_active_meeting_is_refused(self):
        meeting = self.record()
        with self.assertRefused("root_cause"):
            meeting.copy()


@tagged("standard", "post_install", "-at_install")
class TestUniqueIndex(InterventionCase):
    """Rule 4 in the database, which alone can keep it."""

    def _insert_duplicate(self, meeting):
        """Copy a meeting in SQL, past every check of the models."""
        self.flush_tracking()
        self.env.cr.execute(
            """INSERT INTO intervention_meeting (
                    student_id, form_master_id, company_id, meeting_date,
                    absence_reason, root_cause, intervention_notes, action_plan,
                    urgency_level, status, active)
               SELECT student_id, form_master_id, company_id, meeting_date,
                    absence_reason, root_cause, intervention_notes, action_plan,
                    urgency_level, status, active
                 FROM intervention_meeting WHERE id = %s
            RETURNING id""",
            [meeting.id],
        )
        return self.env.cr.fetchone()[0]

    def _drop_index(self):
        # The test's transaction is rolled back, and the index is there again.
        self.flush_tracking()
        self.env.cr.execute(f"DROP INDEX {UNIQUE_INDEX}")

    def test_the_index_is_unique_over_active_cases(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [UNIQUE_INDEX]
        )
        (definition,) = self.env.cr.fetchone()
        self.assertRegex(
            definition,
            r"^CREATE UNIQUE INDEX \w+ ON public\.intervention_meeting "
            r"USING btree \(student_id, root_cause\) "
            r"WHERE \(\(active IS TRUE\) AND \(\(status\)::text <> 'closed'::text\)\)$",
        )

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_duplicate(self):
        meeting = self.record()
        with self.assertRaises(UniqueViolation) as caught:
            self._insert_duplicate(meeting)
        self.assertEqual(caught.exception.diag.constraint_name, UNIQUE_INDEX)

    def test_an_upgrade_lists_the_duplicates(self):
        meeting = self.record()
        self._drop_index()
        duplicate_id = self._insert_duplicate(meeting)
        with self.assertRaises(UserError) as caught:
            self.env["intervention.meeting"]._refuse_duplicates()
        self.assertIn(
            f"student {self.ada.id}, health: interventions "
            f"{meeting.id}, {duplicate_id}",
            str(caught.exception),
        )

    def test_the_list_of_duplicates_has_no_narrative(self):
        meeting = self.record()
        self._drop_index()
        self._insert_duplicate(meeting)
        with self.assertRaises(UserError) as caught:
            self.env["intervention.meeting"]._refuse_duplicates()
        self.assertDiscreet(str(caught.exception))

    def test_an_upgrade_without_duplicates_is_accepted(self):
        self.in_status("closed")
        self.archived()
        self.record()
        self.flush_tracking()
        self.assertIsNone(self.env["intervention.meeting"]._refuse_duplicates())

    def test_installing_without_the_index_is_refused(self):
        self._drop_index()
        with self.assertRaises(UserError) as caught:
            self.env["intervention.meeting"].init()
        self.assertIn(UNIQUE_INDEX, str(caught.exception))

    def test_installing_with_an_index_that_is_not_unique_is_refused(self):
        self._drop_index()
        self.env.cr.execute(
            f"CREATE INDEX {UNIQUE_INDEX} ON intervention_meeting (student_id)"
        )
        with self.assertRaises(UserError):
            self.env["intervention.meeting"].init()
