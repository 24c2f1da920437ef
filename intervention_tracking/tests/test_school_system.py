"""A link to a school system, with contacts and working hours in the place of one."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .attendance_common import AttendanceCase
from .common import ADMIN, FORM_MASTER

PRESENT, ABSENT, LATE = "here", "away", "late"


class SchoolSystemCase(AttendanceCase):
    """Pupils are contacts of a category, in an industry, which stands for their class.

    Their marks are leaves of the resources of their users; those of type *leave* are
    final.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pupil = cls.env["res.partner.category"].create({"name": "Pupil"})
        cls.room_a, cls.room_b = cls.env["res.partner.industry"].create(
            [
                {"name": "Room 1", "full_name": "R1"},
                {"name": "Room 2", "full_name": "R2"},
            ]
        )
        cls.mother = cls.env["res.partner"].create({"name": "Mother Test"})
        cls.dora = cls._new_pupil("Dora Test", "D-1", cls.room_a)
        cls.eli = cls._new_pupil("Eli Test", "D-2", cls.room_b)
        cls.dora.parent_id = cls.mother
        cls.resources = {
            partner: cls.env["resource.resource"].create(
                {"name": partner.name, "user_id": partner.user_ids.id}
            )
            for partner in (cls.dora, cls.eli)
        }
        # Staff see nobody's leaves but their own.
        cls.own_leaves = cls.env.ref(
            "resource.resource_calendar_leaves_rule_group_user_create"
        )
        cls.own_leaves.active = False
        cls.systems = cls.env["intervention.school.system"]
        cls.system = cls._new_system()

    @classmethod
    def _new_pupil(cls, name, number, room):
        user = cls._new_user(name.lower().replace(" ", "."), "base.group_portal")
        user.partner_id.write(
            {
                "name": name,
                "ref": number,
                "industry_id": room.id,
                "category_id": [Command.link(cls.pupil.id)],
            }
        )
        return user.partner_id

    @classmethod
    def _new_system(cls, user=None, **vals):
        return cls.systems.with_user(user or cls.boss).create(
            {
                "name": "Test System",
                "student_model": "res.partner",
                "student_domain": "[('category_id.name', '=', 'Pupil')]",
                "student_partner": "id",
                "student_number": "ref",
                "enrolment_class": "industry_id",
                "class_name": "name",
                "class_code": "full_name",
                "guardian_model": "res.partner",
                "guardian_domain": "[('parent_id', '!=', False)]",
                "guardian_student": "id",
                "guardian_partner": "parent_id",
                "mark_model": "resource.calendar.leaves",
                "mark_student": "resource_id.user_id.partner_id",
                "mark_date": "date_from",
                "mark_state": "time_type",
                "final_states": "leave",
                "meaning_ids": [
                    Command.create({"path": "name", "value": value, "meaning": meaning})
                    for value, meaning in (
                        (ABSENT, "unexcused"),
                        (LATE, "late"),
                        (PRESENT, "present"),
                    )
                ],
                **vals,
            }
        )

    def add_mark(self, partner, day, says, **vals):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": says,
                "resource_id": self.resources[partner].id,
                "date_from": f"{day} 08:00:00",
                "date_to": f"{day} 09:00:00",
                "time_type": "leave",
                **vals,
            }
        )

    def link(self):
        self.system.action_link()
        return self.system

    def found(self, kind):
        return self.system.line_ids.filtered(lambda line: line.kind == kind)


