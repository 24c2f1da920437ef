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


@tagged("standard", "post_install", "-at_install")
class TestImportByNumber(InterventionCase):
    """Rows that name a student, as people write them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amina = cls._new_student("Amina Ali", "1107", cls.class_a)
        cls.namesake = cls._new_student("Amina Ali", "Z-9401", cls.class_b)
        cls.zoe = cls._new_student("Zoe Unnumbered", school_class=cls.class_a)

    def _load(self, columns, rows, user=None):
        return self.meetings(user or self.fm).load(
            [
                *columns,
                "meeting_date",
                "absence_reason",
                "root_cause",
                "intervention_notes",
                "action_plan",
            ],
            [
                [*row, self.day(-1).isoformat(), "Reason", "health", "Notes", "Plan"]
                for row in rows
            ],
        )

    def _messages(self, result):
        self.assertFalse(result["ids"])
        return {each["record"]: each["message"] for each in result["messages"]}

    def test_a_student_is_meant_by_number_by_both_or_by_a_name_that_one_has(self):
        for text, student in (
            ("1107", self.amina),
            (" z-9401 ", self.namesake),
            ("Amina Ali (Z-9401)", self.namesake),
            ("amina  ali (1107)", self.amina),
            ("Áda TEST", self.ada),
            ("Zoe Unnumbered (test 7a)", self.zoe),
        ):
            with self.subTest(text), self.env.cr.savepoint() as savepoint:
                result = self._load(["student_id"], [[text]])
                self.assertFalse(result["messages"])
                meeting = self.meetings(self.fm).browse(result["ids"])
                self.assertEqual(meeting.student_id, student)
                savepoint.rollback()

    def test_a_column_with_the_number_means_the_student(self):
        result = self._load(["student_number"], [["1107"], ["z-9401"]])
        self.assertFalse(result["messages"])
        self.assertEqual(
            self.meetings(self.fm).browse(result["ids"]).student_id,
            self.amina | self.namesake,
        )
        self.assertEqual(self.amina.student_number, "1107")

    def test_the_name_beside_the_number_is_held_against_it(self):
        result = self._load(
            ["student_number", "student_id"],
            [["1107", "Amina Ali"], ["T-0001", "Ben Test"]],
        )
        self.assertEqual(set(self._messages(result)), {1})

    def test_who_is_not_clear_is_an_error_of_the_row_and_nothing_is_imported(self):
        before = self.meetings(self.boss).search_count([])
        result = self._load(
            ["student_id"],
            [["Ben Test"], ["Amina Ali"], ["Nobody"], ["Ben Test (1107)"], ["4711"]],
        )
        messages = self._messages(result)
        self.assertEqual(set(messages), {1, 2, 3, 4})
        self.assertIn("1107, Z-9401", messages[1])
        self.assertEqual(self.meetings(self.boss).search_count([]), before)

    def test_a_namesake_who_has_left_is_not_meant(self):
        self.namesake.active = False
        result = self._load(["student_id"], [["Amina Ali"]])
        meeting = self.meetings(self.fm).browse(result["ids"])
        self.assertEqual(meeting.student_id, self.amina)

    def test_the_number_is_set_by_no_other_door(self):
        with self.assertRefused("student_number"):
            self.record(student_number="4711")
        meeting = self.record()
        with self.assertRefused("student_number"):
            meeting.student_number = "4711"
        self.assertEqual(self.ada.student_number, "T-0001")

    def _load_updates(self, columns, rows, user=None):
        return (
            self.env["intervention.progress"]
            .with_user(user or self.fm)
            .load([*columns, "update_text"], [[*row, "Came on time."] for row in rows])
        )

    def test_an_update_goes_to_the_case_that_the_row_means(self):
        health = self.record(student_id=self.amina.id)
        family = self.record(student_id=self.amina.id, root_cause="family")
        ada = self.record()
        closed = self.in_status("closed", root_cause="other")
        for columns, row, case in (
            (["student_number", "root_cause"], ["1107", "Family Issue"], family),
            (["student_id", "root_cause"], ["Amina Ali (1107)", "health"], health),
            (["student_id"], ["T-0001"], ada),
            (["meeting_id"], ["Ada Test"], ada),
            (["student_number", "root_cause"], ["T-0001", "other"], closed),
            (["meeting_id/.id"], [str(health.id)], health),
        ):
            with self.subTest(row):
                result = self._load_updates(columns, [row])
                self.assertFalse(result["messages"])
                entry = self.env["intervention.progress"].browse(result["ids"])
                self.assertEqual(entry.meeting_id, case)

    def test_an_update_whose_case_is_not_clear_is_an_error_of_the_row(self):
        self.record(student_id=self.amina.id)
        self.record(student_id=self.amina.id, root_cause="family")
        self.record(self.fm2, student_id=self.cy.id)
        result = self._load_updates(
            ["student_id"], [["1107"], ["Amina Ali"], ["Cy Test"], ["Nobody"]]
        )
        self.assertEqual(set(self._messages(result)), {0, 1, 2, 3})
        self.assertFalse(
            self.env["intervention.progress"].search([("create_uid", "=", self.fm.id)])
        )

    def test_a_guardian_of_a_name_that_two_have_is_an_error_of_the_row(self):
        partners = self.env["res.partner"]
        sahra = partners.create({"name": "Sahra Only"})
        ali = partners.create([{"name": "Ali Twice", "email": "ali@example.com"}] * 2)
        ali[1].email = "ali2@example.com"
        students = partners.with_context(default_is_intervention_student=True)
        columns = ["name", "school_class_id", "guardian_ids"]
        for names, found in (
            ("Sahra Only", sahra),
            ("Sahra Only,ali2@example.com", sahra | ali[1]),
            ("Ali Twice", None),
        ):
            result = students.load(columns, [["New One", "test 7 a", names]])
            if found:
                student = partners.browse(result["ids"])
                self.assertEqual(student.guardian_ids, found)
                self.assertEqual(student.school_class_id, self.class_a)
            else:
                self.assertEqual(len(self._messages(result)), 1)

    def test_odoo_s_own_screen_offers_the_columns(self):
        if "base_import.import" not in self.env:
            self.skipTest("the import screen is not installed")
        screen = self.env["base_import.import"].with_user(self.fm)
        for model, header in (
            ("intervention.meeting", "Student Number"),
            ("intervention.progress", "Student Number"),
            ("intervention.progress", "Progress Note"),
        ):
            wizard = screen.create(
                {
                    "res_model": model,
                    "file": f"{header}\n1107\n".encode(),
                    "file_type": "text/csv",
                    "file_name": "list.csv",
                }
            )
            preview = wizard.parse_preview(
                {"has_headers": True, "quoting": '"', "separator": ","}
            )
            self.assertTrue(preview.get("matches"), (header, preview.get("error")))
