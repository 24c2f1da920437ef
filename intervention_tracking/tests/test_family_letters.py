from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NARRATIVE
from .test_family_contacts import FamilyCase

ANSWER = """Return-Path: <{sender}>
To: {to}
From: {sender}
Subject: Re: your letter
Message-ID: <answer-{number}@example.org>
In-Reply-To: {message_id}
Content-Type: text/plain; charset=utf-8

Call me tomorrow.
"""
ANSWER_WITH_FILE = (
    ANSWER.replace(
        "Content-Type: text/plain; charset=utf-8\n",
        """Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8
""",
    )
    + """
--part
Content-Type: application/pdf; name="note.pdf"
Content-Disposition: attachment; filename="note.pdf"
Content-Transfer-Encoding: 8bit

%PDF-1.4
%%EOF

--part--
"""
)
ANSWER_WITH_PICTURE = ANSWER.replace("text/plain", "text/html").replace(
    "Call me tomorrow.",
    '<p>Call me tomorrow. <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></p>',
)


@tagged("standard", "post_install", "-at_install")
class TestLetters(FamilyCase):
    """What a guardian gets, who else gets it, and what is kept of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.env["res.lang"]._activate_lang("fr_FR")
        template = cls.env.ref("intervention_tracking.mail_template_guardian")
        template.with_context(lang="fr_FR").write(
            {
                "subject": "{{ object.student_id.name }} : contactez-nous",
                "body_html": "<p>Chers parents de "
                '<t t-out="object.student_id.name"/>, <t t-out="user.name"/></p>',
            }
        )
        cls.fm.email = "fm@school.example.org"
        cls.boss.email = "boss@school.example.org"
        (cls.fm | cls.boss).notification_type = "email"

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.flush_tracking()

    def _compose(self, meeting=None, guardian=None, user=None):
        """Return the composer as the button opens it."""
        meeting = (meeting or self.meeting).with_user(user or self.fm)
        if guardian:
            meeting = meeting.with_context(intervention_guardian_ids=guardian.ids)
        action = meeting.action_write_to_guardian()
        if action["type"] == "ir.actions.client":
            action = action["params"]["next"]
        return Form(
            self.env["mail.compose.message"]
            .with_user(user or self.fm)
            .with_context(**action["context"])
        )

    def _send(self, form):
        """Send the letter, and return what left Odoo by mail."""
        with self.mock_mail_gateway(mail_unlink_sent=False):
            form.save().action_send_mail()
            self.flush_tracking()
        return self._mails

    def _receive(self, letter, text, sender="mo@example.org", number=9):
        """Let an answer to a letter arrive by e-mail."""
        self.env["mail.thread"].message_process(
            False,
            text.format(
                sender=sender,
                to=f"{self.alias_catchall}@{self.alias_domain}",
                message_id=letter.message_id,
                number=number,
            ),
        )

    def _answer(self, sender, number=1):
        """Let somebody answer the last letter by e-mail."""
        letter = self.meeting.sudo().message_ids[:1]
        with self.mock_mail_gateway():
            self._receive(letter, ANSWER, sender=sender, number=number)
            self.flush_tracking()

    def _log(self, meeting=None):
        contacts = self.contacts(self.boss).search(
            [("meeting_id", "=", (meeting or self.meeting).id)]
        )
        return [
            (each.guardian_id, each.channel, each.direction, each.outcome)
            for each in contacts.sorted("id")
        ]

    # what is written

    def test_a_letter_is_for_the_guardians_with_an_address(self):
        self.father.email = False
        form = self._compose()
        self.assertEqual(form.partner_ids[:], self.mother)

    def test_a_letter_says_who_asks_and_about_whom(self):
        mails = self._send(self._compose())
        self.assertEqual(
            sorted(mail["email_to"] for mail in mails),
            sorted([['"Fa Test" <fa@example.org>'], ['"Mo Test" <mo@example.org>']]),
        )
        for mail in mails:
            self.assertIn(self.ada.name, mail["subject"])
            for text in (self.ada.name, self.fm.name, self.env.company.name):
                self.assertIn(text, mail["body"])

    def test_a_letter_tells_nothing_of_the_meeting(self):
        self.log(self.meeting, notes="Yeti-said")
        self.add_update(self.meeting, "Yeti-note")
        mails = self._send(self._compose())
        self.assertEqual(len(mails), 2)
        for mail in mails:
            text = f"{mail['subject']} {mail['body']} {mail['headers']}"
            self.assertDiscreet(text)
            self.assertNotIn("Yeti", text)

    def test_a_letter_has_no_link(self):
        mails = self._send(self._compose())
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertNotIn("href", mail["body"])
            self.assertNotIn("/mail/view", mail["body"])
            self.assertNotIn("access_token", mail["body"])

    def test_a_letter_is_in_the_language_of_the_guardian(self):
        (self.mother | self.father).lang = "fr_FR"
        mails = self._send(self._compose())
        self.assertEqual(len(mails), 2)
        for mail in mails:
            self.assertEqual(mail["subject"], "Ada Test : contactez-nous")
            self.assertIn("Chers parents de Ada Test", mail["body"])
            self.assertIn('lang="fr_FR"', mail["body"])

    def test_a_letter_is_in_one_language(self):
        self.father.lang = "fr_FR"
        first = self.meeting.guardian_ids[:1]
        action = self.meeting.action_write_to_guardian()
        other = (self.mother | self.father) - first
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(other.name, action["params"]["message"])
        self.assertEqual(self._compose().partner_ids[:], first)

    def test_a_letter_to_one_guardian_is_in_their_language(self):
        self.father.lang = "fr_FR"
        form = self._compose(guardian=self.father)
        self.assertEqual(form.partner_ids[:], self.father)
        self.assertIn("contactez-nous", form.subject)
        form = self._compose(guardian=self.mother)
        self.assertEqual(form.partner_ids[:], self.mother)
        self.assertIn("please get in touch", form.subject)

    def test_a_letter_of_an_administrator_names_the_form_master(self):
        [mail, _other] = self._send(self._compose(user=self.boss))
        self.assertIn(self.boss.name, mail["body"])
        self.assertIn(self.fm.name, mail["body"])

    def test_whoever_is_no_guardian_is_not_chosen_by_the_context(self):
        for chosen in (self.grandmother.ids, "x", [10**12], ["x"]):
            meeting = self.meeting.with_context(intervention_guardian_ids=chosen)
            with self.subTest(chosen=chosen):
                self.assertEqual(
                    meeting._letter_recipients(), self.mother | self.father
                )

    # to whom it can't be written

    def test_without_an_address_it_is_said_what_to_do(self):
        meeting = self.record(student_id=self.ben.id)
        with self.assertRaises(UserError) as caught:
            meeting.action_write_to_guardian()
        self.assertIn(self.grandmother.name, str(caught.exception))
        self.assertIn("Log Contact", str(caught.exception))

    def test_without_guardians_it_is_said_what_to_do(self):
        meeting = self.record(student_id=self.cy.id)
        with self.assertRaises(UserError) as caught:
            meeting.action_write_to_guardian()
        self.assertIn("No guardian of Cy Test is known", str(caught.exception))

    def test_the_screen_says_beforehand_why_no_letter_is_possible(self):
        self.assertFalse(self.meeting.letter_hindrance)
        meeting = self.record(student_id=self.ben.id)
        self.assertIn(self.grandmother.name, meeting.letter_hindrance)
        self.grandmother.email = "grandmother@example.org"
        self.assertFalse(meeting.letter_hindrance)
        without = self.record(student_id=self.cy.id)
        self.assertIn("No guardian", without.letter_hindrance)
        with self.assertRaises(AccessError):
            self.ben.with_user(self.staff).read(["letter_hindrance"])

    def test_the_contact_without_an_address_opens_from_the_case(self):
        student = self.ben
        student.guardian_ids += self.mother
        action = self.record(student_id=student.id).action_enter_guardian_email()
        self.assertEqual(action["res_id"], self.grandmother.id)
        action = self.record(student_id=self.cy.id).action_enter_guardian_email()
        self.assertEqual(action["res_id"], self.cy.id)
        self.assertEqual(action["target"], "new")

    def test_without_an_own_address_it_is_said_what_to_do(self):
        self.fm.email = False
        with self.assertRaises(UserError) as caught:
            self.meeting.action_write_to_guardian()
        self.assertIn("You have no e-mail address", str(caught.exception))

    def test_no_letter_is_written_on_an_archived_meeting(self):
        self.meeting.unlink()
        with self.assertRefused("active"):
            self.meeting.with_user(self.boss).action_write_to_guardian()

    # what is kept of it

    def test_a_letter_is_logged_once_for_each_guardian(self):
        self._send(self._compose())
        self.assertCountEqual(
            self._log(),
            [
                (guardian, "email", "outgoing", "sent")
                for guardian in self.mother | self.father
            ],
        )
        self.assertEqual(self.contacts().search([]).create_uid, self.fm)
        self.assertTrue(self.meeting.is_family_contacted)

    def test_opening_the_composer_logs_nothing(self):
        self._compose()
        self.assertFalse(self._log())

    def test_a_letter_to_others_is_not_logged(self):
        form = self._compose()
        form.partner_ids.clear()
        form.partner_ids.add(self.boss.partner_id)
        self._send(form)
        self.assertFalse(self._log())

    def test_a_letter_on_a_closed_meeting_is_logged(self):
        meeting = self.in_status("closed", root_cause="other")
        self._send(self._compose(meeting, guardian=self.mother))
        self.assertEqual(
            self._log(meeting), [(self.mother, "email", "outgoing", "sent")]
        )

    def test_a_message_in_the_chatter_to_a_guardian_is_logged(self):
        with self.mock_mail_gateway():
            self.meeting.message_post(
                body="Please call", partner_ids=self.mother.ids, message_type="comment"
            )
        self.assertEqual(self._log(), [(self.mother, "email", "outgoing", "sent")])

    def test_a_message_that_reaches_no_guardian_is_not_logged(self):
        self.mother.email = False
        with self.mock_mail_gateway():
            self.meeting.message_post(body="x", partner_ids=self.mother.ids)
            self.meeting.message_post(body="x")
        self.assertFalse(self._log())

    def test_a_letter_for_later_is_logged_when_it_is_sent(self):
        form = self._compose(guardian=self.mother)
        form.scheduled_date = f"{self.day(2)} 08:00:00"
        form.save().action_schedule_message()
        self.assertFalse(self._log())
        later = self.env["mail.scheduled.message"].search(
            [("res_id", "=", self.meeting.id), ("model", "=", self.meeting._name)]
        )
        with self.mock_mail_gateway():
            later.with_user(self.fm).post_message()
        self.assertEqual(self._log(), [(self.mother, "email", "outgoing", "sent")])
        self.assertEqual(self.contacts().search([]).create_uid, self.fm)

    def test_a_letter_that_does_not_arrive_does_not_count(self):
        self._send(self._compose(guardian=self.mother))
        contact = self.contacts().search([])
        self.assertFalse(contact.is_undelivered)
        notice = contact.message_id.sudo().notification_ids
        for status in ("exception", "bounce", "canceled"):
            notice.notification_status = status
            self.env.invalidate_all()
            with self.subTest(status):
                self.assertTrue(contact.is_undelivered)
                self.assertEqual(contact.remark, "Not delivered")
                self.assertFalse(self.meeting.is_family_contacted)
                self.assertFalse(
                    self.meetings(self.fm).search([("is_family_contacted", "=", True)])
                )
        notice.notification_status = "sent"
        self.env.invalidate_all()
        self.assertFalse(contact.is_undelivered)
        self.assertTrue(self.meeting.is_family_contacted)

    def test_a_letter_that_waits_in_the_queue_is_not_said_to_be_sent(self):
        self._send(self._compose(guardian=self.mother))
        contact = self.contacts().search([])
        contact.message_id.sudo().notification_ids.notification_status = "ready"
        self.env.invalidate_all()
        self.assertEqual(contact.outcome_text, "Message Sent (On its way)")
        self.assertFalse(contact.is_undelivered)
        self.assertFalse(self.meeting.is_family_contacted)

    def test_the_letter_of_another_guardian_may_arrive(self):
        self._send(self._compose())
        lost, other = self.contacts().search([])
        lost.message_id.sudo().notification_ids.filtered(
            lambda notice: notice.res_partner_id == lost.guardian_id
        ).notification_status = "bounce"
        self.env.invalidate_all()
        self.assertTrue(lost.is_undelivered)
        self.assertFalse(other.is_undelivered)
        self.assertTrue(self.meeting.is_family_contacted)

    def test_no_caller_names_the_e_mail_of_an_entry(self):
        message = self.meeting.message_post(body="x")
        with self.assertRefused("message_id"):
            self.log(self.meeting, message_id=message.id)
        contact = (
            self.contacts()
            .with_context(
                intervention_message=message.id, default_message_id=message.id
            )
            .create(self.entry(self.meeting))
        )
        self.assertFalse(contact.message_id)

    # who else gets it

    def test_a_guardian_does_not_follow_the_meeting(self):
        for context in ({}, {"mail_post_autofollow": True}):
            self._send(self._compose(guardian=self.mother))
            with self.mock_mail_gateway():
                self.meeting.with_context(**context).message_post(
                    body="x", partner_ids=self.father.ids
                )
            followers = self.meeting.sudo().message_partner_ids
            self.assertFalse(followers & (self.mother | self.father))

    def test_a_guardian_can_not_be_made_a_follower(self):
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRaises(UserError):
                self.meeting.with_user(user).message_subscribe(self.mother.ids)
        self.meeting.sudo().message_subscribe(self.mother.ids)
        self.assertFalse(self.meeting.sudo().message_partner_ids)
        self.meeting.message_subscribe(self.boss.partner_id.ids)
        self.assertIn(self.boss.partner_id, self.meeting.sudo().message_partner_ids)

    def test_followers_do_not_get_the_letter(self):
        self.meeting.message_subscribe(self.boss.partner_id.ids)
        mails = self._send(self._compose(guardian=self.mother))
        self.assertEqual(
            [mail["email_to"] for mail in mails], [['"Mo Test" <mo@example.org>']]
        )

    def test_followers_do_not_get_a_letter_that_is_sent_later(self):
        self.meeting.message_subscribe(self.boss.partner_id.ids)
        form = self._compose(guardian=self.mother)
        form.scheduled_date = f"{self.day(2)} 08:00:00"
        form.save().action_schedule_message()
        later = self.env["mail.scheduled.message"].search(
            [("res_id", "=", self.meeting.id), ("model", "=", self.meeting._name)]
        )
        with self.mock_mail_gateway(mail_unlink_sent=False):
            later.with_user(self.fm).post_message()
            self.flush_tracking()
        self.assertEqual(
            [mail["email_to"] for mail in self._mails],
            [['"Mo Test" <mo@example.org>']],
        )

    def test_a_guardian_does_not_get_the_addresses_of_others(self):
        mails = self._send(self._compose())
        self.assertEqual(len(mails), 2)
        for mail in mails:
            others = {"mo@example.org", "fa@example.org"}
            others -= {mail["email_to"][0].split("<")[1][:-1]}
            self.assertNotIn("X-Msg-To-Add", mail["headers"])
            for address in others:
                self.assertNotIn(address, str(mail))

    def test_a_guardian_with_a_login_reads_the_letter_and_nothing_else(self):
        self.mother.email = False
        parent = self._new_user("parent", "base.group_portal", email="p@example.org")
        self.ada.guardian_ids |= parent.partner_id
        with self.mock_mail_gateway():
            note = self.meeting.message_post(body="Yeti-internal")
        self._send(self._compose(guardian=parent.partner_id))
        letter = self.meeting.sudo().message_ids - note.sudo()
        messages = self.env["mail.message"].with_user(parent)
        self.assertEqual(
            messages.search([("id", "in", (letter | note).ids)]).ids, letter.ids
        )
        for model, record in (
            ("intervention.meeting", self.meeting),
            ("intervention.contact", self.contacts().search([])),
        ):
            self.env.invalidate_all()
            with self.subTest(model), self.assertRaises(AccessError):
                record.with_user(parent).read(["display_name"])

    def test_a_guardian_is_not_suggested_in_the_chatter(self):
        self._send(self._compose())
        self._answer("mo@example.org")
        for user in (self.fm, self.boss):
            suggested = self.meeting.with_user(user)._message_get_suggested_recipients(
                reply_discussion=True, no_create=False
            )
            self.assertFalse(
                {each["partner_id"] for each in suggested}
                & {False, *(self.mother | self.father).ids}
            )

    # what comes back

    def test_an_answer_is_kept_with_the_meeting_and_logged(self):
        self._send(self._compose(guardian=self.mother))
        self._answer("mo@example.org")
        answer = self.meeting.sudo().message_ids[:1]
        self.assertIn("Call me tomorrow", answer.body)
        self.assertEqual(
            self._log(),
            [
                (self.mother, "email", "outgoing", "sent"),
                (self.mother, "email", "incoming", "reached"),
            ],
        )
        self.assertNotIn(self.mother, self.meeting.sudo().message_partner_ids)

    def test_the_form_master_hears_of_an_answer_to_somebody_else(self):
        self._send(self._compose(guardian=self.mother, user=self.boss))
        self._answer("mo@example.org")
        answer = self.meeting.sudo().message_ids[:1]
        self.assertIn(self.fm.partner_id, answer.notified_partner_ids)

    def test_an_answer_of_somebody_else_is_not_logged(self):
        self._send(self._compose(guardian=self.mother))
        self._answer("stranger@example.org")
        self.assertEqual(self._log(), [(self.mother, "email", "outgoing", "sent")])

    def test_an_answer_on_an_archived_meeting_is_kept(self):
        self._send(self._compose(guardian=self.mother))
        self.meeting.unlink()
        self.flush_tracking()
        letter = self.meeting.sudo().message_ids.filtered("partner_ids")
        with self.mock_mail_gateway():
            self._receive(letter, ANSWER)
        self.assertIn("Call me tomorrow", self.meeting.sudo().message_ids[:1].body)
        self.assertEqual(len(self._log()), 1)

    def _answer_on_archived(self, text=ANSWER):
        """Let the mother answer a letter of a meeting that is archived by now.

        :return: the answer in the chatter, and whom Odoo sent a mail of it
        """
        self.meeting.unlink()
        self.flush_tracking()
        letter = self.meeting.sudo().message_ids.filtered("partner_ids")[-1:]
        with self.mock_mail_gateway():
            self._receive(letter, text)
            self.flush_tracking()
        mailed = {address for mail in self._mails for address in mail["email_to"]}
        return self.meeting.sudo().message_ids[:1], mailed

    def test_an_answer_with_a_file_on_an_archived_meeting_is_kept(self):
        self._send(self._compose(guardian=self.mother))
        answer, _mailed = self._answer_on_archived(ANSWER_WITH_FILE)
        self.assertIn("Call me tomorrow", answer.body)
        self.assertIn("were left out", answer.body)
        self.assertFalse(self.meeting.sudo().file_ids)

    def test_an_answer_with_a_picture_on_an_archived_meeting_is_kept(self):
        self._send(self._compose(guardian=self.mother))
        answer, _mailed = self._answer_on_archived(ANSWER_WITH_PICTURE)
        self.assertIn("Call me tomorrow", answer.body)
        self.assertIn("were left out", answer.body)
        self.assertFalse(self.meeting.sudo().file_ids)

    def test_an_answer_with_a_file_is_kept_with_it(self):
        self._send(self._compose(guardian=self.mother))
        letter = self.meeting.sudo().message_ids[:1]
        with self.mock_mail_gateway():
            self._receive(letter, ANSWER_WITH_FILE)
        answer = self.meeting.sudo().message_ids[:1]
        self.assertEqual(self.meeting.file_ids.name, "note.pdf")
        self.assertIn(self.meeting.file_ids._address(), answer.body)

    def test_the_administrator_hears_of_an_answer_on_an_archived_meeting(self):
        self._send(self._compose(guardian=self.mother, user=self.boss))
        answer, mailed = self._answer_on_archived()
        self.assertIn(self.boss.partner_id, answer.notified_partner_ids)
        self.assertNotIn(self.fm.partner_id, answer.notified_partner_ids)
        self.assertNotIn(self.fm.partner_id, self.meeting.sudo().message_partner_ids)
        self.assertTrue(any("boss@school.example.org" in each for each in mailed))
        self.assertFalse(any("fm@school.example.org" in each for each in mailed))

    def test_a_follower_who_may_not_see_the_meeting_is_told_nothing(self):
        self._send(self._compose(guardian=self.mother, user=self.boss))
        self._answer("mo@example.org")
        self.assertIn(self.fm.partner_id, self.meeting.sudo().message_partner_ids)
        answer, mailed = self._answer_on_archived()
        self.assertNotIn(self.fm.partner_id, answer.notified_partner_ids)
        self.assertFalse(any("fm@school.example.org" in each for each in mailed))

    def test_no_narrative_is_in_a_message_of_the_chatter(self):
        self._send(self._compose())
        messages = self.meeting.sudo().message_ids
        self.assertTrue(messages)
        for message in messages:
            for text in NARRATIVE.values():
                self.assertNotIn(text, message.body)
