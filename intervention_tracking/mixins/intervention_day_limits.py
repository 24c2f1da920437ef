from odoo import api, fields, models


class InterventionDayLimits(models.AbstractModel):
    """Which days a new date may be.

    The rules ask for it when something is saved, and the forms of our dialogs say it
    while a day is being typed, in the words of the rules.
    """

    _name = "intervention.day.limits"
    _description = "Limits of New Dates"

    # Only for forms: field name to what _day_limits returns, with days as text.
    day_limits = fields.Json(
        compute="_compute_day_limits",
        compute_sudo=False,
        exportable=False,
        export_string_translation=False,
    )

    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_day_limits(self):
        for record in self:
            record.day_limits = {
                name: [
                    {
                        **limit,
                        "first": fields.Date.to_string(limit.get("first")) or "",
                        "last": fields.Date.to_string(limit.get("last")) or "",
                    }
                    for limit in limits
                ]
                for name, limits in record._form_day_limits().items()
            }

    def _form_day_limits(self):
        """Return the limits that a form tells of, as ``_day_limits`` does.

        In a message ``{year}`` stands for the year of the day.
        """
        return self._day_limits()

    def _day_limits(self):
        """Return what a new date has to keep to, by the name of the field.

        :return: for each field a list of dicts with ``message`` and the ``first`` or
            the ``last`` day that may be chosen, or both
        """
        return {}

    @api.model
    def _broken_day_limit(self, limits, day):
        """Return the message of the first limit that the day does not keep to."""
        for limit in limits:
            first, last = limit.get("first", day), limit.get("last", day)
            if not first <= day <= last:
                return limit["message"]
        return None
