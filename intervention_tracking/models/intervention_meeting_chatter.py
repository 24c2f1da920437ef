from odoo import models
from odoo.exceptions import AccessError, UserError

# With these in the context, Odoo tracks no change and makes no activities.
SILENCERS = frozenset(
    {"tracking_disable", "mail_notrack", "mail_activity_automation_skip"}
)


class InterventionMeeting(models.Model):
    """What is written in the chatter: who gets it, and that it stays."""

    # A file for each subject of the model.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "intervention.meeting"

    def message_post(self, **kwargs):
        # Who gets one message is not to get the next ones, too.
        self = self.with_context(mail_post_autofollow=False)
        return super().message_post(**kwargs)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Add followers, who get what is written in the chatter.

        :raises UserError: for somebody who is no internal user, as a guardian
        """
        outsiders = (
            self.env["res.partner"].browse(partner_ids or []).filtered("partner_share")
        )
        if outsiders:
            raise UserError(
                self.env._(
                    "%(names)s can't follow an intervention, as followers get all that "
                    "is written here. To write to a guardian, choose Write to "
                    "Guardian.",
                    names=", ".join(outsiders.mapped("name")),
                )
            )
        return super().message_subscribe(partner_ids, subtype_ids)

    # --- what stays ---

    def _leaving_traces(self):
        """Return these meetings without what would keep changes out of the chatter.

        Whoever calls over RPC chooses the context.
        """
        silencers = SILENCERS & self.env.context.keys()
        if self.env.su or not silencers:
            return self
        return self.with_context(**dict.fromkeys(silencers, False))

    def _check_can_update_message_content(self, messages):
        """Let authors edit or empty their own comments, but no letter to the family.

        Odoo lets its administrators edit the comments of others, too, who would still
        stand there as the authors.
        """
        if messages.author_id != self.env.user.partner_id:
            raise AccessError(self.env._("Only who wrote a message can change it."))
        # sudo: a letter stays as it was sent, whoever may see the log.
        if (
            self.env["intervention.contact"]
            .sudo()
            .search_count([("message_id", "in", messages.ids)], limit=1)
        ):
            raise AccessError(
                self.env._(
                    "This message went to the family and is in the log of contacts. It "
                    "stays as it was sent. Write another one."
                )
            )
        return super()._check_can_update_message_content(messages)
