import { ActivityController } from "@mail/views/web/activity/activity_controller";
import { ActivityRenderer } from "@mail/views/web/activity/activity_renderer";
import { activityView } from "@mail/views/web/activity/activity_view";
import { registry } from "@web/core/registry";
import { EmptyState } from "../views/empty_state";

class InterventionActivityRenderer extends ActivityRenderer {
    static template = "intervention_tracking.ActivityRenderer";
    static components = { ...ActivityRenderer.components, EmptyState };
    static props = { ...ActivityRenderer.props, noContentHelp: { type: String, optional: true } };
}

class InterventionActivityController extends ActivityController {
    get rendererProps() {
        return { ...super.rendererProps, noContentHelp: this.props.info.noContentHelp };
    }
}

registry.category("views").add("intervention_activity", {
    ...activityView,
    Controller: InterventionActivityController,
    Renderer: InterventionActivityRenderer,
});
