import { mailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, onRpc } from "@web/../tests/web_test_helpers";

export const NUMBERS = {
    total_meetings: 12,
    active_cases: 7,
    high_urgency: 3,
    overdue_followups: 2,
    recurring_students: 0,
    recurring: [],
};

export class InterventionMeeting extends models.Model {
    _name = "intervention.meeting";

    student_id = fields.Many2one({ relation: "student" });
    absence_reason = fields.Text();
    action_plan = fields.Text();
    activity_ids = fields.One2many({ relation: "mail.activity" });
    activity_state = fields.Selection({ selection: [["planned", "Planned"]] });
    class_id = fields.Many2one({ relation: "student" });
    closed_date = fields.Date();
    progress_ids = fields.One2many({ relation: "intervention.progress" });
    version = fields.Char();
    follow_up_date = fields.Date();
    plan_days = fields.Integer();
    is_overdue = fields.Boolean();
    is_recurring = fields.Boolean();
    lacks_improvement = fields.Boolean();
    file_ids = fields.Many2many({ relation: "intervention.file" });
    plan_template_id = fields.Many2one({ relation: "plan.template" });
    plan_template_guidance = fields.Text();
    meeting_date = fields.Date({ default: "2019-03-11" });
    plan_template_action_plan = fields.Text();
    plan_template_fill = fields.Json();
    urgency_level = fields.Selection({
        selection: [
            ["low", "Low"],
            ["high", "High"],
        ],
    });
    root_cause = fields.Selection({
        selection: [
            ["health", "Health Issue"],
            ["family", "Family Issue"],
        ],
    });
    status = fields.Selection({
        selection: [
            ["open", "Open"],
            ["monitoring", "Monitoring"],
            ["escalated", "Escalated"],
            ["closed", "Closed"],
        ],
    });

    _records = [
        { id: 1, student_id: 101, root_cause: "health", status: "open", urgency_level: "high" },
        { id: 2, student_id: 102, root_cause: "family", status: "monitoring" },
        { id: 3, student_id: 102, root_cause: "health", status: "closed" },
    ];
    _views = {
        list: /* xml */ `
            <list js_class="intervention_list">
                <field name="student_id" />
                <field name="status" />
            </list>`,
        kanban: /* xml */ `
            <kanban js_class="intervention_kanban" default_group_by="status">
                <templates>
                    <t t-name="card"><field name="student_id" /></t>
                </templates>
            </kanban>`,
        search: /* xml */ `
            <search>
                <filter name="active_cases" string="Active Cases" domain="[('status', '!=', 'closed')]" />
                <filter name="high_urgency" string="High Urgency Cases" domain="[('urgency_level', '=', 'high')]" />
                <filter name="overdue" string="Overdue Follow-ups" domain="[('id', '=', 1)]" />
                <separator />
                <filter name="status_monitoring" string="Monitoring" domain="[('status', '=', 'monitoring')]" />
                <filter name="status_closed" string="Closed" domain="[('status', '=', 'closed')]" />
                <separator />
                <filter name="urgency_level_high" string="Urgency: High" domain="[('urgency_level', '=', 'high')]" />
                <separator />
                <filter name="recurring" string="Recurring Students" domain="[('student_id', '=', 102)]" />
            </search>`,
    };
}

export class InterventionProgress extends models.Model {
    _name = "intervention.progress";

    happened_on = fields.Date();
    update_text = fields.Text();
    is_retracted = fields.Boolean();
    create_uid = fields.Many2one({ relation: "res.users" });
}

class InterventionFile extends models.Model {
    _name = "intervention.file";

    name = fields.Char();
    mimetype = fields.Char();
    meeting_id = fields.Many2one({ relation: "intervention.meeting" });
    is_retracted = fields.Boolean();
    can_retract = fields.Boolean();
    create_uid = fields.Many2one({ relation: "res.users" });
}

class Student extends models.Model {
    _name = "student";

    name = fields.Char();

    _records = [
        { id: 101, name: "Ada Test" },
        { id: 102, name: "Ben Test" },
    ];
    _views = { list: `<list><field name="name" /></list>` };
}

class PlanTemplate extends models.Model {
    _name = "plan.template";

    name = fields.Char();

    _records = [{ id: 201, name: "Asthma" }];
}

export function defineInterventionModels() {
    defineModels({
        ...mailModels,
        InterventionFile,
        InterventionMeeting,
        InterventionProgress,
        Student,
        PlanTemplate,
    });
}

/**
 * Let the mock server answer a method of meetings.
 *
 * @param {string} method
 * @param {object | Function} answer
 */
export function answerMeetings(method, answer) {
    onRpc("intervention.meeting", method, typeof answer === "function" ? answer : () => answer);
}
