import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts } from "@odoo/hoot-dom";
import {
    contains,
    getService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { answerMeetings, defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const ENTRY = ".o_intervention_entries article";
const UPDATE = {
    id: 11,
    update_text: "He came on four days.",
    old_status: "open",
    new_status: "monitoring",
    created_by_name: "Mitchell",
    created_at: "2019-01-20T10:00:00Z",
    happened_on: "2019-01-20",
};
const MEETING = {
    id: 1,
    meeting_date: "2019-01-10",
    absence_reason: "The bus does not come.",
    intervention_notes: "We looked at the timetable.",
    action_plan: "His aunt takes him.",
    root_cause: "health",
    urgency_level: "high",
    status: "monitoring",
    follow_up_date: "2019-02-01",
    is_overdue: true,
    form_master_name: "Mitchell",
    resolution_notes: "",
    progress_updates: [UPDATE],
};
const LATER = {
    ...MEETING,
    id: 2,
    meeting_date: "2019-01-15",
    absence_reason: "He looks after his brother.",
    root_cause: "family",
    status: "closed",
    follow_up_date: null,
    is_overdue: false,
    resolution_notes: "An uncle helps.",
    progress_updates: [
        { ...UPDATE, id: 12, update_text: "All is well.", new_status: "closed", created_at: "2019-02-10T10:00:00Z", happened_on: "2019-02-10" },
        { ...UPDATE, id: 13, update_text: "On the same day.", new_status: "open", created_at: "2019-01-15T10:00:00Z", happened_on: "2019-01-15" },
    ],
};

async function openHistory(meetings, { count = meetings.length, changes = [] } = {}) {
    answerMeetings("get_student_history", { count, results: meetings });
    answerMeetings("get_student_situation", { attendance: false });
    answerMeetings("get_effect", false);
    onRpc("intervention.change", "search_read", ({ kwargs }) =>
        changes.filter((each) => kwargs.domain[0][2].includes(each.meeting_id[0]))
    );
    onRpc("res.partner", "read", () => [
        {
            id: 101,
            name: "Ada Test",
            display_name: "Ada Test",
            student_number: "T-0001",
            school_class_id: [1, "7A"],
        },
    ]);
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.student_history",
        context: { active_id: 101 },
    });
    await animationFrame();
}

test("meetings and updates are in one order of time, the newest first", async () => {
    await openHistory([LATER, MEETING]);
    expect(".o_intervention_history header").toHaveText(/Ada Test\s*T-0001\s*7A\s*2 meetings/);
    const texts = queryAllTexts(ENTRY);
    const order = ["All is well.", "four days", "same day", "his brother", "The bus"];
    expect(texts.length).toBe(order.length);
    order.forEach((text, index) => expect(texts[index]).toInclude(text));
});

test("a change of status is shown, and how a case ended", async () => {
    await openHistory([LATER]);
    expect(`${ENTRY}:first`).toHaveText(/Open[^]*Closed[^]*An uncle helps\./);
    expect(`${ENTRY}:eq(1) .badge`).toHaveCount(0);
});

test("a change of the case stands among the updates, with both texts", async () => {
    const change = {
        id: 21,
        meeting_id: [1, "Ada Test"],
        field_label: "Action Plan",
        old_text: "A lift with a neighbour.",
        new_text: "His aunt takes him.",
        create_uid: [7, "Halima"],
        create_date: "2019-01-19 10:00:00",
    };
    await openHistory([LATER, MEETING], { changes: [change] });
    const texts = queryAllTexts(ENTRY);
    const place = texts.findIndex((text) => text.includes("Action Plan") && text.includes("Halima"));
    expect(texts[place - 1]).toInclude("four days");
    expect(texts[place + 1]).toInclude("same day");
    expect("details.o_intervention_change").not.toHaveAttribute("open");
    await contains("details.o_intervention_change summary").click();
    expect("details.o_intervention_change").toHaveText(/neighbour[^]*aunt/);
});

test("an overdue follow-up is said in words", async () => {
    await openHistory([MEETING]);
    expect(`${ENTRY}:last`).toHaveText(/overdue/);
});

test("a student without a meeting has an empty history", async () => {
    await openHistory([]);
    expect(ENTRY).toHaveCount(0);
    expect(".o_intervention_history p").toHaveText(/No interventions for this student/);
});

test("earlier meetings are loaded when they are asked for", async () => {
    await openHistory([LATER], { count: 2 });
    onRpc("intervention.meeting", "get_student_history", ({ args }) => {
        expect(args).toEqual([101, 40, 1]);
        return { count: 2, results: [MEETING] };
    });
    await contains(".o_intervention_more").click();
    await animationFrame();
    expect(`${ENTRY}:last`).toHaveText(/The bus/);
    expect(".o_intervention_more").toHaveCount(0);
});
