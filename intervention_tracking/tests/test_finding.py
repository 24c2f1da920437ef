"""Students and guardians are found as people write their names, and told apart."""

from ast import literal_eval
from unittest.mock import patch

from lxml import etree
from odoo.tests import tagged

from ..models import intervention_meeting_dashboard
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

    def test_a_contact_who_was_renamed_is_found_by_the_new_name_alone(self):
        guardian = self.env["res.partner"].create({"name": "María Núñez"})
        guardian.name = "María Pérez"
        self.env.flush_all()
        self.env.invalidate_all()
        listed = self._listed("guardian", "name", "Pérez")
        self.assertIn(guardian, listed)
        for text, expected in (("nunez maria", False), ("María Pérez", True)):
            found = self._offered(text, intervention_namesakes=True)
            self.assertEqual(guardian in found, expected, text)
        self.env["res.partner"]._cron_make_search_keys()
        for text, expected in (("nunez maria", False), ("perez maria", True)):
            found = self._offered(text, intervention_namesakes=True)
            self.assertEqual(guardian in found, expected, text)

    def test_renaming_a_contact_writes_no_key_and_renaming_a_student_does(self):
        contact = self.env["res.partner"].create({"name": "José Test"})
        self.env.flush_all()
        for person, key in ((contact, False), (self.ada, "jose other|t-0001")):
            person.name = "José Other"
            self.env.flush_all()
            person.invalidate_recordset()
            self.assertEqual(person.person_search, key)

    def test_who_becomes_a_student_is_found_as_one(self):
        contact = self.env["res.partner"].create({"name": "Once"})
        contact.name = "Zoë Late"
        self.env.flush_all()
        contact.is_intervention_student = True
        self.assertIn(contact, self._offered("late zoe"))

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


@tagged("standard", "post_install", "-at_install")
class TestNamesakes(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._new_student("Amina Ali", "1107", cls.class_a)
        cls.second = cls._new_student("Amina  ali", False, cls.class_b)
        cls.only = cls._new_student("Amina Omar", "1108", cls.class_a)
        cls.names = ("Amina Ali (1107)", "Amina  ali (Test 7B)", "Amina Omar")

    def _meetings_of_all(self):
        return self.meetings(self.boss).concat(
            *(
                self.record(
                    self.boss, student_id=student.id, follow_up_date=self.day(1)
                )
                for student in (self.first, self.second, self.only)
            )
        )

    def test_a_list_tells_namesakes_apart(self):
        meetings = self._meetings_of_all()
        shown = meetings.with_context(intervention_namesakes=True).web_read(
            {"student_id": {"fields": {"display_name": {}}}}
        )
        self.assertEqual(
            tuple(row["student_id"]["display_name"] for row in shown), self.names
        )

    def test_every_list_of_cases_tells_namesakes_apart(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "in", ("intervention.meeting", "intervention.contact"))]
        )
        xmlids = actions.get_external_id()
        for action in actions:
            if (
                xmlids[action.id].startswith("intervention_tracking.")
                and "list" in action.view_mode
            ):
                with self.subTest(xmlids[action.id]):
                    self.assertIn("'intervention_namesakes': True", action.context)

    def test_every_dialog_tells_namesakes_apart(self):
        views = self.env["ir.ui.view"].search([("type", "=", "form")])
        xmlids = views.get_external_id()
        for view in views:
            if (
                xmlids[view.id].startswith("intervention_tracking.")
                and view.model in self.env
                and self.env[view.model]._transient
            ):
                for field in etree.fromstring(view.arch).xpath(
                    "//field[@name='student_id' or @name='student_ids']"
                    "[not(@invisible='1')][not(ancestor::kanban)]"
                ):
                    with self.subTest(xmlids[view.id], line=field.sourceline):
                        self.assertRegex(
                            field.get("context", ""),
                            "intervention_(namesakes|student_choice)': True",
                        )

    def test_the_title_of_a_case_tells_namesakes_apart(self):
        for meeting, name in zip(self._meetings_of_all(), self.names, strict=True):
            with self.subTest(name):
                self.assertTrue(meeting.display_name.startswith(f"{name}, "))
                choice = self.meetings(self.boss).with_context(
                    intervention_case_choice=True
                )
                [(_id, offered)] = choice.name_search("", [("id", "=", meeting.id)])
                self.assertTrue(offered.startswith(f"{name}: "))

    def test_a_mail_tells_namesakes_apart(self):
        meetings = self._meetings_of_all()
        self.make_older(meetings, 1)
        digest = self.env["intervention.digest"].create(
            {
                "user_id": self.boss.id,
                "company_id": self.env.company.id,
                "date": self.day(0),
                "kind": "form_master",
                "state": "queued",
            }
        )
        content = digest._content()
        self.assertLessEqual(set(self.names), {case["name"] for case in content["due"]})

    def test_the_chooser_shows_the_number_or_else_the_class(self):
        students = self.env["res.partner"].with_user(self.fm)
        students = students.with_context(intervention_student_choice=True)
        offered = dict(students.name_search("amina"))
        self.assertEqual(offered[self.first.id], self.names[0])
        self.assertEqual(offered[self.second.id], self.names[1])
        self.assertEqual(offered[self.only.id], "Amina Omar (1108)")

    def test_the_banner_tells_namesakes_apart(self):
        self._meetings_of_all()
        for student in (self.first, self.second, self.only):
            self.record(self.boss, student_id=student.id, root_cause="family")
        with patch.object(intervention_meeting_dashboard, "BANNER_STUDENTS", 10000):
            banner = self.meetings(self.boss).get_dashboard()["recurring"]
        names = {student["student_name"] for student in banner}
        self.assertLessEqual(set(self.names), names)

    def test_the_file_of_a_history_tells_namesakes_apart(self):
        wizard = self.env["intervention.print.history"].with_user(self.boss)
        wizard = wizard.create({"student_id": self.second.id})
        self.assertIn(self.names[1], wizard._file_name())

    def test_other_apps_see_the_name_alone(self):
        for context in ({}, {"intervention_namesakes": True}):
            student = self.first.with_user(self.staff).with_context(**context)
            self.assertEqual(student.display_name, "Amina Ali")
