from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from psycopg2.errors import ForeignKeyViolation

from ..mixins.intervention_append_only import author_field
from ..mixins.intervention_idempotency import once
from ..mixins.intervention_retractable import retractions_field
from ..tools.day import day_text, today
from ..tools.exceptions import Problems, named_in_records, validation_error
from ..tools.internal import internal_value
from ..tools.text import FILLED

CHANNELS = [
    ("phone", "Phone Call"),
    ("sms", "SMS"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("in_person", "In Person"),
    ("home_visit", "Home Visit"),
]
DIRECTIONS = [("outgoing", "To the Family"), ("incoming", "From the Family")]
MISTAKE = "mistake"
OUTCOMES = [
    ("reached", "Reached"),
    ("agreed", "Agreed"),
    ("declined", "Declined"),
    ("sent", "Message Sent"),
    ("no_answer", "No Answer"),
    ("wrong_details", "Wrong Number or Address"),
    # Of earlier entries only: what was entered by mistake is retracted now.
    (MISTAKE, "Entered by Mistake"),
]
# With these the family knows; an attempt that reached nobody does not count.
CONTACTED = ("reached", "agreed", "declined", "sent")
# Odoo's states of an e-mail. A failure that its writer dismissed is ``canceled``, and
# did not arrive either.
NOT_DELIVERED = ("exception", "bounce", "canceled")
WAITING = ("ready", "process", "pending")
REQUIRED = ("contact_date", "channel", "direction", "outcome")
TEXTS = ("other_person", "notes")
ENTRY = ("meeting_id", "guardian_id", *REQUIRED, *TEXTS, "corrects_id")


class InterventionContact(models.Model):
    """One contact with the family of a student, logged on a meeting.

    An entry can be neither edited nor deleted. A wrong one is corrected by another
    that names it, and counts no more; one that should not be there is retracted.
    """

    _name = "intervention.contact"
    _description = "Family Contact"
    _inherit = [
        "intervention.append.only",
        "intervention.retractable",
        "intervention.checks",
        "intervention.day.limits",
    ]
    _order = "contact_date desc, id desc"
    # The guardian is left out: Odoo moves it when two contacts of a parent are merged.
    _history_columns = (*REQUIRED, *TEXTS, "corrects_id")
    _private_columns = TEXTS

    meeting_id = fields.Many2one(readonly=False)
    student_id = fields.Many2one(
        related="meeting_id.student_id", store=True, ondelete="restrict"
    )
    contact_date = fields.Date(
        string="Date",
        required=True,
        default=today,
        help="The day of the contact; today or earlier.",
    )
    # with whom
    guardian_id = fields.Many2one(
        comodel_name="res.partner",
        ondelete="restrict",
        index="btree_not_null",
        help="Whom you contacted. Only guardians of the student can be chosen.",
    )
    available_guardian_ids = fields.Many2many(
        related="meeting_id.guardian_ids", related_sudo=False
    )
    other_person = fields.Char(
        help="Whom you spoke to when it was none of the guardians, such as an aunt.",
    )
    contacted_name = fields.Char(
        string="Contacted", compute="_compute_contacted_name", compute_sudo=False
    )
    # how, and what came of it
    channel = fields.Selection(selection=CHANNELS, required=True, default="phone")
    direction = fields.Selection(
        selection=DIRECTIONS, required=True, default="outgoing"
    )
    outcome = fields.Selection(
        selection=OUTCOMES,
        required=True,
        help="With Reached, Agreed, Declined and Message Sent (or left) the family "
        "counts as contacted. With the others it does not.",
    )
    notes = fields.Text(help="What was said. It never leaves Odoo by e-mail.")
    message_id = fields.Many2one(
        comodel_name="mail.message",
        string="E-mail",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    is_undelivered = fields.Boolean(
        string="Not Delivered",
        compute="_compute_is_undelivered",
        help="The e-mail did not arrive. Correct the address, and write again.",
    )
    # corrections
    corrects_id = fields.Many2one(
        comodel_name="intervention.contact",
        ondelete="restrict",
        index="btree_not_null",
        help="The entry that this one takes the place of.",
    )
    correction_ids = fields.One2many(
        comodel_name="intervention.contact", inverse_name="corrects_id", readonly=True
    )
    is_void = fields.Boolean(
        string="Void",
        compute="_compute_is_void",
        store=True,
        precompute=True,
        recursive=True,
        help="It was retracted, and so was every correction of it: an entry that it "
        "corrected counts again, and can be corrected anew.",
    )
    is_corrected = fields.Boolean(
        string="Corrected",
        compute="_compute_is_corrected",
        help="Another entry takes the place of this one.",
    )
    remark = fields.Char(compute="_compute_remark")
    # A text, as the list breaks the lines of no other type.
    outcome_text = fields.Text(string="Result", compute="_compute_outcome_text")
    retraction_ids = retractions_field("contact_id")
    create_uid = author_field("Logged by")
    create_date = fields.Datetime(string="Logged on", readonly=True)

    # The log of a meeting, newest first, and whether the family was contacted.
    _meeting_idx = models.Index(
        "(meeting_id, contact_date DESC, id DESC) INCLUDE (outcome)"
    )
    # The log of a student.
    _student_idx = models.Index("(student_id, contact_date DESC, id DESC)")
    # The log of the school, page by page.
    _date_idx = models.Index("(contact_date DESC, id DESC)")
    _corrects_uniq = models.UniqueIndex(
        "(corrects_id) WHERE corrects_id IS NOT NULL AND is_void IS NOT TRUE",
        "Corrects: this entry was corrected already. Correct the newer one.",
    )
    _somebody = models.Constraint(
        "CHECK ((guardian_id IS NOT NULL) "
        f"!= (COALESCE(other_person, '') ~ '{FILLED}'))",
        "Guardian: choose whom you contacted, or name the other person.",
    )
    _mistake_corrects = models.Constraint(
        "CHECK (outcome != 'mistake' OR corrects_id IS NOT NULL)",
        "Outcome: only a correction can say that an entry was a mistake.",
    )

    @api.model
    def default_get(self, fields_list):
        """Add what a dialog starts with that corrects an entry, or is of a student.

        The context names these: ``default_corrects_id``, ``intervention_student_id``.

        :raises ValidationError: when the entry was corrected already, or the
            intervention is archived
        :raises UserError: when the user sees no intervention of the student
        """
        vals = super().default_get(fields_list)
        context = self.env.context
        known = {}
        if context.get("default_corrects_id"):
            entry = self.browse(context["default_corrects_id"])
            # A draft may have been recorded, and only the answer lost: it goes on, and
            # saving it tells.
            is_draft = "intervention_draft" in context
            known = entry._correction_values(may_be_done=is_draft)
        elif context.get("intervention_student_id"):
            student = self.env["res.partner"].browse(context["intervention_student_id"])
            known = {"meeting_id": student._meeting_of_family().id}
        for name, value in known.items():
            if name in fields_list and f"default_{name}" not in context:
                vals[name] = value
        if vals.get("meeting_id"):
            self.env["intervention.meeting"].browse(
                vals["meeting_id"]
            )._refuse_archived()
        return vals

    @api.depends("contact_date", "channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for contact in self._nameable():
            contact.display_name = (
                f"{day_text(self.env, contact.contact_date)}, "
                f"{channels.get(contact.channel, '')}"
            )

    @api.depends("guardian_id.name", "other_person")
    def _compute_contacted_name(self):
        for contact in self:
            contact.contacted_name = contact.guardian_id.name or contact.other_person

    @api.depends("message_id", "guardian_id")
    def _compute_is_undelivered(self):
        undelivered = self._mailed(NOT_DELIVERED)
        for contact in self:
            contact.is_undelivered = contact._origin in undelivered

    @api.depends("is_retracted", "correction_ids.is_void")
    def _compute_is_void(self):
        for contact in self:
            contact.is_void = contact.is_retracted and not contact._correction()

    @api.depends("correction_ids.is_void")
    def _compute_is_corrected(self):
        for contact in self:
            contact.is_corrected = bool(contact._correction())

    @api.depends("is_retracted", "is_corrected", "is_undelivered", "corrects_id")
    @api.depends_context("lang")
    def _compute_remark(self):
        waiting = self._mailed(WAITING)
        for contact in self:
            if contact.is_retracted:
                contact.remark = self.env._("Retracted")
            elif contact.is_corrected:
                contact.remark = self.env._("Corrected")
            elif contact.is_undelivered:
                contact.remark = self.env._("Not delivered")
            elif contact in waiting:
                contact.remark = self.env._("On its way")
            elif contact.corrects_id:
                contact.remark = self.env._("Correction")
            else:
                contact.remark = False

    @api.depends("outcome", "remark")
    @api.depends_context("lang")
    def _compute_outcome_text(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        for contact in self:
            text = outcomes.get(contact.outcome, "")
            contact.outcome_text = (
                f"{text} ({contact.remark})" if contact.remark else text
            )

    @api.onchange("meeting_id")
    def _onchange_meeting_id(self):
        guardians = self.meeting_id.guardian_ids._origin
        if self.guardian_id._origin not in guardians | self.corrects_id.guardian_id:
            self.guardian_id = guardians if len(guardians) == 1 else False

    @api.onchange("guardian_id")
    def _onchange_guardian_id(self):
        if self.guardian_id:
            self.other_person = False

    @api.model
    def _contacted_domain(self):
        """Return the domain of the entries with which a family counts as contacted."""
        # No record rules: who sees a meeting sees all its entries.
        return (
            Domain("outcome", "in", CONTACTED)
            & Domain("is_retracted", "=", False)
            & Domain("correction_ids", "not any!", Domain("is_void", "=", False))
            & Domain("id", "not in", self._mailed_sql(NOT_DELIVERED + WAITING))
        )

    def _correction(self):
        """Return the entry that takes the place of this one, if any."""
        return self.correction_ids.filtered(lambda entry: not entry.is_void)

    def _mailed(self, states):
        """Return those of the entries whose e-mail is in one of Odoo's states."""
        mailed = self._mailed_sql(states)
        rows = self.env.execute_query(
            SQL("SELECT id FROM %s AS mailed WHERE id = ANY(%s)", mailed, self.ids)
        )
        return self.browse(contact_id for (contact_id,) in rows)

    @api.model
    def _mailed_sql(self, states):
        """Return the SQL of the entries whose e-mail is in one of Odoo's states."""
        notification = self.env["mail.notification"]._fields
        return SQL(
            """(SELECT contact.id
                  FROM intervention_contact contact
                  JOIN mail_notification
                    ON mail_notification.mail_message_id = contact.message_id
                   AND mail_notification.res_partner_id = contact.guardian_id
                 WHERE mail_notification.notification_status IN %s)""",
            states,
            to_flush=(
                self._fields["message_id"],
                self._fields["guardian_id"],
                notification["notification_status"],
            ),
        )

    @api.model_create_multi
    @once
    def create(self, vals_list):
        """Log contacts with families; a repeat with the context's token logs nothing.

        :param list vals_list: each with ``meeting_id``, ``contact_date`` (today by
            default), ``guardian_id`` or ``other_person``, ``channel``, ``direction``,
            ``outcome``, and perhaps ``notes`` and ``corrects_id``
        :return: the entries, which may have been logged by an earlier call
        :raises ValidationError: when an entry breaks a rule, names every field at
            fault; or when the token was sent before with other values
        :raises AccessError: when the user may not update the meeting
        """
        entries = []
        for vals in vals_list:
            entry, problems = self._checked_entry(vals)
            if problems:
                raise validation_error(problems)
            entries.append(entry)
        return super().create(entries)

    def _checked_entry(self, vals):
        """Look at the values of an entry.

        :return: the values as they will be stored, with the defaults, and what is
            wrong with them as ``Problems``
        """
        entry = {name: vals[name] for name in ENTRY if name in vals}
        # What a dialog starts with is for people to look at.
        defaults = super().default_get(  # pylint: disable=super-method-mismatch
            [name for name in ENTRY if name not in vals]
        )
        entry, problems = self._checked_fields(
            {**dict.fromkeys(TEXTS, ""), **defaults, **entry},
            (*REQUIRED, *TEXTS),
            REQUIRED,
        )
        for name in vals.keys() - set(ENTRY):
            problems[name] = self.env._(
                "%(field)s can't be set on a contact.", field=self._label(name)
            )
        message = internal_value(self.env, "intervention_message")
        entry["message_id"] = message.id if message else False
        meetings = self.env["intervention.meeting"]
        meeting = meetings.browse(self._id_or_none(entry.get("meeting_id")))
        if meeting.exists():
            meeting.check_access("write")
            if not meeting.active:
                problems["meeting_id"] = meeting._archived_message()
        else:
            problems["meeting_id"] = self.env._("Intervention: choose one that exists.")
            meeting = meetings
        day = entry.get("contact_date")
        if day:
            company = meeting.company_id or self.env.company
            self._complain_of_future("contact_date", day, company, problems)
        corrected = self._complain_of_correction(entry, meeting, problems)
        self._complain_of_person(entry, meeting, corrected, problems)
        return entry, problems

    def _day_limits(self):
        return {"contact_date": [self._future_limit("contact_date")]}

    def _form_day_limits(self):
        company = self.meeting_id.company_id or self.env.company
        return {
            name: [
                self._year_limit(name, company, limit.get("first"), limit.get("last")),
                limit,
            ]
            for name, [limit] in self._day_limits().items()
        }

    def _complain_of_correction(self, entry, meeting, problems):
        """Add what is wrong with correcting an entry, and return that entry."""
        corrected = self.browse()
        if entry.get("outcome") == MISTAKE:
            problems["outcome"] = self.env._(
                "Outcome: what was entered by mistake is retracted. Open that entry "
                "and choose Retract."
            )
        if not entry.get("corrects_id"):
            return corrected
        identifier = self._id_or_none(entry["corrects_id"])
        corrected = meeting.contact_ids.filtered(lambda each: each.id == identifier)
        if not corrected:
            problems["corrects_id"] = self.env._(
                "Corrects: choose an entry of the same intervention."
            )
        elif corrected.is_retracted:
            problems["corrects_id"] = self.env._(
                "Corrects: this entry was retracted. Log the right one anew."
            )
        elif corrected.is_corrected:
            problems["corrects_id"] = self.env._(
                "Corrects: this entry was corrected already. Correct the newer one."
            )
        return corrected

    def _complain_of_person(self, entry, meeting, corrected, problems):
        if not entry.get("guardian_id"):
            if not entry["other_person"] and "other_person" not in problems:
                problems["guardian_id"] = self.env._(
                    "Guardian: choose whom you contacted, or name the other person."
                )
            return
        # The guardian of an entry that is corrected may be the student's no more.
        allowed = meeting.guardian_ids | corrected.guardian_id
        if meeting and self._id_or_none(entry["guardian_id"]) not in allowed.ids:
            problems["guardian_id"] = self.env._(
                "Guardian: choose a guardian of %(student)s, or name the other person.",
                student=meeting.student_id.name,
            )
        if entry["other_person"]:
            problems["other_person"] = self.env._(
                "Other Person: leave it empty when you choose a guardian, and log "
                "a second contact for the other person."
            )

    @api.model
    def _sql_error_to_message(self, exc):
        if isinstance(exc, ForeignKeyViolation):
            return named_in_records(self.env)
        return super()._sql_error_to_message(exc)

    @api.model
    def _edit_refusal(self):
        return self.env._(
            "A logged contact can't be changed. Choose Correct to add an entry that "
            "takes its place."
        )

    @api.model
    def _delete_refusal(self):
        return self.env._(
            "A logged contact can't be deleted. If it was entered by mistake, retract "
            "it."
        )

    def action_correct(self):
        """Open the dialog for an entry that takes the place of this one.

        :return: an action of the web client
        :raises ValidationError: when it was corrected already
        """
        self.ensure_one()
        values = self._correction_values()
        action = self.meeting_id.action_log_contact()
        action["name"] = self.env._("Correct Contact")
        action["context"] = {f"default_{name}": value for name, value in values.items()}
        return action

    def _correction_values(self, may_be_done=False):
        """Return what the dialog starts with in which this entry is corrected.

        :param bool may_be_done: do not refuse what can't be corrected any more
        """
        problems = Problems()
        self._complain_of_correction(
            {"corrects_id": self.id}, self.meeting_id, problems
        )
        if problems and not may_be_done:
            raise validation_error(problems)
        [values] = self.read(ENTRY, load=None)
        del values["id"]
        if values["outcome"] == MISTAKE:
            del values["outcome"]
        return {**values, "corrects_id": self.id}

    def action_view_correction(self):
        """Open the entry that takes the place of this one.

        :return: an action of the web client
        """
        self.ensure_one()
        return self._correction()._get_records_action()
