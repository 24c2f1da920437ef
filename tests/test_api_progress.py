"""Progress updates over HTTP, and the Idempotency-Key of both POSTs."""

import uuid
from datetime import date, timedelta

import pytest
from api_client import MEETINGS, PROGRESS, address, meeting_document
from conftest import Connection

NEXT_WEEK = str(date.today() + timedelta(days=7))
ACTIVE = ("open", "monitoring", "improving", "not_improving", "escalated")


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


@pytest.fixture
def closed(form_master, meeting):
    form_master.add(meeting, status="closed", resolution_notes="He is back.")
    return form_master.read(meeting)


def post(client, meeting, text="He came on Monday.", headers=(), **values):
    document = {"meeting": meeting["id"], "update_text": text, **values}
    return client.post(PROGRESS, document, headers)


def history(client, meeting):
    return client.read(meeting)["progress_updates"]


# --- notes ---


def test_a_note_is_added(form_master, server, meeting):
    update = form_master.add(meeting, " He came on Monday. ")
    assert update == {
        "id": update["id"],
        "meeting": meeting["id"],
        "update_text": "He came on Monday.",
        "happened_on": update["created_at"][:10],
        "old_status": "open",
        "new_status": "open",
        "retracted": None,
        "created_by": server.seed["users"]["form_master"],
        "created_by_name": "Form Master",
        "created_at": update["created_at"],
    }
    assert history(form_master, meeting) == [update]


def test_a_note_leaves_the_content_as_it_is(form_master, meeting):
    form_master.add(meeting)
    after = form_master.read(meeting)
    changed = {key for key in meeting if after[key] != meeting[key]}
    assert changed == {"progress_updates", "progress_count", "updated_at"}


def test_the_author_is_who_wrote_it(administrator, server, meeting):
    update = administrator.add(meeting)
    assert update["created_by"] == server.seed["users"]["administrator"]
    assert update["created_by_name"] == "Administrator"


@pytest.mark.parametrize(
    "text", ["أخي مريض", "👩‍👧‍👦", "a\nb\r\nc\td", "\"'\\ %s <b>&amp;", "x" * 50_000]
)
def test_a_note_comes_back_as_it_was_sent(form_master, meeting, text):
    assert form_master.add(meeting, text)["update_text"] == text
    assert history(form_master, meeting)[0]["update_text"] == text


def test_the_meeting_may_be_named_by_a_string_of_digits(form_master, meeting):
    document = {"meeting": str(meeting["id"]), "update_text": "Note"}
    answer = form_master.post(PROGRESS, document)
    assert answer.json["meeting"] == meeting["id"]


# --- changes of status ---


@pytest.mark.parametrize("new", ACTIVE)
@pytest.mark.parametrize("old", ACTIVE)
def test_an_active_status_moves_to_any_other(form_master, meeting, old, new):
    form_master.patch(address(meeting), {"status": old})
    update = form_master.add(meeting, status=new)
    assert (update["old_status"], update["new_status"]) == (old, new)
    assert form_master.read(meeting)["status"] == new


@pytest.mark.parametrize("old", ACTIVE)
def test_an_active_status_closes(form_master, meeting, old):
    form_master.patch(address(meeting), {"status": old})
    update = form_master.add(meeting, status="closed", resolution_notes=" Solved. ")
    assert (update["old_status"], update["new_status"]) == (old, "closed")
    after = form_master.read(meeting)
    assert (after["status"], after["resolution_notes"]) == ("closed", "Solved.")


@pytest.mark.parametrize("status", [None, "open"])
def test_the_status_that_it_has_already_makes_a_plain_note(
    form_master, meeting, status
):
    update = form_master.add(meeting, status=status)
    assert (update["old_status"], update["new_status"]) == ("open", "open")


def test_a_note_with_a_status_is_one_update(form_master, meeting):
    update = form_master.add(meeting, "He is back.", status="improving")
    assert history(form_master, meeting) == [update]


def test_a_note_with_a_status_and_a_next_date_is_one_update(form_master, meeting):
    update = form_master.add(
        meeting, "He is back.", status="improving", follow_up_date=NEXT_WEEK
    )
    after = form_master.read(meeting)
    assert after["progress_updates"] == [update]
    assert (after["status"], after["follow_up_date"]) == ("improving", NEXT_WEEK)


