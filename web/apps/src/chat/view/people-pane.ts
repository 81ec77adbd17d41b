// Who is in the open room, and who was.

import { byId, icon, make } from "@carillon/look";
import type { ChatModel } from "../chat-model.js";
import { Keyed, type Drawn } from "./keyed.js";
import { avatar, setText } from "./parts.js";

/** Of those who were here, the ones who spoke last. */
const AWAY_MAX = 30;

interface Person {
  readonly name: string;
  readonly note: string;
}

export class PeoplePane {
  readonly #here: Keyed<Person>;
  readonly #away: Keyed<Person>;

  constructor(private readonly model: ChatModel) {
    this.#here = new Keyed(byId("people-here"), ({ name }) => name, (person) => row(person, "here"));
    this.#away = new Keyed(byId("people-away"), ({ name }) => name, (person) => row(person, "away"));
    byId("people-toggle").prepend(icon("users"));
  }

  draw(): void {
    const room = this.model.open;
    const present = room?.presence ?? [];
    const names = new Set(present.map(({ user }) => user));
    const typing = new Set(room?.typing.users ?? []);
    const noteOf = (name: string) => (name === this.model.user ? "you" : typing.has(name) ? "typing" : "");
    this.#here.draw([...names].sort(byName).map((name) => ({ name, note: noteOf(name) })));
    const spoke = new Set([...(room?.fold.messages() ?? [])].reverse().flatMap(({ from }) => from ?? []));
    const away = [...spoke].filter((name) => !names.has(name)).slice(0, AWAY_MAX);
    this.#away.draw(away.map((name) => ({ name, note: "" })));
    byId("people-away-title").hidden = away.length === 0;
    const isKnown = this.model.state.kind === "live" || this.model.state.kind === "catching-up";
    setText(byId("people-title"), isKnown ? "In this room" : "In this room when last heard");
    setText(byId("people-count"), String(names.size));
    const label = `People: ${names.size} in this room`;
    if (byId("people-toggle").getAttribute("aria-label") !== label) byId("people-toggle").setAttribute("aria-label", label);
  }
}

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}

function row(person: Person, presence: "here" | "away"): Drawn<Person> {
  const note = make("span", "note");
  // Whoever is here has a full dot, whoever is not a ring: the shape says it too, and so does a word for those who see neither.
  const dot = make("span", `presence ${presence}`);
  dot.setAttribute("aria-hidden", "true");
  const said = make("span", "hidden-text", presence === "here" ? "here" : "not here");
  const element = make("li", "", avatar(person.name), dot, make("b", "", person.name), said, note);
  return { element, update: (next) => setText(note, next.note) };
}
