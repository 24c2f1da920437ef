from odoo import http

from odoo.addons.web.controllers.dataset import DataSet

from ..tools.replica import may_read, pin_browser


def reads_replica(controller, rule, args):
    """Tell whether a replica may answer a call of the web client."""
    return controller._call_kw_readonly(rule, args) and may_read()


def is_of_students(model):
    """Tell whether these are records of the addon, or contacts, as students are."""
    return model == "res.partner" or model.startswith("intervention.")


class InterventionDataSet(DataSet):
    """Where there is a replica, who has saved something sees it in what they read."""

    @http.route(readonly=reads_replica)
    def call_kw(self, model, method, args, kwargs, path=None):
        result = super().call_kw(model, method, args, kwargs, path)
        if is_of_students(model):
            pin_browser()
        return result

    @http.route(readonly=reads_replica)
    def call_button(self, model, method, args, kwargs, path=None):
        result = super().call_button(model, method, args, kwargs, path)
        if is_of_students(model):
            pin_browser()
        return result
