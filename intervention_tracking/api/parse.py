"""Turns the bodies and queries of requests into values, by the tables of ``schema``."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime, timezone

from werkzeug.http import parse_options_header

from ..constants import MAX_TOGETHER
from ..tools.text import is_blank
from . import schema
from .problem import Problem, invalid

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})"
)
_DIGITS = re.compile(r"[0-9]+")
# How many objects of a list are told to be at fault.
_MOST_FAULTS = 100


class FaultError(ValueError):
    """A value that is not allowed, with a sentence that says what is."""


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def body(data, several=False):
    """Parse the bytes of a body.

    :param bool several: whether it may be a list of JSON objects, too
    :return: the JSON object, as a dict, or the list
    :raises Problem: ``malformed_json`` for anything else
    """
    try:
        document = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Problem("malformed_json", "The body is not JSON in UTF-8.") from error
    if several and isinstance(document, list):
        if not 0 < len(document) <= MAX_TOGETHER:
            raise Problem(
                "validation_error", f"Send 1 to {MAX_TOGETHER} objects in a list."
            )
        if all(isinstance(each, dict) for each in document):
            return document
    if not isinstance(document, dict):
        raise Problem("malformed_json", "The body is not a JSON object.")
    return document


def values(keys, document, complete=False):
    """Parse the keys of an object.

    :param keys: the keys that the object may have, as in ``schema``
    :param dict document: the object
    :param bool complete: whether the required keys must be there
    :return: values by the name of the model's field, and faults by the key
    """
    known = {key.name: key for key in keys}
    result = {}
    faults = {}
    for name, value in document.items():
        key = known.get(name)
        if key is None:
            faults[str(name)] = ["There is no such key."]
        elif key.body:
            result[key.field], found = _objects(key, value)
            faults.update(found)
        elif key.field:
            try:
                result[key.field] = _value(key, value)
            except FaultError as fault:
                faults[name] = [str(fault)]
    if complete:
        for key in keys:
            if key.required and key.name not in document:
                faults[key.name] = ["This key is required."]
    return result, faults


def _objects(key, value):
    """Return the values of each object of a list, and the first faults by place."""
    if (
        not isinstance(value, list)
        or not 0 < len(value) <= key.maximum
        or not all(isinstance(each, dict) for each in value)
    ):
        return [], {key.name: [f"This must be a list of 1 to {key.maximum} objects."]}
    results, faults = [], {}
    for place, document in enumerate(value):
        result, found = values(key.body.keys, document, key.body.complete)
        results.append(result)
        if len(faults) < _MOST_FAULTS:
            faults |= {f"{key.name}.{place}.{each}": found[each] for each in found}
    return results, faults


def _value(key, value):
    if value is None or (value == "" and key.kind == "date"):
        if key.nullable:
            return False
        raise FaultError("This key must have a value.")
    parse = {
        "id": identifier,
        "ids": _identifiers,
        "text": _text,
        "date": _date,
        "choice": lambda given: _choice(key.choices, given),
        "count": lambda given: _count(given, key.maximum),
    }[key.kind]
    result = parse(value)
    if key.required and key.kind == "text" and is_blank(result):
        raise FaultError("This must not be blank.")
    return result


def identifier(value):
    """Return an id given as a number or as a string of digits.

    One that is too large for any record is 0, which no record has.
    """
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = _number(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FaultError("This must be an id: a number, or a string of digits.")
    return value if 0 < value <= schema.MAX_ID else 0


def _identifiers(value):
    if not isinstance(value, list):
        raise FaultError("This must be a list of ids.")
    return [identifier(each) for each in value]


def _text(value):
    if not isinstance(value, str):
        raise FaultError("This must be a string.")
    return value


def _date(value):
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise FaultError("This must be a date, YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise FaultError("There is no such day.") from error


def _datetime(value):
    value = value.replace(" ", "+")  # what a "+" becomes in a query
    if not _DATETIME.fullmatch(value):
        raise FaultError("This must be a time in ISO 8601, as 2026-01-31T08:00:00Z.")
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise FaultError("There is no such time.") from error


def _choice(choices, value):
    if not isinstance(value, str) or value not in choices:
        raise FaultError(f"This must be one of: {', '.join(choices)}.")
    return value


def _integer(value, maximum):
    number = _number(value) if _DIGITS.fullmatch(value) else 0
    if maximum and not 1 <= number <= maximum:
        raise FaultError(f"This must be from 1 to {maximum}.")
    if not number:
        raise FaultError("This must be a positive number.")
    return number


def _count(value, maximum):
    if not isinstance(value, int) or isinstance(value, bool):
        raise FaultError("This must be a whole number.")
    if not 0 <= value <= maximum:
        raise FaultError(f"This must be from 0 to {maximum}.")
    return value


def _number(digits):
    # Python refuses to convert thousands of them; this many are too large already.
    return int(digits.lstrip("0")[:20] or 0)


def _boolean(value):
    if value not in ("true", "false"):
        raise FaultError("This must be true or false.")
    return value == "true"


def query(filters, arguments):
    """Parse the parameters of a query.

    :param filters: the parameters that there may be, as in ``schema``
    :param arguments: werkzeug's multidict
    :return: values by name; a parameter with an empty value is left out
    :raises Problem: ``validation_error`` that names every parameter at fault
    """
    known = {each.name: each for each in filters}
    result = {}
    faults = {}
    for name, given in arguments.lists():
        each = known.get(name)
        if each is None:
            faults[name] = ["There is no such parameter."]
        elif len(given) > 1:
            faults[name] = ["This parameter may be given once."]
        elif given[0] != "":
            try:
                result[name] = _parameter(each, given[0])
            except FaultError as fault:
                faults[name] = [str(fault)]
    if faults:
        raise invalid(faults)
    return result


def _parameter(each, value):
    if "\x00" in value:
        raise FaultError("This has a character that is not allowed.")
    parse = {
        "id": identifier,
        "text": _text,
        "date": _date,
        "datetime": _datetime,
        "cursor": _cursor,
        "integer": lambda given: _integer(given, each.maximum),
        "boolean": _boolean,
        "choice": lambda given: _choice(each.choices, given),
    }[each.kind]
    if not each.many:
        return parse(value)
    parts = [part for part in value.split(",") if part]
    return [parse(part) for part in parts or [value]]


def cursor(meeting_id):
    """Return the cursor of the page that begins after a meeting."""
    return urlsafe_b64encode(f"after {meeting_id}".encode()).decode().rstrip("=")


def _cursor(value):
    """Return the id that a cursor holds; one above all to begin."""
    if value == "*":
        return schema.MAX_ID + 1
    try:
        text = urlsafe_b64decode(f"{value}===").decode()
    except ValueError:
        text = ""
    number = _number(text[6:]) if _DIGITS.fullmatch(text[6:]) else 0
    if cursor(number) != value:
        raise FaultError("Send * to begin, then the cursor that `next` has.")
    return number


def file_name(header):
    """Return the name of a file, from a header Content-Disposition.

    :raises Problem: when there is none
    """
    _kind, options = parse_options_header(header)
    name = options.get("filename", "").strip()
    if not name:
        raise invalid(
            {
                "Content-Disposition": [
                    'Name the file: attachment; filename="note.pdf", or with other '
                    "letters, attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf."
                ]
            }
        )
    return name


def page(arguments):
    """Return the limit and the offset of a page.

    :param dict arguments: what ``query`` returned
    """
    size = arguments.get("page_size", schema.PAGE_SIZE)
    # No table is as long as this; PostgreSQL's numbers end somewhere, too.
    number = min(arguments.get("page", 1), schema.MAX_PAGE)
    return size, (number - 1) * size
