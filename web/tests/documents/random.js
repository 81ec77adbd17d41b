// Random documents, each of one seed: clients that write, are cut off and come back, and what a server would have been sent by them.
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

/** Whole numbers that are the same on every run (mulberry32). */
export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** 0 to below the limit. */
  below(limit) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  }

  one(of) {
    return of[this.below(of.length)];
  }

  isOneIn(count) {
    return this.below(count) === 0;
  }

  shuffled(list) {
    const copy = [...list];
    for (let at = copy.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [copy[at], copy[other]] = [copy[other], copy[at]];
    }
    return copy;
  }
}

const WORDS = ["a", "bc", "Käse", "日本", "x y", "😀", "👩‍🚀", "𝄞b", "\n", "ende", "0", "\u0000", "\ufeff"];

/** Places in a text where nothing falls apart: an editor never parts a character. */
function places(text) {
  const units = text.toDelta().map(({ insert }) => (typeof insert === "string" ? insert : "\u0001")).join("");
  const found = [];
  for (let at = 0; at <= units.length; at++) {
    const before = units.charCodeAt(at - 1);
    if (!(before >= 0xd800 && before <= 0xdbff)) {
      found.push(at);
    }
  }
  return found;
}

function value(dice, depth = 0) {
  const simple = [
    () => dice.one(WORDS),
    () => dice.below(1000) - 500,
    () => dice.below(1 << 30) * 1024,
    () => -(2 ** 40) - dice.below(1000),
    () => dice.below(1000) / 8,
    () => dice.below(1000) / 7,
    () => dice.isOneIn(2),
    () => null,
    () => new Uint8Array([dice.below(256), 0, 255]),
  ];
  // Yjs takes these within others only.
  if (depth > 0) simple.push(() => BigInt(dice.below(1 << 30)) * 1234567890123n, () => undefined);
  if (depth > 2 || !dice.isOneIn(4)) {
    return dice.one(simple)();
  }
  return dice.isOneIn(2)
    ? Array.from({ length: dice.below(4) }, () => value(dice, depth + 1))
    : Object.fromEntries(Array.from({ length: dice.below(4) }, (_, at) => [dice.one(WORDS) + at, value(dice, depth + 1)]));
}

function type(dice) {
  const made = dice.one([
    () => new Y.Map([["k", dice.below(9)]]),
    () => Y.Array.from([1, "two", null]),
    () => new Y.Text(dice.one(WORDS)),
    () => new Y.Doc({ guid: `sub-${dice.below(1000)}`, meta: { of: dice.below(9) } }),
    () => new Y.XmlElement("p"),
  ]);
  return made();
}

function inText(dice, text) {
  const at = places(text);
  const from = dice.below(at.length);
  switch (dice.below(7)) {
    case 0:
    case 1:
    case 2:
      text.insert(at[from], dice.one(WORDS), dice.isOneIn(4) ? { bold: true } : undefined);
      break;
    case 3: {
      const to = Math.min(at.length - 1, from + dice.below(6));
      text.delete(at[from], at[to] - at[from]);
      break;
    }
    case 4: {
      const to = Math.min(at.length - 1, from + dice.below(9));
      text.format(at[from], at[to] - at[from], dice.one([{ bold: true }, { bold: null }, { link: { to: "é" } }, { size: 1.5 }]));
      break;
    }
    case 5:
      text.insertEmbed(at[from], { image: dice.one(WORDS), width: dice.below(99) });
      break;
    default:
      text.insert(text.length, dice.one(WORDS));
  }
}

function inArray(dice, array) {
  const at = dice.below(array.length + 1);
  if (dice.isOneIn(3)) {
    array.delete(at, Math.min(array.length - at, dice.below(4)));
  } else if (dice.isOneIn(4)) {
    array.insert(at, [type(dice)]);
  } else {
    array.insert(
      at,
      Array.from({ length: 1 + dice.below(3) }, () => value(dice)),
    );
  }
}

function inMap(dice, map) {
  const key = dice.one(["x", "y", "😀", "", "p"]);
  if (dice.isOneIn(4)) {
    map.delete(key);
  } else {
    map.set(key, dice.isOneIn(4) ? type(dice) : value(dice));
  }
}

function inXml(dice, parent) {
  const at = dice.below(parent.length + 1);
  const child = parent.length > 0 ? parent.get(dice.below(parent.length)) : undefined;
  if (child instanceof Y.XmlText && dice.isOneIn(2)) {
    inText(dice, child);
  } else if (child instanceof Y.XmlElement && dice.isOneIn(2)) {
    if (dice.isOneIn(2)) {
      child.setAttribute(dice.one(["class", "href"]), dice.one(WORDS));
    } else {
      inXml(dice, child);
    }
  } else if (dice.isOneIn(3) && parent.length > 0) {
    parent.delete(Math.min(at, parent.length - 1), 1);
  } else {
    parent.insert(at, [dice.one([() => new Y.XmlElement("div"), () => new Y.XmlText("t"), () => new Y.XmlHook("hook")])()]);
  }
}

