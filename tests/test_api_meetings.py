"""Meetings over HTTP: list, create, read, change, delete."""

import http.client
import json
import uuid
from datetime import date, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from api_client import DETAIL, MEETINGS, PROGRESS, address, meeting_document
from conftest import Connection

CAUSES = ("health", "family", "academic", "financial", "behavioral", "other")
TODAY = datetime.now(timezone.utc).date()
NEXT_WEEK = str(TODAY + timedelta(days=7))
READ_ONLY = (
    "id",
    "student_name",
    "form_master_name",
    "created_by",
    "created_by_name",
    "progress_updates",
    "progress_count",
    "days_since_meeting",
    "is_overdue",
    "student_active",
    "created_at",
    "updated_at",
    "effect",
    "changes",
)


def content(meeting):
    """What a meeting says; what time makes of it is left out."""
    outside = ("updated_at", "days_since_meeting", "changes")
    return {key: meeting[key] for key in meeting if key not in outside}


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


@pytest.fixture
def closed(form_master, meeting):
    form_master.add(meeting, status="closed", resolution_notes="He is back.")
    return form_master.read(meeting)


def listed(client, **query):
    answer = client.get(MEETINGS, **query)
    assert answer.status == 200, answer
    return [each["id"] for each in answer.json["results"]]


# --- create ---


def test_a_meeting_is_created_with_the_defaults(form_master, server, student):
    meeting = form_master.record(student)
    user = server.seed["users"]["form_master"]
    moment = meeting["created_at"]
    assert meeting == {
        **meeting_document(student),
        "id": meeting["id"],
        "student_name": meeting["student_name"],
        "student_id_number": meeting["student_id_number"],
        "follow_up_date": None,
        "urgency_level": "medium",
        "status": "open",
        "resolution_notes": "",
        "form_master": user,
        "form_master_name": "Form Master",
        "created_by": user,
        "created_by_name": "Form Master",
        "progress_updates": [],
        "progress_count": 0,
        "days_since_meeting": (TODAY - date(2026, 1, 15)).days,
        "is_overdue": False,
        "student_active": True,
        "created_at": moment,
        "updated_at": moment,
        "plan_kept": None,
        "plan_kept_reason": None,
        "plan_kept_text": "",
        # Nothing is known of the student's days.
        "effect": {
            "conclusion": "too_few",
            "left_out": "few_days",
            "days": 0,
            "early_until": None,
            "missed_before": None,
            "missed_after": None,
            "count": 0,
            "low": None,
            "median": None,
            "high": None,
            "mean": None,
            "net": None,
            "first": None,
            "is_corrected": False,
        },
        "changes": [],
    }
    number = server.number_of(student)
    assert meeting["student_name"] == f"Student {number[1:]}"
    assert meeting["student_id_number"] == number


def test_every_field_can_be_given_at_creation(form_master, student):
    given = {
        "meeting_date": "2025-11-03",
        "absence_reason": "Asthma.",
        "root_cause": "health",
        "intervention_notes": "He coughs.",
        "action_plan": "See the nurse.",
        "follow_up_date": NEXT_WEEK,
        "urgency_level": "high",
        "status": "monitoring",
    }
    meeting = form_master.record(student, **given)
    assert {key: meeting[key] for key in given} == given


def test_the_location_of_a_new_meeting_leads_to_it(form_master, server, student):
    answer = form_master.post(MEETINGS, meeting_document(student))
    location = answer.headers["Location"]
    assert location == f"{server.url}{MEETINGS}{answer.json['id']}/"
    found = form_master.get(location.removeprefix(server.url))
    assert found.json == answer.json


def test_who_writes_is_answered_as_who_reads(form_master, administrator, student):
    answers = [form_master.post(MEETINGS, meeting_document(student))]
    one = address(answers[0].json)
    assert_is_read(form_master, one, answers[0])
    update = form_master.add(answers[0].json, status="monitoring")
    assert update == form_master.get(one).json["progress_updates"][0]
    for client in (form_master, administrator):
        for change in (
            {"status": "improving", "follow_up_date": NEXT_WEEK},
            {"urgency_level": "high", "plan_kept": "kept"},
            {"follow_up_date": None, "plan_kept": None},
            {"status": "monitoring"},
            {},
        ):
            assert_is_read(client, one, client.patch(one, change))
    closing = {"status": "closed", "resolution_notes": "He is back."}
    assert_is_read(form_master, one, form_master.patch(one, closing))


def assert_is_read(client, path, answer):
    """The answer to who wrote is what reading gives."""
    read = client.get(path)
    assert answer.json == read.json
    assert answer.headers["ETag"] == read.headers["ETag"]


def test_the_etag_of_a_new_meeting_is_the_one_that_reading_gives(form_master, student):
    answer = form_master.post(MEETINGS, meeting_document(student))
    read = form_master.get(address(answer.json))
    assert answer.headers["ETag"] == read.headers["ETag"]


def test_a_student_is_named_by_number(form_master, server, student):
    number = server.number_of(student)
    document = meeting_document(None, student_id_number=f" {number} ")
    assert form_master.post(MEETINGS, document).json["student"] == student


def test_number_and_id_that_agree_name_the_student(form_master, server, student):
    number = server.number_of(student)
    meeting = form_master.record(student, student_id_number=number)
    assert meeting["student"] == student


def test_number_and_id_that_disagree_are_refused(form_master, server, new_student):
    one, two = new_student(), new_student()
    number = server.number_of(two)
    answer = form_master.post(MEETINGS, meeting_document(one, student_id_number=number))
    assert (answer.status, answer.faults) == (400, {"student_id_number"})


def test_a_number_that_two_schools_gave_is_no_fault_beside_the_id(
    server, form_master, new_student
):
    student, other = new_student(), new_student()
    with Connection(server) as connection:
        partners = connection.env["res.partner"]
        partners.browse(other).write(
            {
                "student_number": partners.browse(student).student_number,
                "company_id": connection.env.company.id,
            }
        )
        connection.commit()
    meeting = form_master.record(student)
    answer = form_master.put(address(meeting), meeting)
    assert content(answer.json) == content(meeting)


