"""Students and guardians are found as people write their names."""

from ast import literal_eval

from lxml import etree
from odoo.tests import tagged

from .common import InterventionCase

# A name, and what people type to find it.
FOUND = {
    "Asha Cali Warsame": ("Asha Warsame", "Warsame Asha", "warsame, ASHA", "war ash"),
    "José Núñez Peña": ("Jose", "nunez jose", "Pena", "PEÑA JOSÉ"),
    "أحمد علي": ("احمد", "علي احمد", "أَحْمَد", "إحمد"),
    "فاطمة الهدى": ("فاطمه", "الهدي"),
    "مؤمن رائد": ("مومن", "رايد مؤمن"),
    "Sean O\u2019Brien": ("O'Brien", "obrien sean", "O\u02bcBrien", "o`brien"),
    "Zo\u00eb": ("Zoe\u0308", "zoe", "ZOË"),
    "Łukasz Strauß": ("lukasz", "STRAUSS"),
    "İsmail Işık": ("ismail isik", "IŞIK"),
    "Nguyễn Thị Hằng": ("nguyen hang", "thi\u0323"),
    "Al-Hassan Dirie": ("al hassan", "al\u2010hassan", "Dirie Al-Hassan"),
    "Ami\u200bna\u202c Nur": ("amina", "\ufeffNUR\u200e amina"),
}
NOT_FOUND = {
    "Asha Cali Warsame": ("Asha Brown", "Ash4", "???"),
    "José Núñez Peña": ("Josef", "jose%pena x"),
}


@tagged("standard", "post_install", "-at_install")
class TestFinding(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.named = {
            name: cls._new_student(name, f"Fi-{number:03}", cls.class_a)
            for number, name in enumerate(FOUND)
        }
        cls.ways = {
            "record dialog": lambda self, text: self._offered(text),
            "students": lambda self, text: self._listed("student", "name", text),
            "meetings": lambda self, text: self._listed("meeting", "student_id", text),
        }

    def _offered(self, text, **context):
        """Return whom a form master is offered who types the text."""
        context = context or {"intervention_student_choice": True}
        people = self.env["res.partner"].with_user(self.fm).with_context(**context)
        found = people.name_search(text, limit=None)
        return people.browse(person for person, _name in found)

    def _listed(self, view, name, text):
        """Return the people in a list in which a form master looks for the text."""
        views = {
            "student": "res_partner_view_search_student",
            "guardian": "res_partner_view_search_guardian",
            "meeting": "intervention_meeting_view_search",
            "contact": "intervention_contact_view_search",
        }
        view = self.env.ref(f"intervention_tracking.{views[view]}")
        [field] = etree.fromstring(view.arch).xpath(f"//field[@name='{name}']")
        domain = literal_eval(field.get("filter_domain").replace("self", repr(text)))
        found = self.env[view.model].with_user(self.fm).search(domain)
        return found if view.model == "res.partner" else found[name]

    def test_a_student_is_found_by_any_words_of_the_name(self):
        for student in self.named.values():
            self.record(student_id=student.id)
        for cases, is_found in ((FOUND, True), (NOT_FOUND, False)):
            for name, texts in cases.items():
                for text in texts:
                    for way, find in self.ways.items():
                        with self.subTest(way, name=name, text=text):
                            found = self.named[name] in find(self, text)
                            self.assertEqual(found, is_found)

    def test_a_student_is_found_by_number_and_name_together(self):
        student = self.named["Asha Cali Warsame"]
        self.record(student_id=student.id)
        for text in ("fi-000", "FI-000 asha", "Asha (Fi-000)", "\u200bFi-000 "):
            for way, find in self.ways.items():
                with self.subTest(way, text=text):
                    self.assertEqual(find(self, text), student)

    def test_a_search_for_blanks_finds_all(self):
        for text in ("", " ", "\u200b\u00a0"):
            with self.subTest(text=text):
                self.assertIn(self.ada, self._listed("student", "name", text))
                self.assertIn(self.ada, self._offered(text))

    def test_a_student_is_still_found_by_what_odoo_finds_contacts_by(self):
        self.cy.email = "cy@school.example"
        self.assertEqual(self._offered("cy@school.example"), self.cy)

    def test_a_new_name_or_number_is_found_and_the_old_is_not(self):
        self.ada.write({"name": "Édith Test", "student_number": "N-77"})
        self.assertEqual(self._offered("edith n-77"), self.ada)
        self.assertFalse(self._offered("ada t-0001"))
        found = self.ada.filtered_domain([("person_search", "ilike", "TEST edith")])
        self.assertEqual(found, self.ada)

    def test_a_guardian_is_found_as_a_student_is(self):
        guardian = self.env["res.partner"].create({"name": "María Núñez"})
        texts = ("nunez maria", "MARÍA", "Marı\u0301a")
        for text in texts:  # who guards nobody yet, too
            with self.subTest(text=text):
                found = self._offered(text, intervention_namesakes=True)
                self.assertIn(guardian, found)
                self.assertIn(guardian, self._listed("guardian", "name", text))
        self.ada.guardian_ids = guardian
        self.env["intervention.contact"].with_user(self.fm).create(
            {
                "meeting_id": self.record().id,
                "guardian_id": guardian.id,
                "channel": "phone",
                "outcome": "reached",
            }
        )
        for text in texts:
            with self.subTest(text=text):
                found = self._listed("contact", "guardian_id", text)
                self.assertEqual(found, guardian)
                found = self._listed("contact", "student_id", "ada test")
                self.assertEqual(found, self.ada)

    def test_who_has_no_group_searches_contacts_as_before(self):
        contact = self.env["res.partner"].create({"name": "José Test"})
        for context in ("intervention_student_choice", "intervention_namesakes"):
            people = self.env["res.partner"].with_user(self.staff)
            found = people.with_context(**{context: True}).name_search("test josé")
            with self.subTest(context):
                self.assertNotIn(contact.id, dict(found))

    def test_it_works_without_the_extension_of_postgresql(self):
        self.env.cr.execute("DROP INDEX IF EXISTS res_partner__student_search_idx")
        index = type(self.env["res.partner"])._table_objects
        [index] = [each for name, each in index.items() if "student_search" in name]
        registry = type("Registry", (), {"has_trigram": False})
        self.assertEqual(index.get_definition(registry), "")
        self.assertIn(self.named["José Núñez Peña"], self._offered("jose nunez"))
