def notification(message, then=None, **params):
    """Return the action of the web client that tells what was done.

    :param str message: a sentence for people
    :param dict then: the action that follows, such as ``CLOSE``
    :param params: others of the client's ``display_notification``
    """
    params = {"type": "success", "message": message, **params}
    if then:
        params["next"] = then
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": params,
    }


def outcome(is_done):
    """Return the parameters of a notification that stays when something is left to do.

    :param bool is_done: whether all was done
    """
    return {} if is_done else {"type": "warning", "sticky": True}


# Closes the dialog that the action was called from.
CLOSE = {"type": "ir.actions.act_window_close"}
