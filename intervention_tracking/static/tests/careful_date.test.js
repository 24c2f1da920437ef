import { expect, test } from "@odoo/hoot";
import { click, press, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

const FIELD = ".o_field_widget[name=meeting_date]";
const BOX = `${FIELD} input`;
const COMPLAINT = ".o_intervention_unread";

async function mountForm() {
    InterventionMeeting._records[0].meeting_date = "2019-03-05";
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].meeting_date || "saved without a date");
    });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId: 1,
        arch: /* xml */ `
            <form>
                <field name="meeting_date" widget="intervention_date" />
                <field name="action_plan" />
            </form>`,
    });
}

async function type(text, leave = "Tab") {
    await click(`${FIELD} .o_input`);
    await animationFrame();
    await contains(BOX).edit(text, { confirm: false });
    await press(leave);
    await animationFrame();
    await animationFrame();
}

for (const leave of ["Tab", "Enter"]) {
    test(`a text that is no date stays, and nothing is saved (${leave})`, async () => {
        await mountForm();
        await type("31/31/2019", leave);
        expect(COMPLAINT).toHaveText(/“31\/31\/2019” is not a date/);
        expect(BOX).toHaveValue("31/31/2019");
        expect(FIELD).toHaveClass("o_field_invalid");
        await contains(".o_form_button_save").click();
        expect.verifySteps([]);
        expect(BOX).toHaveValue("31/31/2019");
    });
}

test("a text that is no date stays when another field is left after it", async () => {
    await mountForm();
    await type("yesterday");
    await contains(".o_field_widget[name=action_plan] textarea").edit("Another plan");
    expect(COMPLAINT).toHaveCount(1);
    expect(BOX).toHaveValue("yesterday");
});

test("a date that is typed after it is taken", async () => {
    await mountForm();
    await type("yesterday");
    await type("03/07/2019");
    expect(COMPLAINT).toHaveCount(0);
    await contains(".o_form_button_save").click();
    expect.verifySteps(["2019-03-07"]);
});

test("the former date is taken when it is typed or chosen again", async () => {
    await mountForm();
    await type("yesterday");
    await type("03/05/2019");
    expect(COMPLAINT).toHaveCount(0);
    expect(FIELD).not.toHaveClass("o_field_invalid");
    await type("yesterday");
    expect(COMPLAINT).toHaveCount(1);
    await click(BOX);
    await animationFrame();
    await contains(".o_date_item_cell.o_selected").click();
    expect(COMPLAINT).toHaveCount(0);
    expect(FIELD).not.toHaveClass("o_field_invalid");
});

test("discarding forgets the text", async () => {
    await mountForm();
    await type("yesterday");
    await contains(".o_form_button_cancel").click();
    expect(COMPLAINT).toHaveCount(0);
    expect(queryOne(`${FIELD} .o_input`)).toHaveText("Mar 5");
});
