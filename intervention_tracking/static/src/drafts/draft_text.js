import { Component } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;
const EXCERPT = 80;

/** Which draft it is, and how it begins. */
export class DraftText extends Component {
    static template = "intervention_tracking.DraftText";
    static props = { draft: Object };

    get what() {
        const { changed, meetingId, title } = this.props.draft;
        const time = toLocaleDateTimeString(DateTime.fromMillis(changed));
        if (meetingId) {
            return _t("Not sent: your update on %(student)s of %(time)s", {
                student: title,
                time,
            });
        }
        return title
            ? _t("Not sent: your meeting with %(student)s, written on %(time)s", {
                  student: title,
                  time,
              })
            : _t("Not sent: a meeting, written on %(time)s", { time });
    }

    get excerpt() {
        const text = this.props.draft.texts[0]?.text || "";
        return text.length > EXCERPT ? `${text.slice(0, EXCERPT).trim()}…` : text;
    }
}
