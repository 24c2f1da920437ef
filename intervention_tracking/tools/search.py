from odoo.fields import Domain


def boolean_search(operator, value, domain):
    """Return what a ``search`` method of a boolean field returns to Odoo.

    :param operator: the operator that the method got
    :param value: the value that the method got
    :param domain: a function that returns the domain of the records that are true
    """
    if operator != "in":
        return NotImplemented  # Odoo inverts what it gets for "in"
    if set(value) == {True, False}:
        return Domain.TRUE
    return Domain(domain()) if set(value) == {True} else NotImplemented
