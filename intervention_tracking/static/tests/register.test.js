import { expect, test } from "@odoo/hoot";
import { press, queryAllAttributes, queryAllTexts, queryText, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred, mockDate } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    getService,
    makeServerError,
    models,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { ConnectionLostError, rpc } from "@web/core/network/rpc";
import { WebClient } from "@web/webclient/webclient";
import { RegisterSheet } from "@intervention_tracking/register/register_sheet";
import { defineInterventionModels } from "./intervention_models";

class InterventionClass extends models.Model {
    _name = "intervention.class";
}

defineInterventionModels();
defineModels([InterventionClass]);

const MARK = ".o_register_mark";
const SAVE = ".o_register_save";
const HALF = { meaning: "partly", minutes: 0, note: "", missed: 0.5, codes: "/ O", source: "Office" };
const LATE = { meaning: "late", minutes: 5, note: "", missed: 0, codes: "", source: false };

function students(marks = {}) {
    return ["Ada Test", "Ben Test", "Cy Test"].map((name, index) => ({
        id: index + 1,
        name,
        in_a_row: 0,
        mark: marks[index + 1] || false,
    }));
}

function register(values = {}) {
    return {
        date: "2019-03-11",
        today: "2019-03-11",
        first_day: "2014-03-11",
        closed: false,
        students: students(),
        days: [{ date: "2019-03-11", is_taken: false }],
        saved_at: "2019-03-11 08:00:00",
        ...values,
    };
}

/** Open the register; what it saves goes to ``save``. */
async function openRegister({ values = {}, save = () => {} } = {}) {
    mockDate("2019-03-11 10:00:00");
    onRpc("intervention.class", "get_register", ({ args: [, date] }) => ({
        classes: [{ id: 7, name: "7A", is_own: true }],
        class_id: 7,
        other_sources: [],
        ...register(values),
        ...(date && { date }),
    }));
    onRpc("intervention.class", "save_register", async (params) => {
        const inARow = (await save(params)) || [];
        const marks = Object.fromEntries(
            params.args[2].map(({ student, ...mark }) => [student, { ...mark, source: false }])
        );
        const { saved_at } = register();
        return { students: students(marks), saved_at, in_a_row: inARow };
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.register",
    });
    await waitFor(`${MARK}, .o_register_empty`);
}

function meanings() {
    return queryAllAttributes(".o_register_row", "data-meaning");
}

async function drafts() {
    await advanceTime(500);
    return getService("intervention_drafts").list();
}

test("a tap goes through absent, excused, late and present again", () => {
    const sheet = new RegisterSheet(students());
    const seen = [];
    for (let tap = 0; tap < 4; tap++) {
        sheet.cycle(2);
        seen.push(sheet.marks[2].meaning);
    }
    expect(seen).toEqual(["unexcused", "excused", "late", "present"]);
    expect(sheet.touched).toEqual([]);
    expect(sheet.isUnsaved).toBe(true);
});

test("a tap that comes back to what is stored brings its minutes back", () => {
    const sheet = new RegisterSheet(students({ 1: LATE, 2: LATE, 3: LATE }));
    expect(sheet.isUnsaved).toBe(false);
    sheet.cycle(1);
    expect(sheet.marks[1]).toMatchObject({ meaning: "present", minutes: 0 });
    sheet.set(1, "late");
    expect(sheet.marks[1].minutes).toBe(5);
    expect(sheet.touched).toEqual([]);
});

test("every tap is taken back, one after the other", () => {
    const sheet = new RegisterSheet(students());
    sheet.cycle(1);
    sheet.cycle(2);
    sheet.change(2, { note: "flu" });
    sheet.allPresent();
    expect(sheet.counts).toEqual({ present: 3 });
    expect(sheet.undo()).toEqual([1, 2]);
    expect(sheet.marks[2]).toEqual({ meaning: "unexcused", minutes: 0, note: "flu" });
    sheet.undo();
    expect(sheet.undo()).toEqual([2]);
    expect(sheet.counts).toEqual({ present: 2, unexcused: 1 });
});

test("what another source says is changed by a tap of its own only", () => {
    const sheet = new RegisterSheet(students({ 1: HALF }));
    sheet.allPresent();
    expect(sheet.marks[1].meaning).toBe("partly");
    expect(sheet.toSend().marks.map(({ student }) => student)).toEqual([2, 3]);
    sheet.cycle(1);
    const { marks, seen } = sheet.toSend();
    expect(marks[0]).toEqual({ student: 1, meaning: "unexcused", minutes: 0, note: "" });
    expect(seen).toEqual([{ ...HALF, student: 1 }]);
});

test("a student and Save: who is absent is stored, and everybody else is present", async () => {
    await openRegister({
        save: ({ args, kwargs }) => {
            expect(args).toEqual([
                [7],
                "2019-03-11",
                ["present", "unexcused", "present"].map((meaning, index) => ({
                    student: index + 1,
                    meaning,
                    minutes: 0,
                    note: "",
                })),
            ]);
            expect(kwargs.seen).toEqual([]);
            expect(kwargs.context.intervention_token).toMatch(/^[0-9a-f]{32}$/);
            expect.step("saved");
        },
    });
    expect(queryAllAttributes(MARK, "aria-label")).toEqual([
        "Ada Test: Present",
        "Ben Test: Present",
        "Cy Test: Present",
    ]);
    await contains(`${MARK}:eq(1)`).click();
    expect(`${MARK}:eq(1)`).toHaveAttribute("aria-label", "Ben Test: Absent");
    expect(".o_register [aria-live]").toHaveText("Ben Test: Absent");
    expect(queryAllTexts(".o_register_summary span")).toEqual(["2 present", "1 absent"]);
    await contains(SAVE).click();
    expect.verifySteps(["saved"]);
    await waitFor(".o_register_result");
    expect(SAVE).not.toBeEnabled();
    expect(await drafts()).toEqual([]);
});

