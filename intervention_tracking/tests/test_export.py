import csv
import io
import json
import zipfile

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from ..constants import EXPORT_GROUP as EXPORT
from ..tools.spreadsheet import safe_cell
from .common import CAUSES, FORM_MASTER, InterventionCase

FORMULA = '=HYPERLINK("http://example.org","Click")'


@tagged("post_install", "-at_install")
class TestSafeCell(TransactionCase):
    def test_what_begins_a_formula_gets_an_apostrophe(self):
        for text in (
            "=1",
            "+A1",
            "-A1",
            "@A1",
            "\t1",
            "\r1",
            "\n1",
            "  =1",
            "\u00a0=1",
            "\u200b=1",
            "\ufeff=1",
            "＝1",
            "＋A1",
            "－A1",
            "＠A1",
            "-1+2",
            "+1 =1",
            "=",
        ):
            with self.subTest(repr(text)):
                self.assertEqual(safe_cell(text), f"'{text}")

    def test_numbers_dates_and_other_texts_stay(self):
        for value in (
            "",
            "-5",
            "+5",
            "-1.5",
            "-3%",
            "2026-01-31",
            "a=1",
            "He said: no",
            "'=1",
            5,
            -5.5,
            None,
            False,
        ):
            with self.subTest(repr(value)):
                self.assertEqual(safe_cell(value), value)


