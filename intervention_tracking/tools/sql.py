from odoo.tools import SQL


def user_name(user_id):
    """Return the SQL of a user's name; joins for it make the planning longer."""
    return SQL(
        """(SELECT person.name FROM res_users account
              JOIN res_partner person ON person.id = account.partner_id
             WHERE account.id = %s)""",
        user_id,
    )
