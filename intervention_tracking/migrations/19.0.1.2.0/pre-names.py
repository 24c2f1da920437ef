from collections import defaultdict

from odoo.exceptions import UserError
from psycopg2.extras import execute_values

from odoo.addons.intervention_tracking.tools.sql import PAGE, fill_person_search
from odoo.addons.intervention_tracking.tools.text import clean_number


def migrate(cr, version):
    """Drop what is invisible in student numbers, and fill what people are found by.

    :raises UserError: with the list of students whose numbers have become one; nothing
        is upgraded then
    """
    cr.execute(
        """SELECT id, student_number, COALESCE(company_id, 0), active
             FROM res_partner WHERE is_intervention_student IS TRUE ORDER BY id"""
    )
    _refuse_duplicates(cr, cr.fetchall())
    cr.execute("SELECT id, student_number FROM res_partner WHERE student_number != ''")
    numbers = [(partner, old, clean_number(old)) for partner, old in cr.fetchall()]
    execute_values(
        cr._obj,
        """UPDATE res_partner p SET student_number = NULLIF(v.number, '')
             FROM (VALUES %s) AS v (id, number) WHERE p.id = v.id""",
        [(partner, new) for partner, old, new in numbers if new != old],
        page_size=PAGE,
    )
    fill_person_search(cr)


def _refuse_duplicates(cr, students):
    """Raise with the list of students who have one number, for who upgrades."""
    numbers = [
        clean_number(number or "") for _partner, number, _company, _active in students
    ]
    # PostgreSQL's lower(), as in the unique index.
    cr.execute("SELECT array(SELECT lower(unnest(%s::text[])))", [numbers])
    [folded] = cr.fetchone()
    groups = defaultdict(list)
    for key, (partner, number, company, active) in zip(folded, students, strict=True):
        if key:
            state = "" if active else ", archived"
            groups[key, company].append(f"{number!a} (contact {partner}{state})")
    lines = [", ".join(told) for told in groups.values() if len(told) > 1]
    if lines:
        raise UserError(
            "Some students have one number, as numbers are compared without case and "
            "without invisible characters now. Correct the numbers, or merge those who "
            "were entered twice, then upgrade again:\n" + "\n".join(lines)
        )
