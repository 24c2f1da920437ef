"""A district on several machines: a replica, two nodes, HAProxy, and what dies of them.

Not in the usual run: ``setup/test --cluster``. The cluster is the one of setup/cluster.
"""

import contextlib
import http.client
import http.cookiejar
import json
import os
import re
import sys
import threading
import time
import urllib.request
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiosmtpd.controller import Controller
from api_client import (
    ANALYTICS,
    ATTENDANCE,
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
    meeting_document,
)  # fmt: skip
from conftest import TOP, complaints, free_port
from screens import DESKTOP, Screen, chromium
from test_digest_smtp import Mailbox

sys.path.insert(0, str(TOP / "setup"))
from cluster_processes import DATABASE, NODES, Cluster

pytestmark = pytest.mark.cluster

POSITION = "Intervention-Position"
# For how long a browser's reads keep to the primary after it has saved something.
PINNED = 10
# The data that somebody is shown is at most so old, however far behind a replica is.
OLDEST = 3
# For how long at most a client sees errors when a node dies.
OUTAGE = 2
WRITERS = 4
# Of the demo school.
FORM_MASTER, ADMINISTRATOR = "amina", "halima"
SEED = f"""
import json
from datetime import datetime, timedelta

# An update of the addon would load the demo data once more.
env["ir.module.module"].search([]).demo = False
env["res.users"].search([]).odoobot_state = "disabled"
seed = {{"keys": {{}}}}
for login in ("{FORM_MASTER}", "{ADMINISTRATOR}"):
    user = env["res.users"].search([("login", "=", login)])
    user.group_ids += env.ref("intervention_tracking.group_intervention_export")
    seed["keys"][login] = env["res.users.apikeys"].with_user(user).sudo()._generate(
        "rpc", "tests", datetime.now() + timedelta(days=1))
seed["students"] = env["res.partner"].create([
    {{"name": f"Student {{number:04}}", "is_intervention_student": True}}
    for number in range(3000)
]).ids
env.cr.commit()
print(json.dumps(seed))
"""


@pytest.fixture(scope="module")
def cluster():
    it = Cluster(os.environ["CLUSTER_FOLDER"], os.environ["CLUSTER_BASE"])
    it.stop()
    it = Cluster(it.folder, it.base, free_port())
    try:
        it.start()
        rest(it)
        it.seed = json.loads(shell(it, SEED))
        it.students = iter(it.seed["students"])
        yield it
    finally:
        it.stop()


def rest(cluster):
    """Have no job run any more, once those that run have ended."""
    cluster.find_primary()
    cluster.sql(cluster.primary, "UPDATE ir_cron SET active = FALSE")


def shell(cluster, script):
    """Run a script in Odoo's shell on a node; return the last line that it printed."""
    done = cluster.odoo("node1", "shell", "-d", DATABASE, "--no-http", input=script)
    return (done.stdout.strip().splitlines() or [""])[-1]


@pytest.fixture(autouse=True)
def whole(cluster):
    """Each test begins with two nodes, a primary and a fresh replica."""
    for node in NODES:
        if not cluster.processes(node):
            cluster.start_node(node)
        cluster.wait_for_node(node)
    cluster.find_primary()
    cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica")


def client(cluster, login=FORM_MASTER, at=None):
    key = cluster.seed["keys"][login]
    return Api(at or cluster.url, key, key)


@contextlib.contextmanager
def statements(cluster):
    """Have both servers log what they are asked; the block's dict gets how much."""
    found = {}
    logs = {name: cluster.folder / name / "server.log" for name in ("first", "second")}
    for name in logs:
        cluster.sql(name, "ALTER SYSTEM SET log_statement = 'all'")
        cluster.sql(name, "SELECT pg_reload_conf()")
    time.sleep(0.3)
    sizes = {name: log.stat().st_size for name, log in logs.items()}
    try:
        yield found
    finally:
        for name, log in logs.items():
            cluster.sql(name, "ALTER SYSTEM RESET log_statement")
            cluster.sql(name, "SELECT pg_reload_conf()")
            text = log.read_bytes()[sizes[name] :].decode(errors="replace")
            role = "primary" if name == cluster.primary else "replica"
            found[role] = len(re.findall(r"\bintervention_\w+", text))


