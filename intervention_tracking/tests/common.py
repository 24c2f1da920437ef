from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user

from odoo.addons.mail.tests.common import MailCase

FORM_MASTER = "intervention_tracking.group_intervention_form_master"
ADMIN = "intervention_tracking.group_intervention_admin"
FOLLOW_UP = "intervention_tracking.mail_activity_type_follow_up"
ESCALATION = "intervention_tracking.mail_activity_type_escalation"
UNIQUE_INDEX = "intervention_meeting_active_student_cause_uniq"

STATUSES = ("open", "monitoring", "improving", "not_improving", "escalated", "closed")
CAUSES = ("health", "family", "academic", "financial", "behavioral", "other")

# Each is found nowhere else, so that a search for it finds every place it leaked to.
NARRATIVE = {
    "absence_reason": "Zebra-reason: coughs all night",
    "intervention_notes": "Yak-notes: the landlord was there",
    "action_plan": "Xerus-plan: see the nurse",
}
RESOLUTION = "Walrus-resolution: is back at school"


class InterventionCase(MailCase):
    """Two form masters, an administrator, other people, two classes and students."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fm = cls._new_user("fm", FORM_MASTER)
        cls.fm2 = cls._new_user("fm2", FORM_MASTER)
        cls.boss = cls._new_user("boss", ADMIN)
        cls.staff = cls._new_user("staff", "base.group_user")
        cls.portal = cls._new_user("guest", "base.group_portal")
        cls.public = cls.env.ref("base.public_user")
        cls.class_a = cls.env["intervention.class"].create(
            {"name": "Test 7A", "form_master_id": cls.fm.id}
        )
        cls.class_b = cls.env["intervention.class"].create(
            {"name": "Test 7B", "form_master_id": cls.fm2.id}
        )
        cls.ada = cls._new_student("Ada Test", "T-0001", cls.class_a)
        cls.ben = cls._new_student("Ben Test", "T-0002", cls.class_a)
        cls.cy = cls._new_student("Cy Test", "T-0003", cls.class_b)

    @classmethod
    def _new_user(cls, login, groups, **vals):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            context={"no_reset_password": True},
            **{"name": f"Test {login}", "tz": "UTC", **vals},
        )

    @classmethod
    def _new_student(cls, name, number=False, school_class=None, **vals):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_intervention_student": True,
                "student_number": number,
                "school_class_id": school_class.id if school_class else False,
                "company_id": cls.env.company.id,
                **vals,
            }
        )

    @staticmethod
    def day(offset):
        """Return the day so many days after today, in the time zone of the users."""
        return fields.Date.today() + timedelta(days=offset)

    def meetings(self, user):
        return self.env["intervention.meeting"].with_user(user)

    def vals(self, **vals):
        """Return what a complete and valid meeting is created from."""
        return {
            "student_id": self.ada.id,
            "meeting_date": self.day(0),
            "root_cause": "health",
            "urgency_level": "low",
            **NARRATIVE,
            **vals,
        }

    @classmethod
    def settings_without_contact(cls):
        """Return the settings of the company, in which every administrator is told."""
        settings = cls.env["intervention.settings"].search(
            [("company_id", "=", cls.env.company.id)]
        ) or cls.env["intervention.settings"].create({})
        settings.escalation_user_id = False
        return settings

    def record(self, user=None, **vals):
        """Record a meeting as a user, by default the form master."""
        return self.meetings(user or self.fm).create(self.vals(**vals))

    def in_status(self, status, user=None, **vals):
        """Return a meeting that the user has brought to a status."""
        meeting = self.record(user, **vals)
        if status == "closed":
            meeting.write({"status": "closed", "resolution_notes": RESOLUTION})
        elif status != "open":
            meeting.write({"status": status})
        return meeting

    def archived(self, user=None, **vals):
        meeting = self.record(user, **vals)
        meeting.unlink()
        return meeting

    def make_older(self, meetings, days):
        """Move the dates of meetings into the past, as if time had gone by."""
        self.flush_tracking()
        self.env.cr.execute(
            """UPDATE intervention_meeting
                  SET meeting_date = meeting_date - %(days)s,
                      follow_up_date = follow_up_date - %(days)s
                WHERE id = ANY(%(ids)s)""",
            {"days": days, "ids": meetings.ids},
        )
        meetings.invalidate_recordset()

    def overdue(self, user=None, **vals):
        """Return a meeting whose follow-up was due yesterday."""
        meeting = self.record(user, **{"follow_up_date": self.day(1), **vals})
        self.make_older(meeting, 2)
        return meeting

    def progress(self, meeting):
        """Return the history of a meeting, oldest first, whoever may see it."""
        return (
            self.env["intervention.progress"]
            .search([("meeting_id", "=", meeting.id)])
            .sorted("id")
        )

    def activities(self, meeting, activity_type):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "intervention.meeting"),
                ("res_id", "in", meeting.ids),
                ("activity_type_id", "=", self.env.ref(activity_type).id),
            ]
        )

    def administrators(self):
        """Return the active administrators of interventions of the company."""
        return self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(ADMIN).ids),
                ("company_ids", "in", self.env.company.ids),
            ]
        )

    def add_update(self, meeting, text="Came on time.", **kwargs):
        return meeting.add_progress(text, **kwargs)

    @contextmanager
    def assertRefused(self, *names):
        """The block is refused by a rule, with exactly these fields at fault."""
        with self.assertRaises(ValidationError) as caught:
            yield caught
        self.assertEqual(set(getattr(caught.exception, "problems", {})), set(names))

    def assertDiscreet(self, text):
        """No text of the narrative and no root cause is in what leaves a record."""
        causes = dict(
            self.env["intervention.meeting"]._fields["root_cause"].selection
        ).values()
        for secret in (*NARRATIVE.values(), RESOLUTION, *causes):
            self.assertNotIn(secret, text)
