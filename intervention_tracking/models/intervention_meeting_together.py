from odoo import api, fields, models

from ..constants import MAX_TOGETHER
from ..mixins.intervention_idempotency import once
from ..tools.exceptions import field_error


class InterventionMeeting(models.Model):
    """One talk with several students, as about a bus that never came.

    It makes one case for each of them, or none at all, and each goes its own way from
    there.
    """

    _inherit = "intervention.meeting"

    # What a form sends; nothing of it is kept.
    other_student_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Other Students",
        store=False,
        exportable=False,
        # A function: Odoo looks for forms of whoever changes what a list names.
        domain=lambda self: [
            ("is_intervention_student", "=", True),
            ("has_left_school", "=", False),
        ],
        help="The same talk with more students at once: each gets a case of their own.",
    )

    @api.model_create_multi
    @once
    def create(self, vals_list):
        """Record meetings, and the same ones with the ``other_student_ids``.

        :return: the meetings with the students in ``student_id``; see
            ``record_for_students`` for all of them
        """
        if not any(vals.get("other_student_ids") for vals in vals_list):
            return super().create(vals_list)
        complete, firsts = [], []
        for vals in vals_list:
            firsts.append(len(complete))
            complete += self._vals_together(vals)
        meetings = super().create(complete)
        for first, last in zip(firsts, [*firsts[1:], len(complete)], strict=True):
            meetings[first]._copy_files(meetings[first + 1 : last])
        return self.browse(meetings[first].id for first in firsts)

    @api.model
    @once
    def record_for_students(self, student_ids, vals):
        """Record the same meeting with several students: one case each, or none.

        With an ``intervention_token`` in the context, a repeat records nothing and
        returns what the first call recorded.

        :param list student_ids: the students (ids of ``res.partner``), 1 to 100
        :param dict vals: what the meetings say, as for ``create``, without a student
        :return: the meetings, in the order of the students (their ids over RPC)
        :raises ValidationError: when one of them can't be recorded; names every such
            student with the reason
        :raises AccessError: when the user may not record meetings
        """
        self._check_number(student_ids)
        return self.create([{**vals, "student_id": each} for each in student_ids])

    def _vals_together(self, vals):
        """Return the values of each of the meetings that a form sent as one."""
        vals = dict(vals)
        others = self.new({"other_student_ids": vals.pop("other_student_ids", ())})
        other_ids = set(others.other_student_ids._origin.ids) - {vals.get("student_id")}
        self._check_number([vals.get("student_id"), *other_ids])
        # Files belong to one meeting; the others get copies.
        rest = {name: value for name, value in vals.items() if name != "file_ids"}
        return [vals, *({**rest, "student_id": each} for each in sorted(other_ids))]

    @api.model
    def _check_number(self, student_ids):
        if not isinstance(student_ids, list) or not (
            0 < len(student_ids) <= MAX_TOGETHER
        ):
            message = self.env._(
                "Students: choose 1 to %(number)s of them.", number=MAX_TOGETHER
            )
            raise field_error("student_id", message)

    def _copy_files(self, meetings):
        """Give the files of this meeting to others, too."""
        if not meetings or not self.file_ids:
            return
        self.env["intervention.file"].create(
            [
                {"name": file.name, "content": file.content, "meeting_id": meeting.id}
                for meeting in meetings
                for file in self.file_ids
            ]
        )