@tagged("post_install", "-at_install")
class TestExport(InterventionCase, HttpCase):
    """Odoo's exports of the lists and of the analysis, by a form master."""

    def setUp(self):
        super().setUp()
        self.ada.name = FORMULA
        self.class_a.name = FORMULA
        self.meeting = self.record(absence_reason="@SUM(A1)")
        # The school's own decision; the addon's groups do not bring it.
        self.fm.group_ids |= self.env.ref("base.group_allow_export")
        self.authenticate("fm", "fm")

    def export(self, kind, fields, model="intervention.meeting", status=200, **values):
        answer = self.url_open(
            f"/web/export/{kind}",
            params={
                "data": json.dumps(
                    {
                        "model": model,
                        "fields": [
                            {
                                "name": name,
                                "label": name,
                                "type": self.env[model]._fields[name].type,
                            }
                            for name in fields
                        ],
                        "ids": False,
                        "domain": [],
                        "import_compat": False,
                        **values,
                    }
                )
            },
        )
        self.assertEqual(answer.status_code, status)
        return answer.content

    def sheet(self, content):
        """Return the XML of the cells and that of their texts."""
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return (
                book.read("xl/worksheets/sheet1.xml").decode(),
                book.read("xl/sharedStrings.xml").decode(),
            )

    def assertText(self, content):
        cells, texts = self.sheet(content)
        self.assertNotIn("<f>", cells)
        self.assertIn("HYPERLINK", texts)

    def test_both_groups_may_export_interventions_and_nothing_else(self):
        for user, may in ((self.fm2, True), (self.boss, True), (self.staff, False)):
            self.assertEqual(user.has_group(EXPORT), may)
            self.assertFalse(user.has_group("base.group_allow_export"))

    @mute_logger("odoo.addons.web.controllers.export", "odoo.http")
    def test_odoo_s_own_export_needs_odoo_s_right(self):
        self.authenticate("fm2", "fm2")
        for model, name in (("res.partner", "name"), ("intervention.meeting", "id")):
            self.export("csv", [name], model=model, status=500)

    def test_the_list_as_csv_has_no_formula(self):
        rows = csv.reader(
            io.StringIO(
                self.export("csv", ["student_id", "absence_reason"]).decode(),
                newline="",
            )
        )
        self.assertEqual(
            list(rows),
            [["student_id", "absence_reason"], [f"'{FORMULA}", "'@SUM(A1)"]],
        )

    def test_the_list_as_xlsx_has_no_formula(self):
        self.assertText(self.export("xlsx", ["student_id", "absence_reason"]))

    def test_the_grouped_list_as_xlsx_has_no_formula(self):
        self.assertText(
            self.export("xlsx", ["root_cause", "student_id"], groupby=["class_id"])
        )

    def test_texts_that_are_no_formula_stay_in_xlsx_as_they_are(self):
        self.meeting.write({"absence_reason": "- ill\n- tired", "action_plan": "{=1}"})
        _cells, texts = self.sheet(
            self.export("xlsx", ["absence_reason", "action_plan"])
        )
        self.assertIn(">- ill", texts)
        self.assertIn(">'{=1}<", texts)

    def test_contacts_are_exported_as_by_odoo(self):
        """Also students: what other apps export is theirs."""
        cells, _texts = self.sheet(
            self.export("xlsx", ["name"], "res.partner", ids=self.ada.ids)
        )
        self.assertIn("<f>", cells)
        self.ada.name = "@SUM(A1)"
        self.assertIn(
            '"@SUM(A1)"',
            self.export("csv", ["name"], "res.partner", ids=self.ada.ids).decode(),
        )

    def test_the_analysis_can_be_exported_and_has_no_formula(self):
        content = self.export(
            "xlsx",
            ["class_id", "root_cause", "closed_share", "days_to_close"],
            model="intervention.report",
        )
        self.assertText(content)
        rows = list(
            csv.reader(
                io.StringIO(
                    self.export(
                        "csv",
                        ["class_id", "closed_share", "days_to_close"],
                        model="intervention.report",
                    ).decode(),
                    newline="",
                )
            )
        )
        # What is not known is empty, and no zero.
        self.assertEqual(rows[1:], [[f"'{FORMULA}", "", ""]])

    def test_a_pivot_table_as_xlsx_has_no_formula(self):
        table = {
            "title": "Analysis",
            "model": "intervention.report",
            "measure_count": 1,
            "origin_count": 1,
            "col_group_headers": [[{"title": FORMULA, "width": 1, "height": 1}]],
            "measure_headers": [{"title": FORMULA, "is_bold": False}],
            "origin_headers": [],
            "rows": [
                {"title": "Total", "indent": 0, "values": []},
                {"title": FORMULA, "indent": 0, "values": [{"value": -5}]},
            ],
        }
        for model, has_formula in (
            ("intervention.report", False),
            ("res.partner", True),
        ):
            table["model"] = model
            answer = self.url_open(
                "/web/pivot/export_xlsx", params={"data": json.dumps(table)}
            )
            self.assertEqual(answer.status_code, 200)
            cells, texts = self.sheet(answer.content)
            self.assertEqual("<f>" in cells, has_formula)
            self.assertEqual("HYPERLINK" in texts, not has_formula)
            self.assertIn("<v>-5</v>", cells)

    def test_an_empty_pivot_table_is_no_crash(self):
        for table in ("null", "[]", "{}"):
            answer = self.url_open("/web/pivot/export_xlsx", params={"data": table})
            self.assertEqual(answer.status_code, 422, table)

    @mute_logger("odoo.http")
    def test_the_spreadsheet_of_the_api_needs_the_right_to_export(self):
        path = "/api/interventions/meetings/export.csv"
        self.assertEqual(self.url_open(path).status_code, 200)
        self.env.ref(FORM_MASTER).implied_ids -= self.env.ref(EXPORT)
        for login in ("fm", "boss"):
            self.authenticate(login, login)
            answer = self.url_open(f"{path}?no_such_parameter=1")
            self.assertEqual(answer.status_code, 403)
            self.assertEqual(answer.json()["code"], "permission_denied")
            self.assertIn("right to export", answer.json()["detail"])
            self.assertNotIn(b"SUM(A1)", answer.content)
            # They may read the same, page by page.
            self.assertEqual(
                self.url_open("/api/interventions/meetings/").status_code, 200
            )

    def test_an_export_has_the_own_meetings_alone(self):
        self.record(self.fm2, student_id=self.cy.id, root_cause=CAUSES[1])
        lines = self.export("csv", ["student_id"]).decode().splitlines()
        self.assertEqual(len(lines), 2)
