from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .attendance_common import AttendanceCase

FRIDAY = date(2026, 11, 20)
# What a strip costs at most: rights, one statement for all of it, the open days.
STATEMENTS = 8


@tagged("standard", "post_install", "-at_install")
class TestAttendanceStrip(AttendanceCase):
    """A student's school year at a glance, and the band at a meeting."""

    def strip(self, user=None, student=None):
        self.env.invalidate_all()
        return self.days.with_user(user or self.fm).get_strip((student or self.ada).id)

    def marks(self, strip):
        return {day["date"]: day["mark"] for day in strip["days"]}

    def figures(self, strip):
        return {each["name"]: each["value"] for each in strip["figures"]}

    def test_nothing_is_told_where_nothing_is_known(self):
        self.assertIs(self.strip(), False)
        situation = self.meetings(self.fm).get_student_situation(self.ada.id)
        self.assertIs(situation["attendance"], False)

    def test_every_kind_of_day_has_its_mark(self):
        days = self.school_days(7)
        meanings = [
            "present",
            "late",
            "excused",
            "unexcused",
            "not_required",
            "elsewhere",
        ]
        for day, meaning in zip(days, meanings, strict=False):
            self.store(self.mark(self.ada, day, meaning, code="X"))
        self.store(
            self.mark(self.ada, days[2], "unexcused", "1"),
            self.mark(self.ada, days[2], "present", "2"),
        )
        strip = self.strip()
        # Today is not over: nobody waits for its mark yet.
        self.assertEqual(
            [day["mark"] for day in strip["days"]],
            ["present", "late", "unexcused", "unexcused", "not_required", "present"],
        )
        self.assertEqual(strip["days"][2]["absent"], 0.5)
        self.assertEqual(strip["days"][3]["codes"], "X")
        self.assertEqual(self.figures(strip)["missed"], "1.5 of 5 (30%)")
        self.assertEqual(self.figures(strip)["late"], "1")

    def test_a_day_without_a_register_is_unknown_and_counts_nowhere_else(self):
        # Four weeks, after which nothing came for a week.
        self.store_pattern(self.ada, "pp?pp?paapp?ppppaaaa", last=FRIDAY)
        strip = self.strip()
        missing = self.school_days(5)[:-1]
        for day in missing:
            self.assertEqual(self.marks(strip)[day.isoformat()], "unknown")
        self.assertEqual(strip["unknown"], 3 + len(missing))
        self.assertEqual((strip["possible"], strip["absent"]), (17, 6))
        self.assertEqual(self.figures(strip)["missed"], "6 of 17 (35.2%)")
        self.assertEqual(strip["in_a_row"], 4)
        # What was before the first mark is no gap of the registers.
        self.assertEqual(strip["days"][0]["date"], self.first_day().isoformat())

    def first_day(self):
        return self.days.search([("student_id", "=", self.ada.id)], order="date")[
            0
        ].date

    def test_nobody_waits_for_marks_of_who_has_left(self):
        self.store_pattern(self.ada, "pppp", last=FRIDAY)
        # On the Tuesday they were not there any more.
        self.ada.student_left_on = FRIDAY + timedelta(days=4)
        self.assertEqual(self.strip()["unknown"], 1)

    def test_a_year_that_is_over_ends_with_its_last_mark(self):
        self.store_pattern(self.ada, "pppp", last=date(2026, 6, 12))
        strip = self.strip()
        self.assertEqual(strip["days"][-1]["date"], "2026-06-12")
        self.assertEqual(strip["unknown"], 0)

    def test_only_this_year_is_shown(self):
        self.store_pattern(self.ada, "aaaa", last=date(2026, 6, 12))
        self.store_pattern(self.ada, "pppp", last=FRIDAY)
        strip = self.strip()
        self.assertEqual(strip["days"][0]["date"], "2026-09-01")
        self.assertEqual((strip["possible"], strip["absent"]), (4, 0))
        self.assertEqual(self.figures(strip)["missed"], "0 of 4 (0%)")

    def test_closed_days_are_told_and_weekends_are_left_out(self):
        day = self.school_days(8)[2]
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Storm",
                "calendar_id": self.env.company.resource_calendar_id.id,
                "date_from": f"{day} 00:00:00",
                "date_to": f"{day} 23:59:59",
            }
        )
        self.store_pattern(self.ada, "ppppppp")
        marks = self.marks(self.strip())
        self.assertEqual(marks[day.isoformat()], "closed")
        self.assertFalse(
            {date.fromisoformat(name).weekday() for name in marks} & {5, 6}
        )
        # What changes in Odoo's calendar changes the strip.
        self.env["resource.calendar.leaves"].search([]).unlink()
        self.assertEqual(self.marks(self.strip())[day.isoformat()], "unknown")

    def test_a_rate_below_a_band_is_not_shown_at_its_limit(self):
        days = self.school_days(59)
        self.store(
            *(self.mark(self.ada, day, "present") for day in days[:-3]),
            *(self.mark(self.ada, day) for day in days[-3:-1]),
            *(
                self.mark(self.ada, days[-1], meaning, str(slot))
                for slot, meaning in enumerate(["unexcused"] * 9 + ["present"])
            ),
        )
        # 2.9 of 59 days are 4.92 percent.
        self.assertEqual(self.figures(self.strip())["missed"], "2.9 of 59 (4.9%)")
        self.assertEqual(self.strip()["band"], "none")
        self.assertNotIn("band", self.figures(self.strip()))

    def test_only_meetings_that_the_reader_may_see_have_a_line(self):
        self.store_pattern(self.ada, "pppppppp")
        mine = self.record(meeting_date=FRIDAY)
        theirs = self.record(self.fm2, root_cause="family", meeting_date=FRIDAY)
        seen = [(each["id"], each["date"]) for each in self.strip()["meetings"]]
        self.assertEqual(seen, [(mine.id, "2026-11-20")])
        seen = [each["id"] for each in self.strip(self.boss)["meetings"]]
        self.assertEqual(seen, [mine.id, theirs.id])
        theirs.unlink()
        self.assertEqual(len(self.strip(self.boss)["meetings"]), 1)

    def test_only_form_masters_of_the_student_and_administrators_see_it(self):
        self.store_pattern(self.ada, "papa")
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                self.assertEqual(len(self.strip(user)["days"]), 4)
        for user in (self.fm2, self.staff, self.portal, self.public):
            for student in (self.ada, self.ben):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    self.strip(user, student)
        situation = self.meetings(self.fm2).get_student_situation(self.ada.id)
        self.assertIs(situation["attendance"], False)
        # Who has a case of the student may see how they attend.
        self.record(self.fm2)
        self.assertEqual(len(self.strip(self.fm2)["days"]), 4)

    def test_administrators_of_another_school_do_not_see_it(self):
        self.store_pattern(self.ada, "papa")
        school = self.env["res.company"].create({"name": "Other School"})
        other = self._new_user(
            "other",
            "intervention_tracking.group_intervention_admin",
            company_id=school.id,
            company_ids=school.ids,
        )
        with self.assertRaises(AccessError):
            self.strip(other)

    def test_all_places_tell_the_same_numbers(self):
        def numbers():
            strip, standing = self.strip(), self.standing(self.ada)
            [(over_http,)] = self.env.execute_query(
                self.days._standing_sql(self.ada.id)
            )
            self.assertEqual(strip["unknown"], standing.unknown_days)
            self.assertEqual(strip["unknown"], over_http["unknown"])
            self.assertEqual(strip["rate"], standing.rate)
            self.assertEqual(over_http["rate"], standing.rate)
            for figure in ("in_a_row", "band"):
                self.assertEqual(strip[figure], standing[figure])
                self.assertEqual(over_http[figure], standing[figure])
            # Both are rounded in one way, and 35.29 % not up.
            share = self.figures(strip)["missed"].partition(" (")[2]
            self.assertEqual(standing.rate_text.partition(" (")[2], share)
            return strip["unknown"]

        self.store_pattern(self.ada, "pp?pp?paapp?ppppaaaa", last=FRIDAY)
        self.assertEqual(numbers(), 3 + 4)
        self.ada.student_came_on = date(2026, 9, 7)
        self.assertEqual(numbers(), 3 + 4)
        self.ada.student_left_on = FRIDAY + timedelta(days=4)
        self.assertEqual(numbers(), 3 + 1)
        self.store_pattern(self.ada, "p", last=FRIDAY + timedelta(days=3))
        self.assertEqual(numbers(), 3)
        self.ada.student_left_on = False
        # Of an earlier year everything since September is waited for.
        self.store_pattern(self.ada, "p", last=date(2026, 6, 12))
        self.assertGreater(numbers(), 40)
        self.store_pattern(self.ben, "p?p", last=date(2026, 6, 12))
        self.assertEqual(self.standing(self.ben).unknown_days, 1)
        self.assertEqual(self.strip(student=self.ben)["unknown"], 1)

    def test_days_after_leaving_count_nowhere_however_late_it_is_entered(self):
        days = self.store_pattern(self.ada, "pppppppppppaaaaa")
        self.ada.student_left_on = days[12]
        self.env.invalidate_all()
        standing = self.standing(self.ada)
        strip = self.strip()
        self.assertEqual((strip["possible"], strip["absent"]), (12, 1))
        self.assertEqual((standing.in_a_row, standing.last_day), (1, days[11]))
        self.assertEqual(list(self.marks(strip))[-1], f"{days[11]}")
        self.assertEqual((strip["unknown"], standing.unknown_days), (0, 0))
        action = standing.action_view_possible()
        self.assertEqual(self.days.search_count(action["domain"]), 12)
        # It was a mistake.
        self.ada.student_left_on = False
        self.assertEqual(self.strip()["absent"], 5)

    def test_days_that_another_school_stored_are_not_in_it(self):
        self.ada.company_id = False
        school = self.env["res.company"].create({"name": "Other School"})
        early, late = self.school_days(6)[:3], self.school_days(3)
        self.store(
            *(self.mark(self.ada, day, "late", note="Yak") for day in early),
            source=self._new_source("Theirs", company_id=school.id),
        )
        self.store(*(self.mark(self.ada, day, "present") for day in late))
        for user in (self.fm, self.boss):
            strip = self.strip(user)
            self.assertEqual(list(self.marks(strip)), [f"{day}" for day in late])
            self.assertEqual((strip["possible"], strip["late"]), (3, 0))
            self.assertNotIn("Yak", str(strip))

    def test_what_is_no_student_is_refused_as_one_of_others_is(self):
        for value in (True, "x", {}, [self.ada.id], 2**40, None):
            with self.subTest(value), self.assertRaises(AccessError):
                self.days.with_user(self.fm).get_strip(value)
            situation = self.meetings(self.fm).get_student_situation(value)
            self.assertEqual((situation["count"], situation["attendance"]), (0, False))

    def test_it_takes_as_many_statements_for_a_year_as_for_a_day(self):
        self.store_pattern(self.ada, "p" * 50)
        self.store_pattern(self.ben, "p")
        self.record()
        counts = []
        for student in (self.ada, self.ben):
            self.strip(student=student)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.days.with_user(self.fm).get_strip(student.id)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], STATEMENTS)
        # Substitutes of the demo data: whose days it is takes a statement.
        self.env["intervention.class.form.master"].search([]).unlink()
        for user in (self.fm, self.boss):
            strips = self.days.with_user(user)
            strips._strip(self.ada.id)
            before = self.cr.sql_log_count
            self.assertTrue(strips._strip(self.ada.id))
            self.assertEqual(self.cr.sql_log_count - before, 1)

    def test_the_tracker_brings_it_along(self):
        self.store_pattern(self.ada, "ppppaaa")
        meeting = self.record()
        tracks = self.env["intervention.track"].with_user(self.fm)
        track = tracks.with_context(default_meeting_id=meeting.id).onchange(
            {}, [], {"meeting_id": {}, "attendance": {}}
        )
        self.assertEqual(track["value"]["attendance"]["in_a_row"], 3)

    def paper(self, user, **vals):
        wizard = (
            self.env["intervention.print.history"]
            .with_user(user)
            .create({"student_id": self.ada.id, **vals})
        )
        reports = self.env["ir.actions.report"].with_user(user)
        return reports._render_qweb_html(
            "intervention_tracking.report_student_history", wizard.ids
        )[0].decode()

    def test_the_printed_history_has_figures_and_strip_for_who_may_see_them(self):
        self.store_pattern(self.ada, "ppppae?", last=FRIDAY)
        self.record(meeting_date=FRIDAY)
        page = self.paper(self.fm)
        self.assertIn("2 of 6 (33.3%)", page)
        # The month, and what is explained: four marks and the line of the meeting.
        self.assertEqual(page.count("<svg"), 1 + 5)
        self.assertNotIn("<svg", self.paper(self.fm, has_attendance=False))
        self.assertNotIn("<svg", self.paper(self.fm2))

    def test_a_meeting_keeps_the_band_that_the_student_was_in(self):
        self.assertEqual(self.record().attendance_band, "unknown")
        self.store_pattern(self.ben, "pppppppppa", last=FRIDAY)
        meeting = self.record(student_id=self.ben.id)
        self.assertEqual(meeting.attendance_band, "chronic")
        self.store_pattern(self.ben, "aaaaa")
        self.assertEqual(meeting.attendance_band, "chronic")
        again = self.record(student_id=self.ben.id, root_cause="family")
        self.assertEqual(again.attendance_band, "severe")
        # It was a meeting with somebody else.
        again.student_id = self.ada
        self.assertEqual(again.attendance_band, "unknown")

    def test_no_band_is_kept_that_was_not_told_yet_or_of_another_year(self):
        self.store_pattern(self.ada, "aaaaa")
        self.assertEqual(self.record().attendance_band, "unknown")
        self.store_pattern(self.ben, "aaaaaaaaaa")
        early = self.record(student_id=self.ben.id, meeting_date=date(2026, 6, 1))
        self.assertEqual(early.attendance_band, "unknown")

    def test_days_after_a_meeting_do_not_make_its_band(self):
        days = self.store_pattern(self.ben, "pppppppppa" + "aaaaa")
        known = {8: "unknown", 9: "chronic", 11: "severe", 14: "severe"}
        meetings = {
            number: self.record(
                student_id=self.ben.id, meeting_date=days[number], root_cause=cause
            )
            for number, cause in zip(
                known, ("health", "family", "academic", "other"), strict=True
            )
        }
        self.assertEqual(
            {number: each.attendance_band for number, each in meetings.items()}, known
        )
        # It was a meeting with somebody else.
        self.store_pattern(self.ada, "aaaaaaaaaa" + "ppppp")
        meetings[9].student_id = self.ada
        self.assertEqual(meetings[9].attendance_band, "severe")

    def test_what_another_school_knows_of_a_student_is_unknown_in_this_one(self):
        other = self.env["res.company"].create({"name": "School B"})
        twin = self._new_student("Dora Test", company_id=False)
        self.store_pattern(twin, "aaaaaaaaaa", last=FRIDAY)
        self.boss.company_ids |= other
        cases = self.meetings(self.boss)
        for causes, school, band in (
            (("health", "family"), self.env.company, "severe"),
            (("other", "academic"), other, "unknown"),
        ):
            there = cases.with_context(allowed_company_ids=[school.id])
            meeting = there.create(self.vals(student_id=twin.id, root_cause=causes[0]))
            self.assertEqual(meeting.company_id, school)
            self.assertEqual(meeting.attendance_band, band)
            # A case that was recorded with somebody else.
            mistaken = there.create(
                self.vals(
                    student_id=self._new_student("Eve Test", company_id=False).id,
                    root_cause=causes[1],
                )
            )
            mistaken.student_id = twin
            self.assertEqual(mistaken.attendance_band, band)

    def test_nobody_sets_the_band_by_hand(self):
        meeting = self.record()
        for change in (
            lambda: meeting.write({"attendance_band": "severe"}),
            lambda: self.record(root_cause="family", attendance_band="severe"),
        ):
            with self.assertRaisesRegex(Exception, "kept by the system"):
                change()

    def test_meetings_are_grouped_by_the_band(self):
        self.store_pattern(self.ben, "pppppppppa")
        self.record()
        self.record(student_id=self.ben.id)
        groups = self.meetings(self.fm).get_analytics(group_by=["attendance_band"])
        numbers = {
            group["value"]: group["meetings"]
            for group in groups["groups"]["attendance_band"]
        }
        self.assertEqual(numbers, {"unknown": 1, "chronic": 1})
