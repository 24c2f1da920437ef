import { onWillDestroy, status } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { FileInput } from "@web/core/file_input/file_input";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import {
    Many2ManyBinaryField,
    many2ManyBinaryField,
} from "@web/views/fields/many2many_binary/many2many_binary_field";
import { isolate } from "../isolate";

// A phone offers its camera where pictures are accepted.
const ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,.heic,.pdf,.txt,.docx,.odt";
const SHOWN_BY_BROWSERS = ["image/jpeg", "image/png", "image/webp"];
// Larger photos are made smaller before they travel; the server keeps no larger ones.
const LARGE = 1024 * 1024;
const PIXELS = 1920;
const ICONS = {
    "application/pdf": "fa-file-pdf-o",
    "text/plain": "fa-file-text-o",
    "image/heic": "fa-file-image-o",
};

/** Return a photo as a smaller one, without what the camera noted; other files as is. */
export async function shrink(file) {
    if (!file.type.startsWith("image/") || file.size < LARGE) {
        return file;
    }
    try {
        const picture = await createImageBitmap(file);
        const scale = Math.min(1, PIXELS / Math.max(picture.width, picture.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(picture.width * scale);
        canvas.height = Math.round(picture.height * scale);
        const context = canvas.getContext("2d");
        context.fillStyle = "white";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(picture, 0, 0, canvas.width, canvas.height);
        const blob = await new Promise((resolve) =>
            canvas.toBlob(resolve, "image/jpeg", 0.85)
        );
        const name = `${file.name.replace(/\.\w+$/, "")}.jpg`;
        return new File([blob], name, { type: "image/jpeg" });
    } catch {
        // Not every browser opens every kind of picture.
        return file;
    }
}

/**
 * A button that takes files, and says of each that was not added why.
 *
 * Odoo's own stays dead after an upload that failed, and fails at an empty file.
 */
class FilesInput extends FileInput {
    get httpParams() {
        const params = super.httpParams;
        return { ...params, ufile: params.ufile.filter(({ size }) => size) };
    }

    async onFileInputChange() {
        const files = [...this.fileInputRef.el.files];
        const sent = files.filter(({ size }) => size);
        this.refuse(
            files.filter(({ size }) => !size),
            ({ name }) => _t("%(name)s: The file is empty.", { name: isolate(name) })
        );
        try {
            if (sent.length) {
                await super.onFileInputChange();
            }
        } catch (error) {
            // Its form may have gone away before the files were there.
            if (status(this) !== "destroyed") {
                this.refuse(sent, (file) => this.failure(file, error));
            }
        }
        if (this.fileInputRef.el) {
            // The same file may be chosen again.
            this.fileInputRef.el.value = null;
        }
        this.state.isDisable = false;
    }

    failure(file, error) {
        const name = isolate(file.name);
        // The browser's own error, when the server can't be reached.
        return error instanceof TypeError
            ? _t("%(name)s: No connection. Add it again when you are online.", { name })
            : _t(
                  "%(name)s: The server did not take it. It may be too large, or you may have been logged out.",
                  { name }
              );
    }

    /** Answer as the server does for a file that it refuses. */
    refuse(files, reason) {
        this.props.onUpload(files.map((file) => ({ error: reason(file) })));
    }
}

/**
 * The files of a meeting or an update: links, and small pictures of photos.
 *
 * What is chosen waits on the server until the form is saved, and is deleted there when
 * the form goes away without that.
 */
export class InterventionFilesField extends Many2ManyBinaryField {
    static template = "intervention_tracking.FilesField";
    static components = { FilesInput };
    static props = {
        ...Many2ManyBinaryField.props,
        isCompact: { type: Boolean, optional: true },
    };

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        this.accepted = ACCEPTED;
        this.chosenIds = new Set();
        onWillDestroy(() => this.discard([...this.chosenIds]));
    }

    get files() {
        return super.files.map((file) => ({
            ...file,
            icon: ICONS[file.mimetype] || "fa-file-word-o",
            // Its address has no name: servers log addresses.
            url: `/web/content/intervention.file/${file.id}/content`,
            picture: SHOWN_BY_BROWSERS.includes(file.mimetype)
                ? `/web/image/intervention.file/${file.id}/content/96x96?crop=true`
                : "",
            canRemove: this.canRemove(file),
            // In the tracker a button would save what is typed.
            canRetract:
                file.can_retract &&
                !this.canRemove(file) &&
                !this.props.record.context.intervention_tracker,
        }));
    }

    /** Tell whether a file was chosen here and belongs to no record yet. */
    isWaiting(file) {
        return this.chosenIds.has(file.id) && !file.meeting_id;
    }

    canRemove(file) {
        return (
            !this.props.readonly &&
            (this.isWaiting(file) ||
                (file.create_uid?.id === user.userId &&
                    this.props.record.data.status !== "closed"))
        );
    }

    onWillUploadFiles(files) {
        return Promise.all(files.map(shrink));
    }

    async onFileUploaded(files) {
        if (status(this) === "destroyed") {
            return this.discard(files.filter(({ id }) => id).map(({ id }) => id));
        }
        for (const { id, error } of files) {
            if (error) {
                this.notification.add(error, {
                    title: _t("The file was not added"),
                    type: "danger",
                });
            } else {
                this.chosenIds.add(id);
                await this.operations.saveRecord([id]);
            }
        }
    }

    async onFileRemove(id) {
        if (this.isWaiting(super.files.find((file) => file.id === id))) {
            this.chosenIds.delete(id);
            await super.onFileRemove(id);
            return this.discard([id]);
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete this file?"),
            body: _t("This can't be undone. The chatter will say that it was deleted."),
            confirmLabel: _t("Delete"),
            confirm: async () => {
                if (await this.props.record.save()) {
                    await this.orm.unlink("intervention.file", [id]);
                    await this.props.record.load();
                }
            },
            cancel: () => {},
        });
    }

    /** What is permanent may be in the wrong place all the same. */
    async retract(id) {
        await this.env.onClickViewButton({
            clickParams: {
                type: "object",
                name: "action_retract",
                context: {
                    intervention_dialog: "intervention.retract",
                    default_file_id: id,
                },
            },
            getResParams: () => ({ resModel: "intervention.file", resId: id, resIds: [id] }),
        });
    }

    /** Delete on the server what no record took. */
    async discard(ids) {
        if (ids.length) {
            // The hook's service does nothing for a component that is gone.
            const { orm } = this.env.services;
            await orm.silent.call("intervention.track", "discard_files", [ids]);
        }
    }
}

registry.category("fields").add("intervention_files", {
    ...many2ManyBinaryField,
    component: InterventionFilesField,
    supportedTypes: ["many2many", "one2many"],
    relatedFields: [
        ...many2ManyBinaryField.relatedFields,
        { name: "create_uid", type: "many2one", relation: "res.users" },
        { name: "meeting_id", type: "many2one", relation: "intervention.meeting" },
        { name: "is_retracted", type: "boolean" },
        { name: "can_retract", type: "boolean" },
    ],
    extractProps: (info) => ({
        ...many2ManyBinaryField.extractProps(info),
        isCompact: Boolean(info.options.compact),
    }),
});
