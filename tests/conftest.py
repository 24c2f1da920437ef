"""What the tests from outside share: databases and servers of their own.

``setup/test`` sets TEST_PRISTINE, a database with the addon installed that nobody
connects to, TEST_DATABASE, with whose name those of the other databases begin, and
TEST_PYTHON, the interpreter that runs Odoo.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import odoo.service.db
import odoo.sql_db
import odoo.tools
import pytest
from api_client import Api
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

TOP = Path(__file__).resolve().parent.parent
START = TOP / "setup" / "start_odoo.py"
SEED = Path(__file__).with_name("seed.py")


def odoo_command(*arguments):
    return [os.environ["TEST_PYTHON"], str(START), *arguments]


def run_odoo(*arguments, stdin=None):
    """Run Odoo's command line to its end; return what it printed and logged."""
    done = subprocess.run(
        odoo_command(*arguments),
        input=stdin,
        capture_output=True,
        text=True,
        cwd=TOP,
        timeout=3600,
    )
    told = complaints(done.stderr)[-50:] or [done.stderr[-3000:]]
    assert done.returncode == 0, "\n".join(told)
    return done


def complaints(log):
    """Return the lines of a log that somebody should look at."""
    return [
        line
        for line in log.splitlines()
        if any(f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL"))
    ]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def database(purpose, source=None):
    """A database for the time of the block: a copy of another one, or none yet."""
    name = f"{os.environ['TEST_DATABASE']}_{purpose}"
    if source:
        run_odoo("db", "duplicate", "-f", source, name)
    elif name in odoo.service.db.list_dbs(force=True):
        # Left by a run that was killed.
        drop_database(name)
    try:
        yield name
    finally:
        drop_database(name)


def drop_database(name):
    subprocess.run(
        odoo_command("db", "drop", name), capture_output=True, cwd=TOP, timeout=120
    )


class Server:
    """A real Odoo server in processes of its own."""

    def __init__(self, name, log, workers=2):
        self.database = name
        self.log = log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.process = None
        self.students = []
        self.unused_students = []

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                odoo_command(
                    "server",
                    f"--database={self.database}",
                    f"--http-port={self.port}",
                    f"--gevent-port={free_port()}",
                    f"--workers={self.workers}",
                    "--max-cron-threads=0",
                ),
                cwd=TOP,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/web/login", timeout=30).close()
                return self
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                assert time.monotonic() < deadline, self.log.read_text()[-3000:]
                time.sleep(0.2)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def kill(self):
        """End all its processes at once, as when the power goes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def client(self, key=None, **headers):
        """Return a client of the HTTP API with the key or the headers."""
        return Api(self.url, self.seed["keys"]["form_master"], key, **headers)

    def new_students(self, count=1):
        """Return the ids of students whom no other test has."""
        while len(self.unused_students) < count:
            with Connection(self) as connection:
                made = connection.env["res.partner"].create(
                    [
                        {
                            "name": f"Student {number:04}",
                            "is_intervention_student": True,
                            "student_number": f"S{number:04}",
                        }
                        for number in range(
                            len(self.students), len(self.students) + 300
                        )
                    ]
                )
                connection.commit()
            self.students += made.ids
            self.unused_students += made.ids
        taken = self.unused_students[:count]
        del self.unused_students[:count]
        return taken

    def number_of(self, student):
        """Return the student number of one of these students."""
        return f"S{self.students.index(student):04}"

    def call(self, key, model, method, **arguments):
        """Call a model's method over /json/2; return the status and the answer."""
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def load_registry_of(name):
    """Load another database into this process, without running the tests in it."""
    testing = odoo.tools.config["test_enable"]
    odoo.tools.config["test_enable"] = False
    try:
        return Registry(name)
    finally:
        odoo.tools.config["test_enable"] = testing


@contextlib.contextmanager
def seeded_server(purpose, log):
    """A server with two workers on a database of its own, with people.

    Its ``seed`` has the ids and the API keys that ``seed.py`` made.
    """
    with database(purpose, os.environ["TEST_PRISTINE"]) as name:
        done = run_odoo("shell", "-d", name, "--no-http", stdin=SEED.read_text())
        served = Server(name, log)
        served.seed = json.loads(done.stdout.strip().splitlines()[-1])
        served.start()
        load_registry_of(name)
        try:
            yield served
        finally:
            served.stop()
            odoo.sql_db.close_db(name)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that the tests share; see ``seeded_server``."""
    with seeded_server("served", tmp_path_factory.mktemp("server") / "odoo.log") as it:
        yield it


class Connection:
    """A transaction of its own on the served database, as one of its users.

    Without a login it acts as Odoo itself.
    """

    def __init__(self, server, login=None):
        self.cursor = Registry(server.database).cursor()
        uid = server.seed["users"][login] if login else SUPERUSER_ID
        self.env = api.Environment(self.cursor, uid, {})
        self.meetings = self.env["intervention.meeting"]

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.cursor.rollback()
        self.cursor.close()

    def commit(self):
        """Commit, and tell the server's processes what they may no longer cache."""
        self.env.flush_all()
        self.cursor.commit()
        self.env.registry.signal_changes()


@pytest.fixture
def new_student(server):
    """A function that returns the id of a student whom no other test has."""
    return lambda: server.new_students()[0]


@pytest.fixture
def student(new_student):
    """The id of a student whom no other test has."""
    return new_student()


def client_of(login):
    @pytest.fixture(name=login)
    def client(server):
        return server.client(server.seed["keys"].get(login))

    return client


form_master = client_of("form_master")
colleague = client_of("colleague")
administrator = client_of("administrator")
staff = client_of("staff")
portal = client_of("portal")
anonymous = client_of("anonymous")
