import { Component } from "@odoo/owl";
import { toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A follow-up date in a list; that it is overdue is said by more than a colour. */
export class FollowUp extends Component {
    static template = "intervention_tracking.FollowUp";
    static props = { ...standardFieldProps };

    get text() {
        return toLocaleDateString(this.props.record.data[this.props.name]);
    }

    get isOverdue() {
        return this.props.record.data.is_overdue;
    }
}

registry.category("fields").add("intervention_follow_up", {
    component: FollowUp,
    displayName: _t("Follow-up"),
    supportedTypes: ["date"],
    fieldDependencies: [{ name: "is_overdue", type: "boolean" }],
});
