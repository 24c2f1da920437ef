from odoo import api, fields, models


class InterventionTrack(models.TransientModel):
    """The files that are added with an update."""

    _inherit = "intervention.track"

    file_ids = fields.Many2many(
        comodel_name="intervention.file",
        string="Files",
        help="Photos, PDF, texts and documents (DOCX, ODT) that belong to the update.",
    )
    history_has_files = fields.Boolean(
        related="meeting_id.history_has_files", related_sudo=False
    )

    def _update_values(self):
        return {**super()._update_values(), "file_ids": self.file_ids.ids}

    @api.model
    def discard_files(self, file_ids):
        """Delete files that were chosen in a form and not saved with it.

        Those that belong to a record, or that somebody else chose, are left alone.

        :param list file_ids: ids of ``intervention.file``
        :return: True
        """
        meetings = self.env["intervention.meeting"]
        ids = filter(None, map(meetings._id_or_none, file_ids))
        self.env["intervention.file"].browse(ids)._discard_waiting()
        return True
