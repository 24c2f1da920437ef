import { EventBus } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { Mutex } from "@web/core/utils/concurrency";
import { IndexedDB } from "@web/core/utils/indexed_db";
import { session } from "@web/session";

const TABLE = "drafts";
const ALGORITHM = "AES-GCM";
// The server knows for as long what it made of a draft that was sent.
const KEPT = 7 * 24 * 60 * 60 * 1000;

/** @typedef {import("./careful_form").Draft} Draft */

export function newDraftId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Odoo's wrapper of IndexedDB, with what it lacks. */
class DraftDatabase extends IndexedDB {
    constructor() {
        super("intervention_tracking", "1");
        this._tables.add(TABLE);
    }

    /** @returns {Promise<[string, object][]>} keys and values */
    entries() {
        return this.execute((db) => {
            if (!db) {
                return [];
            }
            return new Promise((resolve, reject) => {
                const entries = [];
                const transaction = db.transaction(TABLE, "readonly");
                const request = transaction.objectStore(TABLE).openCursor();
                request.onsuccess = () => {
                    const cursor = request.result;
                    if (cursor) {
                        entries.push([cursor.key, cursor.value]);
                        cursor.continue();
                    } else {
                        resolve(entries);
                    }
                };
                transaction.onerror = () => reject(transaction.error);
            });
        });
    }

    delete(key) {
        return this.execute((db) => {
            if (!db) {
                return;
            }
            return new Promise((resolve, reject) => {
                const transaction = db.transaction(TABLE, "readwrite");
                transaction.objectStore(TABLE).delete(key);
                transaction.oncomplete = resolve;
                transaction.onerror = () => reject(transaction.error);
            });
        });
    }
}

/**
 * Encrypts with a key that comes with the page of somebody who is logged in. Odoo makes
 * its secret from the user and the password, and gives it to nobody else; it is never
 * stored on the device.
 */
class Cipher {
    constructor(secret) {
        const bytes = new Uint8Array(secret.match(/../g).map((byte) => parseInt(byte, 16)));
        this.key = crypto.subtle
            .importKey("raw", bytes, "HKDF", false, ["deriveKey"])
            .then((key) =>
                crypto.subtle.deriveKey(
                    {
                        name: "HKDF",
                        hash: "SHA-256",
                        salt: new Uint8Array(),
                        info: new TextEncoder().encode("intervention_tracking.drafts"),
                    },
                    key,
                    { name: ALGORITHM, length: 256 },
                    false,
                    ["encrypt", "decrypt"]
                )
            );
    }

    async encrypt(value) {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const text = new TextEncoder().encode(JSON.stringify(value));
        const ciphertext = await crypto.subtle.encrypt(
            { name: ALGORITHM, iv },
            await this.key,
            text
        );
        return { ciphertext, iv };
    }

    async decrypt({ ciphertext, iv }) {
        const text = await crypto.subtle.decrypt(
            { name: ALGORITHM, iv },
            await this.key,
            ciphertext
        );
        return JSON.parse(new TextDecoder().decode(text));
    }
}

/**
 * What was typed and not sent yet, on this device.
 *
 * It is encrypted, so that nobody reads it who is not logged in as the one who wrote it.
 * Browsers encrypt on https (and on localhost) only; elsewhere the drafts live no longer
 * than the page.
 */
export class Drafts {
    constructor(secret) {
        this.bus = new EventBus();
        this.mutex = new Mutex();
        this.memory = new Map();
        this.openForms = 0;
        this.cipher = null;
        if (window.isSecureContext && secret) {
            this.cipher = new Cipher(secret);
            this.database = new DraftDatabase();
        }
    }

    /** Whether the drafts outlive the page. */
    get areLasting() {
        return Boolean(this.cipher);
    }

    /** Whether something is being written: lists of drafts stay as they are until then. */
    get areInUse() {
        return this.openForms > 0;
    }

    open() {
        this.openForms++;
    }

    close() {
        this.openForms--;
        this.bus.trigger("CHANGED");
    }

    /** @returns {Promise<Draft[]>} the user's own drafts, the newest first */
    async list() {
        const drafts = await this.mutex.exec(async () => {
            const found = [...this.memory.values()];
            for (const [id, entry] of this.areLasting ? await this.database.entries() : []) {
                if (entry.created < Date.now() - KEPT) {
                    await this.database.delete(id);
                    continue;
                }
                try {
                    found.push(await this.cipher.decrypt(entry));
                } catch {
                    // Another user's, or one from before the password was changed.
                }
            }
            return found;
        });
        return drafts.sort((a, b) => b.changed - a.changed);
    }

    /** @param {Draft} draft */
    async save(draft) {
        await this.mutex.exec(async () => {
            if (this.areLasting) {
                try {
                    const encrypted = await this.cipher.encrypt(draft);
                    await this.database.write(TABLE, draft.id, {
                        ...encrypted,
                        created: draft.created,
                    });
                    return;
                } catch {
                    // The device has no room left.
                }
            }
            this.memory.set(draft.id, draft);
        });
        this.bus.trigger("CHANGED");
    }

    async remove(id) {
        await this.mutex.exec(async () => {
            this.memory.delete(id);
            if (this.areLasting) {
                await this.database.delete(id);
            }
        });
        this.bus.trigger("CHANGED");
    }
}

registry.category("services").add("intervention_drafts", {
    start: () => new Drafts(session.browser_cache_secret),
});
