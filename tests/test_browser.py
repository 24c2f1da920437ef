"""The screens in Debian's Chromium, on a real server with the demo school."""

import datetime
import io
import re

import psycopg2
import pytest
from conftest import TOP
from PIL import Image
from playwright.sync_api import expect
from screens import (
    ARABIC,
    ASKED,
    DASHBOARD,
    DESKTOP,
    DIALOG,
    HISTORY,
    KANBAN,
    NARRATIVE,
    PATHS,
    PHONE,
    QUESTION,
    SIZES,
    STUDENTS,
    chromium,
    costs,
    demo_server,
    make_crowd,
    screens_of,
    speak_arabic,
)

AXE = TOP / ".local" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
CONFLICT = ".modal .o_intervention_conflict"

# Where our own parts are; the rest of the page is Odoo's.
OURS = [
    ".o_intervention_trends",
    ".o_intervention_effect",
    DASHBOARD,
    ".modal",
    ".o_list_renderer",
    ".o_kanban_renderer",
    ".o_action_manager .o_form_view .o_form_renderer",
    ".o_intervention_history .o_content",
]
# Odoo's own widgets, which this addon does not draw.
ODOOS = {
    ".o_field_many2many_tags": "tags say aria-selected of elements without a role",
    ".o-dropdown": "lists of choices say aria-expanded of an element without a role",
    ".o_notebook_headers": "tabs are in a list without the role of one",
    ".o_m2o_avatar": "pictures of people have no text",
    ".o_selected_row": "fields of a row have no label",
    ".o_list_record_selector": "checkboxes of rows have no label",
    ".o-mail-ActivityButton": "the icon in the activity button has no text",
    ".o-mail-ChatterContainer, .o-mail-Chatter": "the chatter",
    ".o_form_label": "labels are pale on a phone",
}


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A server with the demo school, for the tests of this file."""
    log = tmp_path_factory.mktemp("browser") / "odoo.log"
    with demo_server("browser", log, prepare=speak_arabic) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with chromium() as it:
        yield it


@pytest.fixture
def look(browser, school):
    """A function that lets somebody look at the screens; nothing may complain."""
    with screens_of(browser, school, DESKTOP) as (look, opened):
        yield look
    assert [text for screen in opened for text in screen.complaints] == []


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core, which setup/test gets from npm."""
    assert AXE.exists(), "axe-core is missing: install npm and run setup/test again"
    return AXE


students = iter(STUDENTS)


def day(offset):
    return (datetime.date.today() + datetime.timedelta(days=offset)).strftime(
        "%m/%d/%Y"
    )


ACTIVE_CASES = "[data-filter=active_cases] .o_intervention_number"


def active_cases(screen):
    """Return the number of active cases, as soon as the dashboard has it."""
    screen.find(ACTIVE_CASES, has_text=re.compile("[0-9]")).wait_for()
    return int(screen.find(ACTIVE_CASES).inner_text())


def wait_for_active_cases(screen, number):
    screen.find(ACTIVE_CASES, has_text=re.compile(f"^{number}$")).wait_for()


def record(screen, student):
    """Record a meeting by pointer; return after it is saved."""
    screen.record_meeting()
    screen.fill_in_meeting(student, "What was said:")
    screen.save_meeting()
    screen.dialog_closes()


@pytest.mark.parametrize("size", SIZES)
def test_the_main_loop(look, size):
    """Record, track, close: what a form master does in one case, and what it takes."""
    screen = look(size=SIZES[size])
    first = "kanban" if screen.small else "list"
    screen.open(first)
    before = active_cases(screen)
    student = next(students)
    effort = {}

    def step(name):
        effort[name] = (screen.clicks, screen.fields)
        screen.clicks = screen.fields = 0

    screen.clicks = screen.fields = 0
    record(screen, student)
    step("record")
    wait_for_active_cases(screen, before + 1)

    screen.track(student[1])
    screen.type(".modal [name=update_text] textarea", "Came on all five days.")
    screen.choose(".modal [name=status]", "Improving")
    screen.click(".modal .o_intervention_choices button")
    screen.add_update()
    screen.dialog_closes()
    step("track")

    if screen.small:
        screen.open(first)
        screen.clicks = 0
    screen.track(student[1])
    screen.choose(".modal [name=status]", "Closed")
    screen.type(".modal [name=update_text] textarea", "A month without an absence.")
    screen.add_update()
    screen.dialog_closes()
    step("close")

    screen.open(first)
    wait_for_active_cases(screen, before)
    for name, (clicks, fields) in effort.items():
        print(f"{size}: {name} takes {clicks} clicks, {fields} fields among them")
    assert effort["record"][0] <= 9
    assert effort["track"][0] <= 6
    assert effort["close"][0] <= 5


COMPLAINT = ".o_intervention_complaint"


def type_day(screen, name, offset):
    """Type a date into a dialog, and leave the field."""
    screen.find(f".modal [name={name}] .o_input").click()
    screen.type(f".modal [name={name}] input", day(offset))
    screen.page.keyboard.press("Tab")


