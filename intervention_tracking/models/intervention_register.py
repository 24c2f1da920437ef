from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from psycopg2.errors import UniqueViolation

from ..constants import ADMIN_GROUP, FORM_MASTER_GROUP, LONGEST_MARK_NOTE
from ..tools.day import day_text, moment_text, today
from ..tools.exceptions import field_error
from ..tools.text import clean_text, isolate

# What a register may say of a student; other sources say more.
MEANINGS = ("present", "unexcused", "excused", "late")
MOST_MINUTES = 600
# How many school days the strip shows, and within how many days they are looked for.
STRIP = 5
STRIP_SPAN = timedelta(days=21)
ROW_FIELDS = (
    "student_id",
    "company_id",
    "possible",
    "absent",
    "excused",
    "is_late",
    "minutes_lost",
    "codes",
    "note",
    "source_id",
    "updated_at",
    "updated_uid",
)


class InterventionAttendanceSource(models.Model):
    """One source of a company is its class registers."""

    _inherit = "intervention.attendance.source"

    _register_uniq = models.UniqueIndex(
        "(company_id) WHERE kind = 'register'",
        "The class registers of this company are a source already.",
    )

    @api.model
    def _of_registers(self, company):
        """Return the source of a company's class registers, made when it is needed."""
        # sudo: form masters take registers, and only administrators keep sources.
        sources = self.sudo().with_context(active_test=False)
        domain = [("company_id", "=", company.id), ("kind", "=", "register")]
        found = sources.search_fetch(domain, ["company_id", "kind", "name"], limit=1)
        if found:
            return found
        try:
            with self.env.cr.savepoint():
                return sources.create(
                    {
                        "name": self.env._("Class registers"),
                        "kind": "register",
                        "company_id": company.id,
                    }
                )
        except UniqueViolation as error:
            # Somebody saves the school's first register at the same moment. This
            # transaction can't see theirs; Odoo tries again with one that can.
            raise ConcurrencyError("the source of class registers") from error


