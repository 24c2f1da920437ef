"""Functions and triggers of PostgreSQL that are made anew only when they change.

Making a trigger keeps everybody from its table until the update of the addon has
ended, and a writer who has one of two such tables and needs the other ends it by a
deadlock. So what is there as it is to be is left alone. Its comment is a digest of what
it was made of and what PostgreSQL made of it, much as Odoo has it for indexes; what
somebody has changed by hand is made anew, too.
"""

from odoo.tools import SQL


def make_function(cr, name, arguments, definition):
    """Make a function, unless it is there as it is to be.

    :param str name: of the function; no other has it
    :param str arguments: their names and types
    :param SQL definition: what follows them: what it returns, language and body
    """
    function = SQL("%s(%s)", SQL.identifier(name), SQL(arguments))
    _make(
        cr,
        SQL("CREATE OR REPLACE FUNCTION %s %s", function, definition),
        SQL("FUNCTION %s", function),
        SQL(
            """SELECT obj_description(oid, 'pg_proc') AS digest,
                      pg_get_functiondef(oid) AS made
                 FROM pg_proc WHERE proname = %s
                  AND pronamespace::regnamespace::name = current_schema""",
            name,
        ),
    )


def make_trigger(cr, name, table, event, function, condition=None, each="ROW"):
    """Make a trigger, unless it is there as it is to be.

    :param str name: of the trigger
    :param str table: whose rows it watches
    :param SQL event: as ``BEFORE UPDATE OF name``
    :param str function: what it calls, without an argument
    :param SQL condition: for which rows; by default for all
    :param str each: ``ROW`` or ``STATEMENT``
    """
    trigger = SQL("%s ON %s", SQL.identifier(name), SQL.identifier(table))
    statement = SQL(
        """DROP TRIGGER IF EXISTS %s;
           CREATE TRIGGER %s %s ON %s FOR EACH %s WHEN (%s) EXECUTE FUNCTION %s()""",
        trigger,
        SQL.identifier(name),
        event,
        SQL.identifier(table),
        SQL(each),
        condition or SQL("TRUE"),
        SQL.identifier(function),
    )
    _make(
        cr,
        statement,
        SQL("TRIGGER %s", trigger),
        SQL(
            """SELECT obj_description(oid, 'pg_trigger') AS digest,
                      pg_get_triggerdef(oid) || tgenabled::text AS made
                 FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass""",
            name,
            table,
        ),
    )


def _make(cr, statement, what, current):
    """Run the statement unless what it makes has the digest that goes with both."""
    text = cr.mogrify(statement).decode()
    digest = SQL("md5(%s || made)", text)
    cr.execute(SQL("SELECT digest = %s FROM (%s) AS it", digest, current))
    if cr.fetchone() == (True,):
        return
    cr.execute(statement)
    cr.execute(SQL("SELECT %s FROM (%s) AS it", digest, current))
    cr.execute(SQL("COMMENT ON %s IS %s", what, cr.fetchone()[0]))
