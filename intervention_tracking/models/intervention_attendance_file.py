import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from operator import itemgetter

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime

from ..constants import ADMIN_GROUP, ATTENDANCE_MEANINGS, LONGEST_MARK_NOTE
from ..tools.day import day_text, today
from ..tools.day_text import orders_of, readings, without_time
from ..tools.exceptions import Problems, validation_error
from ..tools.marks_table import Header, find_header, plain_label
from ..tools.register import Register, class_key, name_key, number_key
from ..tools.table_stream import Table
from ..tools.text import plain_words

# The meaning of a code whose rows are left out.
IGNORE = "ignore"
MEANINGS = frozenset(name for name, _label in ATTENDANCE_MEANINGS)
# How many of a kind are told one by one.
MOST_LISTED = 100
# With more of them than this it is the wrong column.
MOST_UNKNOWN = 10000
# So many rows are looked at, and so many texts of a column remembered, at once.
_PART = 10000
_MOST_REMEMBERED = 50000
_MOST_MINUTES = 24 * 60
# What spreadsheet programs make of a long number.
_SHORTENED = re.compile(r"(\d)(?:[.,](\d+))?E\+(\d{2,3})", re.IGNORECASE)
_MINUTES = re.compile(
    r"(?:(\d{1,2}):)?(\d{1,4})(?::00|[.,]0+)?\s*(?:m|min|minutes)?\.?"
)
_TOTALS = {
    *("total", "totals", "sum", "summe", "gesamt", "somme", "totaux", "suma"),
    *("totales", "wadar", *plain_words("المجموع"), *plain_words("الإجمالي")),
}


class _Known(dict):
    """What texts of a column mean; each text is looked at once."""

    def __init__(self, find):
        super().__init__()
        self._find = find

    def __missing__(self, text):
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        value = self[text] = self._find(text)
        return value


@dataclass
class Look:
    """What is in a file, before anything is made of it."""

    table: Table
    header: Header
    # In which orders its days can be meant, one that depends on it, and what is taken.
    orders: set = field(default_factory=set)
    doubtful: str | None = None
    date_order: str | None = None
    # How often each code is there, by how it is compared.
    codes: Counter = field(default_factory=Counter)
    row_count: int = 0
    # The different texts in the column of days.
    day_texts: set = field(default_factory=set)

    def bounds(self, earliest, latest):
        """Return the first and the last of its days between two, or None twice."""
        days = (readings(text).get(self.date_order) for text in self.day_texts)
        days = [day for day in days if day and earliest <= day <= latest]
        return (min(days), max(days)) if days else (None, None)


