from odoo import api, fields, models

from ..constants import STATUSES
from ..tools.day import today
from ..tools.notification import CLOSE, notification, outcome

# What stood there when the dialog was opened: only what differs is sent.
SEEN = (
    "seen_status",
    "seen_follow_up_date",
    "seen_plan_kept",
    "seen_plan_kept_reason",
    "seen_plan_kept_text",
    "version",
)


class InterventionTrack(models.TransientModel):
    """The dialog in which a progress update is added."""

    _name = "intervention.track"
    _description = "Track Progress"
    _inherit = ["intervention.dialog", "intervention.day.limits"]
    _about = {"meeting_id": "write"}

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    student_id = fields.Many2one(related="meeting_id.student_id", related_sudo=False)
    meeting_date = fields.Date(related="meeting_id.meeting_date", related_sudo=False)
    root_cause = fields.Selection(related="meeting_id.root_cause", related_sudo=False)
    urgency_level = fields.Selection(
        related="meeting_id.urgency_level", related_sudo=False
    )
    absence_reason = fields.Text(
        related="meeting_id.absence_reason", related_sudo=False
    )
    intervention_notes = fields.Text(
        related="meeting_id.intervention_notes", related_sudo=False
    )
    action_plan = fields.Text(related="meeting_id.action_plan", related_sudo=False)
    is_overdue = fields.Boolean(related="meeting_id.is_overdue", related_sudo=False)
    is_recurring = fields.Boolean(related="meeting_id.is_recurring", related_sudo=False)
    lacks_improvement = fields.Boolean(
        related="meeting_id.lacks_improvement", related_sudo=False
    )
    colleague_text = fields.Char(
        related="meeting_id.colleague_text", related_sudo=False
    )
    attendance = fields.Json(
        compute="_compute_attendance",
        compute_sudo=False,
        exportable=False,
        export_string_translation=False,
        help="The attendance of the student: what get_strip returns.",
    )
    effect = fields.Json(
        compute="_compute_effect",
        compute_sudo=False,
        exportable=False,
        export_string_translation=False,
        help="What changed after the meeting: what get_effect returns.",
    )
    progress_ids = fields.One2many(
        related="meeting_id.progress_ids", related_sudo=False
    )
    current_status = fields.Selection(
        related="meeting_id.status", related_sudo=False, string="Current Status"
    )
    status = fields.Selection(
        selection=STATUSES,
        compute="_compute_status",
        compute_sudo=False,
        store=True,
        readonly=False,
        required=True,
        help="Leave it as it is when only a note is added.",
    )
    update_text = fields.Text(
        string="Progress Note", help="What happened since the last time."
    )
    happened_on = fields.Date(
        compute="_compute_happened_on",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="The day on which it happened: today, unless you choose an earlier one.",
    )
    resolution_notes = fields.Text(help="How the case ended.")
    follow_up_date = fields.Date(
        string="Next Follow-up",
        compute="_compute_seen",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    plan_days = fields.Integer(
        related="meeting_id.plan_template_id.follow_up_days", related_sudo=False
    )
    seen_status = fields.Selection(
        selection=STATUSES,
        compute="_compute_seen",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    seen_follow_up_date = fields.Date(
        compute="_compute_seen", compute_sudo=False, store=True, readonly=False
    )
    version = fields.Char(
        compute="_compute_seen", compute_sudo=False, store=True, readonly=False
    )

    escalation_unheard = fields.Char(
        compute="_compute_escalation_unheard",
        compute_sudo=False,
        help="Why nobody can be told when the case is escalated, and whom to ask.",
    )

    @api.depends("meeting_id")
    def _compute_status(self):
        for track in self:
            track.status = track.meeting_id.status

    @api.depends("meeting_id")
    def _compute_escalation_unheard(self):
        for track in self:
            track.escalation_unheard = track.meeting_id._why_unheard()

    @api.depends("meeting_id")
    def _compute_attendance(self):
        days = self.env["intervention.attendance"]
        for track in self:
            student = track.meeting_id.student_id
            track.attendance = student and days._strip(student.id)

    @api.depends("meeting_id")
    def _compute_effect(self):
        for track in self:
            meeting = track.meeting_id
            track.effect = meeting and meeting.get_effect()

    @api.depends("meeting_id")
    def _compute_happened_on(self):
        this_day = today(self)
        for track in self:
            # Where the meeting was recorded it may be tomorrow already.
            track.happened_on = max(this_day, track.meeting_date or this_day)

    @api.depends("meeting_id")
    def _compute_seen(self):
        for track in self:
            meeting = track.meeting_id
            # A day that has come is no next one.
            date = meeting.follow_up_date
            date = date if date and date > today(track) else False
            track.follow_up_date = track.seen_follow_up_date = date
            track.seen_status = meeting.status
            track.version = meeting.version

    @api.depends("meeting_id")
    def _compute_day_limits(self):
        return super()._compute_day_limits()

    def _day_limits(self):
        meeting = self.meeting_id
        if not meeting:
            return {}
        return {
            "happened_on": self.env["intervention.progress"]._happened_limits(meeting),
            "follow_up_date": meeting._form_day_limits()["follow_up_date"],
        }

    def action_add(self):
        """Add the update, with status and follow-up date where they were changed.

        :return: an action that says so and closes the dialog
        :raises ValidationError: as ``intervention.meeting.add_progress``
        """
        self.ensure_one()
        action = self._add_and_tell()
        # What was typed is in the history now, and needs no second place.
        self.unlink()
        return action

    @api.model
    def add_update(self, values):
        """Add the update in one call, without storing the dialog first.

        :param dict values: what the dialog has, as ``web_save`` takes it; for the rest
            its defaults stand
        :return: what ``action_add`` returns
        :raises ValidationError: as ``intervention.meeting.add_progress``
        :raises AccessError: when the user may not update the meeting
        """
        self.check_access("create")
        track = self.new(self._add_missing_default_values(values))
        if not track.meeting_id:
            raise self._missing_error()
        track._check_may_open()
        return track._add_and_tell()

    def _add_and_tell(self):
        """Add the update; return what tells so and closes the dialog."""
        meanwhile = self._changed_meanwhile()
        message, is_done = self._add()._added_message()
        return notification(
            " ".join([message, *meanwhile]), then=CLOSE, **outcome(is_done)
        )

    def _add(self):
        """Add the update, and return it."""
        meeting = self.meeting_id.with_context(
            intervention_version=self.version or None
        )
        return meeting.add_progress(**self._update_values())

    def _update_values(self):
        """Return the arguments for ``intervention.meeting.add_progress``."""
        values = {"update_text": self.update_text, "happened_on": self.happened_on}
        if self.status != self.seen_status:
            values["status"] = self.status
        is_closed = self.status == "closed"
        if is_closed and self.seen_status != "closed":
            # How a case ended is its last update, and is written once.
            text = self.resolution_notes or self.update_text
            values["resolution_notes"] = text
            values["update_text"] = self.update_text or text
        elif not is_closed and self.follow_up_date != self.seen_follow_up_date:
            values["follow_up_date"] = self.follow_up_date
        return values

    def _changed_meanwhile(self):
        """Return a sentence for each thing that somebody else changed meanwhile."""
        meeting = self.meeting_id
        entries = self.version and meeting._changes_after(self.version)
        sent = self._update_values()
        return [
            self.env._(
                "Meanwhile %(who)s has changed this: %(field)s: %(value)s.",
                # sudo: the history names its author to whoever may read it.
                who=entries[meeting, name].sudo().create_uid.name,
                field=change.field_label,
                value=change.new_text or "–",
            )
            for name in ("status", "follow_up_date")
            if name not in sent and (meeting, name) in (entries or ())
            for change in [meeting._as_change(name)]
        ]
