import { Composer } from "@mail/core/common/composer";
import { patch } from "@web/core/utils/patch";

patch(Composer.prototype, {
    /** A message that is refused for a case can be corrected and sent again. */
    async processMessage(cb) {
        try {
            await super.processMessage(cb);
        } catch (error) {
            if (this.thread?.model === "intervention.meeting") {
                this.state.active = true;
            }
            throw error;
        }
    },
});
