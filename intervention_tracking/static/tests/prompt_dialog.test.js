import { expect, test } from "@odoo/hoot";
import { press, queryFirst, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { PromptDialog } from "@intervention_tracking/dialogs/prompt_dialog";
import { defineInterventionModels } from "./intervention_models";

class InterventionTrack extends models.Model {
    _name = "intervention.track";

    meeting_id = fields.Many2one({ relation: "intervention.meeting" });
    status = fields.Selection({
        selection: [
            ["open", "Open"],
            ["closed", "Closed"],
        ],
        default: "open",
    });
    update_text = fields.Text();
    follow_up_date = fields.Date();

    _views = {
        form: /* xml */ `
            <form js_class="intervention_track_form">
                <field name="meeting_id" />
                <field name="status" />
                <field name="update_text" required="1" />
                <field name="follow_up_date" widget="intervention_next_date" invisible="status == 'closed'" />
                <footer>
                    <button name="action_add" type="object" string="Add Progress Update" class="btn-primary" />
                </footer>
            </form>`,
    };
}

defineInterventionModels();
defineModels([InterventionTrack]);

const NOTE = "[name=update_text] textarea";
const ADD = ".modal-footer button:contains(Add Progress Update)";
const ADDED = {
    type: "ir.actions.client",
    tag: "display_notification",
    params: { type: "success", message: "Added.", next: { type: "ir.actions.act_window_close" } },
};

async function open({ context = { default_follow_up_date: "2100-01-04" } } = {}) {
    await mountWithCleanup(WebClient);
    getService("dialog").add(PromptDialog, {
        resModel: "intervention.track",
        title: "Track Progress",
        context,
        onDone: () => expect.step("done"),
    });
}

/** What a person sees: the dialog stays in the page until it has arrived. */
function isAway() {
    return Boolean(queryFirst(".modal .o_intervention_away"));
}

test("the frame is there before the server answers its one call", async () => {
    const answer = new Deferred();
    onRpc("intervention.track", "*", ({ method }) => expect.step(method));
    onRpc("intervention.track", "onchange", () => answer);
    await open();
    await waitFor(".modal .modal-title:contains(Track Progress)");
    await waitFor(".modal .o_intervention_loading");
    answer.resolve();
    await waitFor(`.modal ${NOTE}`);
    expect(".o_intervention_loading").toHaveCount(0);
    await press("Escape");
    await waitForNone(".modal");
    getService("dialog").add(PromptDialog, { resModel: "intervention.track" });
    await waitFor(`.modal ${NOTE}`);
    expect.verifySteps(["get_views", "onchange", "onchange"]);
});

/** Send a note whose answer waits until the returned promise is resolved. */
async function sendAndWait() {
    const answer = new Deferred();
    onRpc("intervention.track", "add_update", async () => {
        await answer;
        return ADDED;
    });
    await open();
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(ADD).click();
    return { answer };
}

test("it is out of sight while it is sent, and then tells what was done", async () => {
    const { answer } = await sendAndWait();
    await animationFrame();
    expect(isAway()).toBe(true);
    expect(getService("ui").activeElement).toBe(document);
    expect.verifySteps([]);
    answer.resolve();
    await waitForNone(".modal");
    expect(".o_notification").toHaveText(/Added\./);
    expect.verifySteps(["done"]);
    expect(await getService("intervention_drafts").list()).toEqual([]);
});

test("it comes back with what was typed when it fails", async () => {
    onRpc("intervention.track", "add_update", () => {
        throw makeServerError({ message: "Not today." });
    });
    await open();
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(ADD).click();
    await waitFor(".modal .o_intervention_faults:contains(Not today.)");
    expect(isAway()).toBe(false);
    expect(`.modal ${NOTE}`).toHaveValue("She came.");
    expect.verifySteps([]);
});

test("it comes back when the connection is slow", async () => {
    onRpc("intervention.track", "add_update", () => new Deferred());
    await open();
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(ADD).click();
    await animationFrame();
    expect(isAway()).toBe(true);
    await advanceTime(9000);
    await waitFor(".modal:contains(The connection is slow)");
    expect(isAway()).toBe(false);
});

test("it stays where something is missing", async () => {
    await open();
    await contains(ADD).click();
    expect(isAway()).toBe(false);
    expect(".o_field_invalid[name=update_text]").toHaveCount(1);
});

test("who goes elsewhere waits until it has arrived", async () => {
    const { answer } = await sendAndWait();
    const leaving = getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "student",
        views: [[false, "list"]],
    });
    await animationFrame();
    expect(".o_list_view").toHaveCount(0);
    answer.resolve();
    await leaving;
    await waitFor(".o_list_view");
    expect.verifySteps(["done"]);
});

test("an active case without a next date is asked about once", async () => {
    onRpc("intervention.track", "add_update", () => {
        expect.step("sent");
        return ADDED;
    });
    await open({ context: {} });
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(ADD).click();
    expect(".o_intervention_asked").toHaveCount(1);
    expect(".o_intervention_choices button:first").toBeFocused();
    expect.verifySteps([]);
    await contains(ADD).click();
    await waitForNone(".modal");
    expect.verifySteps(["sent", "done"]);
});

test("who has said that there is no date is not asked", async () => {
    onRpc("intervention.track", "add_update", () => {
        expect.step("sent");
        return ADDED;
    });
    await open({ context: {} });
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(".o_intervention_no_date").click();
    expect(".o_intervention_no_date").toHaveAttribute("aria-pressed", "true");
    await contains(ADD).click();
    await waitForNone(".modal");
    expect.verifySteps(["sent", "done"]);
});

test("a case that is being closed needs no next date", async () => {
    onRpc("intervention.track", "add_update", () => {
        expect.step("sent");
        return ADDED;
    });
    await open({ context: { default_status: "closed" } });
    await contains(NOTE).edit("She came.", { confirm: false });
    await contains(ADD).click();
    await waitForNone(".modal");
    expect.verifySteps(["sent", "done"]);
});
