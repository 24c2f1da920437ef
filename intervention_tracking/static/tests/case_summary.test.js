import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { contains, mountView } from "@web/../tests/web_test_helpers";
import {
    defineInterventionModels,
    InterventionMeeting,
    InterventionProgress,
} from "./intervention_models";

defineInterventionModels();

const SUMMARY = ".o_intervention_summary";

async function mountCase(values = {}, resId = 1) {
    mockDate("2026-03-10 12:00:00");
    Object.assign(InterventionMeeting._records[0], {
        absence_reason: "Asthma",
        action_plan: "Nurse on Mondays",
        follow_up_date: "2026-03-08",
        is_overdue: true,
        ...values,
    });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId,
        arch: /* xml */ `
            <form class="o_intervention_case">
                <field name="is_overdue" invisible="1" />
                <field name="closed_date" invisible="1" />
                <widget name="intervention_case_summary" />
                <group class="o_intervention_details">
                    <field name="root_cause" />
                    <field name="status" />
                    <field name="urgency_level" />
                    <field name="class_id" />
                    <field name="follow_up_date" />
                    <field name="meeting_date" required="1" />
                </group>
                <field name="absence_reason" />
                <field name="action_plan" />
                <field name="progress_ids">
                    <list>
                        <field name="happened_on" />
                        <field name="create_uid" />
                        <field name="update_text" />
                        <field name="is_retracted" column_invisible="1" />
                    </list>
                    <kanban>
                        <field name="is_retracted" />
                        <templates>
                            <t t-name="card">
                                <field name="happened_on" />
                                <field name="create_uid" />
                                <field name="update_text" />
                            </t>
                        </templates>
                    </kanban>
                </field>
            </form>`,
    });
}

test.tags("mobile");
test("on a phone a case is read first, and its fields are behind a button", async () => {
    InterventionProgress._records = [
        { id: 2, happened_on: "2026-03-05", update_text: "Retracted", is_retracted: true },
        { id: 1, happened_on: "2026-03-01", update_text: "He came", is_retracted: false },
    ];
    await mountCase({ progress_ids: [2, 1] });
    expect(`${SUMMARY} p:first`).toHaveText(/^Open · Health Issue · High urgency$/);
    expect(`${SUMMARY} p:last`).toHaveText("Follow-up: 2 days overdue");
    expect(queryAllTexts(`${SUMMARY} dd`)).toEqual(["Asthma", "Nurse on Mondays", "He came"]);
    expect(".o_intervention_details [name=root_cause]").not.toBeVisible();
    await contains(`${SUMMARY} button`).click();
    expect(".o_intervention_details [name=root_cause]").toBeVisible();
    expect(`${SUMMARY} button`).toHaveAttribute("aria-expanded", "true");
});

test.tags("mobile");
test("what keeps a case from being saved is shown", async () => {
    await mountCase();
    await contains(`${SUMMARY} button`).click();
    queryOne(".o_intervention_details [name=root_cause]").classList.add("o_field_invalid");
    await contains(`${SUMMARY} button`).click();
    expect(".o_intervention_details [name=root_cause]").toBeVisible();
});

test.tags("mobile");
test("a closed case says when it was closed, and a case without a date says so", async () => {
    await mountCase({ status: "closed", is_overdue: false, closed_date: "2026-03-02" });
    expect(`${SUMMARY} p:last`).toHaveText(/^Closed on .*2/);
});

test.tags("mobile");
test("a new case has its fields at once", async () => {
    await mountCase({}, false);
    expect(SUMMARY).toHaveCount(0);
    expect(".o_intervention_details [name=root_cause]").toBeVisible();
});

test.tags("desktop");
test("where there is room the fields are the summary", async () => {
    await mountCase();
    expect(SUMMARY).toHaveCount(0);
    expect(".o_intervention_details [name=root_cause]").toBeVisible();
});
