"""One declaration for each endpoint, from which all the rest of it comes.

It says what the endpoint takes and answers, and who may call it. Werkzeug's rule, the
parsing of query and body, the order of the refusals and the OpenAPI path
(``openapi.py``) come from it.
"""

import re
import tempfile
from dataclasses import dataclass

from odoo import http
from odoo.exceptions import ValidationError
from odoo.http import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from ..tools import replica
from ..tools.internal import Internal
from . import dispatcher, parse, schema
from .problem import Problem, invalid, not_found

# All that are declared, in the order of the files and within them.
ROUTES = []
PART = 1024 * 1024


@dataclass(frozen=True)
class Route:
    """What an endpoint takes and answers.

    A replica, where there is one, serves reads, unless it must be the ``primary``, or
    the replica may lack what the caller wrote.

    ``ids`` says what the ids of the path name, ``query`` has the filters. With an
    ``access``, an operation as ``write``, the caller needs the right to it on the
    ``model``; where the path has an ``{id}`` as well, the handler gets that record.
    ``check`` names a method of the model that raises for who may not call this at all.
    ``if_match`` honours the header. ``resolve`` may look at the values and the faults
    of the ``body`` before the handler gets them. With ``once`` it honours an
    Idempotency-Key. The body of an ``upload`` is a file, which the handler reads; so is
    one of the media type that it ``accepts``, of any length up to that of a file. Other
    bodies have at most ``max_body`` bytes.

    With ``several`` the body may be a list of such objects as well: the handler gets
    the list of their values, and makes all of them or none.

    The answer has the ``status`` and the ``headers``, and ``answer`` names its schema;
    ``says`` tells what it is. ``responses`` are those that are no JSON of a schema, as
    OpenAPI writes them.
    """

    handler: object
    path: str
    methods: tuple
    ids: tuple = ()
    query: tuple = ()
    model: str = "intervention.meeting"
    access: str = ""
    check: str = ""
    if_match: bool = False
    body: schema.Body | None = None
    resolve: object = None
    once: bool = False
    several: bool = False
    primary: bool = False
    upload: bool = False
    accepts: str = ""
    max_body: int = schema.MAX_BODY
    answer: str = ""
    says: str = ""
    status: int = 200
    headers: tuple = ()
    responses: dict | None = None

    @property
    def is_read(self):
        """Whether a replica may answer."""
        return self.methods == ("GET",) and not self.primary

    @property
    def limit(self):
        """How many bytes a body may have."""
        return schema.MAX_FILE if self.upload or self.accepts else self.max_body

    def serve(self, controller, ids):
        """Answer the request: what all endpoints do, and the handler between it."""
        given = {}
        if self.check:
            getattr(request.env[self.model], self.check)()
        query = parse.query(self.query, request.httprequest.args)
        if self.query:
            given["query"] = query
        for name, number in ids.items():
            if not 0 < number <= schema.MAX_ID:
                raise not_found()
            given[name] = number
        if self.access:
            record = request.env[self.model]
            if "id" in given:
                record = given["record"] = find(self.model, given.pop("id"))
            record.check_access(self.access)
            if self.if_match:
                check_if_match(record)
        sent, document, faults = None, None, {}
        if self.body:
            document = parse.body(read_body(self.max_body), self.several)
            several = isinstance(document, list)
            documents = document if several else [document]
            parsed = [self._parsed(each) for each in documents]
            sent = [what for _vals, _faults, what in parsed]
            given["vals"] = [vals for vals, _faults, _what in parsed]
            faults = [each for _vals, each, _what in parsed]
            if not several:
                [sent], [given["vals"]], [faults] = sent, given["vals"], faults
        if self.once:
            given["once"] = lambda make, sent=sent: once(sent, make, document)
        return self._response(self._result(controller, given, faults))

    def _parsed(self, document):
        """Return the values of an object, its faults, and what its keys mean."""
        vals, faults = parse.values(self.body.keys, document, self.body.complete)
        # Whichever way they were written.
        meaning = {"values": dict(vals), "faults": sorted(faults)}
        if self.resolve:
            self.resolve(vals, faults)
        return vals, faults, meaning

    def _result(self, controller, given, faults):
        """Call the handler; what the rules say is told with the faults of the keys."""
        several = isinstance(faults, list)
        field_of = {key.name: key.field for key in self.body.keys} if self.body else {}
        if several:
            fields = [{field_of.get(name) for name in each} for each in faults]
            request.update_context(intervention_faults_each=Internal(fields))
        elif faults:
            fields = {field_of.get(name) for name in faults}
            request.update_context(intervention_faults=Internal(fields))
        try:
            result = self.handler(controller, **given)
        except ValidationError as error:
            code = getattr(error, "code", "validation_error")
            if several and hasattr(error, "each"):
                raise refusal_of_several(error, code, faults) from error
            if several or not faults or code != "validation_error":
                raise
            problems = dispatcher.errors_of(getattr(error, "problems", {}))
            raise invalid({**problems, **faults}) from error
        # What was made once before is answered whatever is at fault by now.
        if faults and not self.once:
            raise invalid(faults)
        return result

    def _response(self, result):
        if isinstance(result, Response):
            return result
        text, headers = result if isinstance(result, tuple) else (result, {})
        return Response(
            text,
            status=self.status,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Cache-Control": "no-store",
                **headers,
            },
        )


