"""Measures the HTTP API on a large school; started by setup/benchmark.

What counts are the ratios: both sides of one are measured in turns, in one run, on one
machine. It prints a table, and writes the same as JSON where --json says.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import statistics
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import odoo.sql_db
import psycopg2
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conftest import Server, run_odoo

DATASET = Path(__file__).with_name("dataset.sql")
BASE = "/api/interventions/meetings"
LIST_FIELDS = [
    "student_id", "student_number", "meeting_date", "absence_reason", "root_cause",
    "intervention_notes", "action_plan", "follow_up_date", "urgency_level", "status",
    "resolution_notes", "form_master_id", "create_uid", "progress_count",
    "days_since_meeting", "is_overdue", "create_date", "write_date",
]  # fmt: skip


def make_database(name, meetings):
    """Copy the pristine database and fill it; return how long the filling took."""
    run_odoo("db", "duplicate", "-f", os.environ["TEST_PRISTINE"], name)
    since = time.perf_counter()
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('benchmark.meetings', %s, FALSE)", [str(meetings)]
        )
        cursor.execute(DATASET.read_text())
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in ("intervention_meeting", "intervention_progress", "res_partner"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    connection.close()
    return time.perf_counter() - since


class School:
    """One filled database: a connection by the ORM, a raw one, and a server.

    With a name it is one that is there already, and stays.
    """

    def __init__(self, meetings, log, workers=2, name=None):
        self.meetings = meetings
        self.name = name or f"intervention_benchmark_{meetings}"
        self.is_kept = bool(name)
        self.filled_in = 0 if name else make_database(self.name, meetings)
        config["test_enable"] = False
        self.registry = Registry(self.name)
        self.raw = psycopg2.connect(dbname=self.name)
        self.raw.set_session(readonly=True)
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, api.SUPERUSER_ID, {})
            self.owner = env["res.users"].search([("login", "=", "form_master_7")]).id
            self.admin = env.ref("base.user_admin").id
            env["res.users"].browse([self.owner, self.admin]).password = "benchmark"
            until = datetime.now() + timedelta(days=1)
            keys = env["res.users.apikeys"]
            self.keys = {
                user: keys.with_user(user).sudo()._generate("rpc", "benchmark", until)
                for user in (self.owner, self.admin)
            }
        self.log = Path(log) / f"{self.name}.log"
        self.server = Server(self.name, self.log, workers).start()

    @contextlib.contextmanager
    def env(self, user):
        with self.registry.cursor() as cursor:
            yield api.Environment(cursor, user, {})
            cursor.rollback()

    def query(self, statement, *parameters):
        with self.raw.cursor() as cursor:
            cursor.execute(statement, parameters)
            rows = cursor.fetchall()
        self.raw.rollback()
        return rows

    def close(self):
        self.server.stop()
        self.raw.close()
        if not self.is_kept:
            odoo.sql_db.close_db(self.name)
            run_odoo("db", "drop", self.name)


class Client:
    """One kept connection, by an API key or by a session."""

    def __init__(self, school, user, session=False):
        self.connection = http.client.HTTPConnection("127.0.0.1", school.server.port)
        self.headers = {"Content-Type": "application/json"}
        if session:
            self.log_in("form_master_7" if user == school.owner else "admin")
        else:
            self.headers["Authorization"] = f"Bearer {school.keys[user]}"

    def log_in(self, login):
        page = self.send("GET", "/web/login", expect=200)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.decode())[1]
        form = urlencode({"login": login, "password": "benchmark", "csrf_token": token})
        self.send(
            "POST", "/web/login", form.encode(), 303,
            {"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip

    def send(self, method, path, body=None, expect=200, headers=()):
        self.connection.request(method, path, body, {**self.headers, **dict(headers)})
        answer = self.connection.getresponse()
        content = answer.read()
        cookie = answer.headers.get("Set-Cookie", "")
        if found := re.search(r"session_id=[^;]+", cookie):
            self.headers["Cookie"] = found[0]
        assert answer.status == expect, (method, path, answer.status, content[:500])
        return content

    def get(self, path):
        return self.send("GET", path)

    def rpc(self, method, **arguments):
        body = json.dumps(arguments).encode()
        return self.send("POST", f"/json/2/intervention.meeting/{method}", body)


def in_turns(rounds, **functions):
    """Call the functions in turns; return the times of each, in milliseconds."""
    times = {name: [] for name in functions}
    for function in functions.values():
        for _warm_up in range(3):
            function()
    for _round in range(rounds):
        for name, function in functions.items():
            since = time.perf_counter()
            function()
            times[name].append((time.perf_counter() - since) * 1000)
    return times


def ratio(times, one, other):
    return statistics.median(times[one]) / statistics.median(times[other])


def p95(values):
    return sorted(values)[int(len(values) * 0.95)]


class Report:
    def __init__(self):
        self.endpoints = []
        self.ratios = []

    def endpoint(self, name, school, times, per_second=None, statements=None):
        self.endpoints.append(
            {
                "endpoint": name,
                "meetings": school.meetings,
                "median_ms": round(statistics.median(times), 2),
                "p95_ms": round(p95(times), 2),
                "requests_per_second": per_second and round(per_second),
                "statements": statements,
            }
        )

    def ratio(self, name, value, target, lowest=False):
        met = value >= target if lowest else value <= target
        self.ratios.append(
            {
                "measure": name,
                "target": f"{'≥' if lowest else '≤'} {target}",
                "result": round(value, 2),
                "met": met,
            }
        )

    def print(self):
        print(
            "\n| endpoint | meetings | median ms | p95 ms | requests/s | statements |"
        )
        print("|---|---|---|---|---|---|")
        for row in self.endpoints:
            values = ("" if value is None else str(value) for value in row.values())
            print("|", " | ".join(values), "|")
        print("\n| measure | target | result | |")
        print("|---|---|---|---|")
        for row in self.ratios:
            print(
                f"| {row['measure']} | {row['target']} | {row['result']} "
                f"| {'met' if row['met'] else 'MISSED'} |"
            )


def as_over_http(model):
    """Return a model as a request has it, with what is read along with the key."""
    # Odoo finds the addon when it is configured.
    from odoo.addons.intervention_tracking.tools.internal import Internal

    return model.with_context(intervention_nobody_closed=Internal(True))


def statements_in_process(school, user):
    """Count the statements of each reading method, with warm caches."""
    counts = {}
    with school.env(user) as env:
        meetings = as_over_http(env["intervention.meeting"])
        meeting = meetings.search([], limit=1)
        student = meeting.student_id.id
        readers = {
            "list": lambda: meetings._list_json([], 50, 0),
            "detail": lambda: meetings._detail_json(meeting.id),
            "history": lambda: meetings._history_json(student, 50, 0),
            "statistics": meetings._statistics_json,
            "recurring": lambda: meetings._recurring_json(50, 0),
        }
        for name, read in readers.items():
            read()
            before = env.cr.sql_log_count
            read()
            counts[name] = env.cr.sql_log_count - before
    return counts


def statements_over_http(school, path):
    """Return the statements of a request, as the server logs them."""
    with school.log.open() as log:
        lines = [line for line in log if f'"GET {path} ' in line]
    return int(re.search(r'HTTP/1\.1" 200 - (\d+) ', lines[-1])[1])


def throughput(school, user, act, seconds):
    """Return the requests a second that four clients get from two workers."""
    counts = []

    def work():
        client = Client(school, user)
        count = 0
        while time.perf_counter() < end:
            act(client)
            count += 1
        counts.append(count)

    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=work) for _client in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def own_meeting(school):
    """Return the id of the owner's first meeting, and of its student."""
    [row] = school.query(
        """SELECT id, student_id FROM intervention_meeting WHERE form_master_id = %s
            ORDER BY id LIMIT 1""",
        school.owner,
    )
    return row


