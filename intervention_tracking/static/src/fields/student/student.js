import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Many2One } from "@web/views/fields/many2one/many2one";
import { buildM2OFieldDescription, Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { Many2XAutocomplete } from "@web/views/fields/relational_utils";

/** Whoever finds no student by what they typed is offered the list of all. */
export class StudentAutocomplete extends Many2XAutocomplete {
    buildNoRecordsSuggestion() {
        return { ...super.buildNoRecordsSuggestion(), label: _t("No student found") };
    }

    get actionSuggestions() {
        return [
            ...super.actionSuggestions,
            {
                enabled: ({ records }) => records?.length === 0,
                build: () => ({
                    ...this.buildSearchMoreSuggestion(""),
                    label: _t("Look through all students..."),
                }),
            },
        ];
    }
}

class StudentMany2One extends Many2One {
    static components = { ...Many2One.components, Many2XAutocomplete: StudentAutocomplete };
}

export class StudentField extends Many2OneField {
    static components = { Many2One: StudentMany2One };
}

registry.category("fields").add("intervention_student", {
    ...buildM2OFieldDescription(StudentField),
});
