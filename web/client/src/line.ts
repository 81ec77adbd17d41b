// The present connection, as whatever speaks over it sees it.

import type { ClientMessage, ServerMessage } from "@carillon/protocol";

/** What is said, but for the id, and for the data where that is text already. */
export type Saying = { [T in ClientMessage["type"]]: Omit<ClientMessage & { readonly type: T }, "id" | "data" | "data64"> }[ClientMessage["type"]];

/** What may be said to one who asked. */
export type Reply = ServerMessage & { readonly type: "published" | "subscribed" | "history" | "presence" | "authenticated" | "tracked" | "error" };

export interface Line {
  /** Whether there is a connection that may be written to now. If not, whoever asked is asked to go on when there is. */
  canSend(): boolean;
  /**
   * Says it on the present connection; without one it is lost. `reply` is given what the server answers, unless the
   * connection ends before. `payload` is the member that carries the data. False where it is longer than the server takes:
   * then it was not sent, because it would end the connection.
   */
  say(saying: Saying, reply?: (reply: Reply) => void, payload?: string): boolean;
  /** Something has changed that the page's state shows. */
  changed(): void;
}
