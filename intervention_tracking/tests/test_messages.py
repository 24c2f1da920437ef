from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .test_family_contacts import FamilyCase


@tagged("standard", "post_install", "-at_install")
class TestMessages(FamilyCase):
    """Comments are Odoo's own; what went to the family stays as it was sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fm.email = "fm@school.example.org"

    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(2))
        self.flush_tracking()

    def _comment(self, user=None, **kwargs):
        """Return what a user wrote in the chatter."""
        with self.mock_mail_gateway():
            return self.meeting.with_user(user or self.fm).message_post(
                body="Was here.", message_type="comment", **kwargs
            )

    def test_an_own_comment_can_be_edited(self):
        comment = self._comment()
        meeting = self.meeting.with_user(self.fm)
        meeting._message_update_content(comment, body="Was not here.")
        self.assertIn("Was not here.", comment.body)

    @mute_logger("odoo.models.unlink", "odoo.sql_db")
    def test_a_letter_is_neither_edited_nor_deleted(self):
        letter = self._comment(partner_ids=self.mother.ids)
        letter.sudo().notification_ids.notification_status = "bounce"
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)
        for user in (self.fm, self.boss):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.meeting.with_user(user)._message_update_content(letter, body="x")
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            letter.sudo().unlink()
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)

    def test_a_message_can_still_be_starred(self):
        message = self._comment(self.boss).with_user(self.fm)
        message.toggle_message_starred()
        self.assertTrue(message.starred)

    def test_a_failure_that_is_dismissed_is_no_contact(self):
        letter = self._comment(partner_ids=self.mother.ids)
        letter.sudo().notification_ids.notification_status = "bounce"
        self.meeting.notify_cancel_by_type("email")
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)


@tagged("standard", "post_install", "-at_install")
class TestRecipients(FamilyCase):
    """Only who sees an intervention gets what is written in its chatter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = cls.fm | cls.fm2 | cls.boss | cls.staff | cls.portal
        users.notification_type = "email"
        for user in users:
            user.email = f"{user.login}@school.example.org"

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.flush_tracking()

    def _post(self, user=None, **kwargs):
        """Return who is notified of a comment in the chatter."""
        with self.mock_mail_gateway():
            message = self.meeting.with_user(user or self.fm).message_post(
                **{
                    "body": "Yeti",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                    **kwargs,
                }
            )
        return message.sudo().notified_partner_ids

    def _followers(self):
        self.meeting.invalidate_recordset()
        return self.meeting.sudo().message_partner_ids

    def test_who_does_not_see_the_case_can_not_follow_it(self):
        for user in (self.fm, self.boss):
            for stranger in (self.fm2, self.staff, self.portal):
                with (
                    self.subTest(user.login, stranger=stranger.login),
                    self.assertRaisesRegex(UserError, stranger.name),
                ):
                    self.meeting.with_user(user).message_subscribe(
                        (self.boss | stranger).partner_id.ids
                    )
        self.assertFalse(self._followers())
        self.meeting.message_subscribe(self.boss.partner_id.ids)
        self.assertEqual(self._followers(), self.boss.partner_id)

    def test_superuser_code_leaves_out_who_does_not_see_the_case(self):
        self.meeting.sudo().message_subscribe(
            (self.boss | self.staff | self.fm2).partner_id.ids
        )
        self.assertEqual(self._followers(), self.boss.partner_id)

    def test_an_archived_case_is_followed_by_administrators_only(self):
        self.meeting.unlink()
        meeting = self.meeting.with_user(self.boss)
        with self.assertRaisesRegex(UserError, self.fm.name):
            meeting.message_subscribe(self.fm.partner_id.ids)
        meeting.message_subscribe(self.boss.partner_id.ids)
        self.assertEqual(self._followers(), self.boss.partner_id)

    def test_who_does_not_see_the_case_gets_no_activity(self):
        todo = "mail.mail_activity_data_todo"
        for stranger in (self.fm2, self.staff):
            with self.subTest(stranger.login):
                with (
                    self.mock_mail_gateway(),
                    self.assertRaisesRegex(UserError, stranger.name),
                ):
                    self.meeting.activity_schedule(todo, user_id=stranger.id)
                self.assertFalse(self._new_mails)
                own = self.meeting.activity_schedule(todo, user_id=self.fm.id)
                with (
                    self.mock_mail_gateway(),
                    self.assertRaisesRegex(UserError, stranger.name),
                ):
                    own.user_id = stranger
                self.assertFalse(self._new_mails)
        self.meeting.activity_schedule(todo, user_id=self.boss.id)
        self.assertIn(self.boss.partner_id, self._followers())

    def test_who_does_not_see_the_case_can_not_be_written_to(self):
        for user in (self.fm, self.boss):
            for stranger in (
                self.fm2.partner_id,
                self.staff.partner_id,
                self.portal.partner_id,
                self.grandmother,
            ):
                with (
                    self.subTest(user.login, stranger=stranger.name),
                    self.assertRaisesRegex(UserError, stranger.name),
                ):
                    self._post(user, partner_ids=stranger.ids)
        self.assertFalse(self.meeting.sudo().message_ids)

    def test_colleagues_who_see_the_case_and_guardians_can_be_written_to(self):
        chosen = self.boss.partner_id | self.mother
        self.assertEqual(self._post(partner_ids=chosen.ids), chosen)

    def test_a_member_of_staff_who_is_a_guardian_can_be_written_to(self):
        self.ada.guardian_ids |= self.staff.partner_id
        self.assertEqual(
            self._post(partner_ids=self.staff.partner_id.ids), self.staff.partner_id
        )

    def test_an_edit_does_not_name_who_does_not_see_the_case(self):
        self._post()
        message = self.meeting.sudo().message_ids
        with self.assertRaisesRegex(UserError, self.staff.name):
            self.meeting._message_update_content(
                message, body="x", partner_ids=self.staff.partner_id.ids
            )
        self.meeting._message_update_content(
            message, body="x", partner_ids=self.boss.partner_id.ids
        )
        self.assertEqual(message.partner_ids, self.boss.partner_id)

    def test_a_refusal_does_not_tell_whose_case_it_is(self):
        for user in (self.fm2, self.staff):
            meeting = self.meeting.with_user(user)
            for other in (self.fm, self.portal):
                with self.subTest(user.login, other=other.login):
                    with self.assertRaises(AccessError):
                        meeting.message_subscribe(other.partner_id.ids)
                    with self.assertRaises(AccessError):
                        meeting.message_post(body="x", partner_ids=other.partner_id.ids)

    def test_a_follower_who_loses_access_gets_nothing_more(self):
        self.meeting.message_subscribe(self.boss.partner_id.ids)
        self.assertEqual(self._post(), self.boss.partner_id)
        self.boss.group_ids = self.env.ref("base.group_user")
        self.assertFalse(self._post())

    def test_a_form_master_gets_nothing_of_an_archived_case(self):
        self.meeting.message_subscribe(self.fm.partner_id.ids)
        self.assertEqual(self._post(self.boss), self.fm.partner_id)
        self.meeting.unlink()
        self.assertFalse(self._post(self.boss))

    def test_a_follower_of_another_company_gets_nothing(self):
        company = self.env["res.company"].create({"name": "Other School"})
        boss = self._new_user(
            "boss_b",
            "intervention_tracking.group_intervention_admin",
            company_id=company.id,
            company_ids=[Command.set((company | self.env.company).ids)],
        )
        self.meeting.message_subscribe(boss.partner_id.ids)
        self.assertEqual(self._post(), boss.partner_id)
        boss.company_ids = company
        self.assertFalse(self._post())

    def test_a_follower_who_was_put_there_gets_nothing(self):
        self.env["mail.followers"]._insert_followers(
            self.meeting._name,
            self.meeting.ids,
            (self.staff.partner_id | self.mother | self.boss.partner_id).ids,
        )
        self.assertEqual(self._post(), self.boss.partner_id)

    def test_a_received_e_mail_is_kept_whomever_it_was_for(self):
        partners = (self.boss | self.staff).partner_id
        told = self._post(message_type="email", partner_ids=partners.ids)
        self.assertEqual(told, self.boss.partner_id)


