"""Reading along while others write: cursors, and what changed."""

import random
from datetime import datetime, timedelta

import pytest
from api_client import CHANGES, MEETINGS, address, meeting_document
from conftest import Connection
from odoo.tools import hash_sign, verify_hash_signed

GROUPS = "intervention_tracking.group_intervention_"
PURPOSE = "intervention_tracking.feed"
CAUSES = ("health", "family", "academic", "financial", "behavioral", "other")


def told(client, since=None, page_size=50):
    """Follow the changes to their end; return them and the last cursor."""
    results = []
    while True:
        query = {"since": since} if since else {}
        answer = client.get(CHANGES, page_size=page_size, **query)
        assert answer.status == 200, answer
        since = answer.json["cursor"]
        page = answer.json["results"]
        assert len(page) <= page_size
        if not page:
            return results, since
        results += page


def kinds(results):
    return [(each["id"], each["change"]) for each in results]


def pages(client, between=lambda: None, **query):
    """Return the ids of the list, page by page, with something done between them."""
    answer = client.get(MEETINGS, cursor="*", **query)
    ids = []
    while True:
        assert answer.status == 200, answer
        ids += [each["id"] for each in answer.json["results"]]
        if not answer.json["next"]:
            return ids
        between()
        answer = client.get(answer.json["next"].removeprefix(client.url))


class Writer:
    """Does at random what people do, each in a transaction of its own."""

    def __init__(self, server, seed):
        self.random = random.Random(seed)
        self.server = server
        self.owners = [
            server.seed["users"][name] for name in ("form_master", "colleague")
        ]
        self.ids = []
        self.waiting = []

    def write(self):
        """Do one thing; now and then it is committed later than what comes after."""
        connection = Connection(self.server, "administrator")
        meetings = connection.meetings.with_context(active_test=False)
        deed = self.random.choice(
            [self.make, self.make, self.move, self.note, self.archive, self.hand_over]
        )
        if self.ids and deed != self.make:
            taken = {each for _open, ids in self.waiting for each in ids}
            free = [each for each in self.ids if each not in taken]
            if not free:
                connection.cursor.close()
                return
            ids = [self.random.choice(free)]
            deed(meetings.browse(ids))
        else:
            ids = self.make(meetings)
            self.ids += ids
        connection.env.flush_all()
        self.waiting.append((connection, ids))
        self.random.shuffle(self.waiting)
        while len(self.waiting) > self.random.choice([0, 0, 2]):
            self.end()

    def end(self):
        connection, _ids = self.waiting.pop()
        connection.commit()
        connection.cursor.close()

    def finish(self):
        while self.waiting:
            self.end()

    def make(self, meetings):
        values = meeting_document(None, root_cause=self.random.choice(CAUSES))
        values["student_id"] = self.server.new_students()[0]
        values["form_master_id"] = self.random.choice(self.owners)
        return meetings.create(values).ids

    def move(self, meeting):
        meeting.meeting_date = f"2026-01-{self.random.randint(1, 28):02}"

    def note(self, meeting):
        if meeting.active:
            meeting.add_progress("A note")
        else:
            meeting.student_id.sudo().name = f"Renamed {self.random.random()}"

    def archive(self, meeting):
        meeting.active = not meeting.active

    def hand_over(self, meeting):
        meeting.form_master_id = self.random.choice(self.owners)


@pytest.fixture
def writer(server, request):
    made = Writer(server, request.param)
    yield made
    for connection, _ids in made.waiting:
        connection.cursor.close()


seeds = pytest.mark.parametrize("writer", [1, 2, 3], indirect=True)


# --- the cursor of the list ---