test.tags("desktop");
test("it is taken by keyboard", async () => {
    await openRegister();
    await animationFrame();
    expect(`${MARK}:first`).toBeFocused();
    await press("e");
    await press("ArrowDown");
    await press("ArrowDown");
    await press("l");
    await animationFrame();
    expect(meanings()).toEqual(["excused", "present", "late"]);
    await press(["ctrl", "z"]);
    await press("Home");
    await press("p");
    await animationFrame();
    expect(meanings()).toEqual(["present", "present", "present"]);
    await press("n");
    await animationFrame();
    expect(".o_register_details input").toBeFocused();
});

test("minutes and a note are filled in", async () => {
    await openRegister({
        save: ({ args }) => expect.step(args[2][0]),
    });
    await contains(".o_register_more:first").click();
    await contains("[data-choice=late]").click();
    await contains(".o_register_minutes input").edit("12", { confirm: "blur" });
    await contains(".o_register_details input[type=text]").edit("The bus", { confirm: "blur" });
    expect(`${MARK}:first`).toHaveText(/Ada Test\s*The bus\s*Late, 12 min/);
    await contains(SAVE).click();
    expect.verifySteps([{ student: 1, meaning: "late", minutes: 12, note: "The bus" }]);
});

test("what was tapped and not saved is there again, until it is discarded", async () => {
    await openRegister();
    await contains(`${MARK}:eq(2)`).click();
    const [draft] = await drafts();
    expect(draft.values).toMatchObject({ classId: 7, date: "2019-03-11", isQueued: false });
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "intervention_tracking.register",
    });
    await waitFor(".o_register_restored");
    expect(meanings()).toEqual(["present", "present", "unexcused"]);
    await contains(".o_register_restored button").click();
    await waitForNone(".o_register_restored");
    expect(meanings()).toEqual(["present", "present", "present"]);
    expect(await drafts()).toEqual([]);
});

test("without a connection it is kept, and sent once when there is one again", async () => {
    let isLost = true;
    const tokens = new Set();
    patchWithCleanup(rpc, {
        _rpc(url, params) {
            if (url.endsWith("/save_register")) {
                tokens.add(params.kwargs.context.intervention_token);
            }
            if (isLost && /save_register|version_info/.test(url)) {
                return Promise.reject(new ConnectionLostError(url));
            }
            return super._rpc(...arguments);
        },
    });
    onRpc("/web/webclient/version_info", () => ({}));
    await openRegister({ save: () => expect.step("saved") });
    await contains(`${MARK}:first`).click();
    await contains(SAVE).click();
    await waitFor(".o_register_lost");
    const [draft] = await drafts();
    expect(draft.values.isQueued).toBe(true);
    isLost = false;
    await advanceTime(3000);
    await waitFor(".o_register_result");
    expect.verifySteps(["saved"]);
    expect(tokens.size).toBe(1);
    expect(await drafts()).toEqual([]);
});

test("what is tapped while it is being saved is not lost", async () => {
    const isArrived = new Deferred();
    await openRegister({ save: () => isArrived });
    await contains(SAVE).click();
    expect(SAVE).toHaveText("Saving…");
    await contains(`${MARK}:eq(1)`).click();
    isArrived.resolve([]);
    await waitFor(".o_register_result");
    expect(meanings()).toEqual(["present", "unexcused", "present"]);
    expect(SAVE).toBeEnabled();
    expect(await drafts()).toHaveLength(1);
});

test("what somebody else saved meanwhile is chosen from, student by student", async () => {
    let isFirst = true;
    await openRegister({
        save: ({ args, kwargs }) => {
            if (isFirst) {
                isFirst = false;
                const [ada, ben] = args[2];
                throw makeServerError({
                    type: "ValidationError",
                    message: "Somebody else has saved this register",
                    context: {
                        intervention_register_conflict: [
                            { student: 1, name: "Ada Test", mine: ada, theirs: LATE },
                            { student: 2, name: "Ben Test", mine: ben, theirs: LATE },
                        ],
                    },
                });
            }
            expect.step(args[2].map(({ meaning }) => meaning));
            expect(kwargs.seen.map(({ student }) => student)).toEqual([1, 2]);
        },
    });
    await contains(`${MARK}:first`).click();
    await contains(SAVE).click();
    await waitFor(".o_register_conflict");
    expect(queryText("[data-student='1']", { root: document.querySelector(".modal") })).toMatch(
        /Absent[^]*Late, 5 min/
    );
    // Who was tapped was meant, and who was not is as the other one says.
    await contains(".modal .btn-primary").click();
    await waitFor(".o_register_result");
    expect.verifySteps([["unexcused", "late", "present"]]);
});

test("who is missing in a row is told, and a meeting is offered", async () => {
    await openRegister({
        save: () => [{ id: 1, name: "Ada Test", days: 3, case: false }],
    });
    await contains(SAVE).click();
    await waitFor(".o_register_in_a_row");
    expect(".o_register_in_a_row").toHaveText(/Ada Test\s*3 days missed in a row/);
    expect(".o_register_record").toHaveCount(1);
});

test("on a day on which the school is closed there is nothing to be saved", async () => {
    await openRegister({ values: { closed: "The school is closed on Mar 11, 2019." } });
    expect(".o_register_closed").toHaveText(/closed on Mar 11/);
    expect(`${MARK}, ${SAVE}`).toHaveCount(0);
});
