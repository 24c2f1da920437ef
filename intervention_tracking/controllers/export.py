import json

from odoo import http

from odoo.addons.web.controllers.export import (
    CSVExport,
    ExcelExport,
    ExportXlsxWriter,
    GroupExportXlsxWriter,
)
from odoo.addons.web.controllers.pivot import TableExporter

from ..tools.spreadsheet import safe_cell


class TextXlsxWriter(ExportXlsxWriter):
    """A text is written as a text: one that begins with "=" is no formula."""

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str):
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)


class GroupTextXlsxWriter(TextXlsxWriter, GroupExportXlsxWriter):
    pass


class InterventionExcelExport(ExcelExport):
    """Odoo's own makes formulas of the names that people typed."""

    def from_data(self, fields, columns_headers, rows):
        with TextXlsxWriter(fields, columns_headers, len(rows)) as writer:
            for row_index, row in enumerate(rows, start=1):
                for cell_index, cell_value in enumerate(row):
                    writer.write_cell(row_index, cell_index, cell_value)
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        with GroupTextXlsxWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for group_name, group in groups.children.items():
                row, column = writer.write_group(row, column, group_name, group)
        return writer.value


class InterventionCSVExport(CSVExport):
    """Odoo's own knows three of the characters that begin a formula."""

    def from_data(self, fields, columns_headers, rows):
        return super().from_data(
            fields,
            columns_headers,
            [
                [
                    safe_cell(cell.decode() if isinstance(cell, bytes) else cell)
                    for cell in row
                ]
                for row in rows
            ],
        )


class InterventionTableExporter(TableExporter):
    """A pivot table has names in its headers, which would be formulas."""

    @http.route()
    def export_xlsx(self, data, **kw):
        text = data.read() if hasattr(data, "read") else data
        table = json.loads(text)
        if isinstance(table, dict):
            headers = [
                *(each for row in table.get("col_group_headers", ()) for each in row),
                *table.get("measure_headers", ()),
                *table.get("rows", ()),
            ]
            for header in headers:
                header["title"] = safe_cell(header["title"])
            text = json.dumps(table)
        return super().export_xlsx(text, **kw)
