"""Who may call the HTTP API, and who may do what there."""

import base64
import http.client
import os
import re
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import psycopg2
import pytest
from api_client import (
    ANALYTICS,
    ATTENDANCE,
    ATTENDANCE_IMPORT,
    DESCRIPTION,
    EFFECT,
    EXPORT,
    MEETINGS,
    NEEDS_TALK,
    PROGRESS,
    RECURRING,
    ROOT,
    STATISTICS,
    WORKBOOK,
    Api,
    address,
    meeting_document,
)
from conftest import Connection
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

FORM_MASTER = "intervention_tracking.group_intervention_form_master"


@pytest.fixture
def meeting(form_master, student):
    return form_master.record(student)


def calls(meeting):
    """Every endpoint once, as method, path and document."""
    return [
        ("GET", MEETINGS, None),
        ("HEAD", MEETINGS, None),
        ("POST", MEETINGS, meeting_document(meeting["student"], root_cause="other")),
        ("GET", address(meeting), None),
        ("PUT", address(meeting), {"action_plan": "Forged"}),
        ("PATCH", address(meeting), {"action_plan": "Forged"}),
        ("DELETE", address(meeting), None),
        ("POST", PROGRESS, {"meeting": meeting["id"], "update_text": "Forged"}),
        ("GET", f"{MEETINGS}student/{meeting['student']}/", None),
        ("GET", RECURRING, None),
        ("GET", STATISTICS, None),
        ("GET", ANALYTICS, None),
        ("GET", NEEDS_TALK, None),
        ("GET", EFFECT, None),
        ("GET", ATTENDANCE, None),
        ("PUT", ATTENDANCE, {"marks": []}),
        ("POST", ATTENDANCE_IMPORT, {}),
        ("GET", f"{ROOT}students/{meeting['student']}/attendance/", None),
        ("GET", EXPORT, None),
        ("GET", WORKBOOK, None),
        ("HEAD", EXPORT, None),
        ("GET", DESCRIPTION, None),
        ("GET", f"{ROOT}nonsense/", None),
        ("POST", STATISTICS, {}),
    ]


CALLS = range(len(calls({"id": 1, "student": 1})))


def call(client, meeting, number):
    method, path, document = calls(meeting)[number]
    return client.request(method, path, document)


# --- the groups ---


@pytest.mark.parametrize("number", CALLS)
def test_nobody_is_401(anonymous, form_master, meeting, number):
    answer = call(anonymous, meeting, number)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("who", ["staff", "portal"])
@pytest.mark.parametrize("number", CALLS)
def test_who_has_neither_group_is_403(request, form_master, meeting, who, number):
    answer = call(request.getfixturevalue(who), meeting, number)
    assert answer.status == 403
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("path", [MEETINGS, PROGRESS])
def test_the_right_is_decided_before_the_body(staff, path):
    assert staff.post(path, b"{").outcome == (403, "permission_denied")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_another_form_masters_meeting_is_404_whatever_the_body(
    colleague, meeting, method
):
    assert colleague.request(method, address(meeting), b"{").status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_another_form_master_finds_no_meeting(colleague, form_master, meeting, method):
    document = {"action_plan": "Forged"} if method in ("PUT", "PATCH") else None
    answer = colleague.request(method, address(meeting), document)
    assert answer.status == 404
    assert form_master.read(meeting) == meeting


def test_the_answer_for_a_hidden_meeting_is_that_for_none(colleague, meeting):
    hidden = colleague.get(address(meeting))
    none = colleague.get(f"{MEETINGS}{2**31 - 1}/")
    assert hidden.body == none.body


def test_another_form_master_sees_nothing_in_lists(colleague, meeting):
    query = {"student": meeting["student"]}
    assert colleague.get(MEETINGS, **query).json["count"] == 0
    history = colleague.get(f"{MEETINGS}student/{meeting['student']}/").json
    assert (history["count"], history["results"]) == (0, [])


def test_a_form_masters_own_list_has_own_meetings_only(form_master, server):
    own = server.seed["users"]["form_master"]
    pages = form_master.pages(MEETINGS, page_size=200)
    assert {row["form_master"] for page in pages for row in page["results"]} <= {own}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_the_administrator_may_use_every_meeting(administrator, meeting, method):
    document = {"action_plan": "Better"} if method in ("PUT", "PATCH") else None
    answer = administrator.request(method, address(meeting), document)
    assert answer.status in (200, 204)


