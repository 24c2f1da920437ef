"""Files of meetings and of their updates, over the HTTP API."""

import hashlib
import http.client
import json
import uuid
import zlib
from base64 import b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from api_client import MEETINGS, PDF, PROGRESS, address, attachments
from conftest import Connection
from test_api_races import together
from test_api_rights import FOREIGN, SAME_ORIGIN, Browser, same_origin

MIB = 1024 * 1024


def png(side=1):
    """A tiny file: the smallest picture that there is, or what says to be a larger."""

    def chunk(kind, data):
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + checksum

    header = chunk(b"IHDR", 2 * side.to_bytes(4, "big") + b"\x08\0\0\0\0")
    pixel = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


@pytest.fixture
def other_meeting(form_master, new_student):
    return form_master.record(new_student())


@pytest.fixture
def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


@pytest.fixture(scope="module")
def browsers(server):
    return {login: Browser(server, login) for login in server.seed["users"]}


def place(meeting, file):
    """Return the path of a file."""
    return f"{attachments(meeting)}{file['id']}/"


def listed(client, meeting):
    return client.get(attachments(meeting)).json["results"]


# --- adding ---


def test_a_file_is_added(server, form_master, meeting):
    before = datetime.utcnow() - timedelta(seconds=5)
    answer = form_master.upload(meeting, PDF, "Note of the doctor.pdf")
    file = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"{server.url}{place(meeting, file)}"
    moment = datetime.fromisoformat(file.pop("created_at").rstrip("Z"))
    assert before < moment < datetime.utcnow() + timedelta(seconds=5)
    assert file == {
        "id": file["id"],
        "meeting": meeting["id"],
        "progress": None,
        "name": "Note of the doctor.pdf",
        "mimetype": "application/pdf",
        "size": len(PDF),
        "checksum": hashlib.sha1(PDF).hexdigest(),
        "retracted": None,
        "created_by": server.seed["users"]["form_master"],
        "created_by_name": "Form Master",
    }
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_slash_at_the_end_does_not_matter(form_master, meeting, slash):
    headers = {"Content-Disposition": "attachment; filename=a.pdf"}
    path = attachments(meeting).rstrip("/") + slash
    file = form_master.request("POST", path, PDF, headers).json
    assert form_master.get(path).json["results"] == [file]
    assert form_master.get(f"{path.rstrip('/')}/{file['id']}{slash}").body == PDF


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=note.pdf", "note.pdf"),
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ('form-data; name="file"; filename="a.pdf"', "a.pdf"),
        ("inline; filename=note", "note.pdf"),
        ("attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''%D8%A3.pdf", "أ.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd.pdf"),
        ('attachment; filename="note.exe"', "note.exe.pdf"),
    ],
)
def test_the_header_gives_the_name(form_master, meeting, header, name):
    answer = form_master.upload(meeting, PDF, headers={"Content-Disposition": header})
    assert (answer.status, answer.json["name"]) == (201, name)


@pytest.mark.parametrize(
    "header",
    [None, "", "attachment", 'attachment; filename=""', "filename=note.pdf"]
    + ['attachment; filename=" "'],
)
def test_a_file_without_a_name_is_400(form_master, meeting, header):
    answer = form_master.upload(meeting, PDF, headers={"Content-Disposition": header})
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"Content-Disposition"}
    assert not listed(form_master, meeting)


@pytest.mark.parametrize("header", ["attachment; filename=..", 'a; filename="/"'])
def test_a_name_of_which_nothing_is_left_is_400(form_master, meeting, header):
    answer = form_master.upload(meeting, PDF, headers={"Content-Disposition": header})
    assert answer.outcome == (400, "validation_error")
    assert not listed(form_master, meeting)


def test_an_empty_file_is_400(form_master, meeting):
    answer = form_master.upload(meeting, b"")
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"body"}


