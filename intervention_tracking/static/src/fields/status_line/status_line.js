import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** All statuses side by side, in two rows on a phone, with the present one marked. */
export class StatusLine extends Component {
    static template = "intervention_tracking.StatusLine";
    static props = { ...standardFieldProps };

    get statuses() {
        const { name, record } = this.props;
        return record.fields[name].selection.map(([value, label]) => ({
            value,
            label,
            isCurrent: value === record.data[name],
        }));
    }

    async choose(status) {
        await this.props.record.update({ [this.props.name]: status });
    }
}

registry.category("fields").add("intervention_status_line", {
    component: StatusLine,
    displayName: _t("All Statuses"),
    supportedTypes: ["selection"],
});
