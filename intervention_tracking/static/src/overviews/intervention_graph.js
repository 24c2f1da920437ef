import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { EmptyState } from "../views/empty_state";

/** Whether what is drawn is an average, as all shares and days of the analysis are. */
function isAverage({ fields, measure }) {
    return fields[measure]?.aggregator === "avg";
}

class InterventionGraphController extends GraphController {
    static template = "intervention_tracking.GraphView";
    static components = { ...GraphController.components, ActionHelper: EmptyState };

    get hasFigures() {
        return isAverage(this.model.metaData);
    }
}

/** Draws averages beside each other, as they add up to nothing, and no zero for none. */
class InterventionGraphModel extends GraphModel {
    async updateMetaData(params) {
        if ("measure" in params) {
            const { fields } = this.metaData;
            params = { ...params, stacked: !isAverage({ ...params, fields }) };
        }
        return super.updateMetaData(params);
    }

    _buildMetaData() {
        const metaData = super._buildMetaData(...arguments);
        metaData.stacked = metaData.stacked && !isAverage(metaData);
        return metaData;
    }

    _getLineOverlayDataset() {
        return isAverage(this.metaData) ? null : super._getLineOverlayDataset();
    }

    _getData(dataPoints) {
        const result = super._getData(...arguments);
        if (isAverage(this.metaData)) {
            const known = new Set();
            for (const { value, labelIndex, identifier } of dataPoints) {
                if (value !== false) {
                    known.add(`${labelIndex} ${identifier}`);
                }
            }
            for (const { data, identifiers } of result.datasets) {
                for (let index = 0; index < data.length; index++) {
                    if (![...identifiers].some((each) => known.has(`${index} ${each}`))) {
                        data[index] = null;
                    }
                }
            }
        }
        return result;
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
