import { registry } from "@web/core/registry";

const PLAN = ".modal [name=action_plan] textarea";
const TEMPLATE = ".modal [name=plan_template_id] input";

const choose = (name) => [
    {
        trigger: TEMPLATE,
        run: `edit ${name}`,
    },
    {
        trigger: `.o-autocomplete--dropdown-item a:contains(${name})`,
        run: "click",
    },
];
const planIs = (text) => ({
    content: `The plan is ${text}`,
    trigger: `${PLAN}:value(${text})`,
});

registry.category("web_tour.tours").add("intervention_plan_template", {
    steps: () => [
        {
            trigger: "button:contains(+ Record New Meeting)",
            run: "click",
        },
        {
            trigger: ".modal [name=student_id] input",
            run: "edit T-0001",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Ada Test)",
            run: "click",
        },
        ...choose("Asthma"),
        {
            content: "The cause follows from the template",
            trigger: ".modal [name=root_cause] input:value(Health Issue)",
        },
        planIs("Plan: Asthma, by …"),
        {
            content: "What to ask is shown",
            trigger: ".modal .o_intervention_guidance:contains(Ask about the nights.)",
        },
        {
            trigger: ".modal [name=urgency_level] input[data-value=high]:checked",
        },
        {
            content: "Another template replaces what nobody has touched",
            trigger: TEMPLATE,
            run: "click",
        },
        ...choose("Toothache"),
        planIs("Plan: Toothache, by …"),
        {
            trigger: PLAN,
            run: "edit Dentist on Monday.",
        },
        ...choose("Asthma"),
        {
            trigger: ".modal .o_intervention_guidance:contains(Ask about the nights.)",
        },
        planIs("Dentist on Monday."),
        {
            trigger: ".modal [name=absence_reason] textarea",
            run: "edit She coughs.",
        },
        {
            trigger: ".modal [name=intervention_notes] textarea",
            run: "edit She is tired.",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Open the case",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(Ada Test) .o_data_cell[name=student_id]",
            run: "click",
        },
        {
            content: "It says which template was used, and that stays",
            trigger: ".o_field_widget[name=plan_template_id].o_readonly_modifier:contains(Asthma)",
        },
    ],
});
