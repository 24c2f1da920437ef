"""The figures over HTTP, and the meetings as a spreadsheet."""

import csv
import http.client
import io
import time
import uuid
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import openpyxl
import psycopg2
import pytest
from api_client import ANALYTICS, EXPORT, MEETINGS, WORKBOOK
from conftest import Connection
from openpyxl.utils.escape import unescape

from odoo.addons.intervention_tracking.api import schema
from odoo.addons.intervention_tracking.tools.figures import (
    DEFINITIONS,
    DIMENSIONS,
    FIGURES,
    MINIMUM_CASES,
)
from odoo.addons.intervention_tracking.tools.spreadsheet import safe_cell

ADDON = "intervention_tracking"
WHO = ["form_master", "colleague", "administrator"]
BEGINNINGS = ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "＠A1"]


@pytest.fixture(scope="module")
def school(server):
    """Meetings of two form masters, some of them closed and with updates."""
    students = server.new_students(24)
    for number, student in enumerate(students):
        client = server.client(
            server.seed["keys"]["colleague" if number % 3 == 0 else "form_master"]
        )
        meeting = client.record(
            student,
            root_cause=("health", "family")[number % 2],
            urgency_level=("low", "medium", "high")[number % 3],
            meeting_date=f"2026-0{1 + number % 4}-10",
        )
        if number % 2:
            client.add(meeting, status="improving")
        if number % 4 == 3:
            client.add(meeting, status="closed", resolution_notes="Solved")
    return students


