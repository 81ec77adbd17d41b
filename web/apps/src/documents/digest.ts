// One short word for a whole document: two windows that show the same word hold the same document.

import * as Y from "yjs";

/** What the document says, how far each client's clock is, and what is deleted, in one order. */
function canonical(doc: Y.Doc): string {
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([one], [other]) => one - other);
  const shapes = Object.entries(doc.getMap("shapes").toJSON()).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([textOf(doc).toString(), shapes, clocks]);
}

/** The text of a document, under the name that Tiptap gives to it. */
export function textOf(doc: Y.Doc): Y.XmlFragment {
  return doc.getXmlFragment("default");
}

/** The first eight digits of its SHA-256. */
export async function digest(doc: Y.Doc): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(doc)));
  return [...new Uint8Array(hash).slice(0, 4)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
