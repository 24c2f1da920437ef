import json
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import MissingError

from ..tools.day import zone_of


class InterventionPaper(models.AbstractModel):
    """What the addon's reports on paper have in common.

    They are made with the rights of who prints them, by whatever address: none uses
    sudo for what it says.
    """

    _name = "intervention.paper"
    _description = "Interventions on Paper"

    @api.model
    def _print(self, xml_id, docs, langs=None):
        """Return the action that prints documents.

        That is a PDF, or, where Odoo finds no engine that can make it, a page for the
        browser to print.

        :param str xml_id: of the ``ir.actions.report``
        :param docs: the records to print
        :param list langs: the codes of their languages, if not the user's
        """
        report = self.env.ref(f"intervention_tracking.{xml_id}")
        if self._engine_can_write(langs or [self.env.lang]):
            return {**report.report_action(docs), "close_on_report_download": True}
        ids = ",".join(map(str, docs.ids))
        context = {
            name: self.env.context[name]
            for name in ("lang", "tz", "allowed_company_ids")
            if name in self.env.context
        }
        query = urlencode({"context": json.dumps(context)})
        return {
            "type": "ir.actions.act_url",
            "url": f"/report/html/{report.sudo().report_name}/{ids}?{query}",
            "target": "new",
            "close": True,
        }

    @api.model
    def _engine_can_write(self, langs):
        """Tell whether the PDF engine is there and fit for these languages.

        An unpatched one cuts lines that run from right to left.
        """
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() not in ("ok", "upgrade"):
            return False
        return reports._engine_has_headers() or all(
            self._direction(lang) == "ltr" for lang in langs
        )

    @api.model
    def _readable(self, model, docids):
        """Return the documents, which the user must be allowed to read.

        :raises AccessError: when they may not
        :raises MissingError: when there is none
        """
        docs = self.env[model].browse(docids or [])
        docs.check_access("read")
        if not docs.exists():
            raise MissingError(
                self.env._("There is nothing to print. Open it again and print anew.")
            )
        return docs

    @api.model
    def _common_values(self, data):
        """Return what every template gets.

        :param dict data: what the report was asked for with
        """
        kind = (data or {}).get("report_type")
        values = {
            "on_screen": kind == "html",
            "printed_at": fields.Datetime.now(),
            "zone": zone_of(self.env).zone,
            "direction": self._direction(self.env.lang),
        }
        if kind == "pdf" and not self.env["ir.actions.report"]._engine_has_headers():
            # The letterhead is made as for the screen: in the text, not in the margin.
            values["report_type"] = "html"
        return values

    @api.model
    def _direction(self, lang):
        return self.env["res.lang"]._get_data(code=lang).direction or "ltr"
