import { Component, onMounted, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { useBus, useService } from "@web/core/utils/hooks";
import { useRecordMeeting } from "../record_meeting/record_meeting";
import { isRegister } from "../register/register_sender";
import { useTracker } from "../track/track_dialog";
import { DraftText } from "./draft_text";

/** The texts of a draft that has no form any more, to be copied. */
export class DraftTextsDialog extends Component {
    static template = "intervention_tracking.DraftTextsDialog";
    static components = { Dialog };
    static props = { draft: Object, close: Function };
}

/** The drafts on this device that were not sent, above the list of interventions. */
export class UnsentDrafts extends Component {
    static template = "intervention_tracking.UnsentDrafts";
    static components = { DraftText };
    static props = { list: { type: Object, optional: true } };

    setup() {
        this.dialogs = useService("intervention_dialogs");
        this.dialog = useService("dialog");
        this.drafts = useService("intervention_drafts");
        this.orm = useService("orm");
        this.state = useState({ drafts: [] });
        const reload = () => this.props.list?.model.load();
        this.reload = reload;
        this.recordMeeting = useRecordMeeting(reload);
        this.openTracker = useTracker();
        this.registers = useService("intervention_register");
        onMounted(async () => {
            await this.load();
            await this.registers.sendQueued();
        });
        useBus(this.drafts.bus, "CHANGED", () => this.load());
    }

    /** Nothing comes and goes behind a dialog. */
    async load() {
        const drafts = await this.drafts.list();
        if (!this.drafts.areInUse) {
            this.state.drafts = drafts;
        }
    }

    async open(draft) {
        if (isRegister(draft)) {
            await this.registers.open(draft.values);
            return;
        }
        if (draft.model === "intervention.meeting") {
            this.recordMeeting({ ...draft.context, intervention_draft: draft.id });
            return;
        }
        try {
            await (draft.model === "intervention.contact"
                ? this.openContact(draft)
                : this.openUpdate(draft));
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            // It was handed over, or deleted.
            this.dialog.add(DraftTextsDialog, { draft });
        }
    }

    async openUpdate({ context, id }) {
        const meetingId = context.default_meeting_id;
        // Asked only whether it can be tracked still.
        await this.orm.call("intervention.meeting", "action_track_progress", [[meetingId]]);
        this.openTracker({ meetingId, draftId: id, onDone: this.reload });
    }

    async openContact({ context, id, values }) {
        const meetingId = context.default_meeting_id || values.meeting_id?.id;
        if (meetingId) {
            await this.orm.call("intervention.meeting", "action_log_contact", [[meetingId]]);
        }
        this.dialogs.open(
            "intervention.contact",
            { ...context, intervention_draft: id },
            { onDone: this.reload }
        );
    }

    discard(draft) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Discard what you typed?"),
            body: _t("It has not been sent, and is on this device only."),
            confirmLabel: _t("Discard"),
            cancelLabel: _t("Keep It"),
            confirm: () => this.drafts.remove(draft.id),
            cancel: () => {},
        });
    }
}
