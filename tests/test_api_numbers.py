"""Every answer with numbers or lists, compared with what the ORM gives the same user.

The API makes its JSON in SQL; here the same is put together from records.
"""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from api_client import (
    DETAIL,
    MEETINGS,
    PROGRESS,
    RECURRING,
    STATISTICS,
    address,
    meeting_document,
)
from conftest import Connection
from psycopg2.extras import execute_values

WHO = ["form_master", "colleague", "administrator"]
STATUSES = (
    "open",
    "monitoring",
    "improving",
    "not_improving",
    "escalated",
    "closed",
)
CAUSES = ("health", "family", "academic", "financial", "behavioral", "other")
OWNERS = ["form_master", "form_master", "colleague", "administrator"]


@pytest.fixture(scope="module")
def school(server):
    """Cases of all kinds for all three: who has them is known to the ORM alone."""
    students = server.new_students(30)
    with Connection(server) as connection:
        made = []
        for number, student in enumerate(students):
            # Some have no meeting, some one, some up to six.
            for cause in range(number % 7):
                place = len(made)
                owner = OWNERS[(number + cause) % 4]
                meeting = connection.meetings.with_user(
                    server.seed["users"][owner]
                ).create(
                    {
                        "student_id": student,
                        "meeting_date": f"2026-0{1 + place % 5}-1{place % 3}",
                        "absence_reason": f"Reason {place}",
                        "root_cause": CAUSES[cause],
                        "intervention_notes": f"Notes {place} — ü",
                        "action_plan": f"Plan {place}\nand more",
                        "urgency_level": ("low", "medium", "high")[place % 3],
                    }
                )
                made.append(meeting)
                status = STATUSES[(number * 5 + cause) % 6]
                if place % 4 == 1:
                    meeting.add_progress(f"First note {place}")
                if status != "open":
                    resolution = "Solved." if status == "closed" else None
                    meeting.add_progress(f"Now {status}", status, resolution)
        contacts = connection.env["res.partner"].browse(students)
        contacts[12].student_left_on = "2026-01-30"
        contacts[19].student_left_on = date.today() + timedelta(days=200)
        contacts[20].active = False
        made[3].write({"plan_kept": "not", "plan_kept_reason": "events"})
        made[4].write({"plan_kept": "kept", "plan_kept_text": "All of it."})
        made[5].unlink()
        made[17].unlink()
        connection.env.flush_all()
        # The past can't be entered; it comes with time.
        execute_values(
            connection.cursor,
            "UPDATE intervention_meeting m SET follow_up_date = v.day::date "
            "FROM (VALUES %s) v (id, day) WHERE m.id = v.id",
            [
                (meeting.id, ("2026-06-01", "2999-06-01")[place % 2])
                for place, meeting in enumerate(made)
                if place % 3
            ],
        )
        connection.env.invalidate_all()
        connection.commit()
    return students


def moment(value):
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def update_object(update):
    return {
        "id": update.id,
        "meeting": update.meeting_id.id,
        "update_text": update.update_text or "",
        "happened_on": str(update.happened_on),
        "old_status": update.old_status,
        "new_status": update.new_status,
        "retracted": None,
        "created_by": update.create_uid.id,
        "created_by_name": update.create_uid.name,
        "created_at": moment(update.create_date),
    }


def meeting_object(meeting):
    updates = meeting.progress_ids
    return {
        "id": meeting.id,
        "student": meeting.student_id.id,
        "student_name": meeting.student_id.name,
        "student_id_number": meeting.student_id.student_number or None,
        "meeting_date": str(meeting.meeting_date),
        "absence_reason": meeting.absence_reason,
        "root_cause": meeting.root_cause,
        "intervention_notes": meeting.intervention_notes,
        "action_plan": meeting.action_plan,
        "follow_up_date": str(meeting.follow_up_date or "") or None,
        "urgency_level": meeting.urgency_level,
        "status": meeting.status,
        "resolution_notes": meeting.resolution_notes or "",
        "form_master": meeting.form_master_id.id,
        "form_master_name": meeting.form_master_id.name,
        "created_by": meeting.create_uid.id,
        "created_by_name": meeting.create_uid.name,
        "progress_updates": [update_object(update) for update in updates],
        "progress_count": len(updates),
        "days_since_meeting": meeting.days_since_meeting,
        "is_overdue": meeting.is_overdue,
        "student_active": not meeting.has_student_left,
        "created_at": moment(meeting.create_date),
        "updated_at": moment(max([meeting.write_date, *updates.mapped("create_date")])),
    }