@pytest.mark.parametrize("key", ["student", "form_master"])
def test_an_id_may_be_a_string_of_digits(form_master, server, student, key):
    ids = {"student": student, "form_master": server.seed["users"]["form_master"]}
    meeting = form_master.record(
        **{"student": student, key: str(ids[key]), "urgency_level": "low"}
    )
    assert meeting[key] == ids[key]


@pytest.mark.parametrize(
    "text",
    [
        "Ünïcödé: ß, ñ, Łódź, Ελληνικά, 中文, हिन्दी",
        "أخي مريض \u200fوأنا أعتني به\u200e",
        "👩‍👧‍👦 🇺🇳 🏫",
        "first\nsecond\r\nthird\rfourth\n\n\tfifth",
        "\"double\" 'single' `back` \\ / </script><b>&amp; %s %(x)s {0} ${y}",
        "'; DROP TABLE res_users; --",
        "e\u0301 is not \u00e9",
        "a\u0001\u001f\u007fb",
        "zero\u200bwidth\ufeff",
        "=HYPERLINK()",
        "x" * 50_000,
    ],
)
@pytest.mark.parametrize("key", ["absence_reason", "resolution_notes"])
def test_a_text_comes_back_as_it_was_sent(form_master, student, key, text):
    meeting = form_master.record(student, **{key: text})
    assert meeting[key] == text
    assert form_master.read(meeting)[key] == text


@pytest.mark.parametrize("blank", [" ", "\n", "\t\r\n ", "\u00a0", "\u3000"])
def test_surrounding_blanks_are_trimmed(form_master, student, blank):
    text = f"a {blank} b"
    meeting = form_master.record(student, action_plan=f"{blank}{text}{blank}")
    assert meeting["action_plan"] == text


@pytest.mark.parametrize("key", ["absence_reason", "intervention_notes", "action_plan"])
@pytest.mark.parametrize(
    "value", ["", " ", "\n\t", "\u00a0\u3000", "\u200b \u2064", None]
)
def test_a_blank_required_text_is_refused(form_master, student, key, value):
    document = {**meeting_document(student), key: value}
    answer = form_master.post(MEETINGS, document)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {key}


REQUIRED = set(meeting_document(1))


@pytest.mark.parametrize("key", sorted(REQUIRED - {"meeting_date"}))
def test_a_missing_required_key_is_named(form_master, student, key):
    answer = form_master.post(
        MEETINGS, meeting_document(**{"student": student, key: None})
    )
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {key}


def test_a_missing_meeting_date_is_named(form_master, student):
    answer = form_master.post(MEETINGS, meeting_document(student, meeting_date=None))
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"meeting_date"}


BAD_VALUES = [
    ("student", 2**31 - 1),
    ("student", 0),
    ("student", -1),
    ("student", 10**40),
    ("student", "9" * 40),
    ("student", 1),  # a partner who is no student
    ("student_id_number", "no such number"),
    ("student_id_number", "a\x00b"),
    ("meeting_date", str(TODAY + timedelta(days=2))),
    ("follow_up_date", str(TODAY)),
    ("follow_up_date", "2026-01-14"),
    ("status", "closed"),
    ("status", "improving"),
    ("status", "not_improving"),
    ("absence_reason", "a\x00b"),
    ("absence_reason", "a\ud800b"),
    ("resolution_notes", "a\x00b"),
    # A sample of each kind that the parser refuses; all are in test_api_parse.
    ("student", "one"),
    ("meeting_date", "2026-02-30"),
    ("root_cause", "weather"),
    ("urgency_level", None),
    ("absence_reason", 12),
    ("company_id", 1),
]


@pytest.mark.parametrize(("key", "value"), BAD_VALUES)
def test_a_bad_value_is_named_at_creation(form_master, student, key, value):
    answer = form_master.post(MEETINGS, {**meeting_document(student), key: value})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {key}


def test_all_faults_are_told_at_once(form_master):
    answer = form_master.post(
        MEETINGS,
        {
            "student": 2**31 - 1,
            "meeting_date": "2999-01-01",
            "absence_reason": " ",
            "root_cause": "weather",
            "intervention_notes": 12,
            "follow_up_date": "2020-01-01",
            "status": "closed",
            "nonsense": 1,
        },
    )
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {
        "student",
        "meeting_date",
        "absence_reason",
        "root_cause",
        "intervention_notes",
        "action_plan",
        "follow_up_date",
        "status",
        "nonsense",
    }


def test_a_refused_creation_leaves_nothing(form_master, student):
    form_master.post(MEETINGS, meeting_document(student, urgency_level="urgent"))
    assert listed(form_master, student=student) == []


@pytest.mark.parametrize("key", READ_ONLY)
def test_a_read_only_key_is_ignored_at_creation(form_master, student, key):
    meeting = form_master.record(student, **{key: "anything"})
    assert meeting[key] != "anything"


def test_an_active_case_of_the_same_cause_is_a_duplicate(form_master, meeting):
    answer = form_master.post(MEETINGS, meeting_document(meeting["student"]))
    assert answer.outcome == (409, "duplicate_active_intervention")
    assert answer.faults == {"root_cause"}


def test_a_duplicate_tells_nothing_of_the_case_of_another(colleague, meeting):
    answer = colleague.post(MEETINGS, meeting_document(meeting["student"]))
    assert answer.outcome == (409, "duplicate_active_intervention")
    for told in ("Form Master", meeting["absence_reason"], meeting["student_name"]):
        assert told not in answer.body.decode()


def test_another_cause_is_no_duplicate(form_master, meeting):
    assert form_master.record(meeting["student"], root_cause="health")


def test_after_a_close_the_same_cause_is_no_duplicate(form_master, closed):
    assert form_master.record(closed["student"])


