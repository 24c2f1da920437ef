from itertools import product

from lxml import etree
from odoo.tests import tagged

from .common import CAUSES, STATUSES, InterventionCase

ORDER = "attention_rank, id"
LIST = "intervention_tracking.intervention_meeting_view_list_dashboard"
KANBAN = "intervention_tracking.intervention_meeting_view_kanban_dashboard"


@tagged("standard", "post_install", "-at_install")
class TestAttention(InterventionCase):
    """What needs attention first is the first in the lists."""

    def _order(self, meetings, user=None, order=ORDER):
        domain = [("id", "in", meetings.ids)]
        return self.meetings(user or self.fm).search(domain, order=order)

    def test_what_needs_attention_comes_first(self):
        rest = self.record(root_cause="health")
        closed = self.in_status("closed", root_cause="family", urgency_level="high")
        urgent = self.record(root_cause="academic", urgency_level="high")
        escalated = self.in_status("escalated", root_cause="financial")
        today = self.record(root_cause="behavioral", follow_up_date=self.day(1))
        self.make_older(today, 1)
        overdue = self.overdue(root_cause="other")
        expected = overdue | today | escalated | urgent | rest | closed
        for user in (self.fm, self.boss):
            found = self._order(expected, user)
            self.assertEqual(found.ids, expected.ids)
            self.assertEqual(found.mapped("attention_rank"), [0, 1, 2, 3, 4, 5])
            backwards = self._order(expected, user, "attention_rank desc")
            self.assertEqual(backwards.ids, expected.ids[::-1])

    def test_an_overdue_case_is_first_whatever_else_it_is(self):
        meetings = self.meetings(self.fm)
        for (status, urgency), cause in zip(
            product(("open", "escalated"), ("low", "high")), CAUSES, strict=False
        ):
            meeting = self.overdue(root_cause=cause, urgency_level=urgency)
            meeting.status = status
            meetings |= meeting
        self.assertEqual(set(meetings.mapped("attention_rank")), {0})

    def test_the_order_is_that_of_the_ranks_for_every_status_and_urgency(self):
        meetings = self.meetings(self.fm)
        number = 0
        for status, urgency, days in product(
            STATUSES, ("low", "medium", "high"), (None, -2, 0, 3)
        ):
            number += 1
            student = self._new_student(f"S{number}", f"S-{number}", self.class_a)
            meeting = self.record(
                student_id=student.id,
                urgency_level=urgency,
                follow_up_date=days is not None and self.day(5),
            )
            meeting.write(
                {"status": status}
                | ({"resolution_notes": "Done"} if status == "closed" else {})
            )
            if days is not None:
                self.make_older(meeting, 5 - days)
            meetings |= meeting
        ranks = self._order(meetings).mapped("attention_rank")
        self.assertEqual(len(ranks), number)
        self.assertEqual(set(ranks), {0, 1, 2, 3, 4, 5})
        self.assertEqual(ranks, sorted(ranks))

    def test_the_dashboard_is_in_this_order(self):
        for view in (LIST, KANBAN):
            arch = etree.fromstring(self.env.ref(view).get_combined_arch())
            self.assertTrue(arch.get("default_order").startswith("attention_rank,"))

    def test_who_works_with_cases_and_has_no_other_start_starts_here(self):
        ours = self.env.ref("intervention_tracking.intervention_menu_root")
        for user, expected in ((self.fm, True), (self.boss, True), (self.staff, False)):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertEqual(menus["root"]["children"][0] == ours.id, expected)
