import { expect, test } from "@odoo/hoot";
import { animationFrame, queryOne } from "@odoo/hoot-dom";
import { contains, mountView } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

const BOX = ".o_intervention_guidance";
const PLAN = ".o_field_widget[name=action_plan] textarea";
const TEMPLATE = {
    plan_template_id: 201,
    plan_template_guidance: "How are the nights?",
    plan_template_action_plan: "Nurse: …",
};
const FILLED = {
    ...TEMPLATE,
    plan_template_fill: { action_plan: "Nurse: …" },
    action_plan: "Nurse: …",
};
const OWN = {
    ...TEMPLATE,
    plan_template_fill: { urgency_level: "low" },
    action_plan: "My own plan",
};

async function mountForm(values, resId) {
    Object.assign(InterventionMeeting._records[0], values);
    const defaults = Object.entries(values).map(([key, value]) => [`default_${key}`, value]);
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId,
        context: Object.fromEntries(defaults),
        arch: /* xml */ `
            <form>
                <widget name="intervention_plan_guidance" />
                <field name="plan_template_id" />
                <field name="plan_template_fill" invisible="1" />
                <field name="action_plan" />
            </form>`,
    });
}

test("without a template there is no guidance", async () => {
    await mountForm({ action_plan: "My own plan" });
    expect(BOX).toHaveCount(0);
});

test.tags("desktop");
test("guidance is open while a meeting is being recorded", async () => {
    await mountForm(FILLED);
    expect(`${BOX} details`).toHaveCount(1);
    expect(queryOne(`${BOX} details`).open).toBe(true);
    expect(BOX).toHaveText(/How are the nights\?/);
});

test.tags("mobile");
test("guidance is folded on a phone", async () => {
    await mountForm(FILLED);
    expect(queryOne(`${BOX} details`).open).toBe(false);
    await contains(`${BOX} summary`).click();
    expect(queryOne(`${BOX} details`).open).toBe(true);
});

test("guidance is folded in a recorded meeting, and no plan is offered", async () => {
    await mountForm(OWN, 1);
    expect(`${BOX} details`).toHaveCount(1);
    expect(queryOne(`${BOX} details`).open).toBe(false);
});

test("what was folded stays folded while one types", async () => {
    await mountForm(FILLED);
    const details = queryOne(`${BOX} details`);
    const before = details.open;
    await contains(`${BOX} summary`).click();
    await contains(PLAN).edit("Nurse: on Monday");
    expect(details.open).toBe(!before);
});

test("a plan that was filled in is not offered again, also when it is changed", async () => {
    await mountForm(FILLED);
    expect(`${BOX} details`).toHaveCount(1);
    await contains(PLAN).edit("Nurse: on Monday");
    expect(`${BOX} details`).toHaveCount(1);
});

test("a plan that was not filled in is added below one's own", async () => {
    await mountForm({ ...OWN, plan_template_guidance: false });
    await contains(`${BOX} summary:contains(Plan of the template)`).click();
    await contains(`${BOX} button:contains(Add it to your plan)`).click();
    await animationFrame();
    expect(PLAN).toHaveValue("My own plan\n\nNurse: …");
    expect(BOX).toHaveCount(0);
});
