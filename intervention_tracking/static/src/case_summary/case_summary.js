import { Component, useState } from "@odoo/owl";
import { toLocaleDateString } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { followUpText } from "../fields/follow_up/follow_up";

/**
 * What a teacher reads on a phone before a talk: how the case stands, why, what was
 * agreed and what came of it last. The fields are behind a button (see phone.scss).
 */
export class CaseSummary extends Component {
    static template = "intervention_tracking.CaseSummary";
    static props = { ...standardWidgetProps };

    setup() {
        this.state = useState({ isOpen: false });
    }

    get data() {
        return this.props.record.data;
    }

    get isShown() {
        return this.env.isSmall && !this.props.record.isNew;
    }

    label(name) {
        const { selection } = this.props.record.fields[name];
        return selection.find(([value]) => value === this.data[name])?.[1];
    }

    get facts() {
        return [this.label("root_cause"), this.data.class_id?.display_name].filter(Boolean);
    }

    get followUp() {
        return this.data.follow_up_date && followUpText(this.data);
    }

    get closed() {
        return this.data.closed_date && toLocaleDateString(this.data.closed_date);
    }

    /** The latest update that stands; they come newest first. */
    get update() {
        const latest = this.data.progress_ids.records.find(({ data }) => !data.is_retracted);
        return (
            latest && {
                day: toLocaleDateString(latest.data.happened_on),
                author: latest.data.create_uid?.display_name,
                text: latest.data.update_text,
            }
        );
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }
}

registry.category("view_widgets").add("intervention_case_summary", {
    component: CaseSummary,
});
