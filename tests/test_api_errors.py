"""What no client should send: every answer is a problem document of the contract."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest
from api_client import (
    ANALYTICS,
    ATTENDANCE,
    ATTENDANCE_IMPORT,
    DESCRIPTION,
    EFFECT,
    EXPORT,
    MEETINGS,
    NEEDS_TALK,
    PROGRESS,
    RECURRING,
    ROOT,
    STATISTICS,
    WORKBOOK,
    address,
    meeting_document,
)
from test_api_parse import MALFORMED, ODD, nested

MIB = 1024 * 1024
POSTS = [MEETINGS, PROGRESS]


@pytest.fixture(scope="module", autouse=True)
def log_before(server):
    """How long the server's log was before these tests."""
    return server.log.stat().st_size


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


def writes(meeting):
    return [("POST", MEETINGS), ("POST", PROGRESS)] + [
        (method, address(meeting)) for method in ("PUT", "PATCH")
    ]


@pytest.mark.parametrize(
    "case",
    ["half an object", "an array", "no UTF-8", "100,000 opening brackets"]
    + ["a number of 5,000 digits"],
)
@pytest.mark.parametrize("number", range(4))
def test_a_body_that_is_no_json_object_is_400(form_master, meeting, number, case):
    method, path = writes(meeting)[number]
    answer = form_master.request(method, path, MALFORMED[case])
    # Meetings may come as a list; this one has none.
    is_list = (path, case) == (MEETINGS, "an array")
    code = "validation_error" if is_list else "malformed_json"
    assert answer.outcome == (400, code)
    assert form_master.read(meeting) == meeting


# As keys and texts they go through the database, the answer and the log.
HARDEST = [
    "a lone surrogate as key",
    "a lone surrogate in a text",
    "a NUL in a key",
    "a key of 100,000 characters",
    "null for each",
]


@pytest.mark.parametrize("case", HARDEST)
@pytest.mark.parametrize("number", range(4))
def test_an_object_of_odd_things_is_400(form_master, meeting, number, case):
    method, path = writes(meeting)[number]
    answer = form_master.request(method, path, ODD[case])
    assert answer.outcome == (400, "validation_error")
    assert answer.faults
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("case", HARDEST)
def test_odd_things_with_an_idempotency_key_are_400(form_master, meeting, path, case):
    key = {"Idempotency-Key": f"{meeting['id']}"}
    assert form_master.post(path, ODD[case], key).status == 400


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "deep"}])
@pytest.mark.parametrize("path", POSTS)
def test_no_depth_of_nesting_is_too_much_for_the_server(form_master, path, headers):
    # Somewhere in here Python's own limit lies, and what is beyond it is malformed.
    codes = set()
    for depth in [100, *range(900, 1000, 9), 2000, 100_000]:
        body = b'{"nonsense": ' + nested("[", "]", depth) + b"}"
        answer = form_master.post(path, body, headers)
        assert answer.status == 400
        codes.add(answer.json["code"])
    assert codes == {"validation_error", "malformed_json"}


@pytest.mark.parametrize("text", ["\u200b", "\u180e", "\u2060", "\ufeff", "\u00ad"])
def test_a_text_of_invisible_characters_is_an_answer(form_master, student, text):
    document = meeting_document(student, absence_reason=text)
    assert form_master.post(MEETINGS, document).status in (201, 400)


def test_of_a_key_given_twice_the_last_counts(form_master, meeting):
    body = b'{"urgency_level": "low", "urgency_level": "high"}'
    answer = form_master.patch(address(meeting), body)
    assert answer.json["urgency_level"] == "high"


# --- size and type of the body ---


def padded(document, size):
    """Return the document as JSON of exactly this many bytes."""
    body = json.dumps(document).encode()
    return body + b" " * (size - len(body))


def test_a_body_of_one_mib_is_read(form_master, student):
    body = padded(meeting_document(student), MIB)
    assert form_master.post(MEETINGS, body).status == 201


def test_a_text_of_nearly_one_mib_comes_back(form_master, student):
    text = "x" * (MIB - 1000)
    meeting = form_master.record(student, absence_reason=text)
    assert form_master.read(meeting)["absence_reason"] == text


@pytest.mark.parametrize("size", [MIB + 1, 2 * MIB, 30 * MIB])
@pytest.mark.parametrize("number", range(4))
def test_a_body_of_more_than_one_mib_is_413(form_master, meeting, number, size):
    method, path = writes(meeting)[number]
    answer = form_master.request(method, path, padded({}, size))
    assert answer.outcome == (413, "payload_too_large")


