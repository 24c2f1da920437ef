"""Bodies and queries that no client should send, given to the parser itself.

What arrives over HTTP of all this is in ``test_api_errors``.
"""

import json

import pytest
from api_client import meeting_document
from werkzeug.datastructures import MultiDict

from odoo.addons.intervention_tracking.api import parse, schema
from odoo.addons.intervention_tracking.api.problem import Problem


def nested(opening, closing, depth):
    return (opening * depth + closing * depth).encode()


MALFORMED = {
    "nothing": b"",
    "blanks": b" \n",
    "half an object": b'{"student": 1',
    "an object and more": b"{} {}",
    "single quotes": b"{'student': 1}",
    "no quotes": b"{student: 1}",
    "a comma at the end": b'{"student": 1,}',
    "a comment": b'{"student": 1} // one',
    "a form": b"student=1",
    "XML": b"<student>1</student>",
    "an array": b"[]",
    "an array with the object": b'[{"student": 1}]',
    "a string": b'"student"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "NaN": b"NaN",
    "NaN inside": b'{"student": NaN}',
    "Infinity": b'{"student": Infinity}',
    "minus Infinity": b'{"student": -Infinity}',
    "100,000 arrays": nested("[", "]", 100_000),
    "100,000 opening brackets": b"[" * 100_000,
    "100,000 objects": nested('{"a":', "}", 100_000),
    "50,000 arrays in an object": b'{"a":' + nested("[", "]", 50_000) + b"}",
    "no UTF-8": b'{"absence_reason": "\xff"}',
    "half a character": b'{"absence_reason": "\xe2\x82"}',
    "an encoded surrogate": b'{"absence_reason": "\xed\xa0\x80"}',
    "Latin-1": '{"absence_reason": "Ü"}'.encode("latin-1"),
    "UTF-16": '{"student": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"student": 1}'.encode("utf-16-le"),
    "UTF-32": '{"student": 1}'.encode("utf-32"),
    "UTF-8 with a mark": b'\xef\xbb\xbf{"student": 1}',
    "a NUL": b'{"student": 1}\x00',
    "a control character": b'{"absence_reason": "a\x01b"}',
    "a line break in a text": b'{"absence_reason": "a\nb"}',
    "a number of 5,000 digits": b'{"student": ' + b"9" * 5000 + b"}",
    "a bad escape": b'{"absence_reason": "\\x41"}',
    "a leading zero": b'{"student": 01}',
    "gzip": b"\x1f\x8b\x08\x00",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_body_that_is_no_json_object_is_malformed(case):
    with pytest.raises(Problem) as refused:
        parse.body(MALFORMED[case])
    assert (refused.value.code, refused.value.problem_code) == (400, "malformed_json")


def test_of_every_depth_of_nesting_it_is_said_whether_it_can_be_read():
    # Somewhere in here Python's own limit lies, and what is beyond it is malformed.
    outcomes = set()
    for depth in [*range(1, 1200), 2000, 20_000, 100_000]:
        try:
            parse.body(b'{"nonsense": ' + nested("[", "]", depth) + b"}")
            outcomes.add("read")
        except Problem as refused:
            outcomes.add(refused.problem_code)
    assert outcomes == {"read", "malformed_json"}


# Sound JSON, but no sound values.
ODD = {
    "an exponent": b'{"student": 1e400, "meeting": 1e400}',
    "a float": b'{"student": 1.0, "meeting": 1.0}',
    "minus zero": b'{"student": -0, "meeting": "-0"}',
    "a number of 4,000 digits": b'{"student": %b, "x": 1}' % (b"9" * 4000),
    "an empty key": b'{"": 1}',
    "a NUL in a key": b'{"a\\u0000b": 1}',
    "a lone surrogate as key": b'{"\\ud800": 1}',
    "a lone surrogate in a text": b'{"absence_reason": "\\udfff", "x": 1}',
    "a lone surrogate as choice": b'{"status": "\\ud83d"}',
    "a lone surrogate as date": b'{"meeting_date": "\\ud83d", "x": 1}',
    "a lone surrogate as number": b'{"student_id_number": "\\ud83d", "x": 1}',
    "a key of 100,000 characters": b'{"%b": 1}' % (b"k" * 100_000),
    "10,000 keys": json.dumps(dict.fromkeys(map(str, range(10_000)))).encode(),
    "a format": b'{"%(x)s {0} ${y}": 1}',
    "a key of the inside": b'{"__init__": 1, "self": 1, "env": 1}',
    "a key twice": b'{"status": "x", "status": "y"}',
    "an object for each": json.dumps(
        dict.fromkeys([*meeting_document(1), "meeting", "update_text"], {})
    ).encode(),
    "an array for each": json.dumps(
        dict.fromkeys([*meeting_document(1), "meeting", "update_text"], [[]])
    ).encode(),
    "null for each": json.dumps(
        dict.fromkeys([*meeting_document(1), "meeting", "update_text", "x"])
    ).encode(),
}


DOCUMENTS = {
    "a new meeting": (schema.MEETING, meeting_document(1), True),
    "a change": (schema.MEETING, {}, False),
    "an update": (schema.PROGRESS_INPUT, {"meeting": 1, "update_text": "Note"}, True),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("of", DOCUMENTS)
def test_an_object_of_odd_things_has_faults(of, case):
    keys, _document, complete = DOCUMENTS[of]
    _values, faults = parse.values(keys, parse.body(ODD[case]), complete)
    assert faults
    for texts in faults.values():
        assert texts
        assert all(texts)


@pytest.mark.parametrize("of", DOCUMENTS)
def test_a_sound_document_has_no_fault(of):
    keys, document, complete = DOCUMENTS[of]
    values, faults = parse.values(keys, document, complete)
    assert (len(values), faults) == (len(document), {})


def test_of_a_key_given_twice_the_last_counts():
    document = parse.body(b'{"urgency_level": "low", "urgency_level": "high"}')
    assert document == {"urgency_level": "high"}


# What is wrong by itself; what the rules of the models forbid goes over HTTP.
MEETING_VALUES = [
    ("student", 1.5),
    ("student", True),
    ("student", "one"),
    ("student", "１"),
    ("student", [1]),
    ("student", {"id": 1}),
    ("student_id_number", 12),
    ("meeting_date", "2026-02-30"),
    ("meeting_date", "15.01.2026"),
    ("meeting_date", "2026-1-5"),
    ("meeting_date", "20260115"),
    ("meeting_date", "2026-01-15T00:00:00Z"),
    ("meeting_date", " 2026-01-15"),
    ("meeting_date", "0000-01-01"),
    ("meeting_date", "２０２６-01-15"),
    ("meeting_date", ""),
    ("meeting_date", 20260115),
    ("meeting_date", False),
    ("follow_up_date", "tomorrow"),
    ("follow_up_date", 0),
    ("follow_up_date", False),
    ("root_cause", "weather"),
    ("root_cause", "Health"),
    ("root_cause", ""),
    ("root_cause", 1),
    ("root_cause", ["health"]),
    ("root_cause", {}),
    ("urgency_level", "urgent"),
    ("urgency_level", None),
    ("status", "done"),
    ("status", None),
    ("absence_reason", 12),
    ("absence_reason", True),
    ("absence_reason", ["text"]),
    ("absence_reason", {"text": "text"}),
    ("resolution_notes", 12),
    ("form_master", "me"),
    ("form_master", None),
    ("active", False),
    ("company_id", 1),
    ("closed_date", "2026-01-20"),
    ("follow_up_reminded", True),
    ("create_uid", 1),
    ("student_id", 1),
    ("Status", "open"),
    ("", 1),
    ("__class__", 1),
]


@pytest.mark.parametrize(("key", "value"), MEETING_VALUES)
@pytest.mark.parametrize("of", ["a new meeting", "a change"])
def test_a_bad_value_of_a_meeting_is_named(of, key, value):
    keys, document, complete = DOCUMENTS[of]
    _values, faults = parse.values(keys, {**document, key: value}, complete)
    assert set(faults) == {key}


PROGRESS_VALUES = [
    ("update_text", None),
    ("update_text", 12),
    ("update_text", ["text"]),
    ("status", "done"),
    ("status", ""),
    ("status", "Closed"),
    ("status", 1),
    ("status", ["open"]),
    ("resolution_notes", 12),
    ("resolution_notes", {}),
    ("follow_up_date", "tomorrow"),
    ("follow_up_date", 0),
    ("follow_up_date", False),
    ("nonsense", 1),
    ("old_status", "open"),
    ("id", 1),
    ("created_by", 1),
    ("create_date", "2020-01-01"),
    ("", ""),
    *[("meeting", value) for value in (None, "", "one", 1.5, True, [], {}, "-1")],
    *[("meeting", value) for value in ("１", "0x1", " 1")],
    *[("attachments", value) for value in ("1", 1, {}, [None], ["x"], [1.5], [True])],
    ("attachments", [[1]]),
]


@pytest.mark.parametrize(("key", "value"), PROGRESS_VALUES)
def test_a_bad_value_of_an_update_is_named(key, value):
    keys, document, complete = DOCUMENTS["an update"]
    _values, faults = parse.values(keys, {**document, key: value}, complete)
    assert set(faults) == {key}


@pytest.mark.parametrize("of", ["a new meeting", "an update"])
def test_every_required_key_is_named_when_it_is_missing(of):
    keys, _document, complete = DOCUMENTS[of]
    required = {key.name for key in keys if key.required}
    assert required
    _values, faults = parse.values(keys, {}, complete)
    assert set(faults) == required


FILTERS = (*schema.PAGE_FILTERS, *schema.MEETING_FILTERS)
BAD_PARAMETERS = [
    ("page", "0"),
    ("page", "-1"),
    ("page", "1.0"),
    ("page", "one"),
    ("page", " 1"),
    ("page", "１"),
    ("page", "1e3"),
    ("page_size", "0"),
    ("page_size", "201"),
    ("page_size", "-5"),
    ("page_size", "all"),
    ("page_size", "9" * 40),
    ("status", "done"),
    ("status", "open,done"),
    ("status", ","),
    ("status", "Open"),
    ("urgency", "urgent"),
    ("root_cause", "weather"),
    ("root_cause", "health;family"),
    ("student", "Ada"),
    ("student", "-1"),
    ("student", "1.5"),
    ("form_master", "me"),
    ("overdue", "yes"),
    ("overdue", "True"),
    ("overdue", "1"),
    ("meeting_date_from", "2026-02-30"),
    ("meeting_date_from", "yesterday"),
    ("meeting_date_to", "2026-1-1"),
    ("meeting_date_to", "2026-01-01T00:00:00Z"),
    ("updated_since", "2026-01-01"),
    ("updated_since", "2026-01-01T00:00:00"),
    ("updated_since", "2026-13-01T00:00:00Z"),
    ("updated_since", "0001-01-01T00:00:00+23:59"),
    ("updated_since", "now"),
    ("student_id_number", "a\x00b"),
    ("stauts", "open"),
    ("Status", "open"),
    ("find", "Ada"),
    ("ordering", "id"),
    ("limit", "10"),
    ("", "x"),
    ("api_key", "x"),
]


@pytest.mark.parametrize(("name", "value"), BAD_PARAMETERS)
def test_a_parameter_at_fault_is_named(name, value):
    with pytest.raises(Problem) as refused:
        parse.query(FILTERS, MultiDict({name: value}))
    assert (refused.value.code, refused.value.problem_code) == (400, "validation_error")
    assert set(refused.value.errors) == {name}


def test_a_parameter_given_twice_is_named():
    with pytest.raises(Problem) as refused:
        parse.query(FILTERS, MultiDict([("status", "open"), ("status", "closed")]))
    assert set(refused.value.errors) == {"status"}


@pytest.mark.parametrize("name", [each.name for each in FILTERS])
def test_an_empty_value_sets_no_filter(name):
    assert parse.query(FILTERS, MultiDict({name: ""})) == {}