@pytest.mark.parametrize("value", [None, ""])
def test_a_note_takes_the_next_date_away(form_master, meeting, value):
    form_master.add(meeting, follow_up_date=NEXT_WEEK)
    form_master.add(meeting)
    assert form_master.read(meeting)["follow_up_date"] == NEXT_WEEK
    form_master.add(meeting, follow_up_date=value)
    assert form_master.read(meeting)["follow_up_date"] is None


@pytest.mark.parametrize(
    "values",
    [
        {"follow_up_date": str(date.today())},
        {"follow_up_date": NEXT_WEEK, "status": "closed", "resolution_notes": "Back."},
    ],
)
def test_a_next_date_that_a_rule_forbids_is_named(form_master, meeting, values):
    answer = post(form_master, meeting, **values)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"follow_up_date"}
    assert form_master.read(meeting) == meeting


def test_a_note_tells_whether_the_plan_was_carried_out(form_master, closed):
    form_master.add(closed, plan_kept="not", plan_kept_reason="school")
    after = form_master.read(closed)
    assert (after["plan_kept"], after["plan_kept_reason"]) == ("not", "school")
    form_master.add(closed, plan_kept=None)
    assert form_master.read(closed)["plan_kept"] is None


def test_a_note_that_contradicts_itself_about_the_plan_is_not_added(
    form_master, meeting
):
    answer = post(form_master, meeting, plan_kept="kept", plan_kept_reason="school")
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"plan_kept_reason"}
    assert form_master.read(meeting) == meeting


def test_a_closed_meeting_gets_no_next_date(form_master, closed):
    answer = post(form_master, closed, follow_up_date=NEXT_WEEK)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"follow_up_date"}
    assert form_master.read(closed) == closed


@pytest.mark.parametrize(
    "notes",
    [{}, {"resolution_notes": None}]
    + [{"resolution_notes": ""}, {"resolution_notes": " \n"}],
)
def test_closing_without_resolution_notes_is_refused(form_master, meeting, notes):
    answer = post(form_master, meeting, status="closed", **notes)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"resolution_notes"}
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("status", ACTIVE)
def test_a_closed_meeting_stays_closed(form_master, closed, status):
    answer = post(form_master, closed, status=status)
    assert (answer.outcome, answer.faults) == ((400, "validation_error"), {"status"})
    assert form_master.read(closed) == closed


@pytest.mark.parametrize("status", [None, "closed"])
def test_a_closed_meeting_takes_a_note(form_master, closed, status):
    update = form_master.add(closed, status=status)
    assert (update["old_status"], update["new_status"]) == ("closed", "closed")


def test_the_resolution_of_a_closed_meeting_is_frozen(form_master, closed):
    answer = post(form_master, closed, status="closed", resolution_notes="Other")
    assert (answer.status, answer.faults) == (400, {"resolution_notes"})
    assert form_master.read(closed) == closed


def test_resolution_notes_are_for_closing_only(form_master, meeting):
    answer = post(form_master, meeting, status="improving", resolution_notes="Done")
    assert (answer.status, answer.faults) == (400, {"resolution_notes"})
    assert form_master.read(meeting) == meeting


# --- refusals, all or nothing ---


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("update_text", ""),
        ("update_text", " \n\t\u00a0"),
        ("update_text", "a\x00b"),
        ("update_text", "a\ud800b"),
        # A sample of each kind that the parser refuses; all are in test_api_parse.
        ("update_text", None),
        ("status", "done"),
        ("resolution_notes", 12),
        ("follow_up_date", "tomorrow"),
        ("nonsense", 1),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_written(form_master, meeting, key, value):
    document = {
        "meeting": meeting["id"],
        "update_text": "Note",
        "status": "improving",
        key: value,
    }
    answer = form_master.post(PROGRESS, document)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {key}
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("value", [None, "one"])
def test_a_meeting_that_is_no_id_is_named(form_master, value):
    answer = form_master.post(PROGRESS, {"meeting": value, "update_text": "Note"})
    assert (answer.outcome, answer.faults) == ((400, "validation_error"), {"meeting"})


