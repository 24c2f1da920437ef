import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { serializeDate, today } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat, formatInteger, formatPercentage } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { isolate } from "../isolate";

const { DateTime } = luxon;

const MEETING = "intervention.meeting";
const EXPORT = "/api/interventions/meetings/export";
// What the chart shows besides the number of meetings.
const LINES = ["closed_share", "improved_share"];

/**
 * The page Trends: figures of how the cases go, in all, by month, and by what the user
 * chooses. The server leaves out figures over too few cases.
 */
export class Trends extends Component {
    static template = "intervention_tracking.Trends";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.canvas = useRef("canvas");
        this.chart = null;
        this.state = useState({
            data: null,
            failed: false,
            isNothingAtAll: false,
            loading: false,
            period: "year",
            from: serializeDate(today().minus({ months: 12 })),
            to: serializeDate(today()),
            breakdown: "root_cause",
            classId: 0,
            formMasterId: 0,
        });
        onWillStart(async () => {
            await Promise.all([
                loadBundle("web.chartjs_lib"),
                this.loadFilters(),
                this.load(),
            ]);
        });
        useEffect(
            () => this.renderChart(),
            () => [this.state.data]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    async loadFilters() {
        [this.isAdmin, this.mayExport] = await Promise.all([
            user.hasGroup("intervention_tracking.group_intervention_admin"),
            user.hasGroup("intervention_tracking.group_intervention_export"),
        ]);
        const fields = this.isAdmin ? ["class_id", "form_master_id"] : ["class_id"];
        const [classes, formMasters = []] = await Promise.all(
            fields.map((field) =>
                this.orm.formattedReadGroup(MEETING, [], [field], ["__count"])
            )
        );
        this.classes = classes.map((group) => group.class_id).filter(Boolean);
        this.formMasters = formMasters.map((group) => group.form_master_id);
    }

    async load() {
        const { classId, formMasterId, breakdown } = this.state;
        const { from, to } = this.days;
        this.state.loading = true;
        try {
            const [data, count] = await this.keepLast.add(
                Promise.all([
                    this.orm.silent.call(MEETING, "get_analytics", [], {
                        date_from: from,
                        date_to: to,
                        group_by: ["month", breakdown],
                        class_id: classId || null,
                        form_master_id: formMasterId || null,
                    }),
                    this.orm.silent.searchCount(MEETING, [], { limit: 1 }),
                ])
            );
            this.state.isNothingAtAll = !count;
            this.state.data = data;
            this.state.failed = false;
        } catch {
            this.state.failed = true;
        }
        this.state.loading = false;
    }

    // --- the period ---

    get periods() {
        return [
            { name: "month", label: _t("Last 30 days") },
            { name: "term", label: _t("Last 90 days") },
            { name: "year", label: _t("Last 12 months") },
            { name: "all", label: _t("All time") },
            { name: "custom", label: _t("From … to …") },
        ];
    }

    /** The first and the last day, as the server takes them; null is no limit. */
    get days() {
        const { period, from, to } = this.state;
        const length = { month: { days: 30 }, term: { days: 90 }, year: { months: 12 } }[period];
        if (length) {
            return { from: serializeDate(today().minus(length)), to: serializeDate(today()) };
        }
        return period === "custom"
            ? { from: from || null, to: to || null }
            : { from: null, to: null };
    }

    get isPeriodWrong() {
        const { from, to } = this.days;
        return Boolean(from && to && from > to);
    }

    /** The period, the class and the form master that are chosen. */
    get chosen() {
        const { from, to } = this.days;
        const { classId, formMasterId, period } = this.state;
        return [
            period === "custom"
                ? [from, to].filter(Boolean).map(this.dayName).join(" – ")
                : this.periods.find(({ name }) => name === period).label,
            this.classes.find(([id]) => id === classId)?.[1],
            this.formMasters.find(([id]) => id === formMasterId)?.[1],
        ].filter(Boolean);
    }

    get nothingFound() {
        return _t("Nothing found for: %(filters)s", {
            filters: this.chosen.map(isolate).join(", "),
        });
    }

    set(values) {
        Object.assign(this.state, values);
        if (!this.isPeriodWrong) {
            this.load();
        }
    }

    setRecord(name, ev) {
        this.set({ [name]: Number(ev.target.value) });
    }

    // --- the figures ---

    figureText(figure, numbers) {
        const { value } = numbers[figure.name];
        if (value === null) {
            return "–";
        }
        return figure.kind === "share"
            ? formatPercentage(value, { digits: [16, 0] })
            : formatFloat(value, { digits: [16, 1], trailingZeros: false });
    }

    get cards() {
        const { data } = this.state;
        return data.figures.map((figure) => {
            const { value, cases } = data.total[figure.name];
            const known = value !== null;
            return {
                ...figure,
                known,
                value: this.figureText(figure, data.total),
                unit: figure.kind === "days" && known ? _t("days (median)") : "",
                note: known
                    ? _t("over %(cases)s cases", { cases: formatInteger(cases) })
                    : _t("Too few cases (%(cases)s, at least %(least)s needed)", {
                          cases: formatInteger(cases),
                          least: data.minimum_cases,
                      }),
            };
        });
    }

    get breakdowns() {
        return [
            { name: "root_cause", label: _t("Root Cause Category") },
            { name: "class", label: _t("Class") },
            { name: "urgency", label: _t("Urgency") },
            { name: "status", label: _t("Status") },
            { name: "template", label: _t("Plan Template") },
            { name: "attendance_band", label: _t("Attendance at the Meeting") },
            ...(this.isAdmin ? [{ name: "form_master", label: _t("Form Master") }] : []),
        ];
    }

    get breakdownLabel() {
        return this.breakdowns.find((each) => each.name === this.state.breakdown).label;
    }

    /** The groups as rows of a table. */
    rows(name) {
        const { data } = this.state;
        return (data.groups[name] || []).map((group) => ({
            key: String(group.value),
            name: name === "month" ? this.monthName(group) : group.name || _t("None"),
            meetings: formatInteger(group.meetings),
            cells: data.figures.map((figure) => ({
                name: figure.name,
                text: this.figureText(figure, group),
                title:
                    group[figure.name].value === null
                        ? _t("Too few cases")
                        : _t("over %(cases)s cases", { cases: group[figure.name].cases }),
            })),
        }));
    }

    monthName(group) {
        return DateTime.fromISO(`${group.value}-01`).toFormat("LLL yyyy");
    }

    columnName(figure) {
        return figure.kind === "share"
            ? figure.label
            : _t("%(figure)s (median)", { figure: figure.label });
    }

    /**
     * The address of the meetings that the figures are of.
     *
     * @param {"csv"|"xlsx"} format
     */
    exportUrl(format) {
        const { from, to } = this.days;
        const query = new URLSearchParams();
        // Spreadsheet programs open a CSV with the separator of their language.
        const isComma = localization.decimalPoint === ",";
        for (const [name, value] of [
            ["separator", format === "csv" && isComma && "semicolon"],
            ["meeting_date_from", from],
            ["meeting_date_to", to],
            ["class", this.state.classId],
            ["form_master", this.state.formMasterId],
            // A download does not have the context of a call.
            ["company", user.context.allowed_company_ids],
        ]) {
            if (value) {
                query.set(name, value);
            }
        }
        return `${EXPORT}.${format}?${query}`;
    }

    /** Open the analysis with the same cases, as a filter that can be taken away. */
    async openAnalysis() {
        const action = await this.action.loadAction(
            "intervention_tracking.intervention_meeting_action_analysis"
        );
        const { from, to } = this.days;
        const { classId, formMasterId } = this.state;
        const parts = [
            [from, "meeting_date", ">=", from],
            [to, "meeting_date", "<=", to],
            [classId, "class_id", "=", classId],
            [formMasterId, "form_master_id", "=", formMasterId],
        ].filter(([isChosen]) => isChosen);
        const filter = {
            description: this.chosen.join(", "),
            domain: parts.map(([, ...condition]) => condition),
        };
        await this.action.doAction(
            { ...action, context: { ...action.context, search_default_last_year: 0 } },
            { props: { dynamicFilters: parts.length ? [filter] : [] } }
        );
    }

    dayName(day) {
        return DateTime.fromISO(day).toLocaleString(DateTime.DATE_MED);
    }

    // --- the chart ---

    get chartConfig() {
        const { data } = this.state;
        const months = data.groups.month;
        const rtl = localization.direction === "rtl";
        const figures = data.figures.filter((figure) => LINES.includes(figure.name));
        return {
            data: {
                labels: months.map((group) => this.monthName(group)),
                datasets: [
                    ...figures.map((figure, index) => ({
                        type: "line",
                        label: figure.label,
                        data: months.map((group) => group[figure.name].value),
                        yAxisID: "share",
                        borderColor: getColor(index + 1, "light", 3),
                        backgroundColor: getColor(index + 1, "light", 3),
                        borderDash: index ? [6, 4] : [],
                        pointStyle: index ? "rect" : "circle",
                        pointRadius: 4,
                        clip: false,
                    })),
                    {
                        type: "bar",
                        label: _t("Meetings"),
                        data: months.map((group) => group.meetings),
                        yAxisID: "meetings",
                        backgroundColor: getColor(0, "light", 3),
                        maxBarThickness: 48,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { rtl, labels: { usePointStyle: true } },
                    tooltip: {
                        rtl,
                        callbacks: {
                            label: ({ dataset, parsed }) =>
                                dataset.yAxisID === "share"
                                    ? `${dataset.label}: ${formatPercentage(parsed.y, {
                                          digits: [16, 0],
                                      })}`
                                    : `${dataset.label}: ${formatInteger(parsed.y)}`,
                        },
                    },
                },
                scales: {
                    x: { reverse: rtl, grid: { display: false } },
                    meetings: {
                        position: rtl ? "right" : "left",
                        beginAtZero: true,
                        ticks: { precision: 0 },
                        title: { display: true, text: _t("Meetings") },
                    },
                    share: {
                        position: rtl ? "left" : "right",
                        min: 0,
                        max: 1,
                        grid: { display: false },
                        ticks: {
                            callback: (value) => formatPercentage(value, { digits: [16, 0] }),
                        },
                    },
                },
            },
        };
    }

    renderChart() {
        this.chart?.destroy();
        this.chart = null;
        if (this.canvas.el) {
            this.chart = new Chart(this.canvas.el, this.chartConfig);
        }
    }
}

registry.category("lazy_components").add("intervention_tracking.Trends", Trends);
