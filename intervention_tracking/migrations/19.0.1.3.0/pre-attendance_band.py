def migrate(cr, version):
    """Nobody knows how students attended at the meetings there are.

    As a default of the column it is there at once; as a new field of Odoo it would be
    written into every row.
    """
    cr.execute(
        """ALTER TABLE intervention_meeting
               ADD COLUMN IF NOT EXISTS attendance_band varchar
               NOT NULL DEFAULT 'unknown'"""
    )