@pytest.mark.parametrize("key", ["meeting", "update_text"])
def test_a_missing_key_is_named(form_master, meeting, key):
    document = {"meeting": meeting["id"], "update_text": "Note"}
    del document[key]
    answer = form_master.post(PROGRESS, document)
    assert (answer.outcome, answer.faults) == ((400, "validation_error"), {key})


def test_all_faults_are_told_at_once(form_master, meeting):
    document = {
        "meeting": meeting["id"],
        "update_text": " ",
        "status": "done",
        "resolution_notes": 1,
        "nonsense": 1,
    }
    assert form_master.post(PROGRESS, document).faults == set(document) - {"meeting"}


def test_faults_without_a_meeting_are_told_at_once(form_master):
    answer = form_master.post(PROGRESS, {"update_text": " ", "nonsense": 1})
    assert answer.faults == {"meeting", "update_text", "nonsense"}


@pytest.mark.parametrize(
    "number", [0, -1, 2**31 - 1, 2**31, 2**63, 10**30, "0", "9" * 20, "9" * 4000]
)
def test_an_unknown_meeting_is_404(form_master, number):
    answer = form_master.post(PROGRESS, {"meeting": number, "update_text": "Note"})
    assert answer.outcome == (404, "not_found")


def test_the_meeting_of_another_is_404_and_gets_nothing(
    form_master, colleague, meeting
):
    answer = post(colleague, meeting, status="improving")
    assert answer.outcome == (404, "not_found")
    assert form_master.read(meeting) == meeting


def test_a_deleted_meeting_is_404(form_master, meeting):
    form_master.delete(address(meeting))
    assert post(form_master, meeting).outcome == (404, "not_found")


def test_a_change_that_another_rule_forbids_leaves_no_note(
    form_master, server, meeting
):
    # Closing is refused by the database itself, after the model let it pass.
    with Connection(server) as connection:
        connection.cursor.execute(
            "ALTER TABLE intervention_meeting ADD CONSTRAINT test_refuses "
            "CHECK (resolution_notes != 'Refuse this')"
        )
        connection.commit()
    try:
        answer = post(
            form_master, meeting, status="closed", resolution_notes="Refuse this"
        )
    finally:
        with Connection(server) as connection:
            connection.cursor.execute(
                "ALTER TABLE intervention_meeting DROP CONSTRAINT test_refuses"
            )
            connection.commit()
    assert answer.outcome == (400, "validation_error")
    assert form_master.read(meeting) == meeting


# --- Idempotency-Key ---


@pytest.fixture
def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_a_repeated_creation_answers_with_the_same_meeting(form_master, student, key):
    document = meeting_document(student)
    one = form_master.post(MEETINGS, document, key)
    two = form_master.post(MEETINGS, document, key)
    assert (one.status, two.status) == (201, 201)
    assert one.json == two.json
    for name in ("Location", "ETag"):
        assert one.headers[name] == two.headers[name]
    assert form_master.get(MEETINGS, student=student).json["count"] == 1


def test_a_repeated_note_answers_with_the_same_update(form_master, meeting, key):
    one, two = (post(form_master, meeting, headers=key) for _number in range(2))
    assert (one.status, two.status) == (201, 201)
    assert one.json == two.json
    assert history(form_master, meeting) == [one.json]


def test_a_repeated_close_answers_with_the_same_update(form_master, meeting, key):
    close = {"status": "closed", "resolution_notes": "Solved.", "headers": key}
    one, two = (post(form_master, meeting, **close) for _number in range(2))
    assert one.json == two.json
    assert history(form_master, meeting) == [one.json]


def test_a_repeat_after_other_changes_adds_nothing(form_master, meeting, key):
    one = post(form_master, meeting, status="improving", headers=key)
    form_master.add(meeting, status="escalated")
    two = post(form_master, meeting, status="improving", headers=key)
    assert two.json == one.json
    assert form_master.read(meeting)["status"] == "escalated"


