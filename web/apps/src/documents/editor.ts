// Binds a text of Yjs to CodeMirror, and shows where others are in it.

import { defaultKeymap } from "@codemirror/commands";
import { Annotation, EditorState, type ChangeSpec, type Range } from "@codemirror/state";
import { Decoration, EditorView, keymap, placeholder, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { make } from "@carillon/look";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { people } from "./people.js";

/** Marks what comes from the document, so that it isn't written there again. */
const fromDocument = Annotation.define<boolean>();
/** Marks that only others' places have changed. */
const placesChanged = Annotation.define<boolean>();

/** Stands for what another editor has put between the characters. */
const EMBED = "\ufffc";

export interface Editor {
  readonly view: EditorView;
  destroy(): void;
}

/** An editor of the text, in an element. */
export function edit(parent: HTMLElement, text: Y.Text, awareness: Awareness, undo: Y.UndoManager, label: string): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: plain(text),
      extensions: [
        EditorState.lineSeparator.of("\n"),
        keymap.of([
          { key: "Mod-z", run: () => (undo.undo(), true), preventDefault: true },
          { key: "Mod-y", mac: "Mod-Shift-z", run: () => (undo.redo(), true), preventDefault: true },
          { key: "Mod-Shift-z", run: () => (undo.redo(), true), preventDefault: true },
          ...defaultKeymap,
        ]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        placeholder("Write here. So does everybody else."),
        EditorView.updateListener.of((update) => onEdited(update, text, awareness)),
        others(text, awareness),
      ],
    }),
  });
  const onText = (event: Y.YTextEvent, transaction: Y.Transaction) => {
    if (transaction.origin !== view) view.dispatch({ changes: changesOf(event), annotations: fromDocument.of(true) });
  };
  const onAwareness = ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>) => {
    const isOfOthers = [...added, ...updated, ...removed].some((client) => client !== awareness.clientID);
    if (isOfOthers) view.dispatch({ annotations: placesChanged.of(true) });
  };
  text.observe(onText);
  awareness.on("change", onAwareness);
  undo.trackedOrigins.add(view);
  return {
    view,
    destroy() {
      text.unobserve(onText);
      awareness.off("change", onAwareness);
      view.destroy();
    },
  };
}

/** What was typed goes into the document as one change, and one's own place to the others. */
function onEdited(update: ViewUpdate, text: Y.Text, awareness: Awareness): void {
  const isTyped = update.docChanged && !update.transactions.some((each) => each.annotation(fromDocument) === true);
  if (isTyped) {
    text.doc?.transact(() => {
      let shift = 0;
      update.changes.iterChanges((from, to, _, __, inserted) => {
        const written = inserted.toString();
        if (to > from) text.delete(from + shift, to - from);
        if (written !== "") text.insert(from + shift, written);
        shift += written.length - (to - from);
      });
    }, update.view);
  }
  if (isTyped || update.selectionSet || update.focusChanged) {
    const { anchor, head } = update.state.selection.main;
    const place = (at: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, at));
    awareness.setLocalStateField("place", update.view.hasFocus ? { anchor: place(anchor), head: place(head) } : null);
  }
}

/** What it says, each unit of it at its place: what is no text stands there as one. */
function plain(text: Y.Text): string {
  return (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === "string" ? insert : EMBED)).join("");
}

function changesOf(event: Y.YTextEvent): ChangeSpec[] {
  const changes: ChangeSpec[] = [];
  let at = 0;
  for (const { retain, delete: deleted, insert } of event.delta) {
    if (retain !== undefined) at += retain;
    else if (deleted !== undefined) {
      changes.push({ from: at, to: at + deleted });
      at += deleted;
    } else changes.push({ from: at, insert: typeof insert === "string" ? insert : EMBED });
  }
  return changes;
}

/** A caret of somebody else, with a name. */
class Caret extends WidgetType {
  constructor(
    readonly name: string,
    readonly color: number,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.name === this.name && other.color === this.color;
  }

  toDOM(): HTMLElement {
    const caret = make("span", `caret person-${this.color}`, make("span", "caret-name", this.name));
    caret.setAttribute("aria-hidden", "true");
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function others(text: Y.Text, awareness: Awareness) {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = placesOf(view, text, awareness);
      }

      update(update: ViewUpdate): void {
        const isDue = update.docChanged || update.transactions.some((each) => each.annotation(placesChanged) === true);
        if (isDue) this.decorations = placesOf(update.view, text, awareness);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

function placesOf(view: EditorView, text: Y.Text, awareness: Awareness): DecorationSet {
  const length = view.state.doc.length;
  const found: Range<Decoration>[] = [];
  for (const person of people(awareness)) {
    const place: unknown = awareness.getStates().get(person.client)?.["place"];
    if (person.isSelf || typeof place !== "object" || place === null || !("anchor" in place) || !("head" in place)) continue;
    const anchor = indexOf(place.anchor, text);
    const head = indexOf(place.head, text);
    if (anchor === undefined || head === undefined || Math.max(anchor, head) > length) continue;
    if (anchor !== head) {
      found.push(Decoration.mark({ class: `selected person-${person.color}` }).range(Math.min(anchor, head), Math.max(anchor, head)));
    }
    found.push(Decoration.widget({ widget: new Caret(person.name, person.color), side: 1 }).range(head));
  }
  return Decoration.set(found, true);
}

/** Where a place is now; undefined where it is none of this text. */
function indexOf(json: unknown, text: Y.Text): number | undefined {
  try {
    const place = text.doc === null ? null : Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), text.doc);
    return place?.type === text ? place.index : undefined;
  } catch {
    return undefined;
  }
}
