"""Debian's Chromium at the screens, for the tests and the screenshots."""

import contextlib
import os
import re
import resource
import shutil
import time

import psycopg2
from conftest import Server, database, run_odoo
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import sync_playwright

# Of carmen's own classes, which a phone offers first: what finds them, and who it is.
STUDENTS = [
    ("Camille", "Camille Girard"),
    ("Elias", "Elias Khoury"),
    ("Hugo", "Hugo Marchand"),
    ("Ifrah", "Ifrah Warsame Kulmiye"),
    ("Khadija", "Khadija Muse Barre"),
    ("Ruth", "Ruth Mensah"),
    ("Yasmin", "Yasmin Idrissi"),
    ("Valeria", "Valeria Rojas Medina"),
]
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
SIZES = {"desktop": DESKTOP, "phone": PHONE}
QUIET = 0.25
# Odoo makes the styles of a page when they are asked for first, and that takes long.
PATIENCE = 90
# The bus keeps a connection open all the time.
NEVER_DONE = ("/websocket", "/bus/")
# What the web client asks for by itself from time to time.
IDLE = ("/websocket/on_closed", "/websocket/peek_notifications", "/mail/data")
# What a screen asks the server for.
ASKED = re.compile(r"/web/(dataset|action)/")
# A call of the web client in the server's log, and how many statements it took.
CALL = re.compile(r'"POST (/\S+) HTTP/1\.[01]" 200 \S+ (\d+) ')

LIST = ".o_list_view .o_data_row"
KANBAN = ".o_kanban_record:not(.o_kanban_ghost)"
DASHBOARD = ".o_intervention_dashboard"
HISTORY = ".o_intervention_history article"
DIALOG = ".modal .o_form_view"
QUESTION = ".modal:has-text('Discard what you typed?')"
NARRATIVE = ("absence_reason", "intervention_notes", "action_plan")
PATHS = {
    "list": ("interventions?view_type=list", f"{LIST}, {KANBAN}"),
    "kanban": ("interventions?view_type=kanban", KANBAN),
    "calendar": ("intervention-follow-ups", ".o_calendar_view .fc-event"),
    "pivot": ("intervention-analysis", ".o_pivot table"),
    "trends": ("intervention-trends", ".o_intervention_trends canvas"),
    "effect": ("intervention-did-it-help", "#effect_headline"),
    "graph": ("intervention-analysis?view_type=graph", ".o_graph_renderer canvas"),
    "activity": (
        "interventions?view_type=activity",
        f".o_activity_view table, {KANBAN}",
    ),
    "talk": ("intervention-needs-a-talk", f"{LIST}, {KANBAN}"),
    "register": ("intervention-register", ".o_register_content"),
    "students": ("intervention-students", f"{LIST}, {KANBAN}"),
    "classes": ("intervention-classes", f"{LIST}, {KANBAN}"),
    "templates": ("intervention-plan-templates", f"{LIST}, {KANBAN}"),
    "progress": ("intervention-progress", f"{LIST}, {KANBAN}"),
    "contacts": ("intervention-contacts", f"{LIST}, {KANBAN}"),
    "settings": ("intervention-settings", ".o_form_view"),
    "mails": ("intervention-mails", f"{LIST}, {KANBAN}"),
    "overdue": ("interventions/intervention-overdue", f"{LIST}, {KANBAN}"),
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
                executable_path=shutil.which("chromium-headless-shell")
                or shutil.which("chromium"),
                args=["--no-sandbox", "--force-color-profile=srgb"],
            )
            yield browser
            browser.close()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


# An administrator whose language is read from right to left.
ARABIC = "noor"
MAKE_ARABIC_USER = f"""
env.ref("base.user_admin").copy({{
    "name": "نور",
    "login": "{ARABIC}",
    "password": "{ARABIC}",
    "lang": "ar_001",
    "odoobot_state": "disabled",
}})
env.cr.commit()
"""
# Two form masters; the second one's records are many.
MAKE_CROWD = """
from odoo import fields

for login, meetings, updates in (("few", 90, 1), ("many", 500, 100)):
    user = env["res.users"].create({
        "name": login,
        "login": login,
        "password": login,
        "odoobot_state": "disabled",
        "group_ids": [(4, env.ref(
            "intervention_tracking.group_intervention_form_master").id)],
    })
    students = env["res.partner"].create([
        {"name": f"Student {number:03} of {login}", "is_intervention_student": True}
        for number in range(meetings // 2)
    ])
    cases = env["intervention.meeting"].with_user(user).create([
        {
            "student_id": student.id,
            "root_cause": cause,
            "absence_reason": "The bus does not come.",
            "intervention_notes": "We looked at the timetable.",
            "action_plan": "His aunt takes him.",
        }
        for student in students
        for cause in ("family", "other")
    ])
    # Tomorrow here is today already where the user is, for some hours.
    cases[-1].follow_up_date = fields.Date.add(fields.Date.today(), days=2)
    for _number in range(updates):
        cases[-1].add_progress("He came.")
env.cr.commit()
"""


