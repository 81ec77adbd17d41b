// The tools of a text: what is pressed shows what is selected, and one of them is a tab stop, the others are reached by arrows.

import { make } from "@carillon/look";
import { setBlockType, toggleMark } from "prosemirror-commands";
import type { MarkType, NodeType } from "prosemirror-model";
import { liftListItem, wrapInList } from "prosemirror-schema-list";
import { Plugin, type Command, type EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { LEVELS, marks, nodes, safeAddress } from "./schema.js";

export interface Toolbar {
  readonly root: HTMLElement;
  /** Keeps it up with the selection; it works on the view of this plugin. */
  readonly plugin: Plugin;
  askForLink(view: EditorView): void;
}

interface Tool {
  readonly button: HTMLButtonElement;
  readonly run: Command;
  readonly isOn: (state: EditorState) => boolean;
}

export function toggle(mark: MarkType): Command {
  return toggleMark(mark);
}

/** The tools, which belong to the one view whose plugin is theirs. */
export function toolbar(): Toolbar {
  let view: EditorView | undefined;
  const link = linkForm(() => view);
  const tools: readonly Tool[] = [
    tool("Bold", "B", toggle(marks.bold), (state) => hasMark(state, marks.bold)),
    tool("Italic", "I", toggle(marks.italic), (state) => hasMark(state, marks.italic)),
    tool("Bulleted list", "Bulleted", list(nodes.bulletList), (state) => isIn(state, nodes.bulletList)),
    tool("Numbered list", "Numbered", list(nodes.orderedList), (state) => isIn(state, nodes.orderedList)),
    tool("Link", "Link", () => (link.ask(), true), (state) => hasMark(state, marks.link)),
  ];
  const style = styles();
  const bar = make("div", "tools", style, ...tools.map(({ button }) => button));
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Format");
  for (const { button, run } of tools) {
    // The text keeps its selection.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (view === undefined) return;
      run(view.state, view.dispatch, view);
      if (run !== tools.at(-1)?.run) view.focus();
    });
  }
  style.addEventListener("change", () => {
    if (view === undefined) return;
    const level = Number(style.value);
    setBlockType(level === 0 ? nodes.paragraph : nodes.heading, level === 0 ? null : { level })(view.state, view.dispatch);
    view.focus();
  });
  oneTabStop(bar);
  function paint(state: EditorState): void {
    for (const { button, isOn } of tools) button.setAttribute("aria-pressed", String(isOn(state)));
    const { parent } = state.selection.$from;
    style.value = parent.type === nodes.heading ? String(parent.attrs["level"]) : "0";
  }
  return {
    root: make("div", "toolbar", bar, link.root),
    plugin: new Plugin({
      view(of) {
        view = of;
        paint(of.state);
        return { update: ({ state }) => paint(state) };
      },
    }),
    askForLink: () => link.ask(),
  };
}

function tool(name: string, face: string, run: Command, isOn: (state: EditorState) => boolean): Tool {
  const button = make("button", `quiet tool tool-${name.split(" ")[0]!.toLowerCase()}`, face);
  button.type = "button";
  button.title = name;
  button.setAttribute("aria-label", name);
  return { button, run, isOn };
}

function styles(): HTMLSelectElement {
  const select = make("select", "quiet");
  select.setAttribute("aria-label", "Style");
  for (let level = 0; level <= LEVELS; level++) {
    const option = make("option", "", level === 0 ? "Text" : `Heading ${level}`);
    option.value = String(level);
    select.append(option);
  }
  return select;
}

function hasMark({ selection, doc, storedMarks }: EditorState, mark: MarkType): boolean {
  const { from, to, empty, $from } = selection;
  return empty ? mark.isInSet(storedMarks ?? $from.marks()) !== undefined : doc.rangeHasMark(from, to, mark);
}

function isIn({ selection: { $from } }: EditorState, type: NodeType): boolean {
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type === type) return true;
  return false;
}

/** Makes the selected blocks a list, and no list again where they are that one. */
function list(type: NodeType): Command {
  return (state, dispatch, view) => (isIn(state, type) ? liftListItem(nodes.listItem)(state, dispatch, view) : wrapInList(type)(state, dispatch, view));
}

/** Asks where a link leads. It is put on what is selected, or taken from it; where nothing is selected, the address is written. */
function linkForm(viewOf: () => EditorView | undefined): { readonly root: HTMLFormElement; ask(): void } {
  const address = make("input", "");
  address.type = "url";
  address.placeholder = "https://…";
  address.setAttribute("aria-label", "Where the link leads");
  const set = make("button", "quiet", "Set");
  const remove = make("button", "quiet", "Remove");
  remove.type = "button";
  const root = make("form", "link", address, set, remove);
  root.hidden = true;
  root.noValidate = true;
  function leave(): void {
    root.hidden = true;
    viewOf()?.focus();
  }
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const href = safeAddress(address.value.includes(":") ? address.value : `https://${address.value}`);
    const view = viewOf();
    address.setAttribute("aria-invalid", String(href === undefined || address.value === ""));
    if (view === undefined || href === undefined || address.value === "") return;
    const { from, to, empty } = view.state.selection;
    const mark = marks.link.create({ href });
    const { tr } = view.state;
    view.dispatch(empty ? tr.replaceSelectionWith(view.state.schema.text(href, [mark]), false) : tr.removeMark(from, to, marks.link).addMark(from, to, mark));
    leave();
  });
  remove.addEventListener("click", () => {
    const view = viewOf();
    if (view !== undefined) view.dispatch(view.state.tr.removeMark(view.state.selection.from, view.state.selection.to, marks.link));
    leave();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
  return {
    root,
    ask() {
      const state = viewOf()?.state;
      const before = state === undefined ? undefined : marks.link.isInSet(state.selection.$from.marksAcross(state.selection.$to) ?? []);
      address.value = String(before?.attrs["href"] ?? "");
      root.hidden = false;
      address.focus();
    },
  };
}

/** WAI-ARIA's toolbar: arrows go from tool to tool. */
function oneTabStop(bar: HTMLElement): void {
  const stops = [...bar.children] as HTMLElement[];
  const choose = (chosen: HTMLElement) => {
    for (const stop of stops) stop.tabIndex = stop === chosen ? 0 : -1;
  };
  choose(stops[0]!);
  bar.addEventListener("focusin", (event) => choose(event.target as HTMLElement));
  bar.addEventListener("keydown", (event) => {
    const at = stops.indexOf(event.target as HTMLElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || step === undefined) return;
    stops[(at + step + stops.length) % stops.length]!.focus();
    event.preventDefault();
  });
}