@pytest.fixture(params=WHO)
def who(request):
    return request.param


@pytest.fixture
def client(who, request, school):
    return request.getfixturevalue(who)


@pytest.fixture
def meetings(server, who, school):
    """All the meetings that the user sees, newest first."""
    with Connection(server, who) as connection:
        yield connection.meetings.search(
            [], order="meeting_date desc, create_date desc, id desc"
        )


def rows(pages):
    return [row for page in pages for row in page["results"]]


def test_the_list_is_what_the_orm_gives(client, meetings):
    found = rows(client.pages(MEETINGS, page_size=200))
    assert found == [meeting_object(meeting) for meeting in meetings]


def test_the_count_of_the_list_is_what_the_orm_gives(client, meetings):
    assert client.get(MEETINGS, page_size=1).json["count"] == len(meetings)


def test_each_meeting_is_what_the_orm_gives(client, meetings, school):
    some = meetings.filtered(lambda meeting: meeting.student_id.id in school)
    assert len(some) > 10
    for meeting in some:
        found = client.read({"id": meeting.id})
        plan = {
            "plan_kept": meeting.plan_kept or None,
            "plan_kept_reason": meeting.plan_kept_reason or None,
            "plan_kept_text": meeting.plan_kept_text or "",
        }
        assert found == {
            **meeting_object(meeting),
            **plan,
            "effect": {key: meeting.get_effect()[key] for key in found["effect"]},
            "changes": found["changes"],
        }


def test_what_the_orm_hides_is_404(client, server, meetings):
    with Connection(server) as connection:
        hidden = connection.meetings.with_context(active_test=False).search(
            [("id", "not in", meetings.ids)]
        )
        assert hidden
        for meeting in hidden[:20]:
            assert client.get(address({"id": meeting.id})).status == 404


FILTERS = [
    ({"status": "open"}, lambda meeting: meeting.status == "open"),
    (
        {"status": "improving,closed"},
        lambda meeting: meeting.status in ("improving", "closed"),
    ),
    ({"urgency": "high"}, lambda meeting: meeting.urgency_level == "high"),
    (
        {"root_cause": "health,other"},
        lambda meeting: meeting.root_cause in ("health", "other"),
    ),
    ({"overdue": "true"}, lambda meeting: meeting.is_overdue),
    ({"overdue": "false"}, lambda meeting: not meeting.is_overdue),
    ({"student_active": "true"}, lambda meeting: not meeting.has_student_left),
    ({"student_active": "false"}, lambda meeting: meeting.has_student_left),
    (
        {"meeting_date_from": "2026-02-11", "meeting_date_to": "2026-04-10"},
        lambda meeting: "2026-02-11" <= str(meeting.meeting_date) <= "2026-04-10",
    ),
    (
        {"overdue": "true", "urgency": "low,high", "status": "open,escalated"},
        lambda meeting: (
            meeting.is_overdue
            and meeting.urgency_level in ("low", "high")
            and meeting.status in ("open", "escalated")
        ),
    ),
]


@pytest.mark.parametrize(("query", "chosen"), FILTERS)
def test_a_filtered_list_is_what_the_orm_gives(client, meetings, query, chosen):
    expected = meetings.filtered(chosen)
    assert expected
    found = rows(client.pages(MEETINGS, page_size=30, **query))
    assert [row["id"] for row in found] == expected.ids


