"""Tables of any length that people upload, as CSV or XLSX, read row by row."""

import codecs
import csv
import io
import re
import tempfile
import zipfile
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import datetime

from odoo.exceptions import UserError

from .table_file import cell_text, cell_value, unreadable_file

# What is tried, in this order, where a file does not tell.
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "cp1256")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_PART = 1024 * 1024
_SAMPLE = 64 * 1024
# What a workbook may take when it is unpacked.
_MOST_BYTES = 1024 * 1024 * 1024
_HINT = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
# How spreadsheet programs show a number that is too long for them.
_SCIENTIFIC = re.compile(r"[0#.]+E\+0+", re.IGNORECASE)
# From here on a cell of a workbook does not hold every number.
_INEXACT = 10**15


class Table:
    """A file as rows of texts. Its attributes say how it is read.

    :param env: for the sentences
    :param file: a binary file that can be sought in; it stays open
    :param encoding: one of ``ENCODINGS``; found out by default, as the separator
    :raises UserError: when it is no such file
    """

    def __init__(self, env, file, encoding=None, separator=None):
        self.env = env
        file.seek(0)
        self.is_workbook = file.read(2) == b"PK"
        try:
            if self.is_workbook:
                self.file = _unpack(file)
                self.encoding, self.separator = "utf-8-sig", ","
            else:
                self.file = file
                self.encoding = encoding or _encoding(file)
                self.separator = separator or self._separator()
        except UserError:
            raise
        except Exception as error:
            raise unreadable_file(env) from error

    @contextmanager
    def rows(self):
        """Give the number of each row, from 1, and the list of its cells, for a block.

        :raises UserError: where a quotation mark is never closed
        """
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, self.encoding, "replace", newline="")
        try:
            yield enumerate(csv.reader(text, delimiter=self.separator, strict=True), 1)
        except csv.Error as error:
            raise UserError(
                self.env._(
                    "The file can't be read from row %(row)s on. Look there for a "
                    "quotation mark that is not closed.",
                    row=self._broken_row(),
                )
            ) from error
        finally:
            # The file is closed by who opened it.
            text.detach()

    def _broken_row(self):
        """Return the number of the first row that can't be read."""
        count = 0
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, self.encoding, "replace", newline="")
        rows = csv.reader(text, delimiter=self.separator, strict=True)
        with suppress(csv.Error):
            for _cells in rows:
                count += 1
        text.detach()
        return count + 1

    def _separator(self):
        """Return what divides most rows of the beginning into equally many cells."""
        self.file.seek(0)
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        sample = decoder.decode(self.file.read(_SAMPLE))
        if "\x00" in sample:
            raise ValueError("not a text")
        hint = _HINT.fullmatch(sample.partition("\n")[0])
        if hint and hint[1] in SEPARATORS.values():
            return hint[1]
        best, separator = (0, 0), ","
        for candidate in SEPARATORS.values():
            widths = Counter()
            try:
                for cells in csv.reader(
                    io.StringIO(sample, newline=""), delimiter=candidate
                ):
                    widths[len(cells)] += len(cells) > 1
            except csv.Error:
                continue
            width, count = max(widths.items(), key=lambda each: each[1], default=(0, 0))
            best, separator = max((best, separator), ((count, width), candidate))
        return separator


def _encoding(file):
    """Return the encoding of a text; what can't be told is one of Windows."""
    file.seek(0)
    beginning = file.read(4096)
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Letters of Europe have a zero in one of their two bytes.
    for name, place in (("utf-16-be", 0), ("utf-16-le", 1)):
        if beginning[place::2].count(0) > len(beginning) / 4:
            return name
    for name in ("utf-8-sig", "cp1252"):
        decoder = codecs.getincrementaldecoder(name)()
        file.seek(0)
        try:
            while part := file.read(_PART):
                if b"\x00" in part:
                    raise ValueError("not a text")
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    return "cp1256"


def _unpack(file):
    """Return the first sheet with anything in it as CSV, in a temporary file."""
    import openpyxl  # It takes long, and few import.

    with zipfile.ZipFile(file) as archive:
        if sum(each.file_size for each in archive.infolist()) > _MOST_BYTES:
            raise ValueError("too large")
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    # It is gone when nobody reads it any more.
    result = tempfile.TemporaryFile()  # noqa: SIM115
    for sheet in book.worksheets:
        if _write_rows(sheet, result):
            break
        result.seek(0)
        result.truncate()
    return result


def _write_rows(sheet, file):
    """Write a sheet into a file as CSV; return whether anything is in it."""
    # What some programs say of the size is wrong.
    sheet.reset_dimensions()
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    merged = _merged_cells(sheet)
    is_filled = False
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_cell(each) for each in row]
        if merged:
            _fill(cells, number, merged)
        is_filled = is_filled or any(cells)
        writer.writerow(cells if any(cells) else ())
    text.detach()
    return is_filled


def _cell(cell):
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return cell_text(value)
    if isinstance(value, datetime):
        # The hour stays, where there is one.
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = f"{value:.2E}"
        if abs(value) >= _INEXACT:
            return f"{value:.14E}"
        if _SCIENTIFIC.fullmatch(cell.number_format or "") and float(shown) == value:
            # It may have been shortened to this before it came here.
            return shown
    return cell_text(cell_value(cell))


def _merged_cells(sheet):
    """Return the ranges of merged cells: by the first row, their rows and columns."""
    from openpyxl.utils import column_index_from_string

    result, rest = {}, b""
    with sheet._get_source() as source:
        while part := source.read(_PART):
            part = rest + part
            for first, top, last, bottom in _MERGED.findall(part):
                columns = [
                    column_index_from_string(each.decode()) for each in (first, last)
                ]
                result.setdefault(int(top), []).append((int(bottom), *columns))
            rest = part[-100:]
    return result


def _fill(cells, number, merged):
    """Write into each cell of a merged range what its first one says."""
    for bottom, first, last in merged.pop(number, ()):
        value = cells[first - 1] if len(cells) >= first else ""
        merged.setdefault("open", []).append((bottom, first, last, value))
    for each in list(merged.get("open", ())):
        bottom, first, last, value = each
        if number >= bottom:
            merged["open"].remove(each)
        cells.extend([""] * (last - len(cells)))
        cells[first - 1 : last] = [value] * (last - first + 1)