@pytest.mark.parametrize(
    "content_type",
    ["application/pdf", "text/html", "application/x-www-form-urlencoded", ""]
    + ["multipart/form-data; boundary=x", "application/json"],
)
def test_the_content_tells_the_type(form_master, meeting, content_type):
    headers = {"Content-Type": content_type}
    answer = form_master.upload(meeting, PDF, headers=headers)
    assert (answer.status, answer.json["mimetype"]) == (201, "application/pdf")


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#!/bin/sh",
        b"MZ\x90\x00",
        b"GIF89a\x01\x00",
        b"PK\x03\x04",
        b"\x00",
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("content_type", ["application/pdf", "image/png"])
def test_another_type_is_415(form_master, meeting, data, content_type):
    headers = {"Content-Type": content_type}
    answer = form_master.upload(meeting, data, headers=headers)
    assert answer.outcome == (415, "unsupported_media_type")
    assert "PDF" in answer.json["detail"]
    assert not listed(form_master, meeting)


def test_half_a_picture_is_400(form_master, meeting):
    answer = form_master.upload(meeting, png()[:20], "photo.png")
    assert answer.outcome == (400, "validation_error")


@pytest.mark.parametrize("side", [7100, 10000, 60000, 2**31 - 1])
def test_a_picture_of_too_many_pixels_is_400(form_master, meeting, side):
    answer = form_master.upload(meeting, png(side), "photo.png")
    assert answer.outcome == (400, "validation_error")
    assert "50 million pixels" in answer.json["detail"]
    assert not listed(form_master, meeting)


def test_a_file_of_ten_mib_is_taken(form_master, meeting):
    data = PDF.ljust(10 * MIB)
    file = form_master.attach(meeting, data)
    assert file["size"] == len(data)
    assert form_master.get(place(meeting, file)).body == data


@pytest.mark.parametrize("size", [10 * MIB + 1, 40 * MIB])
def test_a_larger_file_is_413(form_master, meeting, size):
    answer = form_master.upload(meeting, PDF.ljust(size))
    assert answer.outcome == (413, "payload_too_large")
    assert not listed(form_master, meeting)


def test_a_file_of_a_terabyte_is_413_before_it_is_read(form_master, meeting):
    link = http.client.HTTPConnection(urlsplit(form_master.url).netloc, timeout=120)
    link.putrequest("POST", attachments(meeting))
    for name, value in {
        **form_master.headers,
        "Content-Disposition": "attachment; filename=a.pdf",
        "Content-Length": str(2**40),
    }.items():
        link.putheader(name, value)
    link.endheaders(PDF)
    response = link.getresponse()
    problem = json.loads(response.read())
    link.close()
    assert (response.status, problem["code"]) == (413, "payload_too_large")


def chunked(client, meeting, chunks):
    link = http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=120)
    headers = {
        **client.headers,
        "Content-Disposition": "attachment; filename=a.pdf",
        "Transfer-Encoding": "chunked",
    }
    link.request("POST", attachments(meeting), chunks, headers, encode_chunked=True)
    response = link.getresponse()
    answer = json.loads(response.read())
    link.close()
    return response.status, answer


def test_a_file_in_chunks_is_read(form_master, meeting):
    status, file = chunked(form_master, meeting, [PDF[:10], PDF[10:]])
    assert (status, file["size"]) == (201, len(PDF))


def test_too_many_chunks_are_413(form_master, meeting):
    chunks = [PDF, *[b" " * MIB] * 11]
    status, problem = chunked(form_master, meeting, chunks)
    assert (status, problem["code"]) == (413, "payload_too_large")


def test_the_school_sets_the_limit(server, form_master, meeting):
    def set_limit(size):
        with Connection(server) as connection:
            settings = connection.env["intervention.settings"]
            found = settings.search([("company_id", "=", connection.env.company.id)])
            (found or settings.create({})).max_file_mib = size
            connection.commit()

    set_limit(1)
    try:
        assert form_master.upload(meeting, PDF.ljust(MIB)).status == 201
        answer = form_master.upload(meeting, PDF.ljust(MIB + 1))
        assert answer.outcome == (413, "payload_too_large")
        assert str(MIB) in answer.json["detail"]
    finally:
        set_limit(10)


def test_a_file_is_added_to_a_closed_meeting(form_master, meeting):
    form_master.add(meeting, status="closed", resolution_notes="Solved")
    assert form_master.attach(meeting)["meeting"] == meeting["id"]


# --- a file with an update ---


def test_a_file_goes_with_an_update(form_master, meeting):
    file = form_master.attach(meeting)
    update = form_master.add(meeting, status="improving", attachments=[file["id"]])
    assert listed(form_master, meeting) == [{**file, "progress": update["id"]}]
    assert form_master.get(place(meeting, file)).body == PDF


