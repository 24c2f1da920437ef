from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..constants import ADMIN_GROUP
from ..tools.exceptions import validation_error
from ..tools.search import boolean_search
from ..tools.sql import unless_retracted


def retractions_field(inverse_name):
    """Return the field ``retraction_ids`` of a model whose entries can be retracted.

    :param str inverse_name: the field of the retraction that leads to such an entry
    """
    return fields.One2many(
        comodel_name="intervention.retraction",
        inverse_name=inverse_name,
        string="Retractions",
        readonly=True,
    )


class InterventionRetractable(models.AbstractModel):
    """Entries of a case that can be retracted, as when they were put on a wrong one.

    The entry stays as it is, and an ``intervention.retraction`` says who retracted it,
    when and why. From then on PostgreSQL gives nobody the columns that hold what it
    said, whether they are read, searched, sorted or grouped by; an administrator sees
    them in the retraction.

    A model declares ``retraction_ids`` itself, a ``retractions_field``.
    """

    _name = "intervention.retractable"
    _description = "Retractable Entries"

    # What is hidden.
    _private_columns = ()

    is_retracted = fields.Boolean(
        string="Retracted",
        compute="_compute_is_retracted",
        search="_search_is_retracted",
        help="What it said is hidden, and it no longer counts.",
    )
    retraction_note = fields.Text(
        string="Retraction",
        compute="_compute_retraction_note",
        help="Who retracted it, when and why.",
    )
    can_retract = fields.Boolean(
        compute="_compute_can_retract",
        help="The user may retract it: they wrote it, or are an administrator.",
    )

    @property
    def _retraction_field(self):
        return self._fields["retraction_ids"].inverse_name

    @api.depends("retraction_ids")
    def _compute_is_retracted(self):
        for entry in self:
            entry.is_retracted = bool(entry.retraction_ids)

    @boolean_search
    def _search_is_retracted(self):
        column = SQL.identifier(self._retraction_field)
        retracted = SQL(
            "(SELECT %s FROM intervention_retraction WHERE %s IS NOT NULL)",
            column,
            column,
        )
        return [("id", "in", retracted)]

    @api.depends("retraction_ids")
    @api.depends_context("lang", "tz", "uid")
    def _compute_retraction_note(self):
        for entry in self:
            entry.retraction_note = entry.retraction_ids._note()

    @api.depends("retraction_ids")
    @api.depends_context("uid")
    def _compute_can_retract(self):
        for entry in self:
            entry.can_retract = not entry.is_retracted and entry._may_retract()

    def _may_retract(self):
        """Tell whether the user may retract an entry that was not retracted yet."""
        return bool(self.meeting_id) and (
            self.env.su
            or self.create_uid == self.env.user
            or self.env.user.has_group(ADMIN_GROUP)
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        column = super()._field_to_sql(alias, field_expr, query)
        if field_expr not in self._private_columns:
            return column
        return unless_retracted(column, alias, self._retraction_field)

    def retract(self, reason):
        """Retract these entries: what they say is hidden, and they count nowhere.

        They stay, with who retracted them, when and why. A change of status that came
        with an update stands: what a case's status is, is seen on the case.

        :param str reason: why; everybody who sees the case reads it
        :return: the retractions (their ids over RPC)
        :raises ValidationError: for a blank reason, or an entry that is retracted
            already
        :raises AccessError: for who neither wrote the entry nor is an administrator, or
            does not see the case
        """
        self.check_access("read")
        retractions = self.env["intervention.retraction"]
        reason, problems = retractions._checked_reason(reason)
        for entry in self:
            if not entry._may_retract():
                error = AccessError(
                    self.env._(
                        "Only the person who wrote an entry, or an administrator of "
                        "interventions, can retract it."
                    )
                )
                error.is_public = True  # the text may leave by the HTTP API
                raise error
            if entry.is_retracted:
                problems.add("reason", self.env._("This was retracted before."))
        if problems:
            raise validation_error(problems)
        # sudo: this is the only way to make one, so that nobody has the right to.
        made = retractions.sudo().create(
            [
                {
                    "meeting_id": entry.meeting_id.id,
                    self._retraction_field: entry.id,
                    "reason": reason,
                }
                for entry in self
            ]
        )
        # What was read before must not be told from memory.
        self.env.invalidate_all()
        return made.with_env(self.env)

    def action_retract(self):
        """Open the dialog in which this entry is retracted.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.env["intervention.retract"]._get_records_action(
            name=self.env._("Retract"),
            target="new",
            context={f"default_{self._retraction_field}": self.id},
        )

    def action_show_retraction(self):
        """Open the retraction, where an administrator sees what this entry said.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.retraction_ids._get_records_action(
            name=self.env._("Retracted Entry"), target="new"
        )

    def _hidden_text(self):
        """Return what this retracted entry said, for an administrator."""
        self.ensure_one()
        [values] = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, self._private_columns)),
                SQL.identifier(self._table),
                self.id,
            )
        )
        return self._hidden_values_text(
            dict(zip(self._private_columns, values, strict=True))
        )

    def _hidden_values_text(self, values):
        """Return the values of the hidden columns as people read them."""
        return "\n\n".join(filter(None, values.values()))
