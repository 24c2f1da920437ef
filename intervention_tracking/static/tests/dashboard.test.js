import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, Deferred, queryAllTexts } from "@odoo/hoot-dom";
import {
    contains,
    getFacetTexts,
    makeServerError,
    mockService,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    answerMeetings,
    defineInterventionModels,
    InterventionMeeting,
    NUMBERS,
} from "./intervention_models";

defineInterventionModels();

const CARD = ".o_intervention_card";
const FILTER = ".o_intervention_filters button";
const PRESSED = `${CARD}[aria-pressed=true]`;
const BANNER = ".o_intervention_recurring";
const ADA = {
    student: 101,
    student_name: "Ada Test",
    intervention_count: 3,
    without_improvement: true,
};
const BEN = {
    student: 102,
    student_name: "Ben Test",
    intervention_count: 2,
    without_improvement: false,
};

async function mountDashboard(numbers = {}, type = "list") {
    answerMeetings("get_dashboard", { ...NUMBERS, ...numbers });
    await mountView({
        type,
        resModel: "intervention.meeting",
        context: { search_default_active_cases: 1 },
    });
}

async function clickCard(filter) {
    await contains(`${CARD}[data-filter=${filter}]`).click();
    await animationFrame();
}

async function clickFilter(name) {
    await contains(`${FILTER}[data-filter=${name}]`).click();
    await animationFrame();
}

for (const type of ["list", "kanban"]) {
    test(`the ${type} has the four numbers above it`, async () => {
        await mountDashboard({}, type);
        expect(queryAllTexts(`${CARD} > span`)).toEqual([
            "12",
            "Total Meetings",
            "7",
            "Active Cases",
            "3",
            "High Urgency Cases",
            "2",
            "Overdue Follow-ups",
        ]);
        expect(BANNER).toHaveCount(0);
    });
}

test("numbers that call for attention have a colour, zeros have none", async () => {
    await mountDashboard({ high_urgency: 0 });
    const number = (filter) => `${CARD}[data-filter=${filter}] .o_intervention_number`;
    expect(number("overdue")).toHaveClass("text-danger-emphasis");
    expect(number("high_urgency")).toHaveClass("text-secondary-emphasis");
});

test("a database without meetings shows zeros and no banner", async () => {
    InterventionMeeting._records = [];
    await mountDashboard({
        total_meetings: 0,
        active_cases: 0,
        high_urgency: 0,
        overdue_followups: 0,
    });
    expect(queryAllTexts(`${CARD} > span:nth-of-type(1)`)).toEqual(["0", "0", "0", "0"]);
    expect(BANNER).toHaveCount(0);
    expect(".o_intervention_dashboard [role=alert]").toHaveCount(0);
});

test.tags("desktop");
test("a card shows what it counts, alone, and is pressed then", async () => {
    await mountDashboard();
    expect(PRESSED).toHaveCount(1);
    expect(PRESSED).toHaveAttribute("data-filter", "active_cases");
    expect(".o_data_row").toHaveCount(2);

    await clickCard("high_urgency");
    expect(PRESSED).toHaveCount(1);
    expect(PRESSED).toHaveAttribute("data-filter", "high_urgency");
    expect(getFacetTexts()).toEqual(["High Urgency Cases"]);
    expect(".o_data_row").toHaveCount(1);

    await clickCard("all_cases");
    expect(PRESSED).toHaveAttribute("data-filter", "all_cases");
    expect(getFacetTexts()).toEqual([]);
    expect(".o_data_row").toHaveCount(3);
});

test.tags("desktop");
test("a card is pressed whatever is chosen beside it", async () => {
    await mountDashboard();
    await contains(".o_searchview_dropdown_toggler").click();
    await contains(".o_menu_item:contains(High Urgency Cases)").click();
    await animationFrame();
    expect(PRESSED).toHaveCount(2);
    expect(`${CARD}[data-filter=overdue]`).toHaveAttribute("aria-pressed", "false");
});

test("the list is loaded once for a card", async () => {
    await mountDashboard();
    onRpc("intervention.meeting", "web_search_read", () => {
        expect.step("list");
    });
    await clickCard("overdue");
    expect.verifySteps(["list"]);
});

