from odoo.tests import tagged

from .common import InterventionCase

COLUMNS = [
    "student_id/.id",
    "meeting_date",
    "absence_reason",
    "root_cause",
    "intervention_notes",
    "action_plan",
    "urgency_level",
    "follow_up_date",
    "status",
]


@tagged("standard", "post_install", "-at_install")
class TestImport(InterventionCase):
    """Importing meetings from a spreadsheet, as Odoo's import dialog does."""

    def _row(self, **vals):
        row = {
            "student_id/.id": str(self.ada.id),
            "meeting_date": self.day(-1).isoformat(),
            "absence_reason": "Reason",
            "root_cause": "health",
            "intervention_notes": "Notes",
            "action_plan": "Plan",
            "urgency_level": "low",
            "follow_up_date": "",
            "status": "open",
            **vals,
        }
        return [row[column] for column in COLUMNS]

    def _load(self, rows, user=None):
        before = self.meetings(self.boss).search([])
        result = self.meetings(user or self.fm).load(COLUMNS, rows)
        self.flush_tracking()
        return result, self.meetings(self.boss).search([]) - before

    def _errors(self, result):
        """Return which rows were reported, counted from 0."""
        return {
            message["record"]
            for message in result["messages"]
            if message["type"] == "error"
        }

    def test_a_good_file_is_imported(self):
        result, imported = self._load(
            [
                self._row(),
                self._row(root_cause="Family Issue", urgency_level="High"),
                self._row(**{"student_id/.id": str(self.cy.id)}),
                self._row(root_cause="other", status="monitoring"),
                self._row(
                    root_cause="financial", follow_up_date=self.day(4).isoformat()
                ),
            ]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(sorted(result["ids"]), sorted(imported.ids))
        self.assertEqual(len(imported), 5)
        self.assertEqual(imported.form_master_id, self.fm)

    def test_each_bad_row_is_reported_and_none_is_imported(self):
        bad = {
            1: {"meeting_date": self.day(1).isoformat()},
            2: {"absence_reason": " "},
            3: {"action_plan": ""},
            4: {"follow_up_date": self.day(0).isoformat()},
            5: {"status": "closed"},
            6: {"status": "improving"},
            7: {"student_id/.id": str(self.fm.partner_id.id)},
        }
        rows = [self._row()]
        rows += [self._row(**{"root_cause": "other", **bad[number]}) for number in bad]
        rows.append(self._row(root_cause="family"))
        result, imported = self._load(rows)
        self.assertFalse(result["ids"])
        self.assertFalse(imported)
        # Odoo reports the first row as well, for the file as a whole.
        self.assertEqual(self._errors(result) - {0}, set(bad))

    def test_values_that_can_not_be_read_are_reported(self):
        bad = {
            1: {"meeting_date": "2026-13-01"},
            2: {"meeting_date": "nonsense"},
            3: {"root_cause": "Laziness"},
            4: {"urgency_level": "huge"},
            5: {"student_id/.id": "x"},
            6: {"student_id/.id": "999999999"},
        }
        rows = [self._row()]
        rows += [self._row(**{"root_cause": "other", **bad[number]}) for number in bad]
        result, imported = self._load(rows)
        self.assertFalse(result["ids"])
        self.assertFalse(imported)
        # Odoo may report the first row as well, for the file as a whole.
        self.assertEqual(self._errors(result) - {0}, set(bad))

    def test_duplicates_in_a_file_are_refused(self):
        result, imported = self._load([self._row(), self._row()])
        self.assertFalse(result["ids"])
        self.assertFalse(imported)
        self.assertIn(1, self._errors(result))

    def test_what_exists_already_is_refused(self):
        self.record()
        result, imported = self._load([self._row()])
        self.assertFalse(result["ids"])
        self.assertFalse(imported)

    def test_messages_name_the_field_and_what_to_do(self):
        result, _imported = self._load(
            [self._row(meeting_date=self.day(1).isoformat())]
        )
        self.assertIn(
            "Meeting Date: it can't be in the future", str(result["messages"])
        )

    def test_an_administrator_imports_for_form_masters(self):
        rows = [[*self._row(), str(self.fm2.id)]]
        result = self.meetings(self.boss).load([*COLUMNS, "form_master_id/.id"], rows)
        self.assertFalse(result["messages"])
        self.assertEqual(
            self.meetings(self.boss).browse(result["ids"]).form_master_id, self.fm2
        )

    def test_a_form_master_does_not_import_for_others(self):
        rows = [[*self._row(), str(self.fm2.id)]]
        result = self.meetings(self.fm).load([*COLUMNS, "form_master_id/.id"], rows)
        self.assertFalse(result["ids"])
        self.assertTrue(self._errors(result))

    def test_history_is_not_imported_with_another_status(self):
        meeting = self.record()
        result = (
            self.env["intervention.progress"]
            .with_user(self.fm)
            .load(
                ["meeting_id/.id", "update_text", "new_status"],
                [[str(meeting.id), "Forged", "improving"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertFalse(self.progress(meeting))