def silence_odoobot(name):
    """Keep Odoo's greeting and its own tours off the screens of all users."""
    connection = psycopg2.connect(dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE res_users SET odoobot_state = 'disabled', tour_enabled = FALSE"
        )
    connection.close()


def speak_arabic(name):
    """Activate Arabic in the database, and make somebody who speaks it."""
    run_odoo("i18n", "loadlang", "-d", name, "-l", "ar_001")
    run_odoo("shell", "-d", name, "--no-http", stdin=MAKE_ARABIC_USER)


def make_crowd(name):
    """Make the form masters ``few`` and ``many`` in the database."""
    run_odoo("shell", "-d", name, "--no-http", stdin=MAKE_CROWD)


@contextlib.contextmanager
def demo_server(purpose, log, prepare=None):
    """A server on a database of its own with the demo school.

    :param prepare: a function that changes the database of this name before
    """
    with database(purpose, os.environ["TEST_PRISTINE"]) as name:
        run_odoo("module", "force-demo", "-d", name)
        # Its greeting would cover the screen of a phone.
        silence_odoobot(name)
        if prepare:
            prepare(name)
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

    def __init__(
        self, browser, server, login, size=DESKTOP, password=None, app_folder=None
    ):
        self.url = server.url
        self.log = server.log
        self.small = size["width"] < 576
        options = {
            "viewport": size,
            "is_mobile": self.small,
            "has_touch": self.small,
            "locale": "en-US",
            "timezone_id": "UTC",
            "reduced_motion": "reduce",
        }
        if app_folder:
            # In a window of its own, as an app that is installed.
            self.context = browser.browser_type.launch_persistent_context(
                app_folder,
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--headless=new", f"--app={self.url}/web/login"],
                ignore_default_args=["--headless", "--headless=old"],
                # Chromium's picture of a phone has no windows of apps.
                **{**options, "is_mobile": False},
            )
            self.page = self.context.pages[0]
        else:
            self.context = browser.new_context(**options)
            self.page = self.context.new_page()
        self.context.set_default_timeout(PATIENCE * 1000)
        self.clicks = self.fields = 0
        self.complaints = []
        self.pending = set()
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", lambda request: self.pending.discard(request))
        self.page.on("requestfailed", lambda request: self.pending.discard(request))
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if app_folder:
            self._fill_in_login(login, password or login)
        else:
            self._log_in(server.database, login, password or login)

    def _log_in(self, database, login, password):
        """Log in without a page, as Odoo's login page would take a web client along."""
        answer = self.page.request.post(
            f"{self.url}/web/session/authenticate",
            data={"params": {"db": database, "login": login, "password": password}},
        ).json()
        assert answer.get("result", {}).get("uid"), answer

    def _fill_in_login(self, login, password):
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click(".oe_login_form button[type=submit]")
        self.page.wait_for_selector(".o_web_client .o_action_manager")

    def start(self):
        """Open the web client where it begins."""
        self.page.goto(f"{self.url}/odoo")
        self.page.wait_for_selector(".o_web_client .o_action_manager")
        return self

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
        deadline = quiet_since + PATIENCE
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

    @contextlib.contextmanager
    def delayed(self):
        """Make what the server is asked for wait until the block is over.

        The block gets the requests so far, those that wait among them.
        """
        waiting, requests = [], []

        def note(request):
            requests.append(request)

        self.page.on("request", note)
        self.page.route(ASKED, lambda route: waiting.append(route))
        try:
            yield requests
        finally:
            for route in waiting:
                route.continue_()
            self.page.unroute(ASKED)
            self.settle()
            self.page.remove_listener("request", note)
            requests[:] = [each for each in requests if ASKED.search(each.url)]

    def cost(self, act):
        """Return how many calls an act takes of the server, and how many statements."""
        self.settle()
        self.page.wait_for_timeout(200)  # what is logged late
        offset = self.log.stat().st_size
        act(self)
        self.settle()
        self.page.wait_for_timeout(200)
        with self.log.open() as log:
            log.seek(offset)
            calls = [call for call in CALL.findall(log.read()) if call[0] not in IDLE]
        return len(calls), sum(int(statements) for _path, statements in calls)

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
        """Write into a field; who does that clicked into it, if it had no focus."""
        field = self.find(selector)
        if not field.evaluate("field => field === document.activeElement"):
            self.clicks += 1
        field.fill(text)
        self.fields += 1

    def choose(self, field, label):
        """Choose from the list of a selection."""
        if self.small:
            self.click(f"{field} input, {field} .o_select_menu_toggler")
        else:
            self.click(f"{field} input")
        self.find(".o_select_menu_item", has_text=label).click()
        # Keys are the list's own until it is gone, which on a phone slides away.
        self.page.wait_for_function(
            """field => odoo.__WOWL_DEBUG__.root.env.services.ui.activeElement.contains(
                document.querySelector(field)
            )""",
            arg=field,
        )
        self.clicks += 1
        self.fields += 1

    def choose_student(self, text, name):
        self.type(".modal [name=student_id] input", text)
        self.click(".o-autocomplete--dropdown-item", has_text=name)
        self.page.wait_for_selector(".o_intervention_situation")

    def dialog_opens(self):
        self.page.wait_for_selector(DIALOG)
        self.settle()

    def dialog_closes(self):
        try:
            self.page.wait_for_selector(".modal", state="detached")
        except TookTooLong as error:
            focus = self.page.evaluate("document.activeElement.outerHTML")
            error.add_note(f"{self.find('.modal').inner_text()}\nFocus: {focus}")
            raise
        self.settle()

    def add_update(self):
        """Send what is in the tracker; a case that has no next date is left so."""
        day = self.page.locator(".modal [name=follow_up_date] input")
        if day.count() and not day.first.input_value():
            self.click(".modal .o_intervention_no_date")
        self.click(".modal button[name=action_add]")

    def discard(self):
        """Press the button of the question whether to discard what was typed."""
        self.find(f"{QUESTION} .modal-footer button", has_text="Discard").click()

    def record_meeting(self):
        """Open the dialog in which a meeting is recorded."""
        self.click(".o_list_button_add, .o-kanban-button-new")
        self.page.wait_for_selector(DIALOG)

    def fill_in_meeting(self, student, text, cause="Family Issue"):
        """Fill in this dialog.

        :param tuple student: what is typed to find the student, and their name
        :param str text: how each of the narrative texts begins; its field follows
        """
        self.choose_student(*student)
        self.choose(".modal [name=root_cause]", cause)
        for field in NARRATIVE:
            self.type(f".modal [name={field}] textarea", f"{text} {field}")

    def save_meeting(self):
        self.click(".modal .o_form_button_save")

    def open_case(self, name):
        """Open the form of a student's case from the list or the kanban."""
        if self.small:
            # The name, as there are buttons on the card.
            self.find(KANBAN, has_text=name).get_by_text(name).first.click()
            self.clicks += 1
        else:
            self.click(".o_data_row .o_data_cell[name=student_id]", has_text=name)
        self.page.wait_for_selector(".o_form_view .o_statusbar_buttons, .o_form_view")
        self.settle()

    def open_dialog(self, action, context):
        """Open the dialog of an action, as its button does."""
        self.page.evaluate(
            """([action, context]) => {
                const { action: actions } = odoo.__WOWL_DEBUG__.root.env.services;
                return actions.doAction(action, { additionalContext: context });
            }""",
            [action, context],
        )
        self.dialog_opens()

    def open_history(self, name):
        """Open a student's history: from the banner or, on a phone, from a case."""
        if self.small:
            self.open("kanban")
            self.open_case(name)
            self.click("button[name=action_view_student]")
        else:
            self.open("list")
            self.click(".o_intervention_student", has_text=name)

    def track(self, name):
        """Open the progress tracker from the row or, on a phone, from the card."""
        row = KANBAN if self.small else ".o_data_row"
        self.find(row, has_text=name).locator(
            "button[name=action_track_progress]"
        ).click()
        self.clicks += 1
        self.dialog_opens()


