// One message: who, when, what, what others made of it, and what can be done with it.

import { icon, make } from "@carillon/look";
import type { Message, Reaction } from "../fold.js";
import { segments } from "../mentions.js";
import type { Outgoing } from "../outgoing.js";
import type { MessageRow } from "../rows.js";
import { Keyed, type Drawn } from "./keyed.js";
import { avatar, iconButton, momentOf, setText, timeOf } from "./parts.js";
import { nameOf, pictureOf, QUICK } from "./reactions.js";

/** What a row can ask for. `key` names a message, or a publish that is on its way. */
export interface RowActions {
  react(key: string, emoji: string, on: boolean): void;
  pickReaction(key: string, near: HTMLElement): void;
  edit(key: string, text: string): void;
  remove(key: string): void;
  retry(key: string): void;
  discard(key: string): void;
}

/**
 * Draws a message, from this row on. What stays the same keeps its element however often it is drawn, because a pointer may be
 * pressing it, the focus be on it, or a part of it be marked.
 */
export function messageRow(first: MessageRow, user: string, actions: RowActions): Drawn<MessageRow> {
  const name = first.message.from ?? "Somebody";
  const time = make("time", "when");
  const sign = sentSign();
  const who = make("p", "who", make("b", "", name), " ", time, " ");
  const text = make("p", "text");
  const body = make("div", "body", avatar(name), who, text);
  const element = make("div", "message", body);
  element.setAttribute("role", "article");
  element.tabIndex = -1;
  let shown: MessageRow | undefined;
  let hasTools = false;
  const current = () => shown ?? first;
  const reactions = reactionsOf(current, user, actions);
  const statuses = new Keyed<Outgoing>(body, statusKey, (one) => statusOf(one, one.payload.kind === "message", actions));

  // Made only where somebody is about to use them: a live region would read them out with every message.
  function offerTools(): void {
    if (hasTools || shown === undefined || shown.sending !== undefined || shown.message.key === undefined) return;
    hasTools = true;
    element.append(toolsOf(current, user, actions));
  }
  for (const near of ["pointerenter", "focusin", "pointerdown"] as const) element.addEventListener(near, offerTools);

  function update(row: MessageRow): void {
    const before = shown;
    if (before !== undefined && isSame(before, row)) return;
    shown = row;
    const { message, sending, changes, isOwn } = row;
    const hadFocus = element.contains(document.activeElement);
    element.dataset["id"] = row.id;
    element.classList.toggle("continued", row.isContinued);
    element.classList.toggle("own", isOwn);
    element.classList.toggle("mentions-me", !isOwn && segments(message.text).some((one) => one.user === user));
    element.classList.toggle("on-its-way", sending?.state.kind === "sending");
    showTime(time, message.at);
    toggle(sign, isOwn && sending === undefined && changes.length === 0, who);
    if (before?.message.text !== message.text || before.message.isEdited !== message.isEdited) showText(text, message, user);
    reactions.draw(message.reactions);
    toggle(reactions.element, message.reactions.length > 0, body, text.nextSibling);
    statuses.draw(sending === undefined ? changes : [sending]);
    // It may have been sent, and so got its tools, under the pointer.
    if (element.matches(":hover, :focus-within")) offerTools();
    // What had the focus may be gone.
    if (hadFocus && !element.contains(document.activeElement)) element.focus();
  }
  return { element, update };
}

function isSame(a: MessageRow, b: MessageRow): boolean {
  return (
    a.message === b.message &&
    a.isContinued === b.isContinued &&
    a.sending === b.sending &&
    a.changes.length === b.changes.length &&
    a.changes.every((change, i) => change === b.changes[i])
  );
}

/** Lets a part be there or not; one that stays is not touched. */
function toggle(part: HTMLElement, isThere: boolean, parent: HTMLElement, before: Node | null = null): void {
  if (!isThere) part.remove();
  else if (part.parentElement !== parent) parent.insertBefore(part, before);
}

function showTime(time: HTMLTimeElement, at: number): void {
  setText(time, timeOf(at));
  time.dateTime = new Date(at).toISOString();
  time.title = momentOf(at);
}

function showText(element: HTMLElement, { text, isEdited }: Message, user: string): void {
  element.replaceChildren(...textParts(text, user), ...(isEdited ? [" ", make("span", "edited", "(edited)")] : []));
}

