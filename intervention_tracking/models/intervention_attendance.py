from odoo import fields, models

from ..tools.sql import vacuum_after


class InterventionAttendance(models.Model):
    """One school day of one student: the only table that screens and figures read.

    A day on which the school was open and of which there is no row is *unknown*:
    neither present nor absent. Rows are written by ``_store`` alone, whatever way they
    come in; nobody has the right to write them one by one.
    """

    _name = "intervention.attendance"
    _description = "School Day of a Student"
    _inherit = ["intervention.own.students"]
    _order = "date desc, student_id"
    # They come by hundreds of thousands. Who changed one is in the changes.
    _log_access = False

    date = fields.Date(required=True, readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    class_id = fields.Many2one(
        comodel_name="intervention.class",
        readonly=True,
        ondelete="restrict",
        help="The class of the student when the day was stored first.",
    )
    possible = fields.Integer(
        string="Possible Days",
        required=True,
        readonly=True,
        help="1 when the student had to attend on that day, else 0.",
    )
    absent = fields.Float(
        string="Days Missed",
        required=True,
        readonly=True,
        digits=(6, 5),
        help="The part of the day that the student missed, from 0 to 1.",
    )
    excused = fields.Float(
        string="Of Which Excused", required=True, readonly=True, digits=(6, 5)
    )
    is_late = fields.Boolean(string="Late", required=True, readonly=True)
    minutes_lost = fields.Integer(readonly=True)
    codes = fields.Char(readonly=True, help="As they came, in the order of the day.")
    note = fields.Char(readonly=True)
    source_id = fields.Many2one(
        comodel_name="intervention.attendance.source",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    updated_at = fields.Datetime(
        required=True, readonly=True, help="When the day was stored or changed last."
    )
    # No many2one: its foreign key would be looked at for each of millions of days.
    updated_uid = fields.Integer(
        string="Stored by", readonly=True, help="The id of the user who did that."
    )

    _parts = models.Constraint(
        "CHECK (possible IN (0, 1) AND 0 <= excused AND excused <= absent "
        "AND absent <= possible AND minutes_lost >= 0)",
        "A day is missed from 0 to 1, and no more of it is excused than was missed.",
    )
    _student_date_uniq = models.UniqueIndex(
        "(student_id, date)", "There is a row of this student and day already."
    )
    _class_date_idx = models.Index("(class_id, date)")
    # Rows come in the order of time, so that these two stay tiny.
    _date_idx = models.Index("USING brin (date)")
    _updated_at_idx = models.Index("USING brin (updated_at)")

    def init(self):
        """Keep the table fit: new days are found by BRIN once VACUUM has seen them."""
        vacuum_after(self.env.cr, self._table, changed=5_000, added=20_000)
