def migrate(cr, version):
    """Let go of the attachments of the history, which become files."""
    cr.execute("DROP FUNCTION IF EXISTS intervention_files_are_kept() CASCADE")
