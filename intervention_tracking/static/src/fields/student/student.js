import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import {
    Many2ManyTagsField,
    many2ManyTagsField,
} from "@web/views/fields/many2many_tags/many2many_tags_field";
import { buildM2OFieldDescription, Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { TypeaheadAutocomplete, TypeaheadMany2One } from "../typeahead/typeahead";

/** Whoever finds no student by what they typed is offered the list of all. */
export class StudentAutocomplete extends TypeaheadAutocomplete {
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

class StudentMany2One extends TypeaheadMany2One {
    static components = {
        ...TypeaheadMany2One.components,
        Many2XAutocomplete: StudentAutocomplete,
    };
}

export class StudentField extends Many2OneField {
    static components = { Many2One: StudentMany2One };
}

export class StudentsField extends Many2ManyTagsField {
    static components = {
        ...Many2ManyTagsField.components,
        Many2XAutocomplete: StudentAutocomplete,
    };
}

registry
    .category("fields")
    .add("intervention_student", buildM2OFieldDescription(StudentField))
    .add("intervention_students", {
        ...many2ManyTagsField,
        additionalClasses: ["o_field_many2many_tags"],
        component: StudentsField,
    });