def measure_endpoints(report, school, rounds, seconds):
    meeting, student = own_meeting(school)
    paths = {
        "list": f"{BASE}/",
        "list of active, high": f"{BASE}/?status=open,escalated&urgency=high",
        "list, overdue": f"{BASE}/?overdue=true",
        "detail": f"{BASE}/{meeting}/",
        "files of a meeting": f"{BASE}/{meeting}/attachments/",
        "history": f"{BASE}/student/{student}/",
        "recurring": f"{BASE}/recurring/",
        "statistics": f"{BASE}/stats/",
        "analytics of 90 days": f"{BASE}/analytics/?group_by=month&from={days_ago(90)}",
        "export of 7 days": f"{BASE}/export.csv?meeting_date_from={days_ago(7)}",
    }
    for who, user in (("own", school.owner), ("all", school.admin)):
        for name, path in paths.items():
            if who == "own" or name not in ("detail", "files of a meeting", "history"):
                speed = measure_reading(
                    report, school, user, f"{name} ({who})", path, rounds, seconds
                )
                if who == "own" and name in ("list", "statistics"):
                    report.ratio(
                        f"requests/s a worker: own {name}",
                        speed / 2,
                        {"list": 140, "statistics": 170}[name],
                        lowest=True,
                    )


def days_ago(days):
    return (datetime.now() - timedelta(days=days)).date().isoformat()