def test_the_administrator_records_for_a_form_master(
    administrator, form_master, server, student
):
    owner = server.seed["users"]["form_master"]
    meeting = administrator.record(student, form_master=owner)
    assert meeting["form_master"] == owner
    assert meeting["created_by"] == server.seed["users"]["administrator"]
    assert form_master.read(meeting) == meeting


def test_the_administrator_hands_a_meeting_over(
    administrator, form_master, colleague, server, meeting
):
    owner = {"form_master": server.seed["users"]["colleague"]}
    assert (
        administrator.patch(address(meeting), owner).json["form_master"]
        == (owner["form_master"])
    )
    assert colleague.read(meeting)["form_master_name"] == "Colleague"
    assert form_master.get(address(meeting)).status == 404


@pytest.mark.parametrize("who", ["staff", "portal"])
def test_a_meeting_goes_to_form_masters_only(administrator, server, meeting, who):
    owner = {"form_master": server.seed["users"][who]}
    answer = administrator.patch(address(meeting), owner)
    assert (answer.status, answer.faults) == (400, {"form_master"})


@pytest.mark.parametrize("owner", [2**31 - 1, 10**30, 0])
def test_a_meeting_does_not_go_to_nobody(administrator, meeting, owner):
    answer = administrator.patch(address(meeting), {"form_master": owner})
    assert (answer.status, answer.faults) == (400, {"form_master"})


def test_a_form_master_may_not_hand_over(form_master, server, meeting):
    owner = {"form_master": server.seed["users"]["colleague"]}
    answer = form_master.patch(address(meeting), owner)
    assert answer.outcome == (403, "permission_denied")
    assert form_master.read(meeting) == meeting


def test_a_form_master_may_not_record_for_another(form_master, server, student):
    owner = server.seed["users"]["colleague"]
    document = meeting_document(student, form_master=owner)
    assert form_master.post(MEETINGS, document).outcome == (403, "permission_denied")


def test_the_owner_sent_back_unchanged_is_no_hand_over(form_master, meeting):
    own = {"form_master": meeting["form_master"]}
    assert form_master.patch(address(meeting), own).status == 200


# --- companies ---


@pytest.fixture
def other_school(server):
    """A student of another company, and a client of its form master."""
    with Connection(server) as connection:
        env = connection.env
        company = env["res.company"].create({"name": f"School {uuid.uuid4()}"})
        user = new_user(env, company_id=company.id, company_ids=[(6, 0, company.ids)])
        student = env["res.partner"].create(
            {
                "name": "Of another school",
                "is_intervention_student": True,
                "company_id": company.id,
            }
        )
        key = new_key(user)
        connection.commit()
        return server.client(key), student.id


def test_the_administrator_of_one_school_sees_nothing_of_another(
    administrator, other_school
):
    client, student = other_school
    meeting = client.record(student)
    assert administrator.get(address(meeting)).status == 404
    assert administrator.get(MEETINGS, student=student).json["count"] == 0


def test_a_student_of_another_school_is_unknown(administrator, other_school):
    _client, student = other_school
    assert administrator.get(f"{MEETINGS}student/{student}/").status == 404
    answer = administrator.post(MEETINGS, meeting_document(student))
    assert (answer.status, answer.faults) == (400, {"student"})


# --- keys ---


def new_user(env, **values):
    login = f"user-{uuid.uuid4()}"
    # Without a password, as nobody logs in: its hash takes most of a second.
    users = env["res.users"].with_context(no_reset_password=True)
    return users.create(
        {
            "name": login,
            "login": login,
            "email": f"{login}@example.org",
            "group_ids": [(6, 0, [env.ref(FORM_MASTER).id])],
            **values,
        }
    )


def new_key(user, scope="rpc"):
    keys = user.env["res.users.apikeys"].with_user(user)
    return keys._generate(scope, "tests", datetime.now() + timedelta(hours=12))


@pytest.fixture
def person(server):
    """A form master of one's own: the user's id, and a client with a key."""
    with Connection(server) as connection:
        user = new_user(connection.env)
        key = new_key(user)
        connection.commit()
        return user.id, server.client(key)


