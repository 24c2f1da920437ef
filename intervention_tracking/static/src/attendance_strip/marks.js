import { _t } from "@web/core/l10n/translation";

/** What a mark is called, and how it is drawn in a box of 10 by 14: no two share a shape. */
export const MARKS = {
    present: { label: _t("Present"), color: "o_present" },
    late: { label: _t("Late"), color: "o_late", path: "M5 2.5 9.5 11.5h-9z" },
    excused: { label: _t("Absent, Excused"), color: "o_excused" },
    unexcused: { label: _t("Absent, Unexcused"), color: "o_unexcused" },
    not_required: { label: _t("Not Required to Attend"), color: "o_present" },
    unknown: { label: _t("Register Missing"), color: "o_unknown" },
    closed: { label: _t("School Closed"), color: "o_present" },
};

function dayName(day) {
    return day.day.toLocaleString({ weekday: "short", day: "numeric", month: "short" });
}

/** What a day was, without its name. */
function markText(day) {
    const { label } = MARKS[day.mark];
    return day.absent > 0 && day.absent < 1
        ? _t("%(mark)s, %(percent)s of the day", {
              mark: label,
              percent: `${Math.round(day.absent * 100)}%`,
          })
        : label;
}

/** The part of the box that the missed part of a day fills, from below. */
function box(day, inset) {
    const height = (12 - 2 * inset) * Math.max(day.absent || 1, 0.3);
    return { x: 0.5 + inset, y: 13 - inset - height, width: 9 - 2 * inset, height };
}

export function dayText(day) {
    return _t("%(day)s: %(mark)s", { day: dayName(day), mark: markText(day) });
}

/** What the template of a mark asks its component for. */
export const drawing = { marks: MARKS, box, dayName, markText };
