import { Component, onMounted, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/** The systray item of form masters and administrators. */
export class InterventionQuickAccess extends Component {
    static template = "intervention_tracking.QuickAccess";
    static components = { Dropdown };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.state = useState({ isVisible: false, data: null, failed: false });
        // Not awaited before the first rendering: it would hold up the whole page.
        onMounted(async () => {
            this.state.isVisible = await user.hasGroup(
                "intervention_tracking.group_intervention_form_master"
            );
            if (this.state.isVisible) {
                await this.load();
            }
        });
    }

    async load() {
        this.state.failed = false;
        try {
            this.state.data = await this.orm.silent.call(
                "intervention.meeting",
                "get_quick_access"
            );
        } catch {
            this.state.data = null;
            this.state.failed = true;
        }
    }

    get items() {
        const { data } = this.state;
        return [
            {
                filters: ["active_cases"],
                label: _t("Active Cases"),
                value: data.active_cases,
                color: "info",
            },
            {
                filters: ["needs_attention"],
                label: _t("High Priority"),
                value: data.needs_attention,
                color: data.needs_attention ? "warning" : "secondary",
            },
            {
                filters: ["status_improving"],
                label: _t("Improving"),
                value: data.improving,
                color: "success",
            },
            {
                filters: ["status_not_improving"],
                label: _t("Not Improving"),
                value: data.not_improving,
                color: "warning",
            },
            ...(data.needs_talk
                ? [
                      {
                          action: "intervention_tracking.intervention_attention_action",
                          label: _t("Needs a Talk"),
                          value: data.needs_talk,
                          color: "primary",
                      },
                  ]
                : []),
        ];
    }

    get label() {
        const count = this.state.data?.needs_attention;
        return count
            ? _t("Interventions, %(count)s of high priority", { count })
            : _t("Interventions");
    }

    open(filters, action = "intervention_tracking.intervention_meeting_action") {
        this.dropdown.close();
        this.action.doAction(action, {
            clearBreadcrumbs: true,
            // Beside the filter of active cases, which the action itself switches on.
            additionalContext: Object.fromEntries(
                filters.map((filter) => [`search_default_${filter}`, 1])
            ),
        });
    }
}

registry
    .category("systray")
    .add(
        "intervention_tracking.QuickAccess",
        { Component: InterventionQuickAccess },
        { sequence: 25 }
    );
