from odoo import api, fields, models


class InterventionTrack(models.TransientModel):
    """The files that are added with an update."""

    _inherit = "intervention.track"

    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        string="Files",
        help="Photos, PDF, texts and documents (DOCX, ODT) that belong to the update.",
    )
    history_has_files = fields.Boolean(
        related="meeting_id.history_has_files", related_sudo=False
    )

    def _update_values(self):
        return {**super()._update_values(), "attachment_ids": self.attachment_ids.ids}

    @api.model
    def discard_files(self, attachment_ids):
        """Delete files that were chosen in a form and not saved with it.

        Those that belong to a record, or that somebody else chose, are left alone.

        :param list attachment_ids: ids of ``ir.attachment``
        :return: True
        """
        meetings = self.env["intervention.meeting"]
        ids = filter(None, map(meetings._id_or_none, attachment_ids))
        self.env["ir.attachment"].browse(ids)._discard_waiting()
        return True
