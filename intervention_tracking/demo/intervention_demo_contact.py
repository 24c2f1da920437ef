from odoo import api, models
from odoo.tools import SQL


class InterventionDemo(models.AbstractModel):
    _inherit = "intervention.demo"

    @api.model
    def _load_contacts(self):
        """Log the contacts with families, each at its time by its form master."""
        rows = self._rows("contacts.csv")
        if self._record(rows[0]["id"], raise_if_not_found=False):
            return
        contacts = self.env["intervention.contact"]
        ids = {}
        for number, row in enumerate(rows):
            meeting = self._record(row["meeting"])
            moment = self._moment(row["days_ago"], number)
            author = meeting.form_master_id
            guardian = self._record(row["guardian"])
            [(ids[row["id"]],)] = self.env.execute_query(
                SQL(
                    """INSERT INTO intervention_contact (
                           meeting_id, student_id, contact_date, guardian_id,
                           other_person, channel, direction, outcome, notes,
                           corrects_id, create_uid, create_date, write_uid, write_date)
                       VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                       RETURNING id""",
                    meeting.id,
                    meeting.student_id.id,
                    moment.date(),
                    guardian.id if guardian else None,
                    row["other_person"] or None,
                    row["channel"],
                    row["direction"],
                    row["outcome"],
                    row["notes"] or None,
                    ids.get(row["corrects"]),
                    author.id,
                    moment,
                    author.id,
                    moment,
                )
            )
        contacts.invalidate_model(flush=False)
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"intervention_tracking.{name}",
                    "record": contacts.browse(contact_id),
                    "noupdate": True,
                }
                for name, contact_id in ids.items()
            ]
        )
