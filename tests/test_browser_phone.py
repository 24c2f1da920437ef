"""The loop on a phone: a lost connection, an ended session, one hand, an app."""

import json

import pytest
from conftest import load_registry_of
from odoo import SUPERUSER_ID, api
from screens import (
    DASHBOARD,
    KANBAN,
    NARRATIVE,
    PHONE,
    SIZES,
    STUDENTS,
    Screen,
    chromium,
    demo_server,
    screens_of,
)

NOT_SENT = ".o_intervention_not_sent"
OFFER = ".o_intervention_offer"
DRAFTS = ".o_intervention_drafts"
SECRET = "Zebrafish"
TOUCH = 44
# All that a page can leave on a device, as text; numbers are bytes.
DISK = """async () => {
    const found = [localStorage, sessionStorage].map((it) => JSON.stringify({...it}));
    for (const {name} of await indexedDB.databases()) {
        const db = await new Promise((done) => {
            indexedDB.open(name).onsuccess = (ev) => done(ev.target.result);
        });
        for (const table of db.objectStoreNames) {
            const rows = await new Promise((done) => {
                db.transaction(table).objectStore(table).getAll().onsuccess =
                    (ev) => done(ev.target.result);
            });
            for (const row of rows) {
                found.push(`${name}/${table}: ` + JSON.stringify(row, (key, value) =>
                    value instanceof ArrayBuffer || ArrayBuffer.isView(value)
                        ? new TextDecoder('latin1').decode(value) : value));
            }
        }
        db.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            found.push(await (await cache.match(request)).text());
        }
    }
    return found;
}"""


# What the one who is logged in can read of it.
OWN_DRAFTS = """() => {
    const {modules} = odoo.loader;
    const {Drafts} = modules.get("@intervention_tracking/drafts/drafts_service");
    const {session} = modules.get("@web/session");
    return new Drafts(session.browser_cache_secret).list();
}"""


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    log = tmp_path_factory.mktemp("phone") / "odoo.log"
    with demo_server("phone", log) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with chromium() as it:
        yield it


@pytest.fixture
def look(browser, school):
    with screens_of(browser, school, PHONE) as (look, _opened):
        yield look


@pytest.fixture(scope="module")
def count(school):
    """A function that counts what has this text, whoever may see it."""
    registry = load_registry_of(school.database)

    def count_of(model, field, text):
        with registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            return env[model].search_count([(field, "=", text)])

    return count_of


students = iter(STUDENTS)


def fill_in(screen, student, text):
    screen.record_meeting()
    screen.fill_in_meeting(student, text, "Behavioral Issue")


def lose_answer(page, path):
    """Let the next request to the path arrive, and lose the answer to it."""

    def forward_and_drop(route):
        route.fetch()
        route.abort("connectionreset")

    page.route(path, forward_and_drop, times=1)


@pytest.mark.parametrize("size", SIZES)
def test_without_a_connection_the_text_is_kept_and_sent_once(look, count, size):
    screen = look(size=SIZES[size])
    screen.open("kanban")
    text = f"{SECRET} offline {size}"
    fill_in(screen, next(students), text)
    screen.context.set_offline(True)
    screen.save_meeting()
    message = screen.find(NOT_SENT)
    message.wait_for()
    assert "Not sent: no connection. Your text is kept." in message.inner_text()
    for field in NARRATIVE:
        kept = screen.find(f".modal [name={field}] textarea").input_value()
        assert kept == f"{text} {field}"
    screen.click(f"{NOT_SENT} button", has_text="Try Again")
    message.wait_for()
    screen.context.set_offline(False)
    screen.page.wait_for_selector(f"{NOT_SENT}.alert-success", timeout=30000)
    screen.click(f"{NOT_SENT} button", has_text="Try Again")
    screen.dialog_closes()
    assert count("intervention.meeting", "action_plan", f"{text} action_plan") == 1
    screen.page.wait_for_selector(DRAFTS, state="detached")


