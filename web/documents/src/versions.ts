// What a document was before, over HTTP (PROTOCOL.md §12.1).

import * as Y from "yjs";

export interface DocVersion {
  /** Counts up from 1. */
  readonly version: number;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  readonly bytes: number;
  /** Absent where it was made by itself. */
  readonly name?: string;
}

export interface DocHistory {
  /** The oldest first. */
  readonly versions: readonly DocVersion[];
  /** What the server keeps of the document: its snapshot, what came since, and what the last compaction made of how much. */
  readonly bytes: {
    readonly snapshot: number;
    readonly updates: number;
    readonly compacted: { readonly from: number; readonly to: number };
  };
}

export interface VersionsOptions {
  /** Where documents are, as of {@link DocOptions}. */
  readonly url: string;
  readonly name: string;
  readonly getToken?: () => string | Promise<string>;
}

export interface Versions {
  list(): Promise<DocHistory>;
  /** The document as it was: one of its own, connected to nothing. */
  read(version: number): Promise<Y.Doc>;
  /** Keeps what the document is now, under a name. */
  keep(name: string): Promise<DocVersion>;
}

/** The versions of a document. What fails rejects with the server's words. */
export function versions({ url, name, getToken }: VersionsOptions): Versions {
  const base = `${url.replace(/^ws/, "http").replace(/\/$/, "")}/${encodeURIComponent(name)}/versions`;
  async function ask(path: string, method = "GET"): Promise<Response> {
    const token = await getToken?.();
    const answer = await fetch(base + path, { method, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(await wordsOf(answer));
    return answer;
  }
  return {
    list: async () => (await (await ask("")).json()) as DocHistory,
    async read(version) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, new Uint8Array(await (await ask(`/${version}`)).arrayBuffer()));
      return doc;
    },
    keep: async (called) => (await (await ask(`?name=${encodeURIComponent(called)}`, "POST")).json()) as DocVersion,
  };
}

async function wordsOf(answer: Response): Promise<string> {
  const said: unknown = await answer.json().catch(() => undefined);
  const error = typeof said === "object" && said !== null && "error" in said ? said.error : said;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof message === "string" ? message : `the server answered ${answer.status}`;
}
