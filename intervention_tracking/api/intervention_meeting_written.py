import json
from datetime import timezone

from odoo import models
from odoo.tools import SQL

from ..models.intervention_meeting_effect import NOTHING_KNOWN
from ..tools.sql import user_name
from .intervention_meeting_query import HAS_DAYS, UPDATES, author_name, retracted

NO_UPDATES = (0, None, 0, "[]")
NO_CHANGES = (None, None, "[]")


class InterventionMeeting(models.Model):
    """What who writes is answered: what is known of the record, not read once more.

    Reading a meeting as others do takes as long as making it. The keys are those of
    ``intervention_meeting_query.py``, which read the rest of the answer.
    """

    _inherit = "intervention.meeting"

    def _made_json(self):
        """Return version and text of JSON of a meeting that this request has made.

        One that an earlier request made, which is repeated, is read.
        """
        if not self._is_new(self):
            return self._detail_json(self.id)
        # What is kept of it when days are not any more can't be there yet.
        [(has_days,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM intervention_attendance
                                   WHERE student_id = %s AND company_id = %s)""",
                self.student_id.id,
                self.company_id.id,
            )
        )
        # sudo: the API names student and people to whoever sees the meeting.
        meeting = self.sudo()
        student = meeting.student_id
        people = (meeting.form_master_id.name, meeting.create_uid.name)
        names = (student.name, student.student_number or None, *people)
        return self._known_json(has_days, names, NO_UPDATES, NO_CHANGES)

    def _changed_json(self):
        """Return version and text of JSON of a meeting that this request has changed.

        Its owner, student and company must be as they were: who has changed these may
        not see it any more.
        """
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """WITH page AS (
                       SELECT %(values)s, %(owner_name)s AS owner_name),
                   retracted AS MATERIALIZED (%(retracted)s)
                   SELECT %(has_days)s, s.name, s.student_number, page.owner_name,
                          %(author_name)s, updates.entries, updates.last_date,
                          COALESCE(updates.last_id, 0), %(updates)s::text,
                          (SELECT MAX(create_date) FROM retracted),
                          (SELECT MAX(id) FROM retracted), (%(changes)s)::text
                     FROM page %(joins)s""",
                values=SQL(", ").join(
                    SQL("%s AS %s", value, SQL.identifier(name))
                    for name, value in (
                        ("id", self.id),
                        ("student_id", self.student_id.id),
                        ("company_id", self.company_id.id),
                        ("form_master_id", self.form_master_id.id),
                    )
                ),
                owner_name=user_name(SQL("%s", self.form_master_id.id)),
                retracted=retracted("meeting_id = %s", self.id),
                has_days=HAS_DAYS,
                author_name=author_name(SQL("%s", self.create_uid.id)),
                updates=UPDATES,
                changes=self._changes_sql(),
                joins=self._page_joins(),
            )
        )
        return self._known_json(row[0], row[1:5], row[5:9], row[9:])

    def _known_json(self, has_days, names, updates, changes):
        """Return the version and the text of JSON of a meeting in the cache.

        :param bool has_days: whether any school day about it may be known
        :param names: of the student, their number, of the form master and the author
        :param updates: how many updates it has, when the last one was made, its id, and
            all of them as the text of JSON
        :param changes: when something was retracted last, the id of that retraction,
            and all changes as the text of JSON
        """
        student_name, student_number, owner_name, author_name = names
        entries, last_update, last_id, updates_text = updates
        last_retraction, retraction_id, changes_text = changes
        told_at = filter(None, (self.write_date, last_update, last_retraction))
        effect = self._effects_json().get(self.id) if has_days else None
        text = json.dumps(
            {
                "id": self.id,
                "student": self.student_id.id,
                "student_name": student_name,
                "student_id_number": student_number,
                "meeting_date": _day(self.meeting_date),
                "absence_reason": self.absence_reason,
                "root_cause": self.root_cause,
                "intervention_notes": self.intervention_notes,
                "action_plan": self.action_plan,
                "follow_up_date": _day(self.follow_up_date),
                "urgency_level": self.urgency_level,
                "status": self.status,
                "resolution_notes": self.resolution_notes or "",
                "form_master": self.form_master_id.id,
                "form_master_name": owner_name,
                "created_by": self.create_uid.id,
                "created_by_name": author_name,
                "progress_count": entries,
                "days_since_meeting": self.days_since_meeting,
                "is_overdue": self.is_overdue,
                "student_active": not self.has_student_left,
                "created_at": _time(self.create_date),
                "updated_at": _time(max(told_at)),
                "plan_kept": self.plan_kept or None,
                "plan_kept_reason": self.plan_kept_reason or None,
                "plan_kept_text": self.plan_kept_text or "",
                "effect": effect or self._effect_told(NOTHING_KNOWN),
            }
        )
        version = [self.id, _microseconds(self.write_date), last_id, retraction_id]
        return (
            "-".join(str(each) for each in version if each is not None),
            f'{text[:-1]}, "progress_updates": {updates_text}, '
            f'"changes": {changes_text}}}',
        )

    def _made_progress_json(self, progress):
        """Return the text of JSON of an update that this request has added."""
        if not self._is_new(progress):
            return self._progress_json(progress)
        # sudo: the API names the author to whoever sees the update.
        author = progress.sudo().create_uid
        return json.dumps(
            {
                "id": progress.id,
                "meeting": progress.meeting_id.id,
                "update_text": progress.update_text or "",
                "happened_on": _day(progress.happened_on),
                "old_status": progress.old_status,
                "new_status": progress.new_status,
                "retracted": None,
                "created_by": author.id,
                "created_by_name": author.name,
                "created_at": _time(progress.create_date),
            }
        )

    def _is_new(self, record):
        """Tell whether this transaction has made a record."""
        return record.create_date == self.env.cr.now()


def _day(day):
    return day.isoformat() if day else None


def _time(moment):
    return f"{moment.isoformat(timespec='microseconds')}Z"


def _microseconds(moment):
    moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