def chunked(client, path, chunks, end=b"0\r\n\r\n", **headers):
    """Send a body without telling its length; return the status and the answer."""
    connection = http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=120)
    try:
        connection.putrequest("POST", path)
        for name, value in {
            **client.headers,
            "Content-Type": "application/json",
            "Transfer-Encoding": "chunked",
            **headers,
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        for chunk in chunks:
            connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        connection.send(end)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_body_in_chunks_is_read(form_master, student):
    body = json.dumps(meeting_document(student)).encode()
    status, answer = chunked(form_master, MEETINGS, [body[:50], body[50:]])
    assert (status, answer["student"]) == (201, student)


def test_more_than_one_mib_in_chunks_is_413(form_master):
    status, answer = chunked(form_master, MEETINGS, [b" " * 65536] * 17)
    assert (status, answer["code"]) == (413, "payload_too_large")


OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "text/json",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/json-patch+json",
    "application/vnd.api+json",
    "application",
    "nonsense; application/json",
    "*/*",
]


@pytest.mark.parametrize(
    ("number", "content_type"),
    [(0, content_type) for content_type in OTHER_TYPES]
    + [
        (number, content_type)
        for number in (1, 2, 3)
        for content_type in OTHER_TYPES[:3]
    ],
)
def test_another_type_of_body_is_415(form_master, meeting, number, content_type):
    method, path = writes(meeting)[number]
    answer = form_master.request(method, path, b"{}", {"Content-Type": content_type})
    assert answer.outcome == (415, "unsupported_media_type")
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("number", range(4))
def test_a_body_without_a_type_is_415(form_master, meeting, number):
    method, path = writes(meeting)[number]
    answer = form_master.send(method, path, b"{}")
    form_master.check(method, path, answer)
    assert answer.outcome == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=utf-8", "APPLICATION/JSON"]
)
def test_the_type_of_the_body_is_read_as_http_has_it(
    form_master, meeting, content_type
):
    headers = {"Content-Type": content_type}
    answer = form_master.patch(address(meeting), {"urgency_level": "low"}, headers)
    assert answer.status == 200


@pytest.mark.parametrize("number", range(4))
def test_a_missing_body_is_400(form_master, meeting, number):
    method, path = writes(meeting)[number]
    answer = form_master.request(method, path)
    assert answer.outcome == (400, "malformed_json")


@pytest.mark.parametrize(
    "path",
    [MEETINGS, STATISTICS, RECURRING, ANALYTICS, NEEDS_TALK, ATTENDANCE, EXPORT]
    + [WORKBOOK],
)
def test_a_body_of_a_read_is_not_looked_at(form_master, path):
    assert form_master.request("GET", path, b"{").status == 200


# --- methods ---


