import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/**
 * Return a function that opens the dialog in which a meeting is recorded.
 *
 * @param {Function} onSaved called after a meeting was recorded
 */
export function useRecordMeeting(onSaved) {
    const dialog = useService("dialog");
    const notification = useService("notification");
    return (context = {}) =>
        dialog.add(FormViewDialog, {
            resModel: "intervention.meeting",
            title: _t("Record Meeting"),
            canExpand: false,
            size: "lg",
            context: {
                ...context,
                form_view_ref: "intervention_tracking.intervention_meeting_view_form_record",
            },
            onRecordSaved: async () => {
                notification.add(_t("The meeting was recorded."), { type: "success" });
                await onSaved();
            },
        });
}

/** The form of a dialog that asks before it throws away what was typed. */
export class CarefulFormController extends FormController {
    setup() {
        super.setup();
        this.isTyping = false;
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({ detail }) => {
            this.isTyping = detail;
        });
        if (this.env.inDialog) {
            this.env.dialogData.dismiss = async () => {
                await this.discard();
                // The dialog would close itself next, also when editing goes on.
                await new Promise(() => {});
            };
        }
    }

    async beforeExecuteActionButton(clickParams) {
        if (clickParams.special === "cancel") {
            await this.discard();
            return false;
        }
        return super.beforeExecuteActionButton(clickParams);
    }

    /** Odoo would save on leaving the page what nobody has sent yet. */
    beforeUnload(ev) {
        if (this.isTyping || this.model.root.dirty) {
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }

    async discard() {
        if (!(await this.model.root.isDirty())) {
            return super.discard();
        }
        await new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("Discard what you typed?"),
                    body: _t("It has not been saved."),
                    confirmLabel: _t("Discard"),
                    cancelLabel: _t("Keep Editing"),
                    confirm: () => super.discard(),
                    cancel: () => {},
                },
                { onClose: resolve }
            );
        });
    }
}

registry.category("views").add("intervention_careful_form", {
    ...formView,
    Controller: CarefulFormController,
});
