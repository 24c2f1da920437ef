"""Days as people and programs write them in tables."""

import functools
import re
from datetime import date, timedelta

from babel import Locale

from .text import plain_words

ORDERS = ("dmy", "mdy", "ymd")
# The languages in which months are read.
_LANGUAGES = ("en", "fr", "es", "ar", "so", "de", "it", "pt", "sw")
_TIME = re.compile(
    r"[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?"
    r"\s*(?:Z|[+-]\d{2}:?\d{2})?\s*$",
    re.IGNORECASE,
)
# Days since the end of 1899, as spreadsheet programs store dates: 1980 to 2119.
_SERIAL = re.compile(r"([2-7]\d{4})(?:[.,]\d+)?")
_SERIAL_BEGIN = date(1899, 12, 30)
_FIRST_SERIAL, _LAST_SERIAL = 29221, 80354
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_TOKENS = re.compile(r"\d+|[^\W\d_]+")
# What stands between the parts of a day: "the 5th of", "5 de noviembre de".
_FILLERS = {"st", "nd", "rd", "th", "of", "the", "le", "er", "de", "del", "den", "em"}


def without_time(text):
    """Return a text without the time of the day at its end."""
    return _TIME.sub("", text) if ":" in text else text


def readings(text):
    """Return what day a text can be.

    :return: a dict from those of ``ORDERS`` in which it is a day to that day. All of
        them are there when the text tells which part is what, none when it is no day.
    """
    text = without_time(text.strip())
    serial = _SERIAL.fullmatch(text)
    if serial and _FIRST_SERIAL <= int(serial[1]) <= _LAST_SERIAL:
        return _sure(_SERIAL_BEGIN + timedelta(days=int(serial[1])))
    plain = " ".join(plain_words(text))
    compact = _COMPACT.fullmatch(plain)
    if compact:
        return _sure(_day(*map(int, compact.groups())))
    numbers, months = [], []
    for token in _TOKENS.findall(plain):
        if token[0].isdigit():
            numbers.append(token)
        elif token in _months():
            months.append(token)
        elif token not in _FILLERS and token not in _weekdays():
            return {}
    if len(months) > 1:
        # "mar" is a month and a weekday.
        months = [each for each in months if each not in _weekdays()]
    if len(numbers) == 2 and len(months) == 1:
        return _named(*numbers, _months()[months[0]])
    return _numbered(*numbers) if len(numbers) == 3 else {}


def orders_of(texts, years):
    """Tell in which orders the days of one column can be meant.

    :param texts: the different cells; what is no day counts nowhere
    :param years: a range of those in which a day can be
    :return: the orders in which each of them is a day, and a text that is another day
        in another order. It is None when there is nothing to ask: no text depends on
        it, or one order is left.
    """
    found = [(text, each) for text in texts if (each := _within(readings(text), years))]
    orders = set(ORDERS)
    for _text, each in found:
        orders &= each.keys()
    if len(orders) == 1:
        return orders, None
    # Where no order suits all of them, they were written by several hands.
    wanted = orders or set(ORDERS)
    for text, each in found:
        days = {each.get(order) for order in wanted}
        if len(days) > 1:
            return orders, text
    return orders, None


def _within(days, years):
    return {order: day for order, day in days.items() if day.year in years}


def _sure(day):
    return dict.fromkeys(ORDERS, day) if day else {}


def _named(first, second, month):
    if len(first) > 2 or int(first) > 31:
        return _sure(_day(_year(first), month, int(second)))
    return _sure(_day(_year(second), month, int(first)))


def _numbered(first, second, third):
    if len(first) > 2:
        return _sure(_day(_year(first), int(second), int(third)))
    parts = {
        "dmy": (_year(third), int(second), int(first)),
        "mdy": (_year(third), int(first), int(second)),
    }
    if len(third) <= 2:
        parts["ymd"] = (_year(first), int(second), int(third))
    return {order: day for order, each in parts.items() if (day := _day(*each))}


def _year(digits):
    # As it is written on paper.
    return int(digits) + 2000 if len(digits) <= 2 else int(digits)


def _day(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


@functools.cache
def _months():
    """Return the number of each month by its name."""
    return _names("months")


@functools.cache
def _weekdays():
    return _names("days")


def _names(kind):
    result = {}
    for language in _LANGUAGES:
        for widths in getattr(Locale(language), kind).values():
            for width in ("wide", "abbreviated"):
                for number, name in widths.get(width, {}).items():
                    # "janv.", and names of two words have no numbers between them.
                    result.setdefault("".join(plain_words(name)), number)
    return result