class InterventionAttendanceFile(models.AbstractModel):
    """The way of a file to school days: looked at, understood, and stored.

    The dialog and the HTTP API both take it. A file is read twice, row by row: once for
    what can only be told from all of it, and once for its marks.
    """

    _name = "intervention.attendance.file"
    _description = "Attendance in a File"

    @api.model
    def _check_may_import(self):
        """Raise for who may not import attendance."""
        if not self.env.user.has_group(ADMIN_GROUP):
            error = AccessError(
                self.env._("Only administrators of interventions import attendance.")
            )
            error.is_public = True  # the text may leave by the HTTP API
            raise error

    # --- looking ---

    @api.model
    def _look(self, file, source, choices=None):
        """Find out how a file is to be read, and what is in it.

        :param file: a binary file that can be sought in
        :param source: the ``intervention.attendance.source``
        :param dict choices: what is not to be found out: ``encoding``, ``separator``,
            ``date_order``, ``columns`` (a dict from labels to fields) or ``fields``
            (the field of each column)
        :rtype: Look
        :raises UserError: when it is no table, or nothing is in it
        """
        choices = choices or {}
        table = Table(self.env, file, choices.get("encoding"), choices.get("separator"))
        mapping = {**self._mapping(source, "columns"), **choices.get("columns", {})}
        with table.rows() as rows:
            header = find_header(rows, mapping)
        if not header.labels:
            raise UserError(self.env._("There is nothing in this file."))
        if choices.get("fields"):
            header.fields = list(choices["fields"])
        look = Look(table, header)
        self._look_at_rows(look, source.company_id)
        # A file may tell more than what was chosen for another one.
        chosen = choices.get("date_order") or source.date_order
        if len(look.orders) == 1:
            [look.date_order] = look.orders
        elif not look.orders or chosen in look.orders:
            look.date_order = chosen
        elif look.doubtful is None:
            # They are the same in each.
            look.date_order = min(look.orders)
        return look

    @api.model
    def _mapping(self, source, name):
        return dict((source.mapping or {}).get(name) or {})

    def _look_at_rows(self, look, company):
        """Count the rows of a file, and gather its days and codes."""
        at_day = look.header.position("date")
        at_code = look.header.position("code")
        days, codes = look.day_texts, Counter()
        cells_of = itemgetter(at_day or 0, at_code or 0)

        def padded(cells):
            return cells_of(cells + [""] * (max(at_day or 0, at_code or 0) + 1))

        with look.table.rows() as rows:
            rows = filter(any, map(itemgetter(1), islice(rows, look.header.rows, None)))
            while part := list(islice(rows, _PART)):
                look.row_count += len(part)
                try:
                    found = Counter(map(cells_of, part))
                except IndexError:
                    found = Counter(map(padded, part))
                for (day, code), times in found.items():
                    days.add(day)
                    codes[code] += times
                if len(days) > _MOST_REMEMBERED:
                    # With the time of the day, each row has another one.
                    days = {without_time(text) for text in days}
        look.day_texts = days if at_day is not None else set()
        if at_code is None:
            codes = Counter({"": look.row_count})
        for text, times in codes.items():
            look.codes[code_key(text)] += times
        first, last = self.env["intervention.settings"]._plausible_days(company)
        years = range(first.year, last.year + 1)
        look.orders, look.doubtful = orders_of(look.day_texts, years)

    @api.model
    def _problems(self, look, choices):
        """Return what has to be said or chosen before the file can be imported.

        :rtype: Problems
        """
        problems = Problems()
        header = look.header
        there = set(map(plain_label, header.labels))
        for label, name in choices.get("columns", {}).items():
            if plain_label(label) not in there:
                problems[f"{name}_column"] = self.env._(
                    "The file has no such column. It has: %(labels)s.",
                    labels=", ".join(header.labels),
                )
        for needed, name in (
            (("number", "external_id", "name"), "number"),
            (("date",), "date"),
        ):
            key = f"{name}_column"
            if key not in problems and not any(
                each in header.fields for each in needed
            ):
                problems[key] = self.env._(
                    "Which column is it? The file has: %(labels)s.",
                    labels=", ".join(header.labels),
                )
        if "date" in header.fields and not look.date_order:
            problems["date_order"] = (
                self.env._(
                    "%(day)s can be read in two ways. Say what comes first in this "
                    "file, the day or the month.",
                    day=look.doubtful,
                )
                if look.orders
                else self.env._(
                    "The dates of this file are not all written in one order, as "
                    "%(day)s. Say which one is meant.",
                    day=look.doubtful,
                )
            )
        return problems

    # --- codes ---

    @api.model
    def _meanings(self, source, chosen=None):
        """Return what codes mean, by ``code_key``.

        What was chosen comes first, then what was chosen for an earlier file of the
        source, then the codes of the school.

        :param dict chosen: codes and their meanings
        """
        codes = self.env["intervention.attendance.code"].search(
            [("company_id", "=", source.company_id.id)]
        )
        return {
            **{name: name for name in MEANINGS},
            **{code_key(each.code): each.meaning for each in codes},
            **self._mapping(source, "codes"),
            **{code_key(code): meaning for code, meaning in (chosen or {}).items()},
        }

    # --- importing ---

    @api.model
    def _import(self, file, source, choices=None, dry_run=False):
        """Store the marks of a file, or only count what that would do.

        Rows at fault are told and left out; all others are stored.

        :param file: a binary file that can be sought in
        :param source: the ``intervention.attendance.source``; it keeps the numbers of
            the run, and how columns and codes were chosen
        :param dict choices: those of ``_look``, and ``codes``, ``holds``,
            ``complete_from``, ``complete_until``, ``remove_gone``
        :return: the report, see ``_report``
        :raises ValidationError: when something has to be chosen first; its ``problems``
            say what
        """
        self._check_may_import()
        source.ensure_one()
        choices = choices or {}
        look = self._look(file, source, choices)
        problems = self._problems(look, choices)
        covers = self._covers(look, source, choices, problems)
        if problems:
            raise validation_error(problems)
        reader = self._reader(look, source, choices)
        result = self.env["intervention.attendance"]._store(
            reader.marks(),
            source,
            dry_run=dry_run,
            covers=covers,
            delete_gone=bool(choices.get("remove_gone")),
        )
        report = self._report(look, source, reader, result, choices, dry_run)
        if not dry_run:
            self._note_run(look, source, choices, covers, report)
        return report

    @api.model
    def _reader(self, look, source, choices):
        return _Reader(self, look, source, self._meanings(source, choices.get("codes")))

    @api.model
    def _covers(self, look, source, choices, problems):
        """Return the days on which who is not named was present, or None."""
        if (choices.get("holds") or source.holds) != "absences":
            return None
        earliest, _ahead = self.env["intervention.settings"]._plausible_days(
            source.company_id
        )
        first_day, last_day = look.bounds(earliest, today(self))
        last = choices.get("complete_until")
        if not last and source.complete_until:
            # What was said of an earlier file may not hold for this one.
            is_past = last_day and last_day > source.complete_until
            last = None if is_past else source.complete_until
        if not last:
            problems["complete_until"] = self.env._(
                "Say until which day the file has all absences."
            )
            return None
        first = choices.get("complete_from") or first_day or last
        if first > last:
            problems["complete_until"] = self.env._(
                "The file has absences of later days. Choose the last day that it is "
                "complete to."
            )
        return first, last

    @api.model
    def _report(self, look, source, reader, result, choices, dry_run):
        """Return what came of a file, as the HTTP API tells it.

        Each row with anything in it is a mark, left out, broken, or of an unknown
        student or code; ``days`` has numbers of days.
        """
        students = self.env["res.partner"].browse(
            student for student, _day in result["contradictions"]
        )
        numbers = {each.id: each.student_number or "" for each in students}
        removed = result["gone"] if choices.get("remove_gone") else 0
        return {
            "dry_run": dry_run,
            "source": source.id,
            "encoding": look.table.encoding,
            "separator": look.table.separator,
            "date_order": look.date_order,
            "columns": [
                {"label": label, "field": name}
                for label, name in zip(
                    look.header.labels, look.header.fields, strict=True
                )
                if name
            ],
            "rows": look.row_count,
            "marks": reader.marks_count,
            "left_out": reader.left_out,
            "days": {
                **{name: result[name] for name in ("new", "changed", "unchanged")},
                "gone": result["gone"],
                "removed": removed,
                "closed": result["closed_days"],
                "after_leaving": result["after_leaving"],
                "contradictory": result["contradiction_days"],
                "other_school": result["other_school"],
            },
            "students": result["students"],
            "first_day": result["first_day"],
            "last_day": result["last_day"],
            "contradictions": [
                {
                    "student": student,
                    "student_id_number": numbers[student],
                    "date": day,
                }
                for student, day in result["contradictions"]
            ],
            "unknown_students": _listed(reader.unknown_students),
            "unknown_codes": _listed(reader.unknown_codes),
            "broken": {
                "count": reader.broken_count,
                "items": [{"row": row, "text": text} for row, text in reader.broken],
            },
        }

    @api.model
    def _note_run(self, look, source, choices, covers, report):
        """Keep with the source what came last, and what was chosen."""
        days = report["days"]
        vals = {
            "run_at": Datetime.now(),
            "run_by_id": self.env.uid,
            "run_new": days["new"],
            "run_changed": days["changed"],
            "run_unchanged": days["unchanged"],
            "run_gone": days["gone"],
            "run_unknown_students": report["unknown_students"]["count"],
            "run_unknown_codes": report["unknown_codes"]["count"],
            "run_broken": report["broken"]["count"],
            "mapping": {
                **(source.mapping or {}),
                "columns": look.header.meanings(),
                "codes": {
                    **self._mapping(source, "codes"),
                    **{
                        code_key(code): meaning
                        for code, meaning in (choices.get("codes") or {}).items()
                    },
                },
            },
            "holds": choices.get("holds") or source.holds,
        }
        if look.doubtful or len(look.orders) == 1:
            vals["date_order"] = look.date_order
        if covers:
            vals["complete_until"] = max(covers[1], source.complete_until or covers[1])
        last = report["last_day"]
        if last and (not source.last_day or last > source.last_day):
            vals["last_day"] = last
        source.write(vals)


