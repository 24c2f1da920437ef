from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import BANDS, LONGEST_PAUSE
from ..mixins.intervention_append_only import author_field
from ..tools.day import day_text, today
from ..tools.exceptions import Problems, validation_error
from ..tools.search import boolean_search
from ..tools.text import FILLED, isolate

# No number of school days takes longer.
MOST_DAYS = 366


class InterventionPause(models.Model):
    """Somebody decided that a student needs no talk now, until a day and for a reason.

    The newest entry of a student counts; one without a day ends the one before.
    ``pause`` and ``resume`` of ``intervention.attendance.standing`` make them, and
    nothing else does.
    """

    _name = "intervention.pause"
    _description = "Not Now"
    _inherit = [
        "intervention.own.students",
        "intervention.permanent",
        "intervention.checks",
    ]
    _order = "id desc"
    _rec_name = "student_id"
    _history_columns = ("until", "reason", "attention_since", "band")

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    until = fields.Date(
        readonly=True,
        help="On this day the student is in the list again. Empty: that was brought "
        "about at once.",
    )
    reason = fields.Text(readonly=True)
    attention_since = fields.Date(
        required=True,
        readonly=True,
        help="What called for a talk then. What begins later ends the pause.",
    )
    band = fields.Selection(selection=BANDS, required=True, readonly=True)
    create_uid = author_field("Decided by")
    create_date = fields.Datetime(string="Decided on", readonly=True)

    # The newest entry of a student.
    _student_idx = models.Index("(student_id, id DESC)")
    _until_and_why = models.Constraint(
        f"CHECK ((until IS NOT NULL) = (COALESCE(reason, '') ~ '{FILLED}'))",
        "Reason: write why the student needs no talk now.",
    )
    # The day of who decides may be the one before that of UTC.
    _until_near = models.Constraint(
        f"CHECK (until BETWEEN create_date::date AND create_date::date + {MOST_DAYS})",
        "Until: choose a day that is near.",
    )


