"""The link to OpenEduCat: the stand-in for it, or itself (setup/test --school-system).

One school is made for all tests; each has it in a transaction that is rolled back.
"""

import os
from datetime import date, timedelta

import odoo.sql_db
import psycopg2
import pytest
from conftest import complaints, database, load_registry_of, run_odoo
from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from school_world import GROUPS, PARENT_GROUPS, School, new_user, school_days

APPS = os.environ.get("TEST_SCHOOL_APPS", "school_stand_in")
OTHER_APPS = f"{APPS},education_stand_in,privacy_lookup,data_recycle"
IS_REAL = "TEST_SCHOOL_APPS" in os.environ
ADMIN = "intervention_tracking.group_intervention_admin"
FORM_MASTER = "intervention_tracking.group_intervention_form_master"
PRESET = "intervention_tracking.intervention_school_preset_openeducat"
OTHER_PRESET = "intervention_tracking.intervention_school_preset_educational_erp"
THEIR_JOB = "openeducat_core.ir_cron_module_update_notification_openeducat"
VALS = {
    "absence_reason": "She has to work.",
    "root_cause": "financial",
    "intervention_notes": "We spoke about it.",
    "action_plan": "Her aunt takes over the shop.",
    "urgency_level": "low",
}


@pytest.fixture(scope="module")
def name():
    """A database in which both a school system and the addon are installed."""
    with database("school_system", os.environ["TEST_PRISTINE"]) as it:
        done = run_odoo(
            "server", "-d", it, "-i", OTHER_APPS,
            "--stop-after-init", "--no-http",
        )  # fmt: skip
        assert IS_REAL or not complaints(done.stderr), complaints(done.stderr)
        load_registry_of(it)
        with Registry(it).cursor() as cursor:
            job = api.Environment(cursor, SUPERUSER_ID, {}).ref(
                THEIR_JOB, raise_if_not_found=False
            )
            assert bool(job) == IS_REAL
            if job:
                job.active = False
        yield it
        odoo.sql_db.close_db(it)


@pytest.fixture(scope="module")
def made(name):
    """Two classes, three students with marks of a week, and a mother of two.

    ``keeper`` is an administrator of interventions who may read all of that.
    """
    with Registry(name).cursor() as cursor:
        it = School(api.Environment(cursor, SUPERUSER_ID, {}))
        it.keeper = new_user(it.env, "keeper", ADMIN, *GROUPS, *PARENT_GROUPS)
        it.a, it.b = it.batch("Grade 7"), it.batch("Grade 8")
        it.ada = it.student("Ada Achieng", it.a, gr_no="0117", email="a@example.org")
        it.ben = it.student("Ben Barasa", it.a, gr_no="0118")
        it.cy = it.student("Cy Chebet", it.b)
        it.mother = it.parent("Mary Achieng", it.ada, it.ben)
        it.days = school_days(5)
        it.sheets = [
            it.sheet(it.a, day, {it.ada: ada, it.ben: "p"})
            for day, ada in zip(it.days, "paael", strict=True)
        ]
        it.env.flush_all()
        cursor.commit()
    return it


@pytest.fixture
def env(name):
    """Odoo itself, in a transaction that is rolled back."""
    with Registry(name).cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})
        cursor.rollback()
        Registry(name).clear_all_caches()


@pytest.fixture
def school(env, made):
    """The school that all tests begin with."""
    return made.seen_in(env)


@pytest.fixture
def keeper(env, school):
    """An administrator of interventions who may read all of the school system."""
    return school.keeper.with_env(env)


@pytest.fixture
def link(env, keeper, school):
    """The school system as its administrator finds it; nothing is linked."""
    return linked_by(env, keeper)


def linked_by(env, user, **vals):
    preset = env.ref(PRESET)
    systems = env["intervention.school.system"].with_user(user)
    return systems.create({"name": "OpenEduCat", "preset_id": preset.id, **vals})


def night(system):
    """Look again as the nightly job does, which nobody asked for."""
    system.env.flush_all()
    system.env.invalidate_all()
    system._look_or_say_why()
    system.env.flush_all()
    system.env.invalidate_all()
    assert not system.problem


def days_of(env, *students):
    """Return the kept days of students, by day."""
    env.flush_all()
    env.invalidate_all()
    found = env["intervention.attendance"].search(
        [("student_id", "in", [student.partner_id.id for student in students])],
        order="date",
    )
    return {day.date: day for day in found}


def word(day):
    """Return what a kept day says, in the words of the marks."""
    if not day.possible:
        return "unknown"
    if day.is_late:
        return "late"
    if not day.absent:
        return "present"
    return "excused" if day.excused == day.absent else "unexcused"


def words(env, student):
    return {day: word(each) for day, each in days_of(env, student).items()}


def lines(system, kind):
    system.invalidate_recordset()
    found = system.line_ids.filtered(lambda line: line.kind == kind)
    return found.mapped("text")


