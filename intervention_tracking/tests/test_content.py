from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, NotNullViolation

from .common import InterventionCase

TEXTS = ("absence_reason", "intervention_notes", "action_plan")
REQUIRED = ("student_id", "meeting_date", "root_cause", "urgency_level", *TEXTS)
BLANKS = (
    "",
    " ",
    "   ",
    "\n\n",
    "\t \r\n",
    "\u00a0",
    "\u2003\u3000",
    "\u200b \u2060",
    False,
    None,
)
NOT_TEXTS = (5, ["text"], {"text": 1}, True, b"bytes")


@tagged("standard", "post_install", "-at_install")
class TestContent(InterventionCase):
    """Rule 1: what a meeting must say."""

    def test_a_complete_meeting_is_recorded(self):
        vals = self.vals(follow_up_date=self.day(7))
        meeting = self.meetings(self.fm).create(vals)
        self.assertRecordValues(
            meeting,
            [{**vals, "form_master_id": self.fm.id, "status": "open", "active": True}],
        )

    def test_defaults_are_today_medium_open_and_oneself(self):
        vals = self.vals()
        del vals["meeting_date"], vals["urgency_level"]
        self.assertRecordValues(
            self.meetings(self.fm).create(vals),
            [
                {
                    "meeting_date": self.day(0),
                    "urgency_level": "medium",
                    "status": "open",
                    "form_master_id": self.fm.id,
                    "create_uid": self.fm.id,
                }
            ],
        )

    def test_follow_up_date_may_be_left_out(self):
        self.assertFalse(self.record().follow_up_date)

    def test_each_required_field_is_needed_to_create(self):
        for name in REQUIRED:
            with self.subTest(name), self.assertRefused(name):
                self.record(**{name: False})

    def test_fields_without_default_can_not_be_left_out(self):
        for name in ("student_id", "root_cause", *TEXTS):
            vals = self.vals()
            del vals[name]
            with self.subTest(name), self.assertRefused(name):
                self.meetings(self.fm).create(vals)

    def test_each_required_field_can_not_be_emptied(self):
        meeting = self.record()
        for name in (*REQUIRED, "status"):
            with self.subTest(name), self.assertRefused(name):
                meeting.write({name: False})

    def test_every_fault_is_named_at_once(self):
        with self.assertRefused(*REQUIRED):
            self.record(**dict.fromkeys(REQUIRED, False))

    def test_every_fault_of_a_change_is_named_at_once(self):
        meeting = self.record()
        with self.assertRefused("action_plan", "root_cause", "follow_up_date"):
            meeting.write(
                {"action_plan": " ", "root_cause": "lazy", "follow_up_date": "soon"}
            )

    def test_a_blank_text_is_refused_when_created(self):
        for name in TEXTS:
            for blank in BLANKS:
                with self.subTest(name, blank=blank), self.assertRefused(name):
                    self.record(**{name: blank})

    def test_a_blank_text_is_refused_when_changed(self):
        meeting = self.record()
        for name in TEXTS:
            for blank in BLANKS:
                with self.subTest(name, blank=blank), self.assertRefused(name):
                    meeting.write({name: blank})

    def test_what_is_no_text_is_refused(self):
        meeting = self.record()
        for name in TEXTS:
            for value in NOT_TEXTS:
                with self.subTest(name, value=value):
                    with self.assertRefused(name):
                        self.record(root_cause="other", **{name: value})
                    with self.assertRefused(name):
                        meeting.write({name: value})

    def test_a_text_that_can_not_be_stored_is_refused(self):
        meeting = self.record()
        for name in (*TEXTS, "resolution_notes"):
            for value in ("ill\x00ness", "half a pair \ud83d"):
                with self.subTest(name, value=value):
                    with self.assertRefused(name):
                        self.record(root_cause="other", **{name: value})
                    with self.assertRefused(name):
                        meeting.write({name: value})

    def test_texts_are_trimmed_when_created(self):
        meeting = self.record(**dict.fromkeys(TEXTS, " \u00a0\n Two\n  lines \t\n"))
        for name in TEXTS:
            self.assertEqual(meeting[name], "Two\n  lines", name)

    def test_texts_are_trimmed_when_changed(self):
        meeting = self.record()
        meeting.write(dict.fromkeys(TEXTS, "\n  text\u00a0"))
        for name in TEXTS:
            self.assertEqual(meeting[name], "text", name)

    def test_html_and_other_scripts_stay_as_typed(self):
        text = "<b>naïve</b> & 'quoted' \u0627\u0644\u0639\u0631\u0628\u064a\u0629 %s"
        self.assertEqual(self.record(action_plan=text).action_plan, text)

    def test_an_unknown_choice_is_refused(self):
        meeting = self.record()
        for name in ("root_cause", "urgency_level", "status"):
            for value in ("nonsense", "Health Issue", 5, ["low"], {"low": 1}, True):
                with self.subTest(name, value=value):
                    with self.assertRefused(name):
                        self.record(**{"root_cause": "other", name: value})
                    with self.assertRefused(name):
                        meeting.write({name: value})

    def test_what_is_no_date_is_refused(self):
        meeting = self.record()
        for name in ("meeting_date", "follow_up_date"):
            for value in (
                "2026-13-01",
                "2026-02-30",
                "nonsense",
                "01/02/2026",
                "2026-01-01 10:00:00",
                "2026-01-01T10:00:00Z",
                20260101,
                ["2026-01-01"],
                {"year": 2026},
                True,
            ):
                with self.subTest(name, value=value):
                    with self.assertRefused(name):
                        self.record(root_cause="other", **{name: value})
                    with self.assertRefused(name):
                        meeting.write({name: value})

    def test_a_date_is_taken_as_text(self):
        meeting = self.record(meeting_date=self.day(-3).isoformat())
        meeting.write({"follow_up_date": self.day(3).isoformat()})
        self.assertRecordValues(
            meeting,
            [{"meeting_date": self.day(-3), "follow_up_date": self.day(3)}],
        )

    def test_an_unknown_student_is_refused(self):
        meeting = self.record()
        gone = self._new_student("Gone Test")
        gone_id = gone.id
        gone.unlink()
        for value in (
            gone_id,
            -1,
            10**12,
            "1",
            "Ada Test",
            [self.ada.id],
            {},
            1.5,
            True,
        ):
            with self.subTest(value=value):
                with self.assertRefused("student_id"):
                    self.record(student_id=value, root_cause="other")
                with self.assertRefused("student_id"):
                    meeting.write({"student_id": value})

    def test_an_owner_that_does_not_exist_is_refused(self):
        meeting = self.record()
        for value in (-1, 10**12, "1", "fm", [self.fm.id], {"id": 1}, 1.5, True):
            with self.subTest(value=value):
                with self.assertRefused("form_master_id"):
                    self.record(self.boss, form_master_id=value, root_cause="other")
                with self.assertRefused("form_master_id"):
                    meeting.with_user(self.boss).write({"form_master_id": value})

    def test_the_owner_can_not_be_emptied(self):
        for status in ("closed", "open"):
            meeting = self.in_status(status)
            with self.subTest(status), self.assertRefused("form_master_id"):
                meeting.with_user(self.boss).write({"form_master_id": False})

    def test_what_the_system_keeps_can_not_be_set_when_created(self):
        for name, value in (
            ("class_id", self.class_b.id),
            ("closed_date", self.day(0)),
            ("follow_up_reminded", True),
        ):
            with self.subTest(name), self.assertRefused(name):
                self.record(**{name: value})

    def test_what_the_system_keeps_can_not_be_changed(self):
        meeting = self.record()
        other_company = self.env["res.company"].create({"name": "Other School"})
        for name, value in (
            ("class_id", self.class_b.id),
            ("company_id", other_company.id),
            ("closed_date", self.day(0)),
            ("follow_up_reminded", True),
        ):
            with self.subTest(name), self.assertRefused(name):
                meeting.write({name: value})

    def test_what_the_system_keeps_can_not_come_from_the_context(self):
        for name, value in (
            ("class_id", self.class_b.id),
            ("closed_date", self.day(0).isoformat()),
        ):
            meetings = self.meetings(self.fm).with_context(**{f"default_{name}": value})
            with self.subTest(name), self.assertRefused(name):
                meetings.create(self.vals())

    def test_who_recorded_it_can_not_be_forged(self):
        meeting = (
            self.meetings(self.fm)
            .with_context(default_create_uid=self.fm2.id)
            .create(self.vals(create_uid=self.fm2.id))
        )
        meeting.write({"create_uid": self.fm2.id})
        meeting.invalidate_recordset()
        self.assertEqual(meeting.create_uid, self.fm)

    def test_the_class_is_that_of_the_day_of_recording(self):
        meeting = self.record()
        self.ada.school_class_id = self.class_b
        self.assertEqual(meeting.class_id, self.class_a)

    def test_the_class_follows_a_corrected_student(self):
        meeting = self.record()
        meeting.student_id = self.cy
        self.assertEqual(meeting.class_id, self.class_b)

    def test_a_batch_with_one_bad_meeting_records_none(self):
        before = self.meetings(self.boss).search_count([])
        with self.assertRefused("action_plan"):
            self.meetings(self.fm).create(
                [self.vals(), self.vals(root_cause="other", action_plan=" ")]
            )
        self.assertEqual(self.meetings(self.boss).search_count([]), before)

    def test_superuser_code_keeps_the_rule_too(self):
        with self.assertRefused("action_plan"):
            self.record().sudo().write({"action_plan": " "})


@tagged("standard", "post_install", "-at_install")
class TestContentInDatabase(InterventionCase):
    """Rule 1, where code goes past the models."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(5))
        self.flush_tracking()

    def _set(self, column, value):
        self.env.cr.execute(
            f"UPDATE intervention_meeting SET {column} = %s WHERE id = %s",
            [value, self.meeting.id],
        )

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_blank_texts(self):
        for name in TEXTS:
            for blank in ("", "  ", "\n\t \r\n", " \u200b\ufeff\u202e"):
                with self.subTest(name, blank=blank):
                    with self.assertRaises(CheckViolation):
                        self._set(name, blank)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_missing_values(self):
        for name in (*REQUIRED, "form_master_id", "company_id", "status"):
            with self.subTest(name), self.assertRaises(NotNullViolation):
                self._set(name, None)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_follow_up_before_the_meeting(self):
        with self.assertRaises(CheckViolation):
            self._set("follow_up_date", self.day(-1))

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_closing_without_resolution_notes(self):
        with self.assertRaises(CheckViolation):
            self._set("status", "closed")
