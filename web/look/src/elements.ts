// Ways to get at elements, and to change one.

/** The element with this id, which the page has. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element with the id ${id}`);
  return element as E;
}

/** A new element with a class and content. Text is text, never markup. */
export function make<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...content);
  return element;
}

/** Changes a text only where it differs: screen readers hear of every change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
