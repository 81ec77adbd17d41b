// docs/tours.md as a test reads it: of each app its steps, of each step what is to be done and what then stands on the page.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface TourStep {
  /** What is to be done, in the page's words. */
  readonly act: string;
  /** What then stands on the page, in order. */
  readonly seen: readonly RegExp[];
}

const PAGE = fileURLToPath(new URL("../../../../docs/tours.md", import.meta.url));

/** By the headings of the page. */
export function tours(markdown = readFileSync(PAGE, "utf8")): ReadonlyMap<string, readonly TourStep[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const heading = section.slice(0, section.indexOf("\n")).trim();
      const steps = [...section.matchAll(/^\d+\. \*\*(.+?)\*\*(.*)$/gm)].map(([, act = "", rest = ""]) => ({
        act: act.replace(/\.$/, ""),
        seen: [...rest.matchAll(/\*([^*]+)\*/g)].map(([, words = ""]) => standsThere(words)),
      }));
      return [heading, steps];
    }),
  );
}

/** Numbers but 0 are others each time, and … is anything. */
function standsThere(words: string): RegExp {
  const escaped = words.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\b[1-9]\d*/g, "\\d+").replaceAll(/\b0\b/g, "(?<!\\d)0").replaceAll(/\s+/g, "\\s+");
  return new RegExp(escaped.replaceAll("…", "[^]*"));
}
