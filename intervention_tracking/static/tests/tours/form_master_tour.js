import { registry } from "@web/core/registry";

const activeCases = (count) => ({
    content: `The dashboard counts ${count} active cases`,
    trigger: `.o_intervention_card[data-filter=active_cases] .o_intervention_number:text(${count})`,
});

registry.category("web_tour.tours").add("intervention_form_master", {
    steps: () => [
        activeCases(0),
        {
            content: "Record a meeting",
            trigger: "button:contains(+ Record New Meeting)",
            run: "click",
        },
        {
            content: "Look for the student by number",
            trigger: ".modal [name=student_id] input",
            run: "edit T-0001",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Ada Test)",
            run: "click",
        },
        {
            content: "Nothing is known about her yet",
            trigger: ".o_intervention_situation:contains(No earlier meetings.)",
        },
        {
            trigger: ".modal [name=root_cause] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Family Issue)",
            run: "click",
        },
        {
            trigger: ".modal [name=absence_reason] textarea",
            run: "edit She looks after her brother.",
        },
        {
            trigger: ".modal [name=intervention_notes] textarea",
            run: "edit She would like to come every day.",
        },
        {
            trigger: ".modal [name=action_plan] textarea",
            run: "edit Her aunt takes Mondays.",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        activeCases(1),
        {
            content: "Track it from its row",
            trigger: ".o_data_row:contains(Ada Test) button[name=action_track_progress]",
            run: "click",
        },
        {
            trigger: ".modal [name=update_text] textarea",
            run: "edit She came on all five days.",
        },
        {
            trigger: ".modal [name=status] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(/^Improving$/)",
            run: "click",
        },
        {
            trigger: ".modal .o_intervention_choices button:contains(In 2 weeks)",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_add]",
            run: "click",
        },
        {
            content: "The row shows the new status",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(Improving)",
        },
        {
            content: "Open the case and close it",
            trigger: ".o_data_row .o_data_cell[name=student_id]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button:contains(Close Case)",
            run: "click",
        },
        {
            content: "What was written before is there to be read",
            trigger: ".modal .o_data_row:contains(She came on all five days.)",
        },
        {
            trigger: ".modal [name=update_text] textarea",
            run: "edit A month without an absence.",
        },
        {
            trigger: ".modal button[name=action_add]",
            run: "click",
        },
        {
            content: "It is closed",
            trigger: ".o_intervention_status_line [aria-current]:contains(Closed)",
        },
        {
            trigger: ".o_breadcrumb a:contains(Interventions)",
            run: "click",
        },
        activeCases(0),
        {
            content: "The closed case is among all of them",
            trigger: ".o_intervention_card[data-filter=all_cases]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Ada Test):contains(Closed)",
        },
    ],
});
