import { useEffect } from "@odoo/owl";

/**
 * Name the dialog that an element is in by its title, for who can't see it; Odoo does not.
 *
 * @param {{ el: HTMLElement | null }} ref
 */
export function useDialogName(ref) {
    useEffect(
        (element) => {
            const dialog = element?.closest("[role=dialog]");
            const title = dialog?.querySelector(".modal-title");
            if (title) {
                title.id ||= `${dialog.parentElement.id}_title`;
                dialog.setAttribute("aria-labelledby", title.id);
            }
        },
        () => [ref.el]
    );
}