@contextlib.contextmanager
def paused(cluster):
    """Have the replica apply nothing during the block."""
    cluster.sql(cluster.replica, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        cluster.sql(cluster.replica, "SELECT pg_wal_replay_resume()")


# --- reads ---


def addresses(cluster, meeting):
    student = meeting["student"]
    return [
        MEETINGS, f"{MEETINGS}?cursor=*", f"{MEETINGS}{meeting['id']}/",
        f"{MEETINGS}{meeting['id']}/attachments/", f"{MEETINGS}student/{student}/",
        RECURRING, STATISTICS, ANALYTICS, EXPORT, WORKBOOK,
        ATTENDANCE, NEEDS_TALK, EFFECT, f"{ROOT}students/{student}/attendance/",
    ]  # fmt: skip


def test_every_read_of_the_api_is_answered_by_the_replica(cluster):
    api = client(cluster, ADMINISTRATOR)
    meeting = client(cluster).record(next(cluster.students))
    time.sleep(1)
    logs = [cluster.folder / f"{node}.log" for node in NODES]
    sizes = [log.stat().st_size for log in logs]
    for address in addresses(cluster, meeting):
        with statements(cluster) as asked:
            answer = api.send("GET", address)
        assert answer.status == 200, (address, answer)
        assert asked["replica"] > 0, address
        assert asked["primary"] == 0, address
    for log, size in zip(logs, sizes, strict=True):
        # Not one of them was a read that writes, which Odoo repeats on the primary.
        assert not complaints(log.read_text()[size:])


def test_what_was_written_is_in_what_its_client_reads_next(cluster):
    api = client(cluster)
    meeting = api.record(next(cluster.students))
    behind = 0
    started = time.monotonic()
    for number in range(100):
        text = f"Note {number}"
        written = api.post(PROGRESS, {"meeting": meeting["id"], "update_text": text})
        position = {POSITION: written.headers[POSITION]}
        [(is_behind,)] = cluster.sql(
            cluster.replica,
            "SELECT pg_last_wal_replay_lsn() < %s::pg_lsn",
            position[POSITION],
        )
        behind += is_behind
        read = api.get(f"{MEETINGS}{meeting['id']}/", position)
        assert read.json["progress_updates"][0]["update_text"] == text
    took = time.monotonic() - started
    print(f"100 notes written and read in {took:.1f} s; replica behind after {behind}")


def test_what_was_written_is_read_while_the_replica_stands_still(cluster):
    api = client(cluster)
    with paused(cluster):
        written = api.post(MEETINGS, meeting_document(next(cluster.students)))
        position = {POSITION: written.headers[POSITION]}
        address = f"{MEETINGS}{written.json['id']}/"
        assert api.get(address, position).json["id"] == written.json["id"]
        # The replica really lacks it: this is what the position is for.
        assert not cluster.sql(
            cluster.replica,
            "SELECT id FROM intervention_meeting WHERE id = %s", written.json["id"],
        )  # fmt: skip
    cluster.wait_for(
        lambda: cluster.sql(
            cluster.replica,
            "SELECT id FROM intervention_meeting WHERE id = %s", written.json["id"],
        ),
        "the meeting on the replica",
    )  # fmt: skip
    cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica")
    with statements(cluster) as asked:
        assert api.get(address, position).status == 200
    assert (asked["primary"], asked["replica"] > 0) == (0, True)


@pytest.mark.parametrize(
    "position", ["", "now", "0/0/0", "FFFFFFFF/FFFFFFFF", "0" * 99]
)
def test_a_position_that_says_nothing_leads_to_the_primary(cluster, position):
    with statements(cluster) as asked:
        answer = client(cluster).get(STATISTICS, {POSITION: position})
    assert answer.status == 200
    assert asked["primary"] > 0


class Browser:
    """The calls of a web client, with its cookies."""

    def __init__(self, cluster, login=FORM_MASTER):
        self.url = cluster.url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar)
        )
        made = self.rpc(
            "/web/session/authenticate", db=DATABASE, login=login,
            password=login,
        )  # fmt: skip
        assert made["uid"]

    def rpc(self, path, **params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            f"{self.url}{path}", body.encode(), {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=60) as answer:
            told = json.load(answer)
        assert "error" not in told, told["error"]
        return told["result"]

    def call(self, model, method, *arguments, **options):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.rpc(
            path, model=model, method=method, args=arguments, kwargs=options
        )

    def reasons(self, domain=()):
        """Return why students were absent, in the meetings that a list shows."""
        found = self.call(
            "intervention.meeting", "web_search_read",
            domain=domain, specification={"absence_reason": {}}, limit=5,
        )  # fmt: skip
        return [row["absence_reason"] for row in found["records"]]


def test_the_web_client_reads_what_it_has_saved(cluster):
    browser = Browser(cluster)
    meeting = client(cluster).record(next(cluster.students))
    this = [("id", "=", meeting["id"])]
    time.sleep(1)
    with statements(cluster) as asked:
        browser.reasons(this)
    assert (asked["primary"], asked["replica"] > 0) == (0, True)
    with paused(cluster):
        for number in range(20):
            reason = f"Reason {number}"
            browser.call(
                "intervention.meeting", "web_save", [meeting["id"]],
                {"absence_reason": reason}, specification={},
            )  # fmt: skip
            assert browser.reasons(this) == [reason]
    cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica")
    with statements(cluster) as asked:
        browser.reasons(this)
    assert asked["replica"] == 0
    time.sleep(PINNED + 1)
    with statements(cluster) as asked:
        assert browser.reasons(this) == [reason]
    assert (asked["primary"], asked["replica"] > 0) == (0, True)


# --- a replica that is behind, or gone ---


def watch(read, seconds):
    """Call the function again and again; return when each began, and its result."""
    found = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found.append((time.monotonic(), read()))
        time.sleep(0.05)
    return found


def test_nobody_is_shown_old_data_by_a_replica_that_is_behind(cluster):
    api, colleague = client(cluster), client(cluster, ADMINISTRATOR)
    meeting = api.record(next(cluster.students))
    address = f"{MEETINGS}{meeting['id']}/"
    time.sleep(1)
    replica = cluster.replica
    cluster.sql(replica, "ALTER SYSTEM SET recovery_min_apply_delay = '30s'")
    cluster.sql(replica, "SELECT pg_reload_conf()")
    try:
        api.add(meeting, "She is back.")
        written = time.monotonic()
        seen = watch(lambda: colleague.get(address).json["progress_count"], 8)
    finally:
        cluster.sql(replica, "ALTER SYSTEM RESET recovery_min_apply_delay")
        cluster.sql(replica, "SELECT pg_reload_conf()")
    old = [at - written for at, count in seen if count == 0]
    assert max(old, default=0) < OLDEST
    assert all(count == 1 for at, count in seen if at - written > OLDEST)
    print(f"the last old answer came {max(old, default=0):.1f} s after the write")


def test_reads_go_on_without_the_replica_and_return_to_it(cluster):
    api = client(cluster)
    failures, done = [], threading.Event()

    def read():
        while not done.is_set():
            answer = api.send("GET", STATISTICS)
            if answer.status != 200:
                failures.append((time.monotonic(), answer))

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _number in range(2)]
        time.sleep(1)
        cluster.stop_postgres(cluster.replica, "immediate")
        time.sleep(3)
        meeting = api.record(next(cluster.students))
        assert api.read(meeting)["id"] == meeting["id"]
        cluster.start_postgres(cluster.replica)
        cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica")
        time.sleep(1)
        done.set()
        for reader in readers:
            reader.result()
    assert span(at for at, _answer in failures) <= OUTAGE, failures
    with statements(cluster) as asked:
        for _number in range(12):
            api.get(STATISTICS)
    print(f"{len(failures)} reads failed; later statements: {asked}")
    assert asked["replica"] > asked["primary"]


