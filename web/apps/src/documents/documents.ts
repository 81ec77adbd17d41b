// The page at /documents: a document in one window, or in three of which the networks are cut.

import { versions } from "@carillon/documents";
import { byId, setUpThemeSwitch } from "@carillon/look";
import { NetworkDrawer } from "../network/drawer.js";
import { PageLane } from "../network/lane.js";
import { carrierText } from "../network/panel.js";
import { browserLane } from "../page/browser.js";
import { showState } from "../page/pill.js";
import { fork as change } from "./fork.js";
import { historyPanel } from "./history.js";
import { DocumentJudge, linkOf, throughLane } from "./network.js";
import { Pane } from "./pane.js";

const NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Tony"];
const FORKS = 3;

setUpThemeSwitch(byId<HTMLButtonElement>("theme"));

const name = location.hash.slice(1) || "town";
const mayWrite = !new URLSearchParams(location.search).has("read");
const url = new URL("/documents", location.href).href;
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

/** Who has a link to read comes with a token that allows that and nothing more. */
async function readingToken(): Promise<string> {
  const answer = await fetch("/apps/documents/pass", { method: "POST", body: JSON.stringify({ name: user, document: name }) });
  return ((await answer.json()) as { token: string }).token;
}

const reading = mayWrite ? {} : { getToken: readingToken };

function open(as: string): Pane {
  const connect = (address: string) => throughLane(lane, changesJudge, address, pane.shared.doc);
  const pane: Pane = new Pane({ url, name, user: as, mayWrite, isFirst: panes.length === 0, connect, changed: onChanged, ...reading });
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
  for (const [at, pane] of panes.entries()) change(pane.shared.doc, at, pane);
  judge();
  fork.disabled = false;
  fork.textContent = "Restore all";
}

fork.disabled = !mayWrite;
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
  if (mayWrite && panes.some((pane) => !pane.shared.state().isSaved)) event.preventDefault();
});

async function start(): Promise<void> {
  await lane.open();
  const first = open(user);
  const history = historyPanel({ source: versions({ url, name, ...reading }), doc: first.shared.doc, restore: (version) => first.restore(version), mayWrite });
  byId("panes").before(history.root);
  const showsHistory = byId<HTMLButtonElement>("versions");
  showsHistory.addEventListener("click", () => {
    history.root.hidden = !history.root.hidden;
    showsHistory.setAttribute("aria-expanded", String(!history.root.hidden));
    if (!history.root.hidden) void history.open();
  });
}

const readOnly = byId<HTMLAnchorElement>("read-only");
readOnly.href = `?read#${name}`;
readOnly.hidden = !mayWrite;
void start();
