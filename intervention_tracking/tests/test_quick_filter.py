from odoo import Command
from odoo.fields import Domain
from odoo.models import BaseModel
from odoo.tests import tagged

from .common import ADMIN, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestQuickFilter(InterventionCase):
    """Record rules that are looked at quickly say what Odoo says of them."""

    def setUp(self):
        super().setUp()
        other_school = self.env["res.company"].create({"name": "School B"})
        both = [Command.set([self.env.company.id, other_school.id])]
        self.boss_both = self._new_user("boss_both", ADMIN, company_ids=both)
        elsewhere = self._new_student("Eve Test", company_id=other_school.id)
        in_both = {"allowed_company_ids": [self.env.company.id, other_school.id]}
        self.all = (
            self.record()
            | self.record(self.fm2, student_id=self.ben.id)
            | self.archived(student_id=self.cy.id)
            | self.meetings(self.boss_both)
            .with_context(**in_both)
            .create(self.vals(student_id=elsewhere.id))
        ).sudo()
        for meeting in self.all.filtered("active"):
            meeting.add_progress("Came on time.")

    def assert_same(self, records, domain):
        domain = Domain(domain).optimize(records)
        found = records.filtered_domain(domain)
        self.assertEqual(found, BaseModel.filtered_domain(records, domain))
        return found

    def test_the_rules_of_everybody(self):
        found = set()
        for user in (self.fm, self.fm2, self.boss, self.boss_both):
            rules = self.env(user=user)["ir.rule"]
            for operation in ("read", "write", "create", "unlink"):
                for records in (self.all, self.all.progress_ids):
                    domain = rules._compute_domain(records._name, operation)
                    self.assertTrue(records._quick_match(domain))
                    found.add(self.assert_same(records, domain))
        # Each of them sees others.
        self.assertGreater(len(found), 6)

    def test_what_is_no_rule_of_ours_is_left_to_odoo(self):
        for domain in (
            [("form_master_id", "not in", self.fm.ids)],
            [("form_master_id", "in", [False])],
            [("form_master_id.name", "ilike", self.fm.name)],
            [("active", "=", False)],
            [("active", "in", [True, False])],
            [("student_id", "in", [self.ada.id, False])],
            [("status", "=", "open")],
            ["!", ("active", "=", True)],
            ["|", ("active", "=", True), ("root_cause", "=", "other")],
            [("is_overdue", "=", True)],
            [("meeting_date", "<=", "today")],
        ):
            with self.subTest(domain):
                self.assert_same(self.all, domain)

    def test_a_record_that_is_not_stored_is_left_to_odoo(self):
        new = self.meetings(self.fm).sudo().new({"form_master_id": self.fm.id})
        self.assert_same(new, [("form_master_id", "in", self.fm.ids)])
