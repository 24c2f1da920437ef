from datetime import date
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..constants import FORM_MASTER_GROUP
from ..tools.day import today
from ..tools.exceptions import Problems, validation_error
from ..tools.search import boolean_search


class InterventionClassFormMaster(models.Model):
    """A form master of a class besides its main one: for good, or for some weeks.

    Whose last day is over stays in the list, as it tells who had the class when.
    """

    _name = "intervention.class.form.master"
    _description = "Further Form Master of a Class"
    _inherit = ["intervention.checks"]
    _order = "class_id, date_from nulls first, id"
    _rec_name = "user_id"
    _check_company_auto = True

    class_id = fields.Many2one(
        comodel_name="intervention.class", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="class_id.company_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Form Master",
        required=True,
        domain=lambda self: self.env["intervention.meeting"]._form_master_domain(),
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    date_from = fields.Date(
        string="From", help="The first day of a substitute. Empty: from now on."
    )
    date_to = fields.Date(
        string="Until",
        help="The last day of a substitute, in the time zone of the school. Empty: for "
        "good.",
    )
    period = fields.Selection(
        selection=[("later", "Later"), ("now", "Now"), ("over", "Over")],
        string="When",
        compute="_compute_period",
    )
    is_end_noted = fields.Boolean(
        readonly=True,
        copy=False,
        help="It was looked at which cases they still have, as their days are over.",
    )

    _period_in_order = models.Constraint(
        "CHECK (date_from <= date_to)",
        "Until: choose a day that is not before the first one.",
    )
    # Two administrators at once; for the rest see _check_twice.
    _once = models.UniqueIndex(
        "(class_id, user_id, COALESCE(date_from, '-infinity'::date))",
        "Further Form Masters: somebody is in the list twice.",
    )

    @api.depends("date_from", "date_to", "company_id")
    def _compute_period(self):
        for line in self:
            day = line._school_day(line.company_id)
            if line.date_to and line.date_to < day:
                line.period = "over"
            else:
                line.period = (
                    "later" if line.date_from and line.date_from > day else "now"
                )

    @api.model
    def _school_day(self, company):
        """Return what day it is at the school, wherever a substitute may be."""
        return today(self, self.env["res.users"], company)

    @api.constrains("user_id")
    def _check_user(self):
        for line in self:
            # sudo: groups of users are not for everybody to read.
            user = line.user_id.sudo()
            if not user.active or not user.has_group(FORM_MASTER_GROUP):
                raise ValidationError(
                    self.env._(
                        "Further Form Masters: %(name)s is no form master. Choose a "
                        "form master or an administrator of interventions.",
                        name=user.name,
                    )
                )

    @api.constrains("date_from", "date_to")
    def _check_years(self):
        problems = Problems()
        for line in self:
            for name in ("date_from", "date_to"):
                if line[name]:
                    line._complain_of_year(name, line[name], line.company_id, problems)
        if problems:
            raise validation_error(problems)

    @api.constrains("class_id", "user_id", "date_from", "date_to")
    def _check_twice(self):
        self.class_id._check_form_masters()

    # --- who had the class keeps cases, or not ---

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        lines._note_changes()
        return lines

    def write(self, vals):
        if not vals.keys() & {"class_id", "user_id", "date_from", "date_to"}:
            return super().write(vals)
        before = self._having()
        result = super().write({**vals, "is_end_noted": False})
        self.env.registry.clear_cache()
        self._note_changes(before)
        return result

    def unlink(self):
        before = self._having()
        result = super().unlink()
        self.env.registry.clear_cache()
        self._note_changes(before)
        return result

    def _having(self):
        """Return who has which class today by these lines, as pairs."""
        having = self.filtered(lambda line: line.period == "now")
        return [(line.class_id, line.user_id) for line in having]

    def _note_changes(self, before=()):
        """Note which classes have other form masters now.

        :param before: what ``_having`` returned before the change
        """
        # sudo: who changes classes in code need not be allowed to see the cases.
        for school_class, user in before:
            school_class.sudo()._note_former(user)
        for line in self.exists().sudo():
            school_class = line.class_id
            school_class.former_form_master_ids -= school_class._form_masters()
        self.exists()._note_ends()

    def _note_ends(self):
        """Note once of those whose days are over which cases they still have."""
        for line in self.sudo():
            if line.period == "over" and not line.is_end_noted:
                line.class_id._note_former(line.user_id)
                line.is_end_noted = True

    @api.model
    @ormcache()
    def _has_dates(self):
        """Tell whether anybody is a form master of a class for some days only."""
        self.flush_model(["date_from", "date_to"])
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM intervention_class_form_master
                        WHERE date_from IS NOT NULL OR date_to IS NOT NULL LIMIT 1"""
                )
            )
        )

    @api.model
    def _dated_now(self):
        """Return the ids of the user's own lines that have dates and are of today.

        Which day it is at a school is for Python to say: PostgreSQL may know other time
        zones.
        """
        if not self._has_dates():
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT line.id, c.company_id, line.date_from, line.date_to
                     FROM intervention_class_form_master line
                     JOIN intervention_class c ON c.id = line.class_id
                    WHERE line.user_id = %s
                      AND (date_from IS NOT NULL OR date_to IS NOT NULL)""",
                self.env.uid,
            )
        )
        companies = self.env["res.company"]

        def is_now(company_id, first, last):
            day = self._school_day(companies.browse(company_id))
            return (not first or first <= day) and (not last or day <= last)

        return [line_id for line_id, *when in rows if is_now(*when)]

    @api.model
    def _cron_note_ends(self):
        """Note whose days are over. It runs every hour, as a school's day has one end.

        What substitutes may see ends with their last day by itself, without this.
        """
        self.search(
            [("date_to", "!=", False), ("is_end_noted", "=", False)]
        )._note_ends()
        self.env["intervention.meeting"]._return_activities()


