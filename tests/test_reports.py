"""The reports on a real server: PDFs of the real engine, and pages without one."""

import io
import json
import re
import shutil
import urllib.request

import pypdf
import pytest
from conftest import complaints
from screens import DESKTOP, DIALOG, PHONE, Screen, chromium, demo_server

STUDENT = "Liban Mohamud Jama"
# The first PDF of a server waits for its style sheets to be made.
PATIENCE = 120_000
SIZES = {"desktop": DESKTOP, "phone": PHONE}
TITLES = {
    "history": "Intervention History",
    "family": "Meeting Record and Plan",
    "summary": "Summary of Interventions",
}


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A server with the demo school that knows its own address."""
    log = tmp_path_factory.mktemp("reports") / "odoo.log"
    with demo_server("reports", log) as served, chromium() as browser:
        # Odoo takes its address from the login of its administrator.
        Screen(browser, served, "admin").close()
        served.browser = browser
        yield served


@pytest.fixture(scope="module", params=["engine", "none"])
def engine(request, school):
    """Whether the server finds a PDF engine: as on this machine, or not at all.

    Set up before any page is open: one that comes back while the server stops holds it.
    """
    if request.param == "engine":
        yield bool(shutil.which("wkhtmltopdf"))
        return
    school.stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nonexistent")
        school.start()
    yield False
    school.stop()
    school.start()


@pytest.fixture
def look(school):
    screens = []

    def as_user(login="carmen", size=DESKTOP):
        screens.append(Screen(school.browser, school, login, size))
        return screens[-1]

    yield as_user
    for screen in screens:
        screen.close()
    assert [text for screen in screens for text in screen.complaints] == []


def open_student(screen):
    screen.open("students")
    screen.click(".o_data_row .o_data_cell[name=name]", has_text=STUDENT)
    screen.page.wait_for_selector(".o_form_view [name=action_view_history]")
    screen.settle()


def print_history(screen, content="narrative"):
    open_student(screen)
    screen.click("button[name=action_view_history]")
    screen.click(".o_intervention_print")
    screen.page.wait_for_selector(DIALOG)
    screen.click(f".modal input[data-value={content}]")
    screen.click(".modal button[name=action_print]")


def print_family(screen):
    screen.open("list")
    screen.open_case(STUDENT)
    screen.click(".o_notebook_headers .nav-link[name=family]")
    screen.click(".o_form_view button[name=action_print_family_record]")


def print_summary(screen):
    screen.page.goto(f"{screen.url}/odoo/interventions?view_type=list")
    screen.page.wait_for_selector(".o_data_row")
    screen.click(".o_menu_sections button", has_text="Reporting")
    screen.click(".o-dropdown-item", has_text="Period Summary")
    screen.page.wait_for_selector(DIALOG)
    screen.click(".modal button[name=action_print]")


PRINT = {"history": print_history, "family": print_family, "summary": print_summary}


def text_of(pdf):
    """Return the texts of the pages, with single blanks."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def printed(screen, name, engine, tmp_path):
    """Print a report by pointer; return its text, of the PDF or of the page."""
    if engine:
        with screen.page.expect_download(timeout=PATIENCE) as download:
            PRINT[name](screen)
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.suffix == ".pdf"
        return "\n".join(text_of(path.read_bytes()))
    with screen.context.expect_page(timeout=PATIENCE) as opened:
        PRINT[name](screen)
    page = opened.value
    page.wait_for_load_state()
    button = page.get_by_role("button", name="Print")
    assert button.is_visible()
    page.evaluate("window.print = () => { document.title = 'printing' }")
    button.click()
    assert page.title() == "printing"
    page.emulate_media(media="print")
    assert not button.is_visible()
    return page.inner_text("body")


@pytest.mark.parametrize("name", PRINT)
def test_a_report_is_printed_from_the_screens(look, engine, name, tmp_path):
    screen = look()
    text = printed(screen, name, engine, tmp_path)
    assert TITLES[name] in text
    assert (STUDENT in text) == (name != "summary")
    screen.page.wait_for_selector(".modal", state="detached")


def fetch(school, screen, path):
    cookies = "; ".join(
        f"{cookie['name']}={cookie['value']}" for cookie in screen.context.cookies()
    )
    request = urllib.request.Request(school.url + path, headers={"Cookie": cookies})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