def rows_of(answer):
    """Return the lines of a spreadsheet, as Python's own reader understands them."""
    assert answer.body.startswith(b"\xef\xbb\xbf")
    text = answer.body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def as_cell(value):
    """Return what stands in the spreadsheet for a value of the list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    # Another test's text may begin as a formula does.
    return safe_cell(str(value))


def sheet_of(answer):
    """Return the rows of a workbook, with the values of its cells."""
    assert answer.status == 200
    return [
        list(row)
        for row in openpyxl.load_workbook(io.BytesIO(answer.body)).active.values
    ]


# --- the figures ---


@pytest.mark.parametrize("who", WHO)
def test_the_figures_are_those_of_the_model(request, server, school, who):
    answer = request.getfixturevalue(who).get(
        ANALYTICS, **{"from": "2026-01-01", "to": "2026-03-31", "group_by": "month"}
    )
    assert answer.status == 200
    with Connection(server, who) as connection:
        found = connection.meetings.get_analytics(
            "2026-01-01", "2026-03-31", group_by="month"
        )
    assert answer.json == {
        "from": "2026-01-01",
        "to": "2026-03-31",
        "group_by": "month",
        "minimum_cases": MINIMUM_CASES,
        "definitions": DEFINITIONS,
        "total": found["total"],
        "groups": found["groups"]["month"],
    }


@pytest.mark.parametrize("who", WHO)
def test_the_figures_are_of_the_meetings_that_the_caller_may_see(request, school, who):
    client = request.getfixturevalue(who)
    total = client.get(ANALYTICS).json["total"]
    assert total["meetings"] == client.get(MEETINGS).json["count"] > 0
    settled = (date.today() - timedelta(days=60)).isoformat()
    old = client.get(MEETINGS, meeting_date_to=settled).json["count"]
    assert total["closed_share"]["cases"] == old
    assert total["closed_share"]["too_early"] == total["meetings"] - old


@pytest.mark.parametrize("group_by", DIMENSIONS)
def test_every_group_can_be_asked_for(form_master, school, group_by):
    answer = form_master.get(ANALYTICS, group_by=group_by).json
    assert answer["group_by"] == group_by
    meetings = sum(group["meetings"] for group in answer["groups"])
    assert meetings == answer["total"]["meetings"]


def test_without_parameters_there_are_no_groups(form_master, school):
    answer = form_master.get(ANALYTICS, **{"from": "", "to": "", "group_by": ""}).json
    assert (answer["from"], answer["to"], answer["group_by"]) == (None, None, None)
    assert answer["groups"] == []
    assert answer == form_master.get(ANALYTICS).json
    assert answer == form_master.get(ANALYTICS.rstrip("/")).json


def test_a_figure_over_few_cases_has_no_value(form_master, new_student):
    for _number in range(3):
        form_master.record(new_student(), meeting_date="2019-05-05")
    total = form_master.get(ANALYTICS, **{"from": "2019-05-05", "to": "2019-05-05"})
    total = total.json["total"]
    assert total.pop("meetings") == 3
    assert set(total) == set(FIGURES)
    assert total["closed_share"] == {"value": None, "cases": 3, "too_early": 0}
    assert all(figure["value"] is None for figure in total.values())


@pytest.mark.parametrize(
    ("query", "at_fault"),
    [
        ({"group_by": "student"}, "group_by"),
        ({"group_by": "month,class"}, "group_by"),
        ({"from": "01.02.2026"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "from"),
        ({"page": 1}, "page"),
        ({"since": "2026-01-01"}, "since"),
    ],
)
def test_a_wrong_parameter_is_named(form_master, query, at_fault):
    answer = form_master.get(ANALYTICS, **query)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {at_fault}


def test_days_at_the_end_of_the_calendar_are_days(form_master):
    query = {"from": "0001-01-01", "to": "9999-12-31", "group_by": "month"}
    assert form_master.get(ANALYTICS, **query).status == 200


# --- the spreadsheet ---


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "query",
    [{}, {"status": "closed,improving"}, {"urgency": "high", "overdue": "false"}],
)
def test_the_spreadsheet_has_what_the_list_has(request, school, who, query):
    client = request.getfixturevalue(who)
    answer = client.get(EXPORT, **query)
    assert answer.status == 200
    pages = client.pages(MEETINGS, page_size=200, **query)
    meetings = [meeting for page in pages for meeting in page["results"]]
    keys = [key.name for key in schema.EXPORT]
    assert [list(row) for row in rows_of(answer)][:1] == [keys][: len(meetings)]
    assert rows_of(answer) == [
        {key: as_cell(meeting[key]) for key in keys} for meeting in meetings
    ]


def test_the_spreadsheet_is_a_download_of_lines_that_end_with_crlf(form_master, school):
    answer = form_master.get(EXPORT)
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert f"interventions-{date.today()}.csv" in disposition
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers
    assert answer.body.endswith(b"\r\n")
    header = answer.body.decode("utf-8-sig").partition("\r\n")[0]
    assert header == ",".join(key.name for key in schema.EXPORT)
    assert form_master.get(f"{EXPORT}/").body == answer.body


@pytest.mark.parametrize(
    ("query", "sign"),
    [({}, ","), ({"separator": "comma"}, ","), ({"separator": "semicolon"}, ";")],
)
def test_the_separator_can_be_chosen(form_master, student, query, sign):
    form_master.record(student, action_plan="a; b, c")
    text = form_master.get(EXPORT, student=student, **query).body.decode("utf-8-sig")
    [header, row] = csv.reader(io.StringIO(text), delimiter=sign)
    assert header == [key.name for key in schema.EXPORT]
    assert row[header.index("action_plan")] == "a; b, c"


def test_another_separator_is_refused(form_master):
    for separator in (";", "tab", "comma,semicolon"):
        answer = form_master.get(EXPORT, separator=separator)
        assert answer.faults == {"separator"}
    for path in (MEETINGS, WORKBOOK):
        assert form_master.get(path, separator="comma").faults == {"separator"}


@pytest.mark.parametrize("who", WHO)
def test_the_workbook_has_the_values_of_the_list(request, school, who):
    client = request.getfixturevalue(who)
    pages = client.pages(MEETINGS, page_size=200)
    meetings = [meeting for page in pages for meeting in page["results"]]
    header, *rows = sheet_of(client.get(WORKBOOK))
    assert header == [key.name for key in schema.EXPORT]
    assert len(rows) == len(meetings) > 1
    for row, meeting in zip(rows, meetings, strict=True):
        for key, cell in zip(schema.EXPORT, row, strict=True):
            value = meeting[key.name]
            if key.kind in ("date", "datetime") and value:
                # The form masters of these tests are in UTC.
                moment = datetime.fromisoformat(value).replace(tzinfo=None)
                assert abs(cell - moment) < timedelta(seconds=1)
            else:
                # What XML can't hold is written as "_x000D_".
                found = unescape(cell) if isinstance(cell, str) else cell
                assert (found, type(found)) == (value, type(value))


def test_a_number_in_a_workbook_keeps_its_zeros_and_no_text_is_computed(server):
    client = server.client(server.seed["keys"]["colleague"])
    [student] = server.new_students(1)
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).student_number = "00117"
        connection.commit()
    client.record(student, absence_reason="=1+1")
    header, row = sheet_of(client.get(WORKBOOK, student=student))
    found = dict(zip(header, row, strict=True))
    assert found["student_id_number"] == "00117"
    assert found["absence_reason"] == "=1+1"
    assert found["is_overdue"] is False


def test_a_text_too_long_for_a_cell_is_seen_to_be_cut(form_master, student):
    form_master.record(student, action_plan="plan " * 7000)
    header, row = sheet_of(form_master.get(WORKBOOK, student=student))
    plan = row[header.index("action_plan")]
    assert plan == ("plan " * 7000)[:32766] + "…"
    answer = form_master.get(EXPORT, student=student)
    assert "plan " * 6999 in answer.body.decode()


def test_without_meetings_a_workbook_has_the_header_alone(form_master):
    assert len(sheet_of(form_master.get(WORKBOOK, meeting_date_to="1990-01-01"))) == 1


def test_without_meetings_there_is_the_header_alone(form_master):
    answer = form_master.get(EXPORT, meeting_date_to="1990-01-01")
    assert answer.status == 200
    assert answer.body.count(b"\r\n") == 1


def test_head_has_the_headers_alone(form_master):
    answer = form_master.request("HEAD", EXPORT)
    assert answer.status == 200
    assert answer.body == b""
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"


@pytest.mark.parametrize("text", BEGINNINGS)
def test_what_a_spreadsheet_would_compute_has_an_apostrophe(server, text):
    client = server.client(server.seed["keys"]["colleague"])
    [student] = server.new_students(1)
    name = f'{text}HYPERLINK("http://example.org","x")'
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).name = name
        connection.commit()
    stored = client.record(student, absence_reason=f"{text} and more")
    [row] = rows_of(client.get(EXPORT, student=student))
    assert row["student_name"] == f"'{stored['student_name']}"
    # Surrounding blanks of a text are trimmed when it is stored.
    assert row["absence_reason"] == f"'{stored['absence_reason']}"
    assert stored["absence_reason"] in f"{text} and more"


@pytest.mark.parametrize(
    "text",
    ['He said "no", then\r\nleft; a = b', "-5", "+252 61", "2026-01-01", "ü – ماي"],
)
def test_other_texts_stay_as_they_are(form_master, student, text):
    form_master.record(student, action_plan=text)
    [row] = rows_of(form_master.get(EXPORT, student=student))
    expected = f"'{text}" if text == "+252 61" else text
    assert row["action_plan"] == expected


@pytest.fixture
def two_schools(server):
    """An administrator of two companies, with a meeting in a class of each.

    A dict of the ``client``, and lists of the ids of ``companies``, ``classes`` and
    ``meetings``; the second class is archived.
    """
    with Connection(server) as connection:
        env = connection.env
        companies = env["res.company"].create(
            [{"name": f"School {uuid.uuid4()}"} for _number in range(2)]
        )
        user = env["res.users"].create(
            {
                "name": "Of two schools",
                "login": f"user-{uuid.uuid4()}",
                "company_id": companies[0].id,
                "company_ids": [(6, 0, companies.ids)],
                "group_ids": [
                    (6, 0, [env.ref(f"{ADDON}.group_intervention_admin").id])
                ],
            }
        )
        classes = env["intervention.class"].create(
            [{"name": "7A", "company_id": company.id} for company in companies]
        )
        students = env["res.partner"].create(
            [
                {
                    "name": "Student",
                    "is_intervention_student": True,
                    "company_id": each.company_id.id,
                    "school_class_id": each.id,
                }
                for each in classes
            ]
        )
        keys = env["res.users.apikeys"].with_user(user)
        client = server.client(
            keys._generate("rpc", "tests", datetime.now() + timedelta(days=1))
        )
        connection.commit()
        meetings = [client.record(student)["id"] for student in students.ids]
        classes[1].active = False
        connection.commit()
        return {
            "client": client,
            "companies": companies.ids,
            "classes": classes.ids,
            "meetings": meetings,
        }


def exported(client, **query):
    """Return the ids of the meetings of the list, which are those of the export."""
    ids = [meeting["id"] for meeting in client.get(MEETINGS, **query).json["results"]]
    assert [int(row["id"]) for row in rows_of(client.get(EXPORT, **query))] == ids
    return sorted(ids)


def test_the_class_and_the_companies_choose_the_meetings(two_schools):
    client, meetings = two_schools["client"], two_schools["meetings"]
    first, second = two_schools["companies"]
    assert exported(client) == meetings
    assert exported(client, company="") == meetings
    assert exported(client, company=f"{first},{second}") == meetings
    for place in range(2):
        company, its_class = (
            two_schools["companies"][place],
            two_schools["classes"][place],
        )
        assert exported(client, company=company) == [meetings[place]]
        assert exported(client, **{"class": its_class}) == [meetings[place]]
    assert exported(client, company=first, **{"class": its_class}) == []


@pytest.mark.parametrize("path", [MEETINGS, EXPORT])
def test_classes_and_companies_of_others_are_as_those_that_do_not_exist(
    administrator, two_schools, path
):
    """The administrator has another company, and sees no classes of these."""
    [foreign, _second], [its_class, _archived] = (
        two_schools["companies"],
        two_schools["classes"],
    )
    for company, school_class in (
        (foreign, its_class),
        (f"1,{foreign}", its_class),
        (2**31 - 1, 2**31 - 1),
        (10**30, 10**30),
        (0, 0),
        ("x", "x"),
        (",", "1,2"),
    ):
        answer = administrator.get(path, company=company, **{"class": school_class})
        assert answer.outcome == (400, "validation_error")
        assert answer.faults == {"class", "company"}
    answers = [
        administrator.get(path, company=company, **{"class": school_class}).json
        for company, school_class in ((foreign, its_class), (2**31 - 1, 2**31 - 1))
    ]
    assert answers[0] == answers[1]


def test_another_page_or_filter_is_refused(form_master):
    for name in ("page", "page_size", "group_by"):
        answer = form_master.get(EXPORT, **{name: 1})
        assert answer.outcome == (400, "validation_error")
        assert answer.faults == {name}
    assert form_master.get(EXPORT, status="done").faults == {"status"}


def backends(server):
    """How many connections to the served database are inside a transaction."""
    connection = psycopg2.connect(dbname=server.database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = %s AND state LIKE 'idle in transaction%%'""",
            [server.database],
        )
        [(count,)] = cursor.fetchall()
    connection.close()
    return count


