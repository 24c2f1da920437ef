import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The warning signs of a case, in a row or on a card. */
export class Signs extends Component {
    static template = "intervention_tracking.Signs";
    static props = { ...standardFieldProps };

    /** A row has room for the signs alone; a card says what they mean. */
    get isCard() {
        return this.env.config.viewType === "kanban";
    }

    get signs() {
        const { is_recurring, lacks_improvement } = this.props.record.data;
        return [
            is_recurring && {
                label: _t("Recurring"),
                title: _t("The student has two or more interventions."),
                icon: "fa-repeat",
                color: "info",
            },
            lacks_improvement && {
                label: _t("No improvement"),
                title: _t("No improvement after three or more updates."),
                icon: "fa-level-down",
                color: "warning",
            },
        ].filter(Boolean);
    }
}

registry.category("fields").add("intervention_signs", {
    component: Signs,
    displayName: _t("Warnings"),
    supportedTypes: ["boolean"],
    fieldDependencies: [
        { name: "is_recurring", type: "boolean" },
        { name: "lacks_improvement", type: "boolean" },
    ],
});
