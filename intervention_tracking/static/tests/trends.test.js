import { beforeEach, expect, manuallyDispatchProgrammaticEvent, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import {
    contains,
    defineParams,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import { cookie } from "@web/core/browser/cookie";
import { WebClient } from "@web/webclient/webclient";
import { answerMeetings, defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const CARD = ".o_intervention_figure";
const EXPORT = "/api/interventions/meetings/export.csv";
const WORKBOOK = "/api/interventions/meetings/export.xlsx";
const ADMIN = "intervention_tracking.group_intervention_admin";

/** The texts of these elements, each in one line. */
function lines(selector) {
    return queryAllTexts(selector).map((text) => text.replace(/\s+/g, " "));
}

function numbers(meetings, closed, early = 0) {
    const cases = meetings - early;
    return {
        meetings,
        closed_share: { value: closed, cases, too_early: early },
        days_to_close: { value: cases < 5 ? null : 12.5, cases, too_early: early },
    };
}

const ANSWER = {
    minimum_cases: 5,
    figures: [
        { name: "closed_share", kind: "share", label: "Closed", definition: "Closed of all." },
        { name: "days_to_close", kind: "days", label: "Days", definition: "Until the closing.", most: 60 },
    ],
    total: numbers(23, 0.3478),
    groups: {
        month: [
            { value: "2026-01", name: "2026-01", ...numbers(20, 0.4) },
            { value: "2026-02", name: "2026-02", ...numbers(3, null) },
        ],
        root_cause: [
            { value: "health", name: "Health Issue", ...numbers(20, 0.4) },
            { value: "family", name: "Family Issue", ...numbers(3, null) },
        ],
        class: [{ value: null, name: null, ...numbers(23, 0.3478) }],
    },
};

let calls;
let isAdmin;

beforeEach(() => {
    mockDate("2026-03-15 12:00:00");
    calls = [];
    isAdmin = false;
    onRpc("has_group", ({ args }) => args[1] !== ADMIN || isAdmin);
    onRpc("intervention.meeting", "formatted_read_group", ({ kwargs }) =>
        kwargs.groupby[0] === "class_id"
            ? [{ class_id: [7, "7A"] }, { class_id: false }]
            : [{ form_master_id: [serverState.userId, "Ada"] }]
    );
});

async function mountTrends(answer = ANSWER) {
    answerMeetings("get_analytics", ({ kwargs }) => {
        calls.push(kwargs);
        return answer;
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.trends",
        name: "Trends",
    });
}

async function choose(selector, value) {
    await contains(selector).select(value);
    await animationFrame();
}

test("each figure has its value, over how many cases, and how it is computed", async () => {
    await mountTrends();
    expect(`${CARD} h2`).toHaveCount(3);
    expect(queryAllTexts(`${CARD} h2`)).toEqual(["Meetings", "Closed", "Days"]);
    expect(queryAllTexts(`${CARD} .o_intervention_value`)).toEqual(["35%", "12.5"]);
    expect(`${CARD}[data-figure=closed_share]`).toHaveText(/over 23 cases/);
    expect(`${CARD} details[open]`).toHaveCount(0);
    await contains(`${CARD}[data-figure=closed_share] summary`).click();
    expect(`${CARD} details[open]`).toHaveCount(1);
    expect(`${CARD} details[open] p`).toHaveText("Closed of all.");
});

test("a figure that is not known says why", async () => {
    const share = `${CARD}[data-figure=closed_share]`;
    await mountTrends({ ...ANSWER, total: numbers(5, null, 2) });
    expect(queryAllTexts(`${CARD} .o_intervention_value`)).toEqual(["Too few", "Too few"]);
    expect(share).toHaveText(/3 cases, 2 too early to tell \(at least 5 needed\)/);
});

test("a figure of young cases alone is too early, and no zero", async () => {
    const share = `${CARD}[data-figure=closed_share]`;
    await mountTrends({ ...ANSWER, total: numbers(8, null, 8) });
    expect(queryAllTexts(`${CARD} .o_intervention_value`)).toEqual(["Too early", "Too early"]);
    expect(share).toHaveText(/8 cases/);
    expect(share).not.toHaveText(/0|needed/);
});

test("days that stand for more say so", async () => {
    const total = numbers(20, 0.4);
    total.days_to_close.value = 60;
    await mountTrends({ ...ANSWER, total });
    expect(`${CARD}[data-figure=days_to_close]`).toHaveText(/60 or more/);
});

test("it asks for twelve months, by month and root cause", async () => {
    await mountTrends();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toInclude(["date_from", "2025-03-15"]);
    expect(calls[0]).toInclude(["date_to", "2026-03-15"]);
    expect(calls[0].group_by).toEqual(["month", "root_cause"]);
    expect(calls[0].class_id).toBe(null);
});

test("the tables have the groups", async () => {
    await mountTrends();
    expect(lines("[aria-labelledby=trends_breakdown] tbody tr")).toEqual([
        "Health Issue 20 40% 12.5",
        "Family Issue 3 Too few 3 cases Too few 3 cases",
    ]);
    await contains("summary:contains(as a table)").click();
    expect(queryAllTexts("[aria-labelledby=trends_by_month] tbody th")).toEqual(["Jan 2026", "Feb 2026"]);
});

const MONTHS = [
    { value: "2026-01", name: "2026-01", ...numbers(10, 0.4, 2) },
    { value: "2026-02", name: "2026-02", ...numbers(3, null) },
    { value: "2026-03", name: "2026-03", ...numbers(0, null) },
    { value: "2026-04", name: "2026-04", ...numbers(9, null, 9) },
    { value: "2026-05", name: "2026-05", ...numbers(4, null, 4) },
];

test("the chart tells which meetings are too early, and has no point for them", async () => {
    await mountTrends({ ...ANSWER, groups: { ...ANSWER.groups, month: MONTHS } });
    const chart = Chart.getChart(queryFirst("canvas"));
    expect(chart.data.labels.slice(0, 2)).toEqual(["Jan 2026", "Feb 2026"]);
    expect(chart.data.datasets.map((each) => each.data)).toEqual([
        [0.4, null, null, null, null],
        [8, 3, 0, 0, 0],
        [2, 0, 0, 9, 4],
    ]);
    expect(chart.data.datasets.map((each) => each.label)).toEqual([
        "Closed",
        "Meetings at least 60 days ago",
        "Meetings too early to tell",
    ]);
});

test("no gap of the lines is without a word", async () => {
    await mountTrends({ ...ANSWER, groups: { ...ANSWER.groups, month: MONTHS } });
    expect(queryAllTexts(".o_intervention_gap")).toEqual([
        "Too few: Feb 2026",
        "No meetings: Mar 2026",
        "Too early: Apr 2026, May 2026",
    ]);
    const { callbacks } = Chart.getChart(queryFirst("canvas")).options.plugins.tooltip;
    expect(callbacks.footer([{ dataIndex: 0 }])).toEqual([]);
    expect(callbacks.footer([{ dataIndex: 3 }])).toEqual([
        "Closed: Too early (9 cases)",
    ]);
    await contains("summary:contains(as a table)").click();
    expect(lines("[aria-labelledby=trends_by_month] tbody tr").slice(0, 4)).toEqual([
        "Jan 2026 10 40% over 8 cases 2 too early to tell 12.5 over 8 cases 2 too early to tell",
        "Feb 2026 3 Too few 3 cases Too few 3 cases",
        "Mar 2026 0 – –",
        "Apr 2026 9 Too early 9 cases Too early 9 cases",
    ]);
});

test("another period, class and breakdown are asked for", async () => {
    await mountTrends();
    await choose("#trends_period", "month");
    expect(calls.at(-1)).toInclude(["date_from", "2026-02-13"]);
    await choose("#trends_period", "all");
    expect(calls.at(-1)).toInclude(["date_from", null]);
    await choose("#trends_class", "7");
    expect(calls.at(-1)).toInclude(["class_id", 7]);
    await choose("[aria-label='Break down by']", "class");
    expect(calls.at(-1).group_by).toEqual(["month", "class"]);
    expect(queryAllTexts("[aria-labelledby=trends_breakdown] tbody th")).toEqual(["None"]);
});

test("a period that ends before it begins is not asked for", async () => {
    await mountTrends();
    await choose("#trends_period", "custom");
    const input = queryFirst("#trends_from");
    expect(input.value).toBe("2025-03-15");
    input.value = "2026-05-01";
    await manuallyDispatchProgrammaticEvent(input, "change");
    await animationFrame();
    expect("[role=alert]").toHaveText(/The first day is after the last one/);
    expect(CARD).toHaveCount(0);
    expect(calls.at(-1)).toInclude(["date_from", "2025-03-15"]);
});

test("form masters have no choice of form masters, administrators have", async () => {
    await mountTrends();
    expect("#trends_form_master").toHaveCount(0);
    expect("[aria-label='Break down by'] option").toHaveCount(6);
});

test("an administrator chooses a form master", async () => {
    isAdmin = true;
    await mountTrends();
    await choose("#trends_form_master", String(serverState.userId));
    expect(calls.at(-1)).toInclude(["form_master_id", serverState.userId]);
    expect("[aria-label='Break down by'] option").toHaveCount(7);
});

test.tags("desktop");
test("the download has the meetings of the period", async () => {
    await mountTrends();
    expect(".o_intervention_export").toHaveAttribute(
        "href",
        `${EXPORT}?meeting_date_from=2025-03-15&meeting_date_to=2026-03-15&company=1`
    );
    expect(".o_intervention_workbook").toHaveAttribute(
        "href",
        `${WORKBOOK}?meeting_date_from=2025-03-15&meeting_date_to=2026-03-15&company=1`
    );
});

test.tags("desktop");
test("where the decimal sign is a comma, a semicolon stands between cells", async () => {
    defineParams({ lang_parameters: { decimal_point: "," } });
    await mountTrends();
    expect(".o_intervention_export").toHaveAttribute("href", /[?]separator=semicolon&/);
    expect(".o_intervention_workbook").not.toHaveAttribute("href", /separator/);
});

test.tags("desktop");
test("the download is of the class, form master and companies of the screen", async () => {
    isAdmin = true;
    cookie.set("cids", "3-1");
    serverState.companies = [1, 2, 3].map((id) => ({
        id,
        name: `School ${id}`,
        sequence: id,
        parent_id: false,
        child_ids: [],
    }));
    await mountTrends();
    await choose("#trends_period", "all");
    await choose("#trends_class", "7");
    await choose("#trends_form_master", String(serverState.userId));
    const [path, query] = queryFirst(".o_intervention_export").getAttribute("href").split("?");
    expect(path).toBe(EXPORT);
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
        class: "7",
        form_master: String(serverState.userId),
        company: "3,1",
    });
    expect(calls.at(-1).context.allowed_company_ids).toEqual([3, 1]);
});

test.tags("desktop");
test("who may not export has no download", async () => {
    onRpc("has_group", ({ args }) => args[1] !== "intervention_tracking.group_intervention_export");
    await mountTrends();
    expect(CARD).toHaveCount(3);
    expect(".o_intervention_export").toHaveCount(0);
});

for (const [what, count, text] of [
    ["a period without meetings is named", 1, /Nothing found for: Last 12 months/],
    ["without any meeting it says how to begin", 0, /Nothing to analyse yet/],
]) {
    test(what, async () => {
        answerMeetings("search_count", count);
        await mountTrends({ ...ANSWER, total: numbers(0, null), groups: {} });
        expect(".o_intervention_no_trends").toHaveText(text);
        expect("canvas").toHaveCount(0);
        expect("#trends_period").toHaveCount(1);
    });
}

test("an error is said, and can be tried again", async () => {
    onRpc("intervention.meeting", "get_analytics", () => {
        throw makeServerError({ message: "Out of order" });
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.trends",
    });
    expect("[role=alert]").toHaveText(/The figures could not be loaded\./);
    answerMeetings("get_analytics", ANSWER);
    await contains("button:contains(Try again)").click();
    await animationFrame();
    expect(CARD).toHaveCount(3);
    expect("[role=alert]").toHaveCount(0);
});