def measure_export(report, school):
    """Measure one export of all meetings, which takes too long for many rounds."""
    client = Client(school, school.admin)
    since = time.perf_counter()
    client.connection.request("GET", f"{BASE}/export.csv", headers=client.headers)
    answer = client.connection.getresponse()
    answer.read(1)
    first = time.perf_counter() - since
    while answer.read(1024 * 1024):
        pass
    done = time.perf_counter() - since
    report.endpoint("export of all, first byte", school, [first * 1000])
    report.endpoint("export of all, last byte", school, [done * 1000])


def measure_reading(report, school, user, name, path, rounds, seconds):
    client = Client(school, user)
    times = in_turns(rounds, it=lambda: client.get(path))["it"]
    speed = throughput(school, user, lambda each: each.get(path), seconds)
    report.endpoint(name, school, times, speed, statements_over_http(school, path))
    return speed


def new_meetings(school):
    """Yield bodies of meetings that may be recorded: students have no `other` yet."""
    rows = school.query(
        """SELECT s.id FROM res_partner s
            WHERE s.is_intervention_student AND NOT EXISTS (
               SELECT FROM intervention_meeting m WHERE m.student_id = s.id
                  AND m.status != 'closed' AND m.root_cause = 'other')"""
    )
    for (student,) in rows:
        yield {
            "student_id": student,
            "absence_reason": "The bus did not come.",
            "root_cause": "other",
            "intervention_notes": "We looked at the timetable together.",
            "action_plan": "His aunt takes him on three days.",
        }


def measure_writes(report, school, rounds, seconds):
    bodies = new_meetings(school)
    guard = threading.Lock()

    def create(client):
        with guard:
            vals = next(bodies)
        body = {
            "student": vals["student_id"],
            "meeting_date": datetime.now().date().isoformat(),
            **{name: value for name, value in vals.items() if name != "student_id"},
        }
        client.send("POST", f"{BASE}/", json.dumps(body).encode(), 201)

    client = Client(school, school.owner)
    times = in_turns(rounds, it=lambda: create(client))["it"]
    speed = throughput(school, school.owner, create, seconds)
    report.endpoint("create", school, times, speed)
    report.ratio("requests/s a worker: create", speed / 2, 140, lowest=True)
    meeting, _student = own_meeting(school)
    note = json.dumps({"meeting": meeting, "update_text": "He came."}).encode()
    times = in_turns(
        rounds, it=lambda: client.send("POST", f"{BASE}/progress/", note, 201)
    )["it"]
    report.endpoint("add progress", school, times)
    with school.env(school.owner) as env:
        # sudo: nobody else can do without the chatter.
        meetings = env["intervention.meeting"].sudo()
        bare = meetings.with_context(tracking_disable=True)
        times = in_turns(
            rounds,
            chatter=lambda: meetings.create(next(bodies)) and env.flush_all(),
            bare=lambda: bare.create(next(bodies)) and env.flush_all(),
        )
    report.ratio(
        "create with chatter against without", ratio(times, "chatter", "bare"), 1.1
    )


