from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools.day import day_text, today
from ..tools.references import is_named

SOURCE_KINDS = [
    ("register", "Class Register"),
    ("file", "File"),
    ("api", "Another System"),
    ("model", "School System in This Odoo"),
]
HOLDS = [("all", "All Marks"), ("absences", "Absences Only")]
DATE_ORDERS = [
    ("ymd", "Year, Month, Day"),
    ("dmy", "Day, Month, Year"),
    ("mdy", "Month, Day, Year"),
]


class InterventionAttendanceSource(models.Model):
    """Where marks come from, how they are read, and what came at the last time."""

    _name = "intervention.attendance.source"
    _description = "Attendance Source"
    _inherit = ["intervention.refusals"]
    _order = "kind, name, id"

    name = fields.Char(required=True)
    kind = fields.Selection(selection=SOURCE_KINDS, required=True, default="file")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        ondelete="restrict",
    )
    active = fields.Boolean(default=True)
    holds = fields.Selection(
        selection=HOLDS,
        string="What It Holds",
        required=True,
        default="all",
        help="Where it holds absences only, who is not in it was there on the days "
        "that it is complete to.",
    )
    is_daily = fields.Boolean(
        string="Expected Every School Day",
        compute="_compute_is_daily",
        store=True,
        readonly=False,
        help="You are told of school days since the last one with marks. Leave it off "
        "where marks come now and then only, as a file at the end of a term.",
    )
    complete_until = fields.Date(
        help="Of absences only: the last day that the source is complete to."
    )
    mapping = fields.Json(
        help="Which column of a file is what, and which code has which meaning."
    )
    date_order = fields.Selection(selection=DATE_ORDERS)
    # the last run
    run_at = fields.Datetime(string="Last Run", readonly=True)
    run_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Run by",
        readonly=True,
        ondelete="set null",
    )
    run_new = fields.Integer(string="New Days", readonly=True)
    run_changed = fields.Integer(string="Changed Days", readonly=True)
    run_unchanged = fields.Integer(string="Unchanged Days", readonly=True)
    run_gone = fields.Integer(string="Days Gone from the File", readonly=True)
    run_unknown_students = fields.Integer(string="Unknown Students", readonly=True)
    run_unknown_codes = fields.Integer(string="Unknown Codes", readonly=True)
    run_broken = fields.Integer(string="Broken Rows", readonly=True)
    last_day = fields.Date(
        string="Last Day with Marks", readonly=True, help="The newest day it told of."
    )
    silence = fields.Char(
        string="Marks Missing",
        compute="_compute_silence",
        help="School days since the last day with marks, without today, of a source "
        "that is expected every school day. One of an earlier school year told all "
        "that it had.",
    )

    @api.depends("kind")
    def _compute_is_daily(self):
        for source in self:
            source.is_daily = source.kind != "file"

    @api.depends("active", "is_daily", "kind", "last_day")
    @api.depends_context("lang", "tz", "uid")
    def _compute_silence(self):
        settings = self.env["intervention.settings"]
        for source in self:
            source.silence = False
            # The class register has its own count of what is missing.
            if not source.is_daily or source.kind == "register":
                continue
            if not source.last_day or not source.active:
                continue
            company = source.company_id
            this_day = today(self, company=company)
            if source.last_day < settings._school_year(company, this_day)[0]:
                continue
            missing = settings._open_days(
                company,
                source.last_day + timedelta(days=1),
                this_day - timedelta(days=1),
            )
            if missing:
                source.silence = self.env._(
                    "No marks since %(weekday)s, %(day)s. School days without marks: "
                    "%(count)s.",
                    weekday=format_date(self.env, source.last_day, date_format="EEEE"),
                    day=day_text(self.env, source.last_day),
                    count=len(missing),
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for source in self:
            if is_named(source):
                raise UserError(
                    self.env._(
                        "“%(name)s” brought school days that are kept. Archive it "
                        "instead, and it will no longer be offered.",
                        name=source.name,
                    )
                )
