import { expect, test } from "@odoo/hoot";
import {
    contains,
    mockService,
    mountView,
    patchWithCleanup,
    toggleActionMenu,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const ITEM = ".o_intervention_import";
const MEETINGS = {
    resModel: "intervention.meeting",
    type: "list",
    arch: `<list import="0"><field name="student_id"/></list>`,
    config: { actionType: "ir.actions.act_window" },
};

test.tags("desktop");
test("the list of meetings imports meetings", async () => {
    patchWithCleanup(user, { hasGroup: async (group) => group.endsWith("form_master") });
    mockService("intervention_dialogs", {
        open(name, context) {
            expect.step([name, context.default_kind].join(" "));
        },
    });
    await mountView(MEETINGS);
    await toggleActionMenu();
    await contains(ITEM).click();
    expect.verifySteps(["intervention.import meetings"]);
});

test("who records no meetings has no such import", async () => {
    patchWithCleanup(user, { hasGroup: async () => false });
    await mountView(MEETINGS);
    expect(".o_cp_action_menus").toHaveCount(0);
});

test("other lists have no such import", async () => {
    patchWithCleanup(user, { hasGroup: async () => true });
    await mountView({
        ...MEETINGS,
        resModel: "student",
        arch: `<list import="0"><field name="name"/></list>`,
    });
    expect(ITEM).toHaveCount(0);
    expect(".o_list_view").toHaveCount(1);
});
