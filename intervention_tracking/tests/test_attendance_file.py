import base64
import io
from datetime import date, datetime
from itertools import permutations

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from openpyxl import Workbook

from .common import ADMIN, InterventionCase

HEADER = "Student Number,Date,Code"
# Ada on two days, Ben on one, in November 2026; a Thursday and a Friday.
PLAIN = f"{HEADER}\nT-0001,2026-11-05,P\nT-0001,2026-11-06,A\nT-0002,2026-11-05,E\n"
MARKS = [
    ("T-0001", date(2026, 11, 5), "present"),
    ("T-0001", date(2026, 11, 6), "unexcused"),
    ("T-0002", date(2026, 11, 5), "excused"),
]


def workbook(rows, merged=(), formats=()):
    """Return a workbook as bytes.

    :param merged: ranges as ``A1:B2``
    :param formats: pairs of a cell and the format of its number
    """
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cell, number_format in formats:
        sheet[cell].number_format = number_format
    for each in merged:
        sheet.merge_cells(each)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class AttendanceFileCase(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-11-27 12:00:00"))
        # What a demo database has is no matter of these tests.
        cls.env["res.partner"].search(
            [
                ("is_intervention_student", "=", True),
                ("id", "not in", (cls.ada | cls.ben | cls.cy).ids),
            ]
        ).action_archive()
        codes = cls.env["intervention.attendance.code"]
        codes.search([]).action_archive()
        meanings = {"P": "present", "L": "late", "A": "unexcused", "E": "excused"}
        codes.create(
            [{"code": code, "meaning": each} for code, each in meanings.items()]
        )
        cls.source = cls.new_source()

    @classmethod
    def new_source(cls, **vals):
        sources = cls.env["intervention.attendance.source"].with_user(cls.boss)
        return sources.create({"name": "Test File", **vals})

    @property
    def files(self):
        return self.env["intervention.attendance.file"].with_user(self.boss)

    def marks_of(self, data, source=None, **choices):
        """Return the marks of a file, and what reads it."""
        data = data.encode() if isinstance(data, str) else data
        source = source or self.source
        look = self.files._look(io.BytesIO(data), source, choices)
        problems = self.files._problems(look, choices)
        self.assertFalse(problems)
        reader = self.files._reader(look, source, choices)
        marks = list(reader.marks())
        self.assertEqual(reader.marks_count, len(marks))
        return marks, reader

    def meanings(self, data, **choices):
        """Return number, day and meaning of each mark of a file, and its faults."""
        marks, reader = self.marks_of(data, **choices)
        partners = self.env["res.partner"]
        found = [
            (partners.browse(student).student_number, day, meaning)
            for student, day, _slot, meaning, *_rest in marks
        ]
        return sorted(found), dict(reader.broken)


@tagged("standard", "post_install", "-at_install")
class TestAttendanceReading(AttendanceFileCase):
    """What is made of files, whatever program wrote them."""

    def test_texts_in_every_encoding_and_with_every_separator_say_the_same(self):
        for separator in ",;\t|":
            text = PLAIN.replace(",", separator)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"):
                with self.subTest(separator=separator, encoding=encoding):
                    found = self.meanings(text.encode(encoding))
                    self.assertEqual(found, (MARKS, {}))
        for text in (
            f"sep=;\n{PLAIN}".replace(",", ";"),
            PLAIN.replace("\n", "\r\n"),
            PLAIN.replace("\n", "\r"),
            f"\n\n,,\n{PLAIN}\n,,\n\n",
            PLAIN.rstrip("\n"),
            PLAIN.lower(),
            f"Attendance, autumn term\n\n{PLAIN}",
            "School,,\n" + PLAIN.replace("Student Number", "Adm. No"),
            # Two lines of a header.
            "Student,,Mark\nNumber,Date,Code\n" + PLAIN.partition("\n")[2],
            "Student,Date,\nNo.,,Code\n" + PLAIN.partition("\n")[2],
            # The header on every page, and a sum below.
            PLAIN.replace("T-0002", f"{HEADER}\nT-0002") + "Total,,3\n",
        ):
            with self.subTest(text):
                self.assertEqual(self.meanings(text), (MARKS, {}))

    def test_letters_of_windows_are_read(self):
        text = f"{HEADER},Comment\nT-0001,2026-11-05,A,Fièvre\n"
        for encoding in ("cp1252", "utf-8", "utf-16"):
            [mark], _reader = self.marks_of(text.encode(encoding))
            self.assertEqual(mark[-1], "Fièvre")

    def test_quoted_line_breaks_and_separators_belong_to_the_cell(self):
        text = f'{HEADER},Note\nT-0001,2026-11-05,P,"a,\nb"\nT-0002,2026-11-05,X,\n'
        text += "T-0001,nothing,P,\n"
        [mark], reader = self.marks_of(text)
        self.assertEqual(mark[-1], "a,\nb")
        # Rows are counted as a spreadsheet program does.
        self.assertEqual([row for row, _text in reader.broken], [4])

    def test_a_quotation_mark_that_is_never_closed_is_told(self):
        text = f'{PLAIN}T-0001,2026-11-09,"P\n' + "x" * 200000
        with self.assertRaisesRegex(UserError, "row 5"):
            self.marks_of(text)

    def test_workbooks_are_read(self):
        rows = [
            ["T-0001", datetime(2026, 11, 5), "P"],
            ["T-0001", date(2026, 11, 6), "a"],
            ["T-0002", 46331, "E"],
        ]
        header = HEADER.split(",")
        cases = {
            "plain": workbook([header, *rows]),
            "title": workbook([["Attendance"], [], header, *rows], ["A1:C1"]),
            "two lines": workbook(
                [["Student", "Date", "Mark"], ["Number", None, "Code"], *rows],
                ["B1:B2"],
            ),
            "totals": workbook([header, *rows, [], ["Total", None, 3]], ["A6:B6"]),
            "merged": workbook(
                [header, rows[0], [None, *rows[1][1:]], rows[2]], ["A2:A3"]
            ),
            "date as text": workbook(
                [header, rows[0], ["T-0001", "6-Nov-26", "A"], rows[2]]
            ),
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.assertEqual(self.meanings(data), (MARKS, {}))

    def test_dates_as_people_and_programs_write_them(self):
        for text in (
            "2026-11-05", "5-Nov-26", "05-NOV-2026", "5 November 2026", "Nov 5, 2026",
            "5 nov. 2026", "5 de noviembre de 2026", "5 novembre 2026", "20261105",
            "46331", "46331.0", "2026-11-05 08:15", "2026-11-05T08:15:00Z",
            "2026/11/5", "Thu 2026-11-05", "mar. 5 nov. 2026", "٥ نوفمبر ٢٠٢٦",
        ):  # fmt: skip
            with self.subTest(text):
                found, faults = self.meanings(f'{HEADER}\nT-0001,"{text}",P\n')
                self.assertEqual(found, MARKS[:1], faults)

    def test_the_order_of_dates_comes_from_the_whole_file(self):
        for days, order in (
            (("05/11/2026", "26/11/2026"), "dmy"),
            (("11/05/2026", "11/26/2026"), "mdy"),
            (("5.11.26", "26.11.26"), "dmy"),
        ):
            text = HEADER + "".join(f"\nT-0001,{day},P" for day in days)
            found, _faults = self.meanings(text)
            self.assertEqual([day.day for _number, day, _meaning in found], [5, 26])
            look = self.files._look(io.BytesIO(text.encode()), self.source)
            self.assertEqual((look.date_order, look.doubtful), (order, None))

    def test_dates_that_can_be_read_in_two_ways_are_asked_about(self):
        for days in (
            ("05/11/2026", "06/11/2026"),
            ("01/02/2026", "2026-11-05"),
            # Written by two people.
            ("26/11/2026", "11/05/2026", "11/26/2026"),
        ):
            text = HEADER + "".join(f"\nT-0001,{day},P" for day in days)
            with self.subTest(days), self.assertRaises(ValidationError) as caught:
                self.files._import(io.BytesIO(text.encode()), self.source)
            self.assertEqual(set(caught.exception.problems), {"date_order"})
        text = f"{HEADER}\nT-0001,05/11/2026,P"
        for order, month in (("dmy", 11), ("mdy", 5)):
            [found], _faults = self.meanings(text, date_order=order)
            self.assertEqual(found[1].month, month)
        # The same day in each order.
        found, _faults = self.meanings(f"{HEADER}\nT-0001,05/05/2026,P")
        self.assertEqual(found[0][1], date(2026, 5, 5))

    def test_numbers_that_a_spreadsheet_shortened_are_told(self):
        self._new_student("Dora Long", "11712", self.class_a)
        self._new_student("Eve Short", "1170", self.class_a)
        text = f"{HEADER}\n%s,2026-11-05,P\n"
        for number, found in (
            ("1.1712E+04", "11712"),
            ("1,1712E+04", "11712"),
            ("1.17120E+04", "11712"),
            ("1.170E+03", "1170"),
            # 1165 to 1174.
            ("1.17E+03", None),
            ("1.2E+15", None),
        ):
            with self.subTest(number):
                marks, faults = self.meanings(text % f'"{number}"')
                self.assertEqual([each[0] for each in marks], [found] if found else [])
                self.assertEqual(list(faults), [] if found else [2])
        # A workbook has the number itself, unless it was shortened before.
        for number, number_format, is_found in (
            (11712, "0.00E+00", True),
            (11712, "General", True),
            (1170, "General", True),
            (1170, "0.00E+00", False),
        ):
            rows = [HEADER.split(","), [number, date(2026, 11, 5), "P"]]
            data = workbook(rows, formats=[("A2", number_format)])
            marks, faults = self.meanings(data)
            self.assertEqual((bool(marks), bool(faults)), (is_found, not is_found))

    def test_a_number_that_looks_shortened_may_be_one(self):
        self._new_student("Fay Strange", "1.17E+03", self.class_a)
        found, _faults = self.meanings(f"{HEADER}\n1.17e+03,2026-11-05,P\n")
        self.assertEqual(len(found), 1)

    def test_students_are_found_by_what_the_file_has(self):
        self._new_student("Ada Test", "T-0009", self.class_b)
        self.env["ir.model.data"].create(
            {
                "module": "school",
                "name": "s1",
                "model": "res.partner",
                "res_id": self.ada.id,
            }
        )
        for header, cells, number in (
            ("Student Number", "t-0001", "T-0001"),
            ("Student Number", " T-0001\u200b ", "T-0001"),
            ("Student", "Ada Test (T-0001)", "T-0001"),
            ("Student", "Ben Test", "T-0002"),
            ("Name,Class", "Ada Test,test 7a", "T-0001"),
            ("Name,Class", "ADA  TEST,Test7B", "T-0009"),
            ("Name", "Ben Test", "T-0002"),
            ("Number,Name", "T-0001,Ada", "T-0001"),
            ("Number,Name", ",Ben Test", "T-0002"),
            ("External ID", "school.s1", "T-0001"),
            ("External ID", "S1", "T-0001"),
        ):
            with self.subTest(header, cells=cells):
                found, faults = self.meanings(
                    f"{header},Date,Code\n{cells},2026-11-05,P\n"
                )
                self.assertEqual(found, [(number, *MARKS[0][1:])], faults)
        for header, cells, is_fault in (
            ("Student Number", "T-000", False),
            ("Student Number", "", True),
            ("Name", "Ada Test", True),
            ("Name,Class", "Ben Test,Test 7B", False),
            ("Number,Name", "T-0001,Zoe Other", True),
            ("External ID", "s2", False),
        ):
            with self.subTest(header, cells=cells):
                marks, reader = self.marks_of(
                    f"{header},Date,Code\n{cells},2026-11-05,P\n"
                )
                self.assertFalse(marks)
                self.assertEqual(bool(reader.broken), is_fault)
                self.assertEqual(bool(reader.unknown_students), not is_fault)

    def test_columns_are_known_in_other_languages_and_chosen_once(self):
        for header in (
            "Matricule;Date;Statut",
            "Número de alumno;Fecha;Código",
            "رقم الطالب;التاريخ;الحالة",
        ):
            text = PLAIN.replace(HEADER, header.replace(";", ","))
            self.assertEqual(self.meanings(text), (MARKS, {}))
        text = PLAIN.replace(HEADER, "Foo,Bar,Baz")
        look = self.files._look(io.BytesIO(text.encode()), self.source)
        self.assertEqual(
            set(self.files._problems(look, {})), {"number_column", "date_column"}
        )
        self.assertEqual(look.header.examples[0], "T-0001, T-0002")
        columns = {"foo": "number", "Bar": "date", "BAZ": "code"}
        self.assertEqual(self.meanings(text, columns=columns), (MARKS, {}))
        # Without a header.
        text = PLAIN.partition("\n")[2]
        fields = ["number", "date", "code"]
        self.assertEqual(self.meanings(text, fields=fields), (MARKS, {}))
        columns = {"Nothing": "number"}
        look = self.files._look(io.BytesIO(PLAIN.encode()), self.source)
        self.assertIn("number_column", self.files._problems(look, {"columns": columns}))

    def test_codes_minutes_and_sessions(self):
        text = (
            "Number,Date,Session,Mark,Minutes Late\n"
            "T-0001,2026-11-05,AM,l,0:15\nT-0001,2026-11-05,PM,P,\n"
            "T-0002,2026-11-05,AM,L,90 min\nT-0002,2026-11-06,AM,L,soon\n"
            "T-0002,2026-11-09,AM,?,\nT-0002,2026-11-10,AM,?,\n"
        )
        marks, reader = self.marks_of(text)
        self.assertEqual(
            [mark[2:6] for mark in marks],
            [("AM", "late", "l", 15), ("PM", "present", "P", 0)]
            + [("AM", "late", "L", 90)],
        )
        self.assertEqual(reader.unknown_codes, {"?": 2})
        self.assertEqual([row for row, _text in reader.broken], [5])
        for meaning, count in (("excused", 5), ("ignore", 3)):
            marks, reader = self.marks_of(text, codes={"?": meaning})
            self.assertEqual(len(marks), count)
            self.assertFalse(reader.unknown_codes)

    def test_a_note_has_the_length_of_one_in_the_register(self):
        rows = "".join(
            f"T-0001,2026-11-{day:02},P,{'x' * length}\n"
            for day, length in ((5, 250), (6, 251))
        )
        marks, reader = self.marks_of(f"{HEADER},Note\n{rows}")
        self.assertEqual([len(mark[-1]) for mark in marks], [250])
        [(row, text)] = reader.broken
        self.assertEqual(row, 3)
        self.assertIn("250", text)

    def test_rows_that_are_no_days_are_told(self):
        rows = ("31/11/2026", "2026-12-01", "1066-11-05", "", "?")
        text = HEADER + "".join(f"\nT-0001,{day},P" for day in rows)
        marks, reader = self.marks_of(f"{text}\nT-0001,2026-11-05,P\n")
        self.assertEqual(len(marks), 1)
        self.assertEqual([row for row, _text in reader.broken], [2, 3, 4, 5, 6])

    def test_what_is_no_table_is_refused(self):
        for data in (
            b"",
            b"\n\n",
            b"PK\x03\x04 no workbook",
            b"a\x00b\x00\x00c\x01" * 9,
        ):
            with self.subTest(data), self.assertRaises(UserError):
                self.files._import(io.BytesIO(data), self.source)
        # A file with a header alone has no marks.
        self.assertEqual(self.meanings(HEADER), ([], {}))


@tagged("standard", "post_install", "-at_install")
class TestAttendanceImport(AttendanceFileCase):
    """What files make of school days, and what is told of it."""

    def bring(self, text, source=None, dry_run=False, **choices):
        """Import a file, and return the report."""
        file = io.BytesIO(text.encode())
        source = source or self.source
        return self.files._import(file, source, choices, dry_run)

    def days(self):
        """Return what is stored, whoever stored it."""
        return {
            (day.student_id.student_number, day.date.isoformat()): (
                day.possible,
                day.absent,
                day.excused,
                day.codes,
            )
            for day in self.env["intervention.attendance"].search([])
        }

    def counts(self, report):
        """Return those numbers of days that are not 0."""
        return {name: count for name, count in report["days"].items() if count}

    def test_a_dry_run_says_what_the_run_does_and_stores_nothing(self):
        self.bring(PLAIN)
        self.ben.student_left_on = date(2026, 11, 10)
        text = HEADER + "".join(
            f"\n{row}"
            for row in (
                "T-0001,2026-11-05,P",  # as before
                "T-0001,2026-11-06,E",  # changed; Ben's day is gone
                "T-0003,2026-11-05,l",  # new
                "T-0002,2026-11-09,P",  # new, before Ben left
                "T-0002,2026-11-11,P",
                "T-0001,2026-11-08,P",  # a Sunday
                "T-0003,2026-11-06,A",
                "T-0003,2026-11-06,P",
                "X-1,2026-11-05,P",
                "X-1,2026-11-06,P",
                "X-2,2026-11-05,P",
                "T-0001,2026-11-09,?",
                "T-0001,tomorrow,P",
                "",
                "Total,,12",
            )
        )
        before, written = self.days(), self.source.run_at
        dry = self.bring(text, dry_run=True)
        self.assertEqual((self.days(), self.source.run_at), (before, written))
        report = self.bring(text)
        self.assertEqual({**report, "dry_run": True}, dry)
        self.assertEqual(
            self.counts(report),
            {
                "unchanged": 1,
                "changed": 1,
                "new": 2,
                "after_leaving": 1,
                "closed": 1,
                "contradictory": 1,
                "gone": 1,
            },
        )
        self.assertEqual(
            report["unknown_students"], {"count": 2, "rows": 3, "items": ["X-1", "X-2"]}
        )
        self.assertEqual(
            report["unknown_codes"], {"count": 1, "rows": 1, "items": ["?"]}
        )
        self.assertEqual([each["row"] for each in report["broken"]["items"]], [14])
        self.assertEqual(
            report["contradictions"],
            [
                {
                    "student": self.cy.id,
                    "student_id_number": "T-0003",
                    "date": date(2026, 11, 6),
                }
            ],
        )
        self.assertEqual(
            [report[name] for name in ("rows", "marks", "left_out")], [14, 8, 1]
        )
        source = self.source
        self.assertEqual(
            (source.run_new, source.run_changed, source.run_unchanged, source.run_gone),
            (2, 1, 1, 1),
        )
        self.assertEqual(source.run_unknown_students, 2)
        self.assertEqual(source.run_by_id, self.boss)
        self.assertEqual(source.last_day, date(2026, 11, 9))

    def test_the_same_file_again_changes_nothing(self):
        self.assertEqual(self.counts(self.bring(PLAIN)), {"new": 3})
        days = self.env["intervention.attendance"].search([])
        before = days.read(["updated_at", "codes"])
        again = self.bring(PLAIN)
        self.assertEqual(self.counts(again), {"unchanged": 3})
        days.invalidate_recordset()
        self.assertEqual(days.read(["updated_at", "codes"]), before)
        self.assertFalse(self.env["intervention.attendance.change"].search([]))

    def test_files_of_the_same_facts_in_any_order_give_the_same_days(self):
        files = [
            PLAIN,
            f"{HEADER}\nT-0002,2026-11-09,P\nT-0001,2026-11-09,L\n",
            "Code;Date;Student Number\nE;10/11/2026;T-0003\nA;13/11/2026;T-0003\n",
        ]
        found = []
        for order in permutations([*files, files[0]]):
            with self.env.cr.savepoint() as savepoint:
                for text in order:
                    self.bring(text)
                found.append(self.days())
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(len(found[0]), 7)
        self.assertTrue(all(each == found[0] for each in found))

    def test_days_that_are_gone_are_removed_only_when_that_is_wanted(self):
        self.bring(PLAIN)
        shorter = f"{HEADER}\nT-0001,2026-11-05,P\nT-0001,2026-11-06,A\n"
        self.assertEqual(self.bring(shorter)["days"]["removed"], 0)
        self.assertEqual(len(self.days()), 3)
        report = self.bring(shorter, remove_gone=True)
        self.assertEqual((report["days"]["gone"], report["days"]["removed"]), (1, 1))
        self.assertEqual(len(self.days()), 2)
        change = self.env["intervention.attendance.change"].search([])
        self.assertEqual((change.student_id, change.old_codes), (self.ben, "E"))
        self.assertFalse(change.new_possible)

    def test_a_source_of_absences_says_who_was_there(self):
        source = self.new_source(holds="absences")
        text = f"{HEADER}\nT-0001,2026-11-05,A\nT-0002,2026-11-09,E\n"
        with self.assertRaises(ValidationError) as caught:
            self.bring(text, source)
        self.assertEqual(set(caught.exception.problems), {"complete_until"})
        with self.assertRaises(ValidationError):
            self.bring(text, source, complete_until=date(2026, 11, 4))
        self.bring(text, source, complete_until=date(2026, 11, 10))
        days = self.days()
        # Thursday to Tuesday, without the weekend, of three students.
        self.assertEqual(len(days), 12)
        self.assertEqual(sum(missed for _possible, missed, *_rest in days.values()), 2)
        self.assertEqual(source.complete_until, date(2026, 11, 10))
        again = self.bring(text, source)
        self.assertEqual(self.counts(again), {"unchanged": 12})
        # The days before the first absence are as complete.
        self.bring(text, source, complete_from=date(2026, 11, 3))
        self.assertEqual(len(self.days()), 18)
        # What was said of it does not hold for a file that goes on.
        later = f"{text}T-0001,2026-11-12,A\n"
        with self.assertRaises(ValidationError):
            self.bring(later, source)
        # Without codes each row is an absence, of which kind is asked.
        text = "Student Number,Date\nT-0003,2026-11-05\n"
        report = self.bring(text, source, dry_run=True)
        self.assertEqual(report["unknown_codes"]["items"], [""])
        report = self.bring(text, source, codes={"": "unexcused"})
        self.assertEqual(report["marks"], 1)

    def test_what_was_chosen_once_is_remembered(self):
        text = "Foo,Bar,Baz\nT-0001,05/11/2026,sick\nT-0002,05/11/2026,home\n"
        choices = {
            "columns": {"Foo": "number", "Bar": "date", "Baz": "code"},
            "date_order": "dmy",
            "codes": {"Sick": "excused", "home": "elsewhere"},
        }
        self.assertEqual(self.counts(self.bring(text, **choices)), {"new": 2})
        self.assertEqual(self.counts(self.bring(text)), {"unchanged": 2})
        # Of another source it is asked again, also after dates that need no order.
        source = self.new_source()
        self.bring(PLAIN, source)
        with self.assertRaises(ValidationError):
            self.bring(f"{HEADER}\nT-0001,05/11/2026,P", source)
        # A file that tells the order itself is read so.
        other = "Foo,Bar,Baz\nT-0001,11/26/2026,SICK\n"
        self.assertEqual(self.counts(self.bring(other)), {"new": 1})
        self.assertIn(("T-0001", "2026-11-26"), self.days())

    def test_two_columns_of_one_name_are_remembered(self):
        text = PLAIN.replace(HEADER, "Student No,Date,Code,Date").replace(
            "P\n", "P,x\n"
        )
        self.bring(text)
        self.assertEqual(self.counts(self.bring(text)), {"unchanged": 3})

    def test_only_administrators_import(self):
        for user in (self.fm, self.staff, self.portal):
            with self.assertRaises(AccessError):
                self.files.with_user(user)._import(io.BytesIO(b""), self.source)

    def test_students_of_another_school_are_unknown(self):
        company = self.env["res.company"].create({"name": "Other School"})
        self.ben.sudo().write({"company_id": company.id, "school_class_id": False})
        report = self.bring(PLAIN)
        self.assertEqual(report["unknown_students"]["items"], ["T-0002"])


@tagged("standard", "post_install", "-at_install")
class TestAttendanceImportDialog(AttendanceFileCase):
    """What administrators see of it."""

    def dialog(self, text, user=None, **vals):
        """Return the dialog with a file that has been looked at."""
        dialogs = self.env["intervention.attendance.import"].with_user(
            user or self.boss
        )
        data = text if isinstance(text, bytes) else text.encode()
        dialog = dialogs.create(
            {"file": base64.b64encode(data), "source_id": self.source.id, **vals}
        )
        dialog.action_read()
        return dialog

    def stored(self):
        return self.env["intervention.attendance"].search_count([])

    def test_who_brings_a_file_every_day_says_so_once(self):
        self.assertFalse(self.source.is_daily)
        self.dialog(PLAIN)
        self.assertFalse(self.source.is_daily)
        self.dialog(PLAIN, is_daily=True)
        self.assertTrue(self.source.is_daily)
        form = Form(self.env["intervention.attendance.import"].with_user(self.boss))
        form.source_id = self.source
        self.assertTrue(form.is_daily)

    def test_a_file_is_looked_at_checked_and_imported(self):
        text = PLAIN.replace(",", ";") + "X-1;2026-11-05;P\nT-0001;soon;P\n"
        dialog = self.dialog(text.encode("utf-16"))
        self.assertEqual(
            (dialog.state, dialog.encoding, dialog.separator, dialog.question),
            ("found", "utf-16", "semicolon", False),
        )
        self.assertEqual(dialog.column_ids.mapped("field"), ["number", "date", "code"])
        self.assertEqual(
            [(each.code, each.meaning, each.row_count) for each in dialog.code_ids],
            [("p", "present", 3), ("a", "unexcused", 1), ("e", "excused", 1)],
        )
        self.assertIn("5", dialog.days_text)
        dialog.action_check()
        self.assertEqual((dialog.state, self.stored()), ("checked", 0))
        numbers = [
            "new_count", "changed_count", "unchanged_count", "unknown_student_count",
            "broken_count", "student_count", "first_day", "last_day",
        ]  # fmt: skip
        checked = dialog.read(numbers)
        self.assertEqual((dialog.new_count, dialog.unknown_student_count), (3, 1))
        self.assertEqual(
            [(each.kind, each.row) for each in dialog.line_ids],
            [("broken", 6), ("student", 0)],
        )
        dialog.action_import()
        self.assertEqual((dialog.state, self.stored()), ("done", 3))
        self.assertEqual(dialog.read(numbers), checked)
        self.assertFalse(dialog.file)
        days = self.env["intervention.attendance"].search(
            dialog.action_view_days()["domain"]
        )
        self.assertEqual(len(days), 3)

    def test_the_dashboard_tells_of_students_who_are_unknown_here(self):
        dialog = self.dialog(f"{PLAIN}X-1,2026-11-05,P\n")
        dialog.action_check()
        dialog.action_import()
        dashboard = self.meetings(self.boss).get_dashboard()
        [notice] = [
            each["text"]
            for each in dashboard["trouble"]["notices"]
            if each["source"] == self.source.id and "unknown" in each["text"]
        ]
        self.assertIn("Test File", notice)

    def test_what_is_not_clear_is_asked(self):
        dialog = self.dialog(f"{HEADER}\nT-0001,05/11/2026,?\nT-0002,06/11/2026,P\n")
        self.assertEqual(
            (dialog.day_example[-8:], dialog.date_order), ("/11/2026", False)
        )
        self.assertTrue(dialog.question)
        dialog.action_check()
        self.assertEqual(dialog.state, "found")
        dialog.date_order = "dmy"
        dialog.code_ids.filtered(lambda each: each.code == "?").meaning = "excused"
        dialog.action_check()
        self.assertEqual((dialog.state, dialog.new_count), ("checked", 2))
        dialog.action_back()
        dialog.code_ids.filtered(lambda each: each.code == "?").meaning = False
        dialog.action_check()
        self.assertEqual((dialog.state, dialog.unknown_code_count), ("checked", 1))
        dialog.action_back()
        dialog.code_ids.filtered(lambda each: each.code == "?").meaning = "ignore"
        dialog.action_check()
        dialog.action_import()
        # Asked once.
        dialog = self.dialog(f"{HEADER}\nT-0001,05/11/2026,?\n")
        self.assertEqual((dialog.question, dialog.date_order), (False, "dmy"))
        self.assertEqual(self.source.mapping["codes"], {"?": "ignore"})

    def test_columns_are_chosen_in_the_dialog(self):
        dialog = self.dialog(PLAIN.replace(HEADER, "Foo,Bar,Baz"))
        self.assertTrue(dialog.question)
        for column, name in zip(
            dialog.column_ids, ("number", "date", "code"), strict=True
        ):
            column.field = name
        dialog.action_check()
        self.assertEqual((dialog.state, dialog.new_count), ("checked", 3))

    def test_another_separator_has_other_columns(self):
        dialog = self.dialog(PLAIN)
        dialog.separator = "tab"
        dialog.action_check()
        self.assertEqual((dialog.state, len(dialog.column_ids)), ("found", 1))
        dialog.separator = "comma"
        dialog.action_check()
        dialog.action_check()
        self.assertEqual((dialog.state, dialog.new_count), ("checked", 3))

    def test_absences_need_the_day_until_which_they_are_complete(self):
        dialog = self.dialog(PLAIN)
        dialog.holds = "absences"
        dialog.action_check()
        self.assertEqual(dialog.state, "found")
        dialog.complete_until = "2026-11-06"
        dialog.action_check()
        self.assertEqual((dialog.state, dialog.new_count), ("checked", 6))

    def test_others_do_not_get_the_dialog(self):
        for user in (self.fm, self.staff, self.portal):
            with self.assertRaises(AccessError):
                self.dialog(PLAIN, user)
        dialog = self.dialog(PLAIN)
        other = self._new_user("boss2", ADMIN)
        with self.assertRaises(AccessError):
            dialog.with_user(other).action_check()
