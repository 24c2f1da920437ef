import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { dateField } from "@web/views/fields/datetime/datetime_field";
import { CarefulDate } from "../careful_date/careful_date";

const { DateTime } = luxon;

/** A day to come, which can be chosen by how long it is until then. */
export class NextDate extends CarefulDate {
    static template = "intervention_tracking.NextDate";
    static props = { ...CarefulDate.props, planDaysField: { type: String, optional: true } };

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
        const value = this.props.record.data[this.props.name];
        return Boolean(value) && value.hasSame(day, "day");
    }

    async choose(day) {
        this.setUnread("");
        await this.props.record.update({ [this.props.name]: day });
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
