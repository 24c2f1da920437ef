from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..constants import ADMIN_GROUP, ROOT_CAUSES
from ..tools.exceptions import Problems, validation_error
from ..tools.notification import notification, outcome
from ..tools.text import isolate


class InterventionRequest(models.Model):
    """A form master needs a case that somebody else may have.

    It tells nothing of that case: it can be made whether there is one or not.
    """

    _name = "intervention.request"
    _description = "Request for a Case"
    _inherit = ["intervention.refusals"]
    _order = "id desc"

    student_id = fields.Many2one(
        comodel_name="res.partner", required=True, readonly=True, ondelete="restrict"
    )
    root_cause = fields.Selection(
        selection=ROOT_CAUSES,
        string="Root Cause Category",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Asked by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    state = fields.Selection(
        selection=[
            ("waiting", "Waiting"),
            ("handed_over", "Handed Over"),
            ("declined", "Declined"),
            ("none", "No Active Case"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )

    # Who asks twice has asked once.
    _waiting_uniq = models.UniqueIndex(
        "(student_id, root_cause, user_id) WHERE state = 'waiting'",
        "You have asked for this case already.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if any(request.state != "waiting" for request in self):
            raise UserError(
                self.env._(
                    "A request that was decided is kept with the history of the case. "
                    "It waits for nobody any more: there is nothing left to do."
                )
            )

    def action_hand_over(self):
        """Make who asks the form master of the case, and tell them.

        :return: an action that says what was done
        :raises AccessError: for anyone but an administrator of interventions
        :raises ValidationError: when who asked can't open cases any more, and for a
            case of a school that is not switched on
        """
        self._check_decides()
        meetings = self.env["intervention.meeting"]
        case = meetings._own_case(self.student_id.id, self.root_cause)
        if not case:
            if meetings._active_cases({(self.student_id.id, self.root_cause)}):
                raise ValidationError(
                    self.env._(
                        "The case belongs to a school that is not switched on. Switch "
                        "it on in the list of companies beside your name, and hand the "
                        "case over. If it is not in that list, ask an administrator of "
                        "that school."
                    )
                )
            return self._decide(
                "none",
                self.env._("There is no active case any more."),
                lambda env: env._(
                    "There is no active case of that kind now. You can record one:"
                ),
            )
        case.write({"form_master_id": self.user_id.id})
        self.sudo().state = "handed_over"
        message, is_told = case._handed_over_message(self.user_id)
        return self._done(message, is_told)

    def action_decline(self):
        """Leave the case with who has it, and tell who asked.

        :return: an action that says what was done
        :raises AccessError: for anyone but an administrator of interventions
        """
        self._check_decides()
        return self._decide(
            "declined",
            self.env._("The request was declined."),
            lambda env: env._(
                "An administrator has declined your request for a case. Speak to them "
                "if you need it:"
            ),
        )

    @api.model
    def _join_waiting(self, students):
        """Leave one waiting request of each user and cause for one student of these.

        :param students: the contacts that are about to be merged
        """
        # sudo: who merges contacts need not be allowed to see the requests.
        waiting = self.sudo().search(
            [("student_id", "in", students.ids), ("state", "=", "waiting")], order="id"
        )
        asked = waiting.grouped(lambda request: (request.user_id, request.root_cause))
        waiting.browse().concat(*(each[1:] for each in asked.values())).unlink()

    def _check_decides(self):
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(ADMIN_GROUP):
            raise AccessError(self._access_refusal("write"))
        if self.state != "waiting":
            raise ValidationError(self.env._("This request is decided already."))

    def _decide(self, state, message, answer):
        """Note what was decided, and tell who asked; return ``_done``.

        :param str message: what is said to who decides
        :param answer: a function that makes the answer in the environment of who asked
        """
        self.sudo().state = state
        user = self.user_id
        thread = self.env["mail.thread"].with_context(lang=user.sudo().lang)
        thread.message_notify(
            partner_ids=user.sudo().partner_id.ids,
            subject=thread.env._("Your request for a case"),
            body=Markup("<p>%s</p><p>%s</p>")
            % (answer(thread.env), isolate(thread.env, self.student_id.display_name)),
        )
        is_told = bool(self.env["intervention.meeting"]._reached(user))
        told = (
            self.env._("%(name)s was told.", name=isolate(self.env, user.name))
            if is_told
            else self.env["intervention.meeting"]._without_address_message(user)
        )
        return self._done(f"{message} {told}", is_told)

    def _done(self, message, is_told):
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return notification(message, then=reload, **outcome(is_told))

    def _tell(self, users):
        """Tell users of a request, with the student's name and nothing of a case."""
        for user in users:
            thread = self.env["mail.thread"].with_context(lang=user.lang)
            thread.message_notify(
                partner_ids=user.partner_id.ids,
                subject=thread.env._("Somebody needs a case"),
                body=Markup('<p>%s</p><p><a href="%s">%s</a></p>')
                % (
                    thread.env._(
                        "%(name)s needs the case of %(student)s.",
                        name=isolate(thread.env, self.user_id.name),
                        student=isolate(thread.env, self.student_id.display_name),
                    ),
                    "/odoo/intervention-requests",
                    thread.env._("See the request, and hand the case over"),
                ),
            )


class InterventionMeeting(models.Model):
    """What a refused duplicate leads to: a request to the administrators."""

    _inherit = "intervention.meeting"

    def _checked_creations(self, vals_list):
        try:
            return super()._checked_creations(vals_list)
        except ValidationError as error:
            if (
                getattr(error, "code", None) == "duplicate_active_intervention"
                and len(vals_list) == 1
            ):
                case = {
                    name: vals_list[0].get(name)
                    for name in ("student_id", "root_cause")
                }
                if all(case.values()) and not self._own_case(**case):
                    # The web client offers to ask for the case.
                    error.context |= {"intervention_duplicate": case}
            raise

    def _own_case(self, student_id, root_cause):
        """Return the active case of this kind that the user may see."""
        return self.with_context(active_test=True).search(
            [
                ("student_id", "=", student_id),
                ("root_cause", "=", root_cause),
                ("status", "!=", "closed"),
            ],
            limit=1,
        )

    @api.model
    def request_case(self, student_id, root_cause):
        """Ask the administrators for a case that somebody else may have.

        The answer is the same whether there is such a case or not. Who asks again has
        asked once.

        :param int student_id: the student (a ``res.partner``)
        :param str root_cause: of the case
        :return: a dict of ``request`` (id of an ``intervention.request``), ``message``
            for who asks, and ``is_told``: whether an administrator was told
        :raises ValidationError: for a student or cause that can't be, and when the
            user has the case already
        :raises AccessError: for who has neither group
        """
        self.check_access("create")
        problems = Problems()
        self._complain_of_student(student_id, problems)
        if root_cause not in dict(ROOT_CAUSES):
            problems["root_cause"] = self._required_message("root_cause")
        if not problems and self._own_case(student_id, root_cause):
            problems["root_cause"] = self.env._(
                "You see this case already. Add a progress update to it."
            )
        if problems:
            raise validation_error(problems)
        student = self.env["res.partner"].browse(student_id)
        case = {
            "student_id": student.id,
            "root_cause": root_cause,
            "user_id": self.env.uid,
        }
        # sudo: a request is made by this method only.
        requests = self.env["intervention.request"].sudo()
        company = self.new({"student_id": student.id}).company_id
        request = requests.search(
            Domain.AND(Domain(name, "=", value) for name, value in case.items())
            & Domain("state", "=", "waiting")
        )
        users = self._escalation_users(company) - self.env.user
        if not request:
            request = requests.create({**case, "company_id": company.id})
            request._tell(users)
        reached = self._reached(users)
        asked = self.env._("Your request is with the administrators.")
        if not reached:
            return {
                "request": request.id,
                "message": f"{asked} {self._unheard_message(users)}",
                "is_told": False,
            }
        names = ", ".join(reached.mapped("name"))
        told = self.env._("Told: %(names)s.", names=names)
        return {"request": request.id, "message": f"{asked} {told}", "is_told": True}
