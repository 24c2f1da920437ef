def success_action(message):
    """Return the action of the web client that closes a dialog and says what was done.

    :param str message: a sentence for people
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "type": "success",
            "message": message,
            "next": {"type": "ir.actions.act_window_close"},
        },
    }