def code_key(code):
    """Return what is equal for codes that are the same."""
    return code.strip().lower()


def _listed(counts):
    """Return how many there are, of how many rows, and the first ones."""
    return {
        "count": len(counts),
        "rows": sum(counts.values()),
        "items": list(counts)[:MOST_LISTED],
    }


class _Reader:
    """Makes marks of the rows of a file, and keeps what is wrong with the others."""

    def __init__(self, model, look, source, meanings):
        self.env = model.env
        self.look = look
        self.meanings = meanings
        self.register = Register(self.env, source.company_id)
        self.last_possible = today(model, company=source.company_id)
        self.first_possible = self.env["intervention.settings"]._plausible_days(
            source.company_id
        )[0]
        self.marks_count = self.left_out = self.broken_count = 0
        # PostgreSQL can't be asked for anything while it takes marks in: what is needed
        # is looked up before, and sentences are made of faults afterwards.
        self._faults = []
        self._lang = self.env.lang
        self._class_names = self.register.class_names
        has_external_ids = "external_id" in look.header.fields
        self._external_ids = self._load_external_ids() if has_external_ids else {}
        self.unknown_students, self.unknown_codes = Counter(), Counter()

    def marks(self):
        """Yield the marks, as ``_store`` of ``intervention.attendance`` takes them."""
        header = self.look.header
        at = {name: header.position(name) for name in header.fields if name}
        width = max(at.values()) + 1
        at_day, at_code, at_slot, at_minutes, at_note = map(
            at.get, ("date", "code", "slot", "minutes", "note")
        )
        keys = ("number", "external_id", "name", "school_class")
        keys = [(name, at[name]) for name in keys if name in at]
        if len(keys) == 1:
            [(name, at_student)] = keys
            students = _Known(lambda text: self._student({name: text})[0])
        else:
            at_student = None
            names = [name for name, _place in keys]
            students = _Known(
                lambda texts: self._student(dict(zip(names, texts, strict=True)))[0]
            )
            places = [each for _name, each in keys]
        days = _Known(lambda text: self._day(text)[0])
        codes = _Known(self._meaning)
        texts = _Known(_clean)
        minutes = _Known(lambda text: self._minutes(text)[0])
        count, slot, lost, note = 0, "", 0, ""
        with self.look.table.rows() as rows:
            for number, cells in islice(rows, header.rows, None):
                if len(cells) < width:
                    cells += [""] * (width - len(cells))
                # A column that is not there is an empty one.
                code = cells[at_code] if at_code is not None else ""
                if at_student is None:
                    student = students[tuple([cells[each] for each in places])]
                else:
                    student = students[cells[at_student]]
                day, meaning = days[cells[at_day]], codes[code]
                if at_minutes is not None:
                    lost = minutes[cells[at_minutes]]
                if at_note is not None:
                    note = cells[at_note] and _clean(cells[at_note])
                if (
                    not (student and day and meaning)
                    or lost is None
                    or len(note) > LONGEST_MARK_NOTE
                ):
                    self._tell(number, cells, code, at)
                    continue
                if at_slot is not None:
                    slot = texts[cells[at_slot]]
                count += 1
                yield student, day, slot, meaning, texts[code], lost, note
        self.marks_count = count

    def _tell(self, number, cells, code, at):
        """Keep why a row is no mark."""
        filled = [each.strip() for each in cells if each.strip()]
        if not filled:
            self.left_out += any(cells)
            return
        meaning = self.meanings.get(code_key(code))
        first = plain_words(filled[0])[:1]
        if (
            meaning == IGNORE
            or (first and first[0] in _TOTALS)
            # Some programs repeat the header on each page.
            or all(label in self.look.header.labels for label in filled)
        ):
            self.left_out += 1
            return
        cells = {name: cells[place] for name, place in at.items()}
        _day, fault = self._day(cells["date"])
        if not fault:
            student, fault = self._student(cells)
            if not (student or fault):
                self._count_unknown(cells)
                return
        if not fault and not meaning:
            self.unknown_codes[code_key(code)[:64]] += 1
            return
        if not fault and "minutes" in cells:
            _minutes, fault = self._minutes(cells["minutes"])
        self._break(number, fault or ("long_note",))

    def _count_unknown(self, cells):
        names = ("number", "external_id", "name", "school_class")
        texts = [cells[name].strip() for name in names if cells.get(name, "").strip()]
        has_number = cells.get("number", "").strip() or cells.get("external_id")
        self.unknown_students[(texts[0] if has_number else " ".join(texts))[:64]] += 1
        if len(self.unknown_students) > MOST_UNKNOWN:
            raise UserError(
                self.env._(
                    "More than %(count)s students of the file are unknown here. Look "
                    "whether it is the right column.",
                    count=MOST_UNKNOWN,
                )
            )

    def _break(self, number, fault):
        self.broken_count += 1
        if len(self._faults) < MOST_LISTED:
            self._faults.append((number, fault))

    @property
    def broken(self):
        """The first rows at fault, and for each a sentence that says what is wrong."""
        return [(number, self._sentence(*fault)) for number, fault in self._faults]

    def _sentence(self, fault, value=None):
        if fault == "student":
            return value
        if fault == "name":
            return self.env._(
                "this number is %(student)s here, and %(name)s in the file",
                student=value[0],
                name=value[1],
            )
        if isinstance(value, date):
            value = day_text(self.env, value)
        return {
            "no_date": self.env._("no date"),
            "date": self.env._("%(text)s is no date", text=value),
            "future": self.env._("%(day)s has not come yet", day=value),
            "past": self.env._("%(day)s is too far back", day=value),
            "minutes": self.env._("%(text)s is no number of minutes", text=value),
            "no_student": self.env._("no student"),
            "long_note": self.env._(
                "the note is longer than %(count)s characters", count=LONGEST_MARK_NOTE
            ),
            "shortened": self.env._(
                "%(text)s: a spreadsheet has shortened this number. Format the column "
                "as text, and take the file again from where it comes from",
                text=value,
            ),
        }[fault]

    # --- what cells mean: a value or None, and the fault or None ---

    def _meaning(self, text):
        meaning = self.meanings.get(code_key(text))
        return None if meaning == IGNORE else meaning

    def _day(self, text):
        found = readings(text)
        day = found.get(self.look.date_order)
        if not day:
            text = text.strip()[:64]
            return None, ("date", text) if text else ("no_date",)
        if day > self.last_possible:
            return None, ("future", day)
        if day < self.first_possible:
            return None, ("past", day)
        return day, None

    def _minutes(self, text):
        text = text.strip().lower()
        if not text:
            return 0, None
        match = _MINUTES.fullmatch(text)
        value = int(match[1] or 0) * 60 + int(match[2]) if match else -1
        if not 0 <= value <= _MOST_MINUTES:
            return None, ("minutes", text[:64])
        return value, None

    def _student(self, cells):
        """Find the student whom a row names.

        :return: the id or None, and the fault or None. Without both, nobody here is
            called so.
        """
        cells = {name: text.strip() for name, text in cells.items()}
        try:
            if cells.get("number"):
                student, fault = self._by_number(cells["number"])
                if fault:
                    return None, fault
            elif cells.get("external_id"):
                student = self._external_ids.get(cells["external_id"].lower())
            elif cells.get("name"):
                student = self._by_name(cells["name"], cells.get("school_class"))
            else:
                return None, ("no_student",)
        except LookupError as error:
            return None, ("student", str(error))
        if student and cells.get("name"):
            # A number may have been given to another child since.
            known = self.register.rows[student]["name"]
            words = set(name_key(cells["name"]).split())
            if words and not words & set(name_key(known).split()):
                return None, ("name", (known, cells["name"]))
        return student, None

    def _by_number(self, text):
        numbers = self.register.by_number
        found = numbers.get(number_key(text))
        shortened = None if found else _SHORTENED.fullmatch(text)
        if shortened:
            first, digits, zeros = shortened.groups("")
            rest = digits[int(zeros) :].strip("0")
            if len(digits) < int(zeros) or rest:
                return None, ("shortened", text)
            found = numbers.get(number_key(first + digits[: int(zeros)]))
        if found:
            return self.register.one(text, found), None
        # "Amina Ali", "Amina Ali (1107)", "Amina Ali (8a)".
        if not text.isdecimal() and self.register.called(text.partition("(")[0]):
            return self.register.find(text, with_left=True), None
        return None, None

    def _by_name(self, name, school_class):
        found = self.register.called(name)
        if school_class:
            found = [
                student
                for student in found
                if class_key(self.register.class_name(student))
                == class_key(school_class)
            ]
        return self.register.one(name, found) if found else None

    def _load_external_ids(self):
        """Return the ids of the students by what other programs call them."""
        # sudo: these are no secret to who sees the students.
        known = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch([("model", "=", "res.partner")], ["module", "name", "res_id"])
        )
        result = {}
        for each in known:
            if each.res_id in self.register.rows:
                result[f"{each.module}.{each.name}".lower()] = each.res_id
                result.setdefault(each.name.lower(), each.res_id)
        return result


def _clean(text):
    """Return a text that PostgreSQL can hold."""
    return text.replace("\x00", "").strip()