def on_both_workers(server, client):
    """Ask until each worker has answered; return the statuses of all the answers."""
    beginning = len(server.log.read_text())
    statuses = set()
    for _attempt in range(500):
        statuses.add(client.get(STATISTICS).status)
        workers = set(
            re.findall(
                r"^\S+ \S+ (\d+) INFO \S+ werkzeug: .*GET /api/interventions",
                server.log.read_text()[beginning:],
                re.MULTILINE,
            )
        )
        if len(workers) == server.workers:
            return statuses
    raise AssertionError("one worker did not answer")


def change(server, statement, *values):
    """Change the database behind Odoo's back."""
    connection = psycopg2.connect(dbname=server.database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount == 1
    finally:
        connection.close()


def revoke(server, user):
    with Connection(server) as connection:
        keys = connection.env["res.users.apikeys"].search([("user_id", "=", user)])
        keys._remove()
        connection.commit()


def expire(server, user):
    change(
        server,
        "UPDATE res_users_apikeys SET expiration_date = now() at time zone 'utc' "
        "- interval '1 second' WHERE user_id = %s",
        user,
    )


def deactivate(server, user):
    with Connection(server) as connection:
        connection.env["res.users"].browse(user).active = False
        connection.commit()


def restrict(server, user):
    """Make it a key for something else than calls."""
    change(
        server, "UPDATE res_users_apikeys SET scope = 'other' WHERE user_id = %s", user
    )


def replace(server, user):
    """Give the row another secret, as when a key is made again."""
    change(
        server,
        "UPDATE res_users_apikeys SET key = (SELECT key FROM res_users_apikeys "
        "WHERE user_id = %s) WHERE user_id = %s",
        server.seed["users"]["colleague"],
        user,
    )


ENDS = [revoke, expire, deactivate, restrict, replace]


@pytest.mark.parametrize("end", ENDS)
def test_a_key_that_ended_is_refused(server, person, end):
    user, client = person
    end(server, user)
    assert client.get(MEETINGS).outcome == (401, "not_authenticated")


@pytest.mark.parametrize("end", ENDS)
def test_a_key_that_was_good_is_refused_at_once_by_every_worker(server, person, end):
    user, client = person
    assert on_both_workers(server, client) == {200}
    end(server, user)
    assert on_both_workers(server, client) == {401}


def test_a_key_is_good_again_when_its_user_is(server, person):
    user, client = person
    deactivate(server, user)
    assert on_both_workers(server, client) == {401}
    with Connection(server) as connection:
        connection.env["res.users"].browse(user).active = True
        connection.commit()
    assert on_both_workers(server, client) == {200}


def test_who_loses_the_group_is_403_at_once_on_every_worker(server, person):
    user, client = person
    assert on_both_workers(server, client) == {200}
    with Connection(server) as connection:
        group = connection.env.ref("base.group_user")
        connection.env["res.users"].browse(user).group_ids = [(6, 0, group.ids)]
        connection.commit()
    assert on_both_workers(server, client) == {403}


def test_a_changed_password_leaves_the_keys_good(server, person):
    # As Odoo has it: who fears for a key removes that key.
    user, client = person
    with Connection(server) as connection:
        connection.env["res.users"].browse(user).password = "another-password"
        connection.commit()
    assert on_both_workers(server, client) == {200}


def test_a_key_moved_to_another_user_is_that_users(server, person, form_master):
    # What is remembered of a key is its row, not its user.
    user, client = person
    assert on_both_workers(server, client) == {200}
    colleague = server.seed["users"]["colleague"]
    change(
        server,
        "UPDATE res_users_apikeys SET user_id = %s WHERE user_id = %s",
        colleague,
        user,
    )
    seen = {
        row["form_master"]
        for page in client.pages(MEETINGS, page_size=200)
        for row in page["results"]
    }
    assert seen <= {colleague}


def test_a_key_without_scope_is_good(server, person):
    user, _client = person
    with Connection(server) as connection:
        key = new_key(connection.env["res.users"].browse(user), scope=None)
        connection.commit()
    assert server.client(key).get(STATISTICS).status == 200


def test_a_second_key_of_a_user_is_good_beside_the_first(server, person):
    user, client = person
    with Connection(server) as connection:
        key = new_key(connection.env["res.users"].browse(user))
        connection.commit()
    assert on_both_workers(server, client) == {200}
    assert on_both_workers(server, server.client(key)) == {200}


def test_a_key_with_the_same_beginning_is_refused(server, form_master):
    key = form_master.key
    wrong = key[:8] + key[8:][::-1]
    assert on_both_workers(server, form_master) == {200}
    assert on_both_workers(server, server.client(wrong)) == {401}


def test_a_key_of_another_database_is_refused(server):
    with Registry(os.environ["TEST_DATABASE"]).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        key = new_key(env.ref("base.user_admin"))
        assert env["res.users.apikeys"]._check_credentials(scope="rpc", key=key)
        cursor.rollback()
    assert server.client(key).get(MEETINGS).outcome == (401, "not_authenticated")


def basic(login, secret):
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def bad_authorizations(key):
    return {
        "basic with the password": basic("form_master", "form_master-password"),
        "basic with the key": basic("form_master", key),
        "the key alone": key,
        "another scheme": f"Token {key}",
        "no key": "Bearer",
        "an empty key": "Bearer ",
        "a key in quotes": f'Bearer "{key}"',
        "the key twice": f"Bearer {key} {key}",
        "two keys": f"Bearer {key}, Bearer {key}",
        "a short key": f"Bearer {key[:-1]}",
        "a long key": f"Bearer {key}0",
        "the beginning of a key": f"Bearer {key[:8]}",
        "the key in capitals": f"Bearer {key.upper()}",
        "a very long key": f"Bearer {key * 100}",
        "a wildcard": "Bearer %",
        "SQL": "Bearer ' OR 1=1 --",
        "not ASCII": "Bearer schlüssel",
        "the password": "Bearer form_master-password",
        "a number": "Bearer 1",
    }


@pytest.mark.parametrize("case", bad_authorizations("k" * 40))
def test_a_bad_authorization_is_401(server, form_master, case):
    header = bad_authorizations(form_master.key)[case]
    client = server.client(Authorization=header)
    answer = client.get(MEETINGS)
    assert answer.outcome == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert form_master.key not in answer.body.decode()


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_http_has_it(server, form_master, scheme):
    client = server.client(Authorization=f"{scheme} {form_master.key}")
    assert client.get(MEETINGS).status == 200


def test_a_key_in_the_address_is_no_key(anonymous, form_master):
    assert anonymous.get(MEETINGS, api_key=form_master.key).status == 401


def test_a_call_with_a_key_sets_no_cookie(form_master):
    assert "Set-Cookie" not in form_master.get(MEETINGS).headers


# --- sessions ---


class Browser(Api):
    """A caller with a session of the web client."""

    def __init__(self, server, login):
        self.login(server.url, login)
        known = server.seed["keys"]["form_master"]
        super().__init__(server.url, known, Cookie=f"session_id={self.session}")
        self.origin = {"Origin": server.url}

    def login(self, url, login):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        connection.request("GET", "/web/login")
        response = connection.getresponse()
        page = response.read().decode()
        cookie = response.headers["Set-Cookie"].partition(";")[0]
        [token] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
        form = {"login": login, "password": f"{login}-password", "csrf_token": token}
        connection.request(
            "POST",
            "/web/login",
            urlencode(form),
            {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
        )
        response = connection.getresponse()
        response.read()
        assert response.status == 303, response.status
        [self.session] = re.findall(
            r"session_id=([^;]+)", response.headers["Set-Cookie"]
        )
        connection.close()


@pytest.fixture(scope="module")
def browsers(server):
    return {login: Browser(server, login) for login in server.seed["users"]}


@pytest.fixture
def browser(browsers):
    return browsers["form_master"]


@pytest.mark.parametrize("site", [{}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_session_reads(browser, meeting, site):
    answer = browser.get(address(meeting), headers=site)
    assert (answer.status, answer.json) == (200, meeting)


SAME_ORIGIN = ["origin", "fetch-site", "both"]


def same_origin(server, how):
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    if how == "origin":
        del headers["Sec-Fetch-Site"]
    elif how == "fetch-site":
        del headers["Origin"]
    return headers


@pytest.mark.parametrize("how", SAME_ORIGIN)
def test_a_session_writes_from_its_own_pages(
    server, browser, meeting, new_student, how
):
    headers = same_origin(server, how)
    created = browser.post(MEETINGS, meeting_document(new_student()), headers)
    assert created.status == 201
    note = {"meeting": meeting["id"], "update_text": "Note"}
    assert browser.post(PROGRESS, note, headers).status == 201
    change = {"urgency_level": "high"}
    assert browser.put(address(meeting), change, headers).status == 200
    assert browser.patch(address(meeting), change, headers).status == 200
    headers["Content-Type"] = "application/json"
    assert browser.delete(address(meeting), headers).status == 204


FOREIGN = {
    "nothing said": {},
    "another site": {"Origin": "http://evil.example"},
    "another scheme": {"Origin": "https://{host}"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "a longer host": {"Origin": "http://{host}.evil.example"},
    "a path": {"Origin": "http://{host}/"},
    "no origin": {"Origin": "null"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "none": {"Sec-Fetch-Site": "none"},
    "cross-site with a good origin": {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "http://{host}",
    },
    "a referer": {"Referer": "http://{host}/odoo"},
}


@pytest.mark.parametrize("case", FOREIGN)
@pytest.mark.parametrize(
    "number",
    [
        number
        for number, (method, path, _document) in enumerate(
            calls({"id": 1, "student": 1})
        )
        if method not in ("GET", "HEAD") and path != STATISTICS
    ],
)
def test_a_session_writes_from_nowhere_else(
    server, browser, form_master, meeting, case, number
):
    host = urlsplit(server.url).netloc
    headers = {name: text.format(host=host) for name, text in FOREIGN[case].items()}
    headers["Content-Type"] = "application/json"
    method, path, document = calls(meeting)[number]
    answer = browser.request(method, path, document, headers)
    assert answer.outcome == (403, "permission_denied")
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_session_writes_json_only(
    server, browser, form_master, meeting, method, content_type
):
    headers = {**same_origin(server, "both"), "Content-Type": content_type}
    path = PROGRESS if method == "POST" else address(meeting)
    body = b'{"action_plan": "Forged"}' if method != "DELETE" else None
    answer = browser.request(method, path, body, headers)
    assert answer.outcome == (415, "unsupported_media_type")
    assert form_master.read(meeting) == meeting


@pytest.mark.parametrize("login", ["staff", "portal"])
@pytest.mark.parametrize("number", CALLS)
def test_a_session_without_a_group_is_403(
    server, browsers, form_master, meeting, login, number
):
    method, path, document = calls(meeting)[number]
    headers = {**same_origin(server, "both"), "Content-Type": "application/json"}
    answer = browsers[login].request(method, path, document, headers)
    assert answer.status == 403
    assert form_master.read(meeting) == meeting


def test_a_session_sees_what_its_user_sees(browsers, meeting):
    assert browsers["colleague"].get(address(meeting)).status == 404
    assert browsers["administrator"].get(address(meeting)).json == meeting


def test_a_session_that_logged_out_is_401(server):
    browser = Browser(server, "form_master")
    assert browser.get(MEETINGS).status == 200
    browser.send("GET", "/web/session/logout")
    assert browser.get(MEETINGS).outcome == (401, "not_authenticated")


@pytest.mark.parametrize("value", ["", "x", "a" * 84, "../../etc/passwd", "%00"])
def test_a_forged_session_is_401(server, value):
    client = server.client(Cookie=f"session_id={value}")
    assert client.get(MEETINGS).outcome == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("key_of", "cookie_of"),
    [("form_master", "administrator"), ("administrator", "form_master")],
)
def test_beside_a_key_the_cookie_of_another_counts_for_nothing(
    server, browsers, new_student, key_of, cookie_of
):
    cookie = browsers[cookie_of].headers["Cookie"]
    client = server.client(server.seed["keys"][key_of], Cookie=cookie)
    meeting = client.record(new_student())
    assert meeting["created_by"] == server.seed["users"][key_of]


def test_a_bad_key_beside_a_good_session_is_401(browser):
    headers = {"Authorization": "Bearer 0123456789"}
    assert browser.get(MEETINGS, headers).outcome == (401, "not_authenticated")


def test_a_key_needs_no_origin(server, form_master, meeting):
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    change = {"urgency_level": "high"}
    assert form_master.patch(address(meeting), change, headers).status == 200


def test_no_answer_lets_a_foreign_page_read_it(form_master, meeting):
    answer = form_master.get(address(meeting), {"Origin": "http://evil.example"})
    assert answer.status == 200
    for header in answer.headers:
        assert not header.lower().startswith("access-control-")
