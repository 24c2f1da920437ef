import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAllAttributes, queryAllTexts } from "@odoo/hoot-dom";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { SinceMeeting } from "@intervention_tracking/since_meeting/since_meeting";
import { answerMeetings, defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const SINCE = ".o_intervention_since";
const EFFECT = {
    title: "Like Others",
    lines: ["3.5 days missed in the 20 days after.", "Of 14, half missed 2 to 6."],
    left_out: null,
    count: 14,
    low: 2,
    high: 6,
    missed_after: 3.5,
    before: [
        { date: "2026-11-02", mark: "present" },
        { date: "2026-11-03", mark: "excused", absent: 0.5 },
    ],
    after: [{ date: "2026-11-05", mark: "unexcused", absent: 1, note: "Bus" }],
};

async function mountSince(effect) {
    answerMeetings("get_effect", ({ args }) => {
        expect.step(args);
        return effect;
    });
    await mountWithCleanup(SinceMeeting, { props: { meetingId: 8 } });
    await animationFrame();
    expect.verifySteps([[[8]]]);
}

test("words, the days on both sides of the meeting, and the line of days", async () => {
    await mountSince(EFFECT);
    expect(`${SINCE} .o_rank`).toHaveText("Like Others");
    expect(`${SINCE} p:first`).toHaveText(EFFECT.lines.join(" "));
    expect(queryAllTexts(".o_window > div:first-child")).toEqual([
        "Before: 0.5 of 2 days missed",
        "After: 1 of 1 days missed",
    ]);
    expect(queryAllAttributes(".o_window", "aria-label")).toEqual([
        "Before: 0.5 of 2 days missed. Tue, Nov 3: Absent, Excused, 50% of the day",
        "After: 1 of 1 days missed. Thu, Nov 5: Absent, Unexcused",
    ]);
    const places = queryAllAttributes(".o_axis > span", "style");
    expect(places.map((each) => each.replace(/\s/g, ""))).toEqual([
        "inset-inline-start:20%;width:40%",
        "inset-inline-start:35%",
    ]);
});

test("without similar students there is no line of days", async () => {
    await mountSince({ ...EFFECT, title: "Too few", left_out: "few_alike", low: null });
    expect(`${SINCE} .o_rank`).toHaveText("Too few");
    expect(".o_window").toHaveCount(2);
    expect(".o_axis").toHaveCount(0);
});

test("what is counted with another meeting has no days of its own", async () => {
    await mountSince({ ...EFFECT, title: "Counted with it", left_out: "again", lines: [] });
    expect(SINCE).toHaveText(/Counted with it$/);
    expect(".o_window, .o_axis, details").toHaveCount(0);
});

test("where nothing is known nothing is shown", async () => {
    await mountSince({ ...EFFECT, before: [], after: [] });
    expect(SINCE).toHaveCount(0);
});
