// Lets a list of elements follow a list of things, each known by its key: what is still there keeps its element, and with it
// its focus and its place on the screen.

interface Held<T> {
  readonly element: HTMLElement;
  readonly update: (thing: T) => void;
}

/** What a thing is drawn as. */
export interface Drawn<T> {
  readonly element: HTMLElement;
  /** Draws it as it is now; called once at first, and whenever the list is drawn. */
  readonly update: (thing: T) => void;
}

export class Keyed<T> {
  #held = new Map<string, Held<T>>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (thing: T) => string,
    private readonly create: (thing: T) => Drawn<T>,
  ) {}

  /** Keys must differ. */
  draw(things: readonly T[]): void {
    const before = this.#held;
    this.#held = new Map();
    for (const thing of things) {
      const key = this.keyOf(thing);
      const held = before.get(key) ?? this.create(thing);
      before.delete(key);
      this.#held.set(key, held);
      held.update(thing);
    }
    for (const { element } of before.values()) element.remove();
    // From the end on, so that what is added in front moves nothing that is there.
    let next: Element | null = null;
    for (const { element } of [...this.#held.values()].reverse()) {
      if (element.parentElement !== this.parent || element.nextElementSibling !== next) this.parent.insertBefore(element, next);
      next = element;
    }
  }

  element(key: string): HTMLElement | undefined {
    return this.#held.get(key)?.element;
  }

  /** In the order of the list. */
  get keys(): readonly string[] {
    return [...this.#held.keys()];
  }
}