function textParts(text: string, user: string): (Node | string)[] {
  return segments(text).map((segment) => {
    if (segment.user === undefined) return segment.text;
    return make("span", segment.user === user ? "mention mine" : "mention", segment.text);
  });
}

function sentSign(): HTMLElement {
  const sign = make("span", "sent", icon("check"), make("span", "hidden-text", "sent"));
  sign.title = "Sent";
  return sign;
}

function reactionsOf(current: () => MessageRow, user: string, actions: RowActions) {
  const element = make("p", "reactions");
  const buttons = new Keyed<Reaction>(element, ({ emoji }) => emoji, ({ emoji }) => {
    const count = make("span", "");
    const button = make("button", "reaction", pictureOf(emoji), count);
    button.type = "button";
    button.tabIndex = -1;
    button.dataset["emoji"] = emoji;
    button.addEventListener("click", () => react(current().message, emoji, user, actions));
    const update = ({ users }: Reaction) => {
      setText(count, String(users.length));
      button.setAttribute("aria-pressed", String(users.includes(user)));
      button.setAttribute("aria-label", `${nameOf(emoji)}, ${users.length}: ${users.join(", ")}`);
      button.title = `${nameOf(emoji)}: ${users.join(", ")}`;
      button.disabled = current().message.key === undefined;
    };
    return { element: button, update };
  });
  return { element, draw: (reactions: readonly Reaction[]) => buttons.draw(reactions) };
}

/** Turns this user's reaction on or off. */
function react({ key, reactions }: Message, emoji: string, user: string, actions: RowActions): void {
  const isMine = reactions.some((reaction) => reaction.emoji === emoji && reaction.users.includes(user));
  if (key !== undefined) actions.react(key, emoji, !isMine);
}

function statusKey({ key, state }: Outgoing): string {
  return state.kind === "sending" ? key : `${key} ${state.kind} ${state.why}`;
}

/** What is being done about a message, or went wrong with it. */
function statusOf({ key, state }: Outgoing, isMessage: boolean, actions: RowActions): Drawn<Outgoing> {
  const update = () => {};
  if (state.kind === "sending") return { element: make("p", "status", icon("clock"), isMessage ? "Sending…" : "Saving…"), update };
  const word = state.kind === "uncertain" ? "Not confirmed" : isMessage ? "Not sent" : "Not saved";
  const retry = make("button", "quiet", state.kind === "uncertain" ? "Send again" : "Retry");
  const discard = make("button", "quiet", "Discard");
  retry.addEventListener("click", () => actions.retry(key));
  discard.addEventListener("click", () => actions.discard(key));
  for (const button of [retry, discard]) button.type = "button";
  return { element: make("p", "status bad", icon("circle-alert"), `${word}. ${state.why} `, retry, " ", discard), update };
}

/** Asks once more before it does it. */
function deleteButton(remove: () => void): HTMLButtonElement {
  let isSure = false;
  const button = iconButton("tool-button", "trash-2", "Delete", () => {
    if (isSure) return remove();
    isSure = true;
    button.classList.add("sure");
    button.setAttribute("aria-label", "Delete for good");
    button.textContent = "Delete for good";
  });
  return button;
}

function toolsOf(current: () => MessageRow, user: string, actions: RowActions): HTMLElement {
  const { isOwn, message } = current();
  const { key = "" } = message;
  const tools = make("div", "tools");
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "What to do with this message");
  for (const emoji of QUICK) {
    const button = make("button", "tool-button", pictureOf(emoji));
    button.type = "button";
    button.title = nameOf(emoji);
    button.setAttribute("aria-label", `React with ${nameOf(emoji)}`);
    button.addEventListener("click", () => react(current().message, emoji, user, actions));
    tools.append(button);
  }
  const pick = iconButton("tool-button", "smile-plus", "More reactions", () => actions.pickReaction(key, pick));
  tools.append(pick);
  if (isOwn) {
    tools.append(iconButton("tool-button", "pencil", "Edit", () => actions.edit(key, current().message.text)));
    tools.append(deleteButton(() => actions.remove(key)));
  }
  for (const button of tools.querySelectorAll("button")) button.tabIndex = -1;
  return tools;
}
