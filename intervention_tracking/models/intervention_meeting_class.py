from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..constants import ADMIN_GROUP
from ..tools.search import boolean_search
from ..tools.text import isolate

# Fields and filters that tell of whom a case is. Who has all of them needs none.
OWNER_NODES = ("form_master_id", "group_by_form_master")


class InterventionSettings(models.Model):
    """Whether the form masters of a class see each other's cases."""

    _inherit = "intervention.settings"

    class_cases_shared = fields.Boolean(
        string="Share the Cases of a Class",
        help="The form masters of a class, its substitutes in their days among them, "
        "see all cases that were recorded in it, active and closed, and may do with "
        "them what the form master of the case may. Who that is stays. When off, "
        "everybody sees their own cases only.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        if any(vals.get("class_cases_shared") for vals in vals_list):
            self._note_sharing()
        return settings

    def write(self, vals):
        result = super().write(vals)
        if "class_cases_shared" in vals:
            self._note_sharing()
        return result

    def _note_sharing(self):
        self.env.registry.clear_cache()
        meetings = self.env["intervention.meeting"]
        meetings.invalidate_model(["is_of_own_class"])
        meetings._return_activities()

    @api.model
    @ormcache()
    def _sharing_company_ids(self):
        """Return the ids of the companies in which cases of a class are shared."""
        # sudo: it is the same for everybody.
        settings = self.sudo().search([("class_cases_shared", "=", True)])
        return frozenset(settings.company_id.ids)

    @api.model
    def _is_sharing_cases(self):
        """Tell the record rules whether any company shares the cases of a class.

        The name of a company's field in a rule makes Odoo's web client believe that
        another company would do: it switches, and loads the page again for ever.
        """
        return bool(self._sharing_company_ids())


class InterventionMeeting(models.Model):
    """Cases of a class that its form masters share: ``is_of_own_class`` is who may.

    The record rules of cases, and of all that hangs on a case, ask for this field
    beside the owner. It is looked up in every search, so that a substitute's sight
    begins and ends with their days. Where no school shares, it costs no query and
    leaves the rule of the owner alone.
    """

    _inherit = "intervention.meeting"

    is_of_own_class = fields.Boolean(
        string="Of My Class",
        compute="_compute_is_of_own_class",
        search="_search_is_of_own_class",
        help="The school shares the cases of a class, and you are a form master of the "
        "class in which this one was recorded.",
    )
    colleague_text = fields.Char(
        compute="_compute_colleague_text",
        help="Of whom the case is, when it is seen by who shares the class.",
    )

    @api.depends(
        "class_id.active",
        "class_id.form_master_id",
        "class_id.form_master_line_ids.user_id",
        "class_id.form_master_line_ids.date_from",
        "class_id.form_master_line_ids.date_to",
    )
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_of_own_class(self):
        shared = self._shared_class_ids()
        for meeting in self:
            meeting.is_of_own_class = meeting.class_id.id in shared

    @boolean_search
    def _search_is_of_own_class(self):
        return self._shared_class_domain()

    @api.model
    def _shared_class_domain(self):
        """Return which classes' cases the user may see as one of their form masters."""
        return Domain("class_id", "in", self._shared_class_ids())

    @api.depends("form_master_id", "class_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_colleague_text(self):
        shares = self._shares_cases()
        for meeting in self:
            meeting.colleague_text = (
                self.env._(
                    "%(name)s has this case. You see it as a form master of "
                    "%(school_class)s.",
                    name=isolate(self.env, meeting.form_master_id.name),
                    school_class=isolate(self.env, meeting.class_id.name),
                )
                if shares
                and meeting.form_master_id not in (self.env.user, meeting.browse())
                and meeting.class_id
                else False
            )

    @api.model
    def _sharing_company_ids(self):
        """Return the ids of the user's companies that share the cases of a class."""
        sharing = self.env["intervention.settings"]._sharing_company_ids()
        return sharing and sharing.intersection(self.env.companies.ids)

    @api.model
    def _shares_cases(self):
        """Tell whether the user may see cases of colleagues, as their class is shared.

        Administrators see all, whether the school shares or not.
        """
        return bool(self._sharing_company_ids()) and not self.env.user.has_group(
            ADMIN_GROUP
        )

    @api.model
    def _shared_class_ids(self):
        """Return the ids of the classes whose cases the user shares today."""
        sharing = self._sharing_company_ids()
        if not sharing:
            return set()
        # The settings themselves, as what is remembered of them may be of before.
        self.env["intervention.settings"].flush_model(["class_cases_shared"])
        return self.env["intervention.class"]._own_ids(
            SQL(
                """EXISTS (
                    SELECT FROM intervention_settings s
                     WHERE s.company_id = c.company_id AND s.class_cases_shared IS TRUE
                       AND s.company_id = ANY(%s))""",
                list(sharing),
            )
        )

    # --- one's own come first ---

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        order = super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        if field_name != "attention_rank" or not self._shares_cases():
            return order
        owner = self._field_to_sql(alias, "form_master_id", query)
        return SQL("%s = %s DESC, %s", owner, self.env.uid, order)

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self._shares_cases())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Show in lists whose a case is to who sees those of colleagues."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type in ("list", "kanban", "search") and self._shares_cases():
            for node in arch.xpath(f"//*[@groups='{ADMIN_GROUP}']"):
                if node.get("name") in OWNER_NODES:
                    node.attrib.pop("groups")
        return arch, view

    # --- who does not see them any more ---

    @api.model
    def _return_activities(self, users=None):
        """Give what was to be done on cases by who can't see them to who has them.

        An activity has the name of the student, whoever may see the case.

        :param users: whose activities to look at, by default everybody's
        """
        # sudo: whoever changes a class or the settings.
        meetings = self.sudo()
        domain = Domain("res_model", "=", self._name) & Domain("user_id", "!=", False)
        if users is not None:
            domain &= Domain("user_id", "in", users.ids)
        activities = meetings.env["mail.activity"].with_context(active_test=True)
        for user, assigned in activities.search(domain).grouped("user_id").items():
            named = meetings.browse(assigned.mapped("res_id"))
            # What an owner had to do goes to the next one, when there is one.
            named = named.filtered(lambda case, user=user: case.form_master_id != user)
            unseen = named - named._as_seen_by(user)._filtered_access("read")
            for meeting in unseen:
                meeting._assign_to_owner(
                    assigned.filtered(
                        lambda each, meeting=meeting: each.res_id == meeting.id
                    )
                )

    def _assign_to_owner(self, activities):
        """Give activities on this case to who has it, or else to an administrator."""
        owner = self.form_master_id
        if not self._as_seen_by(owner).has_access("read"):
            owner = self._escalation_users(self.company_id)[:1]
        if owner:
            # No mail: it may be nobody's doing but the day's.
            quiet = activities.with_context(mail_activity_quick_update=True)
            quiet.write({"user_id": owner.id})
