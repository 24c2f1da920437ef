from odoo import fields, models

from ..constants import BANDS


class InterventionAttendanceStanding(models.Model):
    """Where a student stands: what lists, filters and the dashboard read.

    One row a student, kept by the transaction that stores marks. The figures are those
    of the school year in which ``last_day`` is; ``recent`` is the last 20 possible days
    of it.
    """

    _name = "intervention.attendance.standing"
    _description = "Attendance of a Student"
    _inherit = ["intervention.own.students"]
    _order = "severity desc, id"
    _rec_name = "student_id"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="restrict"
    )
    year_start = fields.Date(
        required=True, readonly=True, help="The first day of the school year."
    )
    year_possible = fields.Integer(string="Possible Days", readonly=True)
    year_absent = fields.Float(string="Days Missed", readonly=True, digits=(8, 5))
    year_excused = fields.Float(string="Of Which Excused", readonly=True, digits=(8, 5))
    recent_possible = fields.Integer(string="Recent Possible Days", readonly=True)
    recent_absent = fields.Float(
        string="Days Missed Recently",
        readonly=True,
        digits=(8, 5),
        help="Of the last 20 possible days.",
    )
    recent_excused = fields.Float(
        string="Of Which Excused Recently", readonly=True, digits=(8, 5)
    )
    in_a_row = fields.Integer(
        string="Days Missed in a Row",
        readonly=True,
        help="Whole possible days missed up to the last day known.",
    )
    last_day = fields.Date(string="Last Day Known", readonly=True)
    band = fields.Selection(
        selection=BANDS, required=True, default="none", readonly=True
    )
    band_since = fields.Date(
        readonly=True,
        help="Since when the student has been in this band or a worse one.",
    )
    row_since = fields.Date(
        string="In a Row Since",
        readonly=True,
        help="The day on which the days missed in a row became as many as call for a "
        "talk.",
    )
    attention_since = fields.Date(
        readonly=True,
        help="The newest day on which the student entered a band, or missed as many "
        "days in a row as call for a talk. Empty: nothing calls for a talk.",
    )
    severity = fields.Integer(
        readonly=True, help="What lists put first: the band, then days in a row."
    )
    rate = fields.Float(
        string="Share of Days Missed",
        readonly=True,
        help="Days missed of the possible days of the school year. Unknown days are "
        "left out.",
    )

    _student_uniq = models.UniqueIndex(
        "(student_id)", "There is a row of this student already."
    )
    # Whom somebody should talk to, worst first.
    _attention_idx = models.Index(
        "(company_id, severity DESC) WHERE attention_since IS NOT NULL"
    )
