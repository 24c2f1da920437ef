import {
    click,
    contains,
    defineMailModels,
    insertText,
    onRpcBefore,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { makeServerError } from "@web/../tests/web_test_helpers";

defineMailModels();

test("a message that was refused can be corrected and sent", async () => {
    expect.errors(1);
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Ada" });
    let refused = false;
    onRpcBefore("/mail/message/post", () => {
        if (!refused) {
            refused = true;
            throw makeServerError({ message: "Staff can't see this intervention." });
        }
    });
    await start();
    await openFormView("res.partner", partnerId);
    await click("button", { text: "Log note" });
    await insertText(".o-mail-Composer-input", "Called her aunt");
    await click(".o-mail-Composer button[aria-label='Log']:enabled");
    await expect.waitForErrors(["can't see this intervention"]);
    await contains(".o-mail-Composer-input", { value: "Called her aunt" });
    await click(".o-mail-Composer button[aria-label='Log']:enabled");
    await contains(".o-mail-Message", { text: "Called her aunt" });
});
