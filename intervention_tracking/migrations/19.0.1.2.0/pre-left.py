def migrate(cr, version):
    """Note in every case whose student is archived, as the counters read it there.

    In one statement: as a new field, Odoo would compute it case by case.
    """
    cr.execute(
        """ALTER TABLE intervention_meeting
               ADD COLUMN IF NOT EXISTS student_gone_from date;
           UPDATE intervention_meeting m SET student_gone_from = DATE '1900-01-01'
             FROM res_partner s
            WHERE s.id = m.student_id AND s.active IS NOT TRUE"""
    )
