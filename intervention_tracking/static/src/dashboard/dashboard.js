import {
    Component,
    onWillStart,
    onWillUpdateProps,
    reactive,
    useState,
    useSubEnv,
} from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { delay, KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Attention } from "../attention/attention";
import { UnsentDrafts } from "../drafts/unsent_drafts";
import { TOUR } from "../tours/tour_pointer";

// How long the records wait for the numbers, so that the page is seldom drawn twice.
const PATIENCE = 150;

/**
 * Ask for the numbers of the panel as soon as the view is opened, while it loads its
 * records. For the controllers of the views that have the panel.
 */
export function useDashboardNumbers() {
    const orm = useService("orm");
    const keepLast = new KeepLast();
    const state = reactive({ data: null, failed: false });
    const load = async () => {
        try {
            state.data = await keepLast.add(
                orm.silent.call("intervention.meeting", "get_dashboard")
            );
            state.failed = false;
        } catch {
            // The list below says why, if it fails as well.
            state.failed = true;
        }
    };
    useSubEnv({ interventionNumbers: { state, load, loading: load() } });
}

/**
 * The panel above the list and the kanban of interventions: counters that switch on the
 * search filters of the same name, and the students who are recurring.
 */
export class InterventionDashboard extends Component {
    static template = "intervention_tracking.Dashboard";
    static components = { Attention, UnsentDrafts };
    // It loads its numbers anew when one of them changes.
    static props = {
        list: { type: Object, optional: true },
        moves: { type: Number, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialogs = useService("intervention_dialogs");
        this.tour = useService("tour_service");
        this.numbers = this.env.interventionNumbers;
        this.state = useState(this.numbers.state);
        onWillStart(() => Promise.race([this.numbers.loading, delay(PATIENCE)]));
        // Every change of the records makes a new list, save a move in the kanban.
        onWillUpdateProps(() => {
            this.load();
        });
    }

    load() {
        return this.numbers.load();
    }

    get cards() {
        const data = this.state.data || {};
        return [
            {
                filter: "all_cases",
                label: _t("Total Meetings"),
                icon: "fa-folder-open-o",
                value: data.total_meetings,
                color: "secondary",
            },
            {
                filter: "active_cases",
                label: _t("Active Cases"),
                icon: "fa-comments-o",
                value: data.active_cases,
                color: "info",
            },
            {
                filter: "high_urgency",
                label: _t("High Urgency Cases"),
                icon: "fa-exclamation-circle",
                value: data.high_urgency,
                color: data.high_urgency ? "warning" : "secondary",
            },
            {
                filter: "overdue",
                label: _t("Overdue Follow-ups"),
                icon: "fa-clock-o",
                value: data.overdue_followups,
                color: data.overdue_followups ? "danger" : "secondary",
            },
        ].map((card) => ({
            ...card,
            value: card.value ?? "…",
            pressed: this.isPressed(card.filter),
        }));
    }

    /** What is in none of the counters, and waits for a decision. */
    get notices() {
        const {
            left_cases: left,
            handover_cases: waiting,
            case_requests: requests,
            colleague_cases: colleagues,
            registers_to_take: registers = [],
        } = this.state.data || {};
        return [
            {
                filter: "register",
                icon: "fa-check-square-o",
                count: registers.length,
                text: _t("Register of today, not taken yet: %(classes)s", {
                    classes: registers.join(", "),
                }),
                decide: () =>
                    this.action.doAction("intervention_tracking.intervention_register_action"),
                isRegister: true,
            },
            {
                filter: "case_requests",
                icon: "fa-hand-paper-o",
                count: requests,
                text:
                    requests === 1
                        ? _t("1 form master asks for a case.")
                        : _t("%(count)s requests for cases.", { count: requests }),
                decide: () =>
                    this.action.doAction("intervention_tracking.intervention_request_action"),
            },
            {
                filter: "form_master_left",
                icon: "fa-user-times",
                count: waiting,
                text:
                    waiting === 1
                        ? _t("1 active case needs a new form master.")
                        : _t("%(count)s active cases need a new form master.", {
                              count: waiting,
                          }),
                decide: () =>
                    this.dialogs.open(
                        "intervention.handover",
                        {},
                        { onDone: () => this.env.searchModel.search() }
                    ),
            },
            {
                filter: "colleague_cases",
                icon: "fa-users",
                count: colleagues,
                text:
                    colleagues === 1
                        ? _t("1 active case is of a colleague.")
                        : _t("%(count)s active cases are of colleagues.", {
                              count: colleagues,
                          }),
            },
            {
                filter: "student_left",
                icon: "fa-sign-out",
                count: left,
                text:
                    left === 1
                        ? _t("1 active case belongs to a student who has left the school.")
                        : _t("%(count)s active cases belong to students who have left the school.", {
                              count: left,
                          }),
            },
        ].filter(({ count }) => count);
    }

    get recurringText() {
        const count = this.state.data.recurring_students;
        return count === 1
            ? _t("1 student has two or more interventions")
            : _t("%(count)s students have two or more interventions", { count });
    }

    get moreText() {
        return _t("See all %(count)s", { count: this.state.data.recurring_students });
    }

    get hasMore() {
        return this.state.data.recurring_students > this.state.data.recurring.length;
    }

    searchItem(name) {
        return Object.values(this.env.searchModel.searchItems).find(
            (item) => item.name === name
        );
    }

    isPressed(filter) {
        const query = this.env.searchModel.query;
        if (filter === "all_cases") {
            return !query.length;
        }
        const item = this.searchItem(filter);
        return Boolean(item) && this.isOn(item);
    }

    /** Show what the card counts, and nothing less. */
    onCardClick(card) {
        const { searchModel } = this.env;
        if (card.filter === "all_cases") {
            searchModel.clearQuery();
        } else {
            // Emptied without a notice, so that the list is loaded once.
            searchModel.query = [];
            searchModel.toggleSearchItem(this.searchItem(card.filter).id);
        }
    }

    /** The filters of the search that are at hand: one for each status and urgency. */
    get filterGroups() {
        const { fields } = this.props.list;
        return ["status", "urgency_level"].map((name) => ({
            name,
            label: fields[name].string,
            filters: fields[name].selection
                .map(([value, label]) => ({
                    item: this.searchItem(`${name}_${value}`),
                    value,
                    label,
                }))
                .filter(({ item }) => item)
                .map((filter) => ({ ...filter, isOn: this.isOn(filter.item) })),
        }));
    }

    isOn(item) {
        return this.env.searchModel.query.some(
            ({ searchItemId }) => searchItemId === item.id
        );
    }

    onFilterClick({ item, isOn }) {
        const { searchModel } = this.env;
        const active = this.searchItem("active_cases");
        if (item.name === "status_closed" && !isOn && active && this.isOn(active)) {
            // No active case is closed. Taken away without a notice, as above.
            searchModel.query = searchModel.query.filter(
                ({ searchItemId }) => searchItemId !== active.id
            );
        }
        searchModel.toggleSearchItem(item.id);
    }

    startTour() {
        this.tour.startTour(TOUR, {
            mode: "manual",
            redirect: false,
            rainbowManMessage: _t(
                "Well done! This was your first case, from the meeting to the first progress."
            ),
        });
    }

    showAllRecurring() {
        this.onCardClick({ filter: "recurring" });
    }

    async openStudent(student) {
        this.action.doAction(
            await this.orm.call("res.partner", "action_view_history", [[student.student]])
        );
    }
}
