// Binds a text of Yjs to ProseMirror, and shows where others are in it.

import { baseKeymap, chainCommands } from "prosemirror-commands";
import { inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { liftListItem, sinkListItem, splitListItem } from "prosemirror-schema-list";
import { AllSelection, EditorState, Plugin, Selection } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import { make } from "@carillon/look";
import type { Awareness } from "y-protocols/awareness";
import {
  absolutePositionToRelativePosition,
  defaultDeleteFilter,
  initProseMirrorDoc,
  relativePositionToAbsolutePosition,
  yCursorPlugin,
  ySyncPlugin,
  ySyncPluginKey,
  yUndoPlugin,
} from "y-prosemirror";
import * as Y from "yjs";
import { COLORS } from "./people.js";
import { marks, nodes, schema } from "./schema.js";
import { toggle, toolbar } from "./toolbar.js";

/** So far below the top of the window is what is looked at: below the page's bar. */
const LOOK_AT = 96;

export interface EditorOptions {
  readonly fragment: Y.XmlFragment;
  readonly awareness: Awareness;
  /** What is written here can be undone by this. */
  readonly undo: Y.UndoManager;
  readonly label: string;
  readonly mayWrite: boolean;
}

export interface Editor {
  /** The tools and the text. */
  readonly root: HTMLElement;
  /** What is at the top of the window, as a place that others can find; null where that is no text. */
  top(): unknown;
  /** Scrolls the window to a place of somebody's. */
  show(place: unknown): void;
  destroy(): void;
}

/** An editor of the text. */
export function edit({ fragment, awareness, undo, label, mayWrite }: EditorOptions): Editor {
  const { doc, mapping } = initProseMirrorDoc(fragment, schema);
  const tools = mayWrite ? toolbar() : undefined;
  const text = make("div", "text");
  undo.trackedOrigins.add(ySyncPluginKey);
  const view = new EditorView(text, {
    state: EditorState.create({
      doc,
      plugins: [
        ySyncPlugin(fragment, { mapping }),
        yCursorPlugin(awareness, { cursorBuilder: caret, selectionBuilder: (_: unknown, client: number) => ({ class: `selected ${colorOf(client)}` }) }),
        yUndoPlugin({ undoManager: undo }),
        caretInWhatComes(),
        rules(),
        keys(undo, () => tools?.askForLink(view)),
        placeholder("Write here. So does everybody else."),
        ...(tools === undefined ? [] : [tools.plugin]),
      ],
    }),
    editable: () => mayWrite,
    attributes: { role: "textbox", "aria-multiline": "true", "aria-label": label, ...(mayWrite ? {} : { "aria-readonly": "true", tabindex: "0" }) },
  });
  const bound = () => ySyncPluginKey.getState(view.state).binding;
  return {
    root: make("div", "editor", ...(tools === undefined ? [] : [tools.root]), text),
    top() {
      const box = view.dom.getBoundingClientRect();
      const at = view.posAtCoords({ left: box.left + 24, top: Math.max(box.top + 4, LOOK_AT) });
      return at === null || box.bottom < LOOK_AT ? null : Y.relativePositionToJSON(absolutePositionToRelativePosition(at.pos, fragment, bound().mapping));
    },
    show(place) {
      const at = placeIn(place, fragment, bound().mapping);
      if (at === null) return;
      const { top } = view.coordsAtPos(Math.min(at, view.state.doc.content.size));
      scrollBy({ top: top - LOOK_AT, behavior: "instant" });
    },
    destroy() {
      view.destroy();
    },
  };
}

const BLOCKS = new Set(Object.keys(nodes).filter((name) => name !== "text" && name !== "doc"));

/** Takes back what was written in these: a block in which others write meanwhile stays, though oneself has made it. */
export function undoOf(types: ConstructorParameters<typeof Y.UndoManager>[0], origin: object): Y.UndoManager {
  return new Y.UndoManager(types, {
    trackedOrigins: new Set<unknown>([origin]),
    captureTimeout: 400,
    deleteFilter: (item) => defaultDeleteFilter(item, BLOCKS),
  });
}

/** Where a place is now, of which others say that it is one. */
function placeIn(json: unknown, fragment: Y.XmlFragment, mapping: Parameters<typeof relativePositionToAbsolutePosition>[3]): number | null {
  try {
    return fragment.doc === null ? null : relativePositionToAbsolutePosition(fragment.doc, fragment, Y.createRelativePositionFromJSON(json), mapping);
  } catch {
    return null;
  }
}

function colorOf(client: number): string {
  return `person-${client % COLORS}`;
}

/** A caret of somebody else, with a name. */
function caret(user: { readonly name?: unknown }, client: number): HTMLElement {
  const name = typeof user.name === "string" ? user.name.slice(0, 40) : "";
  const element = make("span", `caret ${colorOf(client)}`, make("span", "caret-name", name || "Somebody"));
  element.setAttribute("aria-hidden", "true");
  return element;
}

/**
 * A document in which nothing is yet has no place for a caret, so all of it is selected. When its content comes, the selection
 * would grow with it, and the first key pressed would replace everything.
 */
function caretInWhatComes(): Plugin {
  return new Plugin({
    appendTransaction(_, { doc: before }, { doc, selection, tr }) {
      const isLeftOver = before.textContent === "" && doc.textContent !== "" && selection instanceof AllSelection;
      return isLeftOver ? tr.setSelection(Selection.atStart(doc)) : null;
    },
  });
}

/** What is written as in Markdown becomes what it means. */
function rules(): Plugin {
  return inputRules({
    rules: [
      textblockTypeInputRule(/^(#{1,3})\s$/, nodes.heading, ([, hashes = ""]) => ({ level: hashes.length })),
      wrappingInputRule(/^\s*[-+*]\s$/, nodes.bulletList),
      wrappingInputRule(
        /^(\d+)\.\s$/,
        nodes.orderedList,
        ([, number]) => ({ start: Number(number) }),
        ([, number], list) => list.childCount + Number(list.attrs["start"]) === Number(number),
      ),
    ],
  });
}

function keys(undo: Y.UndoManager, askForLink: () => void): Plugin {
  const redo = () => (undo.redo(), true);
  return keymap({
    ...baseKeymap,
    "Mod-z": () => (undo.undo(), true),
    "Mod-y": redo,
    "Mod-Shift-z": redo,
    "Mod-b": toggle(marks.bold),
    "Mod-i": toggle(marks.italic),
    "Mod-k": () => (askForLink(), true),
    Enter: chainCommands(splitListItem(nodes.listItem), baseKeymap["Enter"]!),
    Tab: sinkListItem(nodes.listItem),
    "Shift-Tab": liftListItem(nodes.listItem),
  });
}

/** Words that stand in a text in which there are none. */
function placeholder(words: string): Plugin {
  return new Plugin({
    props: {
      decorations({ doc }) {
        const first = doc.firstChild;
        const isEmpty = doc.childCount <= 1 && (first === null || (first.type === nodes.paragraph && first.childCount === 0));
        return isEmpty && first !== null ? DecorationSet.create(doc, [Decoration.node(0, first.nodeSize, { class: "blank", "data-words": words })]) : null;
      },
    },
  });
}
