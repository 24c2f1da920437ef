import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";
import { isolate } from "../isolate";
import { EmptyState } from "./empty_state";

// Of Odoo's numbered colours: red, orange and blue.
const COLORS = { overdue: 1, high: 2, other: 4 };

/** What stands in the calendar: who and why, and that it is overdue. */
export class InterventionCalendarModel extends CalendarModel {
    normalizeRecord(rawRecord) {
        const record = super.normalizeRecord(rawRecord);
        const causes = Object.fromEntries(this.meta.fields.root_cause.selection);
        const names = {
            student: isolate(rawRecord.student_id[1]),
            cause: causes[rawRecord.root_cause],
        };
        if (rawRecord.is_overdue) {
            record.title = _t("%(student)s, %(cause)s – overdue", names);
            record.colorIndex = COLORS.overdue;
        } else {
            record.title = _t("%(student)s, %(cause)s", names);
            record.colorIndex = COLORS[rawRecord.urgency_level] ?? COLORS.other;
        }
        return record;
    }

    /** A follow-up that somebody else has moved meanwhile stays where it is. */
    async updateRecord(record, options) {
        const { context } = this.meta;
        const { version } = this.records[record.id].rawRecord;
        this.meta.context = { ...context, intervention_version: version };
        const saving = super.updateRecord(record, options);
        this.meta.context = context;
        try {
            await saving;
        } catch (error) {
            await this.load();
            throw error;
        }
    }

    /** The filters have no colour, as the colours tell something else. */
    addFilterFields() {
        return {};
    }
}

class InterventionCalendarCommonRenderer extends CalendarCommonRenderer {
    /** A follow-up is not over when its day is; Odoo fades events that are. */
    eventClassNames() {
        return super.eventClassNames(...arguments).filter((name) => name !== "o_past_event");
    }
}

export class InterventionCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: InterventionCalendarCommonRenderer,
        week: InterventionCalendarCommonRenderer,
        month: InterventionCalendarCommonRenderer,
    };
}

export class InterventionCalendarController extends CalendarController {
    static template = "intervention_tracking.CalendarController";
    static components = { ...CalendarController.components, EmptyState };

    get isEmpty() {
        return this.model.isReady && !Object.keys(this.model.records).length;
    }
}

registry.category("views").add("intervention_calendar", {
    ...calendarView,
    Controller: InterventionCalendarController,
    Model: InterventionCalendarModel,
    Renderer: InterventionCalendarRenderer,
});
