import { useState, useSubEnv } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { CarefulFormController } from "../drafts/careful_form";

/** The progress tracker: it asks once when an active case is left without a next date. */
export class TrackFormController extends CarefulFormController {
    setup() {
        super.setup();
        this.nextDate = useState({ isAsked: false, isRefused: false });
        useSubEnv({ nextDate: this.nextDate });
    }

    /** @override what the server would tell of the case anew goes with the dialog */
    async beforeExecuteActionButton(clickParams) {
        return super.beforeExecuteActionButton({ ...clickParams, close: true });
    }

    /** @override in a dialog of ours one call of the server adds the update */
    async press(click, params) {
        const { root } = this.model;
        if (!this.env.prompt || params.clickParams.name !== "action_add" || root.resId) {
            return super.press(click, params);
        }
        if (!(await root.checkValidity())) {
            this.showFaults();
            return false;
        }
        const action = await this.orm.call(
            root.resModel,
            "add_update",
            [await root.getChanges()],
            { context: root.context }
        );
        this.answer = { action };
        return true;
    }

    async isReady() {
        if (!(await super.isReady())) {
            return false;
        }
        const { status, follow_up_date: date } = this.model.root.data;
        const { isAsked, isRefused } = this.nextDate;
        if (status === "closed" || date || isAsked || isRefused) {
            return true;
        }
        this.nextDate.isAsked = true;
        return false;
    }
}

registry.category("views").add("intervention_track_form", {
    ...registry.category("views").get("intervention_careful_form"),
    Controller: TrackFormController,
});
