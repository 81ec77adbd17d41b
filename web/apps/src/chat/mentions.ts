// @names: where they stand in a text, whom they mean, and how one is completed while it is typed.

export interface Segment {
  readonly text: string;
  /** The user that it names, where it is a mention. */
  readonly user?: string;
}

/** Not in the middle of a word: ada@example.com names nobody. A full stop after a name ends a sentence. */
const MENTION = /(?<![A-Za-z0-9_.@-])@([A-Za-z0-9_.-]*[A-Za-z0-9])/g;

export function segments(text: string): readonly Segment[] {
  const found: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(MENTION)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: match[0], user: match[1] ?? "" });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

export function mentions(text: string, user: string): boolean {
  return segments(text).some((segment) => segment.user === user);
}

/** What stands before the caret and may become a mention: from where to where, and what is typed of the name. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly prefix: string;
}

export function completionAt(text: string, caret: number): Completion | undefined {
  const match = /(?:^|[^A-Za-z0-9_.@-])@([A-Za-z0-9_.-]*)$/.exec(text.slice(0, caret));
  const prefix = match?.[1];
  return prefix === undefined ? undefined : { from: caret - prefix.length - 1, to: caret, prefix };
}

/** Those whose names begin so, or else contain it; at most so many. */
export function candidates(prefix: string, users: Iterable<string>, max: number): readonly string[] {
  const wanted = prefix.toLowerCase();
  const all = [...new Set(users)].sort((a, b) => a.localeCompare(b));
  const starting = all.filter((user) => user.toLowerCase().startsWith(wanted));
  const containing = all.filter((user) => user.toLowerCase().includes(wanted) && !starting.includes(user));
  return [...starting, ...containing].slice(0, max);
}

/** The text with the name in it, and where the caret is then. */
export function complete(text: string, { from, to }: Completion, user: string): { readonly text: string; readonly caret: number } {
  const after = text.slice(to);
  const insert = `@${user}${after.startsWith(" ") ? "" : " "}`;
  return { text: text.slice(0, from) + insert + after, caret: from + insert.length + (after.startsWith(" ") ? 1 : 0) };
}
