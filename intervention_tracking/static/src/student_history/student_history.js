import { Component, onWillStart, useState } from "@odoo/owl";
import {
    deserializeDate,
    deserializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useRecordMeeting } from "../record_meeting/record_meeting";
import { isolate } from "../isolate";
import { AttendanceStrip } from "../attendance_strip/attendance_strip";
import { SinceMeeting } from "../since_meeting/since_meeting";
import { useTracker } from "../track/track_dialog";

const PAGE = 40;
const CHOICES = ["status", "root_cause", "urgency_level"];
const CHANGE_FIELDS = [
    "meeting_id",
    "field_label",
    "old_text",
    "new_text",
    "is_retracted",
    "retraction_note",
    "create_uid",
    "create_date",
];
const STATUS_COLORS = {
    open: "info",
    monitoring: "primary",
    improving: "success",
    not_improving: "warning",
    escalated: "danger",
    closed: "secondary",
};
const URGENCY_COLORS = { low: "secondary", medium: "warning", high: "danger" };

/** Everything about a student that the user may see: meetings, updates and changes, newest first. */
export class StudentHistory extends Component {
    static template = "intervention_tracking.StudentHistory";
    static components = { AttendanceStrip, Layout, SinceMeeting };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialogs = useService("intervention_dialogs");
        this.fieldService = useService("field");
        this.recordMeeting = useRecordMeeting(() => this.load());
        this.openTracker = useTracker();
        this.state = useState({ student: null, count: 0, meetings: [], strip: false });
        onWillStart(async () => {
            const [fields] = await Promise.all([
                this.fieldService.loadFields("intervention.meeting", { fieldNames: CHOICES }),
                this.load(),
                this.loadStudent(),
                this.loadAttendance(),
            ]);
            this.labels = Object.fromEntries(
                CHOICES.map((name) => [name, Object.fromEntries(fields[name].selection)])
            );
        });
    }

    get studentId() {
        return this.props.action.context.active_id;
    }

    async loadStudent() {
        const [student] = await this.orm.read(
            "res.partner",
            [this.studentId],
            ["name", "display_name", "student_number", "school_class_id", "has_left_school"],
            { context: { intervention_namesakes: true } }
        );
        this.state.student = student;
        this.env.config.setDisplayName(
            _t("History of %(student)s", { student: isolate(student.display_name) })
        );
    }

    async loadAttendance() {
        const { attendance } = await this.orm.call(
            "intervention.meeting",
            "get_student_situation",
            [this.studentId]
        );
        this.state.strip = attendance;
    }

    /** Load as many meetings as are shown, or the first ones. */
    async load() {
        await this.loadPage(0, Math.max(this.state.meetings.length, PAGE));
    }

    async loadMore() {
        await this.loadPage(this.state.meetings.length, PAGE);
    }

    async loadPage(offset, limit) {
        const { count, results } = await this.orm.call(
            "intervention.meeting",
            "get_student_history",
            [this.studentId, limit, offset]
        );
        const changes = await this.orm.searchRead(
            "intervention.change",
            [["meeting_id", "in", results.map((meeting) => meeting.id)]],
            CHANGE_FIELDS
        );
        for (const meeting of results) {
            meeting.changes = changes.filter((each) => each.meeting_id[0] === meeting.id);
        }
        this.state.count = count;
        this.state.meetings = [...this.state.meetings.slice(0, offset), ...results];
    }

    get countText() {
        const { count } = this.state;
        return count === 1 ? _t("1 meeting") : _t("%(count)s meetings", { count });
    }

    get isRecurring() {
        return this.state.count > 1;
    }

    get hasMore() {
        return this.state.count > this.state.meetings.length;
    }

    /** The meetings, their updates and their changes, in the order of their days. */
    get entries() {
        const entries = this.state.meetings.flatMap((meeting) => [
            this.meetingEntry(meeting),
            ...meeting.progress_updates.map((update) => this.updateEntry(meeting, update)),
            ...meeting.changes.map((change) => this.changeEntry(meeting, change)),
        ]);
        return entries.sort(
            (one, other) => other.day - one.day || other.rank - one.rank
        );
    }

    meetingEntry(meeting) {
        const date = deserializeDate(meeting.meeting_date);
        return {
            key: `meeting-${meeting.id}`,
            // What was noted on the day of the meeting came after it.
            day: date.startOf("day").toMillis(),
            rank: 0,
            meeting,
            time: toLocaleDateString(date),
            // Whose case it is now, who need not have held the meeting.
            author: _t("Form master: %(name)s", { name: isolate(meeting.form_master_name) }),
            cause: this.labels.root_cause[meeting.root_cause],
            status: this.badge("status", meeting.status, STATUS_COLORS),
            urgency: this.badge("urgency_level", meeting.urgency_level, URGENCY_COLORS),
            followUp:
                meeting.follow_up_date &&
                toLocaleDateString(deserializeDate(meeting.follow_up_date)),
        };
    }

    updateEntry(meeting, update) {
        const date = this.dateTime(update.created_at);
        const happened = deserializeDate(update.happened_on);
        return {
            key: `update-${update.id}`,
            day: happened.startOf("day").toMillis(),
            rank: date.toMillis(),
            update,
            time: toLocaleDateString(happened),
            entered: _t("Entered on %(time)s", { time: toLocaleDateTimeString(date) }),
            author: update.created_by_name,
            about: this.about(meeting),
            retracted: update.retracted && this.retractedText(update.retracted),
            oldStatus:
                update.old_status !== update.new_status &&
                this.badge("status", update.old_status, STATUS_COLORS),
            newStatus: this.badge("status", update.new_status, STATUS_COLORS),
            resolution:
                update.old_status !== "closed" &&
                update.new_status === "closed" &&
                meeting.resolution_notes !== update.update_text &&
                meeting.resolution_notes,
        };
    }

    changeEntry(meeting, change) {
        const date = deserializeDateTime(change.create_date);
        return {
            key: `change-${change.id}`,
            day: date.startOf("day").toMillis(),
            rank: date.toMillis(),
            change,
            retracted: change.is_retracted && change.retraction_note,
            time: toLocaleDateTimeString(date),
            author: change.create_uid[1],
            about: this.about(meeting),
        };
    }

    /** Tell who retracted an entry, when and why. */
    retractedText({ by_name, at, reason }) {
        return _t("Retracted by %(user)s on %(time)s: %(reason)s", {
            user: isolate(by_name),
            time: toLocaleDateTimeString(this.dateTime(at)),
            reason: isolate(reason),
        });
    }

    /** Return a time as the API writes it. */
    dateTime(text) {
        return deserializeDateTime(text.replace("T", " ").replace("Z", ""));
    }

    /** Name the case that an entry belongs to. */
    about(meeting) {
        return _t("%(cause)s, %(date)s", {
            cause: this.labels.root_cause[meeting.root_cause],
            date: toLocaleDateString(deserializeDate(meeting.meeting_date)),
        });
    }

    icon(entry) {
        if (entry.meeting) {
            return "fa-handshake-o text-primary";
        }
        return entry.change ? "fa-pencil text-700" : "fa-comment-o text-700";
    }

    badge(field, value, colors) {
        const color = colors[value];
        return {
            text: this.labels[field][value],
            class: `border border-${color} bg-${color}-subtle text-${color}-emphasis`,
        };
    }

    /** @param {Object} [meeting] a closed one, after which the cause is the same */
    record(meeting) {
        return this.recordMeeting({
            default_student_id: this.studentId,
            ...(meeting && { default_root_cause: meeting.root_cause }),
        });
    }

    openMeeting(meeting) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "intervention.meeting",
            res_id: meeting.id,
            views: [[false, "form"]],
        });
    }

    track(meeting) {
        this.openTracker({ meetingId: meeting.id, onDone: () => this.load() });
    }

    async showList() {
        return this.action.doAction(
            await this.orm.call("res.partner", "action_view_interventions", [
                [this.studentId],
            ])
        );
    }

    print() {
        this.dialogs.open("intervention.print.history", {
            default_student_id: this.studentId,
        });
    }
}

registry.category("actions").add("intervention_tracking.student_history", StudentHistory);
