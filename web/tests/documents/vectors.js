// Writes documents/vectors/yjs.json: updates that Yjs made, and what Yjs makes of them, in hex. The documents' tests read it; run this again only to add a case.
import { writeFileSync } from "node:fs";
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { Dice, document, opened, story } from "./random.js";

const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** What one client after another does with the same document, each update by itself. */
function written(clients, acts) {
  const updates = [];
  const docs = clients.map((clientID) => document(clientID));
  for (const [who, act] of acts) {
    const doc = docs[who];
    for (const update of updates) Y.applyUpdate(doc, update, "peer");
    const heard = (update, origin) => origin !== "peer" && updates.push(update);
    doc.on("update", heard);
    doc.transact(() => act(doc));
    doc.off("update", heard);
  }
  return updates;
}

function of(name, updates, has = new Uint8Array([0])) {
  const merged = Y.mergeUpdates(updates);
  return {
    name,
    updates: updates.map(hex),
    merged: hex(merged),
    stateVector: hex(Y.encodeStateVectorFromUpdate(merged)),
    has: hex(has),
    difference: hex(Y.diffUpdate(merged, has)),
    collected: hex(Y.encodeStateAsUpdate(opened(updates))),
  };
}

const text = (doc) => doc.getText("text");
const typing = (word) => [...word].map((character, at) => [0, (doc) => text(doc).insert(at, character)]);
const vector = (clocks) => Y.encodeStateVector(new Map(clocks));

const cases = [
  of("nothing", written([1], [[0, () => {}]]).concat([Y.encodeStateAsUpdate(new Y.Doc())])),
  of("typing", written([1], typing("hello")), vector([[1, 3]])),
  of("a pair of surrogates is two ticks", written([1], typing("a😀b")), vector([[1, 3]])),
  of(
    "cut within a pair: half of it is U+FFFD",
    written([1], [[0, (doc) => text(doc).insert(0, "a😀b")]]),
    vector([[1, 2]]),
  ),
  of("deleted characters", written([1], [...typing("hello"), [0, (doc) => text(doc).delete(1, 3)]]), vector([[1, 5]])),
  of(
    "half of a pair deleted",
    written([1], [
      [0, (doc) => text(doc).insert(0, "a😀b")],
      [0, (doc) => text(doc).delete(2, 1)],
    ]),
  ),
  of(
    "formats and embeds",
    written([5, 6], [
      [0, (doc) => text(doc).insert(0, "bold", { bold: true })],
      [1, (doc) => text(doc).format(1, 2, { link: { to: "é" } })],
      [1, (doc) => text(doc).insertEmbed(2, { image: "x" })],
      [0, (doc) => text(doc).delete(0, 4)],
    ]),
    vector([[5, 2]]),
  ),
  of(
    "a map of every value",
    written([1], [
      [
        0,
        (doc) =>
          Object.entries({
            none: null,
            yes: true,
            no: false,
            small: -1,
            large: 2 ** 40,
            half: 0.5,
            third: 1 / 3,
            huge: 12345678901234567890n,
            text: "日本",
            list: [1, [undefined]],
            object: { a: { b: 1n } },
            bytes: new Uint8Array([0, 255]),
          }).forEach(([key, value]) => doc.getMap("map").set(key, value)),
      ],
    ]),
  ),
  of(
    "a key that was set ten times",
    written([1], Array.from({ length: 10 }, (_, at) => [0, (doc) => doc.getMap("map").set("p", [at, at])])),
    vector([[1, 9]]),
  ),
  of(
    "what was in a type that is gone",
    written([1, 2], [
      [0, (doc) => doc.getMap("map").set("shape", new Y.Map([["x", 1], ["y", new Y.Array()]]))],
      [1, (doc) => doc.getMap("map").get("shape").get("y").push([1, 2, 3])],
      [0, (doc) => doc.getMap("map").get("shape").set("x", 2)],
      [1, (doc) => doc.getMap("map").delete("shape")],
    ]),
  ),
  of(
    "XML and documents within",
    written([1], [
      [0, (doc) => doc.getXmlFragment("xml").insert(0, [new Y.XmlElement("p"), new Y.XmlText("t"), new Y.XmlHook("hook")])],
      [0, (doc) => doc.getXmlFragment("xml").get(0).setAttribute("class", "c")],
      [0, (doc) => doc.getArray("array").push([new Y.Doc({ guid: "sub", autoLoad: true })])],
    ]),
  ),
  of("clients of 53 bits", written([2 ** 53 - 1, 2 ** 32], [...typing("ab"), [1, (doc) => text(doc).insert(1, "c")]])),
  of(
    "a gap",
    written([1], typing("abcde")).filter((_, at) => at !== 1 && at !== 3),
    vector([[1, 1]]),
  ),
  of("a whole document again", ((updates) => [...updates, Y.mergeUpdates(updates)])(written([1], typing("hello")))),
];

