from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # sudo: who may send mails need not be allowed to read whose reminder it is.
        digests = self.env["intervention.digest"].sudo()
        for mail in self:
            if mail.model == digests._name:
                for digest in digests.browse(mail.res_id).exists():
                    digest._follow_mail(mail)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
