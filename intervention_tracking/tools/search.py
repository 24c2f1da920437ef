import functools

from odoo.fields import Domain


def boolean_search(domain):
    """Make the ``search`` method of a boolean field.

    :param domain: a method that returns the domain of the records that are true
    """

    @functools.wraps(domain)
    def search(self, operator, value):
        if operator != "in":
            return NotImplemented  # Odoo inverts what it gets for "in"
        if set(value) == {True, False}:
            return Domain.TRUE
        return Domain(domain(self)) if set(value) == {True} else NotImplemented

    return search