def test_a_student_who_left_is_refused(server, form_master, student):
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).active = False
        connection.commit()
    answer = form_master.post(MEETINGS, meeting_document(student))
    assert (answer.status, answer.faults) == (400, {"student"})


# --- read ---


def test_a_meeting_is_read_as_it_was_created(form_master, meeting):
    assert form_master.read(meeting) == meeting


def test_times_are_utc_and_of_now(form_master, meeting):
    for key in ("created_at", "updated_at"):
        moment = datetime.strptime(meeting[key], "%Y-%m-%dT%H:%M:%S.%fZ")
        age = datetime.now(timezone.utc) - moment.replace(tzinfo=timezone.utc)
        assert timedelta(minutes=-1) < age < timedelta(hours=1)


def test_updates_are_in_the_meeting_newest_first(form_master, meeting):
    updates = [form_master.add(meeting, f"Note {number}") for number in range(3)]
    read = form_master.read(meeting)
    assert read["progress_updates"] == updates[::-1]
    assert read["progress_count"] == 3
    assert read["updated_at"] == updates[-1]["created_at"]


def test_every_character_of_the_names_comes_back(form_master, server, student):
    name = "Zoë “Ü” O'Néill \\ <b>"
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).name = name
        connection.commit()
    assert form_master.record(student)["student_name"] == name


def test_a_student_without_a_number_has_null(form_master, server, student):
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).student_number = False
        connection.commit()
    meeting = form_master.record(student)
    assert meeting["student_id_number"] is None
    answer = form_master.put(address(meeting), meeting)
    assert content(answer.json) == content(meeting)


@pytest.mark.parametrize(
    "shape",
    ["{}", " {}\u200b", "\u202a{}\u202c", "\ufeff{}"],
    ids=["case", "zero width", "direction", "byte order mark"],
)
def test_a_number_means_the_student_in_every_spelling(form_master, student, shape):
    first = form_master.record(student)
    number = shape.format(first["student_id_number"].lower())
    sent = meeting_document(student, root_cause="health")
    del sent["student"]
    made = form_master.post(MEETINGS, {**sent, "student_id_number": number})
    assert made.status == 201, made.json
    assert made.json["student_id_number"] == first["student_id_number"]
    found = form_master.get(MEETINGS, student_id_number=number).json
    assert (
        found["results"] == form_master.get(MEETINGS, student=student).json["results"]
    )


@pytest.mark.parametrize(
    "search", ["nunez jose", "PEÑA", "José {number}", "{number}", "o'neill", "O’Neill"]
)
def test_meetings_are_found_by_words_of_the_student(
    form_master, server, student, search
):
    with Connection(server) as connection:
        partner = connection.env["res.partner"].browse(student)
        partner.name = "José Núñez Peña O\u2019Neill"
        search = search.format(number=partner.student_number.lower())
        connection.commit()
    meeting = form_master.record(student)
    found = form_master.get(MEETINGS, search=search).json["results"]
    assert meeting["id"] in [each["id"] for each in found]
    assert form_master.get(MEETINGS, search=f"{search} nobody").json["results"] == []


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, 2**31, 2**63, 10**30])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_meeting_is_404(form_master, method, number):
    document = None if method in ("GET", "DELETE") else {}
    answer = form_master.request(method, f"{MEETINGS}{number}/", document)
    assert answer.outcome == (404, "not_found")


# --- paths, methods and headers that work alike ---


PATHS = ["{}", "{}recurring/", "{}stats/", "{}{id}/", "{}student/{student}/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_works_without_its_trailing_slash(form_master, meeting, path):
    path = path.format(MEETINGS, **meeting)
    with_slash, without = form_master.get(path), form_master.get(path.rstrip("/"))
    assert (with_slash.status, without.status) == (200, 200)
    if "next" not in with_slash.json:
        assert with_slash.json == without.json
    else:
        assert with_slash.json["results"] == without.json["results"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", MEETINGS.rstrip("/"), 201),
        ("POST", PROGRESS.rstrip("/"), 201),
        ("PUT", "{address}", 200),
        ("PATCH", "{address}", 200),
        ("DELETE", "{address}", 204),
    ],
)
def test_a_write_works_without_the_trailing_slash(
    form_master, new_student, method, path, status
):
    meeting = form_master.record(new_student())
    documents = {
        MEETINGS.rstrip("/"): meeting_document(new_student()),
        PROGRESS.rstrip("/"): {"meeting": meeting["id"], "update_text": "Note"},
    }
    document = documents.get(path, {} if method != "DELETE" else None)
    path = path.format(address=address(meeting).rstrip("/"))
    assert form_master.request(method, path, document).status == status


@pytest.mark.parametrize("path", [*PATHS, "/api/interventions/openapi.json"])
def test_head_answers_as_get_without_the_body(form_master, meeting, path):
    path = path.format(MEETINGS, **meeting)
    get, head = form_master.get(path), form_master.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "image/*;q=0.1", "nonsense", ""]
)
def test_accept_is_not_looked_at(form_master, meeting, accept):
    answer = form_master.get(address(meeting), headers={"Accept": accept})
    assert answer.json == meeting


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_accept_is_not_looked_at_for_errors_either(form_master, accept):
    answer = form_master.get(f"{MEETINGS}0/", headers={"Accept": accept})
    assert answer.outcome == (404, "not_found")


def test_the_answer_may_not_be_kept_by_caches(form_master, meeting):
    answer = form_master.get(address(meeting))
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_language_of_the_caller_changes_no_data(form_master, meeting):
    headers = {"Accept-Language": "ar"}
    assert form_master.get(address(meeting), headers=headers).json == meeting


# --- change ---


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("meeting_date", "2026-01-02"),
        ("absence_reason", "Another reason"),
        ("root_cause", "other"),
        ("intervention_notes", "Other notes"),
        ("action_plan", "Another plan"),
        ("follow_up_date", NEXT_WEEK),
        ("urgency_level", "high"),
        ("resolution_notes", "So far so good"),
    ],
)
def test_the_field_given_changes_and_the_others_stay(
    form_master, meeting, method, key, value
):
    answer = form_master.request(method, address(meeting), {key: value})
    assert answer.status == 200
    assert content(answer.json) == content({**meeting, key: value})
    assert form_master.read(meeting) == answer.json