def test_the_same_body_in_another_order_is_the_same_request(form_master, student, key):
    document = meeting_document(student)
    one = form_master.post(MEETINGS, document, key)
    two = form_master.post(MEETINGS, dict(reversed(document.items())), key)
    assert one.json == two.json


def test_a_body_that_means_the_same_is_the_same_request(form_master, meeting, key):
    one = post(form_master, meeting, "He came.", key)
    document = {"update_text": " He came.\n", "meeting": str(meeting["id"])}
    two = form_master.post(PROGRESS, document, key)
    assert (two.status, two.json) == (201, one.json)
    assert form_master.read(meeting)["progress_count"] == 1


@pytest.mark.parametrize(
    "written",
    [
        {"student": "00{student}"},
        {"follow_up_date": ""},
        {"follow_up_date": None},
        {"student_name": "Another name, which is read-only"},
        {"absence_reason": "\n{absence_reason}\u2003", "urgency_level": "medium"},
    ],
    ids=str,
)
def test_what_the_server_takes_for_the_same_is_the_same_request(
    form_master, student, key, written
):
    document = meeting_document(student, urgency_level="medium", follow_up_date="")
    one = form_master.post(MEETINGS, document, key)
    again = {
        name: value and value.format(**document) for name, value in written.items()
    }
    two = form_master.post(MEETINGS, {**document, **again}, key)
    assert (two.status, two.json) == (201, one.json)


@pytest.mark.parametrize(
    "changed",
    [
        {"absence_reason": "She was ill.  Twice."},
        {"follow_up_date": "2999-01-01"},
        {"no_such_key": 1},
        {"root_cause": "weather"},
    ],
    ids=str,
)
def test_what_means_something_else_is_a_conflict(form_master, student, key, changed):
    document = meeting_document(student, absence_reason="She was ill. Twice.")
    form_master.post(MEETINGS, document, key)
    answer = form_master.post(MEETINGS, {**document, **changed}, key)
    assert answer.outcome == (409, "idempotency_conflict")
    assert form_master.get(MEETINGS, student=student).json["count"] == 1


def test_a_repeat_finds_what_was_made_when_the_number_is_corrected_since(
    form_master, server, new_student, key
):
    student = new_student()
    number = f"N{uuid.uuid4().hex[:8]}"
    set_number(server, student, number)
    document = meeting_document(student, student_id_number=number)
    del document["student"]
    one = form_master.post(MEETINGS, document, key)
    set_number(server, student, f"{number}a")
    two = form_master.post(MEETINGS, document, key)
    assert (two.status, two.json["id"]) == (201, one.json["id"])


def set_number(server, student, number):
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).student_number = number
        connection.commit()


def test_the_path_without_its_slash_is_the_same_request(form_master, meeting, key):
    document = {"meeting": meeting["id"], "update_text": "Note"}
    one = form_master.post(PROGRESS, document, key)
    two = form_master.post(PROGRESS.rstrip("/"), document, key)
    assert one.json == two.json


def test_the_same_key_with_another_creation_is_a_conflict(
    form_master, new_student, key
):
    form_master.post(MEETINGS, meeting_document(new_student()), key)
    student = new_student()
    answer = form_master.post(MEETINGS, meeting_document(student), key)
    assert answer.outcome == (409, "idempotency_conflict")
    assert form_master.get(MEETINGS, student=student).json["count"] == 0


def test_the_same_key_with_another_note_is_a_conflict(form_master, meeting, key):
    post(form_master, meeting, "One", headers=key)
    answer = post(form_master, meeting, "Two", headers=key)
    assert answer.outcome == (409, "idempotency_conflict")
    assert form_master.read(meeting)["progress_count"] == 1


def test_the_same_key_at_the_other_path_is_a_conflict(form_master, new_student, key):
    answer = form_master.post(MEETINGS, meeting_document(new_student()), key)
    answer = post(form_master, answer.json, headers=key)
    assert answer.outcome == (409, "idempotency_conflict")


def test_a_faulty_body_with_a_used_key_is_a_conflict(form_master, meeting, key):
    post(form_master, meeting, headers=key)
    answer = form_master.post(PROGRESS, {}, key)
    assert answer.outcome == (409, "idempotency_conflict")