def span(times):
    times = list(times)
    return max(times) - min(times) if times else 0


# --- nodes and databases that die ---


class Writers:
    """Clients who write without a pause, and repeat with its key what got no answer."""

    def __init__(self, cluster, count=WRITERS):
        self.cluster = cluster
        self.count = count
        self.done = threading.Event()
        self.acknowledged = []
        self.errors = []
        self.outages = []
        self.waits = []

    def __enter__(self):
        self.pool = ThreadPoolExecutor(self.count)
        self.running = [self.pool.submit(self.write) for _number in range(self.count)]
        return self

    def __exit__(self, *_exception):
        self.done.set()
        self.pool.shutdown()
        for each in self.running:
            each.result()

    def write(self):
        api = client(self.cluster)
        while not self.done.is_set():
            text = f"Reason {uuid.uuid4()}"
            student = next(self.cluster.students)
            document = meeting_document(student, absence_reason=text)
            meeting = self.post(api, MEETINGS, document)
            self.acknowledged.append(("absence_reason", text))
            for _number in range(5):
                text = f"Note {uuid.uuid4()}"
                note = {"meeting": meeting["id"], "update_text": text}
                self.post(api, PROGRESS, note)
                self.acknowledged.append(("update_text", text))

    def post(self, api, path, document):
        headers = {
            "Idempotency-Key": str(uuid.uuid4()),
            "Content-Type": "application/json",
        }
        failed = None
        while (answer := self.attempt(api, path, document, headers)) is None:
            failed = failed or time.monotonic()
            assert time.monotonic() - failed < 60, self.errors[-1]
            time.sleep(0.1)
        assert answer.status == 201, answer
        if failed:
            self.outages.append(time.monotonic() - failed)
        return answer.json

    def attempt(self, api, path, document, headers):
        """Return the answer, or None when there is none, or says that nothing works."""
        began = time.monotonic()
        try:
            answer = api.send("POST", path, json.dumps(document), headers)
            if answer.status < 500:
                self.waits.append(time.monotonic() - began)
                return answer
            error = answer
        except (OSError, http.client.HTTPException) as raised:
            error = raised
        self.errors.append(repr(error)[:200])
        return None

    def check(self):
        """Fail when something acknowledged is lost, or anything is there twice."""
        assert self.acknowledged
        for column, table in (
            ("absence_reason", "intervention_meeting"),
            ("update_text", "intervention_progress"),
        ):
            texts = [text for name, text in self.acknowledged if name == column]
            rows = self.cluster.sql(
                self.cluster.primary,
                f"SELECT {column}, count(*) FROM {table}"
                f" WHERE {column} = ANY(%s) GROUP BY 1", texts,
            )  # fmt: skip
            assert Counter(dict(rows)) == Counter(texts)

    def told(self):
        return (
            f"{len(self.acknowledged)} writes acknowledged, {len(self.errors)} errors"
            f" seen, at most {max(self.outages, default=0):.2f} s for one client,"
            f" the longest wait for an answer {max(self.waits, default=0):.1f} s"
        )


