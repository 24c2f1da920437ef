"""The strip of a school year as drawings, which need no colours and no screen."""

from datetime import date

from babel.dates import format_date
from markupsafe import Markup
from odoo.tools.misc import babel_locale_parse, get_lang

# The boxes in which marks are drawn, in the units of the drawing.
WIDTH, HEIGHT, WEEK_GAP = 10, 14, 4
# A line where a meeting was is higher than the marks.
MARGIN = 3


def months(env, strip, is_rtl):
    """Return the months of what ``get_strip`` returns, each as a drawing.

    :param bool is_rtl: whether time runs from right to left
    :return: a list of dicts of ``label`` and ``drawing``
    """
    locale = babel_locale_parse(get_lang(env).code)
    days = [{**day, "day": date.fromisoformat(day["date"])} for day in strip["days"]]
    met = set()
    for meeting in strip["meetings"]:
        later = (day["date"] for day in days if day["date"] >= meeting["date"])
        met.add(next(later, days[-1]["date"]))
    by_month = {}
    for day in days:
        by_month.setdefault(day["date"][:7], []).append(day)
    return [
        {
            "label": format_date(found[0]["day"], "LLL", locale=locale),
            "drawing": _month(found, met, is_rtl),
        }
        for found in by_month.values()
    ]


def legend(env, strip):
    """Return the marks that are there as drawings, with what they mean."""
    labels = {
        "present": env._("Present"),
        "late": env._("Late"),
        "excused": env._("Absent, Excused"),
        "unexcused": env._("Absent, Unexcused"),
        "not_required": env._("Not Required to Attend"),
        "unknown": env._("Register Missing"),
        "closed": env._("School Closed"),
    }
    found = {day["mark"] for day in strip["days"]}
    rows = [
        {"label": label, "drawing": _drawing([_mark({"mark": mark}, 0)], WIDTH)}
        for mark, label in labels.items()
        if mark in found
    ]
    if strip["meetings"]:
        line = _drawing([_line(WIDTH / 2)], WIDTH)
        rows.append({"label": env._("Meeting"), "drawing": line})
    return rows


def _month(days, met, is_rtl):
    places, place, before = [], 0, None
    for day in days:
        if before and (day["day"] - before).days > 1:
            place += WEEK_GAP
        places.append(place)
        place += WIDTH
        before = day["day"]
    parts = []
    for day, start in zip(days, places, strict=True):
        x = place - start - WIDTH if is_rtl else start
        parts.append(_mark(day, x))
        if day["date"] in met:
            parts.append(_line(x + WIDTH + 1 if is_rtl else x - 1))
    return _drawing(parts, place)


def _drawing(parts, width):
    # Without a viewBox: what reads the page on its way to paper knows no capitals.
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s">'
        '<g transform="translate(2 %s)">%s</g></svg>'
    ) % (width + 4, HEIGHT + 2 * MARGIN, MARGIN, Markup().join(parts))


def _line(x):
    return Markup('<rect x="%s" y="%s" width="1.6" height="%s" />') % (
        x - 0.8,
        -MARGIN,
        HEIGHT + 2 * MARGIN,
    )


def _mark(day, x):
    """Return the shape of a day; of a part of the day, a part of the height."""
    mark = day["mark"]
    height = max(day.get("absent", 1), 0.3)
    hollow = 'fill="none" stroke="black"'
    shapes = {
        "present": f'<circle cx="{x + 5}" cy="7" r="1.3" />',
        "late": f'<path d="M{x + 5} 2.5 {x + 9.5} 11.5H{x + 0.5}z" />',
        "excused": f'<rect x="{x + 1.25}" y="{12.25 - 10.5 * height}" width="7.5" '
        f'height="{10.5 * height}" {hollow} stroke-width="1.5" />',
        "unexcused": f'<rect x="{x + 0.5}" y="{13 - 12 * height}" width="9" '
        f'height="{12 * height}" />',
        "not_required": f'<circle cx="{x + 5}" cy="7" r="2.4" {hollow} />',
        "unknown": f'<text x="{x + 5}" y="11.5" font-size="12" font-weight="bold" '
        'text-anchor="middle">?</text>',
        "closed": f'<rect x="{x + 2}" y="6.4" width="6" height="1.2" />',
    }
    # Numbers and names of ours, nothing that somebody typed.
    return Markup(shapes[mark])
