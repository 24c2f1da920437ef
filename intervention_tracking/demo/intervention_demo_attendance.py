from collections import defaultdict
from datetime import datetime, time, timedelta
from random import Random

import pytz
from odoo import api, models
from odoo.tools import SQL

from ..tools.day import today

# The school year has two terms, with a break of two weeks between them.
YEAR = timedelta(weeks=28)
SINCE_BREAK = timedelta(weeks=14)
BREAK = timedelta(days=11)
# One week in which every third student had the flu.
FLU = range(44, 52)
# Meetings follow worse weeks.
BEFORE_MEETING = timedelta(days=16)
MISSED_BEFORE = 0.3
MISSED_AFTER = {
    "open": 0.08,
    "monitoring": 0.05,
    "improving": 0.01,
    "not_improving": 0.2,
    "escalated": 0.25,
    "closed": 0.01,
}
USUALLY_MISSED = 0.01
USUALLY_LATE = 0.03
CODES = {
    "present": "P",
    "late": "L",
    "excused": "E",
    "unexcused": "A",
    "not_required": "",
}
# Reasons with which families usually call the school.
EXCUSED_CAUSES = ("health", "family")


class InterventionDemo(models.AbstractModel):
    """Two terms of marks up to yesterday, the same ones at every loading.

    They are told in days before the day of loading, as the meetings are, and so is the
    month in which the school year begins.
    """

    _inherit = "intervention.demo"

    @api.model
    def _load_attendance(self):
        if self._record("attendance_office_demo", raise_if_not_found=False):
            return
        this_day = today(self)
        company = self._record("class_7a_demo").company_id
        first = (this_day - YEAR).replace(day=1)
        self._begin_year(company, first.month)
        term = self._take_break(company, this_day)
        settings = self.env["intervention.settings"]
        last = this_day - timedelta(days=1)
        days = sorted(settings._open_days(company, first, last))
        marks = list(self._marks(days, this_day))
        attendance = self.env["intervention.attendance"]
        office, register = self._attendance_sources(company)
        self.env["intervention.attendance.code"].with_company(company)._add_set("plain")
        attendance._store((mark for mark in marks if mark[1] < term), office)
        attendance._store((mark for mark in marks if mark[1] >= term), register)
        self._note_bands(sorted({mark[0] for mark in marks}))
        self._compare_cases(company)

    def _begin_year(self, company, month):
        settings = self.env["intervention.settings"]
        own = settings.search([("company_id", "=", company.id)])
        own = own or settings.create({"company_id": company.id})
        own.year_start_month = str(month)

    def _take_break(self, company, this_day):
        """Close the school between the terms; return when the second one begins."""
        monday = this_day - timedelta(days=this_day.weekday()) - SINCE_BREAK
        calendar = company.resource_calendar_id
        zone = pytz.timezone(calendar.tz or "UTC")
        begin, end = (
            zone.localize(datetime.combine(day, at)).astimezone(pytz.utc)
            for day, at in ((monday, time.min), (monday + BREAK, time(23, 59, 59)))
        )
        closing = self.env["resource.calendar.leaves"].create(
            {
                "name": "Break between the terms",
                "company_id": company.id,
                "calendar_id": calendar.id,
                "date_from": begin.replace(tzinfo=None),
                "date_to": end.replace(tzinfo=None),
            }
        )
        self._give_name(closing, "attendance_break_demo")
        return monday + BREAK

    def _attendance_sources(self, company):
        """Return where the marks of the first and of the second term came from."""
        sources = self.env["intervention.attendance.source"]
        office = sources.create(
            {
                "name": "School Office",
                "kind": "file",
                "company_id": company.id,
                # Nobody waits for it to tell more.
                "active": False,
            }
        )
        self._give_name(office, "attendance_office_demo")
        return office, sources._of_registers(company)

    def _marks(self, days, this_day):
        """Return what the registers of the demo school say, for ``_store``."""
        students = {
            row["id"]: self._record(row["id"])
            for row in self._rows("res.partner-students.csv")
        }
        meetings = defaultdict(list)
        for meeting in self.env["intervention.meeting"].search(
            [("student_id", "in", [each.id for each in students.values()])],
            order="meeting_date",
        ):
            meetings[meeting.student_id].append(meeting)
        spells = defaultdict(list)
        for row in self._rows("attendance.csv"):
            spells[row["student"]].append(row)
        missing = self._missing_registers(days)
        for row in self._rows("res.partner-students.csv"):
            student = students[row["id"]]
            chance = Random(row["id"])
            ill = self._illness(days, this_day, chance)
            for day in days:
                meaning = self._meaning(
                    day, this_day, meetings[student], spells[row["id"]], ill, chance
                )
                if (row["school_class_id/id"], day) in missing:
                    continue
                late = chance.randint(1, 5) * 5 if meaning == "late" else 0
                yield (student.id, day, "", meaning, CODES[meaning], late, "")

    def _missing_registers(self, days):
        """Return of which classes and days there are no marks."""
        chance = Random("registers")
        classes = ("class_7a_demo", "class_7b_demo", "class_8a_demo", "class_8b_demo")
        missing = {
            (name, day) for name in classes for day in days if chance.random() < 0.015
        }
        return missing | {("class_8b_demo", day) for day in days[-2:]}

    def _illness(self, days, this_day, chance):
        """Return the days of a student's own illness, and of the flu."""
        start = chance.randrange(len(days))
        ill = set(days[start : start + chance.randint(2, 4)])
        if chance.random() < 0.3:
            week = [day for day in days if (this_day - day).days in FLU]
            ill |= set(week[chance.randint(0, 2) :][: chance.randint(2, 4)])
        return ill

    def _meaning(self, day, this_day, meetings, spells, ill, chance):
        """Return what a day was for a student.

        As many numbers are drawn on every day, so that a change of one pattern leaves
        the others as they are.
        """
        missed, late, excused = (chance.random() for _each in range(3))
        if day in ill:
            return "excused"
        share, excuse = USUALLY_MISSED, 0.7
        for meeting in meetings:
            if day >= meeting.meeting_date:
                share = MISSED_AFTER[meeting.status]
            elif day >= meeting.meeting_date - BEFORE_MEETING:
                share = max(share, MISSED_BEFORE)
            else:
                continue
            excuse = 0.7 if meeting.root_cause in EXCUSED_CAUSES else 0.25
        days_ago = (this_day - day).days
        for spell in spells:
            if int(spell["to_days_ago"]) <= days_ago <= int(
                spell["from_days_ago"]
            ) and (not spell["weekday"] or int(spell["weekday"]) == day.weekday()):
                if missed * 100 < int(spell["share"]):
                    return spell["meaning"]
                share = 0
        if missed < share:
            return "excused" if excused < excuse else "unexcused"
        return "late" if late < USUALLY_LATE else "present"

    def _note_bands(self, student_ids):
        """Note in the meetings with students in which band they were on that day."""
        self.env.flush_all()
        standings = self.env["intervention.attendance.standing"]
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_meeting m SET attendance_band = known.band
                     FROM (%s) known WHERE known.id = m.id""",
                standings._bands_on_sql(
                    SQL(
                        """SELECT id, student_id, company_id, meeting_date
                             FROM intervention_meeting WHERE student_id = ANY(%s)""",
                        student_ids,
                    )
                ),
            )
        )
        self.env["intervention.meeting"].invalidate_model(flush=False)

    def _compare_cases(self, company):
        """Compute what changed after the meetings, as the job does in the night."""
        effects = self.env["intervention.effect"]
        meetings = self.env["intervention.meeting"].search(
            [("company_id", "=", company.id)]
        )
        effects._keep(effects._computed(company, meetings.ids))
