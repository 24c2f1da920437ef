def migrate(cr, version):
    """Give what stores the content of files no name of theirs, as names are private.

    After ``post-files`` of 19.0.1.1.0, which makes files of attachments. The guard lets
    it pass within this transaction. Its function is replaced and no trigger disabled,
    which would lock the attachments of all apps.
    """
    cr.execute(
        "SELECT pg_get_functiondef('intervention_files_are_kept()'::regprocedure)"
    )
    [guard] = cr.fetchone()
    cr.execute(
        """CREATE OR REPLACE FUNCTION intervention_files_are_kept()
           RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
           UPDATE ir_attachment SET name = res_field
            WHERE res_model = 'intervention.file' AND res_field = 'content'
              AND name IS DISTINCT FROM res_field"""
    )
    # As it was: PostgreSQL's own words.
    cr.execute(guard)  # pylint: disable=sql-injection
