"""Makes a picture of every screen; setup/screenshots runs it.

They are made in ``.local/screenshots``. Those that the README or a page in ``docs``
shows come to ``docs``, and some into the addon, in a small format.
"""

import re
import sys
import tempfile
from pathlib import Path

from conftest import TOP, Server
from PIL import Image
from school_walk import Walk, school_database
from screens import (
    DASHBOARD,
    DESKTOP,
    DIALOG,
    HISTORY,
    KANBAN,
    PATHS,
    PHONE,
    Screen,
    chromium,
    demo_server,
)

DOCS = TOP / "docs"
TAKEN = TOP / ".local" / "screenshots"
# The page in Odoo's list of apps can only show pictures that are in the addon.
PAGE = TOP / "intervention_tracking" / "static" / "description"
PAGE_PICTURES = {
    "dashboard": "list",
    "record": "record",
    "track": "track",
    "history": "history",
    "phone": "phone-dashboard",
}
# She has active cases and earlier ones, so that all that can be said of her is seen.
STUDENT = "Liban Mohamud Jama"
NOTES = {
    "absence_reason": "He slept badly and did not hear the alarm clock.",
    "intervention_notes": "He is ashamed of coming late, so he does not come at all.",
    "action_plan": "He comes whenever he wakes up. We speak again in two weeks.",
}


def shown():
    """Return the names of the pictures that the README or a page in ``docs`` shows."""
    texts = [page.read_text() for page in (TOP / "README.md", *DOCS.glob("*.md"))]
    return set(re.findall(r"!\[[^]]*\]\((?:docs/)?([\w-]+)\.png\)", " ".join(texts)))