@seeds
def test_no_row_is_lost_or_doubled_whatever_is_written_between_pages(
    administrator, server, writer
):
    writer.ids = [administrator.record(each)["id"] for each in server.new_students(8)]
    before = set(pages(administrator))
    # Some dozen pages, however many meetings the tests before this one have left.
    size = min(200, max(3, len(before) // 12))
    found = pages(administrator, writer.write, page_size=size)
    writer.finish()
    after = set(pages(administrator))
    assert len(found) == len(set(found))
    assert before & after <= set(found)
    assert found == sorted(found, reverse=True)


def test_a_cursor_keeps_the_filters_and_counts_all(form_master, student):
    ids = [form_master.record(student, root_cause=each)["id"] for each in CAUSES[:5]]
    answer = form_master.get(MEETINGS, cursor="*", page_size=2, student=student)
    assert answer.json["count"] == 5
    assert answer.json["previous"] is None
    assert pages(form_master, page_size=2, student=student) == ids[::-1]
    assert pages(form_master, page_size=5, student=student) == ids[::-1]


@pytest.mark.parametrize(
    "cursor", ["1", "**", "YWZ0ZXIgMQ==", "YWZ0ZXIgLTE", "é", "\0"]
)
def test_another_cursor_is_refused_by_name(form_master, cursor):
    answer = form_master.get(MEETINGS, cursor=cursor)
    assert (answer.status, answer.faults) == (400, {"cursor"})


def test_a_page_and_a_cursor_contradict_each_other(form_master):
    answer = form_master.get(MEETINGS, cursor="*", page="1")
    assert (answer.status, answer.faults) == (400, {"page"})
    assert form_master.get(MEETINGS, cursor="", page="1").status == 200


# --- what changed ---


def keep(client, copy, since):
    """Bring a copy up to date as docs/api.md says; return the next cursor."""
    results, since = told(client, since, page_size=7)
    for each in results:
        copy.pop(each["id"], None)
        if each["change"] not in ("archived", "gone"):
            answer = client.get(address(each))
            if answer.status == 200:
                copy[each["id"]] = answer.json
    return since


def truth(client, ids=None):
    """Return what the client sees of these meetings now, or of all."""
    seen = set(pages(client, page_size=200))
    seen &= seen if ids is None else set(ids)
    return {each: client.get(address({"id": each})).json for each in seen}


@seeds
def test_a_copy_stays_right_whatever_is_written(
    form_master, colleague, administrator, writer
):
    clients = (form_master, colleague, administrator)
    # From now on: what is there by the tests before this one is not read anew.
    readers = [[client, {}, told(client, page_size=200)[1]] for client in clients]
    for _round in range(6):
        for reader in readers:
            reader[2] = keep(*reader)
        for _write in range(writer.random.randint(1, 8)):
            writer.write()
    writer.finish()
    for client, copy, since in readers:
        keep(client, copy, since)
        assert copy == truth(client, writer.ids)


def test_without_a_cursor_all_that_the_caller_sees_is_told_as_made(form_master):
    results, _since = told(form_master, page_size=200)
    assert {kind for _id, kind in kinds(results)} == {"made"}
    assert {each for each, _kind in kinds(results)} == set(
        pages(form_master, page_size=200)
    )


def test_what_is_committed_late_is_told(form_master, server):
    [early, late] = server.new_students(2)
    _all, since = told(form_master)
    with Connection(server, "form_master") as connection:
        slow = connection.meetings.create({"student_id": late, **values()}).id
        connection.env.flush_all()
        quick = form_master.record(early)["id"]
        results, since = told(form_master, since)
        assert kinds(results) == [(quick, "made")]
        connection.commit()
    results, since = told(form_master, since)
    assert kinds(results) == [(slow, "made")]
    assert told(form_master, since)[0] == []


def values(**more):
    return meeting_document(None, **more)


def test_every_kind_is_told_to_whom_it_concerns(
    form_master, colleague, administrator, server, student
):
    clients = (form_master, colleague, administrator)
    places = [told(client)[1] for client in clients]

    def news():
        result = []
        for number, client in enumerate(clients):
            results, places[number] = told(client, places[number])
            result.append(kinds(results))
        return result

    meeting = form_master.record(student)["id"]
    assert news() == [[(meeting, "made")], [], [(meeting, "made")]]
    form_master.add({"id": meeting})
    changed = [(meeting, "changed")]
    assert news() == [changed, [], changed]
    form_master.attach({"id": meeting})
    assert news() == [changed, [], changed]
    owner = server.seed["users"]["colleague"]
    administrator.patch(address({"id": meeting}), {"form_master": owner})
    assert news() == [[(meeting, "gone")], changed, changed]
    colleague.add({"id": meeting})
    assert news() == [[], changed, changed]
    colleague.delete(address({"id": meeting}))
    archived = [(meeting, "archived")]
    assert news() == [[], archived, archived]
    with Connection(server, "administrator") as connection:
        connection.meetings.browse(meeting).active = True
        connection.commit()
    assert news() == [[], [(meeting, "restored")], [(meeting, "restored")]]
    with Connection(server) as connection:
        connection.env["res.partner"].browse(student).name = "Renamed"
        connection.commit()
    assert news() == [[], changed, changed]
    form_master.patch(address({"id": meeting}), {"action_plan": "Not mine"})
    assert news() == [[], [], []]


@pytest.fixture
def person(server):
    """A user of this test alone: a client, and a function that changes the user."""
    with Connection(server) as connection:
        group = connection.env.ref(f"{GROUPS}form_master")
        user = connection.env["res.users"].create(
            {"name": "One", "login": f"one-{random.random()}", "tz": "UTC"}
        )
        user.group_ids = group
        keys = connection.env["res.users.apikeys"].with_user(user)
        key = keys._generate("rpc", "tests", datetime.now() + timedelta(days=1))
        connection.commit()

    def change(**values):
        with Connection(server) as connection:
            record = connection.env["res.users"].browse(user.id)
            record.write(values)
            connection.commit()

    made = server.client(key)
    made.id, made.change = user.id, change
    return made


def test_who_loses_rights_is_told_what_has_gone(person, server, form_master, student):
    others = form_master.record(student)["id"]
    own = person.record(server.new_students()[0])["id"]
    copy = {}
    since = keep(person, copy, None)
    assert set(copy) == {own}
    with Connection(server) as connection:
        admin = connection.env.ref(f"{GROUPS}admin").id
        plain = connection.env.ref(f"{GROUPS}form_master").id
    person.change(group_ids=[(6, 0, [admin])])
    since = keep(person, copy, since)
    assert copy == truth(person)
    assert others in copy
    person.change(group_ids=[(6, 0, [plain])])
    results, _next = told(person, since)
    assert (others, "gone") in kinds(results)
    assert (own, "changed") in kinds(results)
    keep(person, copy, since)
    assert copy == truth(person)
    assert set(copy) == {own}


def test_who_changes_companies_is_told_of_both(person, server):
    with Connection(server) as connection:
        company = connection.env["res.company"].create({"name": f"C{person.id}"}).id
        student = connection.env["res.partner"].create(
            {"name": "A", "is_intervention_student": True, "company_id": company}
        )
        student = student.id
        connection.commit()
    own = person.record(server.new_students()[0])["id"]
    person.change(company_ids=[(4, company)])
    other = person.record(student)["id"]
    copy = {}
    since = keep(person, copy, None)
    assert set(copy) == {own, other}
    person.change(company_ids=[(3, company)])
    results, since = told(person, since)
    assert sorted(kinds(results)) == [(own, "changed"), (other, "gone")]
    person.change(company_ids=[(4, company)])
    results, since = told(person, since)
    assert sorted(kinds(results)) == [(own, "changed"), (other, "changed")]


@pytest.mark.parametrize("change", [{"database": "1.1"}, {"xmax": 2**62}], ids=str)
def test_a_restored_database_tells_all_anew(person, server, student, change):
    own = person.record(student)["id"]
    lost = person.record(server.new_students()[0])
    _results, since = told(person)
    person.delete(address(lost))
    with Connection(server) as connection:
        place = verify_hash_signed(connection.env, PURPOSE, since)
        since = hash_sign(connection.env, PURPOSE, {**place, **change})
    results, since = told(person, since)
    assert kinds(results) == [(own, "changed"), (lost["id"], "archived")]
    assert told(person, since)[0] == []


@pytest.mark.parametrize("since", ["1", "2026-01-01", "é", "AQ", "AAAA", "*"])
def test_another_since_is_refused_by_name(form_master, since):
    answer = form_master.get(CHANGES, since=since)
    assert (answer.status, answer.faults) == (400, {"since"})


def test_the_cursor_of_somebody_else_is_refused(form_master, colleague):
    cursor = colleague.get(CHANGES).json["cursor"]
    assert form_master.get(CHANGES, since=cursor).status == 400
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    assert colleague.get(CHANGES, since=changed).status == 400


def test_who_has_neither_group_is_refused(staff, portal, anonymous):
    assert staff.get(CHANGES).status == 403
    assert portal.get(CHANGES).status == 403
    assert anonymous.get(CHANGES).status == 401
