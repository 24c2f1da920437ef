import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatPercentage } from "@web/views/fields/formatters";
import { isolate } from "../isolate";
import { MEANINGS } from "./register_sheet";

// Told apart by shape, sign and word, and only then by colour; see register.scss.
const ICONS = {
    present: "fa-check",
    unexcused: "fa-times",
    excused: "fa-envelope-o",
    late: "fa-clock-o",
    partly: "fa-adjust",
    not_required: "fa-minus",
};
const COLORS = {
    present: "success",
    unexcused: "danger",
    excused: "info",
    late: "warning",
    partly: "secondary",
    not_required: "secondary",
};
export const LETTERS = { p: "present", a: "unexcused", e: "excused", l: "late" };

/** @returns {Object} what each meaning is called */
export function meaningLabels() {
    return {
        present: _t("Present"),
        unexcused: _t("Absent"),
        excused: _t("Excused"),
        late: _t("Late"),
        partly: _t("Part of the day"),
        not_required: _t("Not required"),
    };
}

/** @returns {string} what a mark says, in a few words */
export function markText(mark) {
    if (!mark) {
        return _t("Not known");
    }
    const label = meaningLabels()[mark.meaning];
    if (mark.meaning === "late" && mark.minutes) {
        return _t("Late, %(minutes)s min", { minutes: mark.minutes });
    }
    if (mark.meaning === "partly") {
        const share = formatPercentage(mark.missed, { digits: [16, 0] });
        return _t("Missed %(share)s of the day", { share });
    }
    return String(label);
}

/** A student of the register: a tap goes on to the next mark. */
export class RegisterRow extends Component {
    static template = "intervention_tracking.RegisterRow";
    static props = {
        student: Object,
        // A copy: what does not change is not drawn again.
        mark: Object,
        isTouched: Boolean,
        isCurrent: Boolean,
        onTap: Function,
        onSet: Function,
        onFill: Function,
        onFocus: Function,
    };

    setup() {
        this.state = useState({ isOpen: false });
        this.labels = meaningLabels();
        this.choices = MEANINGS;
        this.details = useRef("details");
        // On a phone the keyboard would cover the marks.
        useEffect(
            (isOpen) => {
                if (isOpen && !this.env.isSmall) {
                    this.details.el.querySelector("input").focus();
                }
            },
            () => [this.state.isOpen]
        );
    }

    get mark() {
        return this.props.mark;
    }

    get color() {
        return COLORS[this.mark.meaning];
    }

    get isPresent() {
        return this.mark.meaning === "present";
    }

    iconOf(meaning) {
        return ICONS[meaning];
    }

    get text() {
        return markText(this.mark);
    }

    get label() {
        return _t("%(name)s: %(mark)s", { name: this.props.student.name, mark: this.text });
    }

    get source() {
        return !this.props.isTouched && this.mark.source;
    }

    get moreLabel() {
        return _t("Note on %(name)s", { name: this.props.student.name });
    }

    get rowText() {
        const days = this.props.student.in_a_row;
        return days > 1 ? _t("%(days)s days missed in a row", { days }) : "";
    }

    get sourceText() {
        return _t("From %(source)s", { source: isolate(this.source) });
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    onMinutes({ target }) {
        const minutes = Math.min(Math.max(Math.trunc(Number(target.value)) || 0, 0), 600);
        target.value = minutes || "";
        this.props.onFill({ minutes });
    }

    onNote({ target }) {
        this.props.onFill({ note: target.value.trim() });
    }

    onKeydown(ev) {
        if (ev.key === "Escape" || ev.key === "Enter") {
            ev.preventDefault();
            ev.target.blur();
            this.state.isOpen = false;
            ev.target.closest(".o_register_row").querySelector(".o_register_mark").focus();
        }
    }
}
