"""What other apps, and people without a group of the addon, notice of it: nothing."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..tools.references import is_named
from .common import FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestOtherContacts(InterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls._new_user(
            "secretary", "base.group_user,base.group_partner_manager"
        )
        cls.partners = cls.env["res.partner"].with_user(cls.secretary)
        cls.other_company = cls.env["res.company"].create({"name": "Other School"})
        cls.secretary.company_ids |= cls.other_company
        cls.fm.company_ids |= cls.other_company

    @contextmanager
    def assertOwnTablesUnread(self):
        """No statement of the block speaks of a table of the addon."""
        execute = Cursor.execute
        own = []

        def watch(cursor, query, *args, **kwargs):
            text = query.code if isinstance(query, SQL) else str(query)
            if '"intervention_' in text or " intervention_" in text:
                own.append(text)
            return execute(cursor, query, *args, **kwargs)

        # Asked once by each server, and known from then on.
        self.env["intervention.school.system"]._linked_company_ids()
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", watch):
            yield own
            self.env.flush_all()
        self.assertEqual(own, [])

    def test_who_keeps_contacts_keeps_students_too(self):
        student = self.partners.create(
            {
                "name": "Dora Test",
                "is_intervention_student": True,
                "student_number": " T-0010 ",
                "school_class_id": self.class_a.id,
                "guardian_ids": [Command.create({"name": "Guardian Test"})],
            }
        )
        student.write({"company_id": self.env.company.id})
        student.write({"school_class_id": self.class_b.id, "street": "Main Street"})
        self.assertEqual(student.student_number, "T-0010")
        self.assertEqual(student.copy().school_class_id, self.class_b)
        self.assertIn(
            (student.id, "Dora Test"),
            self.partners.with_context(intervention_student_choice=True).name_search(
                "Dora Test"
            ),
        )
        with mute_logger("odoo.models.unlink"):
            student.unlink()

    def test_a_refusal_tells_nobody_of_a_case(self):
        self.record()
        ada = self.partners.browse(self.ada.id)
        with self.assertRaises(UserError) as deleted:
            ada.unlink()
        with self.assertRaises(ValidationError) as unmarked:
            ada.is_intervention_student = False
        with self.assertRaises(ValidationError) as moved:
            ada.company_id = self.other_company
        for caught in (deleted, unmarked, moved):
            text = str(caught.exception)
            self.assertNotIn("ntervention", text)
            self.assertNotIn(self.class_a.name, text)
            self.assertNotIn(self.fm.name, text)

    def test_who_has_no_group_sees_no_counters(self):
        self.record()
        ada = self.partners.browse(self.ada.id)
        names = (
            "intervention_count",
            "active_intervention_count",
            "is_recurring_student",
            "is_own_student",
            "intervention_meeting_ids",
            "intervention_contact_ids",
        )
        known = self.partners.fields_get()
        for name in names:
            with self.subTest(name):
                self.assertNotIn(name, known)
                with self.assertRaises(AccessError):
                    ada.read([name])
                with self.assertRaises(AccessError):
                    self.partners.search([(name, "!=", False)])

    def test_a_portal_user_sees_no_class_number_or_family(self):
        known = self.env["res.partner"].with_user(self.portal).fields_get()
        self.assertIn("name", known)
        for name in ("student_number", "school_class_id", "guardian_ids"):
            self.assertNotIn(name, known)

    def test_nobody_marks_students_without_the_right_to_keep_contacts(self):
        contact = self.env["res.partner"].create({"name": "Dora Test"})
        for user in (self.fm, self.boss, self.staff):
            partners = self.env["res.partner"].with_user(user)
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    partners.browse(contact.id).is_intervention_student = True
                choosing = partners.with_context(
                    intervention_student_choice=True,
                    default_is_intervention_student=True,
                )
                with self.assertRaises(AccessError):
                    choosing.name_create("Eli Test")
        self.assertFalse(contact.is_intervention_student)

    @mute_logger("odoo.models.unlink")
    def test_other_contacts_cost_no_query_of_ours(self):
        self.record()
        self.partners.search([], limit=1)
        with self.assertOwnTablesUnread():
            contact = self.partners.create({"name": "Dora Test"})
        with self.assertOwnTablesUnread():
            contact.write({"company_id": self.env.company.id, "name": "Eli Test"})
            contact.active = False
        with self.assertOwnTablesUnread():
            self.partners.search([("name", "ilike", "eli")], order="name, id").read(
                ["name", "email"]
            )
            self.partners.name_search("Eli")
            self.assertTrue(contact.display_name)
        with self.assertOwnTablesUnread():
            contact.unlink()

    def test_users_cost_no_query_of_ours(self):
        staff = self.staff.with_user(self.env.ref("base.user_admin"))
        with self.assertOwnTablesUnread():
            staff.write({"name": "Test Renamed", "email": "r@example.org"})

    def test_deleting_users_takes_one_statement_of_ours(self):
        for users in (self.staff, self.staff | self.portal):
            with self.assertQueryCount(1):
                self.assertFalse(is_named(users))

    @mute_logger("odoo.models.unlink")
    def test_a_user_who_is_named_anywhere_is_not_deleted(self):
        ways = (
            self.archived,
            lambda user: self.record(user, root_cause="family"),
            lambda user: self.class_a.copy(
                {"name": "Gone", "form_master_id": user.id, "active": False}
            ),
            lambda user: self.meetings(user).request_case(self.ben.id, "other"),
        )
        for number, name in enumerate(ways):
            with self.subTest(number):
                user = self._new_user(f"leaving{number}", FORM_MASTER)
                self.assertFalse(is_named(user))
                name(user)
                self.assertTrue(is_named(self.staff | user))
                with self.assertRaises(UserError):
                    user.unlink()

    def test_watching_the_tables_would_notice(self):
        with self.assertRaises(AssertionError), self.assertOwnTablesUnread():
            self.ada.with_user(self.fm).read(["intervention_count"])
