from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ADMIN, FORM_MASTER, NARRATIVE, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestRequest(InterventionCase):
    """A form master asks for a case that somebody else has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings_without_contact()

    def _ask(self, user=None, student=None, cause="health"):
        return self.meetings(user or self.fm2).request_case(
            (student or self.ada).id, cause
        )

    def _request(self, answer, user):
        return (
            self.env["intervention.request"].with_user(user).browse(answer["request"])
        )

    def _told(self, action):
        """Return the messages that an action sends."""
        messages = self.env["mail.message"]
        last = messages.search([], order="id desc", limit=1).id or 0
        with self.mock_mail_gateway():
            action()
        return messages.search([("id", ">", last)])

    def test_a_refused_duplicate_leads_on(self):
        self.record()
        with self.assertRefused("root_cause") as caught:
            self.record(self.fm2)
        self.assertEqual(
            caught.exception.context["intervention_duplicate"],
            {"student_id": self.ada.id, "root_cause": "health"},
        )
        self.assertDiscreet(str(caught.exception))

    def test_who_sees_the_case_is_not_led_to_a_request(self):
        self.record()
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                with self.assertRefused("root_cause") as caught:
                    self.record(user)
                self.assertNotIn("intervention_duplicate", caught.exception.context)
                with self.assertRefused("root_cause"):
                    self._ask(user)

    def test_the_answer_does_not_tell_whether_there_is_a_case(self):
        self.record()
        there = self._ask()
        nothing = self._ask(student=self.ben, cause="other")
        self.assertEqual(there["message"], nothing["message"])
        self.assertTrue(there["is_told"])

    def test_the_administrators_are_told_once_without_a_cause(self):
        self.record()
        messages = self._told(self._ask)
        self.assertIn(self.boss.partner_id, messages.notified_partner_ids)
        self.assertNotIn(self.fm.partner_id, messages.notified_partner_ids)
        for message in messages:
            self.assertIn(self.ada.name, message.body)
            self.assertDiscreet(f"{message.subject} {message.body}")
        self.assertFalse(self._told(self._ask))
        self.assertEqual(self._ask(), self._ask())

    def test_where_nobody_can_be_told_it_says_so(self):
        self.administrators().active = False
        answer = self._ask()
        self.assertFalse(answer["is_told"])
        self.assertIn("Nobody can be told", answer["message"])

    def test_the_dashboard_counts_what_waits(self):
        before = self.meetings(self.boss).get_dashboard()["case_requests"]
        self.record()
        request = self._request(self._ask(), self.boss)
        dashboard = self.meetings(self.boss).get_dashboard()
        self.assertEqual(dashboard["case_requests"], before + 1)
        self.assertEqual(self.meetings(self.fm2).get_dashboard()["case_requests"], 0)
        request.action_hand_over()
        dashboard = self.meetings(self.boss).get_dashboard()
        self.assertEqual(dashboard["case_requests"], before)

    def test_one_click_hands_the_case_over_and_tells_both(self):
        case = self.record()
        request = self._request(self._ask(), self.boss)
        said = {}
        messages = self._told(lambda: said.update(request.action_hand_over()))
        self.assertEqual(case.sudo().form_master_id, self.fm2)
        self.assertEqual(request.state, "handed_over")
        self.assertEqual(
            messages.notified_partner_ids, self.fm.partner_id | self.fm2.partner_id
        )
        self.assertIn("Test fm2 was told", said["params"]["message"])
        self.assertEqual(case.with_user(self.fm2).action_plan, NARRATIVE["action_plan"])
        with self.assertRaises(ValidationError):
            request.action_hand_over()

    def test_where_the_case_is_closed_meanwhile_who_asks_is_told(self):
        case = self.record()
        request = self._request(self._ask(), self.boss)
        case.write({"status": "closed", "resolution_notes": "Back."})
        messages = self._told(request.action_hand_over)
        self.assertEqual(request.state, "none")
        self.assertEqual(messages.notified_partner_ids, self.fm2.partner_id)

    def test_an_archived_case_is_not_handed_over(self):
        archived = self.record().sudo()
        request = self._request(self._ask(), self.boss)
        archived.with_user(self.fm).unlink()
        request.with_context(active_test=False).action_hand_over()
        self.assertEqual(request.state, "none")
        self.assertEqual(archived.form_master_id, self.fm)
        active = self.record()
        request = self._request(self._ask(), self.boss)
        request.with_context(active_test=False).action_hand_over()
        self.assertEqual(request.state, "handed_over")
        self.assertEqual(active.sudo().form_master_id, self.fm2)
        self.assertEqual(archived.form_master_id, self.fm)

    def test_who_sees_an_archived_case_asks_for_another_one(self):
        self.archived(self.boss)
        asked = self.meetings(self.boss).with_context(active_test=False)
        self.assertTrue(asked.request_case(self.ada.id, "health")["request"])

    def test_a_case_of_a_school_that_is_switched_off_is_not_said_to_be_none(self):
        here = self.env.company
        other = self.env["res.company"].create({"name": "School B"})
        both = [Command.set([here.id, other.id])]
        boss = self._new_user("boss_both", ADMIN, company_ids=both)
        owner = self._new_user(
            "fm_b", FORM_MASTER, company_id=other.id, company_ids=[other.id]
        )
        asking = self._new_user("fm_both", FORM_MASTER, company_ids=both)
        for student, cause in (
            (self._new_student("Shared", company_id=False), "health"),
            (self._new_student("Shared too", company_id=False), "other"),
        ):
            case = self.record(owner, student_id=student.id, root_cause=cause).sudo()
            self.assertEqual(case.company_id, other)
            answer = self._ask(asking, student, cause)
            for user in (self.boss, boss):
                request = self._request(answer, user).with_context(
                    allowed_company_ids=here.ids
                )
                with self.assertRaisesRegex(ValidationError, "not switched on"):
                    request.action_hand_over()
                self.assertEqual(request.state, "waiting")
            request = self._request(answer, boss).with_context(
                allowed_company_ids=[here.id, other.id]
            )
            request.action_hand_over()
            self.assertEqual(request.state, "handed_over")
            self.assertEqual(case.form_master_id, asking)

    def test_a_case_is_not_handed_to_who_is_of_another_school(self):
        here = self.env.company
        other = self.env["res.company"].create({"name": "School B"})
        boss = self._new_user(
            "boss_both", ADMIN, company_ids=[Command.set([here.id, other.id])]
        )
        owner = self._new_user(
            "fm_b", FORM_MASTER, company_id=other.id, company_ids=[other.id]
        )
        shared = self._new_student("Shared", company_id=False)
        case = self.record(owner, student_id=shared.id).sudo()
        request = self._request(self._ask(student=shared), boss).with_context(
            allowed_company_ids=[here.id, other.id]
        )
        with self.assertRaisesRegex(UserError, "School B"), self.cr.savepoint():
            request.action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(case.form_master_id, owner)
        self.assertEqual(request.state, "waiting")

    def test_a_contact_who_is_asked_for_stays(self):
        self._ask(student=self.ben, cause="family")
        self.staff.group_ids += self.env.ref("base.group_partner_manager")
        with self.assertRaises(UserError) as caught:
            self.ben.with_user(self.staff).unlink()
        self.assertNotIn("equest", str(caught.exception))

    def test_who_is_declined_is_told(self):
        case = self.record()
        request = self._request(self._ask(), self.boss)
        messages = self._told(request.action_decline)
        self.assertEqual(messages.notified_partner_ids, self.fm2.partner_id)
        self.assertEqual(case.form_master_id, self.fm)
        self.assertEqual(request.state, "declined")
        # They may ask again.
        self.assertNotEqual(self._ask()["request"], request.id)

    def test_nobody_decides_but_an_administrator(self):
        case = self.record()
        answer = self._ask()
        for user in (self.fm, self.fm2, self.staff, self.portal):
            request = self._request(answer, user)
            for action in (request.action_hand_over, request.action_decline):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    action()
            with self.assertRaises(AccessError):
                request.write({"state": "handed_over"})
        self.assertEqual(case.form_master_id, self.fm)

    def test_requests_are_seen_by_who_asks_and_administrators(self):
        self.record()
        answer = self._ask()
        for user, sees in ((self.fm, False), (self.fm2, True), (self.boss, True)):
            requests = self.env["intervention.request"].with_user(user)
            found = requests.search([("id", "=", answer["request"])])
            self.assertEqual(bool(found), sees)
        for user in (self.staff, self.portal):
            with self.assertRaises(AccessError):
                self._ask(user)

    def test_what_can_not_be_is_not_asked_for(self):
        for student, cause, field in (
            (self.staff.partner_id, "health", "student_id"),
            (self.ada, "nonsense", "root_cause"),
            (self.ada, None, "root_cause"),
        ):
            with self.assertRefused(field):
                self._ask(student=student, cause=cause)
        for value in (0, "x", None, [1], 2**40):
            with self.assertRefused("student_id"):
                self.meetings(self.fm2).request_case(value, "health")
