"""Debian's Chromium at the screens, for the tests and the screenshots."""

import contextlib
import os
import resource
import shutil
import time

import psycopg2
from conftest import Server, database, run_odoo
from playwright.sync_api import sync_playwright

DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
QUIET = 0.25
# The bus keeps a connection open all the time.
NEVER_DONE = ("/websocket", "/bus/")

LIST = ".o_list_view .o_data_row"
KANBAN = ".o_kanban_record:not(.o_kanban_ghost)"
DASHBOARD = ".o_intervention_dashboard"
DIALOG = ".modal .o_form_view"
PATHS = {
    "list": ("interventions?view_type=list", f"{LIST}, {KANBAN}"),
    "kanban": ("interventions?view_type=kanban", KANBAN),
    "calendar": ("intervention-follow-ups", ".o_calendar_view .fc-event"),
    "pivot": ("intervention-analysis", ".o_pivot table"),
    "graph": ("intervention-analysis?view_type=graph", ".o_graph_renderer canvas"),
    "activity": (
        "interventions?view_type=activity",
        f".o_activity_view table, {KANBAN}",
    ),
    "students": ("intervention-students", f"{LIST}, {KANBAN}"),
    "classes": ("intervention-classes", f"{LIST}, {KANBAN}"),
    "progress": ("intervention-progress", f"{LIST}, {KANBAN}"),
    "settings": ("intervention-settings", ".o_form_view"),
}


@contextlib.contextmanager
def chromium():
    """Debian's Chromium, for the time of the block."""
    # Odoo limits the memory of the tests' process, and browsers reserve a lot.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--force-color-profile=srgb"],
            )
            yield browser
            browser.close()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def silence_odoobot(name):
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE res_users SET odoobot_state = 'disabled'")
    connection.close()


@contextlib.contextmanager
def demo_server(purpose, log):
    """A server on a database of its own with the demo school."""
    with database(purpose, os.environ["TEST_PRISTINE"]) as name:
        run_odoo("module", "force-demo", "-d", name)
        # Its greeting would cover the screen of a phone.
        silence_odoobot(name)
        # Threads share what the first page needed; workers would each make it anew.
        served = Server(name, log, workers=0).start()
        try:
            yield served
        finally:
            served.stop()


class Screen:
    """A page of the web client, with who looks at it, and what they had to do.

    ``clicks`` and ``fields`` count what a person does; the console's warnings and
    errors are in ``complaints``.
    """

    def __init__(self, browser, url, login, size=DESKTOP):
        self.url = url
        self.small = size["width"] < 576
        self.context = browser.new_context(
            viewport=size,
            is_mobile=self.small,
            has_touch=self.small,
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        self.page = self.context.new_page()
        self.clicks = self.fields = 0
        self.complaints = []
        self.pending = set()
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", lambda request: self.pending.discard(request))
        self.page.on("requestfailed", lambda request: self.pending.discard(request))
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{url}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_web_client .o_action_manager")

    def close(self):
        self.context.close()

    def _on_request(self, request):
        if not any(part in request.url for part in NEVER_DONE):
            self.pending.add(request)

    def _on_console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def settle(self):
        """Wait until the server was asked for nothing for a moment."""
        quiet_since = time.monotonic()
        deadline = quiet_since + 30
        while time.monotonic() < quiet_since + QUIET:
            self.page.wait_for_timeout(20)
            if self.pending:
                quiet_since = time.monotonic()
            assert time.monotonic() < deadline, [r.url for r in self.pending]
        self.page.evaluate("document.fonts.ready")

    def open(self, name):
        """Open one of the screens in ``PATHS``."""
        path, ready = PATHS[name]
        self.page.goto(f"{self.url}/odoo/{path}")
        self.page.wait_for_selector(ready)
        self.settle()

    def call(self, model, method, *arguments):
        """Call a model's method as who looks at the screen."""
        answer = self.page.request.post(
            f"{self.url}/web/dataset/call_kw",
            data={
                "params": {
                    "model": model,
                    "method": method,
                    "args": arguments,
                    "kwargs": {},
                }
            },
        ).json()
        assert "error" not in answer, answer
        return answer.get("result")

    def find(self, selector, **options):
        return self.page.locator(selector, **options).first

    def click(self, selector, **options):
        self.find(selector, **options).click()
        self.clicks += 1

    def type(self, selector, text):
        """Write into a field; who does that clicked into it."""
        self.find(selector).fill(text)
        self.clicks += 1
        self.fields += 1

    def choose(self, field, label):
        """Choose from the list of a selection."""
        if self.small:
            self.click(f"{field} input, {field} .o_select_menu_toggler")
        else:
            self.click(f"{field} input")
        self.find(".o_select_menu_item", has_text=label).click()
        self.clicks += 1
        self.fields += 1

    def choose_student(self, text, name):
        if self.small:
            self.click(".modal [name=student_id] input")
            self.click(f".modal {KANBAN}", has_text=name)
        else:
            self.type(".modal [name=student_id] input", text)
            self.click(".o-autocomplete--dropdown-item", has_text=name)
        self.page.wait_for_selector(".o_intervention_situation")

    def record_meeting(self):
        """Open the dialog in which a meeting is recorded."""
        self.click("button", has_text="+ Record New Meeting")
        self.page.wait_for_selector(DIALOG)

    def open_case(self, name):
        """Open the form of a student's case from the list or the kanban."""
        row = KANBAN if self.small else ".o_data_row .o_data_cell[name=student_id]"
        self.click(row, has_text=name)
        self.page.wait_for_selector(".o_form_view .o_statusbar_buttons, .o_form_view")
        self.settle()

    def track(self, name):
        """Open the progress tracker, from the row or, on a phone, through the card."""
        if self.small:
            self.open_case(name)
            self.click("button[name=action_track_progress]")
        else:
            self.find(".o_data_row", has_text=name).locator(
                "button[name=action_track_progress]"
            ).click()
            self.clicks += 1
        self.page.wait_for_selector(DIALOG)
        self.settle()
