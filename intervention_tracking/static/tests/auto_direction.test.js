import { expect, test } from "@odoo/hoot";
import { mountView } from "@web/../tests/web_test_helpers";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

for (const form of ["plain_form", "careful_form", "class_form", "form"]) {
    test(`texts in intervention_${form} are written in their own direction`, async () => {
        const arch = `
            <form js_class="intervention_${form}">
                <field name="action_plan" />
                <field name="version" />
                <field name="plan_template_guidance" readonly="1" />
            </form>`;
        await mountView({ type: "form", resModel: "intervention.meeting", resId: 1, arch });
        expect("[name=action_plan] textarea").toHaveAttribute("dir", "auto");
        expect("[name=version] input").toHaveAttribute("dir", "auto");
        expect("[name=plan_template_guidance] span").toHaveAttribute("dir", "auto");
    });
}
