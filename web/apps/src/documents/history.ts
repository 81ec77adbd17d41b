// The versions of a document: a slider over them, what each was, and the way back.

import type { DocHistory, Versions } from "@carillon/documents";
import { make } from "@carillon/look";
import { DOMSerializer } from "prosemirror-model";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { draw } from "./canvas.js";
import { nodeOf } from "./restore.js";
import { schema } from "./schema.js";

export interface HistoryOptions {
  readonly source: Versions;
  /** The document as it is now. */
  readonly doc: Y.Doc;
  /** Makes it what it was. */
  readonly restore: (version: Y.Doc) => void;
  readonly mayWrite: boolean;
}

export interface HistoryPanel {
  readonly root: HTMLElement;
  /** Reads what there is, and shows the newest. */
  open(): Promise<void>;
}

export function historyPanel({ source, doc, restore, mayWrite }: HistoryOptions): HistoryPanel {
  const slider = make("input", "");
  slider.type = "range";
  slider.min = "0";
  slider.id = "version";
  const label = make("label", "version-label", "Version");
  label.setAttribute("for", slider.id);
  const when = make("p", "version-when");
  when.setAttribute("role", "status");
  const sizes = make("p", "hint sizes");
  const view = make("div", "version-view");
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", "The version");
  view.tabIndex = 0;
  const back = make("button", "button", "Restore this version");
  const name = make("input", "");
  name.type = "text";
  name.maxLength = 80;
  name.placeholder = "Before the meeting";
  name.setAttribute("aria-label", "Name of the version");
  const keep = make("form", "keep", name, make("button", "quiet", "Keep this as a version"));
  keep.hidden = !mayWrite;
  const root = make("section", "history card", make("div", "history-head", label, slider, when), view, make("div", "history-foot", back, keep, sizes));
  root.setAttribute("aria-label", "Versions");
  root.hidden = true;

  let history: DocHistory | undefined;
  let shown: Y.Doc | undefined;
  let asked = 0;

  async function list(): Promise<void> {
    history = await source.list();
    slider.max = String(history.versions.length);
    slider.disabled = history.versions.length === 0;
    sizes.textContent = sizesOf(history);
  }

  /** The last place of the slider is the document as it is now. */
  async function show(): Promise<void> {
    const mine = ++asked;
    const version = history?.versions[Number(slider.value)];
    const words = version === undefined ? nowWords(history) : `${version.name ?? "Kept by itself"}, ${new Date(version.at).toLocaleString()}, ${bytes(version.bytes)}`;
    when.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    const read = version === undefined ? copyOf(doc) : await source.read(version.version);
    if (mine !== asked) return void read.destroy();
    shown?.destroy();
    shown = read;
    back.hidden = !mayWrite || version === undefined;
    render(view, read);
  }

  const tried = (act: () => Promise<void>) => () =>
    void act().catch((error: unknown) => {
      when.textContent = error instanceof Error ? error.message : "There are no versions to be had now.";
    });
  const open = async () => {
    await list();
    slider.value = slider.max;
    await show();
  };
  slider.addEventListener("input", tried(show));
  back.addEventListener("click", () => {
    if (shown === undefined) return;
    restore(shown);
    slider.value = slider.max;
    tried(show)();
  });
  keep.addEventListener("submit", (event) => {
    event.preventDefault();
    const called = name.value.trim();
    if (called === "") return name.focus();
    tried(async () => {
      const { version } = await source.keep(called);
      name.value = "";
      await list();
      slider.value = String(history?.versions.findIndex((each) => each.version === version) ?? slider.max);
      await show();
    })();
  });
  return { root, open: async () => tried(open)() };
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

function render(view: HTMLElement, version: Y.Doc): void {
  const text = make("div", "text read");
  text.append(DOMSerializer.fromSchema(schema).serializeFragment(nodeOf(version).content));
  const drawing = make("div", "drawing");
  drawing.inert = true;
  view.replaceChildren(text, drawing);
  const awareness = new Awareness(version);
  draw(drawing, version.getMap("shapes"), awareness, view, false);
  version.on("destroy", () => awareness.destroy());
}

function nowWords(history: DocHistory | undefined): string {
  return history?.versions.length === 0 ? "Now. No version is kept yet: one comes before a change, from time to time, and whenever you keep one." : "Now";
}

function sizesOf({ bytes: { snapshot, updates, compacted } }: DocHistory): string {
  const kept = `The server keeps ${bytes(snapshot + updates)} of it`;
  return compacted.from === 0 ? `${kept}.` : `${kept}. The last compaction made ${bytes(compacted.to)} of ${bytes(compacted.from)}.`;
}

function bytes(count: number): string {
  return `${count.toLocaleString("en")} bytes`;
}
