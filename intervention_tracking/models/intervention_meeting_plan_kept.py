from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import SENTINEL

from ..constants import PLAN_KEPT, PLAN_KEPT_REASONS, RECENT_DAYS
from ..mixins.intervention_idempotency import once
from ..tools.day import today

ANSWER = ("plan_kept", "plan_kept_reason", "plan_kept_text")
# The answers that have a reason.
NOT_WHOLLY = ("partly", "not")


class InterventionMeeting(models.Model):
    """Whether the plan was carried out: one that was not can't have failed.

    It is told after the talk and may be known only after the case was closed, so it is
    no part of the content that closing freezes. Every change of it leaves its entry in
    the history, as any other.
    """

    _inherit = "intervention.meeting"

    plan_kept = fields.Selection(
        selection=PLAN_KEPT,
        string="Was the Plan Carried Out?",
        copy=False,
        help="Whether what was agreed was done, by whoever was to do it. That does not "
        "say whether it helped.",
    )
    plan_kept_reason = fields.Selection(
        selection=PLAN_KEPT_REASONS, string="Why Not Wholly", copy=False
    )
    plan_kept_text = fields.Text(
        string="About the Plan",
        copy=False,
        help="What was done of the plan, and what not.",
    )
    is_plan_asked = fields.Boolean(
        compute="_compute_is_plan_asked",
        help="The 20th possible day of the student after the meeting has come.",
    )

    _plan_reason_is_of_answer = models.Constraint(
        "CHECK (plan_kept_reason IS NULL "
        "OR COALESCE(plan_kept IN ('partly', 'not'), FALSE))",
        "Why Not Wholly: it is for a plan that was kept partly or not.",
    )
    _plan_text_is_of_answer = models.Constraint(
        "CHECK (COALESCE(plan_kept_text, '') = '' OR plan_kept IS NOT NULL)",
        "About the Plan: say first whether the plan was carried out.",
    )

    @api.depends("student_id", "meeting_date", "has_student_left")
    @api.depends_context("tz", "uid", "allowed_company_ids")
    def _compute_is_plan_asked(self):
        self.env["intervention.attendance"].flush_model()
        self.flush_recordset(["student_id", "company_id", "meeting_date"])
        known = {
            meeting_id: (count, last_day)
            for meeting_id, count, last_day in self.env.execute_query(
                SQL(
                    """SELECT meeting.id, days.count, days.last_day
                         FROM intervention_meeting meeting
                   CROSS JOIN LATERAL (
                           SELECT count(*) FILTER (WHERE possible = 1),
                                  max(date) AS last_day
                             FROM intervention_attendance
                            WHERE student_id = meeting.student_id
                              AND company_id = meeting.company_id
                              AND date > meeting.meeting_date) days
                        WHERE meeting.id = ANY(%s)""",
                    self.ids,
                )
            )
        }
        this_day = today(self)
        for meeting in self:
            count, last_day = known.get(meeting._origin.id, (0, None))
            if meeting.has_student_left or not meeting._origin:
                count = 0
            elif count < RECENT_DAYS:
                # After the last mark nobody may have taken the register.
                last_day = last_day or meeting.meeting_date
                count += len(
                    self.env["intervention.settings"]._open_days(
                        meeting.company_id, last_day + timedelta(days=1), this_day
                    )
                )
            meeting.is_plan_asked = count >= RECENT_DAYS

    # --- rules ---

    def _checked_creation(self, vals):
        vals, problems = super()._checked_creation(vals)
        self._complain_of_plan_kept(vals, problems)
        return vals, problems

    def _checked_change(self, vals):
        vals, problems = super()._checked_change(vals)
        # With another answer the reason for the one before goes.
        if "plan_kept" in vals:
            if vals["plan_kept"] not in NOT_WHOLLY:
                vals.setdefault("plan_kept_reason", False)
            if not vals["plan_kept"]:
                vals.setdefault("plan_kept_text", False)
        for meeting in self:
            meeting._complain_of_plan_kept(vals, problems)
        return vals, problems

    def _complain_of_plan_kept(self, vals, problems):
        """Add to the problems what contradicts the answer; the meeting has the rest."""
        if "plan_kept" in problems:
            return
        answer = vals.get("plan_kept", self.plan_kept)
        if vals.get("plan_kept_reason") and answer not in NOT_WHOLLY:
            problems["plan_kept_reason"] = self.env._(
                "Why Not Wholly: it is for a plan that was kept partly or not."
            )
        if vals.get("plan_kept_text") and not answer:
            problems["plan_kept_text"] = self.env._(
                "About the Plan: say first whether the plan was carried out."
            )

    # --- for the screens and for other systems ---

    @once
    def add_progress(
        self,
        update_text,
        status=None,
        resolution_notes=None,
        plan_kept=SENTINEL,
        plan_kept_reason=SENTINEL,
        plan_kept_text=SENTINEL,
        **more,
    ):
        """Add a note to the history, as the base does, and whether the plan was kept.

        What is not given stays as it is; None or False takes it away.

        :param str plan_kept: ``kept``, ``partly`` or ``not``
        :param str plan_kept_reason: why not wholly, with ``partly`` and ``not`` only:
            ``student``, ``family``, ``school``, ``events``, ``unsuitable`` or ``other``
        :param str plan_kept_text: what was done of the plan
        :return: the new ``intervention.progress`` (its id over RPC)
        :raises ValidationError: as the base, and for an answer that contradicts itself
        :raises AccessError: when the user may not update the meeting
        """
        self.ensure_one()
        given = zip(ANSWER, (plan_kept, plan_kept_reason, plan_kept_text), strict=True)
        vals = {name: value for name, value in given if value is not SENTINEL}
        add = super().add_progress
        if not vals:
            return add(update_text, status, resolution_notes, **more)
        with self.env.cr.savepoint():
            self.write({name: value or False for name, value in vals.items()})
            return add(update_text, status, resolution_notes, **more)
