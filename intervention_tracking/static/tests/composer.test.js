import {
    click,
    contains,
    insertText,
    mailModels,
    onRpcBefore,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { defineModels, fields, makeServerError, models } from "@web/../tests/web_test_helpers";

class Meeting extends models.Model {
    _name = "intervention.meeting";
    _views = { form: /* xml */ `<form><field name="name" /><chatter /></form>` };

    name = fields.Char();
    message_ids = fields.One2many({ relation: "mail.message" });
}

defineModels({ ...mailModels, Meeting });

const LOG = ".o-mail-Composer button[aria-label='Log']";

async function writeWhatIsRefused(model) {
    expect.errors(1);
    const pyEnv = await startServer();
    const id = pyEnv[model].create({ name: "Ada" });
    let refused = false;
    onRpcBefore("/mail/message/post", () => {
        if (!refused) {
            refused = true;
            throw makeServerError({ message: "Staff can't see this intervention." });
        }
    });
    await start();
    await openFormView(model, id);
    await click("button", { text: "Log note" });
    await insertText(".o-mail-Composer-input", "Called her aunt");
    await click(`${LOG}:enabled`);
    await expect.waitForErrors(["can't see this intervention"]);
    await contains(".o-mail-Composer-input", { value: "Called her aunt" });
}

test("a message on a case that was refused can be corrected and sent", async () => {
    await writeWhatIsRefused("intervention.meeting");
    await click(`${LOG}:enabled`);
    await contains(".o-mail-Message", { text: "Called her aunt" });
});

test("elsewhere a refused message is as Odoo has it", async () => {
    await writeWhatIsRefused("res.partner");
    await contains(`${LOG}:disabled`);
});
