import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";
import { TextField, textField } from "@web/views/fields/text/text_field";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useRefusalTold } from "../../views/refusal";

/** A text that is written from the side from which its language is read. */
export class AutoText extends TextField {
    static template = "intervention_tracking.AutoText";
}

export class AutoChar extends CharField {
    static template = "intervention_tracking.AutoChar";
}

/** A form of ours that is like Odoo's, save for its texts, and for who is refused. */
class PlainFormController extends FormController {
    setup() {
        super.setup();
        useRefusalTold();
    }
}

registry
    .category("views")
    .add("intervention_plain_form", { ...formView, Controller: PlainFormController });

const FORMS = [
    "intervention_form",
    "intervention_careful_form",
    "intervention_dialog_form",
    "intervention_record_form",
    "intervention_class_form",
    "intervention_plain_form",
];
for (const form of FORMS) {
    registry
        .category("fields")
        .add(`${form}.text`, { ...textField, component: AutoText })
        .add(`${form}.char`, { ...charField, component: AutoChar });
}
