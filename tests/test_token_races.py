"""The same thing sent several times at the same moment, over a real server."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

from conftest import Connection
from test_races import meeting_values, recorded

SENDERS = 10


def at_once(send):
    """Call the function in many threads at the same moment; return the answers."""
    barrier = threading.Barrier(SENDERS)

    def wait_and_send(number):
        barrier.wait(30)
        return send(number)

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(wait_and_send, range(SENDERS)))


def context():
    return {"intervention_token": secrets.token_hex(16)}


def test_a_meeting_sent_many_times_at_once_is_one(server, student):
    sent = context()
    answers = at_once(
        lambda _number: server.call(
            server.seed["keys"]["form_master"],
            "intervention.meeting",
            "create",
            vals_list=[meeting_values(student)],
            context=sent,
        )
    )
    assert [status for status, _answer in answers] == [200] * SENDERS
    assert len({tuple(made) for _status, made in answers}) == 1
    assert recorded(server, student) == [("open", "financial")]


def test_a_note_sent_many_times_at_once_is_one(server, student):
    key = server.seed["keys"]["form_master"]
    _status, [meeting] = server.call(
        key, "intervention.meeting", "create", vals_list=[meeting_values(student)]
    )
    sent = context()
    answers = at_once(
        lambda _number: server.call(
            key,
            "intervention.meeting",
            "add_progress",
            ids=[meeting],
            update_text="He came on Monday.",
            status="improving",
            context=sent,
        )
    )
    assert [status for status, _answer in answers] == [200] * SENDERS
    assert len({str(made) for _status, made in answers}) == 1
    with Connection(server, "administrator") as connection:
        [entry] = connection.meetings.browse(meeting).progress_ids
        assert (entry.old_status, entry.new_status) == ("open", "improving")


def test_of_other_texts_with_one_token_one_is_recorded_and_the_rest_are_told(
    server, student
):
    key = server.seed["keys"]["form_master"]
    _status, [meeting] = server.call(
        key, "intervention.meeting", "create", vals_list=[meeting_values(student)]
    )
    sent = context()
    answers = at_once(
        lambda number: server.call(
            key,
            "intervention.meeting",
            "add_progress",
            ids=[meeting],
            update_text=f"Text {number}",
            context=sent,
        )
    )
    statuses = sorted(status for status, _answer in answers)
    assert statuses == [200] + [422] * (SENDERS - 1)
    for status, answer in answers:
        if status == 422:
            assert "An earlier attempt to send this got through" in answer["message"]
    with Connection(server, "administrator") as connection:
        assert len(connection.meetings.browse(meeting).progress_ids) == 1


def test_two_people_with_one_token_record_their_own(server, new_student):
    sent = context()
    students = {"form_master": new_student(), "colleague": new_student()}
    for login, student in students.items():
        status, _answer = server.call(
            server.seed["keys"][login],
            "intervention.meeting",
            "create",
            vals_list=[meeting_values(student)],
            context=sent,
        )
        assert status == 200
    for student in students.values():
        assert recorded(server, student) == [("open", "financial")]
