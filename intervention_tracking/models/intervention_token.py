from odoo import api, models


class InterventionMeeting(models.Model):
    """What is sent twice with one token is made once."""

    _inherit = "intervention.meeting"

    @api.model_create_multi
    def create(self, vals_list):
        """Record meetings; a repeat with the token of the context makes nothing.

        :param list vals_list: one meeting, when the context has an
            ``intervention_token``
        :return: the meetings, which may have been recorded by an earlier call
        :raises ValidationError: when a rule is broken, or when the token was sent
            before with other values
        :raises AccessError: when a form master records for somebody else
        """
        if self.env.context.get("intervention_token") is None:
            return super().create(vals_list)
        meetings = self.with_context(intervention_token=None)
        return self.env["intervention.idempotency"]._create_once(
            self.browse(), vals_list, super(InterventionMeeting, meetings).create
        )

    def add_progress(self, update_text, status=None, resolution_notes=None, **more):
        """Add a note to the history, with a new status and next date if given.

        All or nothing. A closed meeting takes notes, but no change. With an
        ``intervention_token`` in the context, a repeat adds nothing and returns what
        the first call added.

        :param str update_text: what happened; may not be blank
        :param str status: ``open``, ``monitoring``, ``improving``, ``not_improving``,
            ``escalated`` or ``closed``; the status that it has already changes nothing
        :param str resolution_notes: how the case ended; needed to close it, and taken
            only then
        :param follow_up_date: the day of the next look, after today; None or False
            takes it away, and it stays as it is when not given, as when closing
        :param list attachment_ids: files that the user added to this meeting and that
            belong to no update yet
        :return: the new ``intervention.progress`` (its id over RPC)
        :raises ValidationError: for a blank text, an unknown or forbidden status,
            closing without resolution notes or with a next date (design rules 3, 5
            and 6), or a token that was sent before with other values
        :raises AccessError: when the user may not update the meeting
        """
        if self.env.context.get("intervention_token") is None:
            return super().add_progress(update_text, status, resolution_notes, **more)
        self.ensure_one()
        self.check_access("write")
        meeting = self.with_context(intervention_token=None)
        make = super(InterventionMeeting, meeting).add_progress
        arguments = {"status": status, "resolution_notes": resolution_notes, **more}
        return self.env["intervention.idempotency"]._once(
            ["add_progress", self.id, update_text, arguments],
            lambda: make(update_text, **arguments),
        )


class InterventionContact(models.Model):
    """A contact that is sent twice with one token is logged once."""

    _inherit = "intervention.contact"

    @api.model_create_multi
    def create(self, vals_list):
        """Log contacts with families; a repeat with the context's token logs nothing.

        :param list vals_list: each with ``meeting_id``, ``contact_date`` (today by
            default), ``guardian_id`` or ``other_person``, ``channel``, ``direction``,
            ``outcome``, and perhaps ``notes`` and ``corrects_id``; one entry, when the
            context has an ``intervention_token``
        :return: the entries, which may have been logged by an earlier call
        :raises ValidationError: when an entry breaks a rule, names every field at
            fault, or when the token was sent before with other values
        :raises AccessError: when the user may not update the meeting
        """
        if self.env.context.get("intervention_token") is None:
            return super().create(vals_list)
        contacts = self.with_context(intervention_token=None)
        return self.env["intervention.idempotency"]._create_once(
            self.browse(), vals_list, super(InterventionContact, contacts).create
        )
