from datetime import date, datetime, time, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext, mute_logger
from psycopg2.errors import CheckViolation, RestrictViolation

from ..hooks import uninstall_hook
from ..tools.internal import Internal
from .attendance_common import AttendanceCase
from .common import ADMIN, NARRATIVE, RESOLUTION, InterventionCase
from .digest_common import DigestCase

REASON = "Quagga-reason: in hospital until Friday"
DAYS = ("attendance", "attendance_change", "attendance_standing")


class AttentionCase(InterventionCase):
    """Students of two classes, and where they stand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of the demo data.
        cls.env.cr.execute("DELETE FROM intervention_attendance_standing")

    def stand(self, student, days_ago=5, **vals):
        """Let a student stand so: by default missing 12 of 61 days, since some days."""
        since = vals.pop("attention_since", self.day(-days_ago))
        vals = {
            "student_id": student.id,
            "company_id": self.env.company.id,
            "year_start": self.day(-100),
            "year_possible": 61,
            "year_absent": 12,
            "year_excused": 0,
            "recent_possible": 20,
            "recent_absent": 7.5,
            "recent_excused": 0,
            "in_a_row": 0,
            "last_day": self.day(-1),
            "band": "chronic",
            "band_since": since,
            "row_since": None,
            "attention_since": since,
            "severity": 200,
            "rate": 12 / 61,
            **vals,
        }
        self.env.flush_all()
        names = ", ".join(vals)
        self.env.cr.execute(
            f"""INSERT INTO intervention_attendance_standing ({names})
                VALUES ({", ".join(["%s"] * len(vals))})
                ON CONFLICT (student_id) DO UPDATE SET
                {", ".join(f"{name} = EXCLUDED.{name}" for name in vals)}
                RETURNING id""",
            list(vals.values()),
        )
        self.env.invalidate_all()
        [(standing,)] = self.env.cr.fetchall()
        return self.standing(self.fm).browse(standing)

    def standing(self, user):
        return self.env["intervention.attendance.standing"].with_user(user)

    def relapse(self, user):
        """Return what the record dialog tells the user of a relapse of a student."""
        return self.meetings(user).get_student_situation(self.ada.id)["relapse"]

    def in_list(self, user=None):
        """Return who is in the list of a user, worst first."""
        self.env.invalidate_all()
        found = self.standing(user or self.fm).search([("needs_talk", "=", True)])
        self.assertEqual(found, found.filtered("needs_talk"))
        return found.student_id

    def closed(self, days_ago, user=None, **vals):
        """Return a case that was closed so many days ago."""
        case = self.record(user, meeting_date=self.day(-days_ago), **vals)
        case.add_progress(
            "It is well.", "closed", RESOLUTION, happened_on=self.day(-days_ago)
        )
        return case


@tagged("standard", "post_install", "-at_install")
class TestNeedsTalk(AttentionCase):
    """Who needs a talk, what the list says, and to whom."""

    # --- who ---

    def test_who_is_in_a_band_and_was_not_talked_to_needs_a_talk(self):
        self.stand(self.ada)
        self.stand(self.ben, attention_since=None, band="none", band_since=None)
        self.assertEqual(self.in_list(), self.ada)

    def test_the_worst_comes_first_and_nobody_twice(self):
        self.stand(self.ada, severity=100)
        self.stand(self.ben, severity=300, row_since=self.day(-2), in_a_row=3)
        self.assertEqual(self.in_list().ids, [self.ben.id, self.ada.id])

    def test_an_active_case_of_anybody_takes_a_student_out(self):
        self.stand(self.ada)
        case = self.record(self.boss)
        self.assertFalse(self.in_list())
        self.assertFalse(self.in_list(self.boss))
        case.sudo().unlink()
        self.assertEqual(self.in_list(), self.ada)

    def test_a_talk_takes_a_student_out_when_it_was_since(self):
        for days_ago, needs in ((6, True), (5, False), (1, False)):
            with self.subTest(days_ago=days_ago), self.env.cr.savepoint() as savepoint:
                self.stand(self.ada, days_ago=5)
                self.closed(days_ago)
                self.assertEqual(bool(self.in_list()), needs)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_update_and_a_talk_with_the_family_count_as_a_meeting(self):
        case = self.closed(30)
        self.stand(self.ada)
        self.assertEqual(self.in_list(), self.ada)
        update = case.add_progress("She called me.", happened_on=self.day(-4))
        self.assertFalse(self.in_list())
        update.retract("Another student.")
        self.assertEqual(self.in_list(), self.ada)
        contact = {
            "meeting_id": case.id,
            "contact_date": self.day(-2),
            "other_person": "An aunt",
            "channel": "phone",
            "direction": "outgoing",
        }
        contacts = self.env["intervention.contact"].with_user(self.fm)
        contacts.create({**contact, "outcome": "no_answer"})
        self.assertEqual(self.in_list(), self.ada)
        talk = contacts.create({**contact, "outcome": "reached"})
        self.assertFalse(self.in_list())
        talk.retract("Another student.")
        self.assertEqual(self.in_list(), self.ada)

    def test_who_left_is_in_no_list(self):
        self.stand(self.ada)
        self.stand(self.ben)
        self.ada.student_left_on = self.day(0)
        self.ben.active = False
        self.assertFalse(self.in_list())
        self.ada.student_left_on = self.day(1)
        self.stand(self.ada)
        self.assertEqual(self.in_list(), self.ada)

    # --- what a row says ---

    def test_a_row_says_which_rule_and_which_days(self):
        source = self.env["intervention.attendance.source"].create({"name": "Marks"})
        days = [date(2026, 11, 23) + timedelta(days=n) for n in range(4)]
        self.env.cr.executemany(
            """INSERT INTO intervention_attendance (student_id, company_id, date,
                   possible, absent, excused, is_late, source_id, updated_at)
               VALUES (%s, %s, %s, %s, %s, 0, FALSE, %s, now())""",
            [
                (
                    self.ada.id,
                    self.env.company.id,
                    day,
                    int(n != 2),
                    int(n != 2),
                    source.id,
                )
                for n, day in enumerate(days)
            ],
        )
        standing = self.stand(
            self.ada,
            year_absent=7.5,
            in_a_row=3,
            row_since=days[3],
            last_day=days[3],
            band_since=date(2026, 11, 3),
        )
        first, second = standing.attention_reason.split("\n")
        self.assertRegex(first, r"^Missed 3 days in a row: Nov 23\s*–\s*26$")
        self.assertEqual(second, "7.5 of 61 days missed: Chronic since Nov 3")

    def test_the_last_contact_is_that_of_the_cases_that_one_sees(self):
        standing = self.stand(self.ada)
        self.closed(30)
        self.closed(20, self.fm2, root_cause="family")
        self.assertEqual(standing.last_contact_date, self.day(-30))
        self.env.invalidate_all()
        boss = standing.with_user(self.boss)
        self.assertEqual(boss.last_contact_date, self.day(-20))

    def test_who_is_in_a_band_again_after_a_closed_case_has_relapsed(self):
        standing = self.stand(self.ada)
        self.assertFalse(standing.is_relapse)
        case = self.closed(30)
        for relapsed, days_ago in ((True, 5), (False, 40)):
            standing = self.stand(self.ada, days_ago)
            self.assertEqual(standing.is_relapse, relapsed)
            found = self.standing(self.fm).search([("is_relapse", "=", True)])
            self.assertEqual(bool(found), relapsed)
            self.assertEqual(bool(self.relapse(self.fm)), relapsed)
        self.stand(self.ada)
        told = {"closed_date": self.day(-30), "since": self.day(-5)}
        for user, expected in ((self.fm, told), (self.boss, told), (self.fm2, False)):
            self.assertEqual(self.relapse(user), expected)
        # Another form master's closed case is told to nobody.
        case.sudo().form_master_id = self.fm2
        self.env.invalidate_all()
        self.assertFalse(standing.is_relapse)
        self.assertFalse(self.standing(self.fm).search([("is_relapse", "=", True)]))
        self.assertFalse(self.relapse(self.fm))
        # Whose case it is learns of it where the student is in another class, too.
        self.assertEqual(self.relapse(self.fm2), told)

    # --- who may see what ---

    def test_a_case_of_another_shows_as_supported_and_nothing_else(self):
        standing = self.stand(self.ada)
        self.record(self.fm2, root_cause="family", status="escalated")
        values = standing.read()[0]
        self.assertTrue(values["is_supported"])
        self.assertEqual(values["attention_mark"], "Supported")
        self.assertFalse(values["last_contact_date"])
        text = str(values)
        self.assertDiscreet(text)
        self.assertNotIn(self.fm2.name, text)
        self.assertNotIn("scalated", text)
        found = self.standing(self.fm).search([("is_supported", "=", True)])
        self.assertEqual(found, standing)

    def test_nobody_sees_students_of_other_classes(self):
        standing = self.stand(self.ada)
        self.assertEqual(self.in_list(self.boss), self.ada)
        self.assertFalse(self.in_list(self.fm2))
        other = standing.with_user(self.fm2)
        for call in (
            lambda: other.read(["attention_reason"]),
            lambda: other.pause(self.day(3), REASON),
            lambda: other.resume(),
            lambda: other.action_not_now(),
        ):
            with self.assertRaises(AccessError):
                call()
        numbers = self.meetings(self.fm2).get_dashboard()
        self.assertEqual(numbers["attention"]["count"], 0)
        self.assertEqual(numbers["attention"]["students"], [])
        self.assertEqual(self.meetings(self.fm2).get_quick_access()["needs_talk"], 0)
        for user in (self.staff, self.portal, self.public):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.standing(user).search([("needs_talk", "=", True)])

    def test_administrators_see_those_of_their_companies(self):
        self.stand(self.ada)
        company = self.env["res.company"].create({"name": "Another School"})
        boss = self._new_user(
            "boss2", ADMIN, company_id=company.id, company_ids=company.ids
        )
        self.assertFalse(self.in_list(boss))
        self.assertEqual(
            self.meetings(boss).get_dashboard()["attention"],
            {"count": 0, "is_known": False, "students": []},
        )

    # --- the dashboard ---

    def test_the_dashboard_shows_the_worst_and_counts_what_the_list_shows(self):
        self.stand(self.ada, severity=100)
        self.stand(self.ben, severity=300)
        self.stand(self.cy)
        attention = self.meetings(self.fm).get_dashboard()["attention"]
        self.assertEqual(attention["count"], 2)
        self.assertEqual(
            [student["student_name"] for student in attention["students"]],
            ["Ben Test", "Ada Test"],
        )
        self.assertIn("12 of 61 days", attention["students"][0]["reason"])
        numbers = self.meetings(self.boss).get_dashboard()
        self.assertEqual(numbers["attention"]["count"], 3)
        self.assertEqual(numbers["at_risk_without_case"], 3)
        self.assertEqual(numbers["attention"]["students"], [])
        self.assertEqual(
            self.meetings(self.boss).get_statistics()["at_risk_without_case"], 3
        )
        self.assertEqual(self.meetings(self.fm).get_quick_access()["needs_talk"], 2)

    def test_statistics_take_one_statement_with_attendance_as_without(self):
        self.stand(self.ada)
        self.env["intervention.attendance.source"].create({"name": "Marks"})
        # Substitutes of the demo data: whose days it is takes a statement.
        self.env["intervention.class.form.master"].search([]).unlink()
        for user in (self.fm, self.boss):
            meetings = self.meetings(user).with_context(
                intervention_nobody_closed=Internal(True)
            )
            meetings.get_statistics()
            before = self.env.cr.sql_log_count
            meetings.get_statistics()
            self.assertEqual(self.env.cr.sql_log_count - before, 1)

    def test_many_who_need_a_talk_take_as_many_statements_as_one(self):
        def statements():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.meetings(self.fm).get_dashboard()
            return self.env.cr.sql_log_count - before

        self.stand(self.ada)
        statements()
        one = statements()
        for number in range(8):
            student = self._new_student(f"Student {number}", False, self.class_a)
            self.stand(student)
        self.assertEqual(statements(), one)


@tagged("standard", "post_install", "-at_install")
class TestNotNow(AttentionCase):
    """A student who needs no talk now is out of the list until a day."""

    def test_a_student_is_out_of_the_list_until_the_day(self):
        standing = self.stand(self.ada)
        standing.pause(self.day(2), REASON)
        self.assertFalse(self.in_list())
        self.assertFalse(self.in_list(self.boss))
        self.assertTrue(standing.is_paused)
        self.assertEqual(standing.paused_until, self.day(2))
        self.assertIn(REASON, standing.pause_note)
        self.assertIn(self.fm.name, standing.pause_note)
        found = self.standing(self.fm).search([("is_paused", "=", True)])
        self.assertEqual(found, standing)
        # As if it had been two days ago; nobody else can do that.
        self.env.cr.execute("ALTER TABLE intervention_pause DISABLE TRIGGER USER")
        self.env.cr.execute(
            """UPDATE intervention_pause SET until = until - 2,
                      create_date = create_date - INTERVAL '2 days'"""
        )
        self.assertEqual(self.in_list(), self.ada)

    def test_it_ends_earlier_when_it_gets_worse(self):
        for worse, vals in (
            (True, {"band": "severe"}),
            (True, {"band": "severe", "attention_since": self.day(0)}),
            (False, {"attention_since": self.day(0), "band_since": self.day(0)}),
            (False, {"year_absent": 13}),
            (False, {"band": "watch", "attention_since": self.day(-20)}),
        ):
            with self.subTest(vals), self.env.cr.savepoint() as savepoint:
                self.stand(self.ada).pause(self.day(5), REASON)
                self.stand(self.ada, **vals)
                self.assertEqual(bool(self.in_list()), worse)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_it_can_be_undone_and_stays_readable(self):
        standing = self.stand(self.ada)
        standing.pause(self.day(5), REASON)
        standing.with_user(self.boss).resume()
        self.assertEqual(self.in_list(), self.ada)
        with self.assertRaises(ValidationError):
            standing.resume()
        undone, decided = self.env["intervention.pause"].with_user(self.fm).search([])
        self.assertEqual(decided.reason, REASON)
        self.assertEqual(decided.create_uid, self.fm)
        self.assertEqual(undone.create_uid, self.boss)
        self.assertFalse(undone.until)

    def test_the_day_and_the_reason_have_rules(self):
        standing = self.stand(self.ada)
        open_days = self.env["intervention.settings"]._open_days(
            self.env.company, self.day(1), self.day(80)
        )
        last = sorted(open_days)[19]
        for until, reason, fault in (
            (self.day(0), REASON, "until"),
            (self.day(-3), REASON, "until"),
            (last + timedelta(days=1), REASON, "until"),
            ("9999-12-31", REASON, "until"),
            ("soon", REASON, "until"),
            (False, REASON, "until"),
            (self.day(3), " \u200b", "reason"),
            (self.day(3), False, "reason"),
        ):
            with self.subTest(until=until, reason=reason):
                with self.assertRefused(fault), self.env.cr.savepoint():
                    standing.pause(until, reason)
        standing.pause(last, REASON)
        self.assertFalse(self.in_list())
        # Nobody ends unseen what a colleague decided; a longer time is one's own.
        with self.assertRaises(ValidationError) as caught:
            standing.pause(self.day(3), "Her aunt was here.")
        self.assertIn(REASON, str(caught.exception))
        self.assertEqual(standing.paused_until, last)
        standing.pause(last, "Her aunt was here.")
        self.assertIn("Her aunt was here.", standing.pause_note)
        standing = self.stand(self.cy, attention_since=None)
        with self.assertRaises(ValidationError):
            standing.with_user(self.boss).pause(self.day(3), REASON)

    def test_the_dialog_takes_a_student_out(self):
        standing = self.stand(self.ada)
        action = standing.action_not_now()
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.fm)
            .with_context(**action["context"])
            .create({"until": self.day(2), "reason": REASON})
        )
        dialog.action_pause()
        self.assertFalse(self.in_list())
        with self.assertRaises(AccessError):
            self.env["intervention.not.now"].with_user(self.fm2).create(
                {
                    "standing_ids": standing.ids,
                    "until": self.day(2),
                    "reason": REASON,
                }
            )

    def test_several_are_put_off_at_once_or_none(self):
        ada, ben = self.stand(self.ada), self.stand(self.ben)
        cy = self.stand(self.cy)
        chosen = {"active_model": ada._name, "active_ids": (ada | ben | cy).ids}
        dialogs = self.env["intervention.not.now"].with_context(**chosen)
        vals = {"until": self.day(2), "reason": REASON}
        # One of them is in a class of somebody else's.
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            dialogs.with_user(self.fm).create(vals)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            (ada | ben | cy).pause(self.day(2), REASON)
        # One of them is in no list.
        self.stand(self.cy, attention_since=None)
        dialog = dialogs.with_user(self.boss).create(vals)
        with self.assertRaisesRegex(ValidationError, "list.*: .*Cy Test"):
            dialog.action_pause()
        self.assertEqual(self.in_list(), self.ada | self.ben)
        dialog = dialogs.with_user(self.fm).create({**vals, "standing_ids": ada.ids})
        dialog.standing_ids |= ben
        dialog.action_pause()
        self.assertFalse(self.in_list())
        pauses = self.env["intervention.pause"].with_user(self.fm).search([])
        self.assertEqual(pauses.student_id, self.ada | self.ben)
        self.assertEqual(set(pauses.mapped("reason")), {REASON})
        self.assertFalse(dialog.exists())

    def test_of_a_student_of_two_schools_each_decides_for_itself(self):
        other = self.env["res.company"].create({"name": "School B"})
        here = {"student": self.ada, "band_since": self.day(-5)}
        self.ada.company_id = False
        self.stand(self.ada).pause(self.day(2), REASON)
        self.stand(**here, company_id=other.id)
        self.boss.company_ids |= other
        theirs = self.standing(self.boss).with_context(allowed_company_ids=other.ids)
        [standing] = theirs.search([("needs_talk", "=", True)])
        self.assertFalse(standing.is_paused or standing.pause_note)
        self.stand(**here, company_id=self.env.company.id)
        self.assertFalse(self.in_list())

    def test_the_entries_are_seen_as_the_students_are_and_kept(self):
        pause = self.stand(self.ada).pause(self.day(2), REASON)
        pauses = self.env["intervention.pause"]
        self.assertEqual(pauses.with_user(self.boss).search([]), pause)
        self.assertFalse(pauses.with_user(self.fm2).search([]))
        with self.assertRaises(AccessError):
            pause.with_user(self.fm2).read(["reason"])
        for user in (self.staff, self.portal):
            with self.assertRaises(AccessError):
                pauses.with_user(user).search([])
        vals = {
            "student_id": self.ada.id,
            "company_id": self.env.company.id,
            "attention_since": self.day(0),
            "band": "watch",
        }
        for act in (
            lambda: pauses.with_user(self.boss).create(vals),
            lambda: pause.with_user(self.boss).write({"reason": "Another"}),
            lambda: pause.sudo().write({"reason": "Another"}),
            lambda: pause.sudo().unlink(),
        ):
            with self.assertRaises(AccessError):
                act()
        self.env.flush_all()
        for statement, error in (
            ("UPDATE intervention_pause SET reason = 'Another'", RestrictViolation),
            ("DELETE FROM intervention_pause", RestrictViolation),
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        for more in ({"until": self.day(2)}, {"reason": REASON}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                pauses.sudo().create({**vals, **more})

    @mute_logger("odoo.sql_db")
    def test_uninstalling_lets_go_of_them_and_of_the_days(self):
        source = self.env["intervention.attendance.source"].create({"name": "Marks"})
        for meaning in ("unexcused", "excused"):
            self.env["intervention.attendance"]._store(
                [(self.ben.id, date(2026, 11, 20), "", meaning, "", 0, "")], source
            )
        self.stand(self.ada).pause(self.day(2), REASON)
        tables = [f"intervention_{name}" for name in ("pause", *DAYS)]
        for count, act in ((True, list), (False, lambda: uninstall_hook(self.env))):
            act()
            for table in tables:
                with self.subTest(table, count=count):
                    self.env.cr.execute(f"SELECT count(*) > 0 FROM {table}")
                    self.assertEqual(self.env.cr.fetchone(), (count,))

    def test_nothing_of_a_case_is_told(self):
        self.closed(30, self.fm2)
        standing = self.stand(self.ada)
        standing.pause(self.day(2), REASON)
        self.record(self.fm2, root_cause="other")
        for secret in (*NARRATIVE.values(), RESOLUTION, self.fm2.name):
            self.assertNotIn(secret, str(standing.read()))


@tagged("standard", "post_install", "-at_install")
class TestNotNowByDays(AttentionCase, AttendanceCase):
    """What days that come after *Not Now* make of it."""

    def pause(self, pattern):
        """Let somebody decide *Not Now* by days that have been known for long."""
        days = self.store_pattern(self.ada, pattern, last=date(2026, 11, 20))
        self.env.cr.execute(
            "UPDATE intervention_attendance SET updated_at = updated_at - INTERVAL '7d'"
        )
        self.assertEqual(self.in_list(), self.ada)
        self.stand_of(self.ada).pause(self.day(5), REASON)
        self.assertFalse(self.in_list())
        return days

    def stand_of(self, student):
        return self.standing(self.fm).search([("student_id", "=", student.id)])

    def test_a_correction_for_the_better_does_not_end_it(self):
        days = self.pause("ppppppppppppppppppapa")
        before = self.stand_of(self.ada)
        was = before.band, before.attention_since
        self.store(self.mark(self.ada, days[18], "present"))
        self.store_pattern(self.ada, "a", last=date(2026, 11, 23))
        self.env.invalidate_all()
        after = self.stand_of(self.ada)
        self.assertEqual(after.band, was[0])
        self.assertGreater(after.attention_since, was[1])
        self.assertFalse(self.in_list())

    def test_a_correction_that_shortens_days_in_a_row_does_not_end_it(self):
        days = self.pause("ppppppppaaaaaaa")
        since = self.stand_of(self.ada).row_since
        self.store(self.mark(self.ada, days[8], "present"))
        self.env.invalidate_all()
        self.assertGreater(self.stand_of(self.ada).row_since, since)
        self.assertFalse(self.in_list())

    def test_days_in_a_row_that_are_missed_anew_end_it(self):
        self.pause("p" * 43 + "aaaaaap")
        for missed in ("aa", "aaa"):
            self.store_pattern(self.ada, missed)
            self.env.invalidate_all()
            self.assertEqual(self.stand_of(self.ada).band, "chronic")
            self.assertEqual(bool(self.in_list()), missed == "aaa")

    def test_a_correction_by_which_they_are_in_a_row_ends_it(self):
        days = self.pause("p" * 42 + "aaaaaapapa")
        self.store(self.mark(self.ada, days[-2]))
        self.assertEqual(self.in_list(), self.ada)


@tagged("standard", "post_install", "-at_install")
class TestTalkInMails(AttentionCase, DigestCase):
    """The first mail of a week tells who needs a talk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        monday = cls.day(0) - timedelta(days=cls.day(0).weekday())
        cls.monday = datetime.combine(monday, time(10))

    def test_the_first_mail_of_a_week_names_who_needs_a_talk(self):
        self.stand(self.ada, days_ago=9)
        with freeze_time(self.monday):
            self.run_cron()
            mail = self.mail()
            text = html2plaintext(mail.body_html)
            self.assertIn("Students who need a talk: 1", text)
            self.assertIn("Ada Test", text)
            self.assertIn(f"/odoo/intervention-students/{self.ada.id}", mail.body_html)
            # No figure, no rule and no day.
            for secret in ("12 of 61", "hronic", "missed"):
                self.assertNotIn(secret, mail.body_html)
            self.assertEqual(self.digests(self.fm2).state, "nothing")
            boss = html2plaintext(self.mail(self.boss, "administrator").body_html)
            self.assertEqual(self.digests(self.boss).state, "nothing")
            self.assertIn("Students who need a talk: 1", boss)
            self.assertNotIn("Ada", boss)

    def test_the_others_do_not(self):
        self.stand(self.ada, days_ago=9)
        with freeze_time(self.monday + timedelta(days=1)):
            self.run_cron()
            self.assertEqual(self.digests().state, "nothing")
        # A week that begins with a day without mails.
        self.settings.reminder_monday = False
        with freeze_time(self.monday + timedelta(days=8)):
            self.run_cron()
            self.assertEqual(self.digests(date=self.digests()[0].date).state, "queued")


