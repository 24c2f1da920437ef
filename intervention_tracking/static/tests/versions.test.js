import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeServerError,
    MockServer,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { WebClient } from "@web/webclient/webclient";
import {
    answerMeetings,
    defineInterventionModels,
    InterventionMeeting,
    NUMBERS,
} from "./intervention_models";

defineInterventionModels();

const PLAN = ".o_field_widget[name=action_plan] textarea";
const DIALOG = ".o_intervention_conflict";

function conflict(...fields) {
    return makeServerError({
        type: "ValidationError",
        message: "Action Plan: Ben has changed this meanwhile.",
        context: {
            intervention_conflict: {
                version: "9.9",
                fields: fields.map((each) => ({
                    by: "Ben",
                    date: "2019-03-11 08:00:00",
                    ...each,
                })),
            },
        },
    });
}

const PLANS = {
    name: "action_plan",
    label: "Action Plan",
    mine: "My plan",
    theirs: "Ben's plan",
    value: "Ben's plan",
};

/** The first save is refused, as is each that does not come with the new version. */
function refuse(...fields) {
    onRpc("intervention.meeting", "web_save", ({ args, kwargs }) => {
        const version = kwargs.context.intervention_version;
        expect.step([version, args[1]]);
        if (version !== "9.9") {
            throw conflict(...fields);
        }
    });
}

async function openForm() {
    InterventionMeeting._records[0].version = "1.2";
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId: 1,
        arch: /* xml */ `
            <form js_class="intervention_form">
                <field name="version" invisible="1" readonly="1" />
                <field name="status" />
                <field name="action_plan" />
            </form>`,
    });
}

async function writePlan() {
    await contains(PLAN).edit("My plan", { confirm: "tab" });
    await contains(".o_form_button_save").click();
}

test("both texts are shown, and mine goes through with the new version", async () => {
    refuse(PLANS);
    await openForm();
    await writePlan();
    await waitFor(DIALOG);
    expect(queryAllTexts(`${DIALOG} .text-prewrap`)).toEqual(["My plan", "Ben's plan"]);
    expect(`${DIALOG} label:contains(by Ben)`).toHaveCount(1);
    expect(`${DIALOG} textarea`).toHaveValue("My plan");
    await contains(`${DIALOG} .btn-primary`).click();
    await waitForNone(DIALOG);
    await animationFrame();
    expect.verifySteps([
        ["1.2", { action_plan: "My plan" }],
        ["9.9", { action_plan: "My plan" }],
    ]);
    expect(".o_form_dirty").toHaveCount(0);
});

test("theirs can be taken, and the two can be merged", async () => {
    refuse(PLANS);
    await openForm();
    await writePlan();
    await contains(`${DIALOG} input[value=theirs]`).click();
    expect(`${DIALOG} textarea`).toHaveValue("Ben's plan");
    await contains(`${DIALOG} textarea`).edit("Ben's plan and mine", { confirm: false });
    await contains(`${DIALOG} .btn-primary`).click();
    await waitForNone(DIALOG);
    expect(PLAN).toHaveValue("Ben's plan and mine");
    expect.verifySteps([
        ["1.2", { action_plan: "My plan" }],
        ["9.9", { action_plan: "Ben's plan and mine" }],
    ]);
});

for (const [name, leave] of Object.entries({
    Escape: () => press("Escape"),
    "the button": () => contains(`${DIALOG} .btn-secondary`).click(),
})) {
    test(`${name} goes back to the form, which has everything that was typed`, async () => {
        refuse(PLANS);
        await openForm();
        await writePlan();
        await waitFor(DIALOG);
        await leave();
        await waitForNone(DIALOG);
        expect(PLAN).toHaveValue("My plan");
        expect.verifySteps([["1.2", { action_plan: "My plan" }]]);
        // Nobody has seen the other's text for good, so it is asked again.
        await contains(".o_form_button_save").click();
        await waitFor(DIALOG);
        expect.verifySteps([["1.2", { action_plan: "My plan" }]]);
    });
}

