from odoo import models


class InterventionMeeting(models.Model):
    """What of a meeting goes to the family on paper."""

    _inherit = "intervention.meeting"

    def action_print_family_record(self):
        """Print the record of these meetings for the families, and note that it was.

        It has the plan, the next date and whom to ask, and nothing else of what was
        said.

        :return: an action of the web client
        :raises AccessError: when the user may not see the meetings
        """
        self.check_access("read")
        note = self.env._("Record for the family printed.")
        self._message_log_batch(dict.fromkeys(self.ids, note))
        report = self.env["intervention.paper"]
        return report._print(
            "report_family_record_action",
            self,
            langs=[meeting._family_lang() for meeting in self],
        )

    def action_print_history(self):
        """Ask how the history of this meeting's student is to be printed.

        :return: an action of the web client
        """
        self.ensure_one()
        return self.student_id.action_print_interventions()
