import io
from datetime import date, datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from openpyxl import Workbook

from .common import InterventionCase

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
