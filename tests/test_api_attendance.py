"""School days over HTTP: marks, files, and who may read them."""

import base64
from datetime import date, timedelta

import pytest
from api_client import (
    ATTENDANCE,
    ATTENDANCE_IMPORT,
    MEETINGS,
    ROOT,
    address,
    meeting_document,
)
from conftest import Connection

from odoo.addons.intervention_tracking.api import schema
from odoo.addons.intervention_tracking.constants import MAX_MARKS

# A Monday, long ago: days on which nothing else has happened.
MONDAY = date(2024, 3, 4)
CODES = {"P": "present", "A": "unexcused", "E": "excused", "L": "late"}


def day(offset=0):
    return (MONDAY + timedelta(days=offset)).isoformat()


def of_student(student):
    return f"{ROOT}students/{student}/attendance/"


@pytest.fixture(scope="module")
def classes(server):
    """The ids of a class of the form master, and of one of the colleague."""
    with Connection(server) as connection:
        users = server.seed["users"]
        made = connection.env["intervention.class"].create(
            [
                {"name": f"Attendance of {who}", "form_master_id": users[who]}
                for who in ("form_master", "colleague")
            ]
        )
        codes = connection.env["intervention.attendance.code"]
        known = set(codes.search([]).mapped("code"))
        codes.create(
            [
                {"code": code, "meaning": meaning}
                for code, meaning in CODES.items()
                if code not in known
            ]
        )
        connection.commit()
        ids = made.ids
    yield ids
    with Connection(server) as connection:
        # The other tests count without them.
        env = connection.env
        of_classes = [("school_class_id", "in", ids)]
        env["res.partner"].search(of_classes).active = False
        env["intervention.class"].browse(ids).active = False
        env["intervention.attendance.source"].search([]).active = False
        connection.commit()


@pytest.fixture
def pupils(server, classes):
    """A function that returns ids of students of one of the classes, the first."""

    def make(count=1, place=0):
        students = server.new_students(count)
        with Connection(server) as connection:
            partners = connection.env["res.partner"].browse(students)
            partners.school_class_id = classes[place]
            connection.commit()
        return students

    return make


def put(client, *marks, **headers):
    return client.put(ATTENDANCE, {"marks": list(marks)}, headers)


def mark(student, offset=0, code="P", **more):
    return {"student": student, "date": day(offset), "code": code, **more}


def send_file(client, text, kind="text/csv", **query):
    body = text if isinstance(text, bytes) else text.encode()
    headers = {"Content-Type": kind}
    return client.request("POST", ATTENDANCE_IMPORT, body, headers, **query)


# --- marks ---


def test_marks_are_stored_and_the_same_again_changes_nothing(
    server, form_master, pupils
):
    ada, ben = pupils(2)
    marks = [
        mark(ada),
        mark(ada, 1, "a", note="Nobody answered."),
        {
            "student_id_number": server.number_of(ben).lower(),
            "date": day(),
            "meaning": "late",
            "minutes_lost": 10,
        },
    ]
    answer = put(form_master, *marks)
    assert answer.status == 200
    assert answer.json == {"new": 3, "changed": 0, "unchanged": 0, "students": 2}
    assert put(form_master, *marks).json["unchanged"] == 3
    answer = put(form_master, mark(ada, 1, "E"), mark(ada))
    assert answer.json == {"new": 0, "changed": 1, "unchanged": 1, "students": 1}
    found = form_master.get(ATTENDANCE, student=ada).json
    assert found["count"] == 2
    assert [each["date"] for each in found["results"]] == [day(1), day()]
    latest = found["results"][0]
    assert (latest["absent"], latest["excused"], latest["codes"]) == (1, 1, "E")
    [late] = form_master.get(ATTENDANCE, student=ben).json["results"]
    assert (late["late"], late["minutes_lost"], late["absent"]) == (True, 10, 0)
    with Connection(server) as connection:
        change = connection.env["intervention.attendance.change"].search(
            [("student_id", "=", ada)]
        )
        assert (change.old_codes, change.new_codes) == ("a", "E")
        assert change.create_uid.id == server.seed["users"]["form_master"]


def test_who_records_a_case_reads_with_it_what_days_tell(form_master, pupils):
    [ada] = pupils()
    put(form_master, *(mark(ada, offset, "A") for offset in range(5)))
    answer = form_master.post(MEETINGS, meeting_document(ada, meeting_date=day(2)))
    read = form_master.get(address(answer.json))
    assert answer.json == read.json
    assert answer.json["effect"]["days"] > 0
    changed = form_master.patch(address(answer.json), {"status": "improving"})
    assert changed.json == form_master.get(address(answer.json)).json


