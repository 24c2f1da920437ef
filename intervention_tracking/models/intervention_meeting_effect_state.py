from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import EFFECT_STATES, FORM_MASTER_GROUP


class InterventionMeeting(models.Model):
    """Whether a case is counted in the figures of *Did It Help*, or why it is not.

    It leads from the figures to their cases. It is not stored, so that nobody can group
    by it, and tells nothing of how a case went on.
    """

    _inherit = "intervention.meeting"

    effect_state = fields.Selection(
        selection=[*EFFECT_STATES, ("waiting", "Not Computed Yet")],
        string="In Did It Help",
        compute="_compute_effect_state",
        search="_search_effect_state",
        groups=FORM_MASTER_GROUP,
        exportable=False,
        help="Whether the case is counted in the figures of the page Did It Help, or "
        "why it is left out.",
    )

    @api.depends("meeting_date", "student_id")
    def _compute_effect_state(self):
        states = dict(
            self.env.execute_query(
                SQL(
                    "SELECT meeting_id, state FROM intervention_effect "
                    "WHERE meeting_id = ANY(%s)",
                    self.ids,
                )
            )
        )
        for meeting in self:
            meeting.effect_state = states.get(meeting._origin.id, "waiting")

    @api.model
    def _search_effect_state(self, operator, value):
        # Odoo asks this of stored fields only.
        self._check_field_access(self._fields["effect_state"], "read")
        if operator != "in":
            return NotImplemented

        def state_sql(model, alias, query):
            return SQL(
                """COALESCE((SELECT state FROM intervention_effect
                              WHERE meeting_id = %s), 'waiting') = ANY(%s)""",
                SQL.identifier(alias, "id"),
                [each for each in value if each],
            )

        return Domain.custom(to_sql=state_sql)