@tagged("standard", "post_install", "-at_install")
class TestSchoolSystem(SchoolSystemCase):
    def test_a_preview_tells_what_is_there_and_changes_nothing(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.system.action_preview()
        self.assertFalse(self.system.problem)
        self.assertEqual(self.system.student_count, 2)
        self.assertEqual(self.system.class_count, 2)
        self.assertEqual(self.system.guardian_count, 1)
        self.assertEqual(self.system.mark_count, 1)
        self.assertEqual(self.system.new_count, 2)
        self.assertEqual(set(self.found("new").partner_id), {self.dora, self.eli})
        self.assertFalse(self.dora.is_intervention_student)
        self.assertFalse(self.days.search([("student_id", "=", self.dora.id)]))
        self.assertEqual(self.system.state, "draft")

    def test_one_click_takes_students_classes_guardians_and_marks_over(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.link()
        self.assertTrue(self.dora.is_intervention_student)
        self.assertEqual(self.dora.student_number, "D-1")
        self.assertEqual(self.dora.school_class_id.name, "Room 1")
        self.assertEqual(self.dora.guardian_ids, self.mother)
        self.assertEqual(self.dora.school_system_id, self.system)
        self.assertEqual(self.dora.school_class_id.school_system_id, self.system)
        day = self.day_of(self.dora, self.TODAY)
        self.assertEqual((day.absent, day.source_id), (1, self.system.source_id))
        self.assertEqual(self.system.source_id.kind, "model")
        self.assertEqual(self.system.day_new_count, 1)

    def test_a_second_look_without_a_change_does_nothing(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.link()
        at = self.day_of(self.dora, self.TODAY).updated_at
        self.system.action_look()
        self.assertEqual(
            [self.system[f"{name}_count"] for name in ("new", "changed", "left")],
            [0, 0, 0],
        )
        self.assertEqual(self.system.day_new_count + self.system.day_changed_count, 0)
        self.assertEqual(self.day_of(self.dora, self.TODAY).updated_at, at)

    def test_what_changes_there_changes_here(self):
        self.link()
        self.dora.write({"ref": "D-9", "industry_id": self.room_b.id})
        self.system.action_look()
        self.assertEqual(self.dora.student_number, "D-9")
        self.assertEqual(self.dora.school_class_id, self.eli.school_class_id)
        self.assertEqual(self.system.changed_count, 1)

    def test_numbers_may_change_places(self):
        self.link()
        self.dora.ref, self.eli.ref = "D-2", "D-1"
        self.system.action_look()
        self.assertEqual(
            (self.dora.student_number, self.eli.student_number), ("D-2", "D-1")
        )

    def test_who_is_no_longer_enrolled_has_left_and_comes_back(self):
        self.link()
        self.dora.category_id = False
        self.system.action_look()
        self.assertEqual(self.dora.student_left_on, self.TODAY)
        self.assertTrue(self.dora.is_intervention_student)
        self.assertEqual(self.found("left").partner_id, self.dora)
        self.dora.category_id = self.pupil
        self.system.action_look()
        self.assertFalse(self.dora.student_left_on)

    def test_a_class_without_students_is_archived_and_comes_back(self):
        self.link()
        room = self.dora.school_class_id
        self.dora.industry_id = self.room_b
        self.system.action_look()
        self.assertFalse(room.active)
        self.dora.industry_id = self.room_a
        self.system.action_look()
        self.assertTrue(room.active)
        self.assertEqual(self.dora.school_class_id, room)

    def test_a_mark_is_corrected_and_taken_back_with_a_trace(self):
        mark = self.add_mark(self.dora, self.TODAY, ABSENT)
        self.link()
        mark.name = PRESENT
        self.system.action_look()
        self.assertEqual(self.day_of(self.dora, self.TODAY).absent, 0)
        mark.time_type = "other"
        self.system.action_look()
        self.assertFalse(self.day_of(self.dora, self.TODAY))
        self.assertEqual(self.system.day_gone_count, 1)
        self.assertEqual(self.system.open_register_count, 1)
        changes = self.changes.search([("student_id", "=", self.dora.id)])
        self.assertEqual(sorted(changes.mapped("is_unknown")), [False, True])

    def test_a_deleted_mark_is_taken_back(self):
        mark = self.add_mark(self.dora, self.TODAY, ABSENT)
        other = self.add_mark(self.eli, self.TODAY, LATE)
        self.link()
        mark.unlink()
        self.system.action_look()
        self.assertFalse(self.day_of(self.dora, self.TODAY))
        self.assertTrue(self.day_of(self.eli, self.TODAY).is_late)
        other.date_from = f"{self.TODAY - timedelta(days=1)} 08:00:00"
        self.system.action_look()
        self.assertFalse(self.day_of(self.eli, self.TODAY))
        self.assertTrue(self.day_of(self.eli, self.TODAY - timedelta(days=1)).is_late)

    def test_several_marks_of_a_day_are_folded(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.add_mark(self.dora, self.TODAY, PRESENT)
        self.link()
        self.assertEqual(self.day_of(self.dora, self.TODAY).absent, 0.5)

    def test_marks_that_say_nothing_leave_a_day_unknown(self):
        self.add_mark(self.dora, self.TODAY, "nonsense")
        self.add_mark(self.dora, self.TODAY + timedelta(days=3), ABSENT)
        self.link()
        self.assertFalse(self.days.search([("student_id", "=", self.dora.id)]))
        self.assertEqual(self.system.unknown_mark_count, 1)
        self.assertEqual(self.system.left_out_count, 1)

    def test_the_first_that_holds_counts_and_contradictions_are_counted(self):
        self.system.meaning_ids = [
            Command.create(
                {
                    "path": "time_type",
                    "value": "leave",
                    "meaning": "excused",
                    "sequence": 99,
                }
            )
        ]
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.link()
        day = self.day_of(self.dora, self.TODAY)
        self.assertEqual((day.absent, day.excused), (1, 0))
        self.assertEqual(self.system.contradiction_count, 1)
        self.assertEqual(self.found("contradiction").partner_id, self.dora)

    def test_a_day_left_out_arrives_when_it_becomes_one(self):
        sunday = self.TODAY - timedelta(days=5)
        self.add_mark(self.dora, sunday, ABSENT)
        self.link()
        self.assertEqual(self.system.left_out_count, 1)
        calendar = self.env.company.resource_calendar_id
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Sunday",
                    "dayofweek": "6",
                    "hour_from": 8,
                    "hour_to": 12,
                    "day_period": "morning",
                }
            )
        ]
        self.system.action_look()
        self.assertEqual(self.day_of(self.dora, sunday).absent, 1)

    def test_unlinking_leaves_everything_and_can_be_undone(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.link()
        self.system.action_unlink()
        self.assertEqual(self.system.state, "draft")
        self.assertEqual(self.dora.student_number, "D-1")
        self.assertEqual(self.dora.guardian_ids, self.mother)
        self.assertEqual(self.day_of(self.dora, self.TODAY).absent, 1)
        self.dora.student_number = "MINE"
        self.link()
        self.assertEqual(self.dora.student_number, "D-1")
        self.assertEqual(self.system.day_new_count, 0)

    def test_a_form_master_is_chosen_here_and_kept(self):
        self.link()
        room = self.dora.school_class_id
        room.form_master_id = self.fm
        self.system.action_look()
        self.assertEqual(room.form_master_id, self.fm)


@tagged("standard", "post_install", "-at_install")
class TestSchoolSystemPeople(SchoolSystemCase):
    def test_two_with_one_number_have_none(self):
        self.eli.ref = "d-1"
        self.link()
        self.assertFalse(self.dora.student_number)
        self.assertFalse(self.eli.student_number)
        self.assertEqual(self.system.same_number_count, 2)

    def test_a_number_that_somebody_here_has_is_left_out(self):
        self.dora.ref = self.ada.student_number
        self.link()
        self.assertFalse(self.dora.student_number)
        self.assertIn(self.ada.name, self.found("same_number").text)

    def test_who_has_no_number_is_linked_all_the_same(self):
        self.dora.ref = False
        self.link()
        self.assertTrue(self.dora.is_intervention_student)
        self.assertEqual(self.found("no_number").partner_id, self.dora)

    def test_classes_called_the_same_have_their_codes(self):
        self.room_b.name = "room1"
        self.link()
        self.assertEqual(self.dora.school_class_id.name, "Room 1 (R1)")
        self.assertEqual(self.eli.school_class_id.name, "room1 (R2)")

    def test_a_class_that_is_here_already_is_taken(self):
        self.room_a.name = self.class_a.name
        self.link()
        self.assertEqual(self.dora.school_class_id, self.class_a)
        self.assertEqual(self.class_a.form_master_id, self.fm)

    def test_a_guardian_who_is_a_student_is_refused(self):
        self.dora.parent_id = self.eli
        self.link()
        self.assertFalse(self.dora.guardian_ids)
        self.assertEqual(self.system.refused_guardian_count, 1)

    def test_guardians_entered_here_stay(self):
        other = self.env["res.partner"].create({"name": "Aunt Test"})
        self.dora.guardian_ids = other
        self.link()
        self.assertEqual(self.dora.guardian_ids, self.mother | other)
        self.dora.parent_id = False
        self.system.action_look()
        self.assertEqual(self.dora.guardian_ids, other)

    def test_an_archived_contact_is_told(self):
        self.dora.user_ids.active = False
        self.dora.active = False
        self.system.student_domain = (
            "[('category_id.name', '=', 'Pupil'), ('active', 'in', [True, False])]"
        )
        self.link()
        self.assertEqual(self.found("archived").partner_id, self.dora)
        self.assertFalse(self.dora.active)

    def test_who_is_of_another_school_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other School"})
        stranger = self.env["res.partner"].create(
            {
                "name": "Stranger Test",
                "company_id": other.id,
                "category_id": [Command.link(self.pupil.id)],
            }
        )
        self.boss.company_ids |= other
        self.env["ir.rule"].search(
            [("model_id.model", "=", "res.partner")]
        ).active = False
        self.link()
        self.assertFalse(stranger.is_intervention_student)
        self.assertEqual(self.found("elsewhere").partner_id, stranger)

    def test_merging_linked_contacts_goes_on(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        double = self._new_student("Dora Double", "X-7", self.class_a)
        self.link()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.dora | double).ids, double, extra_checks=False
        )
        self.assertFalse(self.dora.exists())
        self.assertEqual(double.school_system_id, self.system)
        self.assertEqual(self.day_of(double, self.TODAY).absent, 1)

    def test_merging_a_double_into_a_linked_contact_goes_on(self):
        double = self._new_student("Dora Double", "X-7", self.class_a)
        self.link()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.dora | double).ids, self.dora, extra_checks=False
        )
        self.system.action_look()
        self.assertEqual(self.dora.student_number, "D-1")
        self.assertEqual(self.dora.school_class_id.name, "Room 1")


