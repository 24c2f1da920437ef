import {
    Component,
    onWillStart,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import {
    deserializeDate,
    deserializeDateTime,
    serializeDate,
    today,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { browser } from "@web/core/browser/browser";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { newDraftId } from "../drafts/drafts_service";
import { useRecordMeeting } from "../record_meeting/record_meeting";
import { useTracker } from "../track/track_dialog";
import { RegisterConflictDialog } from "./register_conflict";
import { LETTERS, markText, meaningLabels, RegisterRow } from "./register_row";
import { isRegister } from "./register_sender";
import { MEANINGS, RegisterSheet } from "./register_sheet";

const { DateTime } = luxon;
const PAUSE = 400;

/** The class register: who of a class was there on a day. */
export class Register extends Component {
    static template = "intervention_tracking.Register";
    static components = { DateTimeInput, Layout, RegisterRow };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.drafts = useService("intervention_drafts");
        this.sender = useService("intervention_register");
        this.ui = useState(useService("ui"));
        this.keepLast = new KeepLast();
        this.recordMeeting = useRecordMeeting(() => {});
        this.openTracker = useTracker();
        this.list = useRef("list");
        this.top = useRef("top");
        this.state = useState({
            data: null,
            sheet: new RegisterSheet([]),
            current: null,
            // What a screen reader says of the last tap.
            said: "",
            isSaving: false,
            // "lost", "expired", or what the server refused
            trouble: null,
            // When what was put back from a draft had been tapped.
            restored: null,
            // What the server answered to the last save.
            result: null,
            failed: false,
        });
        this.keepSoon = useDebounced(() => this.keep(), PAUSE, { execBeforeUnmount: true });
        useBus(this.sender.bus, "CONNECTED", () => this.save());
        useExternalListener(document, "visibilitychange", () => this.onVisibility());
        useExternalListener(window, "beforeunload", (ev) => this.beforeUnload(ev));
        const { register_class: classId, register_date: date } = this.props.action.context;
        onWillStart(async () => {
            await this.load(classId, date);
            this.sender.sendQueued();
        });
        onWillUnmount(() => {
            this.sender.openId = null;
        });
        // By keyboard one begins at once; on a phone nothing has the focus.
        useEffect(
            () => {
                if (!this.env.isSmall) {
                    this.focus(this.state.current);
                }
            },
            () => [this.state.data?.class_id, this.state.data?.date]
        );
    }

    // --- what is shown ---

    async load(classId, date) {
        let data;
        try {
            data = await this.keepLast.add(
                this.orm.call("intervention.class", "get_register", [
                    classId || false,
                    date || false,
                ])
            );
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
            this.state.failed = () => this.load(classId, date);
            return;
        }
        this.draftId = newDraftId();
        this.created = null;
        this.isQueued = false;
        this.attempt = undefined;
        Object.assign(this.state, { failed: false, restored: null, result: null, trouble: null });
        this.show(data);
        await this.restore();
    }

    show(data) {
        const students = data.students || [];
        const { state } = this;
        state.data = data;
        state.sheet = new RegisterSheet(students);
        if (!students.some(({ id }) => id === state.current)) {
            state.current = students[0]?.id || null;
        }
    }

    /** Take over what others have saved, beneath what was tapped here. */
    async refresh() {
        const { class_id: classId, date } = this.state.data;
        try {
            const data = await this.orm.silent.call("intervention.class", "get_register", [
                classId,
                date,
            ]);
            if (this.state.data.class_id === classId && this.state.data.date === date) {
                const changes = this.state.sheet.changes();
                this.show(data);
                this.state.sheet.restore(changes);
            }
        } catch {
            // What is on the screen is good enough until it is saved.
        }
    }

    /** A phone shows in the morning what was open in the evening. */
    async onVisibility() {
        if (document.visibilityState === "hidden") {
            await this.keep();
            return;
        }
        const { data, isSaving, sheet } = this.state;
        if (!data?.class_id || isSaving) {
            return;
        }
        if (!sheet.touched.length && data.date === data.today && data.today !== serializeDate(today())) {
            await this.load(data.class_id);
        } else {
            await this.refresh();
        }
    }

    choose(classId, date) {
        this.keepSoon.cancel(true);
        return this.load(classId, date);
    }

    onClass({ target }) {
        return this.choose(Number(target.value), this.state.data.date);
    }

    onDate(date) {
        const day = date && serializeDate(date);
        if (day && day !== this.state.data.date) {
            return this.choose(this.state.data.class_id, day);
        }
    }

    get date() {
        return deserializeDate(this.state.data.date);
    }

    get lastDate() {
        return deserializeDate(this.state.data.today);
    }

    get firstDate() {
        return deserializeDate(this.state.data.first_day);
    }

    get dayText() {
        return this.date.toLocaleString({ weekday: "long", day: "numeric", month: "long" });
    }

    get isToday() {
        return this.state.data.date === this.state.data.today;
    }

    /** The last school days, each with what became of its register. */
    get days() {
        const { data } = this.state;
        return data.days.map(({ date, is_taken: isTaken }) => {
            const day = deserializeDate(date);
            const state = isTaken ? "taken" : date === data.today ? "today" : "missing";
            const label = {
                taken: _t("taken"),
                today: _t("not taken yet"),
                missing: _t("register missing"),
            }[state];
            return {
                date,
                state,
                weekday: day.toLocaleString({ weekday: "short" }),
                number: day.toLocaleString({ day: "numeric" }),
                isChosen: date === data.date,
                label: _t("%(day)s: %(state)s", {
                    day: day.toLocaleString({ weekday: "long", day: "numeric", month: "long" }),
                    state: label,
                }),
            };
        });
    }

    get showsToday() {
        return this.state.data.days.some(({ date }) => date === this.state.data.today);
    }

    /** What became of the register of this day, in words. */
    get status() {
        const { data, sheet } = this.state;
        if (sheet.isNew) {
            return this.isToday
                ? { text: _t("Not taken yet"), class: "text-bg-200" }
                : { text: _t("Register missing"), class: "border border-warning bg-warning-subtle text-warning-emphasis" };
        }
        if (sheet.touched.length) {
            return {
                text: _t("Changed, not saved"),
                class: "border border-info bg-info-subtle text-info-emphasis",
            };
        }
        const time = deserializeDateTime(data.saved_at);
        return {
            text: _t("Saved %(time)s", {
                time: time.hasSame(DateTime.now(), "day")
                    ? time.toLocaleString(DateTime.TIME_SIMPLE)
                    : time.toLocaleString({ day: "numeric", month: "short" }),
            }),
            class: "border border-success bg-success-subtle text-success-emphasis",
        };
    }

    /** In the order of their names, from the top to the bottom. */
    get columns() {
        const { students } = this.state.data;
        const { size } = this.ui;
        const count = size >= SIZES.XL ? 3 : size >= SIZES.MD ? 2 : 1;
        const length = Math.ceil(students.length / count);
        return Array.from({ length: count }, (_column, index) =>
            students.slice(index * length, (index + 1) * length)
        );
    }

    get isReadonly() {
        return Boolean(this.state.data.closed);
    }

    get sourcesText() {
        return _t(
            "Marks of this school also come from %(sources)s. What came from there is shown as it is, and changes only when you tap it.",
            { sources: this.state.data.other_sources.join(", ") }
        );
    }

    get summary() {
        const { counts } = this.state.sheet;
        return [...MEANINGS, "partly", "not_required"]
            .filter((meaning) => counts[meaning])
            .map((meaning) => ({ meaning, text: this.countText(meaning, counts[meaning]) }));
    }

    countText(meaning, count) {
        return {
            present: _t("%(count)s present", { count }),
            unexcused: _t("%(count)s absent", { count }),
            excused: _t("%(count)s excused", { count }),
            late: _t("%(count)s late", { count }),
            partly: _t("%(count)s part of the day", { count }),
            not_required: _t("%(count)s not required", { count }),
        }[meaning];
    }

    get canSave() {
        return !this.isReadonly && !this.state.isSaving && this.state.sheet.isUnsaved;
    }

    // --- taps ---

    changed(id) {
        const { sheet } = this.state;
        this.state.result = null;
        if (id) {
            this.state.current = id;
            this.state.said = _t("%(name)s: %(mark)s", {
                name: sheet.student(id).name,
                mark: markText(sheet.marks[id]),
            });
        }
        this.keepSoon();
    }

    tap(id) {
        this.state.sheet.cycle(id);
        this.changed(id);
    }

    set(id, meaning) {
        this.state.sheet.set(id, meaning);
        this.changed(id);
    }

    fill(id, values) {
        this.state.sheet.change(id, values);
        this.changed(id);
    }

    allPresent() {
        this.state.sheet.allPresent();
        this.changed();
        this.state.said = _t("All present");
    }

    undo() {
        const ids = this.state.sheet.undo();
        this.changed(ids.length === 1 && ids[0]);
        if (ids.length > 1) {
            this.state.said = _t("The marks are back.");
        }
    }

    get undoText() {
        const last = this.state.sheet.history.at(-1);
        return last?.length === 1
            ? _t("Undo: %(name)s", { name: this.state.sheet.student(last[0][0]).name })
            : _t("Undo");
    }

    // --- keys ---

    get keys() {
        const labels = meaningLabels();
        return [
            ["↑ ↓", _t("Student")],
            [_t("Space"), _t("Next mark")],
            ...Object.entries(LETTERS).map(([key, meaning]) => [
                key.toUpperCase(),
                labels[meaning],
            ]),
            ["N", _t("Note")],
            ["Ctrl+Z", _t("Undo")],
            ["Alt+S", _t("Save Register")],
        ];
    }

    onKeydown(ev) {
        if (ev.ctrlKey && ev.key === "z" && this.state.sheet.history.length) {
            ev.preventDefault();
            this.undo();
            return;
        }
        const row = ev.target.closest(".o_register_row");
        if (!ev.target.matches(".o_register_mark") || ev.ctrlKey || ev.altKey || ev.metaKey) {
            return;
        }
        const id = Number(row.dataset.student);
        const meaning = LETTERS[ev.key.toLowerCase()];
        const next = this.neighbour(id, ev.key);
        if (meaning) {
            this.set(id, meaning);
        } else if (next !== undefined) {
            this.focus(next);
        } else if (ev.key.toLowerCase() === "n") {
            row.querySelector(".o_register_more").click();
        } else {
            return;
        }
        ev.preventDefault();
    }

    /** @returns {number | undefined} the student that an arrow leads to */
    neighbour(id, key) {
        const ids = this.state.sheet.students.map((student) => student.id);
        const place = ids.indexOf(id);
        const near = {
            ArrowDown: place + 1,
            ArrowUp: place - 1,
            Home: 0,
            End: ids.length - 1,
        }[key];
        if (near !== undefined) {
            return ids[Math.min(Math.max(near, 0), ids.length - 1)];
        }
        if (key !== "ArrowLeft" && key !== "ArrowRight") {
            return undefined;
        }
        // To the column beside it, where there is one.
        const rows = [...this.list.el.querySelectorAll(".o_register_row")];
        const from = rows[place].getBoundingClientRect();
        const side = key === "ArrowRight" ? 1 : -1;
        const beside = rows
            .map((row, index) => ({ index, rect: row.getBoundingClientRect() }))
            .filter(({ rect }) => (rect.left - from.left) * side > from.width / 2)
            .sort(
                (one, other) =>
                    Math.abs(one.rect.left - from.left) - Math.abs(other.rect.left - from.left) ||
                    Math.abs(one.rect.top - from.top) - Math.abs(other.rect.top - from.top)
            )[0];
        return ids[beside ? beside.index : place];
    }

    focus(id) {
        this.list.el?.querySelector(`[data-student="${id}"] .o_register_mark`)?.focus();
    }

    // --- the draft ---

    draft() {
        const { data, sheet } = this.state;
        this.created ??= Date.now();
        return {
            id: this.draftId,
            model: "intervention.class",
            title: `${this.className}, ${this.date.toLocaleString({ day: "numeric", month: "short" })}`,
            context: {},
            created: this.created,
            changed: Date.now(),
            texts: [
                {
                    name: "marks",
                    label: _t("Marks"),
                    text: this.summary.map(({ text }) => text).join(" · "),
                },
            ],
            values: {
                classId: data.class_id,
                date: data.date,
                changes: sheet.changes(),
                ...sheet.toSend(),
                isQueued: this.isQueued,
                attempt: this.attempt,
            },
        };
    }

    get className() {
        const { class_id: classId, classes } = this.state.data;
        return classes.find(({ id }) => id === classId)?.name || "";
    }

    /** Keep on the device what was tapped. */
    async keep() {
        if (!this.state.data?.class_id || this.state.isSaving) {
            return;
        }
        if (this.isQueued || this.state.sheet.touched.length) {
            await this.drafts.save(JSON.parse(JSON.stringify(this.draft())));
        } else if (this.created) {
            await this.drafts.remove(this.draftId);
        }
    }

    /** Go on with what was tapped here before and not saved, and send what was to be sent. */
    async restore() {
        const { class_id: classId, date } = this.state.data;
        if (!classId) {
            return;
        }
        const draft = (await this.drafts.list()).find(
            ({ values, ...each }) =>
                isRegister(each) && values.classId === classId && values.date === date
        );
        if (!draft) {
            this.sender.openId = this.draftId;
            return;
        }
        const { attempt, changes, isQueued } = draft.values;
        Object.assign(this, {
            draftId: draft.id,
            created: draft.created,
            isQueued,
            attempt,
        });
        this.sender.openId = draft.id;
        this.state.sheet.restore(changes);
        if (isQueued) {
            this.save();
        } else if (this.state.sheet.touched.length) {
            this.state.restored = draft.changed;
        } else {
            await this.drafts.remove(draft.id);
        }
    }

    get restoredText() {
        return _t("Not saved yet: what you tapped here on %(time)s.", {
            time: DateTime.fromMillis(this.state.restored).toLocaleString(DateTime.DATETIME_MED),
        });
    }

    async discard() {
        this.keepSoon.cancel();
        this.isQueued = false;
        await this.drafts.remove(this.draftId);
        await this.load(this.state.data.class_id, this.state.data.date);
    }

    beforeUnload(ev) {
        this.keep();
        if (!this.drafts.areLasting && this.state.sheet.touched.length) {
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }

    // --- saving ---

    async save() {
        if (!this.canSave) {
            return;
        }
        this.keepSoon.cancel();
        this.state.isSaving = true;
        this.state.restored = null;
        const draft = JSON.parse(JSON.stringify(this.draft()));
        let again = false;
        try {
            const answer = await this.sender.submit(draft);
            if (answer) {
                this.onSaved(answer, draft.values.marks);
            } else {
                Object.assign(this, {
                    draftId: draft.id,
                    isQueued: true,
                    attempt: draft.values.attempt,
                });
                this.state.trouble = { kind: "lost" };
            }
        } catch (error) {
            this.draftId = draft.id;
            this.isQueued = false;
            again = await this.onRefused(error);
        } finally {
            this.state.isSaving = false;
            // What was tapped meanwhile.
            this.keepSoon();
        }
        if (again) {
            await this.save();
        }
    }

    onSaved({ students, saved_at, in_a_row: inARow }, sent) {
        const { data, sheet } = this.state;
        const since = sheet.since(sent);
        this.draftId = this.sender.openId = newDraftId();
        this.created = null;
        this.isQueued = false;
        this.attempt = undefined;
        this.state.trouble = null;
        const names = Object.fromEntries(data.students.map(({ id, name }) => [id, name]));
        this.show({
            ...data,
            saved_at,
            students: students.map((each) => ({ ...each, name: names[each.id] || "" })),
            days: data.days.map((day) => ({
                ...day,
                is_taken: day.is_taken || day.date === data.date,
            })),
        });
        for (const [id, mark] of since) {
            this.state.sheet.marks[id] = { ...mark };
        }
        this.state.result = { inARow };
        this.state.said = this.savedText;
        this.top.el?.scrollIntoView({ block: "end" });
    }

    get savedText() {
        const { counts, students } = this.state.sheet;
        const there = (counts.present || 0) + (counts.late || 0);
        return _t("Saved. %(there)s of %(all)s are there.", { there, all: students.length });
    }

    /** @returns {Promise<boolean>} whether to send it again */
    async onRefused(error) {
        const conflict = error.data?.context?.intervention_register_conflict;
        if (conflict) {
            return this.askAboutConflict(conflict);
        }
        if (error.exceptionName === "odoo.http.SessionExpiredException") {
            this.state.trouble = { kind: "expired" };
        } else if (error instanceof RPCError && error.data?.message) {
            this.state.trouble = { kind: "refused", message: error.data.message };
            await this.refresh();
        } else {
            throw error;
        }
        return false;
    }

    askAboutConflict(conflict) {
        const { sheet } = this.state;
        const conflicts = conflict.map((each) => ({
            ...each,
            isTapped: sheet.isTouched(each.student),
        }));
        return new Promise((resolve) => {
            const decide = (picks) => {
                for (const { student, theirs } of conflicts) {
                    sheet.settle(student, theirs, picks[student] === "mine");
                }
                resolve(true);
            };
            this.dialog.add(
                RegisterConflictDialog,
                { conflicts, decide },
                { onClose: () => resolve(false) }
            );
        });
    }

    async logIn() {
        if (this.drafts.areLasting) {
            browser.location.reload();
        } else {
            browser.open("/web/login", "_blank");
        }
    }

    // --- what is next ---

    daysText({ days }) {
        return _t("%(days)s days missed in a row", { days });
    }

    record({ id }) {
        this.recordMeeting({ default_student_id: id });
    }

    track(student) {
        this.openTracker({ meetingId: student.case, onDone: () => {} });
    }
}

registry.category("actions").add("intervention_tracking.register", Register);
