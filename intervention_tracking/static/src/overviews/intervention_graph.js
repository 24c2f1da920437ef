import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { EmptyState } from "../views/empty_state";

class InterventionGraphController extends GraphController {
    static template = "intervention_tracking.GraphView";
    static components = { ...GraphController.components, ActionHelper: EmptyState };

    get hasFigures() {
        const { fields, measure } = this.model.metaData;
        return fields[measure]?.aggregator === "avg";
    }
}

class InterventionGraphModel extends GraphModel {
    /** A figure that nobody knows is not drawn; as false it would be a zero. */
    async _loadDataPoints() {
        const [points, ...rest] = await super._loadDataPoints(...arguments);
        for (const point of points) {
            if (point.value === false) {
                point.value = null;
            }
        }
        return [points, ...rest];
    }
}

class InterventionGraphRenderer extends GraphRenderer {
    formatValue(value) {
        return value === null ? "–" : super.formatValue(...arguments);
    }
}

registry.category("views").add("intervention_graph", {
    ...graphView,
    Controller: InterventionGraphController,
    Model: InterventionGraphModel,
    Renderer: InterventionGraphRenderer,
});
