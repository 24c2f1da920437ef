import re

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger
from psycopg2.errors import CheckViolation

from ..models import intervention_digest
from .common import ADMIN, FORM_MASTER, RESOLUTION
from .digest_common import TEMPLATE, DigestCase


@tagged("standard", "post_install", "-at_install")
class TestDigestContent(DigestCase):
    """What the mails say, and to whom."""

    def _links(self, mail):
        """Return the ids of the cases that a mail links, in its order."""
        return [
            int(number)
            for number in re.findall(r"/odoo/interventions/(\d+)", mail.body_html)
        ]

    def test_a_form_master_gets_one_mail_of_what_is_overdue_or_due(self):
        due = self.record(follow_up_date=self.day(2))
        self.make_older(due, 2)
        overdue = self.overdue(root_cause="other")
        longer = self.overdue_for(9, student_id=self.ben.id)
        self.record(root_cause="family", follow_up_date=self.day(1))
        self.record(root_cause="academic")
        self.run_cron()
        mail = self.mail()
        self.assertEqual(mail.recipient_ids, self.fm.partner_id)
        self.assertEqual(self._links(mail), [longer.id, overdue.id, due.id])
        text = html2plaintext(mail.body_html)
        self.assertLess(text.index("Overdue"), text.index("Ben Test"))
        self.assertLess(text.index("Ben Test"), text.index("Due today"))
        self.assertEqual(self.digests().case_count, 3)

    def test_the_links_are_whole_addresses(self):
        meeting = self.overdue()
        self.run_cron()
        base = meeting.get_base_url()
        body = self.mail().body_html
        self.assertIn(f'"{base}/odoo/interventions/{meeting.id}"', body)
        self.assertIn(f'"{base}/odoo/interventions/intervention-due"', body)

    def test_the_paths_of_the_links_are_those_of_actions(self):
        paths = self.env["ir.actions.act_window"].search([]).mapped("path")
        self.assertEqual(
            set(intervention_digest.LISTS), {"form_master", "administrator"}
        )
        for lists in intervention_digest.LISTS.values():
            self.assertLessEqual(set(lists.split("/")), set(paths))

    def test_what_is_closed_or_archived_is_left_out(self):
        closed = self.overdue()
        closed.write({"status": "closed", "resolution_notes": RESOLUTION})
        archived = self.overdue(root_cause="other")
        archived.unlink()
        old = {"root_cause": "family", "student_id": self.cy.id}
        self.overdue_for(30, self.fm2, **old).unlink()
        self.run_cron()
        self.assertEqual(self.digests().state, "nothing")
        self.assertEqual(self.digests(self.boss, "administrator").state, "nothing")
        self.assertFalse(self.mails(self.digests()))

    def test_who_has_nothing_due_gets_no_mail(self):
        self.record(follow_up_date=self.day(1))
        self.overdue(self.fm2, student_id=self.ben.id)
        self.run_cron()
        self.assertEqual(self.digests().state, "nothing")
        self.assertFalse(self.mails(self.digests()))
        self.assertEqual(self.digests(self.fm2).state, "queued")

    def test_others_get_nothing(self):
        self.overdue()
        self.run_cron()
        for user in (self.staff, self.portal, self.public):
            self.assertFalse(self.digests(user))

    def test_no_mail_has_narrative_text_or_a_cause(self):
        for cause in ("health", "financial"):
            meeting = self.overdue_for(
                20, root_cause=cause, resolution_notes=RESOLUTION, status="escalated"
            )
            self.add_update(meeting, "Yeti-note")
        self.run_cron()
        for mail in self.mail() | self.mail(self.boss, "administrator"):
            self.assertIn("Ada Test", mail.body_html)
            for text in (mail.body_html, mail.subject, mail.body, mail.record_name):
                self.assertDiscreet(str(text))
                self.assertNotIn("Yeti", str(text))
            self.assertNotIn("Ada", mail.subject)
            self.assertFalse(mail.attachment_ids)

    def test_administrators_are_told_of_what_is_overdue_for_long_escalated_first(self):
        self.overdue_for(7, root_cause="academic")
        longest = self.overdue_for(30)
        long = self.overdue_for(8, self.fm2, student_id=self.cy.id)
        escalated = self.overdue_for(
            9, self.fm2, student_id=self.ben.id, status="escalated"
        )
        earlier = self.overdue_for(12, root_cause="other", status="escalated")
        self.run_cron()
        mail = self.mail(self.boss, "administrator")
        self.assertEqual(
            self._links(mail), [earlier.id, escalated.id, longest.id, long.id]
        )
        self.assertIn("/odoo/interventions/intervention-overdue", mail.body_html)

    def test_the_number_of_days_is_that_of_the_settings(self):
        meeting = self.overdue_for(1)
        for days, told in ((1, []), (0, [meeting.id])):
            self.settings.overdue_days = days
            digest = self.env["intervention.digest"].new(
                {
                    "user_id": self.boss.id,
                    "company_id": self.env.company.id,
                    "date": self.day(0),
                    "kind": "administrator",
                }
            )
            urls = [case["url"] for case in digest._content()["others"]]
            self.assertEqual([int(url.split("/")[-1]) for url in urls], told)

    def test_every_administrator_is_told_when_there_is_no_contact(self):
        self.settings.escalation_user_id = False
        second = self._new_user("second", ADMIN)
        self.overdue_for(20)
        self.run_cron()
        for user in (self.boss, second):
            self.assertEqual(self.digests(user, "administrator").state, "queued")

    def test_only_the_contact_is_told_when_there_is_one(self):
        second = self._new_user("second", ADMIN)
        self.overdue_for(20)
        self.run_cron()
        self.assertTrue(self.digests(self.boss, "administrator"))
        self.assertFalse(self.digests(second, "administrator"))

    def test_an_administrator_with_own_cases_gets_these_in_a_mail_of_their_own(self):
        own = self.overdue(self.boss)
        others = self.overdue_for(20, student_id=self.ben.id)
        self.run_cron()
        self.assertEqual(self._links(self.mail(self.boss)), [own.id])
        self.assertEqual(
            self._links(self.mail(self.boss, "administrator")), [others.id]
        )

    def test_what_a_rule_of_the_school_hides_is_not_told(self):
        hidden = self.overdue_for(20)
        shown = self.overdue_for(20, root_cause="other")
        self.env["ir.rule"].create(
            {
                "name": "A rule of the school",
                "model_id": self.env["ir.model"]._get_id("intervention.meeting"),
                "domain_force": "[('root_cause', '!=', 'health')]",
            }
        )
        self.run_cron()
        for mail in self.mail() | self.mail(self.boss, "administrator"):
            self.assertEqual(self._links(mail), [shown.id])
            self.assertNotIn(hidden.id, self._links(mail))

    def test_who_left_the_group_is_told_nothing(self):
        self.overdue_for(20)
        self.run_cron()
        for user, kind in ((self.fm, "form_master"), (self.boss, "administrator")):
            digest = self.digests(user, kind)
            self.assertEqual(digest._content()["count"], 1)
            user.group_ids = self.env.ref("base.group_user")
            self.assertEqual(digest._content()["count"], 0)

    def test_the_plain_text_is_as_clear_as_the_other(self):
        self.past("failed", days=1)
        self.past("failed", days=1, user=self.fm2)
        self.overdue_for(20, status="escalated")
        self.overdue_for(20, root_cause="other")
        self.run_cron()
        lines = html2plaintext(self.mail(self.boss, "administrator").body_html)
        for line in (
            "*Escalated*",
            "*Not escalated*",
            "*Not reached*",
            self.fm.name,
            self.fm2.name,
        ):
            self.assertIn(line, lines.splitlines())

    def test_more_cases_than_a_mail_can_hold_are_counted(self):
        self.patch(intervention_digest, "MOST_NAMES", 2)
        due = self.record(root_cause="family", follow_up_date=self.day(2))
        self.make_older(due, 2)
        self.overdue()
        self.overdue(root_cause="other")
        self.overdue(root_cause="academic")
        self.run_cron()
        mail = self.mail()
        self.assertEqual(len(self._links(mail)), 2)
        self.assertIn("Not listed here: 2", html2plaintext(mail.body_html))
        self.assertEqual(self.digests().case_count, 4)

    def test_the_mail_is_gone_once_it_is_sent(self):
        self.overdue()
        self.run_cron()
        self.assertTrue(self.mail().auto_delete)
        message = self.mail().mail_message_id
        with (
            self.mock_mail_gateway(mail_unlink_sent=True),
            mute_logger("odoo.models.unlink"),
        ):
            self.send_queue()
        self.assertEqual(self.digests().state, "sent")
        self.assertTrue(self.digests().sent_date)
        self.assertFalse(message.exists())

    def test_nobody_else_reads_the_mail_that_waits(self):
        self.overdue()
        self.run_cron()
        message = self.mail().mail_message_id
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                message.with_user(user).read(["body"])

    def test_a_text_that_the_school_changed_is_sent(self):
        template = self.env.ref(TEMPLATE % "form_master")
        template.subject = "Kindly look after {{ object.case_count }} students"
        template.body_html = (
            "<p>Dear colleague</p>"
            '<p t-foreach="object._content()[\'overdue\']" t-as="case">'
            "<t t-out=\"case['name']\"/></p>"
        )
        self.overdue()
        self.run_cron()
        mail = self.mail()
        self.assertEqual(mail.subject, "Kindly look after 1 students")
        self.assertIn("Dear colleague", mail.body_html)
        self.assertIn("Ada Test", mail.body_html)

    def test_a_text_can_be_saved_whichever_digest_it_is_tried_with(self):
        for kind, other in (
            ("form_master", "administrator"),
            ("administrator", "form_master"),
        ):
            self.env["intervention.digest"].search([]).unlink()
            self.past("sent", kind=other)
            template = self.env.ref(TEMPLATE % kind)
            template.body_html = template.body_html + "<p>Thank you</p>"
            self.assertIn("Thank you", template.body_html)

    def test_the_mail_is_in_the_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref(TEMPLATE % "form_master")
        template.with_context(
            lang="fr_FR"
        ).subject = "Vos suivis du {{ format_date(object.date) }}"
        template.with_context(lang="fr_FR").body_html = "<p>Bonjour du lycée</p>"
        self.fm.lang = "fr_FR"
        self.overdue()
        self.overdue(self.fm2, student_id=self.ben.id)
        self.run_cron()
        french, english = self.mail(), self.mail(self.fm2)
        self.assertEqual(
            french.subject, f"Vos suivis du {self.day(0).strftime('%d/%m/%Y')}"
        )
        self.assertIn("Bonjour du lycée", french.body_html)
        self.assertIn("Your follow-ups", english.subject)

    def test_the_mail_has_the_direction_of_the_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.fm.lang = "ar_001"
        self.overdue()
        self.overdue(self.fm2, student_id=self.ben.id)
        self.run_cron()
        self.assertIn('dir="rtl"', self.mail().body_html)
        self.assertIn('dir="ltr"', self.mail(self.fm2).body_html)

    def test_many_cases_take_as_many_statements_as_one(self):
        def statements(user):
            digest = self.past("nothing", user=user, on_demand=True)
            self.flush_tracking()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            digest._make()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        students = self.env["res.partner"].create(
            [
                {"name": f"Student {n}", "is_intervention_student": True}
                for n in range(41)
            ]
        )
        meetings = self.meetings(self.fm2).create(
            [
                self.vals(student_id=student.id, follow_up_date=self.day(1))
                for student in students[1:]
            ]
        )
        self.make_older(meetings, 2)
        self.overdue(student_id=students[0].id)
        for user in (self.fm, self.fm2):  # fills the caches of the registry
            statements(user)
        self.assertEqual(statements(self.fm2), statements(self.fm))
        self.assertEqual(self.digests(self.fm2)[0].case_count, 40)


