import { Component, useExternalListener, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { getTabableElements } from "@web/core/utils/ui";

const SEARCH = ".o_action_manager .o_searchview_input";

function isOurs({ action } = {}) {
    return [
        [action?.res_model, "intervention."],
        [action?.tag, "intervention_tracking."],
        [action?.xml_id, "intervention_tracking."],
    ].some(([name, start]) => name && name.startsWith(start));
}

/**
 * Leads who uses the keyboard past the control panel of our views.
 *
 * Odoo's search box has the focus first, and goes round in its filters when Tab is
 * pressed: from the box, Tab leads here, and on to what follows the box.
 */
export class SkipLink extends Component {
    static template = "intervention_tracking.SkipLink";
    static props = {};

    setup() {
        this.action = useService("action");
        this.link = useRef("link");
        this.state = useState({ isOurs: false });
        this.search = null;
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", () => {
            this.state.isOurs = isOurs(this.action.currentController || undefined);
        });
        // Before Odoo's service of hotkeys.
        useExternalListener(window, "keydown", this.onKeydown, { capture: true });
    }

    onKeydown(ev) {
        if (this.link.el && ev.key === "Tab" && !ev.altKey && !ev.ctrlKey && !ev.metaKey) {
            const next = this.nextOf(ev.target, ev.shiftKey);
            if (next) {
                next.focus();
                ev.preventDefault();
                ev.stopImmediatePropagation();
            }
        }
    }

    /** Return what gets the focus, where it is not what the web client would choose. */
    nextOf(element, isBack) {
        if (element === this.link.el && this.search?.isConnected) {
            const all = getTabableElements();
            return all[all.indexOf(this.search) + (isBack ? 0 : 1)];
        }
        const isChoosing = document.querySelector(".o_searchview_autocomplete");
        if (element.matches(SEARCH) && !isBack && !isChoosing) {
            this.search = element;
            return this.link.el;
        }
        return null;
    }

    onBlur() {
        this.search = null;
    }

    skip() {
        const content = document.querySelector(".o_action_manager .o_content");
        getTabableElements(content || undefined)[0]?.focus();
    }
}

registry
    .category("systray")
    .add("intervention_tracking.SkipLink", { Component: SkipLink }, { sequence: -1 });
