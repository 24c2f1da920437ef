"""Measures what a request costs in a cluster: started by setup/benchmark cluster.

The clock depends on what else a machine does; what counts here is processor time, in
the nodes, in the two PostgreSQL servers and in HAProxy. docs/scaling.md computes with
it.
"""

import argparse
import itertools
import json
import os
import sys
import time
from pathlib import Path

import psutil

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "setup")]
from api_client import (  # noqa: E402
    DESCRIPTION,
    MEETINGS,
    PROGRESS,
    Api,
    meeting_document,
)
from cluster_processes import DATABASE, NODES, Cluster, free_port  # noqa: E402
from test_cluster import Browser  # noqa: E402

DATASET = Path(__file__).with_name("dataset.sql")
PEOPLE = """
import json
from datetime import datetime, timedelta
env["ir.cron"].search([]).active = False
env["intervention.settings"].search([]).years_back = 50
keys = {}
for login in ("form_master_7", "admin"):
    user = env["res.users"].search([("login", "=", login)])
    user.password = login
    keys[login] = env["res.users.apikeys"].with_user(user).sudo()._generate(
        "rpc", "benchmark", datetime.now() + timedelta(days=1))
master = env["res.users"].search([("login", "=", "form_master_7")])
students = env["res.partner"].create([
    {"name": f"New {number}", "is_intervention_student": True} for number in range(3000)
])
meetings = env["intervention.meeting"].search(
    [("form_master_id", "=", master.id), ("status", "!=", "closed")], limit=400)
env.cr.commit()
print(json.dumps({"keys": keys, "students": students.ids, "meetings": meetings.ids}))
"""


def processor_time(cluster):
    """Return the seconds that each part has used so far."""
    parts = dict.fromkeys(("worker", "primary", "replica", "haproxy"), 0.0)

    def add(part, processes):
        for process in processes:
            times = process.cpu_times()
            parts[part] += times.user + times.system

    for node in NODES:
        add("worker", cluster.processes(node))
    add("haproxy", cluster.processes("balancer"))
    for part, name in (("primary", cluster.primary), ("replica", cluster.replica)):
        first = (cluster.folder / name / "postmaster.pid").read_text().split()[0]
        add(part, psutil.Process(int(first)).children(recursive=True))
    return parts


def measure(cluster, name, act, times):
    for _number in range(20):
        act()
    before, since = processor_time(cluster), time.perf_counter()
    for _number in range(times):
        act()
    clock = (time.perf_counter() - since) / times * 1000
    after = processor_time(cluster)
    cost = {part: (after[part] - before[part]) / times * 1000 for part in after}
    print(
        f"{name:<32}"
        + "".join(f"{cost[part]:9.1f}" for part in cost)
        + f"{clock:9.1f}",
        flush=True,
    )
    return {**cost, "clock": clock}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=200000)
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    parser.add_argument("--json", help="a file for the same figures")
    options = parser.parse_args()
    folder, base = os.environ["CLUSTER_FOLDER"], os.environ["CLUSTER_BASE"]
    Cluster(folder, base).stop()
    cluster = Cluster(folder, base, free_port())
    try:
        cluster.start()
        cluster.sql(
            "first",
            f"SELECT set_config('benchmark.meetings', '{options.meetings}', FALSE);\n"
            + DATASET.read_text().replace("%", "%%"),
        )
        for table in ("intervention_meeting", "intervention_progress", "res_partner"):
            cluster.sql("first", f"VACUUM ANALYZE {table}")
        shell = cluster.odoo(
            "node1", "shell", "-d", DATABASE, "--no-http", input=PEOPLE
        )
        people = json.loads(shell.stdout.strip().splitlines()[-1])
        cluster.wait_for(lambda: "replica" in cluster.servers_up(), "the replica", 600)
        report(cluster, people, options)
    finally:
        cluster.stop()


def report(cluster, people, options):
    clients = {
        login: Api(cluster.url, key, key) for login, key in people["keys"].items()
    }
    master, admin = clients["form_master_7"], clients["admin"]
    browser = Browser(cluster, "form_master_7")
    students, meetings = iter(people["students"]), itertools.cycle(people["meetings"])
    kind = {"Content-Type": "application/json"}

    def get(client, path):
        answer = client.send("GET", path)
        assert answer.status == 200, answer

    def post(path, document):
        answer = master.send("POST", path, json.dumps(document), kind)
        assert answer.status == 201, answer

    def dashboard():
        browser.call("intervention.meeting", "get_dashboard")
        browser.reasons()

    acts = {
        "the description (no query)": lambda: get(master, DESCRIPTION),
        "list of 50, form master": lambda: get(master, MEETINGS),
        "list of 50, administrator": lambda: get(admin, MEETINGS),
        "one case": lambda: get(master, f"{MEETINGS}{next(meetings)}/"),
        "statistics, form master": lambda: get(master, f"{MEETINGS}stats/"),
        "statistics, administrator": lambda: get(admin, f"{MEETINGS}stats/"),
        "dashboard in the web client": dashboard,
        "record a meeting": lambda: post(MEETINGS, meeting_document(next(students))),
        "add progress": lambda: post(
            PROGRESS, {"meeting": next(meetings), "update_text": "He came."}
        ),
    }
    parts = ("worker", "primary", "replica", "haproxy", "clock")
    print("milliseconds a request".ljust(32) + "".join(f"{part:>9}" for part in parts))
    found = {
        name: measure(cluster, name, act, options.requests)
        for name, act in acts.items()
    }
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