ALLOWED = {
    MEETINGS: {"GET", "HEAD", "OPTIONS", "POST"},
    f"{MEETINGS}1/": {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"},
    PROGRESS: {"OPTIONS", "POST"},
    f"{PROGRESS}1/retract/": {"OPTIONS", "POST"},
    f"{MEETINGS}1/changes/1/retract/": {"OPTIONS", "POST"},
    f"{MEETINGS}1/attachments/1/retract/": {"OPTIONS", "POST"},
    f"{MEETINGS}student/1/": {"GET", "HEAD", "OPTIONS"},
    RECURRING: {"GET", "HEAD", "OPTIONS"},
    STATISTICS: {"GET", "HEAD", "OPTIONS"},
    ANALYTICS: {"GET", "HEAD", "OPTIONS"},
    NEEDS_TALK: {"GET", "HEAD", "OPTIONS"},
    EFFECT: {"GET", "HEAD", "OPTIONS"},
    ATTENDANCE: {"GET", "HEAD", "OPTIONS", "PUT"},
    ATTENDANCE_IMPORT: {"OPTIONS", "POST"},
    EXPORT: {"GET", "HEAD", "OPTIONS"},
    WORKBOOK: {"GET", "HEAD", "OPTIONS"},
    DESCRIPTION: {"GET", "HEAD", "OPTIONS"},
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "SEARCH"]
WRONG = [
    (method, path)
    for path, allowed in ALLOWED.items()
    for method in METHODS
    if method not in allowed
]


def methods(answer):
    return set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(("method", "path"), WRONG)
def test_a_wrong_method_is_405_and_the_right_ones_are_told(form_master, method, path):
    answer = form_master.request(method, path)
    assert answer.status == 405
    assert methods(answer) == ALLOWED[path]


@pytest.mark.parametrize("path", ALLOWED)
def test_a_wrong_method_without_the_slash_is_405(form_master, path):
    answer = form_master.request("TRACE", path.rstrip("/"))
    assert answer.outcome == (405, "method_not_allowed")
    assert methods(answer) == ALLOWED[path]


@pytest.mark.parametrize("path", ALLOWED)
def test_options_tells_the_methods_to_everybody(anonymous, path):
    answer = anonymous.request("OPTIONS", path)
    assert (answer.status, answer.body) == (204, b"")
    assert methods(answer) == ALLOWED[path]


@pytest.mark.parametrize("number", range(5))
def test_options_runs_nothing(form_master, meeting, new_student, number):
    student = new_student()
    documents = [
        (MEETINGS, meeting_document(student)),
        (PROGRESS, {"meeting": meeting["id"], "update_text": "Forged"}),
        (address(meeting), {"action_plan": "Forged"}),
        (address(meeting), None),
        (STATISTICS, None),
    ]
    path, document = documents[number]
    headers = {
        "Origin": form_master.url,
        "Access-Control-Request-Method": "POST",
        "X-HTTP-Method-Override": "DELETE",
    }
    answer = form_master.request("OPTIONS", path, document, headers)
    assert (answer.status, answer.body) == (204, b"")
    assert form_master.read(meeting) == meeting
    assert form_master.get(MEETINGS, student=student).json["count"] == 0


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_no_header_makes_another_method_of_it(form_master, meeting, header):
    assert form_master.get(address(meeting), {header: "DELETE"}).json == meeting
    assert form_master.read(meeting) == meeting


# --- paths ---


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nonsense",
        "nonsense/",
        "meeting/",
        "meetings/nonsense/",
        "meetings/1/progress/",
        "meetings/1.0/",
        "meetings/1e0/",
        "meetings/+1/",
        "meetings/%20/",
        "meetings/%D9%A1/",  # the digit one in Arabic
        "meetings/%00/",
        "meetings/1%00/",
        "meetings/%ff/",
        "meetings/%0A/",
        "meetings/1%0A/",
        "meetings/1/%0A",
        "%0Aa%0D%0Ab%0A",
        "meetings/%",
        "meetings/%zz/",
        "meetings/%2e%2e/",
        "meetings/../meetings/",
        "meetings/./",
        "meetings/1/;x=y",
        "meetings/<int:meeting_id>/",
        "meetings/{id}/",
        "meetings/-1/",
        "meetings/0/",
        f"meetings/{2**31}/",
        f"meetings/{2**63}/",
        f"meetings/{'9' * 30}/",
        f"meetings/{'9' * 5000}/",
        f"meetings/student/{'9' * 5000}/",
        "meetings/student/",
        "meetings/student/x/",
        "meetings/student/-1/",
        f"meetings/student/{2**63}/",
        "meetings/stats/1/",
        "meetings/recurring/1/",
        "meetings/progress/1/",
        "openapi.json/x",
        "openapi.yaml",
        "openapi",
        "%3Cscript%3E/",
        "x" * 10_000,
        "x/" * 3_000,
        "/meetings/",
        "meetings//1/",
        "//",
        "meetings///stats/",
    ],
)
def test_an_unknown_path_is_404(form_master, path):
    answer = form_master.send("GET", ROOT + path)
    assert answer.status == 404, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "not_found"


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_path_is_404_for_every_method(form_master, method):
    answer = form_master.request(method, f"{ROOT}nonsense/")
    assert answer.status == 404


def test_the_root_without_its_slash_is_404(form_master):
    assert form_master.get(ROOT.rstrip("/")).outcome == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["%ff=1", "%00=1", "status=%ff", "=", "&&&", "%", "a[]=1", "page=1;2"]
    + ["status[]=open", "?", "page=%D9%A1", "x" * 10_000],
)
def test_an_odd_query_is_400_or_empty(form_master, query):
    answer = form_master.get(f"{MEETINGS}?{query}")
    if query == "&&&":
        assert answer.status == 200
    else:
        assert answer.outcome == (400, "validation_error")


