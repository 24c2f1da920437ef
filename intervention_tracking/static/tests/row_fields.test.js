import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { mountView } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

async function mountList(fields) {
    await mountView({
        type: "list",
        resModel: "intervention.meeting",
        arch: `<list>${fields}</list>`,
    });
}

test("a follow-up says how late it is, or its day", async () => {
    mockDate("2026-03-10 12:00:00");
    const [first, second, third] = InterventionMeeting._records;
    Object.assign(first, { follow_up_date: "2026-03-09", is_overdue: true });
    Object.assign(second, { follow_up_date: "2026-02-20", is_overdue: true });
    Object.assign(third, { follow_up_date: "2026-03-12", is_overdue: false });
    await mountList('<field name="follow_up_date" widget="intervention_follow_up" />');
    const cells = queryAllTexts("[name=follow_up_date] span");
    expect(cells.slice(0, 2)).toEqual(["1 day overdue", "18 days overdue"]);
    expect(cells[2]).toMatch(/12/);
    expect(".o_data_row:eq(1) [name=follow_up_date] span").toHaveAttribute("title", /20/);
});

test("a row has the warning signs of its case, and says them to who can't see", async () => {
    const [first, second, third] = InterventionMeeting._records;
    Object.assign(first, { is_recurring: true, lacks_improvement: true });
    Object.assign(second, { is_recurring: false, lacks_improvement: true });
    Object.assign(third, { is_recurring: false, lacks_improvement: false });
    await mountList('<field name="is_recurring" widget="intervention_signs" />');
    const signs = [...document.querySelectorAll(".o_data_row")].map((row) =>
        [...row.querySelectorAll(".badge")].map((sign) => sign.textContent.trim())
    );
    expect(signs).toEqual([["Recurring", "No improvement"], ["No improvement"], []]);
});
