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
// A figure over fewer cases says over how many, wherever it stands.
const SMALL = 20;

/** The stripes of what is too early to tell, as a fill of the chart. */
function stripes(color) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const start of [-8, 0, 8]) {
        pen.moveTo(start, 8);
        pen.lineTo(start + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
}

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

    /**
     * A figure in words, of all or of a group.
     *
     * @returns {{known: boolean, text: string, notes: string[]}} why it isn't known, if
     *     so; over how many cases it is, and of how many it is too early to tell
     */
    figureWords(figure, numbers) {
        const { value, cases, too_early: early } = numbers[figure.name];
        const known = value !== null;
        return {
            known,
            text: known ? this.valueText(figure, value) : this.unknownText(cases, early),
            notes: this.casesTexts(cases, early, known),
        };
    }

    valueText(figure, value) {
        if (figure.kind === "share") {
            return formatPercentage(value, { digits: [16, 0] });
        }
        const days = formatFloat(value, { digits: [16, 1], trailingZeros: false });
        return value < figure.most ? days : _t("%(days)s or more", { days });
    }

    unknownText(cases, early) {
        if (cases) {
            return _t("Too few");
        }
        return early ? _t("Too early") : "–";
    }

    casesTexts(cases, early, known) {
        const some = _t("%(cases)s cases", { cases: formatInteger(cases || early) });
        if (!cases) {
            return early ? [some] : [];
        }
        return [
            known ? _t("over %(cases)s cases", { cases: formatInteger(cases) }) : some,
            early && _t("%(cases)s too early to tell", { cases: formatInteger(early) }),
        ].filter(Boolean);
    }

    get cards() {
        const { data } = this.state;
        return data.figures.map((figure) => {
            const { known, text, notes } = this.figureWords(figure, data.total);
            const note = notes.join(", ");
            const { cases } = data.total[figure.name];
            const few = _t("at least %(least)s needed", { least: data.minimum_cases });
            return {
                ...figure,
                known,
                value: text,
                unit: figure.kind === "days" && known ? _t("days (median)") : "",
                note: known || !cases ? note || _t("No such cases") : `${note} (${few})`,
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
            cells: data.figures.map((figure) => {
                const { known, text, notes } = this.figureWords(figure, group);
                const { cases, too_early: early } = group[figure.name];
                const isPlain = known && cases >= SMALL && !early;
                const title = notes.join(", ");
                return { name: figure.name, text, title, notes: isPlain ? [] : notes };
            }),
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

    /** What is drawn as a line. */
    get lines() {
        return this.state.data.figures.filter((figure) => LINES.includes(figure.name));
    }

    /** Why a month has no point on the lines; empty where it has. */
    monthGap(group) {
        const { known, text } = this.figureWords(this.lines[0], group);
        if (known) {
            return "";
        }
        return group.meetings ? text : _t("No meetings");
    }

    /** The months without a point, by why there is none: what a gap in the lines means. */
    get gaps() {
        const gaps = new Map();
        for (const group of this.state.data.groups.month) {
            const why = this.monthGap(group);
            if (why && why !== "–") {
                gaps.set(why, [...(gaps.get(why) || []), this.monthName(group)]);
            }
        }
        return [...gaps].map(([why, months]) => ({ why, months: months.join(", ") }));
    }

    /** Writes into the chart why a month has no point. */
    get gapWords() {
        const words = this.state.data.groups.month.map((group) => this.monthGap(group));
        return {
            id: "gapWords",
            afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
                ctx.save();
                ctx.font = "12px sans-serif";
                ctx.fillStyle = getComputedStyle(ctx.canvas).color;
                // Readable on stripes.
                const page = ctx.canvas.closest(".o_intervention_trends");
                ctx.strokeStyle = getComputedStyle(page).backgroundColor;
                ctx.lineWidth = 5;
                ctx.textAlign = "left";
                ctx.textBaseline = "middle";
                words.forEach((word, index) => {
                    if (word) {
                        ctx.save();
                        ctx.translate(scales.x.getPixelForValue(index), chartArea.top + 64);
                        ctx.rotate(-Math.PI / 2);
                        ctx.strokeText(word, 0, 0);
                        ctx.fillText(word, 0, 0);
                        ctx.restore();
                    }
                });
                ctx.restore();
            },
        };
    }

    get chartConfig() {
        const { data } = this.state;
        const months = data.groups.month;
        const rtl = localization.direction === "rtl";
        const figures = this.lines;
        const gray = getColor(0, "light", 3);
        const early = months.map((group) => group[LINES[0]].too_early);
        const bar = { type: "bar", yAxisID: "meetings", stack: "meetings", maxBarThickness: 48 };
        const words = (figure, index) => {
            const { text, notes } = this.figureWords(figure, months[index]);
            const note = notes.length ? ` (${notes.join(", ")})` : "";
            return `${figure.label}: ${text}${note}`;
        };
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
                        ...bar,
                        label: _t("Meetings at least 60 days ago"),
                        data: months.map((group, index) => group.meetings - early[index]),
                        backgroundColor: gray,
                    },
                    {
                        ...bar,
                        label: _t("Meetings too early to tell"),
                        data: early,
                        backgroundColor: stripes(gray),
                        borderColor: gray,
                        borderWidth: 1,
                    },
                ],
            },
            plugins: [this.gapWords],
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { rtl, labels: { usePointStyle: true } },
                    tooltip: {
                        rtl,
                        callbacks: {
                            label: ({ dataset, datasetIndex, dataIndex, parsed }) =>
                                dataset.yAxisID === "share"
                                    ? words(figures[datasetIndex], dataIndex)
                                    : `${dataset.label}: ${formatInteger(parsed.y)}`,
                            // A line without a point is not among the labels.
                            footer: ([item]) =>
                                figures
                                    .filter(({ name }) => months[item.dataIndex][name].value === null)
                                    .map((figure) => words(figure, item.dataIndex)),
                        },
                    },
                },
                scales: {
                    x: { reverse: rtl, stacked: true, grid: { display: false } },
                    meetings: {
                        position: rtl ? "right" : "left",
                        stacked: true,
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