# --- before anything is linked ---


def test_what_would_be_linked_is_shown_and_nothing_is_done(env, link, school):
    link.action_preview()
    assert (link.student_count, link.class_count, link.guardian_count) == (3, 2, 1)
    assert link.new_count == 3
    assert link.mark_count == 10
    assert lines(link, "no_number") == ["Cy Chebet"]
    assert not school.ada.partner_id.is_intervention_student
    assert not env["intervention.class"].search([("name", "like", "Grade")])
    assert not days_of(env, school.ada)
    assert link.state == "draft"


def test_the_screen_finds_what_is_installed(env, keeper):
    systems = env["intervention.school.system"].with_user(keeper)
    action = systems.action_open()
    assert action["res_model"] == "intervention.school.system"
    found = systems.search([]).mapped("preset_id.name")
    assert "OpenEduCat" in found
    systems.action_open()
    assert len(systems.search([])) == len(found)


@pytest.mark.parametrize("groups", [(FORM_MASTER,), ("base.group_user",), GROUPS])
def test_others_link_nothing(env, link, school, groups):
    other = new_user(env, "other", *groups)
    for act in ("action_preview", "action_link", "action_look", "action_unlink"):
        with pytest.raises(AccessError):
            getattr(link.with_user(other), act)()


# --- the first link ---


def test_students_are_the_contacts_that_are_there(env, link, school):
    before = env["res.partner"].search_count([])
    link.action_link()
    assert env["res.partner"].search_count([]) == before
    ada = school.ada.partner_id
    assert ada.is_intervention_student
    assert ada.student_number == "0117"
    assert ada.school_class_id.name == "Grade 7"
    assert ada.school_system_id == link.sudo()
    assert ada.guardian_ids == school.mother.name
    assert not school.cy.partner_id.student_number
    assert school.cy.partner_id.school_class_id.name == "Grade 8"


def test_marks_of_final_sheets_are_school_days(env, link, school):
    link.action_link()
    assert list(words(env, school.ada).values()) == [
        "present",
        "unexcused",
        "unexcused",
        "excused",
        "late",
    ]
    assert set(words(env, school.ben).values()) == {"present"}


def test_a_form_master_chosen_here_is_kept(env, link, school):
    link.action_link()
    master = new_user(env, "master", FORM_MASTER)
    grade = school.ada.partner_id.school_class_id
    grade.form_master_id = master
    night(link)
    assert grade.form_master_id == master


def test_nothing_is_written_to_the_school_system(env, link, school):
    models = [
        "op.student", "op.student.course", "op.batch", "op.course", "op.parent",
        "op.attendance.register", "op.attendance.sheet", "op.attendance.line",
    ]  # fmt: skip

    def state():
        env.flush_all()
        states = {}
        for model in models:
            env.cr.execute(f'SELECT t::text FROM "{env[model]._table}" t ORDER BY id')
            states[model] = env.cr.fetchall()
        return states

    before = state()
    link.action_link()
    night(link)
    link.action_unlink()
    assert state() == before


def test_nobody_gets_a_group_by_the_link(env, link, school):
    users = env["res.users"].with_context(active_test=False).search([])
    before = {user: user.all_group_ids for user in users}
    link.action_link()
    env.invalidate_all()
    assert {user: user.all_group_ids for user in users} == before
    for ours in (ADMIN, FORM_MASTER):
        group = env.ref(ours)
        names = (group.all_implied_ids | group.all_implied_by_ids).mapped("full_name")
        assert not [each for each in names if "duc" in each or "Faculty" in each]


# --- what is odd there ---


def test_of_several_courses_the_newest_running_one_counts(env, link, school):
    school.enrol(school.ada, school.b)
    third = school.enrol(school.ada, school.batch("Grade 9"))
    third.state = "finished"
    link.action_link()
    assert school.ada.partner_id.school_class_id.name == "Grade 8"


def test_two_classes_of_one_name_are_told_apart(env, link, school):
    twin = school.batch("Grade 7", school.course("Evening"))
    eve = school.student("Eve Etyang", twin)
    link.action_link()
    one, two = (each.partner_id.school_class_id for each in (school.ada, eve))
    assert one != two
    assert one.name != two.name
    assert twin.code in two.name


def test_an_archived_student_there_is_not_enrolled(env, link, school):
    school.ben.active = False
    assert school.ben.partner_id.active
    link.action_link()
    assert not school.ben.partner_id.is_intervention_student
    assert link.student_count == 2


def test_who_has_no_running_course_is_not_enrolled(env, link, school):
    school.cy.course_detail_ids.state = "finished"
    link.action_link()
    assert not school.cy.partner_id.is_intervention_student


def test_a_student_whose_contact_is_archived_is_told(env, link, school):
    school.cy.partner_id.active = False
    link.action_preview()
    assert lines(link, "archived") == ["Cy Chebet"]