def shrink(source, target):
    """Save a picture with 256 colours, which look the same on pictures of screens."""
    picture = Image.open(source).convert("RGB")
    picture = picture.quantize(
        256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    picture.save(target, optimize=True)
    print(f"{target.relative_to(TOP)}: {target.stat().st_size // 1024} KiB")


def publish():
    """Put the pictures that are shown where they are shown, and drop the others."""
    names = shown()
    missing = sorted(name for name in names if not (TAKEN / f"{name}.png").exists())
    if missing:
        sys.exit(f"Pages show pictures that are not taken: {', '.join(missing)}.")
    for path in DOCS.glob("*.png"):
        if path.stem not in names:
            path.unlink()
    for name in sorted(names):
        shrink(TAKEN / f"{name}.png", DOCS / f"{name}.png")
    for name, picture in PAGE_PICTURES.items():
        shrink(TAKEN / f"{picture}.png", PAGE / f"{name}.png")


def take(screen, name):
    screen.settle()
    path = TAKEN / f"{name}.png"
    screen.page.screenshot(path=path, animations="disabled", caret="hide")


def fill_in(screen):
    screen.choose_student("Liban", STUDENT)
    screen.choose(".modal [name=root_cause]", "Behavioral Issue")
    for field, text in NOTES.items():
        screen.type(f".modal [name={field}] textarea", text)
    screen.find(".modal .modal-title").click()


def choose_template(screen):
    screen.choose_student("Liban", STUDENT)
    screen.choose(".modal [name=root_cause]", "Other")
    screen.type(".modal [name=plan_template_id] input", "way to")
    screen.click(".o-autocomplete--dropdown-item", has_text="The way to school")
    screen.page.wait_for_selector(".modal .o_intervention_guidance")


def take_desktop(screen):
    for name in ("list", "kanban", "calendar", "students"):
        screen.open(name)
        take(screen, name)
    screen.open("pivot")
    take(screen, "analysis")
    screen.open("trends")
    take(screen, "trends")
    screen.open("list")
    screen.record_meeting()
    fill_in(screen)
    take(screen, "record")
    screen.open("list")
    screen.record_meeting()
    choose_template(screen)
    take(screen, "template")
    screen.open("list")
    screen.track(STUDENT)
    take(screen, "track")
    screen.open("list")
    screen.open_case(STUDENT)
    take(screen, "form")
    screen.find(".o_notebook_headers .nav-link", has_text="Family").click()
    screen.find("[name=contact_ids]").scroll_into_view_if_needed()
    take(screen, "family")
    screen.open_history(STUDENT)
    screen.page.wait_for_selector(HISTORY)
    take(screen, "history")
    screen.open("talk")
    take(screen, "needs-a-talk")


def take_settings(screen):
    screen.open("settings")
    screen.click("[name=reminders] input")
    screen.page.wait_for_selector("[name=reminder_time]")
    take(screen, "settings")
    screen.open("effect")
    take(screen, "did-it-help")


def open_register(screen):
    """Open the register of the last school day, whatever day it is today."""
    screen.open("register")
    screen.page.locator(".o_register_day").last.click()
    screen.page.wait_for_selector(".o_register_mark")


def take_phone(screen):
    screen.open("kanban")
    screen.page.wait_for_selector(DASHBOARD)
    take(screen, "phone-dashboard")
    open_register(screen)
    take(screen, "phone-register")
    screen.open("kanban")
    screen.record_meeting()
    screen.choose_student("Liban", STUDENT)
    screen.choose(".modal [name=root_cause]", "Behavioral Issue")
    take(screen, "phone-record")
    screen.open("kanban")
    screen.open_case(STUDENT)
    screen.click(".nav-link[name=progress]")
    screen.find(".o_intervention_files").scroll_into_view_if_needed()
    take(screen, "phone-files")
    screen.open("kanban")
    screen.track(STUDENT)
    take(screen, "phone-track")
    screen.type(".modal [name=update_text] textarea", "He came on all five days.")
    screen.context.set_offline(True)
    screen.add_update()
    screen.page.wait_for_selector(".o_intervention_not_sent")
    take(screen, "phone-offline")


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


def take_every_screen(screen, width):
    """Take every screen as it opens, and the ones that are opened from a case."""
    for name in PATHS:
        screen.open(name)
        take(screen, f"every-{name}-{width}")
    screen.open("kanban")
    screen.record_meeting()
    take(screen, f"every-record-{width}")
    screen.open("kanban" if screen.small else "list")
    screen.open_case(STUDENT)
    take(screen, f"every-form-{width}")
    for page in ("progress", "family"):
        screen.click(f".o_notebook_headers .nav-link[name={page}]")
        take(screen, f"every-{page}-tab-{width}")
    screen.click("button[name=action_track_progress]")
    screen.page.wait_for_selector(DIALOG)
    take(screen, f"every-track-{width}")
    screen.open_history(STUDENT)
    screen.page.wait_for_selector(HISTORY)
    take(screen, f"every-history-{width}")
    screen.open("students")
    if screen.small:
        screen.find(KANBAN, has_text=STUDENT).get_by_text(STUDENT).first.click()
    else:
        screen.click(".o_data_row .o_data_cell[name=name]", has_text=STUDENT)
    screen.page.wait_for_selector(".o_form_view [name=student_number]")
    screen.settle()
    take(screen, f"every-student-{width}")


def take_school_system(folder, browser):
    """Take what a school with a school system sees from the link to the end of it."""
    with school_database("school") as name:
        server = Server(name, Path(folder) / "school.log", workers=0).start()
        walk = Walk(browser, server, take)
        try:
            keeper = walk.link()
            walk.choose_form_master(keeper)
            for size in (DESKTOP, PHONE):
                master = walk.record(size)
            walk.fill_in(master)
            walk.write_to_guardian(walk.record(DESKTOP))
            walk.unlink(keeper)
        finally:
            walk.close()
            server.stop()


def main():
    TAKEN.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo_server("demo", Path(folder) / "odoo.log") as server,
        chromium() as browser,
    ):
        for login, size, take_all in (
            ("carmen", DESKTOP, take_desktop),
            ("halima", DESKTOP, take_settings),
            ("carmen", PHONE, take_phone),
        ):
            screen = Screen(browser, server, login, size)
            take_all(screen)
            screen.close()
        for size in (DESKTOP, PHONE):
            screen = Screen(browser, server, "halima", size)
            take_every_screen(screen, size["width"])
            screen.close()
        screen = Screen(browser, server, "admin", DESKTOP)
        take_reports(screen)
        screen.close()
        take_school_system(folder, browser)
    publish()


if __name__ == "__main__":
    main()
