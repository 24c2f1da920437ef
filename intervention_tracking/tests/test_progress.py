from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, ForeignKeyViolation, RestrictViolation

from .common import RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestProgress(InterventionCase):
    """Rule 6: the history of a meeting."""

    def test_a_note_says_what_and_by_whom(self):
        meeting = self.record()
        note = self.add_update(meeting, " Came on time.\n")
        self.assertRecordValues(
            note,
            [
                {
                    "meeting_id": meeting.id,
                    "update_text": "Came on time.",
                    "old_status": "open",
                    "new_status": "open",
                    "is_status_change": False,
                    "create_uid": self.fm.id,
                }
            ],
        )
        self.assertTrue(note.create_date)

    def test_a_note_with_a_status_is_one_update(self):
        meeting = self.record()
        note = self.add_update(meeting, "Better.", status="improving")
        self.assertEqual(meeting.status, "improving")
        self.assertEqual(self.progress(meeting), note.sudo())
        self.assertRecordValues(
            note,
            [
                {
                    "update_text": "Better.",
                    "old_status": "open",
                    "new_status": "improving",
                    "is_status_change": True,
                    "create_uid": self.fm.id,
                }
            ],
        )

    def test_a_note_with_the_same_status_is_a_plain_note(self):
        meeting = self.record()
        note = self.add_update(meeting, status="open")
        self.assertFalse(note.is_status_change)

    def test_a_note_can_close_the_meeting(self):
        meeting = self.record()
        note = self.add_update(meeting, status="closed", resolution_notes=RESOLUTION)
        self.assertRecordValues(
            meeting,
            [
                {
                    "status": "closed",
                    "resolution_notes": RESOLUTION,
                    "closed_date": self.day(0),
                }
            ],
        )
        self.assertEqual((note.old_status, note.new_status), ("open", "closed"))

    def test_note_status_and_next_date_are_one_update_and_one_write(self):
        for user in (self.fm, self.boss):
            meeting = self.record(student_id=self._new_student(user.name).id)
            with patch.object(
                type(meeting), "write", autospec=True, side_effect=type(meeting).write
            ) as write:
                note = self.add_update(
                    meeting.with_user(user),
                    "Better.",
                    status="improving",
                    follow_up_date=self.day(7).isoformat(),
                )
            self.assertEqual(write.call_count, 1)
            self.assertEqual(self.progress(meeting), note.sudo())
            self.assertRecordValues(
                meeting, [{"status": "improving", "follow_up_date": self.day(7)}]
            )

    def test_a_note_can_set_the_next_date_alone(self):
        meeting = self.overdue()
        note = self.add_update(meeting, follow_up_date=self.day(7))
        self.assertFalse(note.is_status_change)
        self.assertEqual(meeting.follow_up_date, self.day(7))

    def test_a_note_leaves_the_next_date_as_it_is(self):
        meeting = self.overdue()
        for status in (None, "improving"):
            self.add_update(meeting, status=status)
            self.assertEqual(meeting.follow_up_date, self.day(-1))

    def test_the_next_date_that_it_has_already_changes_nothing(self):
        for meeting in (
            self.overdue(),
            self.in_status("closed", root_cause="other", follow_up_date=self.day(3)),
        ):
            due = meeting.follow_up_date
            self.add_update(meeting, follow_up_date=due)
            self.assertEqual(meeting.follow_up_date, due)

    def test_an_empty_next_date_takes_it_away(self):
        meeting = self.record()
        for empty in (False, None, ""):
            meeting.follow_up_date = self.day(3)
            with self.subTest(empty=empty):
                self.add_update(meeting, follow_up_date=empty)
                self.assertFalse(meeting.follow_up_date)

    def test_a_refused_next_date_keeps_nothing_of_the_note(self):
        meeting = self.record(follow_up_date=self.day(3))
        closed = self.in_status("closed", root_cause="other")
        for record, due, kwargs in (
            (meeting, self.day(0), {}),
            (meeting, self.day(-1), {"status": "improving"}),
            (meeting, "soon", {"status": "improving"}),
            (meeting, 5, {}),
            (meeting, self.day(7), {"status": "closed", "resolution_notes": "Back."}),
            (closed, self.day(7), {}),
            (closed, self.day(7), {"status": "closed"}),
        ):
            before = self.progress(record)
            values = record.read(["status", "follow_up_date"])
            with self.subTest(due=due, **kwargs):
                with self.assertRefused("follow_up_date"):
                    self.add_update(record, follow_up_date=due, **kwargs)
                self.assertEqual(self.progress(record), before)
                self.assertEqual(record.read(["status", "follow_up_date"]), values)

    def test_who_may_not_update_the_meeting_sets_no_next_date(self):
        meeting = self.record()
        for user in (self.fm2, self.staff, self.portal, self.public):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.add_update(meeting.with_user(user), follow_up_date=self.day(7))
        self.assertFalse(meeting.follow_up_date)

    def test_a_change_of_status_by_write_leaves_an_update(self):
        meeting = self.record()
        meeting.with_user(self.boss).write({"status": "escalated"})
        update = self.progress(meeting)
        self.assertRecordValues(
            update,
            [
                {
                    "update_text": "",
                    "old_status": "open",
                    "new_status": "escalated",
                    "create_uid": self.boss.id,
                }
            ],
        )
        self.assertTrue(update.create_date)

    def test_a_change_of_status_by_the_web_client_leaves_an_update(self):
        meeting = self.record()
        meeting.web_save({"status": "monitoring"}, {"status": {}})
        self.assertEqual(self.progress(meeting).new_status, "monitoring")

    def test_a_change_of_status_by_assignment_leaves_an_update(self):
        meeting = self.record()
        meeting.status = "monitoring"
        self.assertEqual(self.progress(meeting).new_status, "monitoring")

    def test_a_change_of_status_by_superuser_code_leaves_an_update(self):
        meeting = self.record()
        meeting.sudo().write({"status": "monitoring"})
        self.assertEqual(self.progress(meeting).new_status, "monitoring")

    def test_each_of_several_gets_its_own_update(self):
        one = self.record()
        two = self.in_status("improving", root_cause="other")
        (one | two).write({"status": "not_improving"})
        self.assertEqual(self.progress(one).old_status, "open")
        self.assertEqual(self.progress(two)[-1].old_status, "improving")

    def test_recording_a_meeting_leaves_no_update(self):
        self.assertFalse(self.progress(self.record(status="escalated")))

    def test_a_blank_note_is_refused(self):
        meeting = self.record()
        for text in (
            "",
            "  ",
            "\n",
            "\u00a0",
            "\u200b",
            None,
            False,
            5,
            ["text"],
            "nul\x00",
        ):
            for status in (None, "improving"):
                with self.subTest(text=text, status=status):
                    with self.assertRefused("update_text"):
                        self.add_update(meeting, text, status=status)

    def test_an_unknown_status_is_refused(self):
        meeting = self.record()
        for status in ("nonsense", "Open", 5, ["open"], {"open": 1}, True):
            with self.subTest(status=status), self.assertRefused("status"):
                self.add_update(meeting, status=status)

    def test_resolution_notes_without_closing_are_refused(self):
        meeting = self.record()
        for status in (None, "improving"):
            with self.subTest(status=status), self.assertRefused("resolution_notes"):
                self.add_update(meeting, status=status, resolution_notes=RESOLUTION)

    def test_a_refused_status_keeps_nothing_of_the_note(self):
        closed = self.in_status("closed")
        meeting = self.record()
        for record, kwargs in (
            (closed, {"status": "open"}),
            (meeting, {"status": "closed"}),
            (meeting, {"status": "nonsense"}),
        ):
            before = self.progress(record)
            status = record.status
            with self.subTest(**kwargs):
                with self.assertRefused(
                    "resolution_notes" if kwargs["status"] == "closed" else "status"
                ):
                    self.add_update(record, **kwargs)
                self.assertEqual(self.progress(record), before)
                self.assertEqual(record.status, status)

    def test_an_update_is_added_to_one_meeting_at_a_time(self):
        meetings = self.record() | self.record(root_cause="other")
        with self.assertRaises(ValueError):
            self.add_update(meetings)

    def test_a_note_is_created_directly(self):
        meeting = self.in_status("monitoring")
        note = (
            self.env["intervention.progress"]
            .with_user(self.fm)
            .create({"meeting_id": meeting.id, "update_text": " Came. "})
        )
        self.assertRecordValues(
            note,
            [
                {
                    "update_text": "Came.",
                    "old_status": "monitoring",
                    "new_status": "monitoring",
                    "create_uid": self.fm.id,
                }
            ],
        )

    def test_a_note_without_a_meeting_is_refused(self):
        notes = self.env["intervention.progress"].with_user(self.fm)
        for value in (False, None, -1, 10**12, "1", "x", {}, [1, 2], 1.5, True):
            with self.subTest(value=value), self.assertRefused("meeting_id"):
                notes.create({"meeting_id": value, "update_text": "Came."})

    def test_a_note_on_an_archived_meeting_is_refused(self):
        meeting = self.archived().with_user(self.boss)
        with self.assertRefused("meeting_id"):
            self.add_update(meeting)

    def test_the_history_is_newest_first(self):
        meeting = self.record()
        notes = [self.add_update(meeting, f"Note {number}") for number in range(3)]
        meeting.invalidate_recordset()
        self.assertEqual(
            meeting.progress_ids.mapped("update_text"),
            [note.update_text for note in reversed(notes)],
        )


