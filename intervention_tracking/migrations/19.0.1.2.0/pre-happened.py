def migrate(cr, version):
    """Say of every update on which day it was entered, where its author was.

    A new column, so that the trigger of the history lets it be filled.
    """
    cr.execute(
        """ALTER TABLE intervention_progress
               ADD COLUMN IF NOT EXISTS happened_on date;
           UPDATE intervention_progress p
              SET happened_on = GREATEST(m.meeting_date, (
                      p.create_date AT TIME ZONE 'UTC'
                      AT TIME ZONE COALESCE(own.name, school.name, 'UTC'))::date)
             FROM intervention_meeting m
             JOIN res_company c ON c.id = m.company_id
             JOIN res_partner place ON place.id = c.partner_id
             LEFT JOIN pg_timezone_names school ON school.name = place.tz,
                  res_users u
             JOIN res_partner person ON person.id = u.partner_id
             LEFT JOIN pg_timezone_names own ON own.name = person.tz
            WHERE m.id = p.meeting_id AND u.id = p.create_uid
              AND p.happened_on IS NULL"""
    )
