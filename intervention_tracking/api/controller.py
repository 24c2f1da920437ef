import hashlib
import json
from urllib.parse import urlencode

from odoo import api, fields, http
from odoo.fields import Domain
from odoo.http import Response, content_disposition, request
from werkzeug.exceptions import RequestEntityTooLarge

from ..tools.figures import DEFINITIONS, MINIMUM_CASES
from ..tools.text import clean_text
from . import dispatcher, openapi, parse, schema
from .problem import Problem, invalid, not_found

MEETINGS = f"{schema.BASE}/meetings"


def route(path, *methods, upload=False):
    """Declare an endpoint of the API; a replica, where there is one, serves reads.

    The body of an upload is a file, and the endpoint looks after its size.
    """
    return http.route(
        path,
        type=dispatcher.InterventionApiDispatcher.routing_type,
        auth="intervention_api",
        methods=list(methods),
        readonly=methods == ("GET",),
        # One more than there may be: werkzeug cuts a body in chunks off at the limit.
        max_content_length=(schema.MAX_FILE if upload else schema.MAX_BODY) + 1,
        intervention_upload=upload,
        sitemap=False,
    )


def answer(text, status=200, **headers):
    """Return the text of JSON as a response."""
    return Response(
        text,
        status=status,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-store",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )


def stream(registry, uid, context, domain):
    """Yield the spreadsheet of the meetings in the domain, as the user.

    The request's own transaction is over when the first part is asked for, so this has
    another one. It ends with the last part, or when the client goes away.
    """
    with registry.cursor(readonly=True) as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        env = api.Environment(cursor, uid, context)
        for part in env["intervention.meeting"]._export_csv(domain):
            yield part.encode()


class InterventionApi(http.Controller):
    """The HTTP API: reads the request, calls the model, writes the answer."""

    # --- meetings ---

    @route(f"{MEETINGS}/", "GET")
    def list_meetings(self):
        """A page of the meetings that the caller may see."""
        arguments = self._query(*schema.PAGE_FILTERS, *schema.MEETING_FILTERS)
        limit, offset = parse.page(arguments)
        count, results = self._meetings._list_json(
            self._domain(arguments), limit, offset
        )
        return self._page(count, results, limit, offset)

    @route(f"{MEETINGS}/", "POST")
    def create_meeting(self):
        """Record a meeting."""
        self._query()
        self._meetings.check_access("create")
        document = self._body()

        def create():
            vals, faults = parse.values(schema.MEETING, document, complete=True)
            self._resolve_student(vals, faults)
            named = {"student", "student_id_number"} & faults.keys()
            if not named and "student_id" not in vals:
                faults["student"] = ["Name the student."]
            self._meetings._check_may_choose_owner(vals)
            _complete, problems = self._meetings._checked_creation(vals)
            self._refuse(faults, problems)
            return self._meetings.create(vals)

        meeting = self._once(document, create)
        version, text = self._meetings._detail_json(meeting.id)
        if text is None:
            raise not_found()
        return answer(
            text,
            201,
            Location=f"{self._root}{MEETINGS}/{meeting.id}/",
            ETag=f'"{version}"',
        )

    @route(f"{MEETINGS}/<intervention_id:meeting_id>/", "GET")
    def read_meeting(self, meeting_id):
        """One meeting with its history."""
        self._query()
        return self._detail(meeting_id)

    @route(f"{MEETINGS}/<intervention_id:meeting_id>/", "PUT", "PATCH")
    def update_meeting(self, meeting_id):
        """Change the fields given; the others stay."""
        self._query()
        meeting = self._visible_meeting(meeting_id)
        meeting.check_access("write")
        self._check_if_match(meeting)
        vals, faults = parse.values(schema.MEETING, self._body())
        self._resolve_student(vals, faults)
        meeting._check_may_choose_owner(vals)
        _complete, problems = meeting._checked_change(vals)
        self._refuse(faults, problems)
        if vals:
            meeting.write(vals)
        return self._detail(meeting.id)

    @route(f"{MEETINGS}/<intervention_id:meeting_id>/", "DELETE")
    def delete_meeting(self, meeting_id):
        """Archive a meeting."""
        self._query()
        meeting = self._visible_meeting(meeting_id)
        self._check_if_match(meeting)
        meeting.unlink()
        return Response(status=204)

    @route(f"{MEETINGS}/progress/", "POST")
    def add_progress(self):
        """Add a note to a meeting, with a new status and next date if given."""
        self._query()
        request.env["intervention.progress"].check_access("create")
        document = self._body()

        def add():
            vals, faults = parse.values(schema.PROGRESS_INPUT, document, complete=True)
            text = vals.get("update_text")
            if text is not None and not text.strip():
                faults["update_text"] = ["Write what happened."]
            if "meeting" in faults:
                raise invalid(faults)
            meeting = self._visible_meeting(vals.pop("meeting_id"))
            if faults:
                raise invalid(faults)
            return meeting.add_progress(**vals)

        progress = self._once(document, add)
        return answer(self._meetings._progress_json(progress), 201)

    # --- files ---

    @route(f"{MEETINGS}/<intervention_id:meeting_id>/attachments/", "GET")
    def list_attachments(self, meeting_id):
        """A page of the files of a meeting and of its updates."""
        limit, offset = parse.page(self._query(*schema.PAGE_FILTERS))
        exists, count, results = self._meetings._files_json(
            self._id(meeting_id), limit, offset
        )
        if not exists:
            raise not_found()
        return self._page(count, results, limit, offset)

    @route(f"{MEETINGS}/<intervention_id:meeting_id>/attachments/", "POST", upload=True)
    def add_attachment(self, meeting_id):
        """Add a file, which is the body as it is, to a meeting."""
        self._query()
        meeting = self._visible_meeting(meeting_id)
        meeting.check_access("write")
        files = request.env["ir.attachment"]
        data = self._upload(files._max_size(meeting.company_id))
        if not data:
            raise invalid({"body": ["The file is empty."]})
        name = parse.file_name(request.httprequest.headers.get("Content-Disposition"))

        def add():
            return files.create(
                {
                    "name": name,
                    "raw": data,
                    "res_model": meeting._name,
                    "res_id": meeting.id,
                }
            )

        content = hashlib.sha256(data).hexdigest()
        file = self._once({"name": name, "content": content}, add)
        _exists, count, results = meeting._files_json(meeting.id, 1, 0, file.id)
        if not count:
            raise not_found()
        path = f"{MEETINGS}/{meeting.id}/attachments/{file.id}/"
        # The page has this file alone.
        return answer(results[1:-1], 201, Location=f"{self._root}{path}")

    @route(
        f"{MEETINGS}/<intervention_id:meeting_id>/attachments"
        "/<intervention_id:attachment_id>/",
        "GET",
    )
    def read_attachment(self, meeting_id, attachment_id):
        """The file itself."""
        self._query()
        attachment_id = self._id(attachment_id)
        _exists, count, _results = self._meetings._files_json(
            self._id(meeting_id), 1, 0, attachment_id
        )
        if not count:
            raise not_found()
        stream = request.env["ir.attachment"].browse(attachment_id)._to_http_stream()
        environ = dict(request.httprequest.environ)
        # The whole file or nothing: a part that can't be given would be an error.
        environ.pop("HTTP_RANGE", None)
        response = stream.get_response(as_attachment=True, environ=environ)
        response.headers.pop("Accept-Ranges", None)
        return response

    # --- students and numbers ---

    @route(f"{MEETINGS}/student/<intervention_id:student_id>/", "GET")
    def read_history(self, student_id):
        """A student's meetings with their updates."""
        limit, offset = parse.page(self._query(*schema.PAGE_FILTERS))
        exists, count, results = self._meetings._history_json(
            self._id(student_id), limit, offset
        )
        if not exists:
            raise not_found()
        return self._page(count, results, limit, offset)

    @route(f"{MEETINGS}/recurring/", "GET")
    def list_recurring(self):
        """The students with two or more meetings."""
        limit, offset = parse.page(self._query(*schema.PAGE_FILTERS))
        text, length = self._meetings._recurring_json(limit, offset)
        if offset and not length:
            raise not_found()
        return answer(text)

    @route(f"{MEETINGS}/stats/", "GET")
    def read_statistics(self):
        """The counters of the dashboard."""
        self._query()
        return answer(self._meetings._statistics_json())

    @route(f"{MEETINGS}/analytics/", "GET")
    def read_analytics(self):
        """The figures of the analysis."""
        arguments = self._query(*schema.ANALYTICS_FILTERS)
        first, last = arguments.get("from"), arguments.get("to")
        if first and last and first > last:
            raise invalid({"from": ["This must not be after the day of `to`."]})
        group_by = arguments.get("group_by")
        figures = self._meetings.get_analytics(first, last, group_by)
        return answer(
            json.dumps(
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
        )

    @route(f"{MEETINGS}/export.csv", "GET")
    def export_meetings(self):
        """The meetings of the list, all of them, as a spreadsheet."""
        # Who may not have it is told so before the first byte is sent.
        self._meetings._check_may_export()
        domain = self._domain(self._query(*schema.MEETING_FILTERS))
        self._meetings._visible(domain)
        today = fields.Date.context_today(self._meetings)
        env = request.env
        return Response(
            stream(env.registry, env.uid, dict(env.context), domain),
            headers={
                "Content-Type": "text/csv; charset=utf-8; header=present",
                "Content-Disposition": content_disposition(
                    f"interventions-{today}.csv"
                ),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    # --- the API itself ---

    @route(f"{schema.BASE}/openapi.json", "GET")
    def describe(self):
        """The OpenAPI description of all of this."""
        self._query()
        return answer(openapi.document(self._root))

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
                405,
                "method_not_allowed",
                f"Allowed here: {allowed}.",
                headers={"Allow": allowed},
            )
        raise not_found()

    # --- helpers ---

    @property
    def _meetings(self):
        return request.env["intervention.meeting"]

    @property
    def _root(self):
        return request.httprequest.host_url.rstrip("/")

    def _query(self, *filters):
        return parse.query(filters, request.httprequest.args)

    def _body(self):
        data = request.httprequest.get_data()
        if len(data) > schema.MAX_BODY:
            raise RequestEntityTooLarge
        return parse.body(data)

    def _upload(self, limit):
        """Return the body of an upload, and don't read one that is too large."""
        httprequest = request.httprequest
        httprequest.max_content_length = limit + 1
        if (httprequest.content_length or 0) <= limit:
            data = httprequest.get_data()
            if len(data) <= limit:
                return data
        raise Problem(
            413, "payload_too_large", f"The file is larger than {limit} bytes."
        )

    def _id(self, number):
        """Return an id of a path that PostgreSQL can compare."""
        if not 0 < number <= schema.MAX_ID:
            raise not_found()
        return number

    def _visible_meeting(self, meeting_id):
        meeting = self._meetings.search([("id", "=", self._id(meeting_id))])
        if not meeting:
            raise not_found()
        return meeting

    def _detail(self, meeting_id):
        version, text = self._meetings._detail_json(self._id(meeting_id))
        if text is None:
            raise not_found()
        return answer(text, ETag=f'"{version}"')

    def _check_if_match(self, meeting):
        wanted = request.httprequest.if_match
        given = request.httprequest.headers.get("If-Match", "").strip()
        if not given or wanted.star_tag:
            return
        version, _text = self._meetings._detail_json(meeting.id)
        if not wanted.contains(version):
            raise Problem(
                412,
                "precondition_failed",
                "The meeting was changed since you read it. Read it again.",
            )

    def _refuse(self, faults, problems):
        """Raise with all faults at once: of the keys, and of the rules."""
        errors = dict(faults)
        for name, texts in problems.items():
            key = dispatcher.KEY_OF_FIELD.get(name, name)
            if key == "student" and "student_id_number" in faults:
                continue
            errors.setdefault(key, texts)
        if errors:
            raise invalid(errors)

    def _resolve_student(self, vals, faults):
        """Put the student that the number names into the values."""
        if "student_id_number" not in vals:
            return
        number = vals.pop("student_id_number")
        if not number:
            return
        students = request.env["res.partner"]
        number, complaint = clean_text(request.env, number)
        if not complaint:
            # One who has left is found, and the model says so.
            students = students.with_context(active_test=False).search(
                [
                    ("is_intervention_student", "=", True),
                    ("student_number", "=", number),
                ]
            )
        if not students:
            faults["student_id_number"] = ["No student has this number."]
        elif "student_id" in vals or "student" in faults:
            if vals.get("student_id") not in students.ids:
                faults["student_id_number"] = [
                    "This is another student than the one of the key student."
                ]
        elif len(students) > 1:
            faults["student_id_number"] = [
                "Students of several schools have this number. Send student."
            ]
        else:
            vals["student_id"] = students.id

    def _once(self, document, make):
        """Call the function, unless its result is there for the Idempotency-Key."""
        key = request.httprequest.headers.get("Idempotency-Key")
        if key is None:
            return make()
        if not 0 < len(key) <= schema.MAX_IDEMPOTENCY_KEY or not (
            key.isascii() and key.isprintable()
        ):
            raise invalid(
                {
                    "Idempotency-Key": [
                        "This must be 1 to "
                        f"{schema.MAX_IDEMPOTENCY_KEY} printable characters."
                    ]
                }
            )
        return request.env["intervention.idempotency"]._once(
            key, [request.httprequest.path.rstrip("/"), document], make
        )

    def _check_known(self, arguments):
        """Raise for a class or a company that the caller may not see."""
        faults = {}
        classes = request.env["intervention.class"].with_context(active_test=False)
        if "class" in arguments and not classes.search_count(
            [("id", "=", arguments["class"])], limit=1
        ):
            faults["class"] = ["There is no such class."]
        if not set(arguments.get("company", ())) <= set(request.env.companies.ids):
            faults["company"] = ["You have no such company."]
        if faults:
            raise invalid(faults)

    def _domain(self, arguments):
        self._check_known(arguments)
        domain = Domain.TRUE
        for name, field in (
            ("status", "status"),
            ("urgency", "urgency_level"),
            ("root_cause", "root_cause"),
        ):
            if name in arguments:
                domain &= Domain(field, "in", arguments[name])
        for name, field, operator in (
            ("student", "student_id", "="),
            ("student_id_number", "student_id.student_number", "="),
            ("form_master", "form_master_id", "="),
            ("class", "class_id", "="),
            ("company", "company_id", "in"),
            ("overdue", "is_overdue", "="),
            ("meeting_date_from", "meeting_date", ">="),
            ("meeting_date_to", "meeting_date", "<="),
        ):
            if name in arguments:
                domain &= Domain(field, operator, arguments[name])
        if since := arguments.get("updated_since"):
            domain &= Domain("write_date", ">=", since) | Domain(
                "progress_ids.create_date", ">=", since
            )
        return domain

    def _page(self, count, results, limit, offset):
        if offset and offset >= count:
            raise not_found()
        number = offset // limit + 1
        following = self._page_url(number + 1) if offset + limit < count else "null"
        previous = self._page_url(number - 1) if number > 1 else "null"
        return answer(
            f'{{"count": {count}, "next": {following}, "previous": {previous}, '
            f'"results": {results}}}'
        )

    def _page_url(self, number):
        """Return the address of another page of the same query, as JSON."""
        arguments = request.httprequest.args.to_dict()
        arguments["page"] = number
        return json.dumps(f"{request.httprequest.base_url}?{urlencode(arguments)}")
