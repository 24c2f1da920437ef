import { expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const PLAN = "[name=action_plan] textarea";
const GAPS = ".o_intervention_gaps";
const QUESTION = ".modal:contains(Record the plan with gaps?)";

async function mountForm(plan, templatePlan = "Nurse: … on …") {
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].action_plan);
    });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        context: { default_action_plan: plan, default_plan_template_action_plan: templatePlan },
        arch: /* xml */ `
            <form js_class="intervention_record_form">
                <field name="action_plan" widget="intervention_plan" />
            </form>`,
    });
}

test("the gaps of a template are counted while one types, and gone to", async () => {
    await mountForm("Nurse: … on …");
    expect(GAPS).toHaveText(/2 places are still to be filled in/);
    await contains(`${GAPS} button`).click();
    const box = queryOne(PLAN);
    expect(box).toBeFocused();
    expect(box.value.slice(box.selectionStart, box.selectionEnd)).toBe("…");
    await contains(PLAN).edit("Nurse: Sara on …", { confirm: false });
    expect(GAPS).toHaveText(/1 place is still to be filled in/);
    await contains(PLAN).edit("Nurse: Sara on Monday", { confirm: false });
    expect(GAPS).toHaveCount(0);
});

test("dots in a plan of one's own are no gaps", async () => {
    await mountForm("He comes ... slowly.", "");
    expect(GAPS).toHaveCount(0);
    await contains(".o_form_button_save").click();
    expect(QUESTION).toHaveCount(0);
    expect.verifySteps(["He comes ... slowly."]);
});

test("a plan with gaps is recorded only when that is said", async () => {
    await mountForm("Nurse: … on …");
    await contains(".o_form_button_save").click();
    await contains(`${QUESTION} button:contains(Fill Them In)`).click();
    await animationFrame();
    expect.verifySteps([]);
    await contains(".o_form_button_save").click();
    await contains(`${QUESTION} button:contains(Record as It Is)`).click();
    await animationFrame();
    expect.verifySteps(["Nurse: … on …"]);
});
