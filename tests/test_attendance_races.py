"""Runs that store school days at the same moment, on real connections."""

from datetime import date, timedelta
from functools import partial

import pytest
from conftest import Connection
from odoo.service.model import retrying
from odoo.tools import mute_logger
from test_races import in_thread


def newest_school_days(connection, count):
    last = date.today() - timedelta(days=1)
    days = connection.env["intervention.settings"]._open_days(
        connection.env.company, last - timedelta(days=40), last
    )
    return sorted(days)[-count:]


@pytest.fixture
def source(server):
    with Connection(server) as connection:
        made = connection.env["intervention.attendance.source"].create({"name": "Race"})
        connection.commit()
        yield made.id


def store(connection, source, marks):
    connection.env["intervention.attendance"]._store(
        [(*mark, "", 0, "") for mark in marks],
        connection.env["intervention.attendance.source"].browse(source),
    )


def kept(server, students):
    """Return the days, the corrections and the standings of students."""
    with Connection(server) as connection:
        of_students = [("student_id", "in", students)]
        days = connection.env["intervention.attendance"].search(of_students)
        changes = connection.env["intervention.attendance.change"].search(of_students)
        standings = connection.env["intervention.attendance.standing"]
        return (
            {(day.student_id.id, day.date): day.excused for day in days},
            [(each.old_excused, each.new_excused) for each in changes],
            {
                each.student_id.id: (each.year_possible, each.year_excused)
                for each in standings.search(of_students)
            },
        )


def test_the_second_run_waits_and_corrects_what_the_first_stored(
    server, student, source
):
    with Connection(server) as one, Connection(server, "administrator") as two:
        [day] = newest_school_days(one, 1)
        # Both have begun, and see the same.
        two.env.cr.execute("SELECT count(*) FROM intervention_attendance")
        store(one, source, [(student, day, "", "unexcused")])
        with mute_logger("odoo.service.model", "odoo.sql_db"):
            thread, outcome = in_thread(
                lambda: retrying(
                    lambda: store(two, source, [(student, day, "", "excused")]),
                    two.env,
                )
            )
            thread.join(0.5)
            assert thread.is_alive(), "the second waits for the first"
            one.cursor.commit()
            thread.join(30)
        assert outcome == [None]
    assert kept(server, [student]) == (
        {(student, day): 1},
        [(0, 1)],
        {student: (1, 1)},
    )


def test_the_first_registers_of_a_school_saved_at_once_are_both_stored(server):
    students = server.new_students(2)
    with Connection(server) as one, Connection(server, "administrator") as two:
        [day] = newest_school_days(one, 1)
        company = one.env["res.company"].create({"name": "School of Two Registers"})
        company.resource_calendar_id = False
        classes = one.env["intervention.class"].create(
            [{"name": name, "company_id": company.id} for name in ("1A", "1B")]
        )
        (one.env.user + one.env["res.users"].browse(two.env.uid)).company_ids += company
        for student, school_class in zip(students, classes, strict=True):
            one.env["res.partner"].browse(student).school_class_id = school_class
        one.commit()

        def save(connection, place):
            connection.env["intervention.class"].with_company(company.id).browse(
                classes[place].id
            ).save_register(
                day,
                [{"student": students[place], "meaning": "unexcused"}],
            )

        # Both have begun, and see no source of registers.
        two.env.cr.execute("SELECT count(*) FROM intervention_attendance_source")
        save(one, 0)
        with mute_logger("odoo.service.model", "odoo.sql_db"):
            thread, outcome = in_thread(
                lambda: retrying(partial(save, two, 1), two.env)
            )
            thread.join(0.5)
            assert thread.is_alive(), "the second waits for the first"
            one.cursor.commit()
            thread.join(30)
        assert outcome == [None]
    stored, _changes, _standings = kept(server, students)
    assert len(stored) == 2


def test_runs_in_opposite_order_end_and_lose_nothing(server, source):
    students = server.new_students(20)
    with Connection(server) as one, Connection(server, "administrator") as two:
        days = newest_school_days(one, 2)
        marks = [(student, day, "") for student in students for day in days]

        def runs(connection, meanings):
            for meaning in meanings:
                ordered = marks if meaning == "excused" else marks[::-1]
                told = [(*mark, meaning) for mark in ordered]
                retrying(partial(store, connection, source, told), connection.env)

        with mute_logger("odoo.service.model", "odoo.sql_db"):
            threads = [
                in_thread(lambda: runs(one, ["excused", "unexcused"])),
                in_thread(lambda: runs(two, ["unexcused", "excused"])),
            ]
            for thread, _outcome in threads:
                thread.join(60)
        assert [outcome for _thread, outcome in threads] == [[None], [None]]
    stored, changes, standings = kept(server, students)
    assert len(stored) == len(marks)
    # A run changes all days or, when they are so already, none.
    assert len(set(stored.values())) == 1
    assert len(changes) % len(marks) == 0
    excused = 2 * next(iter(stored.values()))
    assert set(standings.values()) == {(2, excused)}
