"""What the tests from outside share: databases and servers of their own.

``setup/test`` sets TEST_PRISTINE, a database with the addon installed that nobody
connects to, and TEST_PYTHON, the interpreter that runs Odoo.
"""

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import odoo.sql_db
import odoo.tools
import pytest
from odoo.modules.registry import Registry

TOP = Path(__file__).resolve().parent.parent
SEED = Path(__file__).with_name("seed.py")


def odoo_command(*arguments):
    return [os.environ["TEST_PYTHON"], "-m", "odoo", *arguments]


def run_odoo(*arguments, stdin=None):
    """Run Odoo's command line to its end; return what it printed and logged."""
    done = subprocess.run(
        odoo_command(*arguments),
        input=stdin,
        capture_output=True,
        text=True,
        cwd=TOP,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
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
def database(name, source=None):
    """A database for the time of the block: a copy of another one, or none yet."""
    if source:
        run_odoo("db", "duplicate", "-f", source, name)
    try:
        yield name
    finally:
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

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                odoo_command(
                    "server",
                    f"--database={self.database}",
                    f"--db-filter=^{self.database}$",
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


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server with two workers on a database of its own, with people and students.

    ``server.seed`` has the ids and the API keys that ``seed.py`` made.
    """
    with database("intervention_served", os.environ["TEST_PRISTINE"]) as name:
        done = run_odoo("shell", "-d", name, "--no-http", stdin=SEED.read_text())
        served = Server(name, tmp_path_factory.mktemp("server") / "odoo.log")
        served.seed = json.loads(done.stdout.strip().splitlines()[-1])
        served.start()
        load_registry_of(name)
        yield served
        served.stop()
        odoo.sql_db.close_db(name)
