import { expect, test } from "@odoo/hoot";
import { click, press, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

defineInterventionModels();

const INPUT = ".o_field_widget[name=status] input";
const ITEM = ".o_select_menu_item";

async function mountForm() {
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].status);
    });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        resId: 1,
        arch: /* xml */ `
            <form>
                <field name="status" widget="intervention_choice" />
                <field name="action_plan" />
            </form>`,
    });
}

/** Type without a pause, as somebody does who knows what they want. */
async function type(text) {
    const input = queryFirst(INPUT);
    input.focus();
    input.select();
    await press([...text]);
}

async function save() {
    await animationFrame();
    await contains(".o_form_button_save").click();
}

for (const [text, status, label] of [
    ["clo", "closed", "Closed"],
    ["mon", "monitoring", "Monitoring"],
    ["ESC", "escalated", "Escalated"],
]) {
    test.tags("desktop");
    test(`“${text}” and Enter choose ${label}`, async () => {
        await mountForm();
        await type(text);
        await press("Enter");
        await animationFrame();
        expect(INPUT).toHaveValue(label);
        expect(ITEM).toHaveCount(0);
        await save();
        expect.verifySteps([status]);
    });
}

test.tags("desktop");
test("the list follows what is typed, and its best match is highlighted", async () => {
    await mountForm();
    await click(INPUT);
    await animationFrame();
    const all = document.querySelectorAll(ITEM).length;
    await type("clo");
    await animationFrame();
    expect(document.querySelectorAll(ITEM).length).toBeLessThan(all);
    expect(`${ITEM}.focus`).toHaveText("Closed");
});

test.tags("desktop");
test("the arrows choose another one of what was typed", async () => {
    await mountForm();
    await type("o");
    await animationFrame();
    await press("ArrowDown");
    await animationFrame();
    const label = queryFirst(`${ITEM}.focus`).textContent.trim();
    expect(`${ITEM}:first`).not.toHaveText(label);
    await press("Enter");
    await animationFrame();
    expect(INPUT).toHaveValue(label);
});

test.tags("desktop");
test("Tab takes what was typed, and goes on to the next field", async () => {
    await mountForm();
    await type("clo");
    await press("Tab");
    await animationFrame();
    expect(INPUT).toHaveValue("Closed");
    expect(ITEM).toHaveCount(0);
    expect(INPUT).not.toBeFocused();
    await save();
    expect.verifySteps(["closed"]);
});

for (const key of ["Tab", "Escape"]) {
    test.tags("desktop");
    test(`what matches nothing changes nothing (${key})`, async () => {
        await mountForm();
        const before = queryFirst(INPUT).value;
        await type("zzz");
        await press("Enter");
        await animationFrame();
        expect(".o_select_menu_menu").toHaveText("No results");
        await press(key);
        await animationFrame();
        expect(INPUT).toHaveValue(before);
        expect(".o_select_menu_menu").toHaveCount(0);
    });
}

test.tags("desktop");
test("the list that was opened with a click is left with Tab", async () => {
    await mountForm();
    const before = queryFirst(INPUT).value;
    await click(INPUT);
    await animationFrame();
    expect(ITEM).not.toHaveCount(0);
    await press("Tab");
    await animationFrame();
    expect(ITEM).toHaveCount(0);
    expect(INPUT).toHaveValue(before);
});

test.tags("desktop");
test("a choice stays when the field is left before it is drawn", async () => {
    InterventionMeeting._onChanges.status = () => {};
    const answer = new Deferred();
    onRpc("onchange", async () => {
        await answer;
    });
    await mountForm();
    await type("clo");
    await press("Enter");
    await animationFrame();
    answer.resolve();
    // What waits for the answer goes on, and nothing is drawn meanwhile.
    for (let turn = 0; turn < 100; turn++) {
        await Promise.resolve();
    }
    // As it is until the choice is drawn.
    queryFirst(INPUT).value = "";
    queryFirst(INPUT).blur();
    await animationFrame();
    expect(INPUT).toHaveValue("Closed");
    await save();
    expect.verifySteps(["closed"]);
});

test.tags("desktop");
test("who empties the text takes the choice back", async () => {
    await mountForm();
    await contains(INPUT).edit("", { confirm: false });
    await contains("[name=action_plan] textarea").click();
    await animationFrame();
    expect(INPUT).toHaveValue("");
    await save();
    expect.verifySteps([false]);
});

test.tags("desktop");
test("who empties the text may choose anew", async () => {
    await mountForm();
    await contains(INPUT).edit("", { confirm: false });
    await press("ArrowDown");
    await animationFrame();
    const label = queryFirst(`${ITEM}.focus`).textContent.trim();
    await press("Enter");
    // As it is until the choice is drawn.
    queryFirst(INPUT).value = "";
    queryFirst(INPUT).blur();
    await animationFrame();
    expect(INPUT).toHaveValue(label);
});
