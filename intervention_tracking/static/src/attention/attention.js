import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useRecordMeeting } from "../record_meeting/record_meeting";

/**
 * The first thing above the list of interventions: who needs a talk, and for
 * administrators what is missing of the marks. It is small when nobody does.
 */
export class Attention extends Component {
    static template = "intervention_tracking.Attention";
    static props = { numbers: Object };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.recordMeeting = useRecordMeeting(() => this.reload());
    }

    get attention() {
        return this.props.numbers.attention;
    }

    get countText() {
        const { count } = this.attention;
        return count === 1
            ? _t("1 student needs a talk")
            : _t("%(count)s students need a talk", { count });
    }

    /** What administrators are told of the marks, and where each leads to. */
    get troubles() {
        const { registers = 0, classes = [], notices = [] } = this.props.numbers.trouble || {};
        const missing = {
            icon: "fa-calendar-times-o",
            text: _t("Registers missing this week: %(count)s (%(classes)s)", {
                count: registers,
                classes: classes.join(", "),
            }),
            open: () => this.action.doAction("intervention_tracking.intervention_class_action_missing"),
        };
        return [
            ...(registers ? [missing] : []),
            ...notices.map(({ text, source }) => ({
                icon: "fa-plug",
                text,
                open: () =>
                    this.action.doAction({
                        type: "ir.actions.act_window",
                        res_model: "intervention.attendance.source",
                        res_id: source,
                        views: [[false, "form"]],
                    }),
            })),
        ];
    }

    /** A new list makes the panel ask for its numbers anew. */
    reload() {
        return this.env.searchModel.search();
    }

    openList() {
        return this.action.doAction("intervention_tracking.intervention_attention_action");
    }

    async openStudent({ student }) {
        return this.action.doAction(
            await this.orm.call("res.partner", "action_view_history", [[student]])
        );
    }

    record({ student }) {
        return this.recordMeeting({ default_student_id: student });
    }

    putOff({ standing }) {
        return this.action.doAction("intervention_tracking.intervention_not_now_action", {
            additionalContext: { default_standing_ids: [standing] },
            onClose: () => this.reload(),
        });
    }
}