def has_focus(screen, selector):
    return screen.find(selector).evaluate(
        "it => it.contains(document.activeElement)", timeout=5000
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_day_that_can_not_be_is_told_at_its_field(look, size):
    """Before it is sent, and when it is sent nevertheless; nothing typed is lost."""
    screen = look(size=SIZES[size])
    screen.open("kanban")
    screen.record_meeting()
    screen.fill_in_meeting(("Nour", "Nour Hamdan"), "Long text of")
    for name, offset in (("meeting_date", 1), ("follow_up_date", -1)):
        type_day(screen, name, offset)
        screen.find(f".modal [name={name}] {COMPLAINT}").wait_for()
    screen.save_meeting()
    faults = screen.find(".modal .o_intervention_faults")
    faults.wait_for()
    assert "Please correct this" in faults.inner_text()
    assert has_focus(screen, ".modal [name=meeting_date]")
    expect(screen.find(f".modal [name=meeting_date] {COMPLAINT}")).to_be_in_viewport()
    assert not screen.page.locator(".o_error_dialog").count()
    for field in NARRATIVE:
        text = screen.find(f".modal [name={field}] textarea").input_value()
        assert text == f"Long text of {field}"
    type_day(screen, "meeting_date", 0)
    screen.find(f".modal [name=meeting_date] {COMPLAINT}").wait_for(state="detached")
    screen.complaints = [text for text in screen.complaints if "RPC_ERROR" not in text]


@pytest.mark.parametrize("size", SIZES)
def test_one_sees_where_to_write_and_what_is_required(look, size):
    screen = look(size=SIZES[size])
    screen.open("kanban")
    screen.record_meeting()
    assert not screen.page.locator(".modal .o_form_label sup").count()
    for name in ("student_id", "root_cause", "follow_up_date", "action_plan"):
        box = screen.find(f".modal [name={name}] .o_input")
        borders = box.evaluate(
            """it => {
                const style = getComputedStyle(it);
                return [style.borderTopWidth, style.borderTopColor];
            }"""
        )
        assert borders[0] != "0px"
        assert "rgba" not in borders[1], name
    screen.save_meeting()
    screen.find(f".modal [name=student_id] {COMPLAINT}").wait_for()
    required = screen.page.locator(".modal .o_form_label:has(.o_intervention_required)")
    names = [text.split("\n")[0].strip(" *\xa0") for text in required.all_inner_texts()]
    assert names[:3] == ["Student", "Meeting Date", "Root Cause Category"]
    assert has_focus(screen, ".modal [name=student_id]")


@pytest.mark.parametrize("size", SIZES)
def test_alt_s_records_and_one_goes_on_from_the_row(look, size):
    screen = look(size=SIZES[size])
    screen.open("kanban" if screen.small else "list")
    screen.record_meeting()
    student = next(students)
    screen.fill_in_meeting(student, "Text of")
    assert screen.find(".modal .o_form_button_save").inner_text() == "Record Meeting"
    screen.page.keyboard.press("Alt+s")
    screen.dialog_closes()
    row = screen.find(KANBAN if screen.small else ".o_data_row", has_text=student[1])
    expect(row).to_be_in_viewport()
    assert row.evaluate("it => it.contains(document.activeElement)")


@pytest.mark.parametrize("size", SIZES)
def test_a_plan_with_gaps_is_asked_about(look, size):
    screen = look("carmen", SIZES[size])
    screen.open("kanban")
    screen.record_meeting()
    screen.fill_in_meeting(("Nour", "Nour Hamdan"), "Text of", "Other")
    screen.find(".modal [name=action_plan] textarea").fill("")
    screen.type(".modal [name=plan_template_id] input", "way to")
    screen.click(".o-autocomplete--dropdown-item", has_text="The way to school")
    screen.find(".modal .o_intervention_gaps").wait_for()
    screen.save_meeting()
    screen.click(".modal button", has_text="Fill Them In")
    screen.page.wait_for_selector(".modal:has-text('with gaps')", state="detached")
    assert has_focus(screen, ".modal [name=action_plan]")
    assert screen.page.locator(DIALOG).count()


def test_the_list_behind_a_dialog_stays_as_it_is(look):
    screen = look()
    screen.open("list")
    screen.record_meeting()
    before = screen.find(".o_list_renderer").bounding_box()
    screen.type(".modal [name=action_plan] textarea", "He takes the bus.")
    screen.page.wait_for_timeout(1500)  # the draft is kept meanwhile
    assert screen.find(".o_list_renderer").bounding_box() == before
    assert not screen.page.locator(".o_intervention_drafts").count()


@pytest.mark.parametrize("size", SIZES)
def test_a_meeting_is_recorded_from_the_students_page(look, size):
    screen = look(size=SIZES[size])
    screen.open("students")
    student = "Elias Khoury"
    if screen.small:
        screen.find(KANBAN, has_text=student).get_by_text(student).first.click()
    else:
        screen.click(".o_data_row .o_data_cell[name=name]", has_text=student)
    screen.click(".o_form_view button:has-text('Record New Meeting')")
    screen.dialog_opens()
    assert student in screen.find(".modal [name=student_id] input").input_value()


def test_a_closed_case_is_followed_by_one_for_the_same_cause(look):
    screen = look("halima")
    [case] = screen.call(
        "intervention.meeting",
        "search_read",
        [["status", "=", "closed"], ["student_id.has_left_school", "=", False]],
        ["student_id", "root_cause"],
        0,
        1,
    )
    screen.open("list")
    screen.page.evaluate(
        """id => odoo.__WOWL_DEBUG__.root.env.services.action.doAction({
            type: "ir.actions.client",
            tag: "intervention_tracking.student_history",
            context: {active_id: id},
        })""",
        case["student_id"][0],
    )
    screen.click(".o_intervention_again")
    screen.dialog_opens()
    assert screen.find(".modal [name=student_id] input").input_value()
    assert screen.find(".modal [name=root_cause] input").input_value()


@pytest.mark.parametrize("size", SIZES)
def test_escape_asks_before_it_discards(look, size):
    screen = look(size=SIZES[size])
    screen.open("kanban")
    screen.record_meeting()
    screen.type(".modal [name=action_plan] textarea", "He takes the bus.")
    screen.page.keyboard.press("Escape")
    screen.click(f"{QUESTION} button", has_text="Keep Editing")
    screen.page.wait_for_selector(QUESTION, state="detached")
    screen.settle()
    plan = screen.find(".modal [name=action_plan] textarea")
    assert plan.input_value() == "He takes the bus."
    screen.page.keyboard.press("Escape")
    screen.discard()
    screen.dialog_closes()


def column(screen, name):
    return screen.page.locator(".o_kanban_group", has_text=name).first


def drag(screen, card, target):
    start, end = card.bounding_box(), target.bounding_box()
    mouse = screen.page.mouse
    mouse.move(start["x"] + 60, start["y"] + 12)
    mouse.down()
    mouse.move(start["x"] + 80, start["y"] + 20, steps=4)
    mouse.move(end["x"] + 60, end["y"] + 90, steps=12)
    mouse.up()


@pytest.mark.parametrize("name", ["Due Today", "Not Contacted Yet", "Need Attention"])
def test_a_filter_narrows_the_active_cases_down(look, name):
    screen = look()
    screen.open("list")
    screen.click(".o_searchview_dropdown_toggler")
    screen.click(".o_filter_menu .o-dropdown-item", has_text=name)
    screen.find(".o_facet_value", has_text=name).wait_for()
    screen.settle()
    facets = screen.page.locator(".o_facet_value").all_inner_texts()
    assert facets == ["Active Cases", name]
    assert screen.page.locator(".o_data_row").count() < active_cases(screen)


def test_an_overdue_follow_up_stands_out_in_the_calendar(look):
    screen = look()
    screen.open("calendar")
    overdue = screen.page.locator(".fc-event.o_calendar_color_1")
    if not overdue.count():  # in the first days of a month
        screen.click(".o_calendar_button_prev")
        overdue.first.wait_for()
    assert re.search(r"^[^,]+, .+ – overdue$", overdue.first.inner_text().strip())
    assert not screen.page.locator(".fc-event.o_past_event").count()


def test_a_contact_that_is_logged_and_corrected_is_said_to_be(look):
    screen = look()
    screen.open("list")
    screen.open_case("Liban Mohamud")
    screen.click(".o_notebook_headers .nav-link[name=family]")
    screen.click(".o_notebook_content button[name=action_log_contact]")
    screen.dialog_opens()
    screen.click(".modal [name=guardian_id] input")
    screen.click(".o-autocomplete--dropdown-item", has_text="Khadra")
    screen.choose(".modal [name=channel]", "Phone")
    screen.choose(".modal [name=outcome]", "Reached")
    screen.click(".modal .modal-footer button", has_text="Log Contact")
    screen.find(".o_notification", has_text="The contact was logged.").wait_for()
    screen.dialog_closes()
    screen.click("[name=contact_ids] button[name=action_correct]")
    screen.dialog_opens()
    screen.choose(".modal [name=outcome]", "No Answer")
    screen.click(".modal .modal-footer button", has_text="Correct Contact")
    screen.find(".o_notification", has_text="The contact was corrected.").wait_for()
    screen.dialog_closes()


@pytest.mark.parametrize("size", SIZES)
def test_the_trends_scroll_to_their_end(look, size):
    screen = look(size=SIZES[size])
    screen.open("trends")
    screen.page.mouse.move(200, 500)
    screen.page.mouse.wheel(0, 5000)
    last = screen.page.locator(".o_intervention_trends table tbody tr").last
    screen.page.wait_for_timeout(500)
    box = last.bounding_box()
    assert 0 < box["y"] + box["height"] <= screen.page.viewport_size["height"]


def test_the_analysis_opens_with_the_cases_of_the_trends(look):
    screen = look()
    screen.open("trends")
    screen.page.select_option("#trends_period", "term")
    screen.page.select_option("#trends_class", label="8A")
    screen.settle()
    meetings = screen.find("[data-figure=meetings] .fs-1").inner_text()
    screen.click("button", has_text="Open Analysis")
    screen.page.wait_for_selector(".o_pivot table")
    screen.settle()
    facets = screen.page.locator(".o_facet_value").all_inner_texts()
    assert facets == ["Last 90 days, 8A"]
    total = screen.page.locator(".o_pivot tbody tr").first.locator("td").first
    assert total.inner_text().strip() == meetings


def test_who_deletes_is_told_that_it_can_be_restored(look):
    screen = look()
    screen.open("list")
    screen.open_case("Liban Mohamud")
    screen.click(".o_cp_action_menus .fa-cog")
    screen.click(".o-dropdown-item", has_text="Delete")
    question = screen.find(".modal", has_text="An administrator can restore it.")
    question.wait_for()
    assert "forever" not in question.inner_text()
    screen.click(".modal button", has_text="No, keep it")


def test_on_a_phone_the_first_screen_has_what_needs_attention_first(look):
    screen = look(size=PHONE)
    screen.open("kanban")
    assert screen.page.locator(".o_kanban_group").count() == 0
    cards = screen.page.locator(KANBAN)
    # Students who need a talk are before the cases, which begin on the same screen.
    talks = screen.find(".o_intervention_attention").bounding_box()
    assert talks["y"] < 200
    assert talks["height"] <= PHONE["height"] / 3
    assert talks["y"] + talks["height"] < cards.first.bounding_box()["y"] < 550
    late = ["overdue" in text for text in cards.all_inner_texts()]
    assert 0 < sum(late) < len(late)
    assert late == sorted(late, reverse=True)
    assert cards.first.locator("button", has_text="Track Progress").is_visible()


def test_on_a_phone_nothing_lies_beneath_the_button_for_a_new_meeting(look):
    screen = look(size=PHONE)
    screen.open("kanban")
    new = screen.find(".o_intervention_new").bounding_box()
    scroller = screen.find(".o_intervention_kanban_view").bounding_box()
    assert scroller["y"] + scroller["height"] <= new["y"]


def test_all_statuses_are_side_by_side(look):
    screen = look()
    screen.open("kanban")
    screen.click("[data-filter=all_cases]")
    screen.settle()
    boxes = [
        each.bounding_box() for each in screen.page.locator(".o_kanban_group").all()
    ]
    assert len(boxes) == 6
    assert all(box["x"] + box["width"] <= SIZES["desktop"]["width"] for box in boxes)


def test_the_panel_stays_when_the_columns_scroll(look):
    screen = look(size={"width": 1000, "height": 800})
    screen.open("kanban")
    before = screen.find(DASHBOARD).bounding_box()
    screen.page.evaluate("document.querySelector('.o_content').scrollLeft = 9999")
    assert screen.page.evaluate("document.querySelector('.o_content').scrollLeft") > 0
    assert screen.find(DASHBOARD).bounding_box() == before


def test_a_card_dragged_to_another_status_has_it(look):
    screen = look()
    screen.open("kanban")
    card = column(screen, "Open").locator(KANBAN).first
    name = card.locator(".fw-bold.fs-5").inner_text()
    drag(screen, card, column(screen, "Monitoring"))
    column(screen, "Monitoring").locator(KANBAN, has_text=name).first.wait_for()
    screen.settle()
    screen.open("kanban")
    assert column(screen, "Monitoring").locator(KANBAN, has_text=name).count()


def test_a_card_dragged_to_closed_opens_the_dialog(look):
    screen = look()
    screen.page.set_viewport_size({"width": 2400, "height": 900})
    screen.open("kanban")
    card = column(screen, "Escalated").locator(KANBAN).first
    name = card.locator(".fw-bold.fs-5").inner_text()
    drag(screen, card, column(screen, "Closed"))
    screen.dialog_opens()
    assert name in screen.find(DIALOG).inner_text()
    assert screen.find(".modal [name=status] input").input_value() == "Closed"
    screen.find(".modal label", has_text="Resolution Notes").wait_for()
    screen.page.keyboard.press("Escape")
    screen.dialog_closes()
    assert column(screen, "Escalated").locator(KANBAN, has_text=name).count()


def test_a_card_dragged_to_escalated_asks_first(look):
    screen = look()
    screen.page.set_viewport_size({"width": 2400, "height": 900})
    screen.open("kanban")
    card = column(screen, "Open").locator(KANBAN).first
    name = card.locator(".fw-bold.fs-5").inner_text()
    drag(screen, card, column(screen, "Escalated"))
    screen.dialog_opens()
    assert "goes to the administrators" in screen.find(DIALOG).inner_text()
    screen.page.keyboard.press("Escape")
    screen.dialog_closes()
    card = column(screen, "Open").locator(KANBAN, has_text=name).first
    drag(screen, card, column(screen, "Escalated"))
    screen.dialog_opens()
    screen.type(".modal [name=update_text] textarea", "He came on no day.")
    screen.add_update()
    screen.find(".o_notification", has_text="The administrators were told.").wait_for()
    column(screen, "Escalated").locator(KANBAN, has_text=name).first.wait_for()


def test_a_closed_card_goes_back_and_the_reason_is_said(look):
    screen = look()
    screen.page.set_viewport_size({"width": 2400, "height": 900})
    screen.open("kanban")
    screen.click(".o_facet_remove")
    closed = column(screen, "Closed").locator(KANBAN)
    closed.first.wait_for()
    screen.settle()
    before = closed.count()
    drag(screen, closed.first, column(screen, "Open"))
    screen.find(".modal", has_text="a closed intervention can't be opened").wait_for()
    screen.click(".modal .modal-footer button")
    screen.dialog_closes()
    assert closed.count() == before
    screen.complaints = [text for text in screen.complaints if "RPC_ERROR" not in text]


def test_a_colleagues_case_is_refused_by_its_address(look):
    screen = look("amina")
    screen.open("list")
    screen.open_case("")
    # The form is shown a moment before the address is its own.
    screen.page.wait_for_url(re.compile(r"/\d+$"))
    address = screen.page.url
    other = look("carmen")
    # What is said stays for some seconds only: it is waited for at once.
    other.page.goto(address, wait_until="commit")
    other.find(".o_error_dialog, .o_notification, .modal").wait_for()
    assert not other.page.locator(".o_form_view [name=absence_reason]").count()
    other.complaints.clear()


# What the browser keeps once it has it; it only looks whether that is the newest.
KEPT = re.compile("/get_views$|/web/action/load$")
AWAY = ".modal .o_intervention_away"


def press(selector, text=""):
    """Return a function that presses a button of a view."""
    return lambda screen: screen.click(f".o_action_manager {selector}", has_text=text)


def select_all(screen):
    screen.click(".o_list_view thead .o_list_record_selector input")


def open_import(screen):
    screen.click(".o_cp_action_menus .fa-cog")
    screen.click(".o_intervention_import")


def open_summary(screen):
    screen.click(".o_menu_sections button", has_text="Reporting")
    screen.click(".o-dropdown-item", has_text="Period Summary")


def open_handover(screen):
    """As the dashboard's notice does; the demo school has nothing to hand over."""
    screen.page.evaluate(
        """odoo.__WOWL_DEBUG__.root.env.services.intervention_dialogs.open(
            "intervention.handover", {}
        )"""
    )


def leave_dialog(screen):
    screen.page.keyboard.press("Escape")
    screen.dialog_closes()


def ways_to_dialogs(screen):
    """Yield titles of dialogs, and what opens them from where the screen is then."""
    track = press("button[name=action_track_progress]")
    retract = press("button[name=action_retract]")
    screen.open("list")
    yield "Record Meeting", press(".o_list_button_add")
    yield "Track Progress", track
    yield "Who Takes Over?", open_handover
    yield "Import", open_import
    # The first time, the browser has to learn what this menu is.
    open_summary(screen)
    screen.dialog_opens()
    leave_dialog(screen)
    yield "Period Summary", open_summary
    select_all(screen)
    yield "Hand Over", press("button", "Hand Over")
    screen.open("overdue")
    yield "Track Progress", track
    screen.open("progress")
    yield "Retract", retract
    screen.open("contacts")
    yield "Log Contact", press("button", "Log Contact")
    screen.open("students")
    select_all(screen)
    yield "Student Left", press("button", "Students Leave")
    select_all(screen)
    screen.click(".o_data_row .o_data_cell[name=name]", has_text="Liban")
    yield "Log Contact", press("button[name=action_log_family_contact]")
    yield "Print Intervention History", press("button[name=action_print_interventions]")
    screen.open("list")
    screen.open_case("Liban Mohamud")
    yield "Ask a Colleague", press("button", "Ask a Colleague")
    screen.click(".o_notebook_headers .nav-link[name=family]")
    yield "Log Contact", press(".o_notebook_content button[name=action_log_contact]")


def test_every_dialog_has_its_frame_at_once_and_takes_one_call(look):
    screen = look("halima")
    for title, act in ways_to_dialogs(screen):
        screen.settle()
        with screen.delayed() as requests:
            act(screen)
            screen.find(".modal-title", has_text=title).wait_for()
        screen.dialog_opens()
        asked = [each.url for each in requests if not KEPT.search(each.url)]
        assert len(asked) == 1, (title, asked)
        leave_dialog(screen)


def ask_bashir(screen):
    screen.click("button", has_text="Ask a Colleague")
    screen.type(".modal [name=user_id] input", "bash")
    screen.click(".o-autocomplete--dropdown-item", has_text="Bashir")


def log_call(screen):
    screen.click(".o_notebook_headers .nav-link[name=family]")
    screen.click(".o_notebook_content button[name=action_log_contact]")
    screen.click(".modal [name=guardian_id] input")
    screen.click(".o-autocomplete--dropdown-item", has_text="Khadra")
    screen.choose(".modal [name=outcome]", "Reached")


def test_a_dialog_is_gone_at_once_and_back_when_nothing_arrived(look):
    screen = look()
    screen.open("list")
    screen.open_case("Liban Mohamud")
    waiting = []
    for fill_in, field, told in (
        (ask_bashir, "user_id", "among their activities"),
        (log_call, "guardian_id", "The contact was logged."),
    ):
        fill_in(screen)
        screen.settle()
        chosen = screen.find(f".modal [name={field}] input").input_value()
        screen.page.route(ASKED, lambda route: waiting.append(route))
        screen.click(".modal .modal-footer .btn-primary")
        screen.find(AWAY).wait_for(state="attached")
        waiting.pop().abort()
        screen.page.wait_for_selector(AWAY, state="detached")
        screen.page.unroute(ASKED)
        assert screen.find(f".modal [name={field}] input").input_value() == chosen
        screen.click(".modal .modal-footer .btn-primary")
        screen.find(".o_notification", has_text=told).wait_for()
        screen.dialog_closes()
    lost = re.compile("ERR_FAILED|ConnectionLost")
    screen.complaints = [text for text in screen.complaints if not lost.search(text)]


def choose_by_keyboard(screen, label):
    """Go down the choices of a selection, which opens when something is typed."""
    choices = screen.page.locator(".o_select_menu_item")
    screen.page.keyboard.type(label[0])
    choices.filter(has_text=label).wait_for()
    screen.settle()
    for _choice in range(choices.count()):
        if label in (choices.and_(screen.page.locator(".focus")).all_inner_texts()):
            break
        screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_function(
        "label => document.activeElement.value === label", arg=label
    )


def test_a_meeting_is_recorded_with_the_keyboard_alone(look):
    screen = look()
    screen.open("list")
    before = active_cases(screen)
    keyboard = screen.page.keyboard
    keyboard.press("Alt+c")
    screen.dialog_opens()
    screen.page.wait_for_function("document.activeElement.closest('[name=student_id]')")
    keyboard.type("Camille")
    screen.find(".o-autocomplete--dropdown-item", has_text="Camille Girard").wait_for()
    keyboard.press("Enter")
    screen.page.wait_for_selector(".o_intervention_situation")
    for field in ("root_cause", *NARRATIVE):
        for _ in range(12):
            keyboard.press("Tab")
            # As fast as a person: Odoo's date field opens its calendar a moment after
            # it gets the focus, and takes the focus back then.
            screen.page.wait_for_timeout(150)
            if screen.page.evaluate(
                "name => !!document.activeElement.closest(`[name=${name}]`)", field
            ):
                break
        else:
            pytest.fail(f"Tab does not reach {field}")
        if field == "root_cause":
            choose_by_keyboard(screen, "Financial Issue")
        else:
            keyboard.type(f"Typed into {field}")
    keyboard.press("Alt+s")
    screen.dialog_closes()
    wait_for_active_cases(screen, before + 1)


FILES = ".modal .o_intervention_files:has(input[type=file])"


@pytest.fixture
def photo(tmp_path):
    """A photo as a phone takes it: large, turned, and with notes of the camera."""
    path = tmp_path / "IMG_2041.jpg"
    notes = Image.Exif()
    notes[0x010E] = "Zebra-place"
    notes[0x0112] = 6
    picture = Image.effect_noise((4000, 3000), 60)
    picture.save(path, "JPEG", quality=80, exif=notes.tobytes())
    assert path.stat().st_size > 1024 * 1024
    return path


def rows_of_files(school, name):
    connection = psycopg2.connect(dbname=school.database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT progress_id IS NOT NULL, mimetype, size
                 FROM intervention_file WHERE name = %s ORDER BY id""",
            [name],
        )
        rows = cursor.fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize("size", SIZES)
def test_a_photo_goes_with_an_update_and_is_in_the_history(look, school, photo, size):
    name = f"{size}-{photo.name}"
    photo = photo.rename(photo.with_name(name))
    screen = look(size=SIZES[size])
    screen.open("kanban" if screen.small else "list")
    screen.track("Liban")
    screen.find(f"{FILES} input[type=file]").set_input_files(photo)
    screen.find(f"{FILES} a", has_text=name).wait_for()
    screen.type(".modal [name=update_text] textarea", "He gave me this note.")
    screen.add_update()
    screen.dialog_closes()
    screen.open_case("Liban")
    screen.click(".nav-link[name=progress]")
    link = screen.find("[name=progress_ids] .o_intervention_files a", has_text=name)
    address = link.get_attribute("href")
    assert link.locator("img").evaluate("image => image.naturalWidth") > 0
    answer = screen.context.request.get(f"{school.url}{address}")
    assert answer.headers["content-type"] == "image/jpeg"
    kept = Image.open(io.BytesIO(answer.body()))
    assert kept.size == (1440, 1920)
    assert b"Zebra-place" not in answer.body()
    [(is_in_history, _mimetype, file_size)] = rows_of_files(school, name)
    assert is_in_history
    assert file_size == len(answer.body())
    assert name not in school.log.read_text()


@pytest.mark.parametrize("size", SIZES)
def test_closing_says_that_it_is_final_and_takes_a_file_along(
    look, school, tmp_path, size
):
    path = tmp_path / f"{size}-certificate.txt"
    path.write_text("He is well again.")
    screen = look(size=SIZES[size])
    screen.open("kanban" if screen.small else "list")
    student = next(students)
    record(screen, student)
    screen.track(student[1])
    screen.find(f"{FILES} input[type=file]").set_input_files(path)
    screen.find(f"{FILES} a", has_text=path.name).wait_for()
    screen.choose(".modal [name=status]", "Closed")
    screen.find(DIALOG, has_text="can't be reopened").wait_for()
    screen.type(".modal [name=update_text] textarea", "He is well again.")
    screen.add_update()
    screen.find(".o_notification", has_text="The case was closed.").wait_for()
    [row] = rows_of_files(school, path.name)
    assert row[0]


@pytest.mark.parametrize("size", SIZES)
def test_a_duplicate_leads_to_the_case_and_keeps_what_was_typed(look, size):
    screen = look(size=SIZES[size])
    screen.open("kanban" if screen.small else "list")
    screen.record_meeting()
    screen.choose_student("Liban", "Liban")
    screen.choose(".modal [name=root_cause]", "Health Issue")
    screen.type(".modal [name=action_plan] textarea", "He sees the nurse.")
    screen.click(".o_intervention_situation button", has_text="Health Issue")
    note = screen.find(".modal [name=update_text] textarea")
    note.fill("He saw the nurse.")
    screen.add_update()
    note.wait_for(state="detached")
    screen.find(".o_notification", has_text="The update was added.").wait_for()
    screen.settle()
    plan = screen.find(".modal [name=action_plan] textarea")
    assert plan.input_value() == "He sees the nurse."


def test_a_case_is_tracked_from_the_history(look):
    screen = look()
    screen.open_history("Liban")
    screen.click(f"{HISTORY} button", has_text="Track Progress")
    screen.find(".modal [name=update_text] textarea").wait_for()


def test_a_file_that_is_not_allowed_is_refused_in_words(look, school, tmp_path):
    path = tmp_path / "Zebra-page.html"
    path.write_text("<html></html>")
    screen = look(size=PHONE)
    screen.open("kanban")
    screen.track("Liban")
    screen.find(f"{FILES} input[type=file]").set_input_files(path)
    text = screen.find(".o_notification").inner_text()
    assert "Zebra-page.html: This type of file can't be added." in text
    assert "Zebra" not in school.log.read_text()


def test_a_discarded_dialog_gives_up_its_files(look, school, photo):
    name = f"discarded-{photo.name}"
    photo = photo.rename(photo.with_name(name))
    screen = look()
    screen.open("list")
    screen.track("Liban")
    screen.find(f"{FILES} input[type=file]").set_input_files(photo)
    screen.find(f"{FILES} a", has_text=name).wait_for()
    [row] = rows_of_files(school, name)
    assert row[:2] == (False, "image/jpeg")
    screen.click(".modal button", has_text="Discard")
    screen.discard()
    screen.dialog_closes()
    assert not rows_of_files(school, name)


def go_round(screen):
    """Yield the name of each screen, when it is shown."""
    for name in PATHS:
        screen.open(name)
        yield name
    screen.open("kanban")
    screen.record_meeting()
    screen.settle()
    yield "record"
    screen.open_history("Liban")
    screen.page.wait_for_selector(HISTORY)
    screen.settle()
    yield "history"
    screen.click(".o_intervention_strip button[name=missed]")
    screen.settle()
    yield "days missed"
    screen.open("kanban" if screen.small else "list")
    screen.open_case("Liban")
    yield "form"
    screen.find(".o_notebook_headers .nav-link[name=family]").click()
    screen.settle()
    yield "family"
    screen.click(".o_notebook_content button[name=action_log_contact]")
    screen.dialog_opens()
    yield "log contact"
    screen.click(".modal .modal-footer button:not(.btn-primary)")
    screen.dialog_closes()
    screen.click("button[name=action_track_progress]")
    screen.dialog_opens()
    yield "track"
    screen.open("kanban")
    meetings = screen.call("intervention.meeting", "search", [], 0, 3)
    chosen = {"active_model": "intervention.meeting", "active_ids": meetings}
    for name, context in (("import_action_dialog", {}), ("reassign_action", chosen)):
        screen.open_dialog(f"intervention_tracking.intervention_{name}", context)
        yield name
        screen.page.keyboard.press("Escape")
        screen.dialog_closes()
    [school_class] = screen.call("intervention.class", "search", [], 0, 1)
    screen.page.goto(f"{screen.url}/odoo/intervention-classes/{school_class}")
    screen.find(".o_field_widget[name=form_master_line_ids]").wait_for()
    if not screen.small:
        screen.click(".o_field_x2many_list_row_add a")
    screen.settle()
    yield "class"


# Our parts, what is cut off at the edges of the window in them, and what scrolls.
SHOWN = ", ".join(
    f"{part} *" for part in (DASHBOARD, HISTORY, DIALOG, CONFLICT, ".o_form_sheet")
)
SCROLLING = (
    ".o_intervention_filters, .o_list_renderer, .o_notebook_headers, "
    ".o_statusbar_status"
)
OUTSIDE = """([shown, scrolling]) => [...document.querySelectorAll(shown)]
    .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width && (left < -1 || right > innerWidth + 1) &&
            !element.closest(scrolling);
    })
    .map((element) => element.outerHTML.slice(0, 150))"""


def faults_of_layout(screen):
    """Return what does not fit into the window."""
    wide = screen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    faults = screen.page.evaluate(OUTSIDE, [SHOWN, SCROLLING])
    return [*faults[:3], *([f"the page is {wide} pixels too wide"] if wide > 0 else [])]


def faults_of_access(screen, axe):
    """Return what axe-core finds serious in our own parts."""
    screen.page.add_script_tag(path=axe)
    present = [part for part in OURS if screen.page.locator(part).count()]
    if not present:
        return []
    context = {
        "include": [[part] for part in present],
        "exclude": [[part] for part in ODOOS if screen.page.locator(part).count()],
    }
    result = screen.page.evaluate(
        "context => axe.run(context, {resultTypes: ['violations']})", context
    )
    return [
        f"{node['target'][0]}: {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"][:2]
    ]


@pytest.mark.parametrize("login", ["halima", ARABIC])
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_fits_is_accessible_and_complains_of_nothing(
    look, axe, size, login
):
    screen = look(login, SIZES[size])
    faults = []
    for name in go_round(screen):
        found = [*faults_of_layout(screen), *faults_of_access(screen, axe)]
        faults += [f"{name}: {fault}" for fault in found]
        if login == ARABIC:
            assert screen.page.locator(".o_web_client.o_rtl").count(), name
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("login", ["carmen", ARABIC])
@pytest.mark.parametrize("size", SIZES)
def test_who_saves_second_sees_both_texts_and_merges_them(look, axe, size, login):
    screen = look(login, SIZES[size])
    meetings = "intervention.meeting"
    active = [["status", "!=", "closed"], ["form_master_id.login", "=", "carmen"]]
    [meeting] = screen.call(meetings, "search", active, 0, 1)
    screen.page.goto(f"{screen.url}/odoo/interventions/{meeting}")
    plan = ".o_form_view [name=action_plan] textarea"
    screen.type(plan, "Mine: the bus")
    screen.page.keyboard.press("Tab")
    # Of this run alone, so that it is a change whatever the others have left.
    aunt = f"Theirs: her aunt ({login}, {size})"
    theirs = {"action_plan": aunt}
    look("halima").call(meetings, "write", [meeting], theirs)
    screen.click(".o_form_button_save")
    screen.page.wait_for_selector(CONFLICT)
    screen.settle()
    said = screen.find(CONFLICT).inner_text()
    assert "Mine: the bus" in said
    assert aunt in said
    assert not [*faults_of_layout(screen), *faults_of_access(screen, axe)]
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_selector(CONFLICT, state="detached")
    assert screen.find(plan).input_value() == "Mine: the bus"
    screen.click(".o_form_button_save")
    # With the keyboard alone.
    screen.find(f"{CONFLICT} input[value=mine]").focus()
    screen.page.keyboard.press("ArrowDown")
    merged = screen.find(f"{CONFLICT} textarea")
    expect(merged).to_have_value(aunt)
    for _stop in range(3):
        screen.page.keyboard.press("Tab")
        if merged.evaluate("field => field === document.activeElement"):
            break
    screen.page.keyboard.press("Control+End")
    screen.page.keyboard.type(", and the bus")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector(CONFLICT, state="detached")
    screen.settle()
    assert screen.find(plan).input_value() == f"{aunt}, and the bus"
    [saved] = screen.call(meetings, "read", [meeting], ["action_plan"])
    assert saved["action_plan"] == f"{aunt}, and the bus"


@pytest.mark.parametrize("size", SIZES)
def test_a_note_in_a_stale_tracker_leaves_the_status_of_a_colleague(look, size):
    screen = look(size=SIZES[size])
    meetings = "intervention.meeting"
    active = [["status", "=", "open"], ["form_master_id.login", "=", "carmen"]]
    [meeting] = screen.call(meetings, "search", active, 0, 1)
    screen.page.goto(f"{screen.url}/odoo/interventions/{meeting}")
    screen.click("button[name=action_track_progress]")
    screen.dialog_opens()
    screen.type(".modal [name=update_text] textarea", "He came on Monday.")
    colleague = look("halima")
    colleague.call(meetings, "write", [meeting], {"status": "monitoring"})
    screen.add_update()
    screen.find(".o_notification", has_text="Monitoring").wait_for()
    [saved] = screen.call(meetings, "read", [meeting], ["status"])
    assert saved["status"] == "monitoring"
    # Now one who touches the status, too.
    screen.dialog_closes()
    screen.click("button[name=action_track_progress]")
    screen.dialog_opens()
    screen.choose(".modal [name=status]", "Improving")
    screen.type(".modal [name=update_text] textarea", "He came all week.")
    colleague.call(meetings, "write", [meeting], {"status": "not_improving"})
    screen.add_update()
    screen.page.wait_for_selector(CONFLICT)
    screen.click(f"{CONFLICT} .btn-primary")
    screen.dialog_closes()
    [saved] = screen.call(meetings, "read", [meeting], ["status"])
    assert saved["status"] == "improving"


@pytest.mark.parametrize("path", ["intervention-due", "intervention-overdue"])
def test_a_link_of_a_mail_opens_its_list_in_the_app(look, school, path):
    page = look().start().page
    # As in a tab that a mail program opens.
    page.evaluate("sessionStorage.clear()")
    page.goto(f"{school.url}/odoo/interventions/{path}")
    page.wait_for_selector(DASHBOARD)
    assert page.url.endswith(path)
    assert page.locator(".o_menu_brand").inner_text() == "Interventions"
    assert page.locator(".o_menu_sections").inner_text().startswith("Interventions")


def test_the_list_of_mails_cuts_no_name_and_no_badge_for_a_long_reason(look, school):
    connection = psycopg2.connect(dbname=school.database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intervention_digest SET failure_reason = repeat('It is full. ', 30)"
            " WHERE state = 'failed'"
        )
    connection.close()
    screen = look("halima")
    screen.open("mails")
    names = ":is([name=user_id], [name=kind], [name=state])"
    cells = screen.page.locator(f".o_data_row td{names}, .o_data_row td{names} *")
    assert cells.count()
    assert (
        cells.evaluate_all(
            "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth)"
            ".map(cell => cell.innerText)"
        )
        == []
    )


def test_the_dashboard_is_mirrored_in_arabic(look):
    screen = look(ARABIC)
    screen.open("list")
    number, label = (
        screen.find(f".o_intervention_card > {part}").bounding_box()
        for part in (".o_intervention_number", "span:last-child")
    )
    assert number["x"] > label["x"], "the number comes first, at the right"
    button = screen.find(".o_data_row button[name=action_track_progress]")
    text, arrow = (button.locator(part).bounding_box() for part in ("span", "i"))
    assert arrow["x"] < text["x"], "the arrow is behind the text, at the left"
    assert "matrix(-1" in button.locator("i").evaluate(
        "icon => getComputedStyle(icon).transform"
    ), "and points to the left"


def test_many_records_take_no_more_calls_and_statements_than_few(look, school):
    make_crowd(school.database)
    few, many = (costs(look(login)) for login in ("few", "many"))
    for name, (calls, statements) in few.items():
        print(f"{name}: {calls} calls, {statements} SQL statements")
        assert calls > 0, name
    assert many == few
