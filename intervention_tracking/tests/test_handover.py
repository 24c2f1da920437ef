from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ADMIN, FORM_MASTER, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestHandover(InterventionCase):
    """A class changes hands, and form masters who can't open cases any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings_without_contact()
        # What the database has of others is not counted.
        cls.before = cls._waiting_for(cls.boss)

    @classmethod
    def _waiting_for(cls, user):
        return cls.env["intervention.meeting"].with_user(user)._awaiting()

    def _waiting(self):
        self.env.invalidate_all()
        return self._waiting_for(self.boss) - self.before

    def _notices(self, action):
        """Return whom the messages about cases go to, by their subject."""
        messages = self.env["mail.message"]
        last = messages.search([], order="id desc", limit=1).id or 0
        with self.mock_mail_gateway():
            action()
        new = messages.search([("id", ">", last)])
        return {
            subject: group.notified_partner_ids
            for subject, group in new.grouped("subject").items()
        }

    def _dialog(self, records=None, user=None):
        context = {}
        if records is not None:
            context = {"active_model": records._name, "active_ids": records.ids}
        handovers = self.env["intervention.handover"].with_user(user or self.boss)
        return Form(handovers.with_context(**context))

    def _count(self, user):
        return self.meetings(user).get_dashboard()["handover_cases"]

    # --- a class changes hands ---

    def _change_class(self, owner, by=None):
        self.class_a.with_user(by or self.boss).form_master_id = owner
        self.env.invalidate_all()

    def test_the_cases_of_the_former_form_master_wait(self):
        case = self.record()
        self.in_status("closed", student_id=self.ben.id)
        self.record(self.boss, student_id=self.ben.id, root_cause="other")
        before = self._count(self.boss)
        self._change_class(self.fm2)
        self.assertEqual(self._waiting(), case)
        self.assertEqual(self._count(self.boss), before + 1)
        self.assertEqual(self.class_a.with_user(self.boss).handover_count, 1)

    def test_where_there_is_no_case_nobody_is_asked(self):
        self.record(student_id=self.cy.id)
        self._change_class(self.fm2)
        self.assertFalse(self.class_a.former_form_master_ids)
        self.assertIs(self.class_a.with_user(self.boss).action_hand_over(), False)

    def test_who_gets_the_class_back_keeps_the_cases(self):
        self.record()
        for owner in (self.fm2, self.boss, False, self.fm):
            self._change_class(owner)
        self.assertFalse(self._waiting())

    def test_the_dialog_hands_over_to_the_new_form_master_and_tells_both(self):
        case = self.record()
        self._change_class(self.fm2)
        action = self.class_a.with_user(self.boss).action_hand_over()
        self.assertEqual(action["res_model"], "intervention.handover")
        form = self._dialog(self.class_a)
        with form.line_ids.edit(0) as line:
            self.assertEqual(
                (line.student_id, line.owner_id, line.form_master_id),
                (self.ada, self.fm, self.fm2),
            )
        wizard = form.save()
        said = {}
        notices = self._notices(lambda: said.update(wizard.action_hand_over()))
        self.assertEqual(case.form_master_id, self.fm2)
        self.assertFalse(self._waiting())
        self.assertFalse(self.class_a.former_form_master_ids)
        self.assertEqual(
            notices,
            {
                "Interventions handed over to you": self.fm2.partner_id,
                "Interventions handed over to somebody else": self.fm.partner_id,
            },
        )
        self.assertEqual(
            said["params"]["message"],
            "Cases handed over: 1. Staying: 0. Told: Test fm2, Test fm.",
        )

    def test_a_case_that_stays_is_decided_too(self):
        case = self.record()
        self._change_class(self.fm2)
        form = self._dialog(self.class_a)
        with form.line_ids.edit(0) as line:
            line.form_master_id = self.env["res.users"]
        wizard = form.save()
        self.assertFalse(self._notices(wizard.action_hand_over))
        self.assertEqual(case.form_master_id, self.fm)
        self.assertFalse(self._waiting())

    def test_what_was_not_in_the_dialog_is_still_asked(self):
        self.record()
        self._change_class(self.fm2)
        wizard = self._dialog(self.class_a).save()
        late = self.record(student_id=self.ben.id)
        wizard.action_hand_over()
        self.assertEqual(self._waiting(), late)

    def test_each_case_goes_to_whom_is_chosen(self):
        first = self.record()
        second = self.record(student_id=self.ben.id, root_cause="other")
        self._change_class(self.fm2)
        form = self._dialog()
        for index in range(len(form.line_ids)):
            with form.line_ids.edit(index) as line:
                if line.student_id == self.ben:
                    line.form_master_id = self.boss
        form.save().action_hand_over()
        self.assertEqual(first.form_master_id, self.fm2)
        self.assertEqual(second.form_master_id, self.boss)

    def test_who_hands_over_second_is_told_so(self):
        case = self.record()
        self._change_class(self.fm2)
        wizard = self._dialog(self.class_a).save()
        case.with_user(self.boss).form_master_id = self.boss
        with self.assertRefused("line_ids"):
            wizard.action_hand_over()
        self.assertEqual(case.sudo().form_master_id, self.boss)

    def test_who_no_message_reaches_is_named(self):
        self.record()
        self.fm2.write({"email": False, "notification_type": "email"})
        self._change_class(self.fm2)
        params = self._dialog(self.class_a).save().action_hand_over()["params"]
        self.assertIn("No message reached Test fm2", params["message"])
        self.assertIn("Told: Test fm.", params["message"])
        self.assertEqual(params["type"], "warning")

    def test_a_change_by_who_can_not_decide_goes_to_the_administrators(self):
        self.record()
        notices = self._notices(
            lambda: (
                self.class_a.with_user(self.staff)
                .sudo()
                .write({"form_master_id": self.fm2.id})
            )
        )
        told = notices["Active cases wait to be handed over"]
        self.assertIn(self.boss.partner_id, told)
        self.assertNotIn(self.fm.partner_id, told)
        self.assertTrue(self._waiting())

    # --- form masters who can't open cases any more ---

    def _losses(self):
        """Lose the access in every way there is; each is undone afterwards."""
        group = self.env.ref(FORM_MASTER)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        ways = {
            "archived": lambda: self.fm.write({"active": False}),
            "out of the group": lambda: self.fm.write({"group_ids": [(3, group.id)]}),
            "put out in the group": lambda: group.write(
                {"user_ids": [(3, self.fm.id)]}
            ),
            "in another company": lambda: self.fm.write(
                {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
            ),
        }
        for name, lose in ways.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                lose()
                yield
                savepoint.rollback()
            self.env.invalidate_all()
            self.env.registry.clear_all_caches()

    def test_whatever_the_door_the_cases_wait(self):
        case = self.record()
        self.in_status("closed", student_id=self.ben.id)
        before = self._count(self.boss)
        self.assertFalse(self._waiting())
        for _way in self._losses():
            self.assertEqual(self._waiting(), case)
            self.assertEqual(self._count(self.boss), before + 1)
            self.assertTrue(case.with_user(self.boss).has_owner_left)
            self.assertTrue(case.with_user(self.boss).awaits_handover)

    def test_such_a_case_waits_until_somebody_has_it(self):
        case = self.record()
        self.fm.active = False
        form = self._dialog(self.fm)
        self.assertEqual(len(form.line_ids), 1)
        form.save().action_hand_over()
        self.assertEqual(self._waiting(), case)
        self.class_a.form_master_id = self.fm2
        notices = self._notices(self._dialog().save().action_hand_over)
        self.assertEqual(case.form_master_id, self.fm2)
        self.assertFalse(self._waiting())
        self.assertEqual(set(notices), {"Interventions handed over to you"})

    def test_the_administrators_hear_of_who_leaves_the_group(self):
        self.record()
        notices = self._notices(
            lambda: self.fm.write({"group_ids": [(3, self.env.ref(FORM_MASTER).id)]})
        )
        told = notices["Active cases wait to be handed over"]
        self.assertIn(self.boss.partner_id, told)

    def test_other_changes_of_groups_tell_nobody(self):
        self.record()
        group = self.env.ref("base.group_partner_manager")
        self.assertFalse(
            self._notices(lambda: self.fm.write({"group_ids": [(4, group.id)]}))
        )
        self.assertFalse(
            self._notices(
                lambda: self.fm.write({"group_ids": [(4, self.env.ref(ADMIN).id)]})
            )
        )

    # --- rights ---

    def test_it_is_for_administrators_only(self):
        case = self.record()
        self._change_class(self.fm2)
        for user in (self.fm, self.fm2, self.staff, self.portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.env["intervention.handover"].with_user(user).create({})
                with self.assertRaises(AccessError):
                    self.class_a.with_user(user).action_hand_over()
        for user in (self.fm, self.fm2):
            self.assertEqual(self._count(user), 0)
            with self.assertRaises(AccessError):
                self.class_a.with_user(user).read(["former_form_master_ids"])
        with self.assertRaises(AccessError):
            case.with_user(self.fm).read(["awaits_handover"])

    def test_the_dialog_of_another_is_hidden(self):
        self.record()
        self._change_class(self.fm2)
        wizard = self._dialog(self.class_a).save()
        other = self._new_user("other_boss", ADMIN)
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(other).read(["student_id"])
