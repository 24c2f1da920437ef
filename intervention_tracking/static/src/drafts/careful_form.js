import { onMounted, onWillStart, onWillUnmount, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { serializeDate, serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, rpc, RPCError, rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { delay } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { pick } from "@web/core/utils/objects";
import { useDebounced } from "@web/core/utils/timing";
import { parseServerValue } from "@web/model/relational_model/utils";
import { CheckedFormController, checkedFormView } from "../checked_form/checked_form";
import { askAboutConflict, conflictOf } from "../versions/conflict_dialog";
import { DraftText } from "./draft_text";
import { newDraftId } from "./drafts_service";

/**
 * @typedef {{
 *  id: string; also the token with which it is sent
 *  model: string;
 *  title: string; the student or the meeting
 *  context: Object; the defaults with which the form was opened
 *  created: number;
 *  changed: number;
 *  values: Object; what was typed and chosen
 *  texts: { name: string, label: string, text: string }[]; those of them to be read
 *  base: Object; what the form had before
 *  seen: Object; which version of the case that was
 *  files: string[]; the names of files that were added, which are not kept
 * }} Draft
 */

const TEXTS = ["char", "html", "text"];
const KEPT_TYPES = [
    ...TEXTS,
    "boolean",
    "date",
    "datetime",
    "float",
    "integer",
    "many2many",
    "many2one",
    "monetary",
    "selection",
];
// A draft goes on where these are the same.
const PLACE = ["default_meeting_id", "default_corrects_id", "default_guardian_id"];
// When it was: today, unless told.
const DAYS = ["meeting_date", "contact_date"];
const PAUSE_IN_TYPING = 400;
const FIRST_LOOK = 2000;
// How long a dialog waits for the device to say which drafts it has.
const LOOK = 300;

// What the server compares with, to tell what somebody else changed since.
const SEEN = /^(version$|seen_)/;

function isSame(one, other) {
    return JSON.stringify(one?.id || one) === JSON.stringify(other?.id || other);
}

function isSamePlace(one, other) {
    return PLACE.every((key) => (one[key] || false) === (other[key] || false));
}

function serialize(type, value) {
    if (type === "date") {
        return value && serializeDate(value);
    }
    if (type === "datetime") {
        return value && serializeDateTime(value);
    }
    if (type === "many2many") {
        return value.records.map(({ resId, data }) => ({
            id: resId,
            display_name: data.display_name,
        }));
    }
    if (type === "many2one") {
        return value && { id: value.id, display_name: value.display_name };
    }
    return TEXTS.includes(type) ? String(value || "") : value;
}

/**
 * The form of a dialog that loses nothing that was typed.
 *
 * It asks before it throws something away, keeps a draft on the device until the server
 * has it, and sends it with a token, so that it may be sent again when the answer is lost.
 */
export class CarefulFormController extends CheckedFormController {
    static template = "intervention_tracking.CarefulFormView";
    static components = { ...CheckedFormController.components, DraftText };

    setup() {
        this.draftId = newDraftId();
        this.drafts = useService("intervention_drafts");
        this.notification = useService("notification");
        super.setup();
        this.isTyping = false;
        this.typed = {};
        this.careful = useState({
            offer: null,
            trouble: null,
            isOnline: false,
            left: [],
            files: [],
        });
        this.touch = useDebounced(this.keep, PAUSE_IN_TYPING, { execBeforeUnmount: true });
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({ detail }) => {
            this.isTyping = detail;
        });
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => {
            if (!(detail.error instanceof ConnectionLostError)) {
                this.careful.isOnline = true;
            }
        });
        // Phones end an app that is out of sight without a word.
        useExternalListener(document, "visibilitychange", () => this.keep());
        useExternalListener(window, "online", () => (this.careful.isOnline = true));
        if (this.env.inDialog) {
            this.env.dialogData.dismiss = async () => {
                // Before the form is there, there is nothing to ask about.
                if (!this.base) {
                    return;
                }
                await this.discard();
                // The dialog would close itself next, also when editing goes on.
                await new Promise(() => {});
            };
        }
        // What is offered is there with the form, so that it does not push it down later.
        onWillStart(() => Promise.race([this.findDraft(), delay(LOOK)]));
        onMounted(async () => {
            this.drafts.open();
            this.base = this.snapshot();
            if (this.chosenDraft) {
                await this.continueDraft(this.chosenDraft);
            }
        });
        onWillUnmount(() => {
            if (this.base) {
                this.drafts.close();
            }
            browser.clearTimeout(this.lookTimer);
            this.isGone = true;
        });
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRecordChanged = () => {
            this.touch();
        };
        return params;
    }

    onWillLoadRoot(config) {
        super.onWillLoadRoot(config);
        config.context = { ...config.context, intervention_token: this.draftId };
    }

    get className() {
        return { ...super.className, o_intervention_careful_form: true };
    }

    // --- the draft ---

    /** @returns {Object} what the form has now, also what is being typed */
    snapshot() {
        const { root } = this.model;
        const values = {};
        for (const name of root.fieldNames) {
            const { relation, type } = root.fields[name];
            // Files wait on the server, and not for long.
            if (
                KEPT_TYPES.includes(type) &&
                relation !== "intervention.file" &&
                !SEEN.test(name)
            ) {
                values[name] = this.typed[name] ?? serialize(type, root.data[name]);
            }
        }
        return values;
    }

    seen() {
        const { data, fieldNames, fields } = this.model.root;
        return Object.fromEntries(
            fieldNames
                .filter((name) => SEEN.test(name))
                .map((name) => [name, serialize(fields[name].type, data[name])])
        );
    }

    changedValues() {
        return Object.fromEntries(
            Object.entries(this.snapshot()).filter(
                ([name, value]) => !isSame(value, this.base[name])
            )
        );
    }

    get hasChanges() {
        return Boolean(this.base) && Object.keys(this.changedValues()).length > 0;
    }

    /** The record learns of a text when its field is left, which may be too late. */
    onInput({ target }) {
        const name = target.closest(".o_field_widget")?.getAttribute("name");
        if (TEXTS.includes(this.model.root.fields[name]?.type)) {
            this.typed[name] = target.value;
            this.touch();
        }
    }

    async onChange({ target }) {
        const name = target.closest(".o_field_widget")?.getAttribute("name");
        await this.model.mutex.getUnlockedDef();
        delete this.typed[name];
        this.touch();
    }

    /** Keep on the device what was typed. */
    async keep() {
        if (this.isFinished || !this.base) {
            return;
        }
        const values = this.changedValues();
        if (Object.keys(values).length) {
            this.created ??= Date.now();
            const { root } = this.model;
            const { context } = this.props;
            await this.drafts.save({
                id: this.draftId,
                model: root.resModel,
                title: (root.data.student_id || root.data.meeting_id)?.display_name || "",
                context: Object.fromEntries(
                    Object.entries(context).filter(([key]) => key.startsWith("default_"))
                ),
                created: this.created,
                changed: Date.now(),
                values,
                texts: this.textsAmong(values),
                base: this.base,
                seen: this.seen(),
                files: this.fileNames(),
            });
        } else if (this.created) {
            await this.drafts.remove(this.draftId);
        }
    }

    fileNames() {
        const { data, fields } = this.model.root;
        return Object.keys(data)
            .filter((name) => fields[name].relation === "intervention.file" && data[name].records)
            .flatMap((name) => data[name].records.map((record) => record.data.name));
    }

    textsAmong(values) {
        const { fields } = this.model.root;
        return Object.entries(values)
            .filter(([name, value]) => TEXTS.includes(fields[name].type) && value.trim())
            .map(([name, text]) => ({ name, label: fields[name].string, text }));
    }

    async findDraft() {
        const { context, resModel } = this.props;
        const student = context.default_student_id;
        const drafts = (await this.drafts.list()).filter(
            (draft) =>
                draft.id !== this.draftId &&
                draft.model === resModel &&
                isSamePlace(draft.context, context) &&
                (!student ||
                    (draft.values.student_id?.id || draft.context.default_student_id) === student)
        );
        this.chosenDraft = drafts.find((draft) => draft.id === context.intervention_draft);
        this.careful.offer = (!this.chosenDraft && drafts[0]) || null;
    }

    async discardOffer() {
        const { id } = this.careful.offer;
        this.careful.offer = null;
        await this.drafts.remove(id);
        await this.findDraft();
    }

    /**
     * Put a draft back into the form.
     *
     * Texts go before what was typed since. Of the rest, what somebody changed in the
     * meantime stays as it is. The day is that of the draft, which may be another one by
     * now.
     *
     * @param {Draft} draft
     */
    async continueDraft(draft) {
        const { root } = this.model;
        await root.isDirty();
        this.typed = {};
        const mine = this.changedValues();
        const former = this.created && this.draftId;
        this.careful.offer = null;
        const values = { ...pick(draft.base, ...DAYS), ...draft.values };
        for (const [name, value] of Object.entries(values)) {
            const field = root.fields[name];
            const base = this.base[name];
            if (!(name in root.activeFields) || isSame(value, base)) {
                continue;
            }
            let put = value;
            if (TEXTS.includes(field.type)) {
                put = mine[name] && mine[name] !== value ? `${value}\n${mine[name]}` : value;
            } else if (
                name in mine ||
                (!(`seen_${name}` in root.activeFields) &&
                    !DAYS.includes(name) &&
                    base &&
                    !isSame(base, draft.base[name]))
            ) {
                continue;
            }
            if (field.type === "many2many") {
                await root.data[name].addAndRemove({ add: put.map(({ id }) => id) });
            } else {
                await root.update({ [name]: parseServerValue(field, put) });
            }
            await this.putSeen(draft, `seen_${name}`);
        }
        await this.putSeen(draft, "version");
        await this.takeOutHidden(draft);
        this.careful.files = draft.files || [];
        this.created = draft.created;
        this.useToken(draft.id);
        await this.keep();
        if (former) {
            await this.drafts.remove(former);
        }
    }

    async putSeen({ seen = {} }, name) {
        const { activeFields, fields } = this.model.root;
        if (name in activeFields && name in seen) {
            await this.model.root.update({ [name]: parseServerValue(fields[name], seen[name]) });
        }
    }

    /** Show what no field shows, such as how a case ended that was closed since. */
    async takeOutHidden(draft) {
        const { root } = this.model;
        const left = draft.texts.filter(
            ({ name }) => !root.activeFields[name] || root._isInvisible(name)
        );
        for (const { name } of left) {
            if (root.activeFields[name]) {
                await root.update({ [name]: this.base[name] });
            }
        }
        this.careful.left = left;
    }

    useToken(token) {
        const { root } = this.model;
        this.draftId = token;
        this.model._updateConfig(
            root.config,
            { context: { ...root.context, intervention_token: token } },
            { reload: false }
        );
    }

    /** @override that it is recorded, or thrown away */
    async finish() {
        this.isFinished = true;
        this.touch.cancel();
        await this.drafts.remove(this.draftId);
    }

    // --- sending ---

    async trySending(execute) {
        this.touch.cancel();
        this.keep();
        this.careful.trouble = null;
        return super.trySending(execute);
    }

    async onSendError(error, execute) {
        const { root } = this.model;
        this.retry = () => this.send(execute);
        if (error instanceof ConnectionLostError) {
            this.careful.isOnline = false;
            this.careful.trouble = "lost";
            this.lookForConnection(FIRST_LOOK);
            // The server may have it, and then there is nothing left of the dialog.
            if (!this.props.resId && !root.isNew) {
                this.model._updateConfig(root.config, { resId: false }, { reload: false });
            }
        } else if (conflictOf(error)) {
            const values = await askAboutConflict(this.dialogService, root, conflictOf(error));
            if (values) {
                await root.update(values);
                // Once this attempt is over.
                browser.setTimeout(() => this.retry());
            }
        } else if (error.data?.context?.intervention_duplicate) {
            this.offerRequest(error.data.message, error.data.context.intervention_duplicate);
        } else if (error.exceptionName === "odoo.http.SessionExpiredException") {
            this.careful.trouble = "expired";
        } else if (
            error instanceof RPCError &&
            error.data?.context?.intervention_made &&
            // Of several meetings one alone would be updated.
            !root.data.other_student_ids?.count
        ) {
            await this.askAboutMade(error.data.message, error.data.context.intervention_made);
        } else if (!this.tellRefusal(error)) {
            throw error;
        }
    }

    /** As Odoo does it, whose notice would cover the buttons on a phone. */
    lookForConnection(delay) {
        browser.clearTimeout(this.lookTimer);
        this.lookTimer = browser.setTimeout(async () => {
            try {
                await rpc("/web/webclient/version_info", {}, { silent: true });
            } catch {
                if (!this.isGone) {
                    this.lookForConnection(delay * 1.5);
                }
            }
        }, delay);
    }

    /** Somebody else has such a case: the administrators can hand it over. */
    offerRequest(message, { student_id, root_cause }) {
        this.dialogService.add(ConfirmationDialog, {
            title: _t("There is such a case already"),
            body: message,
            confirmLabel: _t("I Need This Case"),
            cancelLabel: _t("Not Now"),
            confirm: async () => {
                const answer = await this.orm.call("intervention.meeting", "request_case", [
                    student_id,
                    root_cause,
                ]);
                this.notification.add(answer.message, {
                    type: answer.is_told ? "success" : "warning",
                    sticky: !answer.is_told,
                });
            },
            cancel: () => {},
        });
    }

    /** An earlier attempt was recorded, and this one is not the same. */
    async askAboutMade(message, madeId) {
        const { confirmLabel, prepare } = await this.afterMade(madeId);
        this.dialogService.add(ConfirmationDialog, {
            title: _t("It is recorded already"),
            body: message,
            confirmLabel,
            cancelLabel: _t("Not Now"),
            confirm: async () => {
                await prepare();
                // Once the question is closed.
                browser.setTimeout(() => this.retry());
            },
            cancel: () => {},
        });
    }

    /** What to do with this one when an earlier attempt was recorded. */
    async afterMade(madeId) {
        const { root } = this.model;
        if (root.resModel === "intervention.meeting") {
            return {
                confirmLabel: _t("Update It"),
                prepare: () =>
                    this.model._updateConfig(root.config, { resId: madeId }, { reload: false }),
            };
        }
        if (root.resModel !== "intervention.contact") {
            return {
                confirmLabel: _t("Add as Another Update"),
                prepare: () => this.sendAsAnother(),
            };
        }
        const [made] = await this.orm.read(root.resModel, [madeId], ["meeting_id"]);
        // A correction is of the same meeting.
        if (made.meeting_id[0] !== root.data.meeting_id?.id) {
            return {
                confirmLabel: _t("Log as Another Contact"),
                prepare: () => this.sendAsAnother(),
            };
        }
        return {
            confirmLabel: _t("Correct It"),
            prepare: async () => {
                await root.update({ corrects_id: { id: madeId } });
                await this.sendAsAnother();
            },
        };
    }

    async sendAsAnother() {
        const former = this.draftId;
        this.useToken(newDraftId());
        await this.drafts.remove(former);
    }

    async logIn() {
        if (this.drafts.areLasting) {
            await this.keep();
            this.isLeaving = true;
            browser.location.reload();
        } else {
            browser.open("/web/login", "_blank");
        }
    }

    /** In the tracker there is an action to come yet. */
    async onRecordSaved(...args) {
        await super.onRecordSaved(...args);
        if (this.props.saveRecord) {
            await this.finish();
        }
    }

    async beforeExecuteActionButton(clickParams) {
        if (clickParams.special === "cancel") {
            await this.discard();
            return false;
        }
        const isSaved = await super.beforeExecuteActionButton(clickParams);
        if (this.isProceeding && this.model.root.resModel === "intervention.contact") {
            this.notification.add(
                this.model.root.data.corrects_id
                    ? _t("The contact was corrected.")
                    : _t("The contact was logged."),
                { type: "success" }
            );
        }
        return isSaved;
    }

    // --- leaving ---

    /** Odoo would save on leaving the page what nobody has sent yet. */
    beforeUnload(ev) {
        this.keep();
        if (!this.isLeaving && (this.isTyping || this.model.root.dirty || this.hasChanges)) {
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }

    async discard() {
        const isDirty = await this.model.root.isDirty();
        if (!isDirty && !this.hasChanges) {
            return super.discard();
        }
        await new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("Discard what you typed?"),
                    body: _t("It has not been saved."),
                    // Enter and Escape both keep it.
                    confirmLabel: _t("Keep Editing"),
                    confirm: () => {},
                    dismiss: () => {},
                    cancelLabel: _t("Discard"),
                    cancel: async () => {
                        await this.finish();
                        await super.discard();
                    },
                },
                { onClose: resolve }
            );
        });
    }
}

registry.category("views").add("intervention_careful_form", {
    ...checkedFormView,
    Controller: CarefulFormController,
});
