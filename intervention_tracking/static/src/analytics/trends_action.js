import { Component, xml } from "@odoo/owl";
import { LazyComponent } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Loads the page Trends when somebody opens it, and not with every page of Odoo. */
export class TrendsAction extends Component {
    static template = xml`
        <LazyComponent
            bundle="'web.assets_backend_lazy'"
            Component="'intervention_tracking.Trends'"
            props="props"
        />`;
    static components = { LazyComponent };
    static props = { ...standardActionServiceProps };
}

registry.category("actions").add("intervention_tracking.trends", TrendsAction);
