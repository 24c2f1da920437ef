"""The scripts in setup/: what they use, and what they say when something is wrong."""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from conftest import TOP


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project in which nothing was set up yet."""
    copy = tmp_path / "checkout"
    shutil.copytree(TOP / "setup", copy / "setup", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(TOP / "intervention_tracking", copy / "intervention_tracking")
    shutil.copy(TOP / "requirements.txt", copy)
    return copy


def odoo_home():
    """The folder of the Odoo that runs these tests."""
    import odoo.release

    return os.path.dirname(os.path.dirname(odoo.release.__file__))


def run(checkout, *command, **environment):
    return subprocess.run(
        [checkout / "setup" / command[0], *command[1:]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_odoo_and_a_server_that_are_there_are_used_as_they_are(checkout):
    done = run(
        checkout, "odoo", "--version",
        ODOO_HOME=odoo_home(), ODOO_PYTHON=sys.executable,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Odoo Server 19.0" in done.stdout
    made = {path.name for path in (checkout / ".local").iterdir()}
    assert not made & {"odoo", "venv", "postgres", "postgresql", "apt"}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"ODOO_HOME": "/nowhere"}, "Point it to a checkout of Odoo"),
        ({"PGHOST": "/nowhere"}, "does not answer"),
        ({"PGUSER": "postgres"}, "Odoo refuses to work as PostgreSQL's superuser"),
    ],
)
def test_a_wrong_place_is_named(checkout, environment, sentence):
    done = run(
        checkout, "odoo", "--version",
        **{"ODOO_HOME": odoo_home(), "ODOO_PYTHON": sys.executable, **environment},
    )  # fmt: skip
    assert done.returncode != 0
    assert sentence in done.stderr


def test_an_odoo_of_another_version_is_refused(checkout, tmp_path):
    release = tmp_path / "other" / "odoo" / "release.py"
    release.parent.mkdir(parents=True)
    release.write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
    done = run(checkout, "odoo", "--version", ODOO_HOME=str(tmp_path / "other"))
    assert done.returncode != 0
    assert "holds Odoo 18.0; this addon needs 19.0" in done.stderr


def test_a_machine_without_a_debian_mirror_is_told_what_to_do(checkout, tmp_path):
    config = tmp_path / "apt.conf"
    config.write_text(
        'Dir::Etc::SourceList "/dev/null";\nDir::Etc::SourceParts "/dev/null";\n'
    )
    done = run(checkout, "odoo", "--version", APT_CONFIG=str(config), ODOO_HOME="")
    assert done.returncode != 0
    assert "no Debian mirror was found" in done.stderr
    assert "ODOO_HOME" in done.stderr


@pytest.mark.parametrize("script", ["run", "cluster"])
def test_a_taken_port_is_named_before_anything_is_made(checkout, script):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(checkout, script, HTTP_PORT=port)
    assert done.returncode != 0
    assert f"port {port} is taken" in done.stderr
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTP_PORT", "http"), ("HTTP_PORT", "70000"), ("WORKERS", "x")],
)
def test_a_wrong_setting_is_named(checkout, variable, value):
    done = run(checkout, "run", **{variable: value})
    assert done.returncode != 0
    assert f"{variable} is '{value}'" in done.stderr


def test_what_no_cluster_does_is_named(checkout):
    done = run(checkout, "cluster", "shrink")
    assert done.returncode != 0
    assert "'shrink' is nothing that a cluster does" in done.stderr
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--school-system"], "name the folder in which the addons"),
        (["--school-system", "/nowhere"], "'/nowhere' has no openeducat_core"),
    ],
)
def test_a_wrong_folder_of_a_school_system_is_named(checkout, arguments, sentence):
    done = run(checkout, "test", *arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert not (checkout / ".local").exists()


def test_a_database_of_somebody_else_is_never_dropped(checkout):
    """A name that is taken is updated, and one that lacks the addon says so."""
    done = run(
        checkout, "run",
        ODOO_HOME=odoo_home(), ODOO_PYTHON=sys.executable, DB_NAME="postgres",
        HTTP_PORT=str(free_port()),
    )  # fmt: skip
    assert done.returncode != 0
    assert "is not a database of this project" in done.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]
