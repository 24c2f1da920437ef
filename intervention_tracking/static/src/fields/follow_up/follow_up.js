import { Component } from "@odoo/owl";
import { toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/** A follow-up date in a list; that it is overdue is said by more than a colour. */
export class FollowUp extends Component {
    static template = "intervention_tracking.FollowUp";
    static props = { ...standardFieldProps };

    get date() {
        return toLocaleDateString(this.props.record.data[this.props.name]);
    }

    /** How late it is says more than the day that it was. */
    get text() {
        const { data } = this.props.record;
        if (!data.is_overdue) {
            return this.date;
        }
        const today = DateTime.now().startOf("day");
        const days = Math.round(today.diff(data[this.props.name], "days").days);
        return days === 1 ? _t("1 day overdue") : _t("%(days)s days overdue", { days });
    }
}

registry.category("fields").add("intervention_follow_up", {
    component: FollowUp,
    displayName: _t("Follow-up"),
    supportedTypes: ["date"],
    fieldDependencies: [{ name: "is_overdue", type: "boolean" }],
});
