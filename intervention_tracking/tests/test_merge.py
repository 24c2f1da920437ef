import itertools

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ADMIN, FORM_MASTER, RESOLUTION, InterventionCase

KEEPS_CONTACTS = "base.group_partner_manager"


class MergeCase(InterventionCase):
    """Ada was entered a second time, as a contact of no number and no class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.staff, cls.boss, cls.fm):
            user.group_ids += cls._merging_groups()
        cls.mother, cls.father = cls.env["res.partner"].create(
            [{"name": "Mo Test"}, {"name": "Fa Test"}]
        )
        cls.ada.guardian_ids = cls.mother
        cls.twin = cls.env["res.partner"].create({"name": "Ada Test"})

    @classmethod
    def _merging_groups(cls):
        """Return the groups that somebody needs to merge contacts."""
        groups = cls.env.ref(KEEPS_CONTACTS)
        # With Odoo's website, a merge reads its visitors.
        website = cls.env.ref("website.group_website_designer", False)
        return groups | website if website else groups

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.models.unlink"))

    def merge(self, staying, *others, user=None):
        """Press *Merge Contacts* as somebody who keeps contacts."""
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user or self.staff)
            .with_context(allowed_company_ids=(user or self.staff).company_ids.ids)
            .create(
                {
                    "partner_ids": [
                        Command.set([staying.id, *(each.id for each in others)])
                    ],
                    "dst_partner_id": staying.id,
                    "state": "selection",
                }
            )
        )
        with self.env.cr.savepoint():
            wizard.action_merge()
            self.env.flush_all()
        self.env.invalidate_all()

    def as_student(self, contact, **vals):
        contact.write({"is_intervention_student": True, **vals})
        return contact


@tagged("standard", "post_install", "-at_install")
class TestMerge(MergeCase):
    """Two contacts of one student become one, with all that either had."""

    def test_everything_ends_on_the_one_that_stays_whichever_had_it(self):
        for number, (stays_first, marked) in enumerate(
            itertools.product((True, False), repeat=2)
        ):
            with self.subTest(stays_first=stays_first, marked=marked):
                ada = self._new_student(
                    "Ada Test",
                    f"M-{number}",
                    self.class_a,
                    guardian_ids=self.mother.ids,
                )
                twin = self.twin.copy({"is_intervention_student": marked})
                case = self.record(student_id=ada.id)
                stays, goes = (ada, twin) if stays_first else (twin, ada)
                self.merge(stays, goes)
                self.assertFalse(goes.exists())
                self.assertTrue(stays.is_intervention_student)
                self.assertEqual(stays.student_number, f"M-{number}")
                self.assertEqual(stays.school_class_id, self.class_a)
                self.assertEqual(stays.guardian_ids, self.mother)
                self.assertEqual(case.student_id, stays)

    def test_what_both_have_is_that_of_the_one_that_stays(self):
        self.as_student(
            self.twin,
            student_number="T-0099",
            school_class_id=self.class_b.id,
            guardian_ids=(self.mother | self.father).ids,
        )
        self.merge(self.twin, self.ada)
        self.assertEqual(self.twin.student_number, "T-0099")
        self.assertEqual(self.twin.school_class_id, self.class_b)
        self.assertEqual(self.twin.guardian_ids, self.mother | self.father)

    def test_cases_of_both_and_what_is_in_them_are_there(self):
        self.as_student(self.twin)
        own = self.in_status("monitoring", root_cause="family")
        closed = self.in_status("closed")
        archived = self.archived(root_cause="other").sudo()
        other = self.record(self.fm2, student_id=self.twin.id)
        contact = (
            self.env["intervention.contact"]
            .with_user(self.fm)
            .create(
                {
                    "meeting_id": own.id,
                    "guardian_id": self.mother.id,
                    "outcome": "reached",
                }
            )
        )
        cases = (own | closed | archived | other).sudo()
        owners = cases.mapped("form_master_id")
        self.merge(self.twin, self.ada)
        self.assertEqual(cases.student_id, self.twin)
        self.assertEqual(cases.mapped("form_master_id"), owners)
        self.assertEqual(closed.resolution_notes, RESOLUTION)
        self.assertFalse(archived.active)
        self.assertEqual(contact.student_id, self.twin)
        self.assertEqual(len(self.progress(own)), 1)

    def test_a_case_keeps_its_class_and_says_that_it_was_moved(self):
        self.as_student(self.twin, school_class_id=self.class_b.id)
        case = self.in_status("closed")
        before = case.write_date
        self.merge(self.twin, self.ada)
        self.assertEqual(case.class_id, self.class_a)
        self.assertGreaterEqual(case.write_date, before)
        [change] = case.change_ids.filtered(
            lambda each: each.field_name == "student_id"
        )
        self.assertEqual(change.create_uid, self.staff)
        self.assertEqual(change.new_text, "Ada Test")
        self.assertEqual(change.old_text, "a contact that is not there any more")

    def test_three_contacts_become_one(self):
        third = self._new_student("Ada T.", "T-0077")
        cases = self.record() | self.record(student_id=third.id, root_cause="other")
        self.merge(self.twin, self.ada, third)
        self.assertEqual(cases.student_id, self.twin)
        self.assertIn(self.twin.student_number, ("T-0001", "T-0077"))

    def test_who_is_there_by_one_of_the_contacts_has_not_left(self):
        self.as_student(self.twin)
        case = self.record().sudo()
        self.ada.student_left_on = self.day(-1)
        self.assertTrue(case.has_student_left)
        self.merge(self.twin, self.ada)
        self.assertFalse(self.twin.has_left_school)
        self.assertFalse(case.has_student_left)

    def test_who_has_left_by_all_contacts_has_left(self):
        for student in (self.as_student(self.twin), self.ada):
            student.student_left_on = self.day(-1)
        self.merge(self.twin, self.ada)
        self.assertEqual(self.twin.student_left_on, self.day(-1))

    def test_an_archived_contact_of_a_student_who_is_there(self):
        self.as_student(self.twin)
        case = self.record().sudo()
        self.ada.active = False
        self.merge(self.twin, self.ada)
        self.assertTrue(self.twin.active)
        self.assertFalse(case.has_student_left)

    def test_who_asked_for_a_case_of_each_contact_has_asked_once(self):
        third = self._new_student("Ada T.")
        self.as_student(self.twin)
        self.record(student_id=self.twin.id)
        fm3 = self._new_user("fm3", FORM_MASTER)
        asked = {
            (user, student, cause): self.meetings(user).request_case(student.id, cause)
            for user, student, cause in (
                (self.fm2, self.ada, "health"),
                (self.fm2, self.twin, "health"),
                (self.fm2, third, "health"),
                (self.fm2, third, "family"),
                (fm3, self.twin, "health"),
                (fm3, self.ben, "health"),
            )
        }
        ids = [answer["request"] for answer in asked.values()]
        requests = self.env["intervention.request"].browse(ids)
        for user, contacts in (
            (self.staff, (self.twin, third)),
            (self.boss, (self.ada, self.twin)),
        ):
            self.merge(*contacts, user=user)
        self.assertRecordValues(
            requests.exists().sorted("id"),
            [
                {"user_id": user.id, "student_id": student.id, "root_cause": cause}
                for user, student, cause in (
                    (self.fm2, self.ada, "health"),
                    (self.fm2, self.ada, "family"),
                    (fm3, self.ada, "health"),
                    (fm3, self.ben, "health"),
                )
            ],
        )
        self.assertEqual(set(requests.exists().mapped("state")), {"waiting"})

    def test_requests_that_were_decided_all_stay(self):
        self.as_student(self.twin)
        requests = self.env["intervention.request"]
        for student in (self.ada, self.twin, self.ada):
            answer = self.meetings(self.fm2).request_case(student.id, "health")
            requests |= requests.browse(answer["request"])
            if len(requests) < 3:
                requests[-1].with_user(self.boss).action_decline()
        self.merge(self.twin, self.ada)
        self.assertEqual(requests.exists(), requests)
        self.assertEqual(requests.student_id, self.twin)

    def test_what_is_unique_for_a_contact_is_known_to_the_merge(self):
        self.env.cr.execute(
            """SELECT DISTINCT indrelid::regclass::text
                 FROM pg_index
                 JOIN pg_constraint ON conrelid = indrelid AND contype = 'f'
                  AND confrelid = 'res_partner'::regclass AND conkey[1] = ANY(indkey)
                WHERE indisunique AND indrelid::regclass::text LIKE 'intervention%'
                  AND NOT indisprimary"""
        )
        self.assertEqual(
            {table for (table,) in self.env.cr.fetchall()},
            {
                "intervention_attendance",
                "intervention_attendance_standing",
                "intervention_meeting",
                "intervention_request",
                "intervention_school_student",
            },
        )

    def test_merging_others_is_as_odoo_has_it(self):
        self.merge(self.father, self.mother)
        self.assertEqual(self.ada.guardian_ids, self.father)
        self.assertFalse(self.father.is_intervention_student)

    def test_a_student_is_not_merged_with_their_guardian(self):
        for staying, leaving in ((self.ada, self.mother), (self.mother, self.ada)):
            with self.assertRaisesRegex(UserError, "guardian"):
                self.merge(staying, leaving)
        self.assertTrue(self.mother.exists())

    def test_cases_stay_in_their_school(self):
        company = self.env["res.company"].create({"name": "School B"})
        self.twin.company_id = company
        self.staff.company_ids += company
        self.record()
        with self.assertRaisesRegex(UserError, "different schools"):
            self.merge(self.twin, self.ada)
        self.merge(self.ada, self.twin)
        self.assertEqual(self.ada.company_id, self.env.company)


@tagged("standard", "post_install", "-at_install")
class TestMergeDecision(MergeCase):
    """Of two active cases of one cause, somebody decides before the merge."""

    def setUp(self):
        super().setUp()
        self.as_student(self.twin)
        self.one = self.record().sudo()
        self.two = self.record(
            student_id=self.twin.id, absence_reason="He was ill."
        ).sudo()

    def dialog(self, user=None):
        """Go on from the refusal of Odoo's merge to the dialog."""
        user = user or self.boss
        with self.assertRaises(RedirectWarning) as caught:
            self.merge(self.twin, self.ada, user=user)
        _message, action, _button, context = caught.exception.args
        opened = (
            self.env["ir.actions.server"]
            .browse(action)
            .with_user(user)
            .with_context(**context)
            .run()
        )
        return self.env[opened["res_model"]].with_user(user).browse(opened["res_id"])

    def test_the_reason_is_the_real_one_and_tells_who_may_not_know_nothing(self):
        for user in (self.staff, self.fm):
            if user == self.fm:
                self.two.form_master_id = self.fm2
            with self.assertRaisesRegex(UserError, "administrator") as caught:
                self.merge(self.twin, self.ada, user=user)
            self.assertDiscreet(str(caught.exception))
            self.assertNotRegex(str(caught.exception), "root cause|intervention for")
        self.assertTrue(self.ada.exists())

    def test_nothing_stands_in_the_way_of_cases_that_are_over_or_of_other_causes(self):
        self.one.write({"status": "closed", "resolution_notes": RESOLUTION})
        other = self.record(root_cause="other")
        archived = self.archived().sudo()
        self.merge(self.twin, self.ada)
        self.assertEqual((self.one | other | archived).student_id, self.twin)

    def test_both_are_shown_side_by_side(self):
        dialog = self.dialog()
        self.assertEqual(dialog.case_ids.meeting_id, self.one | self.two)
        self.assertEqual(dialog.stays_id, self.twin)
        self.assertIn("He was ill.", dialog.case_ids.mapped("absence_reason"))
        self.assertFalse(any(dialog.case_ids.mapped("goes_on")))

    def test_who_owns_both_decides_as_well(self):
        self.assertEqual(len(self.dialog(self.fm).case_ids), 2)

    def test_nothing_is_closed_before_it_is_decided(self):
        dialog = self.dialog()
        with self.assertRaisesRegex(UserError, "root cause"):
            dialog.action_merge()
        self.assertEqual((self.one | self.two).mapped("status"), ["open", "open"])

    def test_the_other_one_is_closed_and_the_contacts_are_merged(self):
        dialog = self.dialog()
        first, second = dialog.case_ids.sorted("id")
        first.action_go_on()
        second.action_go_on()
        self.assertFalse(first.goes_on)
        dialog.resolution_notes = "The first one goes on."
        dialog.action_merge()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.ada.exists())
        self.assertEqual((self.one | self.two).student_id, self.twin)
        self.assertEqual(second.exists(), second.browse())
        statuses = {self.one.status, self.two.status}
        self.assertEqual(statuses, {"open", "closed"})
        ended = (self.one | self.two).filtered(lambda case: case.status == "closed")
        self.assertEqual(ended.resolution_notes, "The first one goes on.")
        self.assertEqual(self.progress(ended).create_uid, self.boss)

    def test_several_causes_and_contacts_are_decided_at_once(self):
        third = self._new_student("Ada T.")
        cases = self.record(student_id=third.id) | self.record(
            student_id=third.id, root_cause="other"
        )
        rest = self.record(student_id=self.twin.id, root_cause="other")
        with self.assertRaises(RedirectWarning) as caught:
            self.merge(self.twin, self.ada, third, user=self.boss)
        dialog = (
            self.env["intervention.merge"]
            .with_user(self.boss)
            .with_context(**caught.exception.args[3])
        )
        dialog = dialog.browse(dialog.action_open()["res_id"])
        self.assertEqual(len(dialog.case_ids), 5)
        for case in dialog.case_ids:
            if case.meeting_id in (self.one, rest):
                case.action_go_on()
        dialog.action_merge()
        self.env.flush_all()
        self.env.invalidate_all()
        everything = self.one | self.two | rest | cases
        self.assertEqual(everything.student_id, self.twin)
        active = everything.filtered(lambda case: case.status != "closed")
        self.assertEqual(active, self.one | rest)

    def test_the_dialog_opens_no_case_of_others(self):
        context = {
            "intervention_merge_contacts": (self.ada | self.twin).ids,
            "intervention_merge_stays": self.ada.id,
        }
        dialogs = self.env["intervention.merge"].with_context(**context)
        self.two.form_master_id = self.fm2
        self.assertFalse(
            dialogs.browse(dialogs.with_user(self.fm).action_open()["res_id"]).case_ids
        )
        for user in (self.staff, self.portal):
            with self.assertRaises(AccessError):
                dialogs.with_user(user).action_open()
        dialog = dialogs.with_user(self.boss)
        dialog = dialog.browse(dialog.action_open()["res_id"])
        with self.assertRaises(AccessError):
            dialog.case_ids[0].with_user(self.fm).read(["absence_reason"])
        with self.assertRaises(AccessError):
            self.env["intervention.merge.case"].with_user(self.fm).create(
                {
                    "meeting_id": self.two.id,
                    "merge_id": dialogs.with_user(self.fm)
                    .create({"stays_id": self.ada.id, "contact_ids": self.ada.ids})
                    .id,
                }
            )

    def test_who_may_not_merge_contacts_closes_nothing(self):
        boss = self._new_user("boss2", ADMIN)
        dialogs = (
            self.env["intervention.merge"]
            .with_user(boss)
            .with_context(
                intervention_merge_contacts=(self.ada | self.twin).ids,
                intervention_merge_stays=self.ada.id,
            )
        )
        dialog = dialogs.browse(dialogs.action_open()["res_id"])
        dialog.case_ids[0].action_go_on()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            dialog.action_merge()
        self.env.invalidate_all()
        self.assertEqual((self.one | self.two).mapped("status"), ["open", "open"])
