import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useTrackButtons } from "../track/track_dialog";
import { VersionedModel } from "../versions/versioned_model";
import { deleteDialogTexts } from "./delete_dialog";

export class InterventionFormController extends FormController {
    setup() {
        super.setup();
        useTrackButtons({
            beforeOpen: (clickParams) => this.beforeExecuteActionButton(clickParams),
            onDone: () => this.model.load(),
        });
    }

    get deleteConfirmationDialogProps() {
        return { ...super.deleteConfirmationDialogProps, ...deleteDialogTexts() };
    }
}

registry.category("views").add("intervention_form", {
    ...formView,
    Controller: InterventionFormController,
    Model: VersionedModel,
});
