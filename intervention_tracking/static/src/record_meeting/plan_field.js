import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { textField } from "@web/views/fields/text/text_field";
import { AutoText } from "../fields/auto_direction/auto_direction";
import { gapsIn } from "./gaps";

/** The text of a plan, which says where the gaps of its template are still open. */
export class PlanField extends AutoText {
    static template = "intervention_tracking.PlanField";

    setup() {
        super.setup();
        this.typed = useState({ text: null });
    }

    get gaps() {
        const { record } = this.props;
        return record.isNew ? gapsIn(record, this.typed.text ?? undefined) : [];
    }

    get gapsText() {
        const { length } = this.gaps;
        return length === 1
            ? _t("1 place is still to be filled in.")
            : _t("%(count)s places are still to be filled in.", { count: length });
    }

    onType(ev) {
        this.typed.text = ev.target.value;
    }

    /** @override that from here on it is the record's text that counts */
    async onBlur() {
        await super.onBlur();
        this.typed.text = null;
    }

    /** Select the next gap, so that one types over it. */
    goToGap() {
        const box = this.textareaRef.el;
        const gaps = gapsIn(this.props.record, box.value);
        const gap = gaps.find(({ index }) => index >= box.selectionEnd) || gaps[0];
        box.focus();
        box.setSelectionRange(gap.index, gap.index + gap[0].length);
    }
}

registry.category("fields").add("intervention_plan", {
    ...textField,
    component: PlanField,
    displayName: _t("Plan"),
    fieldDependencies: [
        { name: "plan_template_action_plan", type: "text", readonly: true },
    ],
});
