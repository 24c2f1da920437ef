from odoo.tools import SQL

OURS = "intervention."


def is_named(records):
    """Tell whether something that stays names one of these records.

    It is asked in one statement, as it is also asked of users of other apps.

    :param records: of a model of ours, or of one that ours name
    :return: whether there is any, seen or unseen by the user, who learns no more of it
    :rtype: bool
    """
    # No record rules: what the user may not see counts.
    named = [
        SQL(
            "EXISTS (SELECT FROM %s WHERE %s = ANY(%s))",
            SQL.identifier(model._table),
            SQL.identifier(field.name, to_flush=field),
            records.ids,
        )
        for model in records.env.values()
        if model._auto
        and OURS in (model._name[: len(OURS)], records._name[: len(OURS)])
        for field in model._fields.values()
        if field.type == "many2one"
        and field.store
        and field.comodel_name == records._name
        and field.ondelete == "restrict"
    ]
    if not named:
        return False
    [(answer,)] = records.env.execute_query(SQL("SELECT %s", SQL(" OR ").join(named)))
    return answer