def test_ids_may_be_strings(form_master, meeting):
    files = [str(form_master.attach(meeting)["id"]) for _number in range(2)]
    update = form_master.add(meeting, attachments=files)
    rows = listed(form_master, meeting)
    assert {row["progress"] for row in rows} == {update["id"]}


@pytest.mark.parametrize("value", [[], None])
def test_an_update_needs_no_file(form_master, meeting, value):
    form_master.add(meeting, attachments=value)


@pytest.mark.parametrize("value", ["1", ["x"], [0], [2**40], ["9" * 99]])
def test_odd_ids_are_400(form_master, meeting, value):
    document = {
        "meeting": meeting["id"],
        "update_text": "Note",
        "attachments": value,
    }
    answer = form_master.post(PROGRESS, document)
    assert answer.outcome == (400, "validation_error")
    assert answer.faults == {"attachments"}
    assert form_master.read(meeting) == meeting


def test_only_an_own_file_of_the_meeting_goes_with_an_update(
    form_master, administrator, meeting, other_meeting
):
    taken = form_master.attach(meeting)
    form_master.add(meeting, attachments=[taken["id"]])
    before = form_master.read(meeting)
    for file in (
        taken,
        form_master.attach(other_meeting),
        administrator.attach(meeting),
    ):
        document = {
            "meeting": meeting["id"],
            "update_text": "Note",
            "status": "escalated",
            "attachments": [file["id"]],
        }
        answer = form_master.post(PROGRESS, document)
        assert (answer.status, answer.faults) == (400, {"attachments"})
    assert form_master.read(meeting) == before


def test_of_two_updates_with_one_file_one_is_made(form_master, meeting):
    file = form_master.attach(meeting)
    document = {
        "meeting": meeting["id"],
        "update_text": "Note",
        "attachments": [file["id"]],
    }
    answers = together(*[lambda: form_master.post(PROGRESS, document)] * 4)
    assert sorted(answer.status for answer in answers) == [201, 400, 400, 400]
    [made] = [answer.json for answer in answers if answer.status == 201]
    assert listed(form_master, meeting)[0]["progress"] == made["id"]
    assert form_master.read(meeting)["progress_count"] == 1


# --- reading ---


def test_files_are_listed_newest_first_in_pages(form_master, meeting):
    made = [form_master.attach(meeting, name=f"{n}.pdf")["id"] for n in range(5)]
    pages = form_master.pages(attachments(meeting), page_size=2)
    assert [page["count"] for page in pages] == [5, 5, 5]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert ids == made[::-1]


def test_a_meeting_without_files_has_an_empty_page(form_master, meeting):
    page = form_master.get(attachments(meeting)).json
    assert page == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_page_after_the_last_is_404(form_master, meeting):
    assert form_master.get(attachments(meeting), page=2).status == 404


@pytest.mark.parametrize("query", [{"page": "0"}, {"page_size": "x"}, {"nonsense": 1}])
def test_a_bad_parameter_is_400(form_master, meeting, query):
    answer = form_master.get(attachments(meeting), **query)
    assert (answer.status, answer.faults) == (400, set(query))


def test_a_file_is_downloaded(form_master, meeting):
    data = png()
    file = form_master.attach(meeting, data, "photo.png")
    answer = form_master.get(place(meeting, file))
    headers = answer.headers
    assert (answer.status, answer.body) == (200, data)
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(data))
    assert headers["Content-Disposition"] == "attachment; filename=photo.png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert headers["ETag"] == f'"{file["checksum"]}"'
    assert "private" in headers["Cache-Control"]
    assert "public" not in headers["Cache-Control"]


def test_a_name_with_other_letters_is_sent_encoded(form_master, meeting):
    header = "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"
    file = form_master.upload(
        meeting, PDF, headers={"Content-Disposition": header}
    ).json
    answer = form_master.get(place(meeting, file))
    disposition = answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''r%C3%A9sum%C3%A9.pdf" in disposition


def test_head_has_the_headers_alone(form_master, meeting):
    file = form_master.attach(meeting)
    for path in (attachments(meeting), place(meeting, file)):
        get = form_master.get(path)
        head = form_master.request("HEAD", path)
        assert (head.status, head.body) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag"):
            assert head.headers[name] == get.headers[name]


