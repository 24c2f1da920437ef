import { onError } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * Tell why a record is not shown. Who comes by its address is taken to the list, and what
 * Odoo says of the reason is lost on the way.
 */
export function useRefusalTold() {
    const notification = useService("notification");
    onError((error) => {
        const { message, name } = error.cause?.data || {};
        if (name === "odoo.exceptions.AccessError") {
            notification.add(message, { type: "danger", sticky: true });
        }
        throw error;
    });
}
