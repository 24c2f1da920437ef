import { browser } from "@web/core/browser/browser";

const frame = () => new Promise((resolve) => browser.requestAnimationFrame(resolve));

/**
 * Let who has recorded a meeting go on from its row or card, where the list shows it.
 *
 * @param {HTMLElement} view
 * @param {Object} list the model's root
 * @param {number} id of the meeting
 */
export async function focusRow(view, list, id) {
    // A dialog that closes gives the focus back to what had it before, in the next frame.
    await frame();
    await frame();
    const record = list.records.find(({ resId }) => resId === id);
    const row = record && view?.querySelector(`[data-id="${record.id}"]`);
    // Of a row, it is a cell that takes the focus.
    (row?.querySelector(".o_data_cell") || row)?.focus();
}
