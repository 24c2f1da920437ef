import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
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
