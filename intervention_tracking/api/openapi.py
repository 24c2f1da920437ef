"""The OpenAPI 3.1 description of the HTTP API, made from ``schema``."""

import functools
import json

from ..tools.figures import DIMENSIONS, MINIMUM_CASES
from ..tools.file_types import ENDINGS
from . import schema

_ID = {"type": "integer", "minimum": 1, "maximum": schema.MAX_ID}
_TYPES = {
    "id": _ID,
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "choice": {"type": "string"},
    "integer": {"type": "integer"},  # days can be negative, across time zones
    "boolean": {"type": "boolean"},
    "ids": {"type": "array", "items": _ID},
    "progress": {"type": "array", "items": {"$ref": "#/components/schemas/Progress"}},
    "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}},
    "value": {"type": ["string", "integer", "boolean", "null"]},
}
_ANY_ID = {"anyOf": [_ID, {"type": "string", "pattern": "^[0-9]+$"}]}
_FILE = {"type": "string", "format": "binary"}
_CODES = {
    400: ["malformed_json", "validation_error"],
    401: ["not_authenticated"],
    403: ["permission_denied"],
    404: ["not_found"],
    405: ["method_not_allowed"],
    409: ["duplicate_active_intervention", "idempotency_conflict"],
    412: ["precondition_failed"],
    413: ["payload_too_large"],
    415: ["unsupported_media_type"],
}
_MEANINGS = {
    400: "The body, a field or a parameter is at fault.",
    401: "No valid credentials.",
    403: "The caller's groups do not allow this.",
    404: "Unknown, or not visible to the caller.",
    405: "The path has no such method.",
    409: "The student has this active case already, or the Idempotency-Key is taken.",
    412: "The meeting was changed since it was read.",
    413: "The body is over 1 MiB, or the file larger than the school allows.",
    415: "The body is not application/json, or the file of no allowed type.",
}


def _type(key):
    result = {**_TYPES[key.kind], "description": key.description}
    if key.choices:
        result["enum"] = list(key.choices)
    if key.nullable:
        result["type"] = [result["type"], "null"]
    return result


def _output(keys):
    """The schema of an object that is sent: all its keys, always."""
    return {
        "type": "object",
        "properties": {key.name: _type(key) for key in keys},
        "required": [key.name for key in keys],
        "additionalProperties": False,
    }


def _input(keys, requires):
    """The schema of an object that is received; read-only keys may be sent back."""
    properties = {}
    for key in keys:
        if not key.field:
            properties[key.name] = {
                "description": f"{key.description} Read-only: ignored when sent.",
            }
            continue
        shape = _type(key)
        if key.kind == "id":
            shape = {
                "description": key.description,
                **_ANY_ID,
            }
        elif key.kind == "ids":
            shape["items"] = _ANY_ID
        elif key.kind == "date" and key.nullable:
            shape = {
                "description": key.description,
                "anyOf": [_TYPES["date"], {"const": ""}, {"type": "null"}],
            }
        elif key.choices and key.nullable:
            shape["enum"] = [*key.choices, None]
        elif key.required and key.kind == "text":
            shape["pattern"] = r"\S"
        properties[key.name] = shape
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **requires,
    }


def _page(items):
    return {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "minimum": 0},
            "next": {"type": ["string", "null"], "format": "uri"},
            "previous": {"type": ["string", "null"], "format": "uri"},
            "results": {"type": "array", "items": items},
        },
        "required": ["count", "next", "previous", "results"],
        "additionalProperties": False,
    }


def _analytics(properties, required=()):
    """The schema of the figures of one group of meetings."""
    figure = {
        "type": "object",
        "properties": {
            "value": {"type": ["number", "null"], "minimum": 0},
            "cases": {"type": "integer", "minimum": 0},
        },
        "required": ["value", "cases"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            **properties,
            "meetings": {"type": "integer", "minimum": 0},
            **{
                key.name: {
                    **figure,
                    "description": (
                        f"{'A share' if key.kind == 'share' else 'A median of days'}, "
                        f"and how many cases it is over. {key.description}"
                    ),
                }
                for key in schema.ANALYTICS
            },
        },
        "required": [*required, "meetings", *(key.name for key in schema.ANALYTICS)],
        "additionalProperties": False,
    }


