import { useEnv, useSubEnv } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { evaluateExpr } from "@web/core/py_js/py";
import { useService } from "@web/core/utils/hooks";
import { PromptDialog } from "../dialogs/prompt_dialog";

/**
 * Return a function that opens the progress tracker of a case.
 *
 * @returns {(params: {
 *  meetingId: number,
 *  status?: string, which is chosen already
 *  draftId?: string, of a draft that goes on
 *  onDone: Function, called after an update was added
 *  onClose?: Function,
 * }) => void}
 */
export function useTracker() {
    const dialog = useService("dialog");
    return ({ meetingId, status, draftId, onDone, onClose }) => {
        const context = { default_meeting_id: meetingId };
        if (status) {
            context.default_status = status;
        }
        if (draftId) {
            context.intervention_draft = draftId;
        }
        dialog.add(
            PromptDialog,
            {
                resModel: "intervention.track",
                title: _t("Track Progress"),
                size: "xl",
                context,
                onDone,
            },
            { onClose }
        );
    };
}

/**
 * Let the buttons of a view open the tracker at once.
 *
 * The server would only answer what is known here. To be called when the view has its
 * buttons, after the setup of its controller.
 *
 * @param {Object} options
 * @param {Function} options.onDone called after an update was added
 * @param {Function} [options.beforeOpen] tells by false that it may not be opened
 */
export function useTrackButtons({ onDone, beforeOpen }) {
    const openTracker = useTracker();
    const { onClickViewButton } = useEnv();
    useSubEnv({
        async onClickViewButton(params) {
            const { beforeExecute, clickParams, getResParams } = params;
            if (clickParams.name !== "action_track_progress") {
                return onClickViewButton(params);
            }
            for (const before of [beforeExecute, beforeOpen]) {
                if ((await before?.(clickParams)) === false) {
                    return;
                }
            }
            const { evalContext, resId } = getResParams();
            const context = evaluateExpr(clickParams.context || "{}", evalContext);
            openTracker({ meetingId: resId, status: context.intervention_status, onDone });
        },
    });
}
