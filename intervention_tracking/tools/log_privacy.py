"""Keeps what was said in an intervention out of the server's log.

When PostgreSQL refuses a statement, Odoo logs the statement with its values, and for
this addon's tables these are a child's name, reasons and health. When a user is refused
something, Odoo logs what they are told, and this addon tells names and, to who would
overwrite a colleague's text, both texts.
"""

import logging
import re
import traceback
from pathlib import Path

from odoo.exceptions import UserError

_ADDON = Path(__file__).resolve().parents[1]

# Every table and model of the addon is private, except where nothing is of a child. The
# names of files are, too; their rows name the model.
_PRIVATE_TABLE = re.compile(
    r"\bintervention[_.]"
    r"(?!tracking\b|(?:class|settings|plan[_.]template)(?![\w.]))\w"
)
_REDACTED = "(a statement on a table of intervention_tracking; its values are private)"


class _StatementFilter(logging.Filter):
    def filter(self, record):
        """Replace the statement and the values in a message about a private table."""
        if _PRIVATE_TABLE.search(record.getMessage()):
            error = record.args[-1] if record.args else None
            diagnostics = getattr(error, "diag", None)
            summary = getattr(diagnostics, "message_primary", None)
            # Only violated constraints are told without the value at fault.
            if summary and not (error.pgcode or "").startswith("23"):
                summary = type(error).__name__
            record.msg = "bad query: %s\nERROR: %s" if summary else "query: %s"
            record.args = (_REDACTED, summary) if summary else (_REDACTED,)
        return True


class _RefusalFilter(logging.Filter):
    def filter(self, record):
        """Replace the words of a refusal by where in this addon it was raised."""
        error = record.msg
        if isinstance(error, UserError) and error.__traceback__:
            *_callers, (frame, line) = traceback.walk_tb(error.__traceback__)
            path = Path(frame.f_code.co_filename).resolve()
            if path.is_relative_to(_ADDON):
                record.msg = "%s (a refusal of %s/%s:%s; its words are private)"
                record.args = (
                    type(error).__name__,
                    _ADDON.name,
                    path.relative_to(_ADDON),
                    line,
                )
        return True


def install():
    """Add the filters to the loggers of Odoo's cursor and of its requests, once."""
    filters = {"odoo.sql_db": _StatementFilter, "odoo.http": _RefusalFilter}
    for name, kind in filters.items():
        logger = logging.getLogger(name)
        if not any(isinstance(item, kind) for item in logger.filters):
            logger.addFilter(kind())
