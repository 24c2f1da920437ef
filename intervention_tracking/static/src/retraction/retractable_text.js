import { registry } from "@web/core/registry";
import { TextField, textField } from "@web/views/fields/text/text_field";

/** A text of a history; of an entry that was retracted, by whom, when and why. */
export class RetractableText extends TextField {
    static template = "intervention_tracking.RetractableText";

    get isRetracted() {
        return this.props.record.data.is_retracted;
    }

    get note() {
        return this.props.record.data.retraction_note;
    }
}

registry.category("fields").add("intervention_retractable", {
    ...textField,
    component: RetractableText,
    fieldDependencies: [
        { name: "is_retracted", type: "boolean" },
        { name: "retraction_note", type: "text" },
    ],
});
