import json

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from ..tools.table_stream import SEPARATORS
from . import parse, schema
from .pages import Pages
from .problem import invalid, not_found
from .route import read_stream, route

CSV = "text/csv"
NAMES_OF_SEPARATORS = {char: name for name, char in SEPARATORS.items()}


def refuse_faults(_vals, faults):
    """Refuse marks with keys at fault before anything is looked up for them."""
    if faults:
        raise invalid(faults)


class InterventionAttendanceApi(Pages, http.Controller):
    """School days over HTTP: reads them, takes marks, takes files."""

    @route(
        "/attendance/",
        "GET",
        query=(*schema.PAGE_FILTERS, schema.CURSOR_FILTER, *schema.DAY_FILTERS),
        model="intervention.attendance",
        answer="DayPage",
        says="A page of days of students.",
    )
    def list_attendance(self, query):
        """List the school days of students that the caller may see, newest first.

        A school day without a mark is not in it: it is unknown.
        """
        self._check_known(query)
        domain = self._day_domain(query)
        if "cursor" in query:
            return self._cursor_page(query, self._days._cursor_json, domain)
        return self._page(query, self._days._list_json, domain)

    @route(
        "/attendance/",
        "PUT",
        model="intervention.attendance",
        access="read",
        body=schema.MARKS,
        resolve=refuse_faults,
        max_body=schema.MAX_MARKS_BODY,
        answer="MarksStored",
        says="What became of the days.",
    )
    def store_attendance(self, vals):
        """Store marks of school days: all of them, or none.

        For form masters of the students' classes and for administrators. What is sent
        of a student and a day replaces that day as a whole; the same again changes
        nothing. A difference leaves an entry in the changes.
        """
        return json.dumps(self._days._put_marks(vals.get("marks", [])))

    @route(
        "/attendance/import/",
        "POST",
        model="intervention.attendance.file",
        check="_check_may_import",
        query=schema.MARKS_FILE_FILTERS,
        accepts=CSV,
        answer="AttendanceReport",
        says="What became of the file, or would, and what of it was not stored.",
    )
    def import_attendance(self, query):
        """Import a CSV file of marks, of any length up to 100 MiB.

        For administrators. Encoding, separator and the order of dates are found out
        from the whole file. Rows at fault are told and left out; all others are stored.
        A date that can be read in two ways, and a column that is not known, are a 400
        that says so.
        """
        source = self._source(query)
        separator = query.get("separator")
        choices = {
            "columns": {
                query[f"{name}_column"]: name
                for name in schema.MARKS_COLUMNS
                if f"{name}_column" in query
            },
            "separator": SEPARATORS.get(separator),
            **{
                name: query.get(name)
                for name in (
                    *("date_order", "holds", "complete_from", "complete_until"),
                    "remove_gone",
                )
            },
        }
        file = read_stream(CSV, schema.MAX_FILE)
        report = request.env["intervention.attendance.file"]._import(
            file, source, choices, query.get("dry_run", False)
        )
        report["separator"] = NAMES_OF_SEPARATORS[report["separator"]]
        return json.dumps(report, default=str)

    @route(
        "/students/{id}/attendance/",
        "GET",
        ids=("The student.",),
        query=schema.STUDENT_DAY_FILTERS,
        model="intervention.attendance",
        answer="StudentAttendance",
        says="Where the student stands, and a page of days.",
    )
    def read_student_attendance(self, id, query):
        """Tell where a student stands, with the school days, newest first."""
        subject = (id, self._day_domain(query))
        limit, offset = parse.page(query)
        exists, count, (student, results) = self._days._student_json(
            subject, limit, offset
        )
        if not exists or (offset and offset >= count):
            raise not_found()
        page = self._page_of(count, limit, offset, results)
        return f"{student[:-1]}, {page[1:]}"

    # --- helpers ---

    @property
    def _days(self):
        return request.env["intervention.attendance"]

    def _day_domain(self, query):
        domain = Domain.TRUE
        for name, field, operator in (
            ("student", "student_id", "="),
            ("student_id_number", "student_id.student_number", "="),
            ("class", "class_id", "="),
            ("from", "date", ">="),
            ("to", "date", "<="),
            ("updated_since", "updated_at", ">="),
        ):
            if name in query:
                domain &= Domain(field, operator, query[name])
        return domain

    def _source(self, query):
        """Return the source that the query names, or the one of the API."""
        if "source" not in query:
            return self._days._api_source(request.env.company)
        sources = request.env["intervention.attendance.source"]
        source = sources.search([("id", "=", query["source"])])
        if not source:
            raise invalid({"source": ["There is no such source."]})
        return source
