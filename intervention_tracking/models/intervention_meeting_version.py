import re
from textwrap import shorten

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.day import moment_text
from ..tools.exceptions import validation_error
from ..tools.text import isolate

VERSION = re.compile(r"([0-9]{1,10})\.([0-9]{1,10})")


class InterventionMeeting(models.Model):
    """Nobody overwrites what they have not seen.

    Who sends the ``version`` that they read, as ``intervention_version`` in the
    context, is refused where somebody has changed the same field since then.
    """

    _inherit = "intervention.meeting"

    version = fields.Char(
        compute="_compute_version",
        help="The last change of the content and of the status that is seen here.",
    )

    @api.depends("change_ids", "progress_ids")
    def _compute_version(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id, CONCAT(
                           (SELECT COALESCE(MAX(c.id), 0) FROM intervention_change c
                             WHERE c.meeting_id = m.id),
                           '.',
                           (SELECT COALESCE(MAX(p.id), 0) FROM intervention_progress p
                             WHERE p.meeting_id = m.id
                               AND p.old_status != p.new_status))
                     FROM intervention_meeting m WHERE m.id = ANY(%s)""",
                self.ids,
            )
        )
        versions = dict(rows)
        for meeting in self:
            meeting.version = versions.get(meeting._origin.id)

    def write(self, vals):
        """Change meetings, as far as nobody else changed the same since they were read.

        :raises ValidationError: when a rule is broken, when the context has an
            ``intervention_version`` that is none, or when a field was changed after it
            and would be overwritten; the error's ``context`` then says by whom and how
        :raises AccessError: when a form master changes the owner
        """
        version = self.env.context.get("intervention_version")
        if version is None or not self:
            return super().write(vals)
        meetings = self.with_context(intervention_version=None)
        meetings.check_access("write")
        meetings._refuse_overwriting(version, vals)
        return super(InterventionMeeting, meetings).write(vals)

    def _shared_version(self):
        """Return the version of all these meetings together; False for none."""
        numbers = [map(int, meeting.version.split(".")) for meeting in self]
        return ".".join(str(max(each)) for each in zip(*numbers, strict=True)) or False

    def _changes_after(self, version):
        """Return the last change of each field after a version.

        :param version: what a caller gave
        :return: dict of meeting and field name to the entry of the history
        :raises ValidationError: when it is no version of these meetings
        """
        match = VERSION.fullmatch(version) if isinstance(version, str) else None
        seen = [int(number) for number in match.groups()] if match else []
        last = self._shared_version()
        if not match or any(
            one > int(other) for one, other in zip(seen, last.split("."), strict=True)
        ):
            raise ValidationError(
                self.env._(
                    "intervention_version: send the version that you read with the "
                    "case, such as %(version)s.",
                    version=last,
                )
            )
        if version == last:
            return {}
        changes = self.env["intervention.change"].search(
            [("meeting_id", "in", self.ids), ("id", ">", seen[0])], order="id"
        )
        updates = self.env["intervention.progress"].search(
            [("meeting_id", "in", self.ids), ("id", ">", seen[1])], order="id"
        )
        return {
            **{(entry.meeting_id, entry.field_name): entry for entry in changes},
            **{
                (entry.meeting_id, "status"): entry
                for entry in updates
                if entry.is_status_change
            },
        }

    def _refuse_overwriting(self, version, vals):
        """Raise when a value differs from what somebody wrote after the version."""
        # Who writes at the same time waits here; Odoo repeats the later one.
        self.env.execute_query(
            SQL(
                "SELECT id FROM intervention_meeting WHERE id = ANY(%s) "
                "ORDER BY id FOR NO KEY UPDATE",
                self.ids,
            )
        )
        entries = {
            key: entry
            for key, entry in self._changes_after(version).items()
            if key[1] in vals
        }
        if not entries:
            return
        self._check_may_choose_owner(vals)
        vals, problems = self._checked_change(vals)
        if problems:  # which are told by ``write``
            return
        conflicts = [
            meeting._conflict(name, vals[name], entry)
            for (meeting, name), entry in entries.items()
            if not meeting._is_same(name, vals)
        ]
        if conflicts:
            error = validation_error(
                {conflict["name"]: [conflict.pop("message")] for conflict in conflicts},
                code="edit_conflict",
            )
            error.context |= {
                "intervention_conflict": {
                    "version": self._shared_version(),
                    "fields": conflicts,
                }
            }
            raise error

    def _conflict(self, name, mine, entry):
        """Return what a person has to know who would overwrite somebody's change."""
        theirs = self[name]
        texts = self._as_change(name, mine)
        # sudo: the history names its author to whoever may read it.
        author = entry.sudo().create_uid.name
        return {
            "name": name,
            "label": texts.field_label,
            "mine": texts.old_text or "",
            "theirs": texts.new_text or "",
            "value": {"id": theirs.id, "display_name": texts.new_text}
            if self._fields[name].relational
            else theirs,
            "by": author,
            "date": entry.create_date,
            "message": self.env._(
                "%(field)s: %(who)s has changed this meanwhile (%(time)s) to "
                "“%(theirs)s”. You wrote “%(mine)s”, which is not saved yet.",
                field=texts.field_label,
                who=isolate(self.env, author),
                time=moment_text(self.env, entry.create_date),
                theirs=isolate(
                    self.env, shorten(texts.new_text or "–", 120, placeholder=" …")
                ),
                mine=isolate(
                    self.env, shorten(texts.old_text or "–", 120, placeholder=" …")
                ),
            ),
        }

    def _as_change(self, name, value=False):
        """Return a change from the value to what stands there, for its texts."""
        return self.env["intervention.change"].new(
            {
                "field_name": name,
                "old_value": str(value) if value else False,
                "new_value": self._kept_value(name),
            }
        )
