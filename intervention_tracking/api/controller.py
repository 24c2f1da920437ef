import base64
import hashlib
import json

from odoo import api, http
from odoo.fields import Domain
from odoo.http import Response, content_disposition, request

from ..tools.day import today
from ..tools.exceptions import validation_error
from ..tools.figures import DEFINITIONS, MINIMUM_CASES
from ..tools.file_types import ENDINGS
from ..tools.text import clean_text
from . import dispatcher, openapi, parse, schema
from .pages import Pages
from .problem import Problem, invalid, not_found
from .route import find, read_upload, route

MEETINGS = f"{schema.BASE}/meetings"
PAGES = schema.PAGE_FILTERS
# What decides who sees a meeting.
WHOSE = {"student_id", "form_master_id"}
# What the rules of an update look at in its meeting.
NEEDED = (
    "active",
    "class_id",
    "company_id",
    "follow_up_date",
    "follow_up_reminded",
    "form_master_id",
    "meeting_date",
    "plan_kept",
    "plan_kept_reason",
    "resolution_notes",
    "status",
    "student_gone_from",
    "student_id",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def stream(registry, readonly, uid, context, export):
    """Yield the parts of a spreadsheet, as the user.

    The request's own transaction is over when the first part is asked for, so this has
    another one. It ends with the last part, or when the client goes away.

    :param bool readonly: whether the replica may be read, as by the request itself
    :param export: what makes them of the model
    """
    with registry.cursor(readonly=readonly) as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        env = api.Environment(cursor, uid, context)
        yield from export(env["intervention.meeting"])


def resolve_student(vals, faults):
    """Put the student that the number names into the values."""
    number = vals.pop("student_id_number", None)
    if not number:
        return
    students = request.env["res.partner"]
    _text, complaint = clean_text(request.env, number)
    if not complaint:
        # One who has left is found, and the model says so.
        students = students.with_context(active_test=False).search(
            [("is_intervention_student", "=", True), ("student_number", "=", number)]
        )
    fault = None
    if not students:
        fault = "No student has this number."
    elif "student_id" in vals or "student" in faults:
        if vals.get("student_id") not in students.ids:
            fault = "This is another student than the one of the key student."
    elif len(students) > 1:
        fault = "Students of several schools have this number. Send student."
    else:
        vals["student_id"] = students.id
    if fault:
        faults["student_id_number"] = [fault]
        # So that the student is not said to be missing.
        faults.setdefault("student", [])


class InterventionApi(Pages, http.Controller):
    """The HTTP API: calls the model, and writes the answer."""

    # --- meetings ---

    @route(
        "/meetings/",
        "GET",
        query=(*PAGES, schema.CURSOR_FILTER, *schema.MEETING_FILTERS),
        answer="MeetingPage",
        says="A page of meetings.",
    )
    def list_meetings(self, query):
        """List the meetings that the caller may see, newest first."""
        if "cursor" in query:
            domain = self._domain(query)
            return self._cursor_page(query, self._meetings._cursor_json, domain)
        return self._page(query, self._meetings._list_json, self._domain(query))

    @route(
        "/meetings/",
        "POST",
        access="create",
        body=schema.MEETING_CREATION,
        resolve=resolve_student,
        once=True,
        several=True,
        status=201,
        answer="MeetingDetail",
        says="The meeting recorded, or the meetings in the order in which they came.",
        headers=("ETag", "Location"),
    )
    def create_meeting(self, vals, once):
        """Record a meeting, or several: all of them or none.

        An error about several names the key after the place in the list, from 0, as
        `2.student`. Their answer has neither ETag nor Location.
        """
        meeting = once(lambda: self._meetings.create(vals))
        if isinstance(vals, list):
            return self._meetings._details_json(meeting.ids)
        text, headers = self._versioned(*meeting._made_json())
        location = f"{self._root}{MEETINGS}/{meeting.id}/"
        return text, {**headers, "Location": location}

    @route(
        "/meetings/{id}/",
        "GET",
        ids=("The meeting.",),
        answer="MeetingDetail",
        says="The meeting.",
        headers=("ETag",),
    )
    def read_meeting(self, id):
        """Read a meeting with its history."""
        return self._detail(id)

    @route(
        "/meetings/{id}/",
        "PUT",
        "PATCH",
        ids=("The meeting.",),
        access="write",
        if_match=True,
        body=schema.MEETING_CHANGE,
        resolve=resolve_student,
        answer="MeetingDetail",
        says="The meeting as it is now.",
        headers=("ETag",),
    )
    def update_meeting(self, record, vals):
        """Change the fields given; the others stay."""
        if vals:
            record.write(vals)
        if vals.keys() & WHOSE:
            # The caller may not see it any more.
            return self._detail(record.id)
        return self._versioned(*record._changed_json())

    @route(
        "/meetings/{id}/",
        "DELETE",
        ids=("The meeting.",),
        access="unlink",
        if_match=True,
        responses={"204": {"description": "The meeting is archived."}},
    )
    def delete_meeting(self, record):
        """Archive a meeting; an administrator can restore it."""
        record.unlink()
        return Response(status=204)

    @route(
        "/meetings/progress/",
        "POST",
        model="intervention.progress",
        access="create",
        body=schema.PROGRESS_CREATION,
        once=True,
        status=201,
        answer="Progress",
        says="The update added.",
    )
    def add_progress(self, vals, once):
        """Add a note, with a new status and next date if given."""

        def add():
            if "meeting_id" not in vals:
                # What is wrong with the keys is told.
                raise validation_error({})
            meeting = find("intervention.meeting", vals.pop("meeting_id"), names=NEEDED)
            return meeting.add_progress(vals.pop("update_text", ""), **vals)

        return self._meetings._made_progress_json(once(add))

    @route(
        "/meetings/progress/{id}/retract/",
        "POST",
        ids=("The update.",),
        model="intervention.progress",
        access="read",
        body=schema.RETRACTION_CREATION,
        once=True,
        answer="Progress",
        says="The update, without its text.",
    )
    def retract_progress(self, record, vals, once):
        """Retract an update that was entered by mistake, as on a wrong meeting.

        Only for its author and administrators. It stays, without its text and with who
        retracted it, when and why; the status that came with it stands.
        """
        once(lambda: record.retract(vals.get("reason", "")))
        return self._meetings._progress_json(record)

    @route(
        "/meetings/{id}/changes/{change_id}/retract/",
        "POST",
        ids=("The meeting.", "The change."),
        access="write",
        body=schema.RETRACTION_CREATION,
        once=True,
        answer="MeetingDetail",
        says="The meeting as it is now.",
        headers=("ETag",),
    )
    def retract_change(self, record, change_id, vals, once):
        """Retract a change of a text or of the student: both values are hidden.

        Only for who made the change and administrators. What the meeting says now
        stays.
        """
        change = find("intervention.change", change_id, record)
        once(lambda: change.retract(vals.get("reason", "")))
        return self._detail(record.id)

    @route(
        "/meetings/changes/",
        "GET",
        query=schema.FEED_FILTERS,
        # Only there PostgreSQL knows which transactions have not ended.
        primary=True,
        answer="Feed",
        says="What happened to which meetings.",
    )
    def list_changes(self, query):
        """Tell what happened since, so that a copy can be kept right."""
        limit, _offset = parse.page(query)
        try:
            return self._meetings._feed_json(query.get("since"), limit)
        except ValueError as error:
            fault = "Send the cursor of an answer that you got here, or leave it out."
            raise invalid({"since": [fault]}) from error

    # --- files ---

    @route(
        "/meetings/{id}/attachments/",
        "GET",
        ids=("The meeting.",),
        query=PAGES,
        answer="AttachmentPage",
        says="A page of files.",
    )
    def list_attachments(self, id, query):
        """List the files of a meeting and its updates, newest first."""
        return self._page(query, self._meetings._files_json, id)

    @route(
        "/meetings/{id}/attachments/",
        "POST",
        ids=("The meeting.",),
        access="write",
        upload=True,
        once=True,
        status=201,
        answer="Attachment",
        says="The file added.",
        headers=("Location",),
    )
    def add_attachment(self, record, once):
        """Add a file to a meeting; the body is the file as it is."""
        files = request.env["intervention.file"]
        data = read_upload(files._max_size(record.company_id))
        name = parse.file_name(request.httprequest.headers.get("Content-Disposition"))
        sent = {"name": name, "content": hashlib.sha256(data).hexdigest()}
        values = {
            "name": name,
            "content": base64.b64encode(data),
            "meeting_id": record.id,
        }
        file = once(lambda: files.create(values), sent)
        _exists, count, results = record._files_json(record.id, 1, 0, file.id)
        if not count:
            raise not_found()
        path = f"{MEETINGS}/{record.id}/attachments/{file.id}/"
        # The page has this file alone.
        return results[1:-1], {"Location": f"{self._root}{path}"}

    @route(
        "/meetings/{id}/attachments/{attachment_id}/",
        "GET",
        ids=("The meeting.", "The file."),
        responses={
            "200": {
                "description": "The file.",
                "headers": openapi.headers("Content-Disposition", "ETag"),
                "content": {kind: {"schema": openapi.FILE} for kind in ENDINGS},
            },
            "304": {"description": "It is the one of If-None-Match."},
        },
    )
    def read_attachment(self, id, attachment_id):
        """Download a file."""
        _exists, count, _results = self._meetings._files_json(id, 1, 0, attachment_id)
        if not count:
            raise not_found()
        file = request.env["intervention.file"].browse(attachment_id)
        if not file.has_access("read"):
            raise not_found()
        stream = request.env["ir.binary"]._get_stream_from(file, "content")
        environ = dict(request.httprequest.environ)
        # The whole file or nothing: a part that can't be given would be an error.
        environ.pop("HTTP_RANGE", None)
        response = stream.get_response(as_attachment=True, environ=environ)
        response.headers.pop("Accept-Ranges", None)
        return response

    @route(
        "/meetings/{id}/attachments/{attachment_id}/retract/",
        "POST",
        ids=("The meeting.", "The file."),
        access="write",
        body=schema.RETRACTION_CREATION,
        once=True,
        answer="Attachment",
        says="The file, without its name.",
    )
    def retract_attachment(self, record, attachment_id, vals, once):
        """Retract a file of the wrong child: its name and content are hidden.

        Only for who added it and administrators, who can still download it.
        """
        # sudo: a repeat names a file that its author does not see any more.
        file = find("intervention.file", attachment_id, record, sudo=True)
        once(lambda: file.sudo(False).retract(vals.get("reason", "")))
        _exists, _count, results = record._files_json(record.id, 1, 0, file.id)
        return results[1:-1]

    # --- students and numbers ---

    @route(
        "/meetings/student/{id}/",
        "GET",
        ids=("The student.",),
        query=PAGES,
        answer="MeetingPage",
        says="A page of the history.",
    )
    def read_student_history(self, id, query):
        """List a student's meetings with their updates, newest first."""
        return self._page(query, self._meetings._history_json, id)

    @route(
        "/meetings/recurring/",
        "GET",
        query=PAGES,
        answer="RecurringStudents",
        says="A page of students.",
    )
    def list_recurring_students(self, query):
        """List the students with two or more meetings."""
        limit, offset = parse.page(query)
        text, length = self._meetings._recurring_json(limit, offset)
        if offset and not length:
            raise not_found()
        return text

    @route("/meetings/stats/", "GET", answer="Statistics", says="The numbers.")
    def read_statistics(self):
        """Count the meetings that the caller may see."""
        return self._meetings._statistics_json()

    @route(
        "/meetings/analytics/",
        "GET",
        query=schema.ANALYTICS_FILTERS,
        answer="Analytics",
        says="The figures.",
    )
    def read_analytics(self, query):
        """Tell in figures how the cases go, in all and by group."""
        first, last = query.get("from"), query.get("to")
        if first and last and first > last:
            raise invalid({"from": ["This must not be after the day of `to`."]})
        group_by = query.get("group_by")
        figures = self._meetings.get_analytics(first, last, group_by)
        return json.dumps(
            {
                "from": first and first.isoformat(),
                "to": last and last.isoformat(),
                "group_by": group_by,
                "minimum_cases": MINIMUM_CASES,
                "definitions": DEFINITIONS,
                "total": figures["total"],
                "groups": figures["groups"].get(group_by, []),
            }
        )

    @route(
        "/meetings/export.csv",
        "GET",
        check="_check_may_export",
        query=schema.CSV_FILTERS,
        responses={
            "200": {
                "description": "A spreadsheet in UTF-8 with a byte order mark, by RFC "
                "4180. The first line has the keys of a meeting. A text that a "
                "spreadsheet would take for a formula has an apostrophe before it. It "
                "is sent while it is read, so that its length is not known before.",
                "headers": openapi.headers("Content-Disposition"),
                "content": {"text/csv": {"schema": {"type": "string"}}},
            }
        },
    )
    def export_meetings(self, query):
        """Export the meetings of the list, all of them, as CSV.

        Only for users with the right Export of Interventions.
        """
        separator = schema.SEPARATORS[query.pop("separator", "comma")]
        domain = self._domain(query)
        return self._export(
            domain,
            lambda meetings: map(str.encode, meetings._export_csv(domain, separator)),
            "csv",
            "text/csv; charset=utf-8; header=present",
        )

    @route(
        "/meetings/export.xlsx",
        "GET",
        check="_check_may_export",
        query=schema.MEETING_FILTERS,
        responses={
            "200": {
                "description": "A workbook with the same columns, in which dates are "
                "dates, numbers are numbers, and times are in the caller's time zone.",
                "headers": openapi.headers("Content-Disposition"),
                "content": {XLSX: {"schema": openapi.FILE}},
            }
        },
    )
    def export_workbook(self, query):
        """Export the meetings of the list, all of them, as a workbook.

        Only for users with the right Export of Interventions.
        """
        domain = self._domain(query)
        return self._export(
            domain, lambda meetings: meetings._export_xlsx(domain), "xlsx", XLSX
        )

    def _export(self, domain, export, ending, kind):
        self._meetings._visible(domain)
        day = today(self._meetings)
        env = request.env
        return Response(
            stream(env.registry, env.cr.readonly, env.uid, dict(env.context), export),
            headers={
                "Content-Type": kind,
                "Content-Disposition": content_disposition(
                    f"interventions-{day}.{ending}"
                ),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    # --- attendance ---

    @route(
        "/attendance/needs-a-talk/",
        "GET",
        query=schema.NEEDS_TALK_FILTERS,
        answer="NeedsTalkPage",
        says="A page of students, worst first.",
    )
    def list_needs_talk(self, query):
        """List the students whom somebody should talk to.

        Their absences call for it, they have no active meeting of anybody, and nobody
        has talked to them since. Who was put off is left out until then.
        """
        self._check_known(query)
        domain = Domain.TRUE
        for name, field, operator, value in (
            ("class", "class_id", "=", query.get("class")),
            ("band", "band", "in", query.get("band")),
            ("in_a_row", "row_since", "!=" if query.get("in_a_row") else "=", False),
        ):
            if name in query:
                domain &= Domain(field, operator, value)
        standing = request.env["intervention.attendance.standing"]
        return self._page(query, standing._needs_talk_json, domain)

    # --- the API itself ---

    @route(
        "/openapi.json",
        "GET",
        responses={
            "200": {
                "description": "An OpenAPI 3.1 document.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )
    def read_description(self):
        """This description."""
        return openapi.document(self._root)

    @http.route(
        [f"{schema.BASE}/", f"{schema.BASE}/<intervention_rest:path>"],
        type=dispatcher.InterventionApiDispatcher.routing_type,
        auth="intervention_api",
        readonly=True,
        sitemap=False,
    )
    def refuse(self, path=""):
        """Answer for every other path, and for a wrong method of a path above."""
        allowed = dispatcher.allowed_methods()
        if allowed:
            raise Problem(
                "method_not_allowed",
                f"Allowed here: {allowed}.",
                headers={"Allow": allowed},
            )
        raise not_found()

    # --- helpers ---

    @property
    def _meetings(self):
        return request.env["intervention.meeting"]

    def _detail(self, meeting_id):
        return self._versioned(*self._meetings._detail_json(meeting_id))

    def _versioned(self, version, text):
        if text is None:
            raise not_found()
        return text, {"ETag": f'"{version}"'}

    def _domain(self, arguments):
        self._check_known(arguments)
        domain = Domain.TRUE
        for name, field, operator in (
            ("status", "status", "in"),
            ("urgency", "urgency_level", "in"),
            ("root_cause", "root_cause", "in"),
            ("student", "student_id", "="),
            ("student_id_number", "student_id.student_number", "="),
            ("form_master", "form_master_id", "="),
            ("class", "class_id", "="),
            ("search", "student_id.person_search", "ilike"),
            ("company", "company_id", "in"),
            ("overdue", "is_overdue", "="),
            ("student_active", "has_student_left", "!="),
            ("meeting_date_from", "meeting_date", ">="),
            ("meeting_date_to", "meeting_date", "<="),
        ):
            if name in arguments:
                domain &= Domain(field, operator, arguments[name])
        if since := arguments.get("updated_since"):
            domain &= (
                Domain("write_date", ">=", since)
                | Domain("progress_ids.create_date", ">=", since)
                | Domain("retraction_ids.create_date", ">=", since)
            )
        return domain
