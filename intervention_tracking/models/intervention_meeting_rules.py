from collections import defaultdict
from datetime import timedelta
from itertools import chain

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..constants import ADMIN_GROUP, FORM_MASTER_GROUP
from ..tools.day import day_text, today
from ..tools.exceptions import field_error, several_validation_error, validation_error
from ..tools.internal import Internal, internal_value
from ..tools.text import isolate

CREATION_STATUSES = ("open", "monitoring", "escalated")
REQUIRED_TEXTS = ("absence_reason", "intervention_notes", "action_plan")
REQUIRED_CONTENT = (
    "student_id",
    "meeting_date",
    "root_cause",
    "urgency_level",
    *REQUIRED_TEXTS,
)
REQUIRED = (*REQUIRED_CONTENT, "form_master_id")
# What a meeting says; frozen when it is closed (design rule 5).
CONTENT = (*REQUIRED_CONTENT, "follow_up_date", "resolution_notes")
# The texts, dates and selections among it, the status, and what became of the plan.
CHECKED = (
    *(name for name in CONTENT if name != "student_id"),
    "status",
    "plan_kept",
    "plan_kept_reason",
    "plan_kept_text",
)
# What the rules look at in a student, Odoo's record rules among them, and what goes
# into the meeting and into answers. All of a contact takes three times as long to read.
OF_STUDENT = (
    "active",
    "company_id",
    "is_intervention_student",
    "name",
    "partner_share",
    "school_class_id",
    "student_left_on",
    "student_number",
)
# Kept by the addon itself, so that they can't contradict the rest.
MANAGED = ("class_id", "company_id", "closed_date")


