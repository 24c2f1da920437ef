"""The server dies in the midst of writing: what it acknowledged is there, once."""

import http.client
import itertools
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_client import MEETINGS, PROGRESS, meeting_document
from conftest import Connection, seeded_server

WRITERS = 4
ENOUGH = 120
STATUSES = itertools.cycle(["monitoring", "improving", "not_improving", "escalated"])


class Stream:
    """Writers who record meetings, and notes on these, until the server is gone."""

    def __init__(self, server):
        self.client = server.client(server.seed["keys"]["form_master"])
        self.students = iter(server.new_students(300))
        self.acknowledged = []
        self.unanswered = []
        self.enough = threading.Semaphore(0)
        self.lock = threading.Lock()

    def post(self, path, document):
        """Send a request; note it with the answer, or as one without answer."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        try:
            answer = self.client.post(path, document, headers)
        except (OSError, http.client.HTTPException):
            self.unanswered.append((path, document, headers))
            raise
        assert answer.status == 201, answer
        self.acknowledged.append((path, document, headers, answer.json))
        self.enough.release()
        return answer.json

    def write(self, _writer):
        try:
            while True:
                with self.lock:
                    student = next(self.students)
                meeting = self.post(MEETINGS, meeting_document(student))
                for number in range(4):
                    self.post(
                        PROGRESS,
                        {
                            "meeting": meeting["id"],
                            "update_text": f"Note {number}",
                            "status": next(STATUSES),
                        },
                    )
        except (OSError, http.client.HTTPException):
            return


@pytest.fixture(scope="module")
def crash(tmp_path_factory):
    """A server that was killed under a stream of writes and started again."""
    log = tmp_path_factory.mktemp("crash") / "odoo.log"
    with seeded_server("crash", log) as server:
        stream = Stream(server)
        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(stream.write, number) for number in range(WRITERS)]
            for _number in range(ENOUGH):
                assert stream.enough.acquire(timeout=60)
            server.kill()
            for writer in writers:
                writer.result()
        server.start()
        server.stream = stream
        yield server


def test_the_server_died_in_the_midst_of_it(crash):
    assert len(crash.stream.acknowledged) >= ENOUGH
    assert len(crash.stream.unanswered) == WRITERS


def test_every_acknowledged_meeting_is_there_once(crash):
    made = [each for each in crash.stream.acknowledged if each[0] == MEETINGS]
    assert made
    for _path, document, _headers, meeting in made:
        found = crash.stream.client.get(MEETINGS, student=document["student"]).json
        assert [row["id"] for row in found["results"]] == [meeting["id"]]


def test_every_acknowledged_note_is_there_once(crash):
    made = [each for each in crash.stream.acknowledged if each[0] == PROGRESS]
    assert made
    for _path, document, _headers, update in made:
        updates = crash.stream.client.read({"id": document["meeting"]})[
            "progress_updates"
        ]
        assert updates.count(update) == 1
        same = [each for each in updates if each["update_text"] == "Note 0"]
        assert len(same) <= 1


def test_no_change_of_status_is_there_without_its_update(crash):
    pages = crash.stream.client.pages(MEETINGS, page_size=200)
    meetings = [meeting for page in pages for meeting in page["results"]]
    assert any(meeting["status"] != "open" for meeting in meetings)
    for meeting in meetings:
        status = "open"
        for update in reversed(meeting["progress_updates"]):
            assert update["old_status"] == status
            status = update["new_status"]
        assert meeting["status"] == status


def test_what_was_not_acknowledged_is_made_once_by_a_repeat(crash):
    client = crash.stream.client
    assert crash.stream.unanswered
    for path, document, headers in crash.stream.unanswered:
        one, two = (client.post(path, document, headers) for _number in range(2))
        assert (one.status, two.status) == (201, 201)
        assert one.json == two.json
        if path == MEETINGS:
            assert client.get(path, student=document["student"]).json["count"] == 1
        else:
            updates = client.read({"id": document["meeting"]})["progress_updates"]
            texts = [update["update_text"] for update in updates]
            assert texts.count(document["update_text"]) == 1


def test_what_was_acknowledged_is_not_made_again_by_a_repeat(crash):
    assert crash.stream.acknowledged
    for path, document, headers, made in crash.stream.acknowledged:
        answer = crash.stream.client.post(path, document, headers)
        assert (answer.status, answer.json["id"]) == (201, made["id"])


def test_no_entry_of_an_idempotency_key_is_half_made(crash):
    with Connection(crash) as connection:
        entries = connection.env["intervention.idempotency"].search([])
        assert entries
        assert all(entry.made_id and entry.made_model for entry in entries)