def test_a_node_dies_under_a_stream_of_writes(cluster):
    with Writers(cluster) as writers:
        for node in NODES:
            time.sleep(3)
            cluster.kill_process(node)
            time.sleep(3)
            cluster.start_node(node)
            cluster.wait_for_node(node)
    print(writers.told())
    writers.check()
    assert max(writers.outages, default=0) <= OUTAGE


def test_clients_that_repeat_nothing_see_errors_for_a_moment_only(cluster):
    api = client(cluster)
    meeting = api.record(next(cluster.students))
    failures, done = [], threading.Event()

    def write():
        sent = 0
        while not done.is_set():
            sent += 1
            note = json.dumps({"meeting": meeting["id"], "update_text": f"N {sent}"})
            kind = {"Content-Type": "application/json"}
            answer = api.send("POST", PROGRESS, note, kind)
            if answer.status != 201:
                failures.append((time.monotonic(), answer.status))
        return sent

    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write) for _number in range(WRITERS)]
        time.sleep(2)
        cluster.kill_process("node2")
        time.sleep(4)
        done.set()
        assert sum(each.result() for each in writing) > WRITERS
    print(f"{len(failures)} errors within {span(at for at, _s in failures):.2f} s")
    assert span(at for at, _status in failures) <= OUTAGE


def test_an_open_browser_goes_on_when_its_node_dies(cluster):
    cluster.log = cluster.folder / "node1.log"
    with chromium() as browser:
        screen = Screen(browser, cluster, FORM_MASTER, DESKTOP)
        for node in NODES:
            screen.open("list")
            cluster.kill_process(node)
            started = time.monotonic()
            screen.open("list")
            print(f"without {node}: a list after {time.monotonic() - started:.1f} s")
            assert "/web/login" not in screen.page.url
            cluster.start_node(node)
            cluster.wait_for_node(node)
        screen.close()


# --- jobs ---


