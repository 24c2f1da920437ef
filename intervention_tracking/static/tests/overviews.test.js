import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { defineInterventionModels } from "./intervention_models";

const EXPLAINED = /A figure counts only cases that had the time for it/;

class InterventionReport extends models.Model {
    _name = "intervention.report";

    month = fields.Char();
    cause = fields.Char();
    closed_share = fields.Float({ aggregator: "avg" });
    too_early = fields.Integer({ aggregator: "sum" });

    _records = [
        { id: 1, month: "January", cause: "Health", closed_share: 1 },
        { id: 2, month: "February", cause: "Family", closed_share: 0, too_early: 1 },
    ];
}

defineInterventionModels();
defineModels([InterventionReport]);

/** The server's average of what is known of no case. */
function forgetFebruary(group) {
    return group.month === "February" ? { ...group, "closed_share:avg": false } : group;
}

test("a pivot table has a dash where it is too early, and no zero", async () => {
    onRpc("intervention.report", "formatted_read_grouping_sets", async ({ parent }) =>
        (await parent()).map((groups) => groups.map(forgetFebruary))
    );
    await mountView({
        type: "pivot",
        resModel: "intervention.report",
        arch: `
            <pivot js_class="intervention_pivot">
                <field name="month" type="row" />
                <field name="closed_share" type="measure" widget="percentage" />
            </pivot>`,
    });
    expect(queryAllTexts(".o_pivot td").slice(1)).toEqual(["–", "100.00%"]);
    expect(".o_pivot_view").toHaveText(EXPLAINED);
    await contains("button:contains(Measures)").click();
    await contains(".dropdown-item:contains(Count)").click();
    await contains(".dropdown-item:contains(Closed share)").click();
    expect(".o_pivot_view").not.toHaveText(EXPLAINED);
});

test("a graph draws nothing where it is too early, and no zero", async () => {
    onRpc("intervention.report", "formatted_read_group", async ({ parent }) =>
        (await parent()).map(forgetFebruary)
    );
    await mountView({
        type: "graph",
        resModel: "intervention.report",
        arch: `
            <graph js_class="intervention_graph">
                <field name="month" />
                <field name="closed_share" type="measure" widget="percentage" />
            </graph>`,
    });
    const { data } = Chart.getChart(queryFirst("canvas"));
    expect(data.labels).toEqual(["February", "January"]);
    expect(data.datasets[0].data).toEqual([null, 1]);
    expect(".o_graph_view").toHaveText(EXPLAINED);
});

test("shares of several groups stand beside each other and are not added up", async () => {
    await mountView({
        type: "graph",
        resModel: "intervention.report",
        arch: `
            <graph js_class="intervention_graph" stacked="1">
                <field name="month" />
                <field name="cause" />
                <field name="closed_share" widget="percentage" />
            </graph>`,
    });
    const drawn = () =>
        Chart.getChart(queryFirst("canvas")).data.datasets.map(({ label, data, stack }) => [
            label,
            data,
            stack === "",
        ]);
    expect(drawn().map(([label, , stacked]) => [label, stacked])).toEqual([
        ["Family", true],
        ["Health", true],
        ["Sum", false],
    ]);
    await contains("button:contains(Measures)").click();
    await contains(".dropdown-item:contains(Closed share)").click();
    expect(drawn()).toEqual([
        ["Family", [0, null], false],
        ["Health", [null, 1], false],
    ]);
});
