// The network panel as a drawer over a page: closed until its button in the bar is pressed, which also says what the page's
// network suffers while the drawer is closed. Escape closes it, and gives the focus back.

import { byId, icon, make, setText } from "@carillon/look";
import { NetworkPanel, sufferedName, type PanelHost } from "./panel.js";

/** What is counted changes all the time, and is drawn at most so often while somebody looks. */
const DRAW_MILLIS = 250;

export class NetworkDrawer {
  readonly #toggle = byId<HTMLButtonElement>("network-toggle");
  readonly #said = make("span", "wide");
  readonly #root = byId("network");
  readonly #panel: NetworkPanel;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: Omit<PanelHost, "close">) {
    this.#panel = new NetworkPanel(this.#root, { ...host, close: () => this.#show(false) });
    this.#toggle.replaceChildren(icon("activity"), this.#said);
    this.#toggle.hidden = false;
    this.#toggle.addEventListener("click", () => this.#show(this.#root.hidden !== false));
    this.#root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#show(false);
    });
    this.draw();
  }

  /** What the lane suffers may have changed. */
  draw(): void {
    const suffered = sufferedName(this.host.lane.state);
    setText(this.#said, suffered ?? "Network");
    this.#toggle.setAttribute("aria-label", suffered === undefined ? "Network" : `Network: ${suffered}`);
    this.#toggle.toggleAttribute("data-suffers", suffered !== undefined);
    if (!this.#root.hidden) this.#panel.draw();
  }

  #show(isShown: boolean): void {
    const hadFocus = this.#root.contains(document.activeElement);
    this.#root.hidden = !isShown;
    this.#toggle.setAttribute("aria-expanded", String(isShown));
    this.host.lane.watch(isShown);
    clearInterval(this.#timer);
    if (isShown) {
      this.#timer = setInterval(() => this.draw(), DRAW_MILLIS);
      this.draw();
      this.#root.querySelector<HTMLElement>("button")?.focus();
    } else if (hadFocus) this.#toggle.focus();
  }
}
