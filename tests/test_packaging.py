"""Installing, upgrading, uninstalling, and the wheel, each in a database of its own."""

import ast
import os
import subprocess
import sys
import zipfile

import psycopg2
import pytest
from conftest import TOP, complaints, database, run_odoo

ADDON = TOP / "intervention_tracking"

# Everything that the addon keeps, as text: what an upgrade must leave as it is.
SNAPSHOT = """
    SELECT 'meeting', m::text FROM intervention_meeting m
    UNION ALL SELECT 'progress', p::text FROM intervention_progress p
    UNION ALL SELECT 'class', c::text FROM intervention_class c
    UNION ALL SELECT 'plan template', t::text FROM intervention_plan_template t
    UNION ALL SELECT 'student', s.id || s.name || s.student_number
                FROM res_partner s WHERE is_intervention_student
    UNION ALL SELECT 'column', table_name || column_name || data_type || is_nullable
                FROM information_schema.columns WHERE table_name LIKE 'intervention%'
    UNION ALL SELECT 'index', indexdef FROM pg_indexes
               WHERE tablename LIKE 'intervention%'
    UNION ALL SELECT 'constraint', conname || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE conrelid::regclass::text LIKE 'intervention%'
    UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2
"""


def query(name, statement):
    connection = psycopg2.connect(dbname=name)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


@pytest.fixture(scope="module")
def demo():
    """A database made as a school makes one, with the demo data."""
    with database("packaging_demo") as name:
        done = run_odoo(
            "server", "-d", name, "-i", "intervention_tracking", "--with-demo",
            "--stop-after-init", "--no-http",
        )  # fmt: skip
        assert not complaints(done.stderr)
        yield name


def test_the_demo_school_is_there(demo):
    [[students, meetings, statuses]] = query(
        demo,
        """SELECT (SELECT count(*) FROM res_partner WHERE is_intervention_student),
                  count(*), count(DISTINCT status) FROM intervention_meeting""",
    )
    assert (students, meetings, statuses) == (60, 80, 6)


def test_an_upgrade_changes_nothing_and_warns_of_nothing(demo):
    before = query(demo, SNAPSHOT)
    done = run_odoo(
        "server", "-d", demo, "-u", "intervention_tracking",
        "--stop-after-init", "--no-http",
    )  # fmt: skip
    assert not complaints(done.stderr)
    assert query(demo, SNAPSHOT) == before


def test_an_upgrade_over_duplicates_is_refused_with_their_list():
    with database("packaging_twice", os.environ["TEST_PRISTINE"]) as name:
        query(name, "DROP INDEX intervention_meeting_active_student_cause_uniq")
        query(
            name,
            """WITH student AS (
                   INSERT INTO res_partner (
                       name, complete_name, is_intervention_student, active)
                   VALUES ('Twice', 'Twice', TRUE, TRUE) RETURNING id)
               INSERT INTO intervention_meeting (
                   student_id, form_master_id, company_id, meeting_date, absence_reason,
                   root_cause, intervention_notes, action_plan, urgency_level, status,
                   active)
               SELECT student.id, 2, 1, '2026-01-01', 'a', 'health', 'b', 'c', 'low',
                      'open', TRUE
                 FROM student, generate_series(1, 2)""",
        )
        done = subprocess.run(
            [
                os.environ["TEST_PYTHON"],
                "-m",
                "odoo",
                "server",
                "-d",
                name,
                "-u",
                "intervention_tracking",
                "--stop-after-init",
                "--no-http",
            ],
            capture_output=True,
            text=True,
            cwd=TOP,
            timeout=300,
        )
        assert done.returncode != 0
        assert "health: interventions" in done.stderr


def test_uninstalling_leaves_a_working_odoo(demo):
    # A copy, as the other tests want the demo school whole.
    with database("packaging_gone", demo) as name:
        assert query(name, "SELECT id FROM intervention_attendance_standing LIMIT 1")
        done = run_odoo(
            "shell", "-d", name, "--no-http",
            stdin="""
env.ref("base.module_intervention_tracking").button_immediate_uninstall()
""",
        )  # fmt: skip
        assert not complaints(done.stderr)
        assert not query(
            name,
            """SELECT relname FROM pg_class WHERE relname LIKE 'intervention%'
               UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'intervention%'
               UNION ALL SELECT model FROM ir_model WHERE model LIKE 'intervention.%'
               UNION ALL SELECT column_name FROM information_schema.columns
                          WHERE column_name IN (
                               'is_intervention_student', 'student_number',
                               'person_search', 'student_left_on')
               UNION ALL SELECT tgname FROM pg_trigger
                          WHERE tgname LIKE 'intervention%'""",
        )
        done = run_odoo(
            "server", "-d", name, "-u", "base,mail", "--stop-after-init", "--no-http"
        )
        assert not complaints(done.stderr)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "intervention_tracking"
    # whool writes into the folder that it builds from.
    subprocess.run(["cp", "-r", str(ADDON), str(source)], check=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
         "--no-build-isolation", "--wheel-dir", str(folder), str(source)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    [built] = folder.glob("*.whl")
    return built


def test_the_manifest_names_each_file_once():
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    for key in ("data", "demo", "oca_data_manual"):
        assert sorted(manifest[key]) == sorted(set(manifest[key])), key
        assert all((ADDON / name).is_file() for name in manifest[key]), key


def test_the_wheel_holds_every_file_of_the_addon(wheel):
    packed = {
        name.removeprefix("odoo/addons/intervention_tracking/")
        for name in zipfile.ZipFile(wheel).namelist()
    }
    wanted = {
        str(path.relative_to(ADDON))
        for path in ADDON.rglob("*")
        if path.is_file()
        and path.name != "pyproject.toml"
        and path.suffix != ".pyc"
        and not {"build", "dist"} & set(path.relative_to(ADDON).parts)
    }
    assert not wanted - packed


def test_the_content_of_the_wheel_installs(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    addons = tmp_path / "odoo" / "addons"
    with database("packaging_wheel") as name:
        # The checkout's own folder is left out: only the wheel has the addon.
        config = tmp_path / "odoo.conf"
        config.write_text(
            f"[options]\naddons_path = {addons}\ndata_dir = {tmp_path / 'data'}\n"
        )
        done = run_odoo(
            "server", "-c", str(config), "-d", name, "-i", "intervention_tracking",
            "--stop-after-init", "--no-http",
        )  # fmt: skip
        assert not complaints(done.stderr)
        assert query(name, "SELECT count(*) FROM intervention_meeting") == [(0,)]
