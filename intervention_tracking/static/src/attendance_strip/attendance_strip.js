import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { deserializeDate, toLocaleDateString } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { dayText, drawing, MARKS } from "./marks";

// How many months a dialog shows at first.
const RECENT_MONTHS = 3;
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

const isMissed = (day) => day.absent > 0;
/** Which days are behind a figure, besides those missed in a row. */
const BEHIND = {
    missed: isMissed,
    band: isMissed,
    late: (day) => day.mark === "late",
    unknown: (day) => day.mark === "unknown",
};

/**
 * A student's attendance: the figures, each with the days behind it, and a mark for each
 * day of the school year; see `get_strip` of `intervention.attendance`.
 */
export class AttendanceStrip extends Component {
    static template = "intervention_tracking.AttendanceStrip";
    static props = {
        strip: Object,
        studentId: Number,
        // Whether only the figures are shown at first.
        isFolded: { type: Boolean, optional: true },
    };

    setup() {
        this.action = useService("action");
        this.grid = useRef("grid");
        Object.assign(this, drawing);
        this.state = useState({
            // On a phone the fields of a dialog come first.
            isOpen: !this.props.isFolded && !(this.env.inDialog && this.env.isSmall),
            isWhole: !this.env.inDialog,
            chosen: null,
            table: null,
        });
        this.shallFocus = false;
        useEffect(
            () => {
                if (this.shallFocus) {
                    this.shallFocus = false;
                    this.grid.el?.querySelector("[tabindex='0']")?.focus();
                }
            },
            () => [this.state.chosen]
        );
    }

    /** The days and their months, made once of each answer. */
    get year() {
        const { strip } = this.props;
        if (this.made?.strip !== strip) {
            const days = this.makeDays(strip);
            this.made = { strip, days, months: this.makeMonths(days) };
        }
        return this.made;
    }

    makeDays({ days, meetings }) {
        let before = null;
        const made = days.map((day) => {
            const date = deserializeDate(day.date);
            const startsWeek = before !== null && date.diff(before, "days").days > 1;
            before = date;
            return { ...day, day: date, startsWeek, meetings: [] };
        });
        for (const meeting of meetings) {
            // One on a day without school has its line before the next day.
            const place = made.find((day) => day.date >= meeting.date) || made.at(-1);
            place.meetings.push(meeting);
        }
        return made;
    }

    makeMonths(days) {
        const months = [];
        for (const day of days) {
            const key = day.date.slice(0, 7);
            if (months.at(-1)?.key !== key) {
                months.push({
                    key,
                    label: day.day.toFormat("MMM"),
                    title: day.day.toFormat("MMMM yyyy"),
                    days: [],
                });
            }
            months.at(-1).days.push(day);
        }
        return months;
    }

    get months() {
        const { months } = this.year;
        return this.state.isWhole ? months : months.slice(-RECENT_MONTHS);
    }

    get hasMore() {
        return !this.state.isWhole && this.year.months.length > RECENT_MONTHS;
    }

    /** What there is in the strip is explained, and no more. */
    get legend() {
        const found = new Set(this.months.flatMap(({ days }) => days.map(({ mark }) => mark)));
        return Object.keys(MARKS).filter((mark) => found.has(mark));
    }

    get hasMeetings() {
        return this.months.some(({ days }) => days.some(({ meetings }) => meetings.length));
    }

    get figures() {
        return this.props.strip.figures.map((figure) => ({
            ...figure,
            isButton: figure.name in BEHIND || figure.name === "in_a_row",
        }));
    }

    /** The day that the Tab key goes to: the chosen one, or the last one. */
    get current() {
        return this.chosen || this.year.days.at(-1);
    }

    get chosen() {
        return this.year.days.find((day) => day.date === this.state.chosen);
    }

    get chosenText() {
        return this.chosen && this.dayText(this.chosen);
    }

    meetingText(meeting, day) {
        return meeting.date === day.date
            ? _t("Meeting")
            : _t("Meeting on %(date)s", {
                  date: toLocaleDateString(deserializeDate(meeting.date)),
              });
    }

    dayText(day) {
        const parts = [
            dayText(day),
            day.codes,
            day.note,
            ...day.meetings.map((meeting) => this.meetingText(meeting, day)),
        ];
        return parts.filter(Boolean).join(" · ");
    }

    dayClass(day, isFirst) {
        return {
            o_day: true,
            o_week: day.startsWeek && !isFirst,
            o_met: day.meetings.length > 0,
            o_chosen: day.date === this.state.chosen,
        };
    }

    choose(day) {
        this.state.chosen = day.date;
    }

    onKeydown(ev) {
        const days = this.months.flatMap((month) => month.days);
        const place = days.indexOf(this.current);
        const step = STEPS[ev.key] * (localization.direction === "rtl" ? -1 : 1);
        const places = {
            ArrowUp: this.inMonth(-1),
            ArrowDown: this.inMonth(1),
            Home: days[0],
            End: days.at(-1),
        };
        if (!step && !(ev.key in places)) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const target = step ? days[place + step] : places[ev.key];
        if (target) {
            this.shallFocus = true;
            this.choose(target);
        }
    }

    /** The day at the same place of the month before or after. */
    inMonth(step) {
        const months = this.months;
        const month = months.findIndex(({ days }) => days.includes(this.current));
        const other = months[month + step]?.days;
        return other && (other[months[month].days.indexOf(this.current)] || other.at(-1));
    }

    showWhole() {
        this.state.isWhole = true;
    }

    open() {
        this.state.isOpen = true;
    }

    /** @param {string} name of a figure, or "all" */
    toggleTable(name) {
        this.state.table = this.state.table === name ? null : name;
        this.open();
    }

    get tableLabel() {
        return this.state.table ? _t("Show as Strip") : _t("Show as Table");
    }

    get tableTitle() {
        const figure = this.props.strip.figures.find(({ name }) => name === this.state.table);
        return figure ? `${figure.label}: ${figure.value}` : _t("All days");
    }

    /** The days that the table shows, the newest first. */
    get rows() {
        const days = [...this.year.days].reverse();
        const { table } = this.state;
        if (table === "in_a_row") {
            const possible = days.filter(
                ({ mark }) => !["unknown", "closed", "not_required"].includes(mark)
            );
            return possible.slice(0, this.props.strip.in_a_row);
        }
        return table in BEHIND ? days.filter(BEHIND[table]) : days;
    }

    /** Open the stored days; from a dialog in another window, as something is being written. */
    openList() {
        const { days } = this.props.strip;
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("School Days"),
                res_model: "intervention.attendance",
                views: [
                    [false, "list"],
                    [false, "kanban"],
                    [false, "form"],
                ],
                domain: [
                    ["student_id", "=", this.props.studentId],
                    ["date", ">=", days[0].date],
                    ["date", "<=", days.at(-1).date],
                    ...(BEHIND[this.state.table] === isMissed ? [["absent", ">", 0]] : []),
                ],
            },
            { newWindow: Boolean(this.env.inDialog) }
        );
    }
}

/** The strip where it came with the form: the field has the answer of `get_strip`. */
export class AttendanceStripField extends Component {
    static template = "intervention_tracking.AttendanceStripField";
    static components = { AttendanceStrip };
    static props = { ...standardFieldProps };

    get strip() {
        return this.props.record.data[this.props.name];
    }

    get studentId() {
        const { data, resId } = this.props.record;
        return data.student_id?.id || resId;
    }
}

registry.category("fields").add("intervention_attendance_strip", {
    component: AttendanceStripField,
    supportedTypes: ["json"],
});