test("the numbers are asked for again when the list changed", async () => {
    await mountDashboard();
    onRpc("intervention.meeting", "get_dashboard", () => ({ ...NUMBERS, active_cases: 8 }));
    await clickCard("overdue");
    expect(`${CARD}[data-filter=active_cases] .o_intervention_number`).toHaveText("8");
});

test("an error is said, and can be tried again", async () => {
    onRpc("intervention.meeting", "get_dashboard", () => {
        throw makeServerError({ message: "Out of order" });
    });
    await mountView({ type: "list", resModel: "intervention.meeting" });
    expect(CARD).toHaveCount(0);
    expect(".o_intervention_dashboard[role=alert]").toHaveText(
        /The numbers could not be loaded\./
    );
    answerMeetings("get_dashboard", NUMBERS);
    await contains(".o_intervention_dashboard button:contains(Try again)").click();
    expect(CARD).toHaveCount(4);
});

test("numbers that could be loaded once stay when they can't be the next time", async () => {
    await mountDashboard();
    onRpc("intervention.meeting", "get_dashboard", () => {
        throw makeServerError({ message: "Out of order" });
    });
    await clickCard("overdue");
    expect(CARD).toHaveCount(4);
});

test("the records do not wait for numbers that take long", async () => {
    const numbers = new Deferred();
    onRpc("intervention.meeting", "get_dashboard", () => numbers);
    await mountView({ type: "list", resModel: "intervention.meeting" });
    await advanceTime(150);
    await animationFrame();
    expect(".o_data_row").toHaveCount(3);
    expect(`${CARD}[data-filter=active_cases] .o_intervention_number`).toHaveText("…");
    numbers.resolve(NUMBERS);
    await animationFrame();
    expect(`${CARD}[data-filter=active_cases] .o_intervention_number`).toHaveText("7");
});

test.tags("desktop");
test("the filters at hand narrow what is shown, and can be taken away", async () => {
    await mountDashboard();
    await clickFilter("status_monitoring");
    expect(getFacetTexts()).toEqual(["Active Cases", "Monitoring"]);
    expect(`${FILTER}[aria-pressed=true]`).toHaveText("Monitoring");
    expect(".o_data_row").toHaveCount(1);
    await clickFilter("urgency_level_high");
    expect(".o_data_row").toHaveCount(0);
    await clickFilter("urgency_level_high");
    await clickFilter("status_monitoring");
    expect(getFacetTexts()).toEqual(["Active Cases"]);
    expect(`${FILTER}[aria-pressed=true]`).toHaveCount(0);
});

test.tags("desktop");
test("closed cases are not looked for among the active ones", async () => {
    await mountDashboard();
    await clickFilter("status_closed");
    expect(getFacetTexts()).toEqual(["Closed"]);
    expect(".o_data_row").toHaveCount(1);
});

test.tags("desktop");
test("the banner names the recurring students, and who does not improve", async () => {
    await mountDashboard({ recurring_students: 2, recurring: [ADA, BEN] });
    expect(BANNER).toHaveText(/2 students have two or more interventions/);
    expect(queryAllTexts(".o_intervention_student")).toEqual([
        "Ada Test (3) No improvement",
        "Ben Test (2)",
    ]);
    expect(".o_intervention_all_recurring").toHaveCount(0);
});

test("the banner speaks of one student in the singular", async () => {
    await mountDashboard({ recurring_students: 1, recurring: [BEN] });
    expect(BANNER).toHaveText(/1 student has two or more interventions/);
});

test.tags("mobile");
test("on a phone the banner is one line, which leads to the students", async () => {
    await mountDashboard({ recurring_students: 9, recurring: [ADA, BEN] }, "kanban");
    expect(BANNER).toHaveText("9 students have two or more interventions");
    expect(FILTER).toHaveCount(0);
    await contains(BANNER).click();
    await animationFrame();
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(2);
});

test.tags("mobile");
test("on a phone the cards are one list, and columns a choice", async () => {
    await mountDashboard({}, "kanban");
    expect(".o_kanban_ungrouped .o_kanban_record:not(.o_kanban_ghost)").toHaveCount(2);
});

