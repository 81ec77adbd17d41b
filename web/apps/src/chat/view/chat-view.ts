// Draws the model, and brings what is done on the page to it.

import { byId, icon } from "@carillon/look";
import type { PageLane } from "../../network/lane.js";
import { carrierText, NetworkPanel } from "../../network/panel.js";
import { showState } from "../../page/pill.js";
import type { ChatModel } from "../chat-model.js";
import type { Drafts } from "../drafts.js";
import type { Room } from "../room.js";
import { Composer } from "./composer.js";
import { MessageList } from "./message-list.js";
import { setText, timeOf } from "./parts.js";
import { Panes } from "./panes.js";
import { PeoplePane } from "./people-pane.js";
import { Picker } from "./picker.js";
import { RoomsPane } from "./rooms-pane.js";

const BURST = 50;

export interface ChatViewHost {
  readonly lane: PageLane;
  readonly drafts: Drafts;
  createRoom(name: string, topic: string): Promise<string | undefined>;
  leave(): void;
  changed(): void;
}

/** The room that the address names: `#/general`, which is no element's name. */
export function roomInAddress(): string | undefined {
  return /^#\/(.+)$/.exec(location.hash)?.[1];
}

export class ChatView {
  readonly #panes: Panes;
  readonly #rooms: RoomsPane;
  readonly #messages: MessageList;
  readonly #composer: Composer;
  readonly #people: PeoplePane;
  readonly #picker = new Picker();
  readonly #network: NetworkPanel;
  readonly #sheet = byId<HTMLDialogElement>("sheet");
  /** Since when there has been no connection; undefined while there is one. */
  #downAt: number | undefined;
  #isLost = false;

