import { onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { ActionHelper } from "@web/views/action_helper";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** What is said when one of these filters of the search finds nothing. */
const NOTHING = {
    active_cases: _t("No active cases."),
    due_today: _t("Nothing due today."),
    high_urgency: _t("No cases of high urgency."),
    my_cases: _t("You have no cases."),
    needs_attention: _t("Nothing needs attention."),
    overdue: _t("Nothing overdue."),
    recurring: _t("No student has two or more interventions."),
    status_closed: _t("No closed cases."),
};

/**
 * What an empty view says: what a filter did not find, or how to begin where there is
 * nothing at all.
 *
 * A view that does not show everything that the search finds, as a calendar, says with
 * `noneShown` that it has none of that to show.
 */
export class EmptyState extends ActionHelper {
    static template = "intervention_tracking.EmptyState";
    static props = { ...ActionHelper.props, noneShown: { type: String, optional: true } };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ text: "", isNothingAtAll: false });
        useBus(this.env.searchModel, "update", () => this.explain());
        onWillStart(() => this.explain());
    }

    /** Find out what is so; the search may change while the view stays empty. */
    async explain() {
        const { text } = this;
        const { noneShown } = this.props;
        const { domain, globalDomain } = this.env.searchModel;
        const [isFound, isAny] = await this.keepLast.add(
            Promise.all([
                noneShown ? this.isAny(domain) : false,
                text ? this.isAny(globalDomain) : false,
            ])
        );
        Object.assign(this.state, {
            text: isFound ? noneShown : text,
            isNothingAtAll: !isFound && !isAny,
        });
    }

    async isAny(domain) {
        const { context, resModel } = this.env.searchModel;
        return Boolean(await this.orm.searchCount(resModel, domain, { context, limit: 1 }));
    }

    /** What was not found; nothing when no filter is on. */
    get text() {
        const { facets, query, searchItems } = this.env.searchModel;
        const filters = facets.filter(({ type }) => type !== "groupBy");
        if (!filters.length) {
            return "";
        }
        const names = query
            .map(({ searchItemId }) => searchItems[searchItemId])
            .filter(({ type }) => type === "filter")
            .map(({ name }) => name);
        const [{ values }] = filters;
        if (filters.length === 1 && values.length === 1 && NOTHING[names[0]]) {
            return NOTHING[names[0]];
        }
        const found = filters.map(({ separator, title, values }) => {
            const text = values.join(` ${separator} `);
            return title ? `${title} ${text}` : text;
        });
        return _t("Nothing found for: %(filters)s", { filters: found.join(", ") });
    }

    get mayShowAll() {
        return this.state.text !== this.props.noneShown;
    }

    showAll() {
        this.env.searchModel.clearQuery();
    }
}

class PlainListRenderer extends ListRenderer {
    static components = { ...ListRenderer.components, ActionHelper: EmptyState };
}

class PlainKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, ActionHelper: EmptyState };
}

registry
    .category("views")
    .add("intervention_plain_list", { ...listView, Renderer: PlainListRenderer })
    .add("intervention_plain_kanban", { ...kanbanView, Renderer: PlainKanbanRenderer });
