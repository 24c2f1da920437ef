import { expect, test } from "@odoo/hoot";
import { press, queryText, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError, rpc } from "@web/core/network/rpc";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { WebClient } from "@web/webclient/webclient";
import { DraftText } from "@intervention_tracking/drafts/draft_text";
import { defineInterventionModels, InterventionMeeting } from "./intervention_models";

// Tests have neither a real disk nor real encryption; tests/test_browser_phone.py has.
defineInterventionModels();

const PLAN = ".o_field_widget[name=action_plan] textarea";
const OFFER = ".o_intervention_offer";
const NOT_SENT = ".o_intervention_not_sent";
const DRAFT = {
    id: "0123456789abcdef0123456789abcdef",
    model: "intervention.meeting",
    title: "Ada Test",
    context: {},
    values: { action_plan: "See the nurse" },
    texts: [{ name: "action_plan", label: "Action plan", text: "See the nurse" }],
    base: { action_plan: "" },
};

function draft(values = {}) {
    return { ...DRAFT, created: Date.now(), changed: Date.now(), ...values };
}

async function openDialog({ context = {}, drafts = [] } = {}) {
    InterventionMeeting._views.form = /* xml */ `
        <form js_class="intervention_careful_form">
            <field name="student_id" />
            <field name="meeting_date" />
            <field name="status" />
            <field name="root_cause" />
            <field name="action_plan" invisible="status == 'closed'" />
        </form>`;
    await mountWithCleanup(WebClient);
    for (const each of drafts) {
        await getService("intervention_drafts").save(each);
    }
    await openAnother(context);
}

async function openAnother(context = {}) {
    getService("dialog").add(FormViewDialog, {
        resModel: "intervention.meeting",
        canExpand: false,
        context,
    });
    await waitFor(".modal .o_form_view");
    await animationFrame();
}

function type(text) {
    return contains(PLAN).edit(text, { confirm: false });
}

async function saved() {
    await advanceTime(500);
    return getService("intervention_drafts").list();
}

test("what is typed is kept while it is typed", async () => {
    await openDialog();
    await type("See the nurse ");
    const [found] = await saved();
    expect(found.values).toEqual({ action_plan: "See the nurse " });
    // Blanks at the end are not eaten from under the cursor.
    expect(PLAN).toHaveValue("See the nurse ");
});

test("what is chosen is kept", async () => {
    await openDialog({ context: { default_student_id: 101 } });
    await type("See the nurse");
    await press("Tab");
    const [found] = await saved();
    expect(found.title).toBe("Ada Test");
    expect(found.context).toEqual({ default_student_id: 101 });
});

test("nothing is kept of a form in which nothing was typed", async () => {
    await openDialog();
    expect(await saved()).toEqual([]);
});

test("what is typed and taken back is not kept", async () => {
    await openDialog();
    await type("See");
    expect(await saved()).toHaveLength(1);
    await contains(PLAN).clear({ confirm: false });
    expect(await saved()).toEqual([]);
});

test("a draft is offered, and continued when the user wants that", async () => {
    await openDialog({ drafts: [draft()] });
    await waitFor(OFFER);
    expect(queryText(OFFER)).toInclude("Ada Test");
    expect(queryText(OFFER)).toInclude("See the nurse");
    expect(PLAN).toHaveValue("");
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitForNone(OFFER);
    expect(PLAN).toHaveValue("See the nurse");
});

test("a draft that is continued joins what was typed in the meantime", async () => {
    await openDialog({ drafts: [draft()] });
    await waitFor(OFFER);
    await type("Call her aunt");
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitForNone(OFFER);
    expect(PLAN).toHaveValue("See the nurse\nCall her aunt");
    expect((await saved()).map(({ id }) => id)).toEqual([DRAFT.id]);
});

test("a draft says which files have to be added again", async () => {
    await openDialog({ drafts: [draft({ files: ["note.jpg"] })] });
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitFor(".o_intervention_files_lost:contains(note.jpg)");
});

test("a draft of another day keeps its day", async () => {
    const base = { ...DRAFT.base, meeting_date: "2019-03-08" };
    await openDialog({ drafts: [draft({ base })] });
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitForNone(OFFER);
    const [kept] = await saved();
    expect(kept.values).toEqual({ action_plan: "See the nurse", meeting_date: "2019-03-08" });
});

test("a draft stays while another meeting is written", async () => {
    await openDialog({ drafts: [draft()] });
    await waitFor(OFFER);
    await type("Call her aunt");
    const texts = (await saved()).map(({ values }) => values.action_plan).sort();
    expect(texts).toEqual(["Call her aunt", "See the nurse"]);
});

test("an offered draft can be discarded", async () => {
    await openDialog({ drafts: [draft()] });
    await contains(`${OFFER} button:contains(Discard)`).click();
    await waitForNone(OFFER);
    expect(await saved()).toEqual([]);
});

test("a draft about another student is not offered", async () => {
    await openDialog({
        context: { default_student_id: 102 },
        drafts: [draft({ context: { default_student_id: 101 } })],
    });
    await saved();
    expect(OFFER).toHaveCount(0);
});

const PLACES = {
    "another meeting": { default_meeting_id: 2 },
    "another guardian": { default_guardian_id: 301 },
    "a correction": { default_corrects_id: 401 },
};

for (const [name, context] of Object.entries(PLACES)) {
    test(`a draft is not offered for ${name}`, async () => {
        await openDialog({
            context: { default_meeting_id: 1, ...context },
            drafts: [draft({ context: { default_meeting_id: 1 } })],
        });
        await saved();
        expect(OFFER).toHaveCount(0);
    });

    test(`a draft for ${name} is offered there, and not elsewhere`, async () => {
        const there = { default_meeting_id: 1, ...context };
        await openDialog({
            context: { default_meeting_id: 1 },
            drafts: [draft({ context: there })],
        });
        await saved();
        expect(OFFER).toHaveCount(0);
        await openAnother(there);
        await waitFor(OFFER);
    });
}

