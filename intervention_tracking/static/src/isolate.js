import { localization } from "@web/core/l10n/localization";

const TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const TO_RIGHT = /[^\P{L}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u;

/**
 * Return a name so that it does not scramble the sentence that it is put into, where it is
 * read from the other side than the language of the screen; for titles and the like, which
 * can't have a `dir`.
 *
 * @param {string} text
 * @returns {string}
 */
export function isolate(text) {
    const other = localization.direction === "rtl" ? TO_RIGHT : TO_LEFT;
    return other.test(text || "") ? `\u2068${text}\u2069` : text;
}
