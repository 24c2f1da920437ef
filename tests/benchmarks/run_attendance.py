"""Measures how school days come in and are read, beside 3.8 million that are there.

Started by `setup/benchmark attendance`. Both sides of a ratio are measured in one run
on one machine. COPY into a table without keys is what PostgreSQL can do at most; COPY
into the table itself pays for its indexes and its four foreign keys, which PostgreSQL
looks at for each row, as every way in does.
"""

import argparse
import gc
import io
import json
import re
import statistics
import tempfile
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import odoo.sql_db
import psycopg2
import run_school_system
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
from run import (
    BASE,
    Client,
    Report,
    School,
    as_over_http,
    in_turns,
    make_database,
    ratio,
    run_odoo,
    statements_over_http,
)

DATASET = Path(__file__).with_name("attendance.sql")
NAME = "intervention_benchmark_attendance"
# The newest school days, which the dataset leaves free.
FREE_DAYS = 10
MEETINGS = 3000
COLUMNS = (
    "student_id, date, company_id, class_id, possible, absent, excused, is_late, "
    "minutes_lost, codes, source_id, updated_at"
)


def fill(name):
    """Make the school and its days; return how long the days took."""
    make_database(name, MEETINGS)
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
        # As a school is in the morning.
        env["intervention.effect"]._cron_refresh()
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


def csv_of(env, who, days):
    """Return a file of the same marks, as a school's own system writes it."""
    env.cr.execute(
        "SELECT id, student_number FROM res_partner WHERE id = ANY(%s)", [who]
    )
    numbers = dict(env.cr.fetchall())
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(b"Student number,Date,Code\n")
    for student, day, *_others, code, _minutes, _note in marks_of(who, days):
        file.write(f"{numbers[student]},{day},{code}\n".encode())
    return file


def importer(env, source, file):
    """Return a function that imports a file, as an administrator."""
    files = env(user=env.ref("base.user_admin"))["intervention.attendance.file"]
    choices = {"codes": {"P": "present", "A": "unexcused"}}

    def act(**kwargs):
        file.seek(0)
        report = files._import(file, source.with_env(files.env), choices, **kwargs)
        assert not report["broken"]["count"] + report["unknown_students"]["count"]

    return act


def measure(report, name, rounds):
    times = {key: [] for key in ("bare", "indexed", "keyed", "first", "dry", "again")}
    with environment(name) as env:
        who, days = students(env), new_days(env)
        source = env["intervention.attendance.source"].search([], limit=1)
        env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'intervention_attendance'::regclass"
        )
        foreign_keys = ", ".join(
            f"DROP CONSTRAINT {each}" for (each,) in env.cr.fetchall()
        )

        def copy(table, *before):
            for statement in before:
                env.cr.execute(statement)
            lines = rows_of(marks_of(who, days), source.id)
            took = timed(
                lambda: env.cr.copy_expert(
                    f"COPY {table} ({COLUMNS}) FROM STDIN", lines
                )
            )
            env.cr.rollback()
            return took

        import_file = importer(env, source, csv_of(env, who, days))
        for _round in range(rounds):
            times["bare"].append(
                copy(
                    "bare",
                    "CREATE TABLE bare (LIKE intervention_attendance "
                    "INCLUDING DEFAULTS)",
                )
            )
            times["indexed"].append(
                copy(
                    "intervention_attendance",
                    f"ALTER TABLE intervention_attendance {foreign_keys}",
                )
            )
            times["keyed"].append(copy("intervention_attendance"))
            times["dry"].append(timed(lambda: import_file(dry_run=True)))
            env.cr.rollback()
            times["first"].append(timed(import_file))
            times["again"].append(timed(import_file))
            env.cr.rollback()
    middle = {key: statistics.median(values) for key, values in times.items()}
    for key, value in middle.items():
        print(f"{key}: {value:.1f} s for {len(who) * len(days):,} marks")
    first = middle["first"]
    for what, key in (
        ("into a table without any key", "bare"),
        ("into the table without its foreign keys", "indexed"),
        ("into the table as it is", "keyed"),
    ):
        report.ratio(f"new marks of a CSV against COPY {what}", first / middle[key], 4)
    report.ratio("the same again against the first", middle["again"] / first, 1)
    report.ratio("a dry run against the run", middle["dry"] / first, 1)


def resident(name):
    """Return a number of /proc about the memory of this process, in MiB."""
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) / 1024


