from odoo import api, models
from odoo.tools import format_date

from ..tools.day import today
from ..tools.text import isolate


class ReportFamilyRecord(models.AbstractModel):
    _name = "report.intervention_tracking.report_family_record"
    _description = "Meeting Record for the Family"
    _inherit = ["intervention.paper"]

    @api.model
    def _get_report_values(self, docids, data=None):
        meetings = self._readable("intervention.meeting", docids)
        documents = [self._document(meeting) for meeting in meetings]
        values = self._common_values(data)
        langs = {document["lang"] for document in documents}
        if len(langs) == 1:
            values["family_lang"] = langs.pop()
        return {**values, "documents": documents}

    def _document(self, meeting):
        lang = meeting._family_lang()
        meeting = meeting.with_context(lang=lang)
        student = meeting.student_id
        owner = meeting.form_master_id
        contact = owner.partner_id if owner.active else owner.partner_id.browse()
        return {
            "meeting": meeting,
            "lang": lang,
            "direction": self._direction(lang),
            # "We": today's form master need not be the one who met the student.
            "introduction": meeting.env._(
                "On %(date)s, we met %(student)s to talk about missing school. This "
                "page says what was agreed.",
                date=format_date(meeting.env, meeting.meeting_date, date_format="long"),
                student=isolate(meeting.env, student.name),
            ),
            "follow_up_date": self._next_date(meeting),
            "contact": contact,
        }

    def _next_date(self, meeting):
        """Return the day of the follow-up, unless it has passed or the case is over."""
        due = meeting.follow_up_date
        ahead = due and due >= today(self)
        return due if ahead and meeting.status != "closed" else False
