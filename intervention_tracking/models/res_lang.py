from odoo import api, models

SOMALI = {
    "name": "Somali / Af-Soomaali",
    "code": "so_SO",
    "iso_code": "so",
    "url_code": "so",
    "active": False,
    "direction": "ltr",
    "date_format": "%d/%m/%Y",
    "time_format": "%I:%M:%S %p",
    "week_start": "6",
}


class ResLang(models.Model):
    _inherit = "res.lang"

    @api.model
    def _add_somali(self):
        """Offer Somali among the languages to activate, as Odoo does not know it.

        A school that made the language itself keeps its own. Uninstalling the addon
        removes this one, unless it is active.
        """
        languages = self.with_context(active_test=False)
        for field in ("code", "url_code", "name"):
            if languages.search_count([(field, "in", [SOMALI[field], "so"])], limit=1):
                return
        self._load_records(
            [
                {
                    "xml_id": "intervention_tracking.lang_so",
                    "values": SOMALI,
                    "noupdate": True,
                }
            ]
        )