def test_a_change_tells_what_it_replaced_the_newest_first(
    form_master, administrator, server, student
):
    users = server.seed["users"]
    meeting = form_master.record(student, follow_up_date=NEXT_WEEK)
    form_master.patch(
        address(meeting), {"action_plan": "A new plan.", "follow_up_date": None}
    )
    administrator.patch(address(meeting), {"form_master": users["colleague"]})
    changes = administrator.read(meeting)["changes"]
    told = [(each["field"], each["old"], each["new"]) for each in changes]
    assert told[0] == ("form_master", users["form_master"], users["colleague"])
    assert sorted(told[1:]) == [
        ("action_plan", meeting["action_plan"], "A new plan."),
        ("follow_up_date", NEXT_WEEK, None),
    ]
    assert changes[0]["changed_by"] == users["administrator"]
    assert changes[0]["changed_by_name"] == "Administrator"
    assert changes[-1]["changed_by_name"] == "Form Master"
    moments = [each["changed_at"] for each in changes]
    assert moments == sorted(moments, reverse=True)
    assert form_master.get(address(meeting)).status == 404


def test_archiving_and_restoring_are_among_the_changes(
    form_master, administrator, server, meeting
):
    form_master.delete(address(meeting))
    with Connection(server, "administrator") as connection:
        connection.meetings.browse(meeting["id"]).write({"active": True})
        connection.commit()
    told = [
        (each["field"], each["old"], each["new"])
        for each in administrator.read(meeting)["changes"]
    ]
    assert told == [("active", False, True), ("active", True, False)]


def test_a_list_has_neither_changes_nor_what_became_of_the_plan(form_master, meeting):
    form_master.patch(address(meeting), {"action_plan": "New.", "plan_kept": "kept"})
    [found] = form_master.get(MEETINGS, student=meeting["student"]).json["results"]
    assert not found.keys() & set(DETAIL)


def test_what_became_of_the_plan_is_changed_as_any_field(form_master, meeting):
    told = {
        "plan_kept": "partly",
        "plan_kept_reason": "family",
        "plan_kept_text": "Twice of three times.",
    }
    after = form_master.patch(address(meeting), told).json
    assert {key: after[key] for key in told} == told
    assert {each["field"]: each["new"] for each in after["changes"]} == told
    # A kept plan needs no reason why not.
    after = form_master.patch(address(meeting), {"plan_kept": "kept"}).json
    assert (after["plan_kept"], after["plan_kept_reason"]) == ("kept", None)
    after = form_master.patch(address(meeting), {"plan_kept": None}).json
    assert [after[key] for key in told] == [None, None, ""]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"plan_kept": "failed"}, "plan_kept"),
        ({"plan_kept": "kept", "plan_kept_reason": "other"}, "plan_kept_reason"),
        ({"plan_kept": "not", "plan_kept_reason": "lazy"}, "plan_kept_reason"),
        ({"plan_kept_text": "Half."}, "plan_kept_text"),
    ],
)
def test_what_contradicts_about_the_plan_is_named(form_master, meeting, told, fault):
    answer = form_master.patch(address(meeting), told)
    assert (answer.outcome, answer.faults) == ((400, "validation_error"), {fault})
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_empty_object_changes_nothing(form_master, meeting, method):
    answer = form_master.request(method, address(meeting), {})
    assert (answer.status, answer.json) == (200, meeting)


@pytest.mark.parametrize("value", [None, ""])
def test_a_follow_up_date_is_taken_away(form_master, student, value):
    meeting = form_master.record(student, follow_up_date=NEXT_WEEK)
    answer = form_master.patch(address(meeting), {"follow_up_date": value})
    assert answer.json["follow_up_date"] is None


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_whole_answer_sent_back_changes_no_content(form_master, student, method):
    meeting = form_master.record(student, follow_up_date=NEXT_WEEK)
    form_master.add(meeting)
    meeting = form_master.read(meeting)
    answer = form_master.request(method, address(meeting), meeting)
    assert answer.status == 200
    assert content(answer.json) == content(meeting)


def test_the_whole_answer_of_a_closed_meeting_can_be_sent_back(form_master, closed):
    answer = form_master.put(address(closed), closed)
    assert answer.status == 200
    assert content(answer.json) == content(closed)


def test_an_overdue_meeting_can_be_sent_back(form_master, server, student):
    meeting = form_master.record(student)
    with Connection(server) as connection:
        connection.cursor.execute(
            "UPDATE intervention_meeting SET follow_up_date = '2026-01-20' "
            "WHERE id = %s",
            [meeting["id"]],
        )
        connection.commit()
    meeting = form_master.read(meeting)
    assert meeting["is_overdue"]
    answer = form_master.put(address(meeting), {**meeting, "action_plan": "New plan"})
    assert content(answer.json) == content({**meeting, "action_plan": "New plan"})


@pytest.mark.parametrize("key", READ_ONLY)
def test_a_read_only_key_is_ignored_in_a_change(form_master, meeting, key):
    answer = form_master.patch(address(meeting), {key: ["anything"]})
    assert (answer.status, answer.json) == (200, meeting)


NOT_IN_A_CHANGE = {("status", "improving"), ("status", "not_improving")}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        bad
        for bad in BAD_VALUES
        if tuple(map(str, bad)) not in NOT_IN_A_CHANGE and bad != ("status", "closed")
    ],
)
def test_a_bad_value_is_named_in_a_change(form_master, meeting, key, value):
    answer = form_master.patch(address(meeting), {key: value})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {key}
    assert form_master.read(meeting) == meeting


def test_a_change_with_a_fault_changes_nothing_else(form_master, meeting):
    answer = form_master.patch(
        address(meeting), {"action_plan": "New", "urgency_level": "urgent", "x": 1}
    )
    assert answer.faults == {"urgency_level", "x"}
    assert form_master.read(meeting) == meeting