@pytest.fixture
def long_history(look):
    """Who looks, and the address of a history with 12 meetings and many updates."""
    screen = look()
    met = screen.call("intervention.meeting", "search_read", [], ["student_id"])
    student = screen.call(
        "res.partner",
        "search",
        [
            ["is_intervention_student", "=", True],
            ["id", "not in", [meeting["student_id"][0] for meeting in met]],
            ["school_class_id.form_master_id.login", "=", "carmen"],
        ],
    )[0]
    for number in range(12):
        meeting = screen.call(
            "intervention.meeting",
            "create",
            {
                "student_id": student,
                "root_cause": ("family", "financial", "other")[number % 3],
                "absence_reason": f"Reason {number} " * 30,
                "intervention_notes": "Notes",
                "action_plan": "Plan",
            },
        )
        for update in range(8):
            screen.call(
                "intervention.meeting",
                "add_progress",
                [meeting],
                f"Update {number}.{update}. " * (1 + update * 6),
            )
        screen.call(
            "intervention.meeting",
            "add_progress",
            [meeting],
            "Over",
            "closed",
            "Resolved",
        )
    wizard = screen.call(
        "intervention.print.history",
        "create",
        {"student_id": student, "content": "narrative"},
    )
    return screen, f"intervention_tracking.report_student_history/{wizard}"


def test_a_long_history_has_numbered_pages_and_loses_nothing(school, long_history):
    screen, address = long_history
    if not shutil.which("wkhtmltopdf"):
        page = fetch(school, screen, f"/report/html/{address}").decode()
        assert page.count("Update 11.7.") == 43
        return
    pages = text_of(fetch(school, screen, f"/report/pdf/{address}"))
    assert len(pages) > 5
    for number, text in enumerate(pages, start=1):
        assert re.search(rf"\b{number} / {len(pages)}\b", text), text
    whole = "\n".join(pages)
    for number in range(12):
        for update in range(8):
            assert whole.count(f"Update {number}.{update}.") == 1 + update * 6
    # No note begins on one page and ends on the next.
    for text in pages:
        for number, update in set(re.findall(r"Update (\d+)\.(\d+)\.", text)):
            assert text.count(f"Update {number}.{update}.") == 1 + int(update) * 6
    about = ("wkhtmltopdf", "report", "intervention")
    log = [line.split(" ", 5)[-1] for line in complaints(school.log.read_text())]
    assert [line for line in log if any(word in line for word in about)] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["en_US", "ar_001"])
def test_a_page_fits_the_screen(school, look, size, lang):
    # Without a page, as what is read while a language is activated can keep it unknown
    # to Odoo's caches.
    boss = look("admin")
    if lang != "en_US":
        found = boss.call(
            "res.lang",
            "search",
            [["code", "=", lang], ["active", "in", [True, False]]],
        )
        boss.call("res.lang", "action_unarchive", found)
    screen = look(size=SIZES[size])
    summary = screen.call("intervention.print.summary", "create", {})
    meetings = screen.call("intervention.meeting", "search", [])
    student = screen.call("intervention.meeting", "read", meetings[:1], ["student_id"])
    history = screen.call(
        "intervention.print.history",
        "create",
        {"student_id": student[0]["student_id"][0], "content": "narrative"},
    )
    for report, number in (
        ("student_history", history),
        ("family_record", meetings[0]),
        ("period_summary", summary),
    ):
        context = json.dumps({"lang": lang})
        screen.page.goto(
            f"{screen.url}/report/html/intervention_tracking.report_{report}/{number}"
            f"?context={context}"
        )
        overflow = screen.page.evaluate(
            """() => [...document.querySelectorAll('.o_intervention_page *')]
                .filter(node => node.getBoundingClientRect().right > innerWidth
                             || node.getBoundingClientRect().left < 0)
                .map(node => node.outerHTML.slice(0, 80))"""
        )
        assert not overflow, report
        if report != "family_record":
            direction = "rtl" if lang == "ar_001" else "ltr"
            assert screen.page.locator(f".o_intervention_page[dir={direction}]").count()
    # The page has no icon of its own, and the browser asks for one.
    screen.complaints = [text for text in screen.complaints if "404" not in text]
