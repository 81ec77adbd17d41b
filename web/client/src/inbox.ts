// What arrived for one reader and was not taken yet: bounded, in order, one at a time.

export class Inbox<T> {
  #items: T[] = [];
  #waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** `drained` is called when no more than half of `limit` is left. */
  constructor(
    private readonly limit: number,
    private readonly drained: () => void,
  ) {}

  get isFull(): boolean {
    return this.#items.length >= this.limit;
  }

  get isHalfEmpty(): boolean {
    return this.#items.length <= this.limit / 2;
  }

  push(item: T): void {
    if (this.#end !== undefined) return;
    const take = this.#waiting;
    this.#waiting = undefined;
    if (take === undefined) this.#items.push(item);
    else take({ done: false, value: item });
  }

  /** Nothing comes after what is here; then the reader is told the error, if there is one. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    const [take, fail] = [this.#waiting, this.#fail];
    this.#waiting = undefined;
    if (error === undefined) take?.({ done: true, value: undefined });
    else if (take !== undefined) fail?.(error);
  }

  /** The next one, as soon as there is one. Must not be called again before its promise is settled. */
  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      if (this.isHalfEmpty) this.drained();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting = resolve;
        this.#fail = reject;
      });
    }
    const { error } = this.#end;
    this.#end = {};
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error as Error);
  }
}
