import { expect, test } from "@odoo/hoot";
import { queryAllTexts, setInputFiles } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    MockServer,
    mockService,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineInterventionModels } from "./intervention_models";

defineInterventionModels();

const BUTTON = ".o_intervention_files .o_file_input_trigger";
const NAMES = ".o_intervention_files a";
const REFUSED = ".o_notification:contains(The file was not added)";
const note = (text = "She was ill.") => new File([text], "note.txt", { type: "text/plain" });

/** The answers to the uploads, one after the other; an error is thrown. */
async function mountFiles(...answers) {
    mockService("http", {
        post(route, { ufile }) {
            expect.step(ufile.map(({ name }) => name));
            const answer = answers.shift();
            if (answer instanceof Error) {
                throw answer;
            }
            const ids = MockServer.env["intervention.file"].create(
                ufile.map(({ name }) => ({ name, mimetype: "text/plain" }))
            );
            return answer || JSON.stringify(ids.map((id) => ({ id })));
        },
    });
    onRpc("intervention.track", "discard_files", () => true);
    await mountView({
        type: "form",
        resModel: "intervention.meeting",
        arch: /* xml */ `<form><field name="file_ids" widget="intervention_files" /></form>`,
    });
}

async function choose(...files) {
    await contains(BUTTON).click();
    await setInputFiles(files);
    await animationFrame();
    await animationFrame();
}

const FAILURES = {
    "without a connection": [new TypeError("Failed to fetch"), "No connection"],
    "with a page instead of an answer": ["<html></html>", "you may have been logged out"],
};

for (const [name, [answer, reason]] of Object.entries(FAILURES)) {
    test(`after an upload ${name} the file is named and can be added again`, async () => {
        await mountFiles(answer);
        await choose(note());
        expect(REFUSED).toHaveText(new RegExp(`note.txt: .*${reason}`));
        await choose(note());
        expect(queryAllTexts(NAMES)).toEqual(["note.txt"]);
        expect.verifySteps([["note.txt"], ["note.txt"]]);
    });
}

test("an empty file is refused by its name, and the others are added", async () => {
    await mountFiles();
    const empty = new File([], "empty.txt", { type: "text/plain" });
    await choose(empty);
    expect(REFUSED).toHaveText(/empty.txt: The file is empty\./);
    expect.verifySteps([]);
    await choose(empty, note());
    expect(queryAllTexts(NAMES)).toEqual(["note.txt"]);
    expect.verifySteps([["note.txt"]]);
});
