// Does the main job over the HTTP API; prints what it found as JSON.
const { url, apiKey, document } = JSON.parse(process.argv[2]);
const base = `${url}/api/interventions/meetings/`;

async function call(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: {
      Authorization: `Bearer ${apiKey}`,
      "Content-Type": "application/json",
    },
    body: body && JSON.stringify(body),
  });
  return response.json();
}

const { id: meeting } = await call("POST", "", document);
const { id: update } = await call("POST", "progress/", {
  meeting,
  update_text: "A note",
});
const { results: listed } = await call("GET", `?student=${document.student}`);
const statistics = await call("GET", "stats/");
const { id: closing } = await call("POST", "progress/", {
  meeting,
  update_text: "He is back",
  status: "closed",
  resolution_notes: "Solved",
});
const { detail: refusal } = await call("POST", "progress/", {
  meeting,
  update_text: "Again",
  status: "open",
});
console.log(
  JSON.stringify({ meeting, update, listed, statistics, closing, refusal }),
);
