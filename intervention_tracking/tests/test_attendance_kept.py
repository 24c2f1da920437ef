from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import RestrictViolation

from .attendance_common import AttendanceCase
from .test_merge import MergeCase


@tagged("post_install", "-at_install")
class TestAttendanceKept(AttendanceCase):
    """School days stay, whatever becomes of who they name, save by the retention."""

    def test_who_and_what_days_name_is_not_deleted(self):
        self.store_pattern(self.ada, "pa")
        self.store_pattern(self.ada, "pp")
        self.ada.school_class_id = self.class_b
        for record in (self.ada, self.class_a):
            with (
                self.subTest(record._name),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                record.unlink()
        editor = self._new_user("editor", "base.group_user")
        self.days.with_user(editor).sudo()._store(
            [self.mark(self.ada, self.TODAY, "late")], self.source
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            editor.unlink()

    def test_who_has_days_stays_a_student_of_the_school(self):
        self.store_pattern(self.ada, "pa")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.ada.is_intervention_student = False
        other = self.env["res.company"].create({"name": "Other School"})
        self.ada.school_class_id = False
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.ada.company_id = other

    def test_days_are_kept_as_many_years_as_a_school_says(self):
        old = self.store_pattern(self.ada, "aaa", last=date(2023, 11, 10))
        self.store_pattern(self.ada, "ppp", last=date(2023, 11, 10))
        new = self.store_pattern(self.ada, "aap")
        self.store_pattern(self.ada, "aaa")
        self.store_pattern(self.ben, "a", last=date(2023, 11, 10))
        settings = self.settings_without_contact()
        job = self.env.ref("intervention_tracking.ir_cron_keep_attendance")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertEqual(self.days.search_count([("date", "in", old)]), 4)
        settings.attendance_years = 2
        changes = self.changes.search([("student_id", "=", self.ada.id)])
        self.assertEqual(len(changes), 4)
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertFalse(self.days.search([("date", "<", new[0])]))
        kept = changes.exists()
        self.assertEqual(kept.mapped("date"), [new[2]])
        self.assertFalse(self.standing(self.ben))
        self.assertEqual(self.standing(self.ada).year_absent, 3)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM intervention_attendance_change")

    def test_limits_hold_at_once_for_everybody(self):
        days = self.store_pattern(self.ada, "p" * 19 + "a")
        self.assertEqual(self.standing(self.ada).band, "watch")
        settings = self.settings_without_contact()
        settings.write({"band_watch": 0.06, "days_in_a_row": 2})
        self.assertEqual(self.standing(self.ada).band, "none")
        self.store_pattern(self.ben, "paa")
        self.assertEqual(self.standing(self.ben).row_since, days[-1])
        settings.days_in_a_row = 3
        self.assertFalse(self.standing(self.ben).attention_since)

    def test_with_its_school_year_a_band_ends(self):
        last = date(2026, 8, 28)
        self.store_pattern(self.ada, "a" * 12, last=last)
        standing = self.standing(self.ada)
        self.assertEqual(
            (standing.band, standing.attention_since, standing.rate),
            ("none", False, 1),
        )
        self.env.cr.execute(
            "UPDATE intervention_attendance_standing SET band = 'severe', "
            "attention_since = last_day, severity = 3000"
        )
        standing.invalidate_recordset()
        self.standings._refresh_ended()
        self.assertEqual((standing.band, standing.attention_since), ("none", False))

    def test_a_figure_leads_to_its_days(self):
        days = self.store_pattern(self.ada, "ph?ae")
        standing = self.standing(self.ada)
        for action, expected in (
            (standing.action_view_missed(), [days[4], days[3], days[1]]),
            (standing.action_view_possible(), [days[4], days[3], days[1], days[0]]),
        ):
            self.assertEqual(
                self.days.search(action["domain"]).mapped("date"), expected
            )
        self.assertIn("2.5 of 4 days (62.5%)", standing.rate_text)
        # From the first mark on; of today, marks may still come.
        self.assertEqual(standing.unknown_days, 1)
        self.assertIn("25", standing.unknown_text)

    def test_days_are_found_by_what_they_were(self):
        first, second, third, fourth, fifth = self.school_days(5)
        self.store(
            self.mark(self.ada, first, "present"),
            self.mark(self.ada, second, "late"),
            self.mark(self.ada, third, "excused"),
            self.mark(self.ada, fourth, "excused", "1"),
            self.mark(self.ada, fourth, "unexcused", "2"),
            self.mark(self.ada, fifth, "not_required"),
        )
        for kind, day in (
            ("present", first),
            ("late", second),
            ("excused", third),
            ("unexcused", fourth),
            ("not_required", fifth),
        ):
            found = self.days.search(
                [("student_id", "=", self.ada.id), ("kind", "=", kind)]
            )
            self.assertEqual((found.date, found.kind), (day, kind))

    def test_a_correction_is_told_in_words(self):
        [day] = self.school_days(1)
        self.store(self.mark(self.ada, day, "excused", code="I", note="Flu"))
        self.store(
            self.mark(self.ada, day, "unexcused", "1"),
            self.mark(self.ada, day, "present", "2"),
        )
        [change] = self.changes.search([("student_id", "=", self.ada.id)])
        self.assertEqual(change.old_text, "Absent, Excused · I · Flu")
        self.assertEqual(change.new_text, "Absent, Unexcused · 50% of the day")

    def test_ready_codes_are_added_once_and_are_the_schools_own(self):
        codes = self.env["intervention.attendance.code"].with_user(self.boss)
        mine = codes.create({"code": "p", "meaning": "late", "name": "Mine"})
        form = Form(self.env["intervention.code.set"].with_user(self.boss))
        for name, count in (("plain", 3), ("england", 31), ("ed_fi", 5)):
            form.name = name
            before = codes.search_count([])
            wizard = form.save()
            self.assertTrue(wizard.code_text)
            wizard.action_add()
            wizard.action_add()
            self.assertEqual(codes.search_count([]) - before, count, name)
        self.assertEqual(mine.meaning, "late")

    def test_a_source_that_went_silent_says_so(self):
        days = self.school_days(3)
        self.source.last_day = days[0]
        sources = self.env["intervention.attendance.source"]
        # A file may come at the end of a term only, and a system sends them by itself.
        self.assertFalse(self.source.is_daily or self.source.silence)
        self.assertNotIn(self.source, sources._silent())
        self.assertTrue(self._new_source("SIS", kind="api").is_daily)
        self.source.is_daily = True
        self.assertIn("Wednesday", self.source.silence)
        self.assertIn("1", self.source.silence)
        self.assertIn(self.source, sources._silent())
        # What an earlier school year told is all that there was.
        self.source.last_day = date(2026, 6, 12)
        self.assertFalse(self.source.silence)
        self.assertNotIn(self.source, sources._silent())
        self.source.last_day = days[1]
        self.assertFalse(self.source.silence)


@tagged("post_install", "-at_install")
class TestAttendanceMerge(MergeCase, AttendanceCase):
    """Two contacts of a student: their days become those of one."""

    def test_days_follow_and_of_a_day_of_both_what_was_stored_last_stays(self):
        self.twin.is_intervention_student = True
        first, second, third, fourth = self.school_days(4)
        self.store(
            self.mark(self.ada, first),
            self.mark(self.ada, second),
            self.mark(self.ada, third),
        )
        self.env.cr.execute(
            "UPDATE intervention_attendance SET updated_at = updated_at - interval '1d'"
        )
        self.store(
            self.mark(self.twin, second, "excused", code="I"),
            self.mark(self.twin, third),
            self.mark(self.twin, fourth),
        )
        self.merge(self.ada, self.twin)
        days = self.days.search([("student_id", "=", self.ada.id)], order="date")
        self.assertEqual(days.mapped("date"), [first, second, third, fourth])
        self.assertEqual(days.mapped("excused"), [0, 1, 0, 0])
        [change] = self.changes.search([("student_id", "=", self.ada.id)])
        self.assertEqual(
            (change.date, change.old_excused, change.new_excused), (second, 0, 1)
        )
        self.assertEqual(change.create_uid, self.staff)
        standing = self.standing(self.ada)
        self.assertEqual((standing.year_absent, standing.in_a_row), (4, 4))
        self.assertEqual(self.standings.search_count([]), 1)
