const GAP = /…|\.\.\./g;

/**
 * The places in a plan that its template leaves to be filled in.
 *
 * @param {Object} record the meeting in the form
 * @param {string} [text] the plan as it is being typed
 * @returns {RegExpMatchArray[]}
 */
export function gapsIn(record, text = record.data.action_plan) {
    // Who writes a plan of their own may well use three dots.
    const hasGaps = (record.data.plan_template_action_plan || "").search(GAP) >= 0;
    return hasGaps ? [...(text || "").matchAll(GAP)] : [];
}

export function gapsLeft(record) {
    return record.isNew ? gapsIn(record).length : 0;
}
