import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

/** A badge of dark text on a light ground: Odoo's own are too pale to be read by all. */
export class SoftBadge extends BadgeField {
    get badgeClass() {
        const [, color] = super.badgeClass.match(/^text-bg-([a-z]+)$/) || [];
        return color
            ? `border border-${color} bg-${color}-subtle text-${color}-emphasis`
            : "border text-bg-200";
    }
}

registry.category("fields").add("intervention_badge", {
    ...badgeField,
    component: SoftBadge,
});
