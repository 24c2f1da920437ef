import { useChildSubEnv } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { PromptDialog } from "../dialogs/prompt_dialog";

/** From this dialog the cases that the student has already can be tracked, too. */
class RecordMeetingDialog extends PromptDialog {
    static props = { ...PromptDialog.props, onCaseTracked: Function };

    setup() {
        super.setup();
        this.viewProps.buttonTemplate = "intervention_tracking.RecordMeetingButtons";
        useChildSubEnv({ onCaseTracked: this.props.onCaseTracked });
    }
}

/**
 * Open the dialog in which a meeting is recorded.
 *
 * @param {Object} services Odoo's ``dialog`` and ``notification``
 * @param {Object} context
 * @param {Function} onSaved called after a meeting was recorded, or another one tracked
 * @param {(id: number) => void} [onClosed] called with a recorded meeting, after the dialog
 */
function openRecordMeeting({ dialog, notification }, context, onSaved, onClosed) {
    let recordedId = false;
    dialog.add(
        RecordMeetingDialog,
        {
            resModel: "intervention.meeting",
            title: _t("Record Meeting"),
            size: "lg",
            context: {
                ...context,
                form_view_ref: "intervention_tracking.intervention_meeting_view_form_record",
            },
            onCaseTracked: onSaved,
            onRecordSaved: async ({ data, resId }) => {
                recordedId = resId;
                const students = [data.student_id?.id, ...(data.other_student_ids?.currentIds || [])];
                const count = new Set(students).size;
                const message =
                    count === 1
                        ? _t("The meeting was recorded.")
                        : _t("%(count)s meetings were recorded.", { count });
                notification.add(message, { type: "success" });
                await onSaved();
            },
        },
        {
            onClose: () => {
                // Odoo waits for what this returns before it takes the dialog away.
                if (recordedId) {
                    onClosed?.(recordedId);
                }
            },
        }
    );
}

/**
 * Return a function that opens the dialog in which a meeting is recorded.
 *
 * @param {Function} onSaved called after a meeting was recorded, or another one tracked
 * @param {(id: number) => void} [onClosed] called with a recorded meeting, after the dialog
 */
export function useRecordMeeting(onSaved, onClosed) {
    const services = { dialog: useService("dialog"), notification: useService("notification") };
    return (context = {}) => openRecordMeeting(services, context, onSaved, onClosed);
}

/** A button of a view opens the dialog by this action, and the view is loaded anew. */
function recordMeetingAction({ services }, { context }) {
    const defaults = Object.entries(context).filter(([key]) => key.startsWith("default_"));
    openRecordMeeting(services, Object.fromEntries(defaults), () =>
        services.action.doAction({ type: "ir.actions.client", tag: "soft_reload" })
    );
}

registry.category("actions").add("intervention_tracking.record_meeting", recordMeetingAction);
