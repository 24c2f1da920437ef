import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("intervention_administrator", {
    steps: () => [
        {
            content: "The cases of every form master are there",
            trigger: ".o_data_row:contains(Ada Test):has([name=form_master_id][data-tooltip='Test fm'])",
        },
        {
            trigger: ".o_data_row:contains(Cy Test):has([name=form_master_id][data-tooltip='Test fm2'])",
        },
        {
            content: "Choose one case",
            trigger: ".o_data_row:contains(Ada Test) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button:contains(Hand Over)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=form_master_id] input",
            run: "edit Test fm2",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Test fm2)",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_reassign]",
            run: "click",
        },
        {
            content: "It has its new form master",
            trigger: ".o_data_row:contains(Ada Test):has([name=form_master_id][data-tooltip='Test fm2'])",
        },
    ],
});
