"""Updates, changes and files that were retracted, over the HTTP API."""

import uuid
from datetime import datetime, timezone

import pytest
from api_client import MEETINGS, PDF, PROGRESS, address, attachments
from test_api_rights import Browser

SECRET = "Vicuna: about another child"
WHY = {"reason": "Belongs to another student."}


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student, intervention_notes=SECRET)


@pytest.fixture
def update(form_master, meeting):
    return form_master.add(meeting, SECRET)


def of_update(update):
    return f"{PROGRESS}{update['id']}/retract/"


def of_file(meeting, file):
    return f"{attachments(meeting)}{file['id']}/retract/"


def of_change(meeting, change):
    return f"{address(meeting)}changes/{change['id']}/retract/"


def test_a_retracted_update_stays_without_its_text(
    form_master, administrator, server, meeting, update
):
    answer = form_master.post(of_update(update), WHY)
    assert answer.status == 200
    retracted = answer.json["retracted"]
    assert answer.json == {**update, "update_text": "", "retracted": retracted}
    assert retracted == {
        "by": server.seed["users"]["form_master"],
        "by_name": "Form Master",
        "at": retracted["at"],
        **WHY,
    }
    for client in (form_master, administrator):
        after = client.read(meeting)
        assert after["progress_updates"] == [answer.json]
        assert after["progress_count"] == 0
        page = client.get(f"{MEETINGS}student/{meeting['student']}/")
        assert page.json["results"][0]["progress_updates"] == [answer.json]


def test_the_status_that_came_with_it_stands(form_master, meeting):
    update = form_master.add(meeting, SECRET, status="escalated")
    form_master.post(of_update(update), WHY)
    assert form_master.read(meeting)["status"] == "escalated"


def test_who_keeps_a_copy_is_told(form_master, meeting, update):
    etag = form_master.get(address(meeting)).headers["ETag"]
    moment = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    form_master.post(of_update(update), WHY)
    after = form_master.get(address(meeting))
    assert after.headers["ETag"] != etag
    assert after.json["updated_at"] > moment
    page = form_master.get(
        MEETINGS, student=meeting["student"], updated_since=after.json["updated_at"]
    )
    assert page.json["count"] == 1


def test_only_the_author_and_administrators_may(
    form_master, administrator, colleague, staff, anonymous, meeting, update
):
    assert colleague.post(of_update(update), WHY).status == 404
    assert staff.post(of_update(update), WHY).status == 403
    assert anonymous.post(of_update(update), WHY).status == 401
    theirs = administrator.add(meeting, "Note")
    assert form_master.post(of_update(theirs), WHY).outcome == (
        403,
        "permission_denied",
    )
    assert administrator.post(of_update(update), WHY).status == 200


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": None}, {"reason": 7}])
def test_a_reason_is_needed(form_master, update, body):
    answer = form_master.post(of_update(update), body)
    assert answer.outcome == (400, "validation_error")
    assert set(answer.faults) == {"reason"}


def test_what_is_retracted_is_not_retracted_again(form_master, update):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = form_master.post(of_update(update), WHY, key)
    assert form_master.post(of_update(update), WHY, key).json == first.json
    assert form_master.post(of_update(update), WHY).outcome == (
        400,
        "validation_error",
    )


def test_what_does_not_exist_is_404(form_master, meeting):
    for path in (
        f"{PROGRESS}999999999/retract/",
        f"{address(meeting)}changes/999999999/retract/",
        f"{attachments(meeting)}999999999/retract/",
    ):
        assert form_master.post(path, WHY).status == 404


def test_a_change_of_a_text_loses_both_values(
    form_master, administrator, colleague, meeting
):
    form_master.patch(address(meeting), {"intervention_notes": "Right notes"})
    [change] = form_master.read(meeting)["changes"]
    assert change["old"] == SECRET
    assert colleague.post(of_change(meeting, change), WHY).status == 404
    answer = form_master.post(of_change(meeting, change), WHY)
    assert answer.status == 200
    [after] = answer.json["changes"]
    assert (after["old"], after["new"]) == (None, None)
    assert after["retracted"]["reason"] == WHY["reason"]
    assert answer.json["intervention_notes"] == "Right notes"
    assert administrator.read(meeting)["changes"] == [after]


def test_a_change_of_another_meeting_is_404(form_master, meeting, new_student):
    other = form_master.record(new_student())
    form_master.patch(address(meeting), {"intervention_notes": "Right notes"})
    [change] = form_master.read(meeting)["changes"]
    assert form_master.post(of_change(other, change), WHY).status == 404


def test_a_change_of_anything_else_stays(form_master, meeting):
    form_master.patch(address(meeting), {"urgency_level": "high"})
    [change] = form_master.read(meeting)["changes"]
    answer = form_master.post(of_change(meeting, change), WHY)
    assert answer.outcome == (400, "validation_error")


def test_a_retracted_file_is_for_administrators_alone(
    form_master, administrator, server, meeting
):
    file = form_master.attach(meeting)
    form_master.add(meeting, attachments=[file["id"]])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answer = form_master.post(of_file(meeting, file), WHY, key)
    assert answer.status == 200
    assert (answer.json["name"], answer.json["checksum"]) == ("", "")
    assert answer.json["retracted"]["reason"] == WHY["reason"]
    assert form_master.post(of_file(meeting, file), WHY, key).json == answer.json
    page = form_master.get(attachments(meeting)).json
    assert page["results"] == [answer.json]
    path = f"{attachments(meeting)}{file['id']}/"
    assert form_master.get(path).status == 404
    assert administrator.get(path).body == PDF
    for login, status in (("form_master", 403), ("administrator", 200)):
        browser = Browser(server, login)
        for kind in ("content", "image"):
            found = browser.send(
                "GET", f"/web/{kind}/intervention.file/{file['id']}/content"
            )
            assert PDF not in found.body or status == 200
            if kind == "content":
                assert (found.status == 200) == (status == 200)


def test_who_changes_a_case_then_is_answered_as_who_reads(form_master, meeting, update):
    assert form_master.post(of_update(update), WHY).status == 200
    answer = form_master.patch(address(meeting), {"status": "monitoring"})
    read = form_master.get(address(meeting))
    assert answer.json == read.json
    assert answer.headers["ETag"] == read.headers["ETag"]
