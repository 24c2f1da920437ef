import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst, runAllTimers } from "@odoo/hoot-dom";
import { contains, mountView } from "@web/../tests/web_test_helpers";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const OFFERED = ".o-autocomplete--dropdown-item";

async function mountChoice() {
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        arch: /* xml */ `
            <form>
                <field
                    name="student_id"
                    widget="intervention_student"
                    options="{'no_create': True, 'no_open': True}"
                />
            </form>`,
    });
}

async function type(text) {
    await mountChoice();
    await contains("[name=student_id] input").edit(text, { confirm: false });
    await runAllTimers();
}

test.tags("desktop");
test("who finds no student is offered the list of all", async () => {
    await type("Nobody");
    expect(queryAllTexts(OFFERED)).toEqual([
        "No student found",
        "Look through all students...",
    ]);
    await contains(`${OFFERED}:last`).click();
    expect(".modal .o_data_row").toHaveCount(2);
    expect(".modal .o_facet_value").toHaveCount(0);
});

test.tags("desktop");
test("who finds a student is offered what Odoo offers", async () => {
    await type("A");
    expect(queryAllTexts(OFFERED).at(-1)).toBe("Search more...");
});

test.tags("mobile");
test("on a phone, one types into the field and chooses below it", async () => {
    await mountChoice();
    await contains("[name=student_id] input").click();
    await runAllTimers();
    expect(".modal").toHaveCount(0);
    expect("[name=student_id] input").toBeFocused();
    await contains("[name=student_id] input").edit("Ada", { confirm: false });
    await runAllTimers();
    await contains(`${OFFERED}:first`).click();
    expect(queryFirst("[name=student_id] input").value).toBe("Ada Test");
});