def test_the_key_of_another_user_is_independent(
    form_master, colleague, new_student, key
):
    document = meeting_document(new_student())
    one = form_master.post(MEETINGS, document, key)
    two = colleague.post(MEETINGS, meeting_document(new_student()), key)
    assert (one.status, two.status) == (201, 201)
    assert one.json["id"] != two.json["id"]


def test_without_a_key_each_note_is_a_new_one(form_master, meeting):
    one, two = post(form_master, meeting), post(form_master, meeting)
    assert one.json["id"] != two.json["id"]


def test_a_failed_creation_frees_the_key(form_master, student, key):
    bad = meeting_document(student, root_cause="weather")
    assert form_master.post(MEETINGS, bad, key).status == 400
    assert form_master.post(MEETINGS, meeting_document(student), key).status == 201


def test_a_duplicate_frees_the_key(form_master, meeting, new_student, key):
    duplicate = meeting_document(meeting["student"])
    assert form_master.post(MEETINGS, duplicate, key).status == 409
    other = meeting_document(new_student())
    assert form_master.post(MEETINGS, other, key).status == 201


def test_a_failed_note_frees_the_key(form_master, meeting, key):
    assert post(form_master, meeting, status="closed", headers=key).status == 400
    assert post(form_master, meeting, headers=key).status == 201


def test_a_note_to_an_unknown_meeting_frees_the_key(form_master, meeting, key):
    assert post(form_master, {"id": 0}, headers=key).status == 404
    assert post(form_master, meeting, headers=key).status == 201


@pytest.mark.parametrize("value", ["a", " ~!\"#$%&'()*+,/;<=>?@[]^`{|}", "k" * 128])
def test_every_printable_key_is_good(form_master, meeting, value):
    # The meeting makes it another key for each run of the test.
    headers = {"Idempotency-Key": f"{meeting['id']}{value}"[-128:]}
    one, two = (post(form_master, meeting, headers=headers) for _number in range(2))
    assert (one.status, one.json) == (201, two.json)


@pytest.mark.parametrize("value", ["", "k" * 129, "a\tb", "schlüssel", "\x7f", "a\x01"])
@pytest.mark.parametrize("path", [MEETINGS, PROGRESS])
def test_a_bad_key_is_named(form_master, meeting, new_student, path, value):
    document = {"meeting": meeting["id"], "update_text": "Note"}
    if path == MEETINGS:
        document = meeting_document(new_student())
    answer = form_master.post(path, document, {"Idempotency-Key": value})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"Idempotency-Key"}


def test_a_repeat_of_what_was_deleted_is_404(form_master, student, key):
    document = meeting_document(student)
    answer = form_master.post(MEETINGS, document, key)
    form_master.delete(address(answer.json))
    assert form_master.post(MEETINGS, document, key).status == 404


def test_a_repeat_tells_nothing_of_a_meeting_that_was_handed_over(
    form_master, administrator, server, meeting, key
):
    post(form_master, meeting, headers=key)
    owner = {"form_master": server.seed["users"]["colleague"]}
    assert administrator.patch(address(meeting), owner).status == 200
    assert post(form_master, meeting, headers=key).outcome == (404, "not_found")


def test_an_update_tells_on_which_day_it_happened(form_master, new_student):
    today = date.today()
    days = [(today - timedelta(days=ago)).isoformat() for ago in (5, 0, 9)]
    meeting = form_master.record(new_student(), meeting_date=days[2])
    for day in days:
        update = form_master.add(meeting, day, happened_on=day)
        assert update["happened_on"] == day
        assert update["created_at"][:10] >= day
    history = form_master.read(meeting)["progress_updates"]
    assert [update["happened_on"] for update in history] == sorted(days, reverse=True)


@pytest.mark.parametrize("day", ["2099-01-01", "0026-03-02", "1.2.2026", 7])
def test_a_day_that_can_not_be_meant_is_refused(form_master, meeting, day):
    body = {"meeting": meeting["id"], "update_text": "Note", "happened_on": day}
    answer = form_master.post(PROGRESS, body)
    assert answer.outcome == (400, "validation_error")
    assert set(answer.faults) == {"happened_on"}
