import { useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { dateField } from "@web/views/fields/datetime/datetime_field";
import { CarefulDate } from "../careful_date/careful_date";

const { DateTime } = luxon;

/**
 * A day to come, which can be chosen by how long it is until then.
 *
 * In a form that asks for it, ``env.nextDate``, that there is to be none can be said, too.
 */
export class NextDate extends CarefulDate {
    static template = "intervention_tracking.NextDate";
    static props = { ...CarefulDate.props, planDaysField: { type: String, optional: true } };

    setup() {
        super.setup();
        this.asking = useState(this.env.nextDate || {});
        this.choicesRef = useRef("choices");
        useEffect(
            (isAsked) => {
                if (isAsked) {
                    this.choicesRef.el.querySelector("button").focus();
                }
            },
            () => [this.isAsking]
        );
    }

    get isAsking() {
        return this.asking.isAsked && !this.asking.isRefused && !this.value;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get choices() {
        const planDays = this.props.record.data[this.props.planDaysField];
        const choices = [
            { days: 7, label: _t("In 1 week") },
            { days: 14, label: _t("In 2 weeks") },
        ];
        if (planDays && !choices.some(({ days }) => days === planDays)) {
            choices.push({
                days: planDays,
                label: _t("In %(days)s days, as planned", { days: planDays }),
            });
        }
        return choices.map((choice) => {
            const day = DateTime.now().startOf("day").plus({ days: choice.days });
            return { ...choice, day, isChosen: this.isChosen(day) };
        });
    }

    isChosen(day) {
        return Boolean(this.value) && this.value.hasSame(day, "day");
    }

    async choose(day) {
        this.setUnread("");
        this.asking.isRefused = false;
        await this.props.record.update({ [this.props.name]: day });
    }

    /** Nobody is asked for what they have said already. */
    async refuse() {
        await this.choose(false);
        this.asking.isRefused = true;
    }
}

registry.category("fields").add("intervention_next_date", {
    ...dateField,
    component: NextDate,
    extractProps(fieldInfo, dynamicInfo) {
        return {
            ...dateField.extractProps(fieldInfo, dynamicInfo),
            planDaysField: fieldInfo.options.plan_days_field,
        };
    },
});
