import { Component } from "@odoo/owl";
import { toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/**
 * Say when a case is followed up; how late it is says more than the day that it was.
 *
 * @param {object} data the values of the case
 * @returns {string}
 */
export function followUpText({ is_overdue, follow_up_date }) {
    if (!is_overdue) {
        return toLocaleDateString(follow_up_date);
    }
    const today = DateTime.now().startOf("day");
    const days = Math.round(today.diff(follow_up_date, "days").days);
    return days === 1 ? _t("1 day overdue") : _t("%(days)s days overdue", { days });
}

/** A follow-up date in a list; that it is overdue is said by more than a colour. */
export class FollowUp extends Component {
    static template = "intervention_tracking.FollowUp";
    static props = { ...standardFieldProps };

    get date() {
        return toLocaleDateString(this.props.record.data[this.props.name]);
    }

    get text() {
        const { record, name } = this.props;
        return followUpText({ ...record.data, follow_up_date: record.data[name] });
    }
}

registry.category("fields").add("intervention_follow_up", {
    component: FollowUp,
    displayName: _t("Follow-up"),
    supportedTypes: ["date"],
    fieldDependencies: [{ name: "is_overdue", type: "boolean" }],
});
