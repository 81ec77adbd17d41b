// Everything that can fail, fails with a CarillonError.

import type { Refusal } from "@carillon/protocol";

/**
 * - `refused`: the server said no, and would again; `code` and `message` say why (docs/codes.md).
 * - `queue_full`: the queue of what waits for a connection has reached its limit; nothing was sent.
 * - `timeout`, `aborted`: given up as asked; see `maybeAccepted`.
 * - `uncertain`: sent, never answered, and too old to be sent again safely (PROTOCOL.md §6).
 * - `closed`: the client was closed, or its user has logged out.
 */
export type ErrorKind = "refused" | "queue_full" | "timeout" | "aborted" | "uncertain" | "closed";

/** What a promise of the client rejects with; `kind` says what to do about it. */
export class CarillonError extends Error {
  override readonly name = "CarillonError";

  constructor(
    readonly kind: ErrorKind,
    message: string,
    /** From the registry of PROTOCOL.md §9, where the server refused. */
    readonly code?: number,
    /** True where a publish had been sent, so that the server may have accepted it. */
    readonly maybeAccepted = false,
  ) {
    super(message);
  }
}

export function refused({ code, name, message }: Refusal): CarillonError {
  return new CarillonError("refused", `${name}: ${message}`, code);
}
