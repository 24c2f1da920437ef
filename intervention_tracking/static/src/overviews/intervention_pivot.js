import { registry } from "@web/core/registry";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";
import { EmptyState } from "../views/empty_state";

class InterventionPivotController extends PivotController {
    static template = "intervention_tracking.PivotView";
    static components = { ...PivotController.components, ActionHelper: EmptyState };

    /** A table without measures is not one for which nothing was found. */
    get displayNoContent() {
        return !this.model.hasData();
    }
}

registry.category("views").add("intervention_pivot", {
    ...pivotView,
    Controller: InterventionPivotController,
});
