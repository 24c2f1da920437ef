"""Odoo's dispatching of a request, with every error as a problem document."""

import logging

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.pool
import werkzeug.exceptions
from odoo import http
from odoo.exceptions import AccessDenied, AccessError, MissingError, UserError
from odoo.http import Dispatcher, Response, SessionExpiredException

from ..constants import UNIQUE_INDEX
from ..tools import replica
from . import schema
from .problem import (
    STATUS_OF_CODE,
    Problem,
    busy,
    forbidden,
    invalid,
    not_authenticated,
    not_found,
)

_logger = logging.getLogger(__name__)

# The model's fields as the keys of the API call them.
KEY_OF_FIELD = {
    key.field: key.name
    for key in (*schema.MEETING, *schema.PROGRESS_INPUT)
    if key.field
}
# Who writes at the same time as others has to begin anew, or waited for too long.
TOGETHER = (
    psycopg2.extensions.TransactionRollbackError,
    psycopg2.extensions.QueryCanceledError,
    psycopg2.errors.LockNotAvailable,
)
# It is gone, or takes no more connections.
UNREACHED = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.pool.PoolError,
)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class InterventionApiDispatcher(Dispatcher):
    """The dispatcher of ``type="intervention_api"``.

    Errors go to ``handle_error`` and are not caught around the endpoint, as only then
    Odoo rolls back, and repeats what failed for being simultaneous.
    """

    routing_type = "intervention_api"
    # How many bytes the body of a request may have.
    limit = schema.MAX_BODY

    @classmethod
    def is_compatible_with(cls, request):
        """Take every request: a wrong content type gets a problem document, too."""
        return True

    def dispatch(self, endpoint, args):
        """Call the endpoint; OPTIONS only tells which methods there are."""
        request = self.request
        method = request.httprequest.method
        if method == "OPTIONS":
            return Response(
                status=204, headers={"Allow": allowed_methods() or "OPTIONS"}
            )
        declaration = endpoint.routing.get("intervention_route")
        if declaration:
            self.limit = declaration.limit
        if not endpoint.routing.get("intervention_upload"):
            self._check_body_size()
            # A path or method that does not exist is refused whatever the body is.
            if endpoint.routing["methods"] is not None:
                self._check_body_type()
        request.params = dict(args)
        response = request.registry["ir.http"]._dispatch(endpoint)
        if method not in SAFE_METHODS:
            replica.tell_position(response)
            if request.session.uid:
                replica.pin_browser()
        return response

    def _check_body_size(self):
        length = self.request.httprequest.content_length
        if length is not None and length > self.limit:
            raise werkzeug.exceptions.RequestEntityTooLarge

    def _check_body_type(self):
        httprequest = self.request.httprequest
        by_session = not httprequest.headers.get("Authorization")
        writes = httprequest.method not in SAFE_METHODS
        has_body = (
            bool(httprequest.content_length)
            or "Transfer-Encoding" in httprequest.headers
        )
        if (
            writes
            and (has_body or by_session)
            and httprequest.mimetype != "application/json"
        ):
            raise werkzeug.exceptions.UnsupportedMediaType

    def handle_error(self, exc):
        """Return the response for an exception; it shows nothing of the inside."""
        problem = self._problem(exc)
        if problem.code >= 500:
            _logger.error("%s at %s", type(exc).__name__, self.request.httprequest.path)
        return problem.get_response()

    def _problem(self, exc):
        if isinstance(exc, Problem):
            return exc
        if isinstance(exc, SessionExpiredException | AccessDenied):
            return not_authenticated()
        if isinstance(exc, AccessError):
            # Odoo's own text names models and records.
            return (
                forbidden(str(exc)) if getattr(exc, "is_public", False) else forbidden()
            )
        if isinstance(exc, MissingError):
            return not_found()
        if isinstance(exc, UserError):
            return self._refusal(exc)
        if isinstance(exc, werkzeug.exceptions.HTTPException):
            return self._http_problem(exc)
        if isinstance(exc, psycopg2.errors.DataError):
            return invalid({}, "A value is not allowed.")
        # Where the connection is lost, rolling back fails, too.
        errors = (exc, exc.__context__)
        if any(isinstance(each, TOGETHER) for each in errors):
            return busy("Others change the same at this moment. Try again.")
        if any(isinstance(each, UNREACHED) for each in errors):
            return busy("The database is not reached at this moment. Try again.")
        return Problem("internal_error", "Something went wrong on the server.")

    def _refusal(self, exc):
        """Return the problem for a rule that was broken."""
        code = getattr(exc, "code", "validation_error")
        problems = getattr(exc, "problems", {})
        diagnostics = getattr(exc.__cause__, "diag", None)
        if diagnostics is not None:
            # PostgreSQL refused what had passed the checks: somebody was faster.
            code, problems, message = self._constraint(diagnostics)
        elif code == "idempotency_conflict":
            message = (
                "This Idempotency-Key was used with another request. Take a new key."
            )
        else:
            message = str(exc)
        if code not in STATUS_OF_CODE:
            code = "validation_error"
        errors = errors_of(problems)
        if code in ("payload_too_large", "unsupported_media_type"):
            errors = None
        return Problem(code, message, errors=errors)

    def _constraint(self, diagnostics):
        if diagnostics.constraint_name == UNIQUE_INDEX:
            message = self.request.env["intervention.meeting"]._duplicate_message()
            return "duplicate_active_intervention", {"root_cause": [message]}, message
        return (
            "validation_error",
            {},
            "The values contradict what is stored. Look again.",
        )

    def _http_problem(self, exc):
        if exc.code == 404:
            return not_found()
        if exc.code == 400:
            return Problem("malformed_json", "The request could not be read.")
        if exc.code == 401:
            return not_authenticated()
        if exc.code == 403:
            return forbidden()
        if exc.code == 413:
            return Problem(
                "payload_too_large",
                f"The body is larger than {self.limit} bytes.",
            )
        if exc.code == 415:
            return Problem(
                "unsupported_media_type",
                "Send the body as Content-Type: application/json.",
            )
        return Problem(
            "error", "The request could not be answered.", status=exc.code or 500
        )


def errors_of(problems):
    """Return what rules say is wrong, by the keys of the API instead of the fields."""
    return {KEY_OF_FIELD.get(name, name): texts for name, texts in problems.items()}


def allowed_methods():
    """Return the methods that the path of this request has, as for the header Allow.

    Empty where the API has no such path.
    """
    httprequest = http.request.httprequest
    adapter = (
        http.request.env["ir.http"].routing_map().bind_to_environ(httprequest.environ)
    )
    methods = []
    for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
        rule, _arguments = adapter.match(
            httprequest.path, method=method, return_rule=True
        )
        # The endpoint for everything else is the one that declares no methods.
        if rule.endpoint.routing["methods"] is not None:
            methods.append(method)
    return ", ".join(methods)


def is_same_origin(httprequest):
    """Tell whether a page of this very server sent the request, as browsers say."""
    site = httprequest.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = httprequest.headers.get("Origin")
    return bool(origin) and origin == httprequest.host_url.rstrip("/")
