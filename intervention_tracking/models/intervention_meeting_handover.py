from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain

from ..constants import ADMIN_GROUP, FORM_MASTER_GROUP
from ..tools.search import boolean_search
from ..tools.text import isolate


class InterventionMeeting(models.Model):
    """Active cases that wait for an administrator to say who takes them over.

    A case does not note that its form master can't open it any more: it is looked for
    each time, as access can be lost by many doors.
    """

    _inherit = "intervention.meeting"

    has_owner_left = fields.Boolean(
        string="Form Master Left",
        compute="_compute_has_owner_left",
        search="_search_has_owner_left",
        groups=ADMIN_GROUP,
        help="The form master can't open the case any more.",
    )
    awaits_handover = fields.Boolean(
        string="Waiting to Be Handed Over",
        compute="_compute_awaits_handover",
        search="_search_awaits_handover",
        groups=ADMIN_GROUP,
        help="The case is active, and its form master can't open it any more, or no "
        "longer has the student's class.",
    )

    @api.depends("form_master_id", "company_id")
    def _compute_has_owner_left(self):
        for company, meetings in self.grouped("company_id").items():
            able = self._members(FORM_MASTER_GROUP, company)
            for meeting in meetings:
                meeting.has_owner_left = bool(meeting.form_master_id._origin - able)

    @boolean_search
    def _search_has_owner_left(self):
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "form_master_id",
                "not in",
                self._members(FORM_MASTER_GROUP, company).ids,
            )
            for company in self.env.companies
        )

    @api.depends("form_master_id", "status", "student_id")
    def _compute_awaits_handover(self):
        waiting = self._awaiting(Domain("id", "in", self._origin.ids))
        for meeting in self:
            meeting.awaits_handover = meeting._origin in waiting

    @boolean_search
    def _search_awaits_handover(self):
        former = [("former_form_master_ids", "!=", False)]
        classes = self.env["intervention.class"].with_context(active_test=False)
        return Domain("status", "!=", "closed") & (
            Domain("has_owner_left", "=", True)
            | classes.search(former)._former_domain()
        )

    @api.model
    def _awaiting(self, domain=Domain.TRUE, **params):
        """Return the cases that wait for a hand-over, those of one owner together."""
        return self.search(
            Domain("awaits_handover", "=", True) & domain,
            **{"order": "form_master_id, meeting_date, id", **params},
        )

    def _next_owner(self):
        """Return who takes this case over unless told: who has the class now."""
        owner = self.student_id.school_class_id.form_master_id
        able = self._members(FORM_MASTER_GROUP, self.company_id)
        return (owner & able) - self.form_master_id

    def _change(self, vals):
        handed_over = self._changed_by(vals, "form_master_id").grouped("form_master_id")
        result = super()._change(vals)
        for former_owner, meetings in handed_over.items():
            meetings._tell_former_owner(former_owner)
        return result

    def _tell_former_owner(self, user):
        """Tell who had these cases that somebody else has them now.

        Who can't open any case any more is told nothing.
        """
        able = self._members(FORM_MASTER_GROUP, self.company_id[:1])
        user = (user & able - self.env.user).sudo()
        if not user:
            return
        thread = self.env["mail.thread"].with_context(lang=user.lang)
        thread.message_notify(
            partner_ids=user.partner_id.ids,
            subject=thread.env._("Interventions handed over to somebody else"),
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (
                thread.env._(
                    "%(user)s made %(owner)s the form master of cases that you had "
                    "until now. You do not see them any more:",
                    user=isolate(thread.env, self.env.user.name),
                    owner=isolate(thread.env, self.form_master_id.name),
                ),
                Markup("").join(
                    Markup("<li>%s</li>") % meeting.display_name
                    for meeting in self.with_context(lang=user.lang)
                ),
            ),
        )


class InterventionClass(models.Model):
    """A class that gets another form master: who had it keeps cases, or not."""

    _inherit = "intervention.class"

    former_form_master_ids = fields.Many2many(
        comodel_name="res.users",
        relation="intervention_class_former_rel",
        string="Former Form Masters",
        copy=False,
        readonly=True,
        groups=ADMIN_GROUP,
        help="They had active cases of the class when it got another form master, and "
        "nobody has said yet who takes these over.",
    )
    handover_count = fields.Integer(
        string="Cases to Hand Over",
        compute="_compute_handover_count",
        groups=ADMIN_GROUP,
    )

    def _compute_handover_count(self):
        meetings = self.env["intervention.meeting"]
        for school_class in self:
            school_class.handover_count = bool(
                school_class.former_form_master_ids
            ) and meetings.search_count(school_class._former_domain())

    def _former_domain(self):
        """Return the domain of the active cases that former form masters still have."""
        return Domain("status", "!=", "closed") & Domain.OR(
            Domain("student_id.school_class_id", "=", school_class.id)
            & Domain("form_master_id", "in", school_class.former_form_master_ids.ids)
            for school_class in self
        )

    def write(self, vals):
        if "form_master_id" not in vals:
            return super().write(vals)
        former = [school_class.form_master_id for school_class in self]
        result = super().write(vals)
        # sudo: who changes classes in code need not be allowed to see the cases.
        for school_class, user in zip(self.sudo(), former, strict=True):
            school_class._note_former(user)
        return result

    def _note_former(self, user):
        """Note that this class changed hands, where its former form master has cases.

        :param user: who had the class until now
        """
        current = self._form_masters()
        if user and user <= current:
            return
        meetings = self.env["intervention.meeting"]
        former = self.former_form_master_ids - current
        has_cases = user and meetings.search_count(
            [
                ("student_id.school_class_id", "=", self.id),
                ("form_master_id", "=", user.id),
                ("status", "!=", "closed"),
            ],
            limit=1,
        )
        self.former_form_master_ids = former | user if has_cases else former
        meetings._return_activities(user)
        # An administrator is asked in the form.
        if has_cases and not self.env.user.has_group(ADMIN_GROUP):
            meetings._tell_of_handover(
                self.company_id,
                lambda env: env._(
                    "%(school_class)s has another form master, and %(name)s still has "
                    "active cases of the class.",
                    school_class=isolate(env, self.name),
                    name=isolate(env, user.name),
                ),
            )

    def action_hand_over(self):
        """Ask who takes over the cases that former form masters of these classes have.

        :return: an action of the web client, or False where there are none
        """
        if not sum(self.mapped("handover_count")):
            return False
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intervention_tracking.intervention_handover_action"
        )
        action["context"] = {"active_model": self._name, "active_ids": self.ids}
        return action


class ResUsers(models.Model):
    """What an administrator of both is told where they archive somebody."""

    _inherit = "res.users"

    handover_count = fields.Integer(
        string="Cases to Hand Over",
        compute="_compute_handover_count",
        groups=ADMIN_GROUP,
    )

    def _compute_handover_count(self):
        meetings = self.env["intervention.meeting"]
        for user in self:
            user.handover_count = meetings.search_count(
                [
                    ("form_master_id", "=", user._origin.id),
                    ("awaits_handover", "=", True),
                ]
            )