def test_a_change_of_status_leaves_an_update(form_master, meeting):
    changed = form_master.patch(address(meeting), {"status": "improving"}).json
    [update] = changed["progress_updates"]
    assert (update["old_status"], update["new_status"]) == ("open", "improving")
    assert update["update_text"] == ""
    assert update["created_by"] == meeting["form_master"]


def test_the_status_that_it_has_already_leaves_no_update(form_master, meeting):
    changed = form_master.patch(address(meeting), {"status": "open"}).json
    assert content(changed) == content(meeting)


def test_a_change_closes_a_meeting(form_master, meeting):
    changed = form_master.patch(
        address(meeting), {"status": "closed", "resolution_notes": "He is back."}
    ).json
    assert (changed["status"], changed["resolution_notes"]) == ("closed", "He is back.")
    assert changed["progress_count"] == 1


@pytest.mark.parametrize("notes", [{}, {"resolution_notes": " "}])
def test_closing_without_resolution_notes_is_refused(form_master, meeting, notes):
    answer = form_master.patch(address(meeting), {"status": "closed", **notes})
    assert (answer.status, answer.faults) == (400, {"resolution_notes"})
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("meeting_date", "2026-01-02"),
        ("absence_reason", "Another"),
        ("root_cause", "other"),
        ("intervention_notes", "Other"),
        ("action_plan", "Another"),
        ("follow_up_date", NEXT_WEEK),
        ("urgency_level", "high"),
        ("status", "open"),
        ("resolution_notes", "Another"),
    ],
)
def test_a_closed_meeting_is_frozen(form_master, closed, key, value):
    answer = form_master.patch(address(closed), {key: value})
    assert (answer.outcome, answer.faults) == ((400, "validation_error"), {key})
    assert form_master.read(closed) == closed


def test_all_frozen_fields_are_told_at_once(form_master, closed):
    answer = form_master.patch(
        address(closed), {"action_plan": "x", "urgency_level": "low", "status": "open"}
    )
    assert answer.faults == {"action_plan", "urgency_level", "status"}


def test_a_note_can_be_added_to_a_closed_meeting(form_master, closed):
    update = form_master.add(closed, "He came to say hello.")
    assert (update["old_status"], update["new_status"]) == ("closed", "closed")


def test_the_student_can_be_corrected_while_there_is_no_update(
    form_master, meeting, new_student
):
    other = new_student()
    changed = form_master.patch(address(meeting), {"student": other}).json
    assert changed["student"] == other


def test_the_student_can_be_corrected_by_number(
    form_master, server, meeting, new_student
):
    other = new_student()
    number = server.number_of(other)
    changed = form_master.patch(address(meeting), {"student_id_number": number}).json
    assert changed["student"] == other


def test_the_student_stays_once_there_is_an_update(form_master, meeting, new_student):
    form_master.add(meeting)
    answer = form_master.patch(address(meeting), {"student": new_student()})
    assert (answer.status, answer.faults) == (400, {"student"})


def test_a_change_into_a_duplicate_is_refused(form_master, meeting):
    other = form_master.record(meeting["student"], root_cause="health")
    answer = form_master.patch(address(other), {"root_cause": meeting["root_cause"]})
    assert answer.outcome == (409, "duplicate_active_intervention")


# --- If-Match ---


def etag(client, meeting):
    return client.get(address(meeting)).headers["ETag"]


def stale_etag(client, meeting):
    tag = etag(client, meeting)
    client.patch(address(meeting), {"urgency_level": "high"})
    return tag


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "form", ["{}", "*", '"other", {}', '{} , "other"', "", 'W/"other", {}']
)
def test_a_change_with_the_current_etag_is_made(form_master, meeting, method, form):
    headers = {"If-Match": form.format(etag(form_master, meeting))}
    document = {"urgency_level": "low"} if method != "DELETE" else None
    answer = form_master.request(method, address(meeting), document, headers)
    assert answer.status == (204 if method == "DELETE" else 200)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("form", ["{}", '"other"', '"other", {}', "W/{}", "nonsense"])
def test_a_change_with_a_stale_etag_is_refused(form_master, meeting, method, form):
    headers = {"If-Match": form.format(stale_etag(form_master, meeting))}
    before = form_master.read(meeting)
    document = {"urgency_level": "low"} if method != "DELETE" else None
    answer = form_master.request(method, address(meeting), document, headers)
    assert answer.outcome == (412, "precondition_failed")
    assert form_master.read(meeting) == before


def test_a_weak_etag_is_never_good_enough(form_master, meeting):
    headers = {"If-Match": f"W/{etag(form_master, meeting)}"}
    answer = form_master.patch(address(meeting), {"urgency_level": "low"}, headers)
    assert answer.outcome == (412, "precondition_failed")


def test_the_etag_stays_while_nothing_changes(form_master, meeting):
    assert etag(form_master, meeting) == etag(form_master, meeting)


def test_a_note_makes_the_etag_stale(form_master, meeting):
    headers = {"If-Match": etag(form_master, meeting)}
    form_master.add(meeting)
    answer = form_master.patch(address(meeting), {"urgency_level": "low"}, headers)
    assert answer.outcome == (412, "precondition_failed")


def test_the_etag_of_a_change_is_good_for_the_next(form_master, meeting):
    answer = form_master.patch(address(meeting), {"urgency_level": "low"})
    headers = {"If-Match": answer.headers["ETag"]}
    answer = form_master.patch(address(meeting), {"urgency_level": "high"}, headers)
    assert answer.status == 200


def test_a_stale_etag_is_told_before_the_faults_of_the_body(form_master, meeting):
    answer = form_master.patch(address(meeting), b"{", {"If-Match": '"other"'})
    assert answer.outcome == (412, "precondition_failed")


# --- delete ---


