from odoo.tools import SQL
from psycopg2.extras import execute_values

from .text import search_key
from .triggers import make_function, make_trigger

PAGE = 1000


def drop_old_search_keys(cr):
    """Make a trigger that drops what a contact was found by when its name changes.

    Students keep theirs, which the ORM makes anew in the same transaction.
    """
    make_function(
        cr,
        "intervention_drop_search_key",
        "",
        SQL(
            """
            RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.person_search := NULL;
                RETURN NEW;
            END $$
            """
        ),
    )
    make_trigger(
        cr,
        "intervention_search_key",
        "res_partner",
        SQL("BEFORE UPDATE OF name"),
        "intervention_drop_search_key",
        SQL(
            """NEW.is_intervention_student IS NOT TRUE
               AND NEW.name IS DISTINCT FROM OLD.name"""
        ),
    )


def fill_person_search(cr, missing=False):
    """Add to the table of contacts what they are found by, and fill it.

    Odoo would compute it record by record.

    :param bool missing: whether only those who have none are filled in
    """
    cr.execute(
        """ALTER TABLE res_partner
               ADD COLUMN IF NOT EXISTS student_number varchar,
               ADD COLUMN IF NOT EXISTS person_search varchar"""
    )
    cr.execute(
        """SELECT id, name, student_number FROM res_partner
            WHERE person_search IS NULL OR NOT %s""",
        [missing],
    )
    execute_values(
        cr._obj,
        """UPDATE res_partner p SET person_search = v.key
             FROM (VALUES %s) AS v (id, key) WHERE p.id = v.id""",
        [
            (partner, search_key(name, number))
            for partner, name, number in cr.fetchall()
        ],
        page_size=PAGE,
    )


def vacuum_after(cr, table, changed, added):
    """Let PostgreSQL clean a table up after so many rows, however large it is.

    What reads an index alone has to look up each row of a page that was written to
    since the last VACUUM. By default one fifth of the table has to change before the
    next, which the counters of a large school feel long before.

    :param str table: the table
    :param int changed: how many rows may have been changed or deleted
    :param int added: how many rows may have been added
    """
    cr.execute(
        SQL(
            """ALTER TABLE %s SET (
                   autovacuum_vacuum_scale_factor = 0,
                   autovacuum_vacuum_threshold = %s,
                   autovacuum_vacuum_insert_scale_factor = 0,
                   autovacuum_vacuum_insert_threshold = %s,
                   autovacuum_analyze_scale_factor = 0.02)""",
            SQL.identifier(table),
            changed,
            added,
        )
    )


def user_name(user_id):
    """Return the SQL of a user's name; joins for it make the planning longer."""
    return SQL(
        """(SELECT person.name FROM res_partner person
             WHERE person.id = (SELECT account.partner_id FROM res_users account
                                 WHERE account.id = %s))""",
        user_id,
    )


def is_retracted(alias, field):
    """Return the SQL of whether a row was retracted.

    :param str alias: of the row's table
    :param str field: of ``intervention.retraction``, which leads to such rows
    """
    return SQL(
        "EXISTS (SELECT FROM intervention_retraction WHERE %s = %s)",
        SQL.identifier("intervention_retraction", field),
        SQL.identifier(alias, "id"),
    )


def unless_retracted(column, alias, field):
    """Return the SQL of a column that is empty in a row that was retracted.

    :param column: the SQL of the column; for the rest see ``is_retracted``
    """
    return SQL("CASE WHEN NOT %s THEN %s END", is_retracted(alias, field), column)
