from lxml import etree
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import NARRATIVE, InterventionCase


@tagged("standard", "post_install", "-at_install")
class TestForms(InterventionCase):
    """The forms, as the web client fills them in."""

    def _fill_in(self, form, **vals):
        for name, value in {
            "student_id": self.ada,
            "root_cause": "health",
            **NARRATIVE,
            **vals,
        }.items():
            setattr(form, name, value)

    def test_a_form_master_records_and_corrects_a_meeting(self):
        form = Form(self.meetings(self.fm))
        self.assertEqual(form.meeting_date, self.day(0))
        self.assertEqual(form.urgency_level, "medium")
        self._fill_in(form, follow_up_date=self.day(3))
        meeting = form.save()
        self.assertEqual(meeting.form_master_id, self.fm)
        with Form(meeting) as form:
            form.action_plan = "Another plan"
        self.assertEqual(meeting.action_plan, "Another plan")

    def test_an_administrator_records_for_a_form_master(self):
        form = Form(self.meetings(self.boss))
        self._fill_in(form, form_master_id=self.fm2)
        self.assertEqual(form.save().form_master_id, self.fm2)

    def test_a_form_master_does_not_choose_the_owner(self):
        form = Form(self.meetings(self.fm))
        with self.assertRaises(AssertionError):
            form.form_master_id = self.fm2

    def test_the_form_shows_the_class_of_the_student(self):
        form = Form(self.meetings(self.fm))
        form.student_id = self.cy
        self.assertEqual(form.class_id, self.class_b)

    def test_an_overdue_meeting_is_saved_from_the_form(self):
        meeting = self.overdue()
        with Form(meeting) as form:
            form.action_plan = "Another plan"
        self.assertEqual(meeting.action_plan, "Another plan")

    def test_the_form_of_a_closed_meeting_is_read_only(self):
        meeting = self.in_status("closed")
        form = Form(meeting)
        for name in ("root_cause", "urgency_level", *NARRATIVE):
            with self.subTest(name), self.assertRaises(AssertionError):
                setattr(form, name, "other")

    def test_a_new_meeting_of_a_student_has_the_student(self):
        action = self.ada.with_user(self.fm).action_view_interventions()
        form = Form(self.meetings(self.fm).with_context(**action["context"]))
        self.assertEqual(form.student_id, self.ada)

    def test_the_history_is_shown_in_the_form(self):
        meeting = self.record()
        self.add_update(meeting, "Came on time.")
        form = Form(meeting)
        self.assertEqual(len(form.progress_ids), 1)

    def test_an_administrator_makes_a_class(self):
        form = Form(self.env["intervention.class"].with_user(self.boss))
        form.name = "Test 9A"
        form.form_master_id = self.fm
        self.assertEqual(form.save().form_master_id, self.fm)

    def _numbers(self, node, model):
        """Yield the fields of a view that are numbers with decimals."""
        for child in node:
            field = child.tag == "field" and model._fields.get(child.get("name"))
            if field and field.relational:
                yield from self._numbers(child, self.env[field.comodel_name])
            else:
                if field and field.type == "float":
                    yield child
                yield from self._numbers(child, model)

    def test_days_have_no_zeros_behind_them(self):
        """16 days are not 16.00, in lists and forms, and on buttons."""
        views = self.env["ir.model.data"].search(
            [("module", "=", "intervention_tracking"), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(views.mapped("res_id")):
            if view.type not in ("form", "list") or view.model not in self.env:
                continue
            numbers = self._numbers(etree.fromstring(view.arch), self.env[view.model])
            for node in numbers:
                # Odoo's widget of numbers on buttons keeps the zeros.
                self.assertNotEqual(node.get("widget"), "statinfo", view.name)
                if not node.get("widget") and not node.get("invisible"):
                    with self.subTest(view.name, field=node.get("name")):
                        options = safe_eval(node.get("options", "{}"))
                        self.assertTrue(options.get("hide_trailing_zeros"))

    def test_a_student_is_made_in_the_form_of_contacts(self):
        user = self._new_user(
            "secretary",
            "intervention_tracking.group_intervention_form_master,"
            "base.group_partner_manager",
        )
        form = Form(
            self.env["res.partner"]
            .with_user(user)
            .with_context(default_is_intervention_student=True)
        )
        form.name = "Flo Test"
        form.student_number = "T-0100"
        form.school_class_id = self.class_a
        self.assertRecordValues(
            form.save(),
            [{"is_intervention_student": True, "school_class_id": self.class_a.id}],
        )

    def _student_form(self, student=None, groups="base.group_partner_manager"):
        """Return the form of the students' menu, opened by a form master."""
        user = self._new_user(
            "opener", f"intervention_tracking.group_intervention_form_master,{groups}"
        )
        action = self.env.ref("intervention_tracking.res_partner_action_students")
        views = {view.view_mode: view.view_id for view in action.view_ids}
        students = self.env["res.partner"].with_user(user)
        return Form(
            (student or students)
            .with_user(user)
            .with_context(**safe_eval(action.context)),
            view=views["form"],
        )

    def test_the_menu_of_students_makes_students(self):
        form = self._student_form()
        form.name = "Flo Test"
        form.student_number = "T-0100"
        form.school_class_id = self.class_a
        form.guardian_ids.add(self.env["res.partner"].create({"name": "Guardian"}))
        student = form.save()
        self.assertRecordValues(
            student,
            [
                {
                    "is_intervention_student": True,
                    "is_company": False,
                    "student_number": "T-0100",
                }
            ],
        )
        self.assertEqual(student.guardian_ids.name, "Guardian")

    def test_the_menu_of_students_opens_a_form_without_business_fields(self):
        form = self._student_form(self.ada)
        for name in ("vat", "function", "parent_id", "website", "child_ids"):
            with self.subTest(name):
                self.assertNotIn(name, form._view["fields"])
        self.assertEqual(form.student_number, "T-0001")

    def _arch_of_students(self, user, view_ref):
        view = self.env.ref(view_ref)
        students = self.env["res.partner"].with_user(user)
        return etree.fromstring(students.get_view(view.id, "form")["arch"])

    def test_who_may_not_change_contacts_reads_the_form_of_a_student(self):
        arch = self._arch_of_students(
            self.fm, "intervention_tracking.res_partner_view_form_student"
        )
        for right in ("create", "edit", "delete"):
            with self.subTest(right):
                self.assertEqual(arch.get(right), "False")
        names = {field.get("name") for field in arch.iter("field")}
        shown = self.ada.with_user(self.fm).read(names & set(self.ada._fields))
        self.assertEqual(shown[0]["name"], "Ada Test")

    def test_the_form_of_students_does_what_the_tab_of_contacts_does(self):
        tab = self._arch_of_students(self.boss, "base.view_partner_form").find(
            ".//page[@name='student']"
        )
        form = self._arch_of_students(
            self.boss, "intervention_tracking.res_partner_view_form_student"
        )
        for kind in ("button", "field"):
            names = {node.get("name") for node in tab.iter(kind)}
            self.assertTrue(names)
            self.assertLessEqual(names, {node.get("name") for node in form.iter(kind)})

    def test_our_screens_open_a_student_in_the_form_of_students(self):
        ref = "intervention_tracking.res_partner_view_form_student"
        for model, name in (
            ("intervention.meeting", "student_id"),
            ("intervention.contact", "student_id"),
            ("intervention.class", "student_ids"),
        ):
            arch = self.env[model].with_user(self.boss).get_view(view_type="form")
            for field in etree.fromstring(arch["arch"]).iterfind(
                f".//field[@name='{name}']"
            ):
                with self.subTest(model):
                    context = safe_eval(field.get("context"))
                    self.assertEqual(context["form_view_ref"], ref)
        opened = self.ada.with_user(self.fm).with_context(form_view_ref=ref)
        arch = etree.fromstring(opened.get_view(view_type="form")["arch"])
        self.assertIsNone(arch.find(".//field[@name='vat']"))


@tagged("standard", "post_install", "-at_install")
class TestViews(InterventionCase):
    """Every view and every action of the addon loads for who may use it."""

    def _of_addon(self, model):
        data = self.env["ir.model.data"].search(
            [("module", "=", "intervention_tracking"), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id"))

    def _assert_view_loads(self, view, user):
        records = self.env[view.model].with_user(user)
        base = view if view.mode == "primary" else view.inherit_id
        result = records.get_views([(base.id, base.type)], {"toolbar": True})
        self.assertIn(base.type, result["views"])

    def test_every_view_loads_for_an_administrator(self):
        views = self._of_addon("ir.ui.view").filtered("model")
        self.assertTrue(views)
        for view in views:
            with self.subTest(view.name):
                self._assert_view_loads(view, self.boss)

    def test_every_view_loads_for_a_form_master(self):
        views = self._of_addon("ir.ui.view").filtered(
            lambda view: (
                view.model
                and self.env[view.model].with_user(self.fm).has_access("read")
            )
        )
        self.assertIn("intervention.meeting", views.mapped("model"))
        for view in views:
            with self.subTest(view.name):
                self._assert_view_loads(view, self.fm)

    def test_every_action_loads_with_its_views(self):
        seen = set()
        for action in self._of_addon("ir.actions.act_window"):
            modes = [(False, mode) for mode in action.view_mode.split(",")]
            for user in (self.fm, self.boss):
                records = self.env[action.res_model].with_user(user)
                if not records.has_access("read"):
                    continue
                seen.add(user)
                with self.subTest(action.name, user=user.login):
                    result = records.get_views([*modes, (False, "search")])
                    self.assertEqual(len(result["views"]), len(modes) + 1)
        self.assertEqual(seen, {self.fm, self.boss})

    def test_every_filter_can_be_searched(self):
        searches = self._of_addon("ir.ui.view").filtered(lambda v: v.type == "search")
        self.assertTrue(searches)
        for view in searches:
            for user in (self.fm, self.boss):
                records = self.env[view.model].with_user(user)
                arch = etree.fromstring(records.get_view(view.id, "search")["arch"])
                for node in arch.iter("filter"):
                    if not node.get("domain"):
                        continue
                    domain = safe_eval(node.get("domain"), {"uid": user.id})
                    with self.subTest(node.get("name"), user=user.login):
                        self.assertGreaterEqual(records.search_count(domain), 0)

    def test_typing_chooses_in_every_choice_of_a_form(self):
        plain, ours = [], []
        for view in self._of_addon("ir.ui.view").filtered(
            lambda view: (
                view.type == "form"
                and view.mode == "primary"
                and view.model.startswith("intervention.")
            )
        ):
            form = etree.fromstring(view.get_combined_arch())
            if form.get("edit") == "0" and form.get("create") == "0":
                continue
            fields = self.env[view.model]._fields
            for node in form.xpath(
                "//field[not(ancestor::field)][not(@invisible='1')]"
            ):
                field = fields[node.get("name")]
                if field.type == "selection" and not field.readonly:
                    place = (view.xml_id, field.name)
                    if node.get("widget") == "intervention_choice":
                        ours.append(place)
                    elif not node.get("widget") and node.get("readonly") != "1":
                        plain.append(place)
        self.assertGreater(len(ours), 6)
        self.assertEqual(plain, [])

    def test_every_download_of_numbers_has_a_name(self):
        views = self._of_addon("ir.ui.view").filtered(
            lambda view: view.type in ("pivot", "graph")
        )
        self.assertTrue(views)
        for view in views:
            with self.subTest(view.name):
                self.assertTrue(etree.fromstring(view.arch).get("string"))

    def test_every_group_by_can_be_grouped(self):
        self.record()
        grouped = set()
        searches = self._of_addon("ir.ui.view").filtered(lambda v: v.type == "search")
        for view in searches:
            records = self.env[view.model].with_user(self.boss)
            arch = etree.fromstring(records.get_view(view.id, "search")["arch"])
            for node in arch.iter("filter"):
                group_by = safe_eval(node.get("context", "{}")).get("group_by")
                if group_by:
                    grouped.add(group_by)
                    with self.subTest(node.get("name")):
                        self.assertTrue(
                            records.formatted_read_group([], [group_by], ["__count"])
                            or not records.search_count([])
                        )
        self.assertIn("root_cause", grouped)

    def test_settings_open_for_an_administrator(self):
        action = self.env.ref("intervention_tracking.intervention_settings_action")
        result = action.with_user(self.boss).run()
        self.assertEqual(result["res_model"], "intervention.settings")
