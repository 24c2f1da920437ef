from base64 import b64encode

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ADMIN, FORM_MASTER, STATUSES, InterventionCase

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("standard", "post_install", "-at_install")
class TestGroups(InterventionCase):
    """Who is a form master, and who is an administrator."""

    def test_administrators_are_form_masters(self):
        self.assertTrue(self.boss.has_group(FORM_MASTER))

    def test_form_masters_are_not_administrators(self):
        self.assertFalse(self.fm.has_group(ADMIN))

    def test_only_administrators_become_form_masters_by_another_group(self):
        self.assertEqual(
            self.env.ref(FORM_MASTER).all_implied_by_ids - self.env.ref(FORM_MASTER),
            self.env.ref(ADMIN),
        )

    def test_nobody_becomes_an_administrator_by_another_group(self):
        self.assertFalse(self.env.ref(ADMIN).all_implied_by_ids - self.env.ref(ADMIN))

    def test_a_system_administrator_is_no_administrator_of_interventions(self):
        user = self._new_user("system", "base.group_system")
        self.assertFalse(user.has_group(FORM_MASTER))
        with self.assertRaises(AccessError):
            self.meetings(user).search([])


@tagged("standard", "post_install", "-at_install")
class TestAccess(InterventionCase):
    """The table of section 2 of the design."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        meetings = cls.env["intervention.meeting"]
        vals = {
            "absence_reason": "Reason",
            "intervention_notes": "Notes",
            "action_plan": "Plan",
        }
        cls.own = meetings.with_user(cls.fm).create(
            {**vals, "student_id": cls.ada.id, "root_cause": "health"}
        )
        cls.own_note = cls.own.add_progress("Note of fm")
        cls.other = meetings.with_user(cls.fm2).create(
            {**vals, "student_id": cls.cy.id, "root_cause": "family"}
        )
        cls.other_note = cls.other.add_progress("Note of fm2")
        cls.settings = cls.env["intervention.settings"].search(
            [("company_id", "=", cls.env.company.id)]
        ) or cls.env["intervention.settings"].create({})
        cls.outsiders = (cls.public, cls.portal, cls.staff)

    def _as(self, user, record):
        """Return the record as a user who has read nothing of it yet."""
        self.env.invalidate_all()
        return record.with_user(user)

    def _assert_operations(self, user, model, allowed):
        records = self.env[model].with_user(user)
        self.assertEqual(
            {operation for operation in OPERATIONS if records.has_access(operation)},
            set(allowed),
            f"{user.login} on {model}",
        )

    # meetings

    def test_rights_on_meetings(self):
        for user in self.outsiders:
            self._assert_operations(user, "intervention.meeting", ())
        for user in (self.fm, self.boss):
            self._assert_operations(user, "intervention.meeting", OPERATIONS)

    def test_outsiders_do_nothing_with_meetings(self):
        for user in self.outsiders:
            meetings = self.meetings(user)
            for name, action in {
                "search": lambda m=meetings: m.search([]),
                "search_count": lambda m=meetings: m.search_count([]),
                "search_read": lambda m=meetings: m.search_read([], ["status"]),
                "web_search_read": lambda m=meetings: m.web_search_read([], {}),
                "name_search": lambda m=meetings: m.name_search(""),
                "_read_group": lambda m=meetings: m._read_group([], ["status"]),
                "formatted_read_group": lambda m=meetings: m.formatted_read_group(
                    [], ["status"], ["__count"]
                ),
                "create": lambda m=meetings: m.create(self.vals(root_cause="other")),
                "read": lambda u=user: self._as(u, self.own).read(["status"]),
                "write": lambda u=user: self._as(u, self.own).write({"status": "open"}),
                "unlink": lambda u=user: self._as(u, self.own).unlink(),
                "archive": lambda u=user: self._as(u, self.own).action_archive(),
                "add_progress": lambda u=user: self._as(u, self.own).add_progress("x"),
                "copy": lambda u=user: self._as(u, self.own).copy(),
            }.items():
                with self.subTest(user=user.login, action=name):
                    with self.assertRaises(AccessError):
                        action()

    def test_a_form_master_sees_the_own_meetings_only(self):
        for user, seen in ((self.fm, self.own), (self.fm2, self.other)):
            self.assertEqual(self.meetings(user).search([]), seen)

    def test_an_administrator_sees_all_meetings(self):
        self.assertLessEqual(
            {self.own.id, self.other.id}, set(self.meetings(self.boss).search([]).ids)
        )

    def test_a_form_master_reads_nothing_of_a_meeting_of_another(self):
        for name in ("display_name", "status", "absence_reason", "is_overdue"):
            with self.subTest(name), self.assertRaises(AccessError):
                self._as(self.fm, self.other).read([name])

    def test_a_form_master_changes_nothing_of_a_meeting_of_another(self):
        for name, change in {
            "write": lambda m: m.write({"urgency_level": "high"}),
            "same value": lambda m: m.write({"status": "open"}),
            "nothing": lambda m: m.write({}),
            "web_save": lambda m: m.web_save({"urgency_level": "high"}, {}),
            "take over": lambda m: m.write({"form_master_id": self.fm.id}),
            "unlink": lambda m: m.unlink(),
            "archive": lambda m: m.action_archive(),
            "add_progress": lambda m: m.add_progress("Note"),
            "move": lambda m: m.add_progress("Note", status="escalated"),
            "copy": lambda m: m.copy(),
            "student": lambda m: m.action_view_student(),
            "post": lambda m: m.message_post(body="Hello"),
            "schedule": lambda m: m.activity_schedule(
                "intervention_tracking.mail_activity_type_follow_up"
            ),
        }.items():
            with self.subTest(name), self.assertRaises(AccessError):
                change(self._as(self.fm, self.other))

    def test_a_mixed_selection_is_refused_as_a_whole(self):
        meetings = self._as(self.fm, self.own | self.other)
        with self.assertRaises(AccessError):
            meetings.write({"urgency_level": "high"})
        self.assertEqual(self.own.urgency_level, "medium")

    def test_a_form_master_changes_the_own_meetings(self):
        self.own.write({"urgency_level": "high"})
        self.assertEqual(self.own.urgency_level, "high")

    def test_an_administrator_changes_all_meetings(self):
        meeting = self._as(self.boss, self.other)
        meeting.write({"urgency_level": "high"})
        meeting.add_progress("Note", status="improving")
        meeting.unlink()
        self.assertRecordValues(
            meeting,
            [{"urgency_level": "high", "status": "improving", "active": False}],
        )

    def test_a_form_master_records_for_nobody_else(self):
        for user in (self.fm2, self.boss, self.staff):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.record(form_master_id=user.id, root_cause="other")

    def test_a_form_master_records_for_nobody_else_by_context(self):
        meetings = self.meetings(self.fm).with_context(
            default_form_master_id=self.fm2.id
        )
        with self.assertRaises(AccessError):
            meetings.create(self.vals(root_cause="other"))

    def test_a_form_master_names_oneself(self):
        meeting = self.record(form_master_id=self.fm.id, root_cause="other")
        self.assertEqual(meeting.form_master_id, self.fm)

    def test_an_administrator_records_for_any_form_master(self):
        meeting = self.record(self.boss, form_master_id=self.fm2.id, root_cause="other")
        self.assertEqual(meeting.form_master_id, self.fm2)
        self.assertIn(meeting, self.meetings(self.fm2).search([]))

    def test_an_administrator_records_for_oneself(self):
        self.assertEqual(
            self.record(self.boss, root_cause="other").form_master_id, self.boss
        )

    def test_an_administrator_records_for_form_masters_only(self):
        gone = self._new_user("gone", FORM_MASTER, active=False)
        for user in (self.staff, self.portal, self.public, gone):
            with self.subTest(user.login), self.assertRefused("form_master_id"):
                self.record(self.boss, form_master_id=user.id, root_cause="other")

    def test_an_administrator_records_for_form_masters_only_by_context_too(self):
        meetings = self.meetings(self.boss).with_context(
            default_form_master_id=self.staff.id
        )
        with self.assertRefused("form_master_id"):
            meetings.create(self.vals(root_cause="other"))

    # the history

    def test_rights_on_progress_updates(self):
        for user in self.outsiders:
            self._assert_operations(user, "intervention.progress", ())
        for user in (self.fm, self.boss):
            self._assert_operations(user, "intervention.progress", ("read", "create"))

    def test_outsiders_do_nothing_with_progress_updates(self):
        for user in self.outsiders:
            notes = self.env["intervention.progress"].with_user(user)
            for name, action in {
                "search": lambda n=notes: n.search([]),
                "search_count": lambda n=notes: n.search_count([]),
                "_read_group": lambda n=notes: n._read_group([], ["new_status"]),
                "read": lambda u=user: self._as(u, self.own_note).read(["new_status"]),
                "create": lambda n=notes: n.create(
                    {"meeting_id": self.own.id, "update_text": "Note"}
                ),
            }.items():
                with self.subTest(user=user.login, action=name):
                    with self.assertRaises(AccessError):
                        action()

    def test_a_form_master_sees_the_updates_of_own_meetings_only(self):
        notes = self.env["intervention.progress"]
        for user, seen in ((self.fm, self.own_note), (self.fm2, self.other_note)):
            self.assertEqual(notes.with_user(user).search([]), seen)

    def test_a_form_master_reads_no_update_of_another(self):
        with self.assertRaises(AccessError):
            self._as(self.fm, self.other_note).read(["update_text"])

    def test_a_form_master_adds_no_update_to_a_meeting_of_another(self):
        with self.assertRaises(AccessError):
            self.env["intervention.progress"].with_user(self.fm).create(
                {"meeting_id": self.other.id, "update_text": "Note"}
            )

    def test_an_administrator_reads_and_adds_updates_everywhere(self):
        notes = self.env["intervention.progress"].with_user(self.boss)
        self.assertLessEqual(
            {self.own_note.id, self.other_note.id}, set(notes.search([]).ids)
        )
        note = notes.create({"meeting_id": self.other.id, "update_text": "Note"})
        self.assertEqual(note.create_uid, self.boss)

    # analytics

    def test_analytics_count_the_own_meetings(self):
        self.record(root_cause="other", status="monitoring")
        for user, expected in (
            (self.fm, {"open": 1, "monitoring": 1}),
            (self.fm2, {"open": 1}),
        ):
            meetings = self.meetings(user)
            with self.subTest(user.login):
                groups = meetings._read_group([], ["status"], ["__count"])
                self.assertEqual(dict(groups), expected)
                self.assertEqual(meetings.search_count([]), sum(expected.values()))

    def test_analytics_of_an_administrator_count_all(self):
        students = self.ada | self.cy
        meetings = self.meetings(self.boss)
        domain = [("student_id", "in", students.ids)]
        self.assertEqual(
            meetings._read_group(domain, ["form_master_id"], ["__count"]),
            [(self.fm, 1), (self.fm2, 1)],
        )
        self.assertEqual(meetings.search_count(domain), 2)

    def test_analytics_of_updates_count_those_of_own_meetings(self):
        notes = self.env["intervention.progress"]
        self.assertEqual(notes.with_user(self.fm).search_count([]), 1)
        self.assertEqual(
            notes.with_user(self.fm2)._read_group([], [], ["__count"]), [(1,)]
        )

    def test_statuses_without_meetings_are_columns_of_the_kanban(self):
        meetings = self.meetings(self.fm).with_context(read_group_expand=True)
        groups = meetings.web_read_group([], ["status"])
        self.assertEqual(
            [group["status"] for group in groups["groups"]], list(STATUSES)
        )

    # students

    def test_counters_of_a_student_count_what_the_user_sees(self):
        self.record(root_cause="other")
        self.in_status("closed", self.fm2, root_cause="academic")
        for user, total, active, recurring in (
            (self.fm, 2, 2, True),
            (self.fm2, 1, 0, False),
            (self.boss, 3, 2, True),
        ):
            with self.subTest(user.login):
                student = self._as(user, self.ada)
                self.assertEqual(student.intervention_count, total)
                self.assertEqual(student.active_intervention_count, active)
                self.assertEqual(student.is_recurring_student, recurring)

    def test_recurring_students_are_those_that_the_user_sees_twice(self):
        self.record(root_cause="other")
        self.record(self.fm2, student_id=self.ben.id)
        self.record(student_id=self.ben.id, root_cause="other")
        for user, expected in (
            (self.fm, self.ada),
            (self.fm2, self.env["res.partner"]),
            (self.boss, self.ada | self.ben),
        ):
            found = (
                self.env["res.partner"]
                .with_user(user)
                .search(
                    [
                        ("is_recurring_student", "=", True),
                        ("id", "in", (self.ada | self.ben | self.cy).ids),
                    ]
                )
            )
            with self.subTest(user.login):
                self.assertEqual(found, expected)

    def test_outsiders_see_no_interventions_on_a_student(self):
        names = (
            "intervention_meeting_ids",
            "intervention_count",
            "active_intervention_count",
            "is_recurring_student",
        )
        for user in self.outsiders:
            students = self.env["res.partner"].with_user(user)
            self.assertFalse(set(names) & set(students.fields_get()))
            for name in names:
                with self.subTest(name, user=user.login):
                    with self.assertRaises(AccessError):
                        self._as(user, self.ada).read([name])

    def test_outsiders_search_no_students_by_intervention(self):
        students = self.env["res.partner"].with_user(self.staff)
        for domain in (
            [("is_recurring_student", "=", True)],
            [("intervention_meeting_ids", "!=", False)],
            [("intervention_meeting_ids.root_cause", "=", "health")],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                students.search(domain)

    def test_a_form_master_finds_students_by_own_meetings_only(self):
        students = self.env["res.partner"].with_user(self.fm)
        self.assertEqual(
            students.search([("intervention_meeting_ids.root_cause", "=", "health")]),
            self.ada,
        )
        self.assertFalse(
            students.search([("intervention_meeting_ids.root_cause", "=", "family")])
        )

    # the dialogs

    def test_rights_on_the_progress_dialog(self):
        for user in self.outsiders:
            self._assert_operations(user, "intervention.track", ())
        for user in (self.fm, self.boss):
            self._assert_operations(user, "intervention.track", OPERATIONS)

    def test_rights_on_the_dialog_for_handing_over(self):
        for user in (*self.outsiders, self.fm):
            self._assert_operations(user, "intervention.reassign", ())
        self._assert_operations(
            self.boss, "intervention.reassign", ("read", "write", "create")
        )

    def test_a_form_master_has_no_dialog_for_handing_over(self):
        with self.assertRaises(AccessError):
            self.env["intervention.reassign"].with_user(self.fm).create(
                {
                    "meeting_ids": [Command.set(self.own.ids)],
                    "form_master_id": self.fm2.id,
                }
            )

    # classes and settings

    def test_rights_on_classes(self):
        for user in self.outsiders:
            self._assert_operations(user, "intervention.class", ())
        self._assert_operations(self.fm, "intervention.class", ("read",))
        self._assert_operations(self.boss, "intervention.class", OPERATIONS)

    def test_a_form_master_reads_every_class(self):
        self.assertEqual(
            self._as(self.fm, self.class_b).read(["name"])[0]["name"], "Test 7B"
        )

    def test_a_form_master_changes_no_class(self):
        for change in (
            lambda c: c.write({"name": "Other"}),
            lambda c: c.unlink(),
            lambda c: c.create({"name": "Other"}),
        ):
            with self.assertRaises(AccessError):
                change(self._as(self.fm, self.class_a))

    @mute_logger("odoo.models.unlink")
    def test_an_administrator_manages_classes(self):
        school_class = (
            self.env["intervention.class"]
            .with_user(self.boss)
            .create({"name": "Test 8A", "form_master_id": self.fm.id})
        )
        school_class.write({"form_master_id": self.fm2.id})
        self.assertEqual(school_class.form_master_id, self.fm2)
        school_class.unlink()
        self.assertFalse(school_class.exists())

    def test_rights_on_settings(self):
        for user in self.outsiders:
            self._assert_operations(user, "intervention.settings", ())
        self._assert_operations(self.fm, "intervention.settings", ("read",))
        self._assert_operations(
            self.boss, "intervention.settings", ("read", "write", "create")
        )

    def test_a_form_master_changes_no_settings(self):
        for change in (
            lambda s: s.write({"escalation_user_id": False}),
            lambda s: s.action_open(),
        ):
            with self.assertRaises(AccessError):
                change(self._as(self.fm, self.settings))

    def test_an_administrator_manages_settings(self):
        settings = self._as(self.boss, self.settings)
        settings.write({"escalation_user_id": self.boss.id})
        self.assertEqual(settings.escalation_user_id, self.boss)

    # what hangs on a meeting

    def test_messages_are_for_those_who_see_the_meeting(self):
        message = self.own.message_post(body="Called the parents")
        for user, allowed in (
            (self.fm, True),
            (self.boss, True),
            (self.fm2, False),
            (self.staff, False),
            (self.portal, False),
        ):
            with self.subTest(user.login):
                found = (
                    self.env["mail.message"]
                    .with_user(user)
                    .search([("id", "=", message.id)])
                )
                self.assertEqual(bool(found), allowed)

    def test_files_are_for_those_who_see_the_meeting(self):
        file = (
            self.env["intervention.file"]
            .with_user(self.fm)
            .create(
                {
                    "name": "letter.txt",
                    "content": b64encode(b"Dear parents"),
                    "meeting_id": self.own.id,
                }
            )
        )
        self.flush_tracking()
        self.assertEqual(self._as(self.boss, file).content, b64encode(b"Dear parents"))
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._as(user, file).read(["content"])


@tagged("standard", "post_install", "-at_install")
class TestMenus(InterventionCase):
    """The app is shown to those who can use it."""

    def _visible(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        pending = [menus["root"]]
        names = set()
        while pending:
            menu = pending.pop()
            names.add(menu.get("xmlid"))
            pending += [menus[child] for child in menu["children"]]
        return {name for name in names if name and "intervention_" in name}

    def test_outsiders_see_no_menu(self):
        self.assertFalse(self._visible(self.staff))

    def test_a_form_master_sees_no_settings(self):
        visible = self._visible(self.fm)
        self.assertIn("intervention_tracking.intervention_menu_root", visible)
        self.assertNotIn("intervention_tracking.intervention_settings_menu", visible)

    def test_an_administrator_sees_the_settings(self):
        self.assertIn(
            "intervention_tracking.intervention_settings_menu",
            self._visible(self.boss),
        )