@tagged("standard", "post_install", "-at_install")
class TestDigestRights(DigestCase):
    """Who sees what was sent to whom; nobody writes it."""

    def setUp(self):
        super().setUp()
        self.digest = self.past("failed")

    def _as(self, user):
        return self.digest.with_user(user)

    def test_a_form_master_reads_their_own(self):
        self.assertEqual(self._as(self.fm).search([]), self.digest)
        self.assertFalse(self._as(self.fm2).search([]))
        with self.assertRaises(AccessError):
            self._as(self.fm2).read(["state"])

    def test_administrators_read_those_of_their_companies(self):
        self.assertIn(self.digest, self._as(self.boss).search([]))
        school = self.env["res.company"].create({"name": "School B"})
        boss_b = self._new_user("boss_b", ADMIN, company_id=school.id)
        self.assertFalse(self._as(boss_b).search([]))

    def test_nobody_else_reads_them(self):
        for user in (self.staff, self.portal, self.public):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._as(user).read(["state"])

    def test_nobody_writes_them(self):
        for user in (self.fm, self.boss, self.staff, self.portal):
            for action in (
                lambda digest: digest.write({"state": "sent"}),
                lambda digest: digest.unlink(),
                lambda digest: digest.copy(),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    action(self._as(user))

    def test_only_administrators_change_the_settings(self):
        for user in (self.fm, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.settings.with_user(user).reminders = False
        self.settings.with_user(self.boss).reminders = False

    def test_administrators_see_whom_the_mails_did_not_reach(self):
        self.assertEqual(self.unreached(), self.fm)
        self.digest.state = "sent"
        self.assertFalse(self.unreached())

    def test_a_later_mail_that_arrives_settles_it(self):
        self.digest.date = self.day(-1)
        self.env.flush_all()
        self.past("nothing")
        self.assertEqual(self.unreached(), self.fm)
        self.past("sent", kind="administrator")
        self.assertFalse(self.unreached())

    def test_what_was_long_ago_is_not_told_of(self):
        self.digest.date = self.day(-8)
        self.assertFalse(self.unreached())

    def test_a_form_master_learns_nothing_of_the_others(self):
        self.assertFalse(self.unreached(self.fm2))


@tagged("standard", "post_install", "-at_install")
class TestReminderSettings(DigestCase):
    """What the settings accept, and the button to try them."""

    def test_they_are_off_until_somebody_switches_them_on(self):
        school = self.env["res.company"].create({"name": "School B"})
        settings = self.env["intervention.settings"].create({"company_id": school.id})
        self.assertFalse(settings.reminders)
        self.assertEqual(settings.reminder_time, 7)
        self.assertTrue(settings.reminder_monday)
        self.assertFalse(settings.reminder_sunday)

    @mute_logger("odoo.sql_db")
    def test_what_can_not_be_is_refused(self):
        days = [name for name in self.settings._fields if name.endswith("day")]
        self.assertEqual(len(days), 7)
        for vals in (
            dict.fromkeys(days, False),
            {"reminder_time": 24},
            {"reminder_time": -1},
            {"overdue_days": -1},
            {"overdue_days": 366},
        ):
            with self.subTest(vals), self.assertRaises(CheckViolation):
                with self.env.cr.savepoint():
                    self.settings.write(vals)
                    self.settings.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_a_day_that_was_never_chosen_is_none(self):
        school = self.env["res.company"].create({"name": "School B"})
        settings = self.env["intervention.settings"].create({"company_id": school.id})
        days = ("monday", "tuesday", "wednesday", "thursday", "friday")
        settings.write({f"reminder_{day}": False for day in days})
        with self.assertRaises(CheckViolation):
            settings.reminders = True
            settings.flush_recordset()

    def test_no_day_is_needed_while_they_are_off(self):
        days = [name for name in self.settings._fields if name.endswith("day")]
        self.settings.write({"reminders": False, **dict.fromkeys(days, False)})
        self.settings.flush_recordset()

    def test_an_administrator_tries_both_mails(self):
        self.overdue_for(20, student_id=self.ben.id)
        self.settings.reminders = False
        with self.mock_mail_gateway():
            action = self.settings.with_user(self.boss).action_send_me_now()
        self.assertIn(self.boss.email, action["params"]["message"])
        self.assertEqual(len(self.tried()), 2)
        for mail in self.tried():
            self.assertIn(self.boss.email, mail["email_to"][0])
        own, all_cases = (mail["body"] for mail in self.tried())
        self.assertNotIn("Ben Test", own)
        self.assertIn("No follow-up of yours", own)
        self.assertIn("Ben Test", all_cases)

    def test_trying_does_not_replace_the_mail_of_the_day(self):
        self.overdue_for(20)
        with self.mock_mail_gateway():
            self.settings.with_user(self.boss).action_send_me_now()
            self.settings.with_user(self.boss).action_send_me_now()
        self.run_cron()
        self.assertEqual(
            self.digests(self.boss, "administrator", on_demand=False).state, "queued"
        )

    def test_who_has_no_address_is_told_so(self):
        self.boss.email = False
        with self.assertRaisesRegex(UserError, "no working e-mail address"):
            self.settings.with_user(self.boss).action_send_me_now()

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_is_refused_is_told_with_the_reason(self):
        with self.mock_mail_gateway(), self.assertRaises(UserError) as caught:
            self.refuse(self.boss)
            self.settings.with_user(self.boss).action_send_me_now()
        self.assertIn("550 no such mailbox", str(caught.exception))
        self.assertFalse(self.digests(self.boss))

    def test_only_administrators_try_them(self):
        for user in (self.fm, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.settings.with_user(user).action_send_me_now()

    def test_a_form_master_of_two_companies_tries_that_of_the_settings(self):
        school = self.env["res.company"].create({"name": "School B"})
        self.boss.company_ids = [Command.link(school.id)]
        settings = self.env["intervention.settings"].create({"company_id": school.id})
        self.overdue_for(20, student_id=self.ben.id)
        with self.mock_mail_gateway():
            settings.with_user(self.boss).with_context(
                allowed_company_ids=[school.id]
            ).action_send_me_now()
        self.assertEqual(len(self.tried()), 2)
        for mail in self.tried():
            self.assertNotIn("Ben Test", mail["body"])


@tagged("standard", "post_install", "-at_install")
class TestTemplates(DigestCase):
    """Who may say what is in the mails, which their readers' rights fill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo lets only those change a template who may read what it is about.
        cls.system = cls._new_user("system", f"base.group_system,{FORM_MASTER}")
        editor = cls.env.ref("mail.group_mail_template_editor")
        (cls.fm | cls.fm2 | cls.boss | cls.staff).write(
            {"group_ids": [Command.link(editor.id)]}
        )

    def _templates(self):
        return self.env["mail.template"].search([("model", "=like", "intervention.%")])

    def _new(self, user, model):
        return (
            self.env["mail.template"]
            .with_user(user)
            .create({"name": "New", "model_id": self.env["ir.model"]._get_id(model)})
        )

    def test_only_administrators_change_the_templates(self):
        templates = self._templates()
        self.assertGreaterEqual(len(templates), 3)
        for user in (self.fm, self.fm2, self.staff):
            for template in templates.with_user(user):
                with self.subTest(user.login, name=template.name):
                    with self.assertRaises(AccessError):
                        template.write({"body_html": "<p>Yeti</p>"})
                    with self.assertRaises(AccessError):
                        template.unlink()
                    with self.assertRaises(AccessError):
                        template.copy()
        for user in (self.boss, self.system):
            for template in templates.with_user(user):
                template.write({"body_html": f"<p>{user.name}</p>"})
                self.assertIn(user.name, template.body_html)

    def test_only_administrators_make_templates_for_interventions(self):
        models = ("intervention.meeting", "intervention.digest", "intervention.contact")
        for model in models:
            for user in (self.fm, self.fm2, self.staff):
                with self.subTest(user.login, model=model):
                    with self.assertRaises(AccessError):
                        self._new(user, model)
                    other = self._new(user, "res.partner")
                    with self.assertRaises(AccessError):
                        other.model_id = self.env["ir.model"]._get_id(model)
            for user in (self.boss, self.system):
                self._new(user, model).unlink()

    def test_other_templates_are_as_odoo_has_them(self):
        for user in (self.fm, self.staff, self.boss, self.system):
            template = self._new(user, "res.partner")
            template.body_html = "<p>Yeti</p>"
            template.unlink()

    def test_a_form_master_reads_the_templates(self):
        templates = self._templates().with_user(self.fm)
        self.assertTrue(templates)
        for template in templates:
            self.assertTrue(template.read(["body_html"]))
