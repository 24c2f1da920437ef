import { expect, test } from "@odoo/hoot";
import { Deferred, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import {
    contains,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { InterventionQuickAccess } from "@intervention_tracking/systray/quick_access";
import { answerMeetings, defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const ITEM = ".o_intervention_quick_access";
const NUMBERS = { active_cases: 7, needs_attention: 4, improving: 2, not_improving: 1 };

async function mountQuickAccess(hasGroup = true) {
    patchWithCleanup(user, {
        hasGroup: async (group) => {
            expect(group).toBe("intervention_tracking.group_intervention_form_master");
            return hasGroup;
        },
    });
    await mountWithCleanup(InterventionQuickAccess);
}

test("who has no right sees nothing, and nothing is asked for", async () => {
    onRpc("intervention.meeting", "get_quick_access", () => expect.step("asked"));
    await mountQuickAccess(false);
    expect(ITEM).toHaveCount(0);
    expect.verifySteps([]);
});

test("the icon says how many cases are of high priority", async () => {
    answerMeetings("get_quick_access", NUMBERS);
    await mountQuickAccess();
    await waitFor(".o_intervention_priority");
    expect(".o_intervention_priority").toHaveText("4");
    expect(`${ITEM} [role=img]`).toHaveAttribute(
        "aria-label",
        "Interventions, 4 of high priority"
    );
});

test("without any, the icon has no number", async () => {
    answerMeetings("get_quick_access", { ...NUMBERS, needs_attention: 0 });
    await mountQuickAccess();
    await contains(ITEM).click();
    expect(".o_intervention_priority").toHaveCount(0);
});

test("the numbers are asked for at once, and anew when the menu is opened", async () => {
    answerMeetings("get_quick_access", () => {
        expect.step("asked");
        return NUMBERS;
    });
    await mountQuickAccess();
    await waitFor(".o_intervention_priority");
    expect.verifySteps(["asked"]);
    await contains(ITEM).click();
    expect.verifySteps(["asked"]);
    expect(queryAllTexts(".dropdown-item")).toEqual([
        "Active Cases\n7",
        "High Priority\n4",
        "Improving\n2",
        "Not Improving\n1",
        "Go to Dashboard",
    ]);
    await contains(ITEM).click();
    await contains(ITEM).click();
    expect.verifySteps(["asked"]);
});

test("the menu waits for the numbers", async () => {
    const answer = new Deferred();
    answerMeetings("get_quick_access", () => answer);
    await mountQuickAccess();
    await contains(ITEM).click();
    expect(".dropdown-item").toHaveCount(0);
    answer.resolve(NUMBERS);
    await waitFor(".dropdown-item:contains(Active Cases)");
});

test("an error is said, and the way to the dashboard stays", async () => {
    onRpc("intervention.meeting", "get_quick_access", () => {
        throw makeServerError({ message: "Out of order" });
    });
    await mountQuickAccess();
    await contains(ITEM).click();
    expect("[role=alert]").toHaveText("The numbers could not be loaded.");
    expect(queryAllTexts(".dropdown-item")).toEqual(["Go to Dashboard"]);
});

test("an error replaces the numbers of the last time", async () => {
    answerMeetings("get_quick_access", NUMBERS);
    await mountQuickAccess();
    await contains(ITEM).click();
    expect(".dropdown-item").toHaveCount(5);
    await contains(ITEM).click();
    onRpc("intervention.meeting", "get_quick_access", () => {
        throw makeServerError({ message: "Out of order" });
    });
    await contains(ITEM).click();
    expect("[role=alert]").toHaveCount(1);
    expect(".dropdown-item").toHaveCount(1);
});

test("nothing to attend to is shown without alarm", async () => {
    answerMeetings("get_quick_access", { ...NUMBERS, needs_attention: 0 });
    await mountQuickAccess();
    await contains(ITEM).click();
    expect(".dropdown-item:contains(High Priority) .badge").toHaveClass("bg-secondary-subtle");
});

test("a number opens the list of what it counts", async () => {
    answerMeetings("get_quick_access", NUMBERS);
    mockService("action", {
        doAction(action, options) {
            expect.step([action, options.additionalContext]);
        },
    });
    await mountQuickAccess();
    await contains(ITEM).click();
    await contains(".dropdown-item:contains(High Priority)").click();
    expect.verifySteps([
        [
            "intervention_tracking.intervention_meeting_action",
            { search_default_needs_attention: 1 },
        ],
    ]);
    expect(".dropdown-item").toHaveCount(0);
});