def test_a_deleted_meeting_is_gone_everywhere(form_master, meeting):
    answer = form_master.delete(address(meeting))
    assert (answer.status, answer.body) == (204, b"")
    assert form_master.get(address(meeting)).status == 404
    assert form_master.patch(address(meeting), {}).status == 404
    assert form_master.delete(address(meeting)).status == 404
    assert listed(form_master, student=meeting["student"]) == []
    history = form_master.get(f"{MEETINGS}student/{meeting['student']}/").json
    assert history["count"] == 0


def test_a_deleted_meeting_is_gone_for_the_administrator(administrator, meeting):
    administrator.delete(address(meeting))
    assert administrator.get(address(meeting)).outcome == (404, "not_found")


def test_after_a_deletion_the_case_can_be_recorded_again(form_master, meeting):
    form_master.delete(address(meeting))
    assert form_master.record(meeting["student"])


def test_a_restored_meeting_is_back_with_its_history(form_master, server, meeting):
    form_master.add(meeting)
    before = form_master.read(meeting)
    form_master.delete(address(meeting))
    with Connection(server, "administrator") as connection:
        connection.meetings.browse(meeting["id"]).action_unarchive()
        connection.commit()
    assert content(form_master.read(meeting)) == content(before)


# --- the list ---


SAME_DAY = "2011-11-11"


@pytest.fixture(scope="module")
def crowd(server):
    """Thirteen meetings of one day, recorded in one moment, and three around it."""
    days = [SAME_DAY] * 13 + ["2011-11-12", "2011-11-10", "2011-11-12"]
    with Connection(server, "form_master") as connection:
        students = server.new_students(len(days))
        meetings = connection.meetings.create(
            [
                {
                    "student_id": student,
                    "meeting_date": day,
                    "absence_reason": "a",
                    "root_cause": "other",
                    "intervention_notes": "b",
                    "action_plan": "c",
                }
                for student, day in zip(students, days, strict=True)
            ]
        )
        connection.commit()
        *same, after, before, after_2 = meetings.ids
    return [after_2, after, *reversed(same), before]


AROUND = {"meeting_date_from": "2011-11-10", "meeting_date_to": "2011-11-12"}


def test_the_list_is_newest_first_with_ids_for_ties(form_master, crowd):
    assert listed(form_master, **AROUND) == crowd


def test_of_one_day_the_later_recorded_comes_first(form_master, new_student):
    day = {"meeting_date": "2012-12-12"}
    ids = [form_master.record(new_student(), **day)["id"] for _number in range(3)]
    query = {"meeting_date_from": "2012-12-12", "meeting_date_to": "2012-12-12"}
    assert listed(form_master, **query) == ids[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 15, 16, 17, 200])
def test_the_pages_hold_every_row_once(form_master, crowd, size):
    pages = form_master.pages(MEETINGS, page_size=size, **AROUND)
    assert [each["id"] for page in pages for each in page["results"]] == crowd
    assert {page["count"] for page in pages} == {len(crowd)}
    assert len(pages) == -(-len(crowd) // size)
    assert pages[-1]["next"] is None


def test_previous_leads_back_to_the_first_page(form_master, server, crowd):
    page = form_master.get(MEETINGS, page_size=7, page=3, **AROUND).json
    found = [each["id"] for each in page["results"]]
    while page["previous"]:
        page = form_master.get(page["previous"].removeprefix(server.url)).json
        found = [each["id"] for each in page["results"]] + found
    assert found == crowd


def test_a_deep_page_has_the_same_rows_as_the_first_ones(administrator, crowd):
    small = administrator.pages(MEETINGS, page_size=10)
    large = administrator.pages(MEETINGS, page_size=200)
    assert [each for page in small for each in page["results"]] == [
        each for page in large for each in page["results"]
    ]


def test_next_keeps_filters_with_odd_characters(form_master, crowd):
    page = form_master.get(
        MEETINGS,
        page_size=2,
        status="open,monitoring",
        updated_since="2020-01-01T00:00:00+05:30",
        overdue="",
        **AROUND,
    ).json
    assert "updated_since=2020-01-01T00%3A00%3A00%2B05%3A30" in page["next"]
    following = form_master.get(page["next"].removeprefix(form_master.url)).json
    assert [each["id"] for each in following["results"]] == crowd[2:4]


def test_links_of_a_path_without_slash_work(form_master, crowd):
    page = form_master.get(MEETINGS.rstrip("/"), page_size=2, **AROUND).json
    assert form_master.get(page["next"].removeprefix(form_master.url)).status == 200


def test_links_name_the_host_that_the_client_called(form_master, crowd):
    port = urlsplit(form_master.url).port
    headers = {"Host": f"localhost:{port}"}
    page = form_master.get(MEETINGS, headers, page_size=2, **AROUND).json
    assert page["next"].startswith(f"http://localhost:{port}{MEETINGS}?")


def test_the_page_size_is_fifty_unless_told(administrator, new_student, form_master):
    day = "2010-10-10"
    for _number in range(51):
        form_master.record(new_student(), meeting_date=day)
    page = administrator.get(MEETINGS, meeting_date_from=day, meeting_date_to=day).json
    assert (page["count"], len(page["results"])) == (51, 50)


def test_an_empty_list_has_one_empty_page(form_master, student):
    assert form_master.get(MEETINGS, student=student).json == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize("page", [2, 17, 10**9, 10**18, "9" * 20, "9" * 21, "9" * 999])
def test_a_page_past_the_last_is_404(form_master, student, page):
    answer = form_master.get(MEETINGS, student=student, page=page)
    assert answer.outcome == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Samples; all are in test_api_parse.
        ("page", "0"),
        ("page_size", "201"),
        ("status", "open,done"),
        ("student", "Ada"),
        ("overdue", "yes"),
        ("meeting_date_from", "2026-02-30"),
        ("updated_since", "now"),
        ("student_id_number", "a\x00b"),
        ("stauts", "open"),
    ],
)
def test_a_parameter_at_fault_is_named(form_master, name, value):
    answer = form_master.get(MEETINGS, **{name: value})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {name}


