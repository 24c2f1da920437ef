from odoo.tests import HttpCase, tagged

from .common import InterventionCase

START = "/odoo/interventions"


@tagged("standard", "post_install", "-at_install")
class TestTours(InterventionCase, HttpCase):
    """The main loop in the web client."""

    def test_a_form_master_records_tracks_and_closes(self):
        self.start_tour(START, "intervention_form_master", login="fm")
        meeting = self.meetings(self.fm).search([])
        self.assertRecordValues(
            meeting,
            [
                {
                    "student_id": self.ada.id,
                    "root_cause": "family",
                    "status": "closed",
                    "resolution_notes": "A month without an absence.",
                }
            ],
        )
        self.assertEqual(
            self.progress(meeting).mapped("new_status"), ["improving", "closed"]
        )

    def test_a_new_form_master_is_led_through_the_first_case(self):
        self.start_tour("/odoo", "intervention_tour", login="fm")
        meeting = self.meetings(self.fm).search([])
        self.assertRecordValues(
            meeting, [{"root_cause": "family", "status": "improving"}]
        )
        self.assertEqual(self.progress(meeting).mapped("new_status"), ["improving"])

    def test_an_administrator_sees_every_case_and_hands_one_over(self):
        meeting = self.record()
        self.record(self.fm2, student_id=self.cy.id)
        self.start_tour(START, "intervention_administrator", login="boss")
        # Who had it before does not see it any more.
        self.assertEqual(meeting.sudo().form_master_id, self.fm2)
