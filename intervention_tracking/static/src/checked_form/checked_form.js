import { onWillUnmount, toRaw, useState, useSubEnv } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { FormController } from "@web/views/form/form_controller";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { useDialogName } from "../dialogs/dialog_name";
import { CheckedField, CheckedLabel } from "./checked_field";

// What the server refuses for what was typed, and not for who typed it.
const REFUSALS = ["odoo.exceptions.UserError", "odoo.exceptions.ValidationError"];
// Odoo opens the calendar over what is said when the button of a date gets the focus.
const BOX = "input, textarea, select";
const SLOW = 8000;

/**
 * A record that knows what is wrong with its values.
 *
 * The rules are the server's. It says which days a new date may be, where the form has the
 * field ``day_limits``, and when it refuses to save, which fields are at fault.
 */
export class CheckedRecord extends RelationalModel.Record {
    setup() {
        super.setup(...arguments);
        this.refusals = {};
    }

    /** @returns {string} what is wrong with the value that stands in the field, or "" */
    complaintOf(name) {
        const value = this.data[name];
        const refusal = this.refusals[name];
        if (refusal && refusal.value === toRaw(value)) {
            return refusal.text;
        }
        if (this.fields[name].type === "date" && value) {
            return this.complaintOfDay(name, serializeDate(value));
        }
        const isMissing = this._invalidFields.has(name) && this._unsetRequiredFields.has(name);
        return isMissing ? _t("Fill this in.") : "";
    }

    complaintOfDay(name, day) {
        const limits = this.data.day_limits?.[name] || [];
        const broken = limits.find(({ first, last }) => day < first || (last && day > last));
        return broken ? broken.message.replace("{year}", day.slice(0, 4)) : "";
    }

    isFieldInvalid(name) {
        return super.isFieldInvalid(name) || Boolean(this.complaintOf(name));
    }

    /** What is missing is said at the fields. */
    _displayInvalidFieldNotification() {
        return () => {};
    }
}

export class CheckedModel extends RelationalModel {
    static Record = CheckedRecord;
}

export class CheckedFormRenderer extends FormRenderer {
    static components = {
        ...FormRenderer.components,
        Field: CheckedField,
        FormLabel: CheckedLabel,
    };
}

/**
 * The form of a dialog: what is required is marked, hints stand below the fields, and so
 * does what is wrong. Who sends something wrong is led to the first of it. In a dialog of
 * ours it is out of sight while it is sent.
 */
export class CheckedFormController extends FormController {
    static template = "intervention_tracking.CheckedFormView";

    setup() {
        super.setup();
        useDialogName(this.rootRef);
        this.faults = useState({ isSlow: false, isTold: false, texts: [] });
        const { onClickViewButton } = this.env;
        useSubEnv({
            onClickViewButton: (params) =>
                this.isForSending(params)
                    ? this.send(() => this.press(() => onClickViewButton(params), params))
                    : onClickViewButton(params),
        });
        // Who goes elsewhere meanwhile waits until it has arrived, or is held back here.
        useBus(this.env.bus, "CLEAR-UNCOMMITTED-CHANGES", ({ detail }) => {
            if (this.isSending) {
                detail.push(() => this.sending);
            }
        });
        onWillUnmount(() => browser.clearTimeout(this.slowTimer));
    }

    get className() {
        return { ...super.className, o_intervention_checked_form: true };
    }

    /** @returns {{ name: string, label: string }[]} the fields that something is wrong with */
    get faultyFields() {
        const { root } = this.model;
        return Object.keys(root.activeFields)
            .filter((name) => !root._isInvisible(name) && root.isFieldInvalid(name))
            .map((name) => ({ name, label: root.fields[name].string }));
    }

    get areFaultsShown() {
        return this.faults.isTold && (this.faults.texts.length || this.faultyFields.length);
    }

    /** A button of the form's own, and not of a row in it, but the one that discards. */
    isForSending({ clickParams, getResParams }) {
        return (
            clickParams.special !== "cancel" &&
            getResParams().resModel === this.model.root.resModel
        );
    }

    save(params) {
        return this.send(() => this.saveOnce(params));
    }

