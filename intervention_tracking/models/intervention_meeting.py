from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, sql
from odoo.tools.misc import SENTINEL

from ..constants import (
    FORM_MASTER_GROUP,
    ROOT_CAUSES,
    STATUSES,
    UNIQUE_INDEX,
    URGENCY_LEVELS,
)
from ..mixins.intervention_append_only import author_field
from ..mixins.intervention_idempotency import once
from ..tools.day import day_text, today
from ..tools.exceptions import validation_error
from ..tools.internal import Internal, internal_value
from ..tools.search import boolean_search
from ..tools.sql import vacuum_after
from ..tools.text import FILLED, isolate


class InterventionMeeting(models.Model):
    """A meeting with a student who misses school, and the case that follows from it.

    The rules are those of section 1 of the design:

    1. Student, date, reason, cause, notes, plan and urgency are required.
    2. The meeting is not in the future.
    3. A follow-up date is after today when it is set, and never before the meeting.
    4. A student has one active meeting for each root cause, whoever owns it.
    5. Closed is final; closing needs resolution notes.
    6. A change of status leaves an entry in the history.
    7. Deleting archives.

    ``create`` and ``write`` check them before the database does, as a statement that
    PostgreSQL refuses ends the transaction and names one fault only. What is right goes
    on to ``_record`` and ``_change``, which other subjects extend.
    """

    _name = "intervention.meeting"
    _description = "Intervention"
    _inherit = [
        "intervention.checks",
        "intervention.day.limits",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "meeting_date desc, id desc"
    _check_company_auto = True

    # who and when
    student_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        domain=[
            ("is_intervention_student", "=", True),
            ("has_left_school", "=", False),
        ],
        check_company=True,
        ondelete="restrict",
        help="Students of your own classes are offered first.",
    )
    student_number = fields.Char(related="student_id.student_number")
    class_id = fields.Many2one(
        comodel_name="intervention.class",
        compute="_compute_class_id",
        store=True,
        precompute=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The student's class when the meeting was recorded.",
    )
    form_master_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        default=lambda self: self.env.user,
        domain=lambda self: self._form_master_domain(),
        check_company=True,
        ondelete="restrict",
        help="Who follows the case. Only an administrator can hand it over.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
    )
    meeting_date = fields.Date(
        required=True,
        default=today,
        help="The day you met the student; today or earlier.",
    )
    # what was said
    absence_reason = fields.Text(
        required=True, help="What the student says about missing school."
    )
    root_cause = fields.Selection(
        selection=ROOT_CAUSES,
        string="Root Cause Category",
        required=True,
        help="What lies behind the absence. A student has one active case for each.",
    )
    intervention_notes = fields.Text(
        required=True, help="What you observed and talked about."
    )
    # what follows
    action_plan = fields.Text(
        required=True, help="What was agreed: who does what, until when."
    )
    follow_up_date = fields.Date(
        string="Follow-up Date",
        help="When you will look at this again; after today. You get a reminder on "
        "that day.",
    )
    urgency_level = fields.Selection(
        selection=URGENCY_LEVELS,
        required=True,
        default="medium",
    )
    status = fields.Selection(
        selection=STATUSES,
        required=True,
        default="open",
        copy=False,
        group_expand=True,
    )
    resolution_notes = fields.Text(
        copy=False, help="How the case ended. Needed to close it."
    )
    closed_date = fields.Date(copy=False, readonly=True)
    progress_ids = fields.One2many(
        comodel_name="intervention.progress",
        inverse_name="meeting_id",
        string="Progress Updates",
        readonly=True,
    )
    progress_count = fields.Integer(string="Updates", compute="_compute_progress_count")
    active = fields.Boolean(default=True, copy=False)
    create_uid = author_field("Recorded by")
    # what needs attention
    days_since_meeting = fields.Integer(compute="_compute_days_since_meeting")
    is_overdue = fields.Boolean(
        string="Overdue",
        compute="_compute_is_overdue",
        search="_search_is_overdue",
        help="The case is active and its follow-up date has passed. None becomes "
        "overdue on a closing day of the school.",
    )
    is_due_today = fields.Boolean(
        string="Due Today",
        compute="_compute_is_overdue",
        search="_search_is_due_today",
        help="The case is active and its follow-up date is today.",
    )
    is_recurring = fields.Boolean(
        string="Recurring",
        compute="_compute_is_recurring",
        search="_search_is_recurring",
        help="The student has two or more interventions.",
    )
    lacks_improvement = fields.Boolean(
        string="No Improvement",
        compute="_compute_progress_count",
        help="The case is active and shows no improvement after three or more updates.",
    )

    # "active IS TRUE" is how Odoo writes it; PostgreSQL takes a partial index only
    # where the words agree. The company is in every index, as a record rule asks for it
    # in every query: counting then reads the index alone.

    # Rule 4. The database alone can keep it when two people record at once.
    _active_student_cause_uniq = models.UniqueIndex(
        "(student_id, root_cause) WHERE active IS TRUE AND status != 'closed'",
        lambda env, diag: env["intervention.meeting"]._duplicate_message(),
    )
    # The administrators' list of all meetings, page by page, in the order of the HTTP
    # API; of the screens' order it has the day, and those of one are soon sorted.
    _date_idx = models.Index(
        "(meeting_date DESC, create_date DESC, id DESC) INCLUDE (company_id) "
        "WHERE active IS TRUE"
    )
    # A form master's own list, the same way.
    _owner_date_idx = models.Index(
        "(form_master_id, meeting_date DESC, create_date DESC, id DESC) "
        "INCLUDE (company_id) WHERE active IS TRUE"
    )
    # A student's history, and who is recurring.
    _student_date_idx = models.Index(
        "(student_id, meeting_date DESC, id DESC) INCLUDE (company_id, active, status)"
    )
    # Who is recurring among a form master's own.
    _owner_student_idx = models.Index(
        "(form_master_id, student_id, meeting_date) INCLUDE (company_id, status) "
        "WHERE active IS TRUE"
    )
    # Active cases: counters, overdue ones, the job that makes activities.
    _active_case_idx = models.Index(
        "(form_master_id, status, urgency_level, follow_up_date) "
        "INCLUDE (company_id, student_gone_from) "
        "WHERE active IS TRUE AND status != 'closed'"
    )
    # Closed cases, which only the counters need.
    _closed_case_idx = models.Index(
        "(form_master_id) INCLUDE (company_id) "
        "WHERE active IS TRUE AND status = 'closed'"
    )
    # The screens' list of active cases: what needs attention first.
    _attention_idx = models.Index(
        "(follow_up_date, meeting_date DESC, id DESC) "
        "INCLUDE (company_id, student_gone_from) "
        "WHERE active IS TRUE AND status != 'closed'"
    )
    _absence_reason_filled = models.Constraint(
        f"CHECK (absence_reason ~ '{FILLED}')",
        "Absence Reason: write what the student says.",
    )
    _intervention_notes_filled = models.Constraint(
        f"CHECK (intervention_notes ~ '{FILLED}')",
        "Intervention Notes: write what you observed and talked about.",
    )
    _action_plan_filled = models.Constraint(
        f"CHECK (action_plan ~ '{FILLED}')", "Action Plan: write what was agreed."
    )
    _follow_up_after_meeting = models.Constraint(
        "CHECK (follow_up_date >= meeting_date)",
        "Follow-up Date: it can't be before the meeting. Choose a later day.",
    )
    _closed_is_resolved = models.Constraint(
        f"CHECK (status != 'closed' OR (COALESCE(resolution_notes, '') ~ '{FILLED}' "
        "AND closed_date IS NOT NULL))",
        "Resolution Notes: write how the case ended before you close it.",
    )

    # --- schema ---

    def _auto_init(self):
        if sql.table_exists(self.env.cr, self._table):
            self._refuse_duplicates()
        return super()._auto_init()

    def init(self):
        """Make sure of the unique index, and keep the table fit for index-only scans.

        :raises UserError: when the index can't be made; nothing is installed then
        """
        if not self.env.execute_query(
            SQL(
                "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) "
                "AND indisunique AND indisvalid",
                UNIQUE_INDEX,
            )
        ):
            self._refuse_duplicates()
            raise UserError(
                self.env._(
                    "The unique index %(index)s could not be made; see the log.",
                    index=UNIQUE_INDEX,
                )
            )
        # The counters, and who is recurring, read the indexes alone.
        vacuum_after(self.env.cr, self._table, changed=500, added=500)

    def _refuse_duplicates(self):
        """Raise with the list of meetings that break rule 4, for who upgrades."""
        rows = self.env.execute_query(
            SQL(
                """SELECT student_id, root_cause, array_agg(id ORDER BY id)
                     FROM intervention_meeting
                    WHERE active IS TRUE AND status != 'closed'
                    GROUP BY student_id, root_cause HAVING count(*) > 1
                    ORDER BY student_id, root_cause"""
            )
        )
        if rows:
            raise UserError(
                self.env._(
                    "Some students have several active interventions for one root "
                    "cause. Close or archive all but one of each, then upgrade "
                    "again:\n%(list)s",
                    list="\n".join(
                        f"student {student}, {cause}: interventions "
                        + ", ".join(map(str, ids))
                        for student, cause, ids in rows
                    ),
                )
            )

    # --- defaults and computed fields ---

    @api.model
    def _form_master_domain(self):
        group = self.env.ref(FORM_MASTER_GROUP)
        return [("all_group_ids", "in", group.ids), ("share", "=", False)]

    @api.depends("student_id")
    def _compute_company_id(self):
        for meeting in self:
            meeting.company_id = meeting._school_of(meeting.student_id)

    def _school_of(self, student):
        """Return the company of a meeting with a student; ``self`` is it, or empty."""
        return (
            student.company_id
            or student.school_class_id.company_id
            or self._origin.company_id
            or self.env.company
        )

    @api.depends("student_id")
    def _compute_class_id(self):
        for meeting in self:
            school_class = meeting.student_id.school_class_id
            # A shared contact may be in a class of another company.
            meeting.class_id = (
                school_class.company_id == meeting.company_id and school_class
            )

    @api.depends("student_id.name", "meeting_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        # It is the subject of mails, so it names no cause: that may be an illness.
        meetings = self._nameable()
        names = meetings.student_id._distinct_names()
        for meeting in meetings:
            meeting.display_name = (
                f"{isolate(self.env, names[meeting.student_id])}, "
                f"{day_text(self.env, meeting.meeting_date)}"
                if meeting.student_id
                else self.env._("New Intervention")
            )

    @api.depends("progress_ids.retraction_ids", "status")
    def _compute_progress_count(self):
        counts = defaultdict(int)
        improved = set()
        for meeting, status, count in self.env["intervention.progress"]._read_group(
            [("meeting_id", "in", self.ids), ("is_retracted", "=", False)],
            ["meeting_id", "new_status"],
            ["__count"],
        ):
            counts[meeting.id] += count
            if status == "improving":
                improved.add(meeting.id)
        for meeting in self:
            count = counts[meeting._origin.id]
            meeting.progress_count = count
            meeting.lacks_improvement = (
                count >= 3
                and meeting.status not in ("improving", "closed")
                and meeting._origin.id not in improved
            )

    @api.depends("meeting_date")
    @api.depends_context("tz", "uid", "allowed_company_ids")
    def _compute_days_since_meeting(self):
        this_day = today(self)
        for meeting in self:
            meeting.days_since_meeting = (
                (this_day - meeting.meeting_date).days if meeting.meeting_date else 0
            )

    @api.depends("status", "follow_up_date")
    @api.depends_context("tz", "uid", "allowed_company_ids")
    def _compute_is_overdue(self):
        this_day = today(self)
        open_days = self.env["intervention.settings"]._last_open_days(this_day)
        for meeting in self:
            meeting.is_overdue = bool(
                meeting.status != "closed"
                and meeting.follow_up_date
                and meeting.follow_up_date < open_days.get(meeting.company_id, this_day)
            )
            meeting.is_due_today = (
                meeting.status != "closed" and meeting.follow_up_date == this_day
            )

    @boolean_search
    def _search_is_overdue(self):
        return self._ongoing_domain() & self._overdue_domain()

    @boolean_search
    def _search_is_due_today(self):
        return self._ongoing_domain() & Domain("follow_up_date", "=", today(self))

    @api.model
    def _ongoing_domain(self, day=None):
        """Return which cases somebody has to look at on a day.

        :param date day: by default the user's
        """
        return Domain("status", "!=", "closed")

    @api.model
    def _overdue_domain(self):
        """Return which follow-up dates are overdue; a closing day makes none so."""
        this_day = today(self)
        open_days = self.env["intervention.settings"]._last_open_days(this_day)
        domain = Domain("follow_up_date", "<", this_day)
        for company, day in open_days.items():
            domain &= Domain("company_id", "!=", company.id) | Domain(
                "follow_up_date", "<", day
            )
        return domain

    @api.depends("student_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_recurring(self):
        recurring = {
            student.id
            for (student,) in self.env["intervention.meeting"]
            .with_context(active_test=True)
            ._read_group(
                [("student_id", "in", self.student_id.ids)],
                ["student_id"],
                having=[("__count", ">", 1)],
            )
        }
        for meeting in self:
            meeting.is_recurring = meeting.student_id.id in recurring

    @boolean_search
    def _search_is_recurring(self):
        return [("student_id", "in", self._recurring_students_sql())]

    @api.model
    def _recurring_students_sql(self):
        """Return the SQL of the students who are recurring for this user."""
        query = self.with_context(active_test=True)._search([])
        student = self._field_to_sql(self._table, "student_id", query)
        query.groupby = student
        query.having = SQL("COUNT(*) > 1")
        return SQL("(%s)", query.select(student))

    def onchange(self, values, field_names, fields_spec):
        """Refuse a student whom the user may not see, as the answer tells about them.

        :raises AccessError: by this rule; for the rest see the web client's model
        """
        # As a record, whichever of the ORM's forms the value has.
        student = self.new({"student_id": values.get("student_id")}).student_id
        if not student._origin.has_access("read"):
            raise AccessError(self._access_refusal("read"))
        return super().onchange(values, field_names, fields_spec)

    # --- create, write, delete ---

    @api.model_create_multi
    @once
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Record meetings; a repeat with the context's token records nothing.

        All or nothing.

        :param list vals_list: the values of each
        :return: the meetings, which may have been recorded by an earlier call
        :raises ValidationError: when a rule is broken, names every field at fault, and
            of several meetings every student whose one can't be recorded; or when the
            token was sent before with other values
        :raises AccessError: when a form master records for somebody else
        """
        # copy() calls this on the meeting that it copies.
        self = self.browse()
        self.check_access("create")
        return self._record(self._checked_creations(vals_list))

    def _record(self, vals_list):
        """Make meetings of values that are checked and complete."""
        # pylint: disable=super-method-mismatch
        # The log message and the subscription of the creator cost half of a create,
        # and say what create_uid, create_date and form_master_id say.
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        meetings = super(InterventionMeeting, quiet).create(vals_list)
        return meetings.with_env(self.env)

    def write(self, vals):  # pylint: disable=method-required-super
        """Change meetings; a change of status leaves an entry in the history.

        :raises ValidationError: when a rule is broken; names every field at fault
        :raises AccessError: when a form master changes the owner
        """
        self.check_access("write")
        self._check_may_choose_owner(vals)
        vals, problems = self._checked_change(vals)
        if problems:
            raise validation_error(problems)
        if vals.keys() & {"student_id", "root_cause", "active"}:
            self._refuse_duplicate_cases_after(vals)
        if "status" not in vals:
            return self._change(vals)
        moving = self.filtered(lambda meeting: meeting.status != vals["status"])
        # The others keep their status, and their date of closing.
        rest = {name: vals[name] for name in vals if name != "status"}
        if rest and moving != self:
            (self - moving)._change(rest)
        return moving._change(vals) if moving else True

    def _change(self, vals):
        """Store checked values; a status in them is new to all of these meetings."""
        # pylint: disable=super-method-mismatch
        if "status" not in vals:
            return super().write(vals)
        said = internal_value(self.env, "intervention_progress", {})
        this_day = today(self)
        entries = [
            {
                "meeting_id": meeting.id,
                "update_text": "",
                "happened_on": max(this_day, meeting.meeting_date),
                **said,
                "old_status": meeting.status,
                "new_status": vals["status"],
            }
            for meeting in self
        ]
        if vals["status"] == "closed":
            vals = {**vals, "closed_date": said.get("happened_on", this_day)}
        result = super().write(vals)
        # Who comes second fails here, and is repeated by Odoo; later, what follows from
        # the change would collide first, as a plain error.
        self.flush_recordset()
        updates = self.env["intervention.progress"]._store(entries)
        made = internal_value(self.env, "intervention_progress_made", [])
        made.extend(updates)
        return result

    def _check_company(self, fnames=None):
        """Refuse what is of another company, as all of Odoo does.

        What is of the same company, or of none, is right without a look at the parent
        companies. For these Odoo reads the company, and of a user all of theirs.
        """
        if fnames is None or "company_id" in fnames:
            fnames = self._fields
        names = [
            name
            for name in fnames
            if self._fields[name].relational
            and self._fields[name].check_company
            and not self._is_of_same_company(name)
        ]
        return super()._check_company(names)

    def _is_of_same_company(self, name):
        """Tell whether what a field has is of these meetings' companies or of none."""
        for meeting in self.sudo():  # sudo: as Odoo does
            company, other = meeting.company_id, meeting[name]
            if (
                company.id not in other._get_company_ids()
                if other._name == "res.users"
                else other.company_id not in (company, company.browse())
            ):
                return False
        return True

    def unlink(self):  # pylint: disable=method-required-super
        """Archive instead of deleting: the history is permanent (design rule 7)."""
        self.check_access("unlink")
        self.filtered("active").write({"active": False})
        return True

    # --- actions ---

    def action_track_progress(self):
        """Open the dialog in which a progress update is added.

        :return: an action of the web client
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["intervention.track"]._get_records_action(
            name=self.env._("Track Progress"),
            target="new",
            context={"default_meeting_id": self.id},
        )

    def action_view_student(self):
        """Open the history of this meeting's student, as far as the user may see it.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.student_id.action_view_history()

    # --- for the screens and for other systems ---

    @once
    def add_progress(
        self,
        update_text,
        status=None,
        resolution_notes=None,
        follow_up_date=SENTINEL,
        happened_on=None,
    ):
        """Add a note to the history, with a new status and next date if given.

        All or nothing. A closed meeting takes notes, but no change. With an
        ``intervention_token`` in the context, a repeat adds nothing and returns what
        the first call added.

        :param str update_text: what happened; may not be blank
        :param str status: ``open``, ``monitoring``, ``improving``, ``not_improving``,
            ``escalated`` or ``closed``; the status that it has already changes nothing
        :param str resolution_notes: how the case ended; needed to close it, and taken
            only then
        :param follow_up_date: the day of the next look, after today; None or False
            takes it away, and it stays as it is when not given, as when closing
        :param happened_on: the day on which it happened, not before the meeting and not
            in the future; today when not given. A case is closed on that day, too
        :return: the new ``intervention.progress`` (its id over RPC)
        :raises ValidationError: for a blank text, an unknown or forbidden status, or
            closing without resolution notes or with a next date (design rules 3, 5
            and 6), or a token that was sent before with other values
        :raises AccessError: when the user may not update the meeting
        """
        self.ensure_one()
        self.check_access("write")
        progress = self.env["intervention.progress"]
        problems = self._faults_before()
        text = progress._checked_text(update_text, problems)
        day = progress._checked_day(happened_on, self, problems)
        vals = {}
        if status and status != self.status:
            vals["status"] = status
        if resolution_notes:
            vals["resolution_notes"] = resolution_notes
            if "closed" not in (status, self.status):
                problems["resolution_notes"] = self.env._(
                    "Resolution Notes: they are for closing the case. Set the "
                    "status to Closed as well, or leave them empty."
                )
        if follow_up_date is not SENTINEL:
            vals["follow_up_date"] = follow_up_date
            if follow_up_date and vals.get("status") == "closed":
                problems["follow_up_date"] = self.env._(
                    "Follow-up Date: a case that is being closed gets none. Leave "
                    "it out, or keep the case active."
                )
        if problems:
            raise validation_error(problems)
        if vals:
            made = []
            self.with_context(
                intervention_progress=Internal(
                    {"update_text": text, "happened_on": day}
                ),
                intervention_progress_made=Internal(made),
            ).write(vals)
        if "status" in vals:
            [update] = made
            return update.with_env(self.env)
        return progress._add_note(self, text, day)
