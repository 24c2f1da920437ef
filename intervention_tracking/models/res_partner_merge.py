from odoo import models
from odoo.exceptions import RedirectWarning, UserError


class ResPartner(models.Model):
    """Two contacts of one student become one, which has all that either had."""

    _inherit = "res.partner"

    def _take_over_student(self, leaving):
        """Give this contact the cases of others that are about to be merged into it.

        Odoo's merge then copies number and class and moves the guardians, as it does
        for every contact.

        :param leaving: the contacts that will be deleted
        :raises UserError: when the contacts can't be one student
        :raises RedirectWarning: when the user has to decide on active cases first
        """
        # sudo: who merges contacts need not be allowed to see the cases.
        staying, leaving = self.sudo(), leaving.sudo()
        contacts = staying | leaving
        if contacts.guardian_ids & contacts:
            raise UserError(
                self.env._(
                    "One of these contacts is a guardian of the other, so they are two "
                    "people. If they are not, take the guardian off the student first."
                )
            )
        cases = contacts.env["intervention.meeting"].with_context(active_test=False)
        cases = cases.search([("student_id", "in", contacts.ids)])
        # Odoo's merge leaves the contact in this one.
        company = next(
            (one.company_id for one in (staying, *reversed(leaving)) if one.company_id),
            cases.company_id,
        )
        if cases.company_id - company:
            raise UserError(
                self.env._(
                    "These contacts belong to different schools and are named in "
                    "records that must be kept. Only contacts of the same school can "
                    "be merged."
                )
            )
        (self | leaving.with_env(self.env))._refuse_doubled_cases(self)
        # Who has left by one of them and not by another is there.
        students = contacts.filtered("is_intervention_student")
        left = students.filtered("has_left_school")
        if left != students:
            left.student_left_on = False
        contacts.env["intervention.request"]._join_waiting(contacts)
        moving = cases.filtered(lambda case: case.student_id != staying)
        # The class is the one when the meeting was recorded.
        kept = [moving._fields[name] for name in ("class_id", "company_id")]
        with self.env.protecting(kept, moving):
            moving._change({"student_id": staying.id})
            self.env.flush_all()
        # Their numbers are free for the one that stays.
        leaving.is_intervention_student = False
        self.env.flush_all()
        staying.is_intervention_student = True

    def _doubled_cases(self):
        """Return the active cases that these can't have together as one student."""
        cases = self.env["intervention.meeting"].search(
            [
                ("student_id", "in", self.ids),
                ("status", "!=", "closed"),
                ("active", "=", True),
            ],
            order="root_cause, meeting_date, id",
        )
        return cases.browse().concat(
            *(each for each in cases.grouped("root_cause").values() if len(each) > 1)
        )

    def _refuse_doubled_cases(self, staying):
        # sudo: as above.
        doubled = self.sudo()._doubled_cases()
        if not doubled:
            return
        if not doubled.with_env(self.env).has_access("write"):
            raise UserError(
                self.env._(
                    "Records that must stay name these contacts, and have to be put in "
                    "order before the merge. Ask an administrator of interventions to "
                    "merge them."
                )
            )
        raise RedirectWarning(
            self.env._(
                "These contacts have active interventions for the same root cause, and "
                "a student has one only. Decide which one goes on; then the contacts "
                "are merged."
            ),
            self.env.ref("intervention_tracking.intervention_merge_action").id,
            self.env._("See Them Side by Side"),
            {
                "intervention_merge_contacts": self.ids,
                "intervention_merge_stays": staying.id,
            },
        )
