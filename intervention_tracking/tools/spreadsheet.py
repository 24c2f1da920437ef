"""Cells of spreadsheets that hold what people typed."""

import re
import unicodedata

# What a spreadsheet program may take for the beginning of a formula.
_FORMULA = "=+-@"
_CONTROL = "\t\r\n"
_PLAIN = re.compile(r"[+-]?[0-9]+([.,:/-][0-9]+)*%?")
# Blanks that programs leave out, and characters that nobody sees.
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*")


def safe_cell(value):
    """Return the value as the text of a cell that is never computed.

    A text that may be taken for a formula gets an apostrophe before it; numbers and
    dates stay as they are.

    :param value: a text, or anything else, which is returned unchanged
    """
    if not isinstance(value, str) or not value:
        return value
    seen = value[_UNSEEN.match(value).end() :]
    # Full-width variants are the same to some programs.
    first = unicodedata.normalize("NFKC", seen[:1])[:1]
    if value[0] in _CONTROL or (
        first and first in _FORMULA and not _PLAIN.fullmatch(value)
    ):
        return f"'{value}"
    return value


def plain_cell(value):
    """Return the value as a cell of XLSX, where only a whole text can be a formula.

    :param value: a text, or anything else, which is returned unchanged
    """
    if isinstance(value, str) and value.startswith(("=", "{=")):
        return f"'{value}"
    return value
