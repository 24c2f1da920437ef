import json

from odoo import http
from odoo.http import request

from . import schema
from .problem import invalid
from .route import route

# What the model calls otherwise.
TEMPLATE = {"template": "plan_template_id"}


class InterventionEffectApi(http.Controller):
    """Whether less was missed after meetings, over HTTP."""

    @route(
        "/effect/",
        "GET",
        query=schema.EFFECT_FILTERS,
        model="intervention.effect",
        check="_check_may_see_figures",
        answer="Effect",
        says="The figure, its parts, and who is left out of it.",
    )
    def read_effect(self, query):
        """Tell whether students missed less after meetings than similar students.

        It is over the cases that the caller may see. A figure is in days of 20 after
        the meeting and negative where fewer were missed; with fewer than 10 students
        there is none. One of a part is there from 20 students on, and
        drawn towards 0.
        """
        first, last = query.get("from"), query.get("to")
        if first and last and first > last:
            raise invalid({"from": ["This must not be after the day of `to`."]})
        filters = {TEMPLATE.get(name, name): query[name] for name in query}
        # An id that no record has finds nothing.
        if "plan_template_id" in filters:
            filters["plan_template_id"] = filters["plan_template_id"] or schema.MAX_ID
        figures = request.env["intervention.effect"].get_figures(filters)
        figures["parts"]["template"] = figures["parts"].pop("plan_template_id")
        sent = {each.name: query.get(each.name) for each in schema.EFFECT_FILTERS}
        return json.dumps({**sent, **figures}, default=str)