@tagged("standard", "post_install", "-at_install")
class TestForging(InterventionCase):
    """Rule 6: nobody writes history that did not happen."""

    def test_a_note_can_not_say_another_status(self):
        meeting = self.record()
        notes = self.env["intervention.progress"].with_user(self.fm)
        for name, value in (
            ("old_status", "improving"),
            ("new_status", "closed"),
            ("create_uid", self.boss.id),
            ("create_date", "2020-01-01 00:00:00"),
            ("nonsense", 1),
        ):
            with self.subTest(name), self.assertRefused(name):
                notes.create(
                    {"meeting_id": meeting.id, "update_text": "Came.", name: value}
                )

    def test_superuser_code_can_not_say_another_status(self):
        with self.assertRefused("new_status"):
            self.env["intervention.progress"].create(
                {
                    "meeting_id": self.record().id,
                    "update_text": "Came.",
                    "new_status": "closed",
                }
            )

    def test_the_context_can_not_say_another_status(self):
        meeting = self.record()
        note = (
            self.env["intervention.progress"]
            .with_user(self.fm)
            .with_context(
                default_old_status="improving",
                default_new_status="closed",
                default_create_uid=self.boss.id,
                default_create_date="2020-01-01 00:00:00",
            )
            .create({"meeting_id": meeting.id, "update_text": "Came."})
        )
        self.assertRecordValues(
            note,
            [{"old_status": "open", "new_status": "open", "create_uid": self.fm.id}],
        )
        self.assertGreater(note.create_date.year, 2020)

    def test_a_context_key_of_a_caller_opens_nothing(self):
        meeting = self.record()
        for value in ("x", True, {"text": "x"}, ["x"]):
            notes = (
                self.env["intervention.progress"]
                .with_user(self.fm)
                .with_context(intervention_progress=value)
            )
            with self.subTest(value=value), self.assertRefused("new_status"):
                notes.create(
                    {
                        "meeting_id": meeting.id,
                        "update_text": "Came.",
                        "new_status": "closed",
                    }
                )

    def test_a_context_key_of_a_caller_is_not_taken_as_the_note(self):
        meeting = self.record()
        meeting.with_context(intervention_progress="Forged").write(
            {"status": "monitoring"}
        )
        self.assertFalse(self.progress(meeting).update_text)

    def test_a_new_meeting_brings_no_history_along(self):
        for name, value in (("new_status", "closed"), ("create_uid", self.boss.id)):
            line = {"update_text": "Forged", name: value}
            with self.subTest(name), self.assertRefused(name):
                self.record(progress_ids=[Command.create(line)])

    def test_history_can_not_be_changed_through_the_meeting(self):
        meeting = self.record()
        other = self.record(root_cause="other")
        note = self.add_update(meeting)
        foreign = self.add_update(other)
        for command in (
            Command.update(note.id, {"update_text": "Forged"}),
            Command.delete(note.id),
            Command.unlink(note.id),
            Command.link(foreign.id),
            Command.clear(),
            Command.set([]),
        ):
            for user in (self.fm, self.boss, self.env.user):
                with self.subTest(command=command, user=user.login):
                    with self.assertRaises(AccessError):
                        meeting.with_user(user).write({"progress_ids": [command]})