MAKE_JOB = """
job = env["ir.cron"].create({
    "name": "Counted", "model_id": env.ref("base.model_res_users").id,
    "code": "log('counted')", "interval_number": 1, "interval_type": "days",
    "nextcall": "2100-01-01", "active": True,
})
env.cr.commit()
print(job.id)
"""
MAKE_DIGESTS = """
from datetime import timedelta
from odoo import fields
env.company.email = "school@example.org"
env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create({{
    "name": "Loopback", "smtp_host": "127.0.0.1", "smtp_port": {port},
    "smtp_encryption": "none",
}})
for settings in env["intervention.settings"].search([]):
    settings.write({{
        "reminders": True, "reminder_time": 0, "reminder_saturday": True,
        "reminder_sunday": True,
    }})
for number in range(40):
    login = f"digest{{number}}"
    user = env["res.users"].with_context(no_reset_password=True).create({{
        "name": login, "login": login, "email": f"{{login}}@example.org", "tz": "UTC",
        "group_ids": [(4, env.ref(
            "intervention_tracking.group_intervention_form_master").id)],
    }})
    student = env["res.partner"].create(
        {{"name": f"Student of {{login}}", "is_intervention_student": True}})
    meeting = env["intervention.meeting"].with_user(user).create({{
        "student_id": student.id, "root_cause": "other", "absence_reason": "The bus.",
        "intervention_notes": "We talked.", "action_plan": "His aunt takes him.",
    }})
    env.flush_all()
    env.cr.execute(
        "UPDATE intervention_meeting SET follow_up_date = current_date - 1,"
        " meeting_date = current_date - 30 WHERE id = %s", [meeting.id])
env["mail.mail"].search([]).unlink()
env.cr.commit()
"""
RUN_DIGESTS = """
for name in ("intervention_tracking.ir_cron_send_reminders",
             "mail.ir_cron_mail_scheduler_action"):
    job = env.ref(name)
    job.active = True
    job._trigger()
env.cr.commit()
"""


def test_a_job_runs_once_on_one_node_each_time(cluster):
    job = int(shell(cluster, MAKE_JOB))
    runs = 8
    for number in range(1, runs + 1):
        trigger = "UPDATE ir_cron SET nextcall = now() - interval '1 min' WHERE id = %s"
        cluster.sql(cluster.primary, trigger, job)
        # Wakes the jobs' processes of both nodes at the same moment.
        with contextlib.closing(cluster.connect(cluster.primary, "postgres")) as it:
            it.cursor().execute(f"NOTIFY cron_trigger, '{DATABASE}'")
        cluster.wait_for(lambda number=number: counted(cluster) >= number, "the job")
        time.sleep(0.5)
        assert counted(cluster) == number
    started = [
        len(re.findall(r"Job 'Counted' \(\d+\) starting", log_of(cluster, node)))
        for node in NODES
    ]
    print(f"runs on each node: {started}")
    assert sum(started) == runs


def counted(cluster):
    [(count,)] = cluster.sql(
        cluster.primary, "SELECT count(*) FROM ir_logging WHERE message = 'counted'"
    )
    return count


def log_of(cluster, node):
    return (cluster.folder / f"{node}.log").read_text()


def test_daily_mails_are_sent_once(cluster):
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        shell(cluster, MAKE_DIGESTS.format(port=controller.port))
        expected = {f"digest{number}@example.org" for number in range(40)}
        for _time in range(3):
            shell(cluster, RUN_DIGESTS)
            cluster.wait_for(
                lambda: expected <= {mail[0] for mail in mailbox.received()},
                "the mails",
            )
            time.sleep(2)
        got = Counter(mail[0] for mail in mailbox.received())
    finally:
        rest(cluster)
        controller.stop()
    assert {address for address in got if address.startswith("digest")} == expected
    assert set(got.values()) == {1}
    print(f"{len(got)} mails, each once")


# --- another primary ---


def test_the_replica_takes_the_place_of_the_primary(cluster):
    browser = Browser(cluster)
    cluster.set_synchronous(True)
    with Writers(cluster) as writers:
        time.sleep(4)
        before = len(writers.acknowledged)
        died = time.monotonic()
        cluster.stop_postgres(cluster.primary, "immediate")
        time.sleep(2)
        switched = time.monotonic()
        cluster.promote()
        cluster.wait_for(lambda: len(writers.acknowledged) > before + 50, "writes")
        back = min(time.monotonic(), switched + 60)
    print(
        f"{writers.told()}; primary gone for {switched - died:.1f} s before the switch,"
        f" 50 writes {back - switched:.1f} s after it"
    )
    writers.check()
    assert browser.reasons()
    for node in NODES:
        cluster.wait_for_node(node)
    cluster.rejoin()
    cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica")
    api = client(cluster)
    written = api.post(MEETINGS, meeting_document(next(cluster.students)))
    position = {POSITION: written.headers[POSITION]}
    assert api.get(f"{MEETINGS}{written.json['id']}/", position).status == 200
