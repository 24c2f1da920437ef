import { registry } from "@web/core/registry";
import { Many2One } from "@web/views/fields/many2one/many2one";
import { buildM2OFieldDescription, Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { Many2XAutocomplete } from "@web/views/fields/relational_utils";
import {
    Many2OneAvatarUser,
    Many2OneAvatarUserField,
    many2OneAvatarUserField,
} from "@mail/views/web/fields/many2one_avatar_user_field/many2one_avatar_user_field";
import { Many2XAvatarUserAutocomplete } from "@mail/views/web/fields/avatar_autocomplete/avatar_many2x_autocomplete";

const TEMPLATE = "intervention_tracking.TypeaheadAutocomplete";

/**
 * The search in the field itself, on a phone too: Odoo opens there a screen of all
 * records, in which one has to find the search first.
 */
export class TypeaheadAutocomplete extends Many2XAutocomplete {
    static template = TEMPLATE;
}

export class TypeaheadMany2One extends Many2One {
    static components = { ...Many2One.components, Many2XAutocomplete: TypeaheadAutocomplete };
}

export class TypeaheadField extends Many2OneField {
    static components = { Many2One: TypeaheadMany2One };
}

class TypeaheadUserAutocomplete extends Many2XAvatarUserAutocomplete {
    static template = TEMPLATE;
}

class TypeaheadMany2OneUser extends Many2OneAvatarUser {
    static components = {
        ...Many2OneAvatarUser.components,
        Many2XAutocomplete: TypeaheadUserAutocomplete,
    };
}

export class TypeaheadUserField extends Many2OneAvatarUserField {
    static components = {
        ...Many2OneAvatarUserField.components,
        Many2OneAvatarUser: TypeaheadMany2OneUser,
    };
}

registry
    .category("fields")
    .add("intervention_typeahead", buildM2OFieldDescription(TypeaheadField))
    .add("intervention_typeahead_user", {
        ...many2OneAvatarUserField,
        component: TypeaheadUserField,
    });