def test_many_are_sent_in_parts_and_a_client_may_go_away(server):
    """With more meetings than a batch has, all come, each once, and in order."""
    students = server.new_students(1)
    with Connection(server) as connection:
        connection.cursor.execute(
            """INSERT INTO intervention_meeting (student_id, form_master_id,
                   company_id, meeting_date, absence_reason, root_cause,
                   intervention_notes, action_plan, urgency_level, status,
                   resolution_notes, closed_date, active, create_uid, write_uid,
                   create_date, write_date)
               SELECT %s, %s, 1, DATE '2018-01-01' + n %% 7, repeat('x', 2000),
                      'health', 'b', 'c', 'low', 'closed', 'd', DATE '2018-02-01',
                      TRUE, 1, 1, now(), now() FROM generate_series(1, 2500) n""",
            [students[0], server.seed["users"]["colleague"]],
        )
        connection.commit()
    client = server.client(server.seed["keys"]["colleague"])
    query = {"student": students[0]}
    rows = rows_of(client.get(EXPORT, **query))
    assert len({row["id"] for row in rows}) == len(rows) == 2500
    assert rows == sorted(
        rows, key=lambda row: (row["meeting_date"], int(row["id"])), reverse=True
    )
    before = backends(server)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.request("GET", f"{EXPORT}?student={students[0]}", headers=client.headers)
    response = connection.getresponse()
    assert response.read(1000)
    response.close()
    connection.close()
    deadline = time.monotonic() + 20
    while backends(server) > before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert client.get(EXPORT, **query).status == 200


@pytest.mark.parametrize("path", [ANALYTICS, EXPORT])
def test_who_may_not_read_gets_neither(staff, portal, anonymous, path):
    assert staff.get(path).outcome == (403, "permission_denied")
    assert portal.get(path).outcome == (403, "permission_denied")
    assert anonymous.get(path).outcome == (401, "not_authenticated")