test("a draft says of which dialog it is", async () => {
    const contact = { model: "intervention.contact", title: "Ada, March 2" };
    for (const [values, text] of [
        [{}, "your meeting with Ada Test"],
        [{ title: "" }, "a meeting, written"],
        [{ model: "intervention.track" }, "your update on Ada Test"],
        [contact, "a family contact (Ada, March 2)"],
        [{ ...contact, title: "" }, "a family contact, written"],
        [
            { ...contact, context: { default_corrects_id: 401 } },
            "your correction of a family contact (Ada, March 2)",
        ],
    ]) {
        const it = await mountWithCleanup(DraftText, { props: { draft: draft(values) } });
        expect(it.what).toInclude(text);
    }
});

test("what somebody changed in the meantime stays as it is", async () => {
    await openDialog({
        context: { default_status: "monitoring" },
        drafts: [
            draft({
                values: { status: "closed", root_cause: "family" },
                base: { status: "open", root_cause: false },
            }),
        ],
    });
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitForNone(OFFER);
    const [found] = await saved();
    expect(found.values).toEqual({ root_cause: "family" });
});

test("a text that has no field any more is shown, and not sent", async () => {
    await openDialog({ context: { default_status: "closed" }, drafts: [draft()] });
    onRpc("intervention.meeting", "web_save", ({ args }) => {
        expect.step(args[1].action_plan);
    });
    await contains(`${OFFER} button:contains(Continue)`).click();
    await waitFor(".o_intervention_left");
    expect(queryText(".o_intervention_left")).toInclude("See the nurse");
    await contains(".modal .o_form_button_save").click();
    expect.verifySteps([false]);
});

test("nothing is kept of what was saved", async () => {
    await openDialog();
    await type("See the nurse");
    expect(await saved()).toHaveLength(1);
    await contains(".modal .o_form_button_save").click();
    await waitForNone(".modal");
    expect(await saved()).toEqual([]);
});

test("nothing is kept of what was discarded", async () => {
    await openDialog();
    await type("See the nurse");
    expect(await saved()).toHaveLength(1);
    await contains(".modal .o_form_button_cancel").click();
    await contains(".modal:contains(Discard what) button:contains(/^Discard$/)").click();
    await waitForNone(".modal");
    expect(await saved()).toEqual([]);
});

// --- sending ---

function answerSaves(...answers) {
    onRpc("intervention.meeting", "web_save", ({ kwargs }) => {
        expect.step(kwargs.context.intervention_token);
        const answer = answers.shift();
        if (answer) {
            throw answer;
        }
    });
}

test("without a connection the text stays, and is sent again as the same", async () => {
    answerSaves();
    onRpc("/web/webclient/version_info", () => true);
    await openDialog();
    let isLost = true;
    patchWithCleanup(rpc, {
        _rpc(url, params) {
            if (isLost && url.endsWith("/web_save")) {
                isLost = false;
                expect.step(params.kwargs.context.intervention_token);
                return Promise.reject(new ConnectionLostError(url));
            }
            return super._rpc(...arguments);
        },
    });
    await type("See the nurse");
    await contains(".modal .o_form_button_save").click();
    await waitFor(NOT_SENT);
    expect(queryText(NOT_SENT)).toInclude("Not sent: no connection. Your text is kept.");
    expect(PLAN).toHaveValue("See the nurse");
    const [found] = await saved();
    expect(found.values.action_plan).toBe("See the nurse");
    // Odoo's own look at the connection, two seconds later.
    await advanceTime(2500);
    await waitFor(`${NOT_SENT}:contains(You are online again)`);
    await contains(`${NOT_SENT} button:contains(Try Again)`).click();
    await waitForNone(".modal");
    expect.verifySteps([found.id, found.id]);
    expect(await saved()).toEqual([]);
});

test("when the session has ended the text stays, and the page leads to the login", async () => {
    answerSaves(makeServerError({ errorName: "odoo.http.SessionExpiredException" }));
    await openDialog();
    patchWithCleanup(browser, { open: (url) => expect.step(url) });
    await type("See the nurse");
    await contains(".modal .o_form_button_save").click();
    await waitFor(NOT_SENT);
    // Without encryption the text is nowhere else.
    expect(queryText(NOT_SENT)).toInclude("Your text is on this page only");
    await contains(`${NOT_SENT} button:contains(Log In)`).click();
    const [found] = await saved();
    await contains(`${NOT_SENT} button:contains(Try Again)`).click();
    await waitForNone(".modal");
    expect.verifySteps([found.id, "/web/login", found.id]);
});

test("a slow connection is told", async () => {
    onRpc("intervention.meeting", "web_save", () => new Promise(() => {}));
    await openDialog();
    await type("See the nurse");
    await contains(".modal .o_form_button_save").click();
    await advanceTime(8500);
    await waitFor(".alert:contains(The connection is slow)");
});

test("what was recorded already can be updated", async () => {
    const error = makeServerError({ message: "An earlier attempt got through." });
    error.data.context = { intervention_made: 1 };
    answerSaves(error);
    onRpc("intervention.meeting", "web_save", ({ args }) => {
        expect.step(args[0]);
    });
    await openDialog();
    await type("See the nurse");
    await contains(".modal .o_form_button_save").click();
    const [found] = await saved();
    await contains(".modal:contains(It is recorded already) button:contains(Update It)").click();
    await advanceTime(10);
    await waitForNone(".modal");
    expect.verifySteps([[], found.id, [1], found.id]);
    expect(await saved()).toEqual([]);
});
