"""The OpenAPI document that the API gives of itself, and the API held against it.

``API_CASES`` says how many requests are generated from the document at random. The
normal run makes few. The full one, ``API_CASES=2000``, also makes those at the limits
of every schema, wrong methods and missing headers among them, and long sequences.
"""

import os
import re
from base64 import b64encode
from datetime import date

import pytest
import schemathesis
from api_client import (
    ANALYTICS,
    DESCRIPTION,
    MEETINGS,
    RECURRING,
    ROOT,
    STATISTICS,
    Description,
    attachments,
    meeting_document,
)
from conftest import TOP, Connection
from hypothesis.configuration import set_hypothesis_home_dir
from jsonschema import Draft202012Validator, ValidationError
from odoo import SUPERUSER_ID
from odoo.http import Controller
from openapi_spec_validator import validate
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.generation import GenerationMode

set_hypothesis_home_dir(TOP / ".local" / "hypothesis")
CASES = int(os.environ.get("API_CASES", "200"))
FULL = CASES >= 2000


@pytest.fixture(scope="module")
def document(server):
    return server.client(server.seed["keys"]["form_master"]).get(DESCRIPTION).json


@pytest.fixture
def described(document):
    return Description(document)


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


# --- the document itself ---


def test_the_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_every_schema_of_the_document_is_a_valid_one(document):
    assert document["components"]["schemas"]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.fixture(scope="module")
def rules(server):
    """What the addon serves below the root of the API: each path and its routing."""
    # Looked up in the classes, as their properties need a request.
    endpoints = [
        getattr(controller, name)
        for controller in Controller.children_classes["intervention_tracking"]
        for name in dir(controller)
    ]
    return [
        (path, endpoint.original_routing)
        for endpoint in endpoints
        for path in getattr(endpoint, "original_routing", {}).get("routes", ())
        if path.startswith(ROOT.rstrip("/"))
    ]


def test_every_route_is_declared(rules):
    assert len(rules) > 10
    rest = [rule for rule, routing in rules if "intervention_route" not in routing]
    assert rest == [ROOT, f"{ROOT}<intervention_rest:path>"]


