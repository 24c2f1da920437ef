import { _t } from "@web/core/l10n/translation";

/** What the web client asks before it deletes cases: a deleted case is archived. */
export function deleteDialogTexts() {
    return {
        title: _t("Move to the archive?"),
        body: _t(
            "What you delete goes to the archive, and you no longer see it. An administrator can restore it."
        ),
        confirmLabel: _t("Delete"),
    };
}
