import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { markup } from "@odoo/owl";
import { contains, mountView } from "@web/../tests/web_test_helpers";
import {
    answerMeetings,
    defineInterventionModels,
    InterventionMeeting,
    NUMBERS,
} from "./intervention_models";

defineInterventionModels();

const HELP = markup("<p>How to begin</p>");
const NOTHING = ".o_intervention_nothing_found p";
const NO_ONE_OPEN = [{ id: 3, student_id: 102, root_cause: "health", status: "closed" }];

async function mountEmpty(type, filters, arch) {
    answerMeetings("get_dashboard", NUMBERS);
    await mountView({
        type,
        resModel: "intervention.meeting",
        ...(arch ? { arch, searchViewArch: InterventionMeeting._views.search } : {}),
        context: Object.fromEntries(filters.map((name) => [`search_default_${name}`, 1])),
        noContentHelp: HELP,
    });
}

const PLAIN = {
    list: `<list js_class="intervention_plain_list"><field name="status" /></list>`,
    kanban: `
        <kanban js_class="intervention_plain_kanban">
            <templates><t t-name="card"><field name="status" /></t></templates>
        </kanban>`,
    graph: `<graph js_class="intervention_graph"><field name="status" /></graph>`,
    pivot: `<pivot js_class="intervention_pivot"><field name="status" type="row" /></pivot>`,
    calendar: `
        <calendar js_class="intervention_calendar" date_start="follow_up_date">
            <field name="student_id" />
            <field name="root_cause" />
            <field name="urgency_level" />
            <field name="is_overdue" />
            <field name="version" />
        </calendar>`,
    activity: `
        <activity js_class="intervention_activity">
            <templates><div t-name="activity-box"><field name="status" /></div></templates>
        </activity>`,
};
const SOME_ONLY = {
    calendar: "No follow-ups on these days.",
    activity: "No activities are planned for these cases.",
};
const RECORD = { list: ".o_data_row", kanban: ".o_kanban_record:not(.o_kanban_ghost)" };

for (const [what, type, arch] of [
    ["dashboard's list", "list"],
    ["dashboard's kanban", "kanban"],
    ["list", "list", PLAIN.list],
    ["kanban", "kanban", PLAIN.kanban],
    ["graph", "graph", PLAIN.graph],
    ["pivot", "pivot", PLAIN.pivot],
    ["calendar", "calendar", PLAIN.calendar],
    ["view of activities", "activity", PLAIN.activity],
]) {
    test(`a ${what} says what a filter did not find`, async () => {
        InterventionMeeting._records = NO_ONE_OPEN;
        await mountEmpty(type, ["overdue"], arch);
        expect(queryAllTexts(NOTHING)).toEqual(["Nothing overdue."]);
        expect(".o_nocontent_help").not.toHaveText("How to begin");

        await contains(".o_intervention_nothing_found button").click();
        if (type in RECORD) {
            expect(RECORD[type]).toHaveCount(1);
        }
        // The case has neither a follow-up nor an activity.
        const { [type]: text } = SOME_ONLY;
        expect(queryAllTexts(NOTHING)).toEqual(text ? [text] : []);
        expect(".o_intervention_nothing_found button").toHaveCount(0);
    });

    test(`a ${what} says how to begin where there is nothing at all`, async () => {
        InterventionMeeting._records = [];
        await mountEmpty(type, ["overdue"], arch);
        expect(NOTHING).toHaveCount(0);
        expect(".o_nocontent_help").toHaveText("How to begin");
    });
}

test("several filters that find nothing are named", async () => {
    InterventionMeeting._records = NO_ONE_OPEN;
    await mountEmpty("list", ["active_cases", "status_monitoring"]);
    expect(queryAllTexts(NOTHING)).toEqual(["Nothing found for: Active Cases, Monitoring"]);
});
