from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

ACTIVE = Domain("status", "!=", "closed")
# What needs attention first comes first; a case is where it fits first.
ATTENTION = (
    Domain("is_overdue", "=", True),
    Domain("is_due_today", "=", True),
    Domain("status", "=", "escalated"),
    ACTIVE & Domain("urgency_level", "=", "high"),
    ACTIVE,
)


class InterventionMeeting(models.Model):
    """The order in which cases wait for somebody: the lists' own."""

    _inherit = "intervention.meeting"

    attention_rank = fields.Integer(
        string="Order of Attention",
        compute="_compute_attention_rank",
        help="Overdue cases come first, then those due today, escalated ones, those of "
        "high urgency, the other active ones, and closed ones at the end.",
    )

    @api.depends("is_overdue", "is_due_today", "status", "urgency_level")
    @api.depends_context("tz", "uid", "allowed_company_ids")
    def _compute_attention_rank(self):
        left = self
        for rank, domain in enumerate(ATTENTION):
            found = left.filtered_domain(domain)
            found.attention_rank = rank
            left -= found
        left.attention_rank = len(ATTENTION)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "attention_rank":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        cases = [
            SQL(
                "WHEN %s THEN %s",
                domain.optimize_full(self)._to_sql(self, alias, query),
                rank,
            )
            for rank, domain in enumerate(ATTENTION)
        ]
        return SQL(
            "CASE %s ELSE %s END %s", SQL(" ").join(cases), len(ATTENTION), direction
        )