def test_all_parameters_at_fault_are_named_at_once(form_master):
    answer = form_master.get(MEETINGS, page="0", status="x", nonsense="1", student="y")
    assert answer.faults == {"page", "status", "nonsense", "student"}


def test_an_unknown_number_is_one_fault(form_master):
    document = meeting_document(None, student_id_number="no such number")
    assert form_master.post(MEETINGS, document).faults == {"student_id_number"}


def test_a_page_and_a_page_size_at_fault_are_named_at_once(form_master):
    answer = form_master.get(MEETINGS, page="0", page_size="0")
    assert answer.faults == {"page", "page_size"}


def test_a_parameter_given_twice_is_refused(form_master):
    answer = form_master.get(f"{MEETINGS}?status=open&status=closed")
    assert (answer.status, answer.faults) == (400, {"status"})


@pytest.mark.parametrize(
    "path",
    ["{}stats/", "{}recurring/", "{}{id}/", "{}student/{student}/"],
)
def test_no_path_takes_a_parameter_that_it_does_not_have(form_master, meeting, path):
    answer = form_master.get(path.format(MEETINGS, **meeting), status="open")
    assert (answer.status, answer.faults) == (400, {"status"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_no_write_takes_a_parameter(form_master, meeting, method):
    path = MEETINGS if method == "POST" else address(meeting)
    document = None if method == "DELETE" else {}
    answer = form_master.request(method, path, document, page=1)
    assert (answer.status, answer.faults) == (400, {"page"})
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "urgency",
        "root_cause",
        "student",
        "student_id_number",
        "form_master",
        "overdue",
        "student_active",
        "meeting_date_from",
        "meeting_date_to",
        "updated_since",
        "page",
        "page_size",
    ],
)
def test_a_filter_with_an_empty_value_is_not_set(form_master, meeting, name):
    query = {"student": meeting["student"], name: ""}
    if name != "student":
        assert listed(form_master, **query) == [meeting["id"]]
    else:
        everything = form_master.get(MEETINGS).json["count"]
        assert form_master.get(MEETINGS, student="").json["count"] == everything


@pytest.fixture(scope="module")
def one_of_each(server):
    """A student with a meeting of each cause, status and urgency; one is overdue."""
    [student] = server.new_students()
    client = server.client(server.seed["keys"]["form_master"])
    meetings = {}
    for number, (cause, urgency) in enumerate(
        zip(CAUSES, ("low", "medium", "high") * 2, strict=True)
    ):
        meetings[cause] = client.record(
            student,
            root_cause=cause,
            urgency_level=urgency,
            meeting_date=f"2026-01-0{number + 1}",
        )
    for cause, status in (
        ("family", "monitoring"),
        ("academic", "improving"),
        ("financial", "not_improving"),
        ("behavioral", "escalated"),
    ):
        client.add(meetings[cause], status=status)
    client.add(meetings["other"], status="closed", resolution_notes="Solved.")
    with Connection(server) as connection:
        connection.cursor.execute(
            "UPDATE intervention_meeting SET follow_up_date = '2026-01-20' "
            "WHERE id IN %s",
            [(meetings["health"]["id"], meetings["other"]["id"])],
        )
        connection.commit()
    return meetings


@pytest.mark.parametrize(
    ("query", "causes"),
    [
        ({}, CAUSES),
        ({"status": "open"}, ["health"]),
        ({"status": "monitoring,escalated"}, ["family", "behavioral"]),
        ({"status": "open,"}, ["health"]),
        ({"status": "closed"}, ["other"]),
        ({"urgency": "high"}, ["academic", "other"]),
        ({"urgency": "low,medium"}, ["health", "family", "financial", "behavioral"]),
        ({"root_cause": "health"}, ["health"]),
        ({"root_cause": "family,academic"}, ["family", "academic"]),
        ({"overdue": "true"}, ["health"]),
        ({"overdue": "false"}, CAUSES[1:]),
        ({"student_active": "true"}, CAUSES),
        ({"student_active": "false"}, []),
        ({"meeting_date_from": "2026-01-05"}, ["behavioral", "other"]),
        ({"meeting_date_to": "2026-01-02"}, ["health", "family"]),
        (
            {"meeting_date_from": "2026-01-03", "meeting_date_to": "2026-01-03"},
            ["academic"],
        ),
        ({"status": "improving", "urgency": "high"}, ["academic"]),
        ({"status": "improving", "urgency": "low"}, []),
        ({"updated_since": "2020-01-01T00:00Z"}, CAUSES),
        ({"updated_since": "2999-01-01T00:00:00.5+02:00"}, []),
    ],
)
def test_a_filter_chooses(form_master, one_of_each, query, causes):
    student = one_of_each["health"]["student"]
    found = form_master.get(MEETINGS, student=student, **query).json["results"]
    assert {each["root_cause"] for each in found} == set(causes)
    assert len(found) == len(causes)


def test_the_student_is_chosen_by_number(form_master, one_of_each):
    meeting = one_of_each["health"]
    found = listed(form_master, student_id_number=meeting["student_id_number"])
    assert set(found) == {each["id"] for each in one_of_each.values()}


@pytest.mark.parametrize(
    "query",
    [{"student": 0}, {"student": "9" * 20}, {"student": "9" * 30}]
    + [{"form_master": 2**31}, {"student_id_number": "none such"}],
)
def test_a_filter_that_fits_nothing_gives_an_empty_list(form_master, query):
    assert listed(form_master, **query) == []


def test_the_form_master_is_chosen(administrator, colleague, form_master, new_student):
    student = new_student()
    own = form_master.record(student)
    colleague.record(student, root_cause="other")
    query = {"student": student, "form_master": own["form_master"]}
    assert listed(administrator, **query) == [own["id"]]


