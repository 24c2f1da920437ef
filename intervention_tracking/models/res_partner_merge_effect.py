from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """What changed after the meetings of two contacts, who are one student."""

    _inherit = "res.partner"

    def _take_over_student(self, leaving):
        # Before the cases are: what is known of them is of the same student.
        self.env.cr.execute(
            SQL(
                """UPDATE intervention_effect SET student_id = %s
                    WHERE student_id = ANY(%s)""",
                self.id,
                leaving.ids,
            )
        )
        # sudo: who merges contacts need not be allowed to see anything of them.
        self.sudo().env["intervention.effect.roll"]._forget(leaving.ids)
        return super()._take_over_student(leaving)
