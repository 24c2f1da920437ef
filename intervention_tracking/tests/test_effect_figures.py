from datetime import date, timedelta
from statistics import mean, stdev

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools.effect import student_t
from .common import ADMIN, InterventionCase

FILTERS = {"from": "2025-01-01", "to": "2025-12-31"}


@tagged("post_install", "-at_install")
class TestEffectFigures(InterventionCase, TransactionCase):
    """What is told of many cases, from what is known of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figures = cls.env["intervention.effect"]
        # The cases of a database with demo data are none of these figures.
        cls.env.cr.execute("UPDATE intervention_meeting SET active = FALSE")
        cls.students = [cls._new_student(f"Effect {number}") for number in range(24)]

    def case(self, number, net=None, state="counted", **vals):
        """Put a case with a student into the past, with what is known of it."""
        columns = {
            "student_id": self.students[number % len(self.students)].id,
            "company_id": self.env.company.id,
            "meeting_date": date(2025, 3, 3) + timedelta(days=number),
        }
        known = {
            "missed_before": 8,
            "missed_after": 6 + (net or 0),
            "alike_mean": 6,
            "alike_count": 14,
            "computed_at": "2025-07-01 02:00:00",
            "net": net,
            "state": state,
            **{
                name: vals.pop(name)
                for name in list(vals)
                if name == "early_until" or name.startswith("first_")
            },
        }
        meeting = {
            **columns,
            "form_master_id": (self.fm if number % 2 else self.fm2).id,
            "absence_reason": "a",
            "root_cause": "health",
            "intervention_notes": "b",
            "action_plan": "c",
            "urgency_level": "low",
            "status": "closed",
            "resolution_notes": "d",
            "closed_date": columns["meeting_date"],
            "active": True,
            **vals,
        }
        meeting_id = self._insert("intervention_meeting", meeting)
        if state:
            values = {**columns, "meeting_id": meeting_id, **known}
            values["student_id"] = meeting["student_id"]
            values["company_id"] = meeting["company_id"]
            self._insert("intervention_effect", values)
        return self.env["intervention.meeting"].browse(meeting_id)

    def _insert(self, table, values):
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        self.env.cr.execute(
            f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id",
            list(values.values()),
        )
        return self.env.cr.fetchone()[0]

    def told(self, filters=None, user=None):
        return self.figures.with_user(user or self.boss).get_figures(filters or FILTERS)

    def words(self, filters=None):
        return self.figures.with_user(self.boss).get_figures_in_words(
            filters or FILTERS
        )

    def nets(self, count, around):
        """Return so many numbers with a range of about 1 to both sides."""
        return [around + (number % 5 - 2) for number in range(count)]

    # --- the figure ---

    def test_mean_and_range_are_those_of_python(self):
        nets = self.nets(14, -2.25)
        for number, net in enumerate(nets):
            self.case(number, net)
        found = self.told()
        half = student_t(13) * stdev(nets) / 14**0.5
        self.assertEqual((found["count"], found["students"]), (14, 14))
        self.assertAlmostEqual(found["mean"], mean(nets), delta=1e-9)
        self.assertAlmostEqual(found["low"], mean(nets) - half, delta=1e-9)
        self.assertAlmostEqual(found["high"], mean(nets) + half, delta=1e-9)
        self.assertEqual((found["before"], found["alike"]), (8, 6))
        self.assertAlmostEqual(found["after"], 6 + mean(nets), delta=1e-9)

    def test_the_range_decides_what_is_concluded(self):
        for around, conclusion in (
            (-2, "less_absence"),
            (0.1, "chance"),
            (2, "more_absence"),
        ):
            cases = [
                self.case(number, net)
                for number, net in enumerate(self.nets(12, around))
            ]
            found = self.told()
            self.assertEqual(found["conclusion"], conclusion)
            self.assertEqual(found["low"] <= 0 <= found["high"], conclusion == "chance")
            for case in cases:
                case.active = False

    def test_all_alike_is_a_range_without_width(self):
        for number in range(10):
            self.case(number, 0.0)
        found = self.told()
        self.assertEqual((found["low"], found["mean"], found["high"]), (0, 0, 0))
        self.assertEqual(found["conclusion"], "chance")

    def test_there_is_a_figure_from_ten_students_on(self):
        for number, net in enumerate(self.nets(9, -3)):
            self.case(number, net)
        # A second case of a student makes no tenth.
        self.case(9, -3, student_id=self.students[0].id)
        found = self.told()
        self.assertEqual((found["count"], found["students"]), (10, 9))
        self.assertEqual(found["conclusion"], "too_few")
        for name in ("mean", "low", "high", "before", "after", "alike"):
            self.assertIsNone(found[name])
        self.case(10, -3)
        found = self.told()
        self.assertEqual((found["count"], found["students"]), (11, 10))
        self.assertEqual(found["conclusion"], "less_absence")

    def test_who_is_left_out_is_counted_by_reason(self):
        reasons = {"early": 3, "left": 1, "again": 2, "few_days": 2, "few_alike": 4}
        cases = {}
        number = 0
        for reason, count in reasons.items():
            for _each in range(count):
                cases.setdefault(reason, []).append(self.case(number, state=reason).id)
                number += 1
        cases["waiting"] = [self.case(number, state=None).id]
        cases["counted"] = [self.case(number + 1, -1).id]
        found = self.told()
        self.assertEqual(
            {each["reason"]: each["count"] for each in found["left_out"]},
            {**reasons, "waiting": 1},
        )
        self.assertEqual((found["count"], found["conclusion"]), (1, "too_few"))
        for reason, ids in cases.items():
            action = self.figures.with_user(self.boss).action_open_cases(
                FILTERS, reason
            )
            listed = self.meetings(self.boss).search(action["domain"])
            self.assertEqual(set(listed.ids), set(ids))
            self.assertEqual(set(listed.mapped("effect_state")), {reason})

    def test_it_is_too_early_while_none_is_counted_and_some_will_be(self):
        self.case(0, state="early", early_until=date(2025, 5, 9))
        self.case(1, state="early", early_until=date(2025, 4, 9))
        self.case(2, state="few_alike")
        found = self.told()
        self.assertEqual(found["conclusion"], "too_early")
        self.assertEqual(found["early_until"], date(2025, 4, 9))
        self.assertEqual(self.words()["headline"], "Too early to tell")
        self.case(3, -1)
        self.assertEqual(self.told()["conclusion"], "too_few")

    def test_what_will_be_computed_tonight_is_too_early(self):
        self.case(0, state=None)
        self.assertEqual(self.told()["conclusion"], "too_early")

    def test_without_meetings_there_are_too_few(self):
        found = self.told()
        self.assertEqual((found["count"], found["conclusion"]), (0, "too_few"))
        self.assertEqual(found["left_out"], [])
        self.assertEqual(self.words()["headline"], "No meetings to look at")

    # --- what it is narrowed down by ---

    def test_filters_narrow_it_down(self):
        template = self.env["intervention.plan.template"].search([], limit=1)
        for number in range(6):
            self.case(number, 1.0)
        self.case(6, 1.0, root_cause="family", plan_template_id=template.id)
        self.case(7, 1.0, attendance_band="severe")
        self.case(8, 1.0, plan_kept="kept")
        self.case(9, 1.0, meeting_date=date(2024, 3, 3))
        for filters, count in (
            ({}, 10),
            ({"from": "2025-03-04"}, 8),
            ({"from": "2025-03-04", "to": "2025-03-05"}, 2),
            ({"root_cause": "family"}, 1),
            ({"plan_template_id": template.id}, 1),
            ({"attendance_band": "severe"}, 1),
            ({"plan_kept": "kept"}, 1),
            ({"plan_kept": "not_asked"}, 9),
            ({"plan_kept": "kept", "root_cause": "family"}, 0),
            ({"plan_template_id": 2**31 - 1}, 0),
        ):
            with self.subTest(filters=filters):
                found = self.figures.with_user(self.boss).get_figures(filters)
                self.assertEqual(found["count"], count)

    def test_no_other_filter_is_taken(self):
        for filters in (
            {"form_master_id": self.fm.id},
            {"class_id": self.class_a.id},
            {"group_by": "form_master_id"},
            {"root_cause": "bad"},
            {"root_cause": ["health"]},
            {"plan_kept": "failed"},
            {"attendance_band": 3},
            {"from": "03.03.2025"},
            {"from": "2025-12-31", "to": "2025-01-01"},
            ["form_master_id"],
            "health",
        ):
            for name in ("get_figures", "get_figures_in_words", "action_open_cases"):
                with self.subTest(filters=filters, name=name):
                    with self.assertRaises(ValidationError):
                        getattr(self.figures.with_user(self.boss), name)(filters)

    def test_archived_cases_are_in_no_figure(self):
        cases = [self.case(number, 1.0) for number in range(3)]
        cases[0].with_user(self.boss).unlink()
        self.assertEqual(self.told()["count"], 2)

    # --- its parts ---

    def test_a_part_has_a_figure_from_twenty_students_on(self):
        nets = self.nets(20, -2)
        for number, net in enumerate(nets[:19]):
            self.case(number, net, plan_kept="kept")
        [part] = self.told()["parts"]["plan_kept"]
        self.assertEqual((part["value"], part["count"]), ("kept", 19))
        self.assertEqual((part["mean"], part["conclusion"]), (None, "too_few"))
        self.case(19, nets[19], plan_kept="kept")
        self.case(20, 5.0)
        kept, not_asked = self.told()["parts"]["plan_kept"]
        half = student_t(19) * stdev(nets) / 20**0.5
        self.assertEqual(kept["conclusion"], "less_absence")
        for name, expected in (
            ("mean", mean(nets)),
            ("low", mean(nets) - half),
            ("high", mean(nets) + half),
        ):
            # Drawn towards 0 by 20 / (20 + 20).
            self.assertAlmostEqual(kept[name], expected / 2, delta=1e-9)
        self.assertEqual((not_asked["value"], not_asked["count"]), ("not_asked", 1))

    def test_it_is_split_by_cause_and_template(self):
        template = self.env["intervention.plan.template"].search([], limit=1)
        self.case(0, 1.0, root_cause="family", plan_template_id=template.id)
        self.case(1, 1.0)
        self.case(2, 1.0)
        self.case(3, state="early", root_cause="other")
        parts = self.told()["parts"]
        self.assertEqual(set(parts), {"plan_kept", "root_cause", "plan_template_id"})
        self.assertEqual(
            [(each["value"], each["count"]) for each in parts["root_cause"]],
            [("health", 2), ("family", 1)],
        )
        self.assertEqual(
            [(each["value"], each["name"]) for each in parts["plan_template_id"]],
            [(template.id, template.name), (None, "No Template")],
        )

    # --- what was computed first ---

    def test_corrections_are_told_beside_what_was_computed_first(self):
        for number in range(10):
            first = 2.0 if number < 3 else 1.0
            self.case(
                number,
                1.0,
                first_on=date(2025, 6, 1),
                first_state="counted",
                first_net=first,
            )
        found = self.told()
        self.assertEqual((found["mean"], found["corrected"]["count"]), (1.0, 3))
        self.assertAlmostEqual(found["corrected"]["first"]["mean"], 1.3, delta=1e-9)
        said = " ".join(self.words()["corrected"])
        self.assertIn("3 meetings", said)
        self.assertIn("1.3 days more", said)

    def test_what_was_counted_and_is_not_any_more_is_corrected(self):
        self.case(0, state="few_days", first_on=date(2025, 6, 1), first_state="counted")
        self.case(1, 1.0, first_on=date(2025, 6, 1), first_state="few_alike")
        self.case(2, 1.0, first_on=date(2025, 6, 1), first_state="counted", first_net=1)
        self.case(3, 1.0)
        self.assertEqual(self.told()["corrected"]["count"], 2)

    # --- rights ---

    def test_a_form_master_is_told_of_own_cases(self):
        for number, net in enumerate(self.nets(11, -2)):
            self.case(number, net, form_master_id=self.fm.id)
        self.case(11, 5.0, form_master_id=self.fm2.id)
        mine, theirs = self.told(user=self.fm), self.told(user=self.fm2)
        self.assertEqual((mine["count"], mine["conclusion"]), (11, "less_absence"))
        self.assertEqual((theirs["count"], theirs["mean"]), (1, None))
        self.assertEqual(self.told()["count"], 12)
        words = self.figures.with_user(self.fm).get_figures_in_words(FILTERS)
        self.assertEqual(words["who"], "Counted: 11 students (of your own cases)")
        action = self.figures.with_user(self.fm2).action_open_cases(FILTERS)
        listed = self.meetings(self.fm2).search(action["domain"])
        self.assertEqual(listed.form_master_id, self.fm2)

    def test_the_figures_are_not_for_others(self):
        for number, net in enumerate(self.nets(12, -2)):
            self.case(number, net)
        for user in (self.staff, self.portal, self.public):
            for name in ("get_figures", "get_figures_in_words", "action_open_cases"):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError) as caught:
                        getattr(self.figures.with_user(user), name)(FILTERS)
                    self.assertNotIn("intervention.effect", str(caught.exception))
        self.assertEqual(self.told()["conclusion"], "less_absence")

    def test_an_administrator_sees_the_cases_of_their_companies(self):
        for number in range(12):
            self.case(number, 1.0)
        other = self.env["res.company"].create({"name": "Other School"})
        theirs = self._new_user(
            "boss2", ADMIN, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertEqual(self.told(user=theirs)["count"], 0)
        student = self._new_student("Elsewhere", company_id=other.id)
        self.case(13, 1.0, student_id=student.id, company_id=other.id)
        self.assertEqual(self.told(user=theirs)["count"], 1)
        self.assertEqual(self.told()["count"], 12)

    def test_nothing_is_grouped_by_form_master_through_any_door(self):
        for number, net in enumerate(self.nets(12, -2)):
            self.case(number, net)
        known = self.figures.search([]).ids
        for user in (self.fm, self.boss):
            user.group_ids += self.env.ref("base.group_allow_export")
            effects = self.figures.with_user(user)
            meetings = self.meetings(user)
            for call in (
                lambda effects=effects: effects.search([]),
                lambda effects=effects: effects.search_count([]),
                lambda effects=effects: effects.formatted_read_group(
                    [], ["meeting_id"], ["net:avg"]
                ),
                lambda effects=effects: effects._read_group(
                    [], ["meeting_id"], ["net:avg"]
                ),
                lambda effects=effects: effects.web_search_read([], {"net": {}}),
                lambda effects=effects: effects.browse(known).export_data(["net"]),
                lambda effects=effects: effects.browse(known).read(["net"]),
            ):
                with self.assertRaises(AccessError):
                    call()
            # No field of a case leads to what was computed of it.
            with self.assertRaises(ValueError):
                meetings.formatted_read_group([], ["effect_state"], ["__count"])
            for model in ("intervention.meeting", "intervention.report"):
                for name, field in self.env[model]._fields.items():
                    self.assertNotEqual(field.comodel_name, "intervention.effect", name)
                    self.assertFalse("effect" in name and field.store, name)
        with self.assertRaises(ValidationError):
            self.meetings(self.boss).get_analytics(group_by=["effect"])
        with self.assertRaises(AccessError):
            self.meetings(self.staff).search([("effect_state", "=", "counted")])

    # --- words ---

    def test_no_word_says_that_meetings_work_or_who_is_best(self):
        template = self.env["intervention.plan.template"].search([], limit=1)
        for around in (-2, 0.1, 2):
            cases = [
                self.case(number, net, plan_template_id=template.id, plan_kept="not")
                for number, net in enumerate(self.nets(22, around))
            ]
            said = str(self.words()).lower()
            for word in ("effective", "failed plan", "best", self.fm.name.lower()):
                self.assertNotIn(word, said)
            for case in cases:
                case.active = False

    def test_words_have_the_numbers(self):
        for number, net in enumerate(self.nets(12, -2)):
            self.case(number, net)
        found = self.words()
        self.assertEqual(found["headline"], "Fewer days missed than similar students")
        self.assertIn("these 12 students", found["sentences"][0])
        self.assertIn("2.2 days fewer", found["sentences"][0])
        how = " ".join(found["how"])
        self.assertIn("14 similar students", how)
        # The bar is to the side of fewer days, and inside of the line.
        bar = found["row"]["bar"]
        self.assertTrue(0 <= bar["low"] < bar["mean"] < bar["high"] < 50)

    def test_a_range_over_zero_is_said_to_be_chance(self):
        for number, net in enumerate(self.nets(15, -0.3)):
            self.case(number, net)
        found = self.words()
        self.assertEqual(found["headline"], "Can't be told from chance")
        self.assertIn("neither", found["sentences"][-1])
        self.assertTrue(found["row"]["bar"]["low"] < 50 < found["row"]["bar"]["high"])

    def test_groups_are_said_to_be_alike_where_their_ranges_overlap(self):
        for number in range(44):
            kept = number < 22
            student = self._new_student(f"Group {number}")
            self.case(
                number,
                (-0.2 if kept else 0.2) + number % 5 - 2,
                student_id=student.id,
                plan_kept="kept" if kept else "not",
                meeting_date=date(2025, 3, 3),
            )
        [part] = [each for each in self.words()["parts"] if each["name"] == "plan_kept"]
        self.assertIn("may well be alike", part["note"])
        self.assertIn("can't have failed", part["note"])
        self.env.cr.execute(
            """UPDATE intervention_effect SET net = net + 5 WHERE meeting_id IN (
                   SELECT id FROM intervention_meeting WHERE plan_kept = 'not')"""
        )
        [part] = [each for each in self.words()["parts"] if each["name"] == "plan_kept"]
        self.assertIn("don't overlap", part["note"])

    # --- where else it is ---

    def test_a_template_has_its_figure_from_twenty_students_on(self):
        templates = self.env["intervention.plan.template"]
        used, unused = templates.search([], limit=2)
        nets = self.nets(20, -2)
        for number, net in enumerate(nets[:19]):
            self.case(number, net, plan_template_id=used.id)
        self.assertFalse(used.with_user(self.boss).effect_figure)
        self.case(19, nets[19], plan_template_id=used.id)
        used.invalidate_recordset()
        row = used.with_user(self.boss).effect_figure["row"]
        self.assertEqual((row["students"], row["difference"]), (20, "1.0 days fewer"))
        self.assertFalse(unused.with_user(self.boss).effect_figure)
        for user in (self.fm, self.staff):
            with self.assertRaises(AccessError):
                used.with_user(user).read(["effect_figure"])
        self.assertNotIn("effect_figure", templates.with_user(self.fm).fields_get())
        with self.assertRaises(ValueError):
            templates.with_user(self.boss).search([], order="effect_figure")

    def test_the_period_summary_prints_it_for_administrators(self):
        for number, net in enumerate(self.nets(12, -2)):
            self.case(number, net)
        period = {"period": "other", "date_from": "2025-03-01", "date_to": "2025-03-31"}
        said = "Fewer days missed than similar students"
        for user in (self.boss, self.fm, self.fm2):
            wizard = self.env["intervention.print.summary"].with_user(user)
            wizard = wizard.create(period)
            page, _kind = (
                self.env["ir.actions.report"]
                .with_user(user)
                ._render_qweb_html(
                    "intervention_tracking.report_period_summary", wizard.ids
                )
            )
            self.assertEqual(said in page.decode(), user == self.boss)
