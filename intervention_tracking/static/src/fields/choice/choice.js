import { useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import {
    FilterableSelectionField,
    filterableSelectionField,
} from "@web/views/fields/selection/filterable_selection_field";

/**
 * The menu of a choice in which typing chooses: the list follows each key at once, and
 * Enter and Tab take what is highlighted, the best match if the arrows were not used.
 * Odoo's waits for a pause, and takes the first of the whole list until then.
 */
export class ChoiceMenu extends SelectMenu {
    setup() {
        super.setup();
        this.isEmptied = false;
        this.debouncedOnInput = (ev) => {
            this.isEmptied = !ev.target.value;
            this.state.searchValue = ev.target.value;
            if (this.dropdownState.isOpen) {
                this.onInput(ev.target.value);
            } else {
                this.dropdownState.open();
            }
        };
        useEffect(
            (input) => {
                const onKeydown = this.onKeydown.bind(this);
                input?.addEventListener("keydown", onKeydown);
                return () => input?.removeEventListener("keydown", onKeydown);
            },
            () => [this.inputRef.el]
        );
    }

    /** @override that what was typed to open the list is looked for in it */
    async onBeforeOpen() {
        this.onInput(this.state.searchValue || "");
    }

    /** @override that who has a keyboard gets to the list on a narrow screen, too */
    onInputFocus(ev) {
        this.isEmptied = false;
        if (this.props.searchable) {
            super.onInputFocus(ev);
        } else {
            // A phone's own keyboard would cover the list.
            ev.target.inputMode = "none";
        }
    }

    /**
     * @override that only who has emptied the text takes the choice back: Odoo's also
     * takes back one that is not drawn yet when the field is left
     */
    onInputBlur(ev) {
        if (this.isEmptied) {
            super.onInputBlur(ev);
        } else {
            this.state.isFocused = false;
        }
    }

    onItemSelected(value) {
        this.isEmptied = false;
        super.onItemSelected(value);
        if (!this.props.searchable) {
            this.inputRef.el?.focus();
        }
    }

    onKeydown(ev) {
        if (!this.props.searchable) {
            const opens = ["Enter", " ", "ArrowDown"].includes(ev.key);
            if (opens) {
                this.dropdownState.open();
            }
            if (opens || ev.key.length === 1) {
                ev.preventDefault();
                ev.stopPropagation();
            }
            return;
        }
        if (
            !["Enter", "Tab"].includes(ev.key) ||
            ev.isComposing ||
            !this.dropdownState.isOpen
        ) {
            return;
        }
        // The keys of the list are not for this one.
        ev.stopPropagation();
        const isTyped = Boolean(this.state.searchValue);
        if (ev.key === "Enter" || isTyped) {
            const active = this.menuRef.el?.querySelector(".focus[data-choice-index]");
            const choice = this.state.displayedOptions[active?.dataset.choiceIndex ?? 0];
            if (choice) {
                this.onItemSelected(choice.value);
            } else if (ev.key === "Enter") {
                return;
            }
        }
        if (ev.key === "Enter") {
            ev.preventDefault();
        }
        this.dropdownState.close();
    }
}

export class Choice extends FilterableSelectionField {
    static components = { ...FilterableSelectionField.components, SelectMenu: ChoiceMenu };
}

registry.category("fields").add("intervention_choice", {
    ...filterableSelectionField,
    component: Choice,
    displayName: _t("Choice"),
});
