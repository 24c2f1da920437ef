"""Whether less was missed after meetings, over HTTP."""

from datetime import date, timedelta

import pytest
from api_client import EFFECT
from conftest import Connection

# No other test has meetings of that year.
YEAR = {"from": "2021-01-01", "to": "2021-12-31"}


@pytest.fixture(scope="module")
def school(server):
    """Twelve cases of two form masters that are counted, and three that are not."""
    students = server.new_students(15)
    first = date(2021, 3, 1)
    with Connection(server) as connection:
        meetings = connection.env["intervention.meeting"]
        for number, student in enumerate(students):
            owner = ("form_master", "colleague")[number % 2]
            connection.cursor.execute(
                """INSERT INTO intervention_meeting (student_id, form_master_id,
                       company_id, meeting_date, absence_reason, root_cause,
                       intervention_notes, action_plan, urgency_level, status,
                       resolution_notes, closed_date, active, create_uid, write_uid,
                       create_date, write_date)
                   VALUES (%s, %s, 1, %s, 'a', %s, 'b', 'c', 'low', 'closed', 'd',
                           '2021-12-01', TRUE, 1, 1, now(), now()) RETURNING id""",
                [
                    student,
                    server.seed["users"][owner],
                    first + timedelta(days=number),
                    "family" if number == 3 else "health",
                ],
            )
            meeting = meetings.browse(connection.cursor.fetchone()[0])
            is_counted = number < 12
            net = -2 + number % 3
            connection.cursor.execute(
                """INSERT INTO intervention_effect (meeting_id, company_id, student_id,
                       meeting_date, state, missed_before, missed_after, alike_mean,
                       net, computed_at)
                   VALUES (%s, 1, %s, %s, %s, 8, %s, 6, %s, now())""",
                [
                    meeting.id,
                    student,
                    first + timedelta(days=number),
                    "counted" if is_counted else "few_alike",
                    6 + net,
                    net if is_counted else None,
                ],
            )
        connection.commit()
    return students


def test_the_figure_is_that_of_the_model(server, administrator, school):
    answer = administrator.get(EFFECT, **YEAR)
    assert answer.status == 200
    found = answer.json
    with Connection(server, "administrator") as connection:
        figures = connection.env["intervention.effect"].get_figures(YEAR)
    for name in ("count", "students", "mean", "low", "high", "conclusion", "left_out"):
        assert found[name] == figures[name]
    assert (found["count"], found["mean"]) == (12, -1)
    assert found["low"] < -1 < found["high"] < 0
    assert found["conclusion"] == "less_absence"
    assert (found["before"], found["after"], found["alike"]) == (8, 5, 6)
    assert found["left_out"] == [{"reason": "few_alike", "count": 3}]
    assert found["corrected"]["count"] == 0
    assert {name: found[name] for name in YEAR} == YEAR
    causes = found["parts"]["root_cause"]
    assert [(each["value"], each["count"]) for each in causes] == [
        ("health", 11),
        ("family", 1),
    ]
    assert causes[0]["mean"] is None
    assert administrator.get(EFFECT.rstrip("/"), **YEAR).json == found


@pytest.mark.parametrize(
    ("query", "count", "conclusion"),
    [
        ({"to": "2021-03-09"}, 9, "too_few"),
        ({"to": "2021-03-10"}, 10, "less_absence"),
        ({"root_cause": "family"}, 1, "too_few"),
        ({"plan_kept": "not_asked"}, 12, "less_absence"),
        ({"plan_kept": "kept"}, 0, "too_few"),
        ({"attendance_band": "unknown"}, 12, "less_absence"),
        ({"template": 2**31 - 1}, 0, "too_few"),
        ({"template": "0"}, 0, "too_few"),
        ({"root_cause": "", "template": ""}, 12, "less_absence"),
    ],
)
def test_filters_narrow_it_down(administrator, school, query, count, conclusion):
    found = administrator.get(EFFECT, **{**YEAR, **query}).json
    assert (found["count"], found["conclusion"]) == (count, conclusion)
    assert (found["mean"] is None) == (count < 10)


@pytest.mark.parametrize(
    ("query", "at_fault"),
    [
        ({"form_master": 1}, "form_master"),
        ({"form_master_id": 1}, "form_master_id"),
        ({"class": 1}, "class"),
        ({"group_by": "form_master"}, "group_by"),
        ({"root_cause": "health,family"}, "root_cause"),
        ({"plan_kept": "failed"}, "plan_kept"),
        ({"attendance_band": "bad"}, "attendance_band"),
        ({"template": "x"}, "template"),
        ({"from": "2021-02-30"}, "from"),
        ({"from": "2021-02-02", "to": "2021-02-01"}, "from"),
        ({"page": 1}, "page"),
    ],
)
def test_no_other_parameter_is_taken(administrator, query, at_fault):
    answer = administrator.get(EFFECT, **query)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {at_fault}


def test_a_form_master_is_told_of_own_cases(school, form_master, colleague):
    for client in (form_master, colleague):
        answer = client.get(EFFECT, **YEAR)
        assert (answer.status, answer.json["count"]) == (200, 6)
        assert answer.json["conclusion"] == "too_few"
        answer = client.get(EFFECT, form_master=1)
        assert answer.outcome == (400, "validation_error")


def test_it_is_not_for_others(school, staff, portal, anonymous):
    for client in (staff, portal):
        # Whatever is asked for.
        for query in ({}, YEAR, {"form_master": 1}):
            answer = client.get(EFFECT, **query)
            assert answer.outcome == (403, "permission_denied")
    assert anonymous.get(EFFECT).outcome == (401, "not_authenticated")
