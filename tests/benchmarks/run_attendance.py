"""Measures how school days come in, beside 3.8 million that are there.

Started by `setup/benchmark attendance`. Both sides of a ratio are measured in one run
on one machine. COPY into a table without keys is what PostgreSQL can do at most; COPY
into the table itself pays for the keys and foreign keys, as every way in does.
"""

import argparse
import io
import json
import resource
import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import odoo.sql_db
import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
from run import Report, make_database, run_odoo

DATASET = Path(__file__).with_name("attendance.sql")
NAME = "intervention_benchmark_attendance"
# The newest school days, which the dataset leaves free.
FREE_DAYS = 10
COLUMNS = (
    "student_id, date, company_id, class_id, possible, absent, excused, is_late, "
    "minutes_lost, codes, source_id, updated_at"
)


def fill(name):
    """Make the school and its days; return how long the days took."""
    make_database(name, 3000)
    since = time.perf_counter()
    until = date.today() - timedelta(days=FREE_DAYS * 7 // 5 + 7)
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('benchmark.until', %s, FALSE)", [until.isoformat()]
        )
        cursor.execute(DATASET.read_text())
    with environment(name) as env:
        env["intervention.attendance.standing"]._refresh(students(env))
        env.cr.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE intervention_attendance")
        cursor.execute("VACUUM ANALYZE intervention_attendance_standing")
    connection.close()
    return time.perf_counter() - since


class environment:  # noqa: N801
    """The environment of the superuser, whose work is not kept unless committed."""

    def __init__(self, name):
        self.cursor = Registry(name).cursor()

    def __enter__(self):
        return api.Environment(self.cursor, SUPERUSER_ID, {})

    def __exit__(self, *_exception):
        self.cursor.rollback()
        self.cursor.close()


def students(env):
    env.cr.execute(
        "SELECT id FROM res_partner WHERE is_intervention_student ORDER BY id"
    )
    return [row[0] for row in env.cr.fetchall()]


def new_days(env):
    env.cr.execute("SELECT max(date) FROM intervention_attendance")
    [last] = env.cr.fetchone()
    yesterday = date.today() - timedelta(days=1)
    days = env["intervention.settings"]._open_days(
        env.company, last + timedelta(days=1), yesterday
    )
    return sorted(days)[:FREE_DAYS]


def marks_of(who, days):
    """Yield a mark a student and day; one of eleven is an absence."""
    for day in days:
        for place, student in enumerate(who):
            if (place * 7 + day.toordinal()) % 11:
                yield student, day, "", "present", "P", 0, ""
            else:
                yield student, day, "", "unexcused", "A", 0, ""


def rows_of(marks, source):
    """Return the lines for COPY of the rows that marks become."""
    lines = io.StringIO()
    for student, day, _slot, meaning, code, _minutes, _note in marks:
        missed = int(meaning == "unexcused")
        lines.write(
            f"{student}\t{day}\t1\t\\N\t1\t{missed}\t0\tf\t0\t{code}\t{source}\t{day}\n"
        )
    lines.seek(0)
    return lines


def timed(act):
    since = time.perf_counter()
    act()
    return time.perf_counter() - since


def measure(report, name, rounds):
    times = {key: [] for key in ("bare", "keyed", "first", "dry", "again")}
    with environment(name) as env:
        who, days = students(env), new_days(env)
        source = env["intervention.attendance.source"].search([], limit=1)
        attendance = env["intervention.attendance"]
        env.cr.execute(
            "CREATE TABLE intervention_bare (LIKE intervention_attendance "
            "INCLUDING DEFAULTS)"
        )
        env.cr.commit()

        def copy(table):
            lines = rows_of(marks_of(who, days), source.id)
            statement = f"COPY {table} ({COLUMNS}) FROM STDIN"
            since = time.perf_counter()
            env.cr.copy_expert(statement, lines)
            took = time.perf_counter() - since
            env.cr.rollback()
            return took

        def store(**kwargs):
            return attendance._store(marks_of(who, days), source, **kwargs)

        for _round in range(rounds):
            times["bare"].append(copy("intervention_bare"))
            times["keyed"].append(copy("intervention_attendance"))
            times["dry"].append(timed(lambda: store(dry_run=True)))
            env.cr.rollback()
            times["first"].append(timed(store))
            times["again"].append(timed(store))
            env.cr.rollback()
        env.cr.execute("DROP TABLE intervention_bare")
        env.cr.commit()
    middle = {key: statistics.median(values) for key, values in times.items()}
    for key, value in middle.items():
        print(f"{key}: {value:.1f} s for {len(who) * len(days):,} marks")
    first = middle["first"]
    report.ratio("new marks against COPY without keys", first / middle["bare"], 4)
    report.ratio("new marks against COPY with keys", first / middle["keyed"], 4)
    report.ratio("the same again against the first", middle["again"] / first, 1)
    report.ratio("a dry run against the run", middle["dry"] / first, 1)


def measure_memory(report, name):
    """How much the process grows by a million marks in one run."""
    with environment(name) as env:
        who = students(env)
        last = date.today() - timedelta(days=1)
        days = env["intervention.settings"]._open_days(
            env.company, last - timedelta(days=120), last
        )
        days = sorted(days)[-1_000_000 // len(who) :]
        source = env["intervention.attendance.source"].search([], limit=1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        since = time.perf_counter()
        env["intervention.attendance"]._store(marks_of(who, days), source, dry_run=True)
        took = time.perf_counter() - since
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"{len(who) * len(days):,} marks, dry: {took:.0f} s")
    report.ratio("MiB that a million marks take", grown, 150)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", help="one that this made before; it is kept")
    parser.add_argument("--keep", action="store_true", help="keep the database")
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    config.parse_config(["--logfile", ".local/log/benchmark.log"])
    name = options.database or NAME
    if not options.database:
        print(f"the days were made in {fill(name):.0f} s")
    report = Report()
    measure_memory(report, name)
    measure(report, name, options.rounds)
    report.print()
    if options.json:
        options.json.write_text(json.dumps({"ratios": report.ratios}, indent=1))
    if not (options.database or options.keep):
        odoo.sql_db.close_db(name)
        run_odoo("db", "drop", name)


if __name__ == "__main__":
    main()
