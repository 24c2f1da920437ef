import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { markText } from "./register_row";

/** The marks that somebody else has saved meanwhile, beside one's own, to choose from. */
export class RegisterConflictDialog extends Component {
    static template = "intervention_tracking.RegisterConflictDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        // Of the server: student, name, mine, theirs, stored; isTapped: whether mine was chosen.
        conflicts: Array,
        decide: Function,
    };

    setup() {
        // Who was tapped was meant; who was only left as they were was not.
        this.picks = useState(
            Object.fromEntries(
                this.props.conflicts.map(({ student, isTapped }) => [
                    student,
                    isTapped ? "mine" : "theirs",
                ])
            )
        );
    }

    title = _t("Somebody else has saved this register, too");

    text(conflict, pick) {
        const { note } = conflict[pick];
        return note ? `${markText(conflict[pick])} · ${note}` : markText(conflict[pick]);
    }

    save() {
        this.props.decide(this.picks);
        this.props.close();
    }
}
