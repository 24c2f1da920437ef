import base64
import tempfile
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..constants import ATTENDANCE_MEANINGS
from ..models.intervention_attendance_file import IGNORE, code_key
from ..models.intervention_attendance_source import DATE_ORDERS, HOLDS
from ..tools.day import day_text
from ..tools.day_text import readings
from ..tools.table_stream import SEPARATORS

ENCODINGS = [
    ("utf-8-sig", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("utf-16-le", "UTF-16, Little Endian"),
    ("utf-16-be", "UTF-16, Big Endian"),
    ("cp1252", "Windows, Western European"),
    ("cp1256", "Windows, Arabic"),
]
FIELDS = [
    ("number", "Student Number"),
    ("external_id", "External ID of the Student"),
    ("name", "Student's Name"),
    ("school_class", "Class"),
    ("date", "Date"),
    ("code", "Code"),
    ("slot", "Session or Period"),
    ("minutes", "Minutes Late"),
    ("note", "Note"),
]
# More different codes than this come of a column that has none.
MOST_CODES = 100
# A multiple of four, as base64 is decoded by parts.
_PART = 8 * 1024 * 1024


class InterventionAttendanceImport(models.TransientModel):
    """Takes a file of attendance, shows what it finds and would do, and does it."""

    _name = "intervention.attendance.import"
    _description = "Import of Attendance"
    _inherit = ["intervention.refusals"]

    state = fields.Selection(
        selection=[
            ("file", "File"),
            ("found", "What Is in It"),
            ("checked", "What It Does"),
            ("done", "Done"),
        ],
        default="file",
        readonly=True,
    )
    source_id = fields.Many2one(
        comodel_name="intervention.attendance.source",
        string="Where It Comes From",
        default=lambda self: self._default_source_id(),
        domain="[('kind', '=', 'file'), ('company_id', '=', company_id)]",
        help="The program that writes the file. What you choose for a file is "
        "remembered with it.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", default=lambda self: self.env.company, readonly=True
    )
    file = fields.Binary(
        attachment=False, help="A CSV file or an Excel workbook (.xlsx)."
    )
    file_name = fields.Char()
    is_daily = fields.Boolean(related="source_id.is_daily", readonly=False)

    # what is in it
    is_workbook = fields.Boolean(readonly=True)
    encoding = fields.Selection(selection=ENCODINGS)
    separator = fields.Selection(
        selection=[
            ("comma", "Comma"),
            ("semicolon", "Semicolon"),
            ("tab", "Tab"),
            ("bar", "Vertical Bar"),
        ]
    )
    date_order = fields.Selection(selection=DATE_ORDERS, string="Dates")
    day_example = fields.Char(
        readonly=True, help="A date that can be read in two ways."
    )
    days_text = fields.Char(string="Days", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    holds = fields.Selection(selection=HOLDS, string="What It Holds", default="all")
    complete_from = fields.Date(
        string="Complete from", help="Empty: from its first day on."
    )
    complete_until = fields.Date()
    column_ids = fields.One2many(
        comodel_name="intervention.attendance.import.column",
        inverse_name="import_id",
        string="Columns",
    )
    code_ids = fields.One2many(
        comodel_name="intervention.attendance.import.code",
        inverse_name="import_id",
        string="Codes",
    )
    question = fields.Text(readonly=True)

    # what it does
    remove_gone = fields.Boolean(
        string="Remove Days That Are Not in the File Any More",
        help="They become unknown. What they were stays in the changes.",
    )
    new_count = fields.Integer(string="New Days", readonly=True)
    changed_count = fields.Integer(string="Changed Days", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged Days", readonly=True)
    gone_count = fields.Integer(string="Days Not in the File Any More", readonly=True)
    student_count = fields.Integer(string="Students", readonly=True)
    first_day = fields.Date(readonly=True)
    last_day = fields.Date(readonly=True)
    left_out_count = fields.Integer(string="Rows Left Out", readonly=True)
    unknown_student_count = fields.Integer(string="Unknown Students", readonly=True)
    unknown_code_count = fields.Integer(string="Unknown Codes", readonly=True)
    broken_count = fields.Integer(string="Broken Rows", readonly=True)
    contradiction_count = fields.Integer(string="Contradictions", readonly=True)
    closed_count = fields.Integer(string="On Closed Days", readonly=True)
    left_count = fields.Integer(string="After Leaving", readonly=True)
    other_school_count = fields.Integer(string="Of Another School", readonly=True)
    line_ids = fields.One2many(
        comodel_name="intervention.attendance.import.line",
        inverse_name="import_id",
        string="What Is Not Imported",
        readonly=True,
    )

    @api.model
    def _default_source_id(self):
        return self.env["intervention.attendance.source"].search(
            [("kind", "=", "file"), ("company_id", "=", self.env.company.id)],
            order="run_at DESC NULLS LAST, id DESC",
            limit=1,
        )

    @api.onchange("file", "source_id")
    def _onchange_file(self):
        # What was found is of another file.
        self.state = "file"

    # --- actions ---

    def action_read(self):
        """Find out what is in the file, from the beginning. Nothing is stored.

        :return: an action that shows the dialog again
        :raises UserError: when the file can't be read
        """
        self.ensure_one()
        source = self._source()
        self.write(
            {
                "encoding": False,
                "separator": False,
                "date_order": source.date_order,
                "holds": source.holds,
                "complete_until": False,
                "complete_from": False,
                "column_ids": [Command.clear()],
                "code_ids": [Command.clear()],
            }
        )
        with self._opened() as file:
            self._show_found(file)
        return self._again()

    def action_check(self):
        """Count what importing the file would do. Nothing is stored.

        :return: an action that shows the numbers, or what has to be chosen first
        :raises UserError: when the file can't be read
        """
        self.ensure_one()
        with self._opened() as file:
            if self._show_found(file):
                self._show_report(self._import(file, dry_run=True))
        return self._again()

    def action_import(self):
        """Import the file.

        :return: an action that shows what was done
        :raises UserError: when the file can't be read, or something is to be chosen
        """
        self.ensure_one()
        with self._opened() as file:
            self._show_report(self._import(file, dry_run=False))
        # What is in it is in the records now.
        self.write({"state": "done", "file": False})
        return self._again()

    def action_back(self):
        """Show again what is in the file.

        :return: an action that shows the dialog again
        """
        self.ensure_one()
        self.state = "found"
        return self._again()

    def action_view_days(self):
        """Open the days that the file is about, whichever source told of them first.

        :return: an action of the web client
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("School Days"),
            "res_model": "intervention.attendance",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", self.first_day),
                ("date", "<=", self.last_day),
            ],
        }

    def _again(self):
        action = self._get_records_action(
            name=self.env._("Import Attendance"), target="new"
        )
        action["context"] = {"dialog_size": "extra-large"}
        return action

    # --- the file ---

    def _source(self):
        self.env["intervention.attendance.file"]._check_may_import()
        if not self.source_id:
            raise UserError(self.env._("Say where the file comes from."))
        return self.source_id

    @contextmanager
    def _opened(self):
        """Give the file, as one on disk: it may be long."""
        self._source()
        self.flush_recordset()
        with tempfile.TemporaryFile() as file:
            place = 1
            while True:
                [(part,)] = self.env.execute_query(
                    SQL(
                        "SELECT substring(file FROM %s FOR %s) FROM %s WHERE id = %s",
                        place,
                        _PART,
                        SQL.identifier(self._table),
                        self.id,
                    )
                )
                if not part:
                    break
                file.write(base64.b64decode(part))
                place += _PART
            if place == 1:
                raise UserError(self.env._("File: choose the spreadsheet first."))
            yield file

    def _choices(self):
        """Return what was chosen in the dialog, as the import takes it."""
        base = self.env["intervention.attendance.file"]._meanings(self.source_id)
        return {
            "encoding": self.encoding,
            "separator": SEPARATORS.get(self.separator),
            "date_order": self.date_order,
            "fields": [each.field or "" for each in self.column_ids],
            "codes": {
                each.code or "": each.meaning
                for each in self.code_ids
                if each.meaning and base.get(code_key(each.code or "")) != each.meaning
            },
            "holds": self.holds,
            "complete_from": self.complete_from,
            "complete_until": self.complete_until,
            "remove_gone": self.remove_gone,
        }

    def _import(self, file, dry_run):
        return self.env["intervention.attendance.file"]._import(
            file, self.source_id, self._choices(), dry_run
        )

    # --- what is shown ---

    def _show_found(self, file):
        """Keep what is in the file; return whether nothing has to be chosen."""
        files = self.env["intervention.attendance.file"]
        choices = self._choices()
        look = files._look(file, self.source_id, choices)
        if choices["fields"] and len(choices["fields"]) != len(look.header.labels):
            # Read with another separator, it has other columns.
            choices["fields"] = []
            look = files._look(file, self.source_id, choices)
        problems = files._problems(look, choices)
        covers = files._covers(look, self.source_id, choices, problems)
        texts = [text for each in problems.values() for text in each]
        codes = self._code_lines(
            look, files._meanings(self.source_id, choices["codes"])
        )
        unknown = [each["code_text"] for each in codes if not each["meaning"]]
        # Asked once; whoever goes on leaves their rows out.
        if unknown and not self.code_ids:
            texts.append(
                self.env._(
                    "Say what these codes mean, or leave them empty and their rows are "
                    "not imported: %(codes)s.",
                    codes=", ".join(unknown),
                )
            )
        separators = {char: name for name, char in SEPARATORS.items()}
        self.write(
            {
                "state": "found",
                "is_workbook": look.table.is_workbook,
                "encoding": look.table.encoding,
                "separator": separators.get(look.table.separator),
                "date_order": look.date_order,
                "day_example": look.doubtful,
                "days_text": self._days_text(look),
                "row_count": look.row_count,
                "complete_until": covers[1] if covers else self.complete_until,
                "question": "\n".join(texts) or False,
                "column_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {"label": label, "example": example, "field": field}
                        )
                        for label, example, field in zip(
                            look.header.labels,
                            look.header.examples,
                            [each or False for each in look.header.fields],
                            strict=True,
                        )
                    ),
                ],
                "code_ids": [Command.clear(), *map(Command.create, codes)],
            }
        )
        return not texts

    def _code_lines(self, look, meanings):
        return [
            {
                "code": code,
                "code_text": code or self.env._("(empty)"),
                "row_count": count,
                "meaning": meanings.get(code),
            }
            for code, count in look.codes.most_common(MOST_CODES)
        ]

    def _days_text(self, look):
        """Return from when to when the days are, and how one of them is read."""
        days = {
            day: text
            for text in look.day_texts
            if (day := readings(text).get(look.date_order))
        }
        if not days:
            return False
        first, last = min(days), max(days)
        return self.env._(
            "%(first)s to %(last)s (%(text)s is %(day)s)",
            first=day_text(self.env, first),
            last=day_text(self.env, last),
            text=(look.doubtful or days[last]).strip(),
            day=day_text(
                self.env,
                readings(look.doubtful or days[last]).get(look.date_order) or last,
            ),
        )

    def _show_report(self, report):
        """Keep the numbers of a run."""
        days = report["days"]
        lines = [
            {"kind": "broken", "row": each["row"], "text": each["text"]}
            for each in report["broken"]["items"]
        ]
        lines += [
            {"kind": "student", "text": text}
            for text in report["unknown_students"]["items"]
        ]
        lines += [
            {"kind": "code", "text": text or self.env._("(empty)")}
            for text in report["unknown_codes"]["items"]
        ]
        students = self.env["res.partner"].browse(
            each["student"] for each in report["contradictions"]
        )
        lines += [
            {
                "kind": "contradiction",
                "text": f"{student.display_name}, {day_text(self.env, each['date'])}",
            }
            for student, each in zip(students, report["contradictions"], strict=True)
        ]
        self.write(
            {
                "state": "checked",
                "row_count": report["rows"],
                "new_count": days["new"],
                "changed_count": days["changed"],
                "unchanged_count": days["unchanged"],
                "gone_count": days["gone"],
                "student_count": report["students"],
                "first_day": report["first_day"],
                "last_day": report["last_day"],
                "left_out_count": report["left_out"],
                "unknown_student_count": report["unknown_students"]["count"],
                "unknown_code_count": report["unknown_codes"]["count"],
                "broken_count": report["broken"]["count"],
                "contradiction_count": days["contradictory"],
                "closed_count": days["closed"],
                "left_count": days["after_leaving"],
                "other_school_count": days["other_school"],
                "line_ids": [Command.clear(), *map(Command.create, lines)],
            }
        )


class InterventionAttendanceImportColumn(models.TransientModel):
    """A column of a file, and what it is."""

    _name = "intervention.attendance.import.column"
    _description = "Column of a File"
    _inherit = ["intervention.refusals"]
    _order = "id"

    import_id = fields.Many2one(
        comodel_name="intervention.attendance.import",
        required=True,
        ondelete="cascade",
        index=True,
    )
    label = fields.Char(string="Column", readonly=True)
    example = fields.Char(string="For Example", readonly=True)
    field = fields.Selection(selection=FIELDS, string="What It Is")


class InterventionAttendanceImportCode(models.TransientModel):
    """A code of a file, and what it means."""

    _name = "intervention.attendance.import.code"
    _description = "Code of a File"
    _inherit = ["intervention.refusals"]
    _order = "id"

    import_id = fields.Many2one(
        comodel_name="intervention.attendance.import",
        required=True,
        ondelete="cascade",
        index=True,
    )
    code = fields.Char(string="As It Is Compared", readonly=True)
    code_text = fields.Char(string="Code", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    meaning = fields.Selection(selection=[*ATTENDANCE_MEANINGS, (IGNORE, "Leave Out")])


class InterventionAttendanceImportLine(models.TransientModel):
    """What of a file is not imported, and why."""

    _name = "intervention.attendance.import.line"
    _description = "What Is Not Imported"
    _inherit = ["intervention.refusals"]
    _order = "id"

    import_id = fields.Many2one(
        comodel_name="intervention.attendance.import",
        required=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        selection=[
            ("broken", "Broken Row"),
            ("student", "Unknown Student"),
            ("code", "Unknown Code"),
            ("contradiction", "Contradiction"),
        ],
        string="Why",
        readonly=True,
    )
    row = fields.Integer(help="In the file, counted from 1.", readonly=True)
    text = fields.Text(string="What", readonly=True)
