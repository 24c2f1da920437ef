"""Measures what the speed of the API has to reach, on a district after five years.

Started by `setup/benchmark targets`. Each target stands beside what was measured. Both
sides of a ratio are measured in turns, in one run, on one machine; E is an empty route
of the API with a key. How far the times of E lie apart tells how quiet the machine was.
"""

import argparse
import contextlib
import itertools
import json
import re
import statistics
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import odoo.service.db
import psycopg2
import run
from run import BASE, Client, School, days_ago, in_turns, ratio

DATASET = Path(__file__).with_name("dataset_district.sql")
TABLES = (
    "intervention_meeting",
    "intervention_progress",
    "intervention_change",
    "intervention_feed",
    "intervention_case_count",
)
EMPTY = "/api/interventions/openapi.json"
# PostgreSQL looks once a minute for tables to clean up.
AUTOVACUUM = 65


def without_keys(cursor):
    """Drop what makes bulk loading slow; return the statements that bring it back.

    Foreign keys come back unchecked, as the data set refers to what it has made.
    """
    cursor.execute(
        """SELECT format('DROP INDEX %%s', indexrelid::regclass),
                  pg_get_indexdef(indexrelid)
             FROM pg_index
            WHERE NOT indisprimary AND indrelid = ANY(%(tables)s::regclass[])
            UNION ALL
           SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I',
                         conrelid::regclass, conname),
                  format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s NOT VALID',
                         conrelid::regclass, conname, pg_get_constraintdef(oid))
             FROM pg_constraint
            WHERE contype = 'f' AND conrelid = ANY(%(tables)s::regclass[])""",
        {"tables": list(TABLES)},
    )
    drops, makes = zip(*cursor.fetchall(), strict=True)
    drops += tuple(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in TABLES)
    makes += tuple(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in TABLES)
    for statement in drops:
        cursor.execute(statement)
    return makes