def test_a_meeting_whose_answer_was_lost_is_recorded_once(look, count):
    screen = look()
    screen.open("kanban")
    text = f"{SECRET} lost"
    fill_in(screen, next(students), text)
    lose_answer(screen.page, "**/intervention.meeting/web_save")
    screen.save_meeting()
    screen.find(NOT_SENT).wait_for()
    plan = f"{text} action_plan"
    assert count("intervention.meeting", "action_plan", plan) == 1
    screen.click(f"{NOT_SENT} button", has_text="Try Again")
    screen.dialog_closes()
    assert count("intervention.meeting", "action_plan", plan) == 1


def test_what_was_changed_after_a_lost_answer_is_not_lost(look, count):
    screen = look()
    screen.open("kanban")
    fill_in(screen, next(students), f"{SECRET} changed")
    lose_answer(screen.page, "**/intervention.meeting/web_save")
    screen.save_meeting()
    screen.find(NOT_SENT).wait_for()
    screen.type(".modal [name=action_plan] textarea", f"{SECRET} better plan")
    screen.save_meeting()
    screen.click(".modal button", has_text="Update It")
    screen.dialog_closes()
    assert count("intervention.meeting", "action_plan", f"{SECRET} better plan") == 1
    reason = f"{SECRET} changed absence_reason"
    assert count("intervention.meeting", "absence_reason", reason) == 1


def test_an_update_whose_answer_was_lost_is_added_once(look, count):
    screen = look()
    screen.open("kanban")
    screen.track("Liban")
    note = f"{SECRET} note"
    screen.type(".modal [name=update_text] textarea", note)
    lose_answer(screen.page, "**/intervention.track/add_update")
    screen.add_update()
    screen.find(NOT_SENT).wait_for()
    assert screen.find(".modal [name=update_text] textarea").input_value() == note
    screen.click(f"{NOT_SENT} button", has_text="Try Again")
    screen.dialog_closes()
    assert count("intervention.progress", "update_text", note) == 1


def test_another_note_after_a_lost_answer_is_another_update(look, count):
    screen = look()
    screen.open("kanban")
    screen.track("Liban")
    screen.type(".modal [name=update_text] textarea", f"{SECRET} first")
    lose_answer(screen.page, "**/intervention.track/add_update")
    screen.add_update()
    screen.find(NOT_SENT).wait_for()
    screen.type(".modal [name=update_text] textarea", f"{SECRET} second")
    screen.add_update()
    screen.click(".modal button", has_text="Add as Another Update")
    screen.dialog_closes()
    for note in (f"{SECRET} first", f"{SECRET} second"):
        assert count("intervention.progress", "update_text", note) == 1


def open_family(screen, name):
    screen.open("kanban")
    screen.open_case(name)
    screen.click(".o_notebook_headers .nav-link[name=family]")


def log_contact(screen, name="Liban"):
    """Open the dialog in which a contact is logged from a case."""
    open_family(screen, name)
    screen.click(".o_notebook_content button[name=action_log_contact]")
    screen.dialog_opens()


def correct(screen, notes):
    """Open the dialog in which an entry of the log is corrected, from the log."""
    screen.open("contacts")
    screen.find(KANBAN, has_text=notes).click()
    screen.click("button[name=action_correct]")
    screen.dialog_opens()


def choose_case(screen, name):
    screen.type(".modal [name=meeting_id] input", name)
    screen.click(".o-autocomplete--dropdown-item", has_text=name)
    screen.settle()


def fill_in_contact(screen, notes):
    # The guardian is chosen already, as there is one only.
    screen.choose(".modal [name=outcome]", "Reached")
    screen.type(".modal [name=notes] textarea", notes)


def send_contact(screen):
    screen.click(".modal-footer button.btn-primary", has_text="Contact")


def leave(screen):
    """Leave the page as a phone does that ends an app."""
    screen.page.wait_for_timeout(1000)
    screen.page.once("dialog", lambda dialog: dialog.accept())
    screen.open("kanban")


def continue_from_dashboard(screen, text):
    screen.click(f"{DRAFTS} .alert:has-text('{text}') button", has_text="Continue")
    screen.dialog_opens()


