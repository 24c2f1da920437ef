"""The way of a school with a school system, in the browser, as new users go it."""

import contextlib
import os
from pathlib import Path

from conftest import database, run_odoo
from screens import DASHBOARD, DESKTOP, PHONE, Screen, silence_odoobot

APPS = os.environ.get("TEST_SCHOOL_APPS", "school_stand_in")
WORLD = Path(__file__).with_name("school_world.py")
MAKE_SCHOOL = """
school = School(env, "W")
grade, other = school.batch("Grade 7 Blue"), school.batch("Grade 8 Blue")
ada = school.student("Ada Achieng", grade, gr_no="0117")
ben = school.student("Ben Barasa", grade, gr_no="0118")
cy = school.student("Cy Chebet", other, gr_no="0119")
mother = school.parent("Mary Achieng", ada)
mother.name.email = "mary@example.org"
for day, letter in zip(school_days(12), "pppaaaapaaaa"):
    school.sheet(grade, day, {ada: letter, ben: "p"})
new_user(
    env, "keeper", "intervention_tracking.group_intervention_admin",
    *GROUPS, *PARENT_GROUPS, odoobot_state="disabled",
)
new_user(
    env, "master", "intervention_tracking.group_intervention_form_master",
    name="Mara Muthoni", odoobot_state="disabled",
)
env.cr.commit()
"""
# What happens in the school system on the next day.
NEXT_DAY = """
find = lambda model, *domain: env[model].search(list(domain), limit=1)
school = School(env, "X")
ada = find("op.student", ("gr_no", "=", "0117"))
cy = find("op.student", ("gr_no", "=", "0119"))
grade = find("op.batch", ("name", "=", "Grade 7 Blue"))
cy.course_detail_ids.state = "finished"
school.student("Dora Daudi", grade, gr_no="0120")
line = find(
    "op.attendance.line", ("student_id", "=", ada.id), ("absent", "=", True)
)
line.write({"absent": False, "excused": True})
env.cr.commit()
"""
TEXTS = {
    "absence_reason": "She opens her aunt's shop in the morning.",
    "intervention_notes": "She wants to come. Nobody else has the key.",
    "action_plan": "Her cousin opens the shop from Monday on.",
}
SYSTEM = "intervention-school-system"


def in_shell(name, script):
    run_odoo("shell", "-d", name, "--no-http", stdin=f"{WORLD.read_text()}\n{script}")


@contextlib.contextmanager
def school_database(purpose):
    """A database with a school system in which there is a school, and our addon."""
    with database(purpose, os.environ["TEST_PRISTINE"]) as name:
        run_odoo("server", "-d", name, "-i", APPS, "--stop-after-init", "--no-http")
        in_shell(name, MAKE_SCHOOL)
        silence_odoobot(name)
        yield name


class Walk:
    """What people do one after the other; ``take`` is called with each screen."""

    def __init__(self, browser, server, take=lambda screen, name: None):
        self.browser = browser
        self.server = server
        self.take = take
        self.screens = []

    def look(self, login, size=DESKTOP):
        screen = Screen(self.browser, self.server, login, size)
        self.screens.append(screen)
        return screen

    def close(self):
        for screen in self.screens:
            screen.close()

    def open_system(self, screen):
        screen.page.goto(f"{screen.url}/odoo/{SYSTEM}")
        screen.page.wait_for_selector(".o_form_view .o_field_widget[name=looked_at]")
        screen.settle()

    def press(self, screen, button):
        if screen.small:
            more = screen.page.locator(".o_statusbar_buttons .oi-ellipsis-v")
            if more.count() and more.first.is_visible():
                more.first.click()
        screen.click(f"button[name={button}]")
        screen.settle()

    def link(self):
        """The administrator sees what would be linked, and links it."""
        screen = self.look("keeper")
        self.open_system(screen)
        self.press(screen, "action_preview")
        self.take(screen, "school-system-preview")
        self.press(screen, "action_link")
        screen.page.wait_for_selector("button[name=action_unlink]")
        screen.settle()
        self.take(screen, "school-system")
        phone = self.look("keeper", PHONE)
        self.open_system(phone)
        self.take(phone, "phone-school-system")
        return screen

    def choose_form_master(self, screen):
        """The school system has no form masters, so that one is chosen here."""
        screen.open("classes")
        screen.click(".o_data_row .o_data_cell[name=name]", has_text="Grade 7 Blue")
        screen.page.wait_for_selector(".o_form_view [name=form_master_id] input")
        screen.type(".o_form_view [name=form_master_id] input", "Mara")
        screen.click(".o-autocomplete--dropdown-item", has_text="Mara Muthoni")
        screen.click(".o_form_button_save")
        screen.settle()
        self.take(screen, "school-class")

    def record(self, size):
        """The form master finds who needs a talk, and records one."""
        screen = self.look("master", size)
        screen.page.goto(f"{screen.url}/odoo/interventions")
        screen.page.wait_for_selector(f"{DASHBOARD} .o_intervention_needs_talk")
        screen.settle()
        self.take(screen, f"school-talk-{size['width']}")
        return screen

    def fill_in(self, screen):
        screen.click(".o_intervention_needs_talk .btn-primary")
        screen.dialog_opens()
        screen.choose(".modal [name=root_cause]", "Financial Issue")
        for field, text in TEXTS.items():
            screen.type(f".modal [name={field}] textarea", text)
        screen.save_meeting()
        screen.dialog_closes()

    def write_to_guardian(self, screen):
        screen.open("list")
        screen.open_case("Ada Achieng")
        screen.click(".o_notebook_headers .nav-link", has_text="Family")
        screen.click("button[name=action_write_to_guardian]")
        screen.dialog_opens()
        self.take(screen, "school-letter")
        screen.click(".modal button[name=action_send_mail]")
        screen.dialog_closes()

    def night(self, screen):
        """Something happens in the school system, and the nightly job looks."""
        in_shell(self.server.database, NEXT_DAY)
        [job] = screen.call(
            "ir.model.data",
            "search_read",
            [
                ["module", "=", "intervention_tracking"],
                ["name", "=", "ir_cron_look_at_schools"],
            ],
            ["res_id"],
        )
        screen.call("ir.cron", "method_direct_trigger", [job["res_id"]])

    def unlink(self, screen):
        self.open_system(screen)
        self.press(screen, "action_unlink")
        screen.click(".modal .btn-primary")
        screen.page.wait_for_selector("button[name=action_link]")
        screen.settle()
        self.take(screen, "school-unlinked")