@tagged("standard", "post_install", "-at_install")
class TestTrouble(AttentionCase):
    """What is wrong with the marks is told to administrators."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A Monday: the last school day was a Friday.
        cls.startClassPatcher(freeze_time("2026-11-30 10:00:00"))
        cls.env["intervention.attendance.source"].search(
            [("id", ">", 0)]
        ).active = False

    def source(self, last_day, **vals):
        return self.env["intervention.attendance.source"].create(
            {"name": "Office", "kind": "api", "last_day": last_day, **vals}
        )

    def notices(self, user=None):
        trouble = self.meetings(user or self.boss).get_dashboard()["trouble"]
        return trouble and [notice["text"] for notice in trouble["notices"]]

    def test_a_source_that_is_silent_is_told_with_its_last_day(self):
        source = self.source(date(2026, 11, 27))
        self.assertEqual(self.notices(), [])
        source.last_day = date(2026, 11, 26)
        self.assertEqual(self.notices(), ["No marks from Office since Thu, Nov 26."])
        self.assertFalse(self.notices(self.fm))
        for vals in (
            {"kind": "register"},
            {"last_day": date(2026, 6, 30)},
            {"active": False},
        ):
            with self.subTest(vals), self.env.cr.savepoint() as savepoint:
                source.write(vals)
                self.assertEqual(self.notices(), [])
                savepoint.rollback()
                self.env.invalidate_all()
                self.env.registry.clear_cache()

    def test_students_of_a_source_who_are_unknown_are_told(self):
        self.source(date(2026, 11, 27), run_unknown_students=12)
        self.assertEqual(
            self.notices(), ["Students of Office who are unknown here: 12."]
        )

    def test_registers_missing_are_counted_and_their_classes_named(self):
        self.assertEqual(
            self.meetings(self.boss).get_statistics()["registers_missing"], 0
        )
        self.source(date(2026, 11, 27))
        trouble = self.meetings(self.boss).get_dashboard()["trouble"]
        self.assertLessEqual({"Test 7A", "Test 7B"}, set(trouble["classes"]))
        self.assertEqual(
            trouble["registers"],
            self.meetings(self.boss).get_statistics()["registers_missing"],
        )
        # Five school days of the form master's one class.
        self.assertEqual(
            self.meetings(self.fm).get_statistics()["registers_missing"], 5
        )
