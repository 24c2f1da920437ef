import { EventBus } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { isolate } from "../isolate";
import { newDraftId } from "../drafts/drafts_service";

const MODEL = "intervention.class";
const FIRST_LOOK = 2000;
const LONGEST_LOOK = 60000;

/**
 * @typedef {{
 *  id: string; also the token with which it is sent
 *  model: string;
 *  title: string; the class
 *  created: number;
 *  changed: number;
 *  context: Object;
 *  texts: Object[];
 *  values: {
 *      classId: number,
 *      date: string,
 *      changes: Object, of RegisterSheet
 *      marks: Object[],
 *      seen: Object[],
 *      isQueued: boolean, whether it is to be sent as soon as that can be
 *      attempt?: Object[], the marks of an attempt of which no answer came
 *  };
 * }} RegisterDraft a draft of the service of drafts
 */

export function isRegister(draft) {
    return draft.model === MODEL;
}

/** Sends registers, and those that could not be sent as soon as the connection is back. */
export class RegisterSender {
    constructor({ action, drafts, notification, orm }) {
        Object.assign(this, { action, drafts, notification, orm });
        this.bus = new EventBus();
        // The draft of the register that is open, which tells of it itself.
        this.openId = null;
        browser.addEventListener("online", () => this.isWaiting && this.sendQueued());
    }

    /**
     * Send a register, or keep it until there is a connection.
     *
     * @param {RegisterDraft} draft
     * @returns {Promise<Object | null>} the server's answer, or null when it is kept
     */
    async submit(draft) {
        draft.values.isQueued = true;
        await this.drafts.save(draft);
        try {
            const answer = await this.send(draft);
            await this.drafts.remove(draft.id);
            return answer;
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                draft.values.attempt = draft.values.marks;
                await this.drafts.save(draft);
                this.wait(FIRST_LOOK);
                return null;
            }
            draft.values.isQueued = false;
            await this.drafts.save(draft);
            throw error;
        }
    }

    async send(draft) {
        try {
            return await this.call(draft);
        } catch (error) {
            if (!error.data?.context?.intervention_made) {
                throw error;
            }
            // The attempt without an answer had arrived, and more was tapped since.
            const former = draft.id;
            draft.id = newDraftId();
            draft.values.seen = draft.values.attempt || draft.values.seen;
            if (this.openId === former) {
                this.openId = draft.id;
            }
            await this.drafts.save(draft);
            await this.drafts.remove(former);
            return this.call(draft);
        }
    }

    call({ id, values: { classId, date, marks, seen } }) {
        return this.orm.silent.call(MODEL, "save_register", [[classId], date, marks], {
            seen,
            context: { intervention_token: id },
        });
    }

    // --- later ---

    wait(delay) {
        this.isWaiting = true;
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(async () => {
            try {
                await rpc("/web/webclient/version_info", {}, { silent: true });
            } catch {
                this.wait(Math.min(delay * 1.5, LONGEST_LOOK));
                return;
            }
            await this.sendQueued();
        }, delay);
    }

    /** Send what waits; a register that is open sends its own. */
    async sendQueued() {
        if (this.isSending) {
            return;
        }
        this.isSending = true;
        this.isWaiting = false;
        browser.clearTimeout(this.timer);
        try {
            const drafts = (await this.drafts.list()).filter(
                (draft) => isRegister(draft) && draft.values.isQueued
            );
            for (const draft of drafts) {
                if (draft.id === this.openId) {
                    this.bus.trigger("CONNECTED");
                } else {
                    await this.sendLater(draft);
                }
            }
        } finally {
            this.isSending = false;
        }
    }

    async sendLater(draft) {
        const name = isolate(draft.title);
        try {
            if (await this.submit(draft)) {
                this.notification.add(_t("The register of %(name)s was sent.", { name }), {
                    type: "success",
                });
            }
        } catch (error) {
            const message = error.data?.context?.intervention_register_conflict
                ? _t(
                      "The register of %(name)s is not stored: somebody else has saved other marks meanwhile.",
                      { name }
                  )
                : _t("The register of %(name)s is not stored: %(reason)s", {
                      name,
                      reason: error.data?.message || error.message,
                  });
            const close = this.notification.add(message, {
                type: "warning",
                sticky: true,
                buttons: [
                    {
                        name: _t("Open Register"),
                        primary: true,
                        onClick: () => {
                            close();
                            this.open(draft.values);
                        },
                    },
                ],
            });
        }
    }

    /** @param {{ classId?: number, date?: string }} values */
    open({ classId, date } = {}) {
        return this.action.doAction("intervention_tracking.intervention_register_action", {
            additionalContext: { register_class: classId, register_date: date },
        });
    }
}

registry.category("services").add("intervention_register", {
    dependencies: ["action", "intervention_drafts", "notification", "orm"],
    start: (env, { action, intervention_drafts: drafts, notification, orm }) =>
        new RegisterSender({ action, drafts, notification, orm }),
});
