"""Whom somebody should talk to, over HTTP."""

from datetime import timedelta

import pytest
from api_client import NEEDS_TALK, STATISTICS
from conftest import Connection
from odoo import fields


@pytest.fixture(scope="module")
def school(server):
    """Three students of a class of the form master, who miss 4, 15 and 20 days."""
    with Connection(server) as connection:
        env = connection.env
        [*students] = env["res.partner"].browse(server.new_students(3))
        owner = server.seed["users"]["form_master"]
        school_class = env["intervention.class"].create(
            {"name": "Attention", "form_master_id": owner}
        )
        today = fields.Date.today()
        days = env["intervention.settings"]._open_days(
            env.company, today - timedelta(days=60), today - timedelta(days=1)
        )
        days = sorted(days)[-20:]
        source = env["intervention.attendance.source"].create({"name": "Attention"})
        marks = []
        for student, missed in zip(students, (4, 15, 20), strict=True):
            student.school_class_id = school_class
            for number, day in enumerate(days):
                meaning = "unexcused" if number >= 20 - missed else "present"
                marks.append((student.id, day, "", meaning, "", 0, ""))
        env["intervention.attendance"]._store(marks, source)
        connection.commit()
        yield {
            "students": [student.id for student in students],
            "class": school_class.id,
        }
        # The other tests count without them.
        for record in (*students, school_class, source):
            record.active = False
        connection.commit()


def found(client, **query):
    pages = client.pages(NEEDS_TALK, **query)
    return [row["student"] for page in pages for row in page["results"]]


def test_who_needs_a_talk_is_listed_worst_first(school, form_master):
    expected = school["students"][::-1]
    assert found(form_master) == expected
    for size in (1, 2):
        assert found(form_master, page_size=size) == expected
    row = form_master.get(NEEDS_TALK, page_size=1).json["results"][0]
    assert (row["days_missed"], row["days_possible"], row["in_a_row"]) == (20, 20, 20)
    assert row["band"] == "severe"
    assert row["row_from"] < row["row_since"] < row["row_to"] == row["last_day"]
    assert row["last_contact"] is None
    assert form_master.get(STATISTICS).json["at_risk_without_case"] == 3


def test_the_list_has_filters(school, form_master):
    few, more, most = school["students"]
    for query, expected in (
        ({"class": school["class"]}, [most, more, few]),
        ({"in_a_row": "true"}, [most, more, few]),
        ({"in_a_row": "false"}, []),
        ({"band": "watch,chronic"}, []),
        ({"band": "severe"}, [most, more, few]),
    ):
        assert found(form_master, **query) == expected
    for query in ({"band": "bad"}, {"class": 0}, {"classes": 1}, {"in_a_row": "3"}):
        answer = form_master.get(NEEDS_TALK, **query)
        assert answer.outcome == (400, "validation_error")


def test_only_who_may_see_a_student_is_told(
    school, form_master, colleague, administrator
):
    assert found(colleague) == []
    assert colleague.get(STATISTICS).json["at_risk_without_case"] == 0
    assert set(found(administrator)) >= set(school["students"])


def test_a_meeting_takes_a_student_out(school, form_master, colleague):
    few, more, _most = school["students"]
    form_master.record(few)
    colleague.record(more)
    assert found(form_master) == school["students"][2:]
