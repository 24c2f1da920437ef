from base64 import b64encode

from odoo import Command
from odoo.tests import tagged

from .common import ADMIN, InterventionCase

TO_DO = "mail.mail_activity_data_todo"

HIDDEN = "Hidden"
NAME = {"fields": {"display_name": {}}}
# The caller's context, as it once made names tell the cause.
CONTEXT = {"intervention_case_choice": True}
# What one case leads to; its class and plan templates are not about a student.
OF_A_CASE = {
    "intervention.meeting",
    "intervention.progress",
    "intervention.change",
    "intervention.contact",
    "intervention.file",
    "intervention.retraction",
    "intervention.request",
    "intervention.digest",
    "intervention.report",
}
# What classes and school systems are called is told to everybody.
NO_SECRETS = {
    "intervention.class",
    "intervention.school.preset",
    "intervention.school.system",
}


class NamesCase(InterventionCase):
    """A case of the form master, with everything that belongs to one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school_b = cls.env["res.company"].create({"name": "School B"})
        cls.boss_b = cls._new_user("boss_b", ADMIN, company_id=cls.school_b.id)
        cls.strangers = cls.fm2 | cls.staff | cls.boss_b

    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(3))
        self.update = self.add_update(self.meeting)
        self.meeting.write({"absence_reason": "Zebra, in other words"})
        env = self.meeting.env
        self.file = env["intervention.file"].create(
            {
                "name": "diagnosis.txt",
                "content": b64encode(b"Text"),
                "meeting_id": self.meeting.id,
            }
        )
        self.contact = env["intervention.contact"].create(
            {
                "meeting_id": self.meeting.id,
                "other_person": "Aunt Test",
                "channel": "phone",
                "direction": "outgoing",
                "outcome": "reached",
            }
        )
        self.change = self.meeting.change_ids[:1]
        self.env.flush_all()

    def of_the_case(self):
        """Return a record of each model that tells of the case."""
        retraction = self.add_update(self.meeting, "Second").retract("Wrong child.")
        request = self.meetings(self.fm2).request_case(self.ada.id, "health")
        digest = self.env["intervention.digest"].create(
            {
                "user_id": self.fm.id,
                "company_id": self.env.company.id,
                "date": self.day(0),
                "kind": "form_master",
                "state": "queued",
            }
        )
        self.env.flush_all()
        return [
            self.meeting,
            self.update,
            self.change,
            self.contact,
            self.file,
            retraction,
            self.env["intervention.request"].browse(request["request"]),
            digest,
            self.env["intervention.report"].browse(self.meeting.id),
        ]

    def name(self, record, user, **context):
        """Return what Odoo calls a record that a field of the user's leads to."""
        self.env.invalidate_all()
        return record.with_user(user).with_context(**context).sudo().display_name


