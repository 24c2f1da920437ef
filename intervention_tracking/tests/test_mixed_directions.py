import re
from datetime import date, datetime
from pathlib import Path

from lxml import etree
from odoo.tests import TransactionCase, tagged

from ..tools.day import day_text, moment_text
from ..tools.text import isolate
from .common import InterventionCase

ROOT = Path(__file__).parent.parent
ISOLATED = "\u2068%s\u2069"
AHMED = "أحمد علي"
# What prints a name, or something that people have written.
WRITTEN = re.compile(
    r"(\bname|_name|_number|_reason|_notes|_plan|_text|\.text|\.author|\.resolution"
    r"|\.retracted|guidance|otherPlan|excerpt|what|note|files\.join.*|field\[pick\].*"
    r"|\['label'\])$"
)
# Words of ours, in the language of the screen.
OURS = {
    "badge.text",
    "card.note",
    "cell.text",
    "entry.newStatus.text",
    "entry.oldStatus.text",
    "entry.status.text",
    "entry.urgency.text",
    "meeting.text",
    "notice.text",
    "rate_note",
    "state.text",
    "table['label']",
}


@tagged("standard", "post_install", "-at_install")
class TestDirectionsInFiles(TransactionCase):
    """What people write may be of another direction than the screen."""

    def test_what_people_wrote_has_its_own_direction_in_every_template(self):
        files = [*ROOT.glob("static/src/**/*.xml"), *ROOT.glob("report/*.xml")]
        missing = []
        found = 0
        for file in files:
            for node in etree.parse(file).iter(etree.Element):
                printed = next(
                    filter(None, map(node.get, ("t-out", "t-esc", "t-field"))), ""
                ).removesuffix(" or ''")
                if not WRITTEN.search(printed) or printed in OURS:
                    continue
                found += 1
                if node.tag not in ("bdi", "bdo") and not any(
                    each.get("dir") for each in (node, node.getparent())
                ):
                    missing.append(f"{file.name}: {printed}")
        self.assertGreater(found, 30)
        self.assertFalse(missing)

    def test_every_view_of_ours_lays_out_names_by_their_direction(self):
        views = self.env["ir.ui.view"].search(
            [
                ("model", "like", "intervention.%"),
                ("type", "in", ("form", "list", "kanban")),
                ("inherit_id", "=", False),
            ]
        )
        self.assertGreater(len(views), 20)
        for view in views:
            root = etree.fromstring(view.arch)
            with self.subTest(view.xml_id):
                self.assertIn("o_intervention", root.get("class", "").split())
                self.assertTrue(root.get("js_class", "").startswith("intervention_"))


@tagged("standard", "post_install", "-at_install")
class TestMixedDirections(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.arabic = cls.env(context={**cls.env.context, "lang": "ar_001"})

    def test_only_what_reads_from_the_other_side_is_isolated(self):
        self.assertEqual(isolate(self.env, AHMED), ISOLATED % AHMED)
        self.assertEqual(isolate(self.env, "Ada (7b)"), "Ada (7b)")
        self.assertEqual(isolate(self.arabic, AHMED), AHMED)
        self.assertEqual(isolate(self.arabic, "Ada (7b)"), ISOLATED % "Ada (7b)")
        self.assertEqual(isolate(self.env, "2026-7"), "2026-7")
        self.assertFalse(isolate(self.env, False))

    def test_a_case_is_named_by_student_and_day_without_scrambling(self):
        self.ada.name = AHMED
        meeting = self.record()
        day = day_text(self.env, meeting.meeting_date)
        self.assertEqual(meeting.display_name, f"{ISOLATED % AHMED}, {day}")

    def test_days_and_times_are_as_the_web_client_writes_them(self):
        self.assertEqual(day_text(self.env, date(2025, 3, 9)), "Mar 9, 2025")
        self.assertEqual(day_text(self.arabic, date(2025, 3, 9)), "٩ مارس ٢٠٢٥")
        env = self.env(context={**self.env.context, "tz": "Asia/Tokyo"})
        # Tokyo has the next day already.
        self.assertRegex(
            moment_text(env, datetime(2025, 3, 9, 22, 5)), r"^Mar 10, 2025, 7:05\sAM$"
        )