def test_a_contact_whose_answer_was_lost_is_logged_once(look, count):
    screen = look()
    log_contact(screen)
    notes = f"{SECRET} call lost"
    fill_in_contact(screen, notes)
    lose_answer(screen.page, "**/intervention.contact/web_save")
    send_contact(screen)
    screen.find(NOT_SENT).wait_for()
    assert count("intervention.contact", "notes", notes) == 1
    screen.click(f"{NOT_SENT} button", has_text="Try Again")
    screen.dialog_closes()
    assert count("intervention.contact", "notes", notes) == 1
    # The case below shows it, so the dialog did tell that it is done.
    assert notes in screen.find("[name=contact_ids]").inner_text()


def test_a_contact_that_was_changed_after_a_lost_answer_corrects_the_first(look):
    screen = look()
    log_contact(screen)
    fill_in_contact(screen, f"{SECRET} call before")
    lose_answer(screen.page, "**/intervention.contact/web_save")
    send_contact(screen)
    screen.find(NOT_SENT).wait_for()
    screen.type(".modal [name=notes] textarea", f"{SECRET} call after")
    send_contact(screen)
    screen.click(".modal button", has_text="Correct It")
    screen.dialog_closes()
    for notes, is_corrected in (("before", True), ("after", False)):
        [entry] = screen.call(
            "intervention.contact",
            "search_read",
            [["notes", "=", f"{SECRET} call {notes}"]],
            ["is_corrected"],
        )
        assert entry["is_corrected"] is is_corrected


def test_a_contact_of_another_case_after_a_lost_answer_is_another(look, count):
    screen = look()
    screen.open("contacts")
    screen.click(".o_control_panel button", has_text="Log Contact")
    screen.dialog_opens()
    choose_case(screen, "Liban")
    fill_in_contact(screen, f"{SECRET} wrong case")
    lose_answer(screen.page, "**/intervention.contact/web_save")
    send_contact(screen)
    screen.find(NOT_SENT).wait_for()
    choose_case(screen, "Bilal")
    screen.type(".modal [name=notes] textarea", f"{SECRET} right case")
    send_contact(screen)
    screen.click(".modal button", has_text="Log as Another Contact")
    screen.dialog_closes()
    for notes in (f"{SECRET} wrong case", f"{SECRET} right case"):
        assert count("intervention.contact", "notes", notes) == 1


@pytest.mark.parametrize("place", ["case", "log"])
def test_a_contact_goes_on_where_it_was_written(look, count, place):
    screen = look()
    notes = f"{SECRET} call from the {place}"
    if place == "case":
        log_contact(screen)
    else:
        screen.open("contacts")
        screen.click(".o_control_panel button", has_text="Log Contact")
        screen.dialog_opens()
        choose_case(screen, "Liban")
    fill_in_contact(screen, notes)
    screen.context.set_offline(True)
    send_contact(screen)
    screen.find(NOT_SENT).wait_for()
    screen.context.set_offline(False)
    leave(screen)
    banner = screen.find(f"{DRAFTS} .alert", has_text=notes).inner_text()
    assert "Not sent: a family contact (" in banner
    assert "Liban" in banner
    continue_from_dashboard(screen, notes)
    assert screen.find(".modal .modal-title").inner_text() == "Log Contact"
    assert screen.find(".modal [name=notes] textarea").input_value() == notes
    send_contact(screen)
    screen.dialog_closes()
    assert count("intervention.contact", "notes", notes) == 1
    screen.page.wait_for_selector(DRAFTS, state="detached")


def test_a_correction_goes_on_as_one_and_is_offered_nowhere_else(look, count):
    screen = look()
    wrong, better = f"{SECRET} wrong notes", f"{SECRET} better notes"
    log_contact(screen)
    fill_in_contact(screen, wrong)
    send_contact(screen)
    screen.dialog_closes()
    correct(screen, wrong)
    screen.type(".modal [name=notes] textarea", better)
    leave(screen)
    log_contact(screen)
    assert not screen.page.locator(OFFER).count()
    screen.open("kanban")
    banner = screen.find(DRAFTS).inner_text()
    assert "your correction of a family contact (" in banner
    continue_from_dashboard(screen, better)
    assert screen.find(".modal .modal-title").inner_text() == "Correct Contact"
    # The answer is lost, and the page, too: the button of the entry is gone by then.
    lose_answer(screen.page, "**/intervention.contact/web_save")
    send_contact(screen)
    screen.find(NOT_SENT).wait_for()
    leave(screen)
    continue_from_dashboard(screen, better)
    send_contact(screen)
    screen.dialog_closes()
    [entry] = screen.call(
        "intervention.contact", "search_read", [["notes", "=", better]], ["corrects_id"]
    )
    assert entry["corrects_id"]
    assert count("intervention.contact", "notes", wrong) == 1
    screen.page.wait_for_selector(DRAFTS, state="detached")


