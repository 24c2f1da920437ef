"""People who act at the same moment, on real connections and over a real server."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from conftest import Connection
from odoo.exceptions import ValidationError
from odoo.service.model import retrying
from odoo.tools import mute_logger


def meeting_values(student, **values):
    return {
        "student_id": student,
        "absence_reason": "He helps at the market in the mornings.",
        "root_cause": "financial",
        "intervention_notes": "He likes school and misses his friends.",
        "action_plan": "Lessons in the afternoon until the market closes.",
        **values,
    }


def in_thread(function):
    """Start the function; return the thread and the list that its outcome goes to."""
    outcome = []

    def run():
        try:
            outcome.append(function())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def recorded(server, student):
    """The meetings of the student, as somebody who sees them all finds them."""
    with Connection(server, "administrator") as connection:
        return [
            (meeting.status, meeting.root_cause)
            for meeting in connection.meetings.search([("student_id", "=", student)])
        ]


def test_of_two_open_transactions_that_record_one_case_the_second_is_refused(
    server, student
):
    with (
        Connection(server, "form_master") as one,
        Connection(server, "colleague") as two,
    ):
        # Both have looked, and neither has seen the other's case.
        assert not one.meetings.sudo().search([("student_id", "=", student)])
        assert not two.meetings.sudo().search([("student_id", "=", student)])
        one.meetings.create(meeting_values(student))
        with mute_logger("odoo.sql_db"):
            thread, outcome = in_thread(
                lambda: two.meetings.create(meeting_values(student))
            )
            thread.join(0.5)
            assert thread.is_alive(), "the second waits for the first"
            one.cursor.commit()
            thread.join(30)
        assert isinstance(outcome[0], psycopg2.errors.UniqueViolation)
    assert recorded(server, student) == [("open", "financial")]


def test_the_refused_one_gets_the_sentence_that_says_what_to_do(server, student):
    with (
        Connection(server, "form_master") as one,
        Connection(server, "colleague") as two,
    ):
        two.meetings.sudo().search([("student_id", "=", student)])
        one.meetings.create(meeting_values(student))
        one.cursor.commit()
        with (
            mute_logger("odoo.sql_db"),
            pytest.raises(ValidationError, match="Add a progress update to it"),
        ):
            # As Odoo's own server calls it.
            retrying(lambda: two.meetings.create(meeting_values(student)), two.env)


def test_the_first_to_roll_back_leaves_the_case_to_the_second(server, student):
    with (
        Connection(server, "form_master") as one,
        Connection(server, "colleague") as two,
    ):
        two.meetings.sudo().search([("student_id", "=", student)])
        one.meetings.create(meeting_values(student))
        thread, outcome = in_thread(
            lambda: two.meetings.create(meeting_values(student))
        )
        thread.join(0.5)
        one.cursor.rollback()
        thread.join(30)
        assert outcome[0]._name == "intervention.meeting"
        two.cursor.commit()
    assert recorded(server, student) == [("open", "financial")]


def test_restoring_meets_a_case_recorded_at_the_same_time(server, student):
    with Connection(server, "form_master") as one:
        archived = one.meetings.create(meeting_values(student))
        archived.unlink()
        one.cursor.commit()
        with Connection(server, "administrator") as two:
            two.meetings.search([("student_id", "=", student)])
            one.meetings.create(meeting_values(student))
            one.cursor.commit()
            with (
                mute_logger("odoo.sql_db"),
                pytest.raises(ValidationError, match="Add a progress update to it"),
            ):
                retrying(
                    lambda: two.meetings.browse(archived.id).action_unarchive(),
                    two.env,
                )


def test_a_status_change_does_not_overtake_a_close(server, student):
    with Connection(server, "form_master") as one:
        meeting = one.meetings.create(meeting_values(student))
        one.cursor.commit()
        with Connection(server, "administrator") as two:
            assert two.meetings.browse(meeting.id).status == "open"
            meeting.add_progress(
                "He comes every day.", "closed", "The family found an answer."
            )
            one.cursor.commit()
            with (
                mute_logger("odoo.sql_db"),
                pytest.raises(ValidationError, match="can't be opened again"),
            ):
                retrying(
                    lambda: two.meetings.browse(meeting.id).add_progress(
                        "He is late again.", "not_improving"
                    ),
                    two.env,
                )
    assert recorded(server, student) == [("closed", "financial")]


def test_of_two_who_save_one_case_at_once_the_second_is_refused(server, student):
    with Connection(server, "form_master") as one:
        meeting = one.meetings.create(meeting_values(student))
        one.cursor.commit()
        with Connection(server, "administrator") as two:
            version = two.meetings.browse(meeting.id).version
            assert version == meeting.version

            def save(meetings, plan):
                meetings.browse(meeting.id).with_context(
                    intervention_version=version
                ).write({"action_plan": plan})

            save(one.meetings, "The first one's plan")
            thread, outcome = in_thread(
                lambda: retrying(lambda: save(two.meetings, "The other's"), two.env)
            )
            thread.join(0.5)
            assert thread.is_alive(), "the second waits for the first"
            with mute_logger("odoo.sql_db"):
                one.cursor.commit()
                thread.join(30)
            assert outcome[0].code == "edit_conflict"
            assert "The first one's plan" in str(outcome[0])
        one.env.invalidate_all()
        assert meeting.action_plan == "The first one's plan"


def test_a_note_that_meets_a_close_tells_the_status_after_it(server, student):
    with Connection(server, "form_master") as one:
        meeting = one.meetings.create(meeting_values(student))
        one.cursor.commit()
        with Connection(server, "administrator") as two:
            assert two.meetings.browse(meeting.id).status == "open"
            meeting.add_progress("He comes every day.", "closed", "All is well.")
            one.cursor.commit()
            with mute_logger("odoo.sql_db"):
                note = retrying(
                    lambda: two.meetings.browse(meeting.id).add_progress("A call."),
                    two.env,
                )
            assert (note.old_status, note.new_status) == ("closed", "closed")


def test_notes_do_not_wait_for_each_other(server, student):
    with Connection(server, "form_master") as one:
        meeting = one.meetings.create(meeting_values(student))
        one.cursor.commit()
        with Connection(server, "administrator") as two:
            meeting.add_progress("He came on Monday.")
            thread, outcome = in_thread(
                lambda: two.meetings.browse(meeting.id).add_progress("A letter came.")
            )
            thread.join(30)
            assert outcome[0]._name == "intervention.progress"
            two.cursor.commit()
        one.cursor.commit()
        one.env.invalidate_all()
        assert meeting.progress_count == 2


def test_of_twenty_simultaneous_creates_over_rpc_one_wins(server, student):
    barrier = threading.Barrier(20)

    def create(number):
        login = ("form_master", "colleague")[number % 2]
        barrier.wait(30)
        return server.call(
            server.seed["keys"][login],
            "intervention.meeting",
            "create",
            vals_list=[meeting_values(student)],
        )

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(create, range(20)))
    statuses = sorted(status for status, _answer in answers)
    assert statuses == [200] + [422] * 19
    for status, answer in answers:
        if status == 422:
            assert "has an active intervention for this root cause" in answer["message"]
    assert recorded(server, student) == [("open", "financial")]


def test_a_lost_race_leaves_nothing_of_the_child_in_the_log(server, student):
    secret = "Zebrafish-secret"
    barrier = threading.Barrier(8)

    def create(_number):
        barrier.wait(30)
        return server.call(
            server.seed["keys"]["form_master"],
            "intervention.meeting",
            "create",
            vals_list=[meeting_values(student, absence_reason=secret)],
        )[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(8)))
    assert statuses.count(200) == 1
    assert secret not in server.log.read_text()


def test_fifty_notes_at_once_are_fifty_entries(server, student):
    key = server.seed["keys"]["form_master"]
    _status, [meeting] = server.call(
        key, "intervention.meeting", "create", vals_list=[meeting_values(student)]
    )

    def add(number):
        return server.call(
            key,
            "intervention.meeting",
            "add_progress",
            ids=[meeting],
            update_text=f"Note {number}",
        )[0]

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(add, range(50))) == [200] * 50
    with Connection(server, "administrator") as connection:
        texts = connection.meetings.browse(meeting).progress_ids.mapped("update_text")
    assert sorted(texts) == sorted(f"Note {number}" for number in range(50))
