import io

import lxml.html
from lxml import etree
from odoo import api, models
from odoo.tools.pdf import PdfFileReader, PdfFileWriter
from reportlab.pdfgen.canvas import Canvas

from odoo.addons.base.models import ir_actions_report

OURS = "intervention_tracking."
MARGINS = {
    "data-report-margin-top": "12",
    "data-report-margin-bottom": "18",
    "data-report-header-spacing": "0",
}
PAGE_NUMBER_HEIGHT = 24


def _classed(name):
    return f"//div[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"


def _rename_class(node, old, new):
    names = node.get("class").split()
    node.set("class", " ".join(new if name == old else name for name in names))


class IrActionsReport(models.Model):
    """Makes the addon's reports whole also where the PDF engine knows no headers.

    Distributions build wkhtmltopdf with an unpatched Qt: it leaves headers and footers
    out, keeps their room blank, and takes a single document. The letterhead then stands
    above the text of each document's first page, and the numbers of the pages are added
    afterwards.
    """

    _inherit = "ir.actions.report"

    @api.model
    def _engine_has_headers(self):
        return ir_actions_report._wkhtml().is_patched_qt

    def _prepare_html(self, html, report_model=False):
        if (self.report_name or "").startswith(OURS) and not self._engine_has_headers():
            html = self._with_letterheads_inside(html)
        return super()._prepare_html(html, report_model=report_model)

    @api.model
    def _with_letterheads_inside(self, html):
        """Return the page with all its documents, headers included, in one article."""
        page = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
        articles = page.xpath(_classed("article"))
        if not articles:
            return html
        whole = etree.SubElement(articles[0].getparent(), "div")
        for name, value in articles[0].attrib.items():
            if name.startswith("data-oe-"):
                whole.set(name, value)
        whole.set("class", "article")
        headers, footers = (
            page.xpath(_classed("header")),
            page.xpath(_classed("footer")),
        )
        for number, article in enumerate(articles):
            document = etree.SubElement(whole, "div")
            if number:
                document.set("style", "page-break-before: always")
            for part, name in (
                (headers[number : number + 1], "header"),
                ([article], "article"),
                (footers[number : number + 1], "footer"),
            ):
                for node in part:
                    if name == "footer" and not node.text_content().strip():
                        continue  # a rule under nothing
                    _rename_class(node, name, f"o_intervention_{name}")
                    document.append(node)
        for name, value in MARGINS.items():
            page.set(name, value)
        return lxml.html.tostring(page, encoding="utf-8")

    @api.model
    def _run_wkhtmltopdf(self, bodies, report_ref=False, **options):
        ours = report_ref and self._get_report(report_ref).report_name.startswith(OURS)
        if not ours or self._engine_has_headers():
            return super()._run_wkhtmltopdf(bodies, report_ref=report_ref, **options)
        # It would complain of what it does not know.
        options.update(header=None, footer=None)
        return self._with_page_numbers(
            super()._run_wkhtmltopdf(bodies, report_ref=report_ref, **options)
        )

    @api.model
    def _with_page_numbers(self, content):
        """Return a PDF of several pages with their numbers at the foot."""
        reader = PdfFileReader(io.BytesIO(content))
        if reader.numPages < 2:
            return content
        writer = PdfFileWriter()
        for index in range(reader.numPages):
            page = reader.getPage(index)
            width, height = map(float, page.mediaBox[2:])
            stamp = io.BytesIO()
            canvas = Canvas(stamp, pagesize=(width, height))
            canvas.setFont("Helvetica", 8)
            canvas.setFillGray(0.4)
            canvas.drawCentredString(
                width / 2, PAGE_NUMBER_HEIGHT, f"{index + 1} / {reader.numPages}"
            )
            canvas.save()
            page.mergePage(PdfFileReader(stamp).getPage(0))
            page.compress_content_streams()
            writer.addPage(page)
        result = io.BytesIO()
        writer.write(result)
        return result.getvalue()
