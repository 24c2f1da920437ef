import { expect, test } from "@odoo/hoot";
import { press, queryAllAttributes, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mockService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { AttendanceStrip } from "@intervention_tracking/attendance_strip/attendance_strip";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const STRIP = {
    in_a_row: 2,
    figures: [
        { name: "missed", label: "Days missed", value: "2.5 of 5 (50%)", count: 2.5 },
        { name: "in_a_row", label: "Missed in a row", value: "2", count: 2 },
        { name: "unknown", label: "Register missing on", value: "1", count: 1 },
        { name: "last_day", label: "Last mark", value: "Nov 5, 2026", count: 0 },
    ],
    days: [
        { date: "2026-10-29", mark: "present", codes: "P" },
        { date: "2026-10-30", mark: "excused", absent: 0.5, codes: "E P", note: "Dentist" },
        { date: "2026-11-02", mark: "closed" },
        { date: "2026-11-03", mark: "unexcused", absent: 1 },
        { date: "2026-11-04", mark: "unknown" },
        { date: "2026-11-05", mark: "unexcused", absent: 1 },
        { date: "2026-11-06", mark: "late" },
    ],
    meetings: [{ id: 8, date: "2026-10-31" }],
};

const days = () => queryAllAttributes(".o_day", "aria-label");
const rows = () => queryAllTexts("tbody tr td:first-child");

function mountStrip(strip = STRIP) {
    return mountWithCleanup(AttendanceStrip, { props: { strip, studentId: 101 } });
}

test("each day says what it was, and months stand for themselves", async () => {
    await mountStrip();
    expect(queryAllTexts(".o_month_name")).toEqual(["Oct", "Nov"]);
    expect(days().slice(0, 2)).toEqual([
        "Thu, Oct 29: Present · P",
        "Fri, Oct 30: Absent, Excused, 50% of the day · E P · Dentist",
    ]);
    expect(days().at(-1)).toBe("Fri, Nov 6: Late");
});

test("a meeting on a day without school has its line before the next day", async () => {
    await mountStrip();
    expect(queryAllAttributes(".o_met", "data-day")).toEqual(["2026-11-02"]);
    expect(days()[2]).toMatch(/School Closed · Meeting on Oct 31/);
});

test("only what is there is explained", async () => {
    await mountStrip({ ...STRIP, days: STRIP.days.slice(0, 1), meetings: [] });
    expect(".o_intervention_strip").not.toHaveText(/Register Missing/);
    expect(".o_intervention_strip").toHaveText(/Present/);
});

test("one day is in the order of Tab, and arrows go to the others", async () => {
    await mountStrip();
    expect(queryAllAttributes(".o_day[tabindex='0']", "data-day")).toEqual(["2026-11-06"]);
    await contains(".o_day[data-day='2026-10-30']").click();
    await press("ArrowRight");
    await animationFrame();
    expect(".o_day[data-day='2026-11-02']").toBeFocused();
    await press("Home");
    await animationFrame();
    expect(".o_day[data-day='2026-10-29']").toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    expect(".o_day[data-day='2026-11-02']").toBeFocused();
});

test("a figure leads to the days behind it", async () => {
    await mountStrip();
    await contains("button[name=missed]").click();
    expect(rows()).toEqual(["Thu, Nov 5", "Tue, Nov 3", "Fri, Oct 30"]);
    await contains("button[name=unknown]").click();
    expect(rows()).toEqual(["Wed, Nov 4"]);
    await contains("button[name=unknown]").click();
    expect(".o_day").toHaveCount(7);
});

test("days that nobody knows of do not end days in a row", async () => {
    await mountStrip({ ...STRIP, days: STRIP.days.slice(0, -1) });
    await contains("button[name=in_a_row]").click();
    expect(rows()).toEqual(["Thu, Nov 5", "Tue, Nov 3"]);
});

test("the same as a table, and as the list of what is stored", async () => {
    mockService("action", { doAction: ({ domain }) => expect.step(domain) });
    await mountStrip();
    await contains(".o_show_table").click();
    expect(rows()).toHaveLength(7);
    await contains("button:contains(Open List)").click();
    expect.verifySteps([
        [
            ["student_id", "=", 101],
            ["date", ">=", "2026-10-29"],
            ["date", "<=", "2026-11-06"],
        ],
    ]);
});
