from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.triggers import make_function, make_trigger


def author_field(label):
    """Return the field ``create_uid`` of a model whose authors are not forgotten.

    Odoo's own would be emptied when the user is deleted, and a mixin can't replace it.

    :param str label: what the field is called
    """
    return fields.Many2one(
        comodel_name="res.users", string=label, readonly=True, ondelete="restrict"
    )


class InterventionPermanent(models.AbstractModel):
    """Entries that can be neither edited nor deleted, whoever asks (design rule 6).

    Who wrote an entry and when are ``create_uid``, an ``author_field``, and
    ``create_date``. PostgreSQL lets nobody change these, nor the columns that each
    model names.
    """

    _name = "intervention.permanent"
    _description = "Permanent Entries"
    _inherit = ["intervention.refusals"]

    # What else is the history; a migration may fill a new column, never these.
    _history_columns = ()
    # Which rows PostgreSQL keeps, as the condition of a trigger.
    _history_condition = "TRUE"

    # A user can't be deleted while they are the author of an entry.
    _author_idx = models.Index("(create_uid)")

    def init(self):
        """Let PostgreSQL refuse to change the history, whoever asks."""
        if self._abstract:
            return
        columns = (*self._kept_columns(), "create_uid", "create_date")
        function = f"{self._table}_append_only"
        make_function(
            self.env.cr,
            function,
            "",
            SQL(
                """
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION USING
                        MESSAGE = TG_TABLE_NAME || ' is append-only',
                        ERRCODE = 'restrict_violation';
                END $$
                """
            ),
        )
        make_trigger(
            self.env.cr,
            "append_only",
            self._table,
            SQL(
                "BEFORE DELETE OR UPDATE OF %s",
                SQL(", ").join(map(SQL.identifier, columns)),
            ),
            function,
            SQL(self._history_condition),
        )
        make_trigger(
            self.env.cr,
            "append_only_truncate",
            self._table,
            SQL("BEFORE TRUNCATE"),
            function,
            each="STATEMENT",
        )

    @api.model
    def _kept_columns(self):
        """Return the columns that are the history, save author and time."""
        return self._history_columns

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: the history is append-only for everybody (design rule 6).

        :raises AccessError: always
        """
        raise AccessError(self._edit_refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise AccessError(self._delete_refusal())

    @api.model
    def _edit_refusal(self):
        """Return what is said to who wants to edit an entry."""
        return self.env._("This is a permanent history: nothing in it is changed.")

    @api.model
    def _delete_refusal(self):
        """Return what is said to who wants to delete an entry."""
        return self._edit_refusal()


class InterventionAppendOnly(models.AbstractModel):
    """Permanent entries in the history of a case."""

    _name = "intervention.append.only"
    _description = "Append-Only Entries"
    _inherit = ["intervention.permanent"]

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="restrict",
    )

    @api.model
    def _kept_columns(self):
        return ("meeting_id", *super()._kept_columns())
