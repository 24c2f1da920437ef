from markupsafe import Markup
from odoo import models
from odoo.tools.mail import append_content_to_html


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_body(self):
        """Link to files of interventions, as they don't leave by e-mail.

        Odoo leaves out of a mail what its text links to.
        """
        body = super()._prepare_outgoing_body()
        for file in self.attachment_ids._of_interventions():
            link = Markup('<p><a href="%s/web/content/%s">%s</a></p>') % (
                self.get_base_url(),
                file.id,
                self.env._("Open the file (you need to sign in)"),
            )
            body = append_content_to_html(body, link, plaintext=False)
        return body

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
