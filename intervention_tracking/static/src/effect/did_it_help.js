import { Component, onWillStart, useState } from "@odoo/owl";
import { serializeDate, today } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { EffectBar } from "./effect_bar";

const EFFECT = "intervention.effect";

/**
 * The page Did It Help: whether the students who were met missed less afterwards than
 * similar ones. The server says it in words, and leaves out what can't be told.
 */
export class DidItHelp extends Component {
    static template = "intervention_tracking.DidItHelp";
    static components = { EffectBar, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        const { effect_template: template } = this.props.action.context;
        this.state = useState({
            words: null,
            failed: false,
            period: template ? "all" : "year",
            from: serializeDate(today().minus({ months: 12 })),
            to: serializeDate(today()),
            filters: { root_cause: "", plan_template_id: template || "", attendance_band: "", plan_kept: "" },
        });
        onWillStart(() => this.load());
    }

    async load() {
        try {
            const words = await this.keepLast.add(
                this.orm.silent.call(EFFECT, "get_figures_in_words", [this.filters])
            );
            Object.assign(this.state, { words, failed: false });
        } catch (error) {
            // What the server says of rights is for the user.
            this.state.failed = error.data?.message || _t("The figures could not be loaded.");
        }
    }

    // --- what is chosen ---

    get periods() {
        return [
            { name: "half", label: _t("Last 6 months") },
            { name: "year", label: _t("Last 12 months") },
            { name: "all", label: _t("All time") },
            { name: "custom", label: _t("From … to …") },
        ];
    }

    /** The first and the last day of the meetings; null is no limit. */
    get days() {
        const { period, from, to } = this.state;
        const months = { half: 6, year: 12 }[period];
        if (months) {
            return { from: serializeDate(today().minus({ months })), to: null };
        }
        return period === "custom"
            ? { from: from || null, to: to || null }
            : { from: null, to: null };
    }

    get isPeriodWrong() {
        const { from, to } = this.days;
        return Boolean(from && to && from > to);
    }

    get filters() {
        const chosen = Object.entries({ ...this.days, ...this.state.filters });
        return Object.fromEntries(chosen.filter(([_name, value]) => value));
    }

    get choosers() {
        const { choices } = this.state.words;
        return [
            { name: "root_cause", label: _t("Root Cause Category"), all: _t("All causes") },
            { name: "plan_template_id", label: _t("Plan Template"), all: _t("All templates") },
            { name: "attendance_band", label: _t("Attendance at the Meeting"), all: _t("All") },
            { name: "plan_kept", label: _t("Plan Carried Out"), all: _t("All") },
        ].map((chooser) => ({ ...chooser, choices: choices[chooser.name] }));
    }

    set(values) {
        Object.assign(this.state, values);
        if (!this.isPeriodWrong) {
            this.load();
        }
    }

    choose(name, value) {
        const chosen = name === "plan_template_id" ? Number(value) || "" : value;
        this.set({ filters: { ...this.state.filters, [name]: chosen } });
    }

    // --- the cases ---

    async openCases(reason) {
        const action = await this.orm.call(EFFECT, "action_open_cases", [this.filters, reason]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("intervention_tracking.did_it_help", DidItHelp);
