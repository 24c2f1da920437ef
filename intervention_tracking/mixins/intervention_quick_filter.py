from odoo import api, models
from odoo.orm.domains import DomainAnd, DomainBool, DomainCondition, DomainOr


class InterventionQuickFilter(models.AbstractModel):
    """Record rules that are looked at in the record itself.

    Ours ask whose a record is, of which school, and whether it is archived. Whatever is
    written is checked several times on its way, and each time Odoo would prepare and
    filter the records that these fields lead to; to compare ids says the same.
    """

    _name = "intervention.quick.filter"
    _description = "Record Rules Looked at Quickly"

    @api.private
    def filtered_domain(self, domain):
        """Return those of these records that satisfy a domain, as Odoo does.

        What is not as simple as the rules of this addon is left to Odoo.
        """
        # Who is no superuser, and a record that is not stored, have rules of their own.
        matches = self.env.su and all(self._ids) and self._quick_match(domain)
        if not matches:
            return super().filtered_domain(domain)
        return self.browse(record.id for record in self if matches(record))

    @api.model
    def _quick_match(self, domain):
        """Return a function that tells whether a record satisfies a domain, or None."""
        if isinstance(domain, DomainBool):
            return lambda record: domain.value
        if isinstance(domain, DomainCondition):
            return self._quick_condition(domain)
        if not isinstance(domain, DomainAnd | DomainOr):
            return None
        matches = [self._quick_match(child) for child in domain.children]
        if None in matches:
            return None
        combine = all if isinstance(domain, DomainAnd) else any
        return lambda record: combine(match(record) for match in matches)

    @api.model
    def _quick_condition(self, condition):
        name, operator = condition.field_expr, condition.operator
        value = condition.value
        field = self._fields.get(name)
        if not field or not field.store:
            return None
        if field.type == "boolean" and operator == "in" and set(value) == {True}:
            return lambda record: record[name]
        if field.type != "many2one":
            return None
        if operator == "any" and "filter_function_reset_sudo" not in self.env.context:
            return lambda record: record[name].filtered_domain(value)
        if operator == "in" and all(type(each) is int and each for each in value):
            return lambda record: record[name].id in value
        return None
