import json
from unittest.mock import patch

from lxml import html
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import CAUSES, NARRATIVE, RESOLUTION, InterventionCase

HISTORY = "intervention_tracking.report_student_history"
FAMILY = "intervention_tracking.report_family_record"
SUMMARY = "intervention_tracking.report_period_summary"
REPORTS = (HISTORY, FAMILY, SUMMARY)
UPDATE = "Vulture-update: came on time"
ENGINE = "odoo.addons.base.models.ir_actions_report.IrActionsReport"


class ReportCase(InterventionCase):
    """The reports as pages, which the PDF engine gets, too."""

    def page(self, report, docs, **context):
        """Return the HTML of a report, made as the user of the documents."""
        reports = docs.env["ir.actions.report"].with_context(**context)
        content, kind = reports._render_qweb_html(report, docs.ids)
        self.assertEqual(kind, "html")
        return content.decode()

    def text(self, *args, **context):
        """Return what somebody reads of a report, with single blanks."""
        page = html.fromstring(self.page(*args, **context))
        for node in page.xpath("//style | //script | //title"):
            node.drop_tree()
        return " ".join(page.text_content().split())

    def history(self, user=None, student=None, **vals):
        return (
            self.env["intervention.print.history"]
            .with_user(user or self.fm)
            .create({"student_id": (student or self.ada).id, **vals})
        )

    def summary(self, user=None, **vals):
        return (
            self.env["intervention.print.summary"]
            .with_user(user or self.fm)
            .create(vals)
        )

    def docs(self, report, user):
        """Return a document of the report that the user may print."""
        if report == HISTORY:
            return self.history(user)
        if report == SUMMARY:
            return self.summary(user)
        return self.meetings(user).search([], limit=1) or self.record(user)

    def assertSays(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    def assertHides(self, text, *parts):
        for part in parts:
            self.assertNotIn(part, text)

    def notes(self, meeting):
        return meeting.sudo().message_ids.mapped("preview")


@tagged("standard", "post_install", "-at_install")
class TestHistory(ReportCase):
    def _closed_with_update(self, **vals):
        meeting = self.in_status("closed", **vals)
        self.add_update(meeting, UPDATE)
        return meeting

    def test_without_the_narrative_nothing_of_it_is_there(self):
        self._closed_with_update()
        for content in ("dates", "causes"):
            text = self.text(HISTORY, self.history(content=content))
            with self.subTest(content):
                self.assertHides(text, *NARRATIVE.values(), RESOLUTION, UPDATE)
                self.assertSays(
                    text, "Ada Test", "T-0001", "Test 7A", "Low", "Closed", "Test fm"
                )

    def test_a_root_cause_is_there_when_it_is_asked_for(self):
        self.record()
        for content, shown in (("dates", 0), ("causes", 1), ("narrative", 1)):
            text = self.text(HISTORY, self.history(content=content))
            with self.subTest(content):
                self.assertEqual(text.count("Health Issue"), shown)

    def test_the_narrative_is_whole(self):
        self._closed_with_update()
        text = self.text(HISTORY, self.history(content="narrative"))
        self.assertSays(text, *NARRATIVE.values(), RESOLUTION, UPDATE)
        self.assertSays(text, "Open → Closed")

    def test_a_note_without_a_change_has_its_status_once(self):
        self.add_update(self.record(), UPDATE)
        text = self.text(HISTORY, self.history())
        self.assertNotIn("→", text)

    def test_a_note_keeps_its_lines_and_is_no_markup(self):
        self.add_update(self.record(), "First line\n<b>Second</b> line")
        page = self.page(HISTORY, self.history(content="narrative"))
        self.assertIn("First line\n&lt;b&gt;Second&lt;/b&gt; line", page)

    def test_a_form_master_gets_their_own_and_is_told_so(self):
        self.record(follow_up_date=self.day(3))
        self.record(self.fm2, root_cause="family", action_plan="Wombat-plan")
        self.archived(root_cause="other", action_plan="Numbat-plan")
        text = self.text(HISTORY, self.history(content="narrative"))
        self.assertSays(text, "Only the interventions that Test fm follows")
        self.assertHides(text, "Wombat-plan", "Numbat-plan", "Test fm2", "Family Issue")
        self.assertSays(text, "Number of meetings 1")

    def test_it_says_the_same_whether_there_are_others_or_not(self):
        self.record()
        before = self.text(HISTORY, self.history())
        self.record(self.fm2, root_cause="family")
        self.assertEqual(self.text(HISTORY, self.history()), before)

    def test_an_administrator_gets_all_but_archived_ones(self):
        self.record()
        self.record(self.fm2, root_cause="family")
        self.archived(root_cause="other")
        text = self.text(HISTORY, self.history(self.boss))
        self.assertSays(text, "Health Issue", "Family Issue", "Number of meetings 2")
        self.assertSays(text, "All interventions of this student", "except archived")
        self.assertHides(text, "Other")

    def test_a_student_without_meetings(self):
        text = self.text(HISTORY, self.history())
        self.assertSays(text, "There are no meetings to show.", "Number of meetings 0")

    def test_a_period_has_both_of_its_days(self):
        for days, cause in ((10, "health"), (5, "family"), (1, "other")):
            self.record(root_cause=cause, meeting_date=self.day(-days))
        text = self.text(
            HISTORY, self.history(date_from=self.day(-10), date_to=self.day(-5))
        )
        self.assertSays(text, "Health Issue", "Family Issue", "Meetings from")
        self.assertHides(text, "Other")

    @mute_logger("odoo.sql_db")
    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(CheckViolation):
            self.history(date_from=self.day(0), date_to=self.day(-1))

    def test_meetings_and_updates_come_in_the_order_of_time(self):
        self.record(root_cause="other", meeting_date=self.day(-1))
        first = self.record(meeting_date=self.day(-9))
        self.add_update(first, "Update one")
        self.add_update(first, "Update two")
        text = self.text(HISTORY, self.history(content="narrative"))
        places = [
            text.index(part)
            for part in ("Health Issue", "Update one", "Update two", "Other")
        ]
        self.assertEqual(places, sorted(places))

    def test_the_narrative_leaves_a_note_and_the_rest_none(self):
        meeting = self.record()
        self.history().action_print()
        self.assertEqual(self.notes(meeting), [])
        self.history(content="narrative").action_print()
        [note] = self.notes(meeting)
        self.assertIn("Printed in the student's history", note)
        self.assertDiscreet(note)

    def test_a_contact_that_is_no_student_is_refused_with_a_reason(self):
        with self.assertRaisesRegex(UserError, "not marked as a student"):
            self.fm2.partner_id.with_user(self.fm).action_print_interventions()

    def test_the_dialog_has_the_student(self):
        for records in (self.ada.with_user(self.fm), self.record()):
            name = (
                "action_print_history"
                if records._name == "intervention.meeting"
                else "action_print_interventions"
            )
            action = getattr(records, name)()
            form = Form(
                self.env[action["res_model"]]
                .with_user(self.fm)
                .with_context(**action["context"])
            )
            self.assertEqual(form.student_id, self.ada)
            self.assertEqual(form.content, "causes")

    def test_the_dialog_has_the_student_of_the_list(self):
        context = self.ada.with_user(self.fm).action_view_interventions()["context"]
        # As the web client hands it on to an action of a button.
        context.pop("default_student_id")
        form = Form(
            self.env["intervention.print.history"]
            .with_user(self.fm)
            .with_context(**context)
        )
        self.assertEqual(form.student_id, self.ada)

    def test_many_meetings_take_as_many_statements_as_one(self):
        def count(wizard):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            text = self.text(HISTORY, wizard)
            return self.env.cr.sql_log_count - before, text

        first = self.record()
        self.add_update(first, UPDATE)
        first.write({"status": "closed", "resolution_notes": "Done"})
        wizard = self.history(content="narrative")
        count(wizard)
        few, _text = count(wizard)
        for cause in CAUSES[1:]:
            for _time in range(2):
                meeting = self.record(root_cause=cause)
                for number in range(20):
                    self.add_update(meeting, f"Update {number}")
                meeting.write({"status": "closed", "resolution_notes": "Done"})
        many, text = count(wizard)
        self.assertLessEqual(many, few)
        self.assertEqual(text.count("Update 19"), 2 * len(CAUSES[1:]))


@tagged("standard", "post_install", "-at_install")
class TestFamilyRecord(ReportCase):
    def test_it_has_the_plan_and_nothing_else_of_what_was_said(self):
        meeting = self.in_status(
            "escalated", follow_up_date=self.day(3), urgency_level="high"
        )
        self.add_update(meeting, UPDATE)
        text = self.text(FAMILY, meeting)
        self.assertSays(
            text, NARRATIVE["action_plan"], "Ada Test", "Test 7A", "Test fm"
        )
        self.assertHides(
            text,
            NARRATIVE["absence_reason"],
            NARRATIVE["intervention_notes"],
            UPDATE,
            "Health",
            "High",
            "Escalated",
            "Confidential",
        )

    def test_after_a_hand_over_nobody_is_said_to_have_met_the_student(self):
        meeting = self.record()
        meeting.with_user(self.boss).form_master_id = self.fm2
        text = self.text(FAMILY, meeting.with_user(self.fm2))
        self.assertSays(text, "we met Ada Test", self.fm2.name)
        self.assertEqual(text.count(self.fm2.name), 1)

    def test_a_resolution_is_internal(self):
        self.assertHides(self.text(FAMILY, self.in_status("closed")), RESOLUTION)

    def test_the_next_date_is_there_while_it_is_ahead(self):
        blank = "Date and time: ___"
        for meeting, shown in (
            (self.record(follow_up_date=self.day(3)), True),
            (self.record(root_cause="family"), False),
            (self.overdue(root_cause="other"), False),
            (
                self.in_status(
                    "closed", root_cause="academic", follow_up_date=self.day(3)
                ),
                False,
            ),
        ):
            with self.subTest(meeting.root_cause):
                self.assertEqual(blank not in self.text(FAMILY, meeting), shown)

    def test_it_says_whom_to_ask(self):
        self.fm.partner_id.write(
            {"phone": "+44 20 7946 0001", "email": "fm@example.org"}
        )
        self.env.company.write({"phone": "+44 20 7946 0002"})
        text = self.text(FAMILY, self.record())
        self.assertSays(text, "+44 20 7946 0001", "fm@example.org", "+44 20 7946 0002")

    def test_a_form_master_who_has_left_is_not_to_be_asked(self):
        meeting = self.record()
        self.fm.active = False
        text = self.text(FAMILY, meeting.with_user(self.boss))
        self.assertHides(text, "Form master Test fm")

    def test_it_is_in_the_language_of_the_family(self):
        for code in ("fr_FR", "es_ES"):
            self.env["res.lang"]._activate_lang(code)
        guardians = self.env["res.partner"].create(
            [{"name": "Guardian one"}, {"name": "Guardian two"}]
        )
        self.ada.guardian_ids = guardians
        meeting = self.record()
        for langs, student_lang, expected in (
            (("fr_FR", "fr_FR"), "es_ES", "fr_FR"),
            (("fr_FR", "es_ES"), "es_ES", "es_ES"),
            (("fr_FR", False), False, "en_US"),
        ):
            for guardian, lang in zip(guardians, langs, strict=True):
                guardian.lang = lang
            self.ada.lang = student_lang
            with self.subTest(langs):
                self.assertEqual(meeting._family_lang(), expected)
                page = html.fromstring(self.page(FAMILY, meeting))
                self.assertEqual(page.get("lang"), expected.replace("_", "-"))

    def test_dates_are_in_that_language_and_its_direction_is_kept(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["res.lang"]._activate_lang("ar_001")
        meeting = self.record(meeting_date="2026-03-02")
        self.ada.lang = "fr_FR"
        self.assertSays(
            self.text(FAMILY, meeting), "lundi 2 mars 2026", NARRATIVE["action_plan"]
        )
        self.ada.lang = "ar_001"
        page = html.fromstring(self.page(FAMILY, meeting))
        [node] = page.xpath("//div[contains(@class, 'o_intervention_page')]")
        self.assertEqual(node.get("dir"), "rtl")
        self.assertEqual(page.xpath("//body/@dir"), ["rtl"])

    def test_each_of_many_is_in_its_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.ada.lang = "fr_FR"
        meetings = self.record(meeting_date="2026-03-02") | self.record(
            student_id=self.ben.id, meeting_date="2026-03-03"
        )
        text = self.text(FAMILY, meetings)
        self.assertSays(text, "lundi 2 mars 2026", "Tuesday, March 3, 2026")

    def test_printing_leaves_a_note_and_no_file(self):
        meeting = self.record()
        action = meeting.action_print_family_record()
        [note] = self.notes(meeting)
        self.assertEqual(note, "Record for the family printed.")
        self.assertFalse(meeting.sudo().message_attachment_count)
        self.assertIn(
            action["type"], ("ir.actions.report", "ir.actions.act_url"), action
        )

    def test_a_colleague_leaves_no_note(self):
        meeting = self.record()
        with self.assertRaises(AccessError):
            meeting.with_user(self.fm2).action_print_family_record()
        self.assertEqual(self.notes(meeting), [])


@tagged("standard", "post_install", "-at_install")
class TestSummary(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A period in which the database has nothing of others.
        cls.env["intervention.meeting"].search([]).write({"active": False})

    def _several(self, count, user=None, school_class=None, **vals):
        students = self.env["res.partner"].concat(
            *(
                self._new_student(f"Zzyzx {number}", school_class=school_class)
                for number in range(count)
            )
        )
        return self.meetings(user or self.fm).create(
            [self.vals(student_id=student.id, **vals) for student in students]
        )

    def _rows(self, wizard):
        """Return the rows of the counts as label to texts of the cells."""
        page = html.fromstring(self.page(SUMMARY, wizard))
        return {
            cells[0]: cells[1:]
            for row in page.xpath("//table[contains(@class, 'o_counts')]/tbody/tr")
            for cells in [[" ".join(td.text_content().split()) for td in row]]
        }

    def _figures(self, wizard):
        page = html.fromstring(self.page(SUMMARY, wizard))
        return {
            cell[0].tail.strip(): cell[0].text_content()
            for cell in page.xpath("//table[contains(@class, 'o_figures')]//td")
        }

    def test_it_counts_by_each_subject(self):
        closed = self._several(2, school_class=self.class_a, root_cause="family")
        closed.write({"status": "closed", "resolution_notes": RESOLUTION})
        self._several(4, school_class=self.class_a, root_cause="family")
        young = self._several(4, school_class=self.class_b, urgency_level="high")
        self.make_older(self.meetings(self.boss).search([]) - young, 60)
        self.env.cr.execute(
            "UPDATE intervention_meeting SET closed_date = meeting_date + 9 "
            "WHERE status = 'closed'"
        )
        rows = self._rows(self.lately())
        self.assertEqual(rows["Closed"], ["2", "20%"])
        self.assertEqual(rows["Open"], ["8", "80%"])
        self.assertEqual(rows["Family Issue"], ["6", "60%", "33% of 6", "0"])
        self.assertEqual(rows["Health Issue"], ["4", "40%", "too early", "4"])
        self.assertEqual(rows["Financial Issue"], ["0", "0%", "–", "–"])
        self.assertEqual(rows["High"], ["4", "40%", "too early", "4"])
        self.assertEqual(rows["Test 7A"], ["6", "60%", "33% of 6", "0"])
        self.assertEqual(rows["Test 7B"], ["4", "40%", "too early", "4"])
        self.assertEqual(rows["Test fm"], ["10", "100%", "33% of 6", "4"])

    def lately(self):
        """Return the summary of the last months, for an administrator."""
        return self.summary(
            self.boss, period="other", date_from=self.day(-90), date_to=self.day(0)
        )

    def test_rates_over_fewer_than_five_are_hidden_and_what_tells_them(self):
        closed = self._several(4)[:1]
        closed.write({"status": "closed", "resolution_notes": RESOLUTION})
        self.make_older(self.meetings(self.boss).search([]), 60)
        rows = self._rows(self.lately())
        self.assertTrue(rows)
        for cells in rows.values():
            self.assertEqual(cells[1], "–")
            self.assertIn(cells[2:], (["too few (4)", "0"], ["–", "–"], []))

    def test_its_figures(self):
        self.record(meeting_date=self.day(0))
        self.record(root_cause="family", urgency_level="high")
        self.overdue(student_id=self.ben.id)
        old = self.record(student_id=self.cy.id)
        self.make_older(old, 400)
        old.write({"status": "closed", "resolution_notes": RESOLUTION})
        figures = self._figures(
            self.summary(period="other", date_from=self.day(-3), date_to=self.day(0))
        )
        self.assertEqual(
            figures,
            {
                "meetings recorded": "3",
                "students met": "2",
                "cases closed": "1",
                "active cases": "3",
                "of high urgency": "1",
                "follow-ups overdue": "1",
                "cases escalated": "0",
            },
        )

    def test_nobody_is_named_and_nothing_said_is_told(self):
        self._several(6)
        text = self.text(SUMMARY, self.summary(self.boss))
        self.assertHides(text, "Zzyzx", *NARRATIVE.values())

    def test_a_form_master_gets_their_own(self):
        self._several(6)
        self._several(6, user=self.fm2, root_cause="other")
        rows = self._rows(self.summary())
        self.assertEqual(rows["Other"], ["0", "0%", "–", "–"])
        text = self.text(SUMMARY, self.summary())
        self.assertSays(text, "Only the interventions that Test fm follows.")
        self.assertHides(text, "Test fm2", "Form Master")

    def test_archived_meetings_count_nowhere(self):
        self.archived()
        text = self.text(SUMMARY, self.summary(self.boss))
        self.assertSays(text, "No meetings were recorded in this period.")

    def test_meetings_without_a_class_are_a_row(self):
        self._several(5)
        self.assertEqual(self._rows(self.summary(self.boss))["None"][0], "5")

    def test_the_periods_of_the_dialog(self):
        form = Form(self.env["intervention.print.summary"].with_user(self.fm))
        first = self.day(0).replace(day=1)
        self.assertEqual((form.date_from, form.date_to), (first, self.day(0)))
        form.period = "last_month"
        self.assertEqual((first - form.date_to).days, 1)
        self.assertEqual(form.date_from, form.date_to.replace(day=1))
        form.period = "other"
        form.date_from = self.day(-100)
        form.date_to = self.day(-90)
        wizard = form.save()
        self.assertEqual(wizard.date_from, self.day(-100))

    @mute_logger("odoo.sql_db")
    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(CheckViolation):
            self.summary(period="other", date_from=self.day(0), date_to=self.day(-1))

    def test_many_meetings_take_as_many_statements_as_few(self):
        def count():
            wizard = self.summary(self.boss)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.text(SUMMARY, wizard)
            return self.env.cr.sql_log_count - before

        self._several(1, school_class=self.class_a)
        count()
        few = count()
        self._several(30, school_class=self.class_a)
        self._several(30, user=self.fm2, school_class=self.class_b, root_cause="other")
        self.assertEqual(count(), few)


@tagged("standard", "post_install", "-at_install")
class TestPrinting(ReportCase):
    """How a report gets to who prints it."""

    def _print(self, report, state):
        docs = self.docs(report, self.fm)
        action = "action_print_family_record" if report == FAMILY else "action_print"
        with patch(f"{ENGINE}.get_wkhtmltopdf_state", lambda self: state):
            return docs, getattr(docs, action)()

    def test_with_an_engine_it_is_a_pdf(self):
        for report in REPORTS:
            docs, action = self._print(report, "ok")
            self.assertEqual(action["type"], "ir.actions.report")
            self.assertEqual(action["report_name"], report)
            self.assertEqual(action["context"]["active_ids"], docs.ids)

    def test_without_one_it_is_a_page_to_print(self):
        for report in REPORTS:
            for state in ("install", "broken", "workers"):
                docs, action = self._print(report, state)
                self.assertEqual(action["type"], "ir.actions.act_url")
                path = action["url"].split("?")[0]
                self.assertEqual(path, f"/report/html/{report}/{docs.id}")

    def test_an_unpatched_engine_gets_no_text_from_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        meeting = self.record()
        reports = type(self.env["ir.actions.report"])
        for lang, patched, kind in (
            ("ar_001", True, "ir.actions.report"),
            ("ar_001", False, "ir.actions.act_url"),
            ("en_US", False, "ir.actions.report"),
        ):
            self.ada.lang = lang
            with (
                self.subTest(lang, patched=patched),
                patch(f"{ENGINE}.get_wkhtmltopdf_state", lambda self: "ok"),
                patch.object(
                    reports, "_engine_has_headers", lambda self, it=patched: it
                ),
            ):
                action = meeting.action_print_family_record()
                self.assertEqual(action["type"], kind)

    def test_the_page_has_a_button_to_print(self):
        for report in REPORTS:
            page = html.fromstring(self.page(report, self.docs(report, self.fm)))
            self.assertEqual(
                page.xpath("//button[@onclick]/@onclick"), ["window.print()"]
            )

    def test_the_button_is_not_in_the_pdf(self):
        for patched in (False, True):
            for report in REPORTS:
                docs = self.docs(report, self.fm)
                reports = docs.env["ir.actions.report"]
                action = reports._get_report(report)
                with patch.object(
                    type(reports), "_engine_has_headers", lambda self, it=patched: it
                ):
                    content, _kind = reports._render_qweb_html(
                        report, docs.ids, {"report_type": "pdf"}
                    )
                    bodies, _ids, header, _footer, margins = action._prepare_html(
                        content, report_model=action.model
                    )
                with self.subTest(report, patched=patched):
                    [body] = bodies
                    self.assertNotIn("window.print", body)
                    # The letterhead is in the margin, or else in the text.
                    name = self.env.company.name
                    self.assertEqual("o_intervention_header" in body, not patched)
                    self.assertEqual(name in str(header), patched)
                    self.assertEqual("data-report-margin-top" in margins, not patched)

    def test_documents_become_one_where_the_engine_takes_one(self):
        meetings = self.record() | self.record(student_id=self.ben.id)
        reports = meetings.env["ir.actions.report"]
        with patch.object(type(reports), "_engine_has_headers", lambda self: False):
            content, _kind = reports._render_qweb_html(
                FAMILY, meetings.ids, {"report_type": "pdf"}
            )
            [body], *_rest = reports._get_report(FAMILY)._prepare_html(content)
        self.assertIn("Ada Test", body)
        self.assertIn("Ben Test", body)
        self.assertEqual(body.count("page-break-before: always"), 1)

    def test_reports_of_others_are_left_as_they_are(self):
        report = self.env["ir.actions.report"]._get_report(
            "base.report_irmodeloverview"
        )
        page = (
            "<html><body><main><div class='header'>Head</div>"
            "<div class='article'>Text</div></main></body></html>"
        )
        with patch.object(type(report), "_engine_has_headers", lambda self: False):
            [body], _ids, header, _footer, _margins = report._prepare_html(page)
        self.assertIn("Head", header)
        self.assertNotIn("Head", body)

    def test_nothing_is_stored(self):
        reports = self.env["ir.actions.report"].search([("report_name", "in", REPORTS)])
        self.assertEqual(len(reports), len(REPORTS))
        self.assertFalse(any(reports.mapped("attachment")))


@tagged("standard", "post_install", "-at_install")
class TestReportAccess(ReportCase, HttpCase):
    """Who may print, also with the address of a report in their hands."""

    def url_open(self, *args, **kwargs):
        """Open an address; Odoo logs what it refuses, as it should here."""
        with mute_logger("odoo.http"):
            return super().url_open(*args, **kwargs)

    def _status(self, user, report, docs, kind="html"):
        self.authenticate(user.login, user.login)
        response = self.url_open(
            f"/report/{kind}/{report}/{','.join(map(str, docs.ids))}"
        )
        return response.status_code, response.text

    def test_who_has_neither_group_gets_nothing(self):
        for report in REPORTS:
            docs = self.docs(report, self.fm)
            for user in (self.staff, self.portal):
                for kind in ("html", "pdf", "text"):
                    with self.subTest(report, user=user.login, kind=kind):
                        status, text = self._status(user, report, docs, kind)
                        self.assertEqual(status, 403)
                        self.assertHides(text, "Ada Test", *NARRATIVE.values())

    def test_nobody_prints_without_a_login(self):
        docs = self.docs(FAMILY, self.fm)
        self.authenticate(None, None)
        response = self.url_open(f"/report/html/{FAMILY}/{docs.id}")
        self.assertIn("/web/login", response.url)
        self.assertNotIn("Ada Test", response.text)

    def test_a_colleague_does_not_get_it_by_its_number(self):
        for report in REPORTS:
            docs = self.docs(report, self.fm)
            for kind in ("html", "pdf"):
                with self.subTest(report, kind=kind):
                    status, text = self._status(self.fm2, report, docs, kind)
                    self.assertEqual(status, 403)
                    self.assertHides(text, "Ada Test", *NARRATIVE.values())

    def test_one_foreign_meeting_among_own_ones_is_refused(self):
        meetings = self.record() + self.record(self.fm2, root_cause="family")
        status, text = self._status(self.fm, FAMILY, meetings)
        self.assertEqual(status, 403)
        self.assertNotIn("Ada Test", text)

    def test_an_archived_meeting_is_for_administrators(self):
        meeting = self.archived()
        self.assertEqual(self._status(self.fm, FAMILY, meeting)[0], 403)
        self.assertEqual(self._status(self.boss, FAMILY, meeting)[0], 200)

    def test_the_owner_and_an_administrator_get_it(self):
        meeting = self.record()
        for user in (self.fm, self.boss):
            for kind in ("html", "pdf"):
                status, text = self._status(user, FAMILY, meeting, kind)
                self.assertEqual(status, 200)
                self.assertIn(NARRATIVE["action_plan"], text)

    def test_a_dialog_of_another_user_is_theirs_alone(self):
        for report in (HISTORY, SUMMARY):
            docs = self.docs(report, self.fm)
            self.assertEqual(self._status(self.boss, report, docs)[0], 403)

    def test_what_does_not_exist_is_not_found(self):
        self.authenticate(self.fm.login, self.fm.login)
        for report in REPORTS:
            for ids in ("", "/2147483647", "/0", "/x"):
                with self.subTest(report, ids=ids):
                    response = self.url_open(f"/report/html/{report}{ids}")
                    self.assertEqual(response.status_code, 404)

    def test_a_student_in_the_address_gives_no_more_than_the_dialog(self):
        self.record(self.fm2)
        self.authenticate(self.fm.login, self.fm.login)
        options = json.dumps({"content": "narrative", "student_id": self.ada.id})
        response = self.url_open(f"/report/html/{HISTORY}?options={options}")
        self.assertEqual(response.status_code, 404)
        self.assertNotIn(NARRATIVE["action_plan"], response.text)
