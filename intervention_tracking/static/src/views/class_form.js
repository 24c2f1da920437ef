import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useRefusalTold } from "./refusal";

const FORM_MASTERS = ["form_master_id", "form_master_line_ids"];

/** A class that gets another form master: who takes over the cases of the former one? */
export class ClassFormController extends FormController {
    setup() {
        super.setup();
        useRefusalTold();
        this.dialogs = useService("intervention_dialogs");
    }

    async onRecordSaved(record, changes) {
        await super.onRecordSaved(...arguments);
        if (record.resId && FORM_MASTERS.some((name) => name in changes)) {
            const action = await this.orm.call(record.resModel, "action_hand_over", [
                [record.resId],
            ]);
            if (action) {
                this.dialogs.open("intervention.handover", action.context, {
                    onDone: () => record.load(),
                });
            }
        }
    }
}

registry.category("views").add("intervention_class_form", {
    ...formView,
    Controller: ClassFormController,
});
