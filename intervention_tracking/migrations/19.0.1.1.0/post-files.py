def migrate(cr, version):
    """Make files of the attachments of interventions, by the same ids.

    The attachments store the content from now on; nothing is copied. A message that had
    one has a link to the file instead.
    """
    cr.execute(
        """INSERT INTO intervention_file (
               id, meeting_id, progress_id, name, mimetype, size, checksum,
               create_uid, create_date, write_uid, write_date)
           SELECT a.id, COALESCE(m.id, p.meeting_id), p.id, a.name,
                  COALESCE(a.mimetype, 'application/octet-stream'),
                  COALESCE(a.file_size, 0), COALESCE(a.checksum, ''),
                  a.create_uid, a.create_date, a.write_uid, a.write_date
             FROM ir_attachment a
             LEFT JOIN intervention_meeting m
               ON a.res_model = 'intervention.meeting' AND m.id = a.res_id
             LEFT JOIN intervention_progress p
               ON a.res_model = 'intervention.progress' AND p.id = a.res_id
            WHERE a.res_model IN ('intervention.meeting', 'intervention.progress',
                                  'intervention.track')
              AND a.res_field IS NULL AND a.type = 'binary'
              AND (COALESCE(a.res_id, 0) = 0 OR m.id IS NOT NULL OR p.id IS NOT NULL)"""
    )
    cr.execute(
        """SELECT setval(pg_get_serial_sequence('intervention_file', 'id'),
                         GREATEST((SELECT MAX(id) FROM ir_attachment), 1))"""
    )
    cr.execute(
        """UPDATE ir_attachment a
              SET res_model = 'intervention.file', res_field = 'content',
                  res_id = a.id, public = FALSE, access_token = NULL
             FROM intervention_file f WHERE f.id = a.id"""
    )
    cr.execute(
        """UPDATE ir_model_data d SET model = 'intervention.file'
             FROM intervention_file f
            WHERE d.model = 'ir.attachment' AND d.res_id = f.id"""
    )
    # A repeat with the key of before answers with what it made.
    cr.execute(
        """UPDATE intervention_idempotency k SET made_model = 'intervention.file'
             FROM intervention_file f
            WHERE k.made_model = 'ir.attachment' AND k.made_id = f.id"""
    )
    # The names of files were typed by people.
    cr.execute(
        """WITH freed AS (
               DELETE FROM message_attachment_rel r USING intervention_file f
                WHERE r.attachment_id = f.id RETURNING r.message_id, f.id, f.name)
           UPDATE mail_message m SET body = COALESCE(m.body, '') || links.html
             FROM (SELECT message_id, string_agg(format(
                              '<p><a href="/web/content/intervention.file/%s/content">'
                              '%s</a></p>', id, replace(replace(replace(
                              name, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')),
                              '' ORDER BY id) AS html
                     FROM freed GROUP BY message_id) AS links
            WHERE m.id = links.message_id"""
    )
