from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..constants import LONGEST_MARK_NOTE
from ..tools.day import day_text, today
from .intervention_attendance_store import MEANINGS
from .intervention_school_students import MOST_LINES

MEANING_NAMES = list(MEANINGS)
# How many marks are stored at once.
BATCH = 200_000
# What a run counts, and the status of days in what the store returns.
LEFT_OUT = ("after_leaving", "closed_days", "other_school")


class InterventionSchoolMark(models.Model):
    """A mark of a school system as it was taken over, to be held against it later.

    What is deleted there, or is final no more, leaves no other trace. All marks are
    compared at every look, in one statement: no time of a change is trusted, as some
    move none.
    """

    _name = "intervention.school.mark"
    _description = "Mark of a School System"
    _inherit = ["intervention.refusals"]
    _log_access = False

    system_id = fields.Many2one(
        comodel_name="intervention.school.system",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    mark_id = fields.Integer(string="Id There", required=True, readonly=True)
    part = fields.Integer(string="Part of the Day", required=True, readonly=True)
    # No many2one: a merge of contacts has to show.
    student_id = fields.Integer(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    said = fields.Char(string="Says", required=True, readonly=True)
    # Why its day was not stored, as ``_store`` says it: "closed", "left", "other" or
    # "torn". It waits until that is over, and is not tried every night.
    left_out = fields.Char(readonly=True)

    _mark_uniq = models.UniqueIndex(
        "(system_id, mark_id, part)", "There is one already."
    )
    _day_idx = models.Index("(system_id, student_id, date)")


class InterventionSchoolSystem(models.Model):
    """Takes marks of a school system over into the days of the students."""

    _inherit = "intervention.school.system"

    def _marks_lack(self):
        """Return the sentence about what keeps marks from being read, or None."""
        unreadable = self._unreadable(
            "mark_model",
            self._mark_contact_path(),
            self.mark_date,
            self.mark_register,
            self.mark_state,
            self.mark_note,
            *self.meaning_ids.mapped("path"),
        )
        what = self.env._("Marks are left out.")
        return self._lack_of(unreadable, what) if unreadable else None

    def _mark_contact_path(self):
        steps = (self.mark_student, self.student_partner)
        return ".".join(each for each in steps if each != "id") or "id"

    def _final_domain(self):
        """Return the condition of the marks that are final."""
        final = self._final()
        if not self.mark_state or not final:
            return Domain.TRUE
        last = self._walk(self._there("mark_model"), self.mark_state)[-1]
        if last.type == "boolean":
            final = [each.lower() == "true" for each in final]
        elif last.type == "integer":
            final = [int(each) for each in final if each.isdecimal()]
        return Domain(self.mark_state, "in", final)

    def _count_open_registers(self):
        """Return how many registers of days up to today are not final."""
        final = self._final_domain()
        if final.is_true():
            return 0
        marks = self._there("mark_model")
        query = marks._search(self._part_domain("mark_domain") & ~final)
        query.add_where(
            SQL(
                "%s <= %s",
                self._day_sql(query, marks, self.mark_date),
                today(self, company=self.company_id),
            )
        )
        register = self._path_sql(query, marks, self.mark_register or "id")
        [(count,)] = self.env.execute_query(
            query.select(SQL("COUNT(DISTINCT %s)", register))
        )
        return count

    def _copy_marks(self, student_ids):
        """Put the final marks of students into a temporary table.

        :return: the numbers of ``marks``, of those ``unknown``, ``torn`` and
            ``outside`` of the days that can be meant
        """
        marks = self._there("mark_model")
        # What another system has in its cache is not in the database yet.
        self.env.flush_all()
        parts = list(dict.fromkeys(self.meaning_ids.mapped("slot")))
        selects = [
            self._marks_select(marks, number, part, student_ids)
            for number, part in enumerate(parts)
        ]
        settings = self.env["intervention.settings"]
        first, _last = settings._plausible_days(self.company_id)
        self.env.cr.execute(
            SQL(
                """SET LOCAL jit = off;
                   DROP TABLE IF EXISTS
                       intervention_school_now, intervention_school_diff;
                   CREATE TEMPORARY TABLE intervention_school_now ON COMMIT DROP AS
                   SELECT mark.*,
                          md5(concat_ws('|', student_id, date, slot, meaning, code,
                                        note)) AS said,
                          date BETWEEN %s AND %s AS is_possible
                     FROM (%s) mark WHERE date IS NOT NULL;
                   CREATE INDEX ON intervention_school_now (mark_id, part);
                   ANALYZE intervention_school_now""",
                first,
                today(self, company=self.company_id),
                SQL(" UNION ALL ").join(selects),
            )
        )
        [counts] = self.env.execute_query_dict(
            SQL(
                """SELECT count(*) AS marks,
                          count(*) FILTER (WHERE meaning IS NULL) AS unknown,
                          count(*) FILTER (WHERE is_torn) AS torn,
                          count(*) FILTER (
                              WHERE meaning IS NOT NULL AND NOT is_possible) AS outside
                     FROM intervention_school_now"""
            )
        )
        return counts

    def _marks_select(self, marks, number, part, student_ids):
        """Return the SQL of the marks that a part of each record is."""
        query = marks._search(self._part_domain("mark_domain") & self._final_domain())
        student = self._path_sql(query, marks, self._mark_contact_path())
        query.add_where(SQL("%s = ANY(%s)", student, student_ids))
        slot = self._path_sql(query, marks, self.mark_register or "id")
        rules = self.meaning_ids.filtered(lambda rule: rule.slot == part)
        conditions = [self._rule_sql(query, marks, rule) for rule in rules]
        whens = SQL(" ").join(
            SQL("WHEN %s THEN %s", condition, MEANINGS[rule.meaning])
            for rule, condition in zip(rules, conditions, strict=True)
        )
        codes = SQL(" ").join(
            SQL("WHEN %s THEN %s", condition, self._rule_code(rule))
            for rule, condition in zip(rules, conditions, strict=True)
        )
        each = [
            SQL("CASE WHEN %s THEN %s END", condition, MEANINGS[rule.meaning])
            for rule, condition in zip(rules, conditions, strict=True)
        ]
        every = SQL(", ").join(each)
        note = SQL("''")
        if self.mark_note:
            note = SQL(
                "COALESCE(left(trim(%s::text), %s), '')",
                self._path_sql(query, marks, self.mark_note),
                LONGEST_MARK_NOTE,
            )
        return query.select(
            SQL("%s AS mark_id", SQL.identifier(query.table, "id")),
            SQL("%s AS part", number),
            SQL("%s AS student_id", student),
            SQL("%s AS date", self._day_sql(query, marks, self.mark_date)),
            SQL("concat_ws('.', %s, NULLIF(%s, '')) AS slot", slot, part or ""),
            SQL("CASE %s END AS meaning", whens),
            SQL("COALESCE(CASE %s END, '') AS code", codes),
            SQL("LEAST(%s) <> GREATEST(%s) AS is_torn", every, every),
            SQL("%s AS note", note),
        )

    @staticmethod
    def _rule_code(rule):
        value = rule.value or ""
        return "" if value.lower() in ("true", "false") else value

    def _rule_sql(self, query, marks, rule):
        column = self._path_sql(query, marks, rule.path)
        if self._walk(marks, rule.path)[-1].type == "boolean":
            wanted = (rule.value or "true").strip().lower() == "true"
            return SQL("(%s IS TRUE) = %s", column, wanted)
        if not rule.value:
            return SQL("COALESCE(%s::text, '') <> ''", column)
        return SQL("%s::text = %s", column, rule.value.strip())

    def _compare_marks(self, student_ids):
        """Put the days to be stored into a temporary table.

        Their marks say something else now, or are not left out any more.

        :return: how many marks there were before, and how many of them are gone
        """
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE intervention_school_diff ON COMMIT DROP AS
                   SELECT COALESCE(now.student_id, before.student_id) AS student_id,
                          COALESCE(now.date, before.date) AS date,
                          before.student_id AS old_student_id, before.date AS old_date,
                          now.mark_id IS NULL AS is_gone
                     FROM (SELECT * FROM intervention_school_now
                            WHERE meaning IS NOT NULL AND is_possible) now
                     FULL JOIN (
                          SELECT *, CASE left_out
                                    WHEN 'closed' THEN date = ANY(%(open)s::date[])
                                    WHEN 'left' THEN NOT EXISTS (
                                         SELECT FROM res_partner student
                                          WHERE student.id = mark.student_id
                                            AND student.student_left_on <= mark.date)
                                    WHEN 'other' THEN NOT EXISTS (
                                         SELECT FROM intervention_attendance day
                                          WHERE day.student_id = mark.student_id
                                            AND day.date = mark.date
                                            AND day.company_id <> %(company)s)
                                    ELSE FALSE END AS is_due
                            FROM intervention_school_mark mark
                           WHERE system_id = %(system)s
                             AND student_id = ANY(%(students)s)) before
                       ON before.mark_id = now.mark_id AND before.part = now.part
                    WHERE before.said IS DISTINCT FROM now.said OR before.is_due;
                   ANALYZE intervention_school_diff""",
                system=self.id,
                students=student_ids,
                company=self.company_id.id,
                open=self._days_opened(),
            )
        )
        [row] = self.env.execute_query(
            SQL(
                """SELECT (SELECT count(*) FROM intervention_school_mark
                            WHERE system_id = %s),
                          (SELECT count(*) FROM intervention_school_diff
                            WHERE is_gone)""",
                self.id,
            )
        )
        return row

    def _days_opened(self):
        """Return the open days among those that were left out as closed."""
        [(first, last)] = self.env.execute_query(
            SQL(
                """SELECT min(date), max(date) FROM intervention_school_mark
                    WHERE system_id = %s AND left_out = 'closed'""",
                self.id,
            )
        )
        if not first:
            return []
        settings = self.env["intervention.settings"]
        return sorted(settings._open_days(self.company_id, first, last))

    def _days_waiting(self, student_ids):
        """Return the days that are still left out, and are not among the changed ones.

        :return: why they are, to a list of tuples of student id and day
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT left_out, student_id, date
                     FROM intervention_school_mark mark
                    WHERE system_id = %s AND left_out IS NOT NULL
                      AND student_id = ANY(%s)
                      AND NOT EXISTS (
                          SELECT FROM intervention_school_diff diff
                           WHERE diff.student_id = mark.student_id
                             AND diff.date = mark.date)
                      AND NOT EXISTS (
                          SELECT FROM intervention_school_diff diff
                           WHERE diff.old_student_id = mark.student_id
                             AND diff.old_date = mark.date)
                    ORDER BY date, student_id""",
                self.id,
                student_ids,
            )
        )
        waiting = defaultdict(list)
        for reason, student_id, day in rows:
            waiting[reason].append((student_id, day))
        return waiting

    def _changed_days(self):
        """Return the days of which marks say something else, in batches.

        :return: lists of tuples of student id and day
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT pair.student_id, pair.date, count(now.mark_id)
                     FROM (SELECT student_id, date FROM intervention_school_diff
                            UNION
                           SELECT old_student_id, old_date
                             FROM intervention_school_diff
                            WHERE old_student_id IS NOT NULL) pair
                     LEFT JOIN intervention_school_now now
                       ON now.student_id = pair.student_id AND now.date = pair.date
                    GROUP BY pair.student_id, pair.date
                    ORDER BY pair.date, pair.student_id"""
            )
        )
        batch, size = [], 0
        for student_id, day, count in rows:
            batch.append((student_id, day))
            size += count
            if size >= BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _store_marks(self, dry_run=False):
        """Store the days of which marks say something else.

        :return: the numbers of days as of ``_store``
        """
        total = dict.fromkeys(("new", "changed", "gone", "contradiction_days"), 0)
        total |= dict.fromkeys(LEFT_OUT, 0)
        total["contradictions"], total["last_day"] = [], None
        # sudo: days are written by who may link a school system, and every night.
        days = self.env["intervention.attendance"].sudo()
        for batch in self._changed_days():
            pairs = {
                "students": [student_id for student_id, _day in batch],
                "days": [day for _student, day in batch],
            }
            marks = self.env.execute_query(
                SQL(
                    """SELECT now.student_id, now.date, slot, meaning, code, note
                         FROM intervention_school_now now
                         JOIN unnest(%(students)s::integer[], %(days)s::date[])
                              pair(student_id, date) USING (student_id, date)
                        WHERE meaning IS NOT NULL AND is_possible
                        ORDER BY date, student_id, slot""",
                    **pairs,
                )
            )
            told = {(student_id, day) for student_id, day, *_others in marks}
            result = days._store(
                (
                    (student_id, day, slot, MEANING_NAMES[meaning], code, 0, note)
                    for student_id, day, slot, meaning, code, note in marks
                ),
                self.source_id,
                dry_run=dry_run,
                delete_gone=True,
                gone=[pair for pair in batch if pair not in told],
            )
            for name in (*LEFT_OUT, "new", "changed", "gone", "contradiction_days"):
                total[name] += result[name]
            total["contradictions"] += result["contradictions"]
            total["last_day"] = max(
                filter(None, (total["last_day"], result["last_day"])), default=None
            )
            if not dry_run:
                self._remember_marks(pairs)
        return total

    def _remember_marks(self, pairs):
        """Note the marks of some days as they were taken over or left out."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM intervention_school_mark mark
                    USING unnest(%(students)s::integer[], %(days)s::date[])
                          pair(student_id, date)
                    WHERE mark.system_id = %(system)s
                      AND mark.student_id = pair.student_id AND mark.date = pair.date;
                   INSERT INTO intervention_school_mark
                          (system_id, mark_id, part, student_id, date, said, left_out)
                   SELECT %(system)s, now.mark_id, now.part, now.student_id, now.date,
                          now.said,
                          CASE WHEN run.status NOT IN ('new', 'changed', 'unchanged')
                               THEN run.status END
                     FROM intervention_school_now now
                     JOIN intervention_attendance_run run
                       ON run.student_id = now.student_id AND run.date = now.date
                     JOIN unnest(%(students)s::integer[], %(days)s::date[])
                          pair(student_id, date)
                       ON pair.student_id = now.student_id AND pair.date = now.date
                    WHERE now.meaning IS NOT NULL AND now.is_possible
                       ON CONFLICT (system_id, mark_id, part) DO UPDATE
                      SET (student_id, date, said, left_out)
                          = ROW (excluded.student_id, excluded.date, excluded.said,
                                 excluded.left_out)""",
                system=self.id,
                **pairs,
            )
        )

    def _torn_lines(self, contradictions):
        """Return what is said of marks that contradict each other.

        :param contradictions: of ``_store_marks``: whole days that are not stored
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT student_id, date FROM intervention_school_now
                    WHERE is_torn ORDER BY date DESC, student_id LIMIT %s""",
                MOST_LINES,
            )
        )
        pairs = dict.fromkeys([*contradictions, *rows])
        # sudo: as the other findings of a look.
        contacts = self.env["res.partner"].sudo()
        return [
            (
                f"{contacts.browse(student).name}, {day_text(self.env, day)}",
                contacts.browse(student),
            )
            for student, day in pairs
        ]
