from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import FORM_MASTER, NARRATIVE
from .test_names import NAME, OF_A_CASE, NamesCase


@tagged("standard", "post_install", "-at_install")
class TestDialogs(NamesCase):
    """A dialog about a record opens for who may do there what it is for."""

    def _made(self, name, user, **vals):
        dialogs = self.env[f"intervention.{name}"].with_user(user)
        if name == "merge.case":
            merges = self.env["intervention.merge"].with_user(user)
            merge = merges.create(
                {"stays_id": self.ada.id, "contact_ids": self.ada.ids}
            )
            vals["merge_id"] = merge.id
        if name == "handover.line":
            handovers = self.env["intervention.handover"].with_user(user)
            vals["handover_id"] = handovers.create({}).id
        return dialogs.create(vals)

    def test_no_dialog_is_about_what_the_user_has_no_right_to(self):
        about = {"meeting_id": self.meeting.id}
        doors = (
            ("track", {**about, "status": "open"}, self.fm),
            ("ask", {**about, "user_id": self.staff.id}, self.fm),
            ("merge.case", about, self.fm),
            ("handover.line", {**about, "owner_id": self.fm.id}, self.boss),
            ("retract", {"reason": "x", "progress_id": self.update.id}, self.fm),
            ("retract", {"reason": "x", "file_id": self.file.id}, self.fm),
            ("retract", {"reason": "x", "change_id": self.change.id}, self.fm),
            ("retract", {"reason": "x", "contact_id": self.contact.id}, self.fm),
        )
        for name, vals, able in doors:
            for user in self.strangers | self.portal:
                self.env.invalidate_all()
                with (
                    self.subTest(name, user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    self._made(name, user, **vals)
            for user in able | self.boss:
                self.env.invalidate_all()
                self.assertTrue(self._made(name, user, **vals))

    def test_a_dialog_is_not_made_to_be_about_another_record(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        theirs = self._made("ask", self.fm2, meeting_id=other.id, user_id=self.fm.id)
        with self.assertRaises(AccessError):
            theirs.write({"meeting_id": self.meeting.id})
        note = self.add_update(other)
        theirs = self._made("retract", self.fm2, progress_id=note.id, reason="x")
        with self.assertRaises(AccessError):
            theirs.write({"progress_id": self.update.id})

    def test_every_dialog_that_leads_to_a_case_asks_for_rights(self):
        leading = [
            (model, field.name)
            for model in self.env.values()
            if model._transient and model._name.startswith("intervention.")
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name in OF_A_CASE
        ]
        self.assertGreaterEqual(len(leading), 8)
        for model, name in leading:
            with self.subTest(model._name, field=name):
                self.assertIn(name, model._about)

    def test_a_dialog_about_no_entry_says_what_to_do(self):
        for user in (self.fm, self.boss):
            dialog = self._made("retract", user, reason="x")
            with self.assertRaisesRegex(UserError, "choose Retract"):
                dialog.action_retract()


@tagged("standard", "post_install", "-at_install")
class TestWhomToAsk(NamesCase):
    """Who can be asked about a case: colleagues of its school."""

    def _ask(self, colleague, by=None):
        asks = self.env["intervention.ask"].with_user(by or self.fm)
        vals = {"meeting_id": self.meeting.id, "user_id": colleague.id}
        return asks.create(vals).action_ask()

    def test_nobody_asks_themselves(self):
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRefused("user_id") as caught:
                self._ask(user, user)
            self.assertIn("than yourself", str(caught.exception))

    def test_nobody_who_is_archived_is_asked(self):
        self.staff.active = False
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRefused("user_id"):
                self._ask(self.staff, user)

    def test_nobody_of_another_school_is_asked(self):
        both = self._new_user(
            "both",
            FORM_MASTER,
            company_ids=[Command.set((self.env.company | self.school_b).ids)],
        )
        for colleague in (
            self.boss_b,
            self._new_user(
                "staff_b",
                "base.group_user",
                company_id=self.school_b.id,
                company_ids=[Command.set(self.school_b.ids)],
            ),
        ):
            before = self.env["mail.activity"].search_count([])
            for user in (self.fm, self.boss):
                with self.subTest(colleague.login), self.assertRefused("user_id"):
                    self._ask(colleague, user)
            self.assertEqual(self.env["mail.activity"].search_count([]), before)
        self.assertIn(both.name, self._ask(both)["params"]["message"])

    def test_the_dialog_offers_people_of_the_school_of_the_case(self):
        self.boss.company_ids |= self.school_b
        ask = (
            self.env["intervention.ask"]
            .with_user(self.boss)
            .with_context(
                allowed_company_ids=(self.env.company | self.school_b).ids,
                default_meeting_id=self.meeting.id,
            )
        )
        told = ask.onchange({}, [], {"meeting_id": NAME, "company_id": NAME})["value"]
        self.assertEqual(told["company_id"]["id"], self.env.company.id)
        names = {"uid": self.boss.id, "company_id": self.env.company.id}
        offered = ask.user_id.sudo().search(
            safe_eval(ask._fields["user_id"].domain, names)
        )
        self.assertLessEqual(self.fm | self.fm2 | self.staff, offered)
        self.assertFalse(offered & (self.boss | self.boss_b | self.portal))
        self.assertNotIn(NARRATIVE["absence_reason"], str(told))
