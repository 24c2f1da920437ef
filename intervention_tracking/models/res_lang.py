from odoo import api, models


class ResLang(models.Model):
    _inherit = "res.lang"

    @api.model
    def _add_language(self, xml_id, values):
        """Offer a language among those to activate that Odoo does not know.

        A school that made the language itself keeps its own. Uninstalling the addon
        removes this one, unless it is active.

        :param str xml_id: under which it is found again
        :param dict values: those of the language
        """
        languages = self.with_context(active_test=False)
        for field in ("code", "url_code", "name"):
            taken = [values[field], values["iso_code"]]
            if languages.search_count([(field, "in", taken)], limit=1):
                return
        self._load_records([{"xml_id": xml_id, "values": values, "noupdate": True}])