class InterventionClass(models.Model):
    """The register of a class: who was there on a day.

    In it are the students who are in the class now, and had not left on that day. A
    *mark* is a dict of ``meaning`` (one of ``MEANINGS``; from other sources also
    ``partly`` and ``not_required``), ``minutes`` (lost; of who came late), ``note``,
    ``missed`` (the part of the day, from 0 to 1), ``codes`` and ``source``, the name of
    where it comes from, or False for the register itself.
    """

    _inherit = "intervention.class"

    @api.model
    @api.readonly
    def get_register(self, class_id=False, date=False):
        """Return everything that the screen of the class register shows.

        :param int class_id: the class; by default the first one of the user's own whose
            register of today is not taken yet
        :param date: the day as a date or as ``YYYY-MM-DD``; by default today
        :return: a dict of

            * ``classes``: those whose register the user may take, own ones first; dicts
              of ``id``, ``name`` and ``is_own``
            * ``class_id``: of these, or False when there is none; then nothing follows
            * ``date``, ``today`` and ``first_day`` (the first day that may be chosen)
            * ``closed``: why there is no register of this day, or False
            * ``students``: dicts of ``id``, ``name`` (namesakes are told apart),
              ``in_a_row`` (days missed in a row up to the last day known) and ``mark``,
              which is False when nothing is known
            * ``days``: the last school days up to today, or up to the day when that is
              earlier; dicts of ``date`` and ``is_taken``
            * ``saved_at``: when the newest mark of the day was stored, or False
            * ``other_sources``: names of the other sources of marks of the school
        :raises AccessError: for who may not take the register of the class
        :raises ValidationError: for a day that is none, or can't be meant
        """
        if not self.env.user.has_group(FORM_MASTER_GROUP):
            raise AccessError(self._access_refusal("read"))
        classes = self._register_classes()
        if class_id:
            school_class = self._existing(self, class_id)
            school_class._check_may_register()
        else:
            school_class = classes._first_to_take()
        answer = {
            "classes": [
                {"id": each.id, "name": each.name, "is_own": each.is_own}
                for each in classes
            ],
            "class_id": school_class.id,
        }
        if school_class:
            answer |= school_class._register_data(school_class._register_day(date))
        return answer

    def save_register(self, date, marks, seen=()):
        """Store what a register says; students who are not named stay as they are.

        What is sent twice with the same ``intervention_token`` in the context is stored
        once.

        :param date: the day as a date or as ``YYYY-MM-DD``
        :param list marks: dicts of ``student`` (an id), ``meaning`` (``present``,
            ``late``, ``excused`` or ``unexcused``), and optionally ``minutes`` (lost by
            who is late) and ``note``
        :param list seen: what stood there when the register was opened, as dicts with
            ``student`` and what ``get_register`` gave as ``mark``; who is not named had
            no mark
        :return: a dict of ``students`` and ``saved_at`` as of ``get_register``, without
            names, and ``in_a_row``: who has missed as many days in a row as call for a
            talk, as dicts of ``id``, ``name``, ``days`` and ``case`` (the id of an
            active case that the user may see, or False)
        :raises AccessError: for who may not take the register of the class
        :raises ValidationError: for marks that can't be, a day that is in the future or
            on which the school is closed, and when somebody else has stored something
            else meanwhile; then the ``context`` of the error has in
            ``intervention_register_conflict`` a list of dicts of ``student``, ``name``,
            ``mine`` and ``theirs`` (marks), and ``stored``, in words who has stored
            theirs and when, and nothing is stored
        """
        self.ensure_one()
        self._check_may_register()
        day = self._register_day(date)
        students = self._register_students(day)

        def save():
            bare = self.with_context(intervention_token=None)
            bare._save_register(students, day, marks, seen)
            return self

        if self.env.context.get("intervention_token") is None:
            save()
        else:
            self.env["intervention.idempotency"]._once_by_token(
                [self._name, "save_register", self.id, day, marks, seen], save
            )
        answer = self._marks_of(students, day)
        return {**answer, "in_a_row": self._in_a_row(answer["students"])}

    # --- who and when ---

    @api.model
    def _register_classes(self):
        """Return the classes whose register the user may take, own ones first."""
        own = self._own_ids()
        domain = [("company_id", "in", self.env.companies.ids)]
        if not self.env.user.has_group(ADMIN_GROUP):
            domain.append(("id", "in", list(own)))
        return self.search(domain).sorted(lambda each: each.id not in own)

    def _check_may_register(self):
        """Refuse who is no form master of the class today, and no administrator."""
        if not self.env.user.has_group(FORM_MASTER_GROUP):
            raise AccessError(self._access_refusal("read"))
        if not self:
            raise self._missing_error()
        self.check_access("read")
        if not self.is_own and not self.env.user.has_group(ADMIN_GROUP):
            raise AccessError(
                self.env._(
                    "The register of %(school_class)s is for its form masters. Ask an "
                    "administrator of interventions if you stand in for one.",
                    school_class=self.name,
                )
            )
        if not self.active:
            raise UserError(
                self.env._(
                    "%(school_class)s is a class of an earlier year, and has no "
                    "register any more.",
                    school_class=self.name,
                )
            )

    def _first_to_take(self):
        """Return the first of the user's own classes without a register of today."""
        own = self.filtered("is_own") or self
        if len(own) == 1 or not self:
            return own[:1]
        day = today(self)
        # sudo: whether there is a mark tells of no student.
        taken = (
            self.env["intervention.attendance"]
            .sudo()
            ._read_group(
                [("class_id", "in", own.ids), ("date", "=", day)], ["class_id"]
            )
        )
        taken_ids = {school_class.id for (school_class,) in taken}
        return own.filtered(lambda each: each.id not in taken_ids)[:1] or own[:1]

    def _register_day(self, date):
        """Return the day of a register as a date.

        :raises ValidationError: when it is none, in the future, or can't be meant
        """
        label = self.env._("Day")
        this_day = today(self)
        if not date:
            return this_day
        try:
            day = self._to_date(date)
        except (TypeError, ValueError):
            day = None
        if not day:
            raise field_error(
                "date",
                self.env._(
                    "%(field)s: this is not a date. Write it as YYYY-MM-DD.",
                    field=label,
                ),
            )
        if day > this_day:
            raise field_error(
                "date",
                self.env._(
                    "%(field)s: it can't be in the future. Choose today or earlier.",
                    field=label,
                ),
            )
        fault = self._year_fault(label, day, self.company_id, last=this_day)
        if fault:
            raise field_error("date", fault)
        return day

    def _closed_on(self, day):
        """Return why there is no register of a day, or False."""
        settings = self.env["intervention.settings"]
        if day in settings._open_days(self.company_id, day, day):
            return False
        return self.env._(
            "The school is closed on %(day)s.", day=day_text(self.env, day)
        )

    # --- what it shows ---

    def _register_data(self, day):
        """Return what ``get_register`` does of the class and a day."""
        students = self._register_students(day)
        answer = self._marks_of(students, day)
        names = students._distinct_names()
        for student, each in zip(students, answer["students"], strict=True):
            each["name"] = names[student]
        earliest, _latest = self.env["intervention.settings"]._plausible_days(
            self.company_id
        )
        return {
            **answer,
            "date": fields.Date.to_string(day),
            "today": fields.Date.to_string(today(self)),
            "first_day": fields.Date.to_string(earliest),
            "closed": self._closed_on(day),
            "days": self._register_days(day),
            "other_sources": self._other_sources(),
        }

    def _marks_of(self, students, day):
        """Return the marks of students on a day, and when the newest was stored."""
        rows = self._register_rows(students, day)
        # sudo: form masters of the class see this of its students anyway.
        standing = (
            self.env["intervention.attendance.standing"]
            .sudo()
            .search_fetch(
                [
                    ("student_id", "in", students.ids),
                    ("company_id", "=", self.company_id.id),
                    ("in_a_row", ">", 0),
                ],
                ["student_id", "in_a_row"],
                order="id",
            )
        )
        in_a_row = {each.student_id.id: each.in_a_row for each in standing}
        saved_at = max((row.updated_at for row in rows.values()), default=False)
        return {
            "students": [
                {
                    "id": student.id,
                    "in_a_row": in_a_row.get(student.id, 0),
                    "mark": self._mark(rows.get(student.id)),
                }
                for student in students
            ],
            "saved_at": fields.Datetime.to_string(saved_at),
        }

    def _other_sources(self):
        """Return the names of what else marks of the school come in from."""
        # sudo: what the sources are called is no secret to who takes a register.
        sources = self.env["intervention.attendance.source"].sudo()
        return sources.search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "!=", "register"),
                ("run_at", "!=", False),
            ]
        ).mapped("name")

    def _register_students(self, day):
        """Return the students of the class who had not left on a day, by name."""
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("is_intervention_student", "=", True),
                    ("school_class_id", "=", self.id),
                    "|",
                    ("student_left_on", ">", day),
                    "&",
                    ("student_left_on", "=", False),
                    ("active", "=", True),
                ],
                ["name"],
                order="complete_name, id",
            )
        )

    def _register_rows(self, students, day):
        """Return the stored days by the id of the student."""
        # sudo: of a student of two schools the other one may have stored the day, and
        # nobody overwrites unseen what there is one of.
        rows = (
            self.env["intervention.attendance"]
            .sudo()
            .search_fetch(
                [("student_id", "in", students.ids), ("date", "=", day)],
                ROW_FIELDS,
                order="id",
            )
        )
        return {row.student_id.id: row for row in rows}

    def _mark(self, row):
        """Return the mark that a stored day is, or False."""
        if not row:
            return False
        if row.company_id != self.company_id:
            # A student of two schools. What the other one says of them stays there.
            return {
                "meaning": "not_required",
                "minutes": 0,
                "note": "",
                "missed": 0,
                "codes": "",
                "source": self.env._("another school"),
            }
        if not row.possible:
            meaning = "not_required"
        elif not row.absent:
            meaning = "late" if row.is_late else "present"
        elif row.absent < 1 or 0 < row.excused < 1:
            meaning = "partly"
        else:
            meaning = "excused" if row.excused else "unexcused"
        return {
            "meaning": meaning,
            "minutes": row.minutes_lost,
            "note": row.note or "",
            "missed": row.absent,
            "codes": row.codes or "",
            "source": row.source_id.kind != "register" and row.source_id.name,
        }

    def _register_days(self, day):
        """Return the school days of the strip, and whether there are marks of them."""
        this_day = today(self)
        open_days = self.env["intervention.settings"]._open_days
        days = sorted(open_days(self.company_id, this_day - STRIP_SPAN, this_day))
        days = days[-STRIP:]
        if days and day < days[0]:
            days = sorted(open_days(self.company_id, day - STRIP_SPAN, day))[-STRIP:]
        # sudo: whether there is a mark tells of no student.
        marks = self.env["intervention.attendance"].sudo()
        taken = {
            date
            for (date,) in marks._read_group(
                [("class_id", "=", self.id), ("date", "in", days)], ["date:day"]
            )
        }
        return [
            {"date": fields.Date.to_string(each), "is_taken": each in taken}
            for each in days
        ]

    def _in_a_row(self, students):
        """Return who has missed as many days in a row as call for a talk.

        :param list students: of ``_marks_of``
        """
        limits = self.env["intervention.settings"]._attendance_limits(
            self.company_id.id
        )
        missing = [
            each for each in students if each["in_a_row"] >= limits["days_in_a_row"]
        ]
        if not missing:
            return []
        cases = self.env["intervention.meeting"].search_fetch(
            [
                ("student_id", "in", [each["id"] for each in missing]),
                ("status", "!=", "closed"),
            ],
            ["student_id"],
            order="id",
        )
        case_ids = {case.student_id.id: case.id for case in cases}
        students = self.env["res.partner"].browse([each["id"] for each in missing])
        names = students._distinct_names()
        return [
            {
                "id": each["id"],
                "name": names[students.browse(each["id"])],
                "days": each["in_a_row"],
                "case": case_ids.get(each["id"], False),
            }
            for each in missing
        ]

    # --- saving ---

    def _save_register(self, students, day, marks, seen):
        """Store the marks that differ from what is stored, and confirm the others.

        :param students: of ``_register_students``; for the rest see ``save_register``
        """
        closed = self._closed_on(day)
        if closed:
            raise field_error("date", closed)
        rows = self._register_rows(students, day)
        stored = {student.id: self._mark(rows.get(student.id)) for student in students}
        sent = self._checked_marks(marks, stored)
        self._check_seen(sent, stored, self._checked_seen(seen), rows)
        elsewhere = students.filtered(
            lambda each: (
                each.id in sent
                and rows.get(each.id)
                and rows[each.id].company_id != self.company_id
            )
        )
        if elsewhere:
            raise field_error(
                "marks",
                self.env._(
                    "Marks: another school has the day of %(names)s, and a day counts "
                    "at one of them. Leave these students out.",
                    names=", ".join(
                        isolate(self.env, name)
                        for name in elsewhere._distinct_names().values()
                    ),
                ),
            )
        changed = [
            (
                student_id,
                day,
                "",
                mark["meaning"],
                "",
                mark["minutes"],
                mark["note"],
            )
            for student_id, mark in sent.items()
            if _key(mark) != _key(stored[student_id])
        ]
        confirmed = [
            rows[student_id].id
            for student_id, mark in sent.items()
            if _key(mark) == _key(stored[student_id])
            and rows[student_id].source_id.kind != "register"
        ]
        if not changed and not confirmed:
            return
        source = self.env["intervention.attendance.source"]._of_registers(
            self.company_id
        )
        # sudo: nobody has the right to write days, and the rules were looked at.
        attendance = self.env["intervention.attendance"].sudo()
        if changed:
            attendance._store(changed, source)
        else:
            attendance._lock_days(self.company_id)
        if confirmed:
            attendance._confirm(attendance.browse(confirmed), source)

    def _checked_marks(self, marks, stored):
        """Return what was sent by student, in the form of ``_mark``.

        :raises ValidationError: for a mark that can't be
        """
        result = {}
        for sent in marks if isinstance(marks, list | tuple) else ():
            if not isinstance(sent, dict):
                raise field_error("marks", self._unreadable_marks())
            student_id = self._id_or_none(sent.get("student"))
            if student_id not in stored or student_id in result:
                raise field_error("marks", self._misplaced_mark(student_id, stored))
            result[student_id] = self._checked_mark(
                student_id, sent, stored[student_id]
            )
        if not result:
            raise field_error("marks", self._unreadable_marks())
        return result

    def _unreadable_marks(self):
        return self.env._(
            "Marks: send a list of them, each with student, meaning, minutes and note."
        )

    def _misplaced_mark(self, student_id, stored):
        if student_id in stored:
            return self.env._("Marks: a student is named twice. Keep one of the marks.")
        return self.env._(
            "Marks: a student is not in this class any more, or had left on that day. "
            "Open the register anew."
        )

    @api.model
    def _checked_mark(self, student_id, sent, stored):
        """Return a student's mark in the form of ``_mark``.

        :param dict sent: the mark that came, of anybody's making
        :param stored: the mark that is stored, or False
        :raises ValidationError: that names the student, for a mark that can't be
        """

        def name():
            student = self.env["res.partner"].browse(student_id)
            return isolate(self.env, student._distinct_names()[student])

        meaning = sent.get("meaning")
        if meaning not in MEANINGS:
            raise field_error(
                "marks",
                self.env._(
                    "Marks: choose one of %(choices)s.", choices=", ".join(MEANINGS)
                ),
            )
        note, fault = clean_text(self.env, sent.get("note"))
        # Those of several lessons, from another source, are longer together.
        is_known = stored and note == stored["note"]
        if not fault and not is_known and len(note) > LONGEST_MARK_NOTE:
            fault = self.env._(
                "it is longer than %(count)s characters. Shorten it.",
                count=LONGEST_MARK_NOTE,
            )
        if fault:
            raise field_error(
                "marks",
                self.env._(
                    "Note on %(student)s: %(fault)s",
                    student=name(),
                    fault=fault[0].lower() + fault[1:],
                ),
            )
        minutes = sent.get("minutes") or 0
        is_number = isinstance(minutes, int) and not isinstance(minutes, bool)
        is_as_stored = (
            is_number
            and stored
            and (stored["meaning"], stored["minutes"]) == (meaning, minutes)
        )
        if not is_as_stored and not (is_number and 0 <= minutes <= MOST_MINUTES):
            raise field_error(
                "marks",
                self.env._(
                    "Minutes of %(student)s: choose a number from 0 to %(most)s.",
                    student=name(),
                    most=MOST_MINUTES,
                ),
            )
        return {
            "meaning": meaning,
            # Of who is not late, other sources may know it.
            "minutes": minutes if meaning == "late" or is_as_stored else 0,
            "note": note,
        }

    @api.model
    def _checked_seen(self, seen):
        """Return by student what somebody saw; what can't be read was not seen."""
        marks = seen if isinstance(seen, list | tuple) else ()
        return {
            self._id_or_none(mark.get("student")): mark
            for mark in marks
            if isinstance(mark, dict)
        }

    def _check_seen(self, sent, stored, seen, rows):
        """Refuse to overwrite a mark that somebody else has stored meanwhile.

        :param dict rows: the stored days by student
        :raises ValidationError: with all of them, see ``save_register``
        """
        conflicts = {
            student_id: mark
            for student_id, mark in sent.items()
            if stored[student_id]
            and _key(stored[student_id]) not in (_key(mark), _key(seen.get(student_id)))
        }
        if not conflicts:
            return
        names = self.env["res.partner"].browse(conflicts)._distinct_names()
        told = {each.id: self._stored_by(rows[each.id]) for each in names}
        error = ValidationError(
            self.env._(
                "Somebody else has saved this register meanwhile (%(who)s), with other "
                "marks of %(names)s. Nothing of yours is stored yet. Open the register "
                "anew, and look at both.",
                who="; ".join(dict.fromkeys(told[each.id] for each in names)),
                names=", ".join(isolate(self.env, name) for name in names.values()),
            )
        )
        error.code = "conflict"
        error.context = {
            "intervention_register_conflict": [
                {
                    "student": student.id,
                    "name": name,
                    "mine": conflicts[student.id],
                    "theirs": stored[student.id],
                    "stored": told[student.id],
                }
                for student, name in names.items()
            ]
        }
        raise error

    def _stored_by(self, row):
        """Return who has stored a day, where that is known, and when, in words.

        Of a day of another school only when.
        """
        when = moment_text(self.env, row.updated_at)
        # sudo: who takes the register of a class is no secret to its form masters.
        user = self.env["res.users"].sudo().browse(row.updated_uid or ()).exists()
        if not user or row.company_id != self.company_id:
            return when
        return f"{isolate(self.env, user.name)}, {when}"


def _key(mark):
    """Return what is equal for marks that say the same of a day."""
    if not mark:
        return None
    meaning = mark.get("meaning")
    # How much of it was missed follows from the others.
    missed = mark.get("missed") if meaning == "partly" else None
    return meaning, mark.get("minutes") or 0, mark.get("note") or "", missed