@pytest.fixture
def long_ago(form_master, server, new_student):
    """Two meetings of one student, saved at one time long ago."""
    student = new_student()
    meetings = [
        form_master.record(student, root_cause=cause) for cause in ("health", "other")
    ]
    with Connection(server) as connection:
        connection.cursor.execute(
            "UPDATE intervention_meeting SET write_date = '2020-05-05 10:00:00.5' "
            "WHERE student_id = %s",
            [student],
        )
        connection.commit()
    return meetings


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        ("2020-05-05T10:00:00Z", 2),
        ("2020-05-05T10:00:00.500000Z", 2),
        ("2020-05-05T12:00:00+02:00", 2),
        ("2020-05-05T05:30:00-04:30", 2),
        ("2020-05-05T10:00:01Z", 0),
        ("2020-05-05T12:00:01+02:00", 0),
    ],
)
def test_updated_since_finds_what_was_saved_then(form_master, long_ago, moment, count):
    query = {"student": long_ago[0]["student"], "updated_since": moment}
    assert len(listed(form_master, **query)) == count


def test_updated_since_finds_what_was_changed_later(form_master, long_ago):
    query = {"student": long_ago[0]["student"], "updated_since": "2020-05-06T00:00Z"}
    form_master.patch(address(long_ago[0]), {"urgency_level": "high"})
    assert listed(form_master, **query) == [long_ago[0]["id"]]


def test_updated_since_finds_what_got_a_note(form_master, long_ago):
    query = {"student": long_ago[0]["student"], "updated_since": "2020-05-06T00:00Z"}
    form_master.add(long_ago[0])
    assert listed(form_master, **query) == [long_ago[0]["id"]]


def test_a_plus_in_a_time_need_not_be_escaped(form_master, meeting):
    path = (
        f"{MEETINGS}?student={meeting['student']}"
        "&updated_since=2020-01-01T00:00:00+02:00"
    )
    assert form_master.get(path).json["count"] == 1


def test_rows_of_the_list_are_as_the_meetings_themselves(form_master, one_of_each):
    student = one_of_each["health"]["student"]
    found = form_master.get(MEETINGS, student=student).json["results"]
    assert len(found) == len(one_of_each)
    for row in found:
        detail = form_master.read(row)
        assert {**row, **{key: detail[key] for key in DETAIL}} == detail


def test_the_connection_stays_usable_after_an_answer_without_body(
    form_master, new_student
):
    # A client that keeps its connection would read the rest of one answer as the next.
    meeting = form_master.record(new_student())
    connection = http.client.HTTPConnection(urlsplit(form_master.url).netloc)
    try:
        for method in ("HEAD", "DELETE", "GET"):
            connection.request(method, address(meeting), headers=form_master.headers)
            response = connection.getresponse()
            body = response.read()
            if method != "GET":
                assert body == b""
        assert json.loads(body)["code"] == "not_found"
    finally:
        connection.close()


# --- several at once ---


def test_a_list_makes_a_meeting_of_each_in_its_order(form_master, server):
    students = server.new_students(3)
    documents = [
        meeting_document(students[2]),
        meeting_document(None, student_id_number=server.number_of(students[0])),
        meeting_document(str(students[1]), meeting_date="2026-01-10"),
    ]
    answer = form_master.post(MEETINGS, documents)
    assert answer.status == 201
    assert "ETag" not in answer.headers
    assert [each["student"] for each in answer.json] == [
        students[2],
        students[0],
        students[1],
    ]
    assert [form_master.read(each) for each in answer.json] == answer.json


def test_a_list_is_recorded_whole_or_not_at_all(form_master, colleague, server):
    students = server.new_students(5)
    colleague.record(students[1])
    documents = [meeting_document(each) for each in students]
    documents[2]["absence_reason"] = " "
    documents[3] |= {"no_such_key": 1, "student": 999999999}
    documents[4]["meeting_date"] = str(TODAY + timedelta(days=2))
    answer = form_master.post(MEETINGS, documents)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {
        "1.root_cause",
        "2.absence_reason",
        "3.no_such_key",
        "3.student",
        "4.meeting_date",
    }
    assert f"({server.number_of(students[1])}): This student" in answer.json["detail"]
    for each in students:
        assert not listed(form_master, student=each)


def test_a_list_of_duplicates_alone_is_a_conflict(form_master, student, new_student):
    documents = [meeting_document(each) for each in (student, new_student(), student)]
    answer = form_master.post(MEETINGS, documents)
    assert answer.outcome == (409, "duplicate_active_intervention")
    assert answer.faults == {"2.root_cause"}
    one = form_master.post(MEETINGS, [{**documents[0], "status": "closed"}])
    assert one.faults == {"0.status"}
    assert not listed(form_master, student=student)


@pytest.mark.parametrize("count", [0, 101])
def test_a_list_has_one_to_a_hundred_objects(form_master, student, count):
    answer = form_master.post(MEETINGS, [meeting_document(student)] * count)
    assert answer.outcome == (400, "validation_error")


@pytest.mark.parametrize("body", [[1], [[]], [{}, None], [[{}]]])
def test_a_list_of_something_else_is_malformed(form_master, body):
    assert form_master.post(MEETINGS, body).outcome == (400, "malformed_json")
    assert form_master.post(PROGRESS, [{}]).outcome == (400, "malformed_json")


def test_a_repeated_list_is_made_once(form_master, server):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    students = server.new_students(2)
    documents = [meeting_document(each) for each in students]
    one = form_master.post(MEETINGS, documents, key)
    again = [meeting_document(str(each)) for each in students]
    two = form_master.post(MEETINGS, again, key)
    assert (two.status, two.json) == (201, one.json)
    other = form_master.post(MEETINGS, documents[:1], key)
    assert other.outcome == (409, "idempotency_conflict")


def test_who_may_not_choose_the_owner_records_no_list(
    form_master, administrator, server
):
    owner = server.seed["users"]["colleague"]
    documents = [meeting_document(each) for each in server.new_students(2)]
    documents[1]["form_master"] = owner
    assert form_master.post(MEETINGS, documents).status == 403
    assert not listed(form_master, student=documents[0]["student"])
    made = administrator.post(MEETINGS, documents).json
    assert [each["form_master"] == owner for each in made] == [False, True]
