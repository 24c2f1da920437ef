import { Attachment } from "@mail/core/common/attachment_model";
import { patch } from "@web/core/utils/patch";

patch(Attachment.prototype, {
    /** Servers log addresses, so the chatter's have no name of an intervention's file. */
    get urlQueryParams() {
        const params = super.urlQueryParams;
        const thread = this.thread || this.composer?.thread || this.message?.thread;
        if (thread?.model === "intervention.meeting") {
            delete params.filename;
        }
        return params;
    },
});
