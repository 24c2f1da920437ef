from odoo.exceptions import UserError


def migrate(cr, version):
    """Look whether two classes of a company are one now, as ``8a`` and ``8 A``.

    :raises UserError: with the list of them; nothing is upgraded then
    """
    cr.execute(
        r"""SELECT string_agg(format('%s (class %s)', name, id), ', ' ORDER BY id)
              FROM intervention_class
             WHERE active IS TRUE
             GROUP BY company_id, lower(regexp_replace(name, '\s', '', 'g'))
            HAVING count(*) > 1 ORDER BY min(id)"""
    )
    lines = [names for (names,) in cr.fetchall()]
    if lines:
        raise UserError(
            "Some classes are one, as their names are compared without case and blanks "
            "now. Archive or rename all but one of each, then upgrade again:\n"
            + "\n".join(lines)
        )
