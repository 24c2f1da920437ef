from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median_low

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged

from ..tools.figures import DIMENSIONS, FIGURES, LONGEST_PAUSE, SHARES
from .common import CAUSES, FORM_MASTER, InterventionCase

SCHOOL = 66
# Stands for a figure of a case for which it is too early.
EARLY = "early"


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
        # Some cases take longer than the others.
        pace = 31 if number % 10 == 7 else 1 + number % 9
        turn = number // 12
        closed = turn < 3
        # The second meeting for a cause is about 60 days after the closing.
        cause = CAUSES[turn // 2 if closed else 2 + turn % 3]
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
            (met + timedelta(days=(place + 1) * pace), before, after)
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
        today = date.today()
        met, closed, due = row["met"], row["closed"], row["due"]
        first = min(row["updates"], default=None)
        answers = [day for day in row["updates"] if day >= due]
        answer = (min(answers) - due).days if answers else None
        reached = [row["statuses"][0]]
        for day, status in zip(row["updates"], row["statuses"][1:], strict=True):
            if (day - met).days <= 60:
                reached.append(status)
        before_closing = [each for each in reached if each != "closed"][-1]
        figures = {
            "closed_share": float(reached[-1] == "closed"),
            "improved_share": float(before_closing == "improving"),
            "escalated_share": float("escalated" in reached),
            "days_to_first_update": min((first - met).days, 60) if first else 60,
            "days_to_close": min((closed - met).days, 60) if closed else 60,
        }
        if (today - met).days < 60:
            figures = dict.fromkeys(figures, EARLY)
        reopened = closed and float(
            any(
                other["student"] == row["student"]
                and other["root_cause"] == row["root_cause"]
                and (other["met"], other["id"]) > (closed, row["id"])
                and (other["met"] - closed).days <= 60
                for other in rows
            )
        )
        if closed and (today - closed).days < 60:
            reopened = EARLY
        answered = days = None
        if not closed or due <= closed:
            days = 8 if answer is None else min(answer, 8)
            answered = float(days <= 7)
            if (today - due).days <= 7:
                answered = days = EARLY
        return {
            **figures,
            "reopened_share": reopened,
            "answered_share": answered,
            "days_to_answer": days,
        }

    def expected(self, rows, everything):
        result = {"meetings": len(rows)}
        for name in FIGURES:
            values = [self.figures_of(row, everything)[name] for row in rows]
            known = [value for value in values if value not in (None, EARLY)]
            compute = mean if name in SHARES else median_low
            result[name] = {
                "value": round(compute(known), 4) if len(known) >= 5 else None,
                "cases": len(known),
                "too_early": values.count(EARLY),
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
        for name in set(FIGURES) - {"reopened_share"}:
            self.assertGreater(expected[name]["too_early"], 0, name)

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
        self.assertEqual(
            groups[1]["closed_share"], {"value": None, "cases": 0, "too_early": 0}
        )

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
        last = self.rows[40]["met"]
        for first, cases in ((self.rows[37]["met"], 4), (self.rows[36]["met"], 5)):
            total = self.meetings(self.boss).get_analytics(first, last)["total"]
            self.assertEqual(total["meetings"], cases)
            self.assertEqual(total["closed_share"]["cases"], cases)
            self.assertEqual(total["closed_share"]["value"] is None, cases < 5)

    def test_the_report_has_the_figures_of_each_meeting(self):
        rows = self.owned(self.fm)
        reports = self.env["intervention.report"].with_user(self.fm).search([])
        self.assertEqual(set(reports.ids), {row["id"] for row in rows})
        for row in rows:
            report = reports.browse(row["id"])
            self.assertEqual(report.meeting_id.id, row["id"])
            figures = self.figures_of(row, rows)
            for name in FIGURES:
                expected = False if figures[name] in (None, EARLY) else figures[name]
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
                known = [
                    each[name] for each in figures if each[name] not in (None, EARLY)
                ]
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
        self.ago(closed, 70)
        self.ago(self.record(self.fm2, student_id=self.cy.id), 50)
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

    def ago(self, meetings, days):
        """Move these meetings, with their history, so many days into the past."""
        self.flush_tracking()
        self.env.cr.execute(
            """UPDATE intervention_meeting
                  SET meeting_date = meeting_date - %(days)s,
                      follow_up_date = follow_up_date - %(days)s,
                      closed_date = closed_date - %(days)s
                WHERE id = ANY(%(ids)s);
               ALTER TABLE intervention_progress DISABLE TRIGGER append_only;
               UPDATE intervention_progress SET happened_on = happened_on - %(days)s
                WHERE meeting_id = ANY(%(ids)s);
               ALTER TABLE intervention_progress ENABLE TRIGGER append_only""",
            {"days": days, "ids": meetings.ids},
        )
        self.env.invalidate_all()
        return meetings

    def test_of_cases_closed_on_one_day_the_earlier_one_was_reopened(self):
        first = self.ago(self.in_status("closed"), 60)
        second = self.ago(self.in_status("closed"), 60)
        self.assertEqual(second.meeting_date, first.closed_date)
        self.assertEqual(
            self.reports(first + second).mapped("reopened_share"), [1.0, 0.0]
        )

    def test_a_meeting_of_a_later_day_reopens_whatever_was_recorded_first(self):
        later = self.ago(self.in_status("closed"), 60)
        earlier = self.ago(self.in_status("closed"), 69)
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
        self.assertEqual((closed.first_update_after, closed.closed_after), (0, 0))
        self.assertIs(open_one.first_update_after, False)
        self.assertIs(open_one.closed_after, False)
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
        self.assertEqual(report.answered_after, (self.day(0) - due).days)
        self.assertEqual(report.days_to_answer, 8)
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

    def test_days_that_stand_for_more_are_named(self):
        figures = self.meetings(self.fm).get_analytics()["figures"]
        self.assertEqual(
            {each["name"]: each["most"] for each in figures if each["most"]},
            {"days_to_first_update": 60, "days_to_close": 60, "days_to_answer": 8},
        )

    def assertRow(self, meeting, user=None, **expected):
        """The row of a case has these figures; None is empty, and no zero."""
        row = self.reports(meeting, user)
        for name, value in expected.items():
            found = None if row[name] is False else row[name]
            self.assertEqual(found, value, name)

    def test_a_case_is_told_of_from_its_60th_day_on(self):
        for age, closed, early in ((59, None, 1), (60, 0, 0), (61, 0, 0)):
            meeting = self.record(root_cause=CAUSES[age - 59])
            self.ago(meeting, age)
            with self.subTest(age):
                self.assertRow(
                    meeting,
                    too_early=early,
                    closed_share=closed,
                    improved_share=closed,
                    escalated_share=closed,
                    days_to_close=None if early else 60,
                    days_to_first_update=None if early else 60,
                )

    def test_a_young_case_that_is_closed_is_too_early_too(self):
        """Counting the quick ones alone would make the last months look better."""
        meeting = self.ago(self.in_status("closed"), 59)
        self.assertRow(meeting, too_early=1, closed_share=None, days_to_close=None)
        self.assertRow(meeting, closed_after=0)

    def test_a_case_counts_as_closed_until_its_60th_day(self):
        for days, share, most in ((59, 1, 59), (60, 1, 60), (61, 0, 60)):
            meeting = self.ago(self.record(root_cause=CAUSES[days - 59]), days)
            meeting.write({"status": "improving"})
            meeting.write({"status": "closed", "resolution_notes": "Solved"})
            self.ago(meeting, 30)
            with self.subTest(days):
                self.assertRow(
                    meeting,
                    closed_share=share,
                    closed_after=days,
                    days_to_close=most,
                    improved_share=share,
                    days_to_first_update=most,
                )

    def test_an_improvement_or_escalation_after_the_60th_day_is_not_of_it(self):
        for days, share in ((60, 1), (61, 0)):
            meeting = self.ago(self.record(root_cause=CAUSES[days - 60]), days)
            meeting.write({"status": "escalated"})
            self.ago(meeting, 10)
            meeting.write({"status": "improving"})
            with self.subTest(days):
                self.assertRow(meeting, escalated_share=share, improved_share=0)
        meeting = self.ago(self.record(root_cause="financial"), 60)
        meeting.write({"status": "improving"})
        self.ago(meeting, 1)
        meeting.write({"status": "not_improving"})
        self.assertRow(meeting, improved_share=1)

    def test_a_status_stands_whose_update_was_retracted(self):
        meeting = self.ago(self.record(), 60)
        better = self.add_update(meeting, "Better", status="improving")
        self.ago(meeting, 5)
        later = self.add_update(meeting, "Worse", status="not_improving")
        (better | later).retract("Another student")
        self.assertRow(
            meeting,
            improved_share=1,
            first_update_after=None,
            days_to_first_update=60,
        )

    def test_a_closing_is_told_of_from_the_60th_day_after_it(self):
        for age, share, early in ((59, None, 1), (60, 0, 0), (61, 0, 0)):
            meeting = self.ago(
                self.in_status("closed", root_cause=CAUSES[age - 59]), age
            )
            with self.subTest(age):
                self.assertRow(meeting, reopened_share=share, too_early_reopened=early)
        self.assertRow(self.record(), reopened_share=None, too_early_reopened=0)

    def test_a_return_counts_until_the_60th_day_after_the_closing(self):
        for days, share in ((59, 1), (60, 1), (61, 0)):
            cause = CAUSES[days - 59]
            meeting = self.ago(self.in_status("closed", root_cause=cause), 100)
            self.ago(self.record(root_cause=cause), 100 - days)
            with self.subTest(days):
                self.assertRow(meeting, reopened_share=share)

    def test_a_return_so_soon_that_others_can_still_follow_is_too_early(self):
        meeting = self.ago(self.in_status("closed"), 30)
        self.ago(self.record(), 20)
        self.assertRow(meeting, reopened_share=None, too_early_reopened=1)

    def test_a_follow_up_is_told_of_when_its_7_days_are_over(self):
        for age, share, early in ((7, None, 1), (8, 0, 0)):
            meeting = self.record(
                root_cause=CAUSES[age - 7], follow_up_date=self.day(1)
            )
            self.ago(meeting, age + 1)
            with self.subTest(age):
                self.assertRow(
                    meeting,
                    answered_share=share,
                    too_early_answered=early,
                    days_to_answer=None if early else 8,
                )
        coming = self.record(root_cause="other", follow_up_date=self.day(1))
        self.assertRow(coming, answered_share=None, too_early_answered=1)
        without = self.record(root_cause="financial", follow_up_date=False)
        self.assertRow(without, answered_share=None, too_early_answered=0)
        # Who asks for 0 is not told of what is not known.
        rows = self.env["intervention.report"]
        for found, term in (
            (1, ("answered_share", "=", 0)),
            (1, ("answered_share", "<", 1)),
            (3, ("answered_share", "=", False)),
            (0, ("closed_after", "<", 5)),
            (4, ("closed_after", "=", False)),
        ):
            with self.subTest(term):
                domain = [("meeting_id.student_id", "=", self.ada.id), term]
                self.assertEqual(rows.search_count(domain), found)

    def test_who_left_within_the_days_counts_in_no_share_of_them(self):
        for left_after, share in ((59, None), (60, None), (61, 0)):
            self.ada.student_left_on = False
            meeting = self.ago(self.record(root_cause=CAUSES[left_after - 59]), 70)
            self.ada.student_left_on = self.day(left_after - 70)
            with self.subTest(left_after):
                self.assertRow(
                    meeting, closed_share=share, improved_share=share, too_early=0
                )
        meeting = self.ago(self.in_status("closed", student_id=self.ben.id), 40)
        self.ben.student_left_on = self.day(-1)
        self.assertRow(meeting, too_early=0, too_early_reopened=0, reopened_share=None)

    def test_who_was_archived_long_after_still_counts(self):
        meeting = self.ago(self.in_status("closed"), 200)
        self.ada.active = False
        self.assertRow(meeting, closed_share=1)

    def test_a_follow_up_that_came_when_the_student_was_gone_does_not_count(self):
        meeting = self.record(follow_up_date=self.day(1))
        self.ago(meeting, 30)
        self.ada.student_left_on = self.day(-25)
        self.assertRow(meeting, answered_share=None, too_early_answered=0)

    def test_it_is_the_users_day_that_tells_how_old_a_case_is(self):
        with freeze_time("2026-03-31 20:00:00"):
            meeting = self.ago(self.record(), 59)
            for zone, early in (
                ("Pacific/Pago_Pago", 1),
                ("UTC", 1),
                ("Asia/Tokyo", 0),
            ):
                with self.subTest(zone):
                    row = self.reports(meeting, tz=zone)
                    self.assertEqual(row.too_early, early)
                    self.assertIs(row.closed_share is False, bool(early))

    def test_a_month_is_told_of_as_far_as_its_cases_have_had_the_time(self):
        with freeze_time("2026-03-31 12:00:00"):
            owner = self._new_user("fm3", FORM_MASTER)
            # Of January the 30th is 60 days ago, and the 31st 59.
            for number in range(7):
                student = self._new_student(f"Old {number}")
                self.ago(
                    self.in_status("closed", owner, student_id=student.id),
                    60 if number < 5 else 59,
                )
            self.ago(self.record(owner), 58)
            groups = self.meetings(owner).get_analytics(group_by="month")["groups"]
            self.assertEqual(
                [(each["value"], each["closed_share"]) for each in groups["month"]],
                [
                    ("2026-01", {"value": 1, "cases": 5, "too_early": 2}),
                    ("2026-02", {"value": None, "cases": 0, "too_early": 1}),
                ],
            )

    def test_half_of_the_cases_are_closed_by_the_median(self):
        """Open cases are among those that it is the median of."""
        owner = self._new_user("fm3", FORM_MASTER)
        for number in range(6):
            student = self._new_student(f"Half {number}")
            meeting = self.record(owner, student_id=student.id)
            self.ago(meeting, 10)
            if number < 3:
                meeting.write({"status": "closed", "resolution_notes": "Solved"})
            self.ago(meeting, 60)
        total = self.meetings(owner).get_analytics()["total"]
        self.assertEqual(
            total["days_to_close"], {"value": 10, "cases": 6, "too_early": 0}
        )
        self.ago(self.record(owner), 60)
        total = self.meetings(owner).get_analytics()["total"]
        self.assertEqual(
            total["days_to_close"], {"value": 60, "cases": 7, "too_early": 0}
        )

    def test_the_analysis_counts_what_is_too_early_and_averages_no_bare_days(self):
        fields = self.env["intervention.report"].with_user(self.fm).fields_get()
        for name in ("first_update_after", "closed_after", "answered_after"):
            self.assertNotIn("aggregator", fields[name])
        for name in ("too_early", "too_early_reopened", "too_early_answered"):
            self.assertEqual(fields[name]["aggregator"], "sum")

    def test_it_takes_one_statement(self):
        meetings = self.meetings(self.fm)
        meetings.get_analytics(group_by=["month", "root_cause"])
        with self.assertQueryCount(1):
            meetings.get_analytics(group_by=["month", "root_cause"])