/** Something in the document, at the top of it or further down. */
function change(dice, doc) {
  switch (dice.below(6)) {
    case 0:
    case 1:
      return inText(dice, doc.getText("text"));
    case 2:
      return inArray(dice, doc.getArray(dice.one(["array", "json"])));
    case 3:
      return inMap(dice, doc.getMap("map"));
    case 4:
      return inXml(dice, doc.getXmlFragment("xml"));
    default: {
      const inner = dice.one([...doc.getMap("map").values(), ...doc.getArray("array").toArray()].filter((each) => each instanceof Y.AbstractType));
      if (inner instanceof Y.Text) inText(dice, inner);
      else if (inner instanceof Y.Map) inMap(dice, inner);
      else if (inner instanceof Y.Array) inArray(dice, inner);
      else inText(dice, doc.getText("text"));
    }
  }
}

/** Values in the form that Yjs no longer writes and still reads. */
function oldValues(client) {
  const out = encoding.createEncoder();
  for (const number of [1, 1, client, 0]) encoding.writeVarUint(out, number);
  encoding.writeUint8(out, 2);
  encoding.writeVarUint(out, 1);
  encoding.writeVarString(out, "json");
  const values = ['{"old":[1,2.5e3]}', "undefined", '"\\ud83d and ü"', "null"];
  encoding.writeVarUint(out, values.length);
  for (const each of values) encoding.writeVarString(out, each);
  encoding.writeVarUint(out, 0);
  return encoding.toUint8Array(out);
}

// A client takes marks of formats away that it finds useless, and says so to others. One that only reads has nobody to say it to, and finds others useless for having heard things in
// another order: two of those would differ in plain Yjs.
let isReading = false;
const callObserver = Y.Text.prototype._callObserver;
Y.Text.prototype._callObserver = function (transaction, subscribers) {
  callObserver.call(this, transaction, subscribers);
  if (isReading) transaction._needFormattingCleanup = false;
};

export function document(clientID, gc = true) {
  const doc = new Y.Doc({ gc });
  doc.clientID = clientID;
  return doc;
}

/** Whoever reads: all that there is, in no order, and its top level types by their kinds. */
export function opened(updates, gc = true) {
  const doc = document(31, gc);
  shape(doc);
  isReading = true;
  for (const update of updates) Y.applyUpdate(doc, update);
  isReading = false;
  return doc;
}

function shape(doc) {
  doc.getText("text");
  doc.getArray("array");
  doc.getArray("json");
  doc.getMap("map");
  doc.getXmlFragment("xml");
}

/** What a document says, comparable: content, clocks and what is deleted. */
export function said(doc) {
  const plain = (_, each) => {
    if (typeof each === "bigint") return `${each}n`;
    if (each === undefined) return "undefined";
    if (each instanceof Uint8Array) return `bytes ${[...each]}`;
    if (each instanceof Y.Doc) return `document ${each.guid}`;
    if (each && typeof each === "object" && !Array.isArray(each)) return Object.fromEntries(Object.entries(each).sort());
    return each;
  };
  const content = JSON.stringify(
    [
      doc.getText("text").toDelta(),
      doc.getArray("array").toJSON(),
      doc.getArray("json").toJSON(),
      doc.getMap("map").toJSON(),
      doc.getXmlFragment("xml").toString(),
    ],
    plain,
  );
  return { content, snapshot: Y.snapshot(doc), isPending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null };
}

export function difference(one, other) {
  if (one.content !== other.content) return `content ${one.content}\n    and ${other.content}`;
  if (!Y.equalSnapshots(one.snapshot, other.snapshot)) return "clocks or what is deleted";
  return one.isPending !== other.isPending ? "what is pending" : undefined;
}

/** Client ids as Yjs makes them, and such as its format allows beyond. */
const CLIENTS = [
  [7, 300, 2_000_000_000],
  [0xffffffff, 0xfffffff0, 5],
  [2 ** 53 - 1, 2 ** 40 + 1, 2 ** 33],
];

/**
 * The story of one document: who wrote what, and what a server was sent of it, in an order in which it could have been sent.
 *
 * @returns `updates`, all of them; `live`, those of which none says again what another says; `vectors`, what peers had when they were cut off, with what they had (`states`)
 */
export function story(seed) {
  const dice = new Dice(seed);
  const ids = dice.one(CLIENTS);
  const updates = [];
  const live = [];
  if (dice.isOneIn(3)) updates.push(oldValues(99));
  const docs = ids.map((clientID) => {
    const doc = document(clientID, !dice.isOneIn(3));
    shape(doc);
    for (const update of updates) Y.applyUpdate(doc, update, "peer");
    doc.on("update", (update, origin) => {
      if (origin === "peer") return;
      updates.push(update);
      live.push(update);
    });
    return doc;
  });
  const undo = new Y.UndoManager([docs[0].getText("text"), docs[0].getMap("map")], { captureTimeout: 0 });
  const states = [];
  for (let step = 10 + dice.below(60); step > 0; step--) {
    const doc = dice.one(docs);
    if (dice.isOneIn(12)) {
      dice.isOneIn(2) ? undo.undo() : undo.redo();
    } else {
      doc.transact(() => {
        for (let changes = 1 + dice.below(3); changes > 0; changes--) change(dice, doc);
      });
    }
    if (dice.isOneIn(3)) {
      const other = dice.one(docs);
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), "peer");
    }
    if (dice.isOneIn(10)) updates.push(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(dice.one(docs))));
    if (dice.isOneIn(15)) states.push(Y.encodeStateAsUpdate(doc));
  }
  states.push(Y.encodeStateAsUpdate(new Y.Doc()));
  const vectors = states.map((state) => Y.encodeStateVectorFromUpdate(state));
  return { updates: dice.isOneIn(2) ? updates : dice.shuffled(updates), live: dice.shuffled(live), states, vectors };
}
