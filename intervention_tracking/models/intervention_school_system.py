from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError

from ..constants import ADMIN_GROUP, ATTENDANCE_MEANINGS
from ..tools.exceptions import field_error

# Whoever keeps the users of an Odoo may let a link read as any of them.
KEEPER_GROUP = "base.group_erp_manager"
CRON = "intervention_tracking.ir_cron_look_at_schools"

MODELS = ("student_model", "enrolment_model", "guardian_model", "mark_model")
DOMAINS = ("student_domain", "enrolment_domain", "guardian_domain", "mark_domain")
PATHS = (
    *("student_partner", "student_number"),
    *("enrolment_student", "enrolment_class"),
    *("class_name", "class_code", "class_teacher", "class_end"),
    *("guardian_student", "guardian_partner"),
    *("mark_student", "mark_date", "mark_register", "mark_state", "mark_note"),
)
# What says where the other system keeps what.
SETUP = (*MODELS, *DOMAINS, *PATHS, "final_states", "meaning_ids")

# What somebody has to look at comes first, and what may be everybody last.
LINE_KINDS = [
    ("lack", "Not Readable"),
    ("same_number", "Two with One Number"),
    ("same_contact", "Two with One Contact"),
    ("contradiction", "Contradictory Mark"),
    ("elsewhere", "Of Another School"),
    ("archived", "Contact Archived"),
    ("guardian", "Guardian Not Taken Over"),
    ("teacher", "Class Teacher Without Rights"),
    ("no_class", "Without a Class"),
    ("left", "No Longer Enrolled"),
    ("new", "New"),
    ("changed", "Changed"),
    ("ended", "Class Has Ended"),
    ("no_number", "Without a Number"),
]