def test_sheets_that_were_never_closed_are_counted_and_left_out(env, link, school):
    for sheet, state in zip(school.sheets, ("draft", "start", "cancel"), strict=False):
        sheet.state = state
    link.action_link()
    # A cancelled one was closed.
    assert link.open_register_count == 2
    assert len(words(env, school.ada)) == 2


def test_where_all_sheets_are_open_no_day_is_known(env, link, school):
    for sheet in school.sheets:
        sheet.state = "start"
    link.action_link()
    assert (link.open_register_count, link.mark_count) == (5, 0)
    assert not days_of(env, school.ada)
    standing = env["intervention.attendance.standing"].search(
        [("student_id", "=", school.ada.partner_id.id)]
    )
    assert not standing.severity


def test_archived_sheets_and_lines_do_not_count(env, link, school):
    school.sheets[0].active = False
    school.sheets[1].attendance_line.filtered(
        lambda line: line.student_id == school.ada
    ).active = False
    link.action_link()
    assert list(words(env, school.ada)) == school.days[2:]
    assert list(words(env, school.ben)) == school.days[1:]


def test_two_sheets_of_a_day_are_one_day(env, link, school):
    school.sheet(school.a, school.days[0], {school.ada: "a", school.ben: "p"})
    link.action_link()
    days = days_of(env, school.ada)
    assert len(days) == 5
    day = days[school.days[0]]
    assert day.absent == pytest.approx(0.5)
    assert days_of(env, school.ben)[school.days[0]].absent == 0


def test_a_line_that_says_nothing_is_unknown_and_one_that_says_two_things_is_told(
    env, link, school
):
    school.sheet(school.b, school.days[0], {school.cy: "?"})
    school.sheet(school.b, school.days[1], {school.cy: "t"})
    link.action_link()
    assert link.unknown_mark_count == 1
    assert link.contradiction_count == 1
    assert any("Cy Chebet" in text for text in lines(link, "contradiction"))
    # Who may be missing is missing.
    assert words(env, school.cy)[school.days[1]] == "unexcused"
    assert words(env, school.cy).get(school.days[0], "unknown") == "unknown"


def test_a_guardian_who_is_a_student_is_not_taken_over(env, link, school):
    school.parent(school.cy.partner_id, school.ada)
    link.action_link()
    assert school.ada.partner_id.guardian_ids == school.mother.name
    assert link.refused_guardian_count == 1
    assert "Cy Chebet" in lines(link, "guardian")[0]


def test_two_students_with_one_address_are_two(env, link, school):
    if not IS_REAL:
        school.ben.partner_id.email = school.ada.email
    twin = school.student("Ada Achieng", school.b)
    twin.partner_id.email = school.ada.email
    link.action_link()
    assert twin.partner_id != school.ada.partner_id
    assert twin.partner_id.school_class_id.name == "Grade 8"
    assert school.ada.partner_id.school_class_id.name == "Grade 7"


def test_two_students_with_one_number_are_told(env, link, school):
    school.ben.write({"gr_no": False, "id_number": "0117"})
    link.action_link()
    assert link.same_number_count == 2
    assert school.ben.partner_id.is_intervention_student


def test_two_students_of_one_contact_are_one_and_told(env, link, school):
    env["op.student"].create({"partner_id": school.ada.partner_id.id, "gender": "f"})
    link.action_link()
    assert link.same_contact_count <= 1
    assert link.student_count == 3
    assert school.ada.partner_id.school_class_id.name == "Grade 7"


def test_a_class_that_has_ended_is_told(env, link, school):
    school.b.write(
        {
            "start_date": date.today() - timedelta(days=400),
            "end_date": date.today() - timedelta(days=30),
        }
    )
    link.action_preview()
    assert lines(link, "ended") == ["Cy Chebet"]


# --- the next nights ---


def test_a_night_on_which_nothing_changed_writes_nothing(env, link, school):
    link.action_link()
    tables = [
        "res_partner", "intervention_class", "intervention_attendance",
        "intervention_attendance_change", "intervention_attendance_standing",
        "intervention_school_student", "intervention_school_class",
        "intervention_school_mark", "intervention_student_guardian_rel",
    ]  # fmt: skip

    def versions():
        env.flush_all()
        found = {}
        for table in tables:
            # Where a row is stored moves with each writing, in one transaction too.
            env.cr.execute(f'SELECT ctid::text, t::text FROM "{table}" t ORDER BY 2')
            found[table] = env.cr.fetchall()
        return found

    before = versions()
    assert before["intervention_school_mark"]
    night(link)
    after = versions()
    assert {table for table in tables if after[table] != before[table]} == set()
    assert (link.changed_count, link.day_new_count, link.day_changed_count) == (0, 0, 0)


def sunday():
    day = date.today()
    return day - timedelta(days=day.isoweekday())


