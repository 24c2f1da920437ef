"""A client of the HTTP API that holds every answer against the contract.

Each answer is compared with the OpenAPI document that the server gives, and each error
with the contract's table, so that every test of the API is a test of these, too.
"""

import functools
import http.client
import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

ROOT = "/api/interventions/"
MEETINGS = f"{ROOT}meetings/"
PROGRESS = f"{MEETINGS}progress/"
CHANGES = f"{MEETINGS}changes/"
# The keys that a meeting by itself has, and one in a list has not.
DETAIL = ("plan_kept", "plan_kept_reason", "plan_kept_text", "effect", "changes")
STATISTICS = f"{MEETINGS}stats/"
RECURRING = f"{MEETINGS}recurring/"
ANALYTICS = f"{MEETINGS}analytics/"
ATTENDANCE = f"{ROOT}attendance/"
ATTENDANCE_IMPORT = f"{ATTENDANCE}import/"
NEEDS_TALK = f"{ROOT}attendance/needs-a-talk/"
EFFECT = f"{ROOT}effect/"
EXPORT = f"{MEETINGS}export.csv"
WORKBOOK = f"{MEETINGS}export.xlsx"
DESCRIPTION = f"{ROOT}openapi.json"

CODES = {
    400: {"malformed_json", "validation_error"},
    401: {"not_authenticated"},
    403: {"permission_denied"},
    404: {"not_found"},
    405: {"method_not_allowed"},
    409: {"duplicate_active_intervention", "idempotency_conflict"},
    412: {"precondition_failed"},
    413: {"payload_too_large"},
    415: {"unsupported_media_type"},
}
# What counts as a file; its type is told by its first bytes.
PDF = b"%PDF-1.4\n% a short note\n%%EOF\n"
# What a client must never learn of the inside.
INSIDE = ("Traceback", "psycopg2", "SELECT", "intervention_meeting", "odoo.")


def meeting_document(student, **values):
    """Return what creates a meeting; a value of None leaves the key out."""
    document = {
        "student": student,
        "meeting_date": "2026-01-15",
        "absence_reason": "He helps at the market in the mornings.",
        "root_cause": "financial",
        "intervention_notes": "He likes school and misses his friends.",
        "action_plan": "Lessons in the afternoon until the market closes.",
        **values,
    }
    return {key: value for key, value in document.items() if value is not None}


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def outcome(self):
        """The status and, of an error, the code."""
        return self.status, self.json["code"]

    @property
    def faults(self):
        """The keys that an error names."""
        return set(self.json.get("errors", ()))


@functools.cache
def description(url, key):
    """Return the OpenAPI document that the server gives to the owner of the key."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    connection.request("GET", DESCRIPTION, headers={"Authorization": f"Bearer {key}"})
    return Description(json.load(connection.getresponse()))


class Description:
    """An OpenAPI document that answers are compared with."""

    def __init__(self, document):
        self.document = document
        self.paths = [
            (re.compile(re.sub(r"\{\w+\}", "[0-9]+", path)), operations)
            for path, operations in document["paths"].items()
        ]
        self.validator = functools.cache(self._validator)

    def _validator(self, reference):
        return Draft202012Validator(
            {"$ref": reference, "components": self.document["components"]},
            format_checker=FormatChecker(),
        )

    def operations(self, path):
        """Return the operations of a path, or None when it is not described."""
        for pattern, operations in self.paths:
            bare = path.rstrip("/")
            if pattern.fullmatch(bare) or pattern.fullmatch(f"{bare}/"):
                return operations
        return None

    def validate(self, name, value):
        """Raise when the value is not what the named schema says."""
        self.validator(f"#/components/schemas/{name}").validate(value)

    def check(self, method, path, answer):
        """Fail when the document does not know of such an answer."""
        operations = self.operations(path)
        if method == "OPTIONS":
            assert answer.status == 204, answer
            return
        if operations is None:
            assert answer.status in (401, 403, 404, 413, 415), answer
            return
        operation = operations.get("get" if method == "HEAD" else method.lower())
        if operation is None:
            assert answer.status in (401, 403, 405, 413, 415), answer
            return
        assert str(answer.status) in operation["responses"], answer
        response = operation["responses"][str(answer.status)]
        for header, described in response.get("headers", {}).items():
            assert header in answer.headers or not described["required"], answer
        content = response.get("content")
        if content is None or method == "HEAD":
            assert not answer.body
            return
        assert answer.headers.get_content_type() in content, answer
        shape = content[answer.headers.get_content_type()]
        schema = shape["schema"]
        if "anyOf" in schema:
            one, several = schema["anyOf"]
            assert several["items"] == one
            each = answer.json if isinstance(answer.json, list) else [answer.json]
            for value in each:
                self.validator(one["$ref"]).validate(value)
        elif "$ref" in schema:
            self.validator(schema["$ref"]).validate(answer.json)


def check_problem(answer):
    """Fail when an error is not as the contract has it."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    problem = answer.json
    assert set(problem) - {"errors"} == {"type", "title", "status", "code", "detail"}
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["status"] == answer.status
    assert problem["code"] in CODES[answer.status]
    assert problem["detail"]
    if "errors" in problem:
        assert problem["code"] in ("validation_error", "duplicate_active_intervention")
        assert problem["errors"]
        for texts in problem["errors"].values():
            assert texts
            assert all(isinstance(text, str) and text for text in texts)
    assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    assert ("Allow" in answer.headers) == (answer.status == 405)
    for word in INSIDE:
        assert word not in problem["detail"]
        assert word not in str(list(problem.get("errors", {}).values()))