@tagged("standard", "post_install", "-at_install")
class TestSchoolSystemRules(SchoolSystemCase):
    def test_what_is_kept_there_is_not_changed_here(self):
        self.link()
        keeper = self._new_user(
            "keeper", "base.group_partner_manager,base.group_system"
        )
        dora = self.dora.with_user(keeper)
        for vals in (
            {"student_number": "X"},
            {"school_class_id": self.class_a.id},
            {"student_left_on": self.TODAY},
            {"is_intervention_student": False},
            {"guardian_ids": [Command.clear()]},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError) as caught:
                dora.write(vals)
            self.assertIn(self.system.name, str(caught.exception))
        dora.write({"student_number": "D-1", "phone": "123"})

    def test_a_linked_class_is_not_renamed_here(self):
        self.link()
        room = self.dora.school_class_id.with_user(self.boss)
        for vals in ({"name": "X"}, {"active": False}):
            with self.subTest(vals), self.assertRaises(ValidationError):
                room.write(vals)

    def test_students_are_not_made_here_while_a_link_is_active(self):
        self.link()
        with self.assertRaises(ValidationError) as caught:
            self._new_student("New Test")
        self.assertIn(self.system.name, str(caught.exception))
        self.system.action_unlink()
        self._new_student("New Test")

    def test_students_of_here_are_still_changed_here(self):
        self.link()
        self.ada.student_number = "T-0099"
        self.ada.school_class_id = self.class_b

    def test_only_administrators_of_interventions_link(self):
        for user in (self.fm, self.staff, self.portal):
            with self.subTest(user.login):
                system = self.system.with_user(user)
                for method in ("preview", "link", "look", "unlink", "open"):
                    with self.assertRaises(AccessError):
                        getattr(system, f"action_{method}")()

    def test_nobody_reads_with_the_rights_of_others(self):
        other = self._new_user("boss2", ADMIN)
        with self.assertRefused("user_id"):
            self.system.with_user(self.boss).user_id = other
        with self.assertRefused("user_id"):
            self.system.with_user(other).student_domain = "[]"
        self.system.with_user(other).action_preview()

    def test_a_user_who_sees_nothing_there_is_named(self):
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner.industry")]
        ).active = False
        with self.assertRaises(UserError) as caught:
            self.system.action_link()
        self.assertIn("res.partner.industry", str(caught.exception))
        self.assertIn(self.boss.name, str(caught.exception))
        self.assertFalse(self.dora.is_intervention_student)

    def test_marks_that_may_not_be_read_are_left_out(self):
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "resource.calendar.leaves")]
        ).active = False
        self.link()
        self.assertTrue(self.dora.is_intervention_student)
        self.assertIn("resource.calendar.leaves", self.found("lack").text)

    def test_an_end_of_a_class_that_may_not_be_read_is_left_out(self):
        self.system.class_end = "create_date"
        field = self.env["res.partner.industry"]._fields["create_date"]
        self.patch(field, "groups", "base.group_system")
        self.env.invalidate_all()
        self.link()
        self.assertEqual(self.dora.school_class_id.name, "Room 1")
        self.assertIn("Ends of classes are left out", self.found("lack").text)
        self.assertIn("(res.partner.industry): Created on", self.found("lack").text)

    def test_a_number_that_may_not_be_read_is_named(self):
        field = self.env["res.partner"]._fields["ref"]
        self.patch(field, "groups", "base.group_system")
        with self.assertRaisesRegex(UserError, "may not read Contact .*: Reference"):
            self.system.action_link()
        self.assertFalse(self.dora.is_intervention_student)

    def test_the_rows_of_who_may_not_read_say_what(self):
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner.industry")]
        ).active = False
        sample = str(self.system.sample)
        self.assertIn("may not read Industry (res.partner.industry)", sample)
        self.assertIn("Reads as", sample)

    def test_what_has_to_be_looked_at_comes_before_who_is_new(self):
        self.eli.ref = "D-1"
        self.system.action_preview()
        kinds = list(dict.fromkeys(self.system.line_ids.mapped("kind")))
        self.assertEqual(kinds, ["same_number", "new"])

    def test_record_rules_of_who_reads_hold(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        self.own_leaves.active = True
        self.link()
        self.assertEqual(self.system.mark_count, 0)
        self.assertFalse(self.day_of(self.dora, self.TODAY))

    def test_wrong_paths_are_told_at_their_field(self):
        for name, value in (
            ("student_model", "no.such.model"),
            ("student_partner", "country_id"),
            ("student_partner", "nothing"),
            ("student_number", "ref, category_id"),
            ("student_domain", "[('nothing', '=', 1)]"),
            ("student_domain", "__import__('os')"),
            ("enrolment_class", "name"),
            ("class_name", "nothing"),
            ("guardian_partner", ""),
            ("mark_student", "calendar_id"),
            ("mark_date", "name"),
            ("mark_state", "date_from"),
            ("final_states", ""),
        ):
            with self.subTest(name, value=value):
                if (name, value) == ("final_states", ""):
                    self.system.final_states = value
                    continue
                with self.assertRefused(name):
                    self.system.write({name: value})

    def test_a_secret_field_is_not_read(self):
        server = self.env["ir.mail_server"].create(
            {"name": "Post", "smtp_host": "h", "smtp_user": "u", "smtp_pass": "hush"}
        )
        server.create_uid = self.boss
        self.dora.signup_type = "hush"
        of_server = {
            "student_model": "ir.mail_server",
            "student_domain": "[]",
            "student_partner": "create_uid.partner_id",
            "enrolment_class": False,
            "guardian_model": False,
            "mark_model": False,
        }
        for vals in (
            {**of_server, "student_number": "smtp_pass"},
            {"student_number": "signup_type"},
            {"class_name": "write_uid.partner_id.signup_type"},
            {"class_code": "write_uid.partner_id.signup_type"},
        ):
            with self.subTest(vals):
                system = self._new_system(**vals)
                system.action_preview()
                self.assertIn("may not read", system.problem)
                self.assertIn("may not read", system.sample)
                self.assertFalse(system.line_ids)
                with self.assertRaisesRegex(UserError, "may not read"):
                    system.action_link()
                self.assertNotIn("hush", f"{system.problem} {system.sample}")
        self.system.meaning_ids[0].path = "resource_id.user_id.partner_id.signup_type"
        self.link()
        self.assertIn("Marks are left out", self.found("lack").text)

    def test_a_night_that_would_take_most_away_does_nothing(self):
        self.link()
        pupils = self.env["res.partner"].create(
            [
                {"name": f"Pupil {n}", "category_id": [Command.link(self.pupil.id)]}
                for n in range(40)
            ]
        )
        self.system.action_look()
        pupils.category_id = False
        self.system.with_user(self.env.ref("base.user_root"))._look_or_say_why()
        self.assertTrue(self.system.problem)
        self.assertFalse(any(pupils.mapped("student_left_on")))
        self.system.action_look()
        self.assertTrue(all(pupils.mapped("student_left_on")))
        self.assertFalse(self.system.problem)

    def test_the_nightly_job_is_there_while_something_is_linked(self):
        job = self.env.ref("intervention_tracking.ir_cron_look_at_schools")
        self.assertFalse(job.active)
        self.link()
        self.assertTrue(job.active)
        self.dora.ref = "D-5"
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertEqual(self.dora.student_number, "D-5")
        self.system.action_unlink()
        self.assertFalse(job.active)

    def test_who_reads_is_still_there(self):
        self.link()
        self.boss.active = False
        self.system.sudo()._look_or_say_why()
        self.assertIn(self.boss.name, self.system.problem)

    def test_a_linked_system_is_not_deleted(self):
        self.link()
        with self.assertRaises(UserError):
            self.system.unlink()

    def test_another_school_sees_nothing_of_it(self):
        other = self.env["res.company"].create({"name": "Other School"})
        boss = self._new_user(
            "boss3", ADMIN, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.systems.with_user(boss).search([]))
        with self.assertRaises(AccessError):
            self.system.with_user(boss).read(["name"])

    def test_where_nothing_is_linked_students_cost_no_statement(self):
        self.systems._linked_company_ids()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertFalse(self.ada.school_system_id)
            self.ada._check_kept_there()
            self.ada._check_made_there()

    def test_the_rows_of_a_hand_filled_link_are_shown(self):
        self.add_mark(self.dora, self.TODAY, ABSENT)
        sample = str(self.system.sample)
        for text in (self.dora.name, "D-1", "Room 1", ABSENT):
            self.assertIn(text, sample)
        # Of one place, however many values of it have a meaning.
        self.assertGreater(len(self.system.meaning_ids.filtered("path")), 1)
        self.assertEqual(sample.count(ABSENT), 1)

    def test_the_form_master_role_is_enough_to_see_where_a_student_comes_from(self):
        self.link()
        self.dora.school_class_id.form_master_id = self.fm
        dora = self.dora.with_user(self.fm)
        self.assertEqual(dora.school_system_id.display_name, self.system.name)
        self.assertTrue(self.fm.has_group(FORM_MASTER))