class InterventionClass(models.Model):
    """A class with several form masters, of whom ``form_master_id`` is the main one."""

    _inherit = "intervention.class"

    form_master_line_ids = fields.One2many(
        comodel_name="intervention.class.form.master",
        inverse_name="class_id",
        string="Further Form Masters",
        help="A second form master of the class has no dates, a substitute has the "
        "first and the last day.",
    )
    further_form_master_ids = fields.Many2many(
        comodel_name="res.users",
        string="Further Form Masters Today",
        compute="_compute_further_form_master_ids",
    )
    is_own = fields.Boolean(
        string="Own Class",
        compute="_compute_is_own",
        search="_search_is_own",
        help="You are a form master of the class today.",
    )

    @api.depends("form_master_line_ids.user_id", "form_master_line_ids.period")
    def _compute_further_form_master_ids(self):
        for school_class in self:
            school_class.further_form_master_ids = (
                school_class.form_master_line_ids.filtered(
                    lambda line: line.period == "now"
                ).user_id
            )

    @api.depends("active", "form_master_id", "form_master_line_ids.user_id")
    @api.depends("form_master_line_ids.date_from", "form_master_line_ids.date_to")
    @api.depends_context("uid")
    def _compute_is_own(self):
        own = self._own_ids()
        for school_class in self:
            school_class.is_own = school_class._origin.id in own

    @boolean_search
    def _search_is_own(self):
        return Domain("id", "in", self._own_ids())

    def _form_masters(self):
        """Return who is a form master of these classes today."""
        return self.form_master_id | self.further_form_master_ids

    @api.model
    def _own_ids(self, condition=None):
        """Return the ids of the classes, not archived, whose form master the user is.

        In one statement, as record rules and every choice of a student ask for it.

        :param SQL condition: on the class ``c``; by default all of them
        """
        rows = self.env.execute_query(self._own_ids_sql(condition))
        return {class_id for (class_id,) in rows}

    @api.model
    def _own_ids_sql(self, condition=None):
        """Return the SQL that selects what ``_own_ids`` does, for other statements.

        Where nobody is a form master for some days only, it takes no statement.
        """
        self.flush_model(["active", "company_id", "form_master_id"])
        lines = self.env["intervention.class.form.master"]
        lines.flush_model(["class_id", "user_id", "date_from", "date_to"])
        return SQL(
            """SELECT c.id
                 FROM (SELECT id AS class_id
                         FROM intervention_class WHERE form_master_id = %(user)s
                        UNION ALL
                       SELECT class_id FROM intervention_class_form_master
                        WHERE user_id = %(user)s
                          AND (date_from IS NULL AND date_to IS NULL
                               OR id = ANY(%(now)s))) own
                 JOIN intervention_class c ON c.id = own.class_id
                WHERE c.active IS TRUE AND %(condition)s""",
            user=self.env.uid,
            now=lines._dated_now(),
            condition=SQL("TRUE") if condition is None else condition,
        )

    @api.constrains("form_master_id")
    def _check_form_masters(self):
        """Refuse who is a form master of a class twice on one day."""
        for school_class in self:
            lines = school_class.form_master_line_ids
            main = school_class.form_master_id
            twice = lines.filtered(
                lambda line, main=main: line.user_id == main and line.period != "over"
            ).user_id
            for user, own in lines.grouped("user_id").items():
                ordered = own.sorted(lambda line: line.date_from or date.min)
                for early, late in pairwise(ordered):
                    start = late.date_from or date.min
                    if not early.date_to or early.date_to >= start:
                        twice |= user
            if twice:
                raise ValidationError(
                    self.env._(
                        "Further Form Masters: %(names)s would be a form master of "
                        "%(school_class)s twice at the same time. Keep one of them.",
                        names=", ".join(twice.sudo().mapped("name")),
                        school_class=school_class.name,
                    )
                )
