import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { EffectBar } from "./effect_bar";

/** Whether less was missed after the meetings that began with the plan template of a form. */
export class EffectFigure extends Component {
    static template = "intervention_tracking.EffectFigure";
    static components = { EffectBar };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get figure() {
        return this.props.record.data[this.props.name];
    }

    open() {
        return this.action.doAction("intervention_tracking.intervention_effect_action", {
            additionalContext: { effect_template: this.props.record.resId },
        });
    }
}

registry.category("fields").add("intervention_effect_figure", {
    component: EffectFigure,
    supportedTypes: ["json"],
});
