from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, MissingError, UserError
from psycopg2.errors import ForeignKeyViolation, NotNullViolation, UniqueViolation

from ..constants import ADMIN_GROUP, FORM_MASTER_GROUP


class InterventionRefusals(models.AbstractModel):
    """Says why something is refused in sentences of this product's own.

    Odoo's name the model, and are not for people who teach. What is refused stays the
    same, save that names are, too; every model of ours has this.
    """

    _name = "intervention.refusals"
    _description = "Refusals in Plain Words"

    # --- rights ---

    def _check_access(self, operation):
        try:
            result = super()._check_access(operation)
        except MissingError:
            raise self._missing_error() from None
        if not result:
            return result
        forbidden, original = result

        def access_error():
            error = AccessError(forbidden._access_refusal(operation))
            # Odoo's logs which rule it was, and knows whether another company would
            # do, which the web client then offers.
            context = getattr(original(), "context", None)
            if context:
                error.context = context
            return error

        return forbidden, access_error

    @api.model
    def _access_refusal(self, operation):
        """Return why the user may not do this, which tells nothing of the record.

        :param str operation: ``read``, ``write``, ``create`` or ``unlink``
        """
        if not self.env.user.has_group(FORM_MASTER_GROUP):
            return self.env._(
                "This is for form masters and administrators of interventions."
            )
        sentences = {
            "read": self.env._("You may not see this."),
            "write": self.env._("You may not change this."),
            "create": self.env._("You may not add this."),
            "unlink": self.env._("You may not delete this."),
        }
        hint = (
            self.env._("It may belong to a school that you have not switched on.")
            if self.env.user.has_group(ADMIN_GROUP)
            else self.env._("Ask an administrator of interventions.")
        )
        return f"{sentences[operation]} {hint}"

    @api.model
    def _check_field_access(self, field, operation):
        if not self._has_field_access(field, operation):
            raise AccessError(self._access_refusal(operation))

    def fetch(self, field_names=None):
        try:
            return super().fetch(field_names)
        except AccessError:
            # The same, in our words.
            self._origin.exists().check_access("read")
            raise

    # --- names ---

    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        return super(InterventionRefusals, self._nameable())._compute_display_name()

    def _nameable(self):
        """Name those "Hidden" that the user may not see, and return the others.

        Odoo names what a field leads to as superuser, whatever id and context a caller
        gave. A ``_compute_display_name`` that replaces the one here begins with this.
        """
        if not self.env.su or self.env.uid == SUPERUSER_ID:
            return self
        # Which of their schools the user has switched on is no matter of secrecy.
        known = self._origin.sudo(False).with_context(allowed_company_ids=None)
        seen = set(known._filtered_access("read")._ids)
        hidden = self.filtered(
            lambda each: each._origin and each._origin.id not in seen
        )
        hidden.display_name = self.env._("Hidden")
        return self - hidden

    # --- what is not there any more ---

    def _fetch_field(self, field):
        result = super()._fetch_field(field)
        # Odoo would raise the same for the record that was asked for, the first one.
        if self[:1].id not in field._get_cache(self.env):
            raise self._missing_error()
        return result

    @api.model
    def _missing_error(self):
        return MissingError(
            self.env._("This is not there any more. Go back, and open it anew.")
        )

    # --- companies ---

    def _check_company(self, fnames=None):
        try:
            return super()._check_company(fnames)
        except UserError:
            labels = [
                field._description_string(self.env)
                for name, field in self._fields.items()
                if field.relational
                and field.check_company
                and self._is_of_other_company(name)
            ]
            raise UserError(
                self.env._(
                    "%(fields)s: this does not belong to %(school)s. Choose what does, "
                    "or another school.",
                    fields=", ".join(labels),
                    school=", ".join(
                        self.sudo().company_id.mapped("name")
                        or self.env.company.mapped("name")
                    ),
                )
            ) from None

    def _is_of_other_company(self, name):
        # pylint: disable=super-method-mismatch
        try:
            super()._check_company([name])
        except UserError:
            return True
        return False

    # --- what the database refuses ---

    @api.model
    def _sql_error_to_message_generic(self, exc):
        field = self._fields.get(exc.diag.column_name)
        if isinstance(exc, NotNullViolation) and field:
            return self.env._(
                "%(field)s is required. Fill it in.",
                field=field._description_string(self.env),
            )
        if isinstance(exc, ForeignKeyViolation):
            return self.env._(
                "This is named in records that must be kept. Archive it instead of "
                "deleting it."
            )
        if isinstance(exc, UniqueViolation):
            return self.env._("There is one already.")
        return self.env._("A value is not possible here. Look at what you entered.")