def _analytics_answer():
    text = {"type": "string"}
    day = {"type": ["string", "null"], "format": "date"}
    properties = {
        "from": day,
        "to": day,
        "group_by": {"type": ["string", "null"], "enum": [*DIMENSIONS, None]},
        "minimum_cases": {
            "const": MINIMUM_CASES,
            "description": "A figure over fewer cases has no value.",
        },
        "definitions": {
            "type": "object",
            "properties": {key.name: text for key in schema.ANALYTICS},
            "required": [key.name for key in schema.ANALYTICS],
            "additionalProperties": False,
        },
        "total": _analytics({}),
        "groups": {
            "type": "array",
            "description": "Empty without `group_by`.",
            "items": _analytics(
                {
                    "value": {
                        "type": ["string", "integer", "null"],
                        "description": "A choice, an id, or a month as 2026-01.",
                    },
                    "name": {
                        "type": ["string", "null"],
                        "description": "The group as people call it.",
                    },
                },
                ["value", "name"],
            ),
        },
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas():
    number = {"type": "integer", "minimum": 0}
    required = [key.name for key in schema.MEETING if key.required]
    return {
        "Meeting": _output(schema.MEETING_OF_LIST),
        "MeetingDetail": _output(schema.MEETING),
        "Change": _output(schema.CHANGE),
        "Progress": _output(schema.PROGRESS),
        "MeetingCreation": _input(
            schema.MEETING,
            {
                "required": required,
                "anyOf": [
                    {"required": ["student"]},
                    {"required": ["student_id_number"]},
                ],
            },
        ),
        "MeetingChange": _input(schema.MEETING, {}),
        "ProgressCreation": _input(
            schema.PROGRESS_INPUT,
            {"required": [key.name for key in schema.PROGRESS_INPUT if key.required]},
        ),
        "MeetingPage": _page(_reference("Meeting")),
        "Attachment": _output(schema.ATTACHMENT),
        "AttachmentPage": _page(_reference("Attachment")),
        "RecurringStudents": {
            "type": "object",
            "properties": {
                "count": number,
                "recurring_students": {
                    "type": "array",
                    "items": _output(schema.RECURRING),
                },
            },
            "required": ["count", "recurring_students"],
            "additionalProperties": False,
        },
        "Statistics": {
            "type": "object",
            "properties": {
                **dict.fromkeys(schema.STATISTICS, number),
                "by_status": {
                    "type": "object",
                    "properties": dict.fromkeys(schema.STATUS_VALUES, number),
                    "required": list(schema.STATUS_VALUES),
                    "additionalProperties": False,
                },
            },
            "required": [*schema.STATISTICS, "by_status"],
            "additionalProperties": False,
        },
        "Analytics": _analytics_answer(),
        "Problem": {
            "type": "object",
            "properties": {
                "type": {"const": "about:blank"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "code": {
                    "type": "string",
                    "enum": [code for codes in _CODES.values() for code in codes],
                },
                "detail": {"type": "string"},
                "errors": {
                    "type": "object",
                    "description": "What is wrong, by key or parameter.",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "string"},
                        "minItems": 1,
                    },
                },
            },
            "required": ["type", "title", "status", "code", "detail"],
            "additionalProperties": False,
        },
    }


def _parameter(each):
    shape = {**_TYPES[each.kind]}
    if each.kind == "id" and not each.known:
        # One that nothing has gives an empty list.
        shape = {"type": "integer", "minimum": 0}
    if each.choices:
        shape["enum"] = list(each.choices)
    if each.kind == "integer":
        shape["minimum"] = 1
    if each.maximum:
        shape["maximum"] = each.maximum
    if each.name == "page_size":
        shape["default"] = schema.PAGE_SIZE
    if each.many:
        shape = {"type": "array", "items": shape, "minItems": 1}
    result = {
        "name": each.name,
        "in": "query",
        "description": each.description,
        "allowEmptyValue": True,  # as if it were not there
        "schema": shape,
    }
    if each.many:
        result |= {"style": "form", "explode": False}
    return result


def _problems(*statuses):
    result = {}
    for status in (*statuses, 400, 401, 403, 404, 405):
        result[str(status)] = {
            "description": f"{_MEANINGS[status]} Codes: {', '.join(_CODES[status])}.",
            "content": {"application/problem+json": {"schema": _reference("Problem")}},
        }
    result["401"]["headers"] = {
        "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}
    }
    return dict(sorted(result.items()))