@tagged("standard", "post_install", "-at_install")
class TestAppendOnly(InterventionCase):
    """Rule 6: the history is neither edited nor deleted, whoever asks."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.note = self.add_update(self.meeting)
        self.flush_tracking()

    def _everybody(self):
        users = (self.fm, self.fm2, self.boss, self.staff, self.portal, self.public)
        for user in users:
            yield user.login, self.note.with_user(user)
        yield "superuser", self.note.sudo()

    def test_nobody_edits_an_update(self):
        for name, note in self._everybody():
            for vals in (
                {"update_text": "Forged"},
                {"new_status": "closed"},
                {"old_status": "closed"},
                {"meeting_id": self.record(student_id=self._new_student("X").id).id},
                {"create_uid": self.boss.id},
                {},
            ):
                with self.subTest(name, vals=vals), self.assertRaises(AccessError):
                    note.write(vals)

    def test_nobody_edits_an_update_by_assignment(self):
        for name, note in self._everybody():
            with self.subTest(name), self.assertRaises(AccessError):
                note.update_text = "Forged"

    def test_nobody_deletes_an_update(self):
        for name, note in self._everybody():
            with self.subTest(name), self.assertRaises(AccessError):
                note.unlink()

    def test_a_copy_of_an_update_is_refused(self):
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login):
                with self.assertRefused("old_status", "new_status"):
                    self.note.with_user(user).copy()

    def _assert_refused_by_database(self, query, *params):
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation) as caught:
            self.env.cr.execute(query, params)
        self.assertIn("append-only", str(caught.exception))

    def test_the_database_refuses_to_edit(self):
        for column, value in (
            ("update_text", "Forged"),
            ("old_status", "closed"),
            ("new_status", "closed"),
            ("meeting_id", self.meeting.id),
            ("create_uid", self.boss.id),
            ("create_date", "2020-01-01"),
            ("happened_on", "2020-01-01"),
        ):
            with self.subTest(column):
                self._assert_refused_by_database(
                    f"UPDATE intervention_progress SET {column} = %s WHERE id = %s",
                    value,
                    self.note.id,
                )

    def test_the_database_refuses_to_delete(self):
        self._assert_refused_by_database(
            "DELETE FROM intervention_progress WHERE id = %s", self.note.id
        )

    def test_the_database_refuses_to_truncate(self):
        self._assert_refused_by_database("TRUNCATE intervention_progress CASCADE")

    def test_the_database_refuses_to_truncate_along_with_the_meetings(self):
        self._assert_refused_by_database("TRUNCATE intervention_meeting CASCADE")

    def test_the_database_refuses_to_delete_a_meeting_with_history(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(ForeignKeyViolation):
            self.env.cr.execute(
                "DELETE FROM intervention_meeting WHERE id = %s", [self.meeting.id]
            )

    def test_the_database_refuses_an_update_that_says_nothing(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.env.cr.execute(
                """INSERT INTO intervention_progress
                        (meeting_id, update_text, happened_on, old_status, new_status)
                   VALUES (%s, ' ', '2026-03-02', 'open', 'open')""",
                [self.meeting.id],
            )
