from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import NARRATIVE, InterventionCase


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
            caught.exception.context,
            {
                "intervention_duplicate": {
                    "student_id": self.ada.id,
                    "root_cause": "health",
                }
            },
        )
        self.assertDiscreet(str(caught.exception))

    def test_who_sees_the_case_is_not_led_to_a_request(self):
        self.record()
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                with self.assertRefused("root_cause") as caught:
                    self.record(user)
                self.assertFalse(getattr(caught.exception, "context", None))
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
