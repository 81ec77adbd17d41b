// Makes a document what it was, by a new edit: nothing of what came since is taken out of its history, and the edit can be undone.

import { updateYFragment, yXmlFragmentToProseMirrorRootNode } from "y-prosemirror";
import * as Y from "yjs";
import { textOf } from "./digest.js";
import { schema } from "./schema.js";

/** The text of a version, as ProseMirror has it. */
export function nodeOf(version: Y.Doc): ReturnType<typeof yXmlFragmentToProseMirrorRootNode> {
  return yXmlFragmentToProseMirrorRootNode(textOf(version), schema);
}

/** @param origin whose edit it is */
export function restore(doc: Y.Doc, version: Y.Doc, origin: object): void {
  const text = nodeOf(version);
  const then = version.getMap("shapes");
  const now = doc.getMap<Y.Map<unknown>>("shapes");
  doc.transact(() => {
    updateYFragment(doc, textOf(doc), text, { mapping: new Map(), isOMark: new Map() });
    for (const id of [...now.keys()]) if (!then.has(id)) now.delete(id);
    then.forEach((was, id) => {
      if (was instanceof Y.Map) restoreShape(now, id, was);
    });
  }, origin);
}

function restoreShape(now: Y.Map<Y.Map<unknown>>, id: string, was: Y.Map<unknown>): void {
  const shape = now.get(id);
  if (!(shape instanceof Y.Map)) {
    now.set(id, new Y.Map(was.entries()));
    return;
  }
  for (const key of [...shape.keys()]) if (!was.has(key)) shape.delete(key);
  was.forEach((value, key) => {
    if (JSON.stringify(shape.get(key)) !== JSON.stringify(value)) shape.set(key, value);
  });
}