def test_a_file_that_the_client_has_is_304(form_master, meeting):
    file = form_master.attach(meeting)
    etag = {"If-None-Match": f'"{file["checksum"]}"'}
    answer = form_master.send("GET", place(meeting, file), headers=etag)
    assert (answer.status, answer.body) == (304, b"")
    other = {"If-None-Match": '"x"'}
    assert form_master.get(place(meeting, file), other).body == PDF


@pytest.mark.parametrize("part", ["bytes=0-3", "bytes=9999-", "bytes=x", "lines=1-2"])
def test_a_part_of_a_file_is_the_whole(form_master, meeting, part):
    file = form_master.attach(meeting)
    answer = form_master.get(place(meeting, file), {"Range": part})
    assert (answer.status, answer.body) == (200, PDF)


@pytest.mark.parametrize("number", [0, 2**31 - 1, 2**31, 9999999999])
def test_a_file_that_is_not_there_is_404(form_master, meeting, number):
    assert form_master.get(f"{attachments(meeting)}{number}/").status == 404
    file = form_master.attach(meeting)
    assert form_master.get(f"{MEETINGS}{number}/attachments/").status == 404
    path = f"{MEETINGS}{number}/attachments/{file['id']}/"
    assert form_master.get(path).status == 404


def test_a_file_of_another_meeting_is_404(form_master, meeting, other_meeting):
    file = form_master.attach(other_meeting)
    assert form_master.get(place(meeting, file)).outcome == (404, "not_found")


def test_no_other_file_of_odoo_is_given_away(server, form_master, meeting):
    with Connection(server, "form_master") as connection:
        env = connection.env
        others = [
            env["ir.attachment"].create({"name": "a.pdf", "raw": PDF}).id,
            env["intervention.file"]
            .create({"name": "a.pdf", "content": b64encode(PDF)})
            .id,
        ]
        connection.commit()
    for number in others:
        assert form_master.get(f"{attachments(meeting)}{number}/").status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_file_is_not_changed(form_master, meeting, method):
    file = form_master.attach(meeting)
    answer = form_master.request(method, place(meeting, file), {})
    assert answer.outcome == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_options_tells_the_methods(form_master, meeting):
    answer = form_master.request("OPTIONS", attachments(meeting))
    assert set(answer.headers["Allow"].split(", ")) == {
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
    }
    assert not listed(form_master, meeting)


# --- who may ---


def three_ways(client, meeting, file):
    yield client.get(attachments(meeting))
    yield client.upload(meeting, PDF)
    yield client.get(place(meeting, file))


def test_nobody_is_401(anonymous, form_master, meeting):
    file = form_master.attach(meeting)
    for answer in three_ways(anonymous, meeting, file):
        assert answer.outcome == (401, "not_authenticated")
    assert listed(form_master, meeting) == [file]


@pytest.mark.parametrize("who", ["staff", "portal"])
def test_who_has_neither_group_is_403(request, form_master, meeting, who):
    file = form_master.attach(meeting)
    for answer in three_ways(request.getfixturevalue(who), meeting, file):
        assert answer.outcome == (403, "permission_denied")
    assert listed(form_master, meeting) == [file]


def test_another_form_master_is_404(colleague, form_master, meeting):
    own = form_master.attach(meeting)
    file = form_master.attach(meeting)
    form_master.add(meeting, attachments=[file["id"]])
    before = listed(form_master, meeting)
    for each in (own, file):
        for answer in three_ways(colleague, meeting, each):
            assert answer.outcome == (404, "not_found")
    assert listed(form_master, meeting) == before


def test_another_form_master_is_404_however_large_the_file(colleague, meeting):
    assert colleague.upload(meeting, PDF.ljust(10 * MIB + 1)).status == 404


def test_the_administrator_may_all(administrator, form_master, meeting):
    file = form_master.attach(meeting)
    statuses = [each.status for each in three_ways(administrator, meeting, file)]
    assert statuses == [200, 201, 200]


def test_the_files_go_with_the_case(
    server, administrator, form_master, colleague, meeting
):
    file = form_master.attach(meeting)
    owner = {"form_master": server.seed["users"]["colleague"]}
    assert administrator.patch(address(meeting), owner).status == 200
    statuses = [each.status for each in three_ways(form_master, meeting, file)]
    assert statuses == [404] * 3
    assert colleague.get(place(meeting, file)).body == PDF


