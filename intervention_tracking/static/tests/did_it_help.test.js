import { beforeEach, expect, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const ROW = {
    label: "All",
    students: 42,
    conclusion: "chance",
    difference: "0.3 days fewer",
    range: "1.0 days fewer to 0.4 days more",
    reading: "Can't be told from chance",
    bar: { low: 25, mean: 42.5, high: 60 },
};
const ANSWER = {
    conclusion: "chance",
    headline: "Can't be told from chance",
    sentences: ["These 42 students missed 0.3 days fewer."],
    who: "Counted: 42 students",
    row: ROW,
    scale: ["2 fewer", "0", "2 more"],
    parts: [
        {
            name: "plan_kept",
            label: "Was the plan carried out?",
            note: "",
            rows: [ROW, { ...ROW, label: "Not Kept", students: 3, difference: "–", range: "–", bar: false }],
        },
    ],
    left_out: [{ reason: "early", label: "Too early", why: "Not over.", count: 7 }],
    corrected: ["Marks were corrected later."],
    how: ["Each student is compared."],
    choices: {
        root_cause: [["health", "Health Issue"]],
        attendance_band: [["severe", "Severe"]],
        plan_kept: [["kept", "Kept"]],
        plan_template_id: [[3, "Bus"]],
    },
};

let asked;

beforeEach(() => {
    mockDate("2026-03-15 12:00:00");
    asked = [];
});

async function mountPage(answer = ANSWER, context = {}) {
    onRpc("intervention.effect", "get_figures_in_words", ({ args }) => {
        asked.push(args[0]);
        if (answer instanceof Error) {
            throw answer;
        }
        return answer;
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.did_it_help",
        name: "Did It Help",
        context,
    });
}

test("it says what the server says, with the range on a line", async () => {
    await mountPage();
    expect("#effect_headline").toHaveText("Can't be told from chance");
    expect(".o_intervention_effect_figure .fs-5").toHaveText(ANSWER.sentences[0]);
    const range = queryFirst(".o_intervention_effect_figure .o_range");
    expect(range.style.insetInlineStart).toBe("25%");
    expect(range.style.width).toBe("35%");
    expect(".o_intervention_effect").toHaveText(/Marks were corrected later/);
    expect(".o_intervention_effect").toHaveText(/Each student is compared/);
});

test("a group without a figure has no bar", async () => {
    await mountPage();
    expect("[aria-labelledby=effect_parts] tbody tr").toHaveCount(2);
    expect("[aria-labelledby=effect_parts] .o_range").toHaveCount(1);
});

test("without a figure there is no line and no table", async () => {
    const row = { ...ROW, students: 0, bar: false };
    await mountPage({ ...ANSWER, row, parts: [], corrected: [] });
    expect(".o_intervention_effect_bar").toHaveCount(0);
    expect("table").toHaveCount(0);
    expect(".o_intervention_effect_figure button").toHaveCount(0);
});

test("it asks for twelve months, and for what is chosen", async () => {
    await mountPage();
    await contains("#effect_root_cause").select("health");
    await contains("#effect_plan_template_id").select("3");
    await contains("#effect_period").select("all");
    await animationFrame();
    expect(asked).toEqual([
        { from: "2025-03-15" },
        { from: "2025-03-15", root_cause: "health" },
        { from: "2025-03-15", root_cause: "health", plan_template_id: 3 },
        { root_cause: "health", plan_template_id: 3 },
    ]);
});

test("a template's page leads to its figure of all time", async () => {
    await mountPage(ANSWER, { effect_template: 3 });
    expect(asked).toEqual([{ plan_template_id: 3 }]);
    expect("#effect_plan_template_id").toHaveValue("3");
});

test("who is left out can be looked at", async () => {
    onRpc("intervention.effect", "action_open_cases", ({ args }) => {
        expect.step(args);
        return { type: "ir.actions.act_window_close" };
    });
    await mountPage();
    expect(queryAllTexts("[data-reason]")).toEqual(["Too early: 7\nNot over."]);
    await contains("[data-reason=early] button").click();
    await contains("button:contains(Counted)").click();
    expect.verifySteps([
        [{ from: "2025-03-15" }, "early"],
        [{ from: "2025-03-15" }, "counted"],
    ]);
});

test("what the server refuses is said", async () => {
    await mountPage(makeServerError({ message: "For administrators." }));
    expect(".o_intervention_effect [role=alert]").toHaveText("For administrators.");
});
