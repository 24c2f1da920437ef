import re

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ADMIN, InterventionCase

# What only Odoo says: its jokes, names of models, ids of records.
NOT_OURS = re.compile(
    r"Uh-oh|top-secret|cookies|Document|Record|administrator in case|id=|"
    r"intervention\.\w|\(\w+\.\w+|Odoo",
)
GONE = 2**30
TO_DO = "mail.mail_activity_data_todo"


@tagged("standard", "post_install", "-at_install")
class TestRefusals(InterventionCase):
    """Whoever is refused something is told so in a sentence of our own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school_b = cls.env["res.company"].create({"name": "School B"})
        cls.boss_b = cls._new_user("boss_b", ADMIN, company_id=cls.school_b.id)

    def setUp(self):
        super().setUp()
        for name in ("odoo.models.unlink", "odoo.sql_db"):
            logger = mute_logger(name)
            logger.__enter__()
            self.addCleanup(logger.__exit__, None, None, None)

    def _records(self):
        """Return a record of each of our models, as ``fm`` has them."""
        meeting = self.in_status("monitoring")
        env = self.meetings(self.fm).env
        meeting.write({"action_plan": "Another plan"})
        contact = env["intervention.contact"].create(
            {"meeting_id": meeting.id, "other_person": "Aunt", "outcome": "reached"}
        )
        track = env["intervention.track"].create(
            {"meeting_id": meeting.id, "status": "open"}
        )
        history = env["intervention.print.history"].create({"student_id": self.ada.id})
        summary = env["intervention.print.summary"].create({})
        template = self.env["intervention.plan.template"].create(
            {
                "name": "Test",
                "root_cause": "other",
                "action_plan": "Plan",
                "company_id": self.env.company.id,
            }
        )
        digest = self.env["intervention.digest"].create(
            {
                "user_id": self.fm.id,
                "company_id": self.env.company.id,
                "date": self.day(0),
                "kind": "form_master",
                "state": "nothing",
            }
        )
        self.env.flush_all()
        return [
            meeting,
            meeting.progress_ids,
            env["intervention.change"].search([("meeting_id", "=", meeting.id)]),
            contact,
            contact.retract("Belongs to another student."),
            env["intervention.retract"].create(
                {"progress_id": meeting.progress_ids.id, "reason": "Wrong"}
            ),
            track,
            history,
            summary,
            template,
            digest,
            self.class_a,
            self.settings_without_contact(),
            env["intervention.report"].browse(meeting.id),
        ]

    def assertOurs(self, error):
        text = str(error)
        self.assertTrue(text)
        self.assertFalse(NOT_OURS.search(text), text)
        for model in self.env.values():
            if model._name.startswith("intervention."):
                self.assertNotIn(model._name, text)

    def _refused(self, action):
        """Return whether the action is refused, in our words if it is."""
        try:
            with self.env.cr.savepoint():
                action()
                self.env.flush_all()
        except (AccessError, MissingError, UserError) as error:
            self.assertOurs(error)
            return True
        except IntegrityError as error:
            self.assertOurs(self._told(error))
            return True
        finally:
            self.env.invalidate_all()
        return False

    def _told(self, error):
        """Return what Odoo makes of an error of PostgreSQL for who sent a request."""
        table = error.diag.table_name
        model = next(model for model in self.env.values() if model._table == table)
        return model._sql_error_to_message(error)

    def _acts(self, record):
        yield lambda: record.read()
        yield lambda: record.display_name
        yield lambda: record.web_read({"display_name": {}})
        yield lambda: record.write({record._rec_name or "create_uid": False})
        yield lambda: record.web_save({}, {})
        yield lambda: record.unlink()
        yield lambda: record.copy()
        yield lambda: record.browse().create({})

    def test_every_model_of_ours_speaks_for_itself(self):
        for model in self.env.values():
            if model._name.startswith("intervention.") and not model._abstract:
                self.assertTrue(hasattr(model, "_access_refusal"), model._name)

    def test_no_refusal_on_a_record_is_in_odoos_words(self):
        users = (self.fm2, self.boss_b, self.staff, self.portal, self.fm, self.boss)
        for record in self._records():
            for user in users:
                with self.subTest(model=record._name, user=user.login):
                    refused = [
                        self._refused(act) for act in self._acts(record.with_user(user))
                    ]
                    if user in (self.staff, self.portal):
                        self.assertTrue(any(refused))

    def test_no_refusal_on_a_record_that_is_gone_is_in_odoos_words(self):
        for record in self._records():
            for user in (self.fm, self.boss, self.staff):
                gone = record.with_user(user).browse(GONE)
                with self.subTest(model=record._name, user=user.login):
                    for act in list(self._acts(gone))[1:6]:
                        self._refused(act)
        with self.assertRaises(MissingError) as caught:
            self.meetings(self.fm).browse(GONE).write({"action_plan": "Plan"})
        self.assertOurs(caught.exception)
        with self.assertRaises(MissingError) as caught:
            self.meetings(self.fm).browse(GONE).action_track_progress()
        self.assertOurs(caught.exception)

    def test_what_is_somebody_elses_is_refused_and_not_described(self):
        meeting = self.record()
        for user in (self.fm2, self.boss_b, self.staff, self.portal):
            for act in (
                lambda record: record.read(["action_plan"]),
                lambda record: record.action_plan,
                lambda record: record.write({"action_plan": "Plan"}),
                lambda record: record.add_progress("Came."),
                lambda record: record.unlink(),
                lambda record: record.action_log_contact(),
                lambda record: record.message_post(body="Note"),
                lambda record: record.activity_schedule(TO_DO),
            ):
                with (
                    self.subTest(user.login),
                    self.assertRaises(AccessError) as caught,
                ):
                    act(meeting.with_user(user))
                self.assertOurs(caught.exception)
                self.assertNotIn("Ada", str(caught.exception))

    def test_reading_several_of_which_one_is_gone_is_no_fault(self):
        meeting = self.record()
        both = meeting | meeting.browse(GONE)
        self.assertEqual([row["id"] for row in both.read(["status"])], meeting.ids)
        self.assertEqual(both.exists(), meeting)

    def test_a_field_for_administrators_is_refused_in_our_words(self):
        meeting = self.record()
        for act in (
            lambda: meeting.has_owner_left,
            lambda: meeting.read(["has_owner_left"]),
        ):
            with self.assertRaises(AccessError) as caught:
                act()
            self.assertOurs(caught.exception)

    def test_what_belongs_to_another_school_is_named_as_a_mistake(self):
        stranger = self._new_user(
            "stranger",
            ADMIN,
            company_id=self.school_b.id,
            company_ids=[Command.set(self.school_b.ids)],
        )
        settings = self.settings_without_contact()
        with self.assertRaises(UserError) as caught:
            settings.with_user(self.boss).escalation_user_id = stranger
        self.assertOurs(caught.exception)
        self.assertIn(self.env.company.name, str(caught.exception))

    def test_a_student_of_another_school_is_refused_by_the_dialog(self):
        student = self._new_student("Zed Test", company_id=self.school_b.id)
        with self.assertRaises(AccessError) as caught:
            self.meetings(self.fm).onchange(
                {"student_id": student.id}, ["student_id"], {"student_id": {}}
            )
        self.assertOurs(caught.exception)

    def test_the_web_client_still_offers_the_other_company(self):
        self.boss_b.company_ids |= self.env.company
        meeting = self.record()
        with self.assertRaises(AccessError) as caught:
            meeting.with_user(self.boss_b).with_context(
                allowed_company_ids=self.school_b.ids
            ).read(["status"])
        self.assertOurs(caught.exception)
        self.assertEqual(
            caught.exception.context["suggested_company"]["id"], self.env.company.id
        )

    def test_the_web_client_is_offered_no_company_where_none_would_do(self):
        # It would load the page again and again.
        meeting = self.record()
        with self.assertRaises(AccessError) as caught:
            meeting.with_user(self.fm2).read(["status"])
        self.assertOurs(caught.exception)
        self.assertFalse(getattr(caught.exception, "context", None))

    def test_what_the_database_refuses_is_told_in_our_words(self):
        self.record()
        self.env.flush_all()
        for action in (
            lambda: self.env.cr.execute(
                "DELETE FROM intervention_class WHERE id = %s", [self.class_a.id]
            ),
            lambda: self.env.cr.execute(
                "INSERT INTO intervention_class (company_id) VALUES (1)"
            ),
        ):
            with self.assertRaises(IntegrityError) as caught, self.env.cr.savepoint():
                action()
            self.assertOurs(self._told(caught.exception))