def test_several_marks_of_a_day_are_folded(form_master, pupils):
    [ada] = pupils()
    put(form_master, mark(ada, slot="AM", code="A"), mark(ada, slot="PM"))
    [found] = form_master.get(ATTENDANCE, student=ada).json["results"]
    assert (found["possible"], found["absent"], found["codes"]) == (1, 0.5, "A P")


@pytest.mark.parametrize(
    ("wrong", "at_fault"),
    [
        ({"student": 0}, "student"),
        ({"student": None}, "student"),
        ({"student_id_number": "nobody"}, "student_id_number"),
        ({"date": "04.03.2024"}, "date"),
        ({"date": "2024-02-30"}, "date"),
        ({"date": "2099-01-05"}, "date"),
        ({"date": "1066-10-14"}, "date"),
        ({"date": day(5)}, "date"),
        ({"code": "?"}, "code"),
        ({"code": ""}, "code"),
        ({"meaning": "ill"}, "meaning"),
        ({"minutes_lost": -1}, "minutes_lost"),
        ({"minutes_lost": "10"}, "minutes_lost"),
        ({"note": 1}, "note"),
        ({"note": "\x00"}, "note"),
        ({"note": "x" * 251}, "note"),
        ({"slots": "AM"}, "slots"),
    ],
)
def test_a_mark_at_fault_is_named_and_none_is_stored(
    form_master, pupils, wrong, at_fault
):
    [ada] = pupils()
    answer = put(form_master, mark(ada), {**mark(ada, 1), **wrong})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {f"marks.1.{at_fault}"}
    assert form_master.get(ATTENDANCE, student=ada).json["count"] == 0


def test_marks_that_contradict_are_refused(form_master, pupils):
    [ada] = pupils()
    answer = put(form_master, mark(ada), mark(ada, code="A"))
    assert (answer.status, answer.faults) == (400, {"marks.1.code"})


def test_a_day_after_leaving_is_refused(server, form_master, pupils):
    [ada] = pupils()
    with Connection(server) as connection:
        connection.env["res.partner"].browse(ada).student_left_on = day(1)
        connection.commit()
    assert put(form_master, mark(ada)).status == 200
    answer = put(form_master, mark(ada, 1))
    assert (answer.status, answer.faults) == (400, {"marks.0.date"})


@pytest.mark.parametrize("body", [{}, {"marks": {}}, {"marks": []}, {"marks": [1]}])
def test_a_body_without_marks_is_refused(form_master, body):
    answer = form_master.put(ATTENDANCE, body)
    assert (answer.status, answer.faults) == (400, {"marks"})


