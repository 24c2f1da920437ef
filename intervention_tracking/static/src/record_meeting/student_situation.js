import { Component, useState } from "@odoo/owl";
import { formatDate, deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { AttendanceStrip } from "../attendance_strip/attendance_strip";
import { useTracker } from "../track/track_dialog";

/** What is known about the student already, while a meeting is being recorded. */
export class StudentSituation extends Component {
    static template = "intervention_tracking.StudentSituation";
    static components = { AttendanceStrip };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.openTracker = useTracker();
        this.keepLast = new KeepLast();
        this.state = useState({ studentId: false, situation: null });
        useRecordObserver((record) => this.load(record.data.student_id?.id || false));
    }

    async load(studentId) {
        if (studentId === this.state.studentId) {
            return;
        }
        this.state.studentId = studentId;
        this.state.situation = null;
        await this.reload();
    }

    async reload() {
        const { studentId } = this.state;
        if (studentId) {
            this.state.situation = await this.keepLast.add(
                this.orm.silent.call("intervention.meeting", "get_student_situation", [
                    studentId,
                ])
            );
        }
    }

    get countText() {
        const { count, last_meeting_date } = this.state.situation;
        if (!count) {
            return _t("No earlier meetings.");
        }
        const date = this.date(last_meeting_date);
        return count === 1
            ? _t("1 earlier meeting, on %(date)s.", { date })
            : _t("%(count)s earlier meetings, the last one on %(date)s.", { count, date });
    }

    get relapseText() {
        const { closed_date, since } = this.state.situation.relapse;
        return _t(
            "A case was closed on %(closed)s. Since %(since)s the absences call for a talk again.",
            { closed: this.date(closed_date), since: this.date(since) }
        );
    }

    get active() {
        return this.state.situation.active.map((meeting) => ({
            id: meeting.id,
            isSame: meeting.root_cause === this.props.record.data.root_cause,
            text: _t("%(cause)s (%(status)s, %(date)s)", {
                cause: this.label("root_cause", meeting.root_cause),
                status: this.label("status", meeting.status),
                date: this.date(meeting.meeting_date),
            }),
        }));
    }

    get isDuplicate() {
        return this.active.some((meeting) => meeting.isSame);
    }

    /** Open the tracker above the form, in which everything stays as it is. */
    track(meeting) {
        this.openTracker({
            meetingId: meeting.id,
            onDone: () => Promise.all([this.reload(), this.env.onCaseTracked?.()]),
        });
    }

    date(value) {
        return formatDate(deserializeDate(value));
    }

    label(field, value) {
        return Object.fromEntries(this.props.record.fields[field].selection)[value];
    }
}

registry.category("view_widgets").add("intervention_student_situation", {
    component: StudentSituation,
    fieldDependencies: [
        { name: "student_id", type: "many2one" },
        { name: "root_cause", type: "selection" },
        { name: "status", type: "selection" },
    ],
});
