"""Errors as RFC 9457 problem documents."""

import json

from odoo.http import Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

PROBLEM_JSON = "application/problem+json"
# The contract's codes.
STATUS_OF_CODE = {
    "malformed_json": 400,
    "validation_error": 400,
    "not_authenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "duplicate_active_intervention": 409,
    "idempotency_conflict": 409,
    "precondition_failed": 412,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "internal_error": 500,
    "busy": 503,
}


class Problem(HTTPException):
    """An answer that tells what is wrong with a request.

    :param str code: one of the contract's codes, or another with a ``status``
    :param str detail: a sentence for people
    :param dict errors: key of the request to the list of what is wrong with it
    :param dict headers: further headers
    :param int status: the HTTP status, if it does not follow from the code
    """

    def __init__(self, code, detail, errors=None, headers=None, status=None):
        super().__init__(detail)
        self.code = status or STATUS_OF_CODE[code]
        self.problem_code = code
        self.errors = {key: texts for key, texts in (errors or {}).items() if texts}
        self.headers = headers or {}

    def get_response(self, environ=None, scope=None):
        """Return the problem document as a response."""
        document = {
            "type": "about:blank",
            "title": HTTP_STATUS_CODES.get(self.code, "Error"),
            "status": self.code,
            "code": self.problem_code,
            "detail": self.description,
        }
        if self.errors:
            document["errors"] = self.errors
        # As ASCII: a key that was sent may have what UTF-8 can't hold.
        return Response(
            json.dumps(document),
            status=self.code,
            headers={**self.headers, "Content-Type": PROBLEM_JSON},
        )


def invalid(errors, detail=None):
    """Return the problem of values that are not allowed.

    :param dict errors: key of the request to the list of what is wrong with it
    """
    return Problem(
        "validation_error",
        detail
        or "\n".join(dict.fromkeys(text for each in errors.values() for text in each)),
        errors=errors,
    )


def not_authenticated():
    """Return the problem of missing or wrong credentials."""
    return Problem(
        "not_authenticated",
        "Send a valid API key: Authorization: Bearer <key>.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def busy(detail):
    """Return the problem of what works when it is sent once more.

    :param str detail: why not now, and what to do
    """
    return Problem("busy", detail, headers={"Retry-After": "1"})


def forbidden(detail="You may not do this."):
    """Return the problem of an act that the caller's groups do not allow."""
    return Problem("permission_denied", detail)


def not_found():
    """Return the problem of what does not exist, or not for the caller."""
    return Problem("not_found", "There is nothing here that you may see.")
