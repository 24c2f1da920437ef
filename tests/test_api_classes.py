"""The cases of a class, for its form masters, where the school shares them."""

import random
from datetime import datetime, timedelta

import pytest
from api_client import (
    EXPORT,
    MEETINGS,
    PROGRESS,
    RECURRING,
    STATISTICS,
    address,
    meeting_document,
)
from conftest import Connection
from odoo import fields
from odoo.tools import hash_sign, verify_hash_signed
from test_api_changes import PURPOSE, keep, kinds, told, truth

FORM_MASTER = "intervention_tracking.group_intervention_form_master"


class School:
    """A school of its own with a class, which ``main`` and ``further`` have."""

    def __init__(self, server):
        self.server = server
        with Connection(server) as connection:
            env = connection.env
            self.company = env["res.company"].create({"name": f"S{random.random()}"}).id
            people = [self._new_person(env) for _number in range(3)]
            self.main, self.further, self.other = (client for client, _id in people)
            self.ids = [user for _client, user in people]
            self.classes = [
                env["intervention.class"]
                .create(
                    {
                        "name": name,
                        "company_id": self.company,
                        "form_master_id": user,
                    }
                )
                .id
                for name, user in (("1A", self.ids[0]), ("1B", self.ids[2]))
            ]
            self.line = (
                env["intervention.class.form.master"]
                .create({"class_id": self.classes[0], "user_id": self.ids[1]})
                .id
            )
            self.settings = (
                env["intervention.settings"].create({"company_id": self.company}).id
            )
            self.students = [
                env["res.partner"]
                .create(
                    {
                        "name": f"Student {number}",
                        "is_intervention_student": True,
                        "company_id": self.company,
                        "school_class_id": self.classes[number],
                    }
                )
                .id
                for number in (0, 1)
            ]
            connection.commit()

    def _new_person(self, env):
        user = env["res.users"].create(
            {
                "name": "One",
                "login": f"one-{random.random()}",
                "company_id": self.company,
                "company_ids": [(6, 0, [self.company])],
                "group_ids": [(6, 0, env.ref(FORM_MASTER).ids)],
            }
        )
        keys = env["res.users.apikeys"].with_user(user)
        until = datetime.now() + timedelta(days=1)
        return self.server.client(keys._generate("rpc", "tests", until)), user.id

    def change(self, model, record, **values):
        with Connection(self.server) as connection:
            connection.env[model].browse(record).write(values)
            connection.commit()

    def share(self, is_on=True):
        self.change("intervention.settings", self.settings, class_cases_shared=is_on)

    def set_days(self, first, last):
        """Let the days of ``further`` begin and end so many days from today."""
        day = fields.Date.today()
        self.change(
            "intervention.class.form.master",
            self.line,
            date_from=first is not None and day + timedelta(days=first),
            date_to=last is not None and day + timedelta(days=last),
        )


@pytest.fixture
def school(server):
    school = School(server)
    yield school
    # Where nobody is a substitute, requests take fewer statements.
    school.share(False)
    with Connection(server) as connection:
        lines = connection.env["intervention.class.form.master"]
        lines.search([("company_id", "=", school.company)]).unlink()
        connection.commit()


def sees(client, meeting):
    """Tell whether a client sees a meeting, which all answers must agree on."""
    found = client.get(address(meeting)).status == 200
    listed = client.get(MEETINGS).json["results"]
    assert (meeting["id"] in [row["id"] for row in listed]) == found
    history = client.get(f"{MEETINGS}student/{meeting['student']}/").json
    assert history["count"] == int(found)
    assert client.get(STATISTICS).json["total_meetings"] == len(listed)
    assert client.get(EXPORT).body.count(b"Reason:") == len(listed)
    return found


def test_the_cases_of_a_class_are_shared_where_the_school_does(school):
    meeting = school.main.record(
        school.students[0], absence_reason="Reason: ill", root_cause="other"
    )
    clients = (school.main, school.further, school.other)
    assert [sees(client, meeting) for client in clients] == [True, False, False]
    school.share()
    assert [sees(client, meeting) for client in clients] == [True, True, False]
    assert school.further.read(meeting) == school.main.read(meeting)
    school.share(False)
    assert [sees(client, meeting) for client in clients] == [True, False, False]


