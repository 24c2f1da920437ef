"""The translations: every term in every language, with its placeholders."""

import json
import os
import re
from collections import Counter
from html.parser import HTMLParser

import polib
import pytest
from conftest import TOP, complaints, database, run_odoo

FOLDER = TOP / "intervention_tracking" / "i18n"
TEMPLATE = "intervention_tracking.pot"
LANGUAGES = {"fr": "fr_FR", "es": "es_ES", "ar": "ar_001", "so": "so_SO"}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
TRANSLATED_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label"}
REFRESH = "Run setup/translations, then translate the terms that it names."


class Markup(HTMLParser):
    """Counts the tags of a text, with those attributes that no language changes."""

    def __init__(self, text):
        super().__init__()
        self.tags = Counter()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        kept = [
            (name, "" if name in TRANSLATED_ATTRIBUTES else value)
            for name, value in attrs
        ]
        self.tags[tag, tuple(sorted(kept))] += 1

    def handle_endtag(self, tag):
        self.tags[f"/{tag}"] += 1


def read(name):
    return polib.pofile(str(FOLDER / name))


def msgids(file):
    return {entry.msgid for entry in file if not entry.obsolete}


def test_the_template_has_the_terms_of_now(tmp_path):
    exported = tmp_path / "exported.pot"
    run_odoo(
        "i18n", "export", "-d", os.environ["TEST_PRISTINE"], "-o", str(exported),
        "intervention_tracking",
    )  # fmt: skip
    now, committed = msgids(polib.pofile(str(exported))), msgids(read(TEMPLATE))
    assert now == committed, REFRESH


def test_there_is_a_file_for_every_language():
    assert {path.stem for path in FOLDER.glob("*.po")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_translated(language):
    file = read(f"{language}.po")
    assert file.metadata["Language"] == language
    assert msgids(file) == msgids(read(TEMPLATE)), REFRESH
    assert not [entry.msgid for entry in file if entry.fuzzy], REFRESH
    assert not [entry.msgid for entry in file if not entry.msgstr.strip()], REFRESH
    assert not [entry.msgid for entry in file if entry.obsolete]


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_are_those_of_the_term(language):
    entries = read(f"{language}.po")
    assert entries
    for entry in entries:
        texts = (entry.msgid, entry.msgstr)
        wanted, found = (Counter(PLACEHOLDER.findall(text)) for text in texts)
        assert found == wanted, entry.msgstr
        wanted, found = (Markup(text).tags for text in texts)
        assert found == wanted, entry.msgstr


# What a form master with each language sees, and the message of a plan left blank.
SHOW = """
import json
from odoo.exceptions import ValidationError

codes = %s
env["base.language.install"].create({
    "lang_ids": env["res.lang"].with_context(active_test=False).search(
        [("code", "in", codes)]).ids,
}).lang_install()
master = env["res.users"].create({
    "name": "Form Master",
    "login": "form_master_of_languages",
    "group_ids": [(4, env.ref(
        "intervention_tracking.group_intervention_form_master").id)],
})
student = env["res.partner"].create({
    "name": "Student", "is_intervention_student": True})
shown = {}
for code in codes:
    master.lang = code
    meetings = env(user=master, context={"lang": code})["intervention.meeting"]
    fields = meetings.fields_get(["action_plan", "root_cause"])
    view = env.ref("intervention_tracking.intervention_meeting_view_form")
    menu = env.ref("intervention_tracking.intervention_menu_reporting")
    [modules, parameters] = env["ir.http"]._get_translations_for_webclient(
        ["intervention_tracking"], code)
    try:
        meetings.create({
            "student_id": student.id,
            "absence_reason": "a",
            "root_cause": "health",
            "intervention_notes": "b",
            "action_plan": "  ",
        })
        error = ""
    except ValidationError as caught:
        error = str(caught)
    shown[code] = {
        "label": fields["action_plan"]["string"],
        "help": fields["action_plan"]["help"],
        "choice": dict(fields["root_cause"]["selection"])["health"],
        "error": error,
        "arch": meetings.get_view(view.id, "form")["arch"],
        "menu": menu.with_context(lang=code).name,
        "web": {
            each["id"]: each["string"]
            for each in modules["intervention_tracking"]["messages"]
        },
        "direction": parameters["direction"],
    }
print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def shown():
    with database("translations", os.environ["TEST_PRISTINE"]) as name:
        done = run_odoo(
            "shell", "-d", name, "--no-http", stdin=SHOW % list(LANGUAGES.values())
        )
        assert not complaints(done.stderr)
        yield json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_master_sees_their_language(shown, language):
    seen = shown[LANGUAGES[language]]
    terms = {entry.msgid: entry.msgstr for entry in read(f"{language}.po")}
    label = terms["Action Plan"]
    assert seen["label"] == label
    assert seen["help"] == terms["What was agreed: who does what, until when."]
    assert seen["choice"] == terms["Health Issue"]
    assert (
        terms["%(field)s is required. Fill it in."] % {"field": label} in seen["error"]
    )
    assert terms["Close Case"] in seen["arch"]
    assert seen["menu"] == terms["Reporting"]
    assert seen["web"]["Go to Dashboard"] == terms["Go to Dashboard"]
    assert seen["direction"] == ("rtl" if language == "ar" else "ltr")


def test_a_school_that_made_somali_itself_keeps_its_own():
    with database("somali", os.environ["TEST_PRISTINE"]) as name:
        done = run_odoo(
            "shell", "-d", name, "--no-http",
            stdin="""
from odoo.tools import convert_file
languages = env["res.lang"].with_context(active_test=False)
env.ref("intervention_tracking.lang_so").unlink()
languages.create({"name": "Soomaali", "code": "so_SO"})
convert_file(env, "intervention_tracking", "data/res_lang_data.xml", {})
print(languages.search([("code", "=like", "so%")]).mapped("name"))
""",
        )  # fmt: skip
        assert not complaints(done.stderr)
        assert done.stdout.strip().endswith("['Soomaali']")
