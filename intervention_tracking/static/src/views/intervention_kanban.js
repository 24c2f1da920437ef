import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { utils } from "@web/core/ui/ui_service";
import { useService } from "@web/core/utils/hooks";
import { SearchModel } from "@web/search/search_model";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { InterventionDashboard, useDashboardNumbers } from "../dashboard/dashboard";
import { useRecordMeeting } from "../record_meeting/record_meeting";
import { useTracker } from "../track/track_dialog";
import { conflictOf } from "../versions/conflict_dialog";
import { VersionedModel } from "../versions/versioned_model";
import { EmptyState } from "./empty_state";
import { focusRow } from "./focus_row";

// Closing needs resolution notes, and escalating tells the administrators.
const ASKING = ["closed", "escalated"];
// Time enough to see it and to reach the button.
const SHOWN = 10000;

export class InterventionKanbanRenderer extends KanbanRenderer {
    static template = "intervention_tracking.KanbanRenderer";
    static components = {
        ...KanbanRenderer.components,
        ActionHelper: EmptyState,
        InterventionDashboard,
    };

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.openTracker = useTracker();
        this.moves = useState({ count: 0 });
    }

    /** A card dropped on one of these statuses opens the tracker, and stays until then. */
    async sortRecordDrop(dataRecordId, dataGroupId, params) {
        const { groups, groupByField, model } = this.props.list;
        const isByStatus = groupByField?.name === "status";
        const source = groups?.find((group) => group.id === dataGroupId);
        const target = groups?.find((group) => group.id === params.parent?.dataset.id);
        const record = source?.list.records.find((each) => each.id === dataRecordId);
        const asks =
            isByStatus && source?.value !== "closed" && ASKING.includes(target?.value);
        if (!asks || target === source) {
            try {
                await super.sortRecordDrop(dataRecordId, dataGroupId, params);
            } catch (error) {
                if (conflictOf(error)) {
                    await model.load();
                }
                throw error;
            }
            this.moves.count++;
            if (isByStatus && target && target !== source) {
                this.tellMove(record, source.value, target);
            }
            return;
        }
        params.parent.classList.remove("o_kanban_hover");
        this.openTracker({
            meetingId: record.resId,
            status: target.value,
            onDone: () => model.load(),
        });
    }

    /** What a hand has moved, perhaps by mistake, can be moved back and explained. */
    tellMove(record, formerStatus, { displayName, list }) {
        if (!list.records.some(({ resId }) => resId === record.resId)) {
            return;
        }
        const close = this.notification.add(
            _t("%(student)s: %(status)s", {
                student: record.data.student_id?.display_name,
                status: displayName,
            }),
            {
                type: "success",
                className: "o_intervention_moved",
                autocloseDelay: SHOWN,
                buttons: [
                    {
                        name: _t("Undo"),
                        onClick: async () => {
                            close();
                            await this.undoMove(record, formerStatus);
                        },
                    },
                    {
                        name: _t("Add Progress Update"),
                        onClick: () => {
                            close();
                            this.openTracker({
                                meetingId: record.resId,
                                onDone: () => this.props.list.model.load(),
                            });
                        },
                    },
                ],
            }
        );
    }

    async undoMove({ data, resId, resModel }, status) {
        const { model } = this.props.list;
        try {
            await this.orm.write(resModel, [resId], { status }, {
                context: { intervention_version: data.version },
            });
        } finally {
            await model.load();
            this.moves.count++;
        }
    }
}

export class InterventionKanbanController extends KanbanController {
    static template = "intervention_tracking.KanbanView";

    setup() {
        super.setup();
        useDashboardNumbers();
        this.recordMeeting = useRecordMeeting(
            () => {
                // What an empty board shows as an example gives way to the first meeting.
                this.model.useSampleModel = false;
                return this.model.load();
            },
            (id) => focusRow(this.rootRef.el, this.model.root, id)
        );
    }

    createRecord() {
        return this.recordMeeting(this.props.context);
    }
}

/** On a phone the cards are one list, what needs attention first; columns are a choice. */
export class InterventionKanbanSearchModel extends SearchModel {
    async load(config) {
        const { defaultGroupBy, ...ungrouped } = config;
        await super.load(utils.isSmall() ? ungrouped : config);
    }
}

registry.category("views").add("intervention_kanban", {
    ...kanbanView,
    Controller: InterventionKanbanController,
    Model: VersionedModel,
    Renderer: InterventionKanbanRenderer,
    SearchModel: InterventionKanbanSearchModel,
});