class InterventionMeeting(models.Model):
    """What a meeting may say, and how it may change: the rules of the design.

    They are checked before the database does, as a statement that PostgreSQL refuses
    ends the transaction and names one fault only.
    """

    _inherit = "intervention.meeting"

    def _checked_creations(self, vals_list):
        """Look at the values of new meetings; return them as they will be stored.

        :raises ValidationError: for what is wrong with any of them
        :raises AccessError: when a form master records for somebody else
        """
        # What callers of the HTTP API have found in each of several already.
        known = internal_value(self.env, "intervention_faults_each")
        self._read_people_ahead(vals_list)
        complete, faults = [], {}
        for index, vals in enumerate(vals_list):
            self._check_may_choose_owner(vals)
            one = self
            if known:
                one = self.with_context(intervention_faults=Internal(known[index]))
            vals, problems = one._checked_creation(vals)
            complete.append(vals)
            if problems:
                faults[index] = problems
        cases = {
            index: (vals["student_id"], vals["root_cause"])
            for index, vals in enumerate(complete)
            if index not in faults
        }
        code = "validation_error" if faults else "duplicate_active_intervention"
        taken = self._active_cases(cases.values())
        for index, case in cases.items():
            if case in taken:
                faults[index] = {"root_cause": [self._duplicate_message()]}
            taken.add(case)
        if faults and len(vals_list) == 1 and not known:
            raise validation_error(faults[0], code=code)
        if faults:
            raise several_validation_error(faults, self._said(complete, faults), code)
        return complete

    def _read_people_ahead(self, vals_list):
        """Read at once what the rules look at in the students and form masters."""
        if len(vals_list) < 2:
            return
        students = self._read_ahead(
            self.env["res.partner"], [vals.get("student_id") for vals in vals_list]
        )
        students.filtered(
            lambda student: not student.company_id
        ).school_class_id.mapped("company_id")
        owners = [vals.get("form_master_id") for vals in vals_list]
        self._read_ahead(self.env["res.users"], [self.env.uid, *owners])

    def _said(self, vals_list, faults):
        """Return what is wrong with new meetings, by the students whom it is about."""
        indexes = defaultdict(list)
        for index, problems in faults.items():
            for message in dict.fromkeys(chain.from_iterable(problems.values())):
                indexes[message].append(index)
        # What is wrong with all of them is about none of the students.
        return [
            self.env._(
                "%(students)s: %(message)s",
                students=", ".join(
                    self._student_label(vals_list[index].get("student_id"), index)
                    for index in each
                ),
                message=message,
            )
            if len(each) < len(vals_list)
            else message
            for message, each in indexes.items()
        ]

    def _student_label(self, student_id, index):
        """Return what tells a student from others; the position for a stranger."""
        student = self._existing(self.env["res.partner"], student_id)
        if not student.has_access("read") or not student.is_intervention_student:
            return f"#{index + 1}"
        return student.with_context(intervention_student_choice=True).display_name

    def _checked_creation(self, vals):
        """Look at the values of a new meeting.

        :return: the values as they will be stored, with the defaults, and what is
            wrong with them as ``Problems``
        """
        vals, problems = self._checked_fields(
            self._add_missing_default_values(vals), CHECKED, REQUIRED
        )
        self._complain_of_managed(vals, problems, allowed=("company_id",))
        self._complain_of_dates(vals, problems)
        if vals.get("status") not in CREATION_STATUSES and "status" not in problems:
            problems["status"] = self.env._(
                "Status: a new intervention is open, monitoring or escalated."
            )
        if "student_id" not in problems:
            self._complain_of_student(vals["student_id"], problems)
        if "form_master_id" not in problems and vals["form_master_id"] != self.env.uid:
            student = self.env["res.partner"]
            if "student_id" not in problems:
                student = self._existing(student, vals["student_id"])
            school = student.company_id or self.env.company
            self._complain_of_owner(vals["form_master_id"], school, problems)
        return vals, problems

    def _checked_change(self, vals):
        """Look at new values for these meetings; return what _checked_creation does."""
        vals, problems = self._checked_fields(vals, CHECKED)
        self._complain_of_managed(vals, problems)
        for meeting in self:
            meeting._complain_of_changes(vals, problems)
        if vals.get("form_master_id") and not self._is_same("form_master_id", vals):
            owner = vals["form_master_id"]
            self._complain_of_owner(owner, self.company_id, problems)
        return vals, problems

    @api.model
    def _managed_fields(self):
        """Return the fields that nobody sets but the system."""
        return MANAGED

    def _complain_of_managed(self, vals, problems, allowed=()):
        for name in self._managed_fields():
            if name in vals and name not in allowed and not self._is_same(name, vals):
                problems[name] = self.env._(
                    "%(field)s is kept by the system and can't be set.",
                    field=self._label(name),
                )

    def _is_same(self, name, vals):
        """Tell whether the values leave the field of every meeting as it is."""
        field = self._fields[name]
        if field.type in ("one2many", "many2many"):
            return True
        if not self:
            return not vals[name]
        return all(
            ((meeting[name].id if field.relational else meeting[name]) or False)
            == (vals[name] or False)
            for meeting in self
        )

    def _changed_by(self, vals, name):
        """Return those of these meetings of which the values change the field."""
        if name not in vals:
            return self.browse()
        return self.filtered(lambda meeting: not meeting._is_same(name, vals))

    def _complain_of_changes(self, vals, problems):
        """Add what is wrong with changing this meeting in this way to the problems."""
        self.ensure_one()
        changed = {
            name
            for name in vals
            if name in self._fields and not self._is_same(name, vals)
        }
        for name in changed & {*REQUIRED, "status"}:
            if not vals[name] and name not in problems:
                problems[name] = self._required_message(name)
        if self.status == "closed":
            for name in changed & set(CONTENT):
                problems[name] = self.env._(
                    "%(field)s: this intervention is closed and can't be changed. "
                    "You can still add a progress update.",
                    field=self._label(name),
                )
            if "status" in changed:
                problems["status"] = self.env._(
                    "Status: a closed intervention can't be opened again. Record a "
                    "new one."
                )
            return
        self._complain_of_dates(
            {name: vals[name] for name in changed & {"meeting_date", "follow_up_date"}},
            problems,
        )
        if "student_id" in changed and "student_id" not in problems:
            self._complain_of_student(vals["student_id"], problems)
            complaint = self._why_student_stays()
            if complaint:
                problems["student_id"] = complaint
        if vals.get("status") == "closed" and not vals.get(
            "resolution_notes", self.resolution_notes
        ):
            problems["resolution_notes"] = self.env._(
                "Resolution Notes: write how the case ended before you close it."
            )
        if "status" in changed and not vals.get("active", self.active):
            problems["status"] = self._archived_message()

    def _why_student_stays(self):
        """Return why the student can't be corrected any more, or None."""
        if self.progress_ids:  # retracted or not
            return self.env._(
                "Student: it can't be changed any more, as there is a progress update. "
                "Delete this intervention and record a new one."
            )
        return None

    def _day_limits(self):
        return {
            "meeting_date": [self._future_limit("meeting_date")],
            "follow_up_date": [
                {
                    "first": today(self) + timedelta(days=1),
                    "message": self.env._("Follow-up Date: choose a day after today."),
                }
            ],
        }

    def _form_day_limits(self):
        company = self.company_id or self.env.company
        return {
            name: [
                self._year_limit(name, company, limit.get("first"), limit.get("last")),
                limit,
            ]
            for name, [limit] in self._day_limits().items()
        }

    def _complain_of_dates(self, vals, problems):
        """Add what is wrong with new dates; the meeting, if any, has the others."""
        meeting_date = vals.get("meeting_date") or self.meeting_date
        wrong = {
            name
            for name, limits in self._day_limits().items()
            if vals.get(name)
            and self._complain_of_day(name, vals[name], limits, problems)
        }
        if vals.get("meeting_date") and "meeting_date" not in wrong:
            self._complain_of_updates(meeting_date, problems)
        if (
            "follow_up_date" not in vals
            and meeting_date
            and self.follow_up_date
            and self.follow_up_date < meeting_date
        ):
            problems.add(
                "meeting_date",
                self.env._(
                    "Meeting Date: it can't be after the follow-up date (%(date)s). "
                    "Change that first.",
                    date=day_text(self.env, self.follow_up_date),
                ),
            )

    def _complain_of_day(self, name, day, limits, problems):
        """Add what is wrong with a new day, and return whether there was something."""
        company = self.company_id or self.env.company
        [limit] = limits
        if self._complain_of_year(
            name, day, company, problems, limit.get("first"), limit.get("last")
        ):
            return True
        message = self._broken_day_limit(limits, day)
        if message:
            problems.add(name, message)
        return bool(message)

    def _complain_of_updates(self, met, problems):
        """Add to the problems when an update would have happened before the meeting."""
        updates = self.progress_ids.filtered(lambda update: not update.is_retracted)
        first = min(updates.mapped("happened_on"), default=met)
        if first < met:
            problems.add(
                "meeting_date",
                self.env._(
                    "Meeting Date: it can't be after a progress update (%(date)s).",
                    date=day_text(self.env, first),
                ),
            )

    def _complain_of_student(self, student_id, problems):
        student = self._existing(self.env["res.partner"], student_id, OF_STUDENT)
        if not student.has_access("read"):
            student = student.browse()
        # sudo: a student of no company may be in a class of another school.
        school = student.company_id or student.sudo().school_class_id.company_id
        elsewhere = self.company_id and school not in (school.browse(), self.company_id)
        if not student or not student.is_intervention_student or elsewhere:
            problems["student_id"] = self.env._(
                "Student: choose a student of this school."
            )
        elif student.has_left_school:
            problems["student_id"] = self.env._(
                "Student: %(name)s has left the school.", name=student.name
            )

    def _check_may_choose_owner(self, vals):
        """Refuse a form master that the user may not choose (design section 2).

        :raises AccessError: when a form master chooses somebody else
        """
        owner = vals.get("form_master_id")
        if not owner or self.env.su:
            return
        unchanged = (
            self.form_master_id.ids == [owner] if self else owner == self.env.uid
        )
        if not unchanged and not self.env.user.has_group(ADMIN_GROUP):
            error = AccessError(
                self.env._(
                    "Only an administrator of interventions can choose another form "
                    "master."
                )
            )
            error.is_public = True  # the text may leave by the HTTP API
            raise error

    def _complain_of_owner(self, user_id, schools, problems):
        # sudo: groups of users are not for everybody to read.
        owner = self._existing(self.env["res.users"].sudo(), user_id)
        if not owner.active or not owner.has_group(FORM_MASTER_GROUP):
            problems["form_master_id"] = self.env._(
                "Form Master: choose a user who is a form master or an "
                "administrator of interventions."
            )
        elif elsewhere := schools - owner.company_ids:
            # Their name is not for who may not see the user.
            problems["form_master_id"] = self.env._(
                "Form Master: this person does not work at %(school)s. Choose somebody "
                "who does, or have the school added to their user first.",
                school=isolate(self.env, ", ".join(elsewhere.mapped("name"))),
            )

    @api.model
    def _duplicate_message(self):
        return self.env._(
            "This student has an active intervention for this root cause already. Add "
            "a progress update to it, or close it first. If you can't see it, ask the "
            "administrators for it."
        )

    def _archived_message(self):
        return self.env._(
            "This intervention is archived. An administrator can restore it."
        )

    def _active_cases(self, cases):
        """Return those of the cases that an active meeting other than these has.

        :param cases: pairs of student id and root cause
        """
        if not cases:
            return set()
        self.flush_model(["student_id", "root_cause", "status", "active"])
        # No record rules: the rule holds for cases that the user may not see.
        return set(
            self.env.execute_query(
                SQL(
                    """SELECT student_id, root_cause FROM intervention_meeting
                        WHERE active IS TRUE AND status != 'closed'
                          AND (student_id, root_cause) IN %s
                          AND NOT id = ANY(%s)""",
                    tuple(cases),
                    self.ids,
                )
            )
        )

    def _refuse_duplicate_cases_after(self, vals):
        """Raise when changing these meetings in this way would break rule 4."""
        cases = [
            (
                vals.get("student_id", meeting.student_id.id),
                vals.get("root_cause", meeting.root_cause),
            )
            for meeting in self
            if vals.get("active", meeting.active)
            and vals.get("status", meeting.status) != "closed"
        ]
        if len(set(cases)) < len(cases) or self._active_cases(cases):
            raise field_error(
                "root_cause", self._duplicate_message(), "duplicate_active_intervention"
            )

    def _lock_against_status_change(self):
        """Hold the status as it is until the end of the transaction.

        Notes share the lock, so that they never wait for each other.
        """
        self.env.execute_query(
            SQL(
                "SELECT id FROM intervention_meeting WHERE id = ANY(%s) FOR SHARE",
                self.ids,
            )
        )
