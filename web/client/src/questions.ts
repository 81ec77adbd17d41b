// What was asked of the server and not answered yet. Asking again does no harm, so every new connection is asked again.

import type { HistoryPage, Refusal } from "@carillon/protocol";
import { CarillonError, refused } from "./errors.js";

interface Question {
  readonly text: string;
  resolve(page: HistoryPage): void;
  reject(error: Error): void;
}

/** More would be a page that asks in a loop. */
const QUESTIONS_MAX = 100;

export class Questions {
  readonly #open = new Map<number, Question>();

  /** `send` puts it on the present connection, if there is one. */
  constructor(private readonly send: (text: string) => void) {}

  ask(id: number, text: string): Promise<HistoryPage> {
    return new Promise((resolve, reject) => {
      if (this.#open.size >= QUESTIONS_MAX) {
        return reject(new CarillonError("queue_full", `${QUESTIONS_MAX} questions have no answer yet.`));
      }
      this.#open.set(id, { text, resolve, reject });
      this.send(text);
    });
  }

  attach(): void {
    for (const { text } of this.#open.values()) this.send(text);
  }

  /** Whether this was an answer to one of them. */
  answered(message: HistoryPage | Refusal): boolean {
    const question = this.#open.get(Number(message.id));
    this.#open.delete(Number(message.id));
    if (message.type === "history") question?.resolve(message);
    else question?.reject(refused(message));
    return question !== undefined;
  }

  clear(error: CarillonError): void {
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
