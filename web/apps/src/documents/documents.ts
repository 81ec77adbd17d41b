// The page at /documents: a document in one window, or in three of which the networks are cut.

import { byId, setUpThemeSwitch } from "@carillon/look";
import { NetworkDrawer } from "../network/drawer.js";
import { PageLane } from "../network/lane.js";
import { carrierText } from "../network/panel.js";
import { browserLane } from "../page/browser.js";
import { showState } from "../page/pill.js";
import { DocumentJudge, linkOf, throughLane } from "./network.js";
import { Pane } from "./pane.js";

const NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Tony"];
const FORKS = 3;
const EDITS = 40;

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));

const name = location.hash.slice(1) || "town";
const user = sessionStorage.getItem("documents.user") ?? NAMES[crypto.getRandomValues(new Uint8Array(1))[0]! % NAMES.length]!;
sessionStorage.setItem("documents.user", user);
addEventListener("hashchange", () => location.reload());

const panes: Pane[] = [];
const lane: PageLane = new PageLane(browserLane("documents", () => drawer.draw()));
const changesJudge = new DocumentJudge();
const link = () => linkOf(panes.map((pane) => pane.shared.state()));
const drawer = new NetworkDrawer({
  lane,
  figures: () => changesJudge.verdict,
  carrier: () => carrierText(link()),
  judgedBy: "Judged by the numbers that Yjs gives each edit of each author, not by what the server says.",
  reset: () => changesJudge.reset(),
});
const verdict = byId("verdict");
const fork = byId<HTMLButtonElement>("fork");
let isForked = false;

function open(as: string): Pane {
  const connect = (url: string) => throughLane(lane, changesJudge, url, pane.shared.doc);
  const pane: Pane = new Pane({ url: new URL("/documents", location.href).href, name, user: as, connect, changed: onChanged });
  panes.push(pane);
  byId("panes").append(pane.root);
  return pane;
}

/** Who waits for something to come true that the windows show. */
const waiting: (() => void)[] = [];

function onChanged(): void {
  showState(link());
  for (const look of waiting.splice(0)) look();
  judge();
}

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (condition()) resolve();
      else waiting.push(look);
    };
    look();
  });
}

/** Whether all windows hold the same document, once all have heard of everything. */
function judge(): void {
  if (!isForked) return;
  const isWhole = panes.every((pane) => !pane.isCut && pane.isSettled);
  const words = new Set(panes.map((pane) => pane.hash));
  verdict.dataset["verdict"] = isWhole ? (words.size === 1 ? "alike" : "waiting") : "forked";
  verdict.textContent = !isWhole
    ? "Forked: each window writes for itself"
    : words.size === 1
      ? `All ${panes.length} windows hold the same document: ${[...words][0] ?? ""}`
      : "Coming together…";
}

/** Cuts all windows, has each change the same sentence and the same shape, and brings the networks back. */
async function runFork(): Promise<void> {
  fork.disabled = true;
  for (let at = panes.length; at < FORKS; at++) open(NAMES[(NAMES.indexOf(user) + at) % NAMES.length]!);
  document.body.dataset["panes"] = String(panes.length);
  await until(() => panes.every((pane) => pane.isSettled));
  isForked = true;
  for (const pane of panes) pane.cut(true);
  for (const [at, pane] of panes.entries()) {
    const { doc } = pane.shared;
    const text = doc.getText("text");
    doc.transact(() => {
      for (let edit = 0; edit < EDITS; edit++) {
        const place = (edit * 7 + at * 3) % (text.length + 1);
        if (edit % 5 === 4 && place < text.length && !isHalf(text.toString(), place)) text.delete(place, 1);
        else text.insert(isHalf(text.toString(), place) ? place + 1 : place, "abc"[at] ?? "x");
      }
      [...doc.getMap<unknown>("shapes").values()].forEach((shape, index) => {
        if (hasSet(shape)) shape.set("p", [40 + at * 120 + index * 20, 40 + at * 40 + index * 12]);
      });
    }, pane);
  }
  judge();
  fork.disabled = false;
  fork.textContent = "Restore all";
}

/** Whether a character of two units stands there, or ends there: it is never parted. */
function isHalf(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit >= 0xd800 && unit <= 0xdfff;
}

function hasSet(value: unknown): value is { set(key: string, value: unknown): void } {
  return typeof value === "object" && value !== null && "set" in value && typeof value.set === "function";
}

fork.addEventListener("click", () => {
  if (panes.some((pane) => pane.isCut)) {
    for (const pane of panes) pane.cut(false);
    fork.textContent = "Fork again";
    judge();
  } else void runFork();
});

byId("title").textContent = name;
document.title = `${name} · Carillon`;
addEventListener("beforeunload", (event) => {
  if (panes.some((pane) => !pane.shared.state().isSaved)) event.preventDefault();
});
void lane.open().then(() => open(user));