    /**
     * Do what sends something. What did not arrive stays in the form.
     *
     * @param {() => Promise<boolean>} execute whether it was sent
     * @returns {Promise<boolean>} the same; a refusal is told
     */
    async send(execute) {
        if (this.isSending) {
            return false;
        }
        this.isSending = true;
        this.sending = this.trySending(execute);
        const isSent = await this.sending;
        if (isSent) {
            await this.finish();
            if (this.answer) {
                await this.env.prompt.finish(this.answer.action);
            }
        }
        return isSent;
    }

    async trySending(execute) {
        const { prompt } = this.env;
        this.forgetFaults();
        let isSent = false;
        try {
            if (await this.model.root.checkValidity()) {
                if (!(await this.isReady())) {
                    return false;
                }
                prompt?.leave();
            }
            this.slowTimer = browser.setTimeout(() => {
                this.faults.isSlow = true;
                prompt?.comeBack();
            }, SLOW);
            isSent = await execute();
        } catch (error) {
            prompt?.comeBack();
            await this.onSendError(error, execute);
        } finally {
            this.isSending = false;
            browser.clearTimeout(this.slowTimer);
            this.faults.isSlow = false;
            if (!isSent) {
                prompt?.comeBack();
            }
        }
        return isSent;
    }

    /** Whether what is complete may be sent, or something is to be asked before. */
    async isReady() {
        return true;
    }

    async onSendError(error) {
        if (!this.tellRefusal(error)) {
            throw error;
        }
    }

    /** What was typed has arrived. */
    async finish() {}

    /**
     * Save the form and do what its button is for.
     *
     * @returns {Promise<boolean>} whether that was done, and nothing is left to do here
     */
    async press(click, { clickParams, getResParams }) {
        if (!this.env.prompt || clickParams.type !== "object") {
            this.isProceeding = false;
            await click();
            return this.isProceeding;
        }
        if ((await this.beforeExecuteActionButton(clickParams)) === false) {
            return false;
        }
        const { context, resId, resModel } = getResParams();
        const action = await this.orm.call(resModel, clickParams.name, [[resId]], {
            context,
        });
        if (action && action.res_model === resModel && action.res_id === resId) {
            await this.model.root.load();
            return false;
        }
        this.answer = { action };
        return true;
    }

    async beforeExecuteActionButton(clickParams) {
        const isSaved = await super.beforeExecuteActionButton(clickParams);
        this.isProceeding = isSaved !== false;
        if (!this.isProceeding) {
            this.showFaults();
        }
        return isSaved;
    }

    async saveOnce(params) {
        const isSaved = await super.save(params);
        if (isSaved === false) {
            this.showFaults();
        }
        return isSaved;
    }

    forgetFaults() {
        this.model.root.refusals = {};
        Object.assign(this.faults, { isTold: false, texts: [] });
    }

    /**
     * Say at the fields why the server has refused what was sent.
     *
     * @returns {boolean} whether the error was that
     */
    tellRefusal(error) {
        if (!REFUSALS.includes(error.exceptionName) || !error.data) {
            return false;
        }
        const { root } = this.model;
        const problems = error.data.context?.intervention_problems || {};
        const told = new Set();
        for (const [name, texts] of Object.entries(problems)) {
            if (name in root.activeFields && !root._isInvisible(name)) {
                root.refusals[name] = { value: toRaw(root.data[name]), text: texts.join(" ") };
                texts.forEach((text) => told.add(text));
            }
        }
        this.faults.texts = error.data.message.split("\n").filter((text) => !told.has(text));
        this.showFaults();
        return true;
    }

    /** Lead to the first field that something is wrong with. */
    showFaults() {
        this.faults.isTold = true;
        // Once it says so, and Odoo has given back the focus of the button.
        browser.setTimeout(() =>
            browser.requestAnimationFrame(() =>
                this.goTo(this.rootRef.el?.querySelector(".o_field_widget.o_field_invalid"))
            )
        );
    }

    goToField(name) {
        this.goTo(this.rootRef.el.querySelector(`.o_field_widget[name="${name}"]`));
    }

    goTo(field) {
        if (!field) {
            return;
        }
        field.querySelector(BOX)?.focus({ preventScroll: true });
        if (!field.contains(document.activeElement)) {
            field.tabIndex = -1;
            field.focus({ preventScroll: true });
        }
        field.scrollIntoView({ block: "center" });
    }
}

export const checkedFormView = {
    ...formView,
    Controller: CheckedFormController,
    Model: CheckedModel,
    Renderer: CheckedFormRenderer,
};

registry.category("views").add("intervention_dialog_form", checkedFormView);
