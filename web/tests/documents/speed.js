// For `./carillon bench updates`: writes a line for each workload: its name, what merging its updates takes here, what merging and collecting takes
// (both the median, in milliseconds), how many bytes are left, and the updates in hex.

import * as Y from "yjs";

const STEPS = 3_000;
const rounds = Number(process.argv[2] ?? 20);

const workloads = {
  "typing-at-the-end": (doc, step) => doc.getText("text").insert(step, "abcdefghij"[step % 10]),
  "typing,-each-tenth-a-backspace": (doc, step) => {
    const text = doc.getText("text");
    if (step % 10 === 9) text.delete(text.length - 1, 1);
    else text.insert(text.length, "abcdefghij"[step % 10]);
  },
  "dragging-a-shape,-its-place-under-one-key": (doc, step) => doc.getMap("shape").set("p", [step, step % 300]),
};

function updatesOf(act) {
  const doc = new Y.Doc();
  const updates = [];
  doc.on("update", (update) => updates.push(update));
  for (let step = 0; step < STEPS; step++) act(doc, step);
  return updates;
}

function collected(updates) {
  const doc = new Y.Doc();
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  return Y.encodeStateAsUpdate(doc);
}

/** The median of as many rounds as were warmed up with. */
function millis(act) {
  const times = [];
  for (let round = -rounds; round < rounds; round++) {
    const begun = performance.now();
    act();
    if (round >= 0) times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other)[Math.floor(times.length / 2)].toFixed(2);
}

for (const [name, act] of Object.entries(workloads)) {
  const updates = updatesOf(act);
  const hex = updates.map((update) => Buffer.from(update).toString("hex")).join(" ");
  console.log(`${name} ${millis(() => Y.mergeUpdates(updates))} ${millis(() => collected(updates))} ${collected(updates).length} ${hex}`);
}
