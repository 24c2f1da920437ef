import { expect, test } from "@odoo/hoot";
import { animationFrame, press, unload } from "@odoo/hoot-dom";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { WebClient } from "@web/webclient/webclient";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

const PLAN = ".o_field_widget[name=action_plan] textarea";
const QUESTION = ".modal:contains(Discard what you typed?)";

async function openDialog() {
    InterventionMeeting._views.form = /* xml */ `
        <form js_class="intervention_careful_form"><field name="action_plan" /></form>`;
    onRpc("intervention.meeting", "web_save", () => {
        expect.step("saved");
    });
    await mountWithCleanup(WebClient);
    getService("dialog").add(FormViewDialog, {
        resModel: "intervention.meeting",
        canExpand: false,
    });
    await contains(PLAN).click();
}

const WAYS = {
    Escape: () => press("Escape"),
    "the Discard button": () => contains(".modal .o_form_button_cancel").click(),
    "the header's button": () => contains(".modal-header button").click(),
};

for (const [name, leave] of Object.entries(WAYS)) {
    test(`${name} closes a form in which nothing was typed`, async () => {
        await openDialog();
        await leave();
        await animationFrame();
        expect(".modal").toHaveCount(0);
    });

    test(`${name} asks before it discards, and the text can be kept`, async () => {
        await openDialog();
        await contains(PLAN).edit("See the nurse", { confirm: false });
        await leave();
        await animationFrame();
        expect(QUESTION).toHaveCount(1);
        await contains(`${QUESTION} button:contains(Keep Editing)`).click();
        await animationFrame();
        expect(".modal").toHaveCount(1);
        expect(PLAN).toHaveValue("See the nurse");
    });

    test(`${name} discards when that is confirmed`, async () => {
        await openDialog();
        await contains(PLAN).edit("See the nurse", { confirm: false });
        await leave();
        await contains(`${QUESTION} button:contains(/^Discard$/)`).click();
        await animationFrame();
        expect(".modal").toHaveCount(0);
        expect.verifySteps([]);
    });
}

test("Escape in the question keeps the text", async () => {
    await openDialog();
    await contains(PLAN).edit("See the nurse", { confirm: false });
    await press("Escape");
    await animationFrame();
    expect(QUESTION).toHaveCount(1);
    expect(`${QUESTION} button:contains(Keep Editing)`).toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(".modal").toHaveCount(1);
    expect(PLAN).toHaveValue("See the nurse");
});

test("leaving the page asks when something was typed, and saves nothing", async () => {
    await openDialog();
    const [before] = await unload();
    expect(before.defaultPrevented).toBe(false);
    await contains(PLAN).edit("See the nurse", { confirm: false });
    const [after] = await unload();
    expect(after.defaultPrevented).toBe(true);
    await animationFrame();
    expect.verifySteps([]);
});
