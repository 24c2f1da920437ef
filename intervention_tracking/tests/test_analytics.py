from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged

from ..tools.figures import DIMENSIONS, FIGURES, LONGEST_PAUSE, SHARES
from .common import CAUSES, FORM_MASTER, InterventionCase

SCHOOL = 60


@tagged("post_install", "-at_install")
class TestAnalytics(InterventionCase, TransactionCase):
    """The figures are those that Python computes from the same meetings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The cases of a database with demo data are none of these figures.
        cls.env.cr.execute("UPDATE intervention_meeting SET active = FALSE")
        cls.rows = []
        students = [
            cls._new_student(f"Many {number}", school_class=school_class)
            for number in range(6)
            for school_class in (cls.class_a, cls.class_b)
        ]
        for number in range(SCHOOL):
            cls._add_case(number, students[number % len(students)])
        cls.env.invalidate_all()

    @classmethod
    def _add_case(cls, number, student):
        """Put a case with a history of its own into the past, as time would have."""
        owner = student.school_class_id.form_master_id
        met = date.today() - timedelta(days=400 - number * 6)
        turn = number // 12
        closed = turn < 3
        # The second meeting for a cause is about 60 days after the closing.
        cause = CAUSES[turn // 2 if closed else 2 + turn % 2]
        meeting = cls.env["intervention.meeting"].create(
            {
                "student_id": student.id,
                "form_master_id": owner.id,
                "meeting_date": date.today(),
                "absence_reason": "a",
                "root_cause": "other",
                "intervention_notes": "b",
                "action_plan": "c",
            }
        )
        statuses = (
            ["open", "monitoring", "improving", "closed"],
            ["open", "escalated", "closed"],
            ["open", "improving", "not_improving", "closed"],
            ["open", "monitoring"],
            ["open"],
        )[number % 3 if closed else 3 + number % 2]
        due = met + timedelta(days=10 + number % 7)
        updates = [
            (met + timedelta(days=(place + 1) * (1 + number % 9)), before, after)
            for place, (before, after) in enumerate(pairwise(statuses))
        ]
        closed_date = updates[-1][0] if closed else None
        for day, before, after in updates:
            cls.env.cr.execute(
                """INSERT INTO intervention_progress (meeting_id, update_text,
                       happened_on, old_status, new_status, create_uid, create_date)
                   VALUES (%s, 'Note', %s, %s, %s, %s, %s)""",
                [
                    meeting.id,
                    day,
                    before,
                    after,
                    owner.id,
                    datetime.combine(day, datetime.min.time()),
                ],
            )
        template = cls.env["intervention.plan.template"]
        if number % 2:
            template = template.search([("root_cause", "=", cause)], limit=1)
        cls.env.flush_all()
        cls.env.cr.execute(
            """UPDATE intervention_meeting SET meeting_date = %s, root_cause = %s,
                      status = %s, follow_up_date = %s, closed_date = %s,
                      urgency_level = %s, plan_template_id = %s,
                      resolution_notes = CASE WHEN %s THEN 'Solved' END
                WHERE id = %s""",
            [
                met,
                cause,
                statuses[-1],
                due,
                closed_date,
                ("low", "medium", "high")[number % 3],
                template.id or None,
                closed,
                meeting.id,
            ],
        )
        cls.rows.append(
            {
                "id": meeting.id,
                "student": student.id,
                "month": f"{met:%Y-%m}",
                "class": student.school_class_id.id,
                "root_cause": cause,
                "urgency": ("low", "medium", "high")[number % 3],
                "status": statuses[-1],
                "form_master": owner.id,
                "template": template.id or None,
                "attendance_band": "unknown",
                "met": met,
                "closed": closed_date,
                "due": due,
                "statuses": statuses,
                "updates": [day for day, _before, _after in updates],
            }
        )

    def figures_of(self, row, rows):
        """Compute the figures of one case in plain Python; None is not known."""
        first = min(row["updates"], default=None)
        closed = row["closed"]
        answers = [day for day in row["updates"] if day >= row["due"]]
        due = row["due"] < date.today() - timedelta(days=7) and (
            not closed or row["due"] <= closed
        )
        answer = (min(answers) - row["due"]).days if due and answers else None
        before_closing = [each for each in row["statuses"] if each != "closed"][-1]
        return {
            "closed_share": float(bool(closed)),
            "improved_share": float(before_closing == "improving"),
            "escalated_share": float("escalated" in row["statuses"]),
            "reopened_share": float(
                any(
                    other["student"] == row["student"]
                    and other["root_cause"] == row["root_cause"]
                    and (other["met"], other["id"]) > (closed, row["id"])
                    and (other["met"] - closed).days <= 60
                    for other in rows
                )
            )
            if closed
            else None,
            "answered_share": float(answer is not None and answer <= 7)
            if due
            else None,
            "days_to_first_update": (first - row["met"]).days if first else None,
            "days_to_close": (closed - row["met"]).days if closed else None,
            "days_to_answer": answer,
        }

    def expected(self, rows, everything):
        result = {"meetings": len(rows)}
        for name in FIGURES:
            known = [
                value
                for row in rows
                if (value := self.figures_of(row, everything)[name]) is not None
            ]
            compute = mean if name in SHARES else median
            result[name] = {
                "value": round(compute(known), 4) if len(known) >= 5 else None,
                "cases": len(known),
            }
        return result

    def owned(self, user):
        return [row for row in self.rows if row["form_master"] == user.id]

    def assertNumbers(self, found, expected):
        self.assertEqual(
            {name: found[name] for name in ("meetings", *FIGURES)}, expected
        )

    def test_the_total_is_what_python_computes_for_each_role(self):
        for user, rows in (
            (self.fm, self.owned(self.fm)),
            (self.fm2, self.owned(self.fm2)),
        ):
            with self.subTest(user.login):
                found = self.meetings(user).get_analytics()
                self.assertNumbers(found["total"], self.expected(rows, rows))

    def test_an_administrator_has_the_figures_of_all(self):
        found = self.meetings(self.boss).get_analytics(group_by="form_master")
        groups = {each["value"]: each for each in found["groups"]["form_master"]}
        for user in (self.fm, self.fm2):
            self.assertNumbers(
                groups[user.id], self.expected(self.owned(user), self.rows)
            )
            self.assertEqual(groups[user.id]["name"], user.name)

    def test_every_figure_is_known_for_some_and_none_is_trivial(self):
        """The school of this test tells a wrong formula from a right one."""
        expected = self.expected(self.rows, self.rows)
        for name in FIGURES:
            self.assertGreaterEqual(expected[name]["cases"], 5, name)
            self.assertNotIn(expected[name]["value"], (0, 1, None), name)

    def test_groups_are_what_python_computes(self):
        rows = self.owned(self.fm)
        found = self.meetings(self.fm).get_analytics(group_by=list(DIMENSIONS))
        self.assertEqual(set(found["groups"]), set(DIMENSIONS))
        for name, groups in found["groups"].items():
            for group in groups:
                with self.subTest(name, group=group["value"]):
                    some = [row for row in rows if row[name] == group["value"]]
                    self.assertNumbers(group, self.expected(some, rows))
            self.assertEqual(
                sum(group["meetings"] for group in groups), len(rows), name
            )

    def test_groups_have_names_in_order(self):
        groups = self.meetings(self.boss).get_analytics(
            group_by=["root_cause", "class", "month", "urgency"]
        )["groups"]
        causes = [each["name"] for each in groups["root_cause"]]
        labels = dict(
            self.env["intervention.meeting"]._fields["root_cause"].selection
        ).values()
        self.assertEqual(causes, [label for label in labels if label in causes])
        names = [each["name"] for each in groups["class"] if each["value"]]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual({"Test 7A", "Test 7B"}, set(names))
        months = [each["value"] for each in groups["month"]]
        self.assertEqual(months, sorted(months))

    def test_a_month_without_meetings_between_others_is_there(self):
        day = self.day
        early = self.record(self.fm2, student_id=self.cy.id, meeting_date=day(-900))
        late = self.record(
            self.fm2,
            student_id=self.cy.id,
            root_cause="other",
            meeting_date=day(-800),
        )
        groups = self.meetings(self.fm2).get_analytics(
            date_from=str(early.meeting_date),
            date_to=str(late.meeting_date),
            group_by="month",
        )["groups"]["month"]
        counts = [each["meetings"] for each in groups]
        self.assertEqual((counts[0], counts[-1], sum(counts)), (1, 1, 2))
        self.assertGreaterEqual(len(counts), 4)
        self.assertEqual(groups[1]["closed_share"], {"value": None, "cases": 0})

    def months(self, *days):
        """Return the months, and their meetings, of somebody who met on these days."""
        owner = self._new_user("fm3", FORM_MASTER)
        for day, cause in zip(days, CAUSES, strict=False):
            meeting = self.record(owner, root_cause=cause)
            # In SQL, as a case of before may have a day that is refused by now.
            self.env.cr.execute(
                "UPDATE intervention_meeting SET meeting_date = %s WHERE id = %s",
                [day, meeting.id],
            )
        self.env.invalidate_all()
        found = self.meetings(owner).get_analytics(group_by="month")
        months = [
            (each["value"], each["meetings"]) for each in found["groups"]["month"]
        ]
        self.assertEqual(
            sum(number for _month, number in months), found["total"]["meetings"]
        )
        return months

    def test_a_mistyped_year_is_one_month_more(self):
        self.assertEqual(
            self.months("2026-05-04", "0026-03-02", "2026-03-02", "0026-03-30"),
            [("0026-03", 2), ("2026-03", 1), ("2026-04", 0), ("2026-05", 1)],
        )

    def test_a_pause_over_the_ends_of_years_is_filled(self):
        year = LONGEST_PAUSE // 12
        filled = self.months("2020-12-31", f"{2021 + year}-01-01")
        self.assertEqual(len(filled), LONGEST_PAUSE + 2)
        self.assertEqual(filled[:2], [("2020-12", 1), ("2021-01", 0)])
        self.assertEqual(
            filled[-2:], [(f"{2020 + year}-12", 0), (f"{2021 + year}-01", 1)]
        )

    def test_a_longer_pause_than_that_is_not_filled(self):
        first, last = "2020-12", f"{2021 + LONGEST_PAUSE // 12}-02"
        self.assertEqual(
            self.months(f"{first}-31", f"{last}-01"), [(first, 1), (last, 1)]
        )

    def test_the_period_and_the_other_filters_choose_the_meetings(self):
        date_from, date_to = self.rows[20]["met"], self.rows[40]["met"]
        rows = [row for row in self.rows if date_from <= row["met"] <= date_to]
        found = self.meetings(self.boss).get_analytics(
            str(date_from), str(date_to), class_id=self.class_a.id
        )
        some = [row for row in rows if row["class"] == self.class_a.id]
        self.assertNumbers(found["total"], self.expected(some, self.rows))
        found = self.meetings(self.boss).get_analytics(
            date_from, date_to, form_master_id=self.fm2.id
        )
        some = [row for row in rows if row["form_master"] == self.fm2.id]
        self.assertNumbers(found["total"], self.expected(some, self.rows))

    def test_figures_over_fewer_than_five_cases_are_hidden(self):
        last = self.rows[-4]["met"]
        for first, cases in ((last, 4), (self.rows[-5]["met"], 5)):
            total = self.meetings(self.boss).get_analytics(first)["total"]
            self.assertEqual(total["meetings"], cases)
            self.assertEqual(total["closed_share"]["cases"], cases)
            self.assertEqual(total["closed_share"]["value"] is None, cases < 5)
            self.assertIsNone(total["days_to_close"]["value"])

    def test_the_report_has_the_figures_of_each_meeting(self):
        rows = self.owned(self.fm)
        reports = self.env["intervention.report"].with_user(self.fm).search([])
        self.assertEqual(set(reports.ids), {row["id"] for row in rows})
        for row in rows:
            report = reports.browse(row["id"])
            self.assertEqual(report.meeting_id.id, row["id"])
            figures = self.figures_of(row, rows)
            for name in FIGURES:
                expected = False if figures[name] is None else figures[name]
                self.assertIs(report[name] is False, expected is False, name)
                self.assertEqual(report[name], expected, name)

    def test_the_pivot_averages_what_is_known(self):
        rows = self.owned(self.fm)
        groups = (
            self.env["intervention.report"]
            .with_user(self.fm)
            ._read_group(
                [], ["root_cause"], ["__count", *(f"{name}:avg" for name in FIGURES)]
            )
        )
        self.assertEqual(sum(group[1] for group in groups), len(rows))
        for cause, _count, *averages in groups:
            figures = [
                self.figures_of(row, rows) for row in rows if row["root_cause"] == cause
            ]
            for name, average in zip(FIGURES, averages, strict=True):
                known = [each[name] for each in figures if each[name] is not None]
                if known:
                    self.assertAlmostEqual(average, mean(known), msg=name)
                else:
                    self.assertFalse(average)

    def test_nobody_else_has_the_analysis(self):
        for user in (self.staff, self.portal, self.public):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.meetings(user).get_analytics()
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intervention.report"].with_user(user).search([])

    def test_nobody_writes_into_the_analysis(self):
        report = self.env["intervention.report"].with_user(self.boss)
        with self.assertRaises(AccessError):
            report.create({"root_cause": "health"})
        with self.assertRaises(AccessError):
            report.search([], limit=1).write({"root_cause": "health"})
        with self.assertRaises(AccessError):
            report.search([], limit=1).unlink()

    def test_archived_meetings_count_nowhere(self):
        before = self.meetings(self.boss).get_analytics()["total"]
        meeting = self.meetings(self.boss).browse(self.rows[0]["id"])
        meeting.unlink()
        after = self.meetings(self.boss).get_analytics()["total"]
        self.assertEqual(after["meetings"], before["meetings"] - 1)
        self.assertFalse(
            self.env["intervention.report"]
            .with_context(active_test=False)
            .search([("id", "=", meeting.id)])
        )

    def test_a_return_that_a_form_master_may_not_see_is_not_told(self):
        closed = self.in_status("closed", student_id=self.cy.id)
        self.make_older(closed, 10)
        self.env.cr.execute(
            """UPDATE intervention_meeting SET closed_date = closed_date - 5
                WHERE id = %s""",
            [closed.id],
        )
        self.record(self.fm2, student_id=self.cy.id)
        report = self.env["intervention.report"]
        self.env.invalidate_all()
        self.assertEqual(report.with_user(self.fm).browse(closed.id).reopened_share, 0)
        self.env.invalidate_all()
        self.assertEqual(
            report.with_user(self.boss).browse(closed.id).reopened_share, 1
        )

    def reports(self, meetings, user=None, **context):
        """Return the rows of the report of these meetings, as a user has them."""
        self.env.invalidate_all()
        report = self.env["intervention.report"].with_user(user or self.fm)
        return report.with_context(**context).browse(meetings.ids)

    def test_of_cases_closed_on_one_day_the_earlier_one_was_reopened(self):
        first = self.in_status("closed")
        second = self.in_status("closed")
        self.assertEqual(second.meeting_date, first.closed_date)
        self.assertEqual(
            self.reports(first + second).mapped("reopened_share"), [1.0, 0.0]
        )

    def test_a_meeting_of_a_later_day_reopens_whatever_was_recorded_first(self):
        later = self.in_status("closed")
        earlier = self.in_status("closed")
        self.env.cr.execute(
            """UPDATE intervention_meeting
                  SET meeting_date = meeting_date - 9, closed_date = closed_date - 9
                WHERE id = %s""",
            [earlier.id],
        )
        self.assertEqual(
            self.reports(earlier + later).mapped("reopened_share"), [1.0, 0.0]
        )

    def test_no_days_are_negative_where_people_are_in_other_time_zones(self):
        """In the west it is still the day before, or even the one before that."""
        east = self.meetings(self.fm).with_context(tz="Pacific/Kiritimati")
        west = {"tz": "Pacific/Pago_Pago"}
        with freeze_time("2026-03-01 10:30:00"):
            meeting, waiting, earlier = east.create(
                [
                    self.vals(meeting_date="2026-03-02"),
                    self.vals(meeting_date="2026-03-02", root_cause="other"),
                    self.vals(meeting_date="2026-03-01", root_cause="family"),
                ]
            )
            earlier.write({"status": "closed", "resolution_notes": "Solved"})
            again = east.create(
                self.vals(meeting_date="2026-03-02", root_cause="family")
            )
            (meeting + again).with_user(self.boss).with_context(**west).write(
                {"status": "closed", "resolution_notes": "Solved"}
            )
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO intervention_progress (meeting_id, update_text,
                   happened_on, old_status, new_status, create_uid, create_date)
               VALUES (%s, 'Note', '2026-03-01', 'open', 'open', %s,
                   '2026-03-01 10:30:00')""",
            [meeting.id, self.boss.id],
        )
        self.assertLess(meeting.closed_date, meeting.meeting_date)
        closed, open_one = self.reports(meeting + waiting, **west)
        self.assertEqual((closed.days_to_first_update, closed.days_to_close), (0, 0))
        self.assertIs(open_one.days_to_first_update, False)
        self.assertIs(open_one.days_to_close, False)
        self.assertEqual(
            self.reports(earlier + again, **west).mapped("reopened_share"), [1.0, 0.0]
        )

    def test_who_exports_by_intervention_gets_what_they_may_read_of_it(self):
        meeting = self.record()
        columns = [["root_cause"], ["meeting_id"], ["meeting_id", "absence_reason"]]
        [[_cause, name, reason]] = self.reports(meeting)._export_rows(columns)
        self.assertIn("Ada Test", name)
        self.assertEqual(reason, meeting.absence_reason)
        foreign = self.reports(meeting, self.fm2)
        with self.assertRaises(AccessError):
            foreign._export_rows(columns)

    def test_a_follow_up_date_that_was_replaced_still_counts(self):
        meeting = self.overdue()
        self.flush_tracking()
        self.make_older(meeting, 20)
        due = meeting.follow_up_date
        self.add_update(meeting, "He comes.")
        meeting.with_user(self.fm).write({"follow_up_date": self.day(5)})
        self.flush_tracking()
        self.env.invalidate_all()
        report = self.env["intervention.report"].with_user(self.fm).browse(meeting.id)
        self.assertEqual(report.days_to_answer, (self.day(0) - due).days)
        self.assertEqual(report.answered_share, 0)

    def test_a_follow_up_date_that_was_moved_before_it_came_does_not_count(self):
        meeting = self.record(follow_up_date=self.day(3))
        self.flush_tracking()
        meeting.write({"follow_up_date": self.day(20)})
        self.flush_tracking()
        # Both dates pass, as if the meeting had been long ago.
        self.make_older(meeting, 15)
        self.env.cr.execute(
            """ALTER TABLE intervention_change DISABLE TRIGGER append_only;
               UPDATE intervention_change
                  SET create_date = create_date - INTERVAL '15 days',
                      old_value = old_value::date - 15
                WHERE meeting_id = %s;
               ALTER TABLE intervention_change ENABLE TRIGGER append_only""",
            [meeting.id],
        )
        self.env.invalidate_all()
        report = self.env["intervention.report"].with_user(self.fm).browse(meeting.id)
        self.assertIs(report.answered_share, False)

    def test_a_bad_question_is_refused(self):
        meetings = self.meetings(self.fm)
        for arguments in (
            {"date_from": "yesterday"},
            {"date_to": 5},
            {"date_from": "2026-02-30"},
            {"date_from": "2026-02-02", "date_to": "2026-02-01"},
            {"group_by": "student"},
            {"group_by": ["month", "id; DROP TABLE res_users"]},
        ):
            with self.subTest(str(arguments)), self.assertRaises(ValidationError):
                meetings.get_analytics(**arguments)

    def test_who_has_no_meetings_gets_zeros(self):
        nobody = self._new_user("fm3", FORM_MASTER)
        found = self.meetings(nobody).get_analytics(group_by=["month", "root_cause"])
        self.assertEqual(found["total"]["meetings"], 0)
        self.assertEqual(found["groups"], {"month": [], "root_cause": []})

    def test_every_figure_says_how_it_is_computed(self):
        figures = self.meetings(self.fm).get_analytics()["figures"]
        self.assertEqual([each["name"] for each in figures], list(FIGURES))
        for figure in figures:
            self.assertTrue(figure["label"])
            self.assertGreater(len(figure["definition"]), 30)
            self.assertEqual(figure["kind"] == "days", figure["name"] not in SHARES)

    def test_it_takes_one_statement(self):
        meetings = self.meetings(self.fm)
        meetings.get_analytics(group_by=["month", "root_cause"])
        with self.assertQueryCount(1):
            meetings.get_analytics(group_by=["month", "root_cause"])