def measure_memory(report, name):
    """How much the process grows at most by importing a million marks."""
    with environment(name) as env:
        who = students(env)
        last = date.today() - timedelta(days=1)
        days = env["intervention.settings"]._open_days(
            env.company, last - timedelta(days=120), last
        )
        days = sorted(days)[-1_000_000 // len(who) :]
        source = env["intervention.attendance.source"].search([], limit=1)
        import_file = importer(env, source, csv_of(env, who, days))
        # What the process held before is no part of it, nor its peak until now.
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
        before = resident("VmRSS")
        took = timed(import_file)
        grown = resident("VmHWM") - before
        print(f"{len(who) * len(days):,} marks of a CSV: {took:.0f} s")
    report.ratio("MiB that a CSV of a million marks takes", grown, 150)


def measure_lists(report, name, rounds):
    """Who needs a talk, and a student's strip, beside other answers."""
    school = School(MEETINGS, ".local/log", name=name)
    try:
        of_owner = f"form_master_id = {school.owner} AND status != 'closed'"
        [(meeting, student)] = school.query(
            f"SELECT id, student_id FROM intervention_meeting WHERE {of_owner} LIMIT 1"
        )
        talk = "/api/interventions/attendance/needs-a-talk/"
        owner, admin = Client(school, school.owner), Client(school, school.admin)
        times = in_turns(
            rounds,
            talk=lambda: owner.get(talk),
            nobody=lambda: owner.get(f"{talk}?band=none"),
            empty=lambda: owner.get(f"{BASE}/?meeting_date_from=2100-01-01"),
        )
        report.ratio(
            "needs a talk, own, against an empty list of meetings",
            ratio(times, "talk", "empty"),
            1.2,
        )
        report.ratio(
            "needs a talk, own, against an empty one",
            ratio(times, "talk", "nobody"),
            1.2,
        )
        times = in_turns(
            rounds,
            talk=lambda: admin.get(talk),
            statistics=lambda: admin.get(f"{BASE}/stats/"),
        )
        report.ratio(
            "needs a talk, all, against the statistics",
            ratio(times, "talk", "statistics"),
            2,
        )
        for path in (talk, f"{BASE}/stats/"):
            report.ratio(
                f"SQL statements of {path}: key, signals, one of its own",
                statements_over_http(school, path),
                3,
            )
        with school.env(school.owner) as env:
            days = env["intervention.attendance"]
            meetings = as_over_http(env["intervention.meeting"])
            times = in_turns(
                rounds,
                strip=lambda: days._strip(student),
                detail=lambda: meetings._detail_json(meeting),
            )
            before = env.cr.sql_log_count
            days._strip(student)
            report.ratio("SQL statements of a strip", env.cr.sql_log_count - before, 1)
        report.ratio("a strip against the detail", ratio(times, "strip", "detail"), 1.5)
        measure_register(report, school)
    finally:
        school.close()


def measure_register(report, school):
    """Count the statements of saving the register of thirty students."""
    with school.env(school.owner) as env:
        register = (
            env["intervention.class"]
            .sudo()
            .create({"name": "Thirty", "form_master_id": school.owner})
        )
        env["res.partner"].sudo().search(
            [("is_intervention_student", "=", True)], limit=30
        ).school_class_id = register
        env.flush_all()
        register = register.sudo(False)
        day = new_days(env)[-1]
        for number in range(2):
            marks = [
                {"student": each["id"], "meaning": "present" if number else "late"}
                for each in register.get_register(register.id, day)["students"]
            ]
            seen = [
                {"student": each["id"], **each["mark"]}
                for each in register.get_register(register.id, day)["students"]
                if each["mark"]
            ]
            env.flush_all()
            env.invalidate_all()
            before = env.cr.sql_log_count
            took = timed(partial(register.save_register, day, marks, seen))
            env.flush_all()
            count = env.cr.sql_log_count - before
        assert len(marks) == 30
        print(f"a register of 30: {took * 1000:.0f} ms")
    report.ratio("SQL statements of saving a register of 30", count, 25)


def measure_effect(report, name):
    """What changed after 3,000 meetings: all of them in the night, and one of them."""
    with environment(name) as env:
        # Every meeting is where there are days enough before it and after it.
        env.cr.execute(
            """UPDATE intervention_meeting meeting
                  SET meeting_date = day.date, follow_up_date = NULL
                 FROM (SELECT date, row_number() OVER (ORDER BY date) AS number
                         FROM (SELECT DISTINCT date FROM intervention_attendance) d
                      ) day
                WHERE day.number = 26 + meeting.id % 140"""
        )
        env.cr.commit()
        effects = env["intervention.effect"]
        took = timed(effects._begin_refresh)
        print(f"the running totals of all days, which are made once: {took:.1f} s")
        env.cr.commit()
        report.ratio("s for all cases in the night", timed(effects._cron_refresh), 5)
        env.cr.execute("SELECT state, count(*) FROM intervention_effect GROUP BY 1")
        print(f"cases: {dict(env.cr.fetchall())}")
        times = []
        for meeting in env["intervention.meeting"].search([], limit=50):
            env.invalidate_all()
            times.append(1000 * timed(meeting._effect))
        report.ratio("ms for one case", statistics.median(times), 50)


def measure_days(report, options):
    """Measure what school days cost, in a database made for it or made before."""
    name = options.database or NAME
    if not options.database:
        print(f"the days were made in {fill(name):.0f} s")
    if not options.effect:
        measure_memory(report, name)
        measure(report, name, options.rounds)
        measure_lists(report, name, options.rounds * 20)
    measure_effect(report, name)
    if not (options.database or options.keep):
        odoo.sql_db.close_db(name)
        run_odoo("db", "drop", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", help="one that this made before; it is kept")
    parser.add_argument(
        "--effect", action="store_true", help="only what changed after meetings"
    )
    parser.add_argument(
        "--school-system",
        action="store_true",
        help="only the link to a school system in the same Odoo",
    )
    parser.add_argument("--keep", action="store_true", help="keep the database")
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    config.parse_config(["--logfile", ".local/log/benchmark.log"])
    report = Report()
    if not options.school_system:
        measure_days(report, options)
    if not options.effect:
        run_school_system.measure(report, options.rounds)
        if not options.keep:
            run_school_system.drop()
    report.print()
    if options.json:
        options.json.write_text(json.dumps({"ratios": report.ratios}, indent=1))


if __name__ == "__main__":
    main()
