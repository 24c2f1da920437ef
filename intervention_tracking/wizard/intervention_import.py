import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..constants import ADMIN_GROUP
from ..tools.internal import Internal
from ..tools.table_file import day_orders, parse_day, read_table

# How many rows of a kind are shown.
MOST_LINES = 200
DAYS = ("meeting_date", "follow_up_date", "closed_date", "happened_on")
# For each kind: the model that takes the rows, the columns, and those that must be
# there; of a tuple, one of them.
KINDS = {
    "meetings": (
        "intervention.meeting",
        (
            "student_number",
            "student_id",
            "meeting_date",
            "absence_reason",
            "root_cause",
            "intervention_notes",
            "action_plan",
            "follow_up_date",
            "urgency_level",
            "status",
            "form_master_id",
        ),
        (
            ("student_number", "student_id"),
            "meeting_date",
            "absence_reason",
            "root_cause",
            "intervention_notes",
            "action_plan",
        ),
    ),
    "updates": (
        "intervention.progress",
        (
            "student_number",
            "student_id",
            "root_cause",
            "meeting_date",
            "happened_on",
            "update_text",
        ),
        (("student_number", "student_id"), "update_text"),
    ),
    "earlier": (
        "intervention.meeting",
        (
            "student_number",
            "student_id",
            "class_id",
            "meeting_date",
            "absence_reason",
            "root_cause",
            "intervention_notes",
            "action_plan",
            "urgency_level",
            "resolution_notes",
            "closed_date",
            "form_master_id",
        ),
        (
            ("student_number", "student_id"),
            "meeting_date",
            "absence_reason",
            "root_cause",
            "intervention_notes",
            "action_plan",
            "resolution_notes",
            "closed_date",
        ),
    ),
    "students": (
        "intervention.student.list",
        (
            "student_number",
            "name",
            "school_class",
            "phone",
            "email",
            "guardian",
            "guardian_phone",
            "guardian_email",
        ),
        (("student_number", "name"),),
    ),
}


