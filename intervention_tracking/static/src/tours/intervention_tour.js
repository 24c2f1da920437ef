import { markup } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { TOUR } from "./tour_pointer";

/** Leads a new form master through their first case: record, track, dashboard. */
registry.category("web_tour.tours").add(TOUR, {
    url: "/odoo/interventions",
    steps: () => [
        {
            isActive: ["desktop"],
            trigger: ".o_list_button_add",
            content: _t("You spoke with a student who misses school? Record it here."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".o-kanban-button-new",
            content: _t("You spoke with a student who misses school? Record it here."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=student_id] input",
            content: markup(
                _t("<b>Write a few letters</b> of the name, or the student number.")
            ),
            tooltipPosition: "bottom",
            run: "edit a",
        },
        {
            isActive: ["auto"],
            trigger: ".o-autocomplete--dropdown-item a:not(.o_loading)",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: ".modal .o_intervention_situation",
        },
        {
            isActive: ["desktop"],
            trigger: ".modal .o_field_widget[name=root_cause] input",
            content: _t("Why does the student miss school? Choose the main cause."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".modal .o_field_widget[name=root_cause] .o_select_menu_toggler",
            content: _t("Why does the student miss school? Choose the main cause."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: ".o_select_menu_item:eq(1)",
            run: "click",
        },
        {
            trigger: ".modal [name=absence_reason] textarea",
            content: _t("What does the student say? Their own words help most."),
            tooltipPosition: "top",
            run: "edit She looks after her brother on Mondays.",
        },
        {
            trigger: ".modal [name=intervention_notes] textarea",
            content: _t("What did you observe, and what did you talk about?"),
            tooltipPosition: "top",
            run: "edit She would like to come every day.",
        },
        {
            trigger: ".modal [name=action_plan] textarea",
            content: _t("What did you agree: who does what, until when?"),
            tooltipPosition: "top",
            run: "edit Her aunt takes Mondays.",
        },
        {
            trigger: ".modal .o_form_button_save",
            content: markup(_t("<b>Record</b> it. Only you and administrators can read it.")),
            tooltipPosition: "top",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: "body:not(:has(.modal))",
        },
        {
            isActive: ["desktop"],
            trigger: ".o_data_row button[name=action_track_progress]",
            content: markup(_t("A week later: <b>track</b> how it goes.")),
            tooltipPosition: "left",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".o_kanban_record button[name=action_track_progress]",
            content: markup(_t("A week later: <b>track</b> how it goes.")),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".modal [name=update_text] textarea",
            content: _t("What happened since the last time? Every note stays in the history."),
            tooltipPosition: "bottom",
            run: "edit She came on all five days.",
        },
        {
            isActive: ["desktop"],
            trigger: ".modal .o_field_widget[name=status] input",
            content: _t("Say how the case stands now."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".modal .o_field_widget[name=status] .o_select_menu_toggler",
            content: _t("Say how the case stands now."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: ".o_select_menu_item:eq(2)",
            run: "click",
        },
        {
            trigger: ".modal .o_intervention_choices button",
            content: _t("Choose when you will look at it again."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_add]",
            content: _t("Add the update. It can't be changed afterwards, by anybody."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: "body:not(:has(.modal))",
        },
        {
            trigger: ".o_intervention_card[data-filter=overdue]",
            content: markup(
                _t("Look here in the morning: <b>each number shows its cases</b>.")
            ),
            tooltipPosition: "bottom",
            run: "click",
        },
    ],
});
