"""Keeps what was said in an intervention out of the server's log.

When PostgreSQL refuses a statement, Odoo logs the statement with its values, and for
this addon's tables these are a child's name, reasons and health.
"""

import logging
import re

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


def install():
    """Add the filter to the logger of Odoo's cursor, once."""
    logger = logging.getLogger("odoo.sql_db")
    if not any(isinstance(item, _StatementFilter) for item in logger.filters):
        logger.addFilter(_StatementFilter())
