import logging

from odoo.tests import HttpCase, tagged
from psycopg2 import Error

from ..tools.log_privacy import _PRIVATE_TABLE, install
from .common import NARRATIVE, InterventionCase

# Nothing in these is of a child.
PUBLIC = {"intervention.class", "intervention.settings", "intervention.plan.template"}


@tagged("standard", "post_install", "-at_install")
class TestLogPrivacy(InterventionCase):
    """What PostgreSQL refuses is logged without a word of what was said."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.note = self.add_update(self.meeting, "Yeti-note")
        self.flush_tracking()

    def _log_of(self, query, *params):
        """Return what is logged when PostgreSQL refuses a statement."""
        with self.assertLogs("odoo.sql_db", "ERROR") as log, self.assertRaises(Error):
            self.env.cr.execute(query, params)
        return "\n".join(log.output)

    def _assert_private(self, text):
        self.assertDiscreet(text)
        for word in ("Yeti", "health", str(self.day(0))):
            self.assertNotIn(word, text)

    def test_a_refused_meeting_is_logged_without_its_values(self):
        columns = ", ".join(NARRATIVE)
        text = self._log_of(
            f"""INSERT INTO intervention_meeting (
                    student_id, form_master_id, company_id, meeting_date, root_cause,
                    urgency_level, status, active, {columns})
                VALUES (%s, %s, %s, %s, 'health', 'low', 'open', true, %s, %s, %s)""",
            self.ada.id,
            self.fm.id,
            self.env.company.id,
            self.day(0),
            *NARRATIVE.values(),
        )
        self._assert_private(text)
        self.assertIn("duplicate key", text)

    def test_a_refused_change_is_logged_without_its_values(self):
        text = self._log_of(
            "UPDATE intervention_meeting SET action_plan = ' ', absence_reason = %s",
            "Yeti-reason",
        )
        self._assert_private(text)

    def test_a_refused_update_is_logged_without_its_values(self):
        self._assert_private(
            self._log_of("UPDATE intervention_progress SET update_text = 'Yeti-forged'")
        )

    def test_a_refused_dialog_is_logged_without_its_values(self):
        self._assert_private(
            self._log_of(
                "INSERT INTO intervention_track (meeting_id, status, update_text) "
                "VALUES (-1, 'open', %s)",
                "Yeti-typed",
            )
        )

    def test_a_value_in_the_words_of_the_database_is_not_logged(self):
        self._assert_private(
            self._log_of(
                "SELECT id FROM intervention_meeting WHERE id IN (%s)", "Yeti-value"
            )
        )

    def test_a_refused_statement_on_another_table_is_logged_as_ever(self):
        text = self._log_of("SELECT id FROM res_partner WHERE id = 'Mouse'")
        self.assertIn("SELECT id FROM res_partner", text)

    def test_a_refused_import_or_request_is_logged_without_its_values(self):
        for query in (
            "INSERT INTO intervention_import_line (import_id, text) VALUES (-1, %s)",
            "INSERT INTO intervention_request (root_cause) VALUES (%s)",
            "INSERT INTO intervention_ask (meeting_id, note) VALUES (-1, %s)",
            "INSERT INTO intervention_student_guardian_rel VALUES (-1, -1, %s)",
            "INSERT INTO intervention_attendance (note) VALUES (%s)",
            "INSERT INTO intervention_attendance_change (new_note) VALUES (%s)",
            "INSERT INTO intervention_attendance_standing (band) VALUES (%s)",
            "INSERT INTO intervention_pause (reason) VALUES (%s)",
            "INSERT INTO intervention_not_now (reason) VALUES (%s)",
            "SELECT note FROM intervention_attendance_mark WHERE note = %s",
        ):
            with self.subTest(query), self.cr.savepoint():
                self._assert_private(self._log_of(query, "Yeti-typed"))

    def test_every_table_is_private_that_can_be_of_a_child(self):
        ours = [
            model
            for model in self.env.registry.values()
            if model._name.startswith("intervention.")
        ]
        known = {model._name for model in ours if not model._abstract}
        self.assertLessEqual(PUBLIC, known)
        for model in ours:
            for name in (model._name, f'"{model._table}"'):
                with self.subTest(name):
                    self.assertEqual(
                        bool(_PRIVATE_TABLE.search(f"UPDATE {name} SET x = 1")),
                        model._name not in PUBLIC,
                    )
        # What marks are gathered in while they are stored, and who is put off at once.
        for table in ("attendance_mark", "attendance_run", "attendance_standing_rel"):
            self.assertTrue(_PRIVATE_TABLE.search(f"FROM intervention_{table} run"))
        for text in ("module = 'intervention_tracking'", "is_intervention_student"):
            self.assertFalse(_PRIVATE_TABLE.search(text))

    def test_the_filters_are_added_once(self):
        for name in ("odoo.sql_db", "odoo.http"):
            logger = logging.getLogger(name)
            before = list(logger.filters)
            self.assertTrue(before)
            install()
            self.assertEqual(logger.filters, before)


@tagged("standard", "post_install", "-at_install")
class TestRefusalsInLog(InterventionCase, HttpCase):
    """What a user is refused with is theirs to read, and not in the server's log."""

    def setUp(self):
        super().setUp()
        self.authenticate("fm", "fm")

    def _log_of_call(self, model, method, *args, **context):
        """Return what the user is told, and what is logged of it."""
        with self.assertLogs("odoo.http", "WARNING") as log:
            answer = self.url_open(
                "/web/dataset/call_kw",
                json={
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": {"context": context},
                    }
                },
            )
        return answer.json()["error"]["data"]["message"], "\n".join(log.output)

    def test_both_texts_of_who_saves_second(self):
        meeting = self.record()
        version = meeting.version
        meeting.action_plan = "Yeti-plan of a colleague"
        told, log = self._log_of_call(
            "intervention.meeting",
            "write",
            [meeting.id],
            {"action_plan": "Yeti-plan of mine"},
            intervention_version=version,
        )
        self.assertIn("Yeti-plan of a colleague", told)
        self.assertIn("Yeti-plan of mine", told)
        self.assertNotIn("Yeti", log)
        self.assertIn("ValidationError", log)
        self.assertIn("intervention_tracking", log)

    def test_what_odoo_refuses_is_logged_as_ever(self):
        told, log = self._log_of_call("res.company", "create", [{"name": "Mouse"}])
        self.assertIn(told.splitlines()[0], log)