# --- headers ---


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cookie", "session_id=" + "x" * 5000),
        ("Cookie", "\x01=;;;=\xff"),
        ("If-Match", ","),
        ("If-Match", '"'),
        ("If-Match", 'W/"'),
        ("If-Match", "\xff"),
        ("If-Match", "x" * 10_000),
        ("If-None-Match", "*"),
        ("If-Modified-Since", "yesterday"),
        ("Range", "bytes=0-1"),
        ("Accept-Language", "xx-YY;q=nonsense"),
        ("Accept-Encoding", "nonsense"),
        ("Content-Length", "0"),
        ("Expect", "100-continue"),
        ("Forwarded", "host=evil.example;proto=https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-For", "nonsense"),
        ("Origin", "\xff"),
        ("Referer", "\xff"),
        ("User-Agent", "\xff"),
        ("Upgrade", "websocket"),
    ],
)
def test_an_odd_header_does_no_harm(form_master, meeting, name, value):
    answer = form_master.get(address(meeting), {name: value})
    assert (answer.status, answer.json) == (200, meeting)


@pytest.mark.parametrize("value", [",", '"', 'W/"', "\xff", "x" * 10_000])
def test_an_odd_if_match_is_a_stale_one(form_master, meeting, value):
    answer = form_master.patch(address(meeting), {}, {"If-Match": value})
    assert answer.outcome == (412, "precondition_failed")


@pytest.mark.parametrize("host", ["evil example", "a" * 300, "[::1", "x:y:z", "\xff"])
@pytest.mark.parametrize("path", [MEETINGS, DESCRIPTION])
def test_an_odd_host_is_no_error_of_the_server(form_master, path, host):
    answer = form_master.send("GET", f"{path}", headers={"Host": host})
    assert answer.status < 500


@pytest.mark.parametrize(
    "request_text",
    [
        "GET {path} HTTP/1.0\r\nHost: x\r\n{headers}\r\n",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Content-Length: -5\r\n\r\n{{}}",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Content-Length: x\r\n\r\n{{}}",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Content-Length: 100\r\n\r\n{{}}",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n-2\r\n{{}}",
        "POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\n"
        "Transfer-Encoding: gzip\r\n\r\n{{}}",
    ],
)
def test_a_broken_request_is_no_error_of_the_server(form_master, request_text):
    headers = f"Authorization: Bearer {form_master.key}\r\n"
    text = request_text.format(path=MEETINGS, headers=headers)
    place = urlsplit(form_master.url)
    with socket.create_connection((place.hostname, place.port), timeout=120) as link:
        link.sendall(text.encode())
        link.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    assert not answer.startswith((b"HTTP/1.0 5", b"HTTP/1.1 5"))
    assert b"Traceback" not in answer


# --- what stays inside ---


SECRET = "Zebrafish"


def test_the_log_has_nothing_that_was_said(server, form_master, colleague, new_student):
    student = new_student()
    texts = dict.fromkeys(
        ("absence_reason", "intervention_notes", "action_plan"), SECRET
    )
    meeting = form_master.record(student, **texts)
    form_master.add(meeting, SECRET, status="improving")
    attempts = [
        ("POST", MEETINGS, meeting_document(student, **texts)),
        ("POST", MEETINGS, meeting_document(student, **texts, status=SECRET)),
        ("POST", MEETINGS, {SECRET: SECRET}),
        ("POST", PROGRESS, {"meeting": meeting["id"], "update_text": SECRET, "x": 1}),
        ("POST", PROGRESS, {"meeting": 0, "update_text": SECRET}),
        ("PUT", address(meeting), {**texts, "student": 0}),
        ("PATCH", address(meeting), {"resolution_notes": f"{SECRET}\x00"}),
        ("POST", MEETINGS, f'{{"absence_reason": "{SECRET}'.encode()),
    ]
    for client in (form_master, colleague):
        for method, path, document in attempts:
            assert client.request(method, path, document).status >= 400
    log = server.log.read_text()
    assert address(meeting) in log
    assert SECRET not in log


def test_the_log_has_no_key(server, form_master):
    form_master.get(f"{MEETINGS}nonsense")
    log = server.log.read_text()
    assert f"{MEETINGS}nonsense" in log
    for key in server.seed["keys"].values():
        assert key not in log
        assert key[8:] not in log


def test_the_log_has_no_traceback_of_all_this(server, form_master, log_before):
    form_master.get(f"{MEETINGS}other-nonsense")
    log = server.log.read_bytes()[log_before:].decode()
    assert f"{MEETINGS}other-nonsense" in log
    assert "Traceback" not in log
