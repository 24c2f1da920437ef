OURS = "intervention."


def is_named(records):
    """Tell whether something that stays names one of these records.

    :param records: of a model of ours, or of one that ours name
    :return: whether there is any, seen or unseen by the user, who learns no more of it
    :rtype: bool
    """
    return any(
        # sudo: what the user may not see counts, and the answer tells nothing of it.
        model.sudo()
        .with_context(active_test=False)
        .search_count([(field.name, "in", records.ids)], limit=1)
        for model in records.env.values()
        if model._auto
        and OURS in (model._name[: len(OURS)], records._name[: len(OURS)])
        for field in model._fields.values()
        if field.type == "many2one"
        and field.store
        and field.comodel_name == records._name
        and field.ondelete == "restrict"
    )