@pytest.mark.parametrize("owner", WHO)
def test_the_list_of_a_form_master_is_what_the_orm_gives(
    client, server, meetings, owner
):
    user = server.seed["users"][owner]
    expected = meetings.filtered(lambda meeting: meeting.form_master_id.id == user)
    found = rows(client.pages(MEETINGS, page_size=100, form_master=user))
    assert [row["id"] for row in found] == expected.ids


def test_the_statistics_are_what_the_orm_gives(client, meetings):
    active = meetings.filtered(
        lambda meeting: meeting.status != "closed" and not meeting.has_student_left
    )
    counts = Counter(meetings.mapped(lambda meeting: meeting.student_id.id))
    statuses = Counter(meetings.mapped("status"))
    assert active.filtered("is_overdue")
    assert client.get(STATISTICS).json == {
        "total_meetings": len(meetings),
        "active_cases": len(active),
        "by_status": {status: statuses[status] for status in STATUSES},
        "high_urgency": Counter(active.mapped("urgency_level"))["high"],
        "overdue_followups": len(active.filtered("is_overdue")),
        "recurring_students": sum(number > 1 for number in counts.values()),
        "at_risk_without_case": 0,
        "registers_missing": 0,
    }


def recurring_objects(meetings):
    result = []
    for student, group in meetings.grouped("student_id").items():
        statuses = Counter(group.mapped("status"))
        active = len(group) - statuses["closed"]
        if len(group) > 1:
            result.append(
                {
                    "student": student.id,
                    "student_name": student.name,
                    "student_id_number": student.student_number or None,
                    "intervention_count": len(group),
                    "open_count": active,
                    "last_meeting_date": str(max(group.mapped("meeting_date"))),
                    "without_improvement": active > 0
                    and not statuses["improving"]
                    and not statuses["closed"],
                }
            )
    return result


def recurring_pages(client, **query):
    """Return all pages of recurring students; there is a page until it is 404."""
    pages = []
    while True:
        answer = client.get(RECURRING, page=len(pages) + 1, **query)
        if answer.status == 404:
            return pages
        pages.append(answer.json)


@pytest.mark.parametrize("size", [1, 7, 200])
def test_recurring_students_are_what_the_orm_gives(client, meetings, size):
    pages = recurring_pages(client, page_size=size)
    found = [row for page in pages for row in page["recurring_students"]]
    expected = recurring_objects(meetings)
    assert {page["count"] for page in pages} == {len(expected)}
    assert all(len(page["recurring_students"]) == size for page in pages[:-1])
    assert sorted(found, key=lambda row: row["student"]) == sorted(
        expected, key=lambda row: row["student"]
    )
    counts = [row["intervention_count"] for row in found]
    assert counts == sorted(counts, reverse=True)
    flags = {row["without_improvement"] for row in found}
    assert flags == {True, False}


def test_recurring_students_agree_with_the_statistics(client):
    recurring = client.get(RECURRING).json["count"]
    assert client.get(STATISTICS).json["recurring_students"] == recurring


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"page": "0"}, "page"),
        ({"page_size": "201"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"student": "1"}, "student"),
    ],
)
def test_a_bad_parameter_of_recurring_students_is_named(form_master, query, fault):
    answer = form_master.get(RECURRING, **query)
    assert (answer.status, answer.faults) == (400, {fault})


def test_without_recurring_students_there_is_one_empty_page(server):
    with Connection(server) as connection:
        connection.env["res.users"].browse(server.seed["users"]["staff"]).write(
            {
                "group_ids": [
                    (
                        4,
                        connection.env.ref(
                            "intervention_tracking.group_intervention_form_master"
                        ).id,
                    )
                ]
            }
        )
        connection.commit()
    try:
        client = server.client(server.seed["keys"]["staff"])
        empty = client.get(RECURRING).json
        past = client.get(RECURRING, page=2).status
    finally:
        with Connection(server) as connection:
            connection.env["res.users"].browse(server.seed["users"]["staff"]).write(
                {"group_ids": [(6, 0, connection.env.ref("base.group_user").ids)]}
            )
            connection.commit()
    assert empty == {"count": 0, "recurring_students": []}
    assert past == 404


