// What a text can be made of: the nodes and marks that Tiptap has under these names, so that its editor opens the same document.

import { Schema, type DOMOutputSpec, type Node } from "prosemirror-model";

/** The deepest heading. */
export const LEVELS = 3;

const SAFE = /^(https?:|mailto:)/i;

/** An address that a link may lead to; undefined for any other, because others write it. */
export function safeAddress(address: unknown): string | undefined {
  return typeof address === "string" && SAFE.test(address.trim()) ? address.trim() : undefined;
}

const level = (node: Node): number => Math.min(LEVELS, Math.max(1, Math.floor(Number(node.attrs["level"])) || 1));

export const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph: { group: "block", content: "inline*", parseDOM: [{ tag: "p" }], toDOM: (): DOMOutputSpec => ["p", 0] },
    heading: {
      group: "block",
      content: "inline*",
      attrs: { level: { default: 1 } },
      defining: true,
      parseDOM: Array.from({ length: LEVELS }, (_, at) => ({ tag: `h${at + 1}`, attrs: { level: at + 1 } })),
      // The page has its own first heading.
      toDOM: (node): DOMOutputSpec => [`h${level(node) + 1}`, 0],
    },
    bulletList: { group: "block", content: "listItem+", parseDOM: [{ tag: "ul" }], toDOM: (): DOMOutputSpec => ["ul", 0] },
    orderedList: {
      group: "block",
      content: "listItem+",
      attrs: { start: { default: 1 } },
      parseDOM: [{ tag: "ol" }],
      toDOM: (node): DOMOutputSpec => ["ol", { start: String(Math.floor(Number(node.attrs["start"])) || 1) }, 0],
    },
    listItem: { content: "paragraph block*", defining: true, parseDOM: [{ tag: "li" }], toDOM: (): DOMOutputSpec => ["li", 0] },
    text: { group: "inline" },
  },
  marks: {
    link: {
      attrs: { href: { default: "" } },
      inclusive: false,
      parseDOM: [{ tag: "a[href]", getAttrs: (element) => ({ href: safeAddress(element.getAttribute("href")) ?? "" }) }],
      toDOM: (mark): DOMOutputSpec => {
        const href = safeAddress(mark.attrs["href"]);
        return href === undefined ? ["span", 0] : ["a", { href, rel: "noopener noreferrer nofollow", target: "_blank" }, 0];
      },
    },
    italic: { parseDOM: [{ tag: "i" }, { tag: "em" }], toDOM: (): DOMOutputSpec => ["em", 0] },
    bold: { parseDOM: [{ tag: "b" }, { tag: "strong" }], toDOM: (): DOMOutputSpec => ["strong", 0] },
  },
});

export const { nodes, marks } = schema;
