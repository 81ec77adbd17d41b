// The tab that leads: it has the one client, reads every channel that some tab wants, and tells what comes to all of them.
//
// A tab is told "wanted" only once the server has answered the subscription, with the position of that moment. So nothing falls
// between what the tab reads of the history after that word, and what it is told live.

import type { Client } from "../client.js";
import { CarillonError } from "../errors.js";
import type { Subscription } from "../subscription.js";
import type { Failure, News, Question, Wish } from "./words.js";

interface Followed {
  readonly subscription: Subscription<unknown>;
  readonly tabs: Set<string>;
  /** Those that wait for the server's answer. */
  readonly waiting: Set<string>;
}

/** What a leader needs of its tab. */
export interface LeaderHost {
  readonly id: string;
  /** Tells all tabs, this one as well. */
  tell(news: News): void;
  /** Calls it when that tab has gone; answers how to wait no more. */
  whenGone(tab: string, gone: () => void): () => void;
}

export class Leader {
  readonly #channels = new Map<string, Followed>();
  /** How to wait no more for each other tab's end. */
  readonly #tabs = new Map<string, () => void>();
  readonly #stop: (() => void)[];
  #isOver = false;

  constructor(
    private readonly client: Client,
    private readonly host: LeaderHost,
  ) {
    const leader = host.id;
    this.#stop = [
      client.on("state", (state) => {
        host.tell({ kind: "state", leader, state });
        this.#look();
      }),
    ];
  }

  /** Tells that it leads: whoever wants something says so now. */
  begin(): void {
    this.host.tell({ kind: "leading", leader: this.host.id, state: this.client.state });
  }

  hear(wish: Wish): void {
    if (this.#isOver) return;
    const { id: leader } = this.host;
    switch (wish.kind) {
      case "hello":
        return this.host.tell({ kind: "leading", leader, state: this.client.state });
      case "want":
        return this.#want(wish.from, wish.channel);
      case "enough":
        return this.#enough(wish.from, wish.channel);
      case "ask":
        return void this.#ask(wish.question).then(
          (value) => this.#tell({ kind: "answer", leader, to: wish.from, id: wish.id, value }),
          (error: unknown) => this.#tell({ kind: "failure", leader, to: wish.from, id: wish.id, failure: failureOf(error) }),
        );
      case "bye":
        return this.#gone(wish.from);
    }
  }

  /** Leads no more. What was asked and not answered is asked of the next one. */
  close(): void {
    this.#isOver = true;
    for (const stop of [...this.#stop, ...this.#tabs.values()]) stop();
    this.client.close();
  }

  #tell(news: News): void {
    if (!this.#isOver) this.host.tell(news);
  }

  #want(tab: string, channel: string): void {
    if (!this.#tabs.has(tab)) this.#tabs.set(tab, this.host.whenGone(tab, () => this.#gone(tab)));
    const followed = this.#channels.get(channel) ?? this.#follow(channel);
    followed.tabs.add(tab);
    followed.waiting.add(tab);
    this.#look();
  }

  #follow(channel: string): Followed {
    const subscription = this.client.subscribe(channel) as unknown as Subscription<unknown>;
    const followed: Followed = { subscription, tabs: new Set(), waiting: new Set() };
    this.#channels.set(channel, followed);
    const leader = this.host.id;
    const ended = (failure: Failure | undefined) => {
      if (this.#channels.get(channel) !== followed) return;
      this.#channels.delete(channel);
      this.#tell({ kind: "ended", leader, channel, failure });
    };
    // Told at once, so that a tab that is slow keeps nobody waiting: it has a bounded queue of its own.
    void subscription
      .each((delivery) => {
        this.#look();
        this.#tell({ kind: "delivery", leader, channel, delivery });
      })
      .then(
        () => ended(undefined),
        (error: unknown) => ended(failureOf(error)),
      );
    return followed;
  }

  /** Whoever waits for a channel whose subscription the server has answered is told so. */
  #look(): void {
    for (const [channel, { subscription, waiting }] of this.#channels) {
      const { position } = subscription;
      if (position === undefined) continue;
      for (const to of waiting) this.#tell({ kind: "wanted", leader: this.host.id, to, channel, position });
      waiting.clear();
    }
  }

  #enough(tab: string, channel: string): void {
    const followed = this.#channels.get(channel);
    followed?.waiting.delete(tab);
    if (followed?.tabs.delete(tab) !== true || followed.tabs.size > 0) return;
    this.#channels.delete(channel);
    followed.subscription.unsubscribe();
  }

  #gone(tab: string): void {
    this.#tabs.get(tab)?.();
    this.#tabs.delete(tab);
    for (const channel of [...this.#channels.keys()]) this.#enough(tab, channel);
  }

  #ask(question: Question): Promise<unknown> {
    const { channel } = question;
    return question.kind === "history"
      ? this.client.history(channel, question.options)
      : this.client.publish(channel, question.data as never, { idempotencyKey: question.idempotencyKey });
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof CarillonError)) return { kind: "refused", message: String(error), maybeAccepted: false };
  const { kind, message, code, maybeAccepted } = error;
  return { kind, message, code, maybeAccepted };
}
