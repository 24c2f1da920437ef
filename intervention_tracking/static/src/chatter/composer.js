import { Composer } from "@mail/core/common/composer";
import { patch } from "@web/core/utils/patch";

patch(Composer.prototype, {
    /** A message that the server refuses can be corrected and sent again. */
    async processMessage(cb) {
        try {
            await super.processMessage(cb);
        } catch (error) {
            this.state.active = true;
            throw error;
        }
    },
});
