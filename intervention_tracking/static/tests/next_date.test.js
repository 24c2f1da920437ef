import { beforeEach, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { contains, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();
beforeEach(() => mockDate("2026-03-10 12:00:00"));

const CHOICE = ".o_intervention_choices button";

async function mountForm(values = {}) {
    Object.assign(InterventionMeeting._records[0], values);
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].follow_up_date);
    });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId: 1,
        arch: /* xml */ `
            <form>
                <field name="plan_days" invisible="1" />
                <field
                    name="follow_up_date"
                    widget="intervention_next_date"
                    options="{'plan_days_field': 'plan_days'}"
                />
            </form>`,
    });
}

test("a day is chosen by how long it is until then", async () => {
    await mountForm();
    expect(queryAllTexts(CHOICE)).toEqual(["In 1 week", "In 2 weeks"]);
    await contains(`${CHOICE}:contains(2 weeks)`).click();
    expect(`${CHOICE}[aria-pressed=true]`).toHaveText("In 2 weeks");
    await contains(".o_form_button_save").click();
    expect.verifySteps(["2026-03-24"]);
});

test("the plan's days are offered where they are others", async () => {
    await mountForm({ plan_days: 10 });
    expect(queryAllTexts(CHOICE)).toEqual([
        "In 1 week",
        "In 2 weeks",
        "In 10 days, as planned",
    ]);
    await contains(`${CHOICE}:contains(planned)`).click();
    await contains(".o_form_button_save").click();
    expect.verifySteps(["2026-03-20"]);
});

test("the plan's days are not offered twice", async () => {
    await mountForm({ plan_days: 14 });
    expect(CHOICE).toHaveCount(2);
});
