// Says to a program on its other end what was written in random documents, hears what that makes of the updates, and lets Yjs judge it.
//
//   node judge.js <first seed> <how many>
//
// For each document it prints a line of the updates and one of the state vectors, in base64, and reads lines of a name and what the name stands for, up to `end`. At last it prints
// `done`, or `failed` with the reason.
import { createInterface } from "node:readline";
import * as Y from "yjs";
import { difference, opened, said, story } from "./random.js";

const [first, count] = process.argv.slice(2).map(Number);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const encoded = (bytes) => Buffer.from(bytes).toString("base64");
const decoded = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function answers() {
  const heard = new Map();
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) throw new Error("the answers ended");
    if (line === "end") return heard;
    const [name, ...rest] = line.split(" ");
    heard.set(name, rest);
  }
}

function check(what, is, should) {
  const differs = difference(is, should);
  if (differs) throw new Error(`${what}: other ${differs}`);
}

function judge(seed, { updates, states, vectors }, heard) {
  const whole = said(opened(updates));
  const of = (name) => decoded(heard.get(name)[0]);
  for (const name of ["merged", "reversed", "tree", "compacted", "grown"]) {
    check(name, said(opened([of(name)])), whole);
    check(`${name}, then each update again`, said(opened([of(name), ...updates])), whole);
    check(`${name}, for one that keeps what is deleted`, said(opened([of(name)], false)), whole);
  }
  const cut = Number(heard.get("cut")[0]);
  const part = Y.mergeUpdates(updates.slice(0, Math.max(1, cut)));
  const ways = {
    "a compacted part, then the rest": (first) => [first, ...updates.slice(cut)],
    "the rest in reverse, then a compacted part": (first) => [...updates.slice(cut).reverse(), first],
  };
  for (const [way, inOrder] of Object.entries(ways)) {
    // Where something is missing at first, Yjs may wait for it for ever, though it comes: then there is nothing to compare with.
    if (!said(opened(inOrder(part))).isPending) check(way, said(opened(inOrder(of("part")))), whole);
  }
  vectors.forEach((vector, at) => {
    const lacking = heard.get("differences").map(decoded);
    check("who was cut off is given the difference", said(opened([states[at], lacking[2 * at]])), whole);
    check("who was cut off since before a compaction", said(opened([states[at], lacking[2 * at + 1]])), whole);
  });
  const partVector = Y.decodeStateVector(of("partVector"));
  const yjsVector = Y.decodeStateVector(Y.encodeStateVectorFromUpdate(Y.mergeUpdates(updates.slice(0, cut))));
  if (JSON.stringify([...partVector].sort()) !== JSON.stringify([...yjsVector].sort())) throw new Error("another state vector of a part");
  const news = updates.filter((_, at) => heard.get("news")[0][at] === "1");
  check("only what added something", said(opened(news)), whole);
  if (heard.get("again")[0].includes("1")) throw new Error("what was known is called new");
  return { ours: of("compacted").length, theirs: Y.encodeStateAsUpdate(opened(updates)).length };
}

let ours = 0;
let theirs = 0;
try {
  for (let seed = first; seed < first + count; seed++) {
    const told = story(seed);
    console.log(["updates", ...told.updates.map(encoded)].join(" "));
    console.log(["vectors", ...told.vectors.map(encoded)].join(" "));
    const heard = await answers();
    try {
      const sizes = judge(seed, told, heard);
      ours += sizes.ours;
      theirs += sizes.theirs;
    } catch (error) {
      throw new Error(`seed ${seed}: ${error.message}`);
    }
  }
  console.log(`done ${ours} ${theirs}`);
} catch (error) {
  console.log(`failed ${error.message.replaceAll("\n", " ")}`);
}
process.exit();