@pytest.mark.parametrize("size", [2, 50])
def test_the_history_of_each_student_is_what_the_orm_gives(
    client, meetings, school, size
):
    assert any(meeting.student_id.id in school for meeting in meetings)
    for student in school:
        expected = meetings.filtered(
            lambda meeting, student=student: meeting.student_id.id == student
        )
        pages = client.pages(f"{MEETINGS}student/{student}/", page_size=size)
        assert rows(pages) == [meeting_object(meeting) for meeting in expected]
        assert {page["count"] for page in pages} == {len(expected)}


def test_the_history_of_a_student_without_meetings_is_empty(form_master, student):
    answer = form_master.get(f"{MEETINGS}student/{student}/")
    assert answer.status == 200
    assert answer.json == {"count": 0, "next": None, "previous": None, "results": []}


def test_the_history_of_a_student_who_left_stays(form_master, server, student):
    meeting = form_master.record(student)
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).active = False
        connection.commit()
    [row] = form_master.get(f"{MEETINGS}student/{student}/").json["results"]
    assert row["student_active"] is False
    # So that who asks by updated_since hears of it.
    assert row["updated_at"] > meeting["updated_at"]
    told = ("student_active", "updated_at", *DETAIL)
    assert {**row, **{name: meeting[name] for name in told}} == meeting


@pytest.mark.parametrize("number", [0, -1, 1, 2**31 - 1, 2**31, 2**63, "9" * 30])
def test_the_history_of_no_student_is_404(administrator, number):
    # Number 1 is a partner who is no student.
    answer = administrator.get(f"{MEETINGS}student/{number}/")
    assert answer.outcome == (404, "not_found")


def test_a_history_past_its_last_page_is_404(form_master, student):
    form_master.record(student)
    answer = form_master.get(f"{MEETINGS}student/{student}/", page=2)
    assert answer.outcome == (404, "not_found")


def test_a_history_takes_no_filter(form_master, student):
    answer = form_master.get(f"{MEETINGS}student/{student}/", status="open")
    assert (answer.status, answer.faults) == (400, {"status"})


# --- the caller's own day ---


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_days_are_counted_on_the_callers_day(server, client, who, school, zone):
    # These two are 25 hours apart: it is never the same day in both.
    with Connection(server) as connection:
        connection.env["res.users"].browse(server.seed["users"][who]).tz = zone
        connection.commit()
    try:
        found = rows(client.pages(MEETINGS, page_size=200))
        assert found
        with Connection(server, who) as connection:
            for row in found:
                meeting = connection.meetings.browse(row["id"])
                assert row["days_since_meeting"] == meeting.days_since_meeting
                assert row["is_overdue"] == meeting.is_overdue
    finally:
        with Connection(server) as connection:
            connection.env["res.users"].browse(server.seed["users"][who]).tz = "UTC"
            connection.commit()


def test_without_a_zone_the_day_is_the_companys(server, form_master, student):
    """A school in Tonga, its server in UTC, and a user of the API without a zone."""
    with Connection(server) as connection:
        user = connection.env["res.users"].browse(server.seed["users"]["form_master"])
        user.tz = False
        user.company_id.partner_id.tz = "Pacific/Tongatapu"
        connection.commit()
    try:
        day = datetime.now(ZoneInfo("Pacific/Tongatapu")).date()
        later = str(day + timedelta(days=1))
        answer = form_master.post(
            MEETINGS, meeting_document(student, meeting_date=later)
        )
        assert (answer.status, answer.faults) == (400, {"meeting_date"})
        meeting = form_master.record(student, meeting_date=str(day))
        assert meeting["days_since_meeting"] == 0
        assert form_master.read(meeting)["days_since_meeting"] == 0
    finally:
        with Connection(server) as connection:
            user = connection.env["res.users"].browse(
                server.seed["users"]["form_master"]
            )
            user.tz = "UTC"
            user.company_id.partner_id.tz = False
            connection.commit()


