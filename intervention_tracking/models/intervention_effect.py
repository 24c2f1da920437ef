from datetime import timedelta

from odoo import api, fields, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL

from ..constants import EFFECT_RANKS, EFFECT_STATES
from ..mixins.intervention_append_only import author_field
from ..tools.day import today
from ..tools.effect import (
    QUIET,
    UNIT,
    WINDOW,
    Comparison,
    Meetings,
    Own,
    tally,
)

# What was computed when the days after the meeting were over.
FIRST = ("state", "missed_after", "alike_count", "net", "rank")
# Since when the job has been computing what is known of all cases; empty between.
ROUND = "intervention_tracking.effect_round"
# How many cases the job computes before it stores them.
BATCH = 200
# Fewer days than a class has in a year.
MANY = 5000
# In what time the days after a meeting are looked for that are still to come.
COMING = timedelta(days=200)


class InterventionEffect(models.Model):
    """What changed after the meeting of a case, as it was computed last.

    Nobody has any right on it: it is read by methods that check rights themselves, so
    that no grouping by people is made of it. Of a case that is archived the row stays,
    for when it is restored, and counts nowhere: who counts asks for ``active`` of the
    case.

    Days are days missed of 20 possible ones. What was computed when the days after the
    meeting were over is in the fields ``first_…``, which PostgreSQL lets nobody change.
    """

    _name = "intervention.effect"
    _description = "What Changed after a Meeting"
    _inherit = ["intervention.permanent"]
    _rec_name = "meeting_id"
    _history_columns = ("first_on", *(f"first_{name}" for name in FIRST))
    # Until there is a first value; and where it turns out that the case is of another
    # student, what is known of this one goes.
    _history_condition = (
        "OLD.first_on IS NOT NULL AND OLD.meeting_id::text IS DISTINCT FROM "
        "current_setting('intervention.effect_of_another', TRUE)"
    )

    meeting_id = fields.Many2one(
        comodel_name="intervention.meeting",
        string="Intervention",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    student_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    meeting_date = fields.Date(required=True, readonly=True)
    # windows, without the days in them on which nothing was possible
    day_before_first = fields.Date(readonly=True)
    day_before_last = fields.Date(readonly=True)
    day_after_first = fields.Date(readonly=True)
    day_after_last = fields.Date(readonly=True)
    # what is known
    state = fields.Selection(selection=EFFECT_STATES, required=True, readonly=True)
    days_done = fields.Integer(readonly=True, help="Possible days after the meeting.")
    early_until = fields.Date(
        readonly=True, help="When the last of the days after the meeting will be over."
    )
    missed_before = fields.Float(readonly=True)
    missed_after = fields.Float(readonly=True)
    alike_count = fields.Integer(readonly=True)
    alike_points = fields.Integer(
        readonly=True, help="How far apart similar students were before the meeting."
    )
    alike_mean = fields.Float(readonly=True)
    alike_low = fields.Float(readonly=True)
    alike_median = fields.Float(readonly=True)
    alike_high = fields.Float(readonly=True)
    net = fields.Float(readonly=True, help="Missed after, without what others missed.")
    rank = fields.Selection(selection=EFFECT_RANKS, readonly=True)
    # when the days were over
    first_on = fields.Date(readonly=True)
    first_state = fields.Selection(selection=EFFECT_STATES, readonly=True)
    first_missed_after = fields.Float(readonly=True)
    first_alike_count = fields.Integer(readonly=True)
    first_net = fields.Float(readonly=True)
    first_rank = fields.Selection(selection=EFFECT_RANKS, readonly=True)
    computed_at = fields.Datetime(required=True, readonly=True)
    seen_at = fields.Datetime(
        readonly=True, help="What was stored before is in it, whoever stored it."
    )

    create_uid = author_field("Created by")

    _meeting_uniq = models.UniqueIndex(
        "(meeting_id)", "There is a row of this case already."
    )

    # --- the job ---

    @api.model
    def _cron_refresh(self, batch_size=BATCH):
        """Compute anew what is known of all cases; a batch that is done stays."""
        if not self._begin_refresh():
            return
        cron = self.env["ir.cron"]
        self.env["intervention.meeting"].flush_model()
        # Odoo calls a job again until nothing remains: what was computed since the
        # first of these calls is done.
        parameters = self.env["ir.config_parameter"].sudo()
        begun = parameters.get_param(ROUND)
        if not begun:
            begun = fields.Datetime.to_string(self.env.cr.now())
            parameters.set_param(ROUND, begun)
        # What waits for the longest time comes first.
        rows = self.env.execute_query(
            SQL(
                """SELECT meeting.company_id,
                          array_agg(meeting.id ORDER BY
                              effect.computed_at NULLS FIRST, meeting.meeting_date)
                     FROM intervention_meeting meeting
                     LEFT JOIN intervention_effect effect
                       ON effect.meeting_id = meeting.id
                    WHERE meeting.active IS TRUE
                      AND (effect.computed_at >= %s) IS NOT TRUE
                    GROUP BY meeting.company_id ORDER BY meeting.company_id""",
                begun,
            )
        )
        cron._commit_progress(remaining=sum(len(ids) for _company, ids in rows))
        for company_id, ids in rows:
            company = self.env["res.company"].browse(company_id)
            for start in range(0, len(ids), batch_size):
                batch = ids[start : start + batch_size]
                self._keep(self._computed(company, batch))
                if not cron._commit_progress(len(batch)):
                    return
        parameters.set_param(ROUND, False)

    @api.model
    def _begin_refresh(self):
        """Prepare what the job computes with.

        :return: whether there was time enough for it
        """
        return True

    @api.model
    def _keep(self, computed):
        """Store what was computed of cases.

        :param dict computed: of ``_computed``
        """
        if not computed:
            return
        columns = [*self._today_fields(), "computed_at", "seen_at"]
        now = self.env.cr.now().replace(microsecond=0)
        company = self.env["res.company"].browse(
            next(iter(computed.values()))["company_id"]
        )
        _students, seen = self.env["intervention.effect.roll"]._of(company)
        known = {"computed_at": now, "seen_at": seen and min(seen, now)}
        first = SQL(", ").join(SQL.identifier(f"first_{name}") for name in FIRST)
        self.env.cr.execute(
            SQL(
                """INSERT INTO intervention_effect AS effect (%(columns)s)
                   VALUES %(rows)s
                       ON CONFLICT (meeting_id) DO UPDATE
                      SET (%(columns)s) = ROW (%(excluded)s);
                   UPDATE intervention_effect
                      SET (first_on, %(first)s) = ROW (%(today)s, %(values)s)
                    WHERE meeting_id = ANY(%(ids)s) AND first_on IS NULL
                      AND state IN ('counted', 'few_alike')
                      -- More of today's marks may come.
                      AND day_after_last < %(today)s""",
                columns=_names(columns),
                excluded=_names(columns, "excluded"),
                rows=SQL(", ").join(
                    SQL(
                        "(%s)",
                        SQL(", ").join(
                            SQL("%s", {**values, **known}[name]) for name in columns
                        ),
                    )
                    for values in computed.values()
                ),
                first=first,
                values=_names(FIRST),
                today=today(self, company=company),
                ids=list(computed),
            )
        )
        self.invalidate_model()

    @api.model
    def _is_of_now_sql(self):
        """Return the SQL of whether nothing has happened that would change a row.

        That is: the case is as it was, and since what is in it nobody has stored a day
        of its windows or a meeting of the time before it, and nothing of which the roll
        notes when it was.
        """
        return SQL(
            """state IN ('counted', 'few_alike') AND EXISTS (
                   SELECT FROM intervention_effect_roll roll
                     JOIN intervention_meeting meeting ON meeting.id = effect.meeting_id
                    WHERE roll.company_id = effect.company_id
                      AND (roll.changed_at >= effect.seen_at) IS NOT TRUE
                      AND effect.seen_at IS NOT NULL
                      AND (meeting.company_id, meeting.student_id, meeting.meeting_date)
                          = (effect.company_id, effect.student_id, effect.meeting_date)
                      AND NOT EXISTS (
                          SELECT FROM intervention_attendance day
                           WHERE day.company_id = effect.company_id
                             AND day.updated_at >= effect.seen_at
                             AND day.date BETWEEN effect.day_before_first
                                              AND effect.day_after_last)
                      AND NOT EXISTS (
                          SELECT FROM intervention_attendance_change day
                           WHERE day.company_id = effect.company_id
                             AND day.create_date >= effect.seen_at
                             AND day.date BETWEEN effect.day_before_first
                                              AND effect.day_after_last)
                      AND NOT EXISTS (
                          SELECT FROM intervention_meeting other
                           WHERE other.company_id = effect.company_id
                             AND other.write_date >= effect.seen_at
                             AND other.meeting_date BETWEEN
                                 effect.meeting_date - %s::integer
                                 AND effect.meeting_date))""",
            QUIET.days,
        )

    @api.model
    def _forget_others(self, meetings, student_id):
        """Delete what is known of cases that turn out to be of another student."""
        for effect in self.search(
            [("meeting_id", "in", meetings.ids), ("student_id", "!=", student_id)]
        ):
            self.env.cr.execute(
                SQL(
                    """SELECT set_config('intervention.effect_of_another', %s, TRUE);
                       DELETE FROM intervention_effect WHERE id = %s;
                       SELECT set_config('intervention.effect_of_another', '', TRUE)""",
                    str(effect.meeting_id.id),
                    effect.id,
                )
            )
        self.invalidate_model()

    # --- computing ---

    @api.model
    def _computed(self, company, meeting_ids, with_students=False):
        """Compute what is known of cases now; nothing is stored.

        :param company: the ``res.company`` of all of these cases
        :param list meeting_ids: theirs
        :param bool with_students: whether ``alike_ids`` is told
        :return: a dict of meeting to a dict of the fields of this model, save
            ``computed_at`` and the ``first_…``
        """
        cases = self._cases(company, meeting_ids)
        if not cases:
            return {}
        meetings = self._meetings(company, [case["meeting_date"] for case in cases])
        owns = self._owns(company, cases)
        whole = [own for own in owns.values() if own.is_whole]
        comparison = whole and self._comparison(
            company,
            min(own.before[0][0] for own in whole),
            max(own.after[-1][0] for own in whole),
        )
        coming = None
        computed = {}
        for case in cases:
            own = owns[case["meeting_id"]]
            left, archived = case.pop("left_on"), case.pop("archived")
            values = {
                **dict.fromkeys(self._today_fields()),
                **case,
                **self._of_own(own),
            }
            if not meetings.is_counted(case["meeting_id"]):
                values["state"] = "again"
            elif len(own.before) < WINDOW:
                values["state"] = "few_days"
            elif len(own.after) < WINDOW:
                coming = coming or self._coming_days(company)
                day = own.after[-1][0] if own.after else case["meeting_date"]
                values["state"] = "early"
                if archived or (left and left <= coming[0]):
                    values["state"] = "left"
                else:
                    values["early_until"] = self._early_until(
                        coming, day, WINDOW - len(own.after)
                    )
            else:
                met = meetings.met_about(case["meeting_date"])
                alike = comparison.alike(own, case["meeting_date"], met)
                values.update(self._of_alike(own, alike))
                if with_students:
                    values["alike_ids"] = comparison.students_alike(
                        own, alike.points, met
                    )
            computed[case["meeting_id"]] = values
        return computed

    @api.model
    def _today_fields(self):
        """Return the names of the fields that are computed anew."""
        return [
            name
            for name, each in self._fields.items()
            if each.store
            and name not in (*MAGIC_COLUMNS, "computed_at", "seen_at")
            and not name.startswith("first_")
        ]

    @api.model
    def _of_own(self, own):
        """Return the fields that are of the student alone."""
        values = {"days_done": len(own.after)}
        if own.before:
            values["day_before_first"] = own.before[0][0]
            values["day_before_last"] = own.before[-1][0]
        if own.after:
            values["day_after_first"] = own.after[0][0]
            values["day_after_last"] = own.after[-1][0]
        if len(own.before) == WINDOW:
            values["missed_before"] = own.missed_before / UNIT
        if len(own.after) == WINDOW:
            values["missed_after"] = own.missed_after / UNIT
        return values

    @api.model
    def _of_alike(self, own, alike):
        """Return the fields that look-alikes are needed for."""
        values = {
            "state": "few_alike",
            "alike_count": alike.count,
            "alike_points": alike.points,
        }
        if not alike.is_enough:
            return values
        missed_after = own.missed_after / UNIT
        return {
            **values,
            "state": "counted",
            "alike_mean": alike.mean,
            "alike_low": alike.quantile(0.25),
            "alike_median": alike.quantile(0.5),
            "alike_high": alike.quantile(0.75),
            "net": missed_after - alike.mean,
            "rank": alike.rank(missed_after),
        }

    @api.model
    def _cases(self, company, meeting_ids):
        """Return the active ones of these cases of a company, as dicts.

        What was computed of those of whose days some are not kept any more stays as it
        is, and they are not among them.
        """
        self.env["intervention.meeting"].flush_model()
        self.env["res.partner"].flush_model(["active", "student_left_on"])
        rows = self.env.execute_query(
            SQL(
                """SELECT meeting.id, meeting.student_id, meeting.meeting_date,
                          student.student_left_on, student.active IS NOT TRUE
                     FROM intervention_meeting meeting
                     JOIN res_partner student ON student.id = meeting.student_id
                    WHERE meeting.id = ANY(%s) AND meeting.company_id = %s
                      AND meeting.active IS TRUE
                      AND NOT EXISTS (
                              SELECT FROM intervention_effect effect
                                JOIN intervention_effect_roll roll USING (company_id)
                               WHERE effect.meeting_id = meeting.id
                                 AND effect.day_before_first < roll.kept_from)
                    ORDER BY meeting.meeting_date, meeting.id""",
                list(meeting_ids),
                company.id,
            )
        )
        return [
            {
                "meeting_id": meeting_id,
                "company_id": company.id,
                "student_id": student_id,
                "meeting_date": day,
                "left_on": left,
                "archived": archived,
            }
            for meeting_id, student_id, day, left, archived in rows
        ]

    @api.model
    def _meetings(self, company, days):
        """Return the ``Meetings`` of a company that matter to some days."""
        rows = self.env.execute_query(
            SQL(
                """SELECT meeting_date, id, student_id FROM intervention_meeting
                    WHERE active IS TRUE AND company_id = %s
                      AND meeting_date BETWEEN %s AND %s""",
                company.id,
                min(days) - QUIET,
                max(days),
            )
        )
        return Meetings(rows)

    @api.model
    def _owns(self, company, cases):
        """Return what students had before and after their meetings, by meeting."""
        side = """SELECT date, round(absent * %(unit)s)::bigint AS missed
                    FROM intervention_attendance
                   WHERE student_id = met.student_id AND company_id = %(company)s
                     AND possible = 1
                     AND date < COALESCE(student.student_left_on, 'infinity')"""
        rows = self.env.execute_query(
            SQL(
                f"""SELECT met.id, day.date, day.missed
                      FROM unnest(%(ids)s, %(students)s, %(days)s::date[])
                           AS met(id, student_id, day)
                      JOIN res_partner student ON student.id = met.student_id
                     CROSS JOIN LATERAL (
                           ({side} AND date < met.day
                             ORDER BY date DESC LIMIT %(window)s)
                            UNION ALL
                           ({side} AND date > met.day
                             ORDER BY date LIMIT %(window)s)) day
                     ORDER BY met.id, day.date""",
                ids=[case["meeting_id"] for case in cases],
                students=[case["student_id"] for case in cases],
                days=[case["meeting_date"] for case in cases],
                unit=UNIT,
                company=company.id,
                window=WINDOW,
            )
        )
        days = {}
        for meeting_id, day, missed in rows:
            days.setdefault(meeting_id, []).append((day, missed))
        return {
            case["meeting_id"]: Own(
                days.get(case["meeting_id"], []), case["meeting_date"]
            )
            for case in cases
        }

    @api.model
    def _comparison(self, company, first, last):
        """Return the ``Comparison`` among the students of a company.

        :param date first: before which it asks for no day
        :param date last: after which it asks for no day
        """
        places = {}

        def tallies(first, last):
            found = [0] * len(places)
            for student_id, possible, missed in self._marked(company, first, last):
                place = places.setdefault(student_id, len(places))
                found.extend([0] * (len(places) - len(found)))
                found[place] = tally(possible, missed)
            return found

        return Comparison(places, tallies)

    @api.model
    def _marked(self, company, first, last):
        """Return the students with days, how many, and what was missed of them."""
        return self.env.execute_query(
            SQL(
                """SELECT day.student_id, count(*),
                          round(sum(absent) * %(unit)s)::bigint
                     FROM intervention_attendance day
                     JOIN res_partner student ON student.id = day.student_id
                    WHERE day.company_id = %(company)s AND possible = 1
                      AND day.date BETWEEN %(first)s AND %(last)s
                      AND day.date < COALESCE(student.student_left_on, 'infinity')
                    GROUP BY day.student_id""",
                unit=UNIT,
                company=company.id,
                first=first,
                last=last,
            )
        )

    # --- when the days after a meeting will be over ---

    @api.model
    def _coming_days(self, company):
        """Return today and the school days from today on."""
        day = today(self, company=company)
        days = self.env["intervention.settings"]._open_days(company, day, day + COMING)
        return day, sorted(days)

    @api.model
    def _early_until(self, coming, last, count):
        """Return on which day so many more school days will be over, or None.

        :param coming: of ``_coming_days``
        :param date last: the day up to which marks are known
        """
        days = [day for day in coming[1] if day > last]
        return days[count - 1] if len(days) >= count else None


class InterventionAttendance(models.Model):
    """After an import of many days nobody waits for the night."""

    _inherit = "intervention.attendance"

    @api.model
    def _store(self, marks, source, dry_run=False, **options):
        stored = super()._store(marks, source, dry_run=dry_run, **options)
        if not dry_run and stored["new"] + stored["changed"] >= MANY:
            job = self.env.ref(
                "intervention_tracking.ir_cron_refresh_effect", raise_if_not_found=False
            )
            if job:
                job._trigger()
        return stored


class InterventionMeeting(models.Model):
    """What changed after the meeting."""

    _inherit = "intervention.meeting"

    def _effect(self, with_students=False):
        """Tell what changed after the meeting, by the marks that are there now.

        Who calls it has checked that the user may see the case.

        :param bool with_students: whether ``alike_ids`` is told, the look-alikes
        :return: a dict of the fields of ``intervention.effect`` save ``computed_at``;
            what is not known is None. ``first`` is None, or a dict of what was computed
            when the days after the meeting were over: ``on`` (a date), ``state``,
            ``missed_after``, ``alike_count``, ``net`` and ``rank``. Of a student of
            whom no day is known ``day_before_first`` and ``day_after_first`` are None.
            Of an archived case an empty dict
        """
        self.ensure_one()
        if not self.active:
            return {}
        # sudo: look-alikes are students whom the user need not see.
        effects = self.env["intervention.effect"].sudo()
        names, first = effects._today_fields(), ("on", *FIRST)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, %s, %s FROM intervention_effect effect
                    WHERE meeting_id = %s""",
                effects._is_of_now_sql(),
                _names(names),
                _names([f"first_{name}" for name in first]),
                self.id,
            )
        )
        [(is_of_now, *kept)] = rows or [[False] + [None] * len((*names, *first))]
        values = dict(zip(names, kept, strict=False))
        if not is_of_now or with_students:
            company = self.company_id.sudo()
            computed = effects._computed(company, self.ids, with_students)
            values = computed.get(self.id) or values
        first = dict(zip(first, kept[len(names) :], strict=True))
        return {**values, "first": first if first["on"] else None}

    def _change(self, vals):
        result = super()._change(vals)
        if "meeting_date" in vals:
            # Who was met until then may be similar to others now.
            # sudo: nobody has a right on it.
            self.env["intervention.effect.roll"].sudo()._note_change()
        if "student_id" in vals:
            # sudo: nobody has a right on it.
            effects = self.env["intervention.effect"].sudo()
            effects._forget_others(self, vals["student_id"])
        return result


def _names(names, table=None):
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )
