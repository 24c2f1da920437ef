import { onPatched, useEffect, useState } from "@odoo/owl";
import { parseDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { dateField, DateTimeField } from "@web/views/fields/datetime/datetime_field";

/**
 * A date that never takes an old value for what was typed.
 *
 * Odoo's own puts the former day back when it can't read a text. Here the text stays, a
 * sentence says what is wrong, and nothing is saved before it is mended.
 */
export class CarefulDate extends DateTimeField {
    static template = "intervention_tracking.CarefulDate";

    setup() {
        super.setup();
        this.typed = null;
        this.unread = useState({ text: "" });
        for (const choice of ["onSelect", "onReset"]) {
            const original = this.state[choice];
            this.state[choice] = (...args) => {
                this.setUnread("");
                return original(...args);
            };
        }
        useEffect(
            (active) => {
                if (!active) {
                    this.onLeave();
                }
            },
            () => [this.picker.activeInput]
        );
        onPatched(() => this.showUnread());
    }

    /** @returns {string} what was typed and is no date; discarding the form forgets it */
    get unreadText() {
        return this.props.record.isFieldInvalid(this.props.name) ? this.unread.text : "";
    }

    get complaint() {
        return _t("“%(text)s” is not a date. Write it again, or choose a day.", {
            text: this.unreadText,
        });
    }

    setUnread(text) {
        this.typed = null;
        const { name, record } = this.props;
        if (text) {
            record.setInvalidField(name);
        } else if (this.unread.text) {
            record.resetFieldValidity(name);
        }
        this.unread.text = text;
    }

    /** Odoo's has put the former day into the box, or a button in its place. */
    showUnread() {
        const input = this.startDate.el;
        if (this.unreadText && input?.tagName === "INPUT" && this.typed === null) {
            input.value = this.unreadText;
        }
    }

    onInput(ev) {
        super.onInput();
        this.typed = ev.target.value;
    }

    onLeave() {
        if (this.typed === null) {
            return;
        }
        let text = "";
        try {
            parseDate(this.typed);
        } catch {
            text = this.typed;
        }
        this.setUnread(text);
        this.showUnread();
    }
}

registry.category("fields").add("intervention_date", {
    ...dateField,
    component: CarefulDate,
});