def log_in_again(screen, login):
    other = screen.page.get_by_text("Use another user")
    screen.page.locator("#login:visible").or_(other).first.wait_for()
    if other.is_visible():
        other.click()
    screen.page.fill("#login", login)
    screen.page.fill("#password", login)
    screen.page.click("button[type=submit]")
    screen.page.wait_for_selector(".o_web_client .o_action_manager")
    screen.settle()


def test_after_an_ended_session_the_update_is_there_to_be_sent(look, count):
    screen = look()
    screen.open("kanban")
    screen.track("Liban")
    note = f"{SECRET} session"
    screen.type(".modal [name=update_text] textarea", note)
    screen.context.clear_cookies()
    screen.add_update()
    assert "you have been logged out" in screen.find(NOT_SENT).inner_text()
    screen.click(f"{NOT_SENT} button", has_text="Log In")
    log_in_again(screen, "carmen")
    assert note in screen.find(DRAFTS).inner_text()
    screen.click(f"{DRAFTS} button", has_text="Continue")
    screen.dialog_opens()
    assert screen.find(".modal [name=update_text] textarea").input_value() == note
    screen.add_update()
    screen.dialog_closes()
    assert count("intervention.progress", "update_text", note) == 1
    screen.page.wait_for_selector(DRAFTS, state="detached")


def test_a_draft_is_never_readable_on_the_device(look):
    screen = look()
    screen.open("kanban")
    screen.record_meeting()
    screen.type(".modal [name=action_plan] textarea", f"{SECRET} secret plan")
    screen.page.wait_for_timeout(1000)
    disk = screen.page.evaluate(DISK)
    assert any("intervention_tracking/drafts" in text for text in disk)
    assert not [text for text in disk if SECRET in text]

    screen.page.on("dialog", lambda dialog: dialog.accept())
    screen.page.goto(f"{screen.url}/web/session/logout")
    screen.page.wait_for_selector("#login")
    disk = screen.page.evaluate(DISK)
    assert any("intervention_tracking/drafts" in text for text in disk)
    assert not [text for text in disk if SECRET in text]

    log_in_again(screen, "amina")
    screen.open("kanban")
    assert screen.page.evaluate(OWN_DRAFTS) == []
    assert not screen.page.locator(DRAFTS).count()
    screen.page.goto(f"{screen.url}/web/session/logout")
    log_in_again(screen, "carmen")
    screen.open("kanban")
    assert len(screen.page.evaluate(OWN_DRAFTS)) == 1
    assert SECRET in screen.find(DRAFTS).inner_text()
    screen.click(f"{DRAFTS} button", has_text="Discard")
    screen.click(".modal button", has_text="Discard")
    screen.page.wait_for_selector(DRAFTS, state="detached")
    assert not [
        text
        for text in screen.page.evaluate(DISK)
        if "intervention_tracking/drafts" in text
    ]


STORE = """async ({secret, other}) => {
    const {Drafts} = odoo.loader.modules.get(
        "@intervention_tracking/drafts/drafts_service"
    );
    const now = Date.now();
    const draft = (id, created, changed) => ({id, created, changed, values: {}});
    const ids = async (drafts) => (await drafts.list()).map(({id}) => id);
    const mine = new Drafts(secret);
    await mine.save(draft("one", now, 1));
    await mine.save(draft("three", now, 3));
    await mine.save(draft("two", now, 2));
    await mine.remove("two");
    const found = {};
    found.mine = await ids(new Drafts(secret));
    found.other = await ids(new Drafts(other));
    found.after = await ids(new Drafts(secret));
    await mine.save(draft("old", now - 8 * 24 * 3600 * 1000, 1));
    await ids(new Drafts(other));
    found.entries = (await mine.database.entries()).map(([id]) => id).sort();
    const memory = new Drafts("");
    await memory.save(draft("four", now, 4));
    found.memory = await ids(memory);
    found.fresh = await ids(new Drafts(""));
    found.disk = (await mine.database.entries()).length;
    for (const id of ["one", "three"]) {
        await mine.remove(id);
    }
    return found;
}"""


