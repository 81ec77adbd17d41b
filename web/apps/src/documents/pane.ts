// One window on a document: its own copy of it, its own connection, its own network that can be cut.

import { doc as join, type DocState, type SharedDoc, type SocketLike } from "@carillon/documents";
import { make, painter } from "@carillon/look";
import * as Y from "yjs";
import { draw, type Canvas } from "./canvas.js";
import { digest } from "./digest.js";
import { edit, type Editor } from "./editor.js";
import { people } from "./people.js";

/** Short, because a page that shows what it survives is looked at while it does. */
const BACKOFF = { min: 100, max: 2_000 };

export interface PaneOptions {
  readonly url: string;
  readonly name: string;
  readonly user: string;
  /** Opens its connection. */
  readonly connect: (url: string) => SocketLike;
  /** Is told whenever what the pane shows of itself may have changed. */
  readonly changed: () => void;
}

export class Pane {
  readonly root: HTMLElement;
  readonly shared: SharedDoc;
  /** The word for all that it holds; empty until it is known. */
  hash = "";
  readonly #undo: Y.UndoManager;
  readonly #editor: Editor;
  readonly #canvas: Canvas;
  readonly #options: PaneOptions;
  readonly #bar = make("ul", "presence");
  readonly #saved = make("p", "saved hint");
  readonly #badge = make("output", "hash");
  readonly #size = make("span", "hint");
  readonly #cut = make("button", "quiet", "Cut the network");
  #socket: SocketLike | undefined;
  #isCut = false;
  #hashes = 0;

  constructor(options: PaneOptions) {
    this.#options = options;
    this.shared = join({ url: options.url, name: options.name, backoff: BACKOFF, connect: (url) => this.#connect(url) });
    const { doc, awareness } = this.shared;
    awareness.setLocalStateField("user", { name: options.user });
    const shapes = doc.getMap<Y.Map<unknown>>("shapes");
    this.#undo = new Y.UndoManager([doc.getText("text"), shapes], { trackedOrigins: new Set<unknown>([this]), captureTimeout: 400 });
    const text = make("div", "text");
    const drawing = make("div", "drawing");
    this.#editor = edit(text, doc.getText("text"), awareness, this.#undo, `Text, as ${options.user}`);
    this.#canvas = draw(drawing, shapes, awareness, this);
    this.root = make("section", "document card", this.#head(), text, drawing, this.#foot());
    this.root.setAttribute("aria-label", `The document, as ${options.user}`);
    const paint = painter(() => this.#paint());
    doc.on("update", paint);
    awareness.on("change", paint);
    this.shared.subscribe(paint);
    paint();
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get isSettled(): boolean {
    const { isSynced, isSaved } = this.shared.state();
    return isSynced && isSaved;
  }

  #connect(url: string): SocketLike {
    if (this.#isCut) throw new Error("there is no network");
    const socket = this.#options.connect(url);
    this.#socket = socket;
    return socket;
  }

  /** Ends the network, so that neither end hears of it by a word; or brings it back. */
  cut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) {
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.onclose?.({ code: 1006, reason: "" });
      socket?.close();
    }
    this.#paint();
  }

  destroy(): void {
    this.#editor.destroy();
    this.#canvas.destroy();
    this.#undo.destroy();
    this.shared.close();
    this.root.remove();
  }

  #head(): HTMLElement {
    this.#bar.setAttribute("aria-label", "Who is here");
    this.#saved.setAttribute("role", "status");
    return make("header", "document-head", this.#bar, this.#saved);
  }

  #foot(): HTMLElement {
    const undo = make("button", "quiet", "Undo");
    const redo = make("button", "quiet", "Redo");
    const add = make("button", "quiet", "Add a shape");
    undo.addEventListener("click", () => this.#undo.undo());
    redo.addEventListener("click", () => this.#undo.redo());
    add.addEventListener("click", () => this.#canvas.add());
    this.#cut.addEventListener("click", () => this.cut(!this.#isCut));
    this.#badge.title = "The first digits of the SHA-256 of all that this window holds";
    return make("footer", "document-foot", add, undo, redo, this.#cut, this.#size, this.#badge);
  }

  #paint(): void {
    const { doc, awareness } = this.shared;
    this.#bar.replaceChildren(
      ...people(awareness).map((person) => make("li", `person person-${person.color}`, person.isSelf ? `${person.name} (you)` : person.name)),
    );
    const text = savedText(this.shared.state(), this.#isCut);
    if (this.#saved.textContent !== text) this.#saved.textContent = text;
    this.#saved.dataset["saved"] = String(this.shared.state().isSaved);
    this.#cut.textContent = this.#isCut ? "Restore the network" : "Cut the network";
    this.#cut.setAttribute("aria-pressed", String(this.#isCut));
    this.#size.textContent = `${Y.encodeStateAsUpdate(doc).length.toLocaleString("en")} bytes`;
    const mine = ++this.#hashes;
    void digest(doc).then((hash) => {
      if (mine !== this.#hashes) return;
      this.hash = hash;
      this.#badge.textContent = hash;
      this.#options.changed();
    });
  }
}

function savedText(state: DocState, isCut: boolean): string {
  if (state.link === "closed") return `Closed: ${state.close?.reason ?? ""}`;
  if (state.denied !== undefined) return `Not saved: ${state.denied}`;
  if (state.isSaved) return state.link === "connected" ? "Saved" : "Offline; all that was written is saved";
  if (state.link === "connected") return "Saving…";
  return isCut ? "Cut off; what you write is kept in this window" : "Connecting; what you write is kept in this window";
}
