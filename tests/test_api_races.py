"""Requests that arrive at the same moment."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_client import MEETINGS, PROGRESS, RECURRING, address, meeting_document


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


def together(*calls):
    """Start all calls at one moment; return what they return."""
    barrier = threading.Barrier(len(calls))

    def start(call):
        barrier.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


def test_of_twenty_identical_creations_one_is_made(form_master, colleague, student):
    document = meeting_document(student)
    answers = together(
        *(
            lambda client=client: client.post(MEETINGS, document)
            for client in [form_master, colleague] * 10
        )
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201] + [409] * 19
    refused = {answer.outcome[1] for answer in answers if answer.status == 409}
    assert refused == {"duplicate_active_intervention"}


def test_cases_of_one_student_at_once_are_all_counted(
    form_master, administrator, student
):
    causes = ("health", "family", "academic")
    answers = together(
        *(
            lambda cause=cause: form_master.post(
                MEETINGS, meeting_document(student, root_cause=cause)
            )
            for cause in causes
        )
    )
    assert {answer.status for answer in answers} == {201}
    # Most have fewer, and come later.
    students = administrator.get(RECURRING, page_size=200).json["recurring_students"]
    [found] = [each for each in students if each["student"] == student]
    assert (found["intervention_count"], found["open_count"]) == (3, 3)


def test_twenty_repeats_of_one_creation_make_one_meeting(form_master, student):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    document = meeting_document(student)
    answers = together(*[lambda: form_master.post(MEETINGS, document, key)] * 20)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert form_master.get(MEETINGS, student=student).json["count"] == 1


def test_twenty_repeats_of_one_note_make_one_update(form_master, meeting):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    document = {
        "meeting": meeting["id"],
        "update_text": "He came.",
        "status": "improving",
    }
    answers = together(*[lambda: form_master.post(PROGRESS, document, key)] * 20)
    assert {answer.status for answer in answers} == {201}
    [made] = {answer.json["id"] for answer in answers}
    [update] = form_master.read(meeting)["progress_updates"]
    assert update["id"] == made


def test_of_one_key_and_two_bodies_one_is_made(form_master, meeting):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answers = together(
        *(
            lambda text=text: form_master.post(
                PROGRESS, {"meeting": meeting["id"], "update_text": text}, key
            )
            for text in ("One", "Two")
        )
    )
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert form_master.read(meeting)["progress_count"] == 1


def test_fifty_notes_at_once_with_keys_of_their_own_are_fifty_updates(
    form_master, meeting
):
    def add(number):
        document = {"meeting": meeting["id"], "update_text": f"Note {number}"}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        for _attempt in range(5):
            try:
                return form_master.post(PROGRESS, document, key)
            except ConnectionError:
                # Two workers turn some of fifty connections away; for this a client
                # has its key.
                continue
        raise ConnectionError

    answers = together(*(lambda number=number: add(number) for number in range(50)))
    assert {answer.status for answer in answers} == {201}
    updates = form_master.read(meeting)["progress_updates"]
    assert {each["id"] for each in updates} == {answer.json["id"] for answer in answers}
    assert {each["update_text"] for each in updates} == {
        f"Note {number}" for number in range(50)
    }
    assert len(updates) == 50


def chain(updates):
    """The statuses from first to last; fails when one does not follow the other."""
    statuses = ["open"]
    for update in reversed(updates):
        assert update["old_status"] == statuses[-1]
        if update["new_status"] != update["old_status"]:
            statuses.append(update["new_status"])
    return statuses


@pytest.mark.parametrize("attempt", range(5))
def test_a_change_and_a_close_leave_a_legal_history(
    form_master, administrator, meeting, attempt
):
    change, close = together(
        lambda: administrator.post(
            PROGRESS,
            {"meeting": meeting["id"], "update_text": "Worse.", "status": "escalated"},
        ),
        lambda: form_master.post(
            PROGRESS,
            {
                "meeting": meeting["id"],
                "update_text": "All is well.",
                "status": "closed",
                "resolution_notes": "He is back.",
            },
        ),
    )
    assert close.status == 201
    after = form_master.read(meeting)
    assert after["status"] == "closed"
    if change.status == 201:
        assert chain(after["progress_updates"]) == ["open", "escalated", "closed"]
    else:
        assert (change.status, change.faults) == (400, {"status"})
        assert chain(after["progress_updates"]) == ["open", "closed"]


def test_many_changes_of_status_at_once_follow_each_other(form_master, meeting):
    wanted = ["monitoring", "improving", "not_improving", "escalated"] * 3
    answers = together(
        *(
            lambda status=status: form_master.post(
                PROGRESS,
                {"meeting": meeting["id"], "update_text": "So.", "status": status},
            )
            for status in wanted
        )
    )
    assert {answer.status for answer in answers} == {201}
    after = form_master.read(meeting)
    assert after["progress_count"] == len(wanted)
    assert chain(after["progress_updates"])[-1] == after["status"]


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_changes_with_one_etag_one_is_made(
    form_master, administrator, meeting, attempt
):
    headers = {"If-Match": form_master.get(address(meeting)).headers["ETag"]}
    answers = together(
        *(
            lambda client=client, plan=plan: client.put(
                address(meeting), {"action_plan": plan}, headers
            )
            for client, plan in ((form_master, "One"), (administrator, "Two"))
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    [made] = [answer.json for answer in answers if answer.status == 200]
    assert form_master.read(meeting) == made


def test_of_a_change_and_a_deletion_with_one_etag_one_is_made(
    form_master, administrator, meeting
):
    headers = {"If-Match": form_master.get(address(meeting)).headers["ETag"]}
    change, deletion = together(
        lambda: form_master.put(address(meeting), {"action_plan": "New"}, headers),
        lambda: administrator.delete(address(meeting), headers),
    )
    assert (change.status, deletion.status) in ((200, 412), (404, 204), (412, 204))


def test_two_deletions_at_once_are_one(form_master, administrator, meeting):
    answers = together(
        *(
            lambda client=client: client.delete(address(meeting))
            for client in (form_master, administrator)
        )
    )
    assert sorted(answer.status for answer in answers) == [204, 404]
