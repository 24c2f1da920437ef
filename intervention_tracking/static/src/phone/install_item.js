import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const MENU = "intervention_tracking.intervention_menu_root";
const PAGE = "/scoped_app?app_id=intervention_tracking&path=scoped_app%2Finterventions";

/** Odoo offers its own apps only to be installed apart from the rest. */
function installItem(env) {
    return {
        type: "item",
        id: "intervention_install",
        description: _t("Install Interventions"),
        callback: () => browser.open(PAGE),
        show: () =>
            env.services.menu.getCurrentApp()?.xmlid === MENU && !env.services.pwa.isScopedApp,
        sequence: 66,
    };
}

registry.category("user_menuitems").add("intervention_install", installItem);
