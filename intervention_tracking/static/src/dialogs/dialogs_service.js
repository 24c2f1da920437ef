import { _t } from "@web/core/l10n/translation";
import { makeContext } from "@web/core/context";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { PromptDialog } from "./prompt_dialog";

const LOG_VIEW = "intervention_tracking.intervention_contact_view_form_log";
// What a button's own defaults are not for: the screen that it is on.
const OF_THE_SCREEN = /^(?:(?:default_|search_default_|show_).+|.+_view_ref|group_by|orderedBy)$/;

/** What the frame of a dialog needs before the server has said anything, by its model. */
const DIALOGS = {
    "intervention.ask": () => ({ title: _t("Ask a Colleague") }),
    // This one and the other import show what is in the file before anything is done.
    "intervention.attendance.import": () => ({
        title: _t("Import Attendance"),
        size: "xl",
        stays: true,
    }),
    "intervention.contact": ({ default_corrects_id }) => ({
        title: default_corrects_id ? _t("Correct Contact") : _t("Log Contact"),
        view: LOG_VIEW,
    }),
    "intervention.handover": () => ({ title: _t("Who Takes Over?") }),
    "intervention.import": () => ({ title: _t("Import"), stays: true }),
    "intervention.leave": ({ active_model }) => ({
        title:
            active_model === "intervention.class"
                ? _t("Class Leaves School")
                : _t("Student Left"),
    }),
    "intervention.not.now": () => ({ title: _t("Not Now") }),
    "intervention.print.history": () => ({ title: _t("Print Intervention History") }),
    "intervention.print.summary": () => ({ title: _t("Period Summary") }),
    "intervention.reassign": () => ({ title: _t("Hand Over") }),
    "intervention.retract": () => ({ title: _t("Retract") }),
    "intervention.track": () => ({ title: _t("Track Progress"), size: "xl" }),
};

/**
 * Opens the dialogs of this addon, each with one call of the server.
 *
 * A button of a view names the dialog in its context, as ``intervention_dialog``, with the
 * defaults of its fields. What else the button says is for clients without this.
 */
export const dialogsService = {
    dependencies: ["action", "dialog"],
    start(env, { action, dialog }) {
        /**
         * @param {string} resModel the dialog
         * @param {Object} context the defaults of its fields
         * @param {Object} [options]
         * @param {Function} [options.onDone] called after it has done what it is for
         * @param {Function} [options.onClose] called after it is gone in whatever way
         */
        function open(resModel, context, { onDone, onClose } = {}) {
            const { view, ...props } = DIALOGS[resModel](context);
            dialog.add(
                PromptDialog,
                {
                    ...props,
                    resModel,
                    context: view ? { ...context, form_view_ref: view } : context,
                    onDone,
                    onRecordSaved: () => {
                        onDone?.();
                    },
                },
                { onClose }
            );
        }

        patch(action, {
            async doActionButton(params) {
                const { intervention_dialog: name, ...defaults } = params.buttonContext || {};
                if (!(name in DIALOGS)) {
                    return super.doActionButton(...arguments);
                }
                const { context, onClose, resId, resIds, resModel } = params;
                const ofTheScreen = Object.entries(context || {}).filter(
                    ([key]) => !OF_THE_SCREEN.test(key)
                );
                const active = {
                    active_id: resId || false,
                    active_ids: resId ? [resId] : resIds,
                    active_model: resModel,
                };
                open(name, makeContext([Object.fromEntries(ofTheScreen), active, defaults]), {
                    onDone: onClose,
                });
            },
        });

        return { open };
    },
};

registry.category("services").add("intervention_dialogs", dialogsService);

/** A menu opens the dialog whose model is in the parameters of this action. */
registry.category("actions").add("intervention_tracking.dialog", ({ services }, { params }) =>
    services.intervention_dialogs.open(params.res_model, {})
);
