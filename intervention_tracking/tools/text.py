def clean_text(env, value):
    """Trim a text and look whether PostgreSQL can hold it.

    :param value: what a caller gave; anything but a text counts as empty
    :return: the trimmed text, and what is wrong with it or None
    """
    text = value.strip() if isinstance(value, str) else ""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return "", env._("the text has a character that can't be stored. Remove it.")
    return text, None