def test_as_many_marks_as_there_may_be_fit_into_a_body(form_master, pupils):
    students = pupils(20)
    days = [
        each for each in range(400) if (MONDAY + timedelta(days=each)).weekday() < 5
    ]
    marks = [
        mark(student, offset, note="x" * 200)
        for student in students
        for offset in days[: MAX_MARKS // 20]
    ]
    assert put(form_master, *marks).json["new"] == MAX_MARKS
    answer = put(form_master, *marks, marks[0])
    assert (answer.status, answer.faults) == (400, {"marks"})
    headers = {"Content-Type": "application/json"}
    large = b" " * (schema.MAX_MARKS_BODY + 1)
    answer = form_master.request("PUT", ATTENDANCE, large, headers)
    assert answer.outcome == (413, "payload_too_large")
    assert str(schema.MAX_MARKS_BODY) in answer.json["detail"]


def test_marks_are_for_form_masters_of_the_class_and_administrators(
    form_master, colleague, administrator, staff, portal, anonymous, pupils
):
    [ada] = pupils()
    answer = put(colleague, mark(ada))
    assert (answer.status, answer.faults) == (400, {"marks.0.student"})
    # As of somebody who does not exist.
    assert answer.json == put(colleague, mark(2**31 - 1)).json
    for client, status in ((staff, 403), (portal, 403), (anonymous, 401)):
        assert put(client, mark(ada)).status == status
        assert client.get(ATTENDANCE).status == status
    assert put(administrator, mark(ada)).json["new"] == 1
    assert put(form_master, mark(ada)).json["unchanged"] == 1


def test_a_case_lets_its_form_master_read_and_not_write(form_master, colleague, pupils):
    [ada] = pupils()
    put(form_master, mark(ada, code="A"))
    assert colleague.get(ATTENDANCE, student=ada).json["count"] == 0
    colleague.record(ada)
    assert colleague.get(ATTENDANCE, student=ada).json["count"] == 1
    assert put(colleague, mark(ada, 1)).status == 400


# --- reading ---


def test_days_are_filtered_and_paged(server, form_master, administrator, classes):
    students = server.new_students(3)
    with Connection(server) as connection:
        other = connection.env["intervention.class"].create(
            {
                "name": "Attendance filtered",
                "form_master_id": server.seed["users"]["form_master"],
            }
        )
        connection.env["res.partner"].browse(students).school_class_id = other
        connection.commit()
        school_class = other.id
    marks = [mark(student, offset) for student in students for offset in range(5)]
    assert put(form_master, *marks).json["new"] == 15
    every = form_master.get(ATTENDANCE, **{"class": school_class}).json
    assert every["count"] == 15
    dates = [(each["date"], each["id"]) for each in every["results"]]
    assert dates == sorted(dates, reverse=True)
    for query, count in (
        ({"from": day(1), "to": day(2)}, 6),
        ({"student": students[0]}, 5),
        ({"student_id_number": server.number_of(students[0])}, 5),
        ({"updated_since": every["results"][0]["updated_at"]}, 15),
        ({"updated_since": "2099-01-01T00:00:00Z"}, 0),
    ):
        query["class"] = school_class
        for client in (form_master, administrator):
            assert client.get(ATTENDANCE, **query).json["count"] == count, query
    for start in ({}, {"cursor": "*"}):
        query = {"class": school_class, "page_size": 4, **start}
        pages = form_master.pages(ATTENDANCE, **query)
        found = [each["id"] for page in pages for each in page["results"]]
        assert len(pages) == 4
        assert sorted(found) == sorted(each["id"] for each in every["results"])


def test_what_is_no_filter_is_refused(form_master):
    for query in (
        {"clas": 1},
        {"from": "yesterday"},
        {"class": 2**31 - 1},
        {"page": 0},
        {"cursor": "x"},
    ):
        answer = form_master.get(ATTENDANCE, **query)
        assert (answer.status, answer.faults) == (400, set(query))
    assert form_master.get(ATTENDANCE, page=10**6).status == 404


def test_a_student_has_a_standing_and_days(form_master, pupils):
    [ada] = pupils()
    codes = "PPAAAPPPPPPE"
    days = [each for each in range(30) if each % 7 < 5]
    put(form_master, *(mark(ada, *each) for each in zip(days, codes, strict=False)))
    found = form_master.get(of_student(ada), page_size=5).json
    standing = found["standing"]
    assert (standing["possible"], standing["absent"], standing["excused"]) == (12, 4, 1)
    assert standing["rate"] == pytest.approx(4 / 12)
    # The year is over, and calls for no talk any more.
    assert (standing["band"], standing["in_a_row"]) == ("none", 0)
    assert standing["last_day"] == day(days[11])
    assert standing["unknown"] == 0
    assert (found["student"], found["count"], len(found["results"])) == (ada, 12, 5)
    rest = form_master.pages(of_student(ada), page_size=5)
    assert sum(len(page["results"]) for page in rest) == 12
    query = {"from": day(1), "to": day(2)}
    assert form_master.get(of_student(ada), **query).json["count"] == 2


def test_a_student_of_whom_nothing_is_known_has_no_standing(
    form_master, administrator, pupils
):
    [ada] = pupils()
    for client in (form_master, administrator):
        found = client.get(of_student(ada)).json
        assert (found["standing"], found["count"], found["results"]) == (None, 0, [])


def test_a_student_of_others_is_not_found(form_master, colleague, pupils):
    [ada] = pupils()
    put(form_master, mark(ada, code="A"))
    for student in (ada, 2**31 - 1, 0):
        assert colleague.get(of_student(student)).outcome == (404, "not_found")
    assert colleague.get(ATTENDANCE, student=ada).json["count"] == 0


# --- files ---


@pytest.fixture
def csv(server, pupils):
    """A file of three marks of two students."""
    ada, ben = map(server.number_of, pupils(2))
    return f"Student No;Date;Mark\n{ada};{day()};P\n{ada};{day(1)};a\n{ben};{day()};E\n"


def test_a_file_is_imported_once(administrator, csv):
    text = csv + f"X-1;{day()};P\n{csv.split(';')[2][5:]};never;P\n"
    dry = send_file(administrator, text, dry_run="true")
    assert dry.status == 200
    assert dry.json["days"]["new"] == 3
    answer = send_file(administrator, text)
    assert answer.json == {**dry.json, "dry_run": False}
    report = answer.json
    assert (report["separator"], report["rows"], report["marks"]) == ("semicolon", 5, 3)
    assert report["unknown_students"] == {"count": 1, "rows": 1, "items": ["X-1"]}
    assert [each["row"] for each in report["broken"]["items"]] == [6]
    again = send_file(administrator, text).json["days"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 3)


def test_a_file_in_parts_is_read_as_it_comes(administrator, csv):
    parts = iter([csv[:20].encode(), csv[20:].encode()])
    headers = {"Content-Type": "text/csv"}
    answer = administrator.send("POST", ATTENDANCE_IMPORT, parts, headers)
    assert (answer.status, answer.json["days"]["new"]) == (200, 3)


LARGE = 30 * 1024 * 1024


def large_file(csv):
    """The file with a column that nobody needs, of 30 MB."""
    header, *rows = csv.splitlines()
    students = [row.split(";")[0] for row in (rows[0], rows[2])]
    filler = "x" * 2000
    lines = [f"{header};Remark of the Other Program"]
    for number in range(LARGE // len(filler) // 2 + 1):
        lines += [f"{it};{day(number % 5)};P;{filler}" for it in students]
    return "\n".join(lines).encode()


def test_a_file_of_30_mb_is_imported(administrator, csv):
    body = large_file(csv)
    assert len(body) >= LARGE
    answer = send_file(administrator, body)
    assert answer.status == 200
    assert answer.json["rows"] == body.count(b"\n")
    assert answer.json["days"]["new"] == 10


def test_a_file_of_30_mb_comes_through_the_dialog(server, administrator, csv):
    key = server.seed["keys"]["administrator"]

    def call(method, model="intervention.attendance.import", **arguments):
        status, answer = server.call(key, model, method, **arguments)
        assert status == 200, answer
        return answer

    [source] = call(
        "create", "intervention.attendance.source", vals_list=[{"name": "The Office"}]
    )
    content = base64.b64encode(large_file(csv)).decode()
    ids = call(
        "create",
        vals_list=[{"source_id": source, "file": content, "file_name": "year.csv"}],
    )
    call("action_read", ids=ids)
    call("action_check", ids=ids)
    [read] = call("read", ids=ids, fields=["state", "new_count", "broken_count"])
    assert (read["state"], read["new_count"], read["broken_count"]) == (
        "checked",
        10,
        0,
    )
    call("action_import", ids=ids)
    again = send_file(administrator, csv, dry_run="true").json["days"]
    assert (again["new"], again["changed"]) == (0, 2)


def test_what_is_not_clear_in_a_file_is_asked(administrator, csv):
    ambiguous = csv.replace(day(), "04/03/2024").replace(day(1), "05/03/2024")
    answer = send_file(administrator, ambiguous)
    assert (answer.status, answer.faults) == (400, {"date_order"})
    answer = send_file(administrator, ambiguous, date_order="dmy", dry_run="true")
    assert answer.json["first_day"] == day()
    unnamed = csv.replace("Student No;Date;Mark", "Foo;Bar;Baz")
    answer = send_file(administrator, unnamed)
    assert (answer.status, answer.faults) == (400, {"number_column", "date_column"})
    columns = {"number_column": "Foo", "date_column": "bar", "code_column": "BAZ"}
    answer = send_file(administrator, unnamed, dry_run="true", **columns)
    assert answer.json["marks"] == 3
    for query in (
        {"number_column": "Nothing"},
        {"source": 2**31 - 1},
        {"separator": "x"},
        {"nonsense": 1},
    ):
        answer = send_file(administrator, csv, **query)
        assert (answer.status, answer.faults) == (400, set(query))
    answer = send_file(administrator, csv, holds="absences")
    assert (answer.status, answer.faults) == (400, {"complete_until"})
    for data in (b"", b"\x00\x01\x02" * 9):
        assert send_file(administrator, data).outcome == (400, "validation_error")


def test_absences_make_who_was_there_known(administrator, csv):
    query = {
        "holds": "absences",
        "complete_until": day(1),
        "date_order": "ymd",
        "dry_run": "true",
    }
    report = send_file(administrator, csv, **query).json
    assert report["days"]["new"] > 4


def test_files_are_for_administrators(form_master, staff, portal, anonymous, csv):
    for client, status in (
        (form_master, 403),
        (staff, 403),
        (portal, 403),
        (anonymous, 401),
    ):
        assert send_file(client, csv).status == status


def test_a_file_of_another_type_or_too_large_is_refused(administrator, csv):
    answer = send_file(administrator, csv, "application/json")
    assert answer.outcome == (415, "unsupported_media_type")
    headers = {"Content-Type": "text/csv", "Content-Length": str(schema.MAX_FILE + 1)}
    answer = administrator.send("POST", ATTENDANCE_IMPORT, b"", headers)
    assert answer.outcome == (413, "payload_too_large")
