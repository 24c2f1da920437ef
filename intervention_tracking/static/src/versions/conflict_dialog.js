import { Component, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { parseServerValue } from "@web/model/relational_model/utils";
import { useDialogName } from "../dialogs/dialog_name";
import { isolate } from "../isolate";

/**
 * @typedef {{
 *  version: string; with which it is saved next
 *  fields: {
 *      name: string,
 *      label: string,
 *      mine: string,
 *      theirs: string,
 *      value: any, what stands there, as the server sends it
 *      by: string,
 *      date: string,
 *  }[];
 * }} Conflict
 */

/** Both texts of each field that somebody else changed, too, to choose from or to merge. */
export class ConflictDialog extends Component {
    static template = "intervention_tracking.ConflictDialog";
    static components = { Dialog };
    static props = { close: Function, fields: Array, decide: Function };

    setup() {
        useDialogName(useRef("intro"));
        this.choices = useState(
            this.props.fields.map(({ mine }) => ({ pick: "mine", text: mine }))
        );
    }

    title = _t("Somebody else has changed this, too");

    theirsLabel({ by, date }) {
        return _t("Take theirs (by %(name)s, %(time)s)", {
            name: isolate(by),
            time: toLocaleDateTimeString(deserializeDateTime(date)),
        });
    }

    choose(index, pick) {
        Object.assign(this.choices[index], { pick, text: this.props.fields[index][pick] });
    }

    save() {
        this.props.decide(this.choices);
        this.props.close();
    }
}

/**
 * @param {Error} error
 * @returns {Conflict | undefined}
 */
export function conflictOf(error) {
    return error.data?.context?.intervention_conflict;
}

/**
 * Let who typed decide what is to stand in each field.
 *
 * @param dialog Odoo's service
 * @param record the record of the form, which keeps what was typed until then
 * @param {Conflict} conflict
 * @returns {Promise<Object | null>} the new values, or null to go on editing
 */
export function askAboutConflict(dialog, record, conflict) {
    const fields = conflict.fields.map((each) => ({
        ...each,
        isText: record.fields[each.name].type === "text",
    }));
    return new Promise((resolve) => {
        const decide = (choices) => {
            const values = { version: conflict.version };
            fields.forEach(({ name, isText, value }, index) => {
                const { pick, text } = choices[index];
                if (isText) {
                    values[name] = text;
                } else if (pick === "theirs") {
                    values[name] = parseServerValue(record.fields[name], value);
                }
                const seen = record.fields[`seen_${name}`];
                if (seen) {
                    values[`seen_${name}`] = parseServerValue(seen, value);
                }
            });
            resolve(values);
        };
        dialog.add(ConflictDialog, { fields, decide }, { onClose: () => resolve(null) });
    });
}
