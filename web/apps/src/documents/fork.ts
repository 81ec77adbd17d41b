// What each window of the fork test does while it is cut off: the same sentence and the same shapes, each in its own way.

import * as Y from "yjs";
import { textOf } from "./digest.js";

const EDITS = 40;
const FORMATS = ["bold", "italic", "bold"] as const;

/** @param origin whose edit it is */
export function fork(doc: Y.Doc, which: number, origin: object): void {
  doc.transact(() => {
    const text = sentence(textOf(doc));
    for (let edit = 0; edit < EDITS; edit++) {
      const place = (edit * 7 + which * 3) % (text.length + 1);
      if (edit % 5 === 4 && place < text.length && !isHalf(words(text), place)) text.delete(place, 1);
      else text.insert(isHalf(words(text), place) ? place + 1 : place, "abc"[which] ?? "x");
    }
    text.format(which * 3, Math.max(1, Math.min(12, text.length - which * 3)), { [FORMATS[which] ?? "bold"]: {} });
    [...doc.getMap<unknown>("shapes").values()].forEach((shape, index) => {
      if (shape instanceof Y.Map) shape.set("p", [40 + which * 120 + index * 20, 40 + which * 40 + index * 12]);
    });
  }, origin);
}

/** The longest run of text, which is the same in all windows; a new one where there is none. */
function sentence(fragment: Y.XmlFragment): Y.XmlText {
  let longest: Y.XmlText | undefined;
  for (const each of fragment.createTreeWalker((type) => type instanceof Y.XmlText)) {
    if (each instanceof Y.XmlText && (longest === undefined || each.length > longest.length)) longest = each;
  }
  if (longest !== undefined) return longest;
  const text = new Y.XmlText();
  const paragraph = new Y.XmlElement("paragraph");
  paragraph.insert(0, [text]);
  fragment.push([paragraph]);
  return text;
}

/** What it says, each unit of it at its place. */
function words(text: Y.XmlText): string {
  return (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === "string" ? insert : " ")).join("");
}

/** Whether a character of two units stands there, or ends there: it is never parted. */
function isHalf(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit >= 0xd800 && unit <= 0xdfff;
}