def test_every_route_is_in_the_document_and_the_other_way_round(rules, document):
    described = {
        (path, method)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert len(described) == 27
    assert described == {
        (re.sub(r"<intervention_id:(\w+)>", r"{\1}", rule), method.lower())
        for rule, routing in rules
        for method in routing.get("methods", ())
    }


def test_no_route_takes_a_parameter_that_it_does_not_have(
    form_master, administrator, document
):
    assert document["paths"]
    for path, operations in document["paths"].items():
        for method in map(str.upper, operations):
            body = None if method in ("GET", "DELETE") else {}
            # Who may not call it at all is told that first.
            is_for_few = path.endswith(("/import/", "/effect/"))
            client = administrator if is_for_few else form_master
            answer = client.request(
                method, re.sub(r"\{\w+\}", "1", path), body, nonsense="1"
            )
            assert (answer.status, answer.faults) == (400, {"nonsense"}), path


def test_every_operation_has_a_name_and_a_summary(document):
    operations = [
        operation
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == 27


def test_the_document_names_the_host_that_the_client_called(form_master, document):
    assert document["servers"] == [{"url": form_master.url}]


# --- real answers against their schemas ---


def test_a_real_meeting_is_a_meeting_of_the_document(form_master, described, meeting):
    form_master.add(meeting, status="closed", resolution_notes="Solved")
    described.validate("MeetingDetail", form_master.read(meeting))


@pytest.mark.parametrize(
    "broken",
    [{"id": "1"}, {"status": "done"}, {"created_at": "yesterday"}, {"more": 1}]
    + [{"meeting_date": "15.01.2026"}, {"progress_updates": [{}]}],
)
def test_another_thing_is_no_meeting_of_the_document(described, meeting, broken):
    with pytest.raises(ValidationError):
        described.validate("MeetingDetail", {**meeting, **broken})


@pytest.mark.parametrize("key", ["id", "updated_at", "progress_updates"])
def test_a_meeting_of_the_document_has_all_its_keys(described, meeting, key):
    del meeting[key]
    with pytest.raises(ValidationError):
        described.validate("Meeting", meeting)


def test_real_pages_are_pages_of_the_document(form_master, described, meeting):
    history = f"{MEETINGS}student/{meeting['student']}/"
    for path in (MEETINGS, history):
        described.validate("MeetingPage", form_master.get(path).json)


def test_real_numbers_are_those_of_the_document(form_master, described, meeting):
    form_master.record(meeting["student"], root_cause="other")
    described.validate("Statistics", form_master.get(STATISTICS).json)
    described.validate("Analytics", form_master.get(ANALYTICS, group_by="class").json)
    recurring = form_master.get(RECURRING).json
    assert recurring["recurring_students"]
    described.validate("RecurringStudents", recurring)


def test_real_files_are_those_of_the_document(form_master, described, meeting):
    described.validate("Attachment", form_master.attach(meeting))
    files = form_master.get(attachments(meeting)).json
    assert files["results"]
    described.validate("AttachmentPage", files)


def test_a_real_error_is_one_of_the_document(form_master, described):
    described.validate("Problem", form_master.post(MEETINGS, {}).json)


def test_what_creates_a_meeting_is_as_the_document_says(described, student):
    described.validate("MeetingCreation", meeting_document(student))
    described.validate("MeetingCreation", meeting_document(str(student)))


def test_a_meeting_sent_back_is_as_the_document_says(described, meeting):
    described.validate("MeetingChange", meeting)
    described.validate("MeetingCreation", meeting)


# --- generated requests ---


REFUSALS = [400, 401, 403, 404, 405, 409, 415]
CONFIGURATION = {
    "continue-on-failure": True,
    "generation": {
        # Some operations take what can be varied without end.
        "max-examples": max(CASES // 9, 10),
        "deterministic": True,
        "database": "none",
    },
    "phases": {
        "coverage": {"enabled": FULL},
        "stateful": {"enabled": FULL, "generation": {"max-examples": 200}},
    },
    "checks": {
        # A stale ETag is told before anything else: a random one always is stale.
        "negative_data_rejection": {"expected-statuses": [*REFUSALS, 412]},
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", 401, 403, 404, 409, 412]
        },
    },
    "operations": [
        {
            # The rules say more than a schema can: no meeting in the future, a student
            # of this school, notes for closing. A sound body may be refused with 400.
            "include-method": ["POST", "PUT", "PATCH"],
            "checks": {"positive_data_acceptance": {"enabled": False}},
        },
    ],
}


def real(ids, value):
    """Replace most ids; with random ones nearly every answer would be a 404."""
    if isinstance(value, bool) or not isinstance(value, int) or value % 8 == 0:
        return value
    return ids[value % len(ids)]


def make_real(case, meetings, students, files, form_master, school_class):
    """Make values that are sound for the document sound for the rules, too."""
    query = case.query or {}
    for name, value in (("class", school_class), ("company", [1])):
        # Those that the caller does not have are refused.
        if query.get(name):
            query[name] = value
    # Only the server makes those that it takes.
    query.pop("since", None)
    if query.get("cursor"):
        query["cursor"] = "*"
        query.pop("page", None)
    if query.get("from") and query.get("to"):
        query["from"], query["to"] = sorted([query["from"], query["to"]])
    if isinstance((case.path_parameters or {}).get("attachment_id"), int):
        # Each of these meetings has the file with its own place in the lists.
        place = case.path_parameters["attachment_id"] % len(files)
        case.path_parameters |= {"id": meetings[place], "attachment_id": files[place]}
    elif "id" in (case.path_parameters or {}):
        ids = students if "/student" in case.path else meetings
        case.path_parameters["id"] = real(ids, case.path_parameters["id"])
    for body in case.body if isinstance(case.body, list) else [case.body]:
        if not isinstance(body, dict):
            continue
        for key, ids in (
            ("student", students),
            ("meeting", meetings),
            ("form_master", [form_master]),
        ):
            if key in body:
                body[key] = real(ids, body[key])
        if "student" in body:
            body.pop("student_id_number", None)
        if body.get("meeting_date", "") > str(date.today()):
            body["meeting_date"] = f"2025-{body['meeting_date'][-5:]}"


@pytest.fixture(scope="module")
def scenarios(server, document):
    """What was generated from the document, with the answers and what is wrong."""
    students = server.new_students(400)
    with Connection(server, "form_master") as connection:
        meetings = connection.meetings.create(
            [
                {
                    "student_id": student,
                    "meeting_date": "2026-01-15",
                    "absence_reason": "a",
                    "root_cause": "health",
                    "intervention_notes": "b",
                    "action_plan": "c",
                }
                for student in students[:50]
            ]
        ).ids
        files = [
            connection.env["intervention.file"]
            .create(
                {
                    "name": "note.txt",
                    "content": b64encode(b"A note"),
                    "meeting_id": meeting,
                }
            )
            .id
            for meeting in meetings[:10]
        ]
        # Odoo itself makes it, as form masters can't.
        classes = connection.env["intervention.class"].with_user(SUPERUSER_ID)
        school_class = classes.create({"name": "Generated", "company_id": 1}).id
        connection.commit()
    key = server.seed["keys"]["form_master"]
    # It would invent sessions, too, some of them no texts, which it can't send.
    document = {**document, "security": [{"apiKey": []}]}
    schema = schemathesis.openapi.from_dict(
        document,
        config=schemathesis.Config.from_dict(
            {
                **CONFIGURATION,
                "base-url": server.url,
                "headers": {"Authorization": f"Bearer {key}"},
            }
        ),
    )

    @schema.hook
    def map_case(_context, case):
        if case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
            owner = server.seed["users"]["form_master"]
            make_real(case, meetings, students, files, owner, school_class)
        return case

    events = list(from_schema(schema).execute())
    for event in events:
        if isinstance(event, NonFatalError):
            raise event.value
        if isinstance(event, FatalError):
            raise event.exception
    return [event for event in events if isinstance(event, ScenarioFinished)]


@pytest.fixture(scope="module")
def answers(scenarios):
    return [
        interaction
        for scenario in scenarios
        for interaction in scenario.recorder.interactions.values()
    ]


def test_no_generated_request_finds_a_fault(scenarios):
    faults = {}
    for scenario in scenarios:
        for _case_id, checks in scenario.recorder.checks.items():
            for check in checks:
                if check.failure_info:
                    failure = check.failure_info.failure
                    place = (check.name, scenario.recorder.label)
                    faults[place] = (
                        f"{failure.title}: {failure.message}\n"
                        f"{check.failure_info.code_sample}"
                    )
    assert not faults, "\n\n".join(f"{place}: {text}" for place, text in faults.items())


def test_enough_was_generated(scenarios, answers):
    assert len(answers) >= CASES
    phases = {scenario.phase.value for scenario in scenarios}
    assert phases >= ({"coverage", "fuzzing", "stateful"} if FULL else {"fuzzing"})


ANSWERED = [200, 201, 400, 404, *([204, 405, 409, 412, 415] if FULL else [])]


@pytest.mark.parametrize("status", ANSWERED)
def test_the_generated_requests_were_answered_in_every_way(answers, status):
    assert any(answer.response.status_code == status for answer in answers)
