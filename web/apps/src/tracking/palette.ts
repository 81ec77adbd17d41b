// The theme's colours for a canvas, which knows nothing of style sheets.

/** Looked up once a theme. */
export class Palette {
  readonly #colours = new Map<string, string>();
  readonly #probe: HTMLElement;
  readonly #listeners: (() => void)[] = [];

  constructor(root: HTMLElement) {
    this.#probe = document.createElement("i");
    this.#probe.hidden = true;
    root.append(this.#probe);
    const forget = () => {
      this.#colours.clear();
      for (const listener of this.#listeners) listener();
    };
    new MutationObserver(forget).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);
  }

  /** Tells when all of them have changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The colour of a custom property, such as `--accent`. */
  of(name: string): string {
    const known = this.#colours.get(name);
    if (known !== undefined) return known;
    this.#probe.style.color = `var(${name})`;
    const colour = getComputedStyle(this.#probe).color;
    this.#colours.set(name, colour);
    return colour;
  }
}
