import psycopg2
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.intervention_change import CHANGES
from .common import FORM_MASTER, RESOLUTION, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestChanges(InterventionCase):
    """Every change of what a case says is kept: what, from what to what, by whom."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(2))

    def _changes(self, meeting=None):
        """Return field, old and new value of the changes of a case, oldest first."""
        self.env.flush_all()
        self.env.invalidate_all()
        changes = (meeting or self.meeting).sudo().change_ids.sorted("id")
        return [(each.field_name, each.old_value, each.new_value) for each in changes]

    def test_recording_is_no_change(self):
        self.assertEqual(self._changes(), [])

    def test_every_field_of_the_content_leaves_an_entry(self):
        day = str(self.day(9))
        old = self.meeting.read(load=None)[0]
        cases = {
            "student_id": (self.ben.id, str(self.ada.id), str(self.ben.id)),
            "meeting_date": (self.day(-3), str(old["meeting_date"]), str(self.day(-3))),
            "absence_reason": ("Other reason", old["absence_reason"], "Other reason"),
            "root_cause": ("other", old["root_cause"], "other"),
            "intervention_notes": ("Notes", old["intervention_notes"], "Notes"),
            "action_plan": ("Plan\ntwo", old["action_plan"], "Plan\ntwo"),
            "follow_up_date": (day, str(self.day(2)), day),
            "urgency_level": ("high", "low", "high"),
            "form_master_id": (self.fm2.id, str(self.fm.id), str(self.fm2.id)),
            "resolution_notes": ("How", False, "How"),
            "plan_kept": ("not", "partly", "not"),
            "plan_kept_reason": ("family", False, "family"),
            "plan_kept_text": ("Half", False, "Half"),
            "active": (False, "true", "false"),
        }
        self.assertEqual(set(cases), set(CHANGES))
        for name, (value, before, after) in cases.items():
            meeting = self.record(
                student_id=self._new_student(name).id,
                follow_up_date=self.day(2),
                plan_kept="partly",
            )
            if name == "student_id":
                before = str(meeting.student_id.id)
            meeting.with_user(self.boss).write({name: value})
            with self.subTest(name):
                self.assertEqual(self._changes(meeting), [(name, before, after)])
                change = meeting.sudo().change_ids
                self.assertEqual(change.create_uid, self.boss)
                self.assertTrue(change.create_date)

    def test_a_long_history_takes_as_many_statements_as_a_short_one(self):
        owners = [self._new_user(f"owner{number}", FORM_MASTER) for number in range(8)]
        meeting = self.meeting.with_user(self.boss)
        counts = []
        # The first reads what is kept for later, as the rules.
        for some in (owners[:1], owners[1:3], owners[3:]):
            for owner in some:
                meeting.form_master_id = owner
            meeting.flush_recordset()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            texts = meeting.change_ids.mapped("new_text")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(texts), len(owners))
        self.assertEqual(texts[0], "Test owner7")
        self.assertEqual(*counts[1:])

    def test_what_stays_leaves_nothing(self):
        vals = self.meeting.read([*CHANGES], load=None)[0]
        del vals["id"]
        vals["action_plan"] = f"  {vals['action_plan']}  "
        self.meeting.with_user(self.fm).write({**vals, "status": "monitoring"})
        self.assertEqual(self._changes(), [])

    def test_a_note_leaves_nothing(self):
        self.add_update(self.meeting, "He came.")
        self.assertEqual(self._changes(), [])

    def test_closing_keeps_how_the_case_ended(self):
        self.add_update(
            self.meeting, "Done.", status="closed", resolution_notes=RESOLUTION
        )
        self.assertEqual(self._changes(), [("resolution_notes", False, RESOLUTION)])

    def test_several_fields_of_several_cases(self):
        other = self.record(root_cause="other", urgency_level="high")
        (self.meeting | other).with_user(self.fm).write(
            {"urgency_level": "high", "action_plan": "One plan"}
        )
        self.assertEqual(
            {name for name, *_values in self._changes()},
            {"urgency_level", "action_plan"},
        )
        self.assertEqual([each[0] for each in self._changes(other)], ["action_plan"])

    def test_clearing_a_date(self):
        self.meeting.with_user(self.fm).write({"follow_up_date": False})
        self.assertEqual(self._changes(), [("follow_up_date", str(self.day(2)), False)])

    def test_archiving_and_restoring(self):
        self.meeting.with_user(self.fm).unlink()
        self.meeting.with_user(self.boss).write({"active": True})
        self.assertEqual(
            self._changes(), [("active", "true", "false"), ("active", "false", "true")]
        )
        authors = self.meeting.sudo().change_ids.sorted("id").mapped("create_uid")
        self.assertEqual(authors, self.fm | self.boss)

    def test_handing_over_through_the_dialog(self):
        self.env["intervention.reassign"].with_user(self.boss).create(
            {
                "meeting_ids": [(6, 0, self.meeting.ids)],
                "form_master_id": self.fm2.id,
            }
        ).action_reassign()
        self.assertEqual(
            self._changes(), [("form_master_id", str(self.fm.id), str(self.fm2.id))]
        )

    def test_an_import_leaves_entries(self):
        self.meeting.with_user(self.fm).with_context(tracking_disable=True).load(
            [".id", "urgency_level"], [[str(self.meeting.id), "High"]]
        )
        self.assertEqual(self._changes(), [("urgency_level", "low", "high")])

    def test_no_context_of_a_caller_switches_it_off(self):
        for key in ("tracking_disable", "mail_notrack", "intervention_change"):
            self.meeting.with_user(self.fm).with_context(**{key: True}).write(
                {"action_plan": f"Plan {key}"}
            )
            with self.subTest(key):
                self.assertEqual(self._changes()[-1][2], f"Plan {key}")

    def test_superuser_code_leaves_entries(self):
        self.meeting.sudo().write({"action_plan": "By the system"})
        self.assertEqual(self._changes()[-1][2], "By the system")

    def test_a_refused_change_leaves_nothing(self):
        with self.assertRaises(ValidationError):
            self.meeting.with_user(self.fm).write(
                {"action_plan": " ", "urgency_level": "high"}
            )
        self.assertEqual(self._changes(), [])

    def test_who_sees_the_case_reads_its_changes(self):
        self.meeting.with_user(self.fm).write({"action_plan": "Yeti-plan"})
        changes = self.env["intervention.change"]
        domain = [("meeting_id", "=", self.meeting.id)]
        for user, expected in ((self.fm, 1), (self.fm2, 0), (self.boss, 1)):
            with self.subTest(user.login):
                self.assertEqual(changes.with_user(user).search_count(domain), expected)
        for user in (self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                changes.with_user(user).search_count(domain)
        self.meeting.with_user(self.fm).unlink()
        self.assertFalse(changes.with_user(self.fm).search_count(domain))
        self.assertEqual(changes.with_user(self.boss).search_count(domain), 2)

    def test_nobody_writes_an_entry(self):
        vals = {"meeting_id": self.meeting.id, "field_name": "action_plan"}
        for user in (self.fm, self.boss, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intervention.change"].with_user(user).create(vals)

    def test_nobody_changes_or_deletes_an_entry(self):
        self.meeting.with_user(self.fm).write({"action_plan": "Another plan"})
        change = self.meeting.sudo().change_ids
        for user in (self.fm, self.boss, self.env.user):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    change.with_user(user).write({"old_value": "x"})
                with self.assertRaises(AccessError):
                    change.with_user(user).unlink()
        with self.assertRaises(AccessError):
            change.sudo().write({"new_value": "x"})
        with self.assertRaises(AccessError):
            change.sudo().unlink()

    def test_the_database_refuses_too(self):
        self.meeting.with_user(self.fm).write({"action_plan": "Another plan"})
        self.env.flush_all()
        for statement in (
            "UPDATE intervention_change SET old_value = 'x'",
            "UPDATE intervention_change SET create_uid = 1",
            "DELETE FROM intervention_change",
            "TRUNCATE intervention_change CASCADE",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_it_is_told_in_words(self):
        self.meeting.with_user(self.boss).write(
            {
                "form_master_id": self.fm2.id,
                "urgency_level": "high",
                "follow_up_date": self.day(9),
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        told = {
            each.field_name: (each.field_label, each.old_text, each.new_text)
            for each in self.meeting.with_user(self.boss).change_ids
        }
        self.assertEqual(
            told["form_master_id"], ("Form Master", self.fm.name, self.fm2.name)
        )
        self.assertEqual(told["urgency_level"], ("Urgency Level", "Low", "High"))
        self.assertEqual(told["follow_up_date"][0], "Follow-up Date")
        self.assertIn(str(self.day(9).year), told["follow_up_date"][2])

    def test_no_history_and_no_figure_is_in_the_chatter_alone(self):
        self.meeting.with_user(self.fm).write({"follow_up_date": self.day(5)})
        self.meeting.with_user(self.fm).message_post(body="x", message_type="comment")
        before = self._changes()
        figures = self.meetings(self.fm).get_analytics(group_by=["month"])
        # What keeps the chatter otherwise.
        self.env.cr.execute(
            "ALTER TABLE mail_message DISABLE TRIGGER intervention_keep_message"
        )
        self.meeting.sudo().message_ids.unlink()
        self.assertEqual(self._changes(), before)
        self.assertEqual(
            self.meetings(self.fm).get_analytics(group_by=["month"]), figures
        )

    def test_a_write_without_a_change_costs_no_statement_more(self):
        meeting = self.meeting.with_user(self.fm)
        meeting.write({"urgency_level": "high"})
        self.env.flush_all()
        count = self.cr.sql_log_count
        meeting.write({"urgency_level": "high"})
        self.env.flush_all()
        unchanged = self.cr.sql_log_count - count
        count = self.cr.sql_log_count
        meeting.write({"urgency_level": "low", "action_plan": "One more"})
        self.env.flush_all()
        self.assertLessEqual(self.cr.sql_log_count - count, unchanged + 2)