def test_the_store_is_for_one_user_and_one_week(look):
    screen = look().start()
    found = screen.page.evaluate(STORE, {"secret": "85" * 32, "other": "86" * 32})
    assert found == {
        "mine": ["three", "one"],
        "other": [],
        "after": ["three", "one"],
        "entries": ["one", "three"],
        "memory": ["four"],
        "fresh": [],
        "disk": 2,
    }


def test_the_back_gesture_loses_nothing(look):
    screen = look()
    screen.open("students")
    screen.open("kanban")
    screen.track("Liban")
    screen.type(".modal [name=update_text] textarea", f"{SECRET} gesture")
    screen.page.wait_for_timeout(1000)
    screen.page.on("dialog", lambda dialog: dialog.accept())
    screen.page.go_back()
    screen.page.wait_for_timeout(1000)
    screen.open("kanban")
    screen.find(DRAFTS).wait_for()
    screen.track("Liban")
    screen.click(f"{OFFER} button", has_text="Continue")
    screen.page.wait_for_selector(OFFER, state="detached")
    kept = screen.find(".modal [name=update_text] textarea").input_value()
    assert kept == f"{SECRET} gesture"
    screen.page.keyboard.press("Escape")
    screen.discard()
    screen.dialog_closes()


# --- one hand ---


