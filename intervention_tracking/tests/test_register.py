from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import InterventionCase

TODAY = "2026-04-17"


@tagged("standard", "post_install", "-at_install")
@freeze_time(f"{TODAY} 10:00:00")
class TestRegister(InterventionCase):
    """Friday, 17 April 2026: the register of class 1A, with Di, Ed and Flo in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "School of Registers"})
        cls.company.resource_calendar_id = False
        for user in (cls.fm, cls.fm2, cls.boss, cls.staff):
            user.write(
                {
                    "company_ids": [(4, cls.company.id)],
                    "company_id": cls.company.id,
                }
            )
        cls.one, cls.two = cls.env["intervention.class"].create(
            [
                {"name": name, "form_master_id": user.id, "company_id": cls.company.id}
                for name, user in (("1A", cls.fm), ("1B", cls.fm2))
            ]
        )
        cls.flo, cls.di, cls.ed = (
            cls._new_student(name, None, cls.one, company_id=cls.company.id)
            for name in ("Flo Test", "Di Test", "Ed Test")
        )
        cls.gil = cls._new_student("Gil Test", None, cls.two, company_id=cls.company.id)

    def _register(self, user=None, school_class=None):
        return (
            (school_class or self.one)
            .with_user(user or self.fm)
            .with_company(self.company)
        )

    def _marks(self, **meanings):
        """Return marks: everybody is present, save who is named."""
        meanings = {"flo": "present", "di": "present", "ed": "present", **meanings}
        return [
            {"student": getattr(self, name).id, "meaning": meaning}
            for name, meaning in meanings.items()
        ]

    def _save(self, marks=None, day=TODAY, user=None, seen=(), token=None):
        register = self._register(user).with_context(intervention_token=token)
        return register.save_register(day, marks or self._marks(), seen)

    def _seen(self, day=TODAY):
        register = self._register().get_register(self.one.id, day)
        return [
            {**student["mark"], "student": student["id"]}
            for student in register["students"]
            if student["mark"]
        ]

    def _stored(self, day=TODAY):
        rows = self.env["intervention.attendance"].search(
            [("company_id", "=", self.company.id), ("date", "=", day)]
        )
        return {row.student_id.name[:2]: self.one._mark(row)["meaning"] for row in rows}

    def _changes(self):
        return self.env["intervention.attendance.change"].search(
            [("company_id", "=", self.company.id)]
        )

    # --- what it shows ---

    def test_it_shows_the_own_class_of_today(self):
        register = self._register().get_register()
        self.assertEqual(register["class_id"], self.one.id)
        self.assertEqual([each["name"] for each in register["classes"]], ["1A"])
        self.assertEqual(register["date"], TODAY)
        self.assertFalse(register["closed"])
        self.assertEqual(
            [(each["name"], each["mark"]) for each in register["students"]],
            [("Di Test", False), ("Ed Test", False), ("Flo Test", False)],
        )
        self.assertEqual(
            register["days"],
            [{"date": f"2026-04-{day}", "is_taken": False} for day in range(13, 18)],
        )

    def test_who_has_several_classes_begins_with_one_not_taken_yet(self):
        self.two.form_master_id = self.fm
        self.assertEqual(self._register().get_register()["class_id"], self.one.id)
        self._save()
        register = self._register().get_register()
        self.assertEqual(register["class_id"], self.two.id)
        self.assertEqual([each["name"] for each in register["classes"]], ["1A", "1B"])

    def test_who_left_is_in_the_registers_of_the_days_before(self):
        self.ed.student_left_on = date(2026, 4, 16)
        names = {
            day: [
                student["name"]
                for student in self._register().get_register(self.one.id, day)[
                    "students"
                ]
            ]
            for day in ("2026-04-15", "2026-04-16")
        }
        self.assertIn("Ed Test", names["2026-04-15"])
        self.assertNotIn("Ed Test", names["2026-04-16"])
        self.flo.active = False
        self.assertNotIn("Flo Test", str(self._register().get_register()))

    def test_namesakes_are_told_apart(self):
        self.flo.name = self.gil.name = "Sam Test"
        self.flo.student_number = "N-7"
        self.assertIn("Sam Test (N-7)", str(self._register().get_register()))

    def test_a_form_master_without_a_class_is_told_so(self):
        self.two.form_master_id = self.boss
        register = self._register(self.fm2).get_register()
        self.assertEqual(register, {"classes": [], "class_id": False})

    def test_marks_of_other_sources_are_shown_as_they_are(self):
        source = self.env["intervention.attendance.source"].create(
            {"name": "Office", "kind": "file", "company_id": self.company.id}
        )
        day = date(2026, 4, 17)
        self.env["intervention.attendance"]._store(
            [
                (self.di.id, day, "am", "unexcused", "O", 0, ""),
                (self.di.id, day, "pm", "present", "/", 0, ""),
                (self.ed.id, day, "", "not_required", "X", 0, ""),
            ],
            source,
        )
        shown = {
            each["name"][:2]: each["mark"]
            for each in self._register().get_register()["students"]
        }
        self.assertEqual(shown["Di"]["meaning"], "partly")
        self.assertEqual(shown["Di"]["missed"], 0.5)
        self.assertEqual(
            (shown["Di"]["codes"], shown["Di"]["source"]), ("O /", "Office")
        )
        self.assertEqual(shown["Ed"]["meaning"], "not_required")
        # Who is not named stays as they are.
        self._save([{"student": self.flo.id, "meaning": "late", "minutes": 5}])
        self.assertEqual(
            self._stored(), {"Di": "partly", "Ed": "not_required", "Fl": "late"}
        )
        self.assertFalse(self._changes())
        self._save([{"student": self.di.id, "meaning": "excused"}], seen=self._seen())
        self.assertEqual(self._stored()["Di"], "excused")
        self.assertEqual(self._changes().old_codes, "O /")

    def test_what_another_source_said_at_length_is_no_hindrance(self):
        source = self.env["intervention.attendance.source"].create(
            {"name": "Office", "kind": "file", "company_id": self.company.id}
        )
        day = date(2026, 4, 17)
        self.env["intervention.attendance"]._store(
            [
                (self.di.id, day, slot, "late", "L", 400, slot * 200)
                for slot in ("a", "b")
            ],
            source,
        )
        seen = self._seen()
        self.assertEqual((seen[0]["minutes"], len(seen[0]["note"])), (800, 402))
        other = {"student": self.ed.id, "meaning": "unexcused"}
        self._save([seen[0], other], seen=seen)
        self.assertEqual(self._stored(), {"Di": "late", "Ed": "unexcused"})
        for change in ({"minutes": 801}, {"note": seen[0]["note"] + "!"}):
            with self.assertRefused("marks"):
                self._save([{**seen[0], **change}], seen=seen)

    def test_what_another_school_says_of_a_student_stays_there(self):
        self.ed.company_id = False
        school = self.env["res.company"].create({"name": "Other School"})
        source = self.env["intervention.attendance.source"].create(
            {"name": "Theirs", "company_id": school.id}
        )
        days = [date(2026, 4, day) for day in (15, 16, 17)]
        self.env["intervention.attendance"]._store(
            [(self.ed.id, day, "", "excused", "I", 0, "Yak") for day in days], source
        )
        shown = self._register().get_register()
        for text in ("Yak", "Theirs", "excused"):
            self.assertNotIn(text, str(shown))
        self.assertEqual(
            [(each["mark"] or {}).get("meaning") for each in shown["students"]],
            [None, "not_required", None],
        )
        self.assertEqual([each["in_a_row"] for each in shown["students"]], [0, 0, 0])
        # It is not said to be stored where it can't be.
        with self.assertRefused("marks"):
            self._save(seen=self._seen())
        self._save(self._marks()[:2])
        stored = self.env["intervention.attendance"].search(
            [("student_id", "=", self.ed.id), ("date", "=", days[-1])]
        )
        self.assertEqual((stored.note, stored.company_id), ("Yak", school))

    def test_what_was_seen_may_be_anything(self):
        for seen in (True, 5, "x", {"a": 1}, [1], [{"student": [1]}]):
            with self.subTest(seen):
                self._save(seen=seen)

    # --- what it stores ---

    def test_marks_are_stored_as_days(self):
        marks = self._marks(di="unexcused", ed="excused")
        marks[0].update(meaning="late", minutes=12, note="  missed the bus ")
        answer = self._save(marks)
        self.assertEqual(
            self._stored(), {"Di": "unexcused", "Ed": "excused", "Fl": "late"}
        )
        flo = answer["students"][2]["mark"]
        self.assertEqual((flo["minutes"], flo["note"]), (12, "missed the bus"))
        self.assertTrue(self._register().get_register()["days"][-1]["is_taken"])
        rows = self.env["intervention.attendance"].search(
            [("class_id", "=", self.one.id)]
        )
        self.assertEqual(rows.source_id.kind, "register")
        self.assertEqual(rows.company_id, self.company)
        # There is one source, however many registers are taken.
        self._save(day="2026-04-16")
        self.assertEqual(
            self.env["intervention.attendance.source"].search_count(
                [("company_id", "=", self.company.id)]
            ),
            1,
        )

    def test_a_day_that_changes_leaves_what_it_was(self):
        self._save(self._marks(di="unexcused"))
        self._save(self._marks(di="unexcused"), seen=self._seen())
        self.assertFalse(self._changes())
        self._save(self._marks(di="excused"), seen=self._seen())
        change = self._changes()
        self.assertEqual((change.old_excused, change.new_excused), (0, 1))
        self.assertEqual(change.create_uid, self.fm)

    def test_marks_that_cannot_be_are_refused(self):
        for marks in (
            self._marks(di="asleep"),
            self._marks(gil="present"),
            self._marks() * 2,
            [{"student": self.di.id, "meaning": "late", "minutes": -1}],
            [{"student": self.di.id, "meaning": "late", "minutes": "ten"}],
            [{"student": self.di.id, "meaning": "present", "note": "x" * 251}],
            [{"student": "Di", "meaning": "present"}],
            [{"meaning": "present"}],
            [[]],
            ["present"],
            "present",
        ):
            with self.subTest(marks), self.assertRefused("marks"):
                self._save(marks)
        self.assertEqual(self._stored(), {})

    def test_a_refused_mark_says_whose_it_is(self):
        for fault in (
            {"meaning": "late", "minutes": 601},
            {"meaning": "present", "note": "x" * 251},
        ):
            with self.subTest(fault), self.assertRaises(ValidationError) as caught:
                self._save([{"student": self.ed.id, **fault}])
            self.assertIn("Ed Test", str(caught.exception))

    def test_days_that_cannot_be_are_refused(self):
        for day in ("2026-04-18", "2031-01-01", "1980-01-01", "tomorrow", 17):
            with self.subTest(day), self.assertRefused("date"):
                self._save(day=day)
            with self.subTest(day), self.assertRefused("date"):
                self._register().get_register(self.one.id, day)

    def test_there_is_no_register_of_a_day_on_which_the_school_is_closed(self):
        for day in ("2026-04-11", "2026-04-12"):
            with self.subTest(day):
                self.assertTrue(
                    self._register().get_register(self.one.id, day)["closed"]
                )
                with self.assertRefused("date"):
                    self._save(day=day)

    # --- sent twice, and by two people ---

    def test_what_is_sent_twice_is_stored_once(self):
        first = self._save(self._marks(di="late"), token="12345678")
        self._save(self._marks(di="excused"), seen=self._seen())
        again = self._save(self._marks(di="late"), token="12345678")
        self.assertEqual(self._stored()["Di"], "excused")
        self.assertEqual(first.keys(), again.keys())
        with self.assertRaises(ValidationError) as caught:
            self._save(self._marks(di="unexcused"), token="12345678")
        self.assertEqual(caught.exception.context["intervention_made"], self.one.id)

    def test_what_somebody_else_stored_meanwhile_is_not_overwritten_unseen(self):
        self.one.form_master_line_ids = [(0, 0, {"user_id": self.fm2.id})]
        seen = self._seen()
        self._save(self._marks(di="late"), user=self.fm2)
        before = self._stored()
        marks = self._marks(di="unexcused", ed="excused")
        with self.assertRaises(ValidationError) as caught:
            self._save(marks, seen=seen, token="12345678")
        conflict = caught.exception.context["intervention_register_conflict"]
        self.assertEqual(
            [
                (each["name"], each["mine"]["meaning"], each["theirs"]["meaning"])
                for each in sorted(conflict, key=lambda each: each["name"])
            ],
            [("Di Test", "unexcused", "late"), ("Ed Test", "excused", "present")],
        )
        # Who that was, and when.
        [stored] = {each["stored"] for each in conflict}
        self.assertRegex(stored, rf"{self.fm2.name}.*2026")
        self.assertIn(stored, str(caught.exception))
        self.assertEqual(self._stored(), before)
        # Who has looked at both says what is right, with the same token.
        self._save(marks, seen=self._seen(), token="12345678")
        self.assertEqual(self._stored()["Di"], "unexcused")

    def test_of_a_day_whose_author_nobody_knows_the_time_is_told(self):
        seen = self._seen()
        self._save(self._marks(di="late"))
        self.env.cr.execute("UPDATE intervention_attendance SET updated_uid = NULL")
        self.env.invalidate_all()
        with self.assertRaises(ValidationError) as caught:
            self._save(self._marks(di="excused"), user=self.boss, seen=seen)
        [conflict] = caught.exception.context["intervention_register_conflict"]
        self.assertNotIn(self.fm.name, conflict["stored"])
        self.assertIn("2026", conflict["stored"])

    def test_who_says_the_same_as_somebody_else_is_not_asked(self):
        self._save(self._marks(di="late"))
        self._save(self._marks(di="late"))
        self.assertEqual(self._stored()["Di"], "late")
        self.assertFalse(self._changes())

    def test_what_it_confirms_no_file_takes_back(self):
        office = self.env["intervention.attendance.source"].create(
            {"name": "Office", "company_id": self.company.id}
        )
        days = self.env["intervention.attendance"]

        def told(*names, day=TODAY):
            mark = (date.fromisoformat(day), "", "late", "L", 5, "")
            return [(getattr(self, name).id, *mark) for name in names]

        before = told("di", day="2026-04-16")
        days._store([*before, *told("di", "ed", "flo")], office)
        marks = self._marks(di="late", ed="late", flo="late")
        for mark in marks:
            mark["minutes"] = 5
        self._save(marks[1:], user=self.boss)
        self.assertFalse(self._changes())
        rows = days.search([("company_id", "=", self.company.id), ("date", "=", TODAY)])
        of = {row.student_id: row for row in rows}
        for student, user, kind in (
            (self.di, self.boss, "register"),
            (self.flo, self.env.user, "file"),
        ):
            self.assertEqual(of[student].updated_uid, user.id)
            self.assertEqual(of[student].source_id.kind, kind)
            self.assertEqual((of[student].codes, of[student].minutes_lost), ("L", 5))
        # The file tells of nobody today any more, and of somebody who is unknown.
        rest = [*before, *told("gil")]
        self.assertEqual(days._store(rest, office, delete_gone=True)["gone"], 1)
        self.assertEqual(self._stored(), {"Di": "late", "Ed": "late", "Gi": "late"})
        # In the other order it comes to the same.
        self._save(marks[:1], user=self.boss)
        self.assertEqual(days._store(rest, office, delete_gone=True)["gone"], 0)
        self.assertEqual(self._stored()["Fl"], "late")

    # --- who may ---

    def test_it_is_for_the_form_masters_of_the_class_and_administrators(self):
        substitute = [(0, 0, {"user_id": self.fm2.id, "date_to": date(2026, 4, 16)})]
        self.one.form_master_line_ids = substitute
        for user in (self.fm2, self.staff, self.portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._register(user).get_register(self.one.id)
                with self.assertRaises(AccessError):
                    self._save(user=user)
        self.assertEqual(self._stored(), {})
        with self.assertRaises(AccessError):
            self._register(self.staff).get_register()
        self.one.form_master_line_ids.date_to = date(2026, 4, 17)
        self._save(self._marks(di="late"), user=self.fm2)
        self._save(self._marks(di="excused"), user=self.boss, seen=self._seen())
        self.assertEqual(self._stored()["Di"], "excused")
        register = self._register(self.boss).get_register()
        self.assertEqual([each["name"] for each in register["classes"]], ["1A", "1B"])

    def test_administrators_have_those_of_their_own_schools(self):
        self.boss.write(
            {
                "company_id": self.env.company.id,
                "company_ids": [(6, 0, self.env.company.ids)],
            }
        )
        self.env.invalidate_all()
        classes = self.env["intervention.class"].with_user(self.boss)
        with self.assertRaises(AccessError):
            classes.get_register(self.one.id)
        names = [each["name"] for each in classes.get_register()["classes"]]
        self.assertNotIn("1A", names)

    def test_there_is_none_of_a_class_of_an_earlier_year(self):
        self.one.active = False
        with self.assertRaises(AccessError):
            self._save()
        with self.assertRaisesRegex(UserError, "earlier year"):
            self._save(user=self.boss)

    # --- who is missing in a row ---

    def test_it_tells_who_misses_the_third_school_day_in_a_row(self):
        for day in ("2026-04-15", "2026-04-16"):
            answer = self._save(self._marks(di="unexcused"), day=day)
            self.assertEqual(answer["in_a_row"], [])
        answer = self._save(self._marks(di="excused", ed="late"))
        self.assertEqual(
            answer["in_a_row"],
            [{"id": self.di.id, "name": "Di Test", "days": 3, "case": False}],
        )
        case = self.record(student_id=self.di.id, company_id=self.company.id)
        answer = self._save(self._marks(di="unexcused", ed="late"), seen=self._seen())
        self.assertEqual(answer["in_a_row"][0]["case"], case.id)

    # --- what it costs ---

    def test_thirty_students_cost_no_more_than_three(self):
        self.env["res.partner"].create(
            [
                {
                    "name": f"Student {number:02}",
                    "is_intervention_student": True,
                    "school_class_id": self.one.id,
                    "company_id": self.company.id,
                }
                for number in range(27)
            ]
        )
        self._save(day="2026-04-16")
        students = self._register().get_register()["students"]
        self.assertEqual(len(students), 30)
        marks = [{"student": each["id"], "meaning": "present"} for each in students]
        marks[4]["meaning"] = "unexcused"
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._save(marks, token="12345678")
        self.assertLessEqual(self.env.cr.sql_log_count - before, 25)
        # Another source has told of all of them already.
        office = self.env["intervention.attendance.source"].create(
            {"name": "Office", "company_id": self.company.id}
        )
        self.env.cr.execute(
            "UPDATE intervention_attendance SET source_id = %s WHERE company_id = %s",
            [office.id, self.company.id],
        )
        marks[5]["meaning"] = "unexcused"
        seen = self._seen()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._save(marks, seen=seen, token="12345679")
        # Two are for what was stored, and one is to confirm it.
        self.assertLessEqual(self.env.cr.sql_log_count - before, 28)