class InterventionImport(models.TransientModel):
    """Takes a spreadsheet, shows what it would do, and does it when that is right."""

    _name = "intervention.import"
    _description = "Import of a Spreadsheet"
    _inherit = ["intervention.refusals"]

    kind = fields.Selection(
        selection="_kinds", string="What", required=True, default="meetings"
    )
    state = fields.Selection(
        selection=[("file", "File"), ("checked", "Checked"), ("done", "Done")],
        default="file",
        readonly=True,
    )
    file = fields.Binary(
        attachment=False, help="A CSV file or an Excel workbook (.xlsx)."
    )
    file_name = fields.Char()
    day_example = fields.Char(readonly=True)
    day_order = fields.Selection(
        selection=[
            ("dmy", "The day comes first"),
            ("mdy", "The month comes first"),
        ],
        string="Dates",
    )
    columns_text = fields.Char(
        string="Possible Columns", compute="_compute_columns_text"
    )
    unused_columns = fields.Char(string="Columns Not Used", readonly=True)
    new_classes = fields.Char(readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    fault_count = fields.Integer(string="Errors", readonly=True)
    missing_count = fields.Integer(string="Missing", readonly=True)
    line_ids = fields.One2many(
        comodel_name="intervention.import.line",
        inverse_name="import_id",
        string="Rows",
        readonly=True,
    )
    missing_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="intervention_import_missing_rel",
        string="Not in the List",
    )

    @api.model
    def _kinds(self):
        meetings, updates = self.env._("Meetings"), self.env._("Progress Updates")
        kinds = [("meetings", meetings), ("updates", updates)]
        if self.env.user.has_group(ADMIN_GROUP):
            students = self.env._("Students and Guardians")
            earlier = self.env._("Closed Cases of Earlier Years")
            kinds += [("students", students), ("earlier", earlier)]
        return kinds

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_columns_text(self):
        for wizard in self:
            model, names, _needed = KINDS[wizard.kind or "meetings"]
            labels = self._labels(self.env[model], names)
            wizard.columns_text = ", ".join(labels[name] for name in names)

    @api.onchange("kind", "file", "day_order")
    def _onchange_file(self):
        # What was found is of another file.
        self.state = "file"

    @api.model
    def _labels(self, model, names):
        return {
            name: model._fields[name]._description_string(model.env) for name in names
        }

    # --- actions ---

    def action_check(self):
        """Read the file, and show what importing it would do. Nothing is stored.

        :return: an action that shows the dialog again
        :raises UserError: when the file can't be read, or lacks a column
        """
        self.ensure_one()
        self._run(dry=True)
        return self._again()

    def action_import(self):
        """Import the file; nothing of it when one row is wrong.

        :return: an action that shows what was done
        :raises UserError: when the file can't be read, or lacks a column
        """
        self.ensure_one()
        self._run(dry=False)
        return self._again()

    def action_leave(self):
        """Offer to mark as left who is missing from the list.

        :return: an action that opens the dialog for students who leave
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_leave_action"
        )
        action["context"] = {"default_student_ids": self.missing_ids.ids}
        return action

    def _again(self):
        return self._get_records_action(name=self.env._("Import"), target="new")

    def _run(self, dry):
        if self.kind not in dict(self._kinds()):
            raise AccessError(self._access_refusal("create"))
        if not self.file:
            raise UserError(self.env._("File: choose the spreadsheet first."))
        table = read_table(self.env, base64.b64decode(self.file), self.file_name or "")
        model, names, needed = KINDS[self.kind]
        columns, unused = self._match_columns(self.env[model], names, table[0][1])
        self._refuse_missing_columns(self.env[model], columns, needed)
        numbers = [number for number, _cells in table[1:]]
        rows = [
            {
                name: cells[position] if position < len(cells) else ""
                for name, position in columns.items()
            }
            for _number, cells in table[1:]
        ]
        self.unused_columns = ", ".join(unused)
        if not self._bring_days(rows, numbers):
            return
        method = self._import_students if self.kind == "students" else self._load
        result = method(rows, dry)
        self._tell(result, numbers)
        imported = not dry and not result["faults"]
        self.state = "done" if imported else "checked"
        if imported:
            # What is in it is in the records now.
            self.file = False

    # --- columns and days ---

    @api.model
    def _match_columns(self, model, names, header):
        """Tell which column is what, by the labels in the user's language or English.

        :return: a dict of field to position, and the headers that mean nothing
        """
        english = model.with_context(lang="en_US")
        meanings = {}
        for name in names:
            field = model._fields[name]
            for label in (
                name,
                field._description_string(english.env),
                field._description_string(model.env),
                *self._former_labels().get(name, ()),
            ):
                meanings.setdefault(self._plain(label), name)
        columns, unused = {}, []
        for position, label in enumerate(header):
            name = meanings.get(self._plain(label))
            if name and name not in columns:
                columns[name] = position
            elif label:
                unused.append(label)
        return columns, unused

    @api.model
    def _former_labels(self):
        """Return the headers that files from before the labels were changed have."""
        return {
            "root_cause": ("Root Cause", self.env._("Root Cause")),
            "urgency_level": ("Urgency", self.env._("Urgency")),
        }

    @api.model
    def _plain(self, label):
        return "".join(filter(str.isalnum, label.casefold()))

    @api.model
    def _refuse_missing_columns(self, model, columns, needed):
        for choice in needed:
            choice = (choice,) if isinstance(choice, str) else choice
            if not columns.keys() & set(choice):
                labels = self._labels(model, choice)
                raise UserError(
                    self.env._(
                        "The file has no column %(column)s. The first row must say "
                        "what each column is.",
                        column=" / ".join(labels.values()),
                    )
                )

    def _bring_days(self, rows, numbers):
        """Bring the days into the form of the database, in the order that is clear.

        :return: whether it is clear; the dialog asks for it otherwise
        """
        texts = [row[name] for row in rows for name in DAYS if row.get(name)]
        orders, doubtful = day_orders(texts)
        self.day_example = doubtful if len(orders) > 1 else False
        if self.day_example and not self.day_order:
            self.state = "file"
            return False
        order = self.day_order if self.day_example else (*orders, "dmy")[0]
        for row in rows:
            for name in DAYS:
                day = row.get(name) and parse_day(row[name], order)
                if day:
                    row[name] = day.isoformat()
        return True

    # --- importing ---

    def _load(self, rows, dry):
        """Import rows as Odoo does; in a dry run nothing of it stays."""
        model = self.env[KINDS[self.kind][0]].with_context(tracking_disable=True)
        if self.kind == "earlier":
            # Classes and students of then may be archived.
            model = model.with_context(
                intervention_earlier=Internal(True), active_test=False
            )
        names = list(rows[0]) if rows else []
        savepoint = self.env.cr.savepoint()
        try:
            result = model.load(names, [list(row.values()) for row in rows])
        finally:
            savepoint.close(rollback=dry)
        faults = {}
        for message in result["messages"]:
            faults.setdefault(message.get("record", 0), message["message"])
        # Odoo tells what is wrong with some row of the first one, too.
        if len(faults) > 1 and faults.get(0) in [
            text for index, text in faults.items() if index
        ]:
            del faults[0]
        count = len(result["ids"] or ())
        return {
            "faults": faults,
            "new": {} if faults else dict.fromkeys(range(count), ""),
            "unchanged": range(0 if faults else len(rows) - count),
        }

    def _import_students(self, rows, dry):
        students = self.env["intervention.student.list"]
        if not self.env["res.partner"].has_access("create"):
            raise AccessError(
                self.env._(
                    "Students are contacts, and you may not create any. Ask whoever "
                    "manages the users for the right Contact Creation."
                )
            )
        plan = students._compare(rows)
        whole = rows and ("school_class" in rows[0] or "guardian" not in rows[0])
        self.missing_ids = plan["missing"] if whole else False
        self.new_classes = ", ".join(students._missing_classes(plan))
        result = {
            "faults": plan["faults"],
            "new": {
                index: entry["row"]["name"] for index, entry in plan["new"].items()
            },
            "changed": {
                index: self._what_changes(entry)
                for index, entry in plan["changed"].items()
            },
            "unchanged": plan["unchanged"],
        }
        if not dry and not plan["faults"]:
            students._take_over(plan)
        return result

    def _what_changes(self, entry):
        """Return what a list changes of a student, as people read it."""
        student = entry["student"]
        parts = []
        for name, value in entry["vals"].items():
            before = student[name]
            if name == "school_class_id":
                before = before.name
                value = value if isinstance(value, str) else value.name
            if name == "active":
                parts.append(self.env._("is back"))
            if name in ("active", "student_left_on"):
                continue
            label = student._fields[name]._description_string(self.env)
            parts.append(f"{label}: {before or '–'} → {value}")
        parts += [
            self.env._("Guardian: %(name)s", name=each["partner"].name)
            if each["partner"]
            else self.env._("Guardian: %(name)s", name=each["vals"]["name"])
            for each in entry["guardians"]
        ]
        return f"{student.name}: {'; '.join(parts)}"

    def _tell(self, result, numbers):
        """Keep what the dialog shows of a check or an import."""
        self.line_ids.unlink()
        lines = []
        for outcome, found in (
            ("fault", result["faults"]),
            ("changed", result.get("changed", {})),
            ("new", result["new"]),
        ):
            lines += [
                {
                    "import_id": self.id,
                    "row": numbers[index] if index < len(numbers) else 0,
                    "outcome": outcome,
                    "text": text,
                }
                for index, text in list(found.items())[:MOST_LINES]
                if text
            ]
        self.env["intervention.import.line"].create(lines)
        self.fault_count = len(result["faults"])
        self.new_count = len(result["new"])
        self.changed_count = len(result.get("changed", ()))
        self.unchanged_count = len(result.get("unchanged", ()))
        self.missing_count = len(self.missing_ids)


class InterventionImportLine(models.TransientModel):
    """What a row of a spreadsheet does, or why it does nothing."""

    _name = "intervention.import.line"
    _description = "Row of an Import"
    _inherit = ["intervention.refusals"]
    _order = "id"

    import_id = fields.Many2one(
        comodel_name="intervention.import",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    row = fields.Integer(readonly=True, help="In the file, counted from 1.")
    outcome = fields.Selection(
        selection=[("fault", "Error"), ("changed", "Changed"), ("new", "New")],
        readonly=True,
    )
    text = fields.Text(string="What", readonly=True)
