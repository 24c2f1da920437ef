from odoo import api, fields, models

from ..constants import STATUSES
from ..mixins.intervention_append_only import author_field
from ..mixins.intervention_retractable import retractions_field
from ..tools.day import day_text, today
from ..tools.exceptions import Problems, field_error, validation_error
from ..tools.internal import Internal, internal_value
from ..tools.text import FILLED


class InterventionProgress(models.Model):
    """One entry in the history of a meeting; it can be neither edited nor deleted.

    A wrong one is retracted.

    An entry without a change of status has the status of that time in both fields.
    What it tells of may have happened on a day before it was entered: the history,
    papers and figures go by that day.
    """

    _name = "intervention.progress"
    _description = "Intervention Progress Update"
    _inherit = [
        "intervention.append.only",
        "intervention.retractable",
        "intervention.checks",
    ]
    _order = "happened_on desc, create_date desc, id desc"
    _rec_name = "meeting_id"
    _history_columns = ("update_text", "happened_on", "old_status", "new_status")
    _private_columns = ("update_text",)

    update_text = fields.Text(
        string="Progress Note",
        readonly=True,
        help="Empty when the status was changed without a note.",
    )
    happened_on = fields.Date(
        required=True,
        readonly=True,
        help="The day on which it happened, which may be before it was entered.",
    )
    old_status = fields.Selection(
        selection=STATUSES, string="From Status", required=True, readonly=True
    )
    new_status = fields.Selection(
        selection=STATUSES, string="To Status", required=True, readonly=True
    )
    is_status_change = fields.Boolean(compute="_compute_is_status_change")
    retraction_ids = retractions_field("progress_id")
    create_uid = author_field("Author")
    create_date = fields.Datetime(string="Entered on", readonly=True)

    # The history of a meeting, newest first, and its count.
    _meeting_idx = models.Index(
        "(meeting_id, happened_on DESC, create_date DESC, id DESC)"
    )
    _text_or_change = models.Constraint(
        f"CHECK (update_text ~ '{FILLED}' OR old_status != new_status)",
        "Progress Note: write what happened.",
    )

    @api.depends("old_status", "new_status")
    def _compute_is_status_change(self):
        for progress in self:
            progress.is_status_change = progress.old_status != progress.new_status

    @api.depends("meeting_id.retraction_ids")
    def _compute_retraction_note(self):
        """Tell of the update's files, too."""
        result = super()._compute_retraction_note()
        for progress in self:
            notes = [
                progress.retraction_note,
                progress.meeting_id.retraction_ids._file_notes(progress.sudo()),
            ]
            progress.retraction_note = "\n".join(filter(None, notes)) or False
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Add notes; a status is changed by ``intervention.meeting.add_progress``.

        :param list vals_list: each with ``meeting_id`` and ``update_text``, and with
            ``happened_on`` unless it is today
        :raises ValidationError: for a blank text, a day before the meeting or in the
            future, or for any other field
        :raises AccessError: when the user may not update the meeting
        """
        if internal_value(self.env, "intervention_progress") is not None:
            return super().create(vals_list)
        problems = Problems()
        notes = []
        ids = [self._id_or_none(vals.get("meeting_id")) for vals in vals_list]
        meetings = self.env["intervention.meeting"].browse(
            dict.fromkeys(filter(None, ids))
        )
        if any("active" not in meeting._cache for meeting in meetings):
            meetings = meetings.exists()
        meetings.check_access("write")
        meetings._lock_against_status_change()
        by_id = {meeting.id: meeting for meeting in meetings}
        for meeting_id, vals in zip(ids, vals_list, strict=True):
            meeting = by_id.get(meeting_id)
            if not meeting:
                problems["meeting_id"] = self.env._(
                    "Intervention: choose one that exists."
                )
                continue
            text = self._checked_text(vals.get("update_text"), problems)
            day = self._checked_day(vals.get("happened_on"), meeting, problems)
            for name in vals.keys() - {"meeting_id", "update_text", "happened_on"}:
                problems[name] = self.env._(
                    "%(field)s can't be set on a progress update. To change the "
                    "status, use the intervention itself.",
                    field=self._label(name),
                )
            if not meeting.active:
                problems["meeting_id"] = meeting._archived_message()
            notes.append(self._note(meeting, text, day))
        if problems:
            raise validation_error(problems)
        return super().create(notes)

    @api.model
    def _add_note(self, meeting, text, day):
        """Add a note whose text and day have been checked, as the right to has been.

        :return: the update
        :raises ValidationError: when the meeting is archived
        """
        meeting._lock_against_status_change()
        if not meeting.active:
            raise field_error("meeting_id", meeting._archived_message())
        return self._store([self._note(meeting, text, day)])

    @api.model
    def _store(self, entries):
        """Make entries of values that are checked and complete."""
        checked = self.with_context(intervention_progress=Internal({}))
        return checked.create(entries).with_env(self.env)

    @api.model
    def _note(self, meeting, text, day):
        return {
            "meeting_id": meeting.id,
            "update_text": text,
            "happened_on": day,
            "old_status": meeting.status,
            "new_status": meeting.status,
        }

    @api.model
    def _checked_text(self, value, problems):
        """Return the trimmed text of a note; what is wrong goes to the problems."""
        text, fault = self._checked_value("update_text", value)
        if fault:
            problems["update_text"] = fault
        elif not text:
            problems["update_text"] = self.env._("Progress Note: write what happened.")
        return text

    @api.model
    def _checked_day(self, value, meeting, problems):
        """Return on which day of a meeting's history something happened.

        What is wrong with the day goes to the problems.

        :param value: the day as a caller gave it; today for None and what is empty
        :return: a date
        """
        day, fault = self._checked_value("happened_on", value)
        limits = self._happened_limits(meeting)
        if not fault and day:
            fault = meeting._broken_day_limit(limits, day)
        if fault:
            problems["happened_on"] = fault
        return day or limits[0]["last"]

    @api.model
    def _happened_limits(self, meeting):
        """Return the limits of this day, see ``intervention.day.limits``."""
        return [
            {
                # Where the meeting was recorded it may be tomorrow already.
                "last": max(today(self), meeting.meeting_date),
                "message": self.env._(
                    "Happened On: it can't be in the future. Choose today or earlier."
                ),
            },
            {
                "first": meeting.meeting_date,
                "message": self.env._(
                    "Happened On: it can't be before the meeting (%(date)s).",
                    date=day_text(self.env, meeting.meeting_date),
                ),
            },
        ]

    def _added_message(self):
        """Return what is said to who added this update.

        :return: a sentence, and whether all was done that it is for
        """
        self.ensure_one()
        if self.is_status_change and self.new_status == "closed":
            return self.env._("The case was closed."), True
        return self.env._("The update was added."), True

    @api.model
    def _edit_refusal(self):
        return self.env._(
            "A progress update can't be changed. Add another one that corrects it, or "
            "retract it."
        )

    @api.model
    def _delete_refusal(self):
        return self.env._(
            "A progress update can't be deleted. If it was entered by mistake, retract "
            "it."
        )
