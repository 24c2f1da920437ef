from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.tests import Form, tagged

from .common import RESOLUTION, InterventionCase


class VersionCase(InterventionCase):
    def setUp(self):
        super().setUp()
        self.meeting = self.record(follow_up_date=self.day(3))

    def seen(self, user=None, meeting=None):
        """Return the meeting as a user has it open in a form from now on."""
        meeting = (meeting or self.meeting).with_user(user or self.fm)
        return meeting.with_context(intervention_version=meeting.version)

    def conflict(self, caught):
        self.assertEqual(caught.exception.code, "edit_conflict")
        return caught.exception.context["intervention_conflict"]


@tagged("standard", "post_install", "-at_install")
class TestVersion(VersionCase):
    """The last writer does not win silently."""

    def test_the_version_moves_with_the_content_and_the_status(self):
        versions = [self.meeting.version]
        for act in (
            lambda: self.meeting.write({"action_plan": "New plan"}),
            lambda: self.meeting.write({"status": "monitoring"}),
            lambda: self.meeting.with_user(self.boss).write({"urgency_level": "high"}),
        ):
            act()
            versions.append(self.meeting.version)
        self.assertEqual(len(set(versions)), 4)
        self.add_update(self.meeting)
        self.meeting.write({"action_plan": "New plan"})
        self.assertEqual(self.meeting.version, versions[-1])

    def test_each_meeting_has_its_own_version_in_one_query(self):
        self.meeting.write({"action_plan": "New plan"})
        other = self.record(root_cause="other")
        self.assertEqual(other.version, "0.0")
        both = self.meeting | other
        both.invalidate_recordset()
        with self.assertQueryCount(1):
            both.mapped("version")
        self.assertNotEqual(self.meeting.version, "0.0")
        self.assertFalse(self.meetings(self.fm).new({}).version)

    def test_who_saves_second_is_refused_and_told_by_whom_and_what(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        two.write({"action_plan": "The boss's plan"})
        with self.assertRefused("action_plan") as caught:
            one.write({"action_plan": "My plan"})
        message = str(caught.exception)
        for part in ("Action Plan", "Test boss", "The boss's plan", "My plan"):
            self.assertIn(part, message)
        conflict = self.conflict(caught)
        self.assertEqual(conflict["version"], self.meeting.version)
        [field] = conflict["fields"]
        change = self.meeting.change_ids
        self.assertEqual(
            field,
            {
                "name": "action_plan",
                "label": "Action Plan",
                "mine": "My plan",
                "theirs": "The boss's plan",
                "value": "The boss's plan",
                "by": "Test boss",
                "date": change.create_date,
            },
        )
        self.assertEqual(self.meeting.action_plan, "The boss's plan")

    def test_the_other_order_is_refused_as_well(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        one.write({"action_plan": "My plan"})
        with self.assertRefused("action_plan"):
            two.write({"action_plan": "The boss's plan"})
        self.assertEqual(self.meeting.action_plan, "My plan")

    def test_two_tabs_of_one_user_are_two_writers(self):
        one, two = self.seen(), self.seen()
        one.write({"action_plan": "In the first tab"})
        with self.assertRefused("action_plan"):
            two.write({"action_plan": "In the second tab"})

    def test_what_nobody_else_touched_goes_through(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        two.write({"action_plan": "The boss's plan"})
        one.write({"intervention_notes": "My notes"})
        self.assertEqual(self.meeting.intervention_notes, "My notes")
        self.assertEqual(self.meeting.action_plan, "The boss's plan")

    def test_one_conflict_refuses_the_whole_save(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        two.write({"action_plan": "The boss's plan"})
        with self.assertRefused("action_plan"):
            one.write({"action_plan": "Mine", "intervention_notes": "Mine"})
        self.assertNotEqual(self.meeting.intervention_notes, "Mine")

    def test_the_value_that_stands_there_already_is_no_conflict(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        values = {
            "action_plan": "One plan",
            "follow_up_date": self.day(5),
            "status": "monitoring",
        }
        two.write(values)
        one.write({**values, "follow_up_date": self.day(5).isoformat()})
        self.assertEqual(len(self.progress(self.meeting)), 1)

    def test_every_kind_of_field_is_looked_at(self):
        for name, theirs, mine, text in (
            ("student_id", self.ben.id, self.cy.id, "Ben Test (T-0002)"),
            ("meeting_date", self.day(-1), self.day(-2), None),
            ("root_cause", "family", "other", "Family Issue"),
            ("follow_up_date", self.day(5), False, None),
            ("urgency_level", "high", "medium", "High"),
            ("form_master_id", self.fm2.id, self.boss.id, "Test fm2"),
            ("status", "monitoring", "improving", "Monitoring"),
        ):
            one, two = self.seen(self.boss), self.seen(self.boss)
            two.write({name: theirs})
            with self.subTest(name), self.assertRefused(name) as caught:
                one.write({name: mine})
            [field] = self.conflict(caught)["fields"]
            if text:
                self.assertIn(field["theirs"], (text, text.split(" (")[0]))

    def test_with_the_new_version_it_goes_through_and_may_be_refused_again(self):
        one, two = self.seen(self.fm), self.seen(self.boss)
        two.write({"action_plan": "The boss's plan"})
        with self.assertRefused("action_plan") as caught:
            one.write({"action_plan": "My plan"})
        again = one.with_context(intervention_version=self.conflict(caught)["version"])
        self.seen(self.boss).write({"action_plan": "Another plan"})
        with self.assertRefused("action_plan") as caught:
            again.write({"action_plan": "My plan"})
        one.with_context(intervention_version=self.conflict(caught)["version"]).write(
            {"action_plan": "My plan"}
        )
        self.assertEqual(self.meeting.action_plan, "My plan")

    def test_a_caller_without_a_version_overwrites_as_before(self):
        meeting = self.meeting.with_user(self.boss)
        self.meeting.write({"action_plan": "My plan"})
        for context in ({}, {"intervention_version": None}):
            meeting.with_context(**context).write({"action_plan": "The boss's"})
        self.assertEqual(self.meeting.action_plan, "The boss's")

    def test_what_is_no_version_is_refused(self):
        self.meeting.write({"action_plan": "New plan"})
        change, progress = self.meeting.version.split(".")
        for value in (
            *("", "x", "1", "1.", "1.2.3", "-1.0", " 0.0", "0.0\n", "١.٠", "0.0x"),
            *(False, True, 5, 1.5, ["0.0"], {"0": "0"}, "9" * 30 + ".0"),
            f"{int(change) + 1}.{progress}",
            f"{change}.{int(progress) + 1}",
            "9999999999.9999999999",
        ):
            meeting = self.meeting.with_context(intervention_version=value)
            with self.subTest(value=value):
                with self.assertRaisesRegex(ValidationError, "intervention_version"):
                    meeting.write({"action_plan": "Other"})
        self.assertEqual(self.meeting.action_plan, "New plan")

    def test_who_may_not_write_learns_nothing(self):
        self.meeting.write({"action_plan": "New plan"})
        for user in (self.fm2, self.staff, self.portal, self.public):
            meeting = self.meeting.with_user(user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                meeting.with_context(intervention_version="0.0").write(
                    {"action_plan": "Other"}
                )

    def test_a_form_master_learns_no_name_by_a_conflict(self):
        meeting = self.seen()
        self.meeting.with_user(self.boss).write({"student_id": self.ben.id})
        stranger = self.env["res.partner"].create({"name": "Zorro", "company_id": 0})
        with self.assertRefused("student_id") as caught:
            meeting.write({"student_id": stranger.id})
        self.assertNotIn("Zorro", str(caught.exception))
        self.meeting.with_user(self.boss).write({"form_master_id": self.fm2.id})
        self.meeting.with_user(self.boss).write({"form_master_id": self.fm.id})
        with self.assertRaises(AccessError):
            meeting.write({"form_master_id": self.boss.id})

    def test_archiving_and_closing_meanwhile_are_told(self):
        meeting = self.seen()
        self.meeting.with_user(self.boss).write(
            {"status": "closed", "resolution_notes": RESOLUTION}
        )
        with self.assertRefused("action_plan"):
            meeting.write({"action_plan": "Too late"})

    def test_an_update_without_a_status_never_conflicts(self):
        meeting = self.seen()
        self.seen(self.boss).write({"status": "escalated", "action_plan": "The boss's"})
        note = self.add_update(meeting, "Came on time.")
        self.assertEqual(note.new_status, "escalated")

    def test_an_update_with_a_status_or_a_date_conflicts(self):
        meeting = self.seen()
        self.seen(self.boss).write(
            {"status": "escalated", "follow_up_date": self.day(9)}
        )
        before = self.progress(self.meeting)
        for values in ({"status": "improving"}, {"follow_up_date": self.day(5)}):
            with self.subTest(values), self.assertRefused(*values):
                self.add_update(meeting, **values)
        self.assertEqual(self.progress(self.meeting), before)
        self.add_update(meeting, status="escalated", follow_up_date=self.day(9))

    def test_the_web_client_gets_the_new_version_with_what_it_saves(self):
        meeting = self.seen()
        [saved] = meeting.web_save({"action_plan": "One"}, {"version": {}})
        self.assertEqual(saved["version"], self.meeting.version)
        meeting = meeting.with_context(intervention_version=saved["version"])
        meeting.web_save({"action_plan": "Two"}, {"version": {}})
        self.assertEqual(self.meeting.action_plan, "Two")


@tagged("standard", "post_install", "-at_install")
class TestDialogs(VersionCase):
    """A dialog sends only what its user changed."""

    def tracker(self, meeting=None, user=None):
        """Return the dialog as the user has opened it."""
        meeting = meeting or self.meeting
        action = meeting.with_user(user or self.fm).action_track_progress()
        form = Form(
            self.env[action["res_model"]]
            .with_user(user or self.fm)
            .with_context(**action["context"])
        )
        form.update_text = "Came on time."
        return form

    def send(self, form):
        values = form._get_save_values()
        return form._record.add_update(values)["params"]["message"]

    def test_a_note_in_a_stale_tracker_leaves_status_and_date(self):
        form = self.tracker()
        self.meeting.with_user(self.boss).write(
            {"status": "escalated", "follow_up_date": self.day(9)}
        )
        message = self.send(form)
        self.assertRecordValues(
            self.meeting, [{"status": "escalated", "follow_up_date": self.day(9)}]
        )
        note = self.progress(self.meeting)[-1]
        self.assertEqual(note.update_text, "Came on time.")
        self.assertFalse(note.is_status_change)
        self.assertIn("Test boss", message)
        self.assertIn("Escalated", message)

    def test_an_untouched_tracker_says_nothing_of_others(self):
        self.assertEqual(self.send(self.tracker()), "The update was added.")

    def test_only_what_was_touched_is_sent(self):
        form = self.tracker()
        form.status = "improving"
        self.meeting.with_user(self.boss).write({"follow_up_date": self.day(9)})
        self.send(form)
        self.assertRecordValues(
            self.meeting, [{"status": "improving", "follow_up_date": self.day(9)}]
        )
        form = self.tracker()
        form.follow_up_date = self.day(5)
        self.meeting.with_user(self.boss).write({"status": "escalated"})
        self.send(form)
        self.assertRecordValues(
            self.meeting, [{"status": "escalated", "follow_up_date": self.day(5)}]
        )

    def test_a_day_that_has_come_is_no_next_follow_up(self):
        for past in (0, 1, 20):
            meeting = self.record(
                student_id=self._new_student(f"Late {past}").id,
                follow_up_date=self.day(1),
            )
            self.make_older(meeting, past + 1)
            due = meeting.follow_up_date
            form = self.tracker(meeting)
            with self.subTest(past=past):
                self.assertFalse(form.follow_up_date)
                self.send(form)
                self.assertEqual(meeting.follow_up_date, due)
                form = self.tracker(meeting)
                form.follow_up_date = self.day(7)
                self.send(form)
                self.assertEqual(meeting.follow_up_date, self.day(7))
        self.assertEqual(self.tracker().follow_up_date, self.day(3))

    def test_a_touched_status_that_was_changed_meanwhile_is_refused(self):
        form = self.tracker()
        form.status = "improving"
        self.meeting.with_user(self.boss).write({"status": "escalated"})
        track = form.save()
        with self.assertRefused("status") as caught:
            track.action_add()
        conflict = self.conflict(caught)
        self.assertEqual(conflict["fields"][0]["value"], "escalated")
        self.assertEqual(len(self.progress(self.meeting)), 1)
        track.write({"version": conflict["version"], "seen_status": "escalated"})
        track.action_add()
        self.assertEqual(self.meeting.status, "improving")

    def test_a_closed_case_takes_the_note_of_a_stale_tracker(self):
        form = self.tracker()
        self.meeting.with_user(self.boss).write(
            {"status": "closed", "resolution_notes": RESOLUTION}
        )
        self.assertIn("Closed", self.send(form))
        self.assertEqual(self.meeting.status, "closed")

    def test_a_tracker_whose_case_may_not_be_changed_adds_nothing(self):
        values = self.tracker()._get_save_values()
        for user, meeting, error in (
            (self.fm2, self.meeting, AccessError),
            (self.staff, self.meeting, AccessError),
            (self.fm, self.env["intervention.meeting"], MissingError),
        ):
            dialog = (
                self.env["intervention.track"]
                .with_user(user)
                .with_context(default_meeting_id=meeting.id)
            )
            with self.subTest(user.name), self.assertRaises(error):
                dialog.add_update({**values, "meeting_id": meeting.id})
        self.assertFalse(self.progress(self.meeting))

    def test_a_tracker_by_rpc_sends_what_differs_from_now(self):
        track = self.env["intervention.track"].with_user(self.fm)
        track.create(
            {
                "meeting_id": self.meeting.id,
                "status": "improving",
                "update_text": "Came.",
                "follow_up_date": self.day(8),
            }
        ).action_add()
        self.assertRecordValues(
            self.meeting, [{"status": "improving", "follow_up_date": self.day(8)}]
        )

    def test_a_forged_version_is_refused(self):
        for version in ("x", "9999999999.0"):
            track = self.env["intervention.track"].create(
                {
                    "meeting_id": self.meeting.id,
                    "status": "improving",
                    "update_text": "Came.",
                    "version": version,
                }
            )
            with self.assertRaisesRegex(ValidationError, "intervention_version"):
                track.action_add()

    def test_a_case_that_was_handed_over_meanwhile_is_not_taken_back(self):
        other = self.record(root_cause="other")
        reassign = (
            self.env["intervention.reassign"]
            .with_user(self.boss)
            .with_context(active_ids=(self.meeting | other).ids)
        )
        one, two = (
            reassign.create({"form_master_id": user.id})
            for user in (self.fm2, self.boss)
        )
        one.action_reassign()
        with self.assertRefused("form_master_id"):
            two.action_reassign()
        cases = (self.meeting | other).with_user(self.boss)
        self.assertEqual(cases.form_master_id, self.fm2)
        reassign.create({"form_master_id": self.boss.id}).action_reassign()
        self.assertEqual(cases.form_master_id, self.boss)
