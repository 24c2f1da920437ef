import { useEffect, useRef } from "@odoo/owl";
import { Field, fieldVisualFeedback } from "@web/views/fields/field";
import { FormLabel } from "@web/views/form/form_label";

/** A label that says whether the field has to be filled in; its hint is below the field. */
export class CheckedLabel extends FormLabel {
    static template = "intervention_tracking.CheckedLabel";

    get hasTooltip() {
        return Boolean(odoo.debug);
    }

    get isRequired() {
        const { fieldInfo, fieldName, record } = this.props;
        return isRequired(fieldInfo.field, record, fieldName, fieldInfo);
    }
}

/** A field with its hint, and with what is wrong with its value, below it. */
export class CheckedField extends Field {
    static template = "intervention_tracking.CheckedField";

    setup() {
        super.setup();
        this.rootRef = useRef("root");
        useEffect(() => this.describe());
    }

    get fieldInfo() {
        return this.props.fieldInfo || {};
    }

    get isReadonly() {
        const { name, record } = this.props;
        const { readonly } = fieldVisualFeedback(this.field, record, name, this.fieldInfo);
        return readonly || !record.isInEdition;
    }

    /** @returns {string} the field's help, unless the view says ``{'hint': false}`` */
    get hint() {
        const { name, record } = this.props;
        const { help, options } = this.fieldInfo;
        const isHidden = this.isReadonly || options?.hint === false;
        return isHidden ? "" : help || record.fields[name].help || "";
    }

    get complaint() {
        return this.isReadonly ? "" : this.props.record.complaintOf?.(this.props.name) || "";
    }

    get hintId() {
        return `${this.props.id || this.props.name}_hint`;
    }

    get complaintId() {
        return `${this.props.id || this.props.name}_complaint`;
    }

    /**
     * Tell screen readers what stands around the box. It belongs to a component of Odoo's,
     * which has no way to be told, and some make a new one when they get the focus.
     */
    describe() {
        const { id, name, record } = this.props;
        const root = this.rootRef.el;
        if (!root || this.isReadonly) {
            return;
        }
        const box =
            (id && root.querySelector(`[id="${id}"]`)) ||
            root.querySelector("[role=radiogroup], input, textarea, select, .o_input");
        if (!box) {
            return;
        }
        const texts = [this.complaint && this.complaintId, this.hint && this.hintId];
        const attributes = {
            "aria-describedby": texts.filter(Boolean).join(" "),
            "aria-invalid": record.isFieldInvalid(name) ? "true" : "",
            // A button, as a date is one until it has the focus, can't be said to be.
            "aria-required":
                box.tagName !== "BUTTON" &&
                isRequired(this.field, record, name, this.fieldInfo)
                    ? "true"
                    : "",
        };
        for (const [attribute, value] of Object.entries(attributes)) {
            if (value) {
                box.setAttribute(attribute, value);
            } else {
                box.removeAttribute(attribute);
            }
        }
    }
}

function isRequired(field, record, name, fieldInfo) {
    const { readonly, required } = fieldVisualFeedback(field, record, name, fieldInfo);
    return required && !readonly && record.isInEdition;
}
