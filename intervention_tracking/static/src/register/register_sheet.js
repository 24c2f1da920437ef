/**
 * @typedef {{
 *  meaning: string,
 *  minutes: number,
 *  note: string,
 *  missed?: number,
 *  codes?: string,
 *  source?: string | false,
 * }} Mark as the server's ``get_register`` describes it
 */

// What a tap goes through.
export const MEANINGS = ["present", "unexcused", "excused", "late"];
const PRESENT = Object.freeze({ meaning: "present", minutes: 0, note: "" });

function isSame(one, other) {
    return ["meaning", "minutes", "note"].every((key) => one[key] === other[key]);
}

/** The marks of a class on a day, while they are being made: everybody is present until tapped. */
export class RegisterSheet {
    /** @param {{ id: number, name: string, mark: Mark | false }[]} students */
    constructor(students) {
        this.students = students;
        this.marks = {};
        // What was there when the marks were made, to tell what somebody else saves.
        this.seen = {};
        // What each tap changed, for going back.
        this.history = [];
        for (const { id, mark } of students) {
            this.marks[id] = { ...(mark || PRESENT) };
            this.seen[id] = mark;
        }
    }

    student(id) {
        return this.students.find((student) => student.id === id);
    }

    /** @returns {Mark} what it is as long as nobody taps */
    initial(id) {
        return this.student(id).mark || PRESENT;
    }

    isTouched(id) {
        return !isSame(this.marks[id], this.initial(id));
    }

    get touched() {
        return this.students.filter(({ id }) => this.isTouched(id));
    }

    /** Whether there is something to be saved: taps, or marks that are not known yet. */
    get isUnsaved() {
        return this.students.some(({ id, mark }) => !mark || this.isTouched(id));
    }

    /** Whether nothing at all is known of this day. */
    get isNew() {
        return this.students.every(({ mark }) => !mark);
    }

    // --- taps ---

    remember(ids) {
        this.history.push(ids.map((id) => [id, { ...this.marks[id] }]));
    }

    change(id, values) {
        this.remember([id]);
        Object.assign(this.marks[id], values);
    }

    set(id, meaning) {
        const mark = this.marks[id];
        if (mark.meaning !== meaning) {
            const initial = this.initial(id);
            const back = initial.meaning === meaning ? initial.minutes : 0;
            this.change(id, { meaning, minutes: back });
        }
    }

    cycle(id) {
        const next = MEANINGS.indexOf(this.marks[id].meaning) + 1;
        // What another source says, as half a day, begins with being absent.
        this.set(id, next ? MEANINGS[next % MEANINGS.length] : "unexcused");
    }

    /** Those whom nobody else has marked; what another source says is changed one by one. */
    get mayBePresent() {
        return this.students.filter(
            ({ id, mark }) => !mark?.source && this.marks[id].meaning !== "present"
        );
    }

    allPresent() {
        const ids = this.mayBePresent.map(({ id }) => id);
        this.remember(ids);
        for (const id of ids) {
            Object.assign(this.marks[id], { meaning: "present", minutes: 0 });
        }
    }

    /** @returns {number[]} whose marks the last tap had changed */
    undo() {
        const former = this.history.pop() || [];
        for (const [id, mark] of former) {
            this.marks[id] = mark;
        }
        return former.map(([id]) => id);
    }

    // --- what is kept and sent ---

    /** @returns {Object} by student what was tapped, and what was seen before */
    changes() {
        return Object.fromEntries(
            this.touched.map(({ id }) => [id, { mark: this.marks[id], seen: this.seen[id] }])
        );
    }

    /** Put back what was tapped earlier; who is not in the class any more is left out. */
    restore(changes) {
        for (const { id } of this.students) {
            if (changes[id]) {
                this.marks[id] = { ...changes[id].mark };
                this.seen[id] = changes[id].seen;
            }
        }
    }

    /**
     * @param {Object[]} sent of ``toSend``
     * @returns {[number, Mark][]} what was tapped since
     */
    since(sent) {
        return sent
            .filter((mark) => this.student(mark.student) && !isSame(this.marks[mark.student], mark))
            .map(({ student }) => [student, this.marks[student]]);
    }

    /** Take over what somebody else has saved, and decide for one of both. */
    settle(id, theirs, isMine) {
        this.student(id).mark = theirs;
        this.seen[id] = theirs;
        if (!isMine) {
            this.marks[id] = { ...theirs };
        }
    }

    /** @returns {{ marks: Object[], seen: Object[] }} what ``save_register`` takes */
    toSend() {
        const marked = this.students.filter(({ id }) =>
            MEANINGS.includes(this.marks[id].meaning)
        );
        return {
            marks: marked.map(({ id }) => {
                const { meaning, minutes, note } = this.marks[id];
                return { student: id, meaning, minutes, note };
            }),
            seen: marked
                .filter(({ id }) => this.seen[id])
                .map(({ id }) => ({ ...this.seen[id], student: id })),
        };
    }

    /** @returns {Object} how many there are of each meaning */
    get counts() {
        const counts = {};
        for (const { id } of this.students) {
            const { meaning } = this.marks[id];
            counts[meaning] = (counts[meaning] || 0) + 1;
        }
        return counts;
    }
}