test.tags("desktop");
test("on a wide screen there is a column for each status", async () => {
    await mountDashboard({}, "kanban");
    expect(".o_kanban_group").not.toHaveCount(0);
});

test.tags("desktop");
test("more recurring students than the banner has room for can all be seen", async () => {
    await mountDashboard({ recurring_students: 9, recurring: [ADA, BEN] });
    await contains(".o_intervention_all_recurring:contains(See all 9)").click();
    await animationFrame();
    expect(getFacetTexts()).toEqual(["Recurring Students"]);
    expect(PRESSED).toHaveCount(0);
});

test.tags("desktop");
test("a name in the banner opens the student's history", async () => {
    const action = { type: "ir.actions.client", tag: "intervention_tracking.student_history" };
    onRpc("res.partner", "action_view_history", ({ args }) => {
        expect(args).toEqual([[101]]);
        return action;
    });
    mockService("action", {
        doAction(request) {
            expect.step("opened");
            expect(request).toEqual(action);
        },
    });
    await mountDashboard({ recurring_students: 2, recurring: [ADA, BEN] });
    await contains(".o_intervention_student:contains(Ada)").click();
    expect.verifySteps(["opened"]);
});

const NEEDY = {
    standing: 7,
    student: 102,
    student_name: "Ben Test",
    class_name: "7A",
    reason: "Missed 4 days in a row: Nov 24 – 27\n13 of 60 days missed: Severe since Oct 15",
    is_relapse: true,
};

test("who needs a talk comes before everything else", async () => {
    await mountDashboard({ attention: { count: 8, is_known: true, students: [NEEDY] } });
    expect(".o_intervention_dashboard > :first-child").toHaveClass("o_intervention_attention");
    expect(".o_intervention_attention_all").toHaveText(/8 students need a talk/);
    expect(queryAllTexts(".o_intervention_student bdi")).toEqual(["Ben Test", "7A"]);
    expect(".o_intervention_student .badge").toHaveText("Relapse");
    expect(".o_intervention_reason").toHaveText(
        /Missed 4 days in a row: Nov 24 – 27 · 13 of 60 days missed: Severe since Oct 15/
    );
});

test("it is small when nobody needs a talk, and not there without marks", async () => {
    await mountDashboard({ attention: { count: 0, is_known: true, students: [] } });
    expect(".o_intervention_attention").toHaveCount(0);
    expect(".o_intervention_attention_none").toHaveText("Nobody needs a talk now");
});

test("a meeting is recorded with who needs a talk, and the panel counts anew", async () => {
    mockService("dialog", {
        add(component, props) {
            expect.step(props.context.default_student_id);
            props.onRecordSaved({ data: { student_id: { id: 102 } }, resId: 5 });
        },
    });
    const attention = { count: 1, is_known: true, students: [NEEDY] };
    await mountDashboard({ attention });
    onRpc("intervention.meeting", "get_dashboard", () => ({
        ...NUMBERS,
        attention: { count: 0, is_known: true, students: [] },
    }));
    await contains(".o_intervention_attention .btn-primary").click();
    await animationFrame();
    expect.verifySteps([102]);
    expect(".o_intervention_attention").toHaveCount(0);
});

test.tags("desktop");
test("a student is put off in the dialog of Not Now", async () => {
    await mountDashboard({ attention: { count: 1, is_known: true, students: [NEEDY] } });
    mockService("action", {
        doAction(action, options) {
            expect.step([action, options.additionalContext]);
        },
    });
    await contains(".o_intervention_attention .btn-secondary").click();
    expect.verifySteps([
        ["intervention_tracking.intervention_not_now_action", { default_standing_ids: [7] }],
    ]);
});

test("administrators are told what is missing of the marks", async () => {
    const trouble = {
        registers: 3,
        classes: ["7A", "8B"],
        notices: [{ text: "No marks from Office since Thu, Nov 26.", source: 4 }],
    };
    await mountDashboard({ attention: { count: 0, is_known: false, students: [] }, trouble });
    expect(queryAllTexts(".o_intervention_trouble")).toEqual([
        "Registers missing this week: 3 (7A, 8B)",
        "No marks from Office since Thu, Nov 26.",
    ]);
});
