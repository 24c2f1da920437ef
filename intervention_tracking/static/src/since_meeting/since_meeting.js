import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { dayText, drawing } from "../attendance_strip/marks";

// Up to how many days the line goes: the first that has room for all that is on it.
const LENGTHS = [5, 10, 20];

/** What changed after the meeting of a case; see `get_effect` of `intervention.meeting`. */
export class SinceMeeting extends Component {
    static template = "intervention_tracking.SinceMeeting";
    static props = {
        meetingId: { type: [Number, Boolean] },
        // Another one, and it is asked for again.
        version: { type: [String, Boolean], optional: true },
        // Where it is known already, it is not asked for.
        effect: { type: [Object, Boolean], optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        Object.assign(this, drawing);
        this.state = useState({ effect: false });
        // Nothing waits for it.
        onWillStart(() => {
            this.load(this.props);
        });
        onWillUpdateProps((props) => {
            const { meetingId, version, effect } = this.props;
            if (
                props.meetingId !== meetingId ||
                props.version !== version ||
                props.effect !== effect
            ) {
                this.load(props);
            }
        });
    }

    async load({ meetingId, effect }) {
        if (effect !== undefined) {
            this.state.effect = effect;
            return;
        }
        try {
            this.state.effect =
                meetingId &&
                (await this.keepLast.add(
                    this.orm.silent.call("intervention.meeting", "get_effect", [[meetingId]])
                ));
        } catch {
            // The case is there without it, also when there is no connection.
            this.state.effect = false;
        }
    }

    /** Where no day of the student is known, there is nothing to say. */
    get isShown() {
        const { effect } = this.state;
        return effect && effect.before.length + effect.after.length > 0;
    }

    /** What counts with another meeting is shown there. */
    get isLookedAt() {
        return this.state.effect.left_out !== "again";
    }

    get windows() {
        const { before, after } = this.state.effect;
        return [
            { name: "before", label: _t("Before"), days: before },
            { name: "after", label: _t("After"), days: after },
        ]
            .filter(({ days }) => days.length)
            .map(({ name, label, days }) => {
                const marked = days.map((day) => ({ ...day, day: deserializeDate(day.date) }));
                const missed = marked.filter(({ absent }) => absent > 0);
                const text = _t("%(when)s: %(missed)s of %(count)s days missed", {
                    when: label,
                    missed: this.amount(missed.reduce((sum, { absent }) => sum + absent, 0)),
                    count: days.length,
                });
                return {
                    name,
                    text,
                    days: marked,
                    label: [text, ...missed.map(dayText)].join(". "),
                };
            });
    }

    amount(days) {
        return formatFloat(days, { digits: [16, 1], trailingZeros: false });
    }

    dayText(day) {
        return [dayText(day), day.codes, day.note].filter(Boolean).join(" · ");
    }

    /** The student on a line of days missed, and the middle half of the similar students. */
    get line() {
        const { count, left_out, low, high, missed_after: own } = this.state.effect;
        if (left_out) {
            return false;
        }
        const length = LENGTHS.find((days) => days >= Math.max(high, own));
        const at = (days) => `${(100 * days) / length}%`;
        return {
            length,
            count,
            half: `inset-inline-start: ${at(low)}; width: ${at(high - low)}`,
            own: `inset-inline-start: ${at(own)}`,
        };
    }
}

class SinceMeetingWidget extends Component {
    static template = "intervention_tracking.SinceMeetingWidget";
    static components = { SinceMeeting };
    static props = { ...standardWidgetProps };

    get meetingId() {
        const { data, resId, resModel } = this.props.record;
        return resModel === "intervention.meeting" ? resId : data.meeting_id?.id;
    }
}

registry.category("view_widgets").add("intervention_since_meeting", {
    component: SinceMeetingWidget,
});