def open_all_week(env):
    """Let the school be open on Saturdays and Sundays, too."""
    env.company.resource_calendar_id.write(
        {
            "attendance_ids": [
                (
                    0,
                    0,
                    {
                        "name": name,
                        "dayofweek": number,
                        "hour_from": 8,
                        "hour_to": 12,
                        "day_period": "morning",
                    },
                )
                for number, name in (("5", "Saturday"), ("6", "Sunday"))
            ]
        }
    )


def mark_what_is_left_out(school, how):
    """Add a mark that can't be stored; return the sheet and its day."""
    if how == "closed":
        day, marks = sunday(), {school.cy: "a"}
    else:
        # A mark of the day on which the student leaves is one too many.
        day, marks = date.today(), {school.cy: "a", school.ada: "p"}
        school.cy.active = False
    return school.sheet(school.b, day, marks), day


@pytest.mark.parametrize("how", ["closed", "left"])
def test_what_was_left_out_is_counted_every_night_and_not_tried_again(
    env, link, school, how
):
    if how == "left":
        open_all_week(env)
    link.action_link()
    mark_what_is_left_out(school, how)
    night(link)
    assert link.left_out_count == 1

    def kept():
        env.cr.execute("SELECT ctid::text, id FROM intervention_school_mark ORDER BY 2")
        return env.cr.fetchall()

    before = kept()
    night(link)
    assert kept() == before
    assert link.left_out_count == 1
    link.action_preview()
    assert link.left_out_count == 1


def test_a_mark_that_was_left_out_arrives_when_the_school_is_open(env, link, school):
    link.action_link()
    _sheet, day = mark_what_is_left_out(school, "closed")
    night(link)
    assert not words(env, school.cy)
    open_all_week(env)
    night(link)
    assert words(env, school.cy) == {day: "unexcused"}
    assert link.left_out_count == 0


def test_a_mark_of_who_left_arrives_when_they_come_back(env, link, school):
    open_all_week(env)
    link.action_link()
    _sheet, day = mark_what_is_left_out(school, "left")
    night(link)
    assert school.cy.partner_id.student_left_on == day
    assert not words(env, school.cy)
    school.cy.active = True
    night(link)
    assert words(env, school.cy) == {day: "unexcused"}
    assert link.left_out_count == 0


def test_a_mark_that_was_left_out_is_corrected_and_taken_back(env, link, school):
    link.action_link()
    sheet, _day = mark_what_is_left_out(school, "closed")
    night(link)
    sheet.attendance_line.write({"absent": False, "late": True})
    night(link)
    assert link.left_out_count == 1
    sheet.state = "draft"
    night(link)
    assert link.left_out_count == 0
    assert not words(env, school.cy)


def test_changes_arrive(env, link, school):
    link.action_link()
    school.ada.course_detail_ids.state = "finished"
    school.enrol(school.ada, school.b)
    school.cy.gr_no = "0119"
    dora = school.student("Dora Daudi", school.a, gr_no="0120")
    father = school.parent("Peter Achieng", school.ada)
    school.mother.student_ids = [(3, school.ada.id)]
    day = school_days(6)[0]
    school.sheet(school.b, day, {school.cy: "a"})
    night(link)
    ada = school.ada.partner_id
    assert ada.school_class_id.name == "Grade 8"
    assert ada.guardian_ids == father.name
    assert school.ben.partner_id.guardian_ids == school.mother.name
    assert school.cy.partner_id.student_number == "0119"
    assert dora.partner_id.is_intervention_student
    assert words(env, school.cy) == {day: "unexcused"}


def test_a_guardian_who_was_entered_here_stays(env, link, school):
    link.action_link()
    aunt = env["res.partner"].create({"name": "Aunt"})
    school.ada.partner_id.guardian_ids |= aunt
    night(link)
    assert school.ada.partner_id.guardian_ids == school.mother.name | aunt


def test_a_correction_arrives_and_leaves_a_trace(env, link, school):
    link.action_link()
    line = school.sheets[1].attendance_line.filtered(
        lambda each: each.student_id == school.ada
    )
    line.write({"absent": False, "excused": True})
    night(link)
    assert words(env, school.ada)[school.days[1]] == "excused"
    changes = env["intervention.attendance.change"].search(
        [("student_id", "=", school.ada.partner_id.id)]
    )
    assert changes.mapped("date") == [school.days[1]]
    assert link.day_changed_count == 1


@pytest.mark.parametrize("how", ["draft", "archived", "deleted", "line deleted"])
def test_marks_that_are_taken_back_are_taken_back_with_a_trace(env, link, school, how):
    link.action_link()
    sheet, day = school.sheets[1], school.days[1]
    if how == "draft":
        sheet.state = "draft"
    elif how == "archived":
        sheet.active = False
    elif how == "deleted":
        sheet.unlink()
    else:
        sheet.attendance_line.filtered(
            lambda line: line.student_id == school.ada
        ).unlink()
    night(link)
    assert words(env, school.ada).get(day, "unknown") == "unknown"
    kept = words(env, school.ben).get(day, "unknown")
    assert kept == ("present" if how == "line deleted" else "unknown")
    changes = env["intervention.attendance.change"].search(
        [("student_id", "=", school.ada.partner_id.id), ("date", "=", day)]
    )
    assert len(changes) == 1
    if how == "draft":
        sheet.state = "done"
        night(link)
        assert words(env, school.ada)[day] == "unexcused"


