import { expect, test } from "@odoo/hoot";
import { animationFrame, queryAllTexts } from "@odoo/hoot-dom";
import { contains, mockService, mountView } from "@web/../tests/web_test_helpers";
import { answerMeetings, defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const SITUATION = ".o_intervention_situation";
const ACTIVE = { id: 8, root_cause: "health", status: "monitoring", meeting_date: "2026-03-02" };

async function mountForm(situation, values = {}) {
    answerMeetings("get_student_situation", ({ args }) => {
        expect.step(args);
        return situation;
    });
    const context = Object.entries({ student_id: 101, root_cause: "family", ...values });
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        context: Object.fromEntries(context.map(([key, value]) => [`default_${key}`, value])),
        arch: /* xml */ `
            <form>
                <widget name="intervention_student_situation" />
                <field name="student_id" />
                <field name="root_cause" />
                <field name="status" />
                <field name="action_plan" />
            </form>`,
    });
}

test("nothing is asked for or shown before a student is chosen", async () => {
    await mountForm({}, { student_id: false });
    expect(SITUATION).toHaveCount(0);
    expect.verifySteps([]);
});

test("a student without earlier meetings", async () => {
    await mountForm({ count: 0, last_meeting_date: false, active: [] });
    expect.verifySteps([[101]]);
    expect(SITUATION).toHaveText("No earlier meetings.");
    expect(SITUATION).toHaveClass("alert-info");
});

test("a student with one earlier meeting", async () => {
    await mountForm({ count: 1, last_meeting_date: "2026-03-02", active: [] });
    expect(SITUATION).toHaveText("1 earlier meeting, on 03/02/2026.");
    expect.verifySteps([[101]]);
});

test("a relapse says what was closed and since when it is as before", async () => {
    await mountForm({
        count: 1,
        last_meeting_date: "2026-03-02",
        active: [],
        relapse: { closed_date: "2026-04-01", since: "2026-05-04" },
    });
    expect(".o_intervention_relapse").toHaveText(
        "Relapse: A case was closed on 04/01/2026. Since 05/04/2026 the absences call for a talk again."
    );
    expect.verifySteps([[101]]);
});

test("active causes are named with their status and day", async () => {
    const other = { ...ACTIVE, id: 9, root_cause: "health", status: "open" };
    await mountForm({ count: 3, last_meeting_date: "2026-03-02", active: [ACTIVE, other] });
    expect(SITUATION).toHaveText(/3 earlier meetings, the last one on 03\/02\/2026\./);
    expect(queryAllTexts(`${SITUATION} li`)).toEqual([
        "Health Issue (Monitoring, 03/02/2026)",
        "Health Issue (Open, 03/02/2026)",
    ]);
    expect(SITUATION).toHaveClass("alert-info");
    expect.verifySteps([[101]]);
});

test("an active case for the chosen cause is a duplicate", async () => {
    await mountForm(
        { count: 1, last_meeting_date: "2026-03-02", active: [ACTIVE] },
        { root_cause: "health" }
    );
    expect(SITUATION).toHaveClass("alert-danger");
    expect(SITUATION).toHaveText(/has an active intervention for this root cause/);
    expect(`${SITUATION} li button`).toHaveClass("fw-bold");
    expect.verifySteps([[101]]);
});

test("an active case opens its tracker, and nothing typed is lost", async () => {
    await mountForm({ count: 1, last_meeting_date: "2026-03-02", active: [ACTIVE] });
    expect.verifySteps([[101]]);
    await contains("[name=action_plan] textarea").edit("See the nurse", { confirm: false });
    mockService("dialog", {
        add(_Dialog, { context, onDone, resModel }) {
            expect.step([resModel, context.default_meeting_id]);
            return onDone();
        },
    });
    answerMeetings("get_student_situation", { count: 1, last_meeting_date: "2026-03-02", active: [] });
    await contains(`${SITUATION} button:contains(Health Issue)`).click();
    await animationFrame();
    expect.verifySteps([["intervention.track", 8]]);
    expect("[name=action_plan] textarea").toHaveValue("See the nurse");
    expect(`${SITUATION} li`).toHaveCount(0, { message: "it was closed meanwhile" });
});