test("a choice has no text to edit", async () => {
    refuse({
        name: "status",
        label: "Status",
        mine: "Monitoring",
        theirs: "Escalated",
        value: "escalated",
    });
    await openForm();
    await writePlan();
    await waitFor(DIALOG);
    expect(`${DIALOG} textarea`).toHaveCount(0);
    await contains(`${DIALOG} input[value=theirs]`).click();
    await contains(`${DIALOG} .btn-primary`).click();
    await waitForNone(DIALOG);
    expect.verifySteps([
        ["1.2", { action_plan: "My plan" }],
        ["9.9", { action_plan: "My plan", status: "escalated" }],
    ]);
});

test("a dialog asks, too, and sends again what was decided", async () => {
    InterventionMeeting._views.form = /* xml */ `
        <form js_class="intervention_careful_form">
            <field name="version" invisible="1" />
            <field name="action_plan" />
        </form>`;
    let refused = false;
    onRpc("intervention.meeting", "web_save", ({ args }) => {
        expect.step([args[1].version, args[1].action_plan]);
        if (!refused) {
            refused = true;
            throw conflict(PLANS);
        }
    });
    await mountWithCleanup(WebClient);
    getService("dialog").add(FormViewDialog, {
        resModel: "intervention.meeting",
        canExpand: false,
        context: { default_version: "1.2" },
    });
    await contains(PLAN).edit("My plan", { confirm: false });
    await contains(".modal .o_form_button_save").click();
    await waitFor(DIALOG);
    await contains(`${DIALOG} .btn-primary`).click();
    await runAllTimers();
    await waitForNone(".modal");
    expect.verifySteps([
        ["1.2", "My plan"],
        ["9.9", "My plan"],
    ]);
});

test("a draft is sent with the version at which it was begun", async () => {
    InterventionMeeting._views.form = /* xml */ `
        <form js_class="intervention_careful_form">
            <field name="version" invisible="1" />
            <field name="action_plan" />
        </form>`;
    onRpc("intervention.meeting", "web_save", ({ args }) => {
        expect.step([args[1].version, args[1].action_plan]);
    });
    await mountWithCleanup(WebClient);
    await getService("intervention_drafts").save({
        id: "0123456789abcdef0123456789abcdef",
        model: "intervention.meeting",
        title: "Ada Test",
        context: {},
        created: Date.now(),
        changed: Date.now(),
        values: { action_plan: "My plan" },
        texts: [{ name: "action_plan", label: "Action plan", text: "My plan" }],
        base: { action_plan: "" },
        seen: { version: "1.2" },
    });
    getService("dialog").add(FormViewDialog, {
        resModel: "intervention.meeting",
        canExpand: false,
        context: { default_version: "5.5" },
    });
    await contains(".o_intervention_offer button:contains(Continue)").click();
    await contains(".modal .o_form_button_save").click();
    await waitForNone(".modal");
    expect.verifySteps([["1.2", "My plan"]]);
});

describe("kanban", () => {
    describe.current.tags("desktop");

    test("a card is moved with its version, and stands where it is when refused", async () => {
        expect.errors(1);
        InterventionMeeting._records[0].version = "1.2";
        answerMeetings("get_dashboard", NUMBERS);
        refuse({ name: "status", label: "Status", mine: "", theirs: "", value: "escalated" });
        await mountView({
            type: "kanban",
            resModel: "intervention.meeting",
            arch: /* xml */ `
                <kanban js_class="intervention_kanban" default_group_by="status">
                    <field name="version" />
                    <templates><t t-name="card"><field name="student_id" /></t></templates>
                </kanban>`,
        });
        // A colleague does.
        MockServer.env["intervention.meeting"].write([1], { status: "closed" });
        const { moveTo, drop } = await contains(
            ".o_kanban_group:contains(Open) .o_kanban_record:contains(Ada)"
        ).drag();
        await moveTo(".o_kanban_group:contains(Monitoring)");
        await drop();
        await animationFrame();
        expect.verifySteps([["1.2", { status: "monitoring" }]]);
        expect.verifyErrors(["RPC_ERROR"]);
        expect(".o_kanban_group:contains(Monitoring) .o_kanban_record").toHaveCount(1);
        expect(DIALOG).toHaveCount(0);
    });
});
