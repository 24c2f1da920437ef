import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { TourPointer } from "@web_tour/js/tour_pointer/tour_pointer";
import { tourState } from "@web_tour/js/tour_state";

export const TOUR = "intervention_tour";

/**
 * In our tour, the pointer is in dialogs too, and its text is there without hovering,
 * which a phone does not know. Odoo hides a pointer when a dialog opens, and does not
 * look again when it points into that dialog.
 */
patch(TourPointer.prototype, {
    setup() {
        super.setup();
        this.interventionUi = useService("ui");
    },

    get isOfIntervention() {
        return tourState.getCurrentTour() === TOUR;
    },

    get isVisible() {
        const { anchor, isVisible } = this.props.pointerState;
        if (!this.isOfIntervention || !anchor) {
            return super.isVisible;
        }
        // What tells to scroll hangs on a mark in the page's body.
        const isMark = anchor.parentElement === document.body;
        return isVisible && (isMark || this.interventionUi.activeElement.contains(anchor));
    },

    get isOpen() {
        return this.isOfIntervention ? Boolean(this.content) : super.isOpen;
    },
});
