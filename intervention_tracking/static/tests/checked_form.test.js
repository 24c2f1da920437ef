import { expect, test } from "@odoo/hoot";
import { queryOne, runAllTimers } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, fields, makeServerError, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

const DATE = ".o_field_widget[name=meeting_date]";
const PLAN = ".o_field_widget[name=action_plan]";
const COMPLAINT = ".o_intervention_complaint";
const LIMITS = {
    meeting_date: [
        { first: "2014-01-01", last: "2020-01-01", message: "Not in {year}." },
        { first: "", last: "2019-03-11", message: "It can't be in the future." },
    ],
};

async function mountForm() {
    InterventionMeeting._fields.day_limits = fields.Json();
    InterventionMeeting._fields.action_plan.help = "What was agreed.";
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        context: { default_day_limits: LIMITS },
        arch: /* xml */ `
            <form js_class="intervention_dialog_form">
                <field name="day_limits" invisible="1" />
                <group>
                    <field name="meeting_date" widget="intervention_date" />
                    <field name="root_cause" required="1" />
                    <field name="action_plan" />
                </group>
            </form>`,
    });
}

async function type(day) {
    await contains(`${DATE} .o_input`).click();
    await contains(`${DATE} input`).edit(day);
    await animationFrame();
}

async function save() {
    await contains(".o_form_button_save").click();
    await runAllTimers();
    await animationFrame();
}

/** Let the server refuse to save. */
function refuse(message, problems) {
    onRpc("web_save", () => {
        const error = makeServerError({ type: "ValidationError", message });
        error.data.context = problems && { intervention_problems: problems };
        throw error;
    });
}

test("what is required is marked, also for who can't see it", async () => {
    await mountForm();
    expect(".o_form_label:contains(Root cause) .o_intervention_required").toHaveCount(1);
    expect(".o_form_label:contains(Root cause) .visually-hidden").toHaveText("(required)");
    expect(".o_form_label:contains(Action plan) .o_intervention_required").toHaveCount(0);
    expect(`[name=root_cause] [id^=root_cause]`).toHaveAttribute("aria-required", "true");
});

test("a hint stands below its field, and belongs to it", async () => {
    await mountForm();
    expect(`${PLAN} .o_intervention_hint`).toHaveText("What was agreed.");
    expect(".o_form_label sup").toHaveCount(0);
    expect(`${PLAN} textarea`).toHaveAttribute(
        "aria-describedby",
        queryOne(`${PLAN} .o_intervention_hint`).id
    );
});

test("a day that can't be is told when it is typed, until another one is", async () => {
    await mountForm();
    expect(COMPLAINT).toHaveCount(0);
    await type("03/12/2019");
    expect(`${DATE} ${COMPLAINT}`).toHaveText("It can't be in the future.");
    expect(DATE).toHaveClass("o_field_invalid");
    await contains(`${PLAN} textarea`).click();
    await animationFrame();
    await contains(`${DATE} .o_input`).focus();
    expect(`${DATE} .o_input`).toHaveAttribute("aria-invalid", "true");
    await type("03/12/2091");
    expect(`${DATE} ${COMPLAINT}`).toHaveText("Not in 2091.");
    await type("03/11/2019");
    expect(COMPLAINT).toHaveCount(0);
    expect(DATE).not.toHaveClass("o_field_invalid");
});

test("who leaves out what is required is led there", async () => {
    onRpc("web_save", () => expect.step("saved"));
    await mountForm();
    await save();
    expect(`[name=root_cause] ${COMPLAINT}`).toHaveText("Fill this in.");
    expect(queryOne("[name=root_cause]").contains(document.activeElement)).toBe(true);
    expect(".o_intervention_faults").toHaveText(/Not saved yet[^]*Root cause/);
    await contains(`${PLAN} textarea`).edit("The aunt brings him.");
    expect(".o_intervention_faults").toHaveCount(1);
    expect.verifySteps([]);
});

test("what the server refuses stands at the field, until its value is another", async () => {
    refuse("Plan: say who.\nAda: she has left.", { action_plan: ["Plan: say who."] });
    await mountForm();
    await contains("[name=root_cause] select, [name=root_cause] input").click();
    await contains(".o_select_menu_item:contains(Health)").click();
    await contains(`${PLAN} textarea`).edit("Later");
    await save();
    expect(`${PLAN} ${COMPLAINT}`).toHaveText("Plan: say who.");
    expect(`${PLAN} textarea`).toBeFocused();
    expect(`${PLAN} textarea`).toHaveAttribute("aria-invalid", "true");
    expect(".o_intervention_faults").toHaveText(/Ada: she has left\./);
    expect(".o_error_dialog").toHaveCount(0);
    await contains(`${PLAN} textarea`).edit("The nurse asks her.");
    expect(COMPLAINT).toHaveCount(0);
});

test("what the server refuses for no field is said above the buttons", async () => {
    refuse("There is nothing to print.");
    await mountForm();
    await contains("[name=root_cause] select, [name=root_cause] input").click();
    await contains(".o_select_menu_item:contains(Health)").click();
    await save();
    expect(".o_intervention_faults").toHaveText(/There is nothing to print\./);
    expect(".o_error_dialog").toHaveCount(0);
});
