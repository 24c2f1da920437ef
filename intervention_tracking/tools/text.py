import re
import unicodedata

from odoo.tools.misc import get_lang

# Zero-width and direction characters, which come along when a text is copied.
_INVISIBLE = r"\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF"
# What a required text has at least one of, for the regular expressions of PostgreSQL,
# of Python and of JSON Schema.
FILLED = rf"[^\s{_INVISIBLE}]"

_FILLED = re.compile(FILLED)
_INVISIBLE_CHARACTERS = re.compile(f"[{_INVISIBLE}]")
_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u055a"
    "\u2018\u2019\u201a\u201b\u2032\ua78c\uff07"
)
# Letters that are written one for the other, and have no decomposition.
_LETTERS = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES),
        "\u0621": None,  # hamza
        "\u0640": None,  # tatweel
        "\u0671": "\u0627",  # alef wasla: alef
        "\u0649": "\u064a",  # alef maksura: yeh
        "\u06cc": "\u064a",  # Farsi yeh: yeh
        "\u06a9": "\u0643",  # keheh: kaf
        "\u0629": "\u0647",  # teh marbuta: heh
        "\u06be": "\u0647",  # heh doachashmee: heh
        "\u06c1": "\u0647",  # heh goal: heh
        "\u06d5": "\u0647",  # ae: heh
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ð": "d",
        "đ": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŧ": "t",
    }
)


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


def plain_words(text):
    """Return the words of a text in the form in which names are compared.

    Without case, accents and other marks, hamza, apostrophes, punctuation and invisible
    characters; the digits of all scripts are the same. Hyphens and slashes stay.

    :rtype: list
    """
    text = text.translate(_LETTERS)
    # Folding makes letters with marks of their own.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_plain, text.translate(_LETTERS))).split()


def _plain(char):
    if (char.isascii() and char.isalnum()) or char in "-/":
        return char
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf", "Cs"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd":
        return "-"
    return char if category[0] in "LNM" else " "


def isolate(env, text):
    """Return a name so that it does not scramble the sentence that it is put into.

    It is left as it is unless it is read from the other side than the language: only
    then do characters of direction come along where the sentence is copied to.

    :param env: in whose language the sentence is
    :param text: a name, or what else people have written; may be False
    """
    is_from_right = get_lang(env).direction == "rtl"
    other = ("L",) if is_from_right else ("R", "AL")
    if any(unicodedata.bidirectional(char) in other for char in text or ""):
        return f"\u2068{text}\u2069"
    return text


def search_key(name, number=None):
    """Return what a person is found by: the words of the name, and the number."""
    return "|".join(" ".join(plain_words(each or "")) for each in (name, number))


def search_patterns(text):
    """Return patterns for LIKE, all of which the key of a person has who is meant.

    A hyphen stands for a blank, too.

    :return: a list; empty when the text has no letter and no digit
    """
    return [f"%{word.replace('-', '_')}%" for word in plain_words(text)]
