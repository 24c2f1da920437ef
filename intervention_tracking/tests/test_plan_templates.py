import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from psycopg2.errors import CheckViolation, ForeignKeyViolation, NotNullViolation

from .common import ADMIN, CAUSES, FORM_MASTER, NARRATIVE, InterventionCase

OPERATIONS = ("read", "write", "create", "unlink")
MODEL = "intervention.plan.template"
BLANKS = ("", " ", "\n\n", "\t \r\n", "\u2003\u3000", "\u200e\ufeff")


class TemplateCase(InterventionCase):
    """Two templates for health, one for family."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asthma = cls._new_template(
            "Asthma",
            guidance="Ask about the nights.",
            follow_up_days=14,
            urgency_level="high",
        )
        cls.teeth = cls._new_template("Toothache", follow_up_days=3)
        cls.siblings = cls._new_template(
            "Siblings", "family", follow_up_days=7, urgency_level="low"
        )

    @classmethod
    def _new_template(cls, name, root_cause="health", **vals):
        return cls.env[MODEL].create(
            {
                "name": name,
                "root_cause": root_cause,
                "action_plan": f"Plan: {name}, by …",
                **vals,
            }
        )

    def templates(self, user):
        return self.env[MODEL].with_user(user)


@tagged("standard", "post_install", "-at_install")
class TestPlanTemplates(TemplateCase):
    """What a template is, and who may do what with it."""

    # rights

    def test_rights_on_plan_templates(self):
        for user, allowed in (
            (self.public, ()),
            (self.portal, ()),
            (self.staff, ()),
            (self.fm, ("read",)),
            (self.fm2, ("read",)),
            (self.boss, OPERATIONS),
        ):
            with self.subTest(user.login):
                records = self.templates(user)
                self.assertEqual(
                    {name for name in OPERATIONS if records.has_access(name)},
                    set(allowed),
                )

    def test_outsiders_read_no_template(self):
        for user in (self.public, self.portal, self.staff):
            self.env.invalidate_all()
            for action in (
                lambda user=user: self.asthma.with_user(user).read(["name"]),
                lambda user=user: self.templates(user).search([]),
                lambda user=user: self.templates(user).name_search(""),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    action()

    def test_a_form_master_reads_and_changes_nothing(self):
        template = self.asthma.with_user(self.fm)
        self.assertEqual(template.action_plan, "Plan: Asthma, by …")
        for change in (
            lambda: template.write({"name": "Other"}),
            lambda: template.unlink(),
            lambda: template.action_archive(),
            lambda: template.copy(),
        ):
            with self.assertRaises(AccessError):
                change()

    @mute_logger("odoo.models.unlink")
    def test_an_administrator_manages_templates(self):
        form = Form(self.templates(self.boss))
        form.name = "Market day"
        form.root_cause = "financial"
        form.action_plan = "Student: comes on all days but …"
        template = form.save()
        self.assertFalse(template.company_id)
        with Form(template) as form:
            form.follow_up_days = 5
        template.action_archive()
        self.assertNotIn(template, self.templates(self.fm).search([]))
        template.unlink()
        self.assertFalse(template.exists())

    # content

    def test_each_required_field_is_needed(self):
        for name in ("name", "root_cause", "action_plan"):
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(NotNullViolation),
                self.env.cr.savepoint(),
            ):
                vals = {"name": "Other", "root_cause": "other", "action_plan": "Plan"}
                self.env[MODEL].create({**vals, name: False})

    def test_a_blank_text_is_refused(self):
        for name in ("name", "action_plan"):
            for blank in BLANKS[1:]:
                with (
                    self.subTest(name, blank=blank),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                    self.env.cr.savepoint(),
                ):
                    self.asthma.write({name: blank})
                    self.asthma.flush_recordset()

    def test_a_blank_text_is_refused_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.asthma.with_context(lang="fr_FR")
        french.action_plan = "Plan: asthme"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            french.action_plan = "  "
            french.flush_recordset()
        french.invalidate_recordset()
        self.assertEqual(french.action_plan, "Plan: asthme")
        self.assertEqual(self.asthma.action_plan, "Plan: Asthma, by …")

    def test_follow_up_days_are_none_or_up_to_a_year(self):
        for days in (0, 1, 365):
            self.asthma.follow_up_days = days
            self.asthma.flush_recordset()
        for days in (-1, 366):
            with (
                self.subTest(days),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.asthma.follow_up_days = days
                self.asthma.flush_recordset()

    def test_a_choice_that_does_not_exist_is_refused(self):
        for name in ("root_cause", "urgency_level"):
            with self.subTest(name), self.assertRaises(ValueError):
                self.asthma.write({name: "lazy"})

    def test_a_copy_is_named_as_one(self):
        self.assertEqual(self.asthma.copy().name, "Asthma (copy)")
        self.assertEqual(self.asthma.copy({"name": "Other"}).name, "Other")

    def test_the_name_tells_the_cause_where_that_is_not_known(self):
        self.assertEqual(self.asthma.display_name, "Asthma")
        self.assertEqual(
            self.asthma.with_context(intervention_name_with_cause=True).display_name,
            "Health Issue: Asthma",
        )
        new = self.env[MODEL].with_context(intervention_name_with_cause=True).new({})
        self.assertFalse(new.display_name)

    # deleting

    def test_a_used_template_is_not_deleted(self):
        self.record(plan_template_id=self.asthma.id)
        with self.assertRaisesRegex(UserError, "Asthma.*Archive it instead"):
            self.asthma.with_user(self.boss).unlink()

    def test_a_template_of_an_archived_meeting_is_not_deleted(self):
        self.archived(plan_template_id=self.asthma.id)
        with self.assertRaises(UserError):
            self.asthma.with_user(self.boss).unlink()

    def test_the_database_keeps_a_used_template(self):
        self.record(plan_template_id=self.asthma.id)
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ForeignKeyViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "DELETE FROM intervention_plan_template WHERE id = %s", [self.asthma.id]
            )

    def test_a_starter_is_archived_and_not_deleted(self):
        starter = self.env.ref("intervention_tracking.plan_template_illness")
        with self.assertRaisesRegex(UserError, "next upgrade"):
            starter.with_user(self.boss).unlink()
        starter.with_user(self.boss).action_archive()
        self.assertFalse(starter.active)

    # how often it was used

    def test_the_meetings_that_used_it_are_counted_as_far_as_visible(self):
        self.record(plan_template_id=self.asthma.id)
        self.record(self.fm2, student_id=self.cy.id, plan_template_id=self.asthma.id)
        self.archived(student_id=self.ben.id, plan_template_id=self.asthma.id)
        for user, count in ((self.fm, 1), (self.fm2, 1), (self.boss, 2)):
            with self.subTest(user.login):
                template = self.asthma.with_user(user)
                self.assertEqual(template.meeting_count, count)
                action = (
                    self.env["ir.actions.act_window"]
                    .with_user(user)
                    ._for_xml_id(
                        "intervention_tracking.intervention_meeting_action_plan_template"
                    )
                )
                self.assertEqual(
                    self.meetings(user).search_count(
                        [("plan_template_id", "=", template.id)]
                    ),
                    count,
                )
                self.assertEqual(action["res_model"], "intervention.meeting")

    def test_counting_takes_one_query_for_all(self):
        self.record(plan_template_id=self.asthma.id)
        self.env.flush_all()
        templates = self.templates(self.boss).search([])
        self.assertGreater(len(templates), 10)
        templates.mapped("meeting_count")
        templates.invalidate_recordset(["meeting_count"])
        with self.assertQueryCount(1):
            templates.mapped("meeting_count")

    def test_meetings_are_grouped_by_template(self):
        self.record(plan_template_id=self.asthma.id)
        self.record(root_cause="family")
        groups = self.meetings(self.fm).formatted_read_group(
            [], ["plan_template_id"], ["__count"]
        )
        self.assertEqual(
            [(group["plan_template_id"], group["__count"]) for group in groups],
            [((self.asthma.id, "Asthma"), 1), (False, 1)],
        )

    # the starter set

    def test_the_starter_set_is_complete(self):
        starters = self.env[MODEL].browse(
            self.env["ir.model.data"]
            .search([("module", "=", "intervention_tracking"), ("model", "=", MODEL)])
            .mapped("res_id")
        )
        for cause in CAUSES:
            of_cause = starters.filtered(lambda t, cause=cause: t.root_cause == cause)
            self.assertGreaterEqual(len(of_cause), 2, cause)
        self.assertEqual(len(set(starters.mapped("name"))), len(starters))
        for template in starters:
            with self.subTest(template.name):
                self.assertIn("…", template.action_plan)
                self.assertIn("?", template.guidance)
                self.assertTrue(3 <= len(template.guidance.splitlines()) <= 6)
                self.assertGreater(template.follow_up_days, 0)
                self.assertTrue(template.urgency_level)
                self.assertFalse(template.company_id)
                for text in (template.guidance, template.action_plan):
                    # The layout of the data file does not get into the texts.
                    self.assertFalse(re.search(r"^\s|\s$|\n\s", text))


@tagged("standard", "post_install", "-at_install")
class TestRecordedTemplate(TemplateCase):
    """A meeting keeps which template it was recorded with."""

    def test_the_template_is_recorded_and_fills_nothing_by_itself(self):
        meeting = self.record(plan_template_id=self.asthma.id)
        self.assertRecordValues(
            meeting,
            [
                {
                    "plan_template_id": self.asthma.id,
                    "action_plan": NARRATIVE["action_plan"],
                    "urgency_level": "low",
                    "follow_up_date": False,
                }
            ],
        )

    def test_a_plan_is_needed_also_with_a_template(self):
        vals = self.vals(plan_template_id=self.asthma.id)
        del vals["action_plan"]
        with self.assertRefused("action_plan"):
            self.meetings(self.fm).create(vals)

    def test_what_is_no_template_is_refused(self):
        for value in (0.5, "Asthma", True, -1, 2**40, 10**9, [self.asthma.id]):
            with self.subTest(value), self.assertRefused("plan_template_id"):
                self.record(plan_template_id=value)

    def test_a_template_for_another_cause_is_refused(self):
        with self.assertRefused("plan_template_id") as caught:
            self.record(plan_template_id=self.siblings.id)
        self.assertIn("“Siblings” is for another root cause", str(caught.exception))

    def test_all_faults_are_named_at_once(self):
        with self.assertRefused("plan_template_id", "absence_reason"):
            self.record(plan_template_id=self.siblings.id, absence_reason=" ")
        with self.assertRefused("root_cause"):
            self.record(plan_template_id=self.siblings.id, root_cause=False)

    def test_an_archived_template_can_still_be_recorded(self):
        # It may be archived while somebody is typing.
        self.asthma.active = False
        meeting = self.record(plan_template_id=self.asthma.id)
        self.assertEqual(meeting.plan_template_id, self.asthma)

    def test_nobody_changes_it_afterwards(self):
        meeting = self.record(plan_template_id=self.asthma.id)
        without = self.record(root_cause="family")
        for user in (self.fm, self.boss):
            with self.subTest(user.login):
                with self.assertRefused("plan_template_id"):
                    meeting.with_user(user).plan_template_id = self.teeth
                with self.assertRefused("plan_template_id"):
                    meeting.with_user(user).plan_template_id = False
                with self.assertRefused("plan_template_id"):
                    without.with_user(user).plan_template_id = self.siblings
        with self.assertRefused("plan_template_id"):
            self.asthma.with_user(self.boss).write({"meeting_ids": [Command.clear()]})
        meeting.write({"plan_template_id": self.asthma.id, "urgency_level": "high"})
        self.assertEqual(meeting.urgency_level, "high")

    def test_it_stays_when_the_cause_is_corrected(self):
        meeting = self.record(plan_template_id=self.asthma.id)
        meeting.root_cause = "financial"
        with Form(meeting) as form:
            form.root_cause = "other"
        self.assertEqual(meeting.plan_template_id, self.asthma)

    def test_it_stays_when_the_template_is_changed_or_archived(self):
        meeting = self.record(plan_template_id=self.asthma.id)
        self.asthma.write(
            {"action_plan": "Another", "root_cause": "other", "active": False}
        )
        self.assertEqual(meeting.plan_template_id, self.asthma)
        self.assertEqual(meeting.action_plan, NARRATIVE["action_plan"])
        meeting.urgency_level = "high"

    def test_a_closed_meeting_shows_it(self):
        meeting = self.in_status("closed", plan_template_id=self.asthma.id)
        form = Form(meeting)
        self.assertEqual(form.plan_template_id, self.asthma)
        self.assertEqual(meeting.plan_template_guidance, "Ask about the nights.")

    def test_it_is_found_in_no_mail_and_no_message(self):
        meeting = self.in_status("escalated", plan_template_id=self.asthma.id)
        self.flush_tracking()
        activities = self.env["mail.activity"].search([("res_id", "=", meeting.id)])
        texts = (
            meeting.display_name,
            *meeting.message_ids.mapped("body"),
            *activities.mapped("note"),
            *activities.mapped("summary"),
        )
        for text in texts:
            self.assertNotIn("Asthma", text or "")


@tagged("standard", "post_install", "-at_install")
class TestFilling(TemplateCase):
    """Choosing a template in a form fills what is empty and overwrites nothing."""

    def _form(self, user=None, **context):
        view = "intervention_tracking.intervention_meeting_view_form_record"
        return Form(self.meetings(user or self.fm).with_context(**context), view=view)

    def _assert_form(self, form, **values):
        for name, value in values.items():
            self.assertEqual(form[name] or False, value, name)

    def test_an_empty_form_is_filled(self):
        for view in (
            "intervention_tracking.intervention_meeting_view_form_record",
            "intervention_tracking.intervention_meeting_view_form",
        ):
            with self.subTest(view):
                form = Form(self.meetings(self.fm), view=view)
                form.plan_template_id = self.asthma
                self._assert_form(
                    form,
                    root_cause="health",
                    action_plan="Plan: Asthma, by …",
                    follow_up_date=self.day(14),
                    urgency_level="high",
                    absence_reason=False,
                    intervention_notes=False,
                )

    def test_what_was_filled_is_recorded(self):
        form = self._form()
        form.student_id = self.ada
        form.plan_template_id = self.asthma
        form.absence_reason = form.intervention_notes = "Said"
        form.action_plan = "Plan: Asthma, by Friday"
        self.assertRecordValues(
            form.save(),
            [
                {
                    "plan_template_id": self.asthma.id,
                    "root_cause": "health",
                    "action_plan": "Plan: Asthma, by Friday",
                    "follow_up_date": self.day(14),
                    "urgency_level": "high",
                }
            ],
        )

    def test_what_was_typed_stays(self):
        form = self._form()
        form.action_plan = "Typed"
        form.follow_up_date = self.day(2)
        form.urgency_level = "low"
        form.plan_template_id = self.asthma
        self._assert_form(
            form,
            action_plan="Typed",
            follow_up_date=self.day(2),
            urgency_level="low",
        )

    def test_blank_follow_up_and_urgency_of_a_template_fill_nothing(self):
        self.teeth.follow_up_days = 0
        form = self._form()
        form.plan_template_id = self.teeth
        self._assert_form(form, follow_up_date=False, urgency_level="medium")

    def test_an_urgency_chosen_by_hand_stays_also_when_it_is_the_usual_one(self):
        form = self._form()
        form.urgency_level = "low"
        form.urgency_level = "medium"
        form.plan_template_id = self.asthma
        self.assertEqual(form.urgency_level, "medium")

    def test_a_date_chosen_again_by_hand_stays(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.follow_up_date = self.day(2)
        form.follow_up_date = self.day(14)
        form.plan_template_id = self.teeth
        self.assertEqual(form.follow_up_date, self.day(14))

    def test_another_template_replaces_what_the_first_has_filled(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.plan_template_id = self.teeth
        self._assert_form(
            form,
            action_plan="Plan: Toothache, by …",
            follow_up_date=self.day(3),
            urgency_level="medium",
        )

    def test_another_template_leaves_what_was_changed(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.action_plan = "Plan: Asthma, by Friday"
        form.follow_up_date = self.day(1)
        form.urgency_level = "low"
        form.plan_template_id = self.teeth
        self._assert_form(
            form,
            action_plan="Plan: Asthma, by Friday",
            follow_up_date=self.day(1),
            urgency_level="low",
        )

    def test_what_was_emptied_is_filled_by_the_next_template(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.action_plan = False
        form.follow_up_date = False
        self._assert_form(form, action_plan=False, follow_up_date=False)
        form.plan_template_id = self.teeth
        self._assert_form(
            form,
            action_plan="Plan: Toothache, by …",
            follow_up_date=self.day(3),
        )

    def test_without_the_template_its_filling_goes_as_well(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.plan_template_id = self.env[MODEL]
        self._assert_form(
            form,
            root_cause=False,
            action_plan=False,
            follow_up_date=False,
            urgency_level="medium",
        )

    def test_without_the_template_what_was_changed_stays(self):
        form = self._form()
        form.root_cause = "health"
        form.plan_template_id = self.asthma
        form.action_plan = "Plan: Asthma, by Friday"
        form.plan_template_id = self.env[MODEL]
        self._assert_form(
            form,
            root_cause="health",
            action_plan="Plan: Asthma, by Friday",
            follow_up_date=False,
        )

    def test_another_cause_takes_the_template_away(self):
        form = self._form()
        form.plan_template_id = self.asthma
        form.follow_up_date = self.day(1)
        form.root_cause = "family"
        self.assertFalse(form.plan_template_id)
        self._assert_form(
            form,
            root_cause="family",
            action_plan=False,
            follow_up_date=self.day(1),
            urgency_level="medium",
        )

    def test_the_same_cause_keeps_the_template(self):
        form = self._form()
        form.root_cause = "health"
        form.plan_template_id = self.asthma
        form.root_cause = "health"
        self.assertEqual(form.plan_template_id, self.asthma)

    def test_guidance_and_plan_of_the_template_can_be_shown(self):
        form = Form(self.meetings(self.fm))
        form.plan_template_id = self.asthma
        self.assertEqual(form.plan_template_id.guidance, "Ask about the nights.")
        meeting = self.meetings(self.fm).new({"plan_template_id": self.asthma.id})
        self.assertEqual(meeting.plan_template_guidance, "Ask about the nights.")
        self.assertEqual(meeting.plan_template_action_plan, self.asthma.action_plan)

    def test_the_date_is_counted_from_the_day_of_the_user(self):
        self.fm.tz = "Pacific/Kiritimati"  # fourteen hours ahead
        with freeze_time("2026-03-02 20:00:00"):
            form = self._form()
            form.plan_template_id = self.asthma
            today = fields.Date.to_date("2026-03-03")
            self.assertEqual(form.follow_up_date, today + timedelta(days=14))

    def test_a_template_in_the_context_fills_the_form(self):
        form = self._form(
            default_plan_template_id=self.asthma.id, default_root_cause="health"
        )
        self._assert_form(
            form, action_plan="Plan: Asthma, by …", follow_up_date=self.day(14)
        )

    def test_an_urgency_in_the_context_is_nobodys_choice_yet(self):
        form = self._form(default_urgency_level="low")
        self.assertEqual(form.urgency_level, "low")
        form.plan_template_id = self.asthma
        self.assertEqual(form.urgency_level, "high")
        form.plan_template_id = self.teeth
        self.assertEqual(form.urgency_level, "low")

    def test_the_language_of_the_user_is_filled_in(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.asthma.with_context(lang="fr_FR").action_plan = "Plan: asthme"
        form = self._form(lang="fr_FR")
        form.plan_template_id = self.asthma
        self.assertEqual(form.action_plan, "Plan: asthme")

    # what is offered

    def _offered(self, user, **vals):
        """Return the templates that a form offers, as the web client asks for them."""
        meeting = self.meetings(user).new(vals)
        domain = self.meetings(user).fields_get(["plan_template_id"])[
            "plan_template_id"
        ]["domain"]
        names = {
            "root_cause": meeting.root_cause,
            "company_id": meeting.company_id.id or False,
        }
        return self.templates(user).search(safe_eval(domain, names))

    def test_the_templates_of_the_cause_are_offered(self):
        offered = self._offered(self.fm, root_cause="health")
        self.assertIn(self.asthma, offered)
        self.assertEqual(set(offered.mapped("root_cause")), {"health"})

    def test_all_templates_are_offered_before_there_is_a_cause(self):
        self.assertEqual(set(self._offered(self.fm).mapped("root_cause")), set(CAUSES))

    def test_an_archived_template_is_not_offered(self):
        self.asthma.active = False
        self.assertNotIn(self.asthma, self._offered(self.fm, root_cause="health"))


@tagged("standard", "post_install", "-at_install")
class TestCompanies(TemplateCase):
    """Templates of one school, and those of all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school_a = cls.env.company
        cls.school_b = cls.env["res.company"].create({"name": "School B"})
        cls.fm_b = cls._new_user("fm_b", FORM_MASTER, company_id=cls.school_b.id)
        cls.boss_b = cls._new_user("boss_b", ADMIN, company_id=cls.school_b.id)
        cls.bea = cls._new_student("Bea Test", company_id=cls.school_b.id)
        cls.of_b = cls._new_template("Boarding", company_id=cls.school_b.id)

    def test_a_template_of_a_company_is_for_that_company(self):
        self.assertIn(self.of_b, self.templates(self.fm_b).search([]))
        for user in (self.fm, self.boss):
            self.assertNotIn(self.of_b, self.templates(user).search([]))
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                self.of_b.with_user(user).read(["name"])
            with self.assertRefused("plan_template_id") as caught:
                self.record(user, plan_template_id=self.of_b.id)
            self.assertNotIn("Boarding", str(caught.exception))

    def test_a_template_of_all_is_for_every_company(self):
        meeting = self.record(
            self.fm_b, student_id=self.bea.id, plan_template_id=self.asthma.id
        )
        self.assertEqual(meeting.plan_template_id, self.asthma)

    def test_a_meeting_has_no_template_of_another_company(self):
        both = [Command.set([self.school_a.id, self.school_b.id])]
        user = self._new_user("fm_both", FORM_MASTER, company_ids=both)
        with self.assertRaises(UserError):
            self.meetings(user).with_context(
                allowed_company_ids=[self.school_a.id, self.school_b.id]
            ).create(self.vals(plan_template_id=self.of_b.id))

    def test_a_template_that_others_use_is_not_taken_from_them(self):
        self.record(self.fm_b, student_id=self.bea.id, plan_template_id=self.asthma.id)
        with self.assertRaises(ValidationError) as caught:
            self.asthma.with_user(self.boss).company_id = self.school_a
        self.assertIn("another company has used", str(caught.exception))
        self.asthma.with_user(self.boss_b).company_id = self.school_b

    def test_a_template_that_only_others_use_is_not_deleted(self):
        self.record(self.fm_b, student_id=self.bea.id, plan_template_id=self.asthma.id)
        self.assertEqual(self.asthma.with_user(self.boss).meeting_count, 0)
        with self.assertRaises(UserError) as caught:
            self.asthma.with_user(self.boss).unlink()
        self.assertNotIn("Bea", str(caught.exception))


