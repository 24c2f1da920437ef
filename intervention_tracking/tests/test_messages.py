from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .test_family_contacts import FamilyCase


@tagged("standard", "post_install", "-at_install")
class TestMessagesStay(FamilyCase):
    """Nobody deletes or rewrites what stands in the chatter of an intervention."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls._new_user("system", "base.group_system")
        cls.system.group_ids |= cls.boss.group_ids
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

    def _tracking(self):
        """Return the message that a new follow-up date left."""
        self.meeting.write({"follow_up_date": self.day(5)})
        self.flush_tracking()
        return self.meeting.sudo().message_ids.filtered("tracking_value_ids")

    def _of_all_kinds(self):
        self.meeting.action_print_family_record()
        return self._tracking() | self.meeting.sudo().message_ids | self._comment()

    def test_nobody_deletes_a_message(self):
        messages = self._of_all_kinds()
        self.assertGreater(len(messages), 2)
        for user in (self.fm, self.fm2, self.boss, self.staff, self.system):
            for message in messages:
                with self.subTest(user.login), self.assertRaises(AccessError):
                    message.with_user(user).unlink()

    def test_nobody_deletes_a_message_through_the_meeting(self):
        message = self._comment()
        for user in (self.fm, self.boss, self.system):
            for command in (
                Command.delete(message.id),
                Command.unlink(message.id),
                Command.clear(),
                Command.update(message.id, {"body": "Yeti"}),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    self.meeting.with_user(user).write({"message_ids": [command]})
                    self.env.flush_all()
                self.env.invalidate_all()
        self.assertEqual(self.meeting.sudo().message_ids, message)

    def test_nobody_rewrites_a_message(self):
        message = self._of_all_kinds()[:1]
        other = self._comment(self.boss)
        for vals in (
            {"body": "Yeti"},
            {"subject": "Yeti"},
            {"date": "2026-01-01 08:00:00"},
            {"author_id": self.boss.partner_id.id},
            {"email_from": "boss@example.org"},
            {"partner_ids": [Command.set(self.mother.ids)]},
            {"attachment_ids": [Command.clear()]},
            {"parent_id": other.id},
            {"message_type": "email"},
            {"subtype_id": False},
            {"res_id": self.record(root_cause="other").id},
            {"model": "res.partner", "res_id": self.ada.id},
        ):
            for user in (self.fm, self.fm2, self.boss, self.staff, self.system):
                with (
                    self.subTest(user.login, **vals),
                    self.assertRaises(AccessError),
                ):
                    message.with_user(user).write(vals)

    def test_a_message_of_an_administrator_is_not_rewritten(self):
        message = self._comment(self.boss)
        with self.assertRaises(AccessError):
            message.with_user(self.fm).write({"body": "Yeti"})
        self.assertIn("Was here.", message.sudo().body)

    def test_no_message_is_moved_to_an_intervention(self):
        message = self.ada.message_post(body="x")
        with self.assertRaises(AccessError):
            message.with_user(self.system).write(
                {"model": "intervention.meeting", "res_id": self.meeting.id}
            )

    def test_nobody_changes_what_was_tracked(self):
        value = self._tracking().tracking_value_ids
        for user in (self.fm, self.boss, self.system):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    value.with_user(user).write({"old_value_char": "x"})
                with self.assertRaises(AccessError):
                    value.with_user(user).unlink()

    @mute_logger("odoo.models.unlink")
    def test_messages_elsewhere_are_as_odoo_has_them(self):
        partner = self.ada.with_user(self.system)
        message = partner.message_post(body="x")
        message.write({"body": "y"})
        self.assertIn("y", message.body)
        message.unlink()
        self.assertFalse(message.exists())

    def test_a_message_can_still_be_starred(self):
        message = self._comment(self.boss).with_user(self.fm)
        message.toggle_message_starred()
        self.assertTrue(message.starred)

    def test_a_missed_follow_up_stays_missed(self):
        """The share of answers is computed from the tracked dates."""
        self._tracking()
        moved = self.meeting.sudo().message_ids
        self.env.cr.execute(
            """UPDATE intervention_meeting SET meeting_date = meeting_date - 30
                WHERE id = %(meeting)s;
               UPDATE mail_message SET date = date - interval '15 days'
                WHERE id = %(message)s;
               UPDATE mail_tracking_value
                  SET old_value_datetime = old_value_datetime - interval '20 days'
                WHERE mail_message_id = %(message)s""",
            {"meeting": self.meeting.id, "message": moved.id},
        )
        self.env.invalidate_all()
        report = self.env["intervention.report"].with_user(self.fm)
        self.assertEqual(report.browse(self.meeting.id).answered_share, 0)
        with self.assertRaises(AccessError):
            self.meeting.message_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(report.browse(self.meeting.id).answered_share, 0)

    def test_a_letter_that_came_back_stays_so(self):
        letter = self._comment(partner_ids=self.mother.ids)
        letter.sudo().notification_ids.notification_status = "bounce"
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)
        for user in (self.fm, self.boss, self.system):
            with self.subTest(user.login), self.assertRaises(AccessError):
                letter.with_user(user).unlink()
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)

    def test_a_failure_that_is_dismissed_is_no_contact(self):
        letter = self._comment(partner_ids=self.mother.ids)
        letter.sudo().notification_ids.notification_status = "bounce"
        self.meeting.notify_cancel_by_type("email")
        self.env.invalidate_all()
        self.assertFalse(self.meeting.is_family_contacted)


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
        system = self._new_user("system", "base.group_system")
        system.group_ids |= self.boss.group_ids
        message = self._comment(self.fm)
        for user in (self.fm2, self.boss, self.staff, system):
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
