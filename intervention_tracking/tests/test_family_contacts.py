from ast import literal_eval

from lxml import etree
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, ForeignKeyViolation, RestrictViolation

from ..hooks import uninstall_hook
from .common import ADMIN, InterventionCase

OUTCOMES = {
    "reached": True,
    "agreed": True,
    "declined": True,
    "sent": True,
    "no_answer": False,
    "wrong_details": False,
}


class FamilyCase(InterventionCase):
    """Ada has a mother and a father, Ben has his grandmother, Cy has nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mother, cls.father, cls.grandmother = cls.env["res.partner"].create(
            [
                {"name": "Mo Test", "email": "mo@example.org", "phone": "0123"},
                {"name": "Fa Test", "email": "fa@example.org"},
                {"name": "Gra Test", "phone": "0456"},
            ]
        )
        cls.ada.guardian_ids = cls.mother | cls.father
        cls.ben.guardian_ids = cls.grandmother

    def contacts(self, user=None):
        return self.env["intervention.contact"].with_user(user or self.fm)

    def entry(self, meeting, **vals):
        """Return what a complete and valid entry is created from."""
        guardian = meeting.sudo().student_id.guardian_ids[:1]
        return {
            "meeting_id": meeting.id,
            "guardian_id": guardian.id,
            "channel": "phone",
            "direction": "outgoing",
            "outcome": "reached",
            **vals,
        }

    def log(self, meeting, user=None, **vals):
        """Log a contact as a user, by default the form master."""
        return self.contacts(user).create(self.entry(meeting, **vals))

    def _earlier_mistake(self, contact):
        """Return a correction that says so, as could be made before retractions."""
        self.env.flush_all()
        [(mistake,)] = self.env.execute_query(
            SQL(
                """INSERT INTO intervention_contact (meeting_id, contact_date,
                       guardian_id, channel, direction, outcome, corrects_id,
                       create_uid, create_date)
                   SELECT meeting_id, contact_date, guardian_id, channel, direction,
                          'mistake', id, create_uid, create_date
                     FROM intervention_contact WHERE id = %s
                RETURNING id""",
                contact.id,
            )
        )
        self.env.invalidate_all()
        return contact.browse(mistake)


@tagged("standard", "post_install", "-at_install")
class TestContacts(FamilyCase):
    """What an entry says, and what it may not say."""

    def test_an_entry_says_what_and_by_whom(self):
        meeting = self.record()
        contact = self.log(meeting, notes=" Calls back.\n", outcome="agreed")
        self.assertRecordValues(
            contact,
            [
                {
                    "meeting_id": meeting.id,
                    "student_id": self.ada.id,
                    "contact_date": self.day(0),
                    "guardian_id": meeting.guardian_ids[0].id,
                    "contacted_name": meeting.guardian_ids[0].name,
                    "channel": "phone",
                    "direction": "outgoing",
                    "outcome": "agreed",
                    "notes": "Calls back.",
                    "create_uid": self.fm.id,
                    "is_corrected": False,
                    "remark": False,
                    "outcome_text": "Agreed",
                }
            ],
        )
        self.assertTrue(contact.create_date)

    def test_another_person_is_named(self):
        contact = self.log(self.record(), guardian_id=False, other_person=" Aunt Jo ")
        self.assertEqual(contact.contacted_name, "Aunt Jo")

    def test_somebody_is_named(self):
        meeting = self.record()
        for vals in (
            {"guardian_id": False},
            {"guardian_id": False, "other_person": " "},
            {"guardian_id": self.grandmother.id},
            {"guardian_id": self.ada.id},
            {"guardian_id": self.fm.partner_id.id},
            {"guardian_id": 10**12},
            {"guardian_id": "x"},
            {"guardian_id": True},
        ):
            with self.subTest(vals=vals), self.assertRefused("guardian_id"):
                self.log(meeting, **vals)

    def test_one_person_is_named(self):
        with self.assertRefused("other_person"):
            self.log(self.record(), other_person="Aunt Jo")

    def test_the_database_wants_somebody_named(self):
        meeting = self.record()
        for guardian, other in ((None, None), (None, " "), (self.mother.id, "Jo")):
            with self.subTest(guardian=guardian, other=other):
                with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                    self.env.cr.execute(
                        """INSERT INTO intervention_contact (meeting_id, contact_date,
                               guardian_id, other_person, channel, direction, outcome)
                           VALUES (%s, '2026-01-01', %s, %s, 'sms', 'outgoing', 'sent')
                        """,
                        [meeting.id, guardian, other],
                    )

    def test_a_contact_of_the_past_is_logged(self):
        contact = self.log(self.record(), contact_date=self.day(-40))
        self.assertEqual(contact.contact_date, self.day(-40))

    def test_a_contact_is_not_in_the_future(self):
        with self.assertRefused("contact_date"):
            self.log(self.record(), contact_date=self.day(1))

    def test_today_is_the_day_of_the_user(self):
        # It is a day later there than in the zone of the others, at some hour.
        self.fm.tz = "Pacific/Kiritimati"
        meeting = self.record()
        today = self.contacts().default_get(["contact_date"])["contact_date"]
        self.assertEqual(
            self.log(meeting, contact_date=today).contact_date,
            self.log(meeting).contact_date,
        )

    def test_what_is_no_date_is_refused(self):
        meeting = self.record()
        for value in ("tomorrow", "2026-13-01", False, None, 5, ["2026-01-01"]):
            with self.subTest(value=value), self.assertRefused("contact_date"):
                self.log(meeting, contact_date=value)

    def test_what_is_no_choice_is_refused(self):
        meeting = self.record()
        for name in ("channel", "direction", "outcome"):
            for value in ("nonsense", False, None, 5, ["phone"], {}):
                with self.subTest(name, value=value), self.assertRefused(name):
                    self.log(meeting, **{name: value})

    def test_an_outcome_is_required(self):
        entry = self.entry(self.record())
        del entry["outcome"]
        with self.assertRefused("outcome"):
            self.contacts().create(entry)

    def test_all_faults_are_told_at_once(self):
        with self.assertRefused("contact_date", "outcome", "guardian_id"):
            self.log(
                self.record(),
                contact_date=self.day(1),
                outcome=False,
                guardian_id=False,
            )

    def test_a_text_that_can_not_be_stored_is_refused(self):
        meeting = self.record()
        with self.assertRefused("notes"):
            self.log(meeting, notes="nul\x00")
        with self.assertRefused("other_person"):
            self.log(meeting, guardian_id=False, other_person="nul\x00")

    def test_a_meeting_is_required(self):
        meeting = self.record()
        for value in (False, None, -1, 10**12, "x", True, [1]):
            with self.subTest(value=value), self.assertRefused("meeting_id"):
                self.log(meeting, meeting_id=value)

    def test_nothing_else_can_be_said(self):
        meeting = self.record()
        for name, value in (
            ("create_uid", self.boss.id),
            ("create_date", "2020-01-01 00:00:00"),
            ("student_id", self.ben.id),
            ("correction_ids", []),
            ("nonsense", 1),
        ):
            with self.subTest(name), self.assertRefused(name):
                self.log(meeting, **{name: value})

    def test_the_context_can_not_say_another_author(self):
        contact = (
            self.contacts()
            .with_context(
                default_create_uid=self.boss.id,
                default_create_date="2020-01-01 00:00:00",
                default_student_id=self.ben.id,
            )
            .create(self.entry(self.record()))
        )
        self.assertEqual(contact.create_uid, self.fm)
        self.assertEqual(contact.student_id, self.ada)
        self.assertGreater(contact.create_date.year, 2020)

    def test_a_contact_on_a_closed_meeting_is_logged(self):
        meeting = self.in_status("closed")
        self.assertEqual(self.log(meeting).meeting_id, meeting)

    def test_a_contact_on_an_archived_meeting_is_refused(self):
        meeting = self.archived()
        with self.assertRefused("meeting_id"):
            self.log(meeting, self.boss)
        with self.assertRefused("active"):
            meeting.with_user(self.boss).action_log_contact()

    def test_the_log_is_newest_first(self):
        meeting = self.record()
        days = [-3, 0, -9]
        for day in days:
            self.log(meeting, contact_date=self.day(day))
        meeting.invalidate_recordset()
        self.assertEqual(
            meeting.contact_ids.mapped("contact_date"),
            [self.day(day) for day in sorted(days, reverse=True)],
        )

    def test_the_student_stays_once_a_contact_is_logged(self):
        meeting = self.record()
        meeting.student_id = self.ben
        self.log(meeting)
        with self.assertRefused("student_id"):
            meeting.student_id = self.ada

    def test_guardians_with_a_log_are_not_deleted(self):
        self.log(self.record(), guardian_id=self.mother.id)
        contacts = self.contacts()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ForeignKeyViolation) as caught,
            self.env.cr.savepoint(),
        ):
            self.mother.unlink()
        # Who may delete contacts need not know of any case.
        message = contacts._sql_error_to_message(caught.exception)
        self.assertIn("Archive", message)
        self.assertNotIn("Guardian", message)
        self.mother.active = False

    def test_authors_of_a_log_are_not_deleted(self):
        meeting = self.record()
        author = self._new_user(
            "author", "intervention_tracking.group_intervention_admin"
        )
        self.log(meeting, author)
        with self.assertRaises(UserError):
            author.unlink()

    def test_the_log_survives_the_merge_of_two_contacts(self):
        contact = self.log(self.record(), guardian_id=self.mother.id)
        twin = self.env["res.partner"].create(
            {"name": "Mo T", "email": "mo@example.org"}
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.mother | twin).ids, twin
        )
        contact.invalidate_recordset()
        self.assertEqual(contact.guardian_id, twin)


@tagged("standard", "post_install", "-at_install")
class TestCorrections(FamilyCase):
    """A wrong entry stays, and another one takes its place."""

    def _correct(self, contact, user=None, **vals):
        return self.log(contact.meeting_id, user, corrects_id=contact.id, **vals)

    def test_a_correction_takes_the_place_of_an_entry(self):
        wrong = self.log(self.record())
        right = self._correct(wrong, outcome="no_answer")
        self.assertTrue(wrong.is_corrected)
        self.assertFalse(right.is_corrected)
        self.assertEqual(wrong.outcome, "reached")
        self.assertEqual((wrong.remark, right.remark), ("Corrected", "Correction"))
        self.assertEqual(wrong.outcome_text, "Reached (Corrected)")

    def test_an_entry_is_corrected_once(self):
        wrong = self.log(self.record())
        right = self._correct(wrong)
        with self.assertRefused("corrects_id"):
            self._correct(wrong)
        self.assertFalse(self._correct(right).is_corrected)

    def test_the_database_lets_an_entry_be_corrected_once(self):
        wrong = self.log(self.record())
        self._correct(wrong)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.cr.execute(
                """INSERT INTO intervention_contact (meeting_id, contact_date,
                       other_person, channel, direction, outcome, corrects_id)
                   VALUES (%s, '2026-01-01', 'Jo', 'sms', 'outgoing', 'sent', %s)""",
                [wrong.meeting_id.id, wrong.id],
            )

    def test_an_entry_of_another_meeting_is_not_corrected(self):
        wrong = self.log(self.record())
        other = self.record(root_cause="other")
        for value in (wrong.id, 10**12, "x", True):
            with self.subTest(value=value), self.assertRefused("corrects_id"):
                self.log(other, corrects_id=value)

    def test_what_was_entered_by_mistake_is_retracted_and_not_corrected(self):
        meeting = self.record()
        wrong = self.log(meeting)
        for user in (self.fm, self.boss):
            for corrects_id in (False, wrong.id):
                with self.subTest(user.login), self.assertRefused("outcome") as caught:
                    self.log(meeting, user, outcome="mistake", corrects_id=corrects_id)
                self.assertIn("Retract", str(caught.exception))
        with self.assertRaisesRegex(AccessError, "retract it"):
            wrong.sudo().unlink()

    def test_an_earlier_mistake_is_shown_and_can_be_corrected(self):
        wrong = self.log(self.record())
        mistake = self._earlier_mistake(wrong)
        self.assertEqual(mistake.outcome_text, "Entered by Mistake (Correction)")
        context = mistake.action_correct()["context"]
        self.assertNotIn("default_outcome", context)
        self.assertEqual(context["default_channel"], "phone")
        right = self._correct(mistake, outcome="agreed")
        self.assertEqual(mistake.action_view_correction()["res_id"], right.id)

    def test_the_guardian_of_that_time_is_named_again(self):
        wrong = self.log(self.record(), guardian_id=self.father.id)
        self.ada.guardian_ids = self.mother
        right = self._correct(wrong, guardian_id=self.father.id, outcome="declined")
        self.assertEqual(right.guardian_id, self.father)

    def test_the_dialog_is_filled_in_with_the_entry(self):
        wrong = self.log(
            self.record(),
            guardian_id=self.father.id,
            channel="sms",
            direction="incoming",
            contact_date=self.day(-3),
            notes="Yes",
        )
        action = wrong.action_correct()
        form = Form(
            self.contacts().with_context(**action["context"]),
            view="intervention_tracking.intervention_contact_view_form_log",
        )
        self.assertEqual(form.guardian_id, self.father)
        form.outcome = "declined"
        right = form.save()
        self.assertEqual(right.corrects_id, wrong)
        for name in ("channel", "direction", "contact_date", "notes"):
            self.assertEqual(right[name], wrong[name])

    def test_a_corrected_entry_leads_to_the_one_in_its_place(self):
        wrong = self.log(self.record())
        right = self._correct(wrong)
        action = wrong.action_view_correction()
        self.assertEqual(self.env[action["res_model"]].browse(action["res_id"]), right)

    def test_a_corrected_entry_has_no_dialog(self):
        wrong = self.log(self.record())
        self._correct(wrong)
        with self.assertRefused("corrects_id"):
            wrong.action_correct()


@tagged("standard", "post_install", "-at_install")
class TestContacted(FamilyCase):
    """Which families were not contacted yet."""

    def _assert_contacted(self, meetings):
        """These meetings count as contacted, and no others, in both ways."""
        seen = self.meetings(self.boss).search([])
        seen.invalidate_recordset()
        found = seen.search([("is_family_contacted", "=", True)])
        self.assertEqual(seen.filtered("is_family_contacted"), found)
        self.assertEqual(
            seen.search([("is_family_contacted", "=", False)]), seen - found
        )
        own = self.own
        self.assertEqual(
            found & own.with_user(self.boss), meetings.with_user(self.boss)
        )

    def setUp(self):
        super().setUp()
        self.own = self.record()

    def test_nobody_is_contacted_at_first(self):
        self._assert_contacted(self.own.browse())

    def test_the_outcome_tells(self):
        for outcome, contacted in OUTCOMES.items():
            student = self._new_student(f"Student {outcome}")
            student.guardian_ids = self.mother
            self.own = self.record(student_id=student.id)
            self.log(self.own, outcome=outcome)
            with self.subTest(outcome):
                self._assert_contacted(self.own if contacted else self.own.browse())

    def test_an_attempt_does_not_hide_a_contact(self):
        self.log(self.own)
        self.log(self.own, outcome="no_answer")
        self._assert_contacted(self.own)

    def test_a_corrected_entry_does_not_count(self):
        wrong = self.log(self.own)
        self.assertTrue(self.own.is_family_contacted)
        right = self.log(self.own, outcome="no_answer", corrects_id=wrong.id)
        self.assertFalse(self.own.is_family_contacted)
        self._assert_contacted(self.own.browse())
        self.log(self.own, outcome="agreed", corrects_id=right.id)
        self._assert_contacted(self.own)

    def test_a_mistake_does_not_count(self):
        self._earlier_mistake(self.log(self.own))
        self._assert_contacted(self.own.browse())

    def _correct(self, contact, user=None, **vals):
        return self.log(self.own, user, corrects_id=contact.id, **vals)

    def test_what_a_retracted_correction_corrected_counts_again(self):
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                student = self._new_student("Dee Test", guardian_ids=self.mother.ids)
                self.own = self.record(student_id=student.id)
                first = self.log(self.own)
                wrong = self._correct(first, outcome="no_answer")
                self._assert_contacted(self.own.browse())
                wrong.with_user(user).retract("Of another child")
                self._assert_contacted(self.own)
                self.assertFalse(first.is_corrected)
                self.assertEqual((first.remark, wrong.remark), (False, "Retracted"))
                again = self._correct(first, user, outcome="wrong_details")
                self._assert_contacted(self.own.browse())
                self.assertTrue(first.is_corrected)
                self.assertEqual(first.action_view_correction()["res_id"], again.id)
                with self.assertRefused("corrects_id"):
                    self._correct(first)

    def test_a_correction_of_a_retracted_one_keeps_its_place(self):
        first = self.log(self.own)
        second = self._correct(first, outcome="wrong_details")
        third = self._correct(second, outcome="no_answer")
        second.retract("Of another child")
        self._assert_contacted(self.own.browse())
        self.assertTrue(first.is_corrected)
        with self.assertRefused("corrects_id"):
            self._correct(first)
        third.retract("Of another child, too")
        self._assert_contacted(self.own)
        self.assertEqual(first.remark, False)
        self.assertFalse(self._correct(first).is_corrected)

    def test_the_log_without_corrected_ones_has_what_counts(self):
        first = self.log(self.own)
        second = self._correct(first)
        self._earlier_mistake(self.log(self.own))
        arch = self.contacts().get_view(view_type="search")["arch"]
        [node] = etree.fromstring(arch).xpath("//filter[@name='in_force']")
        domain = [("meeting_id", "=", self.own.id), *literal_eval(node.get("domain"))]
        self.assertEqual(self.contacts().search(domain), second)
        second.retract("Of another child")
        self.assertEqual(self.contacts().search(domain), first)

    def test_both_values_at_once_are_everything(self):
        meetings = self.meetings(self.fm)
        self.assertEqual(
            meetings.search([("is_family_contacted", "in", [True, False])]),
            meetings.search([]),
        )

    def test_the_filter_finds_active_cases(self):
        closed = self.in_status("closed", root_cause="other")
        view = self.env.ref(
            "intervention_tracking.intervention_meeting_view_search_family"
        )
        self.assertIn("family_not_contacted", view.arch)
        found = self.meetings(self.fm).search(
            [("is_family_contacted", "=", False), ("status", "!=", "closed")]
        )
        self.assertIn(self.own, found)
        self.assertNotIn(closed, found)

    def test_it_takes_one_statement_for_many(self):
        meetings = self.own
        for cause in ("other", "family", "financial"):
            meetings |= self.record(root_cause=cause)
        counts = []
        for records in (self.own, self.own, meetings):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("is_family_contacted")
            counts.append(self.env.cr.sql_log_count - before)
        # The first run fills the caches of the registry.
        self.assertEqual(counts[1], counts[2])

    def test_the_dialog_of_progress_tells_it(self):
        track = (
            self.env["intervention.track"]
            .with_user(self.fm)
            .create({"meeting_id": self.own.id, "status": "escalated"})
        )
        self.assertFalse(track.is_family_contacted)
        self.log(self.own)
        track.invalidate_recordset()
        self.assertTrue(track.is_family_contacted)


@tagged("standard", "post_install", "-at_install")
class TestContactRights(FamilyCase):
    """Section 2 of the design, for the log."""

    def setUp(self):
        super().setUp()
        self.own = self.record()
        self.other = self.record(self.fm2, student_id=self.ben.id)
        self.own_contact = self.log(self.own)
        self.other_contact = self.log(self.other, self.fm2)
        self.outsiders = (self.public, self.portal, self.staff)

    def test_rights(self):
        for user in (*self.outsiders, self.fm, self.boss):
            allowed = {
                operation
                for operation in ("read", "write", "create", "unlink")
                if self.contacts(user).has_access(operation)
            }
            expected = set() if user in self.outsiders else {"read", "create"}
            with self.subTest(user.login):
                self.assertEqual(allowed, expected)

    def test_outsiders_do_nothing(self):
        for user in self.outsiders:
            contacts = self.contacts(user)
            for name, action in {
                "search": lambda c=contacts: c.search([]),
                "search_count": lambda c=contacts: c.search_count([]),
                "group": lambda c=contacts: c._read_group([], ["channel"]),
                "read": lambda u=user: self.own_contact.with_user(u).read(["notes"]),
                "create": lambda u=user: self.log(self.own, u),
                "correct": lambda u=user: self.own_contact.with_user(
                    u
                ).action_correct(),
                "log": lambda u=user: self.own.with_user(u).action_log_contact(),
                "letter": lambda u=user: self.own.with_user(
                    u
                ).action_write_to_guardian(),
            }.items():
                self.env.invalidate_all()
                with self.subTest(name, user=user.login):
                    with self.assertRaises(AccessError):
                        action()

    def test_outsiders_see_no_contacts_on_a_student(self):
        for user in self.outsiders:
            students = self.env["res.partner"].with_user(user)
            self.assertNotIn("intervention_contact_ids", students.fields_get())
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.ada.with_user(user).read(["intervention_contact_ids"])

    def test_a_form_master_sees_the_contacts_of_own_meetings_only(self):
        for user, seen in (
            (self.fm, self.own_contact),
            (self.fm2, self.other_contact),
        ):
            self.assertEqual(self.contacts(user).search([]), seen)

    def test_a_form_master_reads_no_contact_of_another(self):
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.other_contact.with_user(self.fm).read(["notes"])

    def test_a_form_master_logs_nothing_on_a_meeting_of_another(self):
        for action in (
            lambda: self.log(self.other),
            lambda: self.other.with_user(self.fm).action_log_contact(),
            lambda: self.other.with_user(self.fm).action_write_to_guardian(),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                action()

    def test_an_administrator_reads_and_logs_everywhere(self):
        contact = self.log(self.other, self.boss)
        self.assertEqual(contact.create_uid, self.boss)
        self.assertLessEqual(
            {self.own_contact.id, self.other_contact.id, contact.id},
            set(self.contacts(self.boss).search([]).ids),
        )

    def test_contacts_of_an_archived_meeting_are_for_administrators(self):
        self.own.unlink()
        self.assertFalse(self.contacts(self.fm).search([]))
        self.assertIn(self.own_contact, self.contacts(self.boss).search([]))

    def test_contacts_follow_the_meeting_to_its_new_owner(self):
        self.own.with_user(self.boss).form_master_id = self.fm2
        self.assertFalse(self.contacts(self.fm).search([]))
        self.assertIn(self.own_contact, self.contacts(self.fm2).search([]))

    def test_a_student_has_the_contacts_that_the_user_sees(self):
        theirs = self.record(self.fm2, root_cause="other")
        contact = self.log(theirs, self.fm2)
        for user, seen in (
            (self.fm, self.own_contact),
            (self.fm2, contact),
            (self.boss, self.own_contact | contact),
        ):
            self.env.invalidate_all()
            with self.subTest(user.login):
                self.assertEqual(
                    self.ada.with_user(user).intervention_contact_ids,
                    seen.with_user(user),
                )

    def test_contacts_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other School"})
        elsewhere = self._new_user(
            "elsewhere",
            ADMIN,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self.contacts(elsewhere).search([]))
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.own_contact.with_user(elsewhere).read(["notes"])
        with self.assertRaises(AccessError):
            self.log(self.own, elsewhere)


@tagged("standard", "post_install", "-at_install")
class TestContactAppendOnly(FamilyCase):
    """The log is neither edited nor deleted, whoever asks."""

    def setUp(self):
        super().setUp()
        self.meeting = self.record()
        self.contact = self.log(self.meeting, notes="Yeti-said")
        self.flush_tracking()

    def _everybody(self):
        for user in (self.fm, self.fm2, self.boss, self.staff, self.portal):
            yield user.login, self.contact.with_user(user)
        yield "superuser", self.contact.sudo()

    def test_nobody_edits_an_entry(self):
        for name, contact in self._everybody():
            for vals in ({"notes": "Forged"}, {"outcome": "agreed"}, {}):
                with self.subTest(name, vals=vals), self.assertRaises(AccessError):
                    contact.write(vals)

    def test_nobody_deletes_an_entry(self):
        for name, contact in self._everybody():
            with self.subTest(name), self.assertRaises(AccessError):
                contact.unlink()

    def test_the_log_can_not_be_changed_through_the_meeting_or_the_student(self):
        for record, name in (
            (self.meeting, "contact_ids"),
            (self.ada, "intervention_contact_ids"),
        ):
            for command in (
                Command.update(self.contact.id, {"notes": "Forged"}),
                Command.delete(self.contact.id),
                Command.clear(),
            ):
                for user in (self.fm, self.boss, self.env.user):
                    with self.subTest(name, command=command, user=user.login):
                        with self.assertRaises(AccessError):
                            record.with_user(user).write({name: [command]})

    def _assert_refused_by_database(self, query, *params):
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation) as caught:
            self.env.cr.execute(query, params)
        self.assertIn("intervention_contact is append-only", str(caught.exception))

    def test_the_database_refuses_to_edit(self):
        for column, value in (
            ("meeting_id", self.meeting.id),
            ("contact_date", "2020-01-01"),
            ("other_person", "Forged"),
            ("channel", "sms"),
            ("direction", "incoming"),
            ("outcome", "agreed"),
            ("notes", "Forged"),
            ("corrects_id", None),
            ("create_uid", self.boss.id),
            ("create_date", "2020-01-01"),
        ):
            with self.subTest(column):
                self._assert_refused_by_database(
                    f"UPDATE intervention_contact SET {column} = %s WHERE id = %s",
                    value,
                    self.contact.id,
                )

    def test_the_database_refuses_to_delete(self):
        self._assert_refused_by_database(
            "DELETE FROM intervention_contact WHERE id = %s", self.contact.id
        )
        self._assert_refused_by_database("TRUNCATE intervention_contact CASCADE")

    def test_the_database_keeps_a_meeting_with_a_log(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(ForeignKeyViolation):
            self.env.cr.execute(
                "DELETE FROM intervention_meeting WHERE id = %s", [self.meeting.id]
            )

    def test_the_database_keeps_who_wrote(self):
        self.add_update(self.meeting)
        self.env.cr.execute(
            """SELECT conrelid::regclass::text, confdeltype
                 FROM pg_constraint
                WHERE contype = 'f' AND conname LIKE '%%create_uid%%'
                  AND conrelid IN ('intervention_contact'::regclass,
                                   'intervention_progress'::regclass)"""
        )
        self.assertCountEqual(
            self.env.cr.fetchall(),
            [("intervention_contact", "r"), ("intervention_progress", "r")],
        )

    def test_a_refused_statement_is_logged_without_its_values(self):
        with self.assertLogs("odoo.sql_db", "ERROR") as log:
            with self.assertRaises(RestrictViolation):
                self.env.cr.execute(
                    "UPDATE intervention_contact SET notes = 'Yeti-forged'"
                )
        self.assertNotIn("Yeti", "\n".join(log.output))

    @mute_logger("odoo.sql_db")
    def test_uninstalling_lets_go_of_the_log(self):
        uninstall_hook(self.env)
        self.env.cr.execute("SELECT count(*) FROM intervention_contact")
        self.assertEqual(self.env.cr.fetchone(), (0,))


@tagged("standard", "post_install", "-at_install")
class TestContactToken(FamilyCase):
    """What the dialog sends twice is logged once."""

    def sending(self, token="0123456789abcdef", user=None):
        return self.contacts(user).with_context(intervention_token=token)

    def test_a_repeat_logs_nothing_and_answers_as_the_first_did(self):
        meeting = self.record()
        entry = self.entry(meeting, notes="Calls back.")
        first = self.sending().web_save(entry, {"notes": {}})
        self.assertEqual(self.sending().web_save(entry, {"notes": {}}), first)
        self.assertEqual(meeting.contact_ids.ids, [first[0]["id"]])

    def test_a_repeated_correction_takes_the_place_of_the_entry_once(self):
        meeting = self.record()
        wrong = self.log(meeting)
        entry = self.entry(meeting, outcome="no_answer", corrects_id=wrong.id)
        correction = self.sending().create(entry)
        self.assertEqual(self.sending().create(entry), correction)
        self.assertEqual(meeting.contact_ids, wrong | correction)

    def test_a_repeat_with_other_text_is_refused_and_says_what_there_is(self):
        meeting = self.record()
        contact = self.sending().create(self.entry(meeting, notes="Calls back."))
        with self.assertRaisesRegex(ValidationError, "earlier attempt") as caught:
            self.sending().create(self.entry(meeting, notes="Agreed."))
        self.assertEqual(caught.exception.context, {"intervention_made": contact.id})
        self.assertEqual(meeting.contact_ids, contact)

    def test_a_refused_entry_leaves_its_token_free(self):
        meeting = self.record()
        with self.assertRefused("outcome"), self.env.cr.savepoint():
            self.sending().create(self.entry(meeting, outcome=False))
        self.assertTrue(self.sending().create(self.entry(meeting)))

    def test_several_entries_with_one_token_are_logged_once(self):
        meeting = self.record()
        entries = [self.entry(meeting), self.entry(meeting, channel="sms")]
        logged = self.sending().create(entries)
        self.assertEqual(len(logged), 2)
        self.assertEqual(self.sending().create(entries), logged)
        self.assertEqual(meeting.contact_ids, logged)

    def test_who_may_log_nothing_may_not_with_a_token_either(self):
        entry = self.entry(self.record())
        self.sending().create(entry)
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.sending(user=user).create(entry)

    def test_a_letter_to_two_guardians_is_logged_for_both(self):
        meeting = self.record()
        meeting.with_context(intervention_token="0123456789abcdef").message_post(
            body="Please get in touch.",
            message_type="comment",
            partner_ids=(self.mother | self.father).ids,
        )
        self.assertEqual(meeting.contact_ids.guardian_id, self.mother | self.father)


@tagged("standard", "post_install", "-at_install")
class TestContactScreens(FamilyCase):
    """The dialogs, as the web client fills them in."""

    def _dialog(self, action, user=None):
        return Form(
            self.contacts(user).with_context(**action["context"]),
            view="intervention_tracking.intervention_contact_view_form_log",
        )

    def test_the_only_guardian_is_chosen_already(self):
        meeting = self.record(student_id=self.ben.id)
        form = self._dialog(meeting.action_log_contact())
        self.assertEqual(form.guardian_id, self.grandmother)
        self.assertEqual(form.contact_date, self.day(0))
        form.outcome = "no_answer"
        self.assertEqual(form.save().meeting_id, meeting)

    def test_of_several_guardians_one_has_to_be_chosen(self):
        form = self._dialog(self.record().action_log_contact())
        self.assertFalse(form.guardian_id)
        form.guardian_id = self.father
        form.outcome = "reached"
        self.assertEqual(form.save().guardian_id, self.father)

    def test_choosing_another_meeting_clears_a_guardian_of_the_first(self):
        other = self.record(student_id=self.cy.id)
        form = self._dialog(self.record(student_id=self.ben.id).action_log_contact())
        form.meeting_id = other
        self.assertFalse(form.guardian_id)

    def test_a_guardian_in_the_list_is_chosen_already(self):
        meeting = self.record()
        guardian = self.father.with_user(self.fm)
        action = guardian.with_context(
            intervention_meeting_id=meeting.id
        ).action_log_family_contact()
        self.assertEqual(self._dialog(action).guardian_id, self.father)

    def test_a_student_has_the_newest_active_case_chosen(self):
        self.record(meeting_date=self.day(-9))
        newest = self.record(root_cause="other", meeting_date=self.day(-2))
        self.in_status("closed", root_cause="family")
        action = self.ada.with_user(self.fm).action_log_family_contact()
        self.assertEqual(action["context"]["default_meeting_id"], newest.id)

    def test_a_student_with_closed_cases_has_the_newest_chosen(self):
        closed = self.in_status("closed")
        action = self.ada.with_user(self.fm).action_log_family_contact()
        self.assertEqual(action["context"]["default_meeting_id"], closed.id)

    def test_a_student_without_a_case_of_the_user_has_none(self):
        self.record(self.fm2)
        for method in ("action_log_family_contact", "action_write_to_guardian"):
            with self.subTest(method), self.assertRaises(UserError) as caught:
                getattr(self.ada.with_user(self.fm), method)()
            self.assertIn("Record one first", str(caught.exception))

    def test_the_dialog_finds_the_case_of_a_student(self):
        self.record(self.fm2, root_cause="other")
        own = self.record(student_id=self.ada.id)
        for_ada = {"intervention_student_id": self.ada.id}
        form = self._dialog({"context": for_ada})
        self.assertEqual(form.meeting_id, own)
        for_ben = {"intervention_student_id": self.ben.id}
        with self.assertRaises(UserError) as caught:
            self._dialog({"context": for_ben})
        self.assertIn("Record one first", str(caught.exception))
        # What a dialog starts with is no default of an entry.
        with self.assertRefused("meeting_id"):
            self.contacts().with_context(**for_ada).create(
                {"guardian_id": self.father.id, "outcome": "reached"}
            )

    def test_the_dialog_of_a_correction_knows_the_entry(self):
        meeting = self.record()
        wrong = self.log(meeting, channel="sms", notes="Yes")
        correcting = {"context": {"default_corrects_id": wrong.id}}
        form = self._dialog(correcting)
        self.assertEqual(
            (form.meeting_id, form.channel, form.notes), (meeting, "sms", "Yes")
        )
        with self.assertRaises(AccessError):
            self._dialog(correcting, self.fm2)
        self.log(meeting, corrects_id=wrong.id)
        with self.assertRefused("corrects_id"):
            self._dialog(correcting)

    def test_an_archived_case_has_no_dialog(self):
        meeting = self.record()
        meeting.sudo().active = False
        with self.assertRefused("active"):
            self._dialog({"context": {"default_meeting_id": meeting.id}}, self.boss)

    def test_a_meeting_is_found_by_the_student(self):
        meeting = self.record()
        for text in ("Ada", "T-0001"):
            found = self.meetings(self.fm).name_search(text)
            with self.subTest(text):
                self.assertEqual([each[0] for each in found], meeting.ids)

    def test_a_case_is_chosen_by_cause_and_status_active_ones_first(self):
        active = self.record(meeting_date=self.day(-9))
        closed = self.in_status("closed", root_cause="other")
        cases = self.meetings(self.fm).with_context(intervention_case_choice=True)
        for limit in (None, 8):
            found = cases.name_search("Ada", limit=limit)
            self.assertEqual([each[0] for each in found], [active.id, closed.id])
        self.assertRegex(found[0][1], r"^Ada Test: Health Issue \(Open, .+\)$")
        self.assertRegex(found[1][1], r"^Ada Test: Other \(Closed, .+\)$")
        self.assertEqual(cases.name_search("Ada", limit=1), found[:1])
        self.assertEqual(cases.name_search("Ada", [("id", "=", closed.id)]), found[1:])

    def test_elsewhere_a_case_is_not_named_by_its_cause(self):
        meeting = self.record()
        [(_id, name)] = self.meetings(self.fm).name_search("Ada")
        self.assertEqual(name, meeting.display_name)
        self.assertDiscreet(name)

    def _assert_required(self, values, guardian, other_person):
        """Tell which of the two persons the dialog asks for."""
        form = Form(
            self.contacts().with_context(**values),
            view="intervention_tracking.intervention_contact_view_form_log",
        )
        self.assertEqual(form._get_modifier("guardian_id", "required"), guardian)
        self.assertEqual(form._get_modifier("other_person", "required"), other_person)

    def test_the_dialog_asks_for_a_guardian_or_another_person(self):
        own = self.record().id
        without_guardian = self.record(student_id=self.cy.id).id
        for values, guardian, other_person in (
            ({}, True, False),
            ({"default_meeting_id": own}, True, False),
            ({"default_meeting_id": own, "default_other_person": "Jo"}, False, False),
            ({"default_meeting_id": without_guardian}, False, True),
        ):
            with self.subTest(values):
                self._assert_required(values, guardian, other_person)

    def test_a_long_list_takes_as_many_statements_as_a_short_one(self):
        meetings = self.record() | self.record(root_cause="other")
        for number in range(20):
            self.log(meetings[number % 2], notes=f"Call {number}")
        names = {
            node.get("name"): {"fields": {"display_name": {}}}
            if self.contacts()._fields[node.get("name")].relational
            else {}
            for node in etree.fromstring(
                self.contacts().get_view(
                    self.env.ref(
                        "intervention_tracking.intervention_contact_view_list"
                    ).id,
                    "list",
                )["arch"]
            ).iter("field")
        }
        counts = []
        for limit in (20, 1, 20):
            self.flush_tracking()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.contacts().web_search_read([], names, limit=limit)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(found["records"]), limit)
        # The first run fills the caches of the registry.
        self.assertEqual(counts[1], counts[2])

    def test_the_form_of_a_meeting_shows_the_log(self):
        meeting = self.record()
        self.log(meeting)
        form = Form(meeting)
        self.assertEqual(len(form.contact_ids), 1)
        self.assertEqual(len(form.guardian_ids), 2)
