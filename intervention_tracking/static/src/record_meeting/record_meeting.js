import { useChildSubEnv } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** From this dialog the cases that the student has already can be tracked, too. */
class RecordMeetingDialog extends FormViewDialog {
    static props = { ...FormViewDialog.props, onCaseTracked: Function };

    setup() {
        super.setup();
        useChildSubEnv({ onCaseTracked: this.props.onCaseTracked });
    }
}

/**
 * Return a function that opens the dialog in which a meeting is recorded.
 *
 * @param {Function} onSaved called after a meeting was recorded, or another one tracked
 */
export function useRecordMeeting(onSaved) {
    const dialog = useService("dialog");
    const notification = useService("notification");
    return (context = {}) =>
        dialog.add(RecordMeetingDialog, {
            resModel: "intervention.meeting",
            title: _t("Record Meeting"),
            canExpand: false,
            size: "lg",
            context: {
                ...context,
                form_view_ref: "intervention_tracking.intervention_meeting_view_form_record",
            },
            onCaseTracked: onSaved,
            onRecordSaved: async ({ data }) => {
                const students = [data.student_id?.id, ...(data.other_student_ids?.currentIds || [])];
                const count = new Set(students).size;
                const message =
                    count === 1
                        ? _t("The meeting was recorded.")
                        : _t("%(count)s meetings were recorded.", { count });
                notification.add(message, { type: "success" });
                await onSaved();
            },
        });
}
