import re

# Zero-width and direction characters, which come along when a text is copied.
_INVISIBLE = r"\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF"
# What a required text has at least one of, for the regular expressions of PostgreSQL,
# of Python and of JSON Schema.
FILLED = rf"[^\s{_INVISIBLE}]"

_FILLED = re.compile(FILLED)
_INVISIBLE_CHARACTERS = re.compile(f"[{_INVISIBLE}]")


def is_blank(text):
    """Tell whether a text has nothing but blanks and invisible characters."""
    return not _FILLED.search(text)


def clean_text(env, value):
    """Trim a text and look whether PostgreSQL can hold it.

    :param value: what a caller gave; anything but a text counts as empty, as does one
        of invisible characters only
    :return: the trimmed text, and what is wrong with it or None
    """
    text = value.strip() if isinstance(value, str) else ""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return "", env._("the text has a character that can't be stored. Remove it.")
    return ("" if is_blank(text) else text), None


def clean_number(value):
    """Return a student number without invisible characters and blanks around it.

    The spelling is kept; numbers are compared without case.
    """
    return _INVISIBLE_CHARACTERS.sub("", value).strip()