RAW_LIST = """
    SELECT m.id, m.student_id, s.name, s.student_number, m.meeting_date,
           m.absence_reason, m.root_cause, m.intervention_notes, m.action_plan,
           m.follow_up_date, m.urgency_level, m.status, m.resolution_notes,
           m.form_master_id, fp.name, m.create_uid, m.create_date, m.write_date
      FROM intervention_meeting m
      JOIN res_partner s ON s.id = m.student_id
      JOIN res_users f ON f.id = m.form_master_id
      JOIN res_partner fp ON fp.id = f.partner_id
     WHERE m.active IS TRUE AND m.company_id = 1 AND m.form_master_id = %s
     ORDER BY m.meeting_date DESC, m.create_date DESC, m.id DESC LIMIT 80
"""
RAW_UPDATES = """
    SELECT p.id, p.meeting_id, p.update_text, p.old_status, p.new_status, p.create_uid,
           up.name, p.create_date
      FROM intervention_progress p
      JOIN res_users u ON u.id = p.create_uid
      JOIN res_partner up ON up.id = u.partner_id
     WHERE p.meeting_id = ANY(%s) ORDER BY p.create_date DESC, p.id DESC
"""
RAW_COUNT = """
    SELECT count(*) FROM intervention_meeting
     WHERE active IS TRUE AND company_id = 1 AND form_master_id = %s
"""
RAW_RECURRING = """
    SELECT g.student_id, s.name, s.student_number, g.n, g.active, g.last, g.better
      FROM (SELECT student_id, count(*) n,
                   count(*) FILTER (WHERE status != 'closed') active,
                   count(*) FILTER (WHERE status IN ('improving', 'closed')) better,
                   max(meeting_date) last
              FROM intervention_meeting WHERE active IS TRUE AND company_id = 1 {owner}
             GROUP BY student_id HAVING count(*) > 1) g
      JOIN res_partner s ON s.id = g.student_id
     ORDER BY n DESC, last DESC, student_id LIMIT 50
"""
RAW_STATISTICS = """
    SELECT status, count(*), count(*) FILTER (WHERE urgency_level = 'high'),
           count(*) FILTER (WHERE follow_up_date < current_date), NULL
      FROM intervention_meeting
     WHERE active IS TRUE AND company_id = 1 AND status != 'closed' {owner}
     GROUP BY status
    UNION ALL
    SELECT 'closed', count(*), 0, 0,
           (SELECT count(*) FROM (
                SELECT FROM intervention_meeting
                 WHERE active IS TRUE AND company_id = 1 {owner}
                 GROUP BY student_id HAVING count(*) > 1) r)
      FROM intervention_meeting
     WHERE active IS TRUE AND company_id = 1 AND status = 'closed' {owner}
"""
COUNTED = [
    [],
    [("status", "!=", "closed")],
    [("status", "=", "open")],
    [("status", "=", "improving")],
    [("status", "=", "not_improving")],
    [("status", "=", "closed")],
    [("urgency_level", "=", "high"), ("status", "!=", "closed")],
    [("is_overdue", "=", True)],
]


