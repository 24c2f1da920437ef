import { registry } from "@web/core/registry";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";
import { EmptyState } from "../views/empty_state";

class InterventionPivotController extends PivotController {
    static template = "intervention_tracking.PivotView";
    static components = { ...PivotController.components, ActionHelper: EmptyState };

    /** Whether a figure is shown that may be too early to tell; see the report's fields. */
    get hasFigures() {
        const { activeMeasures, fields } = this.model.metaData;
        return activeMeasures.some((name) => fields[name]?.aggregator === "avg");
    }

    /** A table without measures is not one for which nothing was found. */
    get displayNoContent() {
        return !this.model.hasData();
    }
}

class InterventionPivotRenderer extends PivotRenderer {
    /** A figure that nobody knows, by the server's own account, is a dash. */
    getFormattedValue(cell) {
        const formatted = super.getFormattedValue(cell);
        return cell.value === false ? { ...formatted, value: "–" } : formatted;
    }
}

registry.category("views").add("intervention_pivot", {
    ...pivotView,
    Renderer: InterventionPivotRenderer,
    Controller: InterventionPivotController,
});