/** Typing and dragging, as long as an afternoon; only what Yjs keeps of it. */
function kept(name, act) {
  const doc = document(4711);
  const updates = [];
  doc.on("update", (update) => updates.push(update));
  const dice = new Dice(1);
  for (let step = 0; step < 3000; step++) act(doc, step, dice);
  return { name, log: hex(Y.mergeUpdates(updates)), collected: hex(Y.encodeStateAsUpdate(doc)) };
}

const long = [
  kept("typing at the end", (doc, step) => text(doc).insert(step, "etaoin shrdlu"[step % 13])),
  kept("typing with backspace", (doc, _, dice) => {
    const length = text(doc).length;
    if (length > 0 && dice.isOneIn(10)) text(doc).delete(length - 1, 1);
    else text(doc).insert(length, "x");
  }),
  kept("dragging one key", (doc, step) => doc.getMap("shape").set("p", [step, 2 * step])),
];

const stories = [11, 12, 13, 14, 15, 16].map((seed) => of(`story ${seed}`, story(seed).live));

/** Bytes that no Yjs takes, or that it takes and then stops at. */
const client = (...rest) => {
  const out = encoding.createEncoder();
  for (const number of [1, 1, 1, 0]) encoding.writeVarUint(out, number);
  rest.forEach((each) => (typeof each === "string" ? encoding.writeVarString(out, each) : encoding.writeUint8(out, each)));
  encoding.writeUint8(out, 0);
  return encoding.toUint8Array(out);
};
const refused = {
  "no bytes": new Uint8Array(),
  "no delete set": new Uint8Array([0]),
  "a byte too many": new Uint8Array([0, 0, 0]),
  "a client that is not there": new Uint8Array([1, 0]),
  "a number beyond 2^53-1": new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255, 1, 0]),
  "content of a kind that nobody knows": client(11, 1, "t", 1),
  "a type that nobody knows": client(7, 1, "t", 7),
  "a value of a type that nobody knows": client(8, 1, "t", 1, 99),
  "a text that is not UTF-8": client(4, 1, "t", 2, 0xc3, 0x28),
  "a text with half a pair": client(4, 1, "t", 3, 0xed, 0xa0, 0x80),
  "a text without characters": client(4, 1, "t", 0),
  "a text longer than the update": client(4, 1, "t", 100, 65),
  "an embed that is no JSON": client(5, 1, "t", "{x}"),
  "a format that is no JSON": client(6, 1, "t", "bold", "tru"),
  "an item behind itself": client(0x84, 1, 0, "a"),
  "an item in itself": client(4, 0, 1, 0, "a"),
  "a document without options": client(9, 1, "t", "guid", 126),
  "nothing that was collected": client(0, 0),
  "the same client twice": new Uint8Array([2, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0]),
};

const golden = {
  yjs: "13.6.33",
  cases: [...cases, ...stories],
  long,
  refused: Object.entries(refused).map(([name, bytes]) => ({ name, bytes: hex(bytes) })),
};
writeFileSync(new URL("../../../documents/vectors/yjs.json", import.meta.url), `${JSON.stringify(golden, null, 1)}\n`);
