import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { graphView } from "@web/views/graph/graph_view";
import { EmptyState } from "../views/empty_state";

class InterventionGraphController extends GraphController {
    static components = { ...GraphController.components, ActionHelper: EmptyState };
}

registry.category("views").add("intervention_graph", {
    ...graphView,
    Controller: InterventionGraphController,
});
