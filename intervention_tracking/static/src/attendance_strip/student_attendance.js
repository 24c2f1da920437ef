import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { AttendanceStrip } from "./attendance_strip";

/** The attendance of a form's student, asked for when the form is there. */
export class StudentAttendance extends Component {
    static template = "intervention_tracking.StudentAttendance";
    static components = { AttendanceStrip };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ studentId: false, strip: false });
        useRecordObserver((record) => {
            // The form does not wait for it.
            this.load(this.studentOf(record));
        });
    }

    studentOf({ resModel, resId, data }) {
        if (resModel === "res.partner") {
            return data.is_intervention_student && resId;
        }
        return data.student_id?.id;
    }

    async load(studentId) {
        if (studentId === this.state.studentId) {
            return;
        }
        Object.assign(this.state, { studentId, strip: false });
        if (studentId) {
            const { attendance } = await this.keepLast.add(
                this.orm.silent.call("intervention.meeting", "get_student_situation", [studentId])
            );
            this.state.strip = attendance;
        }
    }
}

registry.category("view_widgets").add("intervention_student_attendance", {
    component: StudentAttendance,
});
