"""Measures the link to a school system in the same Odoo, with 100,000 marks.

Part of `setup/benchmark attendance`; by itself it is its option --school-system. The
other system is the stand-in of the tests.
"""

import os
import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import odoo.sql_db
import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from run import run_odoo

DATASET = Path(__file__).with_name("school_system.sql")
NAME = "intervention_benchmark_school_system"
DAYS = 5
PRESET = "intervention_tracking.intervention_school_preset_openeducat"
# What the link has to reach, in seconds.
LINK, LOOK = 60, 5


def school_days():
    """Return the last weekdays but today, and the Sunday before them."""
    day, days = date.today() - timedelta(days=1), []
    while len(days) < DAYS:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    sunday = days[-1] - timedelta(days=days[-1].isoweekday())
    return days, sunday


def fill(name):
    """Make a database with the stand-in and its school."""
    run_odoo("db", "duplicate", "-f", os.environ["TEST_PRISTINE"], name)
    run_odoo(
        "server", "-d", name, "-i", "school_stand_in", "--stop-after-init", "--no-http"
    )
    days, sunday = school_days()
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        for setting, value in (
            ("days", f"{{{','.join(map(str, [*days, sunday]))}}}"),
            ("sunday", str(sunday)),
        ):
            cursor.execute(
                "SELECT set_config(%s, %s, FALSE)", [f"benchmark.{setting}", value]
            )
        cursor.execute(DATASET.read_text())
    connection.close()


def in_transaction(name, act):
    """Do something as a job does, in a transaction; return how long it took."""
    with Registry(name).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        since = time.perf_counter()
        act(env)
        env.flush_all()
        cursor.commit()
        took = time.perf_counter() - since
    Registry(name).clear_all_caches()
    return took


def make_link(env):
    env["intervention.school.system"].with_user(env.ref("base.user_admin")).create(
        {"name": "OpenEduCat", "preset_id": env.ref(PRESET).id}
    )


def link(env):
    find(env).action_link()


def find(env):
    admin = env.ref("base.user_admin")
    return env["intervention.school.system"].with_user(admin).search([])


def look(env):
    system = find(env)
    system._look_or_say_why()
    assert not system.problem, system.problem


def measure(report, rounds):
    """Add to the report how long a first link and an unchanged look take."""
    fill(NAME)
    in_transaction(NAME, make_link)
    first = in_transaction(NAME, link)
    with Registry(NAME).cursor() as cursor:
        system = find(api.Environment(cursor, SUPERUSER_ID, {}))
        counts = (system.student_count, system.mark_count, system.day_new_count)
        print("linked: {:,} students, {:,} marks, {:,} days".format(*counts))
    looks = [in_transaction(NAME, look) for _round in range(rounds)]
    report.ratio(f"s to link {counts[1]:,} marks", first, LINK)
    report.ratio("s of an unchanged look at them", statistics.median(looks), LOOK)


def drop():
    odoo.sql_db.close_db(NAME)
    run_odoo("db", "drop", NAME)
