from lxml import etree
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import (
    ADMIN,
    ESCALATION,
    FOLLOW_UP,
    FORM_MASTER,
    RESOLUTION,
    InterventionCase,
)


@tagged("standard", "post_install", "-at_install")
class TestReassign(InterventionCase):
    """Handing cases over to another form master."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.fm | cls.fm2 | cls.boss).notification_type = "email"

    def setUp(self):
        super().setUp()
        self.meeting = self.record(
            follow_up_date=self.day(2), resolution_notes=RESOLUTION
        )
        self.flush_tracking()

    def _hand_over(self, meetings, owner):
        meetings.with_user(self.boss).write({"form_master_id": owner.id})
        self.flush_tracking()
        self.env.invalidate_all()

    def _hand_over_by_wizard(self, meetings, owner, user=None):
        wizard = (
            self.env["intervention.reassign"]
            .with_user(user or self.boss)
            .with_context(active_model="intervention.meeting", active_ids=meetings.ids)
            .create({"form_master_id": owner.id})
        )
        return wizard.action_reassign()

    def _remind(self, meeting):
        """Give the owner the activity that the daily job makes."""
        meeting.sudo().activity_schedule(
            FOLLOW_UP,
            meeting.follow_up_date,
            user_id=meeting.form_master_id.id,
            automated=True,
        )
        self.flush_tracking()

    def _told(self, user, change):
        """Return the messages of which a user is notified during a change."""
        notices = self.env["mail.notification"]
        domain = [("res_partner_id", "=", user.partner_id.id)]
        before = notices.search(domain)
        with self.mock_mail_gateway():
            change()
            self.flush_tracking()
        return (notices.search(domain) - before).mail_message_id

    def test_an_administrator_hands_over(self):
        self._hand_over(self.meeting, self.fm2)
        self.assertEqual(self.meeting.sudo().form_master_id, self.fm2)

    def test_an_administrator_hands_over_by_the_dialog(self):
        other = self.record(root_cause="other")
        action = self._hand_over_by_wizard(self.meeting | other, self.fm2)
        self.assertEqual(
            action["params"]["next"]["type"], "ir.actions.act_window_close"
        )
        self.assertEqual((self.meeting | other).sudo().form_master_id, self.fm2)

    def test_the_dialog_offers_form_masters_only(self):
        form = Form(
            self.env["intervention.reassign"]
            .with_user(self.boss)
            .with_context(active_ids=self.meeting.ids)
        )
        form.form_master_id = self.fm2
        wizard = form.save()
        offered = self.env["res.users"].search(
            wizard._fields["form_master_id"].domain(wizard)
        )
        self.assertLessEqual({self.fm.id, self.fm2.id, self.boss.id}, set(offered.ids))
        self.assertFalse(offered & (self.staff | self.portal))

    def test_a_form_master_does_not_hand_over(self):
        for owner in (self.fm2, self.boss):
            with self.subTest(owner.login), self.assertRaises(AccessError):
                self.meeting.write({"form_master_id": owner.id})

    def test_a_form_master_does_not_hand_over_by_the_dialog(self):
        with self.assertRaises(AccessError):
            self._hand_over_by_wizard(self.meeting, self.fm2, user=self.fm)

    def test_a_form_master_saves_the_own_name_again(self):
        self.meeting.write({"form_master_id": self.fm.id, "action_plan": "New"})
        self.assertEqual(self.meeting.action_plan, "New")

    def test_the_new_owner_is_a_form_master(self):
        gone = self._new_user("gone", FORM_MASTER, active=False)
        for owner in (self.staff, self.portal, gone):
            with self.subTest(owner.login), self.assertRefused("form_master_id"):
                self._hand_over(self.meeting, owner)
            with self.subTest(owner.login), self.assertRefused("form_master_id"):
                self._hand_over_by_wizard(self.meeting, owner)

    def test_access_goes_to_the_new_owner(self):
        self.add_update(self.meeting)
        self._hand_over(self.meeting, self.fm2)
        self.assertIn(self.meeting, self.meetings(self.fm2).search([]))
        self.assertTrue(self.meeting.with_user(self.fm2).progress_ids)
        self.assertNotIn(self.meeting, self.meetings(self.fm).search([]))
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.meeting.with_user(self.fm).read(["status"])
        with self.assertRaises(AccessError):
            self.meeting.with_user(self.fm).add_progress("Note")

    def test_the_former_owner_does_not_follow_any_more(self):
        self.meeting.message_subscribe(self.fm.partner_id.ids)
        self._hand_over(self.meeting, self.fm2)
        self.assertNotIn(self.fm.partner_id, self.meeting.sudo().message_partner_ids)

    def test_the_former_owner_is_told_nothing_later(self):
        self._hand_over(self.meeting, self.fm2)
        self.assertFalse(
            self._told(
                self.fm,
                lambda: self.meeting.with_user(self.fm2).message_post(
                    body="Hello", subtype_xmlid="mail.mt_comment"
                ),
            )
        )

    def test_the_follow_up_activity_goes_to_the_new_owner(self):
        self._remind(self.meeting)
        self._hand_over(self.meeting, self.fm2)
        activity = self.activities(self.meeting, FOLLOW_UP)
        self.assertEqual(activity.user_id, self.fm2)

    def _to_do(self, user, by=None):
        """Return an activity that somebody gave a user by hand."""
        return (
            self.meeting.with_user(by or self.fm)
            .with_context(mail_activity_quick_update=True)
            .activity_schedule(
                "mail.mail_activity_data_todo",
                summary="Call them",
                note="Yeti",
                user_id=user.id,
                automated=False,
            )
        )

    def test_the_former_owner_keeps_no_activity(self):
        activity = self._to_do(self.fm)
        self._hand_over(self.meeting, self.fm2)
        self.assertEqual(activity.sudo().user_id, self.fm2)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            activity.with_user(self.fm).read(["note", "res_name"])

    def test_an_administrator_keeps_an_activity_at_a_handover(self):
        activity = self._to_do(self.boss)
        self._hand_over(self.meeting, self.fm2)
        self.assertEqual(activity.sudo().user_id, self.boss)

    def test_an_escalation_stays_with_the_administrator_who_hands_over(self):
        meeting = self.record(self.boss, root_cause="other", status="escalated")
        self._hand_over(meeting, self.fm2)
        self.assertEqual(
            self.activities(meeting, ESCALATION).user_id, self.administrators()
        )

    @mute_logger("odoo.models.unlink")
    def test_an_archived_case_has_no_activities(self):
        for user in (self.fm, self.boss):
            activities = self._to_do(self.fm) | self._to_do(self.boss)
            self.meeting.with_user(user).unlink()
            with self.subTest(user.login):
                self.assertFalse(activities.exists())
            self.meeting.with_user(self.boss).action_unarchive()

    def test_the_new_owner_is_told_once(self):
        message = self._told(self.fm2, lambda: self._hand_over(self.meeting, self.fm2))
        self.assertEqual(len(message), 1)
        self.assertIn(self.ada.name, message.body)

    def test_the_mail_to_the_new_owner_links_to_the_case(self):
        self._told(self.fm2, lambda: self._hand_over(self.meeting, self.fm2))
        mail = self._new_mails.filtered(
            lambda mail: self.fm2.partner_id in mail.recipient_ids
        )
        self.assertRegex(mail.body_html, rf'href="[^"#]*\b{self.meeting.id}\b')

    def test_the_former_owner_is_told_without_a_link(self):
        told = self._told(self.fm, lambda: self._hand_over(self.meeting, self.fm2))
        self.assertEqual(len(told), 1)
        self.assertIn(self.fm2.name, told.body)
        self.assertIn(self.ada.name, told.body)
        self.assertNotIn("href", told.body)

    def test_the_new_owner_is_told_once_when_there_is_an_activity(self):
        self._remind(self.meeting)
        self.assertEqual(
            len(self._told(self.fm2, lambda: self._hand_over(self.meeting, self.fm2))),
            1,
        )

    def test_the_new_owner_is_told_once_of_several(self):
        other = self.record(student_id=self.ben.id, follow_up_date=self.day(2))
        self._remind(self.meeting)
        self._remind(other)
        message = self._told(
            self.fm2,
            lambda: self._hand_over_by_wizard(self.meeting | other, self.fm2),
        )
        self.assertEqual(len(message), 1)
        self.assertIn(self.ada.name, message.body)
        self.assertIn(self.ben.name, message.body)

    def test_what_the_new_owner_is_told_has_no_narrative(self):
        self._remind(self.meeting)
        messages = self._told(self.fm2, lambda: self._hand_over(self.meeting, self.fm2))
        for item in (*messages, *self._new_mails):
            self.assertDiscreet(f"{item.subject} {item.body} {item.record_name}")
        self.assertTrue(self._new_mails)
        for mail in self._new_mails:
            self.assertDiscreet(mail.body_html)

    def test_who_takes_a_case_oneself_is_not_told(self):
        self._remind(self.meeting)
        self.assertFalse(
            self._told(self.boss, lambda: self._hand_over(self.meeting, self.boss))
        )

    def test_a_case_that_stays_where_it_is_tells_nobody(self):
        self.assertFalse(
            self._told(self.fm, lambda: self._hand_over(self.meeting, self.fm))
        )

    def test_several_owners_hand_over_at_once(self):
        other = self.record(self.fm2, root_cause="other")
        self._hand_over(self.meeting | other, self.boss)
        self.assertEqual((self.meeting | other).sudo().form_master_id, self.boss)

    def test_a_closed_case_is_handed_over(self):
        self.meeting.write({"status": "closed"})
        self._hand_over(self.meeting, self.fm2)
        self.assertEqual(self.meeting.sudo().form_master_id, self.fm2)

    def test_handing_over_leaves_no_progress_update(self):
        self._hand_over(self.meeting, self.fm2)
        self.assertFalse(self.progress(self.meeting))


@tagged("standard", "post_install", "-at_install")
class TestTrackDialog(InterventionCase):
    """The dialog in which a progress update is added."""

    def _dialog(self, meeting, user=None, **context):
        user = user or self.fm
        action = meeting.with_user(user).action_track_progress()
        return Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"], **context)
        )

    def test_a_note_is_added(self):
        meeting = self.in_status("monitoring")
        with mute_logger("odoo.models.unlink"):
            form = self._dialog(meeting)
            self.assertEqual(form.status, "monitoring")
            form.update_text = "Came on time."
            form.save().action_add()
        note = self.progress(meeting)[-1]
        self.assertRecordValues(
            note,
            [
                {
                    "update_text": "Came on time.",
                    "old_status": "monitoring",
                    "new_status": "monitoring",
                    "create_uid": self.fm.id,
                }
            ],
        )

    @mute_logger("odoo.models.unlink")
    def test_status_and_follow_up_are_changed_with_the_note(self):
        meeting = self.record(follow_up_date=self.day(1))
        form = self._dialog(meeting)
        self.assertEqual(form.follow_up_date, self.day(1))
        form.update_text = "Better."
        form.status = "improving"
        form.follow_up_date = self.day(9)
        form.save().action_add()
        self.assertRecordValues(
            meeting, [{"status": "improving", "follow_up_date": self.day(9)}]
        )
        self.assertEqual(len(self.progress(meeting)), 1)

    @mute_logger("odoo.models.unlink")
    def test_a_case_is_closed(self):
        meeting = self.overdue()
        form = self._dialog(meeting, default_status="closed")
        self.assertEqual(form.status, "closed")
        form.update_text = RESOLUTION
        form.save().action_add()
        self.assertRecordValues(
            meeting, [{"status": "closed", "resolution_notes": RESOLUTION}]
        )
        self.assertEqual(self.progress(meeting)[-1].update_text, RESOLUTION)

    @mute_logger("odoo.models.unlink")
    def test_an_overdue_case_takes_a_note_without_a_new_date(self):
        meeting = self.overdue()
        form = self._dialog(meeting)
        form.update_text = "Did not come."
        form.save().action_add()
        self.assertEqual(meeting.progress_count, 1)

    @mute_logger("odoo.models.unlink")
    def test_a_closed_case_takes_a_note(self):
        meeting = self.in_status("closed")
        form = self._dialog(meeting)
        form.update_text = "Still well."
        form.save().action_add()
        self.assertEqual(self.progress(meeting)[-1].update_text, "Still well.")

    @mute_logger("odoo.models.unlink")
    def test_the_dialog_says_what_was_done(self):
        self.administrators().email = "school@example.com"
        self._new_user("boss2", ADMIN)
        meeting = self.record()
        for status, message in {
            "open": "The update was added.",
            "improving": "The update was added.",
            "escalated": "The case was escalated. The administrators were told.",
            "closed": "The case was closed.",
        }.items():
            form = self._dialog(meeting, default_status=status)
            form.update_text = "Came on time."
            action = form.save().action_add()
            self.assertEqual(action["params"]["message"], message)
            self.assertEqual(
                action["params"]["next"], {"type": "ir.actions.act_window_close"}
            )

    @mute_logger("odoo.models.unlink")
    def test_a_note_on_an_escalated_case_escalates_nothing(self):
        form = self._dialog(self.in_status("escalated"))
        form.update_text = "The administrator called."
        action = form.save().action_add()
        self.assertEqual(action["params"]["message"], "The update was added.")

    @mute_logger("odoo.models.unlink")
    def test_the_dialog_names_the_one_who_was_told(self):
        settings = self.env["intervention.settings"].search(
            [("company_id", "=", self.env.company.id)]
        ) or self.env["intervention.settings"].create({})
        settings.escalation_user_id = self.boss
        form = self._dialog(self.record(), default_status="escalated")
        form.update_text = "No change."
        action = form.save().action_add()
        self.assertEqual(
            action["params"]["message"], "The case was escalated. Test boss was told."
        )

    @mute_logger("odoo.models.unlink")
    def test_what_was_typed_is_kept_nowhere_else(self):
        form = self._dialog(self.record())
        form.update_text = "Came on time."
        dialog = form.save()
        dialog.action_add()
        self.assertFalse(dialog.exists())

    def test_a_refused_status_keeps_nothing(self):
        meeting = self.record(follow_up_date=self.day(1))
        dialog = (
            self.env["intervention.track"]
            .with_user(self.fm)
            .create(
                {
                    "meeting_id": meeting.id,
                    "status": "closed",
                    "update_text": "Done.",
                    "happened_on": self.day(2),
                }
            )
        )
        with self.assertRefused("happened_on"):
            dialog.action_add()
        self.assertRecordValues(
            meeting, [{"status": "open", "follow_up_date": self.day(1)}]
        )
        self.assertFalse(self.progress(meeting))

    def test_the_dialog_of_another_is_hidden(self):
        dialog = (
            self.env["intervention.track"]
            .with_user(self.fm)
            .create({"meeting_id": self.record().id, "status": "open"})
        )
        for user in (self.fm2, self.boss):
            with self.subTest(user.login):
                self.assertFalse(dialog.with_user(user).search([]))
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    dialog.with_user(user).read(["update_text"])

    def test_a_dialog_on_a_case_of_another_is_refused(self):
        meeting = self.record()
        with self.assertRaises(AccessError):
            self.env["intervention.track"].with_user(self.fm2).create(
                {"meeting_id": meeting.id, "status": "open"}
            )

    def test_a_dialog_can_not_be_moved_to_a_case_of_another(self):
        meeting = self.record()
        own = self.record(self.fm2, root_cause="other")
        dialog = (
            self.env["intervention.track"]
            .with_user(self.fm2)
            .create({"meeting_id": own.id, "status": "open"})
        )
        with self.assertRaises(AccessError):
            dialog.write({"meeting_id": meeting.id})
            dialog.read(["meeting_id", "current_status", "follow_up_date"])

    def test_opening_a_dialog_shows_nothing_of_a_case_of_another(self):
        meeting = self.record(follow_up_date=self.day(3))
        dialogs = (
            self.env["intervention.track"]
            .with_user(self.fm2)
            .with_context(default_meeting_id=meeting.id)
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            dialogs.onchange(
                {},
                [],
                {
                    "meeting_id": {"fields": {"display_name": {}}},
                    "current_status": {},
                    "follow_up_date": {},
                },
            )

    def test_the_dialog_for_handing_over_shows_no_case_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other School"})
        boss = self._new_user(
            "boss_b",
            "intervention_tracking.group_intervention_admin",
            company_id=company.id,
        )
        meeting = self.record()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.env["intervention.reassign"].with_user(boss).create(
                {
                    "meeting_ids": [Command.set(meeting.ids)],
                    "form_master_id": boss.id,
                }
            ).action_reassign()


@tagged("standard", "post_install", "-at_install")
class TestFormMasterLeft(InterventionCase):
    """Cases whose form master is archived wait for an administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.settings_without_contact()

    def _filtered(self, user):
        """Return the cases that the filter of the screens shows."""
        view = self.env.ref("intervention_tracking.intervention_meeting_view_search")
        arch = self.meetings(user).get_view(view.id, "search")["arch"]
        node = etree.fromstring(arch).find(".//filter[@name='form_master_left']")
        return self.meetings(user).search(safe_eval(node.get("domain")))

    def _archive(self, users, by=None):
        """Archive users; return the notices that tell of their cases."""
        notices = self.env["mail.notification"]
        before = notices.search([])
        with self.mock_mail_gateway():
            users.with_user(by or self.env.user).action_archive()
            self.flush_tracking()
        return (notices.search([]) - before).filtered(
            lambda notice: (
                "intervention-form-master-left" in notice.mail_message_id.body
            )
        )

    def _has_banner(self, meeting, user):
        """Return whether the form tells the user that the form master left."""
        arch = etree.fromstring(
            meeting.with_user(user).get_view(view_type="form")["arch"]
        )
        for button in arch.iter("button"):
            if "default_meeting_ids" in (button.get("context") or ""):
                values = meeting.with_user(user).read(["has_owner_left", "status"])
                hidden = button.getparent().get("invisible")
                return not safe_eval(hidden, {**values[0], "id": meeting.id})
        return False

    def test_administrators_find_the_cases_that_nobody_follows(self):
        left = self.record()
        self.in_status("closed", student_id=self.ben.id)
        self.record(self.fm2, student_id=self.cy.id)
        before = self._filtered(self.boss)
        self._archive(self.fm)
        self.assertEqual(self._filtered(self.boss) - before, left)
        left.with_user(self.boss).write({"form_master_id": self.fm2.id})
        self.assertEqual(self._filtered(self.boss), before)

    def test_administrators_are_told_once(self):
        self.record()
        self.record(root_cause="other")
        notices = self._archive(self.fm)
        self.assertEqual(
            notices.res_partner_id,
            self.administrators().partner_id - self.fm.partner_id,
        )
        self.assertEqual(len(notices), len(notices.res_partner_id))
        self.assertIn(self.fm.name, notices[0].mail_message_id.body)
        self.assertFalse(self._archive(self.fm))

    def test_only_the_escalation_contact_is_told_when_there_is_one(self):
        self.record()
        self.settings.escalation_user_id = self.boss
        self.assertEqual(self._archive(self.fm).res_partner_id, self.boss.partner_id)

    def test_nobody_is_told_of_who_leaves_no_active_case(self):
        self.in_status("closed")
        self.archived(root_cause="other")
        self.assertFalse(self._archive(self.fm | self.staff))

    def test_who_archives_needs_no_rights_to_the_cases_and_learns_nothing(self):
        self.record()
        technician = self._new_user("technician", "base.group_erp_manager")
        notices = self._archive(self.fm, by=technician)
        self.assertTrue(notices)
        self.assertFalse(self.fm.active)
        body = notices[0].mail_message_id.body
        self.assertDiscreet(body)
        self.assertNotIn(self.ada.name, body)

    def test_administrators_are_told_in_the_case_that_its_form_master_left(self):
        meeting = self.record()
        self.assertFalse(self._has_banner(meeting, self.boss))
        self.fm.active = False
        self.assertTrue(self._has_banner(meeting, self.boss))
        meeting.with_user(self.boss).write({"form_master_id": self.fm2.id})
        self.assertFalse(self._has_banner(meeting, self.boss))
        self.assertFalse(self._has_banner(meeting, self.fm2))
