from base64 import b64encode

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import ADMIN, ESCALATION, FOLLOW_UP, FORM_MASTER, InterventionCase

PARTS = (
    "intervention.meeting",
    "intervention.progress",
    "intervention.change",
    "intervention.contact",
    "intervention.file",
    "intervention.retraction",
    "intervention.report",
)


@tagged("standard", "post_install", "-at_install")
class TestClassSharing(InterventionCase):
    """The form masters of a class share its cases, where the school switches it on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.settings_without_contact()
        cls.settings.class_cases_shared = False
        # fm is the main form master of 7A, co a second one; fm2 has 7B.
        cls.co = cls._new_user("co", FORM_MASTER)
        cls.substitute = cls._new_user("substitute", FORM_MASTER)
        cls.env["intervention.class.form.master"].create(
            [
                {"class_id": cls.class_a.id, "user_id": cls.co.id},
                {
                    "class_id": cls.class_a.id,
                    "user_id": cls.substitute.id,
                    "date_from": cls.day(2),
                    "date_to": cls.day(4),
                },
            ]
        )
        meetings = cls.env["intervention.meeting"].with_user(cls.fm)
        vals = {
            "absence_reason": "Reason",
            "intervention_notes": "Notes",
            "action_plan": "Plan",
        }
        cls.case = meetings.create(
            {**vals, "student_id": cls.ada.id, "root_cause": "health"}
        )
        cls.case.urgency_level = "high"
        note = cls.case.add_progress("A note")
        cls.case.add_progress("By mistake").retract("The wrong child")
        cls.env["intervention.file"].with_user(cls.fm).create(
            {
                "meeting_id": cls.case.id,
                "name": "note.txt",
                "content": b64encode(b"A file"),
            }
        )
        cls.note = note
        cls.env["intervention.contact"].with_user(cls.fm).create(
            {
                "meeting_id": cls.case.id,
                "other_person": "The mother",
                "outcome": "reached",
            }
        )
        cls.elsewhere = (
            cls.env["intervention.meeting"]
            .with_user(cls.fm2)
            .create({**vals, "student_id": cls.cy.id, "root_cause": "health"})
        )
        cls.everybody = (
            cls.fm,
            cls.co,
            cls.substitute,
            cls.fm2,
            cls.boss,
            cls.staff,
            cls.portal,
        )

    def _share(self, is_on=True):
        self.settings.class_cases_shared = is_on
        self.env.invalidate_all()

    def _sees(self, user, model="intervention.meeting"):
        """Tell whether a user sees what hangs on the case, by every way to ask."""
        self.env.invalidate_all()
        name = "id" if model == "intervention.meeting" else "meeting_id"
        records = self.env[model].with_user(user)
        domain = [(name, "=", self.case.id)]
        if not records.has_access("read"):
            with self.assertRaises(AccessError):
                records.search(domain)
            return False
        found = records.search(domain)
        every = records.sudo().search(domain).with_user(user)
        self.assertTrue(every, model)
        self.env.invalidate_all()
        if model != "intervention.file":
            self.assertEqual(every._filtered_access("read"), found, model)
            self.assertIn(len(found), (0, len(every)), model)
        for record in every - found:
            with self.assertRaises(AccessError):
                record.read(["display_name"])
        if found:
            self.assertTrue(found.read(["display_name"]))
        return bool(found)

    def _who_sees(self, model="intervention.meeting"):
        return {user.login for user in self.everybody if self._sees(user, model)}

    # --- who sees ---

    def test_where_no_school_shares_the_rules_cost_nothing(self):
        rules = self.env["ir.rule"].with_user(self.fm)
        for is_on in (False, True, False):
            self._share(is_on)
            for model in PARTS:
                with self.subTest(model, is_on=is_on):
                    domain = repr(rules._compute_domain(model))
                    self.assertEqual("is_of_own_class" in domain, is_on)

    def test_off_is_the_default_and_changes_nothing(self):
        new = self.env["intervention.settings"].new({})
        self.assertFalse(new.class_cases_shared)
        for model in PARTS:
            with self.subTest(model):
                self.assertEqual(self._who_sees(model), {"fm", "boss"})

    def test_on_the_form_masters_of_the_class_see_all_that_hangs_on_its_cases(self):
        self._share()
        for model in PARTS:
            with self.subTest(model):
                self.assertEqual(self._who_sees(model), {"fm", "co", "boss"})

    def test_the_main_form_master_sees_the_cases_of_the_others(self):
        case = self.record(self.co, student_id=self.ben.id)
        self.assertNotIn(case, self.meetings(self.fm).search([]))
        self._share()
        self.assertIn(case, self.meetings(self.fm).search([]))
        self.assertNotIn(self.elsewhere, self.meetings(self.fm).search([]))

    def test_a_substitute_sees_them_in_their_days(self):
        self._share()
        for offset, sees in ((1, False), (2, True), (4, True), (5, False)):
            with self.subTest(offset), freeze_time(f"{self.day(offset)} 12:00:00"):
                for model in PARTS:
                    self.assertEqual(self._sees(self.substitute, model), sees, model)
                    self.assertTrue(self._sees(self.co, model))

    def test_closed_cases_too_but_no_archived_ones(self):
        self.case.write({"status": "closed", "resolution_notes": "Solved"})
        self._share()
        self.assertTrue(self._sees(self.co))
        self.case.sudo().active = False
        for model in PARTS[:-1]:
            with self.subTest(model):
                everything = self.env[model].with_context(active_test=False)
                name = "id" if model == "intervention.meeting" else "meeting_id"
                for user in (self.fm, self.co):
                    found = everything.with_user(user).search(
                        [(name, "=", self.case.id)]
                    )
                    self.assertFalse(found)

    def test_switching_it_off_takes_the_sight(self):
        self._share()
        self.assertTrue(self._sees(self.co))
        self._share(False)
        self.assertFalse(self._sees(self.co))

    def test_who_leaves_the_class_sees_them_no_more(self):
        self._share()
        self.class_a.form_master_line_ids.filtered(
            lambda line: line.user_id == self.co
        ).unlink()
        self.assertEqual(self._who_sees(), {"fm", "boss"})
        self.class_a.form_master_id = self.co
        self.assertEqual(self._who_sees(), {"fm", "co", "boss"})
        self.class_a.form_master_id = False
        self.assertEqual(self._who_sees(), {"fm", "boss"})

    def test_who_leaves_the_group_sees_them_no_more(self):
        self._share()
        self.co.group_ids = [Command.unlink(self.env.ref(FORM_MASTER).id)]
        self.assertEqual(self._who_sees(), {"fm", "boss"})

    def test_an_archived_class_shares_nothing(self):
        self._share()
        self.class_a.active = False
        self.assertEqual(self._who_sees(), {"fm", "boss"})

    def test_the_class_is_that_of_the_meeting(self):
        self._share()
        self.ada.school_class_id = self.class_b
        self.assertEqual(self._who_sees(), {"fm", "co", "boss"})
        later = self.record(self.fm, root_cause="other")
        self.assertEqual(later.class_id, self.class_b)
        self.assertIn(later, self.meetings(self.fm2).search([]))
        self.assertNotIn(later, self.meetings(self.co).search([]))

    def test_a_case_of_no_class_is_of_its_owner(self):
        self._share()
        case = self.record(
            self.fm, student_id=self._new_student("Dan Test").id, root_cause="other"
        )
        self.assertNotIn(case, self.meetings(self.co).search([]))

    def test_another_school_is_not_concerned(self):
        school = self.env["res.company"].create({"name": "School B"})
        both = [Command.set([self.env.company.id, school.id])]
        users = [
            self._new_user(f"both{number}", FORM_MASTER, company_ids=both)
            for number in (1, 2)
        ]
        owner, colleague = users
        other_class = self.env["intervention.class"].create(
            {
                "name": "Test 1A",
                "company_id": school.id,
                "form_master_id": owner.id,
                "form_master_line_ids": [Command.create({"user_id": colleague.id})],
            }
        )
        bea = self._new_student("Bea Test", "B-1", other_class, company_id=school.id)
        schools = {"allowed_company_ids": [self.env.company.id, school.id]}
        case = (
            self.meetings(owner)
            .with_context(**schools)
            .create(self.vals(student_id=bea.id))
        )
        self.assertEqual(case.class_id, other_class)

        def seen(*companies):
            self.env.invalidate_all()
            meetings = self.meetings(colleague).with_context(
                allowed_company_ids=[company.id for company in companies]
            )
            found = case in meetings.search([])
            record = meetings.browse(case.id)
            self.assertEqual(record.has_access("read"), found)
            return found

        self._share()
        self.assertFalse(seen(self.env.company, school))
        self._share(False)
        self.env["intervention.settings"].create(
            {"company_id": school.id, "class_cases_shared": True}
        )
        self.assertTrue(seen(self.env.company, school))
        self.assertFalse(seen(self.env.company))
        self.assertFalse(self._sees(self.co))

    # --- what they may do ---

    def test_a_colleague_works_on_the_case_and_its_owner_stays(self):
        self._share()
        case = self.case.with_user(self.co)
        case.write({"action_plan": "Another plan", "follow_up_date": self.day(5)})
        note = case.add_progress("Came on time.", status="escalated")
        self.assertEqual(note.create_uid, self.co)
        self.assertTrue(self.activities(case, ESCALATION))
        case.message_post(body="Spoke to the nurse")
        case.add_progress("Well.", status="closed", resolution_notes="Is back")
        self.assertRecordValues(
            self.case, [{"status": "closed", "form_master_id": self.fm.id}]
        )
        self.assertEqual(
            self.env["intervention.change"]
            .search(
                [
                    ("meeting_id", "=", case.id),
                    ("field_name", "=", "action_plan"),
                ]
            )
            .create_uid,
            self.co,
        )

    def test_a_colleague_archives_as_the_owner_may(self):
        self._share()
        self.case.with_user(self.co).unlink()
        self.assertFalse(self.case.sudo().active)

    def test_a_colleague_uses_the_dialog(self):
        self._share()
        wizard = Form(
            self.env["intervention.track"]
            .with_user(self.co)
            .with_context(default_meeting_id=self.case.id, default_status="open")
        )
        self.assertIn("Test fm has this case", wizard.colleague_text)
        wizard.update_text = "A visit"
        wizard.status = "improving"
        wizard.save().action_add()
        self.assertEqual(self.case.status, "improving")

    def test_nobody_takes_a_case_over_or_records_for_another(self):
        self._share()
        case = self.case.with_user(self.co)
        for change in (
            lambda: case.write({"form_master_id": self.co.id}),
            lambda: case.write({"active": True, "form_master_id": self.co.id}),
            lambda: self.record(
                self.co, student_id=self.ben.id, form_master_id=self.fm.id
            ),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_a_colleague_retracts_own_entries_only(self):
        self._share()
        with self.assertRaises(AccessError):
            self.note.with_user(self.co).retract("Not mine")
        note = self.case.with_user(self.co).add_progress("Mine")
        note.retract("The wrong child")
        self.assertTrue(note.is_retracted)

    def test_others_can_do_nothing(self):
        self._share()
        for user in (self.fm2, self.substitute, self.staff, self.portal):
            case = self.case.with_user(user)
            for name, change in {
                "write": lambda case=case: case.write({"urgency_level": "low"}),
                "note": lambda case=case: case.add_progress("Forged"),
                "archive": lambda case=case: case.unlink(),
                "post": lambda case=case: case.message_post(body="Hello"),
                "entry": lambda user=user: (
                    self.env["intervention.progress"]
                    .with_user(user)
                    .create({"meeting_id": self.case.id, "update_text": "Forged"})
                ),
            }.items():
                with self.subTest(user=user.login, change=name):
                    with self.assertRaises(AccessError), mute_logger("odoo.addons"):
                        change()

    def test_who_sees_the_case_is_not_led_to_a_request(self):
        def context():
            with self.assertRefused("root_cause") as caught:
                self.record(self.co)
            return "intervention_duplicate" in caught.exception.context

        self.assertTrue(context())
        self._share()
        self.assertFalse(context())
        with self.assertRefused("root_cause"):
            self.meetings(self.co).request_case(self.ada.id, "health")
        situation = self.meetings(self.co).get_student_situation(self.ada.id)
        self.assertEqual(situation["count"], 1)

    # --- who is told ---

    def test_what_is_due_is_told_to_the_owner(self):
        self._share()
        case = self.case.with_user(self.co)
        case.follow_up_date = self.day(1)
        with freeze_time(f"{self.day(1)} 12:00:00"):
            self.env.invalidate_all()
            self.env["intervention.meeting"]._due_follow_ups()._schedule_follow_ups()
            self.assertEqual(self.activities(case, FOLLOW_UP).user_id, self.fm)
            case.follow_up_date = self.day(9)
        self.assertFalse(self.activities(case, FOLLOW_UP))

    def test_activities_go_back_when_the_sight_ends(self):
        self._share()
        with freeze_time(f"{self.day(3)} 12:00:00"):
            self.env.invalidate_all()
            activity = self.case.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.substitute.id
            )
            self.env["intervention.class.form.master"]._cron_note_ends()
            self.assertEqual(activity.user_id, self.substitute)
        with freeze_time(f"{self.day(5)} 12:00:00"):
            self.env.invalidate_all()
            self.env["intervention.class.form.master"]._cron_note_ends()
        self.assertEqual(activity.user_id, self.fm)

    def test_activities_go_back_at_once_when_it_is_taken(self):
        def assigned():
            self._share()
            return self.case.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.co.id
            )

        activity = assigned()
        self._share(False)
        self.assertEqual(activity.user_id, self.fm)
        activity = assigned()
        self.class_a.form_master_line_ids.unlink()
        self.assertEqual(activity.user_id, self.fm)

    def test_followers_get_nothing_after_their_days(self):
        self._share()
        with freeze_time(f"{self.day(3)} 12:00:00"):
            self.env.invalidate_all()
            self.case.message_subscribe(self.substitute.partner_id.ids)
            self.assertEqual(
                self.case._readers(self.substitute.partner_id),
                self.substitute.partner_id,
            )
        with freeze_time(f"{self.day(5)} 12:00:00"):
            self.env.invalidate_all()
            self.assertFalse(self.case._readers(self.substitute.partner_id))

    # --- screens and figures ---

    def test_own_cases_come_first_for_who_shares(self):
        own = self.record(self.co, student_id=self.ben.id)
        order = "attention_rank, id"
        self._share()
        for user, first in ((self.co, own), (self.fm, self.case)):
            found = self.meetings(user).search(
                [("id", "in", (own | self.case).ids)], order=order
            )
            self.assertEqual(found[0], first)
        every = self.meetings(self.boss).search(
            [("id", "in", (own | self.case).ids)], order=order
        )
        # Of high urgency.
        self.assertEqual(every[0], self.case)

    def test_the_numbers_are_of_what_is_seen(self):
        own = self.record(self.co, student_id=self.ben.id)
        before = self.meetings(self.co).get_dashboard()
        self.assertEqual((before["active_cases"], before["colleague_cases"]), (1, 0))
        self._share()
        after = self.meetings(self.co).get_dashboard()
        self.assertEqual((after["active_cases"], after["colleague_cases"]), (2, 1))
        self.assertEqual(self.meetings(self.fm2).get_dashboard()["colleague_cases"], 0)
        self.assertEqual(self.meetings(self.boss).get_dashboard()["colleague_cases"], 0)
        found = self.meetings(self.co).search([("class_id.is_own", "=", True)])
        self.assertEqual(found, own | self.case)

    def test_lists_say_whose_a_case_is_where_it_may_be_a_colleagues(self):
        def shown(user):
            arch = self.meetings(user).get_view(
                self.env.ref("intervention_tracking.intervention_meeting_view_list").id,
                "list",
            )["arch"]
            return '"form_master_id"' in arch

        for is_on in (False, True, False):
            self._share(is_on)
            with self.subTest(is_on):
                self.assertEqual(shown(self.co), is_on)
                self.assertTrue(shown(self.boss))
        self._share()
        self.assertIn("Test fm", self.case.with_user(self.co).colleague_text)
        self.assertFalse(self.case.with_user(self.fm).colleague_text)
        self.assertFalse(self.case.with_user(self.boss).colleague_text)

    def test_the_history_of_a_student_has_them(self):
        def ids():
            self.env.invalidate_all()
            history = self.meetings(self.co).get_student_history(self.ada.id)
            return [meeting["id"] for meeting in history["results"]]

        self.assertEqual(ids(), [])
        self._share()
        self.assertEqual(ids(), self.case.ids)

    def test_the_analysis_counts_them(self):
        rows = self.env["intervention.report"].with_user(self.co)
        self.assertFalse(rows.search([("meeting_id", "=", self.case.id)]))
        self._share()
        self.assertEqual(rows._read_group([], [], ["__count"]), [(1,)])

    # --- what it costs ---

    def _cost(self, action):
        action()
        self.flush_tracking()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        return self.env.cr.sql_log_count - before

    def test_where_it_is_off_it_costs_no_query(self):
        meetings = self.meetings(self.co)
        notes = self.env["intervention.progress"].with_user(self.co)
        off = self._cost(lambda: meetings._search([]).select())
        self.assertEqual(off, 0)
        query = str(meetings._search([]).select().code)
        self.assertNotIn("class_id", query)
        self.assertNotIn("class_id", str(notes._search([]).select().code))
        self._share()
        self.assertLessEqual(self._cost(lambda: meetings._search([]).select()), 3)

    def test_the_rules_of_administrators_stay_as_they_are(self):
        self._share()
        admin = self._new_user("boss2", ADMIN)
        query = str(self.meetings(admin)._search([]).select().code)
        self.assertNotIn("form_master_id", query)
