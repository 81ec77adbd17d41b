// One message: who, when, what, what others made of it, and what can be done with it.

import { icon, make } from "@carillon/look";
import { segments } from "../mentions.js";
import type { Outgoing } from "../outgoing.js";
import type { MessageRow } from "../rows.js";
import type { Drawn } from "./keyed.js";
import { avatar, iconButton, momentOf, timeOf } from "./parts.js";
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

export function messageRow(user: string, actions: RowActions): Drawn<MessageRow> {
  const body = make("div", "body");
  const element = make("div", "message", body);
  element.setAttribute("role", "article");
  element.tabIndex = -1;
  let shown: MessageRow | undefined;
  let tools: HTMLElement | undefined;

  // Made only where somebody is about to use them: a live region would read them out with every message.
  function offerTools(): void {
    if (tools !== undefined || shown === undefined || shown.sending !== undefined || shown.message.key === undefined) return;
    tools = toolsOf(shown, user, actions);
    element.append(tools);
  }
  element.addEventListener("pointerenter", offerTools);
  element.addEventListener("focusin", offerTools);
  element.addEventListener("pointerdown", offerTools);

  function update(row: MessageRow): void {
    if (shown !== undefined && isSame(shown, row)) return;
    shown = row;
    const focused = document.activeElement instanceof HTMLElement && element.contains(document.activeElement);
    const label = focused ? (document.activeElement as HTMLElement).dataset["focus"] : undefined;
    element.dataset["id"] = row.id;
    element.classList.toggle("continued", row.isContinued);
    element.classList.toggle("own", row.isOwn);
    element.classList.toggle("mentions-me", !row.isOwn && segments(row.message.text).some((one) => one.user === user));
    element.classList.toggle("on-its-way", row.sending?.state.kind === "sending");
    body.replaceChildren(...partsOf(row, user, actions));
    const hadTools = tools !== undefined;
    tools?.remove();
    tools = undefined;
    // It may have been sent, and so got its tools, under the pointer.
    if (hadTools || element.matches(":hover, :focus-within")) offerTools();
    if (!focused) return;
    // What had the focus was made anew; the tools can take it only where the message has it.
    if (!element.contains(document.activeElement)) element.focus();
    if (label !== undefined) element.querySelector<HTMLElement>(`[data-focus="${CSS.escape(label)}"]`)?.focus();
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

function partsOf(row: MessageRow, user: string, actions: RowActions): Node[] {
  const { message } = row;
  const name = message.from ?? "Somebody";
  const time = make("time", "when", timeOf(message.at));
  time.dateTime = new Date(message.at).toISOString();
  time.title = momentOf(message.at);
  const who = make("p", "who", make("b", "", name), " ", time);
  const text = make("p", "text", ...textParts(message.text, user));
  if (message.isEdited) text.append(" ", make("span", "edited", "(edited)"));
  const parts: Node[] = [avatar(name), who, text];
  if (message.reactions.length > 0) parts.push(reactionsOf(row, user, actions));
  if (row.sending !== undefined) parts.push(statusOf(row.sending, "Sending", "Not sent", actions));
  else if (row.isOwn && row.changes.length === 0) who.append(" ", sentSign());
  for (const change of row.changes) parts.push(statusOf(change, "Saving", "Not saved", actions));
  return parts;
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

function reactionsOf({ message }: MessageRow, user: string, actions: RowActions): HTMLElement {
  const list = make("p", "reactions");
  for (const { emoji, users } of message.reactions) {
    const isMine = users.includes(user);
    const button = make("button", "reaction", pictureOf(emoji), make("span", "", String(users.length)));
    button.type = "button";
    button.tabIndex = -1;
    button.dataset["focus"] = `reaction ${emoji}`;
    button.dataset["emoji"] = emoji;
    button.setAttribute("aria-pressed", String(isMine));
    button.setAttribute("aria-label", `${nameOf(emoji)}, ${users.length}: ${users.join(", ")}`);
    button.title = `${nameOf(emoji)}: ${users.join(", ")}`;
    const { key } = message;
    if (key === undefined) button.disabled = true;
    else button.addEventListener("click", () => actions.react(key, emoji, !isMine));
    list.append(button);
  }
  return list;
}

/** What is being done about a message, or went wrong with it. */
function statusOf({ key, state }: Outgoing, doing: string, failed: string, actions: RowActions): HTMLElement {
  if (state.kind === "sending") return make("p", "status", icon("clock"), `${doing}…`);
  const word = state.kind === "uncertain" ? "Not confirmed" : failed;
  const status = make("p", "status bad", icon("circle-alert"), `${word}. ${state.why} `);
  const retry = make("button", "quiet", state.kind === "uncertain" ? "Send again" : "Retry");
  const discard = make("button", "quiet", "Discard");
  retry.dataset["focus"] = "retry";
  discard.dataset["focus"] = "discard";
  retry.addEventListener("click", () => actions.retry(key));
  discard.addEventListener("click", () => actions.discard(key));
  status.append(retry, " ", discard);
  for (const button of [retry, discard]) button.type = "button";
  return status;
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

function toolsOf({ message, isOwn }: MessageRow, user: string, actions: RowActions): HTMLElement {
  const { key = "" } = message;
  const tools = make("div", "tools");
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "What to do with this message");
  for (const emoji of QUICK) {
    const isMine = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.users.includes(user));
    const button = make("button", "tool-button", pictureOf(emoji));
    button.type = "button";
    button.title = nameOf(emoji);
    button.setAttribute("aria-label", `React with ${nameOf(emoji)}`);
    button.addEventListener("click", () => actions.react(key, emoji, !isMine));
    tools.append(button);
  }
  const pick = iconButton("tool-button", "smile-plus", "More reactions", () => actions.pickReaction(key, pick));
  tools.append(pick);
  if (isOwn) {
    tools.append(iconButton("tool-button", "pencil", "Edit", () => actions.edit(key, message.text)));
    tools.append(deleteButton(() => actions.remove(key)));
  }
  for (const button of tools.querySelectorAll("button")) {
    button.tabIndex = -1;
    button.dataset["focus"] = button.getAttribute("aria-label") ?? "";
  }
  return tools;
}