class InterventionAttendanceStanding(models.Model):
    """*Not now*: who needs a talk is out of the list until a day.

    A student comes back earlier when the band gets worse, or when as many days in a
    row as call for a talk are missed anew; not when a correction makes things better.
    """

    _inherit = "intervention.attendance.standing"

    is_paused = fields.Boolean(
        string="Not Now",
        compute="_compute_pause",
        search="_search_is_paused",
        help="Somebody decided that the student needs no talk now.",
    )
    paused_until = fields.Date(string="Not Before", compute="_compute_pause")
    pause_note = fields.Text(
        string="Why Not Now",
        compute="_compute_pause",
        help="Who decided that, when and why.",
    )

    attention_mark = fields.Char(string="Marks", compute="_compute_attention_mark")

    @api.depends("is_supported", "is_paused", "is_relapse")
    @api.depends_context("lang")
    def _compute_attention_mark(self):
        for standing in self:
            marks = [
                standing.is_supported and self.env._("Supported"),
                standing.is_paused and self.env._("Not now"),
                standing.is_relapse and self.env._("Relapse"),
            ]
            standing.attention_mark = ", ".join(filter(None, marks))

    @api.depends("attention_since", "band")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_pause(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT page.id, (%s) FROM intervention_attendance_standing page "
                "WHERE page.id = ANY(%s)",
                self._pause_sql("page"),
                self.ids,
            )
        )
        pauses = self.env["intervention.pause"].browse(
            pause for _standing, pause in rows if pause
        )
        of_student = {pause.student_id: pause for pause in pauses}
        for standing in self:
            pause = of_student.get(standing.student_id)
            standing.is_paused = bool(pause)
            standing.paused_until = pause and pause.until
            standing.pause_note = pause and self.env._(
                "%(user)s on %(day)s: %(reason)s",
                # sudo: the history names its author to whoever may read it.
                user=isolate(self.env, pause.sudo().create_uid.name),
                day=day_text(self.env, fields.Date.to_date(pause.create_date)),
                reason=isolate(self.env, pause.reason),
            )

    @boolean_search
    def _search_is_paused(self):
        return Domain("attention_since", "!=", False) & Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (%s)", model._pause_sql(alias)
            )
        )

    @api.model
    def _needs_talk_sql(self, alias):
        return SQL(
            "(%s AND NOT EXISTS (%s))",
            super()._needs_talk_sql(alias),
            self._pause_sql(alias),
        )

    @api.model
    def _pause_sql(self, alias):
        """Return the SQL of the pause that a row of standing has, its id.

        Days missed in a row are new when one of those that made them was told since.
        """
        standing = self._columns_sql(alias)
        bands = [band for band, _label in BANDS]
        return SQL(
            """SELECT pause.id
                 FROM (SELECT * FROM intervention_pause
                        WHERE student_id = %(student)s AND company_id = %(company)s
                        ORDER BY id DESC LIMIT 1) pause
                WHERE pause.until > %(today)s
                  AND CASE WHEN %(row)s > pause.attention_since THEN NOT EXISTS (
                          SELECT FROM intervention_attendance told
                           WHERE student_id = %(student)s AND company_id = %(company)s
                             AND possible = 1 AND date <= %(row)s
                             AND updated_at >= date_trunc('second', pause.create_date)
                             AND NOT EXISTS (
                                 SELECT FROM intervention_attendance
                                  WHERE student_id = %(student)s
                                    AND company_id = %(company)s AND possible = 1
                                    AND date BETWEEN told.date AND %(row)s
                                    AND absent < 1))
                      ELSE TRUE END
                  AND array_position(%(bands)s, pause.band)
                      >= array_position(%(bands)s, %(band)s)""",
            student=standing("student_id"),
            company=standing("company_id"),
            row=standing("row_since"),
            band=standing("band"),
            bands=bands,
            today=today(self),
        )

    # --- for the screens and for other systems ---

    def pause(self, until, reason):
        """Take who needs a talk out of the list until a day, for a reason.

        All of several students, or none. They come back earlier when the band gets
        worse, or when they miss as many days in a row anew.

        :param until: the day on which they come back: after today, and not more than 20
            school days from it
        :param str reason: why; who sees the student's attendance reads it
        :return: the new ``intervention.pause``, one a student (their ids over RPC)
        :raises ValidationError: for such a day, a blank reason, for students who are
            not in the list, and for who is out of it until a later day already
        :raises AccessError: when the user may not see the student's attendance
        """
        if not self:
            raise self._missing_error()
        self.check_access("read")
        until, reason, problems = self._checked_pause(until, reason)
        if problems:
            raise validation_error(problems)
        others = self.filtered(lambda each: not (each.needs_talk or each.is_paused))
        if others:
            names = others.student_id._distinct_names().values()
            raise ValidationError(
                self.env._(
                    "Not in the list of who needs a talk: %(names)s.",
                    names=", ".join(isolate(self.env, name) for name in names),
                )
            )
        longer = self.filtered(
            lambda each: each.is_paused and each.paused_until > until
        )
        if longer:
            names = longer.student_id._distinct_names()
            lines = [
                self.env._(
                    "%(student)s is out of the list until %(day)s already. %(note)s",
                    student=isolate(self.env, names[each.student_id]),
                    day=day_text(self.env, each.paused_until),
                    note=each.pause_note,
                )
                for each in longer
            ]
            advice = self.env._(
                "Choose a day that is not earlier, or take them back into the list "
                "first (Undo Not Now)."
            )
            raise ValidationError("\n".join([*lines, advice]))
        return self._note_pause(until=until, reason=reason)

    def resume(self):
        """Take a student who is out of the list back into it.

        :return: an action that loads the list anew
        :raises ValidationError: when they are not out of it
        :raises AccessError: when the user may not see the student's attendance
        """
        self.ensure_one()
        self.check_access("read")
        if not self.is_paused:
            raise ValidationError(
                self.env._("This was changed already. Load the list anew.")
            )
        self._note_pause(until=False, reason=False)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_not_now(self):
        """Open the dialog that takes students out of the list until a day.

        :return: an action of the web client
        """
        self.check_access("read")
        return self.env["intervention.not.now"]._get_records_action(
            name=self.env._("Not Now"),
            target="new",
            context={"default_standing_ids": self.ids},
        )

    def _note_pause(self, **vals):
        # sudo: the entries are made here only.
        pauses = (
            self.env["intervention.pause"]
            .sudo()
            .create(
                [
                    {
                        "student_id": standing.student_id.id,
                        "company_id": standing.company_id.id,
                        "attention_since": standing.attention_since,
                        "band": standing.band,
                        **vals,
                    }
                    for standing in self
                ]
            )
        )
        self.invalidate_recordset(
            ["needs_talk", "is_paused", "paused_until", "pause_note", "attention_mark"]
        )
        return pauses.with_env(self.env)

    def _checked_pause(self, until, reason):
        """Return the day and the reason as they are stored, and what is wrong."""
        pauses = self.env["intervention.pause"]
        problems = Problems()
        values = {}
        for name, value in (("until", until), ("reason", reason)):
            values[name], fault = pauses._checked_value(name, value)
            if fault or not values[name]:
                problems[name] = fault or pauses._required_message(name)
        if values["until"]:
            fault = self.env["intervention.day.limits"]._broken_day_limit(
                self._pause_limits(), values["until"]
            )
            if fault:
                problems["until"] = fault
        return values["until"], values["reason"], problems

    def _pause_limits(self):
        """Return until which day a pause may be, as ``intervention.day.limits`` do."""
        first = today(self) + timedelta(days=1)
        lasts = []
        for company in self.company_id:
            days = self.env["intervention.settings"]._open_days(
                company, first, first + timedelta(days=MOST_DAYS - 2)
            )
            # A school that is closed for good has a last day, too.
            lasts.append((sorted(days)[:LONGEST_PAUSE] or [first])[-1])
        last = min(lasts)
        return [
            {
                "first": first,
                "message": self.env._("Until: choose a day after today."),
            },
            {
                "last": last,
                "message": self.env._(
                    "Until: choose %(day)s or an earlier day, which is %(count)s "
                    "school days from now.",
                    day=day_text(self.env, last),
                    count=LONGEST_PAUSE,
                ),
            },
        ]