@pytest.mark.parametrize("how", ["deleted", "archived", "finished"])
def test_who_is_gone_there_has_left_here_with_everything_kept(
    env, keeper, link, school, how
):
    link.action_link()
    contact = school.ada.partner_id
    case = (
        env["intervention.meeting"]
        .with_user(keeper)
        .create({**VALS, "student_id": contact.id, "meeting_date": date.today()})
    )
    days = words(env, school.ada)
    if how == "deleted":
        env["op.attendance.line"].search([("student_id", "=", school.ada.id)]).unlink()
        school.ada.unlink()
    elif how == "archived":
        school.ada.active = False
    else:
        school.ada.course_detail_ids.state = "finished"
    night(link)
    contact.invalidate_recordset()
    assert contact.exists()
    assert contact.active
    assert contact.is_intervention_student
    assert contact.student_left_on
    assert case.sudo().has_student_left
    assert case.sudo().status == "open"
    if how != "deleted":
        assert words(env, school.ada) == days
    assert link.left_count == 1


def test_who_comes_back_there_has_not_left(env, link, school):
    link.action_link()
    school.ada.active = False
    night(link)
    assert school.ada.partner_id.student_left_on
    school.ada.active = True
    night(link)
    assert not school.ada.partner_id.student_left_on


def test_a_night_on_which_nobody_can_be_read_changes_nothing(env, link, school):
    link.action_link()
    before = words(env, school.ada)
    for group in GROUPS:
        found = env.ref(group, raise_if_not_found=False)
        if found:
            link.user_id.sudo().group_ids -= found
    link._look_or_say_why()
    assert link.problem
    assert not school.ada.partner_id.student_left_on
    assert words(env, school.ada) == before


# --- rights ---


def test_without_the_right_to_read_parents_the_rest_is_linked(env, school):
    other = new_user(env, "other", ADMIN, *GROUPS)
    with pytest.raises(AccessError):
        env["op.parent"].with_user(other).search([])
    system = linked_by(env, other)
    system.action_link()
    assert school.ada.partner_id.is_intervention_student
    assert not school.ada.partner_id.guardian_ids
    assert days_of(env, school.ada)
    [lack] = lines(system, "lack")
    assert "op.parent" in lack or "Parent" in lack


def test_who_may_read_no_student_there_links_nothing(env, school):
    other = new_user(env, "other", ADMIN)
    system = linked_by(env, other)
    with pytest.raises(UserError):
        system.action_link()
    assert not school.ada.partner_id.is_intervention_student


def test_nobody_chooses_whose_rights_are_used(env, school, keeper):
    other = new_user(env, "other", ADMIN)
    with pytest.raises(UserError):
        linked_by(env, other, user_id=keeper.id)


# --- what is read-only here ---


@pytest.mark.parametrize(
    "vals",
    [
        {"student_number": "7"},
        {"school_class_id": False},
        {"is_intervention_student": False},
        {"student_left_on": "2026-01-01"},
    ],
    ids=lambda vals: next(iter(vals)),
)
def test_what_comes_from_there_is_changed_there(env, link, school, vals):
    link.action_link()
    with pytest.raises(UserError, match="OpenEduCat"):
        school.ada.partner_id.write(vals)


def test_a_linked_class_is_renamed_there(env, link, school):
    link.action_link()
    grade = school.ada.partner_id.school_class_id
    with pytest.raises(UserError, match="OpenEduCat"):
        grade.name = "Another"
    school.a.name = "Grade 7 Blue"
    night(link)
    assert grade.name == "Grade 7 Blue"


def test_the_other_system_goes_on_working_with_linked_students(env, link, school):
    link.action_link()
    school.ada.write({"name": "Ada A. Achieng", "gr_no": "0200"})
    env.flush_all()
    school.ada.partner_id.phone = "0700"
    night(link)
    assert school.ada.partner_id.student_number == "0200"


# --- the end of a link ---


def test_unlinking_leaves_everything(env, keeper, link, school):
    link.action_link()
    ada = school.ada.partner_id
    case = (
        env["intervention.meeting"]
        .with_user(keeper)
        .create({**VALS, "student_id": ada.id, "meeting_date": date.today()})
    )
    case.add_progress("She came.")
    before = words(env, school.ada)
    link.action_unlink()
    env.invalidate_all()
    assert ada.is_intervention_student
    assert ada.student_number == "0117"
    assert ada.school_class_id.name == "Grade 7"
    assert ada.guardian_ids == school.mother.name
    assert words(env, school.ada) == before
    assert case.progress_ids
    assert not ada.school_system_id
    ada.student_number = "9"
    env.flush_all()
    link.action_link()
    assert ada.student_number == "0117"


