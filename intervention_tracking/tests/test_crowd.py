"""Odoo's own apps that delete and archive what they find, as superuser."""

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .attendance_common import AttendanceCase
from .common import RESOLUTION

# What tells what happened; none of it goes, whoever asks.
HISTORY = (
    "intervention.attendance",
    "intervention.attendance.change",
    "intervention.attendance.standing",
    "intervention.change",
    "intervention.contact",
    "intervention.meeting",
    "intervention.pause",
    "intervention.progress",
    "intervention.request",
    "mail.message",
    "mail.tracking.value",
)


class CrowdCase(AttendanceCase):
    """A student of whom there is one of everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls._new_user(
            "system", "base.group_system,base.group_partner_manager"
        )
        cls.mother = cls.env["res.partner"].create(
            {"name": "Mo Test", "email": "mo@example.org"}
        )
        cls.ada.write({"guardian_ids": cls.mother.ids, "email": "ada@example.org"})

    def setUp(self):
        super().setUp()
        days = self.store_pattern(self.ada, "paaapaaaeaaa")
        self.store(self.mark(self.ada, days[0], "unexcused"))
        self.standing(self.ada).with_user(self.boss).pause(
            str(self.school_days(1)[0].replace(day=30)), "The mother calls on Monday"
        )
        self.case = self.record()
        self.case.add_progress("She came on time.", status="monitoring")
        self.case.message_post(body="Ask the nurse", message_type="comment")
        self.case.sudo().form_master_id = self.fm2
        # As of an earlier release, or of a field that another app tracks.
        self.env["mail.tracking.value"].create(
            {
                "mail_message_id": self.case.sudo()._message_log(body="Status").id,
                "old_value_char": "Open",
                "new_value_char": "Monitoring",
            }
        )
        self.env["intervention.contact"].with_user(self.fm2).create(
            {
                "meeting_id": self.case.id,
                "guardian_id": self.mother.id,
                "outcome": "reached",
            }
        )
        self.closed = self.in_status("closed", root_cause="family")
        answer = self.meetings(self.fm).request_case(self.ada.id, "health")
        request = self.env["intervention.request"].browse(answer["request"])
        request.with_user(self.boss).action_decline()
        self.env.flush_all()
        self.env.invalidate_all()
        self.before = {name: self.history(name) for name in HISTORY}
        for name, records in self.before.items():
            self.assertTrue(records, name)

    def history(self, name):
        """Return what is known of the students in a model, as superuser."""
        domain = {
            "mail.message": [("model", "=", "intervention.meeting")],
            "mail.tracking.value": [
                ("mail_message_id.model", "=", "intervention.meeting")
            ],
        }.get(name, [])
        return self.env[name].sudo().with_context(active_test=False).search(domain)

    def assertNothingLost(self):
        self.env.flush_all()
        self.env.invalidate_all()
        for name, records in self.before.items():
            self.assertLessEqual(records, self.history(name), name)

    def refusal(self, act, *args):
        """Return the sentence with which Odoo refuses what is tried, or None."""
        try:
            with (
                mute_logger("odoo.models.unlink", "odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                act(*args)
                self.env.flush_all()
        except UserError as error:
            return str(error)
        except psycopg2.IntegrityError as error:
            return self.env["intervention.meeting"]._sql_error_to_message(error)
        finally:
            self.env.invalidate_all()
        return None

    def assertSentence(self, text, name):
        """It is a sentence of ours, of which a person can make something."""
        self.assertTrue(text, name)
        self.assertRegex(text, r"^[A-Z“][^_]*\.$", name)
        self.assertNotIn("violates", text, name)
        self.assertNotIn("required", text, name)
        self.assertDiscreet(text)


@tagged("standard", "post_install", "-at_install")
class TestPrivacyLookup(CrowdCase):
    """*Privacy Lookup* finds a person everywhere, to delete or archive it."""

    def lines_of(self, partner):
        wizard = (
            self.env["privacy.lookup.wizard"]
            .with_user(self.system)
            .create({"name": partner.name, "email": partner.email})
        )
        wizard.action_lookup()
        return wizard.line_ids

    def test_what_is_found_of_a_student_is_refused_with_a_sentence_or_archived(self):
        lines = self.lines_of(self.ada)
        # The case is archived instead of deleted (design rule 7); all others stay.
        for line in lines:
            with self.subTest(f"{line.res_model} {line.res_id}"):
                text = self.refusal(line.action_unlink)
                if line.res_model == "intervention.meeting":
                    self.assertIsNone(text)
                else:
                    self.assertSentence(text, line.res_model)
        self.assertLessEqual(
            {
                "res.partner",
                "intervention.meeting",
                "intervention.attendance",
                "intervention.attendance.change",
                "intervention.attendance.standing",
                "intervention.pause",
                "intervention.request",
            },
            set(lines.mapped("res_model")),
        )
        self.assertNothingLost()
        self.assertFalse((self.case | self.closed).sudo().filtered("active"))
        self.case.with_user(self.boss).action_unarchive()
        self.assertEqual(self.case.sudo().status, "monitoring")

    def test_a_guardian_who_was_spoken_to_stays(self):
        for line in self.lines_of(self.mother):
            with self.subTest(line.res_model):
                self.assertSentence(self.refusal(line.action_unlink), line.res_model)
        self.assertNothingLost()

    def test_messages_of_a_form_master_on_cases_stay_and_others_go(self):
        elsewhere = (
            self.mother.with_user(self.fm)
            .sudo()
            .message_post(body="Elsewhere", author_id=self.fm.partner_id.id)
        )
        self.fm.partner_id.email = "fm@example.org"
        refused = 0
        for line in self.lines_of(self.fm.partner_id):
            if line.res_model != "mail.message":
                continue
            text = self.refusal(line.action_unlink)
            if line.res_id == elsewhere.id:
                self.assertIsNone(text)
            elif self.env["mail.message"].browse(line.res_id).exists().sudo().model:
                refused += 1
                self.assertIn("history", text)
        self.assertTrue(refused)
        self.assertNothingLost()

    def test_all_that_can_be_archived_is_and_comes_back(self):
        lines = self.lines_of(self.ada)
        lines.action_archive_all()
        self.env.flush_all()
        self.assertFalse(self.ada.active)
        self.assertFalse(self.case.sudo().active)
        self.assertNothingLost()
        lines.invalidate_recordset()
        for line in lines.filtered(lambda line: line.has_active and not line.is_active):
            line.is_active = True
            line._onchange_is_active()
        self.assertTrue(self.ada.active)
        self.assertTrue(self.case.sudo().active)

    def test_a_comment_can_still_be_emptied_by_who_wrote_it(self):
        comment = self.history("mail.message").filtered(
            lambda message: "nurse" in message.body
        )
        # As Odoo's route does, when it knows whose comment it is.
        self.case.with_user(self.fm2)._message_update_content(comment, body="")
        self.assertNotIn("nurse", comment.body)
        self.assertTrue(comment.exists())


@tagged("standard", "post_install", "-at_install")
class TestDataRecycle(CrowdCase):
    """The jobs of *Data Recycle* delete what a rule finds, as superuser.

    ``tests/test_neighbours.py`` runs these with the app.
    """

    def setUp(self):
        super().setUp()
        if "data_recycle.model" not in self.env:
            self.skipTest("data_recycle is not installed")

    def recycle(self, name, action="unlink", domain="[]"):
        rule = self.env["data_recycle.model"].create(
            {
                "name": name,
                "res_model_id": self.env["ir.model"]._get_id(name),
                "recycle_mode": "automatic",
                "recycle_action": action,
                "include_archived": True,
                "domain": domain,
            }
        )
        return rule.with_user(self.system).sudo()._recycle_records

    def test_no_job_deletes_a_history(self):
        of_cases = "[('model', '=', 'intervention.meeting')]"
        of_values = "[('mail_message_id.model', '=', 'intervention.meeting')]"
        for name in HISTORY:
            domain = {"mail.message": of_cases, "mail.tracking.value": of_values}
            with self.subTest(name):
                text = self.refusal(self.recycle(name, domain=domain.get(name, "[]")))
                if name != "intervention.meeting":
                    self.assertSentence(text, name)
                self.assertNothingLost()

    def test_no_job_deletes_who_and_what_is_named_in_it(self):
        for record in (
            self.ada,
            self.mother,
            self.fm,
            self.class_a,
            self.source,
            self.env["intervention.plan.template"].search([], limit=1),
        ):
            with self.subTest(record._name):
                domain = f"[('id', '=', {record.id})]"
                text = self.refusal(self.recycle(record._name, domain=domain))
                self.assertSentence(text, record._name)
                self.assertTrue(record.exists())
        self.assertNothingLost()

    def test_an_archived_student_has_left_and_comes_back_with_everything(self):
        domain = f"[('id', '=', {self.ada.id})]"
        self.assertIsNone(self.refusal(self.recycle("res.partner", "archive", domain)))
        self.assertTrue(self.case.sudo().has_student_left)
        self.assertNothingLost()
        self.ada.active = True
        self.assertFalse(self.case.sudo().has_student_left)


@tagged("standard", "post_install", "-at_install")
class TestArchivedAround(CrowdCase):
    """Users and companies are archived by others; what they did stays."""

    def test_an_archived_user_keeps_their_cases_and_entries(self):
        self.fm2.active = False
        self.assertNothingLost()
        self.assertEqual(self.case.sudo().form_master_id, self.fm2)
        self.assertEqual(self.closed.sudo().resolution_notes, RESOLUTION)
        self.assertIn(self.case, self.meetings(self.boss).search([]))

    def test_an_archived_company_keeps_its_cases(self):
        school = self.env["res.company"].create({"name": "Closed School"})
        self.boss.company_ids |= school
        student = self._new_student("Dora Test", "D-1", company_id=school.id)
        case = (
            self.meetings(self.boss)
            .with_context(allowed_company_ids=school.ids)
            .create(self.vals(student_id=student.id))
        )
        school.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(case.sudo().company_id, school)
        self.assertNothingLost()
        school.active = True
        self.assertIn(case, self.meetings(self.boss).search([]).browse(case.ids))

    def test_a_company_with_a_history_is_not_deleted(self):
        school = self.env["res.company"].create({"name": "Deleted School"})
        self.boss.company_ids |= school
        student = self._new_student("Dora Test", "D-1", company_id=school.id)
        self.meetings(self.boss).with_context(allowed_company_ids=school.ids).create(
            self.vals(student_id=student.id)
        )
        self.assertTrue(self.refusal(school.unlink))
        self.assertTrue(school.exists())