def test_a_substitute_sees_them_in_their_days(school):
    meeting = school.main.record(school.students[0], absence_reason="Reason: ill")
    school.share()
    # Two days apart from today: it may be another one where the school is.
    for first, last, found in (
        (2, 9, False),
        (-2, 9, True),
        (-9, 2, True),
        (-9, -2, False),
        (None, None, True),
    ):
        school.set_days(first, last)
        assert sees(school.further, meeting) == found


def test_a_colleague_works_on_the_case_and_its_owner_stays(school):
    school.share()
    meeting = school.main.record(school.students[0])
    client = school.further
    # A whole document that is sent back names the form master, who stays.
    document = {**client.read(meeting), "action_plan": "Another plan"}
    answer = client.put(address(meeting), document)
    assert answer.status == 200
    update = {"meeting": meeting["id"], "update_text": "A visit", "status": "closed"}
    answer = client.post(PROGRESS, {**update, "resolution_notes": "Is back"})
    assert answer.status == 201
    assert answer.json["created_by"] == school.ids[1]
    after = school.main.read(meeting)
    assert after["form_master"] == school.ids[0]
    assert (after["action_plan"], after["status"]) == ("Another plan", "closed")
    assert {each["changed_by"] for each in after["changes"]} == {school.ids[1]}
    owner = {"form_master": school.ids[1]}
    answer = client.patch(address(meeting), owner)
    assert answer.outcome == (403, "permission_denied")
    document = meeting_document(school.students[0], form_master=school.ids[0])
    assert client.post(MEETINGS, document).outcome == (403, "permission_denied")
    assert school.other.patch(address(meeting), {"urgency_level": "low"}).status == 404
    assert client.delete(address(meeting)).status == 204
    assert school.main.get(address(meeting)).status == 404


def test_the_figures_of_a_colleague_have_them(school):
    for cause in ("other", "health"):
        school.main.record(school.students[0], root_cause=cause)
    assert school.further.get(RECURRING).json["count"] == 0
    school.share()
    assert school.further.get(RECURRING).json["count"] == 1
    assert school.other.get(RECURRING).json["count"] == 0


def test_a_copy_is_told_of_gaining_and_losing_sight(school):
    meeting = school.main.record(school.students[0])["id"]
    own = school.further.record(school.students[1])["id"]
    copy = {}
    since = keep(school.further, copy, None)
    assert set(copy) == {own}

    def news():
        nonlocal since
        results, _next = told(school.further, since)
        since = keep(school.further, copy, since)
        assert copy == truth(school.further)
        return sorted(kinds(results))

    def archive(is_archived):
        school_class = school.classes[0]
        school.change("intervention.class", school_class, active=not is_archived)

    changes = (
        (lambda: school.share(), "changed"),
        (lambda: school.set_days(-9, -2), "gone"),
        (lambda: school.set_days(None, 2), "changed"),
        (lambda: school.share(False), "gone"),
        (lambda: school.share(), "changed"),
        (
            lambda: school.change(
                "intervention.class", school.classes[0], active=False
            ),
            "gone",
        ),
        (
            lambda: school.change("intervention.class", school.classes[0], active=True),
            "changed",
        ),
    )
    for change, kind in changes:
        change()
        assert news() == [(meeting, kind), (own, "changed")]
        assert news() == []
    school.main.add({"id": meeting})
    assert news() == [(meeting, "changed")]
    new = school.main.record(school.students[0], root_cause="other")["id"]
    assert news() == [(new, "made")]
    # The student was the wrong one, and the right one is in another class.
    school.main.patch(address({"id": new}), {"student": school.students[1]})
    assert news() == [(new, "gone")]
    school.main.add({"id": new})
    assert news() == []
    school.main.delete(address({"id": meeting}))
    assert news() == [(meeting, "archived")]


def test_a_cursor_of_before_classes_were_shared_goes_on(school, server):
    meeting = school.main.record(school.students[0])["id"]
    _results, since = told(school.main)
    with Connection(server) as connection:
        place = verify_hash_signed(connection.env, PURPOSE, since)
        place["scopes"] = [scope[:2] for scope in place["scopes"]]
        since = hash_sign(connection.env, PURPOSE, place)
    results, since = told(school.main, since)
    assert kinds(results) == [(meeting, "changed")]
    assert told(school.main, since)[0] == []
