// What arrived for one reader and was not taken yet: bounded, in order, one at a time.

export class Inbox<T> {
  readonly #items: T[] = [];
  #end: { readonly error: unknown } | undefined;
  /** Tells the reader that waits, if one does, to look again. */
  #wake: () => void = () => {};

  /** `drained` is called when no more than half of `limit` is left. */
  constructor(
    private readonly limit: number,
    private readonly drained: () => void,
  ) {}

  get isFull(): boolean {
    return this.#items.length >= this.limit;
  }

  push(item: T): void {
    if (this.#end !== undefined) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Nothing comes after what is here; then the reader is told the error, if there is one. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The next one, as soon as there is one. Must not be called again before its promise is settled. */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#items.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const value = this.#items.shift();
    if (value !== undefined) {
      if (this.#items.length <= this.limit / 2) this.drained();
      return { done: false, value };
    }
    const error = this.#end?.error;
    this.#end = { error: undefined };
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }
}
