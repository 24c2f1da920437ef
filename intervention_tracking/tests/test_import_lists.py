import base64
import io

import openpyxl
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import InterventionCase


class ImportCase(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss.group_ids += cls.env.ref("base.group_partner_manager")
        # What a demo database has is no matter of these tests.
        cls.env["res.partner"].search(
            [
                ("is_intervention_student", "=", True),
                ("id", "not in", (cls.ada | cls.ben | cls.cy).ids),
            ]
        ).action_archive()
        cls.amina = cls._new_student("Amina Ali", "1107", cls.class_a)
        cls.namesake = cls._new_student("Amina Ali", "Z9401", cls.class_b)

    def check(self, text, kind="students", user=None, **vals):
        """Return the dialog with a file that has been checked."""
        data = text if isinstance(text, bytes) else text.encode()
        dialog = (
            self.env["intervention.import"]
            .with_user(user or self.boss)
            .create(
                {
                    "kind": kind,
                    "file": base64.b64encode(data),
                    "file_name": "list.csv",
                    **vals,
                }
            )
        )
        dialog.action_check()
        return dialog

    def counts(self, dialog):
        return (
            dialog.new_count,
            dialog.changed_count,
            dialog.unchanged_count,
            dialog.missing_count,
            dialog.fault_count,
        )

    def faults(self, dialog):
        return {
            line.row: line.text for line in dialog.line_ids if line.outcome == "fault"
        }


@tagged("standard", "post_install", "-at_install")
class TestStudentList(ImportCase):
    """A school's list of students, imported again and again."""

    LIST = (
        "Student Number;Name;Class\n"
        "1107;Amina Ali;test 7 b\n"
        "z9401;Amina Ali;TEST7B\n"
        "T-0001;Ada Test;Test 7A\n"
        ";Ben Test;Test 7A\n"
        "2001;Faduma Nur;8a\n"
        "2002;Guled Nur;8 A\n"
    )

    def test_the_check_says_what_would_happen_and_stores_nothing(self):
        dialog = self.check(self.LIST)
        self.assertEqual(self.counts(dialog), (2, 1, 3, 1, 0))
        self.assertEqual(dialog.new_classes, "8a")
        self.assertEqual(dialog.missing_ids, self.cy)
        self.assertEqual(self.amina.school_class_id, self.class_a)
        self.assertFalse(
            self.env["res.partner"].search([("student_number", "=", "2001")])
        )
        self.assertIn("Test 7A → Test 7B", dialog.line_ids[0].text)

    def test_the_import_does_it_and_a_repeat_changes_nothing(self):
        dialog = self.check(self.LIST)
        dialog.action_import()
        self.assertEqual(dialog.state, "done")
        self.assertFalse(dialog.file)
        self.assertEqual(self.amina.school_class_id, self.class_b)
        self.assertEqual(self.namesake.student_number, "Z9401")
        new = self.env["res.partner"].search([("student_number", "like", "200_")])
        self.assertEqual(sorted(new.mapped("name")), ["Faduma Nur", "Guled Nur"])
        self.assertTrue(all(new.mapped("is_intervention_student")))
        self.assertEqual(new.school_class_id.mapped("name"), ["8a"])
        self.assertEqual(self.counts(self.check(self.LIST)), (0, 0, 6, 1, 0))

    def test_a_workbook_is_read_with_the_zeros_of_its_numbers(self):
        book = openpyxl.Workbook()
        book.active.append(["Student Number", "Name"])
        book.active.append([117, "Hodan Said"])
        book.active["A2"].number_format = "00000"
        book.active.append([1107, "Amina Ali"])
        data = io.BytesIO()
        book.save(data)
        dialog = self.check(data.getvalue())
        dialog.action_import()
        self.assertEqual(self.counts(dialog)[:3], (1, 0, 1))
        self.assertTrue(
            self.env["res.partner"].search([("student_number", "=", "00117")])
        )

    def test_what_is_not_clear_is_an_error_of_the_row_and_nothing_is_imported(self):
        self._new_student("Lul Test")
        self._new_student("Lul Test")
        dialog = self.check(
            "Student Number,Name,Class\n"
            "3001,Good Row,Test 7A\n"
            ",Amina Ali,Test 7A\n"
            "3002,Lul Test,\n"
            "1107,Omar Hassan,\n"
            "T-0001,Ada Test,\n"
            "t-0001,Ada Test,\n"
            "3003,,Test 7A\n"
        )
        self.assertEqual(set(self.faults(dialog)), {3, 4, 5, 7, 8})
        dialog.action_import()
        self.assertEqual(dialog.state, "checked")
        self.assertFalse(
            self.env["res.partner"].search([("student_number", "=", "3001")])
        )

    def test_an_empty_cell_takes_nothing_away(self):
        self.amina.phone = "0612"
        self.check("Student Number,Name,Class,Phone\n1107,,,\n").action_import()
        self.assertEqual(
            (self.amina.name, self.amina.phone, self.amina.school_class_id),
            ("Amina Ali", "0612", self.class_a),
        )

    def test_who_was_entered_without_a_number_gets_it(self):
        student = self._new_student("Zoe Unnumbered")
        self.check("Student Number,Name\n77,zoe unnumbered\n").action_import()
        self.assertEqual(student.student_number, "77")

    def test_who_has_left_and_is_in_the_list_is_back(self):
        self.cy.active = False
        dialog = self.check("Student Number\nt-0003\n")
        self.assertEqual(dialog.changed_count, 1)
        dialog.action_import()
        self.assertTrue(self.cy.active)

    def test_who_is_missing_is_offered_to_be_marked_as_left(self):
        self.ben.student_left_on = self.day(-3)
        dialog = self.check("Student Number,Name\n1107,Amina Ali\nT-0002,Ben Test\n")
        self.assertEqual(dialog.missing_ids, self.ada | self.cy | self.namesake)
        dialog.action_import()
        self.assertFalse(self.ben.student_left_on)
        action = dialog.action_leave()
        leave = (
            self.env[action["res_model"]]
            .with_user(self.boss)
            .with_context(**action["context"])
            .create({})
        )
        leave.action_leave()
        self.assertTrue(self.cy.has_left_school)
        self.assertFalse(self.amina.has_left_school)

    def test_guardians_come_by_the_student_s_number_and_siblings_share_them(self):
        mother = self.env["res.partner"].create({"name": "Sahra Test"})
        self.ada.guardian_ids = mother
        text = (
            "Student Number,Guardian,Guardian Phone\n"
            "T-0001,Sahra Test,061 55\n"
            "T-0001,Ali Test,061 66\n"
            "T-0002,Ali Test,06166\n"
        )
        dialog = self.check(text)
        self.assertEqual(self.counts(dialog), (0, 2, 0, 0, 0))
        dialog.action_import()
        self.assertEqual(mother.phone, "061 55")
        self.assertEqual(
            sorted(self.ada.guardian_ids.mapped("name")), ["Ali Test", "Sahra Test"]
        )
        self.assertEqual(self.ben.guardian_ids, self.ada.guardian_ids - mother)
        self.assertEqual(self.counts(self.check(text)), (0, 0, 2, 0, 0))

    def test_new_guardians_are_in_the_company_of_the_student(self):
        self.env["res.company"].create({"name": "Another School"})
        self.ben.write({"school_class_id": False, "company_id": False})
        dialog = self.check(
            "Student Number,Name,Guardian,Guardian Phone\n"
            "T-0001,Ada Test,Sahra Test,061 55\n"
            "T-0002,Ben Test,Ali Test,061 66\n"
            "2001,Faduma Nur,Nur Test,061 77\n"
            "T-0002,,Asli Test,061 88\n"
            "T-0003,Cy Test,Asli Test,061 88\n"
        )
        dialog.action_import()
        guardians = self.env["res.partner"].search([("phone", "=like", "061 %")])
        self.assertEqual(
            {each.name: each.company_id for each in guardians},
            {
                "Sahra Test": self.env.company,
                "Ali Test": self.env["res.company"],
                "Nur Test": self.env.company,
                "Asli Test": self.env.company,
            },
        )

    def test_it_is_for_administrators_who_may_make_contacts(self):
        with self.assertRaises(AccessError):
            self.check(self.LIST, user=self.fm)
        self.boss.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.check(self.LIST)

    def test_a_file_belongs_to_who_uploaded_it(self):
        dialog = self.check(self.LIST)
        other = dialog.with_user(self._new_user("boss2", "base.group_system"))
        for user in (self.fm, self.staff, other.env.user):
            with self.assertRaises(AccessError):
                dialog.with_user(user).read(["file"])

    def test_what_is_no_such_file_is_refused_in_a_sentence(self):
        for data in (b"PK\x03\x04nonsense", b"\x00\x01", b"", b" \n"):
            with self.assertRaises(UserError):
                self.check(data)
        with self.assertRaisesRegex(UserError, "Student Number / Name"):
            self.check("Colour\nred\n")


@tagged("standard", "post_install", "-at_install")
class TestImportDialog(ImportCase):
    """Meetings and updates, by the addon's own dialog."""

    HEADER = (
        "Student Number,Meeting Date,Absence Reason,Root Cause,Intervention Notes,"
        "Action Plan,Colour\n"
    )

    def _row(self, day, number="1107", cause="Health Issue"):
        return f"{number},{day},Reason,{cause},Notes,Plan,red\n"

    def test_a_check_stores_nothing_and_the_import_does(self):
        day = self.day(-1).isoformat()
        text = self.HEADER + self._row(day) + self._row(day, "t-0001", "family")
        dialog = self.check(text, "meetings", self.fm)
        self.assertEqual((dialog.new_count, dialog.fault_count), (2, 0))
        self.assertEqual(dialog.unused_columns, "Colour")
        self.assertFalse(
            self.meetings(self.fm).search([("student_id", "=", self.amina.id)])
        )
        dialog.action_import()
        meeting = self.meetings(self.fm).search([("student_id", "=", self.amina.id)])
        self.assertEqual(meeting.meeting_date, self.day(-1))
        self.assertEqual(meeting.form_master_id, self.fm)

    def test_rows_at_fault_are_told_by_their_place_in_the_file(self):
        day = self.day(-1).isoformat()
        text = self.HEADER + self._row(day) + "\n" + self._row("x", "t-0001")
        text += self._row(day, "Amina Ali")
        dialog = self.check(text, "meetings", self.fm)
        self.assertEqual(set(self.faults(dialog)), {4, 5})
        dialog.action_import()
        self.assertFalse(
            self.meetings(self.fm).search([("student_id", "=", self.amina.id)])
        )

    def test_days_that_fit_both_orders_are_asked_about(self):
        year = self.day(0).year - 1
        text = (
            self.HEADER
            + self._row(f"03/04/{year}")
            + self._row(f"05/05/{year}", "t-0001")
        )
        dialog = self.check(text, "meetings", self.fm)
        self.assertEqual(dialog.state, "file")
        self.assertEqual(dialog.day_example, f"03/04/{year}")
        self.assertFalse(dialog.new_count)
        for order, month in (("dmy", 4), ("mdy", 3)):
            with self.subTest(order), self.env.cr.savepoint() as savepoint:
                answered = self.check(text, "meetings", self.fm, day_order=order)
                answered.action_import()
                meeting = self.meetings(self.fm).search(
                    [("student_id", "=", self.amina.id)]
                )
                self.assertEqual(meeting.meeting_date.month, month)
                savepoint.rollback()

    def test_days_that_fit_one_order_are_not(self):
        year = self.day(0).year - 1
        for clear, month in ((f"25.04.{year}", 3), (f"04.25.{year}", 2)):
            with self.subTest(clear), self.env.cr.savepoint() as savepoint:
                text = (
                    self.HEADER
                    + self._row(clear)
                    + self._row(f"02.03.{year}", "t-0001")
                )
                dialog = self.check(text, "meetings", self.fm)
                self.assertFalse(dialog.day_example)
                dialog.action_import()
                meeting = self.meetings(self.fm).search(
                    [("student_id", "=", self.ada.id)]
                )
                self.assertEqual(meeting.meeting_date.month, month)
                savepoint.rollback()

    def test_updates_are_imported(self):
        meeting = self.record(meeting_date=self.day(-9))
        text = (
            f"Student,Progress Note,Happened On\nAda Test,Came on time.,{self.day(-2)}"
        )
        dialog = self.check(text, "updates", self.fm)
        self.assertFalse(self.progress(meeting))
        dialog.action_import()
        self.assertEqual(self.progress(meeting).happened_on, self.day(-2))
        self.assertEqual(self.progress(meeting).update_text, "Came on time.")


@tagged("standard", "post_install", "-at_install")
class TestEarlierCases(ImportCase):
    """Closed cases of earlier years, with their real days."""

    HEADER = (
        "Student Number,Meeting Date,Absence Reason,Root Cause,Intervention Notes,"
        "Action Plan,Resolution Notes,Closed Date\n"
    )

    def _row(self, met, closed, number="1107"):
        return f"{number},{met},Reason,Health Issue,Notes,Plan,Is well,{closed}\n"

    def _imported(self, text, **vals):
        dialog = self.check(text, "earlier", **vals)
        self.assertFalse(self.faults(dialog))
        dialog.action_import()
        return self.meetings(self.boss).search([("is_imported", "=", True)])

    def test_they_come_in_closed_with_their_days_and_tell_nobody(self):
        met, closed = self.day(-3650), self.day(-3600)
        with self.mock_mail_gateway():
            case = self._imported(self.HEADER + self._row(met, closed))
        self.assertEqual(case.status, "closed")
        self.assertEqual((case.meeting_date, case.closed_date), (met, closed))
        self.assertEqual(case.create_uid, self.boss)
        self.assertFalse(case.class_id)
        self.assertFalse(case.activity_ids)
        self.assertFalse(case.message_partner_ids)
        self.assertNotSentEmail()
        report = self.env["intervention.report"].search([("meeting_id", "=", case.id)])
        self.assertEqual((report.days_to_close, report.closed_share), (50, 1))
        self.assertIs(report.improved_share, False)
        self.assertIs(report.escalated_share, False)
        with self.assertRefused("absence_reason"):
            case.absence_reason = "Other"

    def test_they_go_beside_an_active_case_and_to_who_has_left(self):
        self.record(student_id=self.amina.id)
        self.cy.active = False
        rows = self._row(self.day(-900), self.day(-800)) + self._row(
            self.day(-900), self.day(-800), "T-0003"
        )
        self.assertEqual(
            self._imported(self.HEADER + rows).student_id, self.amina | self.cy
        )

    def test_a_repeat_brings_only_what_is_new(self):
        text = self.HEADER + self._row(self.day(-900), self.day(-800))
        self._imported(text)
        text += self._row(self.day(-700), self.day(-600))
        dialog = self.check(text, "earlier")
        self.assertEqual((dialog.new_count, dialog.unchanged_count), (1, 1))
        self.assertEqual(len(self._imported(text)), 2)

    def test_the_class_of_then_is_found_by_its_name(self):
        self.class_b.active = False
        text = self.HEADER.strip() + ",Class\n"
        text += self._row(self.day(-900), self.day(-800)).strip() + ",test7b\n"
        self.assertEqual(self._imported(text).class_id, self.class_b)

    def test_days_that_can_not_be_are_errors(self):
        future = self.day(2)
        rows = (
            (self.day(-9), self.day(-10)),
            (self.day(-9), future),
            (future, future),
            ("0202-03-02", self.day(-9)),
            ("1926-03-02", self.day(-9)),
            ("", self.day(-9)),
            (self.day(-9), ""),
        )
        dialog = self.check(
            self.HEADER + "".join(self._row(*row) for row in rows), "earlier"
        )
        self.assertEqual(set(self.faults(dialog)), set(range(2, 9)))
        self.assertIn("0202", self.faults(dialog)[5])

    def test_no_other_door_makes_them(self):
        with self.assertRaises(AccessError):
            self.check(
                self.HEADER + self._row(self.day(-9), self.day(-8)),
                "earlier",
                self.fm,
            )
        with self.assertRefused("is_imported"):
            self.record(self.boss, is_imported=True)
        with self.assertRefused("status", "closed_date"):
            self.meetings(self.boss).with_context(intervention_earlier=True).create(
                self.vals(
                    status="closed", closed_date=self.day(-1), resolution_notes="x"
                )
            )
