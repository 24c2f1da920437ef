import { expect, test } from "@odoo/hoot";
import { animationFrame, press, queryFirst } from "@odoo/hoot-dom";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { answerMeetings, defineInterventionModels, NUMBERS } from "./intervention_models";

defineInterventionModels();

const LINK = ".o_intervention_skip";

async function openList(resModel) {
    onRpc("has_group", () => true);
    answerMeetings("get_dashboard", NUMBERS);
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.act_window",
        name: "Some",
        res_model: resModel,
        views: [[false, "list"]],
        context: { search_default_active_cases: 1 },
    });
    await animationFrame();
}

test.tags("desktop");
test("Tab leads from the search box past it, and Enter into the content", async () => {
    await openList("intervention.meeting");
    expect(".o_searchview_input").toBeFocused();
    await press("Tab");
    expect(LINK).toBeFocused();
    await press("Tab");
    expect(".o_searchview_dropdown_toggler").toBeFocused();
    queryFirst(LINK).focus();
    await press("Enter");
    expect(".o_content button:first").toBeFocused();
});

test.tags("desktop");
test("the link is in views of ours only", async () => {
    await openList("student");
    expect(LINK).toHaveCount(0);
});