def boxes(screen, selector):
    return screen.page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
            .filter((element) => element.checkVisibility() && element.offsetWidth)
            .map((element) => {
                const {x, y, width, height} = element.getBoundingClientRect();
                return {x, y, width, height, text: element.innerText || element.name};
            })""",
        selector,
    )


def assert_fits(screen, *selectors):
    """Nothing is wider than the phone, and a thumb hits everything of ours."""
    width = screen.page.evaluate(
        """() => Math.max(document.documentElement.scrollWidth,
            ...[...document.querySelectorAll('.modal-body, .o_content')]
                .filter((element) => !element.querySelector('.o_kanban_grouped'))
                .map((element) => element.scrollWidth))"""
    )
    assert width <= PHONE["width"]
    for selector in selectors:
        found = boxes(screen, selector)
        assert found, selector
        for box in found:
            assert box["height"] >= TOUCH - 0.5, (selector, box)
            assert box["x"] >= 0, (selector, box)
            assert box["x"] + box["width"] <= PHONE["width"] + 0.5, (selector, box)


def test_one_hand_is_enough(look):
    screen = look()
    screen.open("kanban")
    # The filters are in a strip that a finger moves.
    own = ":not(.o_intervention_student):not(.o_intervention_filters *)"
    assert_fits(screen, f"{DASHBOARD} button{own}")
    [new] = boxes(screen, ".o_intervention_new")
    assert new["y"] > PHONE["height"] * 0.8
    assert new["y"] + new["height"] <= PHONE["height"]
    tracks = boxes(screen, f"{KANBAN} .o_intervention_track")
    assert tracks
    assert all(box["height"] >= TOUCH - 0.5 for box in tracks)
    for open_dialog in (screen.record_meeting, lambda: screen.track("Liban")):
        screen.open("kanban")
        open_dialog()
        screen.settle()
        assert_fits(
            screen,
            ".modal-footer button",
            ".modal .o_form_view textarea",
            ".modal .o_form_view .o_field_intervention_choice input",
        )
        for box in boxes(screen, ".modal-footer button"):
            assert box["y"] > PHONE["height"] * 0.8, box
            assert box["y"] + box["height"] <= PHONE["height"], box
        sizes = screen.page.evaluate(
            """() => [...document.querySelectorAll('.modal textarea, .modal input')]
                .filter((element) => element.checkVisibility() && element.offsetWidth)
                .map((element) => parseFloat(getComputedStyle(element).fontSize))"""
        )
        assert min(sizes) >= 16


def test_the_buttons_stay_when_the_keyboard_takes_half_of_the_screen(look):
    screen = look()
    screen.open("kanban")
    screen.record_meeting()
    screen.page.set_viewport_size({"width": 390, "height": 420})
    plan = screen.find(".modal [name=action_plan] textarea")
    plan.click()
    plan.scroll_into_view_if_needed()
    [footer] = boxes(screen, ".modal-footer")
    assert footer["y"] + footer["height"] <= 420
    field = plan.bounding_box()
    assert field["y"] + field["height"] <= footer["y"]


# --- an app of its own ---


def test_the_app_can_be_installed(look, school):
    screen = look()
    screen.open("kanban")
    screen.click(".o_mobile_menu_toggle, .o_user_menu button")
    with screen.context.expect_page() as opened:
        screen.find("text=Install Interventions").click()
    page = opened.value
    page.wait_for_selector(".o_install_scoped_app h1")
    assert page.inner_text(".o_install_scoped_app h1") == "Interventions"
    devtools = screen.context.new_cdp_session(page)
    answer = devtools.send("Page.getAppManifest")
    assert answer["errors"] == []
    manifest = json.loads(answer["data"])
    assert manifest["start_url"] == "/scoped_app/interventions"
    problems = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Browser windows of tests are private ones, from which nothing is installed.
    assert {problem["errorId"] for problem in problems} <= {"in-incognito"}


def test_the_loop_works_in_the_installed_app(browser, school, count, tmp_path):
    screen = Screen(browser, school, "carmen", PHONE, app_folder=tmp_path)
    screen.page.goto(f"{screen.url}/scoped_app/interventions")
    screen.page.wait_for_selector(KANBAN)
    screen.settle()
    card = screen.page.locator(KANBAN).first
    name = card.locator(".fw-bold.fs-5").inner_text()
    screen.track(name)
    note = f"{SECRET} in the app"
    screen.type(".modal [name=update_text] textarea", note)
    screen.choose(".modal [name=status]", "Closed")
    screen.add_update()
    screen.dialog_closes()
    assert count("intervention.progress", "update_text", note) == 1
    assert "/scoped_app/intervention" in screen.page.url
    screen.close()


# --- last, as it takes a case away ---


def test_a_draft_of_a_case_that_was_handed_over_can_be_copied(look, school):
    screen = look()
    screen.open("kanban")
    screen.track("Liban")
    screen.type(".modal [name=update_text] textarea", f"{SECRET} handed over")
    screen.page.wait_for_timeout(1000)
    screen.page.on("dialog", lambda dialog: dialog.accept())
    screen.open("kanban")
    screen.find(DRAFTS).wait_for()
    with load_registry_of(school.database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        cases = env["intervention.meeting"].search(
            [("student_id.name", "like", "Liban"), ("status", "!=", "closed")]
        )
        cases.form_master_id = env.ref("base.user_admin")
    screen.click(f"{DRAFTS} button", has_text="Continue")
    dialog = screen.find(".modal", has_text="What you wrote")
    dialog.wait_for()
    assert f"{SECRET} handed over" in dialog.inner_text()


REGISTER = (
    ".o_intervention_notice[data-filter=register], "
    ".o_intervention_notice .o_intervention_decide:has-text('Take Register')"
)
MARK = ".o_register_mark"
SAVE = ".o_register_save"
# What a thumb would miss, and whether the page is wider than the screen.
TOO_SMALL = """(least) => {
    const wide = document.querySelector(".o_register_content");
    const small = [...wide.querySelectorAll("button, select, input")]
        .filter((it) => it.offsetHeight < least || it.offsetWidth < least)
        .map((it) => it.outerHTML.slice(0, 80));
    return [small, wide.scrollWidth - wide.clientWidth];
}"""


@pytest.fixture(scope="module")
def registers(browser, school):
    """The school takes registers, and is open on every day of the week."""
    screen = Screen(browser, school, "admin")
    company = screen.call("res.company", "search_read", [], ["resource_calendar_id"])[0]
    lines = [
        {
            "name": "Open",
            "calendar_id": company["resource_calendar_id"][0],
            "dayofweek": day,
            "hour_from": 8,
            "hour_to": 12,
            "day_period": "morning",
        }
        for day in "56"
    ]
    screen.call("resource.calendar.attendance", "create", lines)
    # The marks of the demo data end yesterday, by the clock of the company.
    users = screen.call("res.users", "search", [("login", "in", ("amina", "bashir"))])
    [calendar] = screen.call(
        "resource.calendar", "read", company["resource_calendar_id"][:1], ["tz"]
    )
    screen.call("res.users", "write", users, {"tz": calendar["tz"]})
    source = {"name": "Registers", "kind": "register", "company_id": company["id"]}
    kind = [("kind", "=", "register")]
    if not screen.call("intervention.attendance.source", "search_count", kind):
        screen.call("intervention.attendance.source", "create", source)
    screen.close()


@pytest.mark.parametrize(("size", "login"), [("phone", "amina"), ("desktop", "bashir")])
def test_a_register_takes_three_taps_and_waits_for_a_connection(
    look, registers, size, login
):
    screen = look(login, size=SIZES[size])
    screen.open("kanban")
    screen.clicks = 0
    screen.click(REGISTER)
    screen.click(MARK)
    screen.click(SAVE)
    screen.page.wait_for_selector(".o_register_result")
    assert screen.clicks == 3
    if screen.small:
        assert screen.page.evaluate(TOO_SMALL, TOUCH) == [[], 0]
    register = screen.call("intervention.class", "get_register")
    meanings = [each["mark"]["meaning"] for each in register["students"]]
    assert meanings == ["unexcused"] + ["present"] * (len(meanings) - 1)

    screen.page.locator(MARK).nth(1).click()
    screen.context.set_offline(True)
    screen.click(SAVE)
    screen.page.wait_for_selector(".o_register_lost")
    screen.context.set_offline(False)
    screen.page.wait_for_selector(".o_register_result")
    register = screen.call("intervention.class", "get_register")
    meanings = [each["mark"]["meaning"] for each in register["students"]]
    assert meanings[:3] == ["unexcused", "unexcused", "present"]
    assert not screen.page.evaluate(OWN_DRAFTS)


def test_a_register_of_thirty_is_taken_with_one_hand(look, registers):
    screen = look("amina")
    screen.open("register")
    class_id = screen.call("intervention.class", "get_register")["class_id"]
    admin = look("admin")
    known = admin.call(
        "res.partner", "search_count", [("school_class_id", "=", class_id)]
    )
    admin.call(
        "res.partner",
        "create",
        [
            {
                "name": f"Maximiliana Konstantina Papadopoulou-Oyelaran {number:02}",
                "is_intervention_student": True,
                "school_class_id": class_id,
            }
            for number in range(known, 30)
        ],
    )
    screen.open("register")
    rows = screen.page.locator(MARK)
    assert rows.count() >= 30
    assert screen.page.evaluate(TOO_SMALL, TOUCH) == [[], 0]

    def marks():
        return screen.page.evaluate(
            "() => [...document.querySelectorAll('.o_register_row')]"
            ".map((row) => row.dataset.meaning)"
        )

    # As somebody found it, each tap goes on, and the last one can be taken back.
    rows.first.click()
    screen.click(".o_register_all")
    before = marks()
    assert set(before) == {"present"}
    last = rows.nth(29)
    last.click()
    first_tap = marks()
    assert first_tap != before
    last.click()
    assert marks() not in (before, first_tap)
    screen.click(".o_register_undo")
    assert marks() == first_tap
    # What the thumb needs is in its reach, however long the list is.
    [save] = boxes(screen, SAVE)
    assert save["y"] > PHONE["height"] * 0.8
    assert save["y"] + save["height"] <= PHONE["height"]
    screen.click(SAVE)
    screen.page.wait_for_selector(".o_register_result")
    register = screen.call("intervention.class", "get_register", class_id)
    meanings = [each["mark"]["meaning"] for each in register["students"]]
    assert meanings[29] == "unexcused"
    assert meanings.count("present") == len(meanings) - 1