def route(path, *methods, **declared):
    """Declare an endpoint: its path below ``BASE``, its methods, the rest of ``Route``.

    The handler gets by name what the declaration has: the ids of the path, or
    ``record``; ``query``, ``vals`` and ``once``. It returns the text of JSON, or that
    and further headers, or a response of its own. The first line of its docstring is
    the summary in the OpenAPI document, its name the name of the operation.
    """

    def declare(handler):
        declaration = Route(handler, f"{schema.BASE}{path}", methods, **declared)
        ROUTES.append(declaration)

        def endpoint(self, **ids):
            return declaration.serve(self, ids)

        endpoint.__name__ = handler.__name__
        endpoint.__doc__ = handler.__doc__
        return http.route(
            re.sub(r"\{(\w+)\}", r"<intervention_id:\1>", declaration.path),
            type=dispatcher.InterventionApiDispatcher.routing_type,
            auth="intervention_api",
            methods=list(methods),
            readonly=may_read_replica if declaration.is_read else False,
            # One more than there may be: werkzeug cuts a body in chunks off at it.
            max_content_length=1 + declaration.limit,
            intervention_upload=declaration.upload or bool(declaration.accepts),
            intervention_route=declaration,
            sitemap=False,
        )(endpoint)

    return declare


def may_read_replica(_controller, _rule, _ids):
    """Tell whether the replica may answer this request."""
    return replica.may_read()


def refusal_of_several(error, code, faults):
    """Return the problem that names every key at fault after its place in the list.

    :param error: what the rules say, ``each`` of them by place and field
    :param str code: the problem's
    :param list faults: those of the keys, by place
    """
    errors = {
        f"{place}.{name}": texts
        for place, known in enumerate(faults)
        for name, texts in {
            **dispatcher.errors_of(error.each.get(place, {})),
            **known,
        }.items()
    }
    texts = [text for known in faults for each in known.values() for text in each]
    detail = "\n".join(filter(None, dict.fromkeys([str(error), *texts])))
    return Problem(code, detail, errors=errors)


def find(model, record_id, meeting=None, sudo=False, names=None):
    """Return a record that the caller may see.

    :param meeting: the meeting that the record must be of, if given
    :param names: the fields that are read along, by default all
    :param bool sudo: whether record rules don't count, as the meeting is the caller's
    :raises Problem: ``not_found`` when there is none
    """
    domain = [("id", "=", record_id)]
    if meeting:
        domain.append(("meeting_id", "=", meeting.id))
    # One id needs no order, which takes time to be put into SQL.
    record = request.env[model].sudo(sudo).search_fetch(domain, names, order="id")
    if not record:
        raise not_found()
    return record


def check_if_match(record):
    """Refuse a change of what was changed since the caller read it.

    :raises Problem: ``precondition_failed``
    """
    wanted = request.httprequest.if_match
    given = request.httprequest.headers.get("If-Match", "").strip()
    if given and not wanted.star_tag and not wanted.contains(record._locked_version()):
        raise Problem(
            "precondition_failed",
            "The meeting was changed since you read it. Read it again.",
        )


def read_body(limit):
    """Return the bytes of the body."""
    data = request.httprequest.get_data()
    if len(data) > limit:
        raise RequestEntityTooLarge
    return data


def read_stream(kind, limit):
    """Return the body in a file on disk, read part by part.

    :param str kind: the media type that it must have
    :raises Problem: ``unsupported_media_type`` or ``payload_too_large``
    """
    httprequest = request.httprequest
    if httprequest.mimetype != kind:
        raise Problem(
            "unsupported_media_type", f"Send the body as Content-Type: {kind}."
        )
    # Odoo repeats a request that met another one, and a body can be read once.
    file = httprequest.environ.get("intervention.body")
    if file is None:
        too_large = Problem(
            "payload_too_large", f"The body is larger than {limit} bytes."
        )
        if (httprequest.content_length or 0) > limit:
            raise too_large
        file = tempfile.TemporaryFile()  # noqa: SIM115
        # Odoo hands on all of werkzeug's request but this.
        stream = httprequest._HTTPRequest__wrapped.stream
        while part := stream.read(PART):
            file.write(part)
            if file.tell() > limit:
                raise too_large
        httprequest.environ["intervention.body"] = file
    return file


def read_upload(limit):
    """Return the body of an upload, and don't read one that is too large.

    :raises Problem: ``payload_too_large``, or when it is empty
    """
    httprequest = request.httprequest
    httprequest.max_content_length = limit + 1
    if (httprequest.content_length or 0) <= limit:
        data = httprequest.get_data()
        if not data:
            raise invalid({"body": ["The file is empty."]})
        if len(data) <= limit:
            return data
    raise Problem("payload_too_large", f"The file is larger than {limit} bytes.")


def once(sent, make, document=None):
    """Call the function, unless what it made is there for the Idempotency-Key.

    :param sent: what is compared with what the key was used for before
    :param document: the body that it was parsed from, if any
    """
    key = request.httprequest.headers.get("Idempotency-Key")
    if key is None:
        return make()
    if not 0 < len(key) <= schema.MAX_IDEMPOTENCY_KEY or not (
        key.isascii() and key.isprintable()
    ):
        fault = f"This must be 1 to {schema.MAX_IDEMPOTENCY_KEY} printable characters."
        raise invalid({"Idempotency-Key": [fault]})
    path = request.httprequest.path.rstrip("/")
    return request.env["intervention.idempotency"]._once(
        key, [path, sent], make, [path, document]
    )
