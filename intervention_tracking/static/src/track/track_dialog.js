import { useService } from "@web/core/utils/hooks";

/**
 * Return a function that opens the progress tracker of a case.
 *
 * @returns {(params: {
 *  meetingId: number,
 *  status?: string, which is chosen already
 *  draftId?: string, of a draft that goes on
 *  onDone: Function, called after an update was added
 * }) => void}
 */
export function useTracker() {
    const dialogs = useService("intervention_dialogs");
    return ({ meetingId, status, draftId, onDone }) => {
        const context = { default_meeting_id: meetingId };
        if (status) {
            context.default_status = status;
        }
        if (draftId) {
            context.intervention_draft = draftId;
        }
        dialogs.open("intervention.track", context, { onDone });
    };
}