def test_the_files_of_an_archived_meeting_are_404(administrator, form_master, meeting):
    file = form_master.attach(meeting)
    form_master.delete(address(meeting))
    for client in (form_master, administrator):
        answers = three_ways(client, meeting, file)
        assert [answer.status for answer in answers] == [404] * 3


@pytest.mark.parametrize("how", SAME_ORIGIN)
def test_a_session_adds_from_its_own_pages(server, browsers, meeting, how):
    browser = browsers["form_master"]
    answer = browser.upload(meeting, PDF, headers=same_origin(server, how))
    assert answer.status == 201
    assert browser.get(place(meeting, answer.json)).body == PDF


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize("content_type", ["application/octet-stream", "text/plain"])
def test_a_session_adds_from_nowhere_else(
    server, browsers, meeting, case, content_type
):
    host = urlsplit(server.url).netloc
    headers = {name: text.format(host=host) for name, text in FOREIGN[case].items()}
    headers["Content-Type"] = content_type
    browser = browsers["form_master"]
    answer = browser.upload(meeting, PDF, headers=headers)
    assert answer.outcome == (403, "permission_denied")
    assert not listed(browser, meeting)


def test_a_session_sees_what_its_user_sees(server, browsers, form_master, meeting):
    file = form_master.attach(meeting)
    for login, status in (("colleague", 404), ("staff", 403), ("administrator", 200)):
        answer = browsers[login].get(place(meeting, file))
        assert answer.status == status


# --- repeats ---


def test_a_repeat_adds_nothing(form_master, meeting, key):
    one, two = (form_master.upload(meeting, PDF, headers=key) for _number in range(2))
    assert (one.status, one.json) == (two.status, two.json)
    assert one.headers["Location"] == two.headers["Location"]
    assert listed(form_master, meeting) == [one.json]


def test_a_repeat_after_the_update_took_it_is_answered(form_master, meeting, key):
    file = form_master.upload(meeting, PDF, headers=key).json
    update = form_master.add(meeting, attachments=[file["id"]])
    again = form_master.upload(meeting, PDF, headers=key)
    assert (again.status, again.json) == (201, {**file, "progress": update["id"]})


def test_twenty_repeats_at_once_add_one_file(form_master, meeting, key):
    answers = together(*[lambda: form_master.upload(meeting, PDF, headers=key)] * 20)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(listed(form_master, meeting)) == 1


def test_a_key_with_another_file_is_409(form_master, meeting, other_meeting, key):
    form_master.upload(meeting, PDF, headers=key)
    for answer in (
        form_master.upload(meeting, PDF + b"\n", headers=key),
        form_master.upload(meeting, PDF, "other.pdf", headers=key),
        form_master.upload(other_meeting, PDF, headers=key),
    ):
        assert answer.outcome == (409, "idempotency_conflict")
    assert len(listed(form_master, meeting)) == 1


def test_a_refused_file_frees_the_key(form_master, meeting, key):
    assert form_master.upload(meeting, b"<html/>", headers=key).status == 415
    assert form_master.upload(meeting, PDF, headers=key).status == 201


def test_a_repeat_of_a_deleted_file_is_404(server, form_master, meeting, key):
    file = form_master.upload(meeting, PDF, headers=key).json
    with Connection(server, "form_master") as connection:
        connection.env["intervention.file"].browse(file["id"]).unlink()
        connection.commit()
    assert form_master.upload(meeting, PDF, headers=key).status == 404


# --- what stays inside ---


def test_the_log_has_no_name_of_a_file(server, form_master, colleague, meeting):
    name = "Zebrafish-note.pdf"
    file = form_master.attach(meeting, name=name)
    form_master.get(place(meeting, file))
    form_master.add(meeting, attachments=[file["id"]])
    for client in (form_master, colleague):
        client.upload(meeting, b"<html/>", name)
        client.upload(meeting, b"", name)
        client.upload(meeting, PDF.ljust(10 * MIB + 1), name)
    log = server.log.read_text()
    assert place(meeting, file) in log
    assert "Zebrafish" not in log
