import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CarefulFormController } from "../drafts/careful_form";
import { checkedFormView } from "../checked_form/checked_form";
import { gapsLeft } from "./gaps";

/** The form in which a meeting is recorded. */
export class RecordFormController extends CarefulFormController {
    /** A plan with the gaps of its template is no plan yet: who forgot them is asked. */
    async save(params) {
        const { root } = this.model;
        // Texts that are being typed are in the record after this.
        await root.isDirty();
        if (gapsLeft(root) && (await root.checkValidity()) && !(await this.askAboutGaps())) {
            this.goToField("action_plan");
            return false;
        }
        return super.save(params);
    }

    /** @returns {Promise<boolean>} whether to go on as it is */
    askAboutGaps() {
        return new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("Record the plan with gaps?"),
                    body: _t(
                        "The Action Plan still has places to fill in, marked with “…”."
                    ),
                    // Enter and Escape both go back to the text.
                    confirmLabel: _t("Fill Them In"),
                    confirm: () => {},
                    dismiss: () => {},
                    cancelLabel: _t("Record as It Is"),
                    cancel: () => resolve(true),
                },
                { onClose: () => resolve(false) }
            );
        });
    }
}

registry.category("views").add("intervention_record_form", {
    ...checkedFormView,
    Controller: RecordFormController,
});
