from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .attendance_common import AttendanceCase
from .common import ADMIN

MODELS = (
    "intervention.attendance",
    "intervention.attendance.change",
    "intervention.attendance.standing",
)


@tagged("post_install", "-at_install")
class TestAttendanceAccess(AttendanceCase):
    """The row of attendance in section 2 of the design, by every door of the ORM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        days = cls.school_days(12)
        marks = [cls.mark(student, day) for student in cls._all() for day in days]
        corrected = [cls.mark(student, days[0], "late") for student in cls._all()]
        cls.days._store(marks, cls.source)
        cls.days._store(corrected, cls.source)
        # The form master of the other class has a case of Ben's.
        cls.env["intervention.meeting"].with_user(cls.fm2).create(
            {
                "student_id": cls.ben.id,
                "root_cause": "health",
                "absence_reason": "Reason",
                "intervention_notes": "Notes",
                "action_plan": "Plan",
            }
        )
        company = cls.env["res.company"].create({"name": "Other School"})
        cls.elsewhere = cls._new_user(
            "elsewhere",
            ADMIN,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        # Who may export may not export more for that.
        for user in (cls.fm, cls.fm2, cls.boss, cls.elsewhere, cls.staff):
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls.seen_by = {
            cls.fm: cls.ada | cls.ben,
            cls.fm2: cls.ben | cls.cy,
            cls.boss: cls._all(),
            cls.elsewhere: cls.env["res.partner"],
        }

    @classmethod
    def _all(cls):
        return cls.ada | cls.ben | cls.cy

    def _records(self, name):
        return self.env[name].search([("student_id", "in", self._all().ids)])

    def test_who_finds_and_reads_whose_attendance(self):
        for name in MODELS:
            every = self._records(name)
            self.assertEqual(every.student_id, self._all())
            for user, students in self.seen_by.items():
                with self.subTest(name, user=user.login):
                    model = self.env[name].with_user(user)
                    mine = every.filtered(lambda each, s=students: each.student_id in s)
                    found = model.search([("student_id", "in", self._all().ids)])
                    self.assertEqual(found, mine)
                    mine.with_user(user).read(["student_id"])
                    mine.with_user(user).export_data(["id", "student_id/name"])
                    for hidden in every - mine:
                        with self.assertRaises(AccessError):
                            hidden.with_user(user).read(["company_id"])
                        with self.assertRaises(AccessError):
                            hidden.with_user(user).export_data(["company_id/name"])
                        break

    def test_no_group_or_name_tells_of_others(self):
        for name in MODELS:
            for user, students in self.seen_by.items():
                with self.subTest(name, user=user.login):
                    model = self.env[name].with_user(user)
                    domain = [("student_id", "in", self._all().ids)]
                    groups = model.formatted_read_group(
                        domain, ["student_id"], ["__count"]
                    )
                    self.assertEqual(
                        {group["student_id"][0] for group in groups},
                        set(students.ids),
                    )
                    named = model.name_search("", domain, limit=1000)
                    seen = model.search(domain)
                    self.assertEqual({each for each, _name in named}, set(seen.ids))

    def test_a_search_by_rate_finds_own_students_only(self):
        for user, students in self.seen_by.items():
            with self.subTest(user=user.login):
                standings = self.env["intervention.attendance.standing"]
                found = standings.with_user(user).search([("rate", ">", 0.5)])
                self.assertEqual(found.student_id & self._all(), students)
                partners = self.env["res.partner"].with_user(user)
                self.assertNotIn("rate", partners._fields)

    def test_nobody_else_reads_any_of_it(self):
        for user in (self.staff, self.portal, self.public):
            for name in (
                *MODELS,
                "intervention.attendance.code",
                "intervention.attendance.source",
            ):
                model = self.env[name].with_user(user)
                one = model.browse(model.sudo().search([], limit=1).id or 1)
                for door, *args in (
                    (model.search, []),
                    (model.formatted_read_group, [], [], ["__count"]),
                    (model.name_search, ""),
                    (one.read, ["company_id"]),
                    (one.export_data, ["company_id/name"]),
                ):
                    with self.subTest(name, user=user.login, door=door.__name__):
                        # Odoo refuses an export by an error of its own.
                        with self.assertRaises(UserError):
                            door(*args)

    def test_nobody_writes_days_one_by_one(self):
        for name in MODELS:
            [record] = self._records(name)[:1]
            for user in (*self.seen_by, self.staff):
                theirs = record.with_user(user)
                for attempt, *args in (
                    (theirs.write, {"company_id": 1}),
                    (theirs.unlink,),
                    (theirs.create, {"student_id": self.ada.id}),
                ):
                    with self.subTest(name, user=user.login):
                        with self.assertRaises(AccessError):
                            attempt(*args)

    def test_marks_of_a_student_of_two_schools_stay_in_the_own_one(self):
        sources = self.env["intervention.attendance.source"]
        school = self.elsewhere.company_id
        self.cy.write({"company_id": False, "school_class_id": False})
        self.cy.school_class_id = self.env["intervention.class"].create(
            {"name": "9Z", "company_id": school.id}
        )
        mark = {"student_id": self.cy.id, "meaning": "present"}
        day = self.school_days(13)[0]
        self.days.with_user(self.boss)._put_marks([{**mark, "date": day}])
        self.assertEqual(self.day_of(self.cy, day).company_id, self.env.company)
        self.assertFalse(sources.search([("company_id", "=", school.id)]))

    def test_codes_and_sources_are_the_administrators(self):
        codes = self.env["intervention.attendance.code"]
        code = codes.create({"code": "A", "meaning": "unexcused"})
        for record, vals in (
            (code, {"code": "B", "meaning": "late"}),
            (self.source, {"name": "New"}),
        ):
            theirs = record.with_user(self.fm)
            theirs.read(["company_id"])
            for attempt in (theirs.create, theirs.write):
                with self.assertRaises(AccessError):
                    attempt(vals)
            record.with_user(self.boss).write(vals)
            with self.assertRaises(AccessError):
                record.with_user(self.elsewhere).write(vals)
        with self.assertRaises(AccessError):
            self.env["intervention.code.set"].with_user(self.fm).create({})

    def test_the_doors_inside_are_no_doors_of_rpc(self):
        for name, methods in (
            ("intervention.attendance", ("_store", "_delete_before", "_lock_days")),
            ("intervention.attendance.standing", ("_refresh", "_refresh_ended")),
            ("intervention.attendance.code", ("_add_set",)),
            ("intervention.settings", ("_refresh_standings",)),
        ):
            for method in methods:
                with self.subTest(method), self.assertRaises(AccessError):
                    get_public_method(self.env[name], method)

    def test_figures_lead_to_what_the_user_may_see(self):
        self.store(self.mark(self.cy, self.school_days(14)[0]))
        standing = self._records("intervention.attendance.standing").filtered(
            lambda each: each.student_id == self.cy
        )
        self.assertTrue(standing.with_user(self.fm2).unknown_text)
        with self.assertRaises(AccessError):
            standing.with_user(self.fm).read(["rate_text"])