class Api:
    """A caller of the API, with a key or with further headers such as a cookie."""

    def __init__(self, url, describer, key=None, **headers):
        self.url = url
        self.describer = describer  # the key by which the OpenAPI document is read
        self.key = key
        self.headers = {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def send(self, method, path, body=None, headers=()):
        """Send a request as it is, and return the answer unchecked."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        try:
            connection.request(method, path, body, {**self.headers, **dict(headers)})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def request(self, method, path, document=None, headers=(), **query):
        """Send a document as JSON (bytes as they are), and check the answer."""
        headers = dict(headers)
        body = document
        if document is not None:
            headers.setdefault("Content-Type", "application/json")
            if not isinstance(document, bytes):
                body = json.dumps(document).encode()
        address = f"{path}?{urlencode(query)}" if query else path
        answer = self.send(method, address, body, headers)
        self.check(method, path, answer)
        return answer

    def check(self, method, path, answer):
        """Fail when the answer is not one that the contract has."""
        assert answer.status < 500, answer
        assert not 300 <= answer.status < 400, answer
        if answer.status >= 400 and method != "HEAD":
            check_problem(answer)
        elif answer.body and "Content-Disposition" not in answer.headers:
            content_type = answer.headers["Content-Type"]
            kinds = {
                EXPORT: "text/csv; charset=utf-8; header=present",
                WORKBOOK: "application/"
                "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            }
            assert content_type == kinds.get(
                path.partition("?")[0].rstrip("/"), "application/json; charset=utf-8"
            )
        known = description(self.url, self.describer)
        known.check(method, path.partition("?")[0], answer)

    def get(self, path, headers=(), **query):
        return self.request("GET", path, headers=headers, **query)

    def post(self, path, document, headers=()):
        return self.request("POST", path, document, headers)

    def put(self, path, document, headers=()):
        return self.request("PUT", path, document, headers)

    def patch(self, path, document, headers=()):
        return self.request("PATCH", path, document, headers)

    def delete(self, path, headers=()):
        return self.request("DELETE", path, headers=headers)

    # --- what most tests begin with ---

    def record(self, student, **values):
        """Record a meeting; return it."""
        answer = self.post(MEETINGS, meeting_document(student, **values))
        assert answer.status == 201, answer
        return answer.json

    def add(self, meeting, text="He came on Monday.", **values):
        """Add a note to a meeting; return the update."""
        document = {"meeting": meeting["id"], "update_text": text, **values}
        answer = self.post(PROGRESS, document)
        assert answer.status == 201, answer
        return answer.json

    def upload(self, meeting, data, name="note.pdf", headers=()):
        """Send a file as it is; return the answer."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"',
            **dict(headers),
        }
        headers = {key: value for key, value in headers.items() if value is not None}
        return self.request("POST", attachments(meeting), data, headers)

    def attach(self, meeting, data=PDF, name="note.pdf"):
        """Add a file to a meeting; return what the API says of it."""
        answer = self.upload(meeting, data, name)
        assert answer.status == 201, answer
        return answer.json

    def read(self, meeting):
        """Return the meeting as it is now."""
        answer = self.get(address(meeting))
        assert answer.status == 200, answer
        return answer.json

    def pages(self, path, **query):
        """Return the documents of all pages, by following ``next``."""
        pages = [self.get(path, **query).json]
        while pages[-1]["next"]:
            assert pages[-1]["next"].startswith(f"{self.url}{path}?")
            pages.append(self.get(pages[-1]["next"].removeprefix(self.url)).json)
            assert len(pages) < 1000
        return pages


def address(meeting):
    """Return the path of a meeting."""
    return f"{MEETINGS}{meeting['id']}/"


def attachments(meeting):
    """Return the path of the files of a meeting."""
    return f"{address(meeting)}attachments/"