class InterventionSchoolSystem(models.Model):
    """A school system in the same Odoo, and the link to it.

    The addon depends on no such system: what the other one keeps where is said by
    models, domains and paths, as ``partner_id`` or ``batch_id.code``; ``id`` is the
    record itself. Its records are read and never written. What comes from there is
    read-only here while the link is active.
    """

    _name = "intervention.school.system"
    _description = "School System"
    _inherit = ["intervention.refusals"]
    _order = "company_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    preset_id = fields.Many2one(
        comodel_name="intervention.school.preset",
        string="Known System",
        ondelete="set null",
        help="Fills in all the paths. Empty: you fill them in by hand.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        string="School",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        ondelete="restrict",
        help="Classes and school days of the link are of this company: many school "
        "systems do not know companies.",
    )
    state = fields.Selection(
        selection=[("draft", "Not Linked"), ("linked", "Linked")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Reads as",
        required=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        help="The link sees of the school system what this user may see there, and "
        "nothing else.",
    )
    source_id = fields.Many2one(
        comodel_name="intervention.attendance.source",
        string="Attendance Source",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
    )

    # students
    student_model = fields.Char()
    student_domain = fields.Char(
        string="Enrolled Students",
        default="[]",
        help="Which of them are at the school. Archived ones are not, unless the "
        "condition speaks of active itself.",
    )
    student_partner = fields.Char(string="Contact of a Student")
    student_number = fields.Char(
        string="Number of a Student",
        help="The path to the admission number. Of several, with commas between them, "
        "the first that is filled in counts.",
    )
    # classes
    enrolment_model = fields.Char(
        help="The model of the records that say which student is in which class. "
        "Empty: the student's record says it."
    )
    enrolment_domain = fields.Char(
        string="Running Enrolments",
        default="[]",
        help="Which of them are of today. Of several of a student, the newest counts; "
        "a student without one is not enrolled.",
    )
    enrolment_student = fields.Char(string="Student of an Enrolment")
    enrolment_class = fields.Char(
        string="Class of a Student",
        help="The path to the class, from the enrolment or from the student.",
    )
    class_name = fields.Char()
    class_code = fields.Char(
        help="The path from the class to what is added where two are called the same."
    )
    class_teacher = fields.Char(
        help="The path from the class to the user who is its form master. Empty: form "
        "masters are chosen here."
    )
    class_end = fields.Char(string="End of a Class")
    # guardians
    guardian_model = fields.Char(
        help="The model that says who the guardians are. Empty: guardians are entered "
        "here."
    )
    guardian_domain = fields.Char(string="Which Guardians", default="[]")
    guardian_student = fields.Char(string="Students of a Guardian")
    guardian_partner = fields.Char(string="Contact of a Guardian")
    # marks
    mark_model = fields.Char(
        help="The model of the marks, one record for a student and a lesson or day. "
        "Empty: no marks are taken over."
    )
    mark_domain = fields.Char(string="Which Marks", default="[]")
    mark_student = fields.Char(string="Student of a Mark")
    mark_date = fields.Char(string="Day of a Mark")
    mark_register = fields.Char(
        string="Register of a Mark",
        help="The path to the register or sheet. What a day has several of is folded "
        "into one day.",
    )
    mark_state = fields.Char(string="State of a Register")
    final_states = fields.Char(
        help="The values of that state, with commas between them, with which marks are "
        "taken over. Empty: all are."
    )
    mark_note = fields.Char(string="Note of a Mark")
    meaning_ids = fields.One2many(
        comodel_name="intervention.school.meaning",
        inverse_name="system_id",
        string="What Marks Mean",
        help="In this order: the first that holds counts. When none holds, the day is "
        "unknown.",
    )

    # what is there, and what the last look found
    looked_at = fields.Datetime(string="Last Look", readonly=True, copy=False)
    is_preview = fields.Boolean(string="Preview", readonly=True, copy=False)
    problem = fields.Text(readonly=True, copy=False)
    student_count = fields.Integer(string="Students", readonly=True, copy=False)
    class_count = fields.Integer(string="Classes", readonly=True, copy=False)
    guardian_count = fields.Integer(string="Guardians", readonly=True, copy=False)
    mark_count = fields.Integer(string="Marks", readonly=True, copy=False)
    new_count = fields.Integer(string="New", readonly=True, copy=False)
    changed_count = fields.Integer(string="Changed", readonly=True, copy=False)
    left_count = fields.Integer(string="No Longer Enrolled", readonly=True, copy=False)
    no_number_count = fields.Integer(
        string="Without a Number", readonly=True, copy=False
    )
    same_number_count = fields.Integer(
        string="Two with One Number", readonly=True, copy=False
    )
    same_contact_count = fields.Integer(
        string="Two with One Contact", readonly=True, copy=False
    )
    archived_count = fields.Integer(
        string="Contact Archived", readonly=True, copy=False
    )
    elsewhere_count = fields.Integer(
        string="Of Another School", readonly=True, copy=False
    )
    no_class_count = fields.Integer(string="Without a Class", readonly=True, copy=False)
    ended_count = fields.Integer(string="Class Has Ended", readonly=True, copy=False)
    refused_guardian_count = fields.Integer(
        string="Guardians Not Taken Over", readonly=True, copy=False
    )
    open_register_count = fields.Integer(
        string="Registers Never Closed", readonly=True, copy=False
    )
    unknown_mark_count = fields.Integer(
        string="Marks That Say Nothing", readonly=True, copy=False
    )
    contradiction_count = fields.Integer(
        string="Contradictory Marks", readonly=True, copy=False
    )
    left_out_count = fields.Integer(
        string="Marks Left Out",
        readonly=True,
        copy=False,
        help="Of days that have not come, are too long ago or on which the school is "
        "closed, and of days after a student left.",
    )
    day_new_count = fields.Integer(string="New Days", readonly=True, copy=False)
    day_changed_count = fields.Integer(string="Changed Days", readonly=True, copy=False)
    day_gone_count = fields.Integer(string="Days Taken Back", readonly=True, copy=False)
    line_ids = fields.One2many(
        comodel_name="intervention.school.line",
        inverse_name="system_id",
        string="Who and What",
        readonly=True,
        copy=False,
    )

    sample = fields.Html(
        string="Five Rows",
        compute="_compute_sample",
    )

    _preset_uniq = models.UniqueIndex(
        "(company_id, preset_id) WHERE preset_id IS NOT NULL",
        "This school has this school system in the list already, perhaps archived.",
    )

    # --- what is known of a system ---

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_preset(vals) for vals in vals_list])

    @api.model
    def _with_preset(self, vals):
        """Return values of a new record, with what its preset says besides."""
        preset = self.env["intervention.school.preset"].browse(vals.get("preset_id"))
        return {**preset._values(), **vals} if preset else vals

    @api.onchange("preset_id")
    def _onchange_preset_id(self):
        if self.preset_id:
            self.meaning_ids = [Command.clear()]
            self.update(self.preset_id._values())
            self.name = self.name or self.preset_id._title()

    # --- rights ---

    def _nameable(self):
        # Where a student comes from stands at the student.
        return self

    @api.constrains("user_id", *SETUP)
    def _check_reads_as(self):
        """Refuse that somebody reads with the rights of others what they choose."""
        user = self.env.user
        if self.env.uid == SUPERUSER_ID or user.has_group(KEEPER_GROUP):
            return
        for system in self:
            if system.user_id != user:
                raise field_error(
                    "user_id",
                    self.env._(
                        "Reads as: the link would read with the rights of %(name)s. "
                        "Choose yourself, or ask who keeps the users of this Odoo.",
                        name=system.user_id.sudo().name,
                    ),
                )

    def _check_may_link(self):
        """Refuse everybody but administrators of interventions of the school."""
        if not self.env.user.has_group(ADMIN_GROUP):
            raise AccessError(self._access_refusal("write"))
        self.check_access("write")

    # --- what administrators press ---

    @api.model
    def action_open(self):
        """Open the screen of the school systems, with those that are installed.

        Of each that is known and not there yet a record is made, which is not linked.

        :return: an action of the web client
        :raises AccessError: for anyone but an administrator of interventions
        """
        self._check_may_link()
        company = [("company_id", "=", self.env.company.id)]
        known = self.with_context(active_test=False).search(company)
        for preset in self.env["intervention.school.preset"]._installed():
            if preset not in known.preset_id:
                self.create({"name": preset._title(), "preset_id": preset.id})
        systems = self.search(company)
        systems.filtered(lambda each: each.state == "draft").action_preview()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_school_system_action"
        )
        if len(systems) == 1:
            action.update(res_id=systems.id, view_mode="form", views=[(False, "form")])
        return action


class InterventionSchoolMeaning(models.Model):
    """What a value in a mark of a school system means."""

    _name = "intervention.school.meaning"
    _description = "What a Mark Means"
    _inherit = ["intervention.refusals"]
    _order = "system_id, slot, sequence, id"

    system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    slot = fields.Char(
        string="Part of the Day",
        help="Only where one record has several marks, as one for the morning and one "
        "for the afternoon.",
    )
    path = fields.Char(required=True)
    value = fields.Char(
        help="The value, for yes and no fields true or false. Empty: anything that is "
        "filled in, or yes."
    )
    meaning = fields.Selection(selection=ATTENDANCE_MEANINGS, required=True)


class InterventionSchoolLine(models.Model):
    """Something that a look at a school system found, for people to read."""

    _name = "intervention.school.line"
    _description = "What a Look Found"
    _inherit = ["intervention.refusals"]
    _order = "system_id, id"

    system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(selection=LINE_KINDS, required=True, readonly=True)
    text = fields.Text(required=True, readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        readonly=True,
        ondelete="cascade",
    )