def test_a_meeting_of_tomorrow_elsewhere_is_read_today(
    server, form_master, administrator, student
):
    with Connection(server) as connection:
        users = connection.env["res.users"]
        users.browse(server.seed["users"]["form_master"]).tz = "Pacific/Kiritimati"
        users.browse(server.seed["users"]["administrator"]).tz = "Pacific/Niue"
        day = str(
            connection.env["intervention.meeting"]
            .with_user(server.seed["users"]["form_master"])
            .default_get(["meeting_date"])["meeting_date"]
        )
        connection.commit()
    try:
        meeting = form_master.record(student, meeting_date=day)
        assert meeting["days_since_meeting"] == 0
        # The answer is held against the OpenAPI document, too.
        assert administrator.read(meeting)["days_since_meeting"] < 0
    finally:
        with Connection(server) as connection:
            for login in ("form_master", "administrator"):
                user = connection.env["res.users"].browse(server.seed["users"][login])
                user.tz = "UTC"
            connection.commit()


# --- what a request costs ---

# Two of each are Odoo's: whether something cached has changed, and whose key it is.
STATEMENTS = {
    "list": 3,
    "detail": 3,
    "statistics": 3,
    "recurring": 3,
    # The student, active cases of theirs, where they stand, the meeting, and whether
    # school days are known. And one more for the class, where the student is in one.
    "creation": 7,
    # The meeting, a lock on its status, and the update.
    "note": 5,
    # The meeting, its activities, the change, the update, and the history.
    "status": 7,
    # Besides the update an entry of the date before; and no history.
    "status and date": 7,
}


def statements_of_last(server, method, path):
    """Return how many statements a request took, as the server logs it."""
    request = rf'"{method} {re.escape(path)} HTTP/1.1" 20[01] - (\d+) '
    return int(re.findall(request, server.log.read_text())[-1])


@pytest.fixture
def without_zone(server):
    """Nobody has a time zone."""
    logins = ("form_master", "administrator")
    with Connection(server) as connection:
        users = connection.env["res.users"].browse(
            server.seed["users"][login] for login in logins
        )
        users.tz = False
        connection.commit()
        yield
        users.tz = "UTC"
        connection.commit()


@pytest.mark.parametrize("login", ["form_master", "administrator"])
@pytest.mark.parametrize("zone", ["with_zone", "without_zone"])
def test_a_request_takes_no_more_statements_than_it_needs(request, server, login, zone):
    """A statement more is a cost that no noise hides."""
    if zone == "without_zone":
        request.getfixturevalue(zone)
    client = request.getfixturevalue(login)
    least = {}
    # The first requests fill the caches of the server's processes.
    for student in server.new_students(6):
        meeting = client.record(student)
        one = address(meeting)
        client.add(meeting)
        client.patch(one, {"status": "improving"})
        note = statements_of_last(server, "POST", PROGRESS)
        client.add(
            meeting,
            status="monitoring",
            follow_up_date=str(date.today() + timedelta(days=9)),
        )
        for path in (MEETINGS, one, STATISTICS, RECURRING):
            client.get(path)
        counts = {
            name: statements_of_last(server, method, path)
            for name, method, path in (
                ("list", "GET", MEETINGS),
                ("detail", "GET", one),
                ("statistics", "GET", STATISTICS),
                ("recurring", "GET", RECURRING),
                ("creation", "POST", MEETINGS),
                ("status", "PATCH", one),
                ("status and date", "POST", PROGRESS),
            )
        }
        counts["note"] = note
        least = {name: min(n, least.get(name, n)) for name, n in counts.items()}
    assert least == STATEMENTS