@tagged("standard", "post_install", "-at_install")
class TestEditing(FamilyCase, HttpCase):
    """Authors edit their own comments in the chatter."""

    def setUp(self):
        super().setUp()
        self.fm.email = "fm@school.example.org"
        self.meeting = self.record()

    def _comment(self, user, **kwargs):
        with self.mock_mail_gateway():
            return (
                self.meeting.with_user(user)
                .message_post(body="Was here.", message_type="comment", **kwargs)
                .sudo()
            )

    def _edit(self, user, message, body="Was there."):
        """Save an edit as the web client does."""
        self.authenticate(user.login, user.login)
        with mute_logger("odoo.http"):
            return self.make_jsonrpc_request(
                "/mail/message/update_content",
                {
                    "message_id": message.id,
                    "update_data": {"body": body, "attachment_ids": []},
                },
            )

    def test_authors_edit_and_empty_their_own_comments(self):
        for user in (self.fm, self.boss):
            message = self._comment(user)
            with self.subTest(user.login):
                self._edit(user, message)
                self.assertIn("Was there.", message.body)
                self._edit(user, message, "")
                self.assertNotIn("Was there.", message.body)
                self.assertTrue(message.exists())

    def test_nobody_edits_the_comment_of_another(self):
        message = self._comment(self.fm)
        for user in (self.fm2, self.boss, self.staff):
            with self.subTest(user.login), self.assertRaises(JsonRpcException):
                self._edit(user, message)
        self.assertIn("Was here.", message.body)

    def test_a_letter_stays_as_it_was_sent(self):
        letter = self._comment(self.fm, partner_ids=self.mother.ids)
        for body in ("Was there.", ""):
            with self.subTest(body), self.assertRaises(JsonRpcException):
                self._edit(self.fm, letter, body)
        self.assertIn("Was here.", letter.body)

    def test_a_note_of_the_system_is_not_edited(self):
        self.meeting.action_print_family_record()
        note = self.meeting.sudo().message_ids[:1]
        with self.assertRaises(UserError):
            self.meeting._message_update_content(note, body="Yeti")
