// Does the main job over JSON-RPC; prints what it found as JSON.
const { default: OdooJSONRpc } = require("@fernandoslim/odoo-jsonrpc");

const { url, db, username, apiKey, values } = JSON.parse(process.argv[2]);
const { protocol, hostname, port } = new URL(url);

async function main() {
  const odoo = new OdooJSONRpc({
    baseUrl: `${protocol}//${hostname}`,
    port: Number(port),
    db,
    username,
    apiKey,
  });
  await odoo.connect();
  const model = "intervention.meeting";
  const meeting = await odoo.create(model, values);
  const update = await odoo.call_kw(model, "add_progress", [[meeting], "A note"]);
  const listed = await odoo.searchRead(
    model,
    [["student_id", "=", values.student_id]],
    ["status", "absence_reason"],
  );
  const statistics = await odoo.call_kw(model, "get_statistics", []);
  const closing = await odoo.call_kw(
    model,
    "add_progress",
    [[meeting], "He is back"],
    { status: "closed", resolution_notes: "Solved" },
  );
  let refusal = null;
  try {
    await odoo.call_kw(model, "add_progress", [[meeting], "Again"], { status: "open" });
  } catch (error) {
    refusal = error.message;
  }
  console.log(
    JSON.stringify({ meeting, update, listed, statistics, closing, refusal }),
  );
}

main();
