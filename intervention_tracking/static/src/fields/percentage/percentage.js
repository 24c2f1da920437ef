import { registry } from "@web/core/registry";
import { PercentageField, percentageField } from "@web/views/fields/percentage/percentage_field";

/** Odoo's field of a share, which its label names and leads to. */
export class LabelledPercentageField extends PercentageField {
    static template = "intervention_tracking.LabelledPercentageField";
}

registry.category("fields").add("intervention_percentage", {
    ...percentageField,
    component: LabelledPercentageField,
});
