import base64
import csv
from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.tools import SQL, file_open

from ..tools.day import today

FRIDAY = 4


class InterventionDemo(models.AbstractModel):
    """Loads the meetings of the demo data, told in days before the day of loading.

    The rules allow no history to be written afterwards. So each meeting is recorded
    through the ORM, and the past is then given to it in SQL, by the same rules: the
    meetings come in the order of their days, so that a case is closed before the next
    one for the same cause is recorded.
    """

    _name = "intervention.demo"
    _description = "Demo Data of Interventions"

    @api.model
    def _load(self):
        rows = self._rows("meetings.csv")
        if self._record(rows[0]["id"], raise_if_not_found=False):
            return
        progress_rows = defaultdict(list)
        for row in self._rows("progress.csv"):
            progress_rows[row["meeting"]].append(row)
        meetings = self.env["intervention.meeting"]
        for number, row in enumerate(rows):
            meeting = self._load_meeting(number, row, progress_rows[row["id"]])
            self._give_name(meeting, row["id"])
            meetings |= meeting
        self._load_files()
        self._load_activities(meetings)

    def _load_meeting(self, number, row, progress_rows):
        """Record a meeting and its history as they would have been made at their time.

        :param int number: gives the time of day
        :param dict row: of ``meetings.csv``
        :param list progress_rows: its rows of ``progress.csv``
        """
        student = self._record(row["student"])
        form_master = student.school_class_id.form_master_id
        recorded = self._moment(row["days_ago"], number)
        meeting = (
            self.env["intervention.meeting"]
            .with_user(form_master)
            # Nobody is to be told today of what was escalated then; sudo, as no user
            # may leave that out.
            .sudo()
            .with_context(tracking_disable=True, mail_activity_automation_skip=True)
            .create(
                {
                    "student_id": student.id,
                    "meeting_date": recorded.date(),
                    "absence_reason": row["absence_reason"],
                    "root_cause": row["root_cause"],
                    "plan_template_id": self._record_id(row["plan_template"]),
                    "intervention_notes": row["intervention_notes"],
                    "action_plan": row["action_plan"],
                    "urgency_level": row["urgency_level"],
                    "status": row["recorded_as"],
                }
            )
        )
        self.env.flush_all()
        status, author, moment = row["recorded_as"], form_master, recorded
        closed_date = None
        for offset, progress in enumerate(progress_rows, start=1):
            author = self._record(progress["author"] or "") or form_master
            moment = self._moment(progress["days_ago"], number + offset)
            new_status = progress["new_status"] or status
            if new_status == "closed" != status:
                closed_date = moment.date()
            self._insert(
                "intervention_progress",
                author,
                moment,
                meeting_id=meeting.id,
                update_text=progress["update_text"],
                happened_on=moment.date(),
                old_status=status,
                new_status=new_status,
            )
            status = new_status
        answer = {name: row[name] or None for name in ("plan_kept", "plan_kept_reason")}
        for name, value in answer.items():
            if value:
                self._insert(
                    "intervention_change",
                    author,
                    moment,
                    meeting_id=meeting.id,
                    field_name=name,
                    new_value=value,
                )
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_meeting
                      SET plan_kept = %s, plan_kept_reason = %s,
                          status = %s, follow_up_date = %s, resolution_notes = %s,
                          closed_date = %s, follow_up_reminded = %s,
                          create_date = %s, write_uid = %s, write_date = %s
                    WHERE id = %s""",
                *answer.values(),
                status,
                self._follow_up_date(row["follow_up_in_days"]),
                row["resolution_notes"] or None,
                closed_date,
                # Its reminder was made at the time, and done with.
                closed_date is not None,
                recorded,
                author.id,
                moment,
                meeting.id,
            )
        )
        meeting.invalidate_recordset(flush=False)
        return meeting.with_env(self.env)

    def _load_files(self):
        """Add files to updates of that day, as who wrote the update."""
        for row in self._rows("files.csv"):
            meeting = self._record(row["meeting"])
            day = self._moment(row["days_ago"], 0).date()
            update = meeting.progress_ids.filtered(
                lambda progress, day=day: progress.create_date.date() == day
            )
            with file_open(f"intervention_tracking/demo/{row['name']}", "rb") as file:
                added = (
                    self.env["intervention.file"]
                    .with_user(update.create_uid)
                    .create(
                        {
                            "name": row["name"],
                            "content": base64.b64encode(file.read()),
                            "meeting_id": meeting.id,
                        }
                    )
                )
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE intervention_file SET create_date = %s WHERE id = %s",
                    update.create_date,
                    added.id,
                )
            )
            added._hand_over(meeting, update)

    def _load_activities(self, meetings):
        """Make the activities that are waiting today, without a mail."""
        this_day = today(self)
        # Today's are left for the scheduled action.
        meetings.filtered(
            lambda meeting: (
                meeting.status != "closed"
                and meeting.follow_up_date
                and meeting.follow_up_date < this_day
            )
        )._schedule_follow_ups()
        for meeting in meetings.filtered(lambda meeting: meeting.status == "escalated"):
            before = meeting.activity_ids
            meeting.with_user(meeting.form_master_id).with_context(
                mail_activity_quick_update=True
            )._tell_escalation()
            change = meeting.progress_ids.filtered("is_status_change")[:1]
            (meeting.activity_ids - before).date_deadline = (
                change or meeting
            ).create_date.date()

    @api.model
    def _insert(self, table, author, moment, **values):
        """Put an entry into the history, as its author did at that time.

        :return: the id of the entry
        """
        values.update(
            create_uid=author.id,
            create_date=moment,
            write_uid=author.id,
            write_date=moment,
        )
        [(entry_id,)] = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, values)),
                tuple(values.values()),
            )
        )
        return entry_id

    @api.model
    def _rows(self, name):
        with file_open(f"intervention_tracking/demo/{name}") as file:
            return list(csv.DictReader(file))

    @api.model
    def _record(self, name, raise_if_not_found=True):
        return name and self.env.ref(
            f"intervention_tracking.{name}", raise_if_not_found=raise_if_not_found
        )

    @api.model
    def _record_id(self, name):
        """Return the id of a record of the demo data; None when there is no name."""
        return self._record(name).id if name else None

    @api.model
    def _give_name(self, record, name):
        """Give a record the external id by which others of the demo data name it."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"intervention_tracking.{name}",
                    "record": record,
                    "noupdate": True,
                }
            ]
        )

    @api.model
    def _moment(self, days_ago, number):
        """Return a time in school hours of that day, or of the Friday before it."""
        date = self._school_day(today(self) - timedelta(days=int(days_ago)))
        return datetime.combine(date, time(8 + number % 7, number * 17 % 60))

    @api.model
    def _follow_up_date(self, in_days):
        if not in_days:
            return None
        days = timedelta(days=int(in_days))
        return self._school_day(today(self) + days, days)

    @api.model
    def _school_day(self, date, ahead=timedelta(days=-1)):
        """Move a date off the weekend, away from today, and leave today as it is."""
        beyond = date.weekday() - FRIDAY
        if beyond <= 0 or not ahead:
            return date
        return date + timedelta(days=3 - beyond if ahead.days > 0 else -beyond)
