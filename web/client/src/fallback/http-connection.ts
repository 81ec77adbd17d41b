// One connection without a WebSocket, as the client above sees it: commands go out as requests, messages come in by an event
// stream or a run of long polls. The two differ in their feed alone.

import { actionOf, readServerMessage, type Authenticate, type ClientMessage, type Hello, type RequestId, type ServerMessage, type Track } from "@carillon/protocol";
import type { Connection, ConnectionEvents, TransportContext, TransportName } from "../transport.js";
import { Posts } from "./posts.js";
import { Requests } from "./requests.js";
import { Wants } from "./wants.js";

/** How messages come in. */
export interface Feed {
  /** Ends what is there and asks anew for what is wanted now. Called at the beginning, too. */
  restart(): void;
  close(): void;
}

/** What a feed needs of its connection. */
export interface FeedHost {
  readonly context: TransportContext;
  readonly requests: Requests;
  readonly wants: Wants;
  /** Whether `restart` is about to be called. */
  isRestarting(): boolean;
  /**
   * A message of PROTOCOL.md §4.2. After every restart the first is `hello`, with a heartbeat that suits the feed. False where
   * the client knew that already.
   */
  heard(message: unknown): boolean;
  /** There was a sign of life. */
  alive(): void;
  /** Says why this is not a better connection. */
  note(text: string | undefined): void;
  over(code: number, reason: string, after?: number): void;
}

export class HttpConnection implements Connection {
  note: string | undefined;
  readonly #requests: Requests;
  readonly #wants = new Wants();
  readonly #posts: Posts;
  readonly #feed: Feed;
  #hello: Hello | undefined;
  #token: string | undefined;
  /** Of an `authenticate` or `ping` that the next hello answers. */
  readonly #asked: { readonly id: RequestId | undefined; readonly type: "authenticated" | "pong" }[] = [];
  #isRestarting = false;
  #isClosed = false;

  constructor(
    readonly name: TransportName,
    private readonly events: ConnectionEvents,
    private readonly context: TransportContext,
    feed: (host: FeedHost) => Feed,
  ) {
    const token = async () => (this.#token = await context.token());
    this.#requests = new Requests({ ...context, token });
    this.#posts = new Posts(this.#requests, context.session, {
      tell: (message) => this.#tell(message),
      lost: (code, reason) => this.#over(code, reason),
    });
    this.#feed = feed({
      context,
      requests: this.#requests,
      wants: this.#wants,
      isRestarting: () => this.#isRestarting,
      heard: (message) => this.#heard(message),
      alive: () => this.#tell({ type: "pong" }),
      note: (text) => (this.note = text),
      over: (code, reason, after) => this.#over(code, reason, after),
    });
    this.#restart();
  }

  get bufferedAmount(): number {
    return this.#posts.bytes;
  }

  get isBusy(): boolean {
    return this.#posts.isBusy;
  }

  send(text: string): void {
    // Our client changes what it tracks by subscribing anew.
    const command = JSON.parse(text) as Exclude<ClientMessage, Track>;
    switch (command.type) {
      case "subscribe":
        this.#wants.add(command);
        return this.#restart();
      case "resume":
        for (const one of command.channels) this.#wants.add(one);
        return this.#restart();
      case "unsubscribe":
        if (this.#wants.remove(command.channel)) this.#restart();
        return this.#tell({ type: "unsubscribed", id: command.id, channel: command.channel });
      case "authenticate":
        return this.#authenticate(command);
      case "ping":
        this.#asked.push({ id: command.id, type: "pong" });
        return this.#restart();
      default:
        return this.#posts.say(command);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#feed.close();
    this.#posts.close();
  }

  /** The token goes with each request, so this one may have been presented already. */
  #authenticate({ id, token }: Authenticate): void {
    const { user, expires } = this.#hello ?? {};
    if (token === this.#token) return this.#tell({ type: "authenticated", id, user, expires });
    this.#asked.push({ id, type: "authenticated" });
    this.#restart();
  }

  /** Once for all that is said in this moment: a client that has connected subscribes to all its channels. */
  #restart(): void {
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    this.context.env.setTimeout(() => {
      this.#isRestarting = false;
      if (!this.#isClosed) this.#feed.restart();
    }, 0);
  }

  #heard(data: unknown): boolean {
    const read = readServerMessage(data as string);
    // What cannot be read, the client counts.
    const told = read.kind === "read" ? this.#take(read.message) : data;
    if (told !== undefined) this.#tell(told);
    return told !== undefined;
  }

  #take(message: ServerMessage): ServerMessage | undefined {
    const isEnd = message.type === "error" && message.channel === undefined && actionOf(message.code) === "stop";
    if (isEnd) this.#over(message.code, message.name);
    else if (message.type === "hello") this.#greeted(message);
    else return this.#wants.take(message);
    return undefined;
  }

  #greeted(hello: Hello): void {
    const isFirst = this.#hello === undefined;
    this.#hello = hello;
    if (isFirst) return this.#tell(hello);
    const { user, expires } = hello;
    for (const { id, type } of this.#asked.splice(0)) this.#tell(type === "pong" ? { type, id } : { type, id, user, expires });
    this.#tell({ type: "pong" } satisfies ServerMessage);
  }

  #tell(message: unknown): void {
    if (!this.#isClosed) this.events.message(message);
  }

  #over(code: number, reason: string, after?: number): void {
    if (this.#isClosed) return;
    this.close();
    this.events.close(code, reason, after);
  }
}