# --- the other known system, whose classes have teachers ---


@pytest.fixture
def division(env, school):
    """A class of Educational ERP with a student, and a teacher who is an employee."""
    teacher = new_user(env, "teacher", FORM_MASTER)
    employee = env["hr.employee"].create({"name": "Teacher", "user_id": teacher.id})
    faculty = env["education.faculty"].create(
        {"name": "Teacher", "employee_id": employee.id}
    )
    year = env["education.academic.year"].create({"name": "2026"})
    it = env["education.class.division"].create(
        {"name": "Form 1", "academic_year_id": year.id, "faculty_id": faculty.id}
    )
    env["education.student"].create(
        {"name": "Zed Zuma", "ad_no": "0500", "class_division_id": it.id}
    )
    env.flush_all()
    return it


def linked_class(env, user):
    system = linked_by(env, user, preset_id=env.ref(OTHER_PRESET).id)
    env.invalidate_all()
    system.action_link()
    return system, env["intervention.class"].search([("name", "=", "Form 1")])


def test_the_teacher_of_a_class_is_its_form_master(env, division):
    # Who an employee is, Odoo tells all staff.
    other = new_user(env, "other", ADMIN)
    assert not env["hr.employee"].with_user(other).has_access("read")
    system, form = linked_class(env, other)
    assert form.form_master_id.login == "teacher"
    assert not lines(system, "lack")


@pytest.mark.parametrize("model", ["education.faculty", "hr.employee.public"])
def test_without_the_right_to_read_teachers_the_rest_is_linked(env, division, model):
    other = new_user(env, "other", ADMIN)
    env["ir.model.access"].search([("model_id.model", "=", model)]).active = False
    system, form = linked_class(env, other)
    assert form.student_ids.mapped("name") == ["Zed Zuma"]
    assert not form.form_master_id
    [lack] = lines(system, "lack")
    assert "teachers are left out" in lack
    # So they are chosen here, until they can be read.
    master = new_user(env, "master", FORM_MASTER)
    form.form_master_id = master
    night(system)
    assert form.form_master_id == master
    env["ir.model.access"].with_context(active_test=False).search(
        [("model_id.model", "=", model)]
    ).active = True
    night(system)
    assert form.form_master_id.login == "teacher"


# --- two schools in one Odoo ---


def test_two_schools_have_two_systems(env, keeper, link, school):
    other = env["res.company"].create({"name": "Other School"})
    keeper.company_ids |= other
    year = env["education.academic.year"].create({"name": "2026"})
    grade = env["education.class.division"].create(
        {"name": "Grade 7", "academic_year_id": year.id}
    )
    pupil, second = env["education.student"].create(
        [
            {"name": "Zed Zuma", "ad_no": "0117", "class_division_id": grade.id},
            {"name": "Yan Yego", "ad_no": "0500", "class_division_id": grade.id},
        ]
    )
    pupil.partner_id.company_id = second.partner_id.company_id = other
    for student in (school.ada, school.ben, school.cy):
        student.partner_id.company_id = env.company
    sheet = env["education.attendance"].create(
        {"division_id": grade.id, "date": school.days[0], "state": "done"}
    )
    env["education.attendance.line"].create(
        [
            {
                "attendance_id": sheet.id,
                "student_id": pupil.id,
                "present_morning": True,
            },
            {
                "attendance_id": sheet.id,
                "student_id": second.id,
                "present_morning": True,
                "present_afternoon": True,
            },
        ]
    )
    link.action_link()
    systems = env["intervention.school.system"].with_user(keeper)
    there = systems.with_context(allowed_company_ids=other.ids).create(
        {
            "name": "Educational ERP",
            "preset_id": env.ref(OTHER_PRESET).id,
        }
    )
    assert there.company_id == other
    there.action_link()
    zed, ada = pupil.partner_id, school.ada.partner_id
    assert zed.school_class_id.company_id == other
    assert ada.school_class_id.company_id == env.company
    assert zed.school_class_id != ada.school_class_id
    assert (zed.student_number, ada.student_number) == ("0117", "0117")
    day = days_of(env, pupil)[school.days[0]]
    assert day.company_id == other
    assert day.absent == pytest.approx(0.5)
    assert days_of(env, second)[school.days[0]].absent == 0
    night(link)
    night(there)
    assert not ada.student_left_on
    assert not zed.student_left_on
    there.action_unlink()
    assert ada.school_system_id == link.sudo()


# --- Odoo's own crowd, with linked students ---


