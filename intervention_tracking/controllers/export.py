import json

from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.export import CSVExport, ExcelExport
from odoo.addons.web.controllers.pivot import TableExporter

from ..tools.spreadsheet import plain_cell, safe_cell


def is_ours(parameters):
    """Tell whether the records of the addon are exported, and not those of others."""
    return isinstance(parameters, dict) and str(parameters.get("model")).startswith(
        "intervention."
    )


class OwnExport:
    """Lets what writes the cells know whose records they are of."""

    def base(self, data):
        if is_ours(json.loads(data)):
            request.update_context(intervention_export=True)
        return super().base(data)

    def own_rows(self, rows, cell):
        if not request.env.context.get("intervention_export"):
            return rows
        return [[cell(value) for value in row] for row in rows]


class InterventionExcelExport(OwnExport, ExcelExport):
    """Odoo's own makes formulas of the names that people typed."""

    def from_data(self, fields, columns_headers, rows):
        return super().from_data(
            fields, columns_headers, self.own_rows(rows, plain_cell)
        )

    def from_group_data(self, fields, columns_headers, groups):
        self._own_groups(groups)
        return super().from_group_data(fields, columns_headers, groups)

    def _own_groups(self, groups):
        if not request.env.context.get("intervention_export"):
            return
        groups.data = self.own_rows(groups.data, plain_cell)
        for group in groups.children.values():
            self._own_groups(group)
        groups.children = {
            tuple(map(plain_cell, name))
            if isinstance(name, tuple)
            else plain_cell(name): group
            for name, group in groups.children.items()
        }


class InterventionCSVExport(OwnExport, CSVExport):
    """Odoo's own knows three of the characters that begin a formula."""

    def from_data(self, fields, columns_headers, rows):
        return super().from_data(
            fields, columns_headers, self.own_rows(rows, safe_cell)
        )


class InterventionTableExporter(TableExporter):
    """A pivot table has names in its headers, which would be formulas."""

    @http.route()
    def export_xlsx(self, data, **kw):
        text = data.read() if hasattr(data, "read") else data
        table = json.loads(text)
        if is_ours(table):
            headers = [
                *(each for row in table.get("col_group_headers", ()) for each in row),
                *table.get("measure_headers", ()),
                *table.get("rows", ()),
            ]
            for header in headers:
                header["title"] = plain_cell(header["title"])
            text = json.dumps(table)
        return super().export_xlsx(text, **kw)
