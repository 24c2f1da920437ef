import { onMounted, useChildSubEnv, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/**
 * A dialog with a form that makes nobody wait.
 *
 * Its frame is there before the server has answered, and it is out of sight while what
 * was typed is sent. It comes back with everything in it when that fails.
 */
export class PromptDialog extends FormViewDialog {
    static template = "intervention_tracking.PromptDialog";
    static props = {
        ...FormViewDialog.props,
        // After a button of the form has done its work.
        onDone: { type: Function, optional: true },
        // It is in sight while the server works.
        stays: { type: Boolean, optional: true },
    };
    static defaultProps = { ...FormViewDialog.defaultProps, canExpand: false };

    setup() {
        super.setup();
        this.ui = useService("ui");
        this.prompt = useState({ hasFrame: false, isAway: false });
        onMounted(() => (this.prompt.hasFrame = true));
        useChildSubEnv({
            prompt: {
                leave: () => this.leave(),
                comeBack: () => this.comeBack(),
                finish: (action) => this.finish(action),
            },
        });
    }

    /** Go out of sight; keys and focus are for the page below. */
    leave() {
        if (!this.props.stays) {
            this.prompt.isAway = true;
            this.ui.deactivateElement(this.modalRef.el);
        }
    }

    comeBack() {
        if (this.prompt.isAway) {
            this.prompt.isAway = false;
            this.ui.activateElement(this.modalRef.el);
        }
    }

    /** Do what the server answered to a button, such as to tell or to print, and close. */
    async finish(action) {
        if (action) {
            const { next, ...params } = action.params || {};
            try {
                await this.actionService.doAction({ ...action, params });
            } catch (error) {
                this.comeBack();
                throw error;
            }
        }
        this.props.close();
        await this.props.onDone?.();
    }
}