def test_a_linked_student_with_a_case_is_neither_deleted_nor_archived_there_to_loss(
    env, keeper, link, school
):
    link.action_link()
    ada = school.ada.partner_id
    case = (
        env["intervention.meeting"]
        .with_user(keeper)
        .create({**VALS, "student_id": ada.id, "meeting_date": date.today()})
    )
    wizard = env["privacy.lookup.wizard"].create({"name": ada.name, "email": ada.email})
    wizard.action_lookup()
    tried = set()
    for line in wizard.line_ids:
        if line.res_model.startswith("op."):
            # What is theirs is for them to decide.
            continue
        tried.add(line.res_model)
        if line.res_model == "intervention.meeting":
            continue
        with pytest.raises((UserError, psycopg2.IntegrityError)), env.cr.savepoint():
            line.action_unlink()
    assert {"res.partner", "intervention.attendance"} <= tried
    env.invalidate_all()
    assert ada.exists()
    assert case.sudo().student_id == ada
    assert len(words(env, school.ada)) == 5


def test_merging_a_linked_student_with_a_contact_loses_nothing(
    env, keeper, link, school
):
    link.action_link()
    ada = school.ada.partner_id
    case = (
        env["intervention.meeting"]
        .with_user(keeper)
        .create({**VALS, "student_id": ada.id, "meeting_date": date.today()})
    )
    days = words(env, school.ada)
    double = env["res.partner"].create({"name": "Ada Achieng"})
    merge = env["base.partner.merge.automatic.wizard"].create(
        {
            "partner_ids": [(6, 0, (ada | double).ids)],
            "dst_partner_id": double.id,
            "state": "selection",
        }
    )
    merge.action_merge()
    env.flush_all()
    env.invalidate_all()
    assert not ada.exists()
    assert school.ada.partner_id == double
    night(link)
    assert double.student_number == "0117"
    assert double.school_class_id.name == "Grade 7"
    assert case.sudo().student_id == double
    assert words(env, school.ada) == days
    assert not double.student_left_on


def test_merging_two_linked_students_keeps_the_days_of_both(env, link, school):
    twin = school.student("Ada Achieng", school.b, gr_no="0900")
    other = school_days(6)[0]
    school.sheet(school.b, other, {twin: "a"})
    link.action_link()
    ada, gone = school.ada.partner_id, twin.partner_id
    days = words(env, school.ada)
    env["base.partner.merge.automatic.wizard"].create(
        {
            "partner_ids": [(6, 0, (ada | gone).ids)],
            "dst_partner_id": ada.id,
            "state": "selection",
        }
    ).action_merge()
    env.flush_all()
    env.invalidate_all()
    night(link)
    assert twin.partner_id == ada
    assert words(env, school.ada) == {other: "unexcused", **days}
    assert link.same_contact_count == 1
    night(link)
    assert words(env, school.ada) == {other: "unexcused", **days}


def recycle(env, record, action):
    """Let a rule of *Data Recycle* find a record, as its job does every night."""
    env["data_recycle.model"].create(
        {
            "name": record._name,
            "res_model_id": env["ir.model"]._get_id(record._name),
            "recycle_mode": "automatic",
            "recycle_action": action,
            "include_archived": True,
            "domain": f"[('id', 'in', {record.ids})]",
        }
    )._recycle_records()


def refusal(env, act, *args):
    """Return what a user is told who may not do something, or None."""
    try:
        with env.cr.savepoint():
            act(*args)
            env.flush_all()
    except UserError as error:
        return str(error)
    except psycopg2.IntegrityError as error:
        # As Odoo finds the sentence when a request fails.
        table = error.diag.table_name
        name = next(each for each in env.registry if env[each]._table == table)
        return env[name]._sql_error_to_message(error)
    finally:
        env.invalidate_all()
    return None


@pytest.fixture
def case(env, keeper, link, school):
    """A case of a linked student, with a note, in a class with a form master."""
    link.action_link()
    ada = school.ada.partner_id
    ada.school_class_id.form_master_id = new_user(env, "master", FORM_MASTER)
    case = (
        env["intervention.meeting"]
        .with_user(keeper)
        .create({**VALS, "student_id": ada.id, "meeting_date": date.today()})
    )
    case.add_progress("She came.")
    env.flush_all()
    return case.sudo()


@pytest.mark.parametrize("is_linked", [True, False], ids=["linked", "unlinked"])
def test_no_job_deletes_what_a_link_has_brought(env, link, school, case, is_linked):
    source = link.sudo().source_id
    days = words(env, school.ada)
    if not is_linked:
        link.action_unlink()
    student = case.student_id
    for record in (
        student,
        student.school_class_id,
        source,
        env["intervention.attendance"].search([("student_id", "=", student.id)]),
        case.progress_ids,
        link.user_id,
    ):
        text = refusal(env, recycle, env, record, "unlink")
        assert text, record
        # A sentence, and neither names of tables nor what PostgreSQL says.
        assert text.rstrip().endswith("."), text
        assert "_" not in text, text
        assert "violates" not in text, text
        assert record.exists() == record
    if is_linked:
        assert "Unlink it first" in refusal(env, recycle, env, link.sudo(), "unlink")
    assert words(env, school.ada) == days
    assert case.progress_ids.update_text == "She came."