@tagged("standard", "post_install", "-at_install")
class TestNames(NamesCase):
    """A name tells nothing to who may not see what it names."""

    def test_what_belongs_to_a_case_is_named_to_who_sees_it(self):
        records = self.of_the_case()
        self.assertEqual({record._name for record in records}, OF_A_CASE)
        for record in records:
            for user in self.strangers | self.portal | self.public:
                is_own = user == self.fm2 and record._name == "intervention.request"
                for context in ({}, CONTEXT):
                    with self.subTest(record._name, user=user.login, context=context):
                        named = self.name(record, user, **context) != HIDDEN
                        self.assertEqual(named, is_own)
            for user in (self.boss, self.env.ref("base.user_root")):
                with self.subTest(record._name, user=user.login):
                    self.assertNotEqual(self.name(record, user), HIDDEN)

    def test_no_model_names_itself_past_the_check(self):
        models = [
            model
            for model in self.env.values()
            if model._name.startswith("intervention.")
            and model._name not in NO_SECRETS
            and not model._abstract
        ]
        self.assertLess(OF_A_CASE, {model._name for model in models})
        for model in models:
            with self.subTest(model._name):
                # No such record is there, so nobody has a right to it.
                record = model.with_user(self.staff).sudo().new(origin=model.browse(1))
                self.assertEqual(record.display_name, HIDDEN)

    def test_the_own_case_keeps_its_name(self):
        for user in (self.fm, self.boss):
            self.assertIn("Ada Test", self.name(self.meeting, user))
            self.assertEqual(self.name(self.file, user), "diagnosis.txt")
        new = self.meetings(self.fm).sudo().new({"student_id": self.ada.id})
        self.assertIn("Ada Test", new.display_name)

    def test_a_name_in_a_mixed_lot(self):
        other = self.record(self.fm2, student_id=self.cy.id)
        self.env.invalidate_all()
        both = (self.meeting | other).with_user(self.fm2).sudo()
        self.assertEqual(both[0].display_name, HIDDEN)
        self.assertIn("Cy Test", both[1].display_name)

    def test_a_case_of_a_school_that_is_not_switched_on_keeps_its_name(self):
        companies = [Command.link(self.school_b.id)]
        self.boss.company_ids = companies
        name = self.name(self.meeting, self.boss, allowed_company_ids=self.school_b.ids)
        self.assertIn("Ada Test", name)

    def test_a_class_is_named_to_everybody(self):
        self.assertEqual(self.name(self.class_a, self.staff), "Test 7A")

    def test_an_activity_that_is_not_saved_yet_names_no_case(self):
        model = self.env["ir.model"]._get("intervention.meeting")
        values = {
            "res_model_id": model.id,
            "res_model": model.model,
            "res_id": self.meeting.id,
        }
        for user, named in ((self.fm2, False), (self.staff, False), (self.fm, True)):
            self.env.invalidate_all()
            told = (
                self.env["mail.activity"]
                .with_user(user)
                .with_context(**CONTEXT)
                .onchange(values, ["res_id"], {"res_name": {}})["value"]
            )
            with self.subTest(user.login):
                self.assertEqual("Ada" in str(told), named)
                self.assertNotIn("Health", str(told))

    def test_a_form_that_is_not_saved_yet_names_no_case(self):
        doors = [
            (model, "meeting_id", self.meeting)
            for model in ("track", "ask", "merge.case", "progress", "file")
        ] + [
            ("retract", "progress_id", self.update),
            ("retract", "file_id", self.file),
            ("retract", "change_id", self.change),
            ("retract", "contact_id", self.contact),
        ]
        for name, field, record in doors:
            for user in (self.fm2, self.fm):
                self.env.invalidate_all()
                told = (
                    self.env[f"intervention.{name}"]
                    .with_user(user)
                    .with_context(**CONTEXT, **{f"default_{field}": record.id})
                    .onchange({}, [], {field: NAME})["value"]
                )
                with self.subTest(name, field=field, user=user.login):
                    self.assertEqual(
                        told[field]["display_name"] == HIDDEN, user == self.fm2
                    )

    def test_what_stores_a_file_does_not_have_its_name(self):
        stored = self.env["ir.attachment"].search(
            [("res_model", "=", self.file._name), ("res_field", "=", "content")]
        )
        self.assertIn(self.file.id, stored.mapped("res_id"))
        self.assertEqual(set(stored.mapped("name")), {"content"})
        for user in self.strangers | self.fm | self.boss:
            self.env.invalidate_all()
            told = (
                self.env["ir.attachment"]
                .with_user(user)
                .with_context(default_original_id=stored[:1].id)
                .onchange({}, [], {"original_id": NAME})["value"]
            )
            with self.subTest(user.login):
                self.assertEqual(told["original_id"]["display_name"], "content")

    def test_a_cause_is_told_where_a_case_is_chosen_only(self):
        found = self.meetings(self.fm).with_context(**CONTEXT)
        [(_id, offered)] = found.name_search("Ada")
        self.assertIn("Health Issue", offered)
        [choice] = found.web_name_search("Ada", {"display_name": {}})
        self.assertIn("Health Issue", choice["display_name"])
        self.assertIn("Health Issue", choice["__formatted_display_name"])
        for user in (self.fm, self.boss):
            self.assertNotIn("Health", self.name(self.meeting, user, **CONTEXT))

    def test_no_mail_or_activity_tells_the_cause(self):
        for user in self.fm | self.fm2 | self.boss:
            user.email = f"{user.login}@school.example.org"
        case = self.meeting.with_user(self.boss).with_context(**CONTEXT)
        self.flush_tracking()
        with self.mock_mail_gateway():
            case.write({"form_master_id": self.fm2.id})
            case.message_post(body="Please look.", partner_ids=self.fm2.partner_id.ids)
            case.write({"status": "escalated"})
            activity = case.activity_schedule(TO_DO, user_id=self.fm2.id)
            self.flush_tracking()
        self.assertTrue(self._new_mails)
        for mail in self._new_mails:
            self.assertDiscreet(f"{mail.subject} {mail.body_html}")
        self.assertIn("Ada Test", activity.res_name)
        for each in self.meeting.activity_ids:
            self.assertDiscreet(each.res_name)

    def test_a_long_list_is_named_by_as_many_statements_as_a_short_one(self):
        for number in range(9):
            self.add_update(self.meeting, f"Note {number}")
        other = self.record(root_cause="other")
        for number in range(9):
            self.add_update(other, f"Note {number}")
        updates = self.env["intervention.progress"].with_user(self.fm)
        ids = (self.meeting | other).progress_ids.ids
        counts = []
        for some in (ids, ids[:1], ids):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            updates.browse(some).read(["meeting_id", "create_uid"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
