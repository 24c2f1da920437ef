import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { InterventionDashboard, useDashboardNumbers } from "../dashboard/dashboard";
import { useRecordMeeting } from "../record_meeting/record_meeting";
import { deleteDialogTexts } from "./delete_dialog";
import { EmptyState } from "./empty_state";
import { focusRow } from "./focus_row";

export class InterventionListRenderer extends ListRenderer {
    static template = "intervention_tracking.ListRenderer";
    static components = {
        ...ListRenderer.components,
        ActionHelper: EmptyState,
        InterventionDashboard,
    };
}

export class InterventionListController extends ListController {
    static template = "intervention_tracking.ListView";

    setup() {
        super.setup();
        useDashboardNumbers();
        this.recordMeeting = useRecordMeeting(
            () => this.model.load(),
            (id) => focusRow(this.rootRef.el, this.model.root, id)
        );
    }

    get deleteConfirmationDialogProps() {
        return { ...super.deleteConfirmationDialogProps, ...deleteDialogTexts() };
    }

    createRecord() {
        return this.recordMeeting(this.props.context);
    }
}

registry.category("views").add("intervention_list", {
    ...listView,
    Controller: InterventionListController,
    Renderer: InterventionListRenderer,
});
