// One attempt over several transports: the first is given a head start, those that follow join it when it fails or takes
// long, and whichever is greeted first is the connection.

import type { Connection, ConnectionEvents, Transport, TransportContext, TransportName } from "../transport.js";
import { ABNORMAL, UNSUITABLE } from "./event-stream.js";

/** A connection that is being made, or that is there and waits for whoever takes it. */
export class Candidate {
  readonly connection: Connection | undefined;
  #sink: ConnectionEvents | undefined;
  #backlog: unknown[] = [];
  #isOver = false;

  /** `greeted`: a server has spoken. `over`: it came to nothing, before it was taken. */
  constructor(
    transport: Transport,
    context: TransportContext,
    greeted: () => void,
    over: (code: number, reason: string, after?: number) => void,
  ) {
    const close: ConnectionEvents["close"] = (code, reason, after) => {
      if (this.#isOver) return;
      this.#isOver = true;
      if (this.#sink !== undefined) this.#sink.close(code, reason, after);
      else over(code, reason, after);
    };
    const message = (data: unknown) => {
      if (this.#isOver) return;
      if (this.#sink !== undefined) return this.#sink.message(data);
      this.#backlog.push(data);
      if (this.#backlog.length === 1) greeted();
    };
    try {
      this.connection = transport({ message, close, again: (reason) => this.#sink?.again(reason) }, context);
    } catch (error) {
      context.env.setTimeout(() => close(ABNORMAL, error instanceof Error ? error.message : "no connection"), 0);
    }
  }

  get isOpen(): boolean {
    return this.#backlog.length > 0 && !this.#isOver;
  }

  /** From now on it speaks to its owner, beginning with the greeting. */
  giveTo(sink: ConnectionEvents): void {
    this.#sink = sink;
    for (const data of this.#backlog.splice(0)) sink.message(data);
  }

  close(code?: number, reason?: string): void {
    this.#isOver = true;
    this.connection?.close(code, reason);
  }
}

export interface RaceTerms {
  readonly context: TransportContext;
  /** In the order of preference. */
  readonly transports: readonly Transport[];
  /** Which of them is tried first, and why not a better one. */
  readonly first: number;
  readonly why: string | undefined;
  /** How long each is tried alone, in milliseconds. */
  readonly patience: readonly number[];
  /** There is a connection. `isTold`: only because others are in the way here and now, not because of the network. */
  won(index: number, isTold: boolean): void;
  /** It is over: the connection, or without one the attempt. */
  ended(hadWon: boolean): void;
}

const names: readonly TransportName[] = ["websocket", "event-stream", "long-poll"];
const blocked = ["WebSockets do not get through", "event streams do not get through"];

export class Race implements Connection {
  #running = new Map<number, Candidate>();
  #next: number;
  #winner: Candidate | undefined;
  #index = 0;
  #why: string | undefined;
  #isTold = false;
  #timer: unknown;
  #isClosed = false;

  /** `given`: a connection of the first transport that is there already. */
  constructor(
    private readonly events: ConnectionEvents,
    private readonly terms: RaceTerms,
    given?: Candidate,
  ) {
    this.#next = terms.first;
    this.#why = terms.why;
    // Whoever began this attempt must hold its connection before it hears of it.
    terms.context.env.setTimeout(() => {
      if (this.#isClosed) given?.close();
      else if (given !== undefined) this.#won(0, given);
      else this.#join();
    }, 0);
  }

  get name(): TransportName {
    return this.#winner?.connection?.name ?? names[this.#index] ?? "websocket";
  }

  get note(): string | undefined {
    return this.#index === 0 ? undefined : (this.#winner?.connection?.note ?? this.#why);
  }

  get bufferedAmount(): number {
    return this.#winner?.connection?.bufferedAmount ?? 0;
  }

  get isBusy(): boolean {
    return this.#winner?.connection?.isBusy ?? false;
  }

  send(text: string): void {
    this.#winner?.connection?.send(text);
  }

  close(code?: number, reason?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#drop();
    this.#winner?.close(code, reason);
    this.terms.ended(this.#winner !== undefined);
  }

  #join(): void {
    const index = this.#next++;
    const { transports, context, patience } = this.terms;
    const transport = transports[index];
    const { env } = context;
    env.clearTimeout(this.#timer);
    if (transport === undefined) return;
    const candidate = new Candidate(
      transport,
      context,
      () => this.#won(index, candidate),
      (code, reason, after) => this.#lost(index, code, reason, after),
    );
    this.#running.set(index, candidate);
    const millis = patience[index];
    if (millis !== undefined) this.#timer = env.setTimeout(() => this.#leave(index), millis);
  }

  /** It takes long: the next one joins it. */
  #leave(index: number): void {
    this.#why = blocked[index];
    this.#join();
  }

  #lost(index: number, code: number, reason: string, after: number | undefined): void {
    if (this.#isClosed || this.#winner !== undefined) return;
    this.#running.delete(index);
    const isUnsuitable = code === UNSUITABLE;
    // A server's own word, and a network without any, would be the same for the next one.
    const isWorthMore = isUnsuitable || (index === 0 && code < 4000);
    if (isWorthMore && index + 1 === this.#next && this.#next < this.terms.transports.length) {
      this.#isTold = isUnsuitable;
      this.#why = isUnsuitable ? reason : blocked[index];
      return this.#join();
    }
    if (code >= 4000 || this.#running.size === 0) this.#over(code === UNSUITABLE ? ABNORMAL : code, reason, after);
  }

  #won(index: number, candidate: Candidate): void {
    if (this.#isClosed || this.#winner !== undefined) return;
    this.#running.delete(index);
    this.#drop();
    this.#winner = candidate;
    this.#index = index;
    this.terms.won(index, this.#isTold);
    candidate.giveTo({
      message: (data) => !this.#isClosed && this.events.message(data),
      again: (reason) => !this.#isClosed && this.events.again(reason),
      close: (code, reason, after) => this.#over(code, reason, after),
    });
  }

  /** Ends all that lost. */
  #drop(): void {
    this.terms.context.env.clearTimeout(this.#timer);
    for (const candidate of this.#running.values()) candidate.close();
    this.#running.clear();
  }

  #over(code: number, reason: string, after: number | undefined): void {
    if (this.#isClosed) return;
    this.close();
    this.events.close(code, reason, after);
  }
}
