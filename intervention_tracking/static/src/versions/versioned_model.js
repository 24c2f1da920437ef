import { RelationalModel } from "@web/model/relational_model/relational_model";
import { askAboutConflict, conflictOf } from "./conflict_dialog";

/** A case that is saved with the version that was read, so that it overwrites nothing new. */
class VersionedRecord extends RelationalModel.Record {
    get context() {
        const version = this.data?.version;
        return version
            ? { ...super.context, intervention_version: version }
            : super.context;
    }

    _save(options = {}) {
        return super._save({
            ...options,
            onError: async (error, handlers) => {
                const conflict = conflictOf(error);
                if (conflict && this.isInEdition) {
                    const values = await askAboutConflict(this.model.dialog, this, conflict);
                    if (!values) {
                        return false;
                    }
                    await this._update(values);
                    return this._save(options);
                }
                if (options.onError) {
                    return options.onError(error, handlers);
                }
                // As Odoo does it without a handler.
                if (!this.isInEdition) {
                    await this._load({});
                }
                throw error;
            },
        });
    }
}

export class VersionedModel extends RelationalModel {
    static Record = VersionedRecord;
}
