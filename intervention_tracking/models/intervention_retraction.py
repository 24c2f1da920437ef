from odoo import api, fields, models

from ..constants import ADMIN_GROUP
from ..mixins.intervention_append_only import author_field
from ..tools.day import moment_text
from ..tools.text import isolate

# The fields that lead to what was retracted: a retraction has one of them.
ENTRIES = ("progress_id", "file_id", "change_id", "contact_id")


class InterventionRetraction(models.Model):
    """Who retracted an entry of a case, when and why.

    The entry's own ``retract`` makes it, and nothing else does; see
    ``intervention.retractable``. It is as permanent as the entry.
    """

    _name = "intervention.retraction"
    _description = "Retraction"
    _inherit = ["intervention.append.only", "intervention.checks"]
    _order = "id desc"
    _rec_name = "meeting_id"
    _history_columns = (*ENTRIES, "reason")

    meeting_id = fields.Many2one(index=True)
    progress_id = fields.Many2one(
        comodel_name="intervention.progress",
        string="Progress Update",
        readonly=True,
        ondelete="restrict",
    )
    file_id = fields.Many2one(
        comodel_name="intervention.file",
        readonly=True,
        ondelete="restrict",
    )
    change_id = fields.Many2one(
        comodel_name="intervention.change",
        readonly=True,
        ondelete="restrict",
    )
    contact_id = fields.Many2one(
        comodel_name="intervention.contact",
        string="Family Contact",
        readonly=True,
        ondelete="restrict",
    )
    reason = fields.Text(
        required=True,
        readonly=True,
        help="Why it was retracted. Everybody who sees the case reads it.",
    )
    hidden_text = fields.Text(
        string="What It Said",
        compute="_compute_hidden_text",
        compute_sudo=False,
        groups=ADMIN_GROUP,
    )
    create_uid = author_field("Retracted by")
    create_date = fields.Datetime(string="Retracted on", readonly=True)

    _progress_uniq = models.UniqueIndex(
        "(progress_id) WHERE progress_id IS NOT NULL", "This was retracted before."
    )
    _file_uniq = models.UniqueIndex(
        "(file_id) WHERE file_id IS NOT NULL", "This was retracted before."
    )
    _change_uniq = models.UniqueIndex(
        "(change_id) WHERE change_id IS NOT NULL", "This was retracted before."
    )
    _contact_uniq = models.UniqueIndex(
        "(contact_id) WHERE contact_id IS NOT NULL", "This was retracted before."
    )
    _one_entry = models.Constraint(
        f"CHECK (num_nonnulls({', '.join(ENTRIES)}) = 1)",
        "A retraction is of one entry.",
    )
    _reason_filled = models.Constraint(
        r"CHECK (reason ~ '\S')", "Reason: write why this is retracted."
    )

    def _entry(self):
        """Return the entry that was retracted."""
        self.ensure_one()
        return next(self[name] for name in ENTRIES if self[name])

    @api.depends(*ENTRIES)
    @api.depends_context("lang")
    def _compute_hidden_text(self):
        for retraction in self:
            retraction.hidden_text = retraction._entry()._hidden_text()

    @api.model
    def _checked_reason(self, value):
        """Return the trimmed reason, and what is wrong with it by field."""
        problems = self._faults_before()
        reason, fault = self._checked_value("reason", value)
        if not fault and not reason:
            fault = self.env._("Reason: write why this is retracted.")
        if fault and "reason" not in problems:
            problems["reason"] = fault
        return reason, problems

    def action_open_file(self):
        """Open the file that was retracted, for an administrator.

        :return: an action of the web client
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.file_id._address(),
            "target": "new",
        }

    def _note(self):
        """Return who retracted this, when and why; False for none."""
        if not self:
            return False
        self.ensure_one()
        said = {
            # sudo: the history names its author to whoever may read it.
            "user": isolate(self.env, self.sudo().create_uid.name),
            "time": moment_text(self.env, self.create_date),
            "reason": isolate(self.env, self.reason),
        }
        if self.file_id:
            return self.env._(
                "File retracted by %(user)s on %(time)s: %(reason)s", **said
            )
        return self.env._("Retracted by %(user)s on %(time)s: %(reason)s", **said)

    def _file_notes(self, progress):
        """Return the notes of retracted files of an update, or of none; or False."""
        # sudo: who may not see a retracted file is still told where it was.
        of_files = self.filtered(
            lambda each: each.file_id and each.sudo().file_id.progress_id == progress
        )
        return "\n".join(each._note() for each in of_files) or False


class InterventionMeeting(models.Model):
    """What was retracted of a case."""

    _inherit = "intervention.meeting"

    retraction_ids = fields.One2many(
        comodel_name="intervention.retraction",
        inverse_name="meeting_id",
        string="Retractions",
        readonly=True,
    )
    retracted_files = fields.Text(
        compute="_compute_retracted_files",
        help="Which files of the meeting itself were retracted: by whom, when and why.",
    )

    @api.depends("retraction_ids")
    @api.depends_context("lang", "tz", "uid")
    def _compute_retracted_files(self):
        for meeting in self:
            meeting.retracted_files = meeting.retraction_ids._file_notes(
                self.env["intervention.progress"].sudo()
            )
