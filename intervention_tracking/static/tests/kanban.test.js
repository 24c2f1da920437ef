import { describe, expect, test } from "@odoo/hoot";
import { animationFrame, waitFor, waitForNone } from "@odoo/hoot-dom";
import { contains, mockService, mountView, onRpc } from "@web/../tests/web_test_helpers";
import {
    answerMeetings,
    defineInterventionModels,
    InterventionMeeting,
    NUMBERS,
} from "./intervention_models";

defineInterventionModels();
describe.current.tags("desktop");

async function mountKanban() {
    InterventionMeeting._records.push({ id: 4, student_id: 102, status: "escalated" });
    answerMeetings("get_dashboard", NUMBERS);
    mockService("dialog", {
        add(_Dialog, { context, resModel }) {
            expect.step([resModel, context]);
        },
    });
    onRpc("intervention.meeting", "web_save", ({ args }) => {
        expect.step(["saved", ...args]);
    });
    await mountView({ type: "kanban", resModel: "intervention.meeting" });
}

async function drop(name, from, to) {
    const { moveTo, drop } = await contains(
        `.o_kanban_group:contains(${from}) .o_kanban_record:contains(${name})`
    ).drag();
    await moveTo(`.o_kanban_group:contains(${to})`);
    await drop();
    await animationFrame();
}

for (const [label, status] of [
    ["Escalated", "escalated"],
    ["Closed", "closed"],
]) {
    test(`a card that is dropped on ${label} opens the dialog and stays where it is`, async () => {
        await mountKanban();
        await drop("Ada", "Open", label);
        expect.verifySteps([
            ["intervention.track", { default_meeting_id: 1, default_status: status }],
        ]);
        expect(".o_kanban_group:contains(Open) .o_kanban_record").toHaveCount(1);
        expect(".o_kanban_hover").toHaveCount(0);
    });
}

test("a card that is dropped on another status is saved", async () => {
    await mountKanban();
    await drop("Ada", "Open", "Monitoring");
    expect.verifySteps([["saved", [1], { status: "monitoring" }]]);
    expect(".o_kanban_group:contains(Monitoring) .o_kanban_record").toHaveCount(2);
});

test("a drop is told, is explained by an update, and can be undone", async () => {
    await mountKanban();
    await drop("Ada", "Open", "Monitoring");
    await waitFor(".o_notification:contains(Ada Test: Monitoring)");
    await contains(".o_notification button:contains(Add Progress Update)").click();
    expect(".o_notification").toHaveCount(0);
    onRpc("intervention.meeting", "write", ({ args }) => {
        expect.step(["undone", ...args]);
    });
    await drop("Ada", "Monitoring", "Open");
    await contains(".o_notification button:contains(Undo)").click();
    await waitFor(".o_kanban_group:contains(Monitoring) .o_kanban_record:contains(Ada)");
    expect.verifySteps([
        ["saved", [1], { status: "monitoring" }],
        ["intervention.track", { default_meeting_id: 1 }],
        ["saved", [1], { status: "open" }],
        ["undone", [1], { status: "monitoring" }],
    ]);
});

test("the numbers are asked for again after a card was moved", async () => {
    await mountKanban();
    answerMeetings("get_dashboard", { ...NUMBERS, active_cases: 42 });
    await drop("Ada", "Open", "Monitoring");
    expect(".o_intervention_card[data-filter=active_cases] .o_intervention_number").toHaveText("42");
    expect.verifySteps([["saved", [1], { status: "monitoring" }]]);
});

test("a closed card opens no dialog, as it has to stay closed", async () => {
    await mountKanban();
    await drop("Ben", "Closed", "Escalated");
    expect.verifySteps([["saved", [3], { status: "escalated" }]]);
});

test("a closed card that is put down in its own column opens nothing", async () => {
    await mountKanban();
    await drop("Ben", "Closed", "Closed");
    expect.verifySteps([]);
});

test("the first meeting takes the place of the example of an empty board", async () => {
    InterventionMeeting._records = [];
    InterventionMeeting._views.form = `<form><field name="student_id" /></form>`;
    answerMeetings("get_dashboard", NUMBERS);
    await mountView({
        type: "kanban",
        resModel: "intervention.meeting",
        arch: /* xml */ `
            <kanban js_class="intervention_kanban" sample="1">
                <templates><t t-name="card"><field name="student_id" /></t></templates>
            </kanban>`,
    });
    expect(".o_view_sample_data").toHaveCount(1);
    await contains(".o-kanban-button-new").click();
    await waitFor(".modal .o_form_view");
    await contains(".modal .o_form_button_save").click();
    await waitForNone(".modal");
    expect(".o_view_sample_data").toHaveCount(0);
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(1);
});
