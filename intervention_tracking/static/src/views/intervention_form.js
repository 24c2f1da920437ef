import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { VersionedModel } from "../versions/versioned_model";
import { deleteDialogTexts } from "./delete_dialog";
import { useRefusalTold } from "./refusal";

export class InterventionFormController extends FormController {
    setup() {
        super.setup();
        useRefusalTold();
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
