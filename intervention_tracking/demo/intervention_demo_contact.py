from odoo import api, models


class InterventionDemo(models.AbstractModel):
    _inherit = "intervention.demo"

    @api.model
    def _load_contacts(self):
        """Log the contacts with families, each at its time by its form master."""
        rows = self._rows("contacts.csv")
        if self._record(rows[0]["id"], raise_if_not_found=False):
            return
        contacts = self.env["intervention.contact"]
        for number, row in enumerate(rows):
            meeting = self._record(row["meeting"])
            moment = self._moment(row["days_ago"], number)
            contact_id = self._insert(
                "intervention_contact",
                meeting.form_master_id,
                moment,
                meeting_id=meeting.id,
                student_id=meeting.student_id.id,
                contact_date=moment.date(),
                guardian_id=self._record_id(row["guardian"]),
                other_person=row["other_person"] or None,
                channel=row["channel"],
                direction=row["direction"],
                outcome=row["outcome"],
                notes=row["notes"] or None,
                corrects_id=self._record_id(row["corrects"]),
            )
            self._give_name(contacts.browse(contact_id), row["id"])
        contacts.invalidate_model(flush=False)
