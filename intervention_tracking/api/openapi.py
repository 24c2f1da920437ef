"""The OpenAPI 3.1 description of the HTTP API, from its routes and ``schema``.

What does not follow from those is in ``openapi.json``: the frame of the document, the
headers that some routes take, and what each error means.
"""

import copy
import functools
import inspect
import json
import re

from odoo.tools import file_open

from ..constants import MAX_TOGETHER
from ..tools.figures import MINIMUM_CASES
from ..tools.file_types import ENDINGS
from ..tools.replica import POSITION
from ..tools.text import FILLED
from . import schema
from .problem import STATUS_OF_CODE
from .route import ROUTES

with file_open("intervention_tracking/api/openapi.json") as parts:
    _PARTS = json.load(parts)
_ID = {"type": "integer", "minimum": 1, "maximum": schema.MAX_ID}


def _reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(name):
    return {"type": "array", "items": _reference(name)}


TYPES = {
    "id": _ID,
    "ids": {"type": "array", "items": _ID},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "choice": {"type": "string"},
    "integer": {"type": "integer"},  # days can be negative, across time zones
    "count": {"type": "integer", "minimum": 0},
    "amount": {"type": "number", "minimum": 0},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "cursor": {"type": "string", "minLength": 1},
    "uri": {"type": "string", "format": "uri"},
    "value": {"type": ["string", "integer", "boolean", "null"]},
    "group": {"type": ["string", "integer", "null"]},
    "minimum_cases": {"const": MINIMUM_CASES},
    "progress": _list_of("Progress"),
    "changes": _list_of("Change"),
    "meetings": _list_of("Meeting"),
    "attachments": _list_of("Attachment"),
    "objects": {"type": "array"},
    "texts": {"type": "array", "items": {"type": "string"}},
}
_ANY_ID = {"anyOf": [_ID, {"type": "string", "pattern": "^[0-9]+$"}]}
FILE = {"type": "string", "format": "binary"}
_POSITION_TOLD = "Where a replica answers reads: send it with those that follow."


def _output(keys):
    """The schema of an object that is sent: it has all its keys."""
    return {
        "type": "object",
        "properties": {key.name: _type(key) for key in keys},
        "required": [key.name for key in keys],
        "additionalProperties": False,
    }


def _type(key):
    result = _output(key.keys) if key.kind == "object" else {**TYPES[key.kind]}
    if key.description:
        result["description"] = key.description
    if key.kind == "objects":
        result["items"] = _output(key.keys)
    if key.nullable:
        result["type"] = [result["type"], "null"]
    if key.choices:
        result["enum"] = [*key.choices, None] if key.nullable else list(key.choices)
    return result


def _input(body):
    """The schema of an object that is received; read-only keys may be sent back."""
    properties = {}
    for key in body.keys:
        if not key.field:
            properties[key.name] = {
                "description": f"{key.description} Read-only: ignored when sent.",
            }
            continue
        shape = _type(key)
        if key.kind == "id":
            shape = {"description": key.description, **_ANY_ID}
        elif key.body:
            shape["items"] = _input(key.body)
            shape |= {"minItems": 1, "maxItems": key.maximum}
        elif key.maximum:
            shape["maxLength" if key.kind == "text" else "maximum"] = key.maximum
        elif key.kind == "ids":
            shape["items"] = _ANY_ID
        elif key.kind == "date" and key.nullable:
            shape = {
                "description": key.description,
                "anyOf": [TYPES["date"], {"const": ""}, {"type": "null"}],
            }
        elif key.required and key.kind == "text":
            shape["pattern"] = FILLED
        properties[key.name] = shape
    result = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if body.complete:
        result["required"] = [key.name for key in body.keys if key.required]
    if body.either:
        result["anyOf"] = [{"required": [name]} for name in body.either]
    return result


def _schemas():
    problem = copy.deepcopy(_PARTS["document"]["components"]["schemas"]["Problem"])
    problem["properties"]["code"]["enum"] = [
        code for code, status in STATUS_OF_CODE.items() if status < 500
    ]
    return {
        **{route.body.name: _input(route.body) for route in ROUTES if route.body},
        **{name: _output(keys) for name, keys in schema.ANSWERS.items()},
        "Problem": problem,
    }