def measure_ratios(report, school, rounds):
    owner = school.owner
    with school.env(owner) as env:
        meetings = env["intervention.meeting"]

        def raw_nested():
            school.query(RAW_COUNT, owner)
            rows = school.query(RAW_LIST, owner)
            updates = school.query(RAW_UPDATES, [row[0] for row in rows])
            json.dumps([rows, updates], default=str)

        times = in_turns(
            rounds, ours=lambda: meetings._list_json([], 80, 0), raw=raw_nested
        )
        report.ratio(
            "list with updates and count, in process, against raw psycopg2",
            ratio(times, "ours", "raw"),
            1.25,
        )
    measure_numbers(report, school, rounds, "own", owner, (1.8, 2.0, 0.5))
    measure_numbers(report, school, rounds, "all", school.admin, (1.2, 1.2, 0.75))
    client = Client(school, owner)
    times = in_turns(
        rounds,
        ours=lambda: client.get(f"{BASE}/?page_size=80"),
        stock=lambda: client.rpc(
            "search_read", domain=[], fields=LIST_FIELDS, limit=80
        ),
    )
    report.ratio(
        "list over HTTP against /json/2 search_read of the same rows",
        ratio(times, "ours", "stock"),
        0.25,
    )
    by_session = Client(school, owner, session=True)
    empty = "/api/interventions/openapi.json"
    times = in_turns(
        rounds, key=lambda: client.get(empty), session=lambda: by_session.get(empty)
    )
    report.ratio(
        "API key against session, a route without a query",
        ratio(times, "key", "session"),
        1.3,
    )


def measure_numbers(report, school, rounds, who, user, targets):
    where = f"AND form_master_id = {user}" if who == "own" else ""
    with school.env(user) as env:
        meetings = env["intervention.meeting"]
        times = in_turns(
            rounds,
            ours=meetings._statistics_json,
            raw=lambda: school.query(RAW_STATISTICS.format(owner=where)),
        )
        report.ratio(
            f"statistics against the same raw SQL, {who}",
            ratio(times, "ours", "raw"),
            targets[0],
        )
        times = in_turns(
            rounds,
            ours=lambda: meetings._recurring_json(50, 0),
            raw=lambda: school.query(RAW_RECURRING.format(owner=where)),
        )
        report.ratio(
            f"recurring against raw SQL, {who}", ratio(times, "ours", "raw"), targets[1]
        )
    client = Client(school, user)

    def eight_counts():
        for domain in COUNTED:
            client.rpc("search_count", domain=domain)

    times = in_turns(
        rounds, ours=lambda: client.get(f"{BASE}/stats/"), counts=eight_counts
    )
    report.ratio(
        f"statistics over HTTP against eight search_count over /json/2, {who}",
        ratio(times, "ours", "counts"),
        targets[2],
    )


def measure_growth(report, small, large, rounds):
    """Compare the same requests on the two sizes, in turns."""
    for name, path in (
        ("list", f"{BASE}/"),
        ("statistics", f"{BASE}/stats/"),
        ("detail", None),
    ):
        clients = {}
        for key, school in (("small", small), ("large", large)):
            target = path
            if not target:
                meeting, _student = own_meeting(school)
                target = f"{BASE}/{meeting}/"
            client = Client(school, school.owner)
            clients[key] = lambda client=client, target=target: client.get(target)
        times = in_turns(rounds, **clients)
        report.ratio(
            f"own {name} at {large.meetings:,} against {small.meetings:,} meetings",
            ratio(times, "large", "small"),
            1.3,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=200_000)
    parser.add_argument(
        "--large", type=int, help="a second size, to which the first is compared"
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=4, help="of each load")
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    parser.add_argument("--log", default=".local/log", help="where the server logs")
    options = parser.parse_args()
    config.parse_config(["--logfile", f"{options.log}/benchmark.log"])
    report = Report()
    with contextlib.ExitStack() as stack:
        school = School(options.meetings, options.log)
        stack.callback(school.close)
        print(f"{school.meetings:,} meetings were made in {school.filled_in:.0f} s")
        for name, count in statements_in_process(school, school.owner).items():
            report.ratio(f"SQL statements: {name}", count, 1)
        measure_endpoints(report, school, options.rounds, options.seconds)
        measure_export(report, school)
        measure_ratios(report, school, options.rounds)
        measure_writes(report, school, options.rounds, options.seconds)
        if options.large:
            large = School(options.large, options.log)
            stack.callback(large.close)
            print(f"{large.meetings:,} meetings were made in {large.filled_in:.0f} s")
            measure_growth(report, school, large, options.rounds)
    report.print()
    if options.json:
        options.json.write_text(
            json.dumps(
                {"endpoints": report.endpoints, "ratios": report.ratios}, indent=1
            )
        )


if __name__ == "__main__":
    main()
