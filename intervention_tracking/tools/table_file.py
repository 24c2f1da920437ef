"""Tables that people upload, as CSV or XLSX, and the days in them."""

import csv
import io
import re
import zipfile
from datetime import date, datetime

from odoo.exceptions import UserError

MOST_ROWS = 50000
# What a workbook may take when it is unpacked.
_MOST_BYTES = 200 * 1024 * 1024
_SEPARATORS = ",;\t|"
_DAY = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\.?(?:[ T]00:00(?::00)?)?")


def unreadable_file(env):
    """Return what is said of a file that is no table."""
    return UserError(
        env._(
            "This file can't be read. Save it as CSV or as an Excel workbook (.xlsx), "
            "and upload it again."
        )
    )


def read_table(env, data, name):
    """Return the rows of a file that are not empty, and where they are.

    :param bytes data: the content
    :param str name: of the file, which tells its kind
    :return: a list of pairs: the number of the row, from 1, and the list of its cells,
        each a text without blanks around it
    :raises UserError: when it is no such file, or too large
    """
    try:
        rows = _read_xlsx(data) if data.startswith(b"PK") else _read_csv(data)
    except UserError:
        raise
    except Exception as error:
        raise unreadable_file(env) from error
    table = [
        (number, cells)
        for number, cells in enumerate(
            ([cell_text(each) for each in row] for row in rows), 1
        )
        if any(cells)
    ]
    if not table:
        raise UserError(env._("There is nothing in this file."))
    if len(table) > MOST_ROWS:
        raise UserError(
            env._("This file has more than %(count)s rows. Divide it.", count=MOST_ROWS)
        )
    return table


def _read_csv(data):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What spreadsheet programs write where they do not write UTF-8.
            text = data.decode("cp1252")
    if "\x00" in text:
        raise ValueError("not a text")
    first = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    separator = max(_SEPARATORS, key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _read_xlsx(data):
    import openpyxl  # It takes long, and few import.

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(each.file_size for each in archive.infolist()) > _MOST_BYTES:
            raise ValueError("too large")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        # What some programs say of the size is wrong.
        sheet.reset_dimensions()
        rows = [[cell_value(cell) for cell in row] for row in sheet.iter_rows()]
        if any(map(any, rows)):
            return rows
    return []


def cell_value(cell):
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # A format of zeros alone is how numbers keep the zeros before them.
        zeros = re.fullmatch("0+", cell.number_format or "")
        return str(value).zfill(len(zeros[0]) if zeros else 0)
    return value


def cell_text(value):
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value).strip()
    # Our own spreadsheets keep a text from being a formula by it.
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def day_orders(texts):
    """Tell in which orders days of one file can be meant.

    :param texts: the cells; what is no day is left out
    :return: those of ``dmy`` and ``mdy`` in which each is a day, and one that is
        another day in the other, or None
    """
    orders, doubtful = {"dmy", "mdy"}, None
    for text in texts:
        days = {order: parse_day(text, order) for order in ("dmy", "mdy")}
        if not any(days.values()):
            continue
        orders &= {order for order, day in days.items() if day}
        if all(days.values()) and days["dmy"] != days["mdy"]:
            doubtful = doubtful or text
    return orders, doubtful


def parse_day(text, order):
    """Return the day that a cell is, or None.

    :param str text: the cell; with the year first it is the same in every order
    :param str order: ``dmy`` or ``mdy``
    """
    match = _DAY.fullmatch(text)
    if not match:
        return None
    first, second, third = match.groups()
    if len(first) > 2:
        parts = first, second, third
    elif order == "dmy":
        parts = third, second, first
    else:
        parts = third, first, second
    year, month, day = map(int, parts)
    if len(parts[0]) == 2:
        # As it is written on paper.
        year += 2000
    try:
        return date(year, month, day)
    except ValueError:
        return None