def make_district(name, meetings):
    """Copy the pristine database and fill it."""
    run.run_odoo("db", "duplicate", "-f", run.os.environ["TEST_PRISTINE"], name)
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT set_config('benchmark.meetings', %s, FALSE),
                      set_config('maintenance_work_mem', '512MB', FALSE),
                      set_config('work_mem', '256MB', FALSE)""",
            [str(meetings)],
        )
        makes = without_keys(cursor)
        cursor.execute(DATASET.read_text())
        for statement in makes:
            cursor.execute(statement)
    vacuum(connection, *TABLES, "res_partner")
    connection.close()


def vacuum(connection, *tables):
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {table}")


class District(School):
    """A school of the shape that one has after five years, with a server.

    :param bool keep: whether its database stays, and one that stayed is taken
    """

    def __init__(self, meetings, log, keep):
        name = f"intervention_district_{meetings}"
        since = time.perf_counter()
        if not keep or name not in odoo.service.db.list_dbs(force=True):
            make_district(name, meetings)
        super().__init__(meetings, log, name=name)
        self.is_kept = keep
        [(self.meetings,)] = self.query("SELECT COUNT(*) FROM intervention_meeting")
        took = time.perf_counter() - since
        print(f"{self.meetings:,} meetings were there in {took:.0f} s", flush=True)

    def statements(self, method, path):
        """Return how many statements the last such request took, as is logged."""
        request = rf'"{method} {re.escape(path)} HTTP/1.1" 20[01] - (\d+) '
        return int(re.findall(request, self.log.read_text())[-1])

    def workers(self):
        """Return the memory of each process that answers requests, in MiB."""
        return {child: resident(child) for child in children(self.server.process.pid)}


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def resident(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024


class Report:
    """Targets and what was measured beside them."""

    def __init__(self):
        self.rows = []
        self.empty = []

    def add(self, name, value, target, unit=""):
        self.rows.append(
            {
                "measure": name,
                "target": target,
                "result": round(value, 2),
                "unit": unit,
                "met": round(value, 2) <= target,
            }
        )
        row = self.rows[-1]
        print(
            f"| {name} | ≤ {target}{unit} | {row['result']}{unit} "
            f"| {'met' if row['met'] else 'MISSED'} |",
            flush=True,
        )

    def noise(self):
        """Return the median of E, and how far its middle half lies apart."""
        low, middle, high = statistics.quantiles(self.empty, n=4)
        return {
            "empty_ms": round(middle, 2),
            "middle_half": [round(low, 2), round(high, 2)],
            "spread": round((high - low) / middle, 3),
        }


class Mix:
    """The writes of form masters, each on a case that was recorded just before.

    Each returns method and path of its request.
    """

    def __init__(self, school):
        self.bodies = run.new_meetings(school)
        self.guard = threading.Lock()
        self.made = {}
        self.days = itertools.cycle(range(1, 90))

    def create(self, client):
        with self.guard:
            vals = next(self.bodies)
        body = {
            "student": vals.pop("student_id"),
            "meeting_date": date.today().isoformat(),
            **vals,
        }
        content = client.send("POST", f"{BASE}/", json.dumps(body).encode(), 201)
        self.made[client] = json.loads(content)["id"]
        return "POST", f"{BASE}/"

    def note(self, client):
        return self.add(client, {})

    def step(self, client):
        day = date.today() + timedelta(days=next(self.days))
        change = {"status": "monitoring", "follow_up_date": day.isoformat()}
        return self.add(client, change)

    def add(self, client, values):
        body = {"meeting": self.made[client], "update_text": "He came.", **values}
        client.send("POST", f"{BASE}/progress/", json.dumps(body).encode(), 201)
        return "POST", f"{BASE}/progress/"

    def put(self, client):
        path = f"{BASE}/{self.made[client]}/"
        client.send("PUT", path, b'{"status": "improving"}')
        return "PUT", path

    def all(self, client):
        for act in (self.create, self.note, self.step, self.put):
            act(client)


def measure_writes(report, school, rounds):
    mix, client = Mix(school), Client(school, school.owner)
    times = in_turns(
        rounds,
        empty=lambda: client.get(EMPTY),
        create=lambda: mix.create(client),
        note=lambda: mix.note(client),
        step=lambda: mix.step(client),
        put=lambda: mix.put(client),
    )
    report.empty += times["empty"]
    counts = {}
    for name in ("create", "note", "step", "put"):
        request = getattr(mix, name)(client)
        # What is logged late.
        time.sleep(0.3)
        counts[name] = school.statements(*request)
    for name, label, most, least in (
        ("create", "create", 8, 2.2),
        ("note", "add progress, a plain note", 6, 1.7),
        ("step", "add progress with status and next date", 7, 2.0),
        ("put", "PUT of a status", 7, 2.0),
    ):
        report.add(f"{label}: statements", counts[name], most)
        report.add(label, ratio(times, name, "empty"), least, " E")
    return mix


def measure_screens(report, school, mix, rounds):
    """The calls of the web client when a dialog is saved, against those of the API."""
    client = Client(school, school.owner)
    browser = WebClient(school, school.owner)
    mix.create(client)
    meeting = mix.made[client]
    opened = browser.opened(meeting)

    def record():
        with mix.guard:
            vals = next(mix.bodies)
        browser.record(vals)

    times = in_turns(
        rounds,
        create=lambda: mix.create(client),
        record=record,
        note=lambda: mix.note(client),
        track=lambda: browser.track(meeting, opened),
    )
    report.add(
        "saving in the record dialog, against create",
        ratio(times, "record", "create"),
        1.5,
        " ×",
    )
    report.add(
        "saving in the tracker, against add progress",
        ratio(times, "track", "note"),
        1.5,
        " ×",
    )


class WebClient(Client):
    """Who works in a browser: a session, and what the web client sends."""

    def __init__(self, school, user):
        super().__init__(school, user, session=True)
        self.tokens = itertools.count(time.time_ns())

    def call(self, model, method, args, **kwargs):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.ask(path, model=model, method=method, args=args, kwargs=kwargs)

    def ask(self, path, **params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        answer = json.loads(self.send("POST", path, body.encode()))
        assert "error" not in answer, answer
        return answer["result"]

    def context(self, **more):
        return {
            "lang": "en_US",
            "tz": "UTC",
            "allowed_company_ids": [1],
            "intervention_token": f"benchmark{next(self.tokens)}",
            **more,
        }

    def record(self, vals):
        """Save what the dialog in which a meeting is recorded has."""
        values = {
            **vals,
            "other_student_ids": [],
            "meeting_date": date.today().isoformat(),
            "plan_template_id": False,
            "urgency_level": "medium",
            "follow_up_date": False,
            "status": "open",
            "file_ids": [],
        }
        self.call(
            "intervention.meeting",
            "web_save",
            [[], values],
            context=self.context(),
            specification={},
        )

    def opened(self, meeting):
        """Return what a tracker that was opened on a case sends of it."""
        context = self.context(default_meeting_id=meeting)
        names = ("seen_status", "seen_follow_up_date", "version", "status")
        found = self.call(
            "intervention.track",
            "onchange",
            [[], {}, [], {name: {} for name in names}],
            context=context,
        )
        return {**found["value"], "happened_on": date.today().isoformat()}

    def track(self, meeting, values):
        """Save what the tracker has, and press its button."""
        context = self.context(default_meeting_id=meeting)
        values = {**values, "update_text": "He came.", "file_ids": []}
        self.call("intervention.track", "add_update", [values], context=context)


def measure_reads(report, school, rounds):
    owner = school.owner
    raw_list = run.RAW_LIST.replace("LIMIT 80", "LIMIT 50")

    def raw():
        school.query(run.RAW_COUNT, owner)
        rows = school.query(raw_list, owner)
        updates = school.query(run.RAW_UPDATES, [row[0] for row in rows])
        json.dumps([rows, updates], default=str)

    where = f"AND form_master_id = {owner}"
    with school.env(owner) as env:
        meetings = run.as_over_http(env["intervention.meeting"])
        times = in_turns(rounds, ours=lambda: meetings._list_json([], 50, 0), raw=raw)
        report.add(
            "list of 50 with updates and count, in process, against raw psycopg2",
            ratio(times, "ours", "raw"),
            1.15,
            " ×",
        )
        times = in_turns(
            rounds,
            ours=meetings._statistics_json,
            raw=lambda: school.query(run.RAW_STATISTICS.format(owner=where)),
        )
        report.add(
            "statistics, own, against raw", ratio(times, "ours", "raw"), 1.6, " ×"
        )
    client = Client(school, owner)
    times = in_turns(
        rounds,
        ours=lambda: client.get(f"{BASE}/"),
        stock=lambda: client.rpc(
            "search_read", domain=[], fields=run.LIST_FIELDS, limit=50
        ),
    )
    report.add(
        "list over HTTP against /json/2 search_read of the same rows",
        ratio(times, "ours", "stock"),
        0.3,
        " ×",
    )
    admin = Client(school, school.admin)
    days = f"{BASE}/analytics/?group_by=month&from={days_ago(90)}"
    times = in_turns(
        rounds,
        analytics=lambda: admin.get(days),
        statistics=lambda: admin.get(f"{BASE}/stats/"),
    )
    report.add(
        "analytics of 90 days, administrator, against the statistics",
        ratio(times, "analytics", "statistics"),
        3,
        " ×",
    )


PATHS = {
    "statistics": f"{BASE}/stats/",
    "recurring": f"{BASE}/recurring/",
    "list": f"{BASE}/",
}


def readers(school, user, prefix=""):
    client = Client(school, user)
    return {
        f"{prefix}{name}": lambda path=path: client.get(path)
        for name, path in PATHS.items()
    }


def write_many(school, mix, count):
    """Send so many writes of all kinds, by four clients at once."""
    left = itertools.count(0, 4)

    def work():
        client = Client(school, school.owner)
        while next(left) < count:
            mix.all(client)

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure_decay(report, school, mix, rounds, writes):
    """Reads after writes, against the same when everything is cleaned up."""
    since = time.perf_counter()
    write_many(school, mix, writes)
    took = time.perf_counter() - since
    print(f"{writes:,} writes took {took:.0f} s", flush=True)
    reads = readers(school, school.admin)
    after = in_turns(rounds, **reads)
    time.sleep(AUTOVACUUM)
    later = in_turns(rounds, **reads)
    connection = psycopg2.connect(dbname=school.name)
    vacuum(connection, *TABLES)
    connection.close()
    clean = in_turns(rounds, **reads)
    for times, when in ((after, "at once"), (later, "a minute later")):
        for name in reads:
            report.add(
                f"administrators' {name} after {writes:,} writes, {when}, against "
                "vacuumed",
                statistics.median(times[name]) / statistics.median(clean[name]),
                1.2,
                " ×",
            )


def measure_growth(report, small, large, rounds):
    for who, most in (("owner", 1.2), ("admin", 3)):
        reads = {
            **readers(small, getattr(small, who), "small "),
            **readers(large, getattr(large, who), "large "),
        }
        times = in_turns(rounds, **reads)
        for name in PATHS:
            report.add(
                f"{'own' if who == 'owner' else 'administrators’'} {name} at "
                f"{large.meetings:,} against {small.meetings:,} meetings",
                ratio(times, f"large {name}", f"small {name}"),
                most,
                " ×",
            )


def measure_memory(report, school, mix, requests):
    """How much a worker grows by as many requests as one gets in an hour or more.

    What it holds after the first tenth of them is what it needs to work.
    """
    write_many(school, mix, requests // 10)
    before = school.workers()
    reads = [
        read
        for user in (school.owner, school.admin)
        for read in readers(school, user).values()
    ]
    writes = requests * 6 // 10
    threads = [
        threading.Thread(target=write_many, args=(school, mix, writes)),
        threading.Thread(
            target=lambda: [
                read()
                for read in itertools.islice(itertools.cycle(reads), requests // 3)
            ]
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = school.workers()
    grown = max(after[pid] - before[pid] for pid in before if pid in after)
    report.add(
        f"memory of a worker over {requests:,} mixed requests", grown, 20, " MiB"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=1_000_000, help="0 for none")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--writes", type=int, default=5_000, help="before reads")
    parser.add_argument("--requests", type=int, default=8_000, help="for the memory")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the databases for the next run, or take those of the last one, "
        "if the addon is as it was",
    )
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    parser.add_argument("--log", default=".local/log", help="where the servers log")
    options = parser.parse_args()
    run.config.parse_config(["--logfile", f"{options.log}/benchmark.log"])
    report = Report()
    with contextlib.ExitStack() as stack:
        school = District(options.meetings, options.log, options.keep)
        stack.callback(school.close)
        large = None
        if options.large:
            large = District(options.large, options.log, options.keep)
            stack.callback(large.close)
        print("\n| measure | target | result | |\n|---|---|---|---|")
        mix = measure_writes(report, school, options.rounds)
        measure_reads(report, school, options.rounds)
        measure_screens(report, school, mix, options.rounds)
        if large:
            measure_growth(report, school, large, options.rounds // 2)
        measure_decay(report, school, mix, options.rounds // 2, options.writes)
        measure_memory(report, school, mix, options.requests)
        client = Client(school, school.owner)
        report.empty += in_turns(options.rounds, it=lambda: client.get(EMPTY))["it"]
    noise = report.noise()
    print(
        f"\nE, an empty route: {noise['empty_ms']} ms; the middle half of its times "
        f"from {noise['middle_half'][0]} to {noise['middle_half'][1]} ms, a spread of "
        f"{noise['spread']:.0%}. Above a quarter, ratios near their target tell little."
    )
    if options.json:
        options.json.write_text(
            json.dumps({"noise": noise, "targets": report.rows}, indent=1)
        )


if __name__ == "__main__":
    main()