def _success(name, description, headers=()):
    result = {
        "description": description,
        "content": {"application/json": {"schema": _reference(name)}},
    }
    if headers:
        result["headers"] = {
            header: {"required": True, "schema": {"type": "string"}}
            for header in headers
        }
    return result


def _body(name):
    return {
        "required": True,
        "content": {"application/json": {"schema": _reference(name)}},
    }


def _path_id(name, description):
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": _ID,
    }


def _header(name, description, **shape):
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **shape},
    }


def _paths():
    pages = [_parameter(each) for each in schema.PAGE_FILTERS]
    filters = [_parameter(each) for each in schema.MEETING_FILTERS]
    meeting_id = _path_id("id", "The meeting.")
    repeat = _header(
        "Idempotency-Key",
        "A repeat of the request with the same key makes nothing, and answers with "
        "what the first one made.",
        minLength=1,
        maxLength=schema.MAX_IDEMPOTENCY_KEY,
        pattern="^[ -~]+$",
    )
    if_match = _header(
        "If-Match", "The ETag that was read; the change is refused when it is stale."
    )
    change = {
        "parameters": [meeting_id, if_match],
        "requestBody": _body("MeetingChange"),
        "responses": {
            "200": _success("MeetingDetail", "The meeting as it is now.", ["ETag"]),
            **_problems(409, 412, 413, 415),
        },
    }
    meetings = f"{schema.BASE}/meetings"
    return {
        f"{meetings}/": {
            "get": {
                "operationId": "listMeetings",
                "summary": "List the meetings that the caller may see, newest first",
                "parameters": [*pages, *filters],
                "responses": {
                    "200": _success("MeetingPage", "A page of meetings."),
                    **_problems(),
                },
            },
            "post": {
                "operationId": "createMeeting",
                "summary": "Record a meeting",
                "parameters": [repeat],
                "requestBody": _body("MeetingCreation"),
                "responses": {
                    "201": _success(
                        "MeetingDetail",
                        "The meeting recorded.",
                        ["ETag", "Location"],
                    ),
                    **_problems(409, 413, 415),
                },
            },
        },
        f"{meetings}/{{id}}/": {
            "get": {
                "operationId": "readMeeting",
                "summary": "Read a meeting with its history",
                "parameters": [meeting_id],
                "responses": {
                    "200": _success("MeetingDetail", "The meeting.", ["ETag"]),
                    **_problems(),
                },
            },
            "put": {
                "operationId": "updateMeeting",
                "summary": "Change the fields given; the others stay",
                **change,
            },
            "patch": {
                "operationId": "patchMeeting",
                "summary": "Change the fields given; the others stay",
                **change,
            },
            "delete": {
                "operationId": "deleteMeeting",
                "summary": "Archive a meeting; an administrator can restore it",
                "parameters": [meeting_id, if_match],
                "responses": {
                    "204": {"description": "The meeting is archived."},
                    **_problems(412, 415),
                },
            },
        },
        f"{meetings}/progress/": {
            "post": {
                "operationId": "addProgress",
                "summary": "Add a note, with a new status and next date if given",
                "parameters": [repeat],
                "requestBody": _body("ProgressCreation"),
                "responses": {
                    "201": _success("Progress", "The update added."),
                    **_problems(409, 413, 415),
                },
            }
        },
        f"{meetings}/{{id}}/attachments/": {
            "get": {
                "operationId": "listAttachments",
                "summary": "List the files of a meeting and its updates, newest first",
                "parameters": [meeting_id, *pages],
                "responses": {
                    "200": _success("AttachmentPage", "A page of files."),
                    **_problems(),
                },
            },
            "post": {
                "operationId": "addAttachment",
                "summary": "Add a file to a meeting; the body is the file as it is",
                "parameters": [
                    meeting_id,
                    {
                        **_header(
                            "Content-Disposition",
                            'The name of the file: `attachment; filename="note.pdf"`, '
                            "with other letters than ASCII "
                            "`attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`. In a "
                            "header, as servers log addresses.",
                            pattern=r'^attachment; filename="[A-Za-z0-9 _.-]*'
                            r'[A-Za-z0-9][A-Za-z0-9 _.-]*"$',
                        ),
                        "required": True,
                    },
                    repeat,
                ],
                "requestBody": {
                    "required": True,
                    "description": "At most 10 MiB, if the school has set no other "
                    "limit. The type is told by the content, whatever Content-Type "
                    f"says: {', '.join(ENDINGS)}. A photo is kept without what the "
                    "camera noted, as the place, and not larger than 1920 pixels.",
                    "content": {"application/octet-stream": {"schema": _FILE}},
                },
                "responses": {
                    "201": _success("Attachment", "The file added.", ["Location"]),
                    **_problems(409, 413, 415),
                },
            },
        },
        f"{meetings}/{{id}}/attachments/{{attachment_id}}/": {
            "get": {
                "operationId": "readAttachment",
                "summary": "Download a file",
                "parameters": [meeting_id, _path_id("attachment_id", "The file.")],
                "responses": {
                    "200": {
                        "description": "The file.",
                        "headers": {
                            name: {"required": True, "schema": {"type": "string"}}
                            for name in ("Content-Disposition", "ETag")
                        },
                        "content": {name: {"schema": _FILE} for name in ENDINGS},
                    },
                    "304": {"description": "It is the one of If-None-Match."},
                    **_problems(),
                },
            }
        },
        f"{meetings}/student/{{id}}/": {
            "get": {
                "operationId": "readStudentHistory",
                "summary": "List a student's meetings with their updates, newest first",
                "parameters": [_path_id("id", "The student."), *pages],
                "responses": {
                    "200": _success("MeetingPage", "A page of the history."),
                    **_problems(),
                },
            }
        },
        f"{meetings}/recurring/": {
            "get": {
                "operationId": "listRecurringStudents",
                "summary": "List the students with two or more meetings",
                "parameters": pages,
                "responses": {
                    "200": _success("RecurringStudents", "A page of students."),
                    **_problems(),
                },
            }
        },
        f"{meetings}/stats/": {
            "get": {
                "operationId": "readStatistics",
                "summary": "Count the meetings that the caller may see",
                "responses": {
                    "200": _success("Statistics", "The numbers."),
                    **_problems(),
                },
            }
        },
        f"{meetings}/analytics/": {
            "get": {
                "operationId": "readAnalytics",
                "summary": "Tell in figures how the cases go, in all and by group",
                "parameters": [_parameter(each) for each in schema.ANALYTICS_FILTERS],
                "responses": {
                    "200": _success("Analytics", "The figures."),
                    **_problems(),
                },
            }
        },
        f"{meetings}/export.csv": {
            "get": {
                "operationId": "exportMeetings",
                "summary": "Export the meetings of the list, all of them, as CSV",
                "description": "Only for users with the right Export of Interventions.",
                "parameters": filters,
                "responses": {
                    "200": {
                        "description": "A spreadsheet in UTF-8 with a byte order mark, "
                        "by RFC 4180. The first line has the keys of a meeting. A text "
                        "that a spreadsheet would take for a formula has an apostrophe "
                        "before it. It is sent while it is read, so that its length is "
                        "not known before.",
                        "headers": {
                            "Content-Disposition": {
                                "required": True,
                                "schema": {"type": "string"},
                            }
                        },
                        "content": {"text/csv": {"schema": {"type": "string"}}},
                    },
                    **_problems(),
                },
            }
        },
        f"{schema.BASE}/openapi.json": {
            "get": {
                "operationId": "readDescription",
                "summary": "This description",
                "responses": {
                    "200": {
                        "description": "An OpenAPI 3.1 document.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    **_problems(),
                },
            }
        },
    }


@functools.lru_cache(maxsize=8)
def document(server):
    """Return the OpenAPI document as the text of JSON.

    :param str server: the address that the API is served at
    """
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Student Interventions",
                "version": "1.0.0",
                "description": "Meetings with students who miss school, and how they "
                "go on. Dates are YYYY-MM-DD, times ISO 8601 in UTC. Every path works "
                "with and without its trailing slash.",
            },
            "servers": [{"url": server}],
            "security": [{"apiKey": []}, {"session": []}],
            "paths": _paths(),
            "components": {
                "schemas": _schemas(),
                "securitySchemes": {
                    "apiKey": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "An API key of Odoo.",
                    },
                    "session": {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": "session_id",
                        "description": "The web client's session, from its own pages.",
                    },
                },
            },
        }
    )
