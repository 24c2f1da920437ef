import logging

from odoo.tests import tagged
from psycopg2 import Error

from ..tools.log_privacy import install
from .common import NARRATIVE, InterventionCase


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

    def test_the_filter_is_added_once(self):
        logger = logging.getLogger("odoo.sql_db")
        before = list(logger.filters)
        install()
        self.assertEqual(logger.filters, before)
