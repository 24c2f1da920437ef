import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * What the chosen plan template says about the talk, and its plan where the user has
 * written one already. It is folded where it would push away the fields.
 */
export class PlanGuidance extends Component {
    static template = "intervention_tracking.PlanGuidance";
    static props = { ...standardWidgetProps };

    setup() {
        this.state = useState({ templateId: false, isOpen: false });
        useRecordObserver((record) => {
            const templateId = record.data.plan_template_id?.id || false;
            if (templateId !== this.state.templateId) {
                this.state.templateId = templateId;
                this.state.isOpen = record.isNew && !this.env.isSmall;
            }
        });
    }

    get guidance() {
        return this.props.record.data.plan_template_guidance;
    }

    /** The plan of the template, if the user's own one stands in its place. */
    get otherPlan() {
        const { data, isNew } = this.props.record;
        const isFilled = data.plan_template_fill?.action_plan;
        return isNew && !isFilled && data.plan_template_action_plan;
    }

    onToggle(ev) {
        this.state.isOpen = ev.target.open;
    }

    async addPlan() {
        const { action_plan, plan_template_fill, plan_template_action_plan } =
            this.props.record.data;
        await this.props.record.update({
            action_plan: `${action_plan || ""}\n\n${plan_template_action_plan}`.trim(),
            plan_template_fill: { ...plan_template_fill, action_plan: plan_template_action_plan },
        });
    }
}

registry.category("view_widgets").add("intervention_plan_guidance", {
    component: PlanGuidance,
    fieldDependencies: [
        { name: "plan_template_id", type: "many2one" },
        { name: "plan_template_guidance", type: "text", readonly: true },
        { name: "plan_template_action_plan", type: "text", readonly: true },
    ],
});
