import { _t } from "@web/core/l10n/translation";

/** What the web client asks before it deletes cases: a deleted case is archived. */
export function deleteDialogTexts() {
    return {
        title: _t("Move to the archive?"),
        body: _t(
            "You no longer see what is deleted. Nothing of it is lost: an administrator can restore it."
        ),
        confirmLabel: _t("Delete"),
    };
}
