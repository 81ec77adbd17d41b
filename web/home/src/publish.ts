// Publishes an order by HTTP: the button and the curl line say the same thing.

import { byId } from "@carillon/look";

const ORDERS = [
  { item: "coffee", table: 7 },
  { item: "tart", table: 2 },
  { item: "soup", table: 11 },
  { item: "tea", table: 7 },
  { item: "cheese", table: 4 },
];

/** Orders that are under way or wait for the one before. */
const WAITING_MAX = 10;

export function setUpPublish(): void {
  let next = 0;
  const line = byId("curl");
  const answer = byId("published");
  const button = byId<HTMLButtonElement>("publish");
  const body = () => JSON.stringify(ORDERS[next % ORDERS.length]);
  const showLine = () => {
    line.textContent = `curl ${location.origin}/channels/orders -H 'Content-Type: application/json' -d '${body()}'`;
  };
  showLine();

  async function publishNext(): Promise<void> {
    try {
      answer.textContent = await publish(body());
      next++;
      showLine();
    } catch {
      answer.textContent = "The server didn’t answer. Is it running?";
    } finally {
      waiting--;
    }
  }

  // Not disabled meanwhile: a disabled button loses the focus, and giving it back would take it from whoever has it by then.
  // Who presses again before the answer is there means one more, after this one.
  let waiting = 0;
  let last = Promise.resolve();
  button.addEventListener("click", () => {
    if (waiting >= WAITING_MAX) return;
    waiting++;
    last = last.then(publishNext);
  });

  const copy = byId<HTMLButtonElement>("copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.textContent ?? "");
      copy.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(line);
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2_000);
  });
}

interface Answer {
  readonly position?: string;
  readonly offset?: number;
  readonly message?: string;
}

async function publish(body: string): Promise<string> {
  const response = await fetch("/channels/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const answer = (await response.json()) as Answer;
  if (response.ok) return `${response.status}: offset ${answer.offset}, position ${answer.position}`;
  return `${response.status}: ${answer.message ?? response.statusText}`;
}
