// Following somebody: the window shows what theirs shows, until one scrolls or writes oneself.

import { make, setText } from "@carillon/look";
import type { Awareness } from "y-protocols/awareness";
import type { Editor } from "./editor.js";
import { people, type Person } from "./people.js";

export interface Following {
  /** What says whom one follows, and asks others to follow. */
  readonly root: HTMLElement;
  /** Who is here, with whom one can follow. */
  readonly bar: HTMLElement;
  destroy(): void;
}

/** Lets the window follow others of a document, and others follow it. */
export function following(awareness: Awareness, editor: Editor): Following {
  const bar = make("ul", "presence");
  bar.setAttribute("aria-label", "Who is here");
  const said = make("span", "hint");
  said.setAttribute("role", "status");
  const lead = make("button", "quiet", "Follow me");
  const stop = make("button", "quiet", "Stop following");
  let followed: number | undefined;
  /** Whose lead was left: they are not followed by themselves again until they ask anew. */
  let left: string | undefined;
  let painted = "";

  const leadOf = (client: number): unknown => awareness.getStates().get(client)?.["lead"];

  function follow(client: number | undefined): void {
    if (client === undefined && followed !== undefined) left = `${followed} ${String(leadOf(followed))}`;
    followed = client;
    look();
    paint();
  }

  function look(): void {
    if (followed !== undefined) editor.show(awareness.getStates().get(followed)?.["top"]);
  }

  function onOthers({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>): void {
    if (followed !== undefined && removed.includes(followed)) followed = undefined;
    const leader = leaderOf(people(awareness), leadOf);
    if (followed === undefined && leader !== undefined && left !== `${leader} ${String(leadOf(leader))}`) followed = leader;
    if (followed !== undefined && [...added, ...updated].includes(followed)) look();
    paint();
  }

  function paint(): void {
    const all = people(awareness);
    const isLeading = typeof awareness.getLocalState()?.["lead"] === "number";
    const now = JSON.stringify([all, followed, isLeading]);
    if (now === painted) return;
    painted = now;
    bar.replaceChildren(...all.map((person) => make("li", `person person-${person.color}`, person.isSelf ? `${person.name} (you)` : chip(person))));
    const name = all.find(({ client }) => client === followed)?.name;
    const words = name !== undefined ? `Following ${name}` : isLeading ? "Others follow you" : "";
    setText(said, words);
    stop.hidden = name === undefined;
    lead.hidden = name !== undefined;
    lead.setAttribute("aria-pressed", String(isLeading));
  }

  function chip({ name, client }: Person): HTMLElement {
    const button = make("button", "chip", name);
    button.title = `Follow ${name}`;
    button.setAttribute("aria-label", `Follow ${name}`);
    button.setAttribute("aria-pressed", String(client === followed));
    button.addEventListener("click", () => follow(client === followed ? undefined : client));
    return button;
  }

  function tell(): void {
    const top = editor.top();
    if (JSON.stringify(top) !== JSON.stringify(awareness.getLocalState()?.["top"])) awareness.setLocalStateField("top", top);
  }

  const onOwn = () => {
    if (followed !== undefined) follow(undefined);
  };
  lead.addEventListener("click", () => {
    const isLeading = typeof awareness.getLocalState()?.["lead"] === "number";
    tell();
    awareness.setLocalStateField("lead", isLeading ? null : Date.now());
    paint();
  });
  stop.addEventListener("click", () => follow(undefined));
  editor.root.addEventListener("keydown", onOwn);
  addEventListener("wheel", onOwn, { passive: true });
  addEventListener("touchmove", onOwn, { passive: true });
  addEventListener("scroll", tell, { passive: true });
  awareness.on("change", onOthers);
  paint();
  return {
    root: make("div", "follow", said, lead, stop),
    bar,
    destroy() {
      removeEventListener("wheel", onOwn);
      removeEventListener("touchmove", onOwn);
      removeEventListener("scroll", tell);
      awareness.off("change", onOthers);
    },
  };
}

/** Of those who ask to be followed, the last one to ask. */
function leaderOf(all: readonly Person[], leadOf: (client: number) => unknown): number | undefined {
  let leader: number | undefined;
  let newest = 0;
  for (const { client, isSelf } of all) {
    const since = leadOf(client);
    if (!isSelf && typeof since === "number" && since > newest) [leader, newest] = [client, since];
  }
  return leader;
}