@pytest.mark.parametrize("is_linked", [True, False], ids=["linked", "unlinked"])
def test_a_student_whom_a_job_archives_loses_nothing(
    env, link, school, case, is_linked
):
    days = words(env, school.ada)
    if not is_linked:
        link.action_unlink()
    student = case.student_id
    text = refusal(env, recycle, env, student, "archive")
    assert text is None
    assert not student.active
    assert case.active
    assert words(env, school.ada) == days
    if is_linked:
        night(link)
        assert lines(link, "archived") == ["Ada Achieng"]
    student.active = True
    assert student.school_class_id.name == "Grade 7"
    assert student.student_number == "0117"
    assert words(env, school.ada) == days
    assert case.progress_ids.update_text == "She came."


def test_a_linked_class_that_a_job_archives_stays(env, link, school, case):
    text = refusal(env, recycle, env, case.student_id.school_class_id, "archive")
    assert "OpenEduCat" in text
    assert case.student_id.school_class_id.active


def test_what_a_look_remembers_is_made_anew_when_a_job_deletes_it(
    env, link, school, case
):
    before = words(env, school.ada)
    changes = env["intervention.attendance.change"].search_count([])
    grade, master = case.class_id, case.class_id.form_master_id
    for kind in ("mark", "student", "class"):
        kept = env[f"intervention.school.{kind}"].search([])
        assert kept
        assert refusal(env, recycle, env, kept, "unlink") is None
        assert not kept.exists()
    night(link)
    assert words(env, school.ada) == before
    assert env["intervention.attendance.change"].search_count([]) == changes
    student = case.student_id
    assert student.school_class_id == grade
    assert grade.form_master_id == master
    assert student.school_system_id == link.sudo()
    assert not student.student_left_on


def test_who_reads_is_archived_and_that_is_said(env, link, school, case):
    days = words(env, school.ada)
    reader = link.user_id.with_env(env)
    reader.active = False
    env.flush_all()
    link._look_or_say_why()
    assert "has been archived" in link.problem
    assert "Reads as" in link.problem
    assert not case.student_id.student_left_on
    assert words(env, school.ada) == days
    reader.active = True
    night(link)


def test_an_archived_school_is_not_looked_at_until_it_is_back(
    env, keeper, link, school
):
    other = env["res.company"].create({"name": "Other School"})
    keeper.company_ids |= other
    link.company_id = other
    link.action_link()
    days = words(env, school.ada)
    other.active = False
    env.flush_all()
    systems = env["intervention.school.system"]
    assert link.sudo() not in systems._to_look_at()
    with pytest.raises(UserError, match="Other School has been archived"):
        link.sudo()._look()
    assert not school.ada.partner_id.student_left_on
    assert words(env, school.ada) == days
    other.active = True
    assert link.sudo() in systems._to_look_at()
    night(link)
    assert words(env, school.ada) == days


def test_students_whom_deduplication_merges_by_address_keep_the_days_of_both(
    env, link, school
):
    twin = school.student("Ada A.", school.b, gr_no="0900")
    twin.partner_id.email = school.ada.email
    other = school_days(6)[0]
    school.sheet(school.b, other, {twin: "a"})
    link.action_link()
    both = school.ada.partner_id | twin.partner_id
    days = words(env, school.ada)
    wizard = env["base.partner.merge.automatic.wizard"].create(
        {"group_by_email": True, "exclude_contact": False}
    )
    wizard.action_start_manual_process()
    while wizard.current_line_id:
        wizard.action_merge()
    env.flush_all()
    env.invalidate_all()
    assert len(both.exists()) == 1
    assert twin.partner_id == school.ada.partner_id
    night(link)
    assert words(env, school.ada) == {other: "unexcused", **days}


# --- registers ---


def test_where_marks_come_by_themselves_no_register_is_missing(env, link, school):
    link.action_link()
    master = new_user(env, "master", FORM_MASTER)
    grade = school.ada.partner_id.school_class_id
    grade.form_master_id = master
    env.flush_all()
    classes = env["intervention.class"].with_user(master)
    assert not classes.browse(grade.id).is_register_missing
    # Other classes of the school may take theirs here.
    own = env["intervention.class"].create(
        {"name": "Grade 9", "form_master_id": master.id}
    )
    env["intervention.attendance.source"].create(
        {"name": "Registers", "kind": "register"}
    )
    env.flush_all()
    assert set(classes._registers_to_take()) <= {own.name}
    # Of a class without marks they would be told.
    other = school.cy.partner_id.school_class_id
    other.form_master_id = master
    env.flush_all()
    env.invalidate_all()
    assert classes.browse(other.id).is_register_missing
