"""From *School System* to a letter to the guardian, the next night, and the end."""

import pytest
from conftest import Server
from school_walk import TEXTS, Walk, school_database
from screens import DESKTOP, PHONE, chromium


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    log = tmp_path_factory.mktemp("walk") / "odoo.log"
    with school_database("school_walk") as name, chromium() as browser:
        server = Server(name, log, workers=0).start()
        it = Walk(browser, server)
        try:
            yield it
        finally:
            it.close()
            server.stop()


def names(screen, *domain):
    found = screen.call("res.partner", "search_read", list(domain), ["name"])
    return sorted(each["name"] for each in found)


def test_a_school_links_works_and_unlinks_and_loses_nothing(walk):
    keeper = walk.link()
    text = keeper.find(".o_form_view").inner_text()
    assert "Linked" in text
    students = ("is_intervention_student", "=", True)
    own = ("student_number", "in", ["0117", "0118", "0119", "0120"])
    assert names(keeper, students, own) == ["Ada Achieng", "Ben Barasa", "Cy Chebet"]
    walk.choose_form_master(keeper)

    master = walk.record(DESKTOP)
    row = master.find(".o_intervention_needs_talk")
    assert "Ada Achieng" in row.inner_text()
    assert not master.page.locator("[data-filter=register]").count()
    master.open("students")
    # Marks come by themselves: nobody waits for a register.
    assert (
        master.call(
            "intervention.class", "search_count", [["is_register_missing", "=", True]]
        )
        == 0
    )
    phone = walk.record(PHONE)
    walk.fill_in(phone)
    walk.write_to_guardian(master)
    [case] = master.call(
        "intervention.meeting",
        "search_read",
        [],
        ["absence_reason", "is_family_contacted", "class_id", "contact_ids"],
    )
    assert case["absence_reason"] == TEXTS["absence_reason"]
    assert case["class_id"][1] == "Grade 7 Blue"
    assert len(case["contact_ids"]) == 1

    admin = walk.look("admin")
    walk.night(admin)
    assert names(keeper, students, own) == [
        "Ada Achieng", "Ben Barasa", "Cy Chebet", "Dora Daudi",
    ]  # fmt: skip
    assert names(keeper, students, own, ("student_left_on", "!=", False)) == [
        "Cy Chebet"
    ]
    changed = keeper.call("intervention.attendance.change", "search_count", [])
    assert changed == 1

    days = keeper.call("intervention.attendance", "search_count", [])
    walk.unlink(keeper)
    assert names(keeper, students, own)[0] == "Ada Achieng"
    assert keeper.call("intervention.attendance", "search_count", []) == days
    master.open("list")
    assert "Ada Achieng" in master.find(".o_list_view").inner_text()
    for screen in walk.screens:
        assert screen.complaints == []
