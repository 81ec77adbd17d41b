// An inbox as what its stream comes to: notes, and what was said about them since. Pure; every tab that has read the same events
// shows the same, so tabs are in step by nothing but the channel.

/** What is published into inbox:<user>. Notes are meant by their offsets. */
export type InboxEvent =
  | { readonly kind: "note"; readonly title: string; readonly body: string }
  | { readonly kind: "read" | "unread" | "archive"; readonly of: number }
  | { readonly kind: "read"; readonly upTo: number };

export interface Note {
  readonly offset: number;
  readonly at: number | undefined;
  readonly title: string;
  readonly body: string;
  readonly isRead: boolean;
}

/** Notes that are held; beyond it the oldest go. */
const NOTES_MAX = 200;

export class Inbox {
  /** Newest first. */
  notes: readonly Note[] = [];

  get unread(): number {
    return this.notes.filter(({ isRead }) => !isRead).length;
  }

  /** The greatest offset among the notes; 0 without any. */
  get head(): number {
    return this.notes[0]?.offset ?? 0;
  }

  take(event: InboxEvent, offset: number, at: number | undefined): void {
    if (event.kind === "note") {
      const { title, body } = event;
      this.notes = [{ offset, at, title, body, isRead: false }, ...this.notes].slice(0, NOTES_MAX);
    } else if (event.kind === "archive") {
      this.notes = this.notes.filter((note) => note.offset !== event.of);
    } else {
      const isMeant = (note: Note) => ("upTo" in event ? note.offset <= event.upTo : note.offset === event.of);
      this.notes = this.notes.map((note) => (isMeant(note) ? { ...note, isRead: event.kind === "read" } : note));
    }
  }

  /** The stream began anew: what its offsets meant is over. */
  forget(): void {
    this.notes = [];
  }
}