def _parameter(each):
    shape = {**TYPES[each.kind]}
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


def headers(*names):
    """Return the description of headers that an answer always has."""
    return {name: {"required": True, "schema": {"type": "string"}} for name in names}


_UPLOAD = {
    "required": True,
    "description": "At most 10 MiB, if the school has set no other limit. The type "
    f"is told by the content, whatever Content-Type says: {', '.join(ENDINGS)}. A "
    "photo is kept without what the camera noted, as the place, and not larger than "
    "1920 pixels.",
    "content": {"application/octet-stream": {"schema": FILE}},
}


def _parameters(route):
    names = re.findall(r"\{(\w+)\}", route.path)
    result = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": _ID,
        }
        for name, description in zip(names, route.ids, strict=True)
    ]
    for is_taken, name in (
        (route.if_match, "If-Match"),
        (route.upload, "Content-Disposition"),
        (route.once, "Idempotency-Key"),
        (route.is_read, POSITION),
    ):
        if is_taken:
            result.append({"name": name, "in": "header", **_PARTS["headers"][name]})
    return [*result, *map(_parameter, route.query)]


def _or_several(route, name):
    """Return a schema, or what is that or a list of it where there may be several."""
    if not route.several:
        return _reference(name)
    several = {**_list_of(name), "minItems": 1, "maxItems": MAX_TOGETHER}
    return {"anyOf": [_reference(name), several]}


def _responses(route):
    result = {}
    statuses = {400, 401, 403, 404, 405}
    if route.methods != ("GET",):
        statuses.add(415)
    if route.body or route.upload or route.accepts:
        statuses |= {409, 413}
    if route.if_match:
        statuses.add(412)
    for status in statuses:
        codes = ", ".join(
            code for code in STATUS_OF_CODE if STATUS_OF_CODE[code] == status
        )
        result[str(status)] = {
            "description": f"{_PARTS['problems'][str(status)]} Codes: {codes}.",
            "content": {"application/problem+json": {"schema": _reference("Problem")}},
        }
    result["401"]["headers"] = {
        "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}
    }
    if route.responses:
        return _with_position(route, {**result, **route.responses})
    result[str(route.status)] = {
        "description": route.says,
        "content": {"application/json": {"schema": _or_several(route, route.answer)}},
        **({"headers": headers(*route.headers)} if route.headers else {}),
    }
    if route.several:
        for header in result[str(route.status)].get("headers", {}).values():
            header["required"] = False
    return _with_position(route, result)


def _with_position(route, responses):
    """Return the responses in order, with the header that the answer to a write has."""
    for status, response in responses.items():
        if route.methods != ("GET",) and status.startswith("2"):
            described = {**_PARTS["headers"][POSITION], "description": _POSITION_TOLD}
            others = response.get("headers", {})
            responses[status] = {**response, "headers": {**others, POSITION: described}}
    return dict(sorted(responses.items()))


def _operation(route, method):
    summary, _blank, description = inspect.getdoc(route.handler).partition("\n\n")
    verb, *nouns = route.handler.__name__.split("_")
    # Of several methods of one endpoint, the others are called as they are.
    verb = verb if method == route.methods[0] else method.lower()
    result = {
        "operationId": verb + "".join(noun.title() for noun in nouns),
        "summary": summary.rstrip("."),
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if description:
        result["description"] = description
    if route.body:
        content = {"application/json": {"schema": _or_several(route, route.body.name)}}
        result["requestBody"] = {"required": True, "content": content}
    elif route.upload:
        result["requestBody"] = _UPLOAD
    elif route.accepts:
        content = {route.accepts: {"schema": {"type": "string"}}}
        result["requestBody"] = {"required": True, "content": content}
    return result


def _paths():
    paths = {}
    for route in ROUTES:
        operations = paths.setdefault(route.path, {})
        for method in route.methods:
            operations[method.lower()] = _operation(route, method)
    return paths


@functools.lru_cache(maxsize=8)
def document(server):
    """Return the OpenAPI document as the text of JSON.

    :param str server: the address that the API is served at
    """
    frame = _PARTS["document"]
    return json.dumps(
        {
            **frame,
            "servers": [{"url": server}],
            "paths": _paths(),
            "components": {**frame["components"], "schemas": _schemas()},
        }
    )
