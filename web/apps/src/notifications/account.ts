// What the server's sockets carried for one lane, as GET /network/lanes/…/account tells it, and what of it belongs to a window.

export interface Parts {
  readonly framing: number;
  readonly envelope: number;
  readonly data: number;
}

/** In bytes, but for the counts. */
export interface Account {
  readonly lane: string;
  /** The server's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly requests: number;
  readonly webSockets: number;
  readonly in: Parts;
  readonly out: Parts;
  /** The fault proxy's own count of the same. */
  readonly proxy: { readonly up: number; readonly down: number };
}

export interface Carried {
  readonly requests: number;
  readonly up: Parts;
  readonly down: Parts;
}

const nothing: Parts = { framing: 0, envelope: 0, data: 0 };

export function bytesOf({ framing, envelope, data }: Parts): number {
  return framing + envelope + data;
}

/** The sum of a window that may reach over several lanes: with a server that was started again, counts begin anew. */
export class Window {
  #before: Carried = { requests: 0, up: nothing, down: nothing };
  #base: Account | undefined;
  #newest: Account | undefined;

  take(account: Account): void {
    if (this.#newest !== undefined && this.#newest.lane !== account.lane) {
      this.#before = this.carried;
      this.#base = undefined;
    }
    // A lane that was begun within the window belongs to it as a whole.
    this.#base ??= this.#newest === undefined ? account : { ...account, requests: 0, in: nothing, out: nothing };
    this.#newest = account;
  }

  reset(): void {
    this.#before = { requests: 0, up: nothing, down: nothing };
    this.#base = this.#newest;
  }

  get carried(): Carried {
    const { requests, up, down } = this.#before;
    const [base, newest] = [this.#base, this.#newest];
    if (base === undefined || newest === undefined) return this.#before;
    return {
      requests: requests + newest.requests - base.requests,
      up: plus(up, newest.in, base.in),
      down: plus(down, newest.out, base.out),
    };
  }

  /** How far the server's count is from the proxy's, as a share of it; undefined before anything was carried. */
  get disagreement(): number | undefined {
    const newest = this.#newest;
    const proxy = newest === undefined ? 0 : newest.proxy.up + newest.proxy.down;
    return newest === undefined || proxy === 0 ? undefined : (bytesOf(newest.in) + bytesOf(newest.out)) / proxy - 1;
  }
}

function plus(sum: Parts, newest: Parts, base: Parts): Parts {
  return {
    framing: sum.framing + newest.framing - base.framing,
    envelope: sum.envelope + newest.envelope - base.envelope,
    data: sum.data + newest.data - base.data,
  };
}
