"""The clients that others use: each records, adds, lists, counts and closes."""

import json
import shutil
import subprocess
import xmlrpc.client
from pathlib import Path
from urllib.parse import urlsplit

import odoolib
import odoorpc
import pytest
from api_client import STATISTICS, meeting_document
from conftest import TOP

NODE_SOURCE = Path(__file__).with_name("node_client")
NODE_CLIENT = TOP / ".local" / "node_client"
MODEL = "intervention.meeting"
REASON = 'Он помогает на рынке 👍 "and" <b>\nsays so'
CLOSE = {"status": "closed", "resolution_notes": "Solved"}


def values_of(student):
    return {
        "student_id": student,
        "meeting_date": "2026-01-15",
        "absence_reason": REASON,
        "root_cause": "family",
        "intervention_notes": "Notes",
        "action_plan": "Plan",
    }


def do_the_job(student, create, call):
    """Do the main job by two functions of a client; return what it found.

    :param create: takes the values, returns the id
    :param call: takes a method, ids (None for none) and further arguments by name
    """
    meeting = create(values_of(student))
    update = call("add_progress", [meeting], update_text="A note")
    listed = call(
        "search_read",
        None,
        domain=[["student_id", "=", student]],
        fields=["status", "absence_reason"],
    )
    statistics = call("get_statistics", None)
    closing = call("add_progress", [meeting], update_text="He is back", **CLOSE)
    try:
        refusal = str(
            call("add_progress", [meeting], update_text="Again", status="open")
        )
    except Exception as error:
        refusal = str(error)
    return {
        "meeting": meeting,
        "update": update,
        "listed": listed,
        "statistics": statistics,
        "closing": closing,
        "refusal": refusal,
    }


def by_xmlrpc(server, key, student):
    uid = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/common").authenticate(
        server.database, "form_master", key, {}
    )
    proxy = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/object")

    def call(method, ids, **arguments):
        positional = [] if ids is None else [ids]
        return proxy.execute_kw(
            server.database, uid, key, MODEL, method, positional, arguments
        )

    def create(values):
        return proxy.execute_kw(server.database, uid, key, MODEL, "create", [values])

    return do_the_job(student, create, call)


def by_odoorpc(server, _key, student):
    place = urlsplit(server.url)
    odoo = odoorpc.ODOO(place.hostname, port=place.port)
    # It logs in as the web client does, which takes passwords only.
    odoo.login(server.database, "form_master", "form_master-password")

    def call(method, ids, **arguments):
        positional = [] if ids is None else [ids]
        return odoo.execute_kw(MODEL, method, positional, arguments)

    return do_the_job(student, odoo.env[MODEL].create, call)


def by_odoolib(server, key, student):
    place = urlsplit(server.url)
    model = odoolib.get_connection(
        hostname=place.hostname,
        protocol="json2",
        port=place.port,
        database=server.database,
        password=key,
    ).get_model(MODEL)

    def call(method, ids, **arguments):
        if ids is not None:
            arguments["ids"] = ids
        return getattr(model, method)(**arguments)

    return do_the_job(student, lambda values: model.create(vals_list=[values])[0], call)


def run_node(script, **arguments):
    lock = "package-lock.json"
    installed = NODE_CLIENT / "node_modules" / ".package-lock.json"
    current = NODE_CLIENT / lock
    same = (
        current.exists() and current.read_bytes() == (NODE_SOURCE / lock).read_bytes()
    )
    NODE_CLIENT.mkdir(parents=True, exist_ok=True)
    for path in NODE_SOURCE.iterdir():
        shutil.copy(path, NODE_CLIENT)
    if not (same and installed.exists()):
        subprocess.run(["npm", "ci"], cwd=NODE_CLIENT, check=True, capture_output=True)
    # Odoo limits the memory of this process, and Node reserves a lot.
    unlimited = 'ulimit -S -v "$(ulimit -H -v)" && exec node "$@"'
    done = subprocess.run(
        ["sh", "-c", unlimited, "node", script, json.dumps(arguments)],
        cwd=NODE_CLIENT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_node_client(server, key, student):
    return run_node(
        "rpc.cjs",
        url=server.url,
        db=server.database,
        username="form_master",
        apiKey=key,
        values=values_of(student),
    )


def by_node_fetch(server, key, student):
    document = meeting_document(student, root_cause="family", absence_reason=REASON)
    return run_node("rest.mjs", url=server.url, apiKey=key, document=document)


CLIENTS = [by_xmlrpc, by_odoorpc, by_odoolib, by_node_client, by_node_fetch]


@pytest.fixture(scope="module")
def outcomes():
    return {}


@pytest.fixture(params=CLIENTS, ids=lambda client: client.__name__)
def outcome(request, server, outcomes, new_student):
    """What the client found, and the meeting as the HTTP API shows it afterwards."""
    client = request.param
    if client not in outcomes:
        found = client(server, server.seed["keys"]["form_master"], new_student())
        reader = server.client(server.seed["keys"]["form_master"])
        outcomes[client] = (
            found,
            reader.read({"id": found["meeting"]}),
            reader.get(STATISTICS).json,
        )
    return outcomes[client]


def test_a_client_records(outcome):
    _found, meeting, _statistics = outcome
    assert meeting["absence_reason"] == REASON
    assert meeting["root_cause"] == "family"
    assert meeting["meeting_date"] == "2026-01-15"


def test_a_client_adds_a_note(outcome):
    found, meeting, _statistics = outcome
    note = meeting["progress_updates"][-1]
    assert note["update_text"] == "A note"
    assert found["update"] in (note["id"], [note["id"]])


def test_a_client_lists(outcome):
    found, meeting, _statistics = outcome
    [row] = found["listed"]
    assert (row["id"], row["status"]) == (meeting["id"], "open")
    assert row["absence_reason"] == REASON


def test_a_client_counts(outcome):
    found, _meeting, statistics = outcome
    # It counted before it closed the case.
    by_status = statistics["by_status"]
    by_status["open"] += 1
    by_status["closed"] -= 1
    statistics["active_cases"] += 1
    assert found["statistics"] == statistics


def test_a_client_closes(outcome):
    found, meeting, _statistics = outcome
    closing = meeting["progress_updates"][0]
    assert found["closing"] in (closing["id"], [closing["id"]])
    assert (closing["old_status"], closing["new_status"]) == ("open", "closed")
    assert (meeting["status"], meeting["resolution_notes"]) == ("closed", "Solved")


def test_a_client_is_told_why_it_is_refused(outcome):
    found, meeting, _statistics = outcome
    assert "can't be opened again" in found["refusal"]
    assert meeting["progress_count"] == 2
