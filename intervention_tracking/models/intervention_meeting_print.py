from odoo import models


class InterventionMeeting(models.Model):
    """What of a meeting goes to the family on paper."""

    # A file for each subject of the model.
    # pylint: disable-next=consider-merging-classes-inherited
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

    def _family_lang(self):
        """Return the code of the language in which the family is written to.

        The guardians' when they have one in common, or the student's, or the user's.
        """
        self.ensure_one()
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        guardians = set(self.student_id.guardian_ids.mapped("lang"))
        common = guardians.pop() if len(guardians) == 1 else None
        for lang in (common, self.student_id.lang, self.env.lang):
            if lang in installed:
                return lang
        return self.env.user.lang or "en_US"
