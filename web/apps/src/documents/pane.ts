// One window on a document: its own copy of it, its own connection, its own network that can be cut.

import { doc as join, type DocState, type SharedDoc, type SocketLike } from "@carillon/documents";
import { make, painter, setText } from "@carillon/look";
import * as Y from "yjs";
import { draw, type Canvas } from "./canvas.js";
import { digest, textOf } from "./digest.js";
import { edit, undoOf, type Editor } from "./editor.js";
import { following, type Following } from "./follow.js";
import { restore } from "./restore.js";

/** Short, because a page that shows what it survives is looked at while it does. */
const BACKOFF = { min: 100, max: 2_000 };

export interface PaneOptions {
  readonly url: string;
  readonly name: string;
  readonly user: string;
  /** Opens its connection. */
  readonly connect: (url: string) => SocketLike;
  readonly mayWrite: boolean;
  /** Whether what is written is kept on this machine; of several windows on one page, one does that. */
  readonly isFirst: boolean;
  readonly getToken?: () => Promise<string>;
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
  readonly #following: Following;
  readonly #canvas: Canvas;
  readonly #options: PaneOptions;
  readonly #saved = make("p", "saved hint");
  readonly #badge = make("output", "hash");
  readonly #size = make("span", "hint");
  readonly #cut = make("button", "quiet", "Cut the network");
  readonly #forget = make("button", "quiet", "Open the new one");
  #socket: SocketLike | undefined;
  #isCut = false;
  #hashes = 0;

  constructor(options: PaneOptions) {
    this.#options = options;
    const { url, name, user, mayWrite, isFirst, getToken } = options;
    this.shared = join({
      url,
      name,
      backoff: BACKOFF,
      offline: isFirst,
      connect: (address) => this.#connect(address),
      ...(mayWrite ? { seed: (empty: Y.Doc) => begin(empty, name) } : {}),
      ...(getToken === undefined ? {} : { getToken }),
    });
    const { doc, awareness } = this.shared;
    awareness.setLocalStateField("user", { name: user });
    const shapes = doc.getMap<Y.Map<unknown>>("shapes");
    this.#undo = undoOf([textOf(doc), shapes], this);
    const drawing = make("div", "drawing");
    this.#editor = edit({ fragment: textOf(doc), awareness, undo: this.#undo, label: `Text, as ${user}`, mayWrite });
    this.#following = following(awareness, this.#editor);
    this.#canvas = draw(drawing, shapes, awareness, this, mayWrite);
    this.root = make("section", "document card", this.#head(), this.#editor.root, drawing, this.#foot());
    this.root.setAttribute("aria-label", `The document, as ${user}`);
    const paint = painter(() => this.#paint());
    doc.on("update", paint);
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

  /** Makes the document what it was, by one edit. */
  restore(version: Y.Doc): void {
    this.#undo.stopCapturing();
    restore(this.shared.doc, version, this);
    this.#undo.stopCapturing();
  }

  destroy(): void {
    this.#following.destroy();
    this.#editor.destroy();
    this.#canvas.destroy();
    this.#undo.destroy();
    this.shared.close();
    this.root.remove();
  }

  #head(): HTMLElement {
    this.#saved.setAttribute("role", "status");
    this.#forget.hidden = true;
    // Another document has the name: what is here of the old one goes only when somebody says so.
    this.#forget.addEventListener("click", () => void this.shared.forget().then(() => location.reload()));
    return make("header", "document-head", this.#following.bar, this.#following.root, make("div", "saving", this.#saved, this.#forget));
  }

  #foot(): HTMLElement {
    const undo = make("button", "quiet", "Undo");
    const redo = make("button", "quiet", "Redo");
    const add = make("button", "quiet", "Add a shape");
    for (const button of [undo, redo, add]) button.disabled = !this.#options.mayWrite;
    undo.addEventListener("click", () => this.#undo.undo());
    redo.addEventListener("click", () => this.#undo.redo());
    add.addEventListener("click", () => this.#canvas.add());
    this.#cut.addEventListener("click", () => this.cut(!this.#isCut));
    this.#badge.title = "The first digits of the SHA-256 of all that this window holds";
    return make("footer", "document-foot", add, undo, redo, this.#cut, this.#size, this.#badge);
  }

  #paint(): void {
    const { doc } = this.shared;
    const state = this.shared.state();
    const text = this.#options.mayWrite ? savedText(state, this.#isCut) : readingText(state);
    setText(this.#saved, text);
    this.#saved.dataset["saved"] = String(state.isSaved);
    this.#forget.hidden = state.close?.code !== 4618;
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

/** With what a new document begins, whoever is first to open it. */
function begin(empty: Y.Doc, name: string): void {
  const title = new Y.XmlElement<{ level: number }>("heading");
  title.setAttribute("level", 1);
  title.insert(0, [new Y.XmlText(name)]);
  textOf(empty).insert(0, [title as unknown as Y.XmlElement, new Y.XmlElement("paragraph")]);
}

function savedText(state: DocState, isCut: boolean): string {
  if (state.link === "closed") return `Closed: ${state.close?.reason ?? ""}`;
  if (state.denied !== undefined) return `Not saved: ${state.denied}`;
  if (state.isSaved) return state.link === "connected" ? "Saved" : "Offline; all that was written is saved";
  if (state.link === "connected") return "Saving…";
  return `${isCut ? "Cut off" : "Connecting"}; what you write is kept ${state.isKept === true ? "on this machine" : "in this window"}`;
}

function readingText({ link, isSynced, close, denied }: DocState): string {
  if (link === "closed") return `Closed: ${close?.reason ?? ""}`;
  if (denied !== undefined) return denied;
  return isSynced ? "You may read, and not write" : "Connecting";
}
