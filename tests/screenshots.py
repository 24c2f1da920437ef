"""Makes the pictures of the README; ``setup/screenshots`` runs it."""

import sys
import tempfile
from pathlib import Path

from conftest import TOP
from screens import DASHBOARD, DESKTOP, PHONE, Screen, chromium, demo_server

DOCS = TOP / "docs"
LARGEST = 300 * 1024
# She has active cases and earlier ones, so that all that can be said of her is seen.
STUDENT = "Liban Mohamud Jama"
NOTES = {
    "absence_reason": "He slept badly and did not hear the alarm clock.",
    "intervention_notes": "He is ashamed of coming late, so he does not come at all.",
    "action_plan": "He comes whenever he wakes up. We speak again in two weeks.",
}


def take(screen, name):
    screen.settle()
    path = DOCS / f"{name}.png"
    screen.page.screenshot(path=path, animations="disabled", caret="hide")
    size = path.stat().st_size
    if size >= LARGEST:
        sys.exit(f"{path} has {size} bytes, and {LARGEST} is the most it may have.")
    print(f"{path.relative_to(TOP)}: {size // 1024} KiB")


def fill_in(screen):
    screen.choose_student("Liban", STUDENT)
    screen.choose(".modal [name=root_cause]", "Behavioral Issue")
    for field, text in NOTES.items():
        screen.type(f".modal [name={field}] textarea", text)
    screen.find(".modal .modal-title").click()


def take_desktop(screen):
    for name in ("list", "kanban", "calendar", "students"):
        screen.open(name)
        take(screen, name)
    screen.open("pivot")
    take(screen, "analysis")
    screen.open("list")
    screen.record_meeting()
    fill_in(screen)
    take(screen, "record")
    screen.open("list")
    screen.track(STUDENT)
    take(screen, "track")
    screen.open("list")
    screen.open_case(STUDENT)
    take(screen, "form")


def take_phone(screen):
    screen.open("kanban")
    screen.page.wait_for_selector(DASHBOARD)
    take(screen, "phone-dashboard")
    screen.record_meeting()
    screen.choose_student("Liban", STUDENT)
    screen.choose(".modal [name=root_cause]", "Behavioral Issue")
    take(screen, "phone-record")
    screen.open("kanban")
    screen.track(STUDENT)
    take(screen, "phone-track")


def take_reports(screen):
    """Take the reports as they are printed, of a school with a name."""
    screen.call("res.company", "write", [1], {"name": "Lakeside School"})
    [student] = screen.call("res.partner", "search", [["name", "=", STUDENT]])
    [meeting] = screen.call(
        "intervention.meeting",
        "search",
        [["student_id", "=", student], ["status", "!=", "closed"]],
        0,
        1,
        "follow_up_date desc",
    )
    history = screen.call(
        "intervention.print.history",
        "create",
        {"student_id": student, "content": "causes"},
    )
    summary = screen.call("intervention.print.summary", "create", {})
    screen.page.set_viewport_size({"width": 900, "height": 1160})
    for name, report, number in (
        ("history", "student_history", history),
        ("family", "family_record", meeting),
        ("summary", "period_summary", summary),
    ):
        screen.page.goto(
            f"{screen.url}/report/html/intervention_tracking.report_{report}/{number}"
        )
        screen.page.emulate_media(media="print")
        # A printer leaves margins.
        screen.page.add_style_tag(content="body { padding: 40px !important }")
        take(screen, f"report-{name}")


def main():
    DOCS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_server("demo", Path(folder) / "odoo.log") as server,
        chromium() as browser,
    ):
        for size, take_all in ((DESKTOP, take_desktop), (PHONE, take_phone)):
            screen = Screen(browser, server.url, "carmen", size)
            take_all(screen)
            screen.close()
        screen = Screen(browser, server.url, "admin", DESKTOP)
        take_reports(screen)
        screen.close()


if __name__ == "__main__":
    main()
