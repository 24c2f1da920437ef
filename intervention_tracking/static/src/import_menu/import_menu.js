import { Component } from "@odoo/owl";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";

const FORM_MASTER = "intervention_tracking.group_intervention_form_master";
const ADMINISTRATOR = "intervention_tracking.group_intervention_admin";

/** Returns what is imported from a list, and for whom. */
function importedFrom({ resModel, context }) {
    if (resModel === "intervention.meeting") {
        return { kind: "meetings", group: FORM_MASTER };
    }
    if (resModel === "intervention.progress") {
        return { kind: "updates", group: FORM_MASTER };
    }
    if (resModel === "res.partner" && context.default_is_intervention_student) {
        return { kind: "students", group: ADMINISTRATOR };
    }
    return null;
}

/** Opens the addon's own import, which asks about dates, in the place of Odoo's. */
export class ImportMenu extends Component {
    static template = "intervention_tracking.ImportMenu";
    static components = { DropdownItem };
    static props = {};

    setup() {
        this.dialogs = useService("intervention_dialogs");
    }

    get label() {
        const { kind } = importedFrom(this.env.searchModel);
        return kind === "students" ? _t("Import Student List") : _t("Import Spreadsheet");
    }

    open() {
        const { kind } = importedFrom(this.env.searchModel);
        this.dialogs.open(
            "intervention.import",
            { default_kind: kind },
            { onClose: () => this.env.searchModel.search() }
        );
    }
}

registry.category("cogMenu").add(
    "intervention-import-menu",
    {
        Component: ImportMenu,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: async ({ config, searchModel }) => {
            const imported = searchModel && importedFrom(searchModel);
            return Boolean(
                imported &&
                    config.actionType === "ir.actions.act_window" &&
                    ["kanban", "list"].includes(config.viewType) &&
                    (await user.hasGroup(imported.group))
            );
        },
    },
    { sequence: 1 }
);
