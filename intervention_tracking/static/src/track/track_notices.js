import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What to know about the case, in one line, each with what to do about it. */
export class TrackNotices extends Component {
    static template = "intervention_tracking.TrackNotices";
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.dialogs = useService("intervention_dialogs");
        this.orm = useService("orm");
        this.since = useState({ isContacted: false });
    }

    get meetingId() {
        return this.props.record.data.meeting_id.id;
    }

    get notices() {
        const { data } = this.props.record;
        const isEscalated = data.status === "escalated";
        return [
            data.is_overdue && {
                label: _t("Overdue"),
                title: _t("The follow-up is overdue. It stays so until the case has a new date."),
                icon: "fa-clock-o",
                color: "danger",
            },
            data.lacks_improvement && {
                label: _t("No improvement"),
                title: _t("Three or more updates, none of them with an improvement."),
                icon: "fa-level-down",
                color: "warning",
                act: !isEscalated && {
                    label: _t("Escalate"),
                    run: () => this.props.record.update({ status: "escalated" }),
                },
            },
            data.is_recurring && {
                label: _t("Recurring"),
                title: _t("The student has two or more interventions."),
                icon: "fa-repeat",
                color: "info",
                act: { label: _t("See them all"), run: () => this.showHistory() },
            },
            isEscalated &&
                !data.is_family_contacted &&
                !this.since.isContacted && {
                    label: _t("Family not contacted"),
                    title: _t("The family has not been contacted yet."),
                    icon: "fa-phone",
                    color: "warning",
                    act: { label: _t("Log a contact"), run: () => this.logContact() },
                },
        ].filter(Boolean);
    }

    /** In another window: what is being written here stays. */
    showHistory() {
        return this.action.doActionButton(
            {
                type: "object",
                name: "action_view_student",
                resModel: "intervention.meeting",
                resId: this.meetingId,
            },
            { newWindow: true }
        );
    }

    logContact() {
        const context = { default_meeting_id: this.meetingId };
        this.dialogs.open("intervention.contact", context, {
            onDone: async () => {
                const [meeting] = await this.orm.read(
                    "intervention.meeting",
                    [this.meetingId],
                    ["is_family_contacted"]
                );
                this.since.isContacted = meeting.is_family_contacted;
            },
        });
    }
}

registry.category("view_widgets").add("intervention_track_notices", {
    component: TrackNotices,
    fieldDependencies: [
        { name: "is_overdue", type: "boolean" },
        { name: "is_recurring", type: "boolean" },
        { name: "lacks_improvement", type: "boolean" },
        { name: "is_family_contacted", type: "boolean" },
    ],
});