@contextlib.contextmanager
def screens_of(browser, server, size):
    """A function that lets somebody look at the screens, and all those it opened."""
    opened = []

    def look(login="carmen", size=size):
        opened.append(Screen(browser, server, login, size))
        return opened[-1]

    yield look, opened
    for screen in opened:
        screen.close()


def open_dashboard(screen):
    """Open the dashboard from within the web client, as its menu does."""
    screen.page.evaluate(
        """async () => {
            document.querySelector(".o_list_view")?.setAttribute("data-old", "");
            await odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
                "intervention_tracking.intervention_meeting_action",
                { clearBreadcrumbs: true },
            );
        }"""
    )
    screen.page.wait_for_selector(".o_list_view:not([data-old]) .o_data_row")


def open_first_case(screen):
    screen.open_case("")


def track_first_case(screen):
    screen.track("")


# What form masters open all day; each starts from the dashboard.
MAIN_SCREENS = {
    "dashboard": open_dashboard,
    "record dialog": Screen.record_meeting,
    "progress tracker": track_first_case,
    "form": open_first_case,
}


def costs(screen):
    """Return the calls and the statements of each of these screens.

    Each is opened twice, as the first time fills caches.
    """
    found = {}
    for _turn in range(2):
        screen.open("list")
        for name, act in MAIN_SCREENS.items():
            found[name] = screen.cost(act)
            if screen.page.locator(DIALOG).count():
                screen.page.keyboard.press("Escape")
                screen.page.wait_for_selector(DIALOG, state="detached")
    return found
