import { Component } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { isolate } from "../isolate";

const { DateTime } = luxon;
const EXCERPT = 80;

/** Which draft it is, and how it begins. */
export class DraftText extends Component {
    static template = "intervention_tracking.DraftText";
    static props = { draft: Object };

    get what() {
        const { changed, context, model, title } = this.props.draft;
        const student = isolate(title);
        const time = toLocaleDateTimeString(DateTime.fromMillis(changed));
        if (model === "intervention.track") {
            return _t("Not sent: your update on %(student)s of %(time)s", {
                student,
                time,
            });
        }
        if (model === "intervention.class") {
            return _t("Not sent: the register of %(name)s, of %(time)s", {
                name: student,
                time,
            });
        }
        if (model === "intervention.contact") {
            return this.whatContact(context.default_corrects_id, { meeting: student, time });
        }
        return title
            ? _t("Not sent: your meeting with %(student)s, written on %(time)s", {
                  student,
                  time,
              })
            : _t("Not sent: a meeting, written on %(time)s", { time });
    }

    whatContact(isCorrection, terms) {
        if (isCorrection) {
            return _t(
                "Not sent: your correction of a family contact (%(meeting)s), written on %(time)s",
                terms
            );
        }
        return terms.meeting
            ? _t("Not sent: a family contact (%(meeting)s), written on %(time)s", terms)
            : _t("Not sent: a family contact, written on %(time)s", terms);
    }

    get excerpt() {
        const text = this.props.draft.texts[0]?.text || "";
        return text.length > EXCERPT ? `${text.slice(0, EXCERPT).trim()}…` : text;
    }
}
