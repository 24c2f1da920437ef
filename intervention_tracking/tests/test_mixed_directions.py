import re
import runpy
from datetime import date, datetime
from pathlib import Path

from lxml import etree
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL
from odoo.tools.misc import file_path
from odoo.tools.translate import PoFileReader
from psycopg2.extras import Json

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
    "each['label']",
    "each.text",
    "entry.newStatus.text",
    "entry.oldStatus.text",
    "entry.status.text",
    "entry.urgency.text",
    "entry['label']",
    "figure['label']",
    "meeting.plan_kept_reason",
    "meeting.text",
    "month['label']",
    "note",
    "notice.text",
    "part.note",
    "part['label']",
    "rate_note",
    "side.text",
    "state.text",
    "status.text",
    "table['label']",
    # With the names of sources in isolates.
    "trouble.text",
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


@tagged("standard", "post_install", "-at_install")
class TestMixedDirectionsInMails(InterventionCase):
    """The templates of mails, which a school may have changed."""

    MIGRATION = "intervention_tracking/migrations/19.0.1.3.0/post-mails.py"
    TEMPLATES = (
        "mail_template_digest_form_master",
        "mail_template_digest_administrator",
        "mail_template_guardian",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.templates = cls.env["mail.template"].union(
            *(cls.env.ref(f"intervention_tracking.{name}") for name in cls.TEMPLATES)
        )
        cls.migration = runpy.run_path(file_path(cls.MIGRATION))

    def _rendered(self, template, field, record):
        [text] = template._render_field(field, record.ids, compute_lang=True).values()
        return text

    def test_names_in_a_letter_do_not_scramble_it(self):
        meeting = self.record()
        letter = self.templates[-1].with_user(self.boss)
        self.ada.name = self.fm.name = AHMED
        subject = self._rendered(letter, "subject", meeting)
        self.assertTrue(subject.startswith(f"{ISOLATED % AHMED}: "))
        body = self._rendered(letter, "body_html", meeting)
        self.assertEqual(body.count(ISOLATED % AHMED), 2)
        self.assertIn('dir="ltr"', body)
        self.ada.write({"name": "Ada Test", "lang": "ar_001"})
        subject = self._rendered(letter, "subject", meeting)
        self.assertTrue(subject.startswith(f"{ISOLATED % 'Ada Test'}: "))
        body = self._rendered(letter, "body_html", meeting)
        self.assertIn(ISOLATED % "Ada Test", body)
        self.assertNotIn(ISOLATED % AHMED, body)
        self.assertIn('dir="rtl"', body)

    def test_the_name_in_a_greeting_does_not_scramble_it(self):
        self.fm.name = AHMED
        for template, kind in zip(
            self.templates[:2], ("form_master", "administrator"), strict=True
        ):
            digest = self.env["intervention.digest"].create(
                {
                    "user_id": self.fm.id,
                    "company_id": self.env.company.id,
                    "date": date(2025, 3, 9),
                    "kind": kind,
                    "state": "nothing",
                }
            )
            body = self._rendered(template, "body_html", digest)
            self.assertIn(f"Hello {ISOLATED % AHMED},", body)

    def _shipped(self):
        """Return what is shipped: the texts of each template by field and language.

        What is stored may be a school's own.
        """
        shipped = {
            template: {"subject": {}, "body_html": {}} for template in self.templates
        }
        for lang in ("ar", "es", "fr", "so"):
            file = file_path(f"intervention_tracking/i18n/{lang}.po")
            for term in PoFileReader(file):
                if term.get("imd_name") in self.TEMPLATES:
                    template = self.env.ref(f"intervention_tracking.{term['imd_name']}")
                    field = term["name"].removeprefix("mail.template,")
                    if field in shipped[template]:
                        texts = {"en_US": term["src"], lang: term["value"]}
                        shipped[template][field].update(texts)
        return shipped

    def _before(self, text):
        """Return a text as the version before had it."""
        for before, after in self.migration["CHANGES"].items():
            text = str(text).replace(after, before)
        return text

    def _store(self, texts):
        self.env.flush_all()
        for template, fields in texts.items():
            for field, values in fields.items():
                self.env.cr.execute(
                    SQL(
                        "UPDATE mail_template SET %s = %s WHERE id = %s",
                        SQL.identifier(field),
                        Json(values),
                        template.id,
                    )
                )

    def _stored(self):
        self.env.cr.execute(
            "SELECT id, subject, body_html FROM mail_template WHERE id = ANY(%s)",
            [self.templates.ids],
        )
        return {
            self.templates.browse(template): {"subject": subject, "body_html": body}
            for template, subject, body in self.env.cr.fetchall()
        }

    def test_an_upgrade_renews_the_texts_that_nobody_changed(self):
        before = {
            template: {
                field: {lang: self._before(text) for lang, text in values.items()}
                for field, values in fields.items()
            }
            for template, fields in self._shipped().items()
        }
        letter = self.templates[-1]
        # The school has its own letter in French, and its own subject in English.
        before[letter]["body_html"]["fr"] += "<p>À bientôt</p>"
        before[letter]["subject"]["en_US"] += "!"
        kept = {
            before[letter]["body_html"]["fr"],
            before[letter]["subject"]["en_US"],
            # These have no name.
            *before[self.templates[0]]["subject"].values(),
            *before[self.templates[1]]["subject"].values(),
        }
        self._store(before)
        for _time in range(2):
            self.migration["migrate"](self.env.cr, "19.0.1.1.0")
            after = self._stored()
            for template, fields in before.items():
                for field, values in fields.items():
                    for lang, text in values.items():
                        now = after[template][field][lang]
                        with self.subTest(f"{template.name}, {field}, {lang}"):
                            self.assertEqual(self._before(now), text)
                            self.assertEqual("_isolated" in now, text not in kept)
