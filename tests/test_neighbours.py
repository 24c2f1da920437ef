"""The apps beside the addon behave as they do without it, to the byte.

In one database those apps are at work, and in its copy the addon is installed, too.
What their doors show is compared, and what it costs.
"""

import io
import json
import re
import urllib.parse
import urllib.request
import zipfile
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from conftest import Server, complaints, database, free_port, run_odoo

APPS = (
    "contacts,calendar,hr,website,project,crm,account,sale_management,mass_mailing,"
    "privacy_lookup,data_recycle"
)
DOORS = Path(__file__).with_name("neighbours.py").read_text()
EXPORTS = {
    "res.partner": ("name", "ref", "comment", "parent_id"),
    "crm.lead": ("name", "partner_id", "expected_revenue"),
    "sale.order": ("name", "partner_id", "amount_total"),
    "project.task": ("name", "project_id"),
    "hr.employee": ("name",),
}


def shell(name, script):
    done = run_odoo(
        "shell", "-d", name, "--no-http", stdin=f"{DOORS}\nimport json\n{script}"
    )
    assert not complaints(done.stderr), complaints(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


class Visitor:
    """A browser of the user, or of nobody."""

    def __init__(self, server, login=None):
        self.server = server
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        )
        if login:
            self.rpc(
                "/web/session/authenticate",
                db=server.database,
                login=login,
                password=login,
            )

    def get(self, path, **params):
        query = urllib.parse.urlencode(params)
        with self.opener.open(f"{self.server.url}{path}?{query}", timeout=120) as got:
            return got.status, got.headers.get("Content-Type"), got.read()

    def rpc(self, path, **params):
        answer = self.answer(path, **params)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def answer(self, path, **params):
        request = urllib.request.Request(
            f"{self.server.url}{path}",
            data=json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=120) as answer:
            return json.load(answer)

    def export(self, kind, model, names, groupby=()):
        data = {
            "model": model,
            "fields": [{"name": name, "label": name, "type": ""} for name in names],
            "ids": False,
            "domain": [],
            "groupby": list(groupby),
            "context": {},
            "import_compat": False,
        }
        return members(self.get(f"/web/export/{kind}", data=json.dumps(data)))

    def pivot(self):
        title = {"title": "=HYPERLINK(1)", "width": 1, "height": 1}
        table = {
            "title": "Leads",
            "model": "crm.lead",
            "measure_count": 1,
            "origin_count": 1,
            "col_group_headers": [[title]],
            "measure_headers": [{**title, "is_bold": True}],
            "origin_headers": [],
            "rows": [
                {"title": "@SUM", "indent": 0, "values": [{"value": 3, "is_bold": 0}]}
            ],
        }
        return members(self.get("/web/pivot/export_xlsx", data=json.dumps(table)))


def members(answer):
    """Return an answer with the parts of a workbook but the one that has the time."""
    status, kind, content = answer
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            content = {
                name: workbook.read(name)
                for name in workbook.namelist()
                if name != "docProps/core.xml"
            }
    return status, kind, content


def by_http(name, log, ids):
    """Return what a browser gets from the doors of the other apps."""
    server = Server(name, log).start()
    try:
        sara, nobody = Visitor(server, "sara"), Visitor(server)
        seen = {"pivot": sara.pivot()}
        for model, names in EXPORTS.items():
            for kind in ("csv", "xlsx"):
                seen[f"{kind} of {model}"] = sara.export(kind, model, names)
        seen["groups"] = sara.export(
            "xlsx", "crm.lead", EXPORTS["crm.lead"], ["partner_id"]
        )
        for model, key, field in (
            ("res.partner", ids["partners"][1], "avatar_128"),
            ("product.product", ids["product"], "image_256"),
            ("hr.employee", ids["employee"], "avatar_128"),
        ):
            path = f"/web/image/{model}/{key}/{field}"
            seen[path] = sara.get(path)
            seen[f"{path}, not logged in"] = nobody.get(path)
        path = f"/web/content/{ids['attachment']}"
        seen["a file"] = sara.get(path)
        seen["a file by token"] = nobody.get(path, access_token=ids["token"])
        seen["manifest"] = sara.get("/web/manifest.webmanifest")
        return seen
    finally:
        server.stop()


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What is seen without the addon, and with it: in the process, and by HTTP."""
    folder = tmp_path_factory.mktemp("neighbours")
    with database("neighbours_alone") as alone:
        run_odoo("server", "-d", alone, "-i", APPS, "--stop-after-init", "--no-http")
        ids = shell(alone, "ids = fill(env)\nenv.cr.commit()\nprint(json.dumps(ids))")
        with database("neighbours_beside", alone) as beside:
            done = run_odoo(
                "server", "-d", beside, "-i", "intervention_tracking",
                "--stop-after-init", "--no-http",
            )  # fmt: skip
            assert not complaints(done.stderr), complaints(done.stderr)
            script = f"print(json.dumps(probe(env, {ids!r})))"
            yield (
                beside,
                *(
                    (shell(name, script), by_http(name, folder / f"{name}.log", ids))
                    for name in (alone, beside)
                ),
            )


def test_the_doors_of_other_apps_show_the_same(both):
    _name, (alone, _), (beside, _) = both
    assert alone
    assert all(shown for shown, _statements in alone.values()), alone
    for door, (shown, _statements) in alone.items():
        assert beside[door][0] == shown, door


def test_the_doors_of_other_apps_cost_no_statement_more(both):
    _name, (alone, _), (beside, _) = both
    counts = {door: statements for door, (_shown, statements) in alone.items()}
    # It asks for each model there is.
    del counts["a_search_for_privacy"]
    assert min(counts.values()) > 0
    more = {door: beside[door][1] - statements for door, statements in counts.items()}
    assert max(more.values()) <= 0, more


def test_exports_images_and_files_of_other_apps_are_the_same_to_the_byte(both):
    _name, (_, alone), (_, beside) = both
    assert all(status == 200 and content for status, _kind, content in alone.values())
    for what, answer in alone.items():
        assert beside[what] == answer, what


def test_the_addon_passes_its_own_tests_beside_them(both):
    name, *_seen = both
    # Tagged "alone" is what other apps have no part in: clocks, units of JavaScript.
    done = run_odoo(
        "server", "-d", name, "-u", "intervention_tracking", "-i", "intervention_dev",
        "--test-tags", "/intervention_tracking,-alone", "--stop-after-init",
        f"--http-port={free_port()}", f"--gevent-port={free_port()}",
    )  # fmt: skip
    assert re.search(r"0 failed, 0 error\(s\) of [1-9]\d* tests", done.stderr)
    assert not complaints(done.stderr), complaints(done.stderr)