  constructor(
    private readonly model: ChatModel,
    private readonly host: ChatViewHost,
  ) {
    for (const id of ["chat", "pill", "network-toggle", "help"]) byId(id).hidden = false;
    this.#panes = new Panes((side) => {
      host.lane.watch(side === "network");
      host.changed();
    });
    this.#rooms = new RoomsPane(model, host.drafts, {
      open: (room) => this.#open(room),
      create: async (name, topic) => {
        const problem = await host.createRoom(name, topic);
        if (problem === undefined) this.#wanted(name);
        return problem;
      },
    });
    this.#composer = new Composer(model, host.drafts, () => this.#messages.goToNewest());
    this.#messages = this.#messageList();
    this.#people = new PeoplePane(model);
    this.#network = new NetworkPanel(byId("network"), {
      lane: host.lane,
      figures: () => model.verdict,
      carrier: () => carrierText(model.state),
      burst: { name: `Send a burst of ${BURST}`, run: () => this.#burst() },
      judgedBy: "Judged by numbers that the senders put into their messages, not by what the server says.",
      reset: () => model.resetVerdict(),
      close: () => this.#panes.closeSide(),
    });
    this.#setUp();
  }

  #messageList(): MessageList {
    const { model } = this;
    const actions = {
      react: (of: string, emoji: string, on: boolean) => model.change({ kind: "reaction", of, emoji, on }),
      pickReaction: (of: string, near: HTMLElement) => this.#pickReaction(of, near),
      edit: (key: string, text: string) => this.#composer.edit(key, text),
      remove: (of: string) => {
        model.change({ kind: "delete", of });
        this.#composer.focus();
      },
      retry: (key: string) => model.open?.retry(key),
      discard: (key: string) => model.open?.discard(key),
    };
    return new MessageList(byId("messages"), byId<HTMLButtonElement>("to-newest"), model, actions, () => this.host.changed());
  }

  #setUp(): void {
    byId("leave").addEventListener("click", () => this.host.leave());
    byId("network-toggle").prepend(icon("activity"));
    byId("network-toggle").setAttribute("aria-label", "Network");
    byId("help").addEventListener("click", () => this.#sheet.showModal());
    const close = this.#sheet.querySelector("[data-close]");
    close?.append(icon("x"));
    close?.addEventListener("click", () => this.#sheet.close());
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => this.host.changed());
    window.addEventListener("focus", () => this.host.changed());
    window.addEventListener("hashchange", () => this.#wanted(roomInAddress() ?? ""));
  }

  /** Where to begin: at the box, unless that would bring up a keyboard of glass. */
  begin(): void {
    if (matchMedia("(pointer: fine)").matches) this.#composer.focus();
  }

  /** There has been no connection for a while. */
  lost(): void {
    this.#isLost = true;
    this.host.changed();
  }

  draw(): void {
    const { model } = this;
    const { state } = model;
    model.settle();
    if (!document.hidden && this.#messages.isAtNewest && this.#isRoomSeen) model.readOpen();
    model.markNew();
    if (this.#messages.isAtNewest) model.open?.trimOpen();
    showState(state);
    this.#drawLost(state.kind === "live" || state.kind === "catching-up");
    this.#drawHead();
    this.#rooms.draw();
    this.#messages.draw();
    this.#composer.draw();
    this.#people.draw();
    if (this.#panes.side === "network") this.#network.draw();
  }

  get #isRoomSeen(): boolean {
    return !this.#panes.isNarrow || this.#panes.pane === "room";
  }

  #drawHead(): void {
    const { model } = this;
    const room = model.open;
    setText(byId("room-title"), room === undefined ? "Chat" : `# ${room.name}`);
    setText(byId("room-topic-line"), room?.refused ?? room?.topic ?? "");
    const unread = model.listed.reduce((sum, one) => sum + model.unread(one).count, 0);
    const title = `${unread > 0 ? `(${unread}) ` : ""}${room === undefined ? "Chat" : `#${room.name}`} · Carillon`;
    if (document.title !== title) document.title = title;
    if (room !== undefined && roomInAddress() !== room.name) history.replaceState(null, "", `#/${room.name}`);
  }

  #drawLost(isLive: boolean): void {
    this.#downAt = isLive ? undefined : (this.#downAt ?? Date.now());
    this.#isLost &&= !isLive;
    const lost = byId("lost");
    lost.hidden = !this.#isLost || this.#downAt === undefined;
    if (!lost.hidden && this.#downAt !== undefined) {
      setText(lost, `No connection since ${timeOf(this.#downAt)}. What you write waits here, and is sent once there is one.`);
    }
  }

  #open(room: Room): void {
    this.model.openRoom(room);
    this.#panes.show("room");
    // Not at the next frame only: what is typed from now on is meant for this room.
    this.#composer.draw();
    this.begin();
    this.host.changed();
  }

  #wanted(name: string): void {
    if (name === "" || name === this.model.open?.name) return;
    this.model.want(name);
    this.#panes.show("room");
    this.#composer.draw();
    this.host.changed();
  }

  #step(by: 1 | -1): void {
    const { listed, open } = this.model;
    const at = open === undefined ? -1 : listed.indexOf(open);
    const room = listed[(at + by + listed.length) % listed.length];
    if (room !== undefined) this.#open(room);
  }

  #pickReaction(of: string, near: HTMLElement): void {
    this.#picker.open(near, (emoji) => {
      const mine = this.model.open?.fold.find(of)?.reactions.find((reaction) => reaction.emoji === emoji);
      this.model.change({ kind: "reaction", of, emoji, on: mine?.users.includes(this.model.user) !== true });
    });
  }

  #burst(): void {
    for (let i = 1; i <= BURST; i++) this.model.say(`${i} of a burst of ${BURST}`);
    this.#messages.goToNewest();
  }

  #key(event: KeyboardEvent): void {
    const { key, altKey, ctrlKey, metaKey, target } = event;
    if (this.#sheet.open || event.defaultPrevented) return;
    const isWriting = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
    if (altKey && !ctrlKey && !metaKey && (key === "ArrowUp" || key === "ArrowDown")) {
      event.preventDefault();
      this.#step(key === "ArrowUp" ? -1 : 1);
    } else if (key === "?" && !isWriting) {
      event.preventDefault();
      this.#sheet.showModal();
    } else if (key === "Escape") {
      this.#escape(target);
    }
  }

  /** From the innermost to the outermost: an edit, what lies over the page, and at last back to the box. */
  #escape(target: EventTarget | null): void {
    if (this.#picker.isOpen) this.#picker.close();
    else if (this.#composer.cancel()) return;
    else if (target instanceof Node && byId("side").contains(target)) this.#panes.closeSide();
    else if (target === byId("text")) this.model.clearDivider();
    else this.#composer.focus();
  }
}