@tagged("standard", "post_install", "-at_install")
class TestTour(TemplateCase, HttpCase):
    """A template chosen in the dialog of the web client."""

    def test_a_form_master_starts_from_a_template(self):
        self.start_tour("/odoo/interventions", "intervention_plan_template", login="fm")
        self.assertRecordValues(
            self.meetings(self.fm).search([]),
            [
                {
                    "plan_template_id": self.asthma.id,
                    "root_cause": "health",
                    "action_plan": "Dentist on Monday.",
                    "follow_up_date": self.day(14),
                    "urgency_level": "high",
                }
            ],
        )

    def _shown_to_an_administrator(self, values):
        """Return the message that the web client gets when it saves such a template."""
        self.authenticate("boss", "boss")
        with mute_logger("odoo.sql_db", "odoo.http"):
            result = self.url_open(
                f"/web/dataset/call_kw/{MODEL}/web_save",
                json={
                    "params": {
                        "model": MODEL,
                        "method": "web_save",
                        "args": [self.asthma.ids, values],
                        "kwargs": {"specification": {}},
                    }
                },
            ).json()
        return result["error"]["data"]["message"]

    def test_who_saves_nonsense_is_told_what_to_do(self):
        for values, words in (
            ({"name": "  "}, "Name: write what the template is for."),
            ({"action_plan": " \n"}, "Action Plan: write who does what, until when."),
            ({"follow_up_days": -3}, "Follow-up After: choose 1 to 365 days"),
        ):
            with self.subTest(values):
                self.assertIn(words, self._shown_to_an_administrator(values))
